//! Begins runs when their time has come or what they listen to has happened, and has them carried out. Everything is a row:
//! the actor sleeps until the earliest, looks again when it is told that there may be more, and holds nothing that a restart
//! would lose. Beside it: published events on their way to conversations that wait for them.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix::prelude::*;
use parking_lot::{Mutex, RwLock};

use super::store::{self as rows, RunRow};
use super::stream::{self, Often};
use super::{schedules, triggers, work};
use crate::actors::directory::{Live, Obituary, Only};
use crate::clock::Timestamp;
use crate::conversations::actor::{ConversationError, Published};
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;

/// Runs carried out at the same time.
const AT_ONCE: usize = 16;
/// Rows looked at in one go.
const PAGE: i64 = 200;
/// Looks again at least this often.
const AT_LEAST_EVERY: Duration = Duration::from_secs(30);
const RETRY: Duration = Duration::from_secs(1);

/// There may be something to do.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Look;

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
            schedules::agree(services, &configuration).await?;
            let organization = configuration.organization.id;
            let had = shared.listening.read().contains(&organization);
            if stream::agree(services, &configuration, had || memory.agreed.is_none()).await? {
                shared.listening.write().insert(organization);
            } else {
                shared.listening.write().remove(&organization);
            }
        }
        memory.agreed = Some(generation);
    }
    let organizations: Vec<OrganizationId> = shared.listening.read().iter().copied().collect();
    for organization in organizations {
        while let Some(configuration) = services.catalog.organization(organization) {
            if !stream::read_on(services, &configuration, &mut memory.often).await? {
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
        schedules::come_due(services, row).await?;
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
