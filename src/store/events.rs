//! The event stream: one per organization, `seq` gap-free and strictly increasing, kept for resuming sockets.
//!
//! Only the writer thread appends, inside the transaction of the change that the event tells about, so an event exists
//! exactly when its change does. The frame on the wire is built once and shared by every socket.

use bytestring::ByteString;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::connection::{AnyConnection, on_each};
use super::schema::events;
use super::sql::Json;
use crate::clock::Timestamp;
use crate::ids::{OrganizationId, QueueId, UserId};

/// Who may see an event; the same rule as for the conversation itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// Everyone of the organization.
    All,
    /// Administrators, supervisors and viewers.
    Supervisors,
    /// Supervisors, the members of these queues and these attendants.
    Conversation { queues: Vec<QueueId>, attendants: Vec<UserId> },
}

/// Something that happened, before it has a place in the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub organization_id: OrganizationId,
    /// Its wire name (`conversation_accepted`).
    pub kind: &'static str,
    pub at: Timestamp,
    pub audience: Audience,
    /// Flat fields beside `seq`, `type` and `at`.
    pub body: Map<String, Value>,
}

/// An event with its place in the stream, ready to be written to sockets.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    pub organization_id: OrganizationId,
    /// 0: not of the stream, only passing by (`Bus::transient`).
    pub seq: i64,
    pub kind: String,
    pub audience: Audience,
    /// `{"seq":1042,"type":"…","at":"…",…}`
    pub frame: ByteString,
}

#[derive(Insertable)]
#[diesel(table_name = events)]
struct Row<'a> {
    organization_id: OrganizationId,
    seq: i64,
    at: Timestamp,
    kind: &'a str,
    audience: String,
    payload: String,
}

fn frame(seq: i64, kind: &str, at: Timestamp, payload: &str) -> ByteString {
    let rest = payload.strip_prefix('{').unwrap_or("}");
    let comma = if rest.starts_with('}') { "" } else { "," };
    format!("{{\"seq\":{seq},\"type\":\"{kind}\",\"at\":\"{at}\"{comma}{rest}").into()
}

/// The last `seq` of an organization; 0 before its first event. Pruning never removes the newest row.
pub fn last_seq(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<i64> {
    events::table
        .filter(events::organization_id.eq(organization))
        .order(events::seq.desc())
        .select(events::seq)
        .first(db)
        .optional()
        .map(|seq| seq.unwrap_or(0))
}

/// Appends `events`, which already have their `seq`.
pub(super) fn append(db: &mut AnyConnection, numbered: &[(i64, &Event)]) -> QueryResult<Vec<StoredEvent>> {
    let mut rows = Vec::with_capacity(numbered.len());
    let mut stored = Vec::with_capacity(numbered.len());
    for (seq, event) in numbered {
        let text = |error: serde_json::Error| diesel::result::Error::SerializationError(Box::new(error));
        let payload = serde_json::to_string(&event.body).map_err(text)?;
        stored.push(StoredEvent {
            organization_id: event.organization_id,
            seq: *seq,
            kind: event.kind.to_owned(),
            audience: event.audience.clone(),
            frame: frame(*seq, event.kind, event.at, &payload),
        });
        rows.push(Row {
            organization_id: event.organization_id,
            seq: *seq,
            at: event.at,
            kind: event.kind,
            audience: serde_json::to_string(&event.audience).map_err(text)?,
            payload,
        });
    }
    insert_rows!(db, events::table, rows.iter().collect::<Vec<_>>())?;
    Ok(stored)
}

/// Events after `after`, oldest first, at most `limit`. `None`: the stream no longer reaches back that far (`resync`).
pub fn since(
    db: &mut AnyConnection,
    organization: OrganizationId,
    after: i64,
    limit: i64,
) -> QueryResult<Option<Vec<StoredEvent>>> {
    let rows: Vec<(i64, Timestamp, String, Json<Audience>, String)> = events::table
        .filter(events::organization_id.eq(organization))
        .filter(events::seq.gt(after))
        .order(events::seq)
        .limit(limit)
        .select((events::seq, events::at, events::kind, events::audience, events::payload))
        .load::<(i64, Timestamp, String, String, String)>(db)?
        .into_iter()
        .map(|(seq, at, kind, audience, payload)| {
            serde_json::from_str(&audience).map(|audience| (seq, at, kind, Json(audience), payload))
        })
        .collect::<Result<_, _>>()
        .map_err(|error| diesel::result::Error::DeserializationError(Box::new(error)))?;
    match rows.first() {
        Some((seq, ..)) if *seq != after + 1 => return Ok(None),
        None if last_seq(db, organization)? != after => return Ok(None),
        _ => {}
    }
    Ok(Some(
        rows.into_iter()
            .map(|(seq, at, kind, Json(audience), payload)| StoredEvent {
                organization_id: organization,
                seq,
                frame: frame(seq, &kind, at, &payload),
                kind,
                audience,
            })
            .collect(),
    ))
}

/// Events of these kinds after `after` and up to `until`, oldest first, at most `limit`: seq, kind and body.
pub fn of_kinds(
    db: &mut AnyConnection,
    organization: OrganizationId,
    (after, until): (i64, i64),
    kinds: &[&str],
    limit: i64,
) -> QueryResult<Vec<(i64, String, Json<Value>)>> {
    events::table
        .filter(events::organization_id.eq(organization))
        .filter(events::seq.gt(after))
        .filter(events::seq.le(until))
        .filter(events::kind.eq_any(kinds.to_vec()))
        .order(events::seq)
        .limit(limit)
        .select((events::seq, events::kind, events::payload))
        .load(db)
}

/// Removes events older than `before` and further back than `keep` from the newest; the newest always stays.
pub fn prune(db: &mut AnyConnection, organization: OrganizationId, before: Timestamp, keep: i64) -> QueryResult<usize> {
    let newest = last_seq(db, organization)?;
    on_each!(db, c => diesel::delete(
        events::table
            .filter(events::organization_id.eq(organization))
            .filter(events::at.lt(before))
            .filter(events::seq.le(newest - keep.max(1))),
    )
    .execute(c))
}

use super::insert_rows;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_is_flat_json_with_seq_type_and_time_first() {
        let at = Timestamp::parse("2026-01-15T13:30:00.123Z").unwrap();
        assert_eq!(
            frame(1042, "typing", at, r#"{"session_id":"x"}"#).to_string(),
            r#"{"seq":1042,"type":"typing","at":"2026-01-15T13:30:00.123Z","session_id":"x"}"#
        );
        assert_eq!(
            frame(1, "ping", at, "{}").to_string(),
            r#"{"seq":1,"type":"ping","at":"2026-01-15T13:30:00.123Z"}"#
        );
    }
}
