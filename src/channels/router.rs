//! The `ChannelRouter`: works through the inbox. Every webhook body that was made durable arrives here, is read by its
//! channel's adapter, and each thing it tells goes to its conversation, in order per customer, many customers at once.
//!
//! Whose message is it? An attendant's, when its address is one of their destinations (commands and replies,
//! `attendants/messenger.rs`); a customer's otherwise. A body that cannot be read is kept, marked and passed by. When the
//! database is away the router forgets what it holds and starts again from the inbox: its memory is never the only copy.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix::prelude::*;
use futures_util::FutureExt as _;
use lru::LruCache;
use tokio::sync::Semaphore;

use super::adapter::{Inbound, Receipt};
use super::receipts;
use crate::actors::directory::{Live, Obituary, Only, Unreachable};
use crate::attendants::messenger;
use crate::clock::Timestamp;
use crate::contacts::identity;
use crate::conversations::actor::{Arrival, ChangeMessage, ConversationError, CustomerChange, Receive};
use crate::ids::*;
use crate::leads::Origin;
use crate::services::Services;
use crate::store::{InboxRow, StoreError, inbox};

/// Messages of one customer taken into one step at most.
const BATCH: usize = 32;
/// Sessions whose customer's address is remembered.
const KNOWN: usize = 50_000;
/// Bodies read back from the inbox at a time.
const PAGE: i64 = 500;
/// Finished bodies are marked together, at most this late.
const MARK_EVERY: Duration = Duration::from_millis(250);
const RETRY: Duration = Duration::from_secs(1);
/// Pauses before tries of the same.
const AGAIN: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
];
const PANICKED: &str = "working on it panicked";
/// A receipt for a message we do not know yet may have overtaken our own note of sending it.
const PARK: [Duration; 4] =
    [Duration::from_millis(500), Duration::from_secs(3), Duration::from_secs(15), Duration::from_secs(40)];

/// A body that is durable, or in line to be.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Arrived(pub InboxRow, pub Place);

/// A place among the bodies under way; freed when the body has been worked through.
pub type Place = tokio::sync::OwnedSemaphorePermit;

/// How many bodies may be under way: those who bring more wait for a place before theirs is stored, so that what is
/// stored reaches its screen soon, and are told to come back when none becomes free.
#[derive(Clone)]
pub struct Backlog {
    places: Arc<Semaphore>,
    /// Bodies the router holds, those read back from the inbox included.
    held: Arc<AtomicUsize>,
}

impl Default for Backlog {
    fn default() -> Self {
        Backlog { places: Arc::new(Semaphore::new(Backlog::PLACES)), held: Arc::default() }
    }
}

impl Backlog {
    /// At a few thousand messages a second this many are worked through in some 30 ms.
    const PLACES: usize = 160;
    const PATIENCE: Duration = Duration::from_secs(2);

    /// A place, or none after waiting for it.
    pub async fn enter(&self) -> Option<Place> {
        tokio::time::timeout(Backlog::PATIENCE, self.places.clone().acquire_owned()).await.ok()?.ok()
    }

    /// Bodies under way.
    pub fn len(&self) -> usize {
        (Backlog::PLACES - self.places.available_permits()).max(self.held.load(Ordering::Relaxed))
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Things of one customer on one channel, or about one of our messages, kept in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum LaneKey {
    Customer(ChannelId, String),
    Message(ChannelId, String),
}

struct Item {
    inbox: InboxId,
    inbound: Inbound,
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Item>,
    busy: bool,
}

/// How many things of a body are still under way.
struct Open {
    left: usize,
    received_at: Timestamp,
    /// None for those read back from the inbox.
    _place: Option<Place>,
}

pub struct ChannelRouter {
    services: Services,
    lanes: HashMap<LaneKey, Lane>,
    open: HashMap<InboxId, Open>,
    done: Vec<InboxId>,
    sessions: LruCache<(ChannelId, String), SessionId>,
    /// Grows when memory is dropped: answers to what was asked before are ignored.
    epoch: u64,
    restarting: bool,
    /// Brought while the inbox is read again, which may not have shown them yet.
    meanwhile: Vec<(InboxRow, Place)>,
    _obituary: Obituary<Self>,
}

impl Live for ChannelRouter {
    type Id = Only;
    const NAME: &'static str = "router";
    /// More than there are places.
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

impl ChannelRouter {
    pub fn new(services: Services, obituary: Obituary<Self>) -> Self {
        ChannelRouter {
            services,
            lanes: HashMap::new(),
            open: HashMap::new(),
            done: Vec::new(),
            sessions: LruCache::new(NonZeroUsize::new(KNOWN).unwrap_or(NonZeroUsize::MIN)),
            epoch: 0,
            restarting: false,
            meanwhile: Vec::new(),
            _obituary: obituary,
        }
    }

    /// What the backlog shows: at least one while the inbox has yet to be read again.
    fn count(&self) {
        let held = self.open.len().max(usize::from(self.restarting));
        self.services.backlog.held.store(held, Ordering::Relaxed);
    }

    /// Everything the inbox holds unfinished, from the oldest on.
    fn restart(&mut self, ctx: &mut Context<Self>) {
        self.epoch += 1;
        self.restarting = true;
        self.lanes.clear();
        self.open.clear();
        self.sessions.clear();
        self.count();
        self.read_page(None, ctx);
    }

    fn read_page(&mut self, after: Option<InboxId>, ctx: &mut Context<Self>) {
        let store = self.services.store.clone();
        let reading =
            async move { store.read("inbox.unfinished", move |db| Ok(inbox::unfinished(db, after, PAGE)?)).await };
        ctx.wait(reading.into_actor(self).map(|read, actor, ctx| match read {
            Ok(rows) => {
                let last = rows.last().map(|row| row.id);
                let more = i64::try_from(rows.len()).unwrap_or(0) == PAGE;
                for row in rows {
                    actor.admit(row, None, ctx);
                }
                if more {
                    actor.read_page(last, ctx);
                } else {
                    actor.restarting = false;
                    for (row, place) in std::mem::take(&mut actor.meanwhile) {
                        actor.admit(row, Some(place), ctx);
                    }
                    actor.count();
                    tracing::debug!(open = actor.open.len(), "inbox read to its end");
                }
            }
            Err(error) => {
                tracing::warn!(%error, "inbox could not be read; trying again");
                ctx.run_later(RETRY, |actor, ctx| actor.restart(ctx));
            }
        }));
    }

    fn try_again_later(&mut self, error: &StoreError, ctx: &mut Context<Self>) {
        if !self.restarting {
            tracing::warn!(%error, "the database is away; what is open begins again from the inbox");
            self.restarting = true;
            self.epoch += 1;
            self.count();
            ctx.run_later(RETRY, |actor, ctx| actor.restart(ctx));
        }
    }

    /// Reads a body and puts what it tells into lanes.
    fn admit(&mut self, row: InboxRow, place: Option<Place>, ctx: &mut Context<Self>) {
        // Those finished but not yet marked are not begun again.
        if self.open.contains_key(&row.id) || self.done.contains(&row.id) {
            return;
        }
        let Some((_, channel)) = self.services.catalog.of_channel(row.channel_id) else {
            return self.set_aside(row.id, "the channel is gone", ctx);
        };
        // A body that makes its reader panic is poisoned like any other: the router would meet it again after its return.
        let told = catch_unwind(AssertUnwindSafe(|| match &channel.adapter {
            Some(adapter) => adapter.parse(&row.body).map_err(|error| error.to_string()),
            // Our own channels put what they received into the inbox already read.
            None => serde_json::from_slice(&row.body).map_err(|error| error.to_string()),
        }));
        let told = match told.unwrap_or_else(|_| Err(PANICKED.to_owned())) {
            Ok(told) => told,
            Err(reason) => return self.set_aside(row.id, &reason, ctx),
        };
        let mut keys = Vec::new();
        for inbound in told {
            let key = match &inbound {
                Inbound::Ignored { kind } => {
                    metrics::counter!("attendance_webhook_ignored_total", "kind" => kind.clone()).increment(1);
                    continue;
                }
                Inbound::Message(message) => lane_of(row.channel_id, message.from.addresses.first().map(|a| &a.value)),
                Inbound::Reaction { from, .. } => lane_of(row.channel_id, from.addresses.first().map(|a| &a.value)),
                Inbound::AddressChanged { old, .. } => lane_of(row.channel_id, old.first().map(|a| &a.value)),
                Inbound::Receipt(receipt) => LaneKey::Message(row.channel_id, receipt.external_id.clone()),
                Inbound::Edit { target, .. } | Inbound::Delete { target, .. } => {
                    LaneKey::Message(row.channel_id, target.clone())
                }
            };
            self.lanes.entry(key.clone()).or_default().waiting.push_back(Item { inbox: row.id, inbound });
            keys.push(key);
        }
        if keys.is_empty() {
            drop(place);
            self.finished(row.id);
            return;
        }
        self.open.insert(row.id, Open { left: keys.len(), received_at: row.received_at, _place: place });
        self.count();
        for key in keys {
            self.advance(&key, ctx);
        }
    }

    fn set_aside(&mut self, id: InboxId, reason: &str, ctx: &mut Context<Self>) {
        metrics::counter!("attendance_inbox_poisoned_total").increment(1);
        tracing::warn!(inbox.id = %id, reason, "unreadable payload kept and passed by");
        let (store, reason) = (self.services.store.clone(), reason.to_owned());
        ctx.spawn(
            async move { store.write_inbox("inbox.fail", move |tx| Ok(inbox::mark_failed(tx.db, id, &reason)?)).await }
                .into_actor(self)
                // Not marked, it is tried again at the next start, with the same outcome.
                .map(move |marked, _, _| tracing::debug!(inbox.id = %id, marked = marked.is_ok(), "set aside")),
        );
    }

    /// Takes the next things of a lane, unless some are under way.
    fn advance(&mut self, key: &LaneKey, ctx: &mut Context<Self>) {
        let Some(lane) = self.lanes.get_mut(key) else { return };
        if lane.busy {
            return;
        }
        let Some(first) = lane.waiting.pop_front() else {
            self.lanes.remove(key);
            return;
        };
        let mut items = vec![first];
        if matches!(items[0].inbound, Inbound::Message(_)) {
            while items.len() < BATCH
                && lane.waiting.front().is_some_and(|item| matches!(item.inbound, Inbound::Message(_)))
                && let Some(item) = lane.waiting.pop_front()
            {
                items.push(item);
            }
        }
        lane.busy = true;
        let (services, epoch) = (self.services.clone(), self.epoch);
        let known = match key {
            LaneKey::Customer(channel, address) => self.sessions.get(&(*channel, address.clone())).copied(),
            LaneKey::Message(..) => None,
        };
        let (lane_key, channel) = (key.clone(), key.channel());
        let work = async move { work_off(&services, channel, known, items).await };
        ctx.spawn(work.into_actor(self).map(move |worked, actor, ctx| {
            if actor.epoch != epoch {
                return;
            }
            let Worked { session, done } = match worked {
                Ok(worked) => worked,
                Err(error) => return actor.try_again_later(&error, ctx),
            };
            if let (Some(session), LaneKey::Customer(channel, address)) = (session, &lane_key) {
                actor.sessions.put((*channel, address.clone()), session);
            }
            for (body, poisoned) in done {
                if let Some(reason) = poisoned {
                    actor.set_aside(body, &reason, ctx);
                }
                actor.one_done(body);
            }
            if let Some(lane) = actor.lanes.get_mut(&lane_key) {
                lane.busy = false;
            }
            actor.advance(&lane_key, ctx);
        }));
    }

    fn one_done(&mut self, body: InboxId) {
        if let Some(open) = self.open.get_mut(&body) {
            open.left -= 1;
            if open.left == 0 {
                // From the webhook to the event that the writer has just published.
                let took = self.services.clock.now().since(open.received_at);
                metrics::histogram!("attendance_webhook_to_event_seconds").record(took);
                self.open.remove(&body);
                self.count();
                self.finished(body);
            }
        }
    }

    fn finished(&mut self, body: InboxId) {
        tracing::debug!(inbox.id = %body, "worked through");
        self.done.push(body);
    }

    /// Marks finished bodies together. One that is not marked is worked through again at start and changes nothing.
    fn mark_done(&mut self, ctx: &mut Context<Self>) {
        if self.done.is_empty() {
            return;
        }
        let done: Vec<InboxId> = self.done.drain(..).collect();
        let (store, marked) = (self.services.store.clone(), done.clone());
        ctx.spawn(
            async move {
                store
                    .write_inbox("inbox.done", move |tx| {
                        for ids in marked.chunks(500) {
                            inbox::mark_done(tx.db, ids)?;
                        }
                        Ok(())
                    })
                    .await
            }
            .into_actor(self)
            .map(move |marked, actor, _| {
                if marked.is_err() {
                    actor.done.extend(done);
                }
            }),
        );
    }
}

fn lane_of(channel: ChannelId, address: Option<&String>) -> LaneKey {
    LaneKey::Customer(channel, address.cloned().unwrap_or_default())
}

impl LaneKey {
    fn channel(&self) -> ChannelId {
        match self {
            LaneKey::Customer(channel, _) | LaneKey::Message(channel, _) => *channel,
        }
    }
}

enum Failure {
    /// The database is away: everything starts again from the inbox.
    Away(StoreError),
    /// Somebody else was quicker (another node, a merge), or their conversation ended while it was told: the same again, soon.
    Again(String),
    /// This will not become better.
    Never(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            error if error.is_unavailable() => Failure::Away(error),
            StoreError::Internal(reason) => Failure::Never(reason),
            error => Failure::Again(error.to_string()),
        }
    }
}

impl From<ConversationError> for Failure {
    fn from(error: ConversationError) -> Self {
        match error {
            ConversationError::Store(error) => error.into(),
            // A conversation that vanished under us (a merge): found again from its address.
            error @ ConversationError::NotFound => Failure::Again(error.to_string()),
            error => Failure::Never(error.to_string()),
        }
    }
}

impl From<Unreachable> for Failure {
    fn from(error: Unreachable) -> Self {
        Failure::Again(error.to_string())
    }
}

/// What became of things of one lane.
struct Worked {
    /// The customer's, when it became known.
    session: Option<SessionId>,
    /// Each with the reason why it can never be stored, if so.
    done: Vec<(InboxId, Option<String>)>,
}

/// Works through things of one lane, together; when one of them can never be stored, one by one, so that it alone is set
/// aside. What was stored already is known by its id and passed over.
async fn work_off(
    services: &Services,
    channel: ChannelId,
    known: Option<SessionId>,
    items: Vec<Item>,
) -> Result<Worked, StoreError> {
    let bodies: Vec<InboxId> = items.iter().map(|item| item.inbox).collect();
    let inbounds: Vec<Inbound> = items.into_iter().map(|item| item.inbound).collect();
    let mut worked = Worked { session: known, done: Vec::with_capacity(bodies.len()) };
    match insist(services, channel, known, &inbounds).await {
        Ok(session) => {
            worked.session = session;
            worked.done.extend(bodies.into_iter().map(|body| (body, None)));
        }
        Err(Failure::Away(error)) => return Err(error),
        Err(Failure::Again(reason) | Failure::Never(reason)) if inbounds.len() == 1 => {
            worked.done.extend(bodies.into_iter().map(|body| (body, Some(reason.clone()))));
        }
        Err(_) => {
            for (body, inbound) in bodies.into_iter().zip(&inbounds) {
                let poisoned = match insist(services, channel, worked.session, std::slice::from_ref(inbound)).await {
                    Ok(session) => {
                        worked.session = session;
                        None
                    }
                    Err(Failure::Away(error)) => return Err(error),
                    Err(Failure::Again(reason) | Failure::Never(reason)) => Some(reason),
                };
                worked.done.push((body, poisoned));
            }
        }
    }
    Ok(worked)
}

/// Tries again, after each of [`AGAIN`], what may turn out otherwise; meanwhile only this lane waits.
async fn insist(
    services: &Services,
    channel: ChannelId,
    mut known: Option<SessionId>,
    items: &[Inbound],
) -> Result<Option<SessionId>, Failure> {
    for pause in AGAIN {
        match work(services, channel, known, items.to_vec()).await {
            Err(Failure::Again(reason)) => {
                tracing::info!(channel.id = %channel, reason, "trying again");
                known = None;
                tokio::time::sleep(pause).await;
            }
            other => return other,
        }
    }
    work(services, channel, known, items.to_vec()).await
}

/// Works through things of one lane; the customer's session, when it became known. A panic on the way is a failure of
/// these things alone.
async fn work(
    services: &Services,
    channel: ChannelId,
    known: Option<SessionId>,
    items: Vec<Inbound>,
) -> Result<Option<SessionId>, Failure> {
    let worked = AssertUnwindSafe(deliver(services, channel, known, items)).catch_unwind().await;
    worked.unwrap_or_else(|_| Err(Failure::Never(PANICKED.to_owned())))
}

async fn deliver(
    services: &Services,
    channel: ChannelId,
    known: Option<SessionId>,
    items: Vec<Inbound>,
) -> Result<Option<SessionId>, Failure> {
    let mut messages = Vec::new();
    let mut session = known;
    for inbound in items {
        match inbound {
            Inbound::Message(message) => messages.push(*message),
            Inbound::Receipt(receipt) => receive_receipt(services, channel, receipt).await?,
            Inbound::Edit { target, text, at } => {
                change(services, channel, target, CustomerChange::Edit { text, at }).await?;
            }
            Inbound::Delete { target, .. } => change(services, channel, target, CustomerChange::Delete).await?,
            Inbound::Reaction { target, emoji, .. } => {
                change(services, channel, target, CustomerChange::React { emoji }).await?;
            }
            Inbound::AddressChanged { old, new, .. } => {
                let Some((_, entry)) = services.catalog.of_channel(channel) else { continue };
                let (organization, now) = (entry.row.organization_id, services.clock.now());
                services
                    .store
                    .write("contact.address_changed", move |tx| {
                        identity::change_address(tx, organization, &old, &new, now)
                    })
                    .await?;
            }
            Inbound::Ignored { .. } => {}
        }
    }
    let Some(first) = messages.first() else { return Ok(session) };
    let Some((configuration, entry)) = services.catalog.of_channel(channel) else {
        return Err(Failure::Never("the channel is gone".into()));
    };
    let sender = first.from.clone();
    let attendant =
        sender.addresses.iter().find_map(|address| configuration.attendant_at(&address.kind, &address.value).cloned());
    if let Some(user) = attendant {
        for message in messages {
            messenger::receive(services, channel, user.id, message).await.map_err(Failure::from)?;
        }
        return Ok(None);
    }
    let id = match session {
        Some(session) => session,
        None => {
            let now = services.clock.now();
            let (entry, sender) = (entry.clone(), sender.clone());
            let clicked = messages.iter().find_map(|message| message.referral.as_ref());
            let origin = clicked.map(Origin::of_referral).unwrap_or_default();
            let (session, _) = services
                .store
                .write("contact.resolve", move |tx| identity::resolve_session(tx, &entry, &sender, Some(&origin), now))
                .await
                // Another node may have made the same contact at the same moment: found at the next try.
                .map_err(Failure::from)?;
            session
        }
    };
    session = Some(id);
    let count = messages.len() as u64;
    let arrivals: Vec<Arrival> =
        messages.into_iter().map(|message| Arrival { message, client_id: None, for_person: false }).collect();
    services.conversations().tell(id, Receive(Arc::new(arrivals))).await??;
    metrics::counter!("attendance_messages_received_total", "channel" => entry.row.kind.clone()).increment(count);
    Ok(session)
}

async fn change(
    services: &Services,
    channel: ChannelId,
    external_id: String,
    change: CustomerChange,
) -> Result<(), Failure> {
    let target = external_id.clone();
    let session = services
        .store
        .read("message.session", move |db| {
            Ok(crate::conversations::store::by_external_id(db, channel, &target)?.map(|message| message.session_id))
        })
        .await?;
    let Some(session) = session else { return Ok(()) };
    services.conversations().tell(session, ChangeMessage { external_id, change }).await??;
    Ok(())
}

/// A receipt for a message not (yet) known is parked for a minute in all, then dropped with a log line.
async fn receive_receipt(services: &Services, channel: ChannelId, receipt: Receipt) -> Result<(), Failure> {
    if receipts::apply(services, channel, receipt.clone()).await? {
        return Ok(());
    }
    let services = services.clone();
    actix::spawn(async move {
        for pause in PARK {
            tokio::time::sleep(pause).await;
            if matches!(receipts::apply(&services, channel, receipt.clone()).await, Ok(true)) {
                return;
            }
        }
        metrics::counter!("attendance_receipts_unknown_total").increment(1);
        tracing::info!(channel.id = %channel, "receipt for an unknown message dropped");
    });
    Ok(())
}

impl Actor for ChannelRouter {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(MARK_EVERY, |actor, ctx| actor.mark_done(ctx));
        self.restart(ctx);
    }
}

impl Handler<Arrived> for ChannelRouter {
    type Result = ();

    fn handle(&mut self, Arrived(row, place): Arrived, ctx: &mut Self::Context) {
        if self.restarting {
            self.meanwhile.push((row, place));
        } else {
            self.admit(row, Some(place), ctx);
        }
    }
}
