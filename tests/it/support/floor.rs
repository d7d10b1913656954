//! What happens on the floor again and again: a customer asks for a person, somebody takes it, time passes.

use std::time::Duration;

use attendance::store::connection::{AnyConnection, Database};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::api::{Answer, Api};
use super::socket::Socket;
use super::world::{Attendant, Customer, World};

/// Everything with a time of its own that a conversation or a script lives by.
const TIMES: [(&str, &[&str]); 5] = [
    ("script_runs", &["due_at", "created_at"]),
    ("script_schedules", &["next_at", "last_run_at", "last_end_at"]),
    ("timers", &["due_at"]),
    ("sessions", &["last_in_at", "last_out_at", "last_message_at", "created_at", "updated_at", "idle_timer_at"]),
    (
        "handoffs",
        &["created_at", "queued_at", "accepted_at", "first_reply_at", "resolved_at", "state_since", "offer_until"],
    ),
];

impl World {
    /// Sees everything: the administrator's console.
    pub async fn observer(&self) -> Socket {
        Socket::attendant(&self.admin).await
    }

    /// Changes settings of the organization.
    pub async fn set(&self, values: Value) {
        self.admin.put("/api/settings", json!({"values": values})).await.ok();
    }

    /// An attendant of one queue only, with an open console, online.
    pub async fn online_in(&self, queue: &str, name: &str, member: Value) -> (Attendant, Socket) {
        let attendant = self.person(name, "attendant").await;
        self.join(queue, &attendant, member).await;
        let console = Socket::attendant(&attendant.api).await;
        attendant.set_status("online").await;
        (attendant, console)
    }

    /// The customer asks for a person; the session.
    pub async fn asks(&self, customer: &Customer, console: &mut Socket) -> String {
        self.writes(customer, "quero falar com uma pessoa").await;
        let new = console.wait("new_conversation", |event| event["customer"]["name"] == customer.name.as_str()).await;
        new["session_id"].as_str().unwrap().to_owned()
    }

    /// Everything of one session.
    pub async fn session(&self, session: &str) -> Value {
        self.admin.get(&format!("/api/session/{session}")).await.ok()
    }

    /// The causes of a session's history, in order.
    pub async fn causes(&self, session: &str) -> Vec<String> {
        causes(&self.session(session).await)
    }

    /// Starts the server again, after some time has passed for every conversation.
    pub async fn pass(&mut self, by: Duration) {
        let mut statements = String::new();
        for (table, columns) in TIMES {
            let set: Vec<String> = columns.iter().map(|c| format!("{c} = {c} - {}", by.as_micros())).collect();
            statements.push_str(&format!("UPDATE {table} SET {};", set.join(", ")));
        }
        self.changed_while_away(&statements).await;
    }

    /// Starts the server again, after something else has changed its rows.
    pub async fn changed_while_away(&mut self, statements: &str) {
        assert!(self.server.terminate().success());
        let database = match &self.server.database_url {
            Some(url) => Database::Postgres(url.clone()),
            None => Database::Sqlite(self.server.path().join("data/attendance.db").display().to_string()),
        };
        match database.open(Duration::from_secs(5)).unwrap() {
            AnyConnection::Pg(mut db) => db.batch_execute(statements).unwrap(),
            AnyConnection::Sqlite(mut db) => db.batch_execute(statements).unwrap(),
        }
        self.server.launch();
        self.admin = self.admin.at(&self.server);
    }
}

impl Attendant {
    pub async fn take(&self, session: &str) -> Answer {
        self.api.post("/api/attendance/take", json!({"session_id": session})).await
    }

    pub async fn resolve(&self, session: &str) -> Value {
        self.api.post(&format!("/api/attendance/resolve/{session}"), json!({})).await.ok()
    }

    pub async fn transfer(&self, session: &str, to: Value) -> Answer {
        let mut body = json!({"session_id": session});
        body.as_object_mut().unwrap().extend(to.as_object().unwrap().clone());
        self.api.post("/api/attendance/transfer", body).await
    }

    /// Types a command into the console.
    pub async fn types(&self, text: &str) -> Value {
        self.api.post("/api/attendance/commands", json!({"text": text})).await.ok()
    }

    /// The same person on a server that was started again, with a new console.
    pub async fn back(&mut self, world: &World) -> Socket {
        self.api = Api::at(&self.api, &world.server);
        Socket::attendant(&self.api).await
    }
}

impl Socket {
    /// Waits for an event of one session.
    #[track_caller]
    pub fn of<'a>(&'a mut self, session: &'a str, kind: &'a str) -> impl Future<Output = Value> + 'a {
        self.wait(kind, move |event| event["session_id"] == session)
    }

    /// Waits for a transition of one session, by its cause.
    #[track_caller]
    pub fn cause<'a>(
        &'a mut self,
        session: &'a str,
        kind: &'a str,
        cause: &'a str,
    ) -> impl Future<Output = Value> + 'a {
        self.wait(kind, move |event| event["session_id"] == session && event["cause"] == cause)
    }

    /// Waits until one session is offered to that attendant.
    #[track_caller]
    pub fn offered<'a>(&'a mut self, session: &'a str, to: &'a Attendant) -> impl Future<Output = Value> + 'a {
        self.wait("conversation_assigned", move |event| {
            event["session_id"] == session && event["assigned_to"] == to.id.as_str()
        })
    }
}

/// The causes of a session's history, in order.
pub fn causes(session: &Value) -> Vec<String> {
    let lines = session["history"].as_array().unwrap().iter();
    lines.map(|line| line["cause"].as_str().unwrap().to_owned()).collect()
}

/// By which rule the routing explanation ruled somebody out.
pub fn ruled_out(session: &Value, attendant: &Attendant) -> Value {
    let candidates = session["routing"]["explanation"]["candidates"].as_array().unwrap();
    let found = candidates.iter().find(|candidate| candidate["attendant"] == attendant.id.as_str());
    found.unwrap_or_else(|| panic!("{candidates:#?}"))["ruled_out_by"].clone()
}
