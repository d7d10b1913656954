//! Rows of canned responses.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::canned_responses;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = canned_responses)]
pub struct Canned {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub name: String,
    /// `{{name}}` and the like are filled in when it is sent.
    pub text: String,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<Canned>> {
    canned_responses::table
        .filter(canned_responses::organization_id.eq(organization))
        .order(canned_responses::name)
        .select(canned_responses::all_columns)
        .load(db)
}

pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: RecordId) -> QueryResult<Option<Canned>> {
    canned_responses::table
        .find(id)
        .filter(canned_responses::organization_id.eq(organization))
        .select(canned_responses::all_columns)
        .first(db)
        .optional()
}

pub fn insert(db: &mut AnyConnection, row: &Canned) -> QueryResult<usize> {
    diesel::insert_into(canned_responses::table).values(row).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, row: &Canned) -> QueryResult<usize> {
    diesel::update(
        canned_responses::table
            .find(row.id)
            .filter(canned_responses::organization_id.eq(row.organization_id))
            .filter(canned_responses::version.eq(row.version - 1)),
    )
    .set(row)
    .execute(db)
}

pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: RecordId) -> QueryResult<usize> {
    diesel::delete(canned_responses::table.find(id).filter(canned_responses::organization_id.eq(organization)))
        .execute(db)
}
