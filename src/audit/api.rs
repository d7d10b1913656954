//! `GET /api/audit`.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::Line;
use super::store::{self, Filter};
use crate::api::caller::Caller;
use crate::api::extract::Query;
use crate::api::paging::{self, Page};
use crate::api::problem::Problem;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;

#[derive(OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/audit").route(web::get().to(list)));
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    pub id: RecordId,
    pub at: Timestamp,
    pub actor_kind: String,
    pub actor_id: Option<AnyId>,
    pub actor_name: Option<String>,
    /// `user.update`, `channel.create`, `login.fail`.
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Value>,
    pub address: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    actor_id: Option<AnyId>,
    action: Option<String>,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What was changed, by whom and from where; newest first.
///
/// 200 · 403 administrators only
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditLine>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<AuditQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewAudit)?;
    let limit = paging::limit(query.limit)?;
    let cursor: Option<RecordId> = paging::decode(query.cursor.as_deref())?;
    let filter = Filter {
        actor: query.actor_id,
        action: query.action,
        subject_kind: query.subject_kind,
        subject_id: query.subject_id,
        from: query.from,
        to: query.to,
    };
    let organization = caller.organization();
    let rows = services
        .store
        .read("audit.list", move |db| Ok(store::list(db, organization, &filter, cursor, limit + 1)?))
        .await?;
    let view = |line: Line| AuditLine {
        actor_name: line
            .actor_id
            .and_then(|id| caller.configuration.users.get(&UserId(id.0)))
            .map(|user| user.name.clone()),
        id: line.id,
        at: line.at,
        actor_kind: line.actor_kind,
        actor_id: line.actor_id,
        action: line.action,
        subject_kind: line.subject_kind,
        subject_id: line.subject_id,
        detail: line.detail.map(|detail| detail.0),
        address: line.address,
    };
    Ok(HttpResponse::Ok().json(Page::of(rows, limit, |line| line.id).map(view)))
}
