//! Fetches files of received messages from their providers, once each, in the background. What is still to be fetched is
//! a row, stored with its message: a restart goes on where this one ended. One that cannot be had says so on its message.
//!
//! Started with the services; told by conversations when a message with files was stored.

use std::time::Duration;

use actix::prelude::*;
use bytes::BytesMut;
use serde_json::json;

use super::files::{self, FileError, Incoming, Stored};
use super::store::{self, DownloadRow, FileRow};
use crate::actors::directory::{Live, Obituary, Only};
use crate::channels::adapter::{Adapter, RemoteMedia, Response, SendError};
use crate::channels::http::{Download, HttpError};
use crate::clock::Timestamp;
use crate::conversations::view::MessageView;
use crate::conversations::{Message as StoredMessage, MessageError};
use crate::ids::*;
use crate::services::Services;
use crate::store::events::{Audience, Event};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};

/// Downloads under way at most.
const AT_ONCE: usize = 4;
/// Looks again at least this often: another node may have left some.
const SWEEP: Duration = Duration::from_secs(30);
/// A download taken by a node that died is taken again after this.
const LEASE: Duration = Duration::from_secs(6 * 60);
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// Providers keep files for a while; a file older than this is not there any more.
const GIVE_UP_AFTER: Duration = Duration::from_secs(7 * 24 * 3600);
/// An answer that only says where the file is, is smaller.
const NODE: usize = 256 * 1024;

/// There may be something to fetch.
#[derive(Debug, Clone, Copy, Message)]
#[rtype(result = "()")]
pub struct Work;

pub struct MediaActor {
    services: Services,
    running: usize,
    looking: bool,
    /// Told again while looking.
    again: bool,
    wake: Option<SpawnHandle>,
    _obituary: Obituary<Self>,
}

impl Live for MediaActor {
    type Id = Only;
    const NAME: &'static str = "media";
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

impl MediaActor {
    pub fn new(services: Services, obituary: Obituary<Self>) -> Self {
        MediaActor { services, running: 0, looking: false, again: false, wake: None, _obituary: obituary }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        if self.looking {
            self.again = true;
            return;
        }
        let free = AT_ONCE.saturating_sub(self.running);
        if free == 0 {
            return;
        }
        self.looking = true;
        let services = self.services.clone();
        let work = async move { take(&services, free).await };
        ctx.spawn(work.into_actor(self).map(move |taken, actor, ctx| {
            actor.looking = false;
            match taken {
                Ok((rows, next)) => {
                    let full = rows.len() == free;
                    for row in rows {
                        actor.fetch(row, ctx);
                    }
                    if std::mem::take(&mut actor.again) && !full {
                        actor.look(ctx);
                    } else if let Some(at) = next {
                        actor.wake_at(at, ctx);
                    }
                }
                Err(error) => tracing::warn!(%error, "downloads could not be read; trying again"),
            }
        }));
    }

    fn wake_at(&mut self, at: Timestamp, ctx: &mut Context<Self>) {
        if let Some(handle) = self.wake.take() {
            ctx.cancel_future(handle);
        }
        let pause = at.since(self.services.clock.now()).max(Duration::from_millis(50));
        self.wake = Some(ctx.run_later(pause, |actor, ctx| {
            actor.wake = None;
            actor.look(ctx);
        }));
    }

    fn fetch(&mut self, row: DownloadRow, ctx: &mut Context<Self>) {
        self.running += 1;
        let services = self.services.clone();
        let work = async move { serve(&services, row).await };
        ctx.spawn(work.into_actor(self).map(|(), actor, ctx| {
            actor.running -= 1;
            actor.look(ctx);
        }));
    }
}

impl Actor for MediaActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(SWEEP, |actor, ctx| actor.look(ctx));
        self.look(ctx);
    }
}

impl Handler<Work> for MediaActor {
    type Result = ();

    fn handle(&mut self, _: Work, ctx: &mut Self::Context) {
        self.look(ctx);
    }
}

/// Takes what is due; and when the next one is.
async fn take(services: &Services, most: usize) -> Result<(Vec<DownloadRow>, Option<Timestamp>), StoreError> {
    let limit = i64::try_from(most).unwrap_or(1) + 1;
    let rows = services.store.read("media.next", move |db| Ok(store::next(db, limit)?)).await?;
    let now = services.clock.now();
    let (mut due, later): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.next_at <= now);
    due.truncate(most);
    if due.is_empty() {
        return Ok((due, later.first().map(|row| row.next_at)));
    }
    let taken = services
        .store
        .write("media.lease", move |tx| {
            let mut taken = Vec::with_capacity(due.len());
            for row in &due {
                if store::lease(tx.db, row, now + LEASE)? {
                    taken.push(DownloadRow { attempts: row.attempts + 1, ..row.clone() });
                }
            }
            Ok(taken)
        })
        .await?;
    Ok((taken, later.first().map(|row| row.next_at)))
}

/// Why a try brought nothing.
#[derive(Debug, PartialEq)]
enum Failure {
    Later { at_least: Option<Duration>, code: String, reason: String },
    Never { code: String, reason: String },
}

fn never(code: &str, reason: impl ToString) -> Failure {
    Failure::Never { code: code.to_owned(), reason: reason.to_string() }
}

fn later(code: &str, reason: impl ToString) -> Failure {
    Failure::Later { at_least: None, code: code.to_owned(), reason: reason.to_string() }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Timeout | HttpError::Connect(_) | HttpError::Interrupted(_) => later("unreachable", error),
            HttpError::TooLarge { .. } => never("media_too_large", error),
            HttpError::Refused(_) => never("address_refused", error),
            HttpError::Unsendable(_) => never("unsendable", error),
        }
    }
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Retry { at_least, code, reason, .. } => Failure::Later { at_least, code, reason },
            // The channel may be repaired within the time a provider keeps the file.
            SendError::Disconnected { code, reason } => {
                Failure::Later { at_least: Some(Duration::from_secs(300)), code, reason }
            }
            SendError::Rejected { code, reason } | SendError::WindowClosed { code, reason } => {
                Failure::Never { code, reason }
            }
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        match error {
            FileError::TooLarge(_) => never("media_too_large", error),
            FileError::Refused(_) => never("media_type_refused", error),
            FileError::Empty => never("media_empty", error),
            // A transfer that broke silently; the next one may be whole.
            FileError::Mismatch => later("media_mismatch", error),
            FileError::Io(_) => later("storage", error),
        }
    }
}

/// When to try again, if at all. Pure.
fn next_try(failure: &Failure, attempts: i64, age: Duration, now: Timestamp) -> Option<Timestamp> {
    let Failure::Later { at_least, code, .. } = failure else { return None };
    if age >= GIVE_UP_AFTER || (code == "media_mismatch" && attempts >= 3) {
        return None;
    }
    let doubled = u32::try_from(attempts.clamp(1, 12) - 1).unwrap_or(0);
    let pause = FIRST_PAUSE.saturating_mul(2u32.pow(doubled)).min(LONGEST_PAUSE);
    Some(now + pause.max(at_least.unwrap_or_default()))
}

/// One try of one file, stored whatever comes of it.
async fn serve(services: &Services, row: DownloadRow) {
    let fetched = fetch(services, &row).await;
    let now = services.clock.now();
    let id = row.id;
    let outcome = match &fetched {
        Ok(_) => "stored",
        Err(Failure::Later { .. }) => "later",
        Err(Failure::Never { .. }) => "failed",
    };
    metrics::counter!("attendance_media_downloads_total", "outcome" => outcome).increment(1);
    let stored = match fetched {
        Ok(stored) => services.store.write("media.stored", move |tx| complete(tx, &row, &stored, now)).await,
        Err(failure) => match next_try(&failure, row.attempts, now.since(row.created_at), now) {
            Some(at) => {
                services.store.write("media.put_off", move |tx| Ok(store::put_off(tx.db, id, at).map(drop)?)).await
            }
            None => {
                let (Failure::Later { code, reason, .. } | Failure::Never { code, reason }) = failure;
                tracing::info!(message.id = %row.message_id, code, "file cannot be fetched");
                let error = MessageError { code, reason };
                services.store.write("media.failed", move |tx| give_up(tx, &row, &error, now)).await
            }
        },
    };
    if let Err(error) = stored {
        // The lease ends and it is tried again.
        tracing::warn!(download.id = %id, %error, "outcome of a download could not be stored");
    }
}

async fn fetch(services: &Services, row: &DownloadRow) -> Result<Stored, Failure> {
    let Some((_, channel)) = services.catalog.of_channel(row.channel_id) else {
        return Err(never("channel_gone", "the channel does not exist any more"));
    };
    let Some(adapter) = &channel.adapter else { return Err(later("not_configured", "credentials are missing")) };
    let media = &row.media.0;
    let limit = services.config.delivery.media_bytes;
    let request =
        adapter.fetch_media(media).ok_or_else(|| never("media_unavailable", "the provider offers no file"))?;
    let (head, rest) = start(services.http.download(request, limit).await?).await?;
    let mut incoming = Incoming::begin(files::folder(&services.config), limit).await.map_err(FileError::from)?;
    match locate(adapter.as_ref(), &head, rest.is_none())? {
        Some(request) => {
            let mut download = services.http.download(request, limit).await?;
            refuse_status(download.status, &download.headers)?;
            while let Some(chunk) = download.chunk().await? {
                incoming.write(&chunk).await?;
            }
        }
        None => {
            refuse_status(head.status, &head.headers)?;
            incoming.write(&head.body).await?;
            if let Some(mut download) = rest {
                while let Some(chunk) = download.chunk().await? {
                    incoming.write(&chunk).await?;
                }
            }
        }
    }
    Ok(incoming.finish(&name_of(media), media.sha256.as_deref()).await?)
}

/// The beginning of an answer, and what is left of one that is longer than any that only names an address.
async fn start(mut download: Download) -> Result<(Response, Option<Download>), HttpError> {
    let mut body = BytesMut::new();
    let mut ended = false;
    while body.len() <= NODE {
        match download.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => {
                ended = true;
                break;
            }
        }
    }
    let head = Response { status: download.status, headers: download.headers.clone(), body: body.freeze() };
    Ok((head, (!ended).then_some(download)))
}

fn locate(
    adapter: &dyn Adapter,
    head: &Response,
    whole: bool,
) -> Result<Option<crate::channels::adapter::Request>, Failure> {
    if whole { Ok(adapter.media_location(head)?) } else { Ok(None) }
}

fn refuse_status(status: u16, headers: &[(String, String)]) -> Result<(), Failure> {
    let answer = Response { status, headers: headers.to_vec(), body: bytes::Bytes::new() };
    let (code, reason) = (format!("http_{status}"), format!("the provider answered {status}"));
    match status {
        200..300 => Ok(()),
        // 401 and 403: an address that ran out; asked for again, it is fresh.
        401 | 403 | 408 | 429 | 500.. => Err(Failure::Later { at_least: answer.retry_after(), code, reason }),
        _ => Err(Failure::Never { code, reason }),
    }
}

fn name_of(media: &RemoteMedia) -> String {
    media.name.clone().unwrap_or_default()
}

/// The file takes the place of its reference.
fn complete(tx: &mut Tx<'_>, row: &DownloadRow, stored: &Stored, now: Timestamp) -> Result<(), StoreError> {
    store::delete_download(tx.db, row.id)?;
    let Some(mut message) = store::message(tx.db, row.message_id)? else { return Ok(()) };
    let Some(files) = &mut message.attachments else { return Ok(()) };
    let media = &row.media.0;
    let waiting = |file: &&mut crate::conversations::Attachment| {
        file.id.is_none() && file.reference.as_deref() == Some(&media.reference)
    };
    // Fetched already, by a node whose lease had run out.
    let Some(file) = files.0.iter_mut().find(waiting) else { return Ok(()) };
    let kept = FileRow {
        id: AttachmentId::new(),
        organization_id: row.organization_id,
        session_id: Some(row.session_id),
        sha256: stored.sha256.clone(),
        mime: stored.mime.clone(),
        size: stored.size,
        name: file.name.clone(),
        created_by: None,
        created_at: now,
    };
    store::insert(tx.db, &kept)?;
    *file = kept.attachment();
    tell(tx, &message, now)
}

fn give_up(tx: &mut Tx<'_>, row: &DownloadRow, error: &MessageError, now: Timestamp) -> Result<(), StoreError> {
    store::delete_download(tx.db, row.id)?;
    let Some(mut message) = store::message(tx.db, row.message_id)? else { return Ok(()) };
    message.error = Some(Json(error.clone()));
    tell(tx, &message, now)
}

fn tell(tx: &mut Tx<'_>, message: &StoredMessage, now: Timestamp) -> Result<(), StoreError> {
    store::save_files(tx.db, message)?;
    let (queue, attendant) = store::seen_by(tx.db, message.session_id)?;
    let body = json!({"session_id": message.session_id, "message": MessageView::from(message)});
    let serde_json::Value::Object(body) = body else { return Ok(()) };
    tx.emit(Event {
        organization_id: message.organization_id,
        kind: "message_updated",
        at: now,
        audience: Audience::Conversation {
            queues: queue.into_iter().collect(),
            attendants: attendant.into_iter().collect(),
        },
        body,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_failure_is_tried_again_with_growing_pauses_until_the_file_is_gone() {
        let now = Timestamp::from_secs(1_800_000_000);
        let failure = later("unreachable", "x");
        let pause = |attempts| next_try(&failure, attempts, Duration::ZERO, now).map(|at| at.since(now).as_secs());
        assert_eq!([1, 2, 3, 40].map(pause), [Some(2), Some(4), Some(8), Some(3600)]);
        assert_eq!(next_try(&failure, 1, GIVE_UP_AFTER, now), None);
        assert_eq!(next_try(&never("x", "y"), 1, Duration::ZERO, now), None);
        let asked = Failure::Later { at_least: Some(Duration::from_secs(60)), code: "4".into(), reason: "r".into() };
        assert_eq!(next_try(&asked, 1, Duration::ZERO, now), Some(now + Duration::from_secs(60)));
        assert_eq!(next_try(&Failure::from(FileError::Mismatch), 3, Duration::ZERO, now), None);
    }

    #[test]
    fn a_status_tells_whether_to_come_back() {
        assert_eq!(refuse_status(200, &[]), Ok(()));
        for status in [403, 429, 500, 503] {
            assert!(matches!(refuse_status(status, &[]), Err(Failure::Later { .. })), "{status}");
        }
        for status in [302, 400, 404, 410] {
            assert!(matches!(refuse_status(status, &[]), Err(Failure::Never { .. })), "{status}");
        }
    }
}
