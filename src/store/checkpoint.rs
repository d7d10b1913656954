//! Moves SQLite's log into the database file, beside the writer.
//!
//! A passive checkpoint stops nobody, but the log begins anew only when a checkpoint has caught up with the writer: under
//! writing that never pauses it would grow for ever. So the writer itself catches up when the log is long, which is short
//! work, for a passive one has just moved nearly everything. (Nobody else could: SQLite's locks are not fair.)

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Integer;

use super::connection::{AnyConnection, Database};

const EVERY: Duration = Duration::from_millis(500);
/// Of 4 KiB, in the log: beyond this the writer waits once.
const LONG: i32 = 8192;
/// How long the writer waits for readers of an old state; it is asked again later.
const PATIENCE_MS: u64 = 50;

/// What the thread that moves the log and the writer share.
#[derive(Clone, Default)]
pub(super) struct Log {
    long: Arc<AtomicBool>,
}

#[derive(QueryableByName)]
struct Outcome {
    /// Frames in the log.
    #[diesel(sql_type = Integer)]
    log: i32,
}

impl Log {
    /// Moves it from now on, as long as the process runs.
    pub(super) fn watch(database: Database) -> std::io::Result<Log> {
        let log = Log::default();
        let watched = log.clone();
        std::thread::Builder::new().name("checkpoint".into()).spawn(move || {
            let mut connection = None;
            loop {
                std::thread::sleep(EVERY);
                if connection.is_none() {
                    connection = database.open(Duration::from_secs(1)).ok();
                }
                if let Some(AnyConnection::Sqlite(c)) = connection.as_mut()
                    && watched.move_on(c, LONG).is_err()
                {
                    connection = None;
                }
            }
        })?;
        Ok(log)
    }

    /// Moves what it can; the frames of the log.
    fn move_on(&self, c: &mut SqliteConnection, long: i32) -> QueryResult<i32> {
        let outcome: Outcome = diesel::sql_query("PRAGMA wal_checkpoint(PASSIVE)").get_result(c)?;
        if outcome.log > long {
            self.long.store(true, Ordering::Relaxed);
        }
        Ok(outcome.log)
    }

    /// Lets a long log begin anew. For the connection that writes, outside of a transaction.
    pub(super) fn begin_anew_if_long(&self, c: &mut SqliteConnection, busy: Duration) -> QueryResult<()> {
        if !self.long.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        c.batch_execute(&format!(
            "PRAGMA busy_timeout = {PATIENCE_MS}; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = {}",
            busy.as_millis()
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    const BUSY: Duration = Duration::from_secs(10);

    fn open(folder: &tempfile::TempDir) -> SqliteConnection {
        let path = folder.path().join("log.db").to_string_lossy().into_owned();
        match Database::Sqlite(path).open(BUSY).unwrap() {
            AnyConnection::Sqlite(c) => c,
            AnyConnection::Pg(_) => unreachable!("a path is not an address"),
        }
    }

    fn length(folder: &tempfile::TempDir) -> u64 {
        std::fs::metadata(folder.path().join("log.db-wal")).unwrap().len()
    }

    #[test]
    fn the_log_begins_anew_under_writing_that_never_pauses() {
        let folder = tempfile::tempdir().unwrap();
        let mut beside = open(&folder);
        beside.batch_execute("CREATE TABLE t (x)").unwrap();
        let (log, written, anew) = (Log::default(), AtomicU64::new(0), AtomicBool::new(false));
        // By then it has begun anew many times, however the two threads are given their turns.
        let goes_on = || !anew.load(Ordering::Relaxed) && written.load(Ordering::Relaxed) < 500_000_000;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut writer = open(&folder);
                while goes_on() {
                    log.begin_anew_if_long(&mut writer, BUSY).unwrap();
                    writer.batch_execute("INSERT INTO t VALUES (randomblob(200000))").unwrap();
                    written.fetch_add(200_000, Ordering::Relaxed);
                }
            });
            let mut longest = 0;
            while goes_on() {
                let frames = log.move_on(&mut beside, 500).unwrap();
                anew.fetch_or(frames < longest, Ordering::Relaxed);
                longest = longest.max(frames);
            }
        });
        assert!(anew.into_inner(), "{} bytes", length(&folder));
    }

    #[test]
    fn a_reader_of_an_old_state_keeps_the_log_and_stops_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let (mut writer, mut reader, mut beside) = (open(&folder), open(&folder), open(&folder));
        let log = Log::default();
        let mut write = |log: &Log| {
            log.begin_anew_if_long(&mut writer, BUSY).unwrap();
            writer.batch_execute("INSERT INTO t VALUES (randomblob(200000))").unwrap();
        };
        beside.batch_execute("CREATE TABLE t (x)").unwrap();
        reader.batch_execute("BEGIN; SELECT count(*) FROM t").unwrap();
        write(&log);
        log.move_on(&mut beside, 20).unwrap();
        let before = length(&folder);
        write(&log);
        let kept = length(&folder);
        assert!(kept > before);
        reader.batch_execute("COMMIT").unwrap();
        log.move_on(&mut beside, 20).unwrap();
        write(&log);
        assert_eq!(length(&folder), kept);
    }
}
