//! The outbox: what is to be sent, written in the transaction of its message, worked off by `channels/delivery.rs`.

use diesel::prelude::*;

use super::connection::AnyConnection;
use super::schema::outbox;
use super::sql::{Json, text_enum};
use crate::channels::adapter::Outbound;
use crate::clock::Timestamp;
use crate::ids::*;

text_enum! {
    /// `sending`: handed to the provider, the answer not yet stored; after a restart it counts as queued.
    pub enum OutboxState { Queued = "queued", Sending = "sending", Sent = "sent", Dead = "dead" }
}

/// One message on its way out.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = outbox, treat_none_as_default_value = false)]
pub struct OutboxRow {
    /// Time-ordered: the order within a session.
    pub id: OutboxId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    /// None for a notice to an attendant's own messenger.
    pub session_id: Option<SessionId>,
    pub message_id: Option<MessageId>,
    pub payload: Json<Outbound>,
    pub state: OutboxState,
    pub attempts: i64,
    /// Requests of a split message that the provider has accepted.
    pub parts_sent: i64,
    pub next_at: Timestamp,
    pub error: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What waits on a channel, oldest first.
pub fn waiting(
    db: &mut AnyConnection,
    channel: ChannelId,
    after: Option<OutboxId>,
    limit: i64,
) -> QueryResult<Vec<OutboxRow>> {
    let mut query = outbox::table
        .filter(outbox::channel_id.eq(channel))
        .filter(outbox::state.eq_any(["queued", "sending"]))
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(outbox::id.gt(after));
    }
    query.order(outbox::id).limit(limit).select(outbox::all_columns).load(db)
}

/// Channels with something to send.
pub fn channels_waiting(db: &mut AnyConnection) -> QueryResult<Vec<ChannelId>> {
    outbox::table.filter(outbox::state.eq_any(["queued", "sending"])).select(outbox::channel_id).distinct().load(db)
}

pub fn of_message(db: &mut AnyConnection, message: MessageId) -> QueryResult<Option<OutboxRow>> {
    outbox::table
        .filter(outbox::message_id.eq(message))
        .order(outbox::id.desc())
        .select(outbox::all_columns)
        .first(db)
        .optional()
}

/// Stores where a row stands.
pub fn save(db: &mut AnyConnection, row: &OutboxRow) -> QueryResult<usize> {
    diesel::update(outbox::table.find(row.id))
        .set((
            outbox::state.eq(row.state),
            outbox::attempts.eq(row.attempts),
            outbox::parts_sent.eq(row.parts_sent),
            outbox::next_at.eq(row.next_at),
            outbox::error.eq(row.error.as_deref()),
            outbox::updated_at.eq(row.updated_at),
        ))
        .execute(db)
}

/// Another try by a person: `new` takes the place of `old`, which is kept only if it was sent.
pub fn replace(db: &mut AnyConnection, old: &OutboxRow, new: &OutboxRow) -> QueryResult<usize> {
    diesel::delete(outbox::table.find(old.id).filter(outbox::state.ne("sent"))).execute(db)?;
    insert(db, new)
}

pub fn insert(db: &mut AnyConnection, row: &OutboxRow) -> QueryResult<usize> {
    diesel::insert_into(outbox::table).values(row).execute(db)
}

/// `(rows waiting, age of the oldest's creation)` per installation, for metrics.
pub fn depth(db: &mut AnyConnection) -> QueryResult<(i64, Option<Timestamp>)> {
    let open = || outbox::table.filter(outbox::state.eq_any(["queued", "sending"]));
    let count = open().count().get_result(db)?;
    let oldest = open().order(outbox::id).select(outbox::created_at).first(db).optional()?;
    Ok((count, oldest))
}

/// Removes sent rows older than `before`; dead ones stay for a retry by hand.
pub fn prune(db: &mut AnyConnection, before: Timestamp) -> QueryResult<usize> {
    diesel::delete(outbox::table.filter(outbox::state.eq("sent")).filter(outbox::updated_at.lt(before))).execute(db)
}

/// How one channel's outbox stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub queued: i64,
    pub oldest: Option<Timestamp>,
    pub dead: i64,
    /// The newest error among what waits or was given up, and when.
    pub last_error: Option<(String, Timestamp)>,
}

pub fn of_channel(db: &mut AnyConnection, channel: ChannelId) -> QueryResult<Standing> {
    let of_state = |states: &'static [&'static str]| {
        outbox::table.filter(outbox::channel_id.eq(channel)).filter(outbox::state.eq_any(states.to_vec()))
    };
    let last_error: Option<(Option<String>, Timestamp)> = of_state(&["queued", "sending", "dead"])
        .filter(outbox::error.is_not_null())
        .order(outbox::updated_at.desc())
        .select((outbox::error, outbox::updated_at))
        .first(db)
        .optional()?;
    Ok(Standing {
        queued: of_state(&["queued", "sending"]).count().get_result(db)?,
        oldest: of_state(&["queued", "sending"]).order(outbox::id).select(outbox::created_at).first(db).optional()?,
        dead: of_state(&["dead"]).count().get_result(db)?,
        last_error: last_error.and_then(|(error, at)| Some((error?, at))),
    })
}
