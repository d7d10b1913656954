//! Rows: connection, transactions, schema, and the tables no noun owns (events, inbox, outbox, timers).
//!
//! `store.read(name, ..)` and `store.write(name, ..)` run a closure on a blocking thread; the name labels metrics.
//! Nothing outside a `store.rs` sees a connection's type beyond passing it on.

mod checkpoint;
pub mod connection;
pub mod events;
pub mod idempotency;
pub mod inbox;
pub mod installation;
pub mod outbox;
pub mod schema;
pub mod sql;
pub mod timers;
mod writer;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

pub use connection::{AnyConnection, Database};
pub use inbox::InboxRow;
pub use writer::{Tx, Writer};

use self::checkpoint::Log;
use crate::conversations::store::Rows;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Inserts a `Vec` of references to rows: one statement on PostgreSQL (round trips are what costs), single-row ones on SQLite.
/// Only the statement for a single row stays prepared.
macro_rules! insert_rows {
    ($db:expr, $table:expr, $rows:expr) => {{
        let rows: Vec<_> = $rows;
        match $db {
            $crate::store::connection::AnyConnection::Pg(c) => match rows.as_slice() {
                [row] => diesel::RunQueryDsl::execute(diesel::insert_into($table).values(*row), c),
                _ => diesel::RunQueryDsl::execute(diesel::insert_into($table).values(rows), c),
            },
            $crate::store::connection::AnyConnection::Sqlite(c) => {
                let mut total = Ok(0);
                for row in rows {
                    match diesel::RunQueryDsl::execute(diesel::insert_into($table).values(row), c) {
                        Ok(n) => total = total.map(|total: usize| total + n),
                        Err(error) => {
                            total = Err(error);
                            break;
                        }
                    }
                }
                total
            }
        }
    }};
}
pub(crate) use insert_rows;

/// What a caller can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("no such row")]
    NotFound,
    /// A unique value exists already; the constraint's name or columns.
    #[error("already exists: {0}")]
    Duplicate(String),
    /// A row still referred to, or a reference to a row that is not there.
    #[error("reference violated: {0}")]
    Reference(String),
    /// Somebody else changed the row first: read again, decide again.
    #[error("changed meanwhile")]
    Stale,
    #[error("database unavailable: {0}")]
    Unavailable(String),
    #[error("no space left for the database: {0}")]
    Full(String),
    #[error("too many changes waiting")]
    Overloaded,
    #[error("database error: {0}")]
    Internal(String),
}

impl StoreError {
    /// Trying again later may help.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, StoreError::Unavailable(_) | StoreError::Full(_) | StoreError::Overloaded)
    }
}

impl From<DieselError> for StoreError {
    fn from(error: DieselError) -> Self {
        let text = error.to_string();
        match error {
            DieselError::NotFound => StoreError::NotFound,
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => StoreError::Duplicate(
                info.constraint_name().map_or_else(|| info.message().to_owned(), |name| name.to_owned()),
            ),
            DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => StoreError::Reference(text),
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | DieselError::BrokenTransactionManager => StoreError::Unavailable(text),
            _ if text.contains("disk is full") || text.contains("No space left") => StoreError::Full(text),
            // The shapes in which libpq and SQLite say that the server or the file is gone.
            _ if [
                "server closed the connection",
                "terminating connection",
                "no connection to the server",
                "could not connect",
                "connection not open",
                "the database system is",
                "disk I/O error",
                "unable to open database file",
                "database is locked",
                "readonly database",
                "SSL SYSCALL",
                "statement timeout",
                "lock timeout",
            ]
            .iter()
            .any(|sign| text.contains(sign)) =>
            {
                StoreError::Unavailable(text)
            }
            _ => StoreError::Internal(text),
        }
    }
}

/// A pooled reading connection; dropped from the pool once it failed.
pub struct Reader {
    connection: AnyConnection,
    broken: bool,
}

struct Connections {
    database: Database,
    busy: Duration,
}

impl r2d2::ManageConnection for Connections {
    type Connection = Reader;
    type Error = connection::OpenError;

    fn connect(&self) -> Result<Reader, Self::Error> {
        let mut connection = self.database.open(self.busy)?;
        if let AnyConnection::Sqlite(c) = &mut connection {
            c.batch_execute("PRAGMA query_only = ON; PRAGMA cache_size = -2000;").map_err(|error| {
                connection::OpenError::from(diesel::ConnectionError::CouldntSetupConfiguration(error))
            })?;
        }
        Ok(Reader { connection, broken: false })
    }

    fn is_valid(&self, _: &mut Reader) -> Result<(), Self::Error> {
        Ok(())
    }

    fn has_broken(&self, reader: &mut Reader) -> bool {
        reader.broken
    }
}

/// How reading connections are kept.
#[derive(Debug, Clone, Copy)]
pub struct Readers {
    pub most: u32,
    /// How long a query waits for a free one before it is refused.
    pub patience: Duration,
    /// How long SQLite waits for another process's lock.
    pub busy: Duration,
}

impl Default for Readers {
    fn default() -> Self {
        Readers { most: 4, patience: Duration::from_secs(3), busy: Duration::from_secs(5) }
    }
}

/// The way to the database; cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    readers: r2d2::Pool<Connections>,
    writer: Writer,
    /// The same thread as `writer` on SQLite.
    intake: Writer,
}

impl Store {
    /// Opens the database, runs what migrations it lacks, starts the writer. `publish` gets every committed event in order.
    pub fn open(
        database: Database,
        readers: Readers,
        publish: Arc<dyn Fn(Vec<events::StoredEvent>) + Send + Sync>,
    ) -> Result<Store, StoreError> {
        migrate(&database)?;
        let pool = r2d2::Pool::builder()
            .max_size(readers.most.max(1))
            .min_idle(Some(0))
            .test_on_check_out(false)
            .idle_timeout(Some(Duration::from_secs(60)))
            .connection_timeout(readers.patience)
            .error_handler(Box::new(r2d2::NopErrorHandler))
            .build_unchecked(Connections { database: database.clone(), busy: readers.busy });
        let io = |error: std::io::Error| StoreError::Internal(error.to_string());
        let to_bus = publish.clone();
        let log = match &database {
            Database::Sqlite(_) => Some(Log::watch(database.clone()).map_err(io)?),
            Database::Postgres(_) => None,
        };
        let alone = log.is_some();
        let writer = Writer::start("writer", database.clone(), log, move |stored| to_bus(stored)).map_err(io)?;
        let intake = if alone {
            writer.clone()
        } else {
            Writer::start("intake", database.clone(), None, move |stored| publish(stored)).map_err(io)?
        };
        Ok(Store { database, readers: pool, writer, intake })
    }

    /// Reading connections: open, and of those idle.
    pub fn readers(&self) -> (u32, u32) {
        let state = self.readers.state();
        (state.connections, state.idle_connections)
    }

    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Runs `query` on a reading connection.
    pub async fn read<T, F>(&self, name: &'static str, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let pool = self.readers.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let mut answer = Err(StoreError::Unavailable("no connection".into()));
            // A connection that was idle through an outage fails once; the second is fresh.
            for _ in 0..2 {
                let mut reader = pool.get().map_err(|error| StoreError::Unavailable(error.to_string()))?;
                answer = query(&mut reader.connection);
                match &answer {
                    Err(error) if error.is_unavailable() => reader.broken = true,
                    _ => break,
                }
            }
            metrics::histogram!("attendance_store_read_seconds", "query" => name).record(started.elapsed());
            answer
        });
        match tokio::time::timeout(writer::PATIENCE, reading).await {
            Ok(read) => read.unwrap_or_else(|error| Err(StoreError::Internal(error.to_string()))),
            Err(_) => Err(StoreError::Unavailable("no answer in time".into())),
        }
    }

    /// Runs `change` in a transaction; answered after the commit. It may run twice, so it only borrows its captures.
    pub async fn write<T, F>(&self, name: &'static str, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.write(name, change).await
    }

    /// Stores one step of a conversation.
    pub async fn step(&self, rows: Rows) -> Result<(), StoreError> {
        self.writer.step(rows).await
    }

    /// Makes one webhook body durable: in line at once, before anything written to the inbox later; the future tells when
    /// it is stored.
    pub fn intake(&self, row: InboxRow) -> Result<impl Future<Output = Result<(), StoreError>> + use<>, StoreError> {
        self.intake.intake(row)
    }

    /// Changes of the inbox, beside those of the conversations.
    pub async fn write_inbox<T, F>(&self, name: &'static str, change: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    {
        self.intake.write(name, change).await
    }

    /// Commits what waits and ends the writer threads.
    pub fn stop(&self, within: Duration) {
        self.intake.stop(within);
        self.writer.stop(within);
    }
}

/// Runs pending migrations under a lock, so that several nodes may start at once.
pub fn migrate(database: &Database) -> Result<Vec<String>, StoreError> {
    let mut db = database.open(Duration::from_secs(30)).map_err(|error| StoreError::Unavailable(error.to_string()))?;
    if let AnyConnection::Pg(c) = &mut db {
        c.batch_execute("SELECT pg_advisory_lock(7236401)")?;
    }
    let names = db
        .run_pending_migrations(MIGRATIONS)
        .map(|versions| versions.iter().map(ToString::to_string).collect())
        .map_err(|error| StoreError::Internal(error.to_string()));
    if let AnyConnection::Pg(c) = &mut db {
        c.batch_execute("SELECT pg_advisory_unlock(7236401)")?;
    }
    names
}

/// How many migrations a database still lacks.
pub fn pending_migrations(db: &mut AnyConnection) -> Result<usize, StoreError> {
    db.pending_migrations(MIGRATIONS)
        .map(|waiting| waiting.len())
        .map_err(|error| StoreError::Internal(error.to_string()))
}
