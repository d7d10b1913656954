//! Scripts at work by themselves: at their times (`SET SCHEDULE`), when something happens (`ON`), when their address is
//! called (`WEBHOOK`). A run has no customer and no conversation. It is a row from the transaction of what began it (or from
//! the one that moves the cursor over the event it was begun by) until it is over: none is lost, and none is begun twice.

pub mod actor;
pub mod api;
mod schedules;
pub mod store;
mod stream;
pub mod triggers;
mod work;

use serde_json::{Map, Value, json};

use crate::store::sql::text_enum;

text_enum! {
    /// What began a run.
    pub enum Cause { Schedule = "schedule", Event = "event", Row = "row", Webhook = "webhook" }
}

/// Runs that begin runs, at most: a script that sets itself off ends here.
pub const MAX_DEPTH: i64 = 5;
/// Runs of one bot that may be there at once; beyond it calls are refused.
pub const MOST: i64 = 1_000;

/// Something that may begin scripts.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    pub cause: Cause,
    /// What scripts know it by: see [`triggers::normal`]; of a row `insert pedidos`, of a webhook its path.
    pub name: String,
    /// The conversation, contact or attendant it is about.
    pub subject: Option<String>,
    /// Variables that a script begins with.
    pub input: Map<String, Value>,
    /// How many runs led to it.
    pub depth: i64,
}

impl Signal {
    /// Scripts find `event`, `data` and, by their names, the fields of `data`.
    pub fn new(cause: Cause, name: &str, data: &Value) -> Self {
        let mut input: Map<String, Value> = Map::new();
        if let Value::Object(fields) = data {
            input.extend(fields.iter().map(|(name, value)| (name.to_lowercase(), value.clone())));
        }
        input.insert("event".to_owned(), json!(name));
        input.insert("data".to_owned(), data.clone());
        Signal { cause, name: name.to_owned(), subject: None, input, depth: 0 }
    }

    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.input.insert(name.to_owned(), value);
        self
    }

    pub fn about(mut self, subject: Option<String>) -> Self {
        self.subject = subject;
        self
    }

    pub fn after(mut self, depth: i64) -> Self {
        self.depth = depth;
        self
    }
}
