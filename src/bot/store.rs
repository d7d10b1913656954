//! Rows of bots.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde_json::Value;

use super::Fault;
use super::runs::store as runs;
use crate::basic::ScriptError;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::{AnyConnection, on_each};
use crate::store::schema::{bot_errors, bot_memory, bot_rows, bot_scripts, bots};
use crate::store::sql::{Json, text_enum};

text_enum! {
    /// Which engine answers while no person does.
    pub enum EngineName { Reply = "reply", Basic = "basic", Agent = "agent", Journey = "journey", Off = "off" }
}

/// A bot's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = bots)]
pub struct Bot {
    pub id: BotId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub engine: EngineName,
    pub locale: String,
    /// `config.csv` names and values, as written.
    pub settings: Json<BTreeMap<String, String>>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<Bot>> {
    bots::table.filter(bots::organization_id.eq(organization)).order(bots::name).select(bots::all_columns).load(db)
}

pub fn insert(db: &mut AnyConnection, bot: &Bot) -> QueryResult<usize> {
    diesel::insert_into(bots::table).values(bot).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, bot: &Bot) -> QueryResult<usize> {
    diesel::update(
        bots::table
            .find(bot.id)
            .filter(bots::organization_id.eq(bot.organization_id))
            .filter(bots::version.eq(bot.version - 1)),
    )
    .set(bot)
    .execute(db)
}

/// With its scripts and all they keep.
pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: BotId) -> QueryResult<usize> {
    runs::delete_of_bot(db, organization, id)?;
    let errors = bot_errors::table.filter(bot_errors::bot_id.eq(id));
    diesel::delete(errors.filter(bot_errors::organization_id.eq(organization))).execute(db)?;
    let rows = bot_rows::table.filter(bot_rows::bot_id.eq(id));
    diesel::delete(rows.filter(bot_rows::organization_id.eq(organization))).execute(db)?;
    let memory = bot_memory::table.filter(bot_memory::bot_id.eq(id));
    diesel::delete(memory.filter(bot_memory::organization_id.eq(organization))).execute(db)?;
    let scripts = bot_scripts::table.filter(bot_scripts::bot_id.eq(id));
    diesel::delete(scripts.filter(bot_scripts::organization_id.eq(organization))).execute(db)?;
    diesel::delete(bots::table.find(id).filter(bots::organization_id.eq(organization))).execute(db)
}

/// One version of a script.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bot_scripts)]
pub struct Script {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub name: String,
    /// From 1, without gaps.
    pub version: i64,
    pub source: String,
    /// The one that runs.
    pub is_published: bool,
    pub author_id: UserId,
    pub created_at: Timestamp,
}

/// Every version of a bot's scripts, by name, the newest first; of one script when `name` is given.
pub fn scripts(
    db: &mut AnyConnection,
    organization: OrganizationId,
    bot: BotId,
    name: Option<&str>,
) -> QueryResult<Vec<Script>> {
    let mut query = bot_scripts::table
        .filter(bot_scripts::organization_id.eq(organization))
        .filter(bot_scripts::bot_id.eq(bot))
        .order((bot_scripts::name, bot_scripts::version.desc()))
        .select(bot_scripts::all_columns)
        .into_boxed();
    if let Some(name) = name {
        query = query.filter(bot_scripts::name.eq(name.to_owned()));
    }
    query.load(db)
}

/// One version.
pub fn script(
    db: &mut AnyConnection,
    organization: OrganizationId,
    bot: BotId,
    name: &str,
    version: i64,
) -> QueryResult<Option<Script>> {
    bot_scripts::table
        .filter(bot_scripts::organization_id.eq(organization))
        .filter(bot_scripts::bot_id.eq(bot))
        .filter(bot_scripts::name.eq(name))
        .filter(bot_scripts::version.eq(version))
        .select(bot_scripts::all_columns)
        .first(db)
        .optional()
}

/// The scripts that run, of all the organization's bots.
pub fn published(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<Script>> {
    bot_scripts::table
        .filter(bot_scripts::organization_id.eq(organization))
        .filter(bot_scripts::is_published.eq(true))
        .order(bot_scripts::name)
        .select(bot_scripts::all_columns)
        .load(db)
}

/// Adds a version; when it is published, those before it no longer are.
pub fn insert_script(db: &mut AnyConnection, script: &Script) -> QueryResult<usize> {
    if script.is_published {
        unpublish(db, script.bot_id, &script.name)?;
    }
    diesel::insert_into(bot_scripts::table).values(script).execute(db)
}

/// Makes a stored version the one that runs.
pub fn publish_script(db: &mut AnyConnection, script: &Script) -> QueryResult<usize> {
    unpublish(db, script.bot_id, &script.name)?;
    diesel::update(bot_scripts::table.find(script.id)).set(bot_scripts::is_published.eq(true)).execute(db)
}

fn unpublish(db: &mut AnyConnection, bot: BotId, name: &str) -> QueryResult<usize> {
    diesel::update(bot_scripts::table.filter(bot_scripts::bot_id.eq(bot)).filter(bot_scripts::name.eq(name)))
        .set(bot_scripts::is_published.eq(false))
        .execute(db)
}

pub fn delete_script(
    db: &mut AnyConnection,
    organization: OrganizationId,
    bot: BotId,
    name: &str,
) -> QueryResult<usize> {
    runs::delete_of_script(db, bot, name)?;
    diesel::delete(
        bot_scripts::table
            .filter(bot_scripts::organization_id.eq(organization))
            .filter(bot_scripts::bot_id.eq(bot))
            .filter(bot_scripts::name.eq(name)),
    )
    .execute(db)
}

/// Errors kept of a bot.
pub const ERRORS: i64 = 100;

/// A script that failed in a conversation.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bot_errors, treat_none_as_default_value = false)]
pub struct ErrorRow {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub session_id: Option<SessionId>,
    pub script: String,
    pub version: i64,
    pub line: i64,
    pub error: Json<ScriptError>,
    pub at: Timestamp,
}

impl ErrorRow {
    pub fn new(
        organization: OrganizationId,
        bot: BotId,
        session: Option<SessionId>,
        fault: &Fault,
        at: Timestamp,
    ) -> Self {
        ErrorRow {
            id: RecordId::new(),
            organization_id: organization,
            bot_id: bot,
            session_id: session,
            script: fault.script.clone(),
            version: fault.version,
            line: i64::from(fault.error.line),
            error: Json(fault.error.clone()),
            at,
        }
    }
}

/// The newest first.
pub fn errors(db: &mut AnyConnection, organization: OrganizationId, bot: BotId) -> QueryResult<Vec<ErrorRow>> {
    bot_errors::table
        .filter(bot_errors::organization_id.eq(organization))
        .filter(bot_errors::bot_id.eq(bot))
        .order(bot_errors::id.desc())
        .limit(ERRORS)
        .select(bot_errors::all_columns)
        .load(db)
}

/// Adds one; those beyond the newest [`ERRORS`] go.
pub fn insert_error(db: &mut AnyConnection, row: &ErrorRow) -> QueryResult<()> {
    diesel::insert_into(bot_errors::table).values(row).execute(db)?;
    let oldest: Option<RecordId> = bot_errors::table
        .filter(bot_errors::bot_id.eq(row.bot_id))
        .order(bot_errors::id.desc())
        .offset(ERRORS - 1)
        .select(bot_errors::id)
        .first(db)
        .optional()?;
    if let Some(oldest) = oldest {
        let beyond = bot_errors::table.filter(bot_errors::bot_id.eq(row.bot_id)).filter(bot_errors::id.lt(oldest));
        diesel::delete(beyond).execute(db)?;
    }
    Ok(())
}

/// Something that a script remembers of its bot or of a contact.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = bot_memory, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct MemoryRow {
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    /// The contact, or the bot itself.
    pub subject_id: AnyId,
    pub name: String,
    pub value: Json<Value>,
    pub expires_at: Option<Timestamp>,
}

pub fn remember(db: &mut AnyConnection, row: &MemoryRow) -> QueryResult<usize> {
    on_each!(db, c => diesel::insert_into(bot_memory::table)
        .values(row)
        .on_conflict((bot_memory::bot_id, bot_memory::subject_id, bot_memory::name))
        .do_update()
        .set(row)
        .execute(c))
}

pub fn recall(
    db: &mut AnyConnection,
    bot: BotId,
    subject: AnyId,
    name: &str,
    now: Timestamp,
) -> QueryResult<Option<Value>> {
    let found: Option<MemoryRow> =
        bot_memory::table.find((bot, subject, name)).select(bot_memory::all_columns).first(db).optional()?;
    Ok(found.filter(|row| row.expires_at.is_none_or(|at| at > now)).map(|row| row.value.0))
}
