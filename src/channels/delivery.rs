//! Out: one actor per channel works off its outbox. One message at a time per customer, many customers at once, no faster
//! than the provider allows; temporary failures are tried again with back-off and jitter, permanent ones become dead
//! letters with their reason. The date of the next try is a pure function.
//!
//! A kill between the provider's answer and our note of it sends that message again: at least once, never lost.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use actix::prelude::*;
use diesel::prelude::*;

use super::adapter::{Outbound, Pacing, Scope, SendError};
use super::http::HttpError;
use super::receipts;
use super::store::{self as channels, Health};
use crate::actors::directory::{Live, Obituary};
use crate::attachments;
use crate::attendants::store as people;
use crate::clock::Timestamp;
use crate::conversations::{Message as StoredMessage, MessageError, MessageStatus};
use crate::ids::*;
use crate::services::Services;
use crate::store::events::{Audience, Event};
use crate::store::outbox::{self, OutboxRow, OutboxState};
use crate::store::schema::messages;
use crate::store::{StoreError, Tx};

/// Rows read from the outbox at a time.
const PAGE: i64 = 500;
/// The outbox is read again this often, should a hint have been lost.
const SWEEP: Duration = Duration::from_secs(30);
/// How long a channel rests whose token or account the provider refuses.
const REST: Duration = Duration::from_secs(60);
/// After a time-out the provider may have accepted the message: its receipt has this long to tell us.
const UNCERTAIN: Duration = Duration::from_secs(30);

/// Rows that have just become durable.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Work(pub Vec<OutboxRow>);

/// The channel's configuration changed: what rested tries again.
#[derive(Debug, Clone, Message)]
#[rtype(result = "()")]
pub struct Reconsider;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum LaneKey {
    Session(SessionId),
    /// Notices to one address outside any session.
    Address(String),
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<OutboxRow>,
    /// Its first message is at the provider.
    busy: bool,
    /// Wakes it when its first message may be tried again.
    resting: Option<SpawnHandle>,
}

pub struct DeliveryActor {
    id: ChannelId,
    services: Services,
    lanes: HashMap<LaneKey, Lane>,
    held: HashSet<OutboxId>,
    ready: VecDeque<LaneKey>,
    in_flight: usize,
    /// No request before this time: the provider's pace, or a rest.
    not_before: Timestamp,
    /// Grows with each change of the channel: a rest asked for by a try of before does not hold for what comes after.
    changes: u64,
    wake: Option<SpawnHandle>,
    _obituary: Obituary<Self>,
}

impl Live for DeliveryActor {
    type Id = ChannelId;
    const NAME: &'static str = "delivery";
    const MAILBOX: usize = 4096;
    const RETURNS: bool = true;
}

impl DeliveryActor {
    pub fn new(id: ChannelId, services: Services, obituary: Obituary<Self>) -> Self {
        DeliveryActor {
            id,
            services,
            lanes: HashMap::new(),
            held: HashSet::new(),
            ready: VecDeque::new(),
            in_flight: 0,
            not_before: Timestamp::ZERO,
            changes: 0,
            wake: None,
            _obituary: obituary,
        }
    }

    /// Takes rows from the outbox that are not in hand yet.
    fn sweep(&self, after: Option<OutboxId>, ctx: &mut Context<Self>) {
        let (store, id) = (self.services.store.clone(), self.id);
        let reading =
            async move { store.read("outbox.waiting", move |db| Ok(outbox::waiting(db, id, after, PAGE)?)).await };
        ctx.spawn(reading.into_actor(self).map(|read, actor, ctx| {
            // Away for now: the next sweep reads again.
            let Ok(rows) = read else { return };
            let last = rows.last().map(|row| row.id);
            let more = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
            actor.take(rows, ctx);
            if more {
                actor.sweep(last, ctx);
            }
        }));
    }

    fn take(&mut self, rows: Vec<OutboxRow>, ctx: &mut Context<Self>) {
        for row in rows {
            if !self.held.insert(row.id) {
                continue;
            }
            let key = lane_of(&row);
            let lane = self.lanes.entry(key.clone()).or_default();
            // Hints and sweeps may cross: the order within a session is that of the ids.
            let at = lane.waiting.iter().position(|other| other.id > row.id).unwrap_or(lane.waiting.len());
            lane.waiting.insert(at, row);
            if !lane.busy && lane.resting.is_none() && !self.ready.contains(&key) {
                self.ready.push_back(key);
            }
        }
        self.advance(ctx);
    }

    /// Starts as many requests as pace and places allow.
    fn advance(&mut self, ctx: &mut Context<Self>) {
        let Some((_, channel)) = self.services.catalog.of_channel(self.id) else { return };
        let pacing = channel.adapter.as_ref().map_or_else(Pacing::default, |adapter| adapter.pacing());
        let gap = Duration::from_secs(1) / pacing.per_second.max(1);
        let most = usize::try_from(self.services.config.delivery.workers).unwrap_or(16);
        while self.in_flight < most {
            let now = self.services.clock.now();
            if self.not_before > now {
                return self.wake_at(self.not_before, ctx);
            }
            let Some(key) = self.ready.pop_front() else { return };
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            if lane.busy || lane.resting.is_some() {
                continue;
            }
            let Some(row) = lane.waiting.front() else {
                self.lanes.remove(&key);
                continue;
            };
            if row.next_at > now {
                let pause = row.next_at.since(now);
                lane.resting = Some(ctx.run_later(pause, move |actor, ctx| {
                    if let Some(lane) = actor.lanes.get_mut(&key) {
                        lane.resting = None;
                        actor.ready.push_back(key);
                    }
                    actor.advance(ctx);
                }));
                continue;
            }
            let Some(row) = lane.waiting.pop_front() else { continue };
            lane.busy = true;
            self.in_flight += 1;
            // A small burst is allowed; the pace holds on average.
            self.not_before = self.not_before.max(now - Duration::from_millis(200)) + gap;
            let (services, changes) = (self.services.clone(), self.changes);
            let attempt = async move { attempt(&services, row, pacing).await };
            ctx.spawn(attempt.into_actor(self).map(move |(mut row, outcome), actor, ctx| {
                actor.in_flight -= 1;
                tracing::debug!(outbox.id = %row.id, state = row.state.as_str(), "tried");
                match outcome {
                    Outcome::Done => {
                        actor.held.remove(&row.id);
                    }
                    Outcome::Again { rest } => {
                        let now = actor.services.clock.now();
                        match rest {
                            _ if actor.changes != changes => row.next_at = row.next_at.min(now),
                            Some(rest) => actor.not_before = actor.not_before.max(now + rest),
                            None => {}
                        }
                        actor.lanes.entry(key.clone()).or_default().waiting.push_front(row);
                    }
                }
                actor.free(&key, ctx);
            }));
        }
    }

    fn free(&mut self, key: &LaneKey, ctx: &mut Context<Self>) {
        if let Some(lane) = self.lanes.get_mut(key) {
            lane.busy = false;
            if lane.waiting.is_empty() {
                self.lanes.remove(key);
            } else {
                self.ready.push_back(key.clone());
            }
        }
        self.advance(ctx);
    }

    fn wake_at(&mut self, at: Timestamp, ctx: &mut Context<Self>) {
        if self.wake.is_some() {
            return;
        }
        let pause = at.since(self.services.clock.now());
        self.wake = Some(ctx.run_later(pause, |actor, ctx| {
            actor.wake = None;
            actor.advance(ctx);
        }));
    }
}

fn lane_of(row: &OutboxRow) -> LaneKey {
    match row.session_id {
        Some(session) => LaneKey::Session(session),
        None => LaneKey::Address(row.payload.0.to.first().map(|address| address.value.clone()).unwrap_or_default()),
    }
}

enum Outcome {
    /// Sent or dead, and stored as such.
    Done,
    /// The row says when; `rest` is for the whole channel.
    Again { rest: Option<Duration> },
}

/// What a failed try leads to. Pure.
#[derive(Debug, Clone, PartialEq)]
enum Next {
    Retry {
        at: Timestamp,
        rest: Option<Duration>,
    },
    Dead {
        code: String,
        reason: String,
    },
    /// The channel itself is refused: it rests, the message waits.
    Down {
        at: Timestamp,
        reason: String,
    },
}

/// `attempts` counts this one; `jitter` is in 0..1. Full jitter over an exponential, as the providers advise.
fn next_try(error: &SendError, attempts: u32, age: Duration, pacing: &Pacing, jitter: f64, now: Timestamp) -> Next {
    match error {
        SendError::Rejected { code, reason } => Next::Dead { code: code.clone(), reason: reason.clone() },
        SendError::WindowClosed { reason, .. } => {
            Next::Dead { code: "window_closed".to_owned(), reason: reason.clone() }
        }
        SendError::Disconnected { code, reason } => Next::Down { at: now + REST, reason: format!("{code}: {reason}") },
        SendError::Retry { at_least, scope, attempts: most, code, reason } => {
            if age >= pacing.give_up_after || most.is_some_and(|most| attempts >= most) {
                return Next::Dead { code: code.clone(), reason: format!("gave up: {reason}") };
            }
            let factor = pacing.backoff_factor.max(1).saturating_pow(attempts.saturating_sub(1).min(16));
            let ceiling = pacing.backoff_base.saturating_mul(factor).min(pacing.backoff_cap);
            let pause = ceiling.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0).max(at_least.unwrap_or_default());
            let rest = (*scope == Scope::Channel).then_some(pause);
            Next::Retry { at: now + pause, rest }
        }
    }
}

/// One try of one row, stored whatever comes of it.
async fn attempt(services: &Services, mut row: OutboxRow, pacing: Pacing) -> (OutboxRow, Outcome) {
    match sent_after_all(services, &row).await {
        Ok(false) => {}
        Ok(true) => {
            row.state = OutboxState::Sent;
            return finish(services, row, None).await;
        }
        Err(_) => return later(services, row),
    }
    let result = send(services, &mut row).await;
    let now = services.clock.now();
    row.updated_at = now;
    match result {
        Ok(external_id) => {
            row.state = OutboxState::Sent;
            row.error = None;
            finish(services, row, external_id).await
        }
        Err(error) => {
            row.attempts += 1;
            row.error = Some(error.to_string());
            let attempts = u32::try_from(row.attempts).unwrap_or(u32::MAX);
            metrics::counter!("attendance_provider_errors_total", "channel" => row.channel_id.to_string()).increment(1);
            let jitter = rand::random::<f64>();
            match next_try(&error, attempts, now.since(row.created_at), &pacing, jitter, now) {
                Next::Retry { at, rest } => {
                    row.next_at = at;
                    save(services, row, Outcome::Again { rest }).await
                }
                Next::Down { at, reason } => {
                    row.next_at = at;
                    row.attempts -= 1;
                    set_health(services, row.channel_id, Health::Down, Some(reason)).await;
                    save(services, row, Outcome::Again { rest: Some(REST) }).await
                }
                Next::Dead { code, reason } => {
                    row.state = OutboxState::Dead;
                    bury(services, row, MessageError { code, reason }).await
                }
            }
        }
    }
}

fn later(services: &Services, mut row: OutboxRow) -> (OutboxRow, Outcome) {
    row.next_at = services.clock.now() + Duration::from_secs(1);
    (row, Outcome::Again { rest: None })
}

/// A retry whose first try was accepted although we did not hear it.
async fn sent_after_all(services: &Services, row: &OutboxRow) -> Result<bool, StoreError> {
    let (Some(message), true) = (row.message_id, row.attempts > 0) else { return Ok(false) };
    services
        .store
        .read("outbox.sent_after_all", move |db| {
            let external: Option<Option<String>> =
                messages::table.find(message).select(messages::external_id).first(db).optional()?;
            Ok(external.flatten().is_some())
        })
        .await
}

/// Sends what parts are left; the provider's id of the first.
async fn send(services: &Services, row: &mut OutboxRow) -> Result<Option<String>, SendError> {
    let Some((_, channel)) = services.catalog.of_channel(row.channel_id) else {
        return Err(rejected("channel_gone", "the channel does not exist any more"));
    };
    let Some(adapter) = &channel.adapter else {
        return Err(SendError::Disconnected {
            code: "not_configured".into(),
            reason: "credentials are missing".into(),
        });
    };
    let outbound = with_addresses(services, &row.payload.0);
    let requests =
        adapter.format(&outbound, services.clock.now()).map_err(|error| rejected(error.code, &error.reason))?;
    let mut first: Option<String> = None;
    for (part, request) in requests.into_iter().enumerate() {
        if i64::try_from(part).unwrap_or(i64::MAX) < row.parts_sent {
            continue;
        }
        let answer = services.http.send(request).await.map_err(|error| no_answer(&error))?;
        let external_id = adapter.interpret(&answer)?;
        first = first.or(external_id);
        row.parts_sent += 1;
    }
    if channel.row.health != Health::Ok {
        set_health(services, row.channel_id, Health::Ok, None).await;
    }
    Ok(first)
}

/// Our own files get addresses that the provider can fetch for a while.
fn with_addresses(services: &Services, outbound: &Outbound) -> Outbound {
    let mut outbound = outbound.clone();
    for media in &mut outbound.media {
        if let Some(id) = media.url.strip_prefix("attachment:").and_then(|id| id.parse().ok()) {
            media.url = attachments::signed_url(services, id);
        }
    }
    outbound
}

fn rejected(code: &str, reason: &str) -> SendError {
    SendError::Rejected { code: code.to_owned(), reason: reason.to_owned() }
}

fn no_answer(error: &HttpError) -> SendError {
    match error {
        HttpError::Refused(reason) => rejected("address_refused", &reason.to_string()),
        HttpError::Timeout => SendError::Retry {
            at_least: Some(UNCERTAIN),
            scope: Scope::Recipient,
            attempts: None,
            code: "timeout".to_owned(),
            reason: error.to_string(),
        },
        other => SendError::Retry {
            at_least: None,
            scope: Scope::Recipient,
            attempts: None,
            code: "unreachable".to_owned(),
            reason: other.to_string(),
        },
    }
}

/// Stores a sent row and its message's status. The store being away keeps the row in hand: it was sent, only the note of
/// it is missing.
async fn finish(services: &Services, row: OutboxRow, external_id: Option<String>) -> (OutboxRow, Outcome) {
    let mut stored = store_sent(services, row.clone(), external_id.clone()).await;
    if let Err(StoreError::Duplicate(_)) = &stored {
        // A program that names all its messages alike: ours was sent all the same.
        tracing::warn!(outbox.id = %row.id, "the provider gave the id of another message");
        stored = store_sent(services, row.clone(), None).await;
    }
    if let Err(error) = stored {
        tracing::error!(outbox.id = %row.id, %error, "sent, but could not be stored as sent");
    }
    (row, Outcome::Done)
}

async fn store_sent(services: &Services, done: OutboxRow, external_id: Option<String>) -> Result<(), StoreError> {
    let now = services.clock.now();
    retry_storing(services, move |tx| {
        outbox::save(tx.db, &done)?;
        let Some(message) = message_of(tx, &done)? else {
            if let Some(external_id) = &external_id {
                people::notice_sent(tx.db, done.id, external_id)?;
            }
            return Ok(());
        };
        if let Some(external_id) = &external_id
            && message.external_id.is_none()
        {
            diesel::update(messages::table.find(message.id))
                .set((messages::external_id.eq(external_id), messages::sent_at.eq(now)))
                .execute(tx.db)?;
        }
        receipts::set(tx, &message, MessageStatus::Sent, None, now)?;
        Ok(())
    })
    .await
}

async fn bury(services: &Services, row: OutboxRow, reason: MessageError) -> (OutboxRow, Outcome) {
    let now = services.clock.now();
    tracing::info!(outbox.id = %row.id, code = reason.code, "message cannot be sent");
    metrics::counter!("attendance_dead_letters_total").increment(1);
    let dead = row.clone();
    let stored = retry_storing(services, move |tx| {
        outbox::save(tx.db, &dead)?;
        if let Some(message) = message_of(tx, &dead)? {
            receipts::set(tx, &message, MessageStatus::Failed, Some(reason.clone()), now)?;
        }
        Ok(())
    })
    .await;
    match stored {
        Ok(()) => (row, Outcome::Done),
        Err(_) => later(services, row),
    }
}

async fn save(services: &Services, row: OutboxRow, outcome: Outcome) -> (OutboxRow, Outcome) {
    let kept = row.clone();
    let saved = services.store.write("outbox.save", move |tx| Ok(outbox::save(tx.db, &kept)?)).await;
    if let Err(error) = saved {
        // The count of tries is all that is lost.
        tracing::warn!(outbox.id = %row.id, %error, "outbox row could not be stored");
    }
    (row, outcome)
}

fn message_of(tx: &mut Tx<'_>, row: &OutboxRow) -> Result<Option<StoredMessage>, StoreError> {
    let Some(id) = row.message_id else { return Ok(None) };
    Ok(messages::table.find(id).select(messages::all_columns).first(tx.db).optional()?)
}

/// The outcome of a send must be stored: tries for a minute while the database is away.
async fn retry_storing(
    services: &Services,
    change: impl Fn(&mut Tx<'_>) -> Result<(), StoreError> + Clone + Send + 'static,
) -> Result<(), StoreError> {
    let mut last = Ok(());
    for _ in 0..60 {
        last = services.store.write("outbox.finish", change.clone()).await;
        match &last {
            Err(error) if error.is_unavailable() => tokio::time::sleep(Duration::from_secs(1)).await,
            _ => break,
        }
    }
    last
}

/// Notes how a channel fares and tells supervisors when that changes.
pub async fn set_health(services: &Services, id: ChannelId, health: Health, reason: Option<String>) {
    let Some((configuration, channel)) = services.catalog.of_channel(id) else { return };
    if channel.row.health == health {
        return;
    }
    let (organization, now, name) = (configuration.organization.id, services.clock.now(), channel.row.name.clone());
    let stored = services
        .store
        .write("channel.health", move |tx| {
            channels::set_health(tx.db, id, health, reason.as_deref(), now)?;
            let body = serde_json::json!({
                "code": "channel_health", "channel_id": id, "channel": name, "health": health, "reason": reason,
            });
            if let serde_json::Value::Object(body) = body {
                let audience = Audience::Supervisors;
                tx.emit(Event { organization_id: organization, kind: "system_alert", at: now, audience, body });
            }
            Ok(())
        })
        .await;
    if stored.is_ok() {
        match services.catalog.reload(organization).await {
            Ok(()) => tracing::info!(channel.id = %id, health = health.as_str(), "channel health changed"),
            Err(error) => tracing::warn!(channel.id = %id, %error, "channel health not reloaded"),
        }
    }
}

impl Actor for DeliveryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.sweep(None, ctx);
        ctx.run_interval(SWEEP, |actor, ctx| {
            if actor.held.is_empty() {
                actor.sweep(None, ctx);
            }
        });
    }
}

impl Handler<Work> for DeliveryActor {
    type Result = ();

    fn handle(&mut self, Work(rows): Work, ctx: &mut Self::Context) {
        self.take(rows, ctx);
    }
}

impl Handler<Reconsider> for DeliveryActor {
    type Result = ();

    fn handle(&mut self, _: Reconsider, ctx: &mut Self::Context) {
        self.not_before = Timestamp::ZERO;
        self.changes += 1;
        let now = self.services.clock.now();
        for (key, lane) in &mut self.lanes {
            for row in &mut lane.waiting {
                row.next_at = row.next_at.min(now);
            }
            // One whose message is at the provider goes on when the answer is here.
            if let Some(rest) = lane.resting.take() {
                ctx.cancel_future(rest);
                self.ready.push_back(key.clone());
            }
        }
        self.advance(ctx);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn temporary(at_least: Option<Duration>, scope: Scope) -> SendError {
        SendError::Retry { at_least, scope, attempts: None, code: "4".into(), reason: "slow down".into() }
    }

    #[test]
    fn a_permanent_refusal_is_a_dead_letter_with_its_reason() {
        let error = rejected("131026", "not on WhatsApp");
        let next = next_try(&error, 1, Duration::ZERO, &Pacing::default(), 0.5, Timestamp::ZERO);
        assert_eq!(next, Next::Dead { code: "131026".into(), reason: "not on WhatsApp".into() });
    }

    #[test]
    fn a_temporary_failure_is_given_up_after_the_pacing_says_so() {
        let pacing = Pacing::default();
        let next = next_try(&temporary(None, Scope::Recipient), 9, pacing.give_up_after, &pacing, 0.5, Timestamp::ZERO);
        assert!(matches!(next, Next::Dead { .. }));
    }

    proptest! {
        #[test]
        fn the_pause_grows_is_capped_and_never_below_what_the_provider_asks(
            attempts in 1u32..40, jitter in 0.0f64..1.0, at_least in 0u64..400,
        ) {
            let pacing = Pacing::default();
            let error = temporary(Some(Duration::from_secs(at_least)), Scope::Channel);
            let Next::Retry { at, rest } = next_try(&error, attempts, Duration::ZERO, &pacing, jitter, Timestamp::ZERO) else {
                return Err(TestCaseError::fail("not retried"));
            };
            let pause = at.since(Timestamp::ZERO);
            prop_assert!(pause >= Duration::from_secs(at_least));
            prop_assert!(pause <= pacing.backoff_cap.max(Duration::from_secs(at_least)));
            prop_assert!(pause >= pacing.backoff_base / 2);
            prop_assert_eq!(rest.map(|rest| rest.as_micros()), Some(pause.as_micros()));
        }
    }
}
