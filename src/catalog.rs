//! What the configuration says, in memory: each organization's bots, channels with their adapters, queues with members,
//! people. Read on every message, changed rarely: handlers that change a row call [`Catalog::reload`] before they answer.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use serde_json::{Map, Value};
use tokio::sync::watch;

use crate::attendants::store::{self as people, Destination, User};
use crate::audit::store as audit;
use crate::auth::store as logins;
use crate::basic::Limits;
use crate::bot::basic::{Loaded, Script};
use crate::bot::escalation;
use crate::bot::reply::{Answer, ReplySettings};
use crate::bot::store::{self as bots, Bot};
use crate::bot::understand::Intents;
use crate::bot::{Engine, Localised};
use crate::channels::adapter::Adapter;
use crate::channels::store::{self as channels, ChannelRow};
use crate::channels::{self as channel_kinds};
use crate::conversations::lifecycle::Policy;
use crate::ids::*;
use crate::lang::Lang;
use crate::organizations::{self, Organization};
use crate::queues::hours::{Hours, HoursSettings};
use crate::queues::store::{self as queue_rows, Member, Queue};
use crate::settings::Settings;
use crate::settings::view::{Attendance, Spoken};
use crate::store::events::StoredEvent;
use crate::store::{AnyConnection, Store, StoreError};
use crate::vault::Vault;

/// A bot, its settings understood.
pub struct BotEntry {
    pub bot: Bot,
    pub settings: Settings,
    pub policy: Policy,
    /// When a person takes over.
    pub escalation: escalation::Policy,
    pub engine: Option<Box<dyn Engine>>,
    /// Every published script that compiles, by name.
    pub scripts: Vec<Arc<Loaded>>,
    /// Open hours of the bot's default, for queues without their own.
    pub hours: Option<Hours>,
}

/// A channel, its credentials opened.
pub struct ChannelEntry {
    pub row: ChannelRow,
    /// None for channels whose other side is a socket or a reader (`web`), or whose credentials cannot be used.
    pub adapter: Option<Box<dyn Adapter>>,
    pub credentials: Map<String, Value>,
}

/// A queue with its members.
pub struct QueueEntry {
    pub queue: Queue,
    pub members: Vec<Member>,
    pub hours: Option<Hours>,
}

impl QueueEntry {
    pub fn member(&self, user: UserId) -> Option<&Member> {
        self.members.iter().find(|member| member.user_id == user)
    }

    pub fn serves(&self, channel: &str) -> bool {
        self.queue.is_active && crate::queues::routing::serves(&self.queue.channels.0, channel)
    }
}

/// One organization's configuration; replaced as a whole.
pub struct Configuration {
    pub organization: Organization,
    /// The organization's own values, without any bot's.
    pub settings: Settings,
    pub bots: HashMap<BotId, Arc<BotEntry>>,
    pub channels: HashMap<ChannelId, Arc<ChannelEntry>>,
    /// In `priority_order`.
    pub queues: Vec<Arc<QueueEntry>>,
    pub users: HashMap<UserId, Arc<User>>,
    pub destinations: Vec<Destination>,
    /// Who is asked for a second factor.
    pub protected: HashSet<UserId>,
}

impl Configuration {
    pub fn queue(&self, id: QueueId) -> Option<&Arc<QueueEntry>> {
        self.queues.iter().find(|entry| entry.queue.id == id)
    }

    /// Queues this person is an active member of.
    pub fn queues_of(&self, user: UserId) -> Vec<QueueId> {
        self.queues
            .iter()
            .filter(|entry| entry.member(user).is_some_and(|member| member.is_active))
            .map(|entry| entry.queue.id)
            .collect()
    }

    /// How many conversations this person may have at most, over their queues; the default without one.
    pub fn capacity_of(&self, user: UserId) -> u32 {
        let most = self
            .queues
            .iter()
            .filter_map(|entry| entry.member(user))
            .filter(|member| member.is_active)
            .map(|member| member.max_conversations)
            .max();
        u32::try_from(most.unwrap_or(5)).unwrap_or(5)
    }

    /// The attendant who works at this address, if it is one's.
    pub fn attendant_at(&self, kind: &str, address: &str) -> Option<&Arc<User>> {
        // WhatsApp still names older Brazilian mobiles without the ninth digit; destinations carry it.
        let number = (kind == "whatsapp").then(|| crate::users::address(kind, &format!("+{address}"))).flatten();
        let here = |told: &str| told == address || number.as_deref() == Some(told);
        self.destinations
            .iter()
            .find(|destination| destination.kind == kind && here(&destination.address))
            .and_then(|destination| self.users.get(&destination.user_id))
            .filter(|user| user.is_active)
    }

    /// A person by id, by the id of an imported list, or nobody.
    pub fn user_by_any_id(&self, text: &str) -> Option<&Arc<User>> {
        match text.parse::<UserId>() {
            Ok(id) => self.users.get(&id),
            Err(_) => self.users.values().find(|user| user.external_id.as_deref() == Some(text)),
        }
    }
}

/// In which order configurations are changed and read. A change is noted when it is committed, before anybody is told of
/// it: whoever asks because they were told is not shown what was before.
#[derive(Default)]
pub struct Changes(Mutex<Order>);

#[derive(Default)]
struct Order {
    /// Counts changes and readings.
    last: u64,
    /// The newest change of each organization, and the newest reading that is in the catalog.
    changed: HashMap<OrganizationId, u64>,
    read: HashMap<OrganizationId, u64>,
}

impl Changes {
    /// Of committed events.
    pub fn note(&self, events: &[StoredEvent]) {
        for event in events.iter().filter(|event| event.kind == audit::CONFIGURATION) {
            self.changed(event.organization_id);
        }
    }

    fn changed(&self, id: OrganizationId) {
        let order = &mut *self.0.lock();
        order.last += 1;
        order.changed.insert(id, order.last);
    }

    /// A reading begins; its turn.
    fn begin(&self) -> u64 {
        let mut order = self.0.lock();
        order.last += 1;
        order.last
    }

    /// A reading is over: whether it goes into the catalog, which one that began later has not reached already.
    fn is_newest(&self, id: OrganizationId, turn: u64) -> bool {
        let mut order = self.0.lock();
        let newest = order.read.entry(id).or_default();
        let is_newest = *newest < turn;
        *newest = turn.max(*newest);
        is_newest
    }

    /// Whether there is a change that no reading in the catalog has seen for certain.
    fn is_behind(&self, id: OrganizationId) -> bool {
        let order = self.0.lock();
        order.changed.get(&id).is_some_and(|changed| order.read.get(&id).is_none_or(|read| read < changed))
    }
}

#[derive(Default)]
struct State {
    organizations: HashMap<OrganizationId, Arc<Configuration>>,
    channels: HashMap<ChannelId, OrganizationId>,
    users: HashMap<UserId, OrganizationId>,
    queues: HashMap<QueueId, OrganizationId>,
    bots: HashMap<BotId, OrganizationId>,
}

/// The catalog; cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    state: Arc<RwLock<State>>,
    /// Grows with every change, so that what was derived from a configuration knows when to look again.
    generation: watch::Sender<u64>,
    store: Store,
    vault: Arc<Vault>,
    /// Of the bots' scripts.
    limits: Limits,
    changes: Arc<Changes>,
}

impl Catalog {
    pub fn new(store: Store, vault: Arc<Vault>, limits: Limits, changes: Arc<Changes>) -> Self {
        Catalog { state: Arc::default(), generation: watch::Sender::new(0), store, vault, limits, changes }
    }

    /// Reads every organization.
    pub async fn load(&self) -> Result<(), StoreError> {
        let all = self.store.read("organizations.all", |db| Ok(organizations::all(db)?)).await?;
        for organization in all {
            self.reload(organization.id).await?;
        }
        Ok(())
    }

    /// Makes sure that every change that anybody was told of is in it.
    pub async fn catch_up(&self, id: OrganizationId) -> Result<(), StoreError> {
        if self.changes.is_behind(id) { self.reload(id).await } else { Ok(()) }
    }

    /// Reads one organization again, after a change of its configuration.
    pub async fn reload(&self, id: OrganizationId) -> Result<(), StoreError> {
        let turn = self.changes.begin();
        let rows = self.store.read("catalog.load", move |db| read(db, id)).await?;
        let fresh = Arc::new(understand(rows, &self.vault, self.limits, self.organization(id).as_deref()));
        let mut state = self.state.write();
        if !self.changes.is_newest(id, turn) {
            return Ok(());
        }
        state.channels.retain(|_, organization| *organization != id);
        state.users.retain(|_, organization| *organization != id);
        state.queues.retain(|_, organization| *organization != id);
        state.bots.retain(|_, organization| *organization != id);
        state.channels.extend(fresh.channels.keys().map(|channel| (*channel, id)));
        state.users.extend(fresh.users.keys().map(|user| (*user, id)));
        state.queues.extend(fresh.queues.iter().map(|entry| (entry.queue.id, id)));
        state.bots.extend(fresh.bots.keys().map(|bot| (*bot, id)));
        state.organizations.insert(id, fresh);
        drop(state);
        self.generation.send_modify(|generation| *generation += 1);
        Ok(())
    }

    /// Another number means that something changed.
    pub fn generation(&self) -> u64 {
        *self.generation.borrow()
    }

    /// Tells of every change from now on.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    pub fn organization(&self, id: OrganizationId) -> Option<Arc<Configuration>> {
        self.state.read().organizations.get(&id).cloned()
    }

    pub fn organizations(&self) -> Vec<Arc<Configuration>> {
        self.state.read().organizations.values().cloned().collect()
    }

    pub fn of_channel(&self, id: ChannelId) -> Option<(Arc<Configuration>, Arc<ChannelEntry>)> {
        let state = self.state.read();
        let configuration = state.organizations.get(state.channels.get(&id)?)?;
        Some((configuration.clone(), configuration.channels.get(&id)?.clone()))
    }

    pub fn of_user(&self, id: UserId) -> Option<(Arc<Configuration>, Arc<User>)> {
        let state = self.state.read();
        let configuration = state.organizations.get(state.users.get(&id)?)?;
        Some((configuration.clone(), configuration.users.get(&id)?.clone()))
    }

    pub fn of_bot(&self, id: BotId) -> Option<(Arc<Configuration>, Arc<BotEntry>)> {
        let state = self.state.read();
        let configuration = state.organizations.get(state.bots.get(&id)?)?;
        Some((configuration.clone(), configuration.bots.get(&id)?.clone()))
    }

    pub fn of_queue(&self, id: QueueId) -> Option<(Arc<Configuration>, Arc<QueueEntry>)> {
        let state = self.state.read();
        let configuration = state.organizations.get(state.queues.get(&id)?)?;
        Some((configuration.clone(), configuration.queue(id)?.clone()))
    }
}

struct Read {
    organization: Organization,
    bots: Vec<Bot>,
    channels: Vec<ChannelRow>,
    queues: Vec<Queue>,
    members: Vec<Member>,
    users: Vec<User>,
    destinations: Vec<Destination>,
    protected: Vec<UserId>,
    scripts: Vec<bots::Script>,
}

fn read(db: &mut AnyConnection, id: OrganizationId) -> Result<Read, StoreError> {
    Ok(Read {
        organization: organizations::find(db, id)?.ok_or(StoreError::NotFound)?,
        bots: bots::of_organization(db, id)?,
        channels: channels::of_organization(db, id)?,
        queues: queue_rows::of_organization(db, id)?,
        members: queue_rows::members_of_organization(db, id)?,
        users: people::of_organization(db, id)?,
        destinations: people::destinations_of_organization(db, id)?,
        protected: logins::protected(db, id)?,
        scripts: bots::published(db, id)?,
    })
}

fn understand(rows: Read, vault: &Vault, limits: Limits, before: Option<&Configuration>) -> Configuration {
    let organization_settings = rows.organization.settings.0.clone();
    let bots = rows
        .bots
        .into_iter()
        .map(|bot| {
            // The bot's own values win over the organization's.
            let mut values = organization_settings.clone();
            values.extend(bot.settings.0.clone());
            let settings = Settings::new(&values);
            let scripts = loaded(&bot, &rows.scripts, before);
            let start = scripts.iter().find(|script| Loaded::is_start(&script.name)).cloned();
            let entry = BotEntry {
                policy: policy(&settings.attendance),
                escalation: escalation(&settings),
                engine: crate::bot::engine(
                    bot.engine,
                    replies(&settings),
                    Lang::from_locale(&bot.locale).unwrap_or_default(),
                    start.map(|start| script(start, &settings, limits)),
                ),
                scripts,
                hours: hours(&values),
                settings,
                bot,
            };
            (entry.bot.id, Arc::new(entry))
        })
        .collect();
    let channels = rows
        .channels
        .into_iter()
        .map(|row| {
            let credentials = channel_kinds::open_credentials(vault, &row).unwrap_or_else(|error| {
                tracing::error!(channel.id = %row.id, %error, "credentials cannot be opened; the channel stays closed");
                Map::new()
            });
            let adapter = match channel_kinds::adapter(&row.kind, &row.provider, &credentials, &row.settings.0) {
                Ok(adapter) => adapter,
                Err(problems) => {
                    tracing::warn!(channel.id = %row.id, ?problems, "channel is not usable as configured");
                    None
                }
            };
            (row.id, Arc::new(ChannelEntry { row, adapter, credentials }))
        })
        .collect();
    let queues = rows
        .queues
        .into_iter()
        .map(|queue| {
            let members = rows.members.iter().filter(|member| member.queue_id == queue.id).cloned().collect();
            let hours = queue.hours.as_ref().and_then(|shape| Hours::new(&shape.0).ok());
            Arc::new(QueueEntry { queue, members, hours })
        })
        .collect();
    let users = rows.users.into_iter().map(|user| (user.id, Arc::new(user))).collect();
    Configuration {
        settings: Settings::new(&organization_settings),
        organization: rows.organization,
        bots,
        channels,
        queues,
        users,
        destinations: rows.destinations,
        protected: rows.protected.into_iter().collect(),
    }
}

/// Zero seconds: never.
fn or_never(seconds: u64) -> Duration {
    if seconds == 0 { Duration::MAX } else { Duration::from_secs(seconds) }
}

fn policy(settings: &Attendance) -> Policy {
    Policy {
        offer: Duration::from_secs(settings.offer_seconds),
        pending_after: or_never(settings.pending_minutes * 60),
        resolve_after: or_never(settings.resolve_hours * 3600),
        reopen_window: Duration::from_secs(settings.reopen_minutes * 60),
    }
}

/// When a person takes over from a bot with these settings.
pub(crate) fn escalation(settings: &Settings) -> escalation::Policy {
    escalation::Policy {
        bypass: settings.attendance.bypass_mode,
        auto_transfer: settings.attendance.auto_transfer,
        transfer_keywords: settings.attendance.transfer_keywords.clone(),
        max_failures: settings.bot.max_failures,
        sentiment_threshold: settings.bot.sentiment_threshold,
        intents: Arc::new(Intents::new(&settings.bot.intents)),
    }
}

/// What a bot with these settings says by itself.
pub(crate) fn replies(settings: &Settings) -> ReplySettings {
    let words = |spoken: &Spoken| Localised::new(spoken.pt.clone(), spoken.en.clone());
    ReplySettings {
        greeting: words(&settings.bot.greeting),
        fallback: words(&settings.bot.fallback),
        answers: settings
            .bot
            .replies
            .iter()
            .map(|reply| Answer {
                keywords: reply.keywords.clone(),
                text: Localised::new(reply.answer.clone(), reply.answer.clone()),
            })
            .collect(),
        max_failures: settings.bot.max_failures,
    }
}

/// The bot's published scripts, compiled; not again what ran before.
fn loaded(bot: &Bot, scripts: &[bots::Script], before: Option<&Configuration>) -> Vec<Arc<Loaded>> {
    let before = before.and_then(|before| before.bots.get(&bot.id)).map_or(&[][..], |entry| &entry.scripts);
    let own = scripts.iter().filter(|script| script.bot_id == bot.id);
    let load = |script: &bots::Script| {
        let same = before.iter().find(|before| before.name == script.name && before.version == script.version);
        let loaded = same.cloned().or_else(|| Loaded::compile(script).map(Arc::new));
        if loaded.is_none() {
            tracing::warn!(bot.id = %bot.id, script = script.name, "script has errors and does not run");
        }
        loaded
    };
    own.filter_map(load).collect()
}

/// A script as a bot with these settings runs it.
pub(crate) fn script(start: Arc<Loaded>, settings: &Settings, limits: Limits) -> Script {
    let Spoken { pt, en } = settings.bot.apology.clone();
    Script {
        start,
        apology: Localised::new(pt, en),
        hear_timeout: Duration::from_secs(settings.hear_timeout_secs),
        max_failures: settings.bot.max_failures,
        zone: settings.business_hours.timezone,
        intents: Arc::new(Intents::new(&settings.bot.intents)),
        limits,
    }
}

/// The bot's default hours, once anybody has set one of them; before that, its queues are always open.
fn hours(values: &BTreeMap<String, String>) -> Option<Hours> {
    if !values.keys().any(|name| name.starts_with("business-hours-")) {
        return None;
    }
    let value = |name: &str, default: &str| values.get(name).cloned().unwrap_or_else(|| default.to_owned());
    let holidays: Vec<String> = value("business-hours-holidays", "")
        .split(',')
        .map(|day| day.trim().to_owned())
        .filter(|day| !day.is_empty())
        .collect();
    Hours::from_settings(HoursSettings {
        start: &value("business-hours-start", "08:00"),
        end: &value("business-hours-end", "18:00"),
        days: &value("business-hours-days", "mon-fri"),
        timezone: &value("business-hours-timezone", "America/Sao_Paulo"),
        holidays: &holidays,
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_that_began_before_a_change_has_not_seen_it() {
        let (changes, id) = (Changes::default(), OrganizationId::new());
        assert!(!changes.is_behind(id));
        let early = changes.begin();
        changes.changed(id);
        assert!(changes.is_newest(id, early) && changes.is_behind(id));
        let late = changes.begin();
        assert!(changes.is_newest(id, late) && !changes.is_behind(id));
        assert!(!changes.is_behind(OrganizationId::new()), "another's change");
    }

    #[test]
    fn a_slow_reading_does_not_replace_a_newer_one() {
        let (changes, id) = (Changes::default(), OrganizationId::new());
        let (slow, quick) = (changes.begin(), changes.begin());
        assert!(changes.is_newest(id, quick));
        assert!(!changes.is_newest(id, slow));
        assert!(changes.is_newest(id, changes.begin()));
    }
}
