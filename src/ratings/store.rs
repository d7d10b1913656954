//! Rows of ratings, and their sums for reports.

use std::time::Duration;

use diesel::prelude::*;
use serde_json::{Value, json};

use super::Scale;
use crate::clock::Timestamp;
use crate::conversations::{Conversation, Status};
use crate::ids::*;
use crate::store::connection::{AnyConnection, on_each};
use crate::store::events::{Audience, Event};
use crate::store::schema::ratings;

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
    /// On its scale.
    pub score: i64,
    pub comment: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub kind: Scale,
}

impl Rating {
    /// Of the last handoff, which must have ended; none when there is nothing to rate.
    pub fn of(
        conversation: &Conversation,
        kind: Scale,
        score: i64,
        comment: Option<String>,
        now: Timestamp,
    ) -> Option<Rating> {
        let (session, handoff) = (&conversation.session, conversation.handoff.as_ref()?);
        let ended = handoff.state == Status::Resolved && handoff.outcome.as_deref() != Some("abandoned");
        if !ended || handoff.resolved_at.is_none_or(|at| now.since(at) > EDITABLE) {
            return None;
        }
        Some(Rating {
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
            kind,
        })
    }

    /// What screens are told.
    pub fn told(&self) -> Option<Event> {
        let Value::Object(body) = json!({
            "session_id": self.session_id, "handoff_id": self.handoff_id,
            "csat": {"score": self.score, "scale": self.kind, "comment": self.comment},
        }) else {
            return None;
        };
        let audience = Audience::Conversation {
            queues: self.queue_id.into_iter().collect(),
            attendants: self.attendant_id.into_iter().collect(),
        };
        let organization_id = self.organization_id;
        Some(Event { organization_id, kind: "conversation_updated", at: self.updated_at, audience, body })
    }
}

/// Stores a rating; one of the same handoff is replaced.
pub fn put(db: &mut AnyConnection, rating: &Rating) -> QueryResult<usize> {
    on_each!(db, c => diesel::insert_into(ratings::table)
        .values(rating)
        .on_conflict(ratings::handoff_id)
        .do_update()
        .set((
            ratings::score.eq(rating.score),
            ratings::kind.eq(rating.kind),
            ratings::comment.eq(rating.comment.clone()),
            ratings::updated_at.eq(rating.updated_at),
        ))
        .execute(c))
}

pub fn of_session(db: &mut AnyConnection, session: SessionId) -> QueryResult<Vec<Rating>> {
    ratings::table.filter(ratings::session_id.eq(session)).select(ratings::all_columns).load(db)
}

pub fn of_handoff(db: &mut AnyConnection, handoff: HandoffId) -> QueryResult<Option<Rating>> {
    ratings::table.find(handoff).select(ratings::all_columns).first(db).optional()
}
