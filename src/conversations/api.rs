//! `/api/sessions`, `/api/session/{id}` and the acts on conversations under `/api/attendance`: each extracts, asks the desk,
//! answers.

use std::collections::BTreeMap;

use actix_web::web::{self, Data};
use actix_web::{HttpResponse, Responder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::lists::{self, Filter, Order, QueueItem, QueueRef};
use super::store::{self, HistoryRow};
use super::view::{CustomerBrief, MessageView};
use super::{Conversation, Status};
use crate::api::caller::Caller;
use crate::api::extract::{Json, Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::{FieldError, Problem};
use crate::attendants::desk::{self, Draft, HandoffRequest, Tags, Target};
use crate::attendants::executor;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::contacts::store as contacts;
use crate::ids::*;
use crate::queues::actor::turn;
use crate::queues::routing::Skill;
use crate::services::Services;

/// A conversation after an act on it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionState {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    pub status: Status,
    pub needs_human: bool,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub handoff_id: Option<HandoffId>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub queue_id: Option<QueueId>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub assigned_to: Option<UserId>,
    pub assigned_to_name: Option<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub offer_until: Option<Timestamp>,
    /// From 1, while it waits.
    pub position: Option<usize>,
    /// Null when unknown.
    pub estimated_wait_seconds: Option<u64>,
    pub priority: i64,
    pub tags: Vec<String>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub snoozed_until: Option<Timestamp>,
}

impl SessionState {
    fn of(conversation: &Conversation, caller: &Caller, services: &Services) -> Self {
        let session = &conversation.session;
        let attendant = session.attendant_id.and_then(|id| caller.configuration.users.get(&id));
        let queue = session.queue_id.filter(|_| session.status == Status::Waiting);
        // The queue's own order knows the customer's tier; until it has taken this one up, the priority alone counts.
        let position = queue
            .zip(conversation.handoff.as_ref())
            .map(|(queue, handoff)| services.floor.queue(queue).position(session.id, turn(handoff, None)));
        let entry = queue.and_then(|queue| caller.configuration.queue(queue));
        let wait = entry.zip(position).and_then(|(entry, place)| services.floor.estimated_wait(entry, place));
        SessionState {
            session_id: session.id,
            status: session.status,
            needs_human: session.needs_human,
            handoff_id: session.handoff_id,
            queue_id: session.queue_id,
            assigned_to: session.attendant_id,
            assigned_to_name: attendant.map(|user| user.name.clone()),
            offer_until: conversation.handoff.as_ref().and_then(|handoff| handoff.offer_until),
            position,
            estimated_wait_seconds: wait.map(|wait| wait.as_secs()),
            priority: session.priority,
            tags: session.tags.0.clone(),
            snoozed_until: session.snoozed_until,
        }
    }
}

fn state(conversation: &Conversation, caller: &Caller, services: &Services) -> HttpResponse {
    HttpResponse::Ok().json(SessionState::of(conversation, caller, services))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct QueueQuery {
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    pub channel: Option<String>,
    /// `waiting`, `assigned`, `active`, `pending`, `resolved`, or the column `new`; everything open without.
    pub status: Option<String>,
    /// An attendant's id, or `me`.
    pub assigned_to: Option<String>,
    #[param(value_type = Option<String>)]
    pub bot_id: Option<BotId>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

const OPEN: [Status; 4] = [Status::Waiting, Status::Assigned, Status::Active, Status::Pending];

fn statuses(text: Option<&str>) -> Result<Option<Vec<Status>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let mut all = Vec::new();
    for name in text.split(',').map(str::trim) {
        match (name, Status::parse(name)) {
            ("new", _) => all.extend([Status::Waiting, Status::Assigned]),
            (_, Some(status)) => all.push(status),
            _ => {
                let known = "bot, waiting, assigned, active, pending, resolved, new";
                return Err(Problem::field(FieldError::unknown_value("status", known)));
            }
        }
    }
    Ok(Some(all))
}

fn attendant(caller: &Caller, field: &str, text: Option<&str>) -> Result<Option<UserId>, Problem> {
    match text {
        None => Ok(None),
        Some("me") => Ok(Some(caller.user.id)),
        Some(text) => match caller.configuration.user_by_any_id(text) {
            Some(user) => Ok(Some(user.id)),
            None => Err(Problem::field(FieldError::invalid(field, ("não há esse atendente", "no such attendant")))),
        },
    }
}

/// What waits and who is being served, longest in the queue first.
///
/// 200 · 422
#[utoipa::path(get, path = "/api/attendance/queue", params(QueueQuery), tag = "attendance",
    responses((status = 200, body = Page<QueueItem>)))]
pub async fn queue(
    caller: Caller,
    Query(query): Query<QueueQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewConversations)?;
    let limit = paging::limit(query.limit)?;
    let filter = Filter {
        statuses: Some(statuses(query.status.as_deref())?.unwrap_or_else(|| OPEN.to_vec())),
        queue: query.queue_id,
        channel: query.channel,
        attendant: attendant(&caller, "assigned_to", query.assigned_to.as_deref())?,
        bot: query.bot_id,
        ..Filter::default()
    };
    let after: Option<(i64, SessionId)> = paging::decode(query.cursor.as_deref())?;
    let order = Order::Oldest { after: after.map(|(at, id)| (Timestamp::from_micros(at), id)) };
    let principal = caller.principal.clone();
    let rows = services
        .store
        .read("attendance.queue", move |db| Ok(lists::list(db, &principal, &filter, order, limit + 1)?))
        .await?;
    let now = services.clock.now();
    let key = |row: &lists::Listed| (row.2.as_ref().map_or(0, |handoff| handoff.queued_at.micros()), row.0.id);
    let page = Page::of(rows, limit, key).map(|row| QueueItem::of(&row, &caller.configuration, &services.floor, now));
    Ok(HttpResponse::Ok().json(page))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct KanbanQuery {
    #[param(value_type = Option<String>)]
    pub bot_id: Option<BotId>,
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    /// An attendant's id, or `me`.
    pub attendant_id: Option<String>,
    pub tag: Option<String>,
    /// Words of the customer's name, phone or e-mail.
    pub q: Option<String>,
}

/// The board: up to 1,000 cards in each open column, the latest 100 resolved ones.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Kanban {
    pub columns: BTreeMap<String, Vec<QueueItem>>,
    /// All of each column, however many cards are shown.
    pub counts: BTreeMap<String, i64>,
}

const COLUMNS: [(&str, &[Status], i64); 4] = [
    ("new", &[Status::Waiting, Status::Assigned], 1000),
    ("active", &[Status::Active], 1000),
    ("pending", &[Status::Pending], 1000),
    ("resolved", &[Status::Resolved], 100),
];

/// 200 · 422
#[utoipa::path(get, path = "/api/attendance/kanban", params(KanbanQuery), tag = "attendance",
    responses((status = 200, body = Kanban)))]
pub async fn kanban(
    caller: Caller,
    Query(query): Query<KanbanQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewConversations)?;
    let filter = Filter {
        queue: query.queue_id,
        attendant: attendant(&caller, "attendant_id", query.attendant_id.as_deref())?,
        bot: query.bot_id,
        tag: query.tag,
        text: query.q,
        ..Filter::default()
    };
    let principal = caller.principal.clone();
    let (rows, counted) = services
        .store
        .read("attendance.kanban", move |db| {
            let mut rows = Vec::new();
            for (name, statuses, most) in COLUMNS {
                let filter = Filter { statuses: Some(statuses.to_vec()), ..filter.clone() };
                rows.push((name, lists::list(db, &principal, &filter, Order::Recent { after: None }, most)?));
            }
            Ok((rows, lists::counts(db, &principal, &filter)?))
        })
        .await?;
    let now = services.clock.now();
    let mut counts: BTreeMap<String, i64> = COLUMNS.iter().map(|(name, ..)| ((*name).to_owned(), 0)).collect();
    for (status, count) in counted {
        if let Some(count_of) = status.column().and_then(|column| counts.get_mut(column)) {
            *count_of += count;
        }
    }
    let columns = rows
        .into_iter()
        .map(|(name, rows)| {
            let card = |row: &lists::Listed| QueueItem::of(row, &caller.configuration, &services.floor, now);
            (name.to_owned(), rows.iter().map(card).collect())
        })
        .collect();
    Ok(HttpResponse::Ok().json(Kanban { columns, counts }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Move {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    pub from_status: String,
    pub to_status: String,
}

/// A card dragged to another column.
///
/// 200 · 404 · 409 no longer in `from_status`, or not possible
#[utoipa::path(put, path = "/api/attendance/kanban/move", tag = "attendance", request_body = Move,
    responses((status = 200, body = SessionState)))]
pub async fn kanban_move(
    caller: Caller,
    Json(move_): Json<Move>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done =
        desk::move_card(&services, &caller.worker(), move_.session_id, &move_.from_status, &move_.to_status).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Handoff {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    /// A queue's id or name.
    pub queue: Option<String>,
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: Option<i64>,
    pub reason: Option<String>,
    /// A queue, department, attendant or alias, by name.
    pub destination: Option<String>,
    #[serde(default)]
    pub skills: Vec<Skill>,
}

/// Puts a session into human hands.
///
/// 200 · 404 · 409 `invalid_transition` when a person already has it
#[utoipa::path(post, path = "/api/attendance/handoff", tag = "attendance", request_body = Handoff,
    responses((status = 200, body = SessionState)))]
pub async fn handoff(
    caller: Caller,
    Json(ask): Json<Handoff>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let request = HandoffRequest {
        queue: ask.queue,
        priority: ask.priority,
        reason: ask.reason,
        destination: ask.destination,
        skills: ask.skills,
    };
    let done = desk::handoff(&services, &caller.worker(), ask.session_id, request).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    /// An id, or the id of an imported list (`att-001`).
    pub attendant_id: String,
}

/// A supervisor gives a conversation to somebody.
///
/// 200 · 403 · 404 · 409
#[utoipa::path(post, path = "/api/attendance/assign", tag = "attendance", request_body = Assign,
    responses((status = 200, body = SessionState)))]
pub async fn assign(
    caller: Caller,
    Json(ask): Json<Assign>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::assign(&services, &caller.worker(), ask.session_id, &ask.attendant_id).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Take {
    /// The next of one's queues without.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub session_id: Option<SessionId>,
}

/// Accepts a conversation.
///
/// 200 · 404 · 409 `already_taken`, `at_capacity`, `nothing_waiting`
#[utoipa::path(post, path = "/api/attendance/take", tag = "attendance", request_body = Take,
    responses((status = 200, body = SessionState)))]
pub async fn take(caller: Caller, Json(ask): Json<Take>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    let done = desk::take(&services, &caller.worker(), ask.session_id).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Which {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
}

/// Refuses an offer; it returns to its place in the queue.
///
/// 200 · 404 · 409 `not_offered`
#[utoipa::path(post, path = "/api/attendance/decline", tag = "attendance", request_body = Which,
    responses((status = 200, body = SessionState)))]
pub async fn decline(
    caller: Caller,
    Json(ask): Json<Which>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::decline(&services, &caller.worker(), ask.session_id).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    pub attendant_id: Option<String>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub queue_id: Option<QueueId>,
    pub reason: Option<String>,
}

/// To an attendant or to a queue: exactly one of them.
///
/// 200 · 404 · 409 · 422
#[utoipa::path(post, path = "/api/attendance/transfer", tag = "attendance", request_body = Transfer,
    responses((status = 200, body = SessionState)))]
pub async fn transfer(
    caller: Caller,
    Json(ask): Json<Transfer>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let target = Target::from_fields(ask.attendant_id, ask.queue_id)?;
    let done = desk::transfer(&services, &caller.worker(), ask.session_id, target, ask.reason).await?;
    Ok(state(&done, &caller, &services))
}

/// Waiting for the customer's answer.
///
/// 200 · 404 · 409
#[utoipa::path(post, path = "/api/attendance/pending/{session_id}", tag = "attendance",
    params(("session_id" = String, Path)), responses((status = 200, body = SessionState)))]
pub async fn pending(
    caller: Caller,
    Path(id): Path<SessionId>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::pending(&services, &caller.worker(), id).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    pub note: Option<String>,
    /// `resolved` without.
    pub outcome: Option<String>,
}

/// Ends the handoff: the bot has the conversation again.
///
/// 200 · 404 · 409
#[utoipa::path(post, path = "/api/attendance/resolve/{session_id}", tag = "attendance",
    params(("session_id" = String, Path)), request_body = Resolve, responses((status = 200, body = SessionState)))]
pub async fn resolve(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(ask): Json<Resolve>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::resolve(&services, &caller.worker(), id, ask.note, ask.outcome).await?;
    Ok(state(&done, &caller, &services))
}

/// The older form of resolving, with the session in the body.
///
/// 200 · 404 · 409
#[utoipa::path(post, path = "/api/attendance/resolve", tag = "attendance", request_body = Which,
    responses((status = 200, body = SessionState)))]
pub async fn resolve_body(
    caller: Caller,
    Json(ask): Json<Which>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::resolve(&services, &caller.worker(), ask.session_id, None, None).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    #[schema(value_type = String, format = "uuid")]
    pub session_id: SessionId,
    pub message: String,
}

/// The older form of answering.
///
/// 201 · 404 · 409
#[utoipa::path(post, path = "/api/attendance/respond", tag = "attendance", request_body = Respond,
    responses((status = 201, body = MessageView)))]
pub async fn respond(
    caller: Caller,
    Json(ask): Json<Respond>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let draft = Draft { text: ask.message, ..Draft::default() };
    let message = desk::send(&services, &caller.worker(), ask.session_id, draft).await?;
    Ok(HttpResponse::Created().json(MessageView::from(&message)))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandLine {
    /// A command, or text for the conversation.
    pub text: String,
    /// The conversation it is about; the caller's focus without.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub session_id: Option<SessionId>,
}

/// What a command answered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommandAnswer {
    pub text: String,
    pub data: Value,
    /// Where plain text goes from now on.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub focus: Option<SessionId>,
}

/// The chat commands of attendants, as typed.
///
/// 200, also for a command that was refused: the answer says why
#[utoipa::path(post, path = "/api/attendance/commands", tag = "attendance", request_body = CommandLine,
    responses((status = 200, body = CommandAnswer)))]
pub async fn commands(
    caller: Caller,
    Json(ask): Json<CommandLine>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ServeConversations)?;
    if let Some(session) = ask.session_id {
        desk::see(&services, &caller.worker(), session).await?;
    }
    let focus = ask.session_id.or(caller.user.focus_session_id);
    let reply = executor::execute(&services, &caller.worker(), focus, &ask.text).await;
    Ok(HttpResponse::Ok().json(CommandAnswer { text: reply.text, data: reply.data, focus: reply.focus }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SessionsQuery {
    /// One or several, separated by commas.
    pub status: Option<String>,
    pub channel: Option<String>,
    #[param(value_type = Option<String>)]
    pub contact_id: Option<ContactId>,
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    #[param(value_type = Option<String>)]
    pub bot_id: Option<BotId>,
    /// An attendant's id, or `me`.
    pub assigned_to: Option<String>,
    pub needs_human: Option<bool>,
    pub tag: Option<String>,
    pub q: Option<String>,
    /// An attendant's id, or `me`: only conversations in which a recent private note of somebody else names them.
    pub mentions: Option<String>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// A session in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionItem {
    pub contact: CustomerBrief,
    #[serde(flatten)]
    pub item: QueueItem,
}

/// Conversations the caller may see, latest message first.
///
/// 200 · 422
#[utoipa::path(get, path = "/api/sessions", params(SessionsQuery), tag = "sessions",
    responses((status = 200, body = Page<SessionItem>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<SessionsQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewConversations)?;
    let limit = paging::limit(query.limit)?;
    let named = attendant(&caller, "mentions", query.mentions.as_deref())?;
    let named = named.and_then(|id| caller.configuration.users.get(&id)).cloned();
    let filter = Filter {
        statuses: statuses(query.status.as_deref())?,
        queue: query.queue_id,
        channel: query.channel,
        attendant: attendant(&caller, "assigned_to", query.assigned_to.as_deref())?,
        bot: query.bot_id,
        contact: query.contact_id,
        needs_human: query.needs_human,
        tag: query.tag,
        text: query.q,
        sessions: None,
    };
    let after: Option<(i64, SessionId)> = paging::decode(query.cursor.as_deref())?;
    let order = Order::Recent { after: after.map(|(at, id)| (Timestamp::from_micros(at), id)) };
    let principal = caller.principal.clone();
    let rows = services
        .store
        .read("sessions.list", move |db| {
            let sessions = match &named {
                Some(user) => {
                    let first = user.name.split_whitespace().next().unwrap_or_default();
                    let names: Vec<&str> = user.aliases.0.iter().map(String::as_str).chain([first]).collect();
                    Some(lists::mentioning(db, principal.organization, user.id, &names)?)
                }
                None => None,
            };
            let filter = Filter { sessions, ..filter.clone() };
            Ok(lists::list(db, &principal, &filter, order, limit + 1)?)
        })
        .await?;
    let now = services.clock.now();
    let page = Page::of(rows, limit, |row| (row.0.last_message_at.micros(), row.0.id)).map(|row| SessionItem {
        contact: row.1.brief(),
        item: QueueItem::of(&row, &caller.configuration, &services.floor, now),
    });
    Ok(HttpResponse::Ok().json(page))
}

/// One line of a handoff's history.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HistoryLine {
    #[schema(value_type = String, format = "uuid")]
    pub handoff_id: HandoffId,
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    pub actor_kind: super::SenderKind,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub actor_id: Option<UserId>,
    pub actor_name: Option<String>,
    pub cause: String,
    pub from: Status,
    pub to: Status,
    pub detail: Option<Value>,
}

/// A handoff as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandoffView {
    #[schema(value_type = String, format = "uuid")]
    pub id: HandoffId,
    pub state: Status,
    pub queue: Option<QueueRef>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub attendant_id: Option<UserId>,
    pub attendant_name: Option<String>,
    pub priority: i64,
    pub skills: Vec<Skill>,
    pub cause: super::Cause,
    pub transfer_reason: String,
    pub destination: Option<String>,
    pub transfers: i64,
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub accepted_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub first_reply_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub resolved_at: Option<Timestamp>,
    pub outcome: Option<String>,
    pub note: Option<String>,
}

/// Everything of one session.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionDetail {
    #[serde(flatten)]
    pub item: QueueItem,
    pub contact: CustomerBrief,
    #[schema(value_type = String, format = "uuid")]
    pub channel_id: ChannelId,
    pub variables: BTreeMap<String, Value>,
    /// The current or last one.
    pub handoff: Option<HandoffView>,
    pub handoffs: Vec<HandoffView>,
    pub history: Vec<HistoryLine>,
    /// Why the last attendant was chosen: candidates, who was ruled out by which rule, scores, the winner.
    pub routing: Option<Value>,
    pub estimated_wait_seconds: Option<u64>,
    /// Free text can be sent until then; null: always, or only templates when `window_open` is false.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub window_closes_at: Option<Timestamp>,
    pub window_open: bool,
}

/// 200 · 404
#[utoipa::path(get, path = "/api/session/{id}", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionDetail)))]
pub async fn get(caller: Caller, Path(id): Path<SessionId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewConversations)?;
    let organization = caller.organization();
    let found = services
        .store
        .read("session.get", move |db| {
            let Some(conversation) = store::find(db, organization, id)? else { return Ok(None) };
            let contact = contacts::find(db, organization, conversation.session.contact_id)?;
            Ok(Some((conversation, contact, store::history(db, id)?, store::handoffs_of(db, id)?)))
        })
        .await?;
    let (conversation, contact, history, handoffs) = found.ok_or_else(Problem::not_found)?;
    let session = &conversation.session;
    caller.sees(session.queue_id, session.attendant_id)?;
    let contact = contact.ok_or_else(Problem::not_found)?;
    let configuration = &caller.configuration;
    let name = |id: UserId| configuration.users.get(&id).map(|user| user.name.clone());
    let view = |handoff: &super::Handoff| HandoffView {
        id: handoff.id,
        state: handoff.state,
        queue: handoff
            .queue_id
            .and_then(|id| configuration.queue(id))
            .map(|entry| QueueRef { id: entry.queue.id, name: entry.queue.name.clone() }),
        attendant_id: handoff.attendant_id,
        attendant_name: handoff.attendant_id.and_then(name),
        priority: handoff.priority,
        skills: handoff.skills.0.clone(),
        cause: handoff.cause,
        transfer_reason: handoff.reason.clone(),
        destination: handoff.destination.clone(),
        transfers: handoff.transfers,
        created_at: handoff.created_at,
        accepted_at: handoff.accepted_at,
        first_reply_at: handoff.first_reply_at,
        resolved_at: handoff.resolved_at,
        outcome: handoff.outcome.clone(),
        note: handoff.note.clone(),
    };
    let line = |row: &HistoryRow| HistoryLine {
        handoff_id: row.handoff_id,
        at: row.at,
        actor_kind: row.actor_kind,
        actor_id: row.actor_id,
        actor_name: row.actor_id.and_then(name),
        cause: row.cause.clone(),
        from: row.from_state,
        to: row.to_state,
        detail: row.detail.as_ref().map(|detail| detail.0.clone()),
    };
    let offer = history.iter().rev().find(|row| row.cause == "offer");
    let now = services.clock.now();
    let channel = configuration.channels.get(&session.channel_id);
    let window = channel.and_then(|entry| entry.adapter.as_ref()).and_then(|adapter| adapter.window());
    let window_closes_at = window.zip(session.last_in_at).map(|(window, at)| at + window);
    let state = SessionState::of(&conversation, &caller, &services);
    let listed = (session.clone(), contact, conversation.handoff.clone());
    Ok(HttpResponse::Ok().json(SessionDetail {
        item: QueueItem::of(&listed, configuration, &services.floor, now),
        contact: listed.1.brief(),
        channel_id: session.channel_id,
        variables: session.variables.0.clone(),
        handoff: conversation.handoff.as_ref().map(view),
        handoffs: handoffs.iter().map(view).collect(),
        routing: offer.and_then(|row| row.detail.as_ref().map(|detail| detail.0.clone())),
        history: history.iter().map(line).collect(),
        estimated_wait_seconds: state.estimated_wait_seconds,
        window_closes_at,
        window_open: window.is_none() || window_closes_at.is_some_and(|at| at > now),
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MessagesQuery {
    /// Older than this `seq`.
    pub before: Option<i64>,
    /// Newer than this `seq`.
    pub after: Option<i64>,
    pub limit: Option<i64>,
}

/// A page of messages, ascending by `seq`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Messages {
    pub items: Vec<MessageView>,
    /// There are more in the direction asked for.
    pub has_more: bool,
}

/// Without `before` and `after`, the newest page.
///
/// 200 · 404 · 422
#[utoipa::path(get, path = "/api/sessions/{id}/messages", params(MessagesQuery, ("id" = String, Path)),
    tag = "sessions", responses((status = 200, body = Messages)))]
pub async fn messages(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(query): Query<MessagesQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewConversations)?;
    let limit = paging::limit(query.limit)?;
    if query.before.is_some() && query.after.is_some() {
        return Err(Problem::field(FieldError::invalid(
            "after",
            ("informe before ou after, um só", "give one of before, after"),
        )));
    }
    let organization = caller.organization();
    let found = services
        .store
        .read("session.messages", move |db| {
            let Some(conversation) = store::find(db, organization, id)? else { return Ok(None) };
            let page = store::page(db, id, query.before, query.after, limit, true)?;
            Ok(Some((conversation, page)))
        })
        .await?;
    let (conversation, (rows, has_more)) = found.ok_or_else(Problem::not_found)?;
    caller.sees(conversation.session.queue_id, conversation.session.attendant_id)?;
    Ok(HttpResponse::Ok().json(Messages { items: rows.iter().map(MessageView::from).collect(), has_more }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// The sender's own id of the message: sending again with the same one returns the first.
    pub client_id: Option<String>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub attachments: Vec<AttachmentId>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub reply_to: Option<MessageId>,
    /// A note for attendants only.
    #[serde(default)]
    pub private: bool,
    /// An approved template in the provider's own shape.
    pub template: Option<Value>,
}

/// Writes to the customer, or a private note.
///
/// 201 · 404 · 409 `window_closed`, `not_assigned` · 422
#[utoipa::path(post, path = "/api/sessions/{id}/messages", tag = "sessions", params(("id" = String, Path)),
    request_body = Send, responses((status = 201, body = MessageView)))]
pub async fn send(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(send): Json<Send>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let draft = Draft {
        client_id: send.client_id,
        text: send.text,
        attachments: send.attachments,
        reply_to: send.reply_to,
        private: send.private,
        template: send.template,
    };
    let message = desk::send(&services, &caller.worker(), id, draft).await?;
    Ok(HttpResponse::Created().json(MessageView::from(&message)))
}

/// Sends a failed message again.
///
/// 202 · 404 · 409
#[utoipa::path(post, path = "/api/sessions/{id}/messages/{mid}/retry", tag = "sessions",
    params(("id" = String, Path), ("mid" = String, Path)), responses((status = 202, body = MessageView)))]
pub async fn retry(
    caller: Caller,
    Path((id, message)): Path<(SessionId, MessageId)>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let message = desk::retry(&services, &caller.worker(), id, message).await?;
    Ok(HttpResponse::Accepted().json(MessageView::from(&message)))
}

/// Everything so far has been read by an attendant.
///
/// 200 · 404
#[utoipa::path(post, path = "/api/sessions/{id}/read", tag = "sessions", params(("id" = String, Path)),
    responses((status = 200, body = SessionState)))]
pub async fn read(
    caller: Caller,
    Path(id): Path<SessionId>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::read(&services, &caller.worker(), id).await?;
    Ok(state(&done, &caller, &services))
}

/// Shows that the attendant is writing.
///
/// 204 · 404
#[utoipa::path(post, path = "/api/sessions/{id}/typing", tag = "sessions", params(("id" = String, Path)),
    responses((status = 204)))]
pub async fn typing(
    caller: Caller,
    Path(id): Path<SessionId>,
    services: Data<Services>,
) -> Result<impl Responder, Problem> {
    desk::typing(&services, &caller.worker(), id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Replaces the tags, or changes them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagsWrite {
    pub tags: Option<Vec<String>>,
    #[serde(default)]
    pub add: Vec<String>,
    #[serde(default)]
    pub remove: Vec<String>,
}

/// 200 · 404 · 422
#[utoipa::path(post, path = "/api/sessions/{id}/tags", tag = "sessions", params(("id" = String, Path)),
    request_body = TagsWrite, responses((status = 200, body = SessionState)))]
pub async fn tags(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(write): Json<TagsWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let tags = match write.tags {
        Some(tags) => Tags::Set(tags),
        None => Tags::Change { add: write.add, remove: write.remove },
    };
    let done = desk::tags(&services, &caller.worker(), id, tags).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriorityWrite {
    /// 0 low, 1 normal, 2 high, 3 urgent.
    pub priority: i64,
}

/// 200 · 404 · 422
#[utoipa::path(post, path = "/api/sessions/{id}/priority", tag = "sessions", params(("id" = String, Path)),
    request_body = PriorityWrite, responses((status = 200, body = SessionState)))]
pub async fn priority(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(write): Json<PriorityWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::priority(&services, &caller.worker(), id, write.priority).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubjectWrite {
    /// Null or blank: none.
    pub subject: Option<String>,
}

/// What the conversation is about, in a line.
///
/// 200 · 404 · 422
#[utoipa::path(post, path = "/api/sessions/{id}/subject", tag = "sessions", params(("id" = String, Path)),
    request_body = SubjectWrite, responses((status = 200, body = SessionState)))]
pub async fn subject(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(write): Json<SubjectWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::subject(&services, &caller.worker(), id, write.subject).await?;
    Ok(state(&done, &caller, &services))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Snooze {
    /// Null: back at once.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub until: Option<Timestamp>,
}

/// 200 · 404 · 422 already past
#[utoipa::path(post, path = "/api/sessions/{id}/snooze", tag = "sessions", params(("id" = String, Path)),
    request_body = Snooze, responses((status = 200, body = SessionState)))]
pub async fn snooze(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(write): Json<Snooze>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let done = desk::snooze(&services, &caller.worker(), id, write.until).await?;
    Ok(state(&done, &caller, &services))
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/attendance/queue").route(web::get().to(queue)))
        .service(web::resource("/api/attendance/kanban").route(web::get().to(kanban)))
        .service(web::resource("/api/attendance/kanban/move").route(web::put().to(kanban_move)))
        .service(web::resource("/api/attendance/handoff").route(web::post().to(handoff)))
        .service(web::resource("/api/attendance/assign").route(web::post().to(assign)))
        .service(web::resource("/api/attendance/take").route(web::post().to(take)))
        .service(web::resource("/api/attendance/decline").route(web::post().to(decline)))
        .service(web::resource("/api/attendance/transfer").route(web::post().to(transfer)))
        .service(web::resource("/api/attendance/pending/{session_id}").route(web::post().to(pending)))
        .service(web::resource("/api/attendance/resolve/{session_id}").route(web::post().to(resolve)))
        .service(web::resource("/api/attendance/resolve").route(web::post().to(resolve_body)))
        .service(web::resource("/api/attendance/respond").route(web::post().to(respond)))
        .service(web::resource("/api/attendance/commands").route(web::post().to(commands)))
        .service(web::resource("/api/sessions").route(web::get().to(list)))
        .service(web::resource("/api/session/{id}").route(web::get().to(get)))
        .service(
            web::resource("/api/sessions/{id}/messages").route(web::get().to(messages)).route(web::post().to(send)),
        )
        .service(web::resource("/api/sessions/{id}/messages/{mid}/retry").route(web::post().to(retry)))
        .service(web::resource("/api/sessions/{id}/read").route(web::post().to(read)))
        .service(web::resource("/api/sessions/{id}/typing").route(web::post().to(typing)))
        .service(web::resource("/api/sessions/{id}/tags").route(web::post().to(tags)))
        .service(web::resource("/api/sessions/{id}/priority").route(web::post().to(priority)))
        .service(web::resource("/api/sessions/{id}/subject").route(web::post().to(subject)))
        .service(web::resource("/api/sessions/{id}/snooze").route(web::post().to(snooze)));
}

#[derive(OpenApi)]
#[openapi(
    paths(
        queue,
        kanban,
        kanban_move,
        handoff,
        assign,
        take,
        decline,
        transfer,
        pending,
        resolve,
        resolve_body,
        respond,
        commands,
        list,
        get,
        messages,
        send,
        retry,
        read,
        typing,
        tags,
        priority,
        subject,
        snooze
    ),
    components(schemas(
        SessionState,
        QueueItem,
        Kanban,
        SessionItem,
        SessionDetail,
        HandoffView,
        HistoryLine,
        Messages
    ))
)]
pub struct Doc;
