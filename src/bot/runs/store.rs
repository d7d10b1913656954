//! Rows of runs, of schedules, of the cursor over the event stream, and of conversations that wait for an event.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::{Cause, MAX_DEPTH, Signal, triggers};
use crate::basic::ScriptError;
use crate::basic::diagnostics::Message;
use crate::bot::Fault;
use crate::bot::basic::Loaded;
use crate::bot::store::{self as bots, ErrorRow};
use crate::catalog::BotEntry;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::Tx;
use crate::store::connection::{AnyConnection, on_each};
use crate::store::events;
use crate::store::schema::{script_cursors, script_runs, script_schedules, script_waits};
use crate::store::sql::Json;

/// A run: what began it and where it is.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = script_runs, treat_none_as_default_value = false)]
pub struct RunRow {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub script: String,
    /// The one it began with; it ends on it.
    pub version: i64,
    pub cause: Cause,
    pub name: String,
    pub input: Json<Map<String, Value>>,
    pub depth: i64,
    /// Requests and rests so far.
    pub rounds: i64,
    /// `basic::Machine`; none before it begins.
    pub machine: Option<Json<Value>>,
    /// The event it waits for, and once it is there what was published with it.
    pub waits_for: Option<String>,
    pub signal: Option<Json<Value>>,
    /// When it goes on; none: with the event only.
    pub due_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl RunRow {
    pub fn new(entry: &BotEntry, script: &Loaded, signal: &Signal, now: Timestamp) -> Self {
        RunRow {
            id: RecordId::new(),
            organization_id: entry.bot.organization_id,
            bot_id: entry.bot.id,
            script: script.name.clone(),
            version: script.version,
            cause: signal.cause,
            name: signal.name.clone(),
            input: Json(signal.input.clone()),
            depth: signal.depth,
            rounds: 0,
            machine: None,
            waits_for: None,
            signal: None,
            due_at: Some(now),
            created_at: now,
        }
    }
}

/// Begins what listens among a bot's scripts; the runs. One that runs have led to too often is not begun, and is told.
pub fn begin(tx: &mut Tx<'_>, entry: &BotEntry, signal: &Signal, now: Timestamp) -> QueryResult<Vec<RecordId>> {
    let mut begun = Vec::new();
    for script in entry.scripts.iter().filter(|script| triggers::listens(&script.program.header, signal)) {
        if signal.depth > MAX_DEPTH {
            refuse(tx.db, entry, script, too_deep(&signal.name), now)?;
            continue;
        }
        let row = RunRow::new(entry, script, signal, now);
        insert(tx.db, &row)?;
        begun.push(row.id);
    }
    Ok(begun)
}

/// A run that was not begun stands in the bot's list of errors.
pub fn refuse(
    db: &mut AnyConnection,
    entry: &BotEntry,
    script: &Loaded,
    error: ScriptError,
    now: Timestamp,
) -> QueryResult<()> {
    let fault = Fault { script: script.name.clone(), version: script.version, error };
    bots::insert_error(db, &ErrorRow::new(entry.bot.organization_id, entry.bot.id, None, &fault, now))
}

fn too_deep(name: &str) -> ScriptError {
    let message = Message {
        pt: format!("\"{name}\" não rodou o script: scripts que rodam outros se repetiram mais de {MAX_DEPTH} vezes"),
        en: format!("\"{name}\" did not run the script: scripts that run others went on more than {MAX_DEPTH} times"),
    };
    ScriptError::new("limit_depth", message)
}

pub fn insert(db: &mut AnyConnection, row: &RunRow) -> QueryResult<usize> {
    diesel::insert_into(script_runs::table).values(row).execute(db)
}

/// Those that have a time, the earliest first.
pub fn next(db: &mut AnyConnection, limit: i64) -> QueryResult<Vec<RunRow>> {
    script_runs::table
        .filter(script_runs::due_at.is_not_null())
        .order(script_runs::due_at)
        .limit(limit)
        .select(script_runs::all_columns)
        .load(db)
}

pub fn count(db: &mut AnyConnection, bot: BotId) -> QueryResult<i64> {
    script_runs::table.filter(script_runs::bot_id.eq(bot)).count().get_result(db)
}

/// Runs of the whole installation.
pub fn count_all(db: &mut AnyConnection) -> QueryResult<i64> {
    script_runs::table.count().get_result(db)
}

/// Stores where a run is.
pub fn save(db: &mut AnyConnection, row: &RunRow) -> QueryResult<usize> {
    diesel::update(script_runs::table.find(row.id))
        .set((
            script_runs::rounds.eq(row.rounds),
            script_runs::machine.eq(row.machine.clone()),
            script_runs::waits_for.eq(row.waits_for.clone()),
            script_runs::signal.eq(row.signal.clone()),
            script_runs::due_at.eq(row.due_at),
        ))
        .execute(db)
}

/// It is over; what failed is told.
pub fn finish(db: &mut AnyConnection, row: &RunRow, error: Option<&ScriptError>, now: Timestamp) -> QueryResult<()> {
    diesel::delete(script_runs::table.find(row.id)).execute(db)?;
    if let Some(error) = error {
        let fault = Fault { script: row.script.clone(), version: row.version, error: error.clone() };
        bots::insert_error(db, &ErrorRow::new(row.organization_id, row.bot_id, None, &fault, now))?;
    }
    if row.cause == Cause::Schedule {
        diesel::update(script_schedules::table.find((row.bot_id, &row.script)))
            .set((script_schedules::last_end_at.eq(now), script_schedules::last_error.eq(error.cloned().map(Json))))
            .execute(db)?;
    }
    Ok(())
}

/// When a script runs, and what became of the last time.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = script_schedules, treat_none_as_default_value = false)]
pub struct ScheduleRow {
    pub bot_id: BotId,
    pub script: String,
    pub organization_id: OrganizationId,
    /// Crons and time zones that `next_at` was reckoned by.
    pub plan: String,
    pub next_at: Option<Timestamp>,
    pub last_run_at: Option<Timestamp>,
    pub last_end_at: Option<Timestamp>,
    pub last_error: Option<Json<ScriptError>>,
}

pub fn schedules(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<ScheduleRow>> {
    script_schedules::table
        .filter(script_schedules::organization_id.eq(organization))
        .select(script_schedules::all_columns)
        .load(db)
}

/// Sets when a script runs next; what became of it before stays.
pub fn plan(db: &mut AnyConnection, row: &ScheduleRow) -> QueryResult<usize> {
    on_each!(db, c => diesel::insert_into(script_schedules::table)
        .values(row)
        .on_conflict((script_schedules::bot_id, script_schedules::script))
        .do_update()
        .set((script_schedules::plan.eq(row.plan.as_str()), script_schedules::next_at.eq(row.next_at)))
        .execute(c))
}

pub fn unplan(db: &mut AnyConnection, bot: BotId, script: &str) -> QueryResult<usize> {
    diesel::delete(script_schedules::table.find((bot, script))).execute(db)
}

/// Schedules with a time, the earliest first.
pub fn planned(db: &mut AnyConnection, limit: i64) -> QueryResult<Vec<ScheduleRow>> {
    script_schedules::table
        .filter(script_schedules::next_at.is_not_null())
        .order(script_schedules::next_at)
        .limit(limit)
        .select(script_schedules::all_columns)
        .load(db)
}

/// A schedule is due: its script begins, unless it still runs since the last time. Answers whether it began.
pub fn come_due(
    db: &mut AnyConnection,
    due: &ScheduleRow,
    next: Option<Timestamp>,
    run: Option<&RunRow>,
    now: Timestamp,
) -> QueryResult<bool> {
    let row = script_schedules::table.find((due.bot_id, &due.script)).filter(script_schedules::next_at.eq(due.next_at));
    if diesel::update(row).set(script_schedules::next_at.eq(next)).execute(db)? == 0 {
        return Ok(false);
    }
    let running: i64 = script_runs::table
        .filter(script_runs::bot_id.eq(due.bot_id))
        .filter(script_runs::script.eq(&due.script))
        .filter(script_runs::cause.eq(Cause::Schedule))
        .count()
        .get_result(db)?;
    let Some(run) = run.filter(|_| running == 0) else { return Ok(false) };
    insert(db, run)?;
    diesel::update(script_schedules::table.find((due.bot_id, &due.script)))
        .set(script_schedules::last_run_at.eq(now))
        .execute(db)?;
    Ok(true)
}

/// Scripts of a bot that a schedule began and that are not over.
pub fn running(db: &mut AnyConnection, bot: BotId) -> QueryResult<Vec<String>> {
    script_runs::table
        .filter(script_runs::bot_id.eq(bot))
        .filter(script_runs::cause.eq(Cause::Schedule))
        .select(script_runs::script)
        .load(db)
}

/// How far the stream has been read; none while nobody listens.
pub fn cursor(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Option<i64>> {
    script_cursors::table.find(organization).select(script_cursors::seq).first(db).optional()
}

/// Begins to listen, at the newest event.
pub fn listen(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<()> {
    if cursor(db, organization)?.is_none() {
        let seq = events::last_seq(db, organization)?;
        let row = (script_cursors::organization_id.eq(organization), script_cursors::seq.eq(seq));
        diesel::insert_into(script_cursors::table).values(row).execute(db)?;
    }
    Ok(())
}

pub fn stop_listening(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<usize> {
    diesel::delete(script_cursors::table.find(organization)).execute(db)
}

/// Moves the cursor on; how many rows moved: none when another was first.
pub fn advance(db: &mut AnyConnection, organization: OrganizationId, from: i64, to: i64) -> QueryResult<usize> {
    diesel::update(script_cursors::table.find(organization).filter(script_cursors::seq.eq(from)))
        .set(script_cursors::seq.eq(to))
        .execute(db)
}

/// A conversation whose script waits for a published event.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = script_waits, treat_none_as_default_value = false)]
pub struct WaitRow {
    pub session_id: SessionId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub event: String,
    /// What was published, until the script has taken it.
    pub signal: Option<Json<Value>>,
}

pub fn wait(db: &mut AnyConnection, row: &WaitRow) -> QueryResult<usize> {
    wait_no_more(db, row.session_id)?;
    diesel::insert_into(script_waits::table).values(row).execute(db)
}

pub fn wait_no_more(db: &mut AnyConnection, session: SessionId) -> QueryResult<usize> {
    diesel::delete(script_waits::table.find(session)).execute(db)
}

/// Tells everything of the bot that waits for the event; how many there were. Of two that are published at once the first
/// is told.
pub fn publish(db: &mut AnyConnection, bot: BotId, event: &str, data: &Value, now: Timestamp) -> QueryResult<usize> {
    let signal = Json(data.clone());
    let waiting = script_waits::table
        .filter(script_waits::bot_id.eq(bot))
        .filter(script_waits::event.eq(event))
        .filter(script_waits::signal.is_null());
    let told = diesel::update(waiting).set(script_waits::signal.eq(Some(signal.clone()))).execute(db)?;
    let running = script_runs::table
        .filter(script_runs::bot_id.eq(bot))
        .filter(script_runs::waits_for.eq(event))
        .filter(script_runs::signal.is_null());
    let resting = diesel::update(running)
        .set((script_runs::signal.eq(Some(signal)), script_runs::due_at.eq(Some(now))))
        .execute(db)?;
    Ok(told + resting)
}

/// Conversations that were told and have not taken it yet.
pub fn told(db: &mut AnyConnection, limit: i64) -> QueryResult<Vec<WaitRow>> {
    script_waits::table
        .filter(script_waits::signal.is_not_null())
        .limit(limit)
        .select(script_waits::all_columns)
        .load(db)
}

/// Everything of a bot.
pub fn delete_of_bot(db: &mut AnyConnection, organization: OrganizationId, bot: BotId) -> QueryResult<()> {
    let runs = script_runs::table.filter(script_runs::bot_id.eq(bot));
    diesel::delete(runs.filter(script_runs::organization_id.eq(organization))).execute(db)?;
    let schedules = script_schedules::table.filter(script_schedules::bot_id.eq(bot));
    diesel::delete(schedules.filter(script_schedules::organization_id.eq(organization))).execute(db)?;
    let waits = script_waits::table.filter(script_waits::bot_id.eq(bot));
    diesel::delete(waits.filter(script_waits::organization_id.eq(organization))).execute(db)?;
    Ok(())
}

/// The runs of a script that is no more.
pub fn delete_of_script(db: &mut AnyConnection, bot: BotId, script: &str) -> QueryResult<usize> {
    unplan(db, bot, script)?;
    diesel::delete(script_runs::table.filter(script_runs::bot_id.eq(bot)).filter(script_runs::script.eq(script)))
        .execute(db)
}
