//! Rows of skills.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::skills;

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = skills)]
pub struct SkillRow {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub created_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<SkillRow>> {
    skills::table.filter(skills::organization_id.eq(organization)).select(skills::all_columns).load(db)
}

pub fn insert(db: &mut AnyConnection, row: &SkillRow) -> QueryResult<usize> {
    diesel::insert_into(skills::table).values(row).execute(db)
}

pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: RecordId) -> QueryResult<usize> {
    diesel::delete(skills::table.find(id).filter(skills::organization_id.eq(organization))).execute(db)
}
