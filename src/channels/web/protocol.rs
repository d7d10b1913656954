//! Frames between the widget and us. Pure: texts in, [`FromVisitor`] out; what a visitor may see of messages and states,
//! as frames. A visitor never sees private notes, ids of people, or what a provider said of an error.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::api::extract::from_json;
use crate::api::problem::Problem;
use crate::channels::adapter::Kind;
use crate::clock::Timestamp;
use crate::conversations::view::MessageView;
use crate::conversations::{Attachment, Direction, MessageStatus, SenderKind, Status};
use crate::ids::*;
use crate::lang::Lang;
use crate::ratings::Scale;

pub const SUBPROTOCOL: &str = "attendance.chat.v1";
/// What precedes the token in the second subprotocol.
pub const TOKEN_PREFIX: &str = "visitor.";

/// What the widget may send.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromVisitor {
    Message {
        /// Chosen by the widget; the same one twice acts once.
        client_id: String,
        #[serde(default)]
        text: String,
        #[serde(default)]
        attachments: Vec<FileRef>,
        /// The machine half of a chosen answer.
        #[serde(default)]
        payload: Option<String>,
    },
    Typing {
        #[serde(default = "yes")]
        on: bool,
    },
    /// Everything up to `seq` was seen; without it, everything.
    Read {
        #[serde(default)]
        seq: Option<i64>,
    },
    Csat {
        score: i64,
        #[serde(default)]
        comment: Option<String>,
    },
    /// Asks for the messages after this one, as after a lost connection.
    Resume {
        last_seq: i64,
    },
    Ping,
}

fn yes() -> bool {
    true
}

/// A file uploaded before, by id; or the object its upload answered.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum FileRef {
    Id(AttachmentId),
    File { id: AttachmentId },
}

impl FileRef {
    pub fn id(&self) -> AttachmentId {
        match self {
            FileRef::Id(id) | FileRef::File { id } => *id,
        }
    }
}

/// Reads a frame; the refusal names the field.
pub fn read(text: &str) -> Result<FromVisitor, Problem> {
    from_json(text.as_bytes())
}

/// A file as a visitor gets it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VisitorFile {
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<AttachmentId>,
    pub mime: String,
    pub size: i64,
    pub name: String,
    /// Good for a day, without credentials; absent until the file is here.
    pub url: Option<String>,
}

/// Who wrote, without ids.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VisitorSender {
    pub kind: SenderKind,
    pub name: String,
}

/// A message as a visitor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VisitorMessage {
    #[schema(value_type = String, format = "uuid")]
    pub id: MessageId,
    /// Grows within the conversation; may have gaps.
    pub seq: i64,
    /// Of the visitor's own messages.
    pub client_id: Option<String>,
    /// `in`: the visitor wrote it.
    pub direction: Direction,
    pub sender: VisitorSender,
    pub kind: Kind,
    pub text: String,
    pub attachments: Vec<VisitorFile>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub reply_to: Option<MessageId>,
    /// Answers offered: `[{"id","label"}]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Value>,
    pub status: MessageStatus,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub edited_at: Option<Timestamp>,
    pub deleted: bool,
}

/// The key under which a visitor's message acts once: never one that another visitor or an attendant could use.
pub fn external_id(visitor: RecordId, client_id: &str) -> String {
    format!("web:{visitor}:{client_id}")
}

/// What the widget called a message, from the key it is stored under.
pub fn client_id(external_id: Option<&str>) -> Option<String> {
    external_id?.strip_prefix("web:")?.split_once(':').map(|(_, client)| client.to_owned())
}

/// The message for a visitor; none for private notes. `url` signs the address of a file.
pub fn message(view: &MessageView, url: impl Fn(AttachmentId) -> String) -> Option<VisitorMessage> {
    if view.private {
        return None;
    }
    let file = |file: &Attachment| VisitorFile {
        id: file.id,
        mime: file.mime.clone(),
        size: file.size,
        name: file.name.clone(),
        url: file.id.map(&url),
    };
    Some(VisitorMessage {
        id: view.id,
        seq: view.seq,
        client_id: client_id(view.external_id.as_deref()),
        direction: view.direction,
        sender: VisitorSender { kind: view.sender.kind, name: view.sender.name.clone() },
        kind: view.kind,
        text: view.text.clone(),
        attachments: view.attachments.iter().map(file).collect(),
        reply_to: view.reply_to,
        choices: view.extra.as_ref().and_then(|extra| extra.get("choices")).cloned(),
        status: view.status,
        created_at: view.created_at,
        edited_at: view.edited_at,
        deleted: view.deleted,
    })
}

/// Where the conversation stands, as a visitor is told.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct VisitorStatus {
    /// `bot`, `waiting`, `active` or `resolved`.
    pub status: &'static str,
    /// Place in the queue, from 1, while waiting.
    pub position: Option<usize>,
    /// Seconds; null when unknown.
    pub estimated_wait: Option<u64>,
    /// Who serves them.
    pub attendant: Option<VisitorSender>,
    /// A person has read what the visitor wrote up to here.
    pub seen_seq: Option<i64>,
}

/// An offer not yet accepted is still waiting, a pause is still with the attendant.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Bot => "bot",
        Status::Waiting | Status::Assigned => "waiting",
        Status::Active | Status::Pending => "active",
        Status::Resolved => "resolved",
    }
}

pub fn hello(session: SessionId, last_seq: i64, now: Timestamp, heartbeat: u64) -> Value {
    json!({"type": "hello", "session_id": session, "last_seq": last_seq, "server_time": now, "heartbeat": heartbeat})
}

pub fn message_frame(message: &VisitorMessage, updated: bool) -> Value {
    let mut frame = json!({"type": "message", "message": message});
    if updated {
        frame["updated"] = true.into();
    }
    frame
}

/// What became of a message: of theirs once stored, of ours as a second device reads it.
pub fn status_of_message(id: MessageId, client_id: Option<&str>, seq: Option<i64>, status: MessageStatus) -> Value {
    json!({"type": "message_status", "message_id": id, "client_id": client_id, "seq": seq, "status": status})
}

pub fn status(status: &VisitorStatus) -> Value {
    json!({
        "type": "status", "status": status.status, "position": status.position,
        "estimated_wait": status.estimated_wait, "attendant": status.attendant, "seen_seq": status.seen_seq,
    })
}

pub fn typing(from: &str, name: &str, on: bool) -> Value {
    json!({"type": "typing", "from": from, "name": name, "on": on})
}

/// `scale` is the best score; `kind` says what is asked: 1 to 5 of `csat`, 0 to 10 of `nps`.
pub fn csat_request(handoff: Option<HandoffId>, scale: Scale) -> Value {
    json!({"type": "csat_request", "handoff_id": handoff, "kind": scale, "scale": scale.range().end()})
}

pub fn csat_stored(score: i64) -> Value {
    json!({"type": "csat", "score": score, "stored": true})
}

/// Something was missed: fetch the session again.
pub fn resync() -> Value {
    json!({"type": "resync"})
}

pub fn pong() -> Value {
    json!({"type": "pong"})
}

pub fn error(problem: &Problem, client_id: Option<&str>, lang: Lang) -> Value {
    let retry_after = problem.retry_after;
    json!({"type": "error", "client_id": client_id, "problem": problem.body(lang, None), "retry_after": retry_after})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversations::view::Sender;

    #[test]
    fn frames_of_the_widget_are_read_and_rubbish_is_refused() {
        assert_eq!(
            read(r#"{"type":"message","client_id":"c1","text":"Oi"}"#).unwrap(),
            FromVisitor::Message { client_id: "c1".into(), text: "Oi".into(), attachments: vec![], payload: None }
        );
        assert_eq!(read(r#"{"type":"typing"}"#).unwrap(), FromVisitor::Typing { on: true });
        assert_eq!(read(r#"{"type":"read","seq":3}"#).unwrap(), FromVisitor::Read { seq: Some(3) });
        assert_eq!(read(r#"{"type":"csat","score":5}"#).unwrap(), FromVisitor::Csat { score: 5, comment: None });
        for rubbish in ["", "[]", "{}", r#"{"type":"drop"}"#, r#"{"type":"message"}"#, r#"{"type":"csat","score":"x"}"#]
        {
            assert!(read(rubbish).is_err(), "{rubbish}");
        }
        let id = AttachmentId::new();
        for files in [format!("[\"{id}\"]"), format!("[{{\"id\":\"{id}\",\"name\":\"x\"}}]")] {
            let frame = read(&format!(r#"{{"type":"message","client_id":"c","attachments":{files}}}"#)).unwrap();
            assert!(matches!(frame, FromVisitor::Message { attachments, .. } if attachments[0].id() == id));
        }
    }

    #[test]
    fn a_visitor_sees_no_notes_and_no_ids_of_people() {
        let visitor = RecordId::new();
        let file = AttachmentId::new();
        let mut view = MessageView {
            id: MessageId::new(),
            session_id: SessionId::new(),
            seq: 3,
            direction: Direction::Out,
            sender: Sender { kind: SenderKind::Attendant, id: Some(AnyId::new()), name: "Ana".into() },
            kind: Kind::Text,
            text: "Olá".into(),
            attachments: vec![Attachment {
                id: Some(file),
                mime: "image/png".into(),
                size: 3,
                name: "a.png".into(),
                reference: None,
            }],
            reply_to: None,
            private: false,
            status: MessageStatus::Sent,
            error: None,
            external_id: Some(external_id(visitor, "c:1")),
            client_id: Some("of the attendant".into()),
            extra: Some(json!({"choices": [{"id": "1", "label": "Sim"}], "secret": 1})),
            created_at: Timestamp::ZERO,
            sent_at: None,
            edited_at: None,
            deleted: false,
        };
        let seen = message(&view, |id| format!("/f/{id}")).unwrap();
        assert_eq!(seen.client_id.as_deref(), Some("c:1"));
        assert_eq!(seen.attachments[0].url, Some(format!("/f/{file}")));
        let text = serde_json::to_string(&message_frame(&seen, false)).unwrap();
        assert!(
            !text.contains("secret") && !text.contains("of the attendant") && !text.contains("session_id"),
            "{text}"
        );
        assert!(!text.contains(&view.sender.id.unwrap().to_string()));
        view.private = true;
        assert_eq!(message(&view, |_| String::new()), None);
    }
}
