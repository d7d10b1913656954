//! Rows of ratings, and their sums for reports.

use std::time::Duration;

use diesel::prelude::*;
use serde_json::json;

use crate::clock::Timestamp;
use crate::conversations::{Conversation, Status};
use crate::ids::*;
use crate::store::connection::{AnyConnection, on_each};
use crate::store::events::{Audience, Event};
use crate::store::schema::ratings;
use crate::store::{StoreError, Tx};

/// How long after a handoff ended its rating may still be given or changed.
const EDITABLE: Duration = Duration::from_secs(14 * 24 * 3600);

/// A rating's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ratings, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Rating {
    pub handoff_id: HandoffId,
    pub organization_id: OrganizationId,
    pub session_id: SessionId,
    pub contact_id: ContactId,
    /// The channel's kind.
    pub channel: String,
    pub queue_id: Option<QueueId>,
    pub attendant_id: Option<UserId>,
    /// 1 to 5.
    pub score: i64,
    pub comment: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Stores what the customer said of the last handoff, which must have ended; false when there is nothing to rate.
pub fn rate(
    tx: &mut Tx<'_>,
    conversation: &Conversation,
    score: i64,
    comment: Option<String>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (session, Some(handoff)) = (&conversation.session, &conversation.handoff) else { return Ok(false) };
    let ended = handoff.state == Status::Resolved && handoff.outcome.as_deref() != Some("abandoned");
    if !ended || handoff.resolved_at.is_none_or(|at| now.since(at) > EDITABLE) {
        return Ok(false);
    }
    let rating = Rating {
        handoff_id: handoff.id,
        organization_id: session.organization_id,
        session_id: session.id,
        contact_id: session.contact_id,
        channel: session.channel.clone(),
        queue_id: handoff.queue_id,
        attendant_id: handoff.attendant_id.or(handoff.resolved_by),
        score,
        comment,
        created_at: now,
        updated_at: now,
    };
    on_each!(tx.db, c => diesel::insert_into(ratings::table)
        .values(&rating)
        .on_conflict(ratings::handoff_id)
        .do_update()
        .set((
            ratings::score.eq(rating.score),
            ratings::comment.eq(rating.comment.clone()),
            ratings::updated_at.eq(now),
        ))
        .execute(c))?;
    let body = json!({"session_id": session.id, "handoff_id": handoff.id, "csat": {"score": score, "comment": rating.comment}});
    if let serde_json::Value::Object(body) = body {
        let audience = Audience::Conversation {
            queues: handoff.queue_id.into_iter().collect(),
            attendants: rating.attendant_id.into_iter().collect(),
        };
        tx.emit(Event {
            organization_id: session.organization_id,
            kind: "conversation_updated",
            at: now,
            audience,
            body,
        });
    }
    Ok(true)
}

pub fn of_session(db: &mut AnyConnection, session: SessionId) -> QueryResult<Vec<Rating>> {
    ratings::table.filter(ratings::session_id.eq(session)).select(ratings::all_columns).load(db)
}

pub fn of_handoff(db: &mut AnyConnection, handoff: HandoffId) -> QueryResult<Option<Rating>> {
    ratings::table.find(handoff).select(ratings::all_columns).first(db).optional()
}
