//! Rows of bots.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{bot_scripts, bots};
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

/// With its scripts.
pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: BotId) -> QueryResult<usize> {
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
    diesel::delete(
        bot_scripts::table
            .filter(bot_scripts::organization_id.eq(organization))
            .filter(bot_scripts::bot_id.eq(bot))
            .filter(bot_scripts::name.eq(name)),
    )
    .execute(db)
}
