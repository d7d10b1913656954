//! Wake-ups as rows: one per kind and subject; late ones fire at start.

use diesel::prelude::*;

use super::connection::{AnyConnection, on_each};
use super::schema::timers;
use crate::clock::Timestamp;
use crate::ids::{OrganizationId, SessionId};

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = timers)]
pub struct TimerRow {
    pub organization_id: OrganizationId,
    /// `conversations::lifecycle::Timer::as_str`.
    pub kind: String,
    pub subject_id: SessionId,
    pub due_at: Timestamp,
}

/// Sets or moves a wake-up.
pub fn set(db: &mut AnyConnection, row: &TimerRow) -> QueryResult<usize> {
    on_each!(db, c => diesel::insert_into(timers::table)
        .values(row)
        .on_conflict((timers::kind, timers::subject_id))
        .do_update()
        .set(timers::due_at.eq(row.due_at))
        .execute(c))
}

pub fn clear(db: &mut AnyConnection, kind: &str, subject: SessionId) -> QueryResult<usize> {
    diesel::delete(timers::table.find((kind, subject))).execute(db)
}

/// Removes a wake-up that has been served, unless it was moved meanwhile.
pub fn served(db: &mut AnyConnection, row: &TimerRow) -> QueryResult<usize> {
    diesel::delete(timers::table.find((&row.kind, row.subject_id)).filter(timers::due_at.le(row.due_at))).execute(db)
}

/// The earliest wake-ups, due or not.
pub fn next(db: &mut AnyConnection, limit: i64) -> QueryResult<Vec<TimerRow>> {
    timers::table.order(timers::due_at).limit(limit).select(timers::all_columns).load(db)
}
