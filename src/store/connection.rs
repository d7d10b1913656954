//! One connection type over both databases, and how each is opened.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// A connection to whichever database the address names.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    Pg(diesel::PgConnection),
    Sqlite(diesel::SqliteConnection),
}

/// Runs one expression against the concrete connection: for what the common subset lacks (batches, `on_conflict`, locks).
macro_rules! on_each {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::connection::AnyConnection::Pg($c) => $body,
            $crate::store::connection::AnyConnection::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_each;

/// Where the rows live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// A file path.
    Sqlite(String),
    /// A `postgres://` address.
    Postgres(String),
}

#[derive(Debug, thiserror::Error)]
#[error("cannot open the database: {0}")]
pub struct OpenError(#[from] diesel::ConnectionError);

impl Database {
    /// Opens one connection, ready for use. `busy` is how long SQLite waits for another process's lock.
    pub fn open(&self, busy: Duration) -> Result<AnyConnection, OpenError> {
        match self {
            Database::Postgres(url) => {
                // A server that does not answer must not hold up everything that waits for the writer.
                let patient = url.contains("connect_timeout");
                let joint = if url.contains('?') { '&' } else { '?' };
                let url = if patient { url.clone() } else { format!("{url}{joint}connect_timeout=5") };
                let mut conn = diesel::PgConnection::establish(&url)?;
                conn.batch_execute("SET TIME ZONE 'UTC'; SET statement_timeout = '15s'; SET lock_timeout = '10s'")
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Pg(conn))
            }
            Database::Sqlite(path) => {
                let mut conn = diesel::SqliteConnection::establish(path)?;
                // FULL keeps acknowledged commits through a power cut; checkpoints run in their own thread.
                conn.batch_execute(&format!(
                    "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -8000; \
                     PRAGMA temp_store = MEMORY;",
                    busy.as_millis()
                ))
                .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(AnyConnection::Sqlite(conn))
            }
        }
    }
}
