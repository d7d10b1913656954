//! `Idempotency-Key` on POST: the same key, caller and content within 24 hours is answered from what was kept, and acts
//! once. Wrapped around the application with `middleware::from_fn(idempotency::replay)`, inside `locale`.

use std::time::Duration;

use actix_web::body::{self, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{Error, FromRequest, HttpMessage, HttpResponse};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::caller;
use super::locale::RequestId;
use super::problem::{CONTENT_TYPE, Code, FieldError, Problem};
use crate::lang::Lang;
use crate::services::Services;
use crate::store::idempotency::{self as kept, Kept};
use crate::store::{Store, StoreError};
use crate::vault::Secret;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEEP: Duration = Duration::from_secs(24 * 3600);
/// A request that began and never ended (the server died) holds its key this long.
const CLAIM: Duration = Duration::from_secs(60);
const LONGEST_KEY: usize = 255;

/// What is kept of an answer, sealed.
#[derive(Serialize, Deserialize)]
struct Answer {
    headers: Vec<(String, String)>,
    body: String,
}

/// Headers that belong to the answer rather than to its transport.
const KEPT_HEADERS: [HeaderName; 3] = [header::CONTENT_TYPE, header::ETAG, header::LOCATION];

fn seal_name(row: &Kept) -> String {
    format!("idempotency.{}.{}.{}", row.organization_id, row.principal_id, row.key)
}

/// What is to be done with a request.
enum Verdict {
    /// Not ours: no key, no valid credentials, a file.
    Pass,
    /// The first with its key; the row holds the claim.
    First(Kept),
    Again(HttpResponse),
}

/// The layer. Refusals are answered, not returned as errors, so that the outer layers add their headers.
pub async fn replay(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let services = match request.app_data::<Data<Services>>().cloned() {
        Some(services) => services,
        None => return Ok(request.error_response(Problem::internal("no services"))),
    };
    let lang = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or_else(Lang::default, Lang::from_accept_language);
    match look(&services, &mut request).await {
        Ok(Verdict::Pass) => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
        Ok(Verdict::Again(answer)) => Ok(request.into_response(answer)),
        Ok(Verdict::First(row)) => match next.call(request).await {
            Ok(response) => keep(&services, row, response.map_into_boxed_body(), lang).await,
            Err(error) => {
                release(&services.store, row).await?;
                Err(error)
            }
        },
        Err(problem) => Ok(request.error_response(problem)),
    }
}

/// Looks the key up, and claims it when nobody has.
async fn look(services: &Services, request: &mut ServiceRequest) -> Result<Verdict, Problem> {
    let pass = request.method() != Method::POST
        || request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    let Some(key) = request.headers().get(KEY).filter(|_| !pass) else { return Ok(Verdict::Pass) };
    let key = key.to_str().map(str::trim).unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > LONGEST_KEY {
        return Err(Problem::field(FieldError::invalid(
            "Idempotency-Key",
            ("de 1 a 255 caracteres simples", "1 to 255 plain characters"),
        )));
    }
    let Some(credential) = credential(request) else { return Ok(Verdict::Pass) };
    let who = caller::authenticate(services, &credential).await?;
    let id = request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default();
    let (head, payload) = request.parts_mut();
    let reading = Bytes::from_request(head, payload);
    let body = reading.await.map_err(|error| Problem::of_status(error.as_response_error().status_code()))?;
    let mut hash = Sha256::new();
    for part in [request.path().as_bytes(), b"?", request.query_string().as_bytes(), b"\n", &body] {
        hash.update(part);
    }
    request.set_payload(Payload::from(body));

    let now = services.clock.now();
    let row = Kept {
        organization_id: who.organization(),
        principal_id: who.principal.user,
        key,
        request_hash: hex::encode(hash.finalize()),
        status: 0,
        body: String::new(),
        created_at: now,
    };
    let claim = row.clone();
    let found = services
        .store
        .write("idempotency.claim", move |tx| Ok(kept::claim(tx.db, &claim, now - KEEP, now - CLAIM)?))
        .await?;
    match found {
        None => Ok(Verdict::First(row)),
        Some(found) if found.request_hash != row.request_hash => Err(Problem::of(Code::IdempotencyMismatch)),
        Some(found) if found.status == 0 => Err(Problem::of(Code::Conflict)), // the first is still under way
        Some(found) => answer_again(services, &found, &id).map(Verdict::Again),
    }
}

fn credential(request: &ServiceRequest) -> Option<String> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

async fn release(store: &Store, row: Kept) -> Result<(), Problem> {
    store.write("idempotency.release", move |tx| Ok(kept::release(tx.db, &row)?)).await?;
    Ok(())
}

/// Keeps an answer that would come again, and hands it on.
async fn keep(
    services: &Services,
    mut row: Kept,
    response: ServiceResponse<BoxBody>,
    lang: Lang,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let status = response.status();
    // What may turn out otherwise next time is tried again: credentials, rates, our own faults.
    let again = [StatusCode::UNAUTHORIZED, StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
    if !(status.is_success() || status.is_client_error()) || again.contains(&status) {
        release(&services.store, row).await?;
        return Ok(response);
    }
    if let Some(problem) = response.response().error().and_then(|error| error.as_error::<Problem>()) {
        let body = serde_json::to_string(&problem.body(lang, None)).map_err(Problem::internal)?;
        let headers = vec![
            (header::CONTENT_TYPE.to_string(), CONTENT_TYPE.to_owned()),
            (header::CONTENT_LANGUAGE.to_string(), lang.locale().to_owned()),
        ];
        store(services, &mut row, status, Answer { headers, body }).await?;
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let bytes = body::to_bytes(body).await.map_err(|error| Problem::internal(error.to_string()))?;
    let headers = KEPT_HEADERS
        .iter()
        .filter_map(|name| Some((name.to_string(), head.headers().get(name)?.to_str().ok()?.to_owned())))
        .collect();
    match std::str::from_utf8(&bytes) {
        Ok(text) => store(services, &mut row, status, Answer { headers, body: text.to_owned() }).await?,
        Err(_) => release(&services.store, row).await?,
    }
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(bytes))))
}

async fn store(services: &Services, row: &mut Kept, status: StatusCode, answer: Answer) -> Result<(), Problem> {
    let text = serde_json::to_string(&answer).map_err(Problem::internal)?;
    row.status = i64::from(status.as_u16());
    row.body = services.vault.seal(&Secret::new(text), &seal_name(row));
    let row = row.clone();
    services.store.write("idempotency.finish", move |tx| Ok(kept::finish(tx.db, &row)?)).await?;
    Ok(())
}

/// The kept answer; a refusal names the request it now answers.
fn answer_again(services: &Services, row: &Kept, request_id: &str) -> Result<HttpResponse, Problem> {
    let opened = services.vault.open(&row.body, &seal_name(row))?;
    let mut answer: Answer = serde_json::from_str(opened.expose()).map_err(Problem::internal)?;
    if answer.headers.iter().any(|(_, value)| value == CONTENT_TYPE) {
        let mut problem: serde_json::Value = serde_json::from_str(&answer.body).map_err(Problem::internal)?;
        problem["request_id"] = request_id.into();
        answer.body = problem.to_string();
    }
    let status = u16::try_from(row.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    Ok(response.body(answer.body))
}

/// Forgets what is older than a day; called by the hourly housekeeping.
pub async fn prune(services: &Services) -> Result<usize, StoreError> {
    let before = services.clock.now() - KEEP;
    services.store.write("idempotency.prune", move |tx| Ok(kept::prune(tx.db, before)?)).await
}
