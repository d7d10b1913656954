//! Rows of the audit. There is no update and no delete.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::Line;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::Tx;
use crate::store::connection::AnyConnection;
use crate::store::events::{Audience, Event};
use crate::store::schema::audit;

/// Stores the line; screens hear what was changed, so that nobody looks at what is no longer so.
pub fn record(tx: &mut Tx<'_>, line: &Line) -> QueryResult<usize> {
    tell(tx, line);
    diesel::insert_into(audit::table).values(line).execute(tx.db)
}

/// What nobody did on purpose (a contact who writes for the first time) is told without a line.
pub fn tell(tx: &mut Tx<'_>, line: &Line) {
    if let Some(event) = told(line) {
        tx.emit(event);
    }
}

/// The event that tells of any change but of a contact or a lead.
pub const CONFIGURATION: &str = "configuration_updated";

/// `contact_updated`, `lead_updated` or `configuration_updated`: which thing, never how; who may see it asks for it. Logins are no change.
fn told(line: &Line) -> Option<Event> {
    if line.action.starts_with("login.") {
        return None;
    }
    let (kind, audience) = match line.subject_kind.as_str() {
        "contact" => ("contact_updated", Audience::All),
        "lead" => ("lead_updated", Audience::All),
        "token" => (CONFIGURATION, Audience::Supervisors),
        _ => (CONFIGURATION, Audience::All),
    };
    let body = json!({"subject": {"kind": line.subject_kind, "id": line.subject_id}, "action": line.action});
    let Value::Object(mut body) = body else { return None };
    // A lead is looked for by its contact.
    if let Some(contact) = line.detail.as_ref().and_then(|detail| detail.0.get("contact_id")) {
        body.insert("contact_id".to_owned(), contact.clone());
    }
    Some(Event { organization_id: line.organization_id, kind, at: line.at, audience, body })
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
