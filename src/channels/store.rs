//! Rows of channels. Credentials are sealed; only the hint (set, last four) is ever shown.

use diesel::prelude::*;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::channels;
use crate::store::sql::{Json, text_enum};

text_enum! {
    pub enum Health { Ok = "ok", Degraded = "degraded", Down = "down" }
}

/// A channel's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = channels, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ChannelRow {
    pub id: ChannelId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub kind: String,
    pub provider: String,
    pub name: String,
    /// Sealed JSON object.
    pub credentials: String,
    /// `{"access_token":{"set":true,"last4":"…"}}`
    pub credentials_hint: Json<Map<String, Value>>,
    pub settings: Json<Map<String, Value>>,
    pub is_active: bool,
    pub health: Health,
    pub health_reason: Option<String>,
    pub health_since: Timestamp,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<ChannelRow>> {
    channels::table
        .filter(channels::organization_id.eq(organization))
        .order(channels::name)
        .select(channels::all_columns)
        .load(db)
}

pub fn insert(db: &mut AnyConnection, row: &ChannelRow) -> QueryResult<usize> {
    diesel::insert_into(channels::table).values(row).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, row: &ChannelRow) -> QueryResult<usize> {
    diesel::update(
        channels::table
            .find(row.id)
            .filter(channels::organization_id.eq(row.organization_id))
            .filter(channels::version.eq(row.version - 1)),
    )
    .set(row)
    .execute(db)
}

pub fn set_health(
    db: &mut AnyConnection,
    id: ChannelId,
    health: Health,
    reason: Option<&str>,
    at: Timestamp,
) -> QueryResult<usize> {
    diesel::update(channels::table.find(id))
        .set((channels::health.eq(health), channels::health_reason.eq(reason), channels::health_since.eq(at)))
        .execute(db)
}

pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: ChannelId) -> QueryResult<usize> {
    diesel::delete(channels::table.find(id).filter(channels::organization_id.eq(organization))).execute(db)
}
