//! `/api/organizations`: tenants, for the operator of the installation.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::Organization;
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::etag;
use crate::api::extract::{Json, Query};
use crate::api::paging::Page;
use crate::api::problem::Problem;
use crate::api::security::Edge;
use crate::auth::roles::Permission;
use crate::auth::setup::{self, NewOrganization};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::users::api::hash_password;
use crate::vault::Secret;

#[derive(OpenApi)]
#[openapi(paths(list, create))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/organizations").route(web::get().to(list)).route(web::post().to(create)));
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationView {
    pub id: OrganizationId,
    pub name: String,
    pub is_operator: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<&Organization> for OrganizationView {
    fn from(organization: &Organization) -> Self {
        OrganizationView {
            id: organization.id,
            name: organization.name.clone(),
            is_operator: organization.is_operator,
            created_at: organization.created_at,
            updated_at: organization.updated_at,
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationRequest {
    name: String,
    admin: AdminRequest,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminRequest {
    name: String,
    email: String,
    #[schema(value_type = String, format = "password")]
    password: Secret,
    locale: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganizationQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Every organization of the installation.
///
/// 200 · 403 unless the operator
#[utoipa::path(get, path = "/api/organizations", tag = "organizations", params(OrganizationQuery),
    responses((status = 200, body = Page<OrganizationView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<OrganizationQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ManageOrganizations)?;
    let all = services.catalog.organizations();
    let page = Page::cut(all, query.limit, query.cursor.as_deref(), |entry| entry.organization.id)?;
    Ok(HttpResponse::Ok().json(page.map(|entry| OrganizationView::from(&entry.organization))))
}

/// Makes an organization with its administrator, a bot and a queue.
///
/// 201 · 403 unless the operator · 409 `duplicate`: the e-mail has an account · 422
#[utoipa::path(post, path = "/api/organizations", tag = "organizations", request_body = OrganizationRequest,
    responses((status = 201, body = OrganizationView), (status = 409)))]
pub async fn create(
    call: Call,
    Json(request): Json<OrganizationRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageOrganizations)?;
    let mut check = Check::default();
    let name = check.required("name", Some(&request.name), check::NAME);
    let admin_name = check.required("admin.name", Some(&request.admin.name), check::NAME);
    let admin_email = check.email("admin.email", &request.admin.email);
    let locale = check.locale("admin.locale", request.admin.locale.as_deref().unwrap_or("pt-BR"));
    check.done()?;
    let min = services.config.security.password_min_chars;
    let password_hash = hash_password(&edge, min, &request.admin.password).await.map_err(|mut problem| {
        problem.errors.iter_mut().for_each(|error| error.field = format!("admin.{}", error.field));
        problem
    })?;
    let new = NewOrganization {
        name,
        is_operator: false,
        admin_name,
        admin_email,
        password_hash,
        locale,
        web_channel: false,
    };
    let (vault, now, template) = (services.vault.clone(), call.now, call.clone());
    let created = services
        .store
        .write("organization.create", move |tx| {
            let created = setup::create_organization(tx, &vault, &new, now)?;
            let line = template.line("organization.create", "organization", created.organization);
            crate::audit::store::record(tx, &line)?;
            Ok(created)
        })
        .await
        .map_err(|error| check::taken(error, &[("email", "admin.email")]))?;
    services.catalog.reload(created.organization).await?;
    let entry = services.catalog.organization(created.organization).ok_or_else(Problem::not_found)?;
    let view = OrganizationView::from(&entry.organization);
    Ok(etag::created(1, format!("/api/organizations/{}", created.organization), &view))
}
