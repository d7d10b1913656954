//! How people who cannot log in get in: `/api/users/{id}/access-link` makes a one-time link, for a newcomer or for somebody who
//! forgot the password; `/api/auth/access` takes it. Also the way out of a lost second factor.

use std::time::Duration;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::account::{end_factor, set_password};
use super::opaque::{self, Kind};
use super::roles::Permission;
use super::store::{self as logins, AccessLink};
use crate::api::call::{Call, client_address};
use crate::api::extract::{Json, Path};
use crate::api::problem::{Code, FieldError, Problem};
use crate::api::security::Edge;
use crate::attendants::store::User;
use crate::audit::{self, Line};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::users::api::{found, hash_password};
use crate::vault::Secret;

#[derive(OpenApi)]
#[openapi(paths(make, look, choose, reset_totp))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/users/{id}/access-link").route(web::post().to(make)))
        .service(web::resource("/api/users/{id}/totp").route(web::delete().to(reset_totp)))
        .service(web::resource("/api/auth/access").route(web::post().to(look)).route(web::put().to(choose)));
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NewLink {
    /// For this person alone; good once. Shown only here.
    url: String,
    expires_at: Timestamp,
}

/// Makes a link with which a person chooses a password. The one before ends; their present password holds until then.
///
/// 201 · 403 · 404 · 409 deactivated · 422 the account has no e-mail
#[utoipa::path(post, path = "/api/users/{id}/access-link", tag = "users", params(("id" = String, Path)),
    responses((status = 201, body = NewLink), (status = 409), (status = 422)))]
pub async fn make(call: Call, Path(id): Path<String>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageUsers)?;
    let user = found(&call, &id)?;
    if !user.is_active {
        return Err(Problem::of(Code::Conflict));
    }
    if user.email.is_none() {
        return Err(Problem::field(FieldError::required("email")));
    }
    let issued = opaque::issue(Kind::Access);
    let link = AccessLink {
        user_id: user.id,
        organization_id: call.organization(),
        token_hash: issued.hash,
        created_by: call.user.id,
        created_at: call.now,
        expires_at: call.now + Duration::from_secs(services.config.security.access_link_hours * 3600),
    };
    let expires_at = link.expires_at;
    let line = call.line("user.access_link", "user", user.id);
    services
        .store
        .write("user.access_link", move |tx| {
            logins::put_link(tx.db, &link)?;
            audit::store::record(tx, &line)?;
            Ok(())
        })
        .await?;
    let url = format!("{}/access#token={}", services.public_url, issued.token.expose());
    Ok(HttpResponse::Created().json(NewLink { url, expires_at }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRequest {
    /// From the link.
    #[schema(value_type = String)]
    token: Secret,
}

/// Whose link it is.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkView {
    name: String,
    email: Option<String>,
    organization: String,
    /// Characters the password must have at least.
    password_min_chars: u64,
    /// They had one before.
    has_password: bool,
}

/// The person of a link that is still good.
async fn holder(
    http: &HttpRequest,
    services: &Services,
    edge: &Edge,
    token: &Secret,
) -> Result<(AccessLink, std::sync::Arc<User>, String), Problem> {
    edge.login(client_address(http, &services.config))?;
    if Kind::of(token.expose()) != Some(Kind::Access) {
        return Err(Problem::not_found());
    }
    let (hash, now) = (opaque::hash(token.expose()), services.clock.now());
    let link = services.store.read("access_link.get", move |db| Ok(logins::link_by_hash(db, &hash)?)).await?;
    let link = link.filter(|link| link.expires_at > now).ok_or_else(Problem::not_found)?;
    let (configuration, user) = services.catalog.of_user(link.user_id).ok_or_else(Problem::not_found)?;
    Ok((link, user, configuration.organization.name.clone()))
}

/// Looks at a link: whose it is.
///
/// 200 · 404 used, replaced or too old · 429
#[utoipa::path(post, path = "/api/auth/access", tag = "auth", request_body = LinkRequest, security(()),
    responses((status = 200, body = LinkView), (status = 404), (status = 429)))]
pub async fn look(
    http: HttpRequest,
    Json(request): Json<LinkRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    let (_, user, organization) = holder(&http, &services, &edge, &request.token).await?;
    Ok(HttpResponse::Ok().json(LinkView {
        name: user.name.clone(),
        email: user.email.clone(),
        organization,
        password_min_chars: services.config.security.password_min_chars,
        has_password: user.password_hash.is_some(),
    }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseRequest {
    #[schema(value_type = String)]
    token: Secret,
    #[schema(value_type = String, format = "password")]
    password: Secret,
}

/// Chooses a password with a link, which is used up; every login of the person ends. Logging in comes after, with the second
/// factor of who has one.
///
/// 204 · 404 used, replaced or too old · 422 · 429
#[utoipa::path(put, path = "/api/auth/access", tag = "auth", request_body = ChooseRequest, security(()),
    responses((status = 204), (status = 404), (status = 422), (status = 429)))]
pub async fn choose(
    http: HttpRequest,
    Json(request): Json<ChooseRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    let (link, user, _) = holder(&http, &services, &edge, &request.token).await?;
    let hash = hash_password(&edge, services.config.security.password_min_chars, &request.password).await?;
    let now = services.clock.now();
    let line = Line::new(link.organization_id, now, "user.password", "user")
        .by(AnyId(user.id.0))
        .about(user.id)
        .from(client_address(&http, &services.config).map(|address| address.to_string()));
    let ended = services
        .store
        .write("access_link.use", move |tx| {
            // Two at once: the second finds it used.
            if logins::link_by_hash(tx.db, &link.token_hash)?.is_none() {
                return Err(StoreError::NotFound);
            }
            let ended = set_password(tx, link.user_id, &hash, None, now)?.ok_or(StoreError::NotFound)?;
            audit::store::record(tx, &line)?;
            Ok(ended)
        })
        .await?;
    ended.into_iter().for_each(|family| services.revoked.revoke(family, now));
    services.catalog.reload(user.organization_id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Forgets the second factor of somebody who lost phone and recovery codes.
///
/// 204 · 403 · 404 unknown, or there is none
#[utoipa::path(delete, path = "/api/users/{id}/totp", tag = "users", params(("id" = String, Path)),
    responses((status = 204), (status = 404)))]
pub async fn reset_totp(call: Call, Path(id): Path<String>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageUsers)?;
    let user = found(&call, &id)?;
    end_factor(&services, &call, user.id).await
}
