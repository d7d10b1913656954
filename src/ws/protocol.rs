//! The frames of `attendance.v1` (spec/20-api.md): text in, typed out, and back. Pure; events are framed where they are
//! stored (`store/events.rs`).

use bytestring::ByteString;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::extract::from_json;
use crate::api::problem::{FieldError, Problem};
use crate::attendants::Status;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::lang::Lang;

/// The subprotocol we speak.
pub const SUBPROTOCOL: &str = "attendance.v1";
/// What stands before the credential in the second subprotocol.
const BEARER: &str = "bearer.";
/// Bytes of one message at most.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Characters of a `ref` at most.
const REF_CHARS: usize = 200;

/// What a client asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    Resume(Resume),
    Send(Send),
    Take(Take),
    Decline(OfSession),
    Resolve(Resolve),
    Transfer(Transfer),
    Typing(OfSession),
    Read(OfSession),
    Status(SetStatus),
    Command(Typed),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    pub last_seq: i64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Send {
    pub session_id: SessionId,
    pub client_id: Option<String>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub attachments: Vec<AttachmentId>,
    pub reply_to: Option<MessageId>,
    #[serde(default)]
    pub private: bool,
    pub template: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// None: the next one.
    pub session_id: Option<SessionId>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfSession {
    pub session_id: SessionId,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    pub session_id: SessionId,
    pub note: Option<String>,
    pub outcome: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    pub session_id: SessionId,
    pub attendant_id: Option<String>,
    pub queue_id: Option<QueueId>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetStatus {
    pub status: Status,
    /// Somebody else's; a supervisor's right.
    pub user_id: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    pub text: String,
    /// The conversation on the screen.
    pub session_id: Option<SessionId>,
}

/// A frame with the `ref` its answer carries; the `ref` is known even when the rest cannot be read.
pub struct Read {
    pub reference: Option<Value>,
    pub frame: Result<Frame, Problem>,
}

/// Reads one text message.
pub fn read(text: &str) -> Read {
    let refused = |problem| Read { reference: None, frame: Err(problem) };
    let mut fields: Map<String, Value> = match from_json(text.as_bytes()) {
        Ok(fields) => fields,
        Err(problem) => return refused(problem),
    };
    let reference = match fields.remove("ref") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.chars().count() <= REF_CHARS => Some(Value::String(text)),
        Some(Value::Number(number)) => Some(Value::Number(number)),
        Some(_) => {
            return refused(Problem::field(FieldError::invalid(
                "ref",
                ("um texto de até 200 caracteres", "a string of at most 200 characters"),
            )));
        }
    };
    let frame = match fields.remove("type") {
        Some(Value::String(kind)) => typed(&kind, fields),
        Some(_) => Err(Problem::field(FieldError::invalid("type", ("um texto", "a string")))),
        None => Err(Problem::field(FieldError::required("type"))),
    };
    Read { reference, frame }
}

fn typed(kind: &str, fields: Map<String, Value>) -> Result<Frame, Problem> {
    let body = Value::Object(fields).to_string();
    let body = body.as_bytes();
    Ok(match kind {
        "resume" => Frame::Resume(from_json(body)?),
        "send" => Frame::Send(from_json(body)?),
        "take" => Frame::Take(from_json(body)?),
        "decline" => Frame::Decline(from_json(body)?),
        "resolve" => Frame::Resolve(from_json(body)?),
        "transfer" => Frame::Transfer(from_json(body)?),
        "typing" => Frame::Typing(from_json(body)?),
        "read" => Frame::Read(from_json(body)?),
        "status" => Frame::Status(from_json(body)?),
        "command" => Frame::Command(from_json(body)?),
        _ => {
            let known = "resume, send, take, decline, resolve, transfer, typing, read, status, command";
            return Err(Problem::field(FieldError::unknown_value("type", known)));
        }
    })
}

/// The first frame: events after `seq` follow. `user` is the caller's own card.
pub fn hello(seq: i64, user: Value, now: Timestamp, heartbeat: u64) -> ByteString {
    json!({"type": "hello", "seq": seq, "user": user, "server_time": now, "heartbeat": heartbeat}).to_string().into()
}

/// Something was missed: load everything again, or ask at once for what came after the last one seen; events after `seq`
/// follow.
pub fn resync(seq: i64) -> ByteString {
    json!({"type": "resync", "seq": seq}).to_string().into()
}

pub fn ack(reference: &Value, data: Value) -> ByteString {
    json!({"type": "ack", "ref": reference, "data": data}).to_string().into()
}

/// `reference` is none for a frame that could not be read so far.
pub fn error(reference: Option<&Value>, problem: &Problem, lang: Lang) -> ByteString {
    json!({"type": "error", "ref": reference, "problem": problem.body(lang, None)}).to_string().into()
}

/// What `Sec-WebSocket-Protocol` offers: whether ours is among it, and the credential.
pub fn offered(header: &str) -> (bool, Option<&str>) {
    let mut offers = header.split(',').map(str::trim);
    let ours = offers.clone().any(|offer| offer == SUBPROTOCOL);
    (ours, offers.find_map(|offer| offer.strip_prefix(BEARER)).filter(|credential| !credential.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Code;
    use proptest::prelude::*;

    const SESSION: &str = "018f3c1e-0000-7000-8000-000000000000";

    fn code(text: &str) -> (Option<Value>, Code) {
        let Read { reference, frame } = read(text);
        (reference, frame.unwrap_err().code)
    }

    #[test]
    fn every_frame_of_the_contract_is_read() {
        let session: SessionId = SESSION.parse().unwrap();
        let of = |text: String| read(&text).frame.unwrap();
        assert_eq!(of(r#"{"type":"resume","last_seq":7}"#.into()), Frame::Resume(Resume { last_seq: 7 }));
        assert_eq!(of(r#"{"type":"take","ref":"1"}"#.into()), Frame::Take(Take { session_id: None }));
        for (kind, frame) in [
            ("decline", Frame::Decline(OfSession { session_id: session })),
            ("typing", Frame::Typing(OfSession { session_id: session })),
            ("read", Frame::Read(OfSession { session_id: session })),
            ("take", Frame::Take(Take { session_id: Some(session) })),
        ] {
            assert_eq!(of(format!(r#"{{"type":"{kind}","ref":"x","session_id":"{SESSION}"}}"#)), frame);
        }
        let sent = of(format!(r#"{{"type":"send","ref":"1","session_id":"{SESSION}","client_id":"c","text":"Olá"}}"#));
        assert!(matches!(sent, Frame::Send(send) if send.text == "Olá" && send.client_id.as_deref() == Some("c")));
        let status = of(r#"{"type":"status","status":"online"}"#.into());
        assert_eq!(status, Frame::Status(SetStatus { status: Status::Online, user_id: None }));
        assert!(
            matches!(of(r#"{"type":"command","text":"/fila"}"#.into()), Frame::Command(typed) if typed.text == "/fila")
        );
    }

    #[test]
    fn a_frame_that_cannot_be_read_is_refused_under_its_ref() {
        assert_eq!(code("{"), (None, Code::Malformed));
        assert_eq!(code("[]"), (None, Code::Validation));
        assert_eq!(code(r#"{"ref":"9"}"#), (Some("9".into()), Code::Validation));
        assert_eq!(code(r#"{"type":"dance","ref":9}"#), (Some(9.into()), Code::Validation));
        assert_eq!(code(r#"{"type":"send","ref":"2","text":"a"}"#), (Some("2".into()), Code::Validation));
        assert_eq!(code(r#"{"type":"take","ref":"3","sesion_id":1}"#), (Some("3".into()), Code::Validation));
        assert_eq!(code(r#"{"type":"take","ref":{}}"#), (None, Code::Validation));
    }

    #[test]
    fn the_credential_is_the_second_subprotocol() {
        assert_eq!(offered("attendance.v1, bearer.abc.def"), (true, Some("abc.def")));
        assert_eq!(offered("attendance.v1"), (true, None));
        assert_eq!(offered("bearer."), (false, None));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            drop(read(&text));
        }
    }
}
