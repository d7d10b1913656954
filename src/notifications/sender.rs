//! Who is woken when: an attendant whom a conversation is offered or handed to; the members of a queue that leaves choosing to
//! people, while they work. Only those with a subscription, and not who set the preference `notifications.push` to false.
//! Whether a notification is worth showing is the browser's to say: it knows if the console is in front.
//!
//! Hears the events that this node committed, so that of several nodes one tells. Nothing is tried again.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use url::Url;

use super::push::{Keys, Receiver, Unusable};
use super::store::{self, Subscription};
use crate::attendants::Status as Presence;
use crate::attendants::store::User;
use crate::catalog::Configuration;
use crate::channels::adapter::{Method, Request};
use crate::conversations::Status;
use crate::conversations::view::CustomerBrief;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::events::StoredEvent;
use crate::store::{StoreError, Tx, installation};

/// The row of the installation that holds the keys, which is also what the sealed text is bound to.
const KEY_NAME: &str = "push.vapid";
/// Events that wait to be told; beyond them people find out by looking.
const WAITING: usize = 1024;
/// Characters of what the customer wrote.
const SHOWN: usize = 80;
/// Seconds after which nobody needs to be told that somebody waits.
const WAIT_SECONDS: i64 = 3600;
/// Who answers for our messages when no public address is configured.
const SUBJECT: &str = "https://attendance.dev";

/// The installation's keys, made by whoever asks first.
pub async fn keys(services: &Services) -> Result<&Keys, StoreError> {
    let unusable = |error: &dyn std::fmt::Display| StoreError::Internal(error.to_string());
    let load = async || {
        let fresh = Keys::generate().map_err(|error| unusable(&error))?;
        let sealed = services.vault.seal(&fresh, KEY_NAME);
        let now = services.clock.now();
        let make = move |tx: &mut Tx<'_>| Ok(installation::get_or_set(tx.db, KEY_NAME, &sealed, now)?);
        let stored = services.store.write("push.keys", make).await?;
        let opened = services.vault.open(&stored, KEY_NAME).map_err(|error| unusable(&error))?;
        Keys::from_secret(&opened).map_err(|error| unusable(&error))
    };
    services.push_keys.get_or_try_init(load).await
}

/// Listens for as long as the process lives.
pub fn start(services: &Services) {
    let (to_sender, mut arriving) = mpsc::channel::<Arc<StoredEvent>>(WAITING);
    services.bus.listen_to_all(Box::new(move |batch| {
        let rings = ["new_conversation", "conversation_assigned", "conversation_transferred"];
        for event in batch.iter().filter(|event| rings.contains(&event.kind.as_str())) {
            // Full: see WAITING.
            let _ = to_sender.try_send(event.clone());
        }
        true
    }));
    let services = services.clone();
    actix_web::rt::spawn(async move {
        while let Some(event) = arriving.recv().await {
            let services = services.clone();
            actix_web::rt::spawn(async move {
                if let Err(error) = tell(&services, &event).await {
                    tracing::warn!(%error, "nobody was woken");
                }
            });
        }
    });
}

/// What a card's event says, as far as it matters here.
#[derive(Debug, Deserialize)]
struct Card {
    session_id: SessionId,
    status: Status,
    customer: CustomerBrief,
    message: String,
    queue: Option<Named>,
    assigned_to: Option<UserId>,
    offer_until: Option<crate::clock::Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: QueueId,
    name: String,
}

async fn tell(services: &Services, event: &StoredEvent) -> Result<(), StoreError> {
    let organization = event.organization_id;
    let Some(configuration) = services.catalog.organization(organization) else { return Ok(()) };
    let card: Card = serde_json::from_str(&event.frame).map_err(|error| StoreError::Internal(error.to_string()))?;
    let works = |id: UserId| services.floor.attendant(id).is_some_and(|now| now.status != Presence::Offline);
    let users = woken(&configuration, &card, works);
    if users.is_empty() {
        return Ok(());
    }
    let subscriptions = services.store.read("push.of", move |db| Ok(store::of(db, organization, &users)?)).await?;
    let now = services.clock.now();
    let seconds = card.offer_until.map_or(WAIT_SECONDS, |until| (until.secs() - now.secs()).max(1));
    let sending = subscriptions.into_iter().filter_map(|subscription| {
        let user = configuration.users.get(&subscription.user_id)?;
        let text = message(&card, Lang::from_locale(&user.locale).unwrap_or_default());
        let topic = card_topic(&card);
        Some(async move {
            if let Err(error) = send(services, &subscription, &text, topic, seconds).await {
                tracing::warn!(%error, "a browser was not woken");
            }
        })
    });
    futures_util::future::join_all(sending).await;
    Ok(())
}

/// Whom an event wakes.
fn woken(configuration: &Configuration, card: &Card, works: impl Fn(UserId) -> bool) -> Vec<UserId> {
    let wants = |user: &User| {
        user.is_active && user.preferences.0.pointer("/notifications/push").and_then(Value::as_bool) != Some(false)
    };
    let by_hand = |id: QueueId| {
        let entry = configuration.queue(id)?;
        (!entry.queue.auto_assign).then_some(entry)
    };
    let candidates: Vec<UserId> = match (card.status, card.assigned_to, &card.queue) {
        (Status::Assigned, Some(user), _) => vec![user],
        (Status::Waiting, _, Some(queue)) => match by_hand(queue.id) {
            Some(entry) => {
                let members = entry.members.iter().filter(|member| member.is_active && works(member.user_id));
                members.map(|member| member.user_id).collect()
            }
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    candidates.into_iter().filter(|id| configuration.users.get(id).is_some_and(|user| wants(user))).collect()
}

/// A later notification of the same conversation takes the earlier one's place: 32 characters (RFC 8030, section 5.4).
fn card_topic(card: &Card) -> String {
    card.session_id.0.simple().to_string()
}

/// What the console's worker shows.
fn message(card: &Card, lang: Lang) -> String {
    let name = match card.customer.name.as_str() {
        "" => lang.pick("Cliente", "Customer"),
        name => name,
    };
    let (kind, title) = match (&card.queue, card.status) {
        (Some(queue), Status::Waiting) => {
            let (pt, en) = (format!("{name} espera em {}", queue.name), format!("{name} is waiting in {}", queue.name));
            ("waiting", lang.pick(&pt, &en).to_owned())
        }
        _ => {
            let (pt, en) = (format!("Nova conversa: {name}"), format!("New conversation: {name}"));
            ("offer", lang.pick(&pt, &en).to_owned())
        }
    };
    let body = match card.message.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &card.message[..at]),
        None => card.message.clone(),
    };
    json!({
        "type": kind, "title": title, "body": body, "session_id": card.session_id, "tag": card_topic(card),
        "lang": lang.locale(),
    })
    .to_string()
}

/// Why one browser was not told.
#[derive(Debug, thiserror::Error)]
enum NotSent {
    #[error(transparent)]
    Keys(#[from] Unusable),
    #[error(transparent)]
    Http(#[from] crate::channels::http::HttpError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("its push server answered {0}")]
    Refused(u16),
}

async fn send(services: &Services, to: &Subscription, text: &str, topic: String, seconds: i64) -> Result<(), NotSent> {
    let receiver = Receiver::parse(&to.p256dh, &to.auth).ok_or(Unusable)?;
    let endpoint = Url::parse(&to.endpoint).map_err(|_| Unusable)?;
    let subject = if services.public_url.starts_with("https://") { &services.public_url } else { SUBJECT };
    let authorization = keys(services).await?.authorization(&endpoint, subject, services.clock.now())?;
    let header = |name: &str, value: String| (name.to_owned(), value);
    let request = Request {
        method: Method::Post,
        url: to.endpoint.clone(),
        headers: vec![
            header("authorization", authorization),
            header("content-type", "application/octet-stream".to_owned()),
            header("content-encoding", "aes128gcm".to_owned()),
            header("ttl", seconds.to_string()),
            header("urgency", "high".to_owned()),
            header("topic", topic),
        ],
        body: receiver.seal(text.as_bytes())?,
    };
    let answer = services.http.send(request).await?;
    if matches!(answer.status, 404 | 410) {
        // The person took the permission back, or the browser is gone.
        let id = to.id;
        services.store.write("push.gone", move |tx| Ok(store::delete(tx.db, id)?)).await?;
    }
    metrics::counter!("attendance_push_total", "status" => answer.status.to_string()).increment(1);
    match answer.status {
        200..=299 => Ok(()),
        404 | 410 => {
            tracing::info!(status = answer.status, "a browser that is gone is forgotten");
            Ok(())
        }
        status => Err(NotSent::Refused(status)),
    }
}
