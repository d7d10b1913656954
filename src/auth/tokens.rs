//! `/api/tokens`: API tokens, which act for the person who made them, within their scopes. The text is shown once.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::opaque::{self, Kind};
use super::roles::{Permission, Scope};
use super::store::{self as tokens, ApiToken};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::audit::store as audit;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::services::Services;
use crate::store::StoreError;
use crate::store::sql::Json;

#[derive(OpenApi)]
#[openapi(paths(list, create, revoke))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/tokens").route(web::get().to(list)).route(web::post().to(create)))
        .service(web::resource("/api/tokens/{id}").route(web::delete().to(revoke)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TokenView {
    pub id: RecordId,
    pub name: String,
    /// Whom it acts for.
    pub user_id: UserId,
    pub last4: String,
    pub scopes: Vec<String>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl From<&ApiToken> for TokenView {
    fn from(row: &ApiToken) -> Self {
        TokenView {
            id: row.id,
            name: row.name.clone(),
            user_id: row.user_id,
            last4: row.last4.clone(),
            scopes: row.scopes.0.clone(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct NewToken {
    #[serde(flatten)]
    view: TokenView,
    /// The token itself; never shown again.
    token: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    name: String,
    /// `conversations:read`, `crm:write` ...; write includes read.
    scopes: Vec<String>,
    expires_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TokenQuery {
    /// Also those that were revoked or ended.
    ended: Option<bool>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The organization's tokens, without their texts.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/tokens", tag = "tokens", params(TokenQuery),
    responses((status = 200, body = Page<TokenView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<TokenQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ManageTokens)?;
    let organization = caller.organization();
    let mut rows = services.store.read("token.list", move |db| Ok(tokens::tokens_of(db, organization)?)).await?;
    let now = services.clock.now();
    if !query.ended.unwrap_or(false) {
        rows.retain(|row| row.revoked_at.is_none() && row.expires_at.is_none_or(|at| at > now));
    }
    let page = Page::cut(rows, query.limit, query.cursor.as_deref(), |row| row.id)?;
    Ok(HttpResponse::Ok().json(page.map(|row| TokenView::from(&row))))
}

/// Makes a token. The answer is the only place its text is shown.
///
/// 201 · 403 · 422
#[utoipa::path(post, path = "/api/tokens", tag = "tokens", request_body = TokenRequest,
    responses((status = 201, body = NewToken)))]
pub async fn create(
    call: Call,
    Body(request): Body<TokenRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageTokens)?;
    let mut check = Check::default();
    let name = check.required("name", Some(&request.name), check::NAME);
    let scopes = check.list("scopes", &request.scopes, 64, 64);
    if scopes.is_empty() {
        check.refuse(FieldError::required("scopes"));
    }
    for (index, scope) in scopes.iter().enumerate() {
        if scope.parse::<Scope>().is_err() {
            let known: Vec<String> = Scope::all().map(|scope| scope.to_string()).collect();
            check.refuse(FieldError::unknown_value(format!("scopes[{index}]"), known.join(", ")));
        }
    }
    if request.expires_at.is_some_and(|at| at <= call.now) {
        check.refuse(FieldError::invalid("expires_at", ("já passou", "in the past")));
    }
    // A token does not make tokens that outreach it.
    if let Some(own) = &call.principal.scopes {
        let covered = |text: &String| {
            let write = text.replace(":read", ":write");
            own.iter().any(|scope| scope.to_string() == *text || scope.to_string() == write)
        };
        if !scopes.iter().all(covered) {
            return Err(Problem::forbidden());
        }
    }
    check.done()?;
    let issued = opaque::issue(Kind::Api);
    let row = ApiToken {
        id: RecordId::new(),
        organization_id: call.organization(),
        user_id: call.user.id,
        name,
        token_hash: issued.hash,
        last4: issued.last4,
        scopes: Json(scopes),
        created_at: call.now,
        expires_at: request.expires_at,
        last_used_at: None,
        revoked_at: None,
    };
    let view = TokenView::from(&row);
    let line = call.line("token.create", "token", row.id).with(json!({"name": row.name, "scopes": row.scopes.0}));
    services
        .store
        .write("token.create", move |tx| {
            tokens::insert_token(tx.db, &row)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::Created().json(NewToken { view, token: issued.token.expose().to_owned() }))
}

/// Ends a token at once.
///
/// 204 · 403 · 404 unknown or ended already
#[utoipa::path(delete, path = "/api/tokens/{id}", tag = "tokens", params(("id" = RecordId, Path)),
    responses((status = 204), (status = 404)))]
pub async fn revoke(call: Call, Path(id): Path<RecordId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageTokens)?;
    let (organization, now) = (call.organization(), call.now);
    let line = call.line("token.revoke", "token", id);
    services
        .store
        .write("token.revoke", move |tx| {
            if tokens::revoke_token(tx.db, organization, id, now)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
