//! Rows of bots.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::bots;
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

pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: BotId) -> QueryResult<usize> {
    diesel::delete(bots::table.find(id).filter(bots::organization_id.eq(organization))).execute(db)
}
