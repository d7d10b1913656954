//! The inbox: webhook bodies, durable before they are acknowledged, worked through in order, kept for a while.

use diesel::prelude::*;

use super::connection::AnyConnection;
use super::schema::inbox;
use super::{StoreError, insert_rows};
use crate::clock::Timestamp;
use crate::ids::{ChannelId, InboxId, OrganizationId};

/// One webhook body as received.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = inbox)]
pub struct InboxRow {
    pub id: InboxId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    pub received_at: Timestamp,
    pub body: Vec<u8>,
    pub state: String,
    pub error: Option<String>,
}

pub(crate) fn insert(db: &mut AnyConnection, rows: Vec<&InboxRow>) -> Result<(), StoreError> {
    if !rows.is_empty() {
        insert_rows!(db, inbox::table, rows)?;
    }
    Ok(())
}

/// Work left from before, oldest first.
pub fn unfinished(db: &mut AnyConnection, after: Option<InboxId>, limit: i64) -> QueryResult<Vec<InboxRow>> {
    let mut query = inbox::table.filter(inbox::state.eq("new")).into_boxed();
    if let Some(after) = after {
        query = query.filter(inbox::id.gt(after));
    }
    query.order(inbox::id).limit(limit).select(inbox::all_columns).load(db)
}

/// One that failed stays marked so.
pub fn mark_done(db: &mut AnyConnection, ids: &[InboxId]) -> QueryResult<usize> {
    diesel::update(inbox::table.filter(inbox::id.eq_any(ids)).filter(inbox::state.eq("new")))
        .set(inbox::state.eq("done"))
        .execute(db)
}

/// A payload that cannot be read stays, marked with the reason.
pub fn mark_failed(db: &mut AnyConnection, id: InboxId, reason: &str) -> QueryResult<usize> {
    diesel::update(inbox::table.find(id)).set((inbox::state.eq("failed"), inbox::error.eq(reason))).execute(db)
}

/// Removes finished bodies received before `before`; unfinished and failed ones stay.
pub fn prune(db: &mut AnyConnection, before: Timestamp) -> QueryResult<usize> {
    diesel::delete(inbox::table.filter(inbox::state.eq("done")).filter(inbox::received_at.lt(before))).execute(db)
}

/// How many bodies wait or failed.
pub fn count(db: &mut AnyConnection, state: &str) -> QueryResult<i64> {
    inbox::table.filter(inbox::state.eq(state)).count().get_result(db)
}

/// Bodies of a channel that could not be read.
pub fn failed_of(db: &mut AnyConnection, channel: ChannelId) -> QueryResult<i64> {
    inbox::table.filter(inbox::channel_id.eq(channel)).filter(inbox::state.eq("failed")).count().get_result(db)
}
