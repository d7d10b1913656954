//! Rows of conversations: sessions, messages, handoffs and their history.

use diesel::prelude::*;
use serde_json::Value;

use super::{Attachment, Conversation, Handoff, Message, MessageError, MessageStatus, SenderKind, Session, Status};
use crate::attachments::store::{self as files, DownloadRow};
use crate::attendants::store::{self as people, NoticeRow};
use crate::bot::runs::store::{self as runs, WaitRow};
use crate::bot::store::{self as bots, ErrorRow};
use crate::clock::Timestamp;
use crate::contacts::store::{self as contact_rows, Contact};
use crate::ids::*;
use crate::ratings::store::{self as ratings, Rating};
use crate::store::connection::{AnyConnection, on_each};
use crate::store::events::Event;
use crate::store::outbox::OutboxRow;
use crate::store::schema::{attachments, contacts, handoff_history, handoffs, messages, outbox, sessions};
use crate::store::sql::Json;
use crate::store::timers::{self, TimerRow};
use crate::store::{StoreError, insert_rows};

/// Everything one step of a conversation changes; stored in one transaction, with those of other conversations.
#[derive(Debug, Default)]
pub struct Rows {
    /// Its `version` is already the new one: the stored must be one less.
    pub session: Option<Session>,
    pub messages: Vec<Message>,
    pub changes: Vec<MessageChange>,
    pub handoff: Option<Handoff>,
    pub history: Vec<HistoryRow>,
    pub outbox: Vec<OutboxRow>,
    /// Files still at the provider.
    pub downloads: Vec<DownloadRow>,
    /// What texts of `outbox` to an attendant's own messenger are about.
    pub notices: Vec<NoticeRow>,
    pub timers: Vec<TimerRow>,
    pub cleared: Vec<(&'static str, SessionId)>,
    pub events: Vec<Event>,
    /// A contact who wants no campaign messages any more.
    pub opted_out: Option<(ContactId, Timestamp)>,
    /// Scripts that failed.
    pub bot_errors: Vec<ErrorRow>,
    /// What the customer thought of the handoff before.
    pub rating: Option<Rating>,
    /// What its script waits for to be published; none: as before.
    pub wait: Option<Wait>,
}

/// Whether a conversation's script waits for an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    For(WaitRow),
    NoMore(SessionId),
}

/// A change of a stored message.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageChange {
    pub id: MessageId,
    pub kind: Change,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    Status {
        status: MessageStatus,
        error: Option<MessageError>,
    },
    /// The provider's id of a message of ours.
    Accepted {
        external_id: String,
        at: Timestamp,
    },
    Edited {
        text: String,
        at: Timestamp,
    },
    Deleted,
    Extra(Value),
}

/// One line of a handoff's append-only history.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = handoff_history, treat_none_as_default_value = false)]
pub struct HistoryRow {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub handoff_id: HandoffId,
    pub session_id: SessionId,
    pub at: Timestamp,
    pub actor_kind: SenderKind,
    pub actor_id: Option<UserId>,
    pub cause: String,
    pub from_state: Status,
    pub to_state: Status,
    pub detail: Option<Json<Value>>,
}

/// Saves the steps of a group. [`StoreError::Stale`] when any session moved meanwhile; the caller then saves each alone.
pub fn save(db: &mut AnyConnection, steps: &[&Rows]) -> Result<(), StoreError> {
    if steps.is_empty() {
        return Ok(());
    }
    let new_messages: Vec<&Message> = steps.iter().flat_map(|rows| &rows.messages).collect();
    for message in &new_messages {
        files::claim(db, message)?;
    }
    if !new_messages.is_empty() {
        insert_rows!(db, messages::table, new_messages)?;
    }
    let changed: Vec<&Session> = steps.iter().filter_map(|rows| rows.session.as_ref()).collect();
    if !changed.is_empty() && save_sessions(db, &changed)? != changed.len() {
        return Err(StoreError::Stale);
    }
    for handoff in steps.iter().filter_map(|rows| rows.handoff.as_ref()) {
        on_each!(db, c => diesel::insert_into(handoffs::table)
            .values(handoff)
            .on_conflict(handoffs::id)
            .do_update()
            .set(handoff)
            .execute(c))?;
    }
    let history: Vec<&HistoryRow> = steps.iter().flat_map(|rows| &rows.history).collect();
    if !history.is_empty() {
        insert_rows!(db, handoff_history::table, history)?;
    }
    for change in steps.iter().flat_map(|rows| &rows.changes) {
        apply(db, change)?;
    }
    for (contact, at) in steps.iter().filter_map(|rows| rows.opted_out) {
        diesel::update(contacts::table.find(contact)).set(contacts::opted_out_at.eq(at)).execute(db)?;
    }
    let going_out: Vec<&OutboxRow> = steps.iter().flat_map(|rows| &rows.outbox).collect();
    if !going_out.is_empty() {
        insert_rows!(db, outbox::table, going_out)?;
    }
    let downloads: Vec<&DownloadRow> = steps.iter().flat_map(|rows| &rows.downloads).collect();
    if !downloads.is_empty() {
        files::insert_downloads(db, downloads)?;
    }
    for notice in steps.iter().flat_map(|rows| &rows.notices) {
        people::insert_notice(db, notice)?;
    }
    for error in steps.iter().flat_map(|rows| &rows.bot_errors) {
        bots::insert_error(db, error)?;
    }
    for wait in steps.iter().filter_map(|rows| rows.wait.as_ref()) {
        match wait {
            Wait::For(row) => runs::wait(db, row)?,
            Wait::NoMore(session) => runs::wait_no_more(db, *session)?,
        };
    }
    for rating in steps.iter().filter_map(|rows| rows.rating.as_ref()) {
        ratings::put(db, rating)?;
    }
    for (kind, subject) in steps.iter().flat_map(|rows| &rows.cleared) {
        timers::clear(db, kind, *subject)?;
    }
    for timer in steps.iter().flat_map(|rows| &rows.timers) {
        timers::set(db, timer)?;
    }
    Ok(())
}

/// Saves sessions whose stored version is one less; how many were.
fn save_sessions(db: &mut AnyConnection, changed: &[&Session]) -> QueryResult<usize> {
    use diesel::upsert::excluded;
    match db {
        AnyConnection::Sqlite(c) => {
            let mut saved = 0;
            for session in changed {
                saved +=
                    diesel::update(sessions::table.find(session.id).filter(sessions::version.eq(session.version - 1)))
                        .set(*session)
                        .execute(c)?;
            }
            Ok(saved)
        }
        // One statement for the whole group; the rows exist, so the insert always becomes the update.
        AnyConnection::Pg(c) => {
            let upsert = diesel::insert_into(sessions::table)
                .values(changed.to_vec())
                .on_conflict(sessions::id)
                .do_update()
                .set((
                    (
                        sessions::addresses.eq(excluded(sessions::addresses)),
                        sessions::needs_human.eq(excluded(sessions::needs_human)),
                        sessions::handoff_id.eq(excluded(sessions::handoff_id)),
                        sessions::status.eq(excluded(sessions::status)),
                        sessions::queue_id.eq(excluded(sessions::queue_id)),
                        sessions::attendant_id.eq(excluded(sessions::attendant_id)),
                        sessions::last_seq.eq(excluded(sessions::last_seq)),
                        sessions::last_message.eq(excluded(sessions::last_message)),
                        sessions::last_message_at.eq(excluded(sessions::last_message_at)),
                        sessions::last_in_at.eq(excluded(sessions::last_in_at)),
                        sessions::last_out_at.eq(excluded(sessions::last_out_at)),
                    ),
                    (
                        sessions::unread.eq(excluded(sessions::unread)),
                        sessions::priority.eq(excluded(sessions::priority)),
                        sessions::subject.eq(excluded(sessions::subject)),
                        sessions::tags.eq(excluded(sessions::tags)),
                        sessions::bot_state.eq(excluded(sessions::bot_state)),
                        sessions::variables.eq(excluded(sessions::variables)),
                        sessions::snoozed_until.eq(excluded(sessions::snoozed_until)),
                        sessions::idle_timer_at.eq(excluded(sessions::idle_timer_at)),
                        sessions::version.eq(excluded(sessions::version)),
                        sessions::updated_at.eq(excluded(sessions::updated_at)),
                        sessions::contact_id.eq(excluded(sessions::contact_id)),
                    ),
                ));
            // The version is the lock: a row that another step moved is not touched, and the count tells.
            let unmoved = sessions::version.eq(diesel::dsl::sql::<diesel::sql_types::BigInt>("excluded.version - 1"));
            diesel::query_dsl::methods::FilterDsl::filter(upsert, unmoved).execute(c)
        }
    }
}

fn apply(db: &mut AnyConnection, change: &MessageChange) -> QueryResult<()> {
    let row = messages::table.find(change.id);
    match &change.kind {
        Change::Status { status, error } => diesel::update(row)
            .set((messages::status.eq(*status), messages::error.eq(error.clone().map(Json))))
            .execute(db)?,
        Change::Accepted { external_id, at } => {
            diesel::update(row).set((messages::external_id.eq(external_id), messages::sent_at.eq(*at))).execute(db)?
        }
        Change::Edited { text, at } => {
            diesel::update(row).set((messages::text.eq(text), messages::edited_at.eq(*at))).execute(db)?
        }
        Change::Deleted => diesel::update(row).set(messages::deleted.eq(true)).execute(db)?,
        Change::Extra(extra) => diesel::update(row).set(messages::extra.eq(Some(Json(extra.clone())))).execute(db)?,
    };
    Ok(())
}

/// A session with its current handoff. `None`: no such session.
pub fn load(db: &mut AnyConnection, id: SessionId) -> QueryResult<Option<Conversation>> {
    let session: Option<Session> = sessions::table.find(id).select(sessions::all_columns).first(db).optional()?;
    let Some(session) = session else { return Ok(None) };
    let handoff = match session.handoff_id {
        Some(handoff) => handoffs::table.find(handoff).select(handoffs::all_columns).first(db).optional()?,
        None => None,
    };
    Ok(Some(Conversation { session, handoff }))
}

/// The same, seen from inside an organization.
pub fn find(db: &mut AnyConnection, organization: OrganizationId, id: SessionId) -> QueryResult<Option<Conversation>> {
    Ok(load(db, id)?.filter(|conversation| conversation.session.organization_id == organization))
}

pub fn insert_session(db: &mut AnyConnection, session: &Session) -> QueryResult<usize> {
    diesel::insert_into(sessions::table).values(session).execute(db)
}

pub fn session_of(db: &mut AnyConnection, channel: ChannelId, contact: ContactId) -> QueryResult<Option<SessionId>> {
    sessions::table
        .filter(sessions::channel_id.eq(channel))
        .filter(sessions::contact_id.eq(contact))
        .select(sessions::id)
        .first(db)
        .optional()
}

/// The message the provider knows by this id.
pub fn by_external_id(db: &mut AnyConnection, channel: ChannelId, external: &str) -> QueryResult<Option<Message>> {
    messages::table
        .filter(messages::channel_id.eq(channel))
        .filter(messages::external_id.eq(external))
        .select(messages::all_columns)
        .first(db)
        .optional()
}

pub fn by_client_id(db: &mut AnyConnection, session: SessionId, client: &str) -> QueryResult<Option<Message>> {
    messages::table
        .filter(messages::session_id.eq(session))
        .filter(messages::client_id.eq(client))
        .select(messages::all_columns)
        .first(db)
        .optional()
}

pub fn message(db: &mut AnyConnection, session: SessionId, id: MessageId) -> QueryResult<Option<Message>> {
    messages::table.find(id).filter(messages::session_id.eq(session)).select(messages::all_columns).first(db).optional()
}

/// The provider's id of a message that goes out again is of no use any more.
pub fn forget_external_id(db: &mut AnyConnection, id: MessageId) -> QueryResult<usize> {
    diesel::update(messages::table.find(id)).set(messages::external_id.eq(None::<String>)).execute(db)
}

/// The provider's id of the customer's newest message.
pub fn last_in(db: &mut AnyConnection, session: SessionId) -> QueryResult<Option<String>> {
    let found: Option<Option<String>> = messages::table
        .filter(messages::session_id.eq(session))
        .filter(messages::direction.eq("in"))
        .order(messages::seq.desc())
        .select(messages::external_id)
        .first(db)
        .optional()?;
    Ok(found.flatten())
}

/// Files to be put on a message, in the order asked for: those of this session and those this person uploaded.
pub fn files(
    db: &mut AnyConnection,
    organization: OrganizationId,
    session: SessionId,
    user: UserId,
    ids: &[AttachmentId],
) -> QueryResult<Vec<Attachment>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        let row: Option<(String, i64, String)> = attachments::table
            .find(id)
            .filter(attachments::organization_id.eq(organization))
            .filter(attachments::session_id.eq(session).or(attachments::created_by.eq(user)))
            .select((attachments::mime, attachments::size, attachments::name))
            .first(db)
            .optional()?;
        found.extend(row.map(|(mime, size, name)| Attachment { id: Some(*id), mime, size, name, reference: None }));
    }
    Ok(found)
}

/// Ours that the customer has not yet read as far as we know, up to `seq`: what a read receipt covers.
pub fn unread_until(db: &mut AnyConnection, session: SessionId, seq: i64) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(messages::session_id.eq(session))
        .filter(messages::direction.eq("out"))
        .filter(messages::private.eq(false))
        .filter(messages::status.eq_any(["queued", "sent", "delivered"]))
        .filter(messages::seq.le(seq))
        .order(messages::seq)
        .limit(500)
        .select(messages::all_columns)
        .load(db)
}

/// A page of messages, ascending by `seq`: before `before`, after `after`, or the newest; and whether more lie beyond.
pub fn page(
    db: &mut AnyConnection,
    session: SessionId,
    before: Option<i64>,
    after: Option<i64>,
    limit: i64,
    private: bool,
) -> QueryResult<(Vec<Message>, bool)> {
    let mut query = messages::table
        .filter(messages::session_id.eq(session))
        .limit(limit + 1)
        .select(messages::all_columns)
        .into_boxed();
    if !private {
        query = query.filter(messages::private.eq(false));
    }
    if let Some(before) = before {
        query = query.filter(messages::seq.lt(before));
    }
    let ascending = after.is_some();
    if let Some(after) = after {
        query = query.filter(messages::seq.gt(after)).order(messages::seq.asc());
    } else {
        query = query.order(messages::seq.desc());
    }
    let mut rows: Vec<Message> = query.load(db)?;
    let more = i64::try_from(rows.len()).unwrap_or(i64::MAX) > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(0));
    if !ascending {
        rows.reverse();
    }
    Ok((rows, more))
}

pub fn history(db: &mut AnyConnection, session: SessionId) -> QueryResult<Vec<HistoryRow>> {
    handoff_history::table
        .filter(handoff_history::session_id.eq(session))
        .order(handoff_history::id)
        .limit(500)
        .select(handoff_history::all_columns)
        .load(db)
}

pub fn handoffs_of(db: &mut AnyConnection, session: SessionId) -> QueryResult<Vec<Handoff>> {
    handoffs::table
        .filter(handoffs::session_id.eq(session))
        .order(handoffs::created_at)
        .limit(200)
        .select(handoffs::all_columns)
        .load(db)
}

/// What attendants noted among themselves, newest first.
pub fn notes_of(db: &mut AnyConnection, session: SessionId) -> QueryResult<Vec<Message>> {
    messages::table
        .filter(messages::session_id.eq(session))
        .filter(messages::private.eq(true))
        .order(messages::seq.desc())
        .limit(200)
        .select(messages::all_columns)
        .load(db)
}

/// What waits in a queue.
pub fn waiting_in(db: &mut AnyConnection, queue: QueueId) -> QueryResult<Vec<(Handoff, Session)>> {
    handoffs::table
        .inner_join(sessions::table)
        .filter(handoffs::queue_id.eq(queue))
        .filter(handoffs::state.eq("waiting"))
        .order(handoffs::queued_at)
        .select((handoffs::all_columns, sessions::all_columns))
        .load(db)
}

/// Conversations that a person has or that wait for one, the oldest first.
pub fn open_of(db: &mut AnyConnection, organization: OrganizationId, limit: i64) -> QueryResult<Vec<Session>> {
    let open = Status::ALL.iter().copied().filter(|status| status.is_open());
    sessions::table
        .filter(sessions::organization_id.eq(organization))
        .filter(sessions::status.eq_any(open.collect::<Vec<_>>()))
        .order(sessions::id)
        .limit(limit)
        .select(sessions::all_columns)
        .load(db)
}

/// What waits without a queue, the oldest first: the session and its channel's kind.
pub fn waiting_unqueued(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<(SessionId, String)>> {
    handoffs::table
        .inner_join(sessions::table)
        .filter(handoffs::organization_id.eq(organization))
        .filter(handoffs::state.eq("waiting"))
        .filter(handoffs::queue_id.is_null())
        .order(handoffs::queued_at)
        .select((handoffs::session_id, sessions::channel))
        .load(db)
}

/// Whether a queue is waited in, or what it has offered may come back to it.
pub fn is_waited_for(db: &mut AnyConnection, queue: QueueId) -> QueryResult<bool> {
    let some = handoffs::table
        .filter(handoffs::queue_id.eq(queue))
        .filter(handoffs::state.eq_any(["waiting", "assigned"]))
        .count()
        .get_result::<i64>(db)?;
    Ok(some > 0)
}

/// What an attendant has: offered, active and pending.
pub fn held_by(db: &mut AnyConnection, attendant: UserId) -> QueryResult<Vec<(SessionId, Status)>> {
    handoffs::table
        .filter(handoffs::attendant_id.eq(attendant))
        .filter(handoffs::state.eq_any(["assigned", "active", "pending"]))
        .order(handoffs::accepted_at)
        .select((handoffs::session_id, handoffs::state))
        .load(db)
}

/// Conversations with their customers, in the order of `ids`; those of other organizations are left out.
pub fn with_customers(
    db: &mut AnyConnection,
    organization: OrganizationId,
    ids: &[SessionId],
) -> QueryResult<Vec<(Conversation, Contact)>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(conversation) = find(db, organization, *id)?
            && let Some(contact) = contact_rows::find(db, organization, conversation.session.contact_id)?
        {
            found.push((conversation, contact));
        }
    }
    Ok(found)
}

/// Handoffs of a queue resolved or accepted since `since`: the basis of the estimated wait.
pub fn accepted_since(db: &mut AnyConnection, queue: QueueId, since: Timestamp) -> QueryResult<i64> {
    handoffs::table.filter(handoffs::queue_id.eq(queue)).filter(handoffs::accepted_at.ge(since)).count().get_result(db)
}

diesel::joinable!(handoffs -> sessions (session_id));
