//! The command line's tools that need no running server.

use anyhow::{Context, Result};

use crate::config::Config;
use crate::store;

/// Runs pending migrations and names them.
pub fn migrate(config: &Config) -> Result<()> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot create the data folder {}", config.data_dir.display()))?;
    let database = config.database().context("database.url names neither PostgreSQL nor a file")?;
    let done = store::migrate(&database)?;
    if done.is_empty() {
        println!("the database is up to date");
    }
    for migration in done {
        println!("applied {migration}");
    }
    Ok(())
}
