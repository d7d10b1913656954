//! `/api/users/me/password` and `/api/users/me/totp`: what people change about their own login, for which they prove again that
//! it is theirs. What administrators do for somebody's access is in `access.rs`.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::api::{compare, fail};
use super::opaque;
use super::roles::Permission;
use super::store::{self as logins, SecondFactor};
use super::totp;
use crate::api::call::Call;
use crate::api::extract::Json as Body;
use crate::api::problem::{Code, FieldCode, FieldError, Problem};
use crate::api::security::Edge;
use crate::attendants::store as people;
use crate::audit::store as audit;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::connection::AnyConnection;
use crate::store::sql::Json;
use crate::store::{StoreError, Tx};
use crate::users::api::hash_password;
use crate::users::store as accounts;
use crate::vault::{Secret, Vault};

#[derive(OpenApi)]
#[openapi(paths(password, begin_totp, confirm_totp, end_totp))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/users/me/password").route(web::put().to(password))).service(
        web::resource("/api/users/me/totp")
            .route(web::post().to(begin_totp))
            .route(web::put().to(confirm_totp))
            .route(web::delete().to(end_totp)),
    );
}

/// Whether a code belongs to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Second {
    /// It does, or none is asked of them.
    Passed,
    Missing,
    Wrong,
}

fn sealed_as(user: UserId) -> String {
    format!("second_factor.{user}")
}

fn open(vault: &Vault, factor: &SecondFactor) -> Result<Secret, StoreError> {
    let name = sealed_as(factor.user_id);
    vault.open(&factor.secret, &name).map_err(|error| StoreError::Internal(error.to_string()))
}

/// Checks the second factor at a login; what was accepted is used up.
pub(super) fn second(
    db: &mut AnyConnection,
    vault: &Vault,
    user: UserId,
    code: Option<&str>,
    now: Timestamp,
) -> Result<Second, StoreError> {
    let Some(mut factor) = logins::factor(db, user)?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(Second::Passed);
    };
    let Some(code) = code.map(totp::normal).filter(|code| !code.is_empty()) else { return Ok(Second::Missing) };
    match totp::accepted(&open(vault, &factor)?, &code, now, factor.last_step) {
        Some(step) => factor.last_step = step,
        None => {
            let hash = opaque::hash(&code);
            let Some(at) = factor.recovery.0.iter().position(|known| *known == hash) else { return Ok(Second::Wrong) };
            factor.recovery.0.remove(at);
        }
    }
    logins::put_factor(db, &factor)?;
    Ok(Second::Passed)
}

/// Asks for the password again, before what a screen left open must not do. A wrong one counts as a failed login.
async fn prove(services: &Services, edge: &Edge, call: &Call, field: &str, given: Secret) -> Result<(), Problem> {
    edge.login(call.address.as_deref().and_then(|address| address.parse().ok()))?;
    let (id, now, security) = (call.user.id, call.now, services.config.security.clone());
    let user = services.store.read("user.get", move |db| Ok(people::find(db, id)?)).await?;
    let locked = user.as_ref().and_then(|user| user.locked_until).is_some_and(|until| until > now);
    let (matches, _) = compare(edge, user.as_ref(), given).await?;
    if matches && !locked {
        return Ok(());
    }
    let line = call.line("login.fail", "user", id);
    services.store.write("auth.fail", move |tx| fail(tx, id, &security, line.clone())).await?;
    Err(Problem::field(FieldError::new(field, FieldCode::Mismatch)))
}

/// Gives a person another password and ends their logins, all `but` one; the families ended. None: there is no such person.
pub(super) fn set_password(
    tx: &mut Tx<'_>,
    id: UserId,
    hash: &str,
    but: Option<RecordId>,
    now: Timestamp,
) -> Result<Option<Vec<RecordId>>, StoreError> {
    let Some(mut user) = people::find(tx.db, id)?.filter(|user| user.is_active) else { return Ok(None) };
    user.password_hash = Some(hash.to_owned());
    user.version += 1;
    user.updated_at = now;
    if people::update(tx.db, &user)? == 0 {
        return Err(StoreError::Stale);
    }
    people::set_failures(tx.db, id, 0, None)?;
    logins::delete_link(tx.db, id)?;
    Ok(Some(accounts::end_logins(tx.db, id, but, now)?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordRequest {
    #[schema(value_type = String, format = "password")]
    current_password: Secret,
    #[schema(value_type = String, format = "password")]
    password: Secret,
}

/// Changes the caller's own password. Their other logins end.
///
/// 204 · 422 `current_password` does not match, `password` too short · 429
#[utoipa::path(put, path = "/api/users/me/password", tag = "users", request_body = PasswordRequest,
    responses((status = 204), (status = 422)))]
pub async fn password(
    call: Call,
    Body(request): Body<PasswordRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::UseOwnAccount)?;
    prove(&services, &edge, &call, "current_password", request.current_password).await?;
    let hash = hash_password(&edge, services.config.security.password_min_chars, &request.password).await?;
    let (id, login, now) = (call.user.id, call.login, call.now);
    let line = call.line("user.password", "user", id);
    let ended = services
        .store
        .write("user.password", move |tx| {
            let ended = set_password(tx, id, &hash, login, now)?.ok_or(StoreError::NotFound)?;
            audit::record(tx, &line)?;
            Ok(ended)
        })
        .await?;
    ended.into_iter().for_each(|family| services.revoked.revoke(family, now));
    services.catalog.reload(call.organization()).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProofRequest {
    #[schema(value_type = String, format = "password")]
    password: Secret,
}

/// What an authenticator app is given.
#[derive(Debug, Serialize, ToSchema)]
pub struct Enrolment {
    /// Base32, to be typed where there is no camera.
    secret: String,
    /// `otpauth://totp/…`
    uri: String,
    /// The same as a picture, in SVG.
    qr: Option<String>,
}

/// Begins a second factor: a secret for the caller's authenticator app. It holds once a first code confirms it.
///
/// 201 · 409 there is one already · 422 the password does not match
#[utoipa::path(post, path = "/api/users/me/totp", tag = "users", request_body = ProofRequest,
    responses((status = 201, body = Enrolment), (status = 409)))]
pub async fn begin_totp(
    call: Call,
    Body(request): Body<ProofRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::UseOwnAccount)?;
    prove(&services, &edge, &call, "password", request.password).await?;
    let secret = totp::secret();
    let factor = SecondFactor {
        user_id: call.user.id,
        organization_id: call.organization(),
        secret: services.vault.seal(&secret, &sealed_as(call.user.id)),
        confirmed_at: None,
        last_step: 0,
        recovery: Json(Vec::new()),
        created_at: call.now,
    };
    let stored = services.store.write("totp.begin", move |tx| {
        let is_protected = logins::factor(tx.db, factor.user_id)?.is_some_and(|factor| factor.confirmed_at.is_some());
        if !is_protected {
            logins::put_factor(tx.db, &factor)?;
        }
        Ok(!is_protected)
    });
    if !stored.await? {
        return Err(Problem::of(Code::Conflict));
    }
    let account = call.user.email.as_deref().unwrap_or(&call.user.name);
    let uri = totp::uri(&secret, &call.configuration.organization.name, account);
    let qr = totp::qr(&uri);
    Ok(HttpResponse::Created().json(Enrolment { secret: secret.expose().to_owned(), uri, qr }))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// What the app shows now.
    code: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Recovery {
    /// Each replaces a code once, for the day the phone is lost; never shown again.
    recovery_codes: Vec<String>,
}

/// Confirms a second factor with a first code: from now on a login asks for one.
///
/// 200 · 409 none was begun, or it is confirmed · 422 the code does not match
#[utoipa::path(put, path = "/api/users/me/totp", tag = "users", request_body = CodeRequest,
    responses((status = 200, body = Recovery), (status = 409)))]
pub async fn confirm_totp(
    call: Call,
    Body(request): Body<CodeRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::UseOwnAccount)?;
    let (id, now, vault) = (call.user.id, call.now, services.vault.clone());
    let recovery_codes = totp::recovery_codes();
    let hashes: Vec<String> = recovery_codes.iter().map(|code| opaque::hash(&totp::normal(code))).collect();
    let line = call.line("user.totp", "user", id);
    let confirmed = services.store.write("totp.confirm", move |tx| {
        let begun = logins::factor(tx.db, id)?.filter(|factor| factor.confirmed_at.is_none());
        let Some(mut factor) = begun else { return Ok(Err(Problem::of(Code::Conflict))) };
        let Some(step) = totp::accepted(&open(&vault, &factor)?, &request.code, now, 0) else {
            return Ok(Err(Problem::field(FieldError::new("code", FieldCode::Mismatch))));
        };
        factor.confirmed_at = Some(now);
        factor.last_step = step;
        factor.recovery = Json(hashes.clone());
        logins::put_factor(tx.db, &factor)?;
        audit::record(tx, &line)?;
        Ok(Ok(()))
    });
    confirmed.await??;
    services.catalog.reload(call.organization()).await?;
    Ok(HttpResponse::Ok().json(Recovery { recovery_codes }))
}

/// Ends the caller's second factor.
///
/// 204 · 404 there is none · 422 the password does not match
#[utoipa::path(delete, path = "/api/users/me/totp", tag = "users", request_body = ProofRequest,
    responses((status = 204), (status = 404)))]
pub async fn end_totp(
    call: Call,
    Body(request): Body<ProofRequest>,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::UseOwnAccount)?;
    prove(&services, &edge, &call, "password", request.password).await?;
    end_factor(&services, &call, call.user.id).await
}

/// Forgets a person's second factor.
pub(super) async fn end_factor(services: &Services, call: &Call, id: UserId) -> Result<HttpResponse, Problem> {
    let line = call.line("user.totp.end", "user", id);
    services
        .store
        .write("totp.end", move |tx| {
            if logins::delete_factor(tx.db, id)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(call.organization()).await?;
    Ok(HttpResponse::NoContent().finish())
}
