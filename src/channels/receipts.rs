//! What providers and readers tell of our messages: sent, delivered, read, failed. Statuses never go backwards; a read
//! receipt covers what was sent before it.

use diesel::prelude::*;
use serde_json::json;

use super::adapter::{Receipt, ReceiptStatus};
use crate::clock::Timestamp;
use crate::conversations::store as conversations;
use crate::conversations::{Message, MessageError, MessageStatus};
use crate::ids::*;
use crate::messages::status::{DeliveryStatus, advance};
use crate::services::Services;
use crate::store::connection::AnyConnection;
use crate::store::events::{Audience, Event};
use crate::store::schema::{messages, outbox, sessions};
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};

/// Applies a receipt; false when its message is not known.
pub async fn apply(services: &Services, channel: ChannelId, receipt: Receipt) -> Result<bool, StoreError> {
    let now = services.clock.now();
    services
        .store
        .write("message.receipt", move |tx| {
            let Some(message) = find(tx.db, channel, &receipt)? else { return Ok(false) };
            let (status, error) = match &receipt.status {
                ReceiptStatus::Sent => (MessageStatus::Sent, None),
                ReceiptStatus::Delivered => (MessageStatus::Delivered, None),
                ReceiptStatus::Read => (MessageStatus::Read, None),
                ReceiptStatus::Failed { code, reason } => {
                    let error = MessageError { code: code.clone(), reason: reason.clone() };
                    (MessageStatus::Failed, Some(error))
                }
            };
            if message.external_id.is_none() {
                // The receipt overtook the provider's answer to our request.
                diesel::update(messages::table.find(message.id))
                    .set((messages::external_id.eq(&receipt.external_id), messages::sent_at.eq(receipt.at)))
                    .execute(tx.db)?;
            }
            set(tx, &message, status, error, now)?;
            if status == MessageStatus::Read {
                read_until(tx, message.session_id, message.seq, now)?;
            }
            Ok(true)
        })
        .await
}

/// The message a receipt is about: by the provider's id, or by what we attached when sending.
fn find(db: &mut AnyConnection, channel: ChannelId, receipt: &Receipt) -> QueryResult<Option<Message>> {
    if let Some(message) = conversations::by_external_id(db, channel, &receipt.external_id)? {
        return Ok(Some(message));
    }
    let Some(row) = receipt.callback.as_deref().and_then(|id| id.parse::<OutboxId>().ok()) else { return Ok(None) };
    let message: Option<Option<MessageId>> = outbox::table
        .find(row)
        .filter(outbox::channel_id.eq(channel))
        .select(outbox::message_id)
        .first(db)
        .optional()?;
    match message.flatten() {
        Some(id) => messages::table.find(id).select(messages::all_columns).first(db).optional(),
        None => Ok(None),
    }
}

/// Everything of ours up to `seq` has been read.
pub fn read_until(tx: &mut Tx<'_>, session: SessionId, seq: i64, now: Timestamp) -> Result<(), StoreError> {
    for message in conversations::unread_until(tx.db, session, seq)? {
        set(tx, &message, MessageStatus::Read, None, now)?;
    }
    Ok(())
}

/// Moves a message's status forward and tells screens; backwards changes nothing.
pub fn set(
    tx: &mut Tx<'_>,
    message: &Message,
    status: MessageStatus,
    error: Option<MessageError>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let known = |status: MessageStatus| DeliveryStatus::parse(status.as_str());
    let (Some(current), Some(incoming)) = (known(message.status), known(status)) else { return Ok(false) };
    if advance(current, incoming).is_none() {
        return Ok(false);
    }
    force(tx, message, status, error, now)?;
    Ok(true)
}

/// Sets a status whatever it was: a person's retry makes a failed message queued again.
pub fn force(
    tx: &mut Tx<'_>,
    message: &Message,
    status: MessageStatus,
    error: Option<MessageError>,
    now: Timestamp,
) -> Result<(), StoreError> {
    diesel::update(messages::table.find(message.id))
        .set((messages::status.eq(status), messages::error.eq(error.clone().map(Json))))
        .execute(tx.db)?;
    let seen_by: Option<(Option<QueueId>, Option<UserId>)> = sessions::table
        .find(message.session_id)
        .select((sessions::queue_id, sessions::attendant_id))
        .first(tx.db)
        .optional()?;
    let (queue, attendant) = seen_by.unwrap_or_default();
    let body = json!({
        "session_id": message.session_id,
        "message_id": message.id,
        "client_id": message.client_id,
        "status": status,
        "error": error,
    });
    let serde_json::Value::Object(body) = body else { return Ok(()) };
    tx.emit(Event {
        organization_id: message.organization_id,
        kind: "message_status",
        at: now,
        audience: Audience::Conversation {
            queues: queue.into_iter().collect(),
            attendants: attendant.into_iter().collect(),
        },
        body,
    });
    metrics::counter!("attendance_message_status_total", "status" => status.as_str()).increment(1);
    Ok(())
}
