//! When scripts run by themselves: rows that say what the published scripts say, and what happens when a time has come.

use chrono_tz::Tz;
use serde_json::json;

use super::store::{self as rows, RunRow, ScheduleRow};
use super::{Cause, Signal};
use crate::basic::schedule;
use crate::bot::basic::Loaded;
use crate::catalog::{BotEntry, Configuration};
use crate::clock::Timestamp;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError, Tx};

/// The bot's zone, or the one that a schedule names.
fn zone(entry: &BotEntry, named: Option<&str>) -> Tz {
    named.and_then(|name| name.parse().ok()).unwrap_or(entry.settings.business_hours.timezone)
}

/// When a script runs next; none when it has no schedule.
pub fn next_run(entry: &BotEntry, script: &Loaded, after: Timestamp) -> Option<Timestamp> {
    let schedules = script.program.header.schedules.iter();
    let times = schedules.filter_map(|own| {
        schedule::next(&own.cron, zone(entry, own.time_zone.as_deref()), after.to_utc()).map(Timestamp::from)
    });
    times.min()
}

/// What the next time is reckoned by.
pub fn plan_of(entry: &BotEntry, script: &Loaded) -> String {
    let schedules = script.program.header.schedules.iter();
    let parts: Vec<String> =
        schedules.map(|own| format!("{} {}", own.cron, zone(entry, own.time_zone.as_deref()))).collect();
    parts.join("; ")
}

/// Makes rows say what the published scripts say.
pub async fn agree(services: &Services, configuration: &Configuration) -> Result<(), StoreError> {
    let (organization, now) = (configuration.organization.id, services.clock.now());
    let stored = services
        .store
        .read("schedules.all", move |db: &mut AnyConnection| Ok(rows::schedules(db, organization)?))
        .await?;
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
    if planned.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let write = move |tx: &mut Tx<'_>| {
        for row in &gone {
            rows::unplan(tx.db, row.bot_id, &row.script)?;
        }
        for row in &planned {
            rows::plan(tx.db, row)?;
        }
        Ok(())
    };
    services.store.write("schedules.agree", write).await
}

/// A schedule's time has come.
pub async fn come_due(services: &Services, due: ScheduleRow) -> Result<(), StoreError> {
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
