//! `/api/attendance/queues` and their members.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::actor::Recheck;
use super::hours::{Hours, HoursShape};
use super::routing::{Skill, Strategy};
use super::store::{self, Fallbacks, Member, Queue};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::attendants::actor::Reconsider;
use crate::audit;
use crate::auth::roles::Permission;
use crate::catalog::QueueEntry;
use crate::clock::Timestamp;
use crate::conversations::actor::place_unqueued;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::lang::{Lang, Message};
use crate::services::Services;
use crate::store::sql::Json as Column;
use crate::store::{StoreError, Tx};

const MAX_NAME: usize = 100;
const MAX_DESCRIPTION: usize = 1000;
/// What one person can be given at once at most.
const MAX_CONVERSATIONS: i64 = 500;

fn yes() -> bool {
    true
}

fn all() -> Vec<String> {
    vec!["all".to_owned()]
}

fn ten_minutes() -> i64 {
    600
}

/// A queue as it is created or replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueWrite {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Channel kinds it serves; `all` for every one.
    #[serde(default = "all")]
    pub channels: Vec<String>,
    /// Its members, with the default capacity; those who are members already keep theirs. Absent: unchanged.
    pub user_ids: Option<Vec<String>>,
    #[serde(default = "yes")]
    pub is_active: bool,
    /// Lower is looked at first.
    #[serde(default)]
    pub priority_order: i64,
    /// After this, the priority rises and it overflows; 0: never.
    #[serde(default = "ten_minutes")]
    pub max_wait_seconds: i64,
    #[serde(default = "yes")]
    pub auto_assign: bool,
    #[serde(default)]
    pub strategy: Strategy,
    /// Needed of every attendant who gets work from here.
    #[serde(default)]
    pub skills: Vec<Skill>,
    /// null: always open.
    pub hours: Option<HoursShape>,
    pub size_limit: Option<i64>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub overflow_queue_id: Option<QueueId>,
    #[serde(default)]
    pub fallback: Fallbacks,
    pub department: Option<String>,
    /// Topics and intents that lead here.
    #[serde(default)]
    pub topics: Vec<String>,
}

/// A queue with its members and what happens in it now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct QueueView {
    #[schema(value_type = String, format = "uuid")]
    pub id: QueueId,
    pub name: String,
    pub description: String,
    pub channels: Vec<String>,
    #[schema(value_type = Vec<String>)]
    pub user_ids: Vec<UserId>,
    pub members: Vec<MemberView>,
    pub is_active: bool,
    pub priority_order: i64,
    pub max_wait_seconds: i64,
    pub auto_assign: bool,
    pub strategy: Strategy,
    pub skills: Vec<Skill>,
    pub hours: Option<HoursShape>,
    pub size_limit: Option<i64>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub overflow_queue_id: Option<QueueId>,
    pub fallback: Fallbacks,
    pub department: Option<String>,
    pub topics: Vec<String>,
    /// Waiting now.
    pub length: usize,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub oldest_waiting_since: Option<Timestamp>,
    /// For one who joins now; null when unknown.
    pub estimated_wait_seconds: Option<u64>,
    pub attendants_online: u32,
    pub is_open: bool,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Timestamp,
}

impl QueueView {
    pub fn of(entry: &QueueEntry, services: &Services) -> Self {
        let queue = &entry.queue;
        let live = services.floor.queue(queue.id);
        let now = services.clock.now();
        QueueView {
            id: queue.id,
            name: queue.name.clone(),
            description: queue.description.clone(),
            channels: queue.channels.0.clone(),
            user_ids: entry.members.iter().map(|member| member.user_id).collect(),
            members: entry.members.iter().map(MemberView::of).collect(),
            is_active: queue.is_active,
            priority_order: queue.priority_order,
            max_wait_seconds: queue.max_wait_seconds,
            auto_assign: queue.auto_assign,
            strategy: queue.strategy,
            skills: queue.skills.0.clone(),
            hours: queue.hours.as_ref().map(|hours| hours.0.clone()),
            size_limit: queue.size_limit,
            overflow_queue_id: queue.overflow_queue_id,
            fallback: queue.fallback.0.clone(),
            department: queue.department.clone(),
            topics: queue.topics.0.clone(),
            estimated_wait_seconds: services
                .floor
                .estimated_wait(entry, live.waiting.len() + 1)
                .map(|wait| wait.as_secs()),
            length: live.waiting.len(),
            oldest_waiting_since: live.oldest,
            attendants_online: services.floor.working(entry),
            is_open: entry.hours.as_ref().is_none_or(|hours| hours.is_open(now)),
            created_at: queue.created_at,
            updated_at: queue.updated_at,
        }
    }
}

/// A member as added or replaced.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberWrite {
    /// Taken from the path when replacing one.
    pub user_id: Option<String>,
    #[serde(default = "five")]
    pub max_conversations: i64,
    /// Higher is preferred by the `priority` strategy.
    #[serde(default)]
    pub priority: i64,
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn five() -> i64 {
    5
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MemberView {
    #[schema(value_type = String, format = "uuid")]
    pub user_id: UserId,
    pub max_conversations: i64,
    pub priority: i64,
    pub is_active: bool,
}

impl MemberView {
    fn of(member: &Member) -> Self {
        MemberView {
            user_id: member.user_id,
            max_conversations: member.max_conversations,
            priority: member.priority,
            is_active: member.is_active,
        }
    }
}

/// Field errors of a queue, all at once.
fn check(write: &QueueWrite, id: Option<QueueId>, caller: &Caller) -> Result<Vec<UserId>, Problem> {
    let mut errors = Vec::new();
    let name = write.name.trim();
    if name.is_empty() {
        errors.push(FieldError::required("name"));
    } else if name.chars().count() > MAX_NAME {
        errors.push(FieldError::too_long("name", MAX_NAME));
    }
    if write.description.chars().count() > MAX_DESCRIPTION {
        errors.push(FieldError::too_long("description", MAX_DESCRIPTION));
    }
    if write.channels.is_empty() {
        errors.push(FieldError::required("channels"));
    }
    for (at, kind) in write.channels.iter().enumerate() {
        let known = kind == "all" || CHANNEL_KINDS.contains(&kind.as_str());
        if !known {
            errors.push(FieldError::unknown_value(format!("channels[{at}]"), CHANNEL_KINDS.join(", ")));
        }
    }
    if !(0..=604_800).contains(&write.max_wait_seconds) {
        errors.push(FieldError::out_of_range("max_wait_seconds", 0, 604_800));
    }
    if write.size_limit.is_some_and(|limit| !(1..=100_000).contains(&limit)) {
        errors.push(FieldError::out_of_range("size_limit", 1, 100_000));
    }
    if let Some(hours) = &write.hours
        && let Err(problems) = Hours::new(hours)
    {
        for problem in problems {
            let reason = Message { pt: problem.fault.describe(Lang::Pt), en: problem.fault.describe(Lang::En) };
            errors.push(FieldError::invalid(format!("hours.{}", problem.field), reason));
        }
    }
    for (at, skill) in write.skills.iter().enumerate() {
        if !(1..=5).contains(&skill.level) {
            errors.push(FieldError::out_of_range(format!("skills[{at}].level"), 1, 5));
        }
    }
    let other_queue = |queue: QueueId| Some(queue) != id && caller.configuration.queue(queue).is_some();
    if write.overflow_queue_id.is_some_and(|queue| !other_queue(queue)) {
        errors.push(FieldError::invalid("overflow_queue_id", ("precisa ser outra fila", "must be another queue")));
    }
    let fallbacks = [("out_of_hours", &write.fallback.out_of_hours), ("nobody_online", &write.fallback.nobody_online)];
    for (field, fallback) in fallbacks {
        let queue = fallback.as_ref().and_then(|fallback| fallback.queue_id);
        if queue.is_some_and(|queue| !other_queue(queue)) {
            errors.push(FieldError::invalid(
                format!("fallback.{field}.queue_id"),
                ("precisa ser outra fila", "must be another queue"),
            ));
        }
    }
    let mut users = Vec::new();
    for (at, text) in write.user_ids.iter().flatten().enumerate() {
        match caller.configuration.user_by_any_id(text) {
            Some(user) => users.push(user.id),
            None => errors.push(FieldError::invalid(format!("user_ids[{at}]"), ("não há essa pessoa", "no such user"))),
        }
    }
    if errors.is_empty() { Ok(users) } else { Err(Problem::validation(errors)) }
}

/// The channel kinds of the product.
pub const CHANNEL_KINDS: &[&str] =
    &["whatsapp", "telegram", "sms", "instagram", "messenger", "teams", "slack", "email", "web", "voice", "api"];

fn row(
    write: QueueWrite,
    id: QueueId,
    organization: OrganizationId,
    version: i64,
    created: Timestamp,
    now: Timestamp,
) -> Queue {
    Queue {
        id,
        organization_id: organization,
        name: write.name.trim().to_owned(),
        description: write.description,
        channels: Column(write.channels),
        is_active: write.is_active,
        priority_order: write.priority_order,
        max_wait_seconds: write.max_wait_seconds,
        auto_assign: write.auto_assign,
        strategy: write.strategy,
        skills: Column(write.skills),
        hours: write.hours.map(Column),
        size_limit: write.size_limit,
        overflow_queue_id: write.overflow_queue_id,
        fallback: Column(write.fallback),
        department: write.department,
        topics: Column(write.topics),
        version,
        created_at: created,
        updated_at: now,
    }
}

/// Sets the members to `users`: new ones get the default capacity, the others keep theirs.
fn set_members(
    tx: &mut Tx<'_>,
    queue: &Queue,
    known: &[Member],
    users: &[UserId],
    now: Timestamp,
) -> Result<(), StoreError> {
    for member in known.iter().filter(|member| !users.contains(&member.user_id)) {
        store::remove_member(tx.db, queue.organization_id, queue.id, member.user_id)?;
    }
    for user in users.iter().filter(|user| known.iter().all(|member| member.user_id != **user)) {
        let member = Member {
            organization_id: queue.organization_id,
            queue_id: queue.id,
            user_id: *user,
            is_active: true,
            max_conversations: five(),
            priority: 0,
            created_at: now,
        };
        store::put_member(tx.db, &member)?;
    }
    Ok(())
}

/// Lets the live objects know of a changed queue.
async fn changed(services: &Services, caller: &Caller, id: QueueId, members: &[UserId]) -> Result<(), Problem> {
    services.catalog.reload(caller.organization()).await?;
    for user in members {
        services.attendants().notify(*user, Reconsider);
    }
    services.queues().notify(id, Recheck);
    place_unqueued(services, caller.organization()).await?;
    Ok(())
}

fn view(services: &Services, id: QueueId) -> Result<QueueView, Problem> {
    let (_, entry) = services.catalog.of_queue(id).ok_or_else(Problem::not_found)?;
    Ok(QueueView::of(&entry, services))
}

/// A queue of the caller's organization.
fn find(caller: &Caller, id: QueueId) -> Result<std::sync::Arc<QueueEntry>, Problem> {
    caller.configuration.queue(id).cloned().ok_or_else(Problem::not_found)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Queues in the order in which they are looked at.
///
/// 200 · 422
#[utoipa::path(get, path = "/api/attendance/queues", params(ListQuery), tag = "queues",
    responses((status = 200, body = Page<QueueView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<ListQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewQueues)?;
    let order = |entry: &Arc<QueueEntry>| (entry.queue.priority_order, entry.queue.name.clone(), entry.queue.id);
    let page = Page::cut(caller.configuration.queues.clone(), query.limit, query.cursor.as_deref(), order)?;
    Ok(HttpResponse::Ok().json(page.map(|entry| QueueView::of(&entry, &services))))
}

/// 201 · 409 `duplicate` name · 422
#[utoipa::path(post, path = "/api/attendance/queues", tag = "queues", request_body = QueueWrite,
    responses((status = 201, body = QueueView)))]
pub async fn create(
    call: Call,
    Json(write): Json<QueueWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let users = check(&write, None, &call)?;
    let now = services.clock.now();
    let queue = row(write, QueueId::new(), call.organization(), 1, now, now);
    let (id, members) = (queue.id, users.clone());
    let line = call.line("queue.create", "queue", id).with(json!({"name": queue.name}));
    services
        .store
        .write("queue.create", move |tx| {
            store::insert(tx.db, &queue)?;
            set_members(tx, &queue, &[], &users, now)?;
            Ok(audit::store::record(tx, &line).map(drop)?)
        })
        .await?;
    changed(&services, &call, id, &members).await?;
    Ok(etag::created(1, format!("/api/attendance/queues/{id}"), &view(&services, id)?))
}

/// 200 · 404
#[utoipa::path(get, path = "/api/attendance/queues/{id}", tag = "queues", params(("id" = String, Path)),
    responses((status = 200, body = QueueView)))]
pub async fn get(caller: Caller, Path(id): Path<QueueId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewQueues)?;
    let entry = find(&caller, id)?;
    Ok(etag::ok(entry.queue.version, &QueueView::of(&entry, &services)))
}

/// A queue as the audit compares it.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    queue: &'a Queue,
    user_ids: BTreeSet<UserId>,
}

/// Replaces a queue; `user_ids` absent leaves the members alone.
///
/// 200 · 404 · 412 changed meanwhile · 422
#[utoipa::path(put, path = "/api/attendance/queues/{id}", tag = "queues", params(("id" = String, Path)),
    request_body = QueueWrite, responses((status = 200, body = QueueView)))]
pub async fn replace(
    call: Call,
    Path(id): Path<QueueId>,
    if_match: IfMatch,
    Json(write): Json<QueueWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let entry = find(&call, id)?;
    if_match.check(entry.queue.version)?;
    let users = check(&write, Some(id), &call)?;
    let names_members = write.user_ids.is_some();
    let now = services.clock.now();
    let queue = row(write, id, call.organization(), entry.queue.version + 1, entry.queue.created_at, now);
    let version = queue.version;
    let known = entry.members.clone();
    let mut touched: Vec<UserId> = known.iter().map(|member| member.user_id).collect();
    let before = Told { queue: &entry.queue, user_ids: touched.iter().copied().collect() };
    let user_ids = if names_members { users.iter().copied().collect() } else { before.user_ids.clone() };
    let after = Told { queue: &queue, user_ids };
    let line = call.line("queue.update", "queue", id).with(json!({"name": queue.name})).between(before, after);
    touched.extend(users.iter().copied());
    services
        .store
        .write("queue.replace", move |tx| {
            if store::update(tx.db, &queue)? == 0 {
                return Err(StoreError::Stale);
            }
            if names_members {
                set_members(tx, &queue, &known, &users, now)?;
            }
            Ok(audit::store::record(tx, &line).map(drop)?)
        })
        .await?;
    changed(&services, &call, id, &touched).await?;
    Ok(etag::ok(version, &view(&services, id)?))
}

/// 204 · 404 · 409 `in_use` while something waits in it or is offered from it · 412
#[utoipa::path(delete, path = "/api/attendance/queues/{id}", tag = "queues", params(("id" = String, Path)),
    responses((status = 204), (status = 412)))]
pub async fn delete(
    call: Call,
    Path(id): Path<QueueId>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let entry = find(&call, id)?;
    if_match.check(entry.queue.version)?;
    let organization = call.organization();
    let line = call.line("queue.delete", "queue", id).with(json!({"name": entry.queue.name}));
    services
        .store
        .write("queue.delete", move |tx| {
            if conversations::is_waited_for(tx.db, id)? {
                return Err(StoreError::Reference("handoffs".to_owned()));
            }
            store::delete(tx.db, organization, id)?;
            Ok(audit::store::record(tx, &line).map(drop)?)
        })
        .await?;
    services.catalog.reload(organization).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// 200 · 404 · 422
#[utoipa::path(get, path = "/api/attendance/queues/{id}/members", tag = "queues",
    params(("id" = String, Path), ListQuery), responses((status = 200, body = Page<MemberView>)))]
pub async fn members(
    caller: Caller,
    Path(id): Path<QueueId>,
    Query(query): Query<ListQuery>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewQueues)?;
    let entry = find(&caller, id)?;
    let page = Page::cut(entry.members.clone(), query.limit, query.cursor.as_deref(), |member| member.user_id)?;
    Ok(HttpResponse::Ok().json(page.map(|member| MemberView::of(&member))))
}

async fn put(
    call: &Call,
    services: &Services,
    id: QueueId,
    user: &str,
    field: &str,
    write: &MemberWrite,
) -> Result<MemberView, Problem> {
    call.may(Permission::ManageQueues)?;
    find(call, id)?;
    let Some(user) = call.configuration.user_by_any_id(user) else {
        return Err(Problem::field(FieldError::invalid(field, ("não há essa pessoa", "no such user"))));
    };
    if !(1..=MAX_CONVERSATIONS).contains(&write.max_conversations) {
        return Err(Problem::field(FieldError::out_of_range("max_conversations", 1, MAX_CONVERSATIONS)));
    }
    let now = services.clock.now();
    let member = Member {
        organization_id: call.organization(),
        queue_id: id,
        user_id: user.id,
        is_active: write.is_active,
        max_conversations: write.max_conversations,
        priority: write.priority,
        created_at: now,
    };
    let (view, user) = (MemberView::of(&member), user.id);
    let line = call.line("queue.member_set", "queue", id).with(json!({"user_id": user}));
    services
        .store
        .write("queue.member", move |tx| {
            store::put_member(tx.db, &member)?;
            Ok(audit::store::record(tx, &line).map(drop)?)
        })
        .await?;
    changed(services, call, id, &[user]).await?;
    Ok(view)
}

/// Adds a member, or replaces one.
///
/// 201 · 404 · 422
#[utoipa::path(post, path = "/api/attendance/queues/{id}/members", tag = "queues", params(("id" = String, Path)),
    request_body = MemberWrite, responses((status = 201, body = MemberView)))]
pub async fn add_member(
    call: Call,
    Path(id): Path<QueueId>,
    Json(write): Json<MemberWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let user = write.user_id.clone().ok_or_else(|| Problem::field(FieldError::required("user_id")))?;
    Ok(HttpResponse::Created().json(put(&call, &services, id, &user, "user_id", &write).await?))
}

/// 200 · 404 · 422
#[utoipa::path(put, path = "/api/attendance/queues/{id}/members/{user_id}", tag = "queues",
    params(("id" = String, Path), ("user_id" = String, Path)), request_body = MemberWrite,
    responses((status = 200, body = MemberView)))]
pub async fn replace_member(
    call: Call,
    Path((id, user)): Path<(QueueId, String)>,
    Json(write): Json<MemberWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(put(&call, &services, id, &user, "user_id", &write).await?))
}

/// 204 · 404
#[utoipa::path(delete, path = "/api/attendance/queues/{id}/members/{user_id}", tag = "queues",
    params(("id" = String, Path), ("user_id" = String, Path)), responses((status = 204)))]
pub async fn remove_member(
    call: Call,
    Path((id, user)): Path<(QueueId, String)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let entry = find(&call, id)?;
    let user = call.configuration.user_by_any_id(&user).map(|user| user.id).ok_or_else(Problem::not_found)?;
    entry.member(user).ok_or_else(Problem::not_found)?;
    let organization = call.organization();
    let line = call.line("queue.member_removed", "queue", id).with(json!({"user_id": user}));
    services
        .store
        .write("queue.remove_member", move |tx| {
            store::remove_member(tx.db, organization, id, user)?;
            Ok(audit::store::record(tx, &line).map(drop)?)
        })
        .await?;
    changed(&services, &call, id, &[user]).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/attendance/queues").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/api/attendance/queues/{id}")
                .route(web::get().to(get))
                .route(web::put().to(replace))
                .route(web::delete().to(delete)),
        )
        .service(
            web::resource("/api/attendance/queues/{id}/members")
                .route(web::get().to(members))
                .route(web::post().to(add_member)),
        )
        .service(
            web::resource("/api/attendance/queues/{id}/members/{user_id}")
                .route(web::put().to(replace_member))
                .route(web::delete().to(remove_member)),
        );
}

#[derive(OpenApi)]
#[openapi(
    paths(list, create, get, replace, delete, members, add_member, replace_member, remove_member),
    components(schemas(QueueWrite, QueueView, MemberWrite, MemberView))
)]
pub struct Doc;
