//! Tenants. Every other row names its organization; nothing is seen from another's inside.

pub mod api;

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::OrganizationId;
use crate::store::connection::AnyConnection;
use crate::store::schema::organizations;
use crate::store::sql::Json;

/// An organization's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organizations)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    /// The first one: its administrators may create others.
    pub is_operator: bool,
    /// `config.csv` names and values for all its bots.
    pub settings: Json<BTreeMap<String, String>>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub fn all(db: &mut AnyConnection) -> QueryResult<Vec<Organization>> {
    organizations::table.order(organizations::id).select(organizations::all_columns).load(db)
}

pub fn find(db: &mut AnyConnection, id: OrganizationId) -> QueryResult<Option<Organization>> {
    organizations::table.find(id).select(organizations::all_columns).first(db).optional()
}

pub fn count(db: &mut AnyConnection) -> QueryResult<i64> {
    organizations::table.count().get_result(db)
}

pub fn insert(db: &mut AnyConnection, organization: &Organization) -> QueryResult<usize> {
    diesel::insert_into(organizations::table).values(organization).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, organization: &Organization) -> QueryResult<usize> {
    diesel::update(
        organizations::table.find(organization.id).filter(organizations::version.eq(organization.version - 1)),
    )
    .set(organization)
    .execute(db)
}
