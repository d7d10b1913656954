//! Rows of queues and their members.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::hours::HoursShape;
use super::routing::{Skill, Strategy};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::store::connection::AnyConnection;
use crate::store::schema::{queue_members, queues};
use crate::store::sql::{Json, text_enum};

text_enum! {
    /// What happens to a customer who cannot be served now.
    pub enum FallbackAction {
        /// Told `text`; waits in the queue all the same.
        Message = "message",
        /// Asked for a number and a time; waits in the queue, tagged `callback`.
        Callback = "callback",
        /// Goes to another queue.
        Queue = "queue",
        /// Told `text`; the bot goes on.
        Bot = "bot",
    }
}

/// One policy of a queue for customers it cannot serve now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    pub action: FallbackAction,
    /// What the customer is told; without it, the product's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub queue_id: Option<QueueId>,
}

/// The fallbacks of a queue; without one, the customer is told and waits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Fallbacks {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of_hours: Option<Fallback>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nobody_online: Option<Fallback>,
}

/// A queue's row.
#[derive(Debug, Clone, PartialEq, Serialize, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = queues, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Queue {
    pub id: QueueId,
    pub organization_id: OrganizationId,
    pub name: String,
    pub description: String,
    /// Channel kinds it serves; empty or `all`: every one.
    pub channels: Json<Vec<String>>,
    pub is_active: bool,
    /// Lower is looked at first.
    pub priority_order: i64,
    pub max_wait_seconds: i64,
    pub auto_assign: bool,
    pub strategy: Strategy,
    /// Needed of every attendant who gets work from here.
    pub skills: Json<Vec<Skill>>,
    /// None: always open.
    pub hours: Option<Json<HoursShape>>,
    /// Waiting at most; then the overflow queue, or a refusal.
    pub size_limit: Option<i64>,
    pub overflow_queue_id: Option<QueueId>,
    pub fallback: Json<Fallbacks>,
    pub department: Option<String>,
    /// Topics and intents that lead here.
    pub topics: Json<Vec<String>>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A member's row.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = queue_members)]
#[diesel(primary_key(queue_id, user_id))]
pub struct Member {
    pub organization_id: OrganizationId,
    pub queue_id: QueueId,
    pub user_id: UserId,
    pub is_active: bool,
    pub max_conversations: i64,
    /// Higher is preferred by the `priority` strategy.
    pub priority: i64,
    pub created_at: Timestamp,
}

pub fn of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<Queue>> {
    queues::table
        .filter(queues::organization_id.eq(organization))
        .order((queues::priority_order, queues::name))
        .select(queues::all_columns)
        .load(db)
}

pub fn members_of_organization(db: &mut AnyConnection, organization: OrganizationId) -> QueryResult<Vec<Member>> {
    queue_members::table
        .filter(queue_members::organization_id.eq(organization))
        .order((queue_members::queue_id, queue_members::user_id))
        .select(queue_members::all_columns)
        .load(db)
}

pub fn insert(db: &mut AnyConnection, queue: &Queue) -> QueryResult<usize> {
    diesel::insert_into(queues::table).values(queue).execute(db)
}

/// Saves when the stored version is one less; how many rows moved.
pub fn update(db: &mut AnyConnection, queue: &Queue) -> QueryResult<usize> {
    diesel::update(
        queues::table
            .find(queue.id)
            .filter(queues::organization_id.eq(queue.organization_id))
            .filter(queues::version.eq(queue.version - 1)),
    )
    .set(queue)
    .execute(db)
}

pub fn delete(db: &mut AnyConnection, organization: OrganizationId, id: QueueId) -> QueryResult<usize> {
    diesel::delete(
        queue_members::table
            .filter(queue_members::queue_id.eq(id))
            .filter(queue_members::organization_id.eq(organization)),
    )
    .execute(db)?;
    diesel::delete(queues::table.find(id).filter(queues::organization_id.eq(organization))).execute(db)
}

pub fn is_member(db: &mut AnyConnection, queue: QueueId, user: UserId) -> QueryResult<bool> {
    queue_members::table.find((queue, user)).count().get_result::<i64>(db).map(|count| count > 0)
}

/// Replaces the row of one member.
pub fn put_member(db: &mut AnyConnection, member: &Member) -> QueryResult<usize> {
    remove_member(db, member.organization_id, member.queue_id, member.user_id)?;
    diesel::insert_into(queue_members::table).values(member).execute(db)
}

pub fn remove_member(
    db: &mut AnyConnection,
    organization: OrganizationId,
    queue: QueueId,
    user: UserId,
) -> QueryResult<usize> {
    diesel::delete(queue_members::table.find((queue, user)).filter(queue_members::organization_id.eq(organization)))
        .execute(db)
}
