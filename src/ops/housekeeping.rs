//! What is removed when its time is over: events beyond their retention, finished inbox and outbox rows, old idempotency
//! answers. In small transactions, so that nobody waits for it. Also refreshes gauges that are read from the database.

use std::time::Duration;

use crate::api::idempotency;
use crate::attendants::store as people;
use crate::bot::runs::store as runs;
use crate::conversations::actor::place_unqueued;
use crate::ids::OrganizationId;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError, events, inbox, outbox};

const EVERY: Duration = Duration::from_secs(600);
/// Configuration changed beside the server (by the command line) is seen this soon.
const READ_EVERY: Duration = Duration::from_secs(60);
const GAUGES_EVERY: Duration = Duration::from_secs(15);
/// Finished webhook bodies and sent outbox rows stay this long, for those who look into a question.
const KEEP_FINISHED: Duration = Duration::from_secs(3 * 24 * 3600);
/// What attendants sent from their own messengers, and notices they may quote.
const KEEP_MESSENGER: Duration = Duration::from_secs(30 * 24 * 3600);

/// Runs until the process ends.
pub async fn run(services: Services) {
    let mut since_pruned = EVERY;
    let mut since_read = Duration::ZERO;
    loop {
        gauges(&services).await;
        if since_read >= READ_EVERY {
            since_read = Duration::ZERO;
            // Away for now: what is in memory still holds.
            if let Err(error) = read_again(&services).await {
                tracing::warn!(%error, "configuration not read again");
            }
        }
        since_read += GAUGES_EVERY;
        if since_pruned >= EVERY {
            since_pruned = Duration::ZERO;
            if let Err(error) = prune(&services).await {
                tracing::warn!(%error, "housekeeping put off");
            }
        }
        tokio::time::sleep(GAUGES_EVERY).await;
        since_pruned += GAUGES_EVERY;
    }
}

async fn read_again(services: &Services) -> Result<(), StoreError> {
    services.catalog.load().await?;
    for configuration in services.catalog.organizations() {
        place_unqueued(services, configuration.organization.id).await?;
    }
    Ok(())
}

async fn prune(services: &Services) -> Result<(), StoreError> {
    let now = services.clock.now();
    let keep = Duration::from_secs(services.config.events.keep_hours * 3600);
    let count = i64::try_from(services.config.events.keep_count).unwrap_or(i64::MAX);
    for configuration in services.catalog.organizations() {
        let organization: OrganizationId = configuration.organization.id;
        services
            .store
            .write("events.prune", move |tx| Ok(events::prune(tx.db, organization, now - keep, count)?))
            .await?;
    }
    services.store.write_inbox("inbox.prune", move |tx| Ok(inbox::prune(tx.db, now - KEEP_FINISHED)?)).await?;
    services
        .store
        .write("messenger.prune", move |tx| Ok(people::prune_messenger(tx.db, now - KEEP_MESSENGER)?))
        .await?;
    services.store.write("outbox.prune", move |tx| Ok(outbox::prune(tx.db, now - KEEP_FINISHED)?)).await?;
    idempotency::prune(services).await?;
    let lifetime = Duration::from_secs(services.config.security.access_token_seconds);
    services.revoked.forget(lifetime, now);
    Ok(())
}

async fn gauges(services: &Services) {
    metrics::gauge!("attendance_inbox_backlog").set(services.backlog.len() as f64);
    metrics::gauge!("attendance_sockets", "kind" => "attendant").set(services.sockets.len() as f64);
    metrics::gauge!("attendance_sockets", "kind" => "visitor").set(services.visitors.len() as f64);
    let (connections, idle) = services.store.readers();
    metrics::gauge!("attendance_store_readers").set(f64::from(connections));
    metrics::gauge!("attendance_store_readers_idle").set(f64::from(idle));
    metrics::gauge!("attendance_conversations_live").set(services.conversations().len() as f64);
    metrics::gauge!("attendance_queues_live").set(services.queues().len() as f64);
    metrics::gauge!("attendance_attendants_live").set(services.attendants().len() as f64);
    for configuration in services.catalog.organizations() {
        for entry in &configuration.queues {
            let view = services.floor.queue(entry.queue.id);
            let oldest = view.oldest.map_or(0.0, |since| services.clock.now().since(since).as_secs_f64());
            let name = entry.queue.id.to_string();
            metrics::gauge!("attendance_queue_length", "queue" => name.clone()).set(view.waiting.len() as f64);
            metrics::gauge!("attendance_queue_oldest_wait_seconds", "queue" => name).set(oldest);
        }
    }
    let read = |db: &mut AnyConnection| Ok((outbox::depth(db)?, inbox::count(db, "failed")?, runs::count_all(db)?));
    // The database being away shows elsewhere; the gauges keep their last value.
    if let Ok(((waiting, oldest), failed, resting)) = services.store.read("gauges", read).await {
        metrics::gauge!("attendance_script_runs_waiting").set(resting as f64);
        let age = oldest.map_or(0.0, |at| services.clock.now().since(at).as_secs_f64());
        metrics::gauge!("attendance_outbox_depth").set(waiting as f64);
        metrics::gauge!("attendance_outbox_oldest_seconds").set(age);
        metrics::gauge!("attendance_inbox_failed").set(failed as f64);
    }
}
