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

/// The address with limits on how long a network that swallows everything may hold us up, unless it names its own.
fn impatient(url: &str) -> String {
    let mut limited = url.to_owned();
    let limits = [
        ("connect_timeout", "5"),
        ("tcp_user_timeout", "15000"),
        ("keepalives_idle", "10"),
        ("keepalives_interval", "5"),
        ("keepalives_count", "3"),
    ];
    for (name, value) in limits {
        if !url.contains(name) {
            let joint = if limited.contains('?') { '&' } else { '?' };
            limited.push_str(&format!("{joint}{name}={value}"));
        }
    }
    limited
}

impl Database {
    /// Opens one connection, ready for use. `busy` is how long SQLite waits for another process's lock.
    pub fn open(&self, busy: Duration) -> Result<AnyConnection, OpenError> {
        match self {
            Database::Postgres(url) => {
                let mut conn = diesel::PgConnection::establish(&impatient(url))?;
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
