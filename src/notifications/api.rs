//! `/api/push`: a browser subscribes to be woken, and takes it back.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::push::Receiver;
use super::sender;
use super::store::{self, Subscription};
use crate::api::caller::Caller;
use crate::api::extract::Json as Body;
use crate::api::problem::{FieldError, Problem};
use crate::auth::roles::Permission;
use crate::ids::*;
use crate::lang::Message;
use crate::net::Guard;
use crate::services::Services;

/// Browsers of one person.
const MOST: i64 = 20;
/// Characters of an endpoint.
const ENDPOINT: usize = 1024;

#[derive(OpenApi)]
#[openapi(paths(key, subscribe, unsubscribe))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/push/key").route(web::get().to(key))).service(
        web::resource("/api/push/subscriptions").route(web::post().to(subscribe)).route(web::delete().to(unsubscribe)),
    );
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PushKey {
    /// An uncompressed point of P-256, base64url: `applicationServerKey`.
    public_key: String,
}

/// As a browser's `PushSubscription` gives it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionRequest {
    endpoint: String,
    keys: SubscriptionKeys,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionKeys {
    p256dh: String,
    auth: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndpointRequest {
    endpoint: String,
}

/// The key that browsers subscribe with. Always the same.
///
/// 200
#[utoipa::path(get, path = "/api/push/key", tag = "push", responses((status = 200, body = PushKey)))]
pub async fn key(caller: Caller, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    Ok(HttpResponse::Ok().json(PushKey { public_key: sender::keys(&services).await?.public() }))
}

/// Wakes this browser from now on, when a conversation is offered or handed to the caller, and when one waits in a queue of
/// theirs that leaves choosing to people. The preference `notifications.push: false` silences all of them.
///
/// 201 · 422 not a subscription, or an address that may not be called
#[utoipa::path(post, path = "/api/push/subscriptions", tag = "push", request_body = SubscriptionRequest,
    responses((status = 201), (status = 422)))]
pub async fn subscribe(
    caller: Caller,
    Body(request): Body<SubscriptionRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    let allow_private = services.config.security.allow_private_addresses;
    let endpoint = match (Guard { allow_private }).check(&request.endpoint) {
        Ok(url) if url.scheme() != "https" && !allow_private => {
            Err(Problem::field(FieldError::invalid("endpoint", ("não é https", "not https"))))
        }
        Ok(url) if url.as_str().len() > ENDPOINT => Err(Problem::field(FieldError::too_long("endpoint", ENDPOINT))),
        Ok(url) => Ok(url.to_string()),
        Err(error) => Err(Problem::field(FieldError::invalid(
            "endpoint",
            Message { pt: "não é um endereço".to_owned(), en: error.to_string() },
        ))),
    }?;
    if Receiver::parse(&request.keys.p256dh, &request.keys.auth).is_none() {
        return Err(Problem::field(FieldError::invalid(
            "keys",
            ("não são as chaves de uma inscrição", "not the keys of a subscription"),
        )));
    }
    let row = Subscription {
        id: RecordId::new(),
        organization_id: caller.organization(),
        user_id: caller.user.id,
        endpoint,
        p256dh: request.keys.p256dh,
        auth: request.keys.auth,
        created_at: services.clock.now(),
    };
    services.store.write("push.subscribe", move |tx| Ok(store::put(tx.db, &row, MOST)?)).await?;
    Ok(HttpResponse::Created().finish())
}

/// Wakes this browser no more.
///
/// 204, also when it was not subscribed
#[utoipa::path(delete, path = "/api/push/subscriptions", tag = "push", request_body = EndpointRequest,
    responses((status = 204)))]
pub async fn unsubscribe(
    caller: Caller,
    Body(request): Body<EndpointRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::UseOwnAccount)?;
    let user = caller.user.id;
    // Written as it was when it was kept.
    let endpoint = url::Url::parse(&request.endpoint).map_or(request.endpoint, |url| url.to_string());
    services.store.write("push.unsubscribe", move |tx| Ok(store::delete_endpoint(tx.db, user, &endpoint)?)).await?;
    Ok(HttpResponse::NoContent().finish())
}
