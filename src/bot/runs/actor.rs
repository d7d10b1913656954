//! Begins runs when their time has come or what they listen to has happened, and has them carried out. Everything is a row:
//! the actor sleeps until the earliest, looks again when it is told that there may be more, and holds nothing that a restart
//! would lose. Beside it: published events on their way to conversations that wait for them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use chrono_tz::Tz;
use parking_lot::{Mutex, RwLock};
use serde_json::json;

use super::store::{self as rows, RunRow, ScheduleRow};
use super::{Cause, Signal, triggers, work};
use crate::actors::directory::{Live, Obituary, Only};
use crate::basic::diagnostics::Message as Words;
use crate::basic::{ScriptError, schedule};
use crate::bot::basic::Loaded;
use crate::bot::host::contact_shown;
use crate::catalog::{BotEntry, Configuration};
use crate::clock::Timestamp;
use crate::contacts::store as contacts;
use crate::conversations::actor::{ConversationError, Published};
use crate::ids::*;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError, Tx, events};

/// Runs carried out at the same time.
const AT_ONCE: usize = 16;
/// Rows looked at in one go.
const PAGE: i64 = 200;
/// Looks again at least this often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_secs(1);
/// A script that one conversation or contact has begun this often within a minute has set itself off.
const OFTEN: u32 = 20;
const WINDOW: Duration = Duration::from_secs(60);

/// There may be something to do.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Look;

/// How often something has begun a script lately.
type Often = HashMap<(BotId, String, String), (Timestamp, u32)>;

/// What one look needs and changes.
#[derive(Default)]
struct Memory {
    /// The generation of the catalog that schedules and cursors agree with.
    agreed: Option<u64>,
    often: Often,
}

/// What outlives an actor that panics.
#[derive(Default)]
pub struct Shared {
    /// Organizations whose event stream is read.
    listening: RwLock<HashSet<OrganizationId>>,
    /// Runs being carried out.
    running: Mutex<HashSet<RecordId>>,
    /// A [`Look`] is on its way.
    told: AtomicBool,
    /// Events and changes of the configuration are heard.
    hears: AtomicBool,
}

pub struct RunsActor {
    services: Services,
    shared: Arc<Shared>,
    /// None while it looks.
    memory: Option<Memory>,
    handle: Option<SpawnHandle>,
    again: bool,
    _obituary: Obituary<Self>,
}

impl Live for RunsActor {
    type Id = Only;
    const NAME: &'static str = "runs";
    const MAILBOX: usize = 1024;
    const RETURNS: bool = true;
}

/// What a look has found.
struct Found {
    memory: Memory,
    ready: Vec<RunRow>,
    next: Timestamp,
}

impl RunsActor {
    pub fn new(services: Services, shared: Arc<Shared>, obituary: Obituary<Self>) -> Self {
        RunsActor { services, shared, memory: Some(Memory::default()), handle: None, again: false, _obituary: obituary }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        let Some(memory) = self.memory.take() else {
            self.again = true;
            return;
        };
        if let Some(handle) = self.handle.take() {
            ctx.cancel_future(handle);
        }
        self.again = false;
        let (services, shared) = (self.services.clone(), self.shared.clone());
        let work = async move { serve(&services, memory, &shared).await };
        ctx.spawn(work.into_actor(self).map(|found, actor, ctx| {
            actor.memory = Some(found.memory);
            for run in found.ready {
                carry_out(&actor.services, &actor.shared, run);
            }
            if actor.again {
                return actor.look(ctx);
            }
            let pause = found.next.since(actor.services.clock.now());
            actor.handle = Some(ctx.run_later(pause, |actor, ctx| {
                actor.handle = None;
                actor.look(ctx);
            }));
        }));
    }
}

impl Shared {
    fn tell(&self, services: &Services) {
        if !self.told.swap(true, Ordering::AcqRel) {
            services.look_at_runs();
        }
    }

    /// From now on what may begin scripts is looked at.
    fn hear(self: &Arc<Self>, services: &Services) {
        if self.hears.swap(true, Ordering::AcqRel) {
            return;
        }
        let (shared, tells) = (self.clone(), services.clone());
        services.bus.listen_to_all(Box::new(move |batch| {
            let ours = batch.first().is_some_and(|event| shared.listening.read().contains(&event.organization_id));
            if ours && batch.iter().any(|event| triggers::KINDS.contains(&event.kind.as_str())) {
                shared.tell(&tells);
            }
            true
        }));
        let (shared, tells, mut changes) = (self.clone(), services.clone(), services.catalog.changes());
        actix::spawn(async move {
            while changes.changed().await.is_ok() {
                shared.tell(&tells);
            }
        });
    }
}

/// Carries a run out beside the actor; one that panics is over like one that failed.
fn carry_out(services: &Services, shared: &Arc<Shared>, run: RunRow) {
    let (services, shared, id) = (services.clone(), shared.clone(), run.id);
    let counted = |running: &HashSet<RecordId>| {
        metrics::gauge!("attendance_script_runs_active").set(running.len() as f64);
    };
    {
        let mut running = shared.running.lock();
        running.insert(id);
        counted(&running);
    }
    actix::spawn(async move {
        let carried = {
            let (services, run) = (services.clone(), run.clone());
            actix::spawn(async move { work::carry_out(&services, run).await }).await
        };
        let left = match carried {
            Ok(Err(error)) if !error.is_unavailable() => work::give_up(&services, run, &error.to_string()).await,
            Err(panicked) => work::give_up(&services, run, &panicked.to_string()).await,
            Ok(left) => left,
        };
        if left.is_err() {
            // Goes on from where it was stored last, once the database is there again.
            tokio::time::sleep(RETRY).await;
        }
        {
            let mut running = shared.running.lock();
            running.remove(&id);
            counted(&running);
        }
        shared.tell(&services);
    });
}

impl Actor for RunsActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // What was told to one that panicked is looked at now.
        self.shared.told.store(false, Ordering::Release);
        self.shared.hear(&self.services);
        self.look(ctx);
    }
}

impl Handler<Look> for RunsActor {
    type Result = ();

    fn handle(&mut self, _: Look, ctx: &mut Self::Context) {
        self.shared.told.store(false, Ordering::Release);
        self.look(ctx);
    }
}

/// Everything that is due: agrees with the configuration, reads the streams, begins schedules, finds what goes on.
async fn serve(services: &Services, mut memory: Memory, shared: &Shared) -> Found {
    match look_around(services, &mut memory, shared).await {
        Ok((ready, next)) => Found { memory, ready, next },
        Err(error) => {
            if !error.is_unavailable() {
                tracing::error!(%error, "scripts that run by themselves are put off");
            }
            // What was counted stays counted; the configuration is agreed with anew.
            memory.agreed = None;
            Found { memory, ready: Vec::new(), next: services.clock.now() + RETRY }
        }
    }
}

async fn look_around(
    services: &Services,
    memory: &mut Memory,
    shared: &Shared,
) -> Result<(Vec<RunRow>, Timestamp), StoreError> {
    let generation = services.catalog.generation();
    if memory.agreed != Some(generation) {
        for configuration in services.catalog.organizations() {
            agree(services, &configuration, &shared.listening).await?;
        }
        memory.agreed = Some(generation);
    }
    let organizations: Vec<OrganizationId> = shared.listening.read().iter().copied().collect();
    for organization in organizations {
        while let Some(configuration) = services.catalog.organization(organization) {
            if !read_on(services, &configuration, &mut memory.often).await? {
                break;
            }
        }
    }
    deliver(services).await?;
    let mut next = services.clock.now() + AT_LEAST_EVERY;
    for row in services.store.read("schedules.next", |db| Ok(rows::planned(db, PAGE)?)).await? {
        let at = row.next_at.unwrap_or(next);
        if at > services.clock.now() {
            next = next.min(at);
            break;
        }
        come_due(services, row).await?;
    }
    // Before the rows are read: one that ends meanwhile is not begun again from what was read.
    let running = shared.running.lock().clone();
    let (now, most) = (services.clock.now(), PAGE);
    let all = services.store.read("runs.next", move |db| Ok(rows::next(db, most)?)).await?;
    let later = all.iter().filter_map(|run| run.due_at).find(|at| *at > now);
    let mut ready: Vec<RunRow> = all.into_iter().filter(|run| run.due_at.is_some_and(|at| at <= now)).collect();
    ready.retain(|run| !running.contains(&run.id));
    ready.truncate(AT_ONCE.saturating_sub(running.len()));
    Ok((ready, later.map_or(next, |at| next.min(at))))
}

/// The bots' zone, or the one that a schedule names.
fn zone(entry: &BotEntry, named: Option<&str>) -> Tz {
    named.and_then(|name| name.parse().ok()).unwrap_or(entry.settings.business_hours.timezone)
}

/// When a script runs next; none when it has no schedule.
pub(super) fn next_run(entry: &BotEntry, script: &Loaded, after: Timestamp) -> Option<Timestamp> {
    let schedules = script.program.header.schedules.iter();
    let times = schedules.filter_map(|own| {
        schedule::next(&own.cron, zone(entry, own.time_zone.as_deref()), after.to_utc()).map(Timestamp::from)
    });
    times.min()
}

/// What the next time is reckoned by.
pub(super) fn plan_of(entry: &BotEntry, script: &Loaded) -> String {
    let schedules = script.program.header.schedules.iter();
    let parts: Vec<String> =
        schedules.map(|own| format!("{} {}", own.cron, zone(entry, own.time_zone.as_deref()))).collect();
    parts.join("; ")
}

/// Makes rows say what the published scripts say.
async fn agree(
    services: &Services,
    configuration: &Configuration,
    listening: &RwLock<HashSet<OrganizationId>>,
) -> Result<(), StoreError> {
    let (organization, now) = (configuration.organization.id, services.clock.now());
    let follows = configuration.bots.values().flat_map(|entry| &entry.scripts).any(|script| {
        let header = &script.program.header;
        triggers::follows_the_stream(header)
    });
    let had = listening.read().contains(&organization);
    let read = move |db: &mut AnyConnection| {
        Ok((rows::schedules(db, organization)?, rows::cursor(db, organization)?.is_some()))
    };
    let (stored, cursor) = services.store.read("schedules.all", read).await?;
    let mut planned: Vec<ScheduleRow> = Vec::new();
    for entry in configuration.bots.values() {
        for script in entry.scripts.iter().filter(|script| !script.program.header.schedules.is_empty()) {
            planned.push(ScheduleRow {
                bot_id: entry.bot.id,
                script: script.name.clone(),
                organization_id: organization,
                plan: plan_of(entry, script),
                next_at: next_run(entry, script, now),
                last_run_at: None,
                last_end_at: None,
                last_error: None,
            });
        }
    }
    let same = |a: &ScheduleRow, b: &ScheduleRow| a.bot_id == b.bot_id && a.script == b.script;
    let gone: Vec<ScheduleRow> =
        stored.iter().filter(|row| !planned.iter().any(|other| same(row, other))).cloned().collect();
    planned.retain(|row| !stored.iter().any(|other| same(row, other) && row.plan == other.plan));
    if !planned.is_empty() || !gone.is_empty() || cursor != follows {
        let write = move |tx: &mut Tx<'_>| {
            for row in &gone {
                rows::unplan(tx.db, row.bot_id, &row.script)?;
            }
            for row in &planned {
                rows::plan(tx.db, row)?;
            }
            if follows {
                rows::listen(tx.db, organization)?;
            } else {
                rows::stop_listening(tx.db, organization)?;
            }
            Ok(())
        };
        services.store.write("schedules.agree", write).await?;
    }
    if follows && !had {
        listening.write().insert(organization);
    } else if !follows && had {
        listening.write().remove(&organization);
    }
    Ok(())
}

/// Begins what listens to the next events of an organization; whether there may be more.
async fn read_on(services: &Services, configuration: &Configuration, often: &mut Often) -> Result<bool, StoreError> {
    let (organization, now) = (configuration.organization.id, services.clock.now());
    let read = move |db: &mut AnyConnection| {
        let Some(from) = rows::cursor(db, organization)? else { return Ok(None) };
        let newest = events::last_seq(db, organization)?;
        let found = events::of_kinds(db, organization, (from, newest), triggers::KINDS, PAGE)?;
        let mut signals: Vec<(Option<BotId>, Signal)> = Vec::new();
        for (_, kind, body) in &found {
            let bot = body.0["bot_id"].as_str().and_then(|id| id.parse().ok());
            for signal in triggers::signals(kind, &body.0) {
                signals.push((bot, with_contact(db, organization, kind, signal)?));
            }
        }
        let more = i64::try_from(found.len()).is_ok_and(|found| found == PAGE);
        let to = if more { found.last().map_or(newest, |(seq, ..)| *seq) } else { newest };
        Ok((from != newest).then_some((from, to, signals, more)))
    };
    let Some((from, to, signals, more)) = services.store.read("events.of_kinds", read).await? else {
        return Ok(false);
    };
    let mut begun: Vec<(Arc<BotEntry>, Signal)> = Vec::new();
    let mut refused: Vec<(Arc<BotEntry>, Arc<Loaded>, ScriptError)> = Vec::new();
    often.retain(|_, (since, _)| now.since(*since) < WINDOW);
    for (bot, signal) in signals {
        let entries = configuration.bots.values().filter(|entry| bot.is_none_or(|bot| entry.bot.id == bot));
        for entry in entries {
            let listens = |script: &&Arc<Loaded>| triggers::listens(&script.program.header, &signal);
            let Some(script) = entry.scripts.iter().find(listens) else { continue };
            match once_more(often, entry.bot.id, &signal, now) {
                count if count > OFTEN + 1 => {}
                count if count > OFTEN => refused.push((entry.clone(), script.clone(), too_often(&signal.name))),
                _ => begun.push((entry.clone(), signal.clone())),
            }
        }
    }
    let write = move |tx: &mut Tx<'_>| {
        if rows::advance(tx.db, organization, from, to)? == 0 {
            return Ok(());
        }
        for (entry, signal) in &begun {
            rows::begin(tx, entry, signal, now)?;
        }
        for (entry, script, error) in &refused {
            rows::refuse(tx.db, entry, script, error.clone(), now)?;
        }
        Ok(())
    };
    services.store.write("runs.begin", write).await?;
    Ok(more)
}

/// An event about a contact names it only; scripts are given all of it.
fn with_contact(
    db: &mut AnyConnection,
    organization: OrganizationId,
    kind: &str,
    signal: Signal,
) -> Result<Signal, StoreError> {
    let id = signal.subject.as_deref().and_then(|id| id.parse::<ContactId>().ok());
    let Some(id) = id.filter(|_| kind == "contact_updated") else { return Ok(signal) };
    let Some(contact) = contacts::find(db, organization, id)? else { return Ok(signal) };
    Ok(Signal::new(Cause::Event, &signal.name, &contact_shown(&contact))
        .with("contact_id", json!(id))
        .about(signal.subject)
        .after(signal.depth))
}

/// Counts what a conversation or contact begins; how often it has within the window.
fn once_more(often: &mut Often, bot: BotId, signal: &Signal, now: Timestamp) -> u32 {
    let Some(subject) = signal.subject.clone() else { return 0 };
    let (_, count) = often.entry((bot, signal.name.clone(), subject)).or_insert((now, 0));
    *count += 1;
    *count
}

fn too_often(name: &str) -> ScriptError {
    let message = Words {
        pt: format!(
            "\"{name}\" aconteceu mais de {OFTEN} vezes em um minuto na mesma conversa; o script se chama a si mesmo?"
        ),
        en: format!(
            "\"{name}\" happened more than {OFTEN} times within a minute in one conversation; does the script set itself off?"
        ),
    };
    ScriptError::new("limit_often", message)
}

/// A schedule's time has come.
async fn come_due(services: &Services, due: ScheduleRow) -> Result<(), StoreError> {
    let now = services.clock.now();
    let configuration = services.catalog.organization(due.organization_id);
    let entry = configuration.and_then(|configuration| configuration.bots.get(&due.bot_id).cloned());
    let script =
        entry.as_ref().and_then(|entry| entry.scripts.iter().find(|script| script.name == due.script).cloned());
    // However many times were missed while nothing ran: once.
    let (mut run, mut next) = (None, None);
    if let (Some(entry), Some(script)) = (&entry, &script) {
        let phrases: Vec<&str> = script.program.header.schedules.iter().map(|own| own.phrase.as_str()).collect();
        let signal = Signal::new(Cause::Schedule, "schedule", &json!({"schedule": phrases.join("; ")}));
        run = Some(RunRow::new(entry, script, &signal, now));
        next = next_run(entry, script, now);
        metrics::histogram!("attendance_script_schedule_lag_seconds")
            .record(now.since(due.next_at.unwrap_or(now)).as_secs_f64());
    }
    let write = move |tx: &mut Tx<'_>| Ok(rows::come_due(tx.db, &due, next, run.as_ref(), now)?);
    services.store.write("schedule.due", write).await?;
    Ok(())
}

/// Brings published events to the conversations that wait for them; those that could not take it are told again.
async fn deliver(services: &Services) -> Result<(), StoreError> {
    let told = services.store.read("waits.told", |db| Ok(rows::told(db, PAGE)?)).await?;
    for wait in told {
        let session = wait.session_id;
        let published = Published { event: wait.event, data: wait.signal.map(|signal| signal.0).unwrap_or_default() };
        let taken = services.conversations().tell(session, published).await;
        if matches!(taken, Ok(Err(ConversationError::NotFound))) {
            services.store.write("waits.drop", move |tx| Ok(rows::wait_no_more(tx.db, session)?)).await?;
        }
    }
    Ok(())
}
