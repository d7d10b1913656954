//! From a configuration to running [`Services`]: keys, database, catalog, actors. Used by the server and by every command
//! that needs more than the database.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::actors::bus::Bus;
use crate::auth::jwt::KeyRing;
use crate::catalog::{Catalog, Changes};
use crate::channels::http::{Http, HttpLimits};
use crate::clock::Clock;
use crate::config::Config;
use crate::net::Guard;
use crate::services::{Parts, Services};
use crate::store::events::StoredEvent;
use crate::store::{Readers, Store, installation};
use crate::vault::Vault;

/// Row identity of the sealed signing keys.
const SIGNING_KEYS: &str = "signing_keys";

/// Opens everything; nothing is resumed yet ([`Services::resume`]). `public_url` is where people reach us.
pub async fn services(config: Config, clock: Clock, public_url: String) -> Result<Services> {
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("cannot create the data folder {}", config.data_dir.display()))?;
    let vault = Arc::new(Vault::configured(&config.security.keys, &config.key_file())?);
    let guard = Guard { allow_private: config.security.allow_private_addresses };
    let http = Http::new(guard, HttpLimits::from(&config.delivery))?;
    let bus = Bus::start().context("cannot start the event bus")?;
    let database = config.database().context("database.url names neither PostgreSQL nor a file")?;
    let changes = Arc::new(Changes::default());
    let store = open(&config, database, bus.clone(), changes.clone()).await?;
    let keys = signing_keys(&store, &vault, &config, &clock).await?;
    let catalog = Catalog::new(store.clone(), vault.clone(), config.scripts.limits(), changes);
    catalog.load().await.context("cannot read the configuration tables")?;
    let arbiters = std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2));
    let parts = Parts { config, clock, store, catalog, bus, http, vault, keys, public_url };
    Ok(Services::new(parts, arbiters))
}

async fn open(config: &Config, database: crate::store::Database, bus: Bus, changes: Arc<Changes>) -> Result<Store> {
    if let crate::store::Database::Sqlite(path) = &database
        && let Some(folder) = Path::new(path).parent()
    {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let readers = Readers {
        most: u32::try_from(config.database.pool_size).unwrap_or(8),
        patience: Duration::from_secs(config.database.acquire_timeout_seconds),
        busy: Duration::from_secs(config.database.busy_timeout_seconds),
    };
    let publish = move |events: Vec<StoredEvent>| {
        changes.note(&events);
        bus.publish(events);
    };
    tokio::task::spawn_blocking(move || Store::open(database, readers, Arc::new(publish)))
        .await
        .context("opening the database was cut short")?
        .context("cannot open the database")
}

/// The ring of token signing keys: made at the first start, rotated by age, shared by all nodes through the database.
pub async fn signing_keys(store: &Store, vault: &Arc<Vault>, config: &Config, clock: &Clock) -> Result<KeyRing> {
    let now = clock.now();
    let fresh = vault.seal(&KeyRing::generate(now).to_secret(), SIGNING_KEYS);
    let sealed = store
        .write("installation.signing_keys", move |tx| Ok(installation::get_or_set(tx.db, SIGNING_KEYS, &fresh, now)?))
        .await?;
    let ring =
        KeyRing::from_secret(&vault.open(&sealed, SIGNING_KEYS).context(
            "the signing keys were sealed with another key: give the key file that belongs to this database",
        )?)?;
    let every = Duration::from_secs(config.security.signing_key_days * 24 * 3600);
    let lifetime = Duration::from_secs(config.security.access_token_seconds);
    let Some(rotated) = ring.rotated(every, lifetime, now) else { return Ok(ring) };
    let sealed = vault.seal(&rotated.to_secret(), SIGNING_KEYS);
    store
        .write("installation.rotate_keys", move |tx| Ok(installation::set(tx.db, SIGNING_KEYS, &sealed, now)?))
        .await?;
    Ok(rotated)
}
