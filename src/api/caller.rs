//! Who calls: the extractor in front of every handler that needs a person. Accepts an access token or an API token; what
//! they may do is asked of [`Principal::may`], and nowhere else.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};

use super::problem::Problem;
use crate::attendants::desk::Worker;
use crate::attendants::store::User;
use crate::auth::opaque;
use crate::auth::roles::{Permission, Principal};
use crate::auth::store as tokens;
use crate::catalog::Configuration;
use crate::conversations::Actor;
use crate::ids::{OrganizationId, QueueId, RecordId, UserId};
use crate::services::Services;

/// The person behind a call, and what they may do.
#[derive(Clone)]
pub struct Caller {
    pub principal: Principal,
    pub user: Arc<User>,
    /// Of their organization, as it was when the call came in.
    pub configuration: Arc<Configuration>,
    /// Unix seconds at which the credential ends; none for an API token without an end.
    pub expires_at: Option<i64>,
    /// The login the credential belongs to; none for an API token.
    pub login: Option<RecordId>,
}

impl Caller {
    /// 403 unless they may.
    pub fn may(&self, permission: Permission) -> Result<(), Problem> {
        Ok(self.principal.may(permission)?)
    }

    pub fn organization(&self) -> OrganizationId {
        self.principal.organization
    }

    /// As the author of what they do.
    pub fn actor(&self) -> Actor {
        Actor::Attendant { id: self.user.id, name: self.user.name.clone() }
    }

    /// 404 unless the conversation of this queue and attendant is theirs to see.
    pub fn sees(&self, queue: Option<QueueId>, attendant: Option<UserId>) -> Result<(), Problem> {
        if self.principal.sees_queue(queue, attendant) { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// Them at the desk: what the acts of `attendants::desk` take.
    pub fn worker(&self) -> Worker {
        Worker { principal: self.principal.clone(), user: self.user.clone(), configuration: self.configuration.clone() }
    }
}

/// Checks a credential: the access token of a login, or an API token.
pub async fn authenticate(services: &Services, credential: &str) -> Result<Caller, Problem> {
    let now = services.clock.now();
    match opaque::Kind::of(credential) {
        Some(opaque::Kind::Api) => {
            let hash = opaque::hash(credential);
            let found = services.store.read("token.by_hash", move |db| Ok(tokens::token_by_hash(db, &hash)?)).await?;
            let token = found.ok_or_else(Problem::unauthorized)?;
            if token.revoked_at.is_some() || token.expires_at.is_some_and(|at| at <= now) {
                return Err(Problem::unauthorized());
            }
            if token.last_used_at.is_none_or(|at| now.since(at) > Duration::from_secs(60)) {
                let (store, id) = (services.store.clone(), token.id);
                actix_web::rt::spawn(async move {
                    // Only a hint for people.
                    let _ = store.write("token.touch", move |tx| Ok(tokens::touch_token(tx.db, id, now)?)).await;
                });
            }
            let scopes = token.scopes.0.iter().filter_map(|scope| scope.parse().ok()).collect();
            services.catalog.catch_up(token.organization_id).await?;
            let caller = person(services, token.user_id)?;
            let principal = caller.principal.limited_to(scopes);
            Ok(Caller { principal, expires_at: token.expires_at.map(|at| at.secs()), ..caller })
        }
        Some(_) => Err(Problem::unauthorized()),
        None => {
            let claims = services.keys.read().clone().verify(credential, now)?;
            if services.revoked.contains(claims.sid) {
                return Err(Problem::unauthorized());
            }
            services.catalog.catch_up(claims.org).await?;
            let caller = person(services, claims.sub)?;
            if caller.principal.organization != claims.org {
                return Err(Problem::unauthorized());
            }
            Ok(Caller { expires_at: Some(claims.exp), login: Some(claims.sid), ..caller })
        }
    }
}

/// An active person with their present role and queues.
pub fn person(services: &Services, id: UserId) -> Result<Caller, Problem> {
    let Worker { principal, user, configuration } = Worker::of(services, id).ok_or_else(Problem::unauthorized)?;
    Ok(Caller { principal, user, configuration, expires_at: None, login: None })
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let services = request.app_data::<Data<Services>>().cloned();
        let credential = request
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
            .map(str::to_owned);
        Box::pin(async move {
            let services = services.ok_or_else(|| Problem::internal("no services"))?;
            authenticate(&services, credential.as_deref().ok_or_else(Problem::unauthorized)?.trim()).await
        })
    }
}
