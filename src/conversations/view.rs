//! How conversations and messages look on the wire: the shapes of REST answers and of events, built from rows.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Attachment, Conversation, Message, MessageError, MessageStatus, SenderKind};
use crate::catalog::Configuration;
use crate::channels::adapter::Kind;
use crate::clock::Timestamp;
use crate::ids::*;

/// Who wrote a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sender {
    pub kind: SenderKind,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<AnyId>,
    pub name: String,
}

/// A message as everyone sees it (20-api: sessions and messages).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    #[schema(value_type = String, format = "uuid")]
    pub id: MessageId,
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    /// Place in the conversation, from 1.
    pub seq: i64,
    pub direction: super::Direction,
    pub sender: Sender,
    pub kind: Kind,
    pub text: String,
    pub attachments: Vec<Attachment>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub reply_to: Option<MessageId>,
    /// A note among attendants; never sent to the customer.
    pub private: bool,
    pub status: MessageStatus,
    pub error: Option<MessageError>,
    pub external_id: Option<String>,
    pub client_id: Option<String>,
    /// Location, contact cards, reactions, choices, referral.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<Value>,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub sent_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub edited_at: Option<Timestamp>,
    pub deleted: bool,
}

impl From<&Message> for MessageView {
    fn from(message: &Message) -> Self {
        MessageView {
            id: message.id,
            session_id: message.session_id,
            seq: message.seq,
            direction: message.direction,
            sender: Sender { kind: message.sender_kind, id: message.sender_id, name: message.sender_name.clone() },
            kind: message.kind,
            // What a customer deleted stays in the audit copy only.
            text: if message.deleted { String::new() } else { message.text.clone() },
            attachments: match &message.attachments {
                Some(attachments) if !message.deleted => attachments.0.clone(),
                _ => Vec::new(),
            },
            reply_to: message.reply_to,
            private: message.private,
            status: message.status,
            error: message.error.as_ref().map(|error| error.0.clone()),
            external_id: message.external_id.clone(),
            client_id: message.client_id.clone(),
            extra: message.extra.as_ref().map(|extra| extra.0.clone()),
            created_at: message.created_at,
            sent_at: message.sent_at,
            edited_at: message.edited_at,
            deleted: message.deleted,
        }
    }
}

/// What events and cards say of the customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct CustomerBrief {
    #[schema(value_type = String, format = "uuid")]
    pub id: Option<ContactId>,
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub tier: Option<String>,
}

/// The fields every `conversation_*` event carries: enough to draw the card without asking again.
pub fn card(
    conversation: &Conversation,
    customer: &CustomerBrief,
    configuration: &Configuration,
) -> Map<String, Value> {
    let session = &conversation.session;
    let handoff = conversation.handoff.as_ref();
    let queue = session.queue_id.and_then(|id| configuration.queue(id));
    let attendant = session.attendant_id.and_then(|id| configuration.users.get(&id));
    let body = json!({
        "session_id": session.id,
        "handoff_id": session.handoff_id,
        "bot_id": session.bot_id,
        "channel": session.channel,
        "needs_human": session.needs_human,
        "status": session.status,
        "customer": customer,
        "message": session.last_message,
        "last_message_at": session.last_message_at,
        "queue": queue.map(|entry| json!({"id": entry.queue.id, "name": entry.queue.name})),
        "assigned_to": session.attendant_id,
        "assigned_to_name": attendant.map(|user| user.name.clone()),
        "offer_until": handoff.and_then(|handoff| handoff.offer_until),
        "priority": session.priority,
        "tags": session.tags.0,
        "subject": session.subject,
        "unread": session.unread,
        "snoozed_until": session.snoozed_until,
        "transfer_reason": handoff.map(|handoff| handoff.reason.clone()),
        "queued_at": handoff.map(|handoff| handoff.queued_at),
    });
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}
