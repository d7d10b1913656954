//! `/api/auth` and `/api/setup`: logging in and staying so. An access token in the answer, a refresh token in a cookie that
//! only `/api/auth` gets; using one twice ends the login everywhere.

use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite, time};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use super::account::{self, Second};
use super::jwt::Claims;
use super::opaque::{self, Kind};
use super::password;
use super::roles::Permission;
use super::setup::{self, NewOrganization, SetupError};
use super::store::{self as tokens, RefreshToken};
use crate::api::call::client_address;
use crate::api::caller::{self, Caller};
use crate::api::check::{self, Check};
use crate::api::extract::Json;
use crate::api::problem::{Code, Problem};
use crate::api::security::{Edge, same_site};
use crate::attendants::store::{self as people, User};
use crate::audit::{self, Line};
use crate::clock::Timestamp;
use crate::config::Security;
use crate::ids::*;
use crate::services::Services;
use crate::store::{StoreError, Tx};
use crate::users::api::{UserView, hash_password};
use crate::vault::Secret;

const COOKIE: &str = "attendance_refresh";

#[derive(OpenApi)]
#[openapi(paths(login, refresh, logout, me, needed, first))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/auth/login").route(web::post().to(login)))
        .service(web::resource("/api/auth/refresh").route(web::post().to(refresh)))
        .service(web::resource("/api/auth/logout").route(web::post().to(logout)))
        .service(web::resource("/api/auth/me").route(web::get().to(me)))
        .service(web::resource("/api/setup").route(web::get().to(needed)).route(web::post().to(first)));
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    email: String,
    #[schema(value_type = String, format = "password")]
    password: Secret,
    /// The code of the second factor, or a recovery code, when the account has one.
    totp: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LoginAnswer {
    access_token: String,
    /// `Bearer`
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    user: Me,
}

/// The caller, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    #[serde(flatten)]
    user: UserView,
    organization: OrganizationBrief,
    /// Runs the installation.
    is_operator: bool,
    /// Whose conversations they serve.
    queue_ids: Vec<QueueId>,
    max_conversations: u32,
    /// `view_conversations`, `manage_users` ...
    permissions: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationBrief {
    id: OrganizationId,
    name: String,
}

fn about(caller: &Caller) -> Me {
    Me {
        user: UserView::new(&caller.user, &caller.configuration),
        organization: OrganizationBrief {
            id: caller.organization(),
            name: caller.configuration.organization.name.clone(),
        },
        is_operator: caller.principal.operator,
        queue_ids: caller.configuration.queues_of(caller.user.id),
        max_conversations: caller.configuration.capacity_of(caller.user.id),
        permissions: Permission::ALL
            .iter()
            .filter(|permission| caller.principal.may(**permission).is_ok())
            .map(|permission| snake(&format!("{permission:?}")))
            .collect(),
    }
}

fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// A refresh token of a family, as a row and as the text for the cookie.
fn refresh_token(
    services: &Services,
    user: UserId,
    organization: OrganizationId,
    family: RecordId,
    now: Timestamp,
) -> (RefreshToken, Secret) {
    let issued = opaque::issue(Kind::Refresh);
    let row = RefreshToken {
        id: RecordId::new(),
        organization_id: organization,
        user_id: user,
        family_id: family,
        token_hash: issued.hash,
        created_at: now,
        expires_at: now + Duration::from_secs(services.config.security.refresh_token_days * 86_400),
        used_at: None,
        revoked_at: None,
    };
    (row, issued.token)
}

fn cookie(edge: &Edge, value: &str, lifetime: time::Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, value.to_owned())
        .path("/api/auth")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(edge.https())
        .max_age(lifetime)
        .finish()
}

/// The answer to a login: tokens for a person whose refresh token is stored.
fn welcome(
    services: &Services,
    edge: &Edge,
    row: &RefreshToken,
    token: &Secret,
    mut response: actix_web::HttpResponseBuilder,
) -> Result<HttpResponse, Problem> {
    let now = services.clock.now();
    let caller = caller::person(services, row.user_id)?;
    let lifetime = services.config.security.access_token_seconds;
    let claims = Claims::new(
        row.user_id,
        row.organization_id,
        caller.user.role,
        row.family_id,
        now,
        Duration::from_secs(lifetime),
    );
    let access_token = services.keys.read().sign(&claims, now).map_err(Problem::internal)?;
    let days = i64::try_from(services.config.security.refresh_token_days).unwrap_or(1);
    let user = about(&caller);
    response.cookie(cookie(edge, token.expose(), time::Duration::days(days)));
    Ok(response.json(LoginAnswer { access_token, token_type: "Bearer", expires_in: lifetime, user }))
}

/// How a login ended, once the password was compared.
enum Attempt {
    In(Box<RefreshToken>, Secret),
    /// Refused, and why as far as the caller may know.
    Refused(Code),
}

/// Logs in. Unknown people, wrong passwords and locked accounts are answered alike, after the same work.
///
/// 200 with a refresh cookie · 401 `invalid_credentials`; `totp_required`, `totp_invalid`: the password was right · 422 · 429
#[utoipa::path(post, path = "/api/auth/login", tag = "auth", request_body = LoginRequest, security(()),
    responses((status = 200, body = LoginAnswer), (status = 401), (status = 429)))]
pub async fn login(
    http: HttpRequest,
    Json(request): Json<LoginRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    let address = client_address(&http, &services.config);
    edge.login(address)?;
    let email = request.email.trim().to_lowercase();
    let user = services.store.read("user.by_email", move |db| Ok(people::by_email(db, &email)?)).await?;
    let now = services.clock.now();
    let (matches, fresh_hash) = compare(&edge, user.as_ref(), request.password).await?;
    let Some(user) = user else { return Err(Problem::of(Code::InvalidCredentials)) };
    let open = user.is_active && user.password_hash.is_some() && user.locked_until.is_none_or(|until| until <= now);
    let security = services.config.security.clone();
    let (row, token) = refresh_token(&services, user.id, user.organization_id, RecordId::new(), now);
    let line = |action: &str| {
        Line::new(user.organization_id, now, action, "user")
            .by(AnyId(user.id.0))
            .about(user.id)
            .from(address.map(|address| address.to_string()))
    };
    let (good, bad) = (line("login"), line("login.fail"));
    let (id, vault, code) = (user.id, services.vault.clone(), request.totp);
    let attempt = services
        .store
        .write("auth.login", move |tx| {
            if !open {
                return Ok(Attempt::Refused(Code::InvalidCredentials));
            }
            let second = match matches {
                true => account::second(tx.db, &vault, id, code.as_deref(), now)?,
                false => Second::Wrong,
            };
            if second == Second::Missing {
                return Ok(Attempt::Refused(Code::TotpRequired));
            }
            if second == Second::Passed {
                people::set_failures(tx.db, id, 0, None)?;
                if let Some(hash) = &fresh_hash {
                    people::set_password_hash(tx.db, id, hash)?;
                }
                tokens::insert_refresh(tx.db, &row)?;
                audit::store::record(tx, &good)?;
                return Ok(Attempt::In(Box::new(row.clone()), token.clone()));
            }
            fail(tx, id, &security, bad.clone())?;
            Ok(Attempt::Refused(if matches { Code::TotpInvalid } else { Code::InvalidCredentials }))
        })
        .await?;
    match attempt {
        Attempt::In(row, token) => welcome(&services, &edge, &row, &token, HttpResponse::Ok()),
        Attempt::Refused(Code::TotpRequired) => Err(Problem::of(Code::TotpRequired)), // half a login, nobody guessed
        Attempt::Refused(code) => {
            metrics::counter!("attendance_login_refused_total").increment(1);
            Err(Problem::of(code))
        }
    }
}

/// Counts a failed login; too many in a row lock the account.
pub(super) fn fail(tx: &mut Tx<'_>, user: UserId, security: &Security, line: Line) -> Result<(), StoreError> {
    let failures = people::find(tx.db, user)?.map_or(0, |user| user.failed_logins) + 1;
    let locks = u64::try_from(failures).unwrap_or(0) >= security.login_attempts;
    let until = locks.then(|| line.at + Duration::from_secs(security.lockout_seconds));
    people::set_failures(tx.db, user, if locks { 0 } else { failures }, until)?;
    audit::store::record(tx, &line.with(json!({"locked": locks})))?;
    Ok(())
}

/// Compares a password on a blocking thread; nobody's takes as long. Also a fresh hash when the stored one is outdated.
pub(super) async fn compare(
    edge: &Edge,
    user: Option<&User>,
    password: Secret,
) -> Result<(bool, Option<String>), Problem> {
    let hash = user.and_then(|user| user.password_hash.clone());
    let _turn = edge.hashing.acquire().await.map_err(Problem::internal)?;
    let compared = web::block(move || match hash {
        Some(hash) => {
            let matches = password::verify(password.expose(), &hash)?;
            let outdated = matches && password::outdated(&hash);
            Ok((matches, if outdated { Some(password::hash(password.expose())?) } else { None }))
        }
        None => password::verify_nobody(password.expose()).map(|_| (false, None)),
    });
    Ok(compared.await??)
}

enum Refreshed {
    Next(Box<RefreshToken>),
    /// Used before: somebody has a copy. The whole family is ended.
    Reused(RecordId),
    Refused,
}

/// A new access token for the refresh token in the cookie, which is replaced.
///
/// 200 · 401 · 403 called from another site
#[utoipa::path(post, path = "/api/auth/refresh", tag = "auth", security(()),
    responses((status = 200, body = LoginAnswer), (status = 401), (status = 403)))]
pub async fn refresh(http: HttpRequest, services: Data<Services>, edge: Data<Edge>) -> Result<HttpResponse, Problem> {
    same_site(&http, &services)?;
    let presented = http.cookie(COOKIE).map(|cookie| cookie.value().to_owned());
    let presented =
        presented.filter(|token| Kind::of(token) == Some(Kind::Refresh)).ok_or_else(Problem::unauthorized)?;
    let (hash, now) = (opaque::hash(&presented), services.clock.now());
    let address = client_address(&http, &services.config).map(|address| address.to_string());
    let issued = opaque::issue(Kind::Refresh);
    let next_hash = issued.hash.clone();
    let expires_at = now + Duration::from_secs(services.config.security.refresh_token_days * 86_400);
    let outcome = services
        .store
        .write("auth.refresh", move |tx| {
            let Some(row) = tokens::refresh_by_hash(tx.db, &hash)? else { return Ok(Refreshed::Refused) };
            if row.revoked_at.is_some() || row.expires_at <= now {
                return Ok(Refreshed::Refused);
            }
            if tokens::use_refresh(tx.db, row.id, now)? == 0 {
                tokens::revoke_family(tx.db, row.family_id, now)?;
                let line = Line::new(row.organization_id, now, "login.reuse", "user").about(row.user_id);
                audit::store::record(tx, &line.from(address.clone()))?;
                return Ok(Refreshed::Reused(row.family_id));
            }
            let next = RefreshToken {
                id: RecordId::new(),
                token_hash: next_hash.clone(),
                created_at: now,
                expires_at,
                used_at: None,
                ..row
            };
            tokens::insert_refresh(tx.db, &next)?;
            Ok(Refreshed::Next(Box::new(next)))
        })
        .await?;
    match outcome {
        Refreshed::Next(row) => welcome(&services, &edge, &row, &issued.token, HttpResponse::Ok()),
        Refreshed::Reused(family) => {
            services.revoked.revoke(family, now);
            tracing::warn!("a refresh token was used twice; its login was ended");
            Err(Problem::unauthorized())
        }
        Refreshed::Refused => Err(Problem::unauthorized()),
    }
}

/// Ends the login of the cookie and of the access token, whichever are there.
///
/// 204 · 403 called from another site
#[utoipa::path(post, path = "/api/auth/logout", tag = "auth", security(()), responses((status = 204)))]
pub async fn logout(http: HttpRequest, services: Data<Services>, edge: Data<Edge>) -> Result<HttpResponse, Problem> {
    same_site(&http, &services)?;
    let now = services.clock.now();
    let bearer = http
        .headers()
        .get("authorization")
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .and_then(|(_, token)| services.keys.read().verify(token.trim(), now).ok())
        .map(|claims| claims.sid);
    let hash = http.cookie(COOKIE).map(|cookie| opaque::hash(cookie.value()));
    let ended = services
        .store
        .write("auth.logout", move |tx| {
            let of_cookie = match &hash {
                Some(hash) => tokens::refresh_by_hash(tx.db, hash)?.map(|row| row.family_id),
                None => None,
            };
            let families: Vec<RecordId> = of_cookie.into_iter().chain(bearer).collect();
            for family in &families {
                tokens::revoke_family(tx.db, *family, now)?;
            }
            Ok(families)
        })
        .await?;
    ended.into_iter().for_each(|family| services.revoked.revoke(family, now));
    Ok(HttpResponse::NoContent().cookie(cookie(&edge, "", time::Duration::ZERO)).finish())
}

/// Who I am and what I may do.
///
/// 200 · 401
#[utoipa::path(get, path = "/api/auth/me", tag = "auth", responses((status = 200, body = Me), (status = 401)))]
pub async fn me(caller: Caller) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    Ok(HttpResponse::Ok().json(about(&caller)))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SetupState {
    /// Nobody has an account yet.
    needed: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetupRequest {
    /// Printed on the terminal at start; good once.
    #[schema(value_type = String)]
    token: Secret,
    /// The organization's name.
    organization: String,
    /// The administrator's.
    name: String,
    email: String,
    #[schema(value_type = String, format = "password")]
    password: Secret,
    locale: Option<String>,
    /// Also makes a chat for the organization's site.
    #[serde(default)]
    web_channel: bool,
}

/// Whether the installation waits for its first administrator.
///
/// 200
#[utoipa::path(get, path = "/api/setup", tag = "auth", security(()), responses((status = 200, body = SetupState)))]
pub async fn needed(services: Data<Services>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(SetupState { needed: setup::needed(&services).await? }))
}

/// Makes the first organization with its administrator, who is logged in by the answer.
///
/// 201 · 401 wrong token · 409 done already · 422 · 429
#[utoipa::path(post, path = "/api/setup", tag = "auth", request_body = SetupRequest, security(()),
    responses((status = 201, body = LoginAnswer), (status = 401), (status = 409)))]
pub async fn first(
    http: HttpRequest,
    Json(request): Json<SetupRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    edge.login(client_address(&http, &services.config))?;
    if !setup::needed(&services).await? {
        return Err(Problem::of(Code::Conflict));
    }
    let mut check = Check::default();
    let name = check.required("organization", Some(&request.organization), check::NAME);
    let admin_name = check.required("name", Some(&request.name), check::NAME);
    let admin_email = check.email("email", &request.email);
    let locale = check.locale("locale", request.locale.as_deref().unwrap_or("pt-BR"));
    check.done()?;
    let password_hash = hash_password(&edge, services.config.security.password_min_chars, &request.password).await?;
    let new = NewOrganization {
        name,
        is_operator: true,
        admin_name,
        admin_email,
        password_hash,
        locale,
        web_channel: request.web_channel,
    };
    let created = setup::first(&services, Some(&request.token), new).await.map_err(|error| match error {
        SetupError::Done => Problem::of(Code::Conflict),
        SetupError::WrongToken => Problem::unauthorized(),
        SetupError::Store(error) => error.into(),
    })?;
    let now = services.clock.now();
    let (row, token) = refresh_token(&services, created.admin, created.organization, RecordId::new(), now);
    let stored = row.clone();
    services.store.write("auth.login", move |tx| Ok(tokens::insert_refresh(tx.db, &stored)?)).await?;
    welcome(&services, &edge, &row, &token, HttpResponse::Created())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_named_like_everything_else_on_the_wire() {
        assert_eq!(snake("ViewConversations"), "view_conversations");
    }

    #[test]
    fn the_refresh_cookie_is_for_us_alone() {
        let edge = Edge::new(&crate::config::Config::default(), "https://desk.example");
        let text = cookie(&edge, "x", time::Duration::days(1)).to_string();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/api/auth", "Secure"] {
            assert!(text.contains(part), "{text}");
        }
        let edge = Edge::new(&crate::config::Config::default(), "http://127.0.0.1:8080");
        assert!(!cookie(&edge, "x", time::Duration::days(1)).to_string().contains("Secure"));
    }
}
