//! One thread that writes, many waiting changes in one commit.
//!
//! A commit costs a disk flush whatever it holds, so the thread takes every change that is waiting (up to a limit), runs
//! them in one transaction and answers all of them after the commit. When one of a group fails, the group is rolled back
//! and each runs again alone, so a failure reaches only its owner. SQLite has exactly one such thread (a second writing
//! connection only waits for the lock); PostgreSQL has a second one for the inbox, which shares no rows with the rest.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::checkpoint::Log;
use super::connection::{AnyConnection, Database};
use super::events::{self, Event, StoredEvent};
use super::{InboxRow, StoreError, inbox};
use crate::conversations::store::{self as conversations, Rows};
use crate::ids::OrganizationId;

/// Changes waiting for the thread beyond this are refused as overloaded.
const QUEUE: usize = 8192;
/// Changes in one transaction at most: bounds latency and the parameters of a multi-row statement.
const GROUP: usize = 128;
/// Webhook bodies alone wait this long for what their conversations make of them, to share a flush: about what that takes.
const COMPANY: Duration = Duration::from_micros(400);

/// For another process's lock.
const BUSY: Duration = Duration::from_secs(10);
/// A database that has not answered by then is as good as away: longer than any statement may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A transaction in progress, as a change sees it.
pub struct Tx<'a> {
    pub db: &'a mut AnyConnection,
    events: &'a mut Vec<Event>,
    /// How many runs of scripts led to this change.
    depth: i64,
}

impl Tx<'_> {
    /// Appends to the organization's event stream in this transaction.
    pub fn emit(&mut self, mut event: Event) {
        if self.depth > 0 {
            event.body.insert("depth".to_owned(), self.depth.into());
        }
        self.events.push(event);
    }

    /// From here on events say how many runs of scripts led to them, so that scripts do not set themselves off for ever.
    pub fn caused_by_script(&mut self, depth: i64) {
        self.depth = depth;
    }
}

/// A change given as code. Runs again from the start when its group was rolled back, so it must not consume its captures.
trait Change: Send {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError>;
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

struct Closure<F, T> {
    run: F,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T> Change for Closure<F, T>
where
    F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), StoreError> {
        self.value = Some((self.run)(tx)?);
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Closure { value, reply, .. } = *self;
        let answer = outcome.and_then(|()| value.ok_or_else(|| StoreError::Internal("no value".into())));
        // The asker may have gone; the change is committed all the same.
        let _ = reply.send(answer);
    }
}

/// What can be asked of the thread.
enum Job {
    Change {
        name: &'static str,
        change: Box<dyn Change>,
    },
    /// A step of a conversation: rows, merged with those of other conversations into few statements.
    Step {
        rows: Box<Rows>,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    Intake {
        row: InboxRow,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Waits in line and ends the thread: everything before it is committed.
    Stop {
        done: SyncSender<()>,
    },
}

impl Job {
    fn name(&self) -> &'static str {
        match self {
            Job::Change { name, .. } => name,
            Job::Step { .. } => "conversation.step",
            Job::Intake { .. } => "inbox.insert",
            Job::Stop { .. } => "stop",
        }
    }

    fn finish(self, outcome: Result<(), StoreError>) {
        match self {
            Job::Change { change, .. } => change.finish(outcome),
            Job::Step { reply, .. } | Job::Intake { reply, .. } => {
                // The asker may have gone; the rows are committed all the same.
                let _ = reply.send(outcome);
            }
            Job::Stop { done } => {
                let _ = done.send(());
            }
        }
    }
}

/// The way to a writer thread; cheap to clone.
#[derive(Clone)]
pub struct Writer {
    jobs: SyncSender<Job>,
}

impl Writer {
    /// Starts the thread. `publish` gets every committed event, in order.
    pub(super) fn start(
        name: &str,
        database: Database,
        log: Option<Log>,
        publish: impl Fn(Vec<StoredEvent>) + Send + 'static,
    ) -> std::io::Result<Writer> {
        let (jobs, waiting) = sync_channel(QUEUE);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            Thread { database, connection: None, seqs: HashMap::new(), publish: Box::new(publish), log }.run(&waiting);
        })?;
        Ok(Writer { jobs })
    }

    fn submit(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => StoreError::Overloaded,
            TrySendError::Disconnected(_) => StoreError::Unavailable("the writer has stopped".into()),
        })
    }

    /// A change that is answered too late may be committed all the same, as one whose connection broke at the commit.
    async fn answer<T>(reply: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
        match tokio::time::timeout(PATIENCE, reply).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(StoreError::Unavailable("the writer has stopped".into())),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        }
    }

    /// Runs `change` in a transaction shared with others; answered after the commit.
    pub async fn write<T, F>(&self, name: &'static str, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Change { name, change: Box::new(Closure { run, value: None, reply }) })?;
        Self::answer(answer).await
    }

    /// Stores one step of a conversation. [`StoreError::Stale`] when the session's version moved meanwhile.
    pub async fn step(&self, rows: Rows) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Step { rows: Box::new(rows), reply })?;
        Self::answer(answer).await
    }

    /// Puts the body in line at once: what is submitted after this returned comes after it. The future tells when it is stored.
    pub fn intake(&self, row: InboxRow) -> Result<impl Future<Output = Result<(), StoreError>> + use<>, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.submit(Job::Intake { row, reply })?;
        Ok(Self::answer(answer))
    }

    /// Commits everything that waits, then ends the thread.
    pub fn stop(&self, within: Duration) {
        let (done, wait) = sync_channel(1);
        if self.jobs.try_send(Job::Stop { done }).is_ok() {
            // Late is as good as never here: the process ends either way.
            let _ = wait.recv_timeout(within);
        }
    }
}

struct Thread {
    database: Database,
    connection: Option<AnyConnection>,
    /// The last event `seq` of each organization, as committed by this thread.
    seqs: HashMap<OrganizationId, i64>,
    publish: Box<dyn Fn(Vec<StoredEvent>) + Send>,
    /// SQLite's; then bodies and conversations come to this thread both.
    log: Option<Log>,
}

/// Adds what waits.
fn gather(group: &mut Vec<Job>, waiting: &Receiver<Job>) {
    while group.len() < GROUP
        && let Ok(next) = waiting.try_recv()
    {
        group.push(next);
    }
}

impl Thread {
    fn run(mut self, waiting: &Receiver<Job>) {
        while let Ok(first) = waiting.recv() {
            let mut group = vec![first];
            gather(&mut group, waiting);
            if self.log.is_some()
                && group.iter().all(|job| matches!(job, Job::Intake { .. }))
                && let Ok(next) = waiting.recv_timeout(COMPANY)
            {
                group.push(next);
                gather(&mut group, waiting);
            }
            let stop = group.iter().position(|job| matches!(job, Job::Stop { .. }));
            let last = stop.map(|at| group.split_off(at));
            self.commit(group);
            if let Some(rest) = last {
                let mut rest = rest.into_iter();
                if let Some(stop) = rest.next() {
                    stop.finish(Ok(()));
                }
                rest.for_each(|job| job.finish(Err(StoreError::Unavailable("shutting down".into()))));
                return;
            }
        }
    }

    /// Commits the group; when that fails, each alone.
    fn commit(&mut self, mut group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        let started = Instant::now();
        match self.attempt(&mut group) {
            Ok(stored) => {
                if !stored.is_empty() {
                    (self.publish)(stored);
                }
                metrics::histogram!("attendance_store_group_size").record(group.len() as f64);
                metrics::histogram!("attendance_store_commit_seconds").record(started.elapsed());
                group.into_iter().for_each(|job| job.finish(Ok(())));
            }
            Err(error) if group.len() == 1 || error.is_unavailable() => {
                for job in group {
                    metrics::counter!("attendance_store_failures_total", "change" => job.name()).increment(1);
                    job.finish(Err(error.clone()));
                }
            }
            Err(_) => group.into_iter().for_each(|job| self.commit(vec![job])),
        }
    }

    fn connection(&mut self) -> Result<&mut AnyConnection, StoreError> {
        if self.connection.is_none() {
            let opened = self.database.open(BUSY);
            self.connection = Some(opened.map_err(|error| StoreError::Unavailable(error.to_string()))?);
            self.seqs.clear();
        }
        self.connection.as_mut().ok_or_else(|| StoreError::Unavailable("no connection".into()))
    }

    /// One transaction over the whole group.
    fn attempt(&mut self, group: &mut [Job]) -> Result<Vec<StoredEvent>, StoreError> {
        let (seqs, log) = (self.seqs.clone(), self.log.clone());
        let db = self.connection()?;
        if let (Some(log), AnyConnection::Sqlite(c)) = (log, &mut *db)
            && let Err(error) = log.begin_anew_if_long(c, BUSY)
        {
            tracing::warn!(%error, "the database's log goes on growing");
        }
        let begin = match db {
            AnyConnection::Sqlite(_) => "BEGIN IMMEDIATE",
            AnyConnection::Pg(_) => "BEGIN",
        };
        // One insert is its own transaction.
        let alone = group.iter().all(|job| matches!(job, Job::Intake { .. })) && group.len() == 1;
        let outcome = catch_unwind(AssertUnwindSafe(|| -> Result<_, StoreError> {
            if !alone {
                db.batch_execute(begin)?;
            }
            let done = transact(db, group, seqs)?;
            if !alone {
                db.batch_execute("COMMIT")?;
            }
            Ok(done)
        }));
        match outcome {
            Ok(Ok((stored, seqs))) => {
                self.seqs = seqs;
                Ok(stored)
            }
            Ok(Err(error)) => {
                self.roll_back(error.is_unavailable());
                Err(error)
            }
            Err(_) => {
                self.roll_back(true);
                Err(StoreError::Internal("a change panicked".into()))
            }
        }
    }

    fn roll_back(&mut self, lost: bool) {
        // Another node may have appended events: read the counters again.
        self.seqs.clear();
        let Some(db) = self.connection.as_mut() else { return };
        let rolled_back = db.batch_execute("ROLLBACK");
        // A rollback that fails on a live connection means there was no transaction; a dead one shows here too.
        if lost || (rolled_back.is_err() && db.batch_execute("SELECT 1").is_err()) {
            self.connection = None;
        }
    }
}

type Seqs = HashMap<OrganizationId, i64>;

fn transact(db: &mut AnyConnection, group: &mut [Job], mut seqs: Seqs) -> Result<(Vec<StoredEvent>, Seqs), StoreError> {
    // Bodies first: a change of the same group may be about one of them.
    let arrived: Vec<&InboxRow> = group
        .iter()
        .filter_map(|job| match job {
            Job::Intake { row, .. } => Some(row),
            _ => None,
        })
        .collect();
    inbox::insert(db, arrived)?;
    let mut emitted: Vec<Event> = Vec::new();
    for job in group.iter_mut() {
        if let Job::Change { change, .. } = job {
            change.run(&mut Tx { db, events: &mut emitted, depth: 0 })?;
        }
    }
    let steps: Vec<&Rows> = group
        .iter()
        .filter_map(|job| match job {
            Job::Step { rows, .. } => Some(&**rows),
            _ => None,
        })
        .collect();
    conversations::save(db, &steps)?;
    let all = emitted.iter().chain(steps.iter().flat_map(|rows| &rows.events));
    let mut numbered = Vec::new();
    for event in all {
        let seq = match seqs.get_mut(&event.organization_id) {
            Some(seq) => seq,
            None => {
                let last = events::last_seq(db, event.organization_id)?;
                seqs.entry(event.organization_id).or_insert(last)
            }
        };
        *seq += 1;
        numbered.push((*seq, event));
    }
    let stored = if numbered.is_empty() { Vec::new() } else { events::append(db, &numbered)? };
    Ok((stored, seqs))
}
