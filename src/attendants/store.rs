//! Rows of people: users and where they work besides the console.

use diesel::prelude::*;
use serde_json::Value;

use super::Status;
use crate::auth::roles::Role;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::routing::Skill;
use crate::store::connection::AnyConnection;
use crate::store::schema::{attendant_messages, destinations, notices, users};
use crate::store::sql::Json;

/// A user's row: an account, and what routing needs to know of an attendant.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = users, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct User {
    pub id: UserId,
    pub organization_id: OrganizationId,
    pub name: String,
    /// Lower-case; none for accounts that only work from a messenger.
    pub email: Option<String>,
    pub password_hash: Option<String>,
    pub role: Role,
    pub locale: String,
    pub department: Option<String>,
    /// Free settings of the console and topics they like to serve (`topics`).
    pub preferences: Json<Value>,
    pub aliases: Json<Vec<String>>,
    pub external_id: Option<String>,
    /// Channel kinds they serve; `all`: every one.
    pub channels: Json<Vec<String>>,
    pub skills: Json<Vec<Skill>>,
    /// Where handoffs ring: `console`, `whatsapp`, ...
    pub default_destination: String,
    /// As wished; `busy` by load is derived by the live attendant.
    pub status: Status,
    pub status_since: Timestamp,
    /// Works by a console socket: losing the last one for the grace makes them away.
    pub console_presence: bool,
    /// Which conversation plain text from their messenger goes to.
    pub focus_session_id: Option<SessionId>,
    pub is_active: bool,
    pub failed_logins: i64,
    pub locked_until: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An address at which an attendant works.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = destinations, treat_none_as_default_value = false)]
pub struct Destination {
    pub id: RecordId,
    pub organization_id: OrganizationId,
    pub user_id: UserId,
    /// `whatsapp`, `telegram`, `teams`, `google_chat`, `slack`.
    pub kind: String,
    /// As the channel's adapter gives it: digits for WhatsApp.
    pub address: String,
    /// The channel through which they are reached.
    pub channel_id: Option<ChannelId>,
    pub created_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<User>> {
    users::table.filter(users::organization_id.eq(organization)).order(users::name).select(users::all_columns).load(db)
}

pub fn destinations_of_organization(
    db: &mut AnyConnection,
    organization: OrganizationId,
) -> QueryResult<Vec<Destination>> {
    destinations::table
        .filter(destinations::organization_id.eq(organization))
        .select(destinations::all_columns)
        .load(db)
}

pub fn by_email(db: &mut AnyConnection, email: &str) -> QueryResult<Option<User>> {
    users::table.filter(users::email.eq(email)).select(users::all_columns).first(db).optional()
}

pub fn find(db: &mut AnyConnection, id: UserId) -> QueryResult<Option<User>> {
    users::table.find(id).select(users::all_columns).first(db).optional()
}

pub fn insert(db: &mut AnyConnection, user: &User) -> QueryResult<usize> {
    diesel::insert_into(users::table).values(user).execute(db)
}

/// Saves when the stored version is one less; how many rows moved. Presence has its own writes and is left alone.
pub fn update(db: &mut AnyConnection, user: &User) -> QueryResult<usize> {
    diesel::update(
        users::table
            .find(user.id)
            .filter(users::organization_id.eq(user.organization_id))
            .filter(users::version.eq(user.version - 1)),
    )
    .set((
        users::name.eq(&user.name),
        users::email.eq(&user.email),
        users::password_hash.eq(&user.password_hash),
        users::role.eq(user.role),
        users::locale.eq(&user.locale),
        users::department.eq(&user.department),
        users::preferences.eq(&user.preferences),
        users::aliases.eq(&user.aliases),
        users::external_id.eq(&user.external_id),
        users::channels.eq(&user.channels),
        users::skills.eq(&user.skills),
        users::default_destination.eq(&user.default_destination),
        users::is_active.eq(user.is_active),
        users::version.eq(user.version),
        users::updated_at.eq(user.updated_at),
    ))
    .execute(db)
}

pub fn set_status(
    db: &mut AnyConnection,
    id: UserId,
    status: Status,
    console_presence: bool,
    at: Timestamp,
) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set((users::status.eq(status), users::console_presence.eq(console_presence), users::status_since.eq(at)))
        .execute(db)
}

pub fn set_focus(db: &mut AnyConnection, id: UserId, session: Option<SessionId>) -> QueryResult<usize> {
    diesel::update(users::table.find(id)).set(users::focus_session_id.eq(session)).execute(db)
}

/// Counts a failed login, or clears the count after a good one.
pub fn set_failures(
    db: &mut AnyConnection,
    id: UserId,
    failures: i64,
    locked_until: Option<Timestamp>,
) -> QueryResult<usize> {
    diesel::update(users::table.find(id))
        .set((users::failed_logins.eq(failures), users::locked_until.eq(locked_until)))
        .execute(db)
}

/// Replaces a hash of older parameters by a fresh one of the same password.
pub fn set_password_hash(db: &mut AnyConnection, id: UserId, hash: &str) -> QueryResult<usize> {
    diesel::update(users::table.find(id)).set(users::password_hash.eq(hash)).execute(db)
}

/// Replaces where a user works.
pub fn put_destinations(db: &mut AnyConnection, user: UserId, rows: &[Destination]) -> QueryResult<()> {
    diesel::delete(destinations::table.filter(destinations::user_id.eq(user))).execute(db)?;
    for row in rows {
        diesel::insert_into(destinations::table).values(row).execute(db)?;
    }
    Ok(())
}

/// Which conversation a text sent to an attendant's messenger was about.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = notices, treat_none_as_default_value = false)]
pub struct NoticeRow {
    pub outbox_id: OutboxId,
    pub organization_id: OrganizationId,
    pub channel_id: ChannelId,
    pub user_id: UserId,
    pub session_id: SessionId,
    /// The provider's id, once it was sent.
    pub external_id: Option<String>,
    pub created_at: Timestamp,
}

pub fn insert_notice(db: &mut AnyConnection, row: &NoticeRow) -> QueryResult<usize> {
    diesel::insert_into(notices::table).values(row).execute(db)
}

/// The provider has taken a notice under this id; nothing happens for what is no notice.
pub fn notice_sent(db: &mut AnyConnection, outbox: OutboxId, external: &str) -> QueryResult<usize> {
    diesel::update(notices::table.find(outbox)).set(notices::external_id.eq(external)).execute(db)
}

/// The conversation of a notice to this attendant.
pub fn notice_session(
    db: &mut AnyConnection,
    channel: ChannelId,
    external: &str,
    user: UserId,
) -> QueryResult<Option<SessionId>> {
    notices::table
        .filter(notices::channel_id.eq(channel))
        .filter(notices::external_id.eq(external))
        .filter(notices::user_id.eq(user))
        .select(notices::session_id)
        .first(db)
        .optional()
}

/// Whether this message of an attendant has been acted upon.
pub fn has_acted(db: &mut AnyConnection, channel: ChannelId, external: &str) -> QueryResult<bool> {
    let found: Option<UserId> =
        attendant_messages::table.find((channel, external)).select(attendant_messages::user_id).first(db).optional()?;
    Ok(found.is_some())
}

pub fn mark_acted(
    db: &mut AnyConnection,
    channel: ChannelId,
    external: &str,
    organization: OrganizationId,
    user: UserId,
    now: Timestamp,
) -> QueryResult<usize> {
    diesel::insert_into(attendant_messages::table)
        .values((
            attendant_messages::channel_id.eq(channel),
            attendant_messages::external_id.eq(external),
            attendant_messages::organization_id.eq(organization),
            attendant_messages::user_id.eq(user),
            attendant_messages::received_at.eq(now),
        ))
        .execute(db)
}

/// Forgets notices and messages that nobody quotes and no provider repeats any more.
pub fn prune_messenger(db: &mut AnyConnection, before: Timestamp) -> QueryResult<usize> {
    let notices = diesel::delete(notices::table.filter(notices::created_at.lt(before))).execute(db)?;
    let acted =
        diesel::delete(attendant_messages::table.filter(attendant_messages::received_at.lt(before))).execute(db)?;
    Ok(notices + acted)
}
