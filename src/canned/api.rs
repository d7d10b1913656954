//! `/api/canned-responses`.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store::{self as rows, Canned};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::Problem;
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::text::fold;

const TEXT: usize = 4096;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put, delete))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/canned-responses").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/api/canned-responses/{id}")
                .route(web::get().to(get))
                .route(web::put().to(put))
                .route(web::delete().to(delete)),
        );
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CannedView {
    pub id: RecordId,
    /// What follows `/canned`.
    pub name: String,
    pub text: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<&Canned> for CannedView {
    fn from(row: &Canned) -> Self {
        CannedView {
            id: row.id,
            name: row.name.clone(),
            text: row.text.clone(),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Both are required to create; in a PUT an absent one stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CannedRequest {
    name: Option<String>,
    /// `{{name}}` and the like are filled in when it is sent.
    text: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CannedQuery {
    /// Part of the name or the text.
    q: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The organization's canned responses, by name.
///
/// 200
#[utoipa::path(get, path = "/api/canned-responses", tag = "canned responses", params(CannedQuery),
    responses((status = 200, body = Page<CannedView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<CannedQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseCannedResponses)?;
    let organization = caller.organization();
    let mut all = services.store.read("canned.list", move |db| Ok(rows::of_organization(db, organization)?)).await?;
    if let Some(sought) = query.q.as_deref().map(fold) {
        all.retain(|row| fold(&row.name).contains(&sought) || fold(&row.text).contains(&sought));
    }
    let page = Page::cut(all, query.limit, query.cursor.as_deref(), |row| row.name.clone())?;
    Ok(HttpResponse::Ok().json(page.map(|row| CannedView::from(&row))))
}

fn apply(request: &CannedRequest, row: &mut Canned) -> Result<(), Problem> {
    let mut check = Check::default();
    row.name = check.required("name", Some(request.name.as_deref().unwrap_or(&row.name)), check::NAME);
    row.text = check.required("text", Some(request.text.as_deref().unwrap_or(&row.text)), TEXT);
    check.done()
}

const UNIQUE: [(&str, &str); 1] = [("canned_responses", "name")];

/// Makes a canned response.
///
/// 201 · 403 · 409 `duplicate` · 422
#[utoipa::path(post, path = "/api/canned-responses", tag = "canned responses", request_body = CannedRequest,
    responses((status = 201, body = CannedView)))]
pub async fn create(
    call: Call,
    Json(request): Json<CannedRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageCannedResponses)?;
    let mut row = Canned {
        id: RecordId::new(),
        organization_id: call.organization(),
        name: String::new(),
        text: String::new(),
        version: 1,
        created_at: call.now,
        updated_at: call.now,
    };
    apply(&request, &mut row)?;
    let view = CannedView::from(&row);
    let line = call.line("canned_response.create", "canned_response", row.id).with(json!({"name": row.name}));
    services
        .store
        .write("canned.create", move |tx| {
            rows::insert(tx.db, &row)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    Ok(etag::created(1, format!("/api/canned-responses/{}", view.id), &view))
}

async fn found(services: &Services, organization: OrganizationId, id: RecordId) -> Result<Canned, Problem> {
    let row = services.store.read("canned.get", move |db| Ok(rows::find(db, organization, id)?)).await?;
    row.ok_or_else(Problem::not_found)
}

/// One canned response.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/canned-responses/{id}", tag = "canned responses", params(("id" = RecordId, Path)),
    responses((status = 200, body = CannedView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<RecordId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseCannedResponses)?;
    let row = found(&services, caller.organization(), id).await?;
    Ok(etag::ok(row.version, &CannedView::from(&row)))
}

/// Changes a canned response.
///
/// 200 · 403 · 404 · 409 `duplicate` · 412 · 422
#[utoipa::path(put, path = "/api/canned-responses/{id}", tag = "canned responses", params(("id" = RecordId, Path)),
    request_body = CannedRequest, responses((status = 200, body = CannedView), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<RecordId>,
    if_match: IfMatch,
    Json(request): Json<CannedRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageCannedResponses)?;
    let mut row = found(&services, call.organization(), id).await?;
    if_match.check(row.version)?;
    let before = CannedView::from(&row);
    apply(&request, &mut row)?;
    row.version += 1;
    row.updated_at = call.now;
    let (view, version) = (CannedView::from(&row), row.version);
    let line = call
        .line("canned_response.update", "canned_response", id)
        .with(json!({"name": row.name}))
        .between(&before, &view);
    services
        .store
        .write("canned.update", move |tx| {
            if rows::update(tx.db, &row)? == 0 {
                return Err(StoreError::Stale);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    Ok(etag::ok(version, &view))
}

/// Removes a canned response.
///
/// 204 · 403 · 404 · 412
#[utoipa::path(delete, path = "/api/canned-responses/{id}", tag = "canned responses",
    params(("id" = RecordId, Path)), responses((status = 204), (status = 404), (status = 412)))]
pub async fn delete(
    call: Call,
    Path(id): Path<RecordId>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageCannedResponses)?;
    let organization = call.organization();
    if_match.check(found(&services, organization, id).await?.version)?;
    let line = call.line("canned_response.delete", "canned_response", id);
    services
        .store
        .write("canned.delete", move |tx| {
            if rows::delete(tx.db, organization, id)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
