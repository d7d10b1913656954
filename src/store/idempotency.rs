//! Answers kept for callers who repeat a request with the same `Idempotency-Key`. Bodies are sealed: some carry a token.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::idempotency;
use crate::clock::Timestamp;
use crate::ids::*;

/// A kept answer; status 0 while the first request is under way.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = idempotency)]
pub struct Kept {
    pub organization_id: OrganizationId,
    pub principal_id: UserId,
    pub key: String,
    pub request_hash: String,
    pub status: i64,
    pub body: String,
    pub created_at: Timestamp,
}

/// Takes the key for this request; what is kept already when somebody has it since `since` (finished) or
/// `claimed_since` (under way).
pub fn claim(
    db: &mut AnyConnection,
    row: &Kept,
    since: Timestamp,
    claimed_since: Timestamp,
) -> QueryResult<Option<Kept>> {
    let id = || (row.organization_id, row.principal_id, row.key.clone());
    let kept: Option<Kept> = idempotency::table.find(id()).select(idempotency::all_columns).first(db).optional()?;
    if let Some(kept) = kept {
        if kept.created_at >= if kept.status == 0 { claimed_since } else { since } {
            return Ok(Some(kept));
        }
        diesel::delete(idempotency::table.find(id())).execute(db)?;
    }
    diesel::insert_into(idempotency::table).values(row).execute(db)?;
    Ok(None)
}

/// Keeps the answer.
pub fn finish(db: &mut AnyConnection, row: &Kept) -> QueryResult<usize> {
    diesel::update(idempotency::table.find((row.organization_id, row.principal_id, &row.key)))
        .set((idempotency::status.eq(row.status), idempotency::body.eq(&row.body)))
        .execute(db)
}

/// Lets go of a key whose request may be tried again.
pub fn release(db: &mut AnyConnection, row: &Kept) -> QueryResult<usize> {
    diesel::delete(idempotency::table.find((row.organization_id, row.principal_id, &row.key))).execute(db)
}

/// Removes what is older than `before`.
pub fn prune(db: &mut AnyConnection, before: Timestamp) -> QueryResult<usize> {
    on_each!(db, c => diesel::delete(idempotency::table.filter(idempotency::created_at.lt(before))).execute(c))
}
