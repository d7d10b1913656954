//! The columns of handoffs that figures are made of.

use std::collections::HashMap;
use std::time::Duration;

use diesel::prelude::*;

use super::insights::Episode;
use super::staffing::Demand;
use crate::clock::Timestamp;
use crate::conversations::Status;
use crate::ids::*;
use crate::ratings::Scale;
use crate::store::connection::AnyConnection;
use crate::store::schema::{handoff_history, handoffs, ratings, sessions};

type Row = (
    Timestamp,
    Option<Timestamp>,
    Option<Timestamp>,
    Option<Timestamp>,
    Status,
    Option<String>,
    i64,
    Option<QueueId>,
    Option<UserId>,
    String,
    Option<(Scale, i64)>,
);

/// How many conversations of a kind people have now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Open {
    pub channel: String,
    pub queue: Option<QueueId>,
    pub attendant: Option<UserId>,
    pub status: Status,
    pub count: i64,
}

/// What figures are narrowed to; `None` leaves it open.
#[derive(Debug, Clone, Default)]
pub struct Only {
    pub queue: Option<QueueId>,
    pub channel: Option<String>,
}

/// The conversations that wait for people or are with them.
pub fn open(db: &mut AnyConnection, organization: OrganizationId, only: &Only) -> QueryResult<Vec<Open>> {
    let mut query = sessions::table
        .filter(sessions::organization_id.eq(organization))
        .filter(sessions::needs_human.eq(true))
        .group_by((sessions::channel, sessions::queue_id, sessions::attendant_id, sessions::status))
        .select((
            sessions::channel,
            sessions::queue_id,
            sessions::attendant_id,
            sessions::status,
            diesel::dsl::count_star(),
        ))
        .into_boxed();
    if let Some(queue) = only.queue {
        query = query.filter(sessions::queue_id.eq(queue).assume_not_null());
    }
    if let Some(channel) = &only.channel {
        query = query.filter(sessions::channel.eq(channel.clone()));
    }
    query.load(db)
}

/// Handoffs begun in `from..to`, oldest first, at most `limit`.
pub fn episodes(
    db: &mut AnyConnection,
    organization: OrganizationId,
    only: &Only,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Episode>> {
    let mut query = handoffs::table
        .inner_join(sessions::table)
        .left_join(ratings::table.on(ratings::handoff_id.eq(handoffs::id)))
        .filter(handoffs::organization_id.eq(organization))
        .filter(handoffs::created_at.ge(from))
        .filter(handoffs::created_at.lt(to))
        .order(handoffs::created_at)
        .limit(limit)
        .select((
            handoffs::created_at,
            handoffs::accepted_at,
            handoffs::first_reply_at,
            handoffs::resolved_at,
            handoffs::state,
            handoffs::outcome,
            handoffs::transfers,
            handoffs::queue_id,
            handoffs::attendant_id,
            sessions::channel,
            (ratings::kind, ratings::score).nullable(),
        ))
        .into_boxed();
    if let Some(queue) = only.queue {
        query = query.filter(handoffs::queue_id.eq(queue).assume_not_null());
    }
    if let Some(channel) = &only.channel {
        query = query.filter(sessions::channel.eq(channel.clone()));
    }
    let rows: Vec<Row> = query.load(db)?;
    Ok(rows
        .into_iter()
        .map(
            |(
                created_at,
                accepted_at,
                first_reply_at,
                resolved_at,
                state,
                outcome,
                transfers,
                queue,
                attendant,
                channel,
                rating,
            )| {
                Episode {
                    created_at,
                    accepted_at,
                    first_reply_at,
                    resolved_at,
                    resolved: state == Status::Resolved,
                    abandoned: outcome.as_deref() == Some("abandoned"),
                    transfers,
                    queue,
                    attendant,
                    channel,
                    rating,
                }
            },
        )
        .collect())
}

/// Handoffs begun in `from..to` and how long each took its attendant; of more than `limit` the latest.
pub fn demand(
    db: &mut AnyConnection,
    organization: OrganizationId,
    queue: Option<QueueId>,
    from: Timestamp,
    to: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Demand>> {
    let mut query = handoffs::table
        .filter(handoffs::organization_id.eq(organization))
        .filter(handoffs::created_at.ge(from))
        .filter(handoffs::created_at.lt(to))
        .order(handoffs::created_at.desc())
        .limit(limit)
        .select((handoffs::id, handoffs::created_at, handoffs::accepted_at, handoffs::resolved_at))
        .into_boxed();
    // The customer's turn: each line is its beginning or its end.
    let mut turns =
        handoff_history::table
            .inner_join(handoffs::table.on(
                handoff_history::session_id.eq(handoffs::session_id).and(handoff_history::handoff_id.eq(handoffs::id)),
            ))
            .filter(handoffs::organization_id.eq(organization))
            .filter(handoffs::created_at.ge(from))
            .filter(handoffs::created_at.lt(to))
            .filter(handoff_history::from_state.eq(Status::Pending).or(handoff_history::to_state.eq(Status::Pending)))
            .order(handoff_history::id)
            .select((handoff_history::handoff_id, handoff_history::at, handoff_history::to_state))
            .into_boxed();
    if let Some(queue) = queue {
        query = query.filter(handoffs::queue_id.eq(queue).assume_not_null());
        turns = turns.filter(handoffs::queue_id.eq(queue).assume_not_null());
    }
    let rows: Vec<(HandoffId, Timestamp, Option<Timestamp>, Option<Timestamp>)> = query.load(db)?;
    let turns: Vec<(HandoffId, Timestamp, Status)> = turns.load(db)?;
    let mut began: HashMap<HandoffId, Timestamp> = HashMap::new();
    let mut pending: HashMap<HandoffId, Duration> = HashMap::new();
    for (id, at, state) in turns {
        if state == Status::Pending {
            began.entry(id).or_insert(at);
        } else if let Some(since) = began.remove(&id) {
            *pending.entry(id).or_default() += at.since(since);
        }
    }
    let handling = |id, accepted: Option<Timestamp>, resolved: Option<Timestamp>| {
        let turn = pending.get(&id).copied().unwrap_or_default();
        Some(resolved?.since(accepted?).saturating_sub(turn))
    };
    let demand =
        |(id, created_at, accepted, resolved)| Demand { created_at, handling: handling(id, accepted, resolved) };
    Ok(rows.into_iter().map(demand).collect())
}
