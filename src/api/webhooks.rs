//! `POST /webhooks/{provider}/{channel_id}`: signature over the raw bytes, durable inbox, 200. Nothing is parsed and no
//! provider is called here.

use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::call::client_address;
use super::problem::Problem;
use super::security::Edge;
use crate::channels::adapter::Webhook;
use crate::ids::{AnyId, ChannelId, InboxId};
use crate::services::Services;
use crate::store::InboxRow;

/// 200 once durable · 401 wrong signature (429 when they are many) · 404 unknown channel · 503 with Retry-After when too
/// much waits
pub async fn receive(
    path: Path<(String, ChannelId)>,
    request: HttpRequest,
    body: Bytes,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (provider, id) = path.into_inner();
    let (_, channel) = services.catalog.of_channel(id).ok_or_else(Problem::not_found)?;
    let adapter =
        channel.adapter.as_ref().filter(|_| serves(&channel.row, &provider)).ok_or_else(Problem::not_found)?;
    let now = services.clock.now();
    let call = webhook(&request, body);
    if adapter.verify(&call, now).is_err() {
        metrics::counter!("attendance_webhook_refused_total", "provider" => provider).increment(1);
        if let Some(edge) = request.app_data::<Data<Edge>>() {
            edge.bad_webhook(client_address(&request, &services.config), AnyId(id.0))?;
        }
        return Err(Problem::unauthorized());
    }
    let Some(place) = services.backlog.enter().await else {
        metrics::counter!("attendance_webhook_overload_total").increment(1);
        return Err(Problem::unavailable(1));
    };
    let row = InboxRow {
        id: InboxId::new(),
        organization_id: channel.row.organization_id,
        channel_id: id,
        received_at: now,
        body: call.body.to_vec(),
        state: "new".to_owned(),
        error: None,
    };
    services.receive(row, place).await?;
    Ok(HttpResponse::Ok().finish())
}

/// `GET`: the provider's handshake. 200 with its challenge · 403
pub async fn verify(
    path: Path<(String, ChannelId)>,
    request: HttpRequest,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    let (provider, id) = path.into_inner();
    let (_, channel) = services.catalog.of_channel(id).ok_or_else(Problem::not_found)?;
    let adapter =
        channel.adapter.as_ref().filter(|_| serves(&channel.row, &provider)).ok_or_else(Problem::not_found)?;
    match adapter.challenge(&webhook(&request, Bytes::new())) {
        Some(challenge) => Ok(HttpResponse::Ok().content_type("text/plain").body(challenge)),
        None => Ok(HttpResponse::Forbidden().finish()),
    }
}

/// The URL names the kind (`whatsapp`) or the provider (`cloud`).
fn serves(row: &crate::channels::store::ChannelRow, provider: &str) -> bool {
    row.kind == provider || row.provider == provider
}

fn webhook(request: &HttpRequest, body: Bytes) -> Webhook {
    let query = serde_urlencoded::from_str(request.query_string()).unwrap_or_default();
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    Webhook { query, headers, body }
}
