//! Rows of the audit. There is no update and no delete.

use diesel::prelude::*;

use super::Line;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::audit;

pub fn record(db: &mut AnyConnection, line: &Line) -> QueryResult<usize> {
    diesel::insert_into(audit::table).values(line).execute(db)
}

/// Which lines; every field narrows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub actor: Option<AnyId>,
    pub action: Option<String>,
    pub subject_kind: Option<String>,
    pub subject_id: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
}

/// Newest first, before `cursor`.
pub fn list(
    db: &mut AnyConnection,
    organization: OrganizationId,
    filter: &Filter,
    cursor: Option<RecordId>,
    limit: i64,
) -> QueryResult<Vec<Line>> {
    let mut query = audit::table.filter(audit::organization_id.eq(organization)).into_boxed();
    if let Some(actor) = filter.actor {
        query = query.filter(audit::actor_id.eq(actor));
    }
    if let Some(action) = &filter.action {
        query = query.filter(audit::action.eq(action.clone()));
    }
    if let Some(kind) = &filter.subject_kind {
        query = query.filter(audit::subject_kind.eq(kind.clone()));
    }
    if let Some(id) = &filter.subject_id {
        query = query.filter(audit::subject_id.eq(id.clone()));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::at.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(audit::at.lt(to));
    }
    if let Some(cursor) = cursor {
        query = query.filter(audit::id.lt(cursor));
    }
    query.order(audit::id.desc()).limit(limit).select(audit::all_columns).load(db)
}
