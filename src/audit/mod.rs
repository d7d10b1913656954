//! Who changed what: one line per change of configuration, access or person's data, stored in the change's transaction and
//! never altered. Not the history of conversations (`handoff_history`) nor the log of the process.

pub mod api;
pub mod changes;
pub mod store;

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::ids::{AnyId, OrganizationId, RecordId};
use crate::store::sql::Json;

/// One line.
#[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable, diesel::Insertable)]
#[diesel(table_name = crate::store::schema::audit, treat_none_as_default_value = false)]
pub struct Line {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub at: Timestamp,
    /// `user` or `system`.
    pub actor_kind: String,
    pub actor_id: Option<AnyId>,
    /// `user.update`, `login.fail`.
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<String>,
    /// What changed, never a secret.
    pub detail: Option<Json<Value>>,
    pub address: Option<String>,
}

impl Line {
    /// By the system, until [`Line::by`] names a person.
    pub fn new(organization: OrganizationId, at: Timestamp, action: &str, subject_kind: &str) -> Line {
        Line {
            id: RecordId::new(),
            organization_id: organization,
            at,
            actor_kind: "system".to_owned(),
            actor_id: None,
            action: action.to_owned(),
            subject_kind: subject_kind.to_owned(),
            subject_id: None,
            detail: None,
            address: None,
        }
    }

    pub fn by(mut self, user: AnyId) -> Line {
        self.actor_kind = "user".to_owned();
        self.actor_id = Some(user);
        self
    }

    pub fn about(mut self, subject: impl Display) -> Line {
        self.subject_id = Some(subject.to_string());
        self
    }

    pub fn from(mut self, address: Option<String>) -> Line {
        self.address = address;
        self
    }

    pub fn with(mut self, detail: Value) -> Line {
        self.detail = Some(Json(detail));
        self
    }

    /// Adds what changed to the detail, as `changes`: the thing as it was shown before and is now.
    pub fn between(mut self, before: impl Serialize, after: impl Serialize) -> Line {
        let changes = changes::between(before, after);
        let detail = self.detail.get_or_insert_with(|| Json(json!({})));
        if let Value::Object(detail) = &mut detail.0
            && !changes.is_empty()
        {
            detail.insert("changes".to_owned(), json!(changes));
        }
        self
    }
}
