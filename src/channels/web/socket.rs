//! One open socket of a visitor: reads frames, hands messages to the conversation, writes what happens in it. Started by
//! the handshake (`api.rs`) and found by the hub; lives as long as the connection.
//!
//! Memory is bounded: frames in are small and taken one at a time, events out wait in a short mailbox. A visitor who reads
//! too slowly misses events, is told `resync` once they read again, and loses nothing: messages are rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::*;
use actix_web_actors::ws::{self, CloseCode, CloseReason, WebsocketContext};
use serde::Deserialize;
use serde_json::Value;

use super::hub::Place;
use super::protocol::{self, FileRef, FromVisitor, VisitorMessage, VisitorSender, VisitorStatus};
use crate::api::problem::{Code, FieldError, Problem};
use crate::attachments::store as files;
use crate::attachments::{signed_url, stored_reference};
use crate::channels::adapter::{Address, InboundMessage, Kind, Peer, RemoteMedia};
use crate::channels::receipts;
use crate::clock::Timestamp;
use crate::conversations::actor::{Arrival, ConversationError, Receive, VisitorPresence, observe};
use crate::conversations::store as conversations;
use crate::conversations::view::MessageView;
use crate::conversations::{Conversation, Direction, Message as StoredMessage, MessageStatus, SenderKind, Status};
use crate::ids::*;
use crate::lang::Lang;
use crate::ratings::store::{self as ratings, Rating};
use crate::ratings::{ASKED_FOR, Scale};
use crate::services::Services;
use crate::store::events::{Audience, StoredEvent};

/// Events waiting to be written at most.
const MAILBOX: usize = 64;
/// Positions in a queue are told at most this often.
const STATUS_EVERY: Duration = Duration::from_secs(1);
/// Typing is passed on at most this often.
const TYPING_EVERY: Duration = Duration::from_secs(2);
/// Messages sent again after a lost connection at most; more are fetched as a page.
const RESUMED: i64 = 200;
const FILES: usize = 10;
const CLIENT_ID_CHARS: usize = 128;
const COMMENT_CHARS: usize = 2000;

/// An event of this session.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Happened(pub Arc<StoredEvent>);

/// The queue it waits in has moved.
#[derive(Message)]
#[rtype(result = "()")]
pub struct QueueMoved;

/// The server ends.
#[derive(Message)]
#[rtype(result = "()")]
pub struct GoAway;

/// Whose socket it is.
#[derive(Debug, Clone)]
pub struct Who {
    pub organization: OrganizationId,
    pub channel: ChannelId,
    pub visitor: RecordId,
    pub session: SessionId,
    pub lang: Lang,
}

pub struct VisitorSocket {
    services: Services,
    who: Who,
    number: u64,
    behind: Arc<AtomicBool>,
    last_heard: Instant,
    last_typing: Option<Instant>,
    last_status: Option<VisitorStatus>,
    asking_status: bool,
    status_planned: bool,
    _place: Place,
}

/// What an event says, as far as a visitor is concerned.
#[derive(Deserialize)]
struct Told {
    message: Option<MessageOrText>,
    message_id: Option<MessageId>,
    status: Option<String>,
    from: Option<String>,
    name: Option<String>,
    handoff_id: Option<HandoffId>,
    by: Option<By>,
}

/// `message` is the message itself in its own events, and the last words in those of the conversation.
#[derive(Deserialize)]
#[serde(untagged)]
enum MessageOrText {
    Message(Box<MessageView>),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct By {
    kind: SenderKind,
}

impl VisitorSocket {
    pub fn new(services: Services, who: Who, place: Place) -> Self {
        VisitorSocket {
            services,
            who,
            number: 0,
            behind: Arc::default(),
            last_heard: Instant::now(),
            last_typing: None,
            last_status: None,
            asking_status: false,
            status_planned: false,
            _place: place,
        }
    }

    fn send(&self, frame: &Value, ctx: &mut WebsocketContext<Self>) {
        if self.behind.swap(false, Ordering::Relaxed) {
            ctx.text(protocol::resync().to_string());
        }
        ctx.text(frame.to_string());
    }

    fn refuse(&self, problem: &Problem, client_id: Option<&str>, ctx: &mut WebsocketContext<Self>) {
        self.send(&protocol::error(problem, client_id, self.who.lang), ctx);
    }

    fn asked(&self) -> Option<Scale> {
        asked(&self.services, self.who.channel)
    }

    /// Asks where the conversation stands and tells the visitor when that is news.
    fn tell_status(&mut self, ctx: &mut WebsocketContext<Self>) {
        if self.asking_status {
            return self.plan_status(ctx);
        }
        self.asking_status = true;
        let (services, session) = (self.services.clone(), self.who.session);
        let ask = async move { observe(&services, session).await };
        ctx.spawn(ask.into_actor(self).map(|observed, actor, ctx| {
            actor.asking_status = false;
            // Not reachable now: told with the next change.
            let Ok(conversation) = observed else { return };
            let queue = conversation.session.queue_id.filter(|_| conversation.session.status.is_open());
            actor.services.visitors.waits_in(actor.who.session, actor.number, queue);
            let now = status(&actor.services, &conversation);
            if actor.last_status.as_ref() != Some(&now) {
                actor.send(&protocol::status(&now), ctx);
                actor.last_status = Some(now);
            }
        }));
    }

    /// The same in a moment, once for however many changes come until then.
    fn plan_status(&mut self, ctx: &mut WebsocketContext<Self>) {
        if !self.status_planned {
            self.status_planned = true;
            ctx.run_later(STATUS_EVERY, |actor, ctx| {
                actor.status_planned = false;
                actor.tell_status(ctx);
            });
        }
    }

    /// What reached this socket has been delivered.
    fn delivered(&self, id: MessageId) {
        let (services, session, now) = (self.services.clone(), self.who.session, self.services.clock.now());
        actix::spawn(async move {
            let marked = services
                .store
                .write("message.delivered", move |tx| {
                    if let Some(message) = conversations::message(tx.db, session, id)? {
                        receipts::set(tx, &message, MessageStatus::Delivered, None, now)?;
                    }
                    Ok(())
                })
                .await;
            // A mark on a screen: the read mark will come over it.
            if let Err(error) = marked {
                tracing::debug!(%error, "delivery mark not stored");
            }
        });
    }

    fn frame(&mut self, frame: FromVisitor, ctx: &mut WebsocketContext<Self>) {
        match frame {
            FromVisitor::Ping => self.send(&protocol::pong(), ctx),
            FromVisitor::Typing { on } => self.typing(on),
            FromVisitor::Message { client_id, text, attachments, payload } => {
                self.message(client_id, text, attachments, payload, ctx);
            }
            FromVisitor::Read { seq } => self.read(seq),
            FromVisitor::Csat { score, comment } => self.csat(score, comment, ctx),
            FromVisitor::Resume { last_seq } => self.resume(last_seq, ctx),
        }
    }

    fn typing(&mut self, on: bool) {
        let now = Instant::now();
        if self.last_typing.is_some_and(|at| now.duration_since(at) < TYPING_EVERY) && on {
            return;
        }
        self.last_typing = Some(now);
        let (services, who) = (self.services.clone(), self.who.clone());
        actix::spawn(async move {
            let Ok(conversation) = observe(&services, who.session).await else { return };
            let session = &conversation.session;
            let frame = serde_json::json!({
                "type": "typing", "session_id": session.id, "from": "contact", "name": null, "on": on,
            });
            let audience = Audience::Conversation {
                queues: session.queue_id.into_iter().collect(),
                attendants: session.attendant_id.into_iter().collect(),
            };
            services.bus.transient(who.organization, "typing", audience, &frame);
        });
    }

    /// Stored before it is acknowledged; the next frame waits, so that order is kept.
    fn message(
        &mut self,
        client_id: String,
        text: String,
        files: Vec<FileRef>,
        payload: Option<String>,
        ctx: &mut WebsocketContext<Self>,
    ) {
        let limits = &self.services.config.webchat;
        if let Err(problem) = check(&client_id, &text, &files, limits.message_chars) {
            return self.refuse(&problem, Some(&client_id), ctx);
        }
        if let Err(seconds) = self.services.visitors.admit(self.who.visitor, limits.messages_per_minute) {
            return self.refuse(&Problem::too_many(seconds), Some(&client_id), ctx);
        }
        let (services, who) = (self.services.clone(), self.who.clone());
        let ids: Vec<AttachmentId> = files.iter().map(FileRef::id).collect();
        let client = client_id.clone();
        let written = Written { client_id: client, text, files: ids, payload, for_person: false };
        let store = async move { receive(&services, &who, written).await };
        ctx.wait(store.into_actor(self).map(move |stored, actor, ctx| match stored {
            Ok(message) => {
                let frame = protocol::status_of_message(
                    message.id,
                    Some(&client_id),
                    Some(message.seq),
                    MessageStatus::Received,
                );
                actor.send(&frame, ctx);
            }
            Err(problem) => actor.refuse(&problem, Some(&client_id), ctx),
        }));
    }

    fn read(&self, seq: Option<i64>) {
        let (services, session, now) = (self.services.clone(), self.who.session, self.services.clock.now());
        actix::spawn(async move {
            let until = seq.unwrap_or(i64::MAX);
            let marked =
                services.store.write("message.read", move |tx| receipts::read_until(tx, session, until, now)).await;
            if let Err(error) = marked {
                tracing::debug!(%error, "read mark not stored; the next one covers it");
            }
        });
    }

    fn csat(&mut self, score: i64, comment: Option<String>, ctx: &mut WebsocketContext<Self>) {
        // Answered to a question of before it was switched off: still an answer.
        let scale = self.asked().unwrap_or(Scale::Csat);
        let range = scale.range();
        if !range.contains(&score) {
            let refused = FieldError::out_of_range("score", range.start(), range.end());
            return self.refuse(&Problem::field(refused), None, ctx);
        }
        let comment = comment.map(|text| clean(&text)).filter(|text| !text.is_empty());
        if comment.as_ref().is_some_and(|text| text.chars().count() > COMMENT_CHARS) {
            return self.refuse(&Problem::field(FieldError::too_long("comment", COMMENT_CHARS)), None, ctx);
        }
        let (services, session, now) = (self.services.clone(), self.who.session, self.services.clock.now());
        let store = async move {
            let conversation = observe(&services, session).await?;
            let rating = Rating::of(&conversation, scale, score, comment, now);
            let rating = rating.ok_or_else(|| Problem::of(Code::Conflict))?;
            let store = services.store.write("rating.store", move |tx| {
                ratings::put(tx.db, &rating)?;
                if let Some(event) = rating.told() {
                    tx.emit(event);
                }
                Ok(())
            });
            Ok(store.await?)
        };
        ctx.wait(store.into_actor(self).map(move |stored: Result<(), Problem>, actor, ctx| match stored {
            Ok(()) => actor.send(&protocol::csat_stored(score), ctx),
            Err(problem) => actor.refuse(&problem, None, ctx),
        }));
    }

    /// Messages after the last one the widget has; `resync` when they are too many.
    fn resume(&mut self, last_seq: i64, ctx: &mut WebsocketContext<Self>) {
        let (services, session) = (self.services.clone(), self.who.session);
        let read = async move {
            services
                .store
                .read("visitor.resume", move |db| {
                    Ok(conversations::page(db, session, None, Some(last_seq), RESUMED, false)?)
                })
                .await
        };
        ctx.wait(read.into_actor(self).map(|page, actor, ctx| match page {
            Ok((_, true)) => actor.send(&protocol::resync(), ctx),
            Ok((messages, false)) => {
                for message in messages.iter().filter_map(|message| visible(&actor.services, message)) {
                    actor.send(&protocol::message_frame(&message, false), ctx);
                }
            }
            Err(error) => actor.refuse(&error.into(), None, ctx),
        }));
    }

    fn happened(&mut self, event: &StoredEvent, ctx: &mut WebsocketContext<Self>) {
        let Ok(told) = serde_json::from_str::<Told>(&event.frame) else { return };
        match event.kind.as_str() {
            kind @ ("message_created" | "message_updated") => {
                let Some(MessageOrText::Message(view)) = &told.message else { return };
                let Some(message) = protocol::message(view, |id| signed_url(&self.services, id)) else { return };
                self.send(&protocol::message_frame(&message, kind == "message_updated"), ctx);
                if message.direction == Direction::Out && kind == "message_created" {
                    self.delivered(message.id);
                }
            }
            "message_status" => {
                // Their other screens learn what was read here; what is on the way is not a visitor's business.
                if let (Some(id), Some("read")) = (told.message_id, told.status.as_deref()) {
                    self.send(&protocol::status_of_message(id, None, None, MessageStatus::Read), ctx);
                }
            }
            "typing" => {
                if let Some(from @ ("attendant" | "bot")) = told.from.as_deref() {
                    self.send(&protocol::typing(from, told.name.as_deref().unwrap_or_default(), true), ctx);
                }
            }
            "conversation_resolved" => {
                self.tell_status(ctx);
                let gone = told.by.is_some_and(|by| by.kind == SenderKind::Contact);
                if let Some(scale) = self.asked().filter(|_| !gone) {
                    self.send(&protocol::csat_request(told.handoff_id, scale), ctx);
                }
            }
            kind if kind.starts_with("meeting_") => {
                if let Ok(frame) = serde_json::from_str::<Value>(&event.frame) {
                    self.send(
                        &serde_json::json!({"type": "meeting", "event": kind, "url": frame.get("visitor_url")}),
                        ctx,
                    );
                }
            }
            _ => self.tell_status(ctx),
        }
    }
}

/// Which rating visitors of this channel are asked for, if any.
pub fn asked(services: &Services, channel: ChannelId) -> Option<Scale> {
    let (configuration, entry) = services.catalog.of_channel(channel)?;
    Scale::asked(configuration.bots.get(&entry.row.bot_id)?.settings.attendance.csat)
}

/// The handoff that ended while nobody was here to be asked about it.
async fn unrated(services: &Services, conversation: &Conversation, now: Timestamp) -> Option<HandoffId> {
    let handoff = conversation.handoff.as_ref()?;
    let recent = handoff.resolved_at.is_some_and(|at| now.since(at) < ASKED_FOR);
    if handoff.state != Status::Resolved || !recent || handoff.outcome.as_deref() == Some("abandoned") {
        return None;
    }
    let id = handoff.id;
    let rated = services.store.read("rating.of_handoff", move |db| Ok(ratings::of_handoff(db, id)?)).await;
    // Unknown now: asked at the next visit.
    matches!(rated, Ok(None)).then_some(id)
}

/// Without what no database keeps.
pub fn clean(text: &str) -> String {
    text.replace('\0', "").trim().to_owned()
}

pub fn check(client_id: &str, text: &str, files: &[FileRef], most: u64) -> Result<(), Problem> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if client_id.is_empty() || client_id.contains('\0') {
        return Err(Problem::field(FieldError::required("client_id")));
    }
    if client_id.chars().count() > CLIENT_ID_CHARS {
        return Err(Problem::field(FieldError::too_long("client_id", CLIENT_ID_CHARS)));
    }
    if clean(text).is_empty() && files.is_empty() {
        return Err(Problem::field(FieldError::required("text")));
    }
    if text.chars().count() > most {
        return Err(Problem::field(FieldError::too_long("text", most)));
    }
    if files.len() > FILES {
        return Err(Problem::field(FieldError::out_of_range("attachments", 0, FILES)));
    }
    Ok(())
}

/// What a visitor wrote.
pub struct Written {
    pub client_id: String,
    pub text: String,
    pub files: Vec<AttachmentId>,
    pub payload: Option<String>,
    /// Past the bot, to whoever serves next.
    pub for_person: bool,
}

/// Stores a visitor's message; the same `client_id` again gives the first one.
pub async fn receive(services: &Services, who: &Who, written: Written) -> Result<StoredMessage, Problem> {
    let Written { client_id, text, files: ids, payload, for_person } = written;
    let (organization, by, session) = (who.organization, AnyId(who.visitor.0), who.session);
    let files = if ids.is_empty() {
        Vec::new()
    } else {
        services
            .store
            .read("visitor.files", move |db| files::sendable(db, organization, by, session, &ids))
            .await
            .map_err(|error| match error {
                crate::store::StoreError::NotFound => {
                    Problem::field(FieldError::new("attachments", crate::api::problem::FieldCode::NotFound))
                }
                error => error.into(),
            })?
    };
    let kind = match (&payload, files.first()) {
        (Some(_), _) => Kind::InteractiveReply,
        (None, Some(file)) => kind_of(&file.mime),
        (None, None) => Kind::Text,
    };
    let media = files.into_iter().filter_map(|file| {
        Some(RemoteMedia {
            reference: stored_reference(file.id?, file.size),
            mime: Some(file.mime),
            name: Some(file.name),
            sha256: None,
        })
    });
    let address = Address { kind: "web".to_owned(), value: who.visitor.to_string() };
    let message = InboundMessage {
        external_id: protocol::external_id(who.visitor, &client_id),
        from: Peer { addresses: vec![address], ..Peer::default() },
        kind,
        text: clean(&text),
        media: media.collect(),
        reply_to: None,
        sent_at: services.clock.now(),
        payload,
        referral: None,
        forwarded: false,
        extra: None,
    };
    // Known by its external id, which no attendant's client id can meet.
    let arrivals = Arc::new(vec![Arrival { message, client_id: None, for_person }]);
    let stored = services.conversations().tell(session, Receive(arrivals)).await??;
    metrics::counter!("attendance_messages_received_total", "channel" => "web").increment(1);
    stored.into_iter().next().ok_or_else(|| Problem::internal("nothing was stored"))
}

fn kind_of(mime: &str) -> Kind {
    match mime.split('/').next() {
        Some("image") => Kind::Image,
        Some("audio") => Kind::Audio,
        Some("video") => Kind::Video,
        _ => Kind::Document,
    }
}

/// A stored message as its visitor sees it.
pub fn visible(services: &Services, message: &StoredMessage) -> Option<VisitorMessage> {
    protocol::message(&MessageView::from(message), |id| signed_url(services, id))
}

/// Where a conversation stands, with its place in line and who serves it.
pub fn status(services: &Services, conversation: &Conversation) -> VisitorStatus {
    let session = &conversation.session;
    let waits = matches!(session.status, Status::Waiting | Status::Assigned);
    let configuration = services.catalog.organization(session.organization_id);
    let position = session.queue_id.filter(|_| waits).map(|queue| {
        let view = services.floor.queue(queue);
        // Being offered to somebody, it is about to be served.
        view.waiting.iter().position(|id| *id == session.id).map_or(1, |place| place + 1)
    });
    let queue = session.queue_id.and_then(|id| configuration.as_ref()?.queue(id).cloned());
    let estimated_wait = position
        .zip(queue)
        .and_then(|(position, queue)| services.floor.estimated_wait(&queue, position))
        .map(|wait| wait.as_secs());
    let serves = matches!(session.status, Status::Active | Status::Pending);
    let attendant = session.attendant_id.filter(|_| serves).and_then(|id| {
        let user = configuration.as_ref()?.users.get(&id)?.clone();
        Some(VisitorSender { kind: SenderKind::Attendant, name: user.name.clone() })
    });
    let seen_seq = (serves && session.unread == 0).then_some(session.last_seq);
    VisitorStatus { status: protocol::status_name(session.status), position, estimated_wait, attendant, seen_seq }
}

/// Tells a conversation that waits whether its visitor does, too; the others have no use for it and sleep on.
fn came_or_went(services: &Services, conversation: &Conversation) {
    let session = &conversation.session;
    if matches!(session.status, Status::Waiting | Status::Assigned) {
        services.conversations().notify(session.id, VisitorPresence);
    }
}

impl Actor for VisitorSocket {
    type Context = WebsocketContext<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        let who = self.who.clone();
        let hub = self.services.visitors.clone();
        let (number, first) =
            hub.join(&self.services, who.organization, who.session, ctx.address(), self.behind.clone());
        self.number = number;
        metrics::gauge!("attendance_visitor_sockets").increment(1.0);
        let heartbeat = self.services.config.presence.heartbeat_seconds;
        let dead_after = Duration::from_secs(self.services.config.presence.dead_after_seconds);
        ctx.run_interval(Duration::from_secs(heartbeat), move |actor, ctx| {
            if actor.last_heard.elapsed() >= dead_after {
                return ctx.stop();
            }
            if actor.behind.swap(false, Ordering::Relaxed) {
                ctx.text(protocol::resync().to_string());
            }
            ctx.ping(b"");
        });
        let services = self.services.clone();
        let now = services.clock.now();
        let read = async move {
            // What was written while nobody was here arrives with the page the widget has fetched.
            let arrived = services.store.write("visitor.arrived", move |tx| {
                for message in conversations::unread_until(tx.db, who.session, i64::MAX)? {
                    receipts::set(tx, &message, MessageStatus::Delivered, None, now)?;
                }
                Ok(())
            });
            // Only marks on a screen.
            let _ = arrived.await;
            let conversation = observe(&services, who.session).await?;
            if first {
                came_or_went(&services, &conversation);
            }
            let unrated = unrated(&services, &conversation, now).await;
            Ok::<_, ConversationError>((conversation, unrated))
        };
        ctx.wait(read.into_actor(self).map(move |read, actor, ctx| match read {
            Ok((conversation, unrated)) => {
                let session = &conversation.session;
                actor.send(&protocol::hello(session.id, session.last_seq, now, heartbeat), ctx);
                actor.tell_status(ctx);
                if let Some(scale) = actor.asked().filter(|_| unrated.is_some()) {
                    actor.send(&protocol::csat_request(unrated, scale), ctx);
                }
            }
            Err(_) => {
                ctx.close(Some(CloseReason { code: CloseCode::Again, description: Some("try again".to_owned()) }));
                ctx.stop();
            }
        }));
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        let (services, session) = (self.services.clone(), self.who.session);
        let last = services.visitors.leave(session, self.number);
        if last && !services.conversations().notify_living(session, VisitorPresence) {
            actix::spawn(async move {
                if let Ok(conversation) = observe(&services, session).await {
                    came_or_went(&services, &conversation);
                }
            });
        }
        metrics::gauge!("attendance_visitor_sockets").decrement(1.0);
    }
}

impl StreamHandler<Result<ws::Message, ws::ProtocolError>> for VisitorSocket {
    fn handle(&mut self, frame: Result<ws::Message, ws::ProtocolError>, ctx: &mut Self::Context) {
        self.last_heard = Instant::now();
        match frame {
            Ok(ws::Message::Text(text)) => match protocol::read(&text) {
                Ok(frame) => self.frame(frame, ctx),
                Err(problem) => self.refuse(&problem, None, ctx),
            },
            Ok(ws::Message::Ping(bytes)) => ctx.pong(&bytes),
            Ok(ws::Message::Pong(_) | ws::Message::Nop) => {}
            Ok(ws::Message::Close(reason)) => {
                ctx.close(reason);
                ctx.stop();
            }
            Ok(ws::Message::Binary(_) | ws::Message::Continuation(_)) => {
                ctx.close(Some(CloseReason { code: CloseCode::Unsupported, description: None }));
                ctx.stop();
            }
            Err(error) => {
                let code = match error {
                    ws::ProtocolError::Overflow => CloseCode::Size,
                    _ => CloseCode::Protocol,
                };
                ctx.close(Some(CloseReason { code, description: None }));
                ctx.stop();
            }
        }
    }
}

impl Handler<Happened> for VisitorSocket {
    type Result = ();

    fn handle(&mut self, Happened(event): Happened, ctx: &mut Self::Context) {
        self.happened(&event, ctx);
    }
}

impl Handler<QueueMoved> for VisitorSocket {
    type Result = ();

    fn handle(&mut self, _: QueueMoved, ctx: &mut Self::Context) {
        self.plan_status(ctx);
    }
}

impl Handler<GoAway> for VisitorSocket {
    type Result = ();

    fn handle(&mut self, _: GoAway, ctx: &mut Self::Context) {
        ctx.close(Some(CloseReason { code: CloseCode::Away, description: Some("come back in a moment".to_owned()) }));
        ctx.stop();
    }
}
