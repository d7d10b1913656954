//! `/api/attendance/attendants`: who works, with their status and load.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::Status;
use super::desk::{self, Via, Worker};
use super::store::User;
use crate::api::caller::Caller;
use crate::api::extract::{Json, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::auth::roles::{Permission, Role};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::routing::Skill;
use crate::services::Services;

/// A person who serves queues.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AttendantView {
    #[schema(value_type = String, format = "uuid")]
    pub id: UserId,
    /// The id of an imported list (`att-001`).
    pub external_id: Option<String>,
    pub name: String,
    /// `all`, or the channel kinds they serve separated by `;`, as in `attendant.csv`.
    pub channel: String,
    pub preferences: Value,
    pub department: Option<String>,
    pub aliases: Vec<String>,
    pub skills: Vec<Skill>,
    /// `busy` at full load, whatever they wished.
    pub status: Status,
    #[schema(value_type = String, format = "date-time")]
    pub status_since: Timestamp,
    /// Offered and active; pending ones do not count.
    pub active_conversations: u32,
    pub max_conversations: u32,
    /// Where handoffs ring.
    pub destination: String,
    #[schema(value_type = Vec<String>)]
    pub queues: Vec<QueueId>,
}

fn view(user: &User, caller: &Caller, services: &Services) -> AttendantView {
    let presence = services.floor.attendant(user.id);
    AttendantView {
        id: user.id,
        external_id: user.external_id.clone(),
        name: user.name.clone(),
        channel: user.channels.0.join(";"),
        preferences: user.preferences.0.clone(),
        department: user.department.clone(),
        aliases: user.aliases.0.clone(),
        skills: user.skills.0.clone(),
        status: presence.as_ref().map_or(user.status, |presence| presence.status),
        status_since: presence.as_ref().map_or(user.status_since, |presence| presence.since),
        active_conversations: presence.map_or(0, |presence| presence.active),
        max_conversations: caller.configuration.capacity_of(user.id),
        destination: user.default_destination.clone(),
        queues: caller.configuration.queues_of(user.id),
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AttendantsQuery {
    pub status: Option<String>,
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    pub limit: Option<i64>,
    pub cursor: Option<String>,
}

/// 200 · 422
#[utoipa::path(get, path = "/api/attendance/attendants", params(AttendantsQuery), tag = "attendance",
    responses((status = 200, body = Page<AttendantView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<AttendantsQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewAttendants)?;
    let status = match query.status.as_deref().map(|text| (text, Status::parse(text))) {
        None => None,
        Some((_, Some(status))) => Some(status),
        Some((_, None)) => {
            return Err(Problem::field(FieldError::unknown_value("status", "online, busy, away, offline")));
        }
    };
    let items: Vec<AttendantView> = caller
        .configuration
        .users
        .values()
        .filter(|user| user.is_active && user.role != Role::Viewer)
        .map(|user| view(user, &caller, &services))
        .filter(|item| status.is_none_or(|status| item.status == status))
        .filter(|item| query.queue_id.is_none_or(|queue| item.queues.contains(&queue)))
        .collect();
    let key = |item: &AttendantView| (item.name.clone(), item.id);
    Ok(HttpResponse::Ok().json(Page::cut(items, query.limit, query.cursor.as_deref(), key)?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusWrite {
    pub status: Status,
}

/// Sets one's own status; supervisors may set anybody's. `busy` answers when they are at full load.
///
/// 200 · 403 · 404
#[utoipa::path(put, path = "/api/attendance/attendants/{user_id}/status", tag = "attendance",
    params(("user_id" = String, Path)), request_body = StatusWrite, responses((status = 200, body = AttendantView)))]
pub async fn set_status(
    caller: Caller,
    Path(user): Path<String>,
    Json(write): Json<StatusWrite>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let worker = Worker {
        principal: caller.principal.clone(),
        user: caller.user.clone(),
        configuration: caller.configuration.clone(),
    };
    let status = desk::set_status(&services, &worker, &user, write.status, Via::Api).await?;
    let user = caller.configuration.user_by_any_id(&user).ok_or_else(Problem::not_found)?;
    Ok(HttpResponse::Ok().json(AttendantView { status, ..view(user, &caller, &services) }))
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/attendance/attendants").route(web::get().to(list)))
        .service(web::resource("/api/attendance/attendants/{user_id}/status").route(web::put().to(set_status)));
}

#[derive(OpenApi)]
#[openapi(paths(list, set_status), components(schemas(AttendantView, StatusWrite)))]
pub struct Doc;
