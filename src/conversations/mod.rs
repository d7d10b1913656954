//! A conversation: the long-lived exchange of one contact with one bot on one channel (`session_id` on the wire), with
//! at most one current handoff, its episode of human attention.
//!
//! `lifecycle.rs` decides, `store.rs` keeps, `actor.rs` is the live object. The product's promise "two messages of one
//! conversation are handled one after the other" is that there is one actor per conversation.

pub mod actor;
pub mod api;
pub mod draft;
pub mod lifecycle;
pub mod lists;
pub mod notices;
pub mod store;
pub mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::basic::request::Media;
use crate::bot::BotState;
use crate::channels::adapter::{Address, Kind};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::routing::Skill;
use crate::store::sql::{Json, text_enum};

text_enum! {
    /// Where a conversation stands; all but `bot` are the state of its current handoff.
    pub enum Status {
        Bot = "bot",
        Waiting = "waiting",
        Assigned = "assigned",
        Active = "active",
        Pending = "pending",
        Resolved = "resolved",
    }
}

impl Status {
    /// The Kanban column; none while only the bot has it.
    pub fn column(self) -> Option<&'static str> {
        match self {
            Status::Bot => None,
            Status::Waiting | Status::Assigned => Some("new"),
            Status::Active => Some("active"),
            Status::Pending => Some("pending"),
            Status::Resolved => Some("resolved"),
        }
    }

    /// A person is responsible or being looked for.
    pub fn is_open(self) -> bool {
        matches!(self, Status::Waiting | Status::Assigned | Status::Active | Status::Pending)
    }
}

text_enum! {
    pub enum Direction { In = "in", Out = "out" }
}

text_enum! {
    pub enum SenderKind { Contact = "contact", Bot = "bot", Attendant = "attendant", System = "system" }
}

text_enum! {
    /// What became of a message; ours go from queued to read, theirs are received.
    pub enum MessageStatus {
        Received = "received",
        Queued = "queued",
        Sent = "sent",
        Delivered = "delivered",
        Read = "read",
        Failed = "failed",
    }
}

/// The session's row.
#[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable, diesel::Insertable, diesel::AsChangeset)]
#[diesel(table_name = crate::store::schema::sessions, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Session {
    pub id: SessionId,
    pub organization_id: OrganizationId,
    pub bot_id: BotId,
    pub channel_id: ChannelId,
    pub contact_id: ContactId,
    /// The channel's kind (`whatsapp`).
    pub channel: String,
    /// Where to send, most stable first.
    pub addresses: Json<Vec<Address>>,
    /// The switch: false, the bot answers; true, a person does.
    pub needs_human: bool,
    /// The current or last handoff.
    pub handoff_id: Option<HandoffId>,
    pub status: Status,
    /// Of the current or last handoff: decides who sees the conversation.
    pub queue_id: Option<QueueId>,
    pub attendant_id: Option<UserId>,
    /// The newest message's `seq`.
    pub last_seq: i64,
    pub last_message: String,
    pub last_message_at: Timestamp,
    pub last_in_at: Option<Timestamp>,
    pub last_out_at: Option<Timestamp>,
    /// Customer messages that no attendant has read.
    pub unread: i64,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: i64,
    pub subject: Option<String>,
    pub tags: Json<Vec<String>>,
    pub bot_state: Json<BotState>,
    pub variables: Json<BTreeMap<String, Value>>,
    pub snoozed_until: Option<Timestamp>,
    /// When the idle timer (pending, auto-resolve) is due, so that it is not rewritten for each message.
    pub idle_timer_at: Option<Timestamp>,
    /// Grows by one with every stored step.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The handoff's row: one episode of human attention, the unit of queueing, SLA and metrics.
#[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable, diesel::Insertable, diesel::AsChangeset)]
#[diesel(table_name = crate::store::schema::handoffs, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Handoff {
    pub id: HandoffId,
    pub organization_id: OrganizationId,
    pub session_id: SessionId,
    pub queue_id: Option<QueueId>,
    pub state: Status,
    /// Assigned, active, pending: who has it. Resolved: who had it.
    pub attendant_id: Option<UserId>,
    /// Assigned: until when the offer stands.
    pub offer_until: Option<Timestamp>,
    /// Assigned by a transfer: who gets it back on refusal.
    pub returns_to: Option<UserId>,
    pub priority: i64,
    pub skills: Json<Vec<Skill>>,
    /// Attendants who declined or let the offer pass in this round.
    pub skipped: Json<Vec<UserId>>,
    /// Why a person was needed, as told or found (`transfer_reason`).
    pub reason: String,
    pub cause: Cause,
    pub destination: Option<String>,
    pub preferred_attendant_id: Option<UserId>,
    /// How often waiting longer than the queue's maximum raised it.
    pub escalations: i64,
    pub transfers: i64,
    pub created_at: Timestamp,
    /// Its place in the queue; kept through offers and declines.
    pub queued_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub first_reply_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub resolved_by: Option<UserId>,
    pub outcome: Option<String>,
    pub note: Option<String>,
    pub state_since: Timestamp,
}

text_enum! {
    /// What started a handoff.
    pub enum Cause {
        Keyword = "keyword",
        Script = "script",
        BotGaveUp = "bot_gave_up",
        Sentiment = "sentiment",
        Intent = "intent",
        Llm = "llm",
        Bypass = "bypass",
        Campaign = "campaign",
        Api = "api",
        Customer = "customer",
        Call = "call",
        Reopened = "reopened",
        /// A message left outside business hours: nobody waits for it in front of a screen.
        Left = "left",
    }
}

/// The message's row.
#[derive(Debug, Clone, PartialEq, diesel::Queryable, diesel::Selectable, diesel::Insertable)]
#[diesel(table_name = crate::store::schema::messages, treat_none_as_default_value = false)]
pub struct Message {
    pub id: MessageId,
    pub organization_id: OrganizationId,
    pub session_id: SessionId,
    /// Place in the conversation, from 1, without gaps.
    pub seq: i64,
    pub channel_id: ChannelId,
    pub handoff_id: Option<HandoffId>,
    pub direction: Direction,
    pub sender_kind: SenderKind,
    pub sender_id: Option<AnyId>,
    pub sender_name: String,
    pub kind: Kind,
    pub text: String,
    pub attachments: Option<Json<Vec<Attachment>>>,
    pub reply_to: Option<MessageId>,
    /// A note among attendants: never leaves.
    pub private: bool,
    pub status: MessageStatus,
    pub error: Option<Json<MessageError>>,
    pub external_id: Option<String>,
    pub client_id: Option<String>,
    /// Structured content, referral, reactions, choices.
    pub extra: Option<Json<Value>>,
    pub created_at: Timestamp,
    /// When the sender sent it, by the provider's clock.
    pub sent_at: Option<Timestamp>,
    pub edited_at: Option<Timestamp>,
    pub deleted: bool,
}

/// A file of a message. `id` is set once it is stored here; before, `reference` names it at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attachment {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub id: Option<AttachmentId>,
    pub mime: String,
    /// Bytes; 0 while unknown.
    pub size: i64,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Attachment {
    /// A file at a public address, which whoever needs it fetches there.
    pub fn at(media: Media, url: String) -> Self {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let mime = match (media, name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str()) {
            (Media::Image, "png") => "image/png",
            (Media::Image, "webp") => "image/webp",
            (Media::Image, _) => "image/jpeg",
            (Media::Audio, "ogg") => "audio/ogg",
            (Media::Audio, _) => "audio/mpeg",
            (Media::Video, _) => "video/mp4",
            (Media::File, "pdf") => "application/pdf",
            (Media::File, _) => "application/octet-stream",
        };
        Attachment { id: None, mime: mime.to_owned(), size: 0, name, reference: Some(url) }
    }
}

/// Why a message could not be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MessageError {
    pub code: String,
    pub reason: String,
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Actor {
    Contact,
    Bot,
    System,
    Attendant { id: UserId, name: String },
}

impl Actor {
    pub fn kind(&self) -> SenderKind {
        match self {
            Actor::Contact => SenderKind::Contact,
            Actor::Bot => SenderKind::Bot,
            Actor::System => SenderKind::System,
            Actor::Attendant { .. } => SenderKind::Attendant,
        }
    }

    pub fn user(&self) -> Option<UserId> {
        match self {
            Actor::Attendant { id, .. } => Some(*id),
            _ => None,
        }
    }
}

/// A session with its current handoff: what one actor owns and what the lifecycle decides over.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub session: Session,
    pub handoff: Option<Handoff>,
}
