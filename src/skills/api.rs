//! `/api/skills`.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store::{self as rows, SkillRow};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::extract::{Json, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{Code, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;

#[derive(OpenApi)]
#[openapi(paths(list, create, delete))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/skills").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/api/skills/{id}").route(web::delete().to(delete)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SkillView {
    pub id: RecordId,
    pub name: String,
    /// How many active people have it.
    pub users: usize,
    pub created_at: Timestamp,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillRequest {
    name: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SkillQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Every skill of the organization.
///
/// 200
#[utoipa::path(get, path = "/api/skills", tag = "skills", params(SkillQuery),
    responses((status = 200, body = Page<SkillView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<SkillQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewQueues)?;
    let organization = caller.organization();
    let all = services.store.read("skill.list", move |db| Ok(rows::of_organization(db, organization)?)).await?;
    let page = Page::cut(all, query.limit, query.cursor.as_deref(), |row| row.id)?;
    let people = || caller.configuration.users.values().filter(|user| user.is_active);
    Ok(HttpResponse::Ok().json(page.map(|row| SkillView {
        users: people().filter(|user| user.skills.0.iter().any(|skill| skill.name == row.name)).count(),
        id: row.id,
        name: row.name,
        created_at: row.created_at,
    })))
}

/// Makes a skill.
///
/// 201 · 403 · 409 `duplicate` · 422
#[utoipa::path(post, path = "/api/skills", tag = "skills", request_body = SkillRequest,
    responses((status = 201, body = SkillView)))]
pub async fn create(
    call: Call,
    Json(request): Json<SkillRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let mut check = Check::default();
    let name = check.required("name", Some(&request.name), check::NAME);
    check.done()?;
    let row = SkillRow { id: RecordId::new(), organization_id: call.organization(), name, created_at: call.now };
    let view = SkillView { id: row.id, name: row.name.clone(), users: 0, created_at: row.created_at };
    let line = call.line("skill.create", "skill", row.id).with(json!({"name": row.name}));
    services
        .store
        .write("skill.create", move |tx| {
            rows::insert(tx.db, &row)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &[("skills", "name")]))?;
    Ok(HttpResponse::Created().json(view))
}

/// Removes a skill that nobody has and no queue needs.
///
/// 204 · 403 · 404 · 409 `in_use`
#[utoipa::path(delete, path = "/api/skills/{id}", tag = "skills", params(("id" = RecordId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn delete(call: Call, Path(id): Path<RecordId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageQueues)?;
    let organization = call.organization();
    let all = services.store.read("skill.list", move |db| Ok(rows::of_organization(db, organization)?)).await?;
    let row = all.into_iter().find(|row| row.id == id).ok_or_else(Problem::not_found)?;
    let named = |skills: &[crate::queues::routing::Skill]| skills.iter().any(|skill| skill.name == row.name);
    let needed = call.configuration.queues.iter().any(|entry| named(&entry.queue.skills.0));
    if needed || call.configuration.users.values().any(|user| named(&user.skills.0)) {
        return Err(Problem::of(Code::InUse));
    }
    let line = call.line("skill.delete", "skill", id).with(json!({"name": row.name}));
    services
        .store
        .write("skill.delete", move |tx| {
            if rows::delete(tx.db, organization, id)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
