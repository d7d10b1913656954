//! The widget's door: `/api/webchat/{channel_id}` (what it shows, before anybody is known), `.../sessions`, `.../messages`,
//! `.../attachments`, `.../offline`, and `GET /ws/webchat/{channel_id}`.
//! Called from other people's sites: each answer says whether that site may read it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use actix_multipart::Multipart;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{self, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use actix_web_actors::ws::WsResponseBuilder;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::protocol::{SUBPROTOCOL, TOKEN_PREFIX, VisitorMessage, VisitorStatus};
use super::settings;
use super::socket::{self, VisitorSocket, Who, Written};
use super::store::{self, Opening, Visitor};
use crate::api::call::client_address;
use crate::api::extract::{Json, Path, Query};
use crate::api::problem::{Code, FieldError, Problem};
use crate::attachments::api::{self as attachments, FileView};
use crate::auth::opaque;
use crate::catalog::ChannelEntry;
use crate::conversations::store as conversations;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::{AnyConnection, StoreError};

/// Messages in the first answer.
const PAGE: i64 = 50;
/// Of an id, a name, an e-mail, a phone.
const FIELD_CHARS: usize = 255;
/// Bytes of a frame beside the message's own characters.
const FRAME_ROOM: usize = 8192;

#[derive(OpenApi)]
#[openapi(paths(config, open, close, messages, upload, leave, connect))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    let preflight = || web::method(actix_web::http::Method::OPTIONS).to(preflight);
    cfg.service(web::resource("/api/webchat/{channel_id}").route(web::get().to(config)).route(preflight()))
        .service(
            web::resource("/api/webchat/{channel_id}/sessions")
                .route(web::post().to(open))
                .route(web::delete().to(close))
                .route(preflight()),
        )
        .service(web::resource("/api/webchat/{channel_id}/messages").route(web::get().to(messages)).route(preflight()))
        .service(
            web::resource("/api/webchat/{channel_id}/attachments").route(web::post().to(upload)).route(preflight()),
        )
        .service(web::resource("/api/webchat/{channel_id}/offline").route(web::post().to(leave)).route(preflight()))
        .service(web::resource("/ws/webchat/{channel_id}").route(web::get().to(connect)));
}

/// What the widget brings when it opens.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OpenRequest {
    /// From an earlier answer: the same visitor goes on.
    visitor_token: Option<String>,
    user: Option<UserRequest>,
    /// The address of the page, or `{"url", "title", "referrer"}`.
    page: Option<Value>,
    /// The version of the text agreed to, or `{"version", "accepted"}`.
    consent: Option<Value>,
    locale: Option<String>,
}

/// Who the site says they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VisitorIdentity)]
struct UserRequest {
    id: Option<String>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    /// Lower-case hexadecimal HMAC-SHA256 of `id` under the channel's identity secret, made by the site's server.
    hmac: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OpenAnswer {
    /// Kept by the widget; opens the same session again.
    visitor_token: String,
    #[schema(value_type = String, format = "uuid")]
    session_id: SessionId,
    /// The newest ones, oldest first.
    messages: Vec<VisitorMessage>,
    has_more: bool,
    status: VisitorStatus,
    /// The site vouches for the visitor.
    verified: bool,
    config: Value,
}

/// The web channel of the path, for this page's origin.
fn channel(services: &Services, id: ChannelId, request: &HttpRequest) -> Result<Arc<ChannelEntry>, Problem> {
    let found = services.catalog.of_channel(id).map(|(_, entry)| entry);
    let entry = found.filter(|entry| entry.row.kind == "web").ok_or_else(Problem::not_found)?;
    match origin(request) {
        // Programs send none; the token is what protects the session.
        Some(origin) if !settings::allowed(&entry, &services.public_url, origin) => Err(Problem::forbidden()),
        _ if !entry.row.is_active => Err(Problem::of(Code::FeatureDisabled)),
        _ => Ok(entry),
    }
}

fn origin(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::ORIGIN).map(|value| value.to_str().unwrap_or("null"))
}

/// Lets the page read the answer. A page that may not embed the widget reads only that it may not.
fn readable(mut response: HttpResponse, request: &HttpRequest) -> HttpResponse {
    let headers = response.headers_mut();
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("retry-after, x-request-id"));
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    response
}

fn answered(answer: Result<HttpResponse, Problem>, request: &HttpRequest) -> HttpResponse {
    readable(answer.unwrap_or_else(HttpResponse::from_error), request)
}

/// A browser's question before the real call.
async fn preflight(request: HttpRequest, Path(id): Path<ChannelId>, services: Data<Services>) -> HttpResponse {
    let answer = channel(&services, id, &request).map(|_| {
        HttpResponse::NoContent()
            .insert_header((header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"))
            .insert_header((header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, accept-language"))
            .insert_header((header::ACCESS_CONTROL_MAX_AGE, "600"))
            .finish()
    });
    answered(answer, &request)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ConfigQuery {
    locale: Option<String>,
}

/// What the widget shows before anybody writes: nothing is stored, nobody is known.
///
/// 200 · 403 another site's page · 404 · 409 the channel is off
#[utoipa::path(get, path = "/api/webchat/{channel_id}", tag = "webchat", params(("channel_id" = String, Path, format = "uuid"), ConfigQuery),
    responses((status = 200, body = Object), (status = 403), (status = 404), (status = 409)))]
async fn config(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    query: Result<Query<ConfigQuery>, Problem>,
    lang: Lang,
    services: Data<Services>,
) -> HttpResponse {
    let answer = || {
        let entry = channel(&services, id, &request)?;
        let Query(query) = query?;
        let shown = settings::widget(&entry, &services, query.locale.as_deref().unwrap_or(lang.locale()));
        Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(shown))
    };
    answered(answer(), &request)
}

/// Opens a visitor's session, or goes on with it: makes contact and session the first time.
///
/// 200 · 401 `user.hmac` is wrong, or missing where the channel asks for it · 403 another site's page · 404 · 409 the channel is
/// off · 422
#[utoipa::path(post, path = "/api/webchat/{channel_id}/sessions", tag = "webchat", params(("channel_id" = String, Path, format = "uuid")),
    request_body = OpenRequest, responses((status = 200, body = OpenAnswer), (status = 401), (status = 403), (status = 404), (status = 409), (status = 422)))]
async fn open(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    body: Result<Json<OpenRequest>, Problem>,
    lang: Lang,
    services: Data<Services>,
) -> HttpResponse {
    let answer = async {
        let entry = channel(&services, id, &request)?;
        let Json(body) = body?;
        let session = begin(&services, &entry, body, lang).await?;
        Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(session))
    };
    answered(answer.await, &request)
}

async fn begin(
    services: &Services,
    entry: &Arc<ChannelEntry>,
    body: OpenRequest,
    lang: Lang,
) -> Result<OpenAnswer, Problem> {
    let now = services.clock.now();
    let user = body.user.unwrap_or_default();
    check(&user)?;
    let vouched = vouched(entry, &user)?;
    let presented = body.visitor_token.filter(|token| opaque::Kind::of(token) == Some(opaque::Kind::Visitor));
    let issued = opaque::issue(opaque::Kind::Visitor);
    let verified = vouched.is_some();
    let page = body.page.as_ref().and_then(|page| page.as_str().or_else(|| page.get("url")?.as_str()));
    let opening = Opening {
        token_hash: presented.as_deref().map(opaque::hash),
        fresh_hash: issued.hash.clone(),
        vouched,
        name: said(user.name),
        email: said(user.email),
        phone: said(user.phone),
        consent: body.consent.as_ref().and_then(|consent| agreed(consent, lang, &now.to_string())),
        page: page.and_then(settings::clean_page),
    };
    let days = services.config.webchat.visitor_token_days;
    let expires_at = now + std::time::Duration::from_secs(days * 24 * 3600);
    let channel = entry.clone();
    let change = move |tx: &mut crate::store::Tx<'_>| store::open(tx, &channel, &opening, expires_at, now);
    let (visitor, fresh) = match services.store.write("visitor.open", change.clone()).await {
        // Two tabs at once, or an attendant editing the contact: the second look finds what the first made.
        Err(StoreError::Duplicate(_) | StoreError::Stale) => services.store.write("visitor.open", change).await?,
        opened => opened?,
    };
    let session = visitor.session_id;
    let read = services.store.read("visitor.messages", move |db| {
        let conversation = conversations::load(db, session)?.ok_or(StoreError::NotFound)?;
        let (messages, more) = conversations::page(db, session, None, None, PAGE, false)?;
        Ok((conversation, messages, more))
    });
    let (conversation, messages, has_more) = read.await?;
    let locale = body.locale.unwrap_or_else(|| lang.locale().to_owned());
    Ok(OpenAnswer {
        visitor_token: match presented {
            Some(token) if !fresh => token,
            _ => issued.token.expose().to_owned(),
        },
        session_id: session,
        messages: messages.iter().filter_map(|message| socket::visible(services, message)).collect(),
        has_more,
        status: socket::status(services, &conversation),
        verified,
        config: settings::widget(entry, services, &locale),
    })
}

fn check(user: &UserRequest) -> Result<(), Problem> {
    let fields = [("id", &user.id), ("name", &user.name), ("email", &user.email), ("phone", &user.phone)];
    let errors: Vec<FieldError> = fields
        .into_iter()
        .filter(|(_, value)| value.as_ref().is_some_and(|value| value.chars().count() > FIELD_CHARS))
        .map(|(name, _)| FieldError::too_long(format!("user.{name}"), FIELD_CHARS))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

fn said(text: Option<String>) -> Option<String> {
    text.map(|text| text.replace('\0', "").trim().to_owned()).filter(|text| !text.is_empty())
}

/// The id, when the site proves it. An id without proof is not believed.
fn vouched(entry: &ChannelEntry, user: &UserRequest) -> Result<Option<String>, Problem> {
    match (&user.id, &user.hmac) {
        (Some(id), Some(hmac)) if settings::vouches(&entry.credentials, id, hmac) => Ok(Some(id.clone())),
        (_, Some(_)) => Err(Problem::unauthorized()),
        (_, None) if settings::requires_identity(entry) => Err(Problem::unauthorized()),
        _ => Ok(None),
    }
}

/// What is kept of a consent: version, language and time; none when it was not given.
fn agreed(consent: &Value, lang: Lang, now: &str) -> Option<Value> {
    let version = match consent {
        Value::String(version) => Some(version.clone()),
        Value::Bool(true) => None,
        Value::Object(given) if given.get("accepted") != Some(&Value::Bool(false)) => {
            given.get("version").and_then(Value::as_str).map(str::to_owned)
        }
        _ => return None,
    };
    let version = version.map(|version| version.chars().take(100).collect::<String>());
    Some(json!({"version": version, "locale": lang.locale(), "at": now}))
}

/// The visitor's token ends; the widget forgets it.
///
/// 204 · 401 · 403 · 404
#[utoipa::path(delete, path = "/api/webchat/{channel_id}/sessions", tag = "webchat", params(("channel_id" = String, Path, format = "uuid")),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
async fn close(request: HttpRequest, Path(id): Path<ChannelId>, services: Data<Services>) -> HttpResponse {
    let answer = async {
        channel(&services, id, &request)?;
        let visitor = visitor(&services, id, bearer(&request)).await?.id;
        let now = services.clock.now();
        services.store.write("visitor.close", move |tx| Ok(store::end(tx.db, visitor, now)?)).await?;
        Ok(HttpResponse::NoContent().finish())
    };
    answered(answer.await, &request)
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct MessagesQuery {
    /// Only messages with a smaller `seq`; the newest ones without it.
    before: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct VisitorMessages {
    /// Oldest first.
    items: Vec<VisitorMessage>,
    /// Older ones remain.
    has_more: bool,
}

/// Earlier messages of the visitor's conversation.
///
/// 200 · 401 · 403 · 404
#[utoipa::path(get, path = "/api/webchat/{channel_id}/messages", tag = "webchat", params(("channel_id" = String, Path, format = "uuid"), MessagesQuery),
    responses((status = 200, body = VisitorMessages), (status = 401), (status = 403), (status = 404)))]
async fn messages(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    query: Result<Query<MessagesQuery>, Problem>,
    services: Data<Services>,
) -> HttpResponse {
    let answer = async {
        channel(&services, id, &request)?;
        let (session, Query(query)) = (visitor(&services, id, bearer(&request)).await?.session_id, query?);
        let page = move |db: &mut AnyConnection| Ok(conversations::page(db, session, query.before, None, PAGE, false)?);
        let (rows, has_more) = services.store.read("visitor.messages", page).await?;
        let items = rows.iter().filter_map(|message| socket::visible(&services, message)).collect();
        Ok(HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(VisitorMessages { items, has_more }))
    };
    answered(answer.await, &request)
}

/// What is left for the team outside business hours.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LeaveRequest {
    /// The same one again acts once.
    client_id: String,
    text: String,
}

/// Leaves a message for a person: it waits in the queue until somebody serves, whether or not the visitor stays. Who
/// wrote it, `POST .../sessions` was told.
///
/// 202 · 401 · 403 · 404 · 422 · 429
#[utoipa::path(post, path = "/api/webchat/{channel_id}/offline", tag = "webchat", params(("channel_id" = String, Path, format = "uuid")),
    request_body = LeaveRequest, responses((status = 202, body = VisitorMessage), (status = 401), (status = 403), (status = 404), (status = 422), (status = 429)))]
async fn leave(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    body: Result<Json<LeaveRequest>, Problem>,
    lang: Lang,
    services: Data<Services>,
) -> HttpResponse {
    let answer = async {
        channel(&services, id, &request)?;
        let (visitor, Json(body)) = (visitor(&services, id, bearer(&request)).await?, body?);
        let limits = &services.config.webchat;
        socket::check(&body.client_id, &body.text, &[], limits.message_chars)?;
        services.visitors.admit(visitor.id, limits.messages_per_minute).map_err(Problem::too_many)?;
        let who = Who {
            organization: visitor.organization_id,
            channel: id,
            visitor: visitor.id,
            session: visitor.session_id,
            lang,
        };
        let LeaveRequest { client_id, text } = body;
        let written = Written { client_id, text, files: Vec::new(), payload: None, for_person: true };
        let stored = socket::receive(&services, &who, written).await?;
        Ok(HttpResponse::Accepted().json(socket::visible(&services, &stored)))
    };
    answered(answer.await, &request)
}

/// Keeps a visitor's file for one of their next messages.
///
/// 201 · 401 · 403 · 404 · 413 · 415 · 422 · 429
#[utoipa::path(post, path = "/api/webchat/{channel_id}/attachments", tag = "webchat", params(("channel_id" = String, Path, format = "uuid")),
    responses((status = 201, body = FileView), (status = 401), (status = 413), (status = 415), (status = 422), (status = 429)))]
async fn upload(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    form: Multipart,
    services: Data<Services>,
) -> HttpResponse {
    let answer = async {
        let entry = channel(&services, id, &request)?;
        let visitor = visitor(&services, id, bearer(&request)).await?;
        services.visitors.admit(visitor.id, services.config.webchat.messages_per_minute).map_err(Problem::too_many)?;
        let (session, by) = (Some(visitor.session_id), AnyId(visitor.id.0));
        let row = attachments::receive(&services, form, entry.row.organization_id, session, by).await?;
        Ok(HttpResponse::Created().json(FileView::from(&row)))
    };
    answered(answer.await, &request)
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")).map(str::trim)
}

async fn visitor(services: &Services, channel: ChannelId, token: Option<&str>) -> Result<Visitor, Problem> {
    let token = token.filter(|token| opaque::Kind::of(token) == Some(opaque::Kind::Visitor));
    let hash = opaque::hash(token.ok_or_else(Problem::unauthorized)?);
    let now = services.clock.now();
    let found =
        services.store.read("visitor.by_token", move |db| Ok(store::by_token(db, channel, &hash, now)?)).await?;
    found.ok_or_else(Problem::unauthorized)
}

/// The visitor's socket: subprotocols `attendance.chat.v1` and `visitor.<token>`.
///
/// 101 · 400 not a WebSocket handshake · 401 unknown or ended token · 403 another site's page · 404 · 429 too many sockets of this
/// address
#[utoipa::path(get, path = "/ws/webchat/{channel_id}", tag = "webchat", params(("channel_id" = String, Path, format = "uuid")),
    responses((status = 101), (status = 400), (status = 401), (status = 403), (status = 404), (status = 429)))]
async fn connect(
    request: HttpRequest,
    Path(id): Path<ChannelId>,
    stream: Payload,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, actix_web::Error> {
    channel(&services, id, &request)?;
    let protocols: Vec<&str> = request
        .headers()
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    let token = protocols.iter().find_map(|protocol| protocol.strip_prefix(TOKEN_PREFIX)).or_else(|| bearer(&request));
    let visitor = visitor(&services, id, token).await?;
    let most = services.config.webchat.sockets_per_address;
    let address = client_address(&request, &services.config).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let place = services.visitors.place(address, most).ok_or_else(|| Problem::too_many(30))?;
    let who = Who {
        organization: visitor.organization_id,
        channel: id,
        visitor: visitor.id,
        session: visitor.session_id,
        lang,
    };
    let characters = usize::try_from(services.config.webchat.message_chars).unwrap_or(FRAME_ROOM);
    let socket = VisitorSocket::new(services.get_ref().clone(), who, place);
    WsResponseBuilder::new(socket, &request, stream)
        .protocols(&[SUBPROTOCOL])
        .frame_size(characters * 4 + FRAME_ROOM)
        .start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consent_is_kept_with_its_version_and_time() {
        let kept = |consent: Value| agreed(&consent, Lang::Pt, "2026-01-01T00:00:00.000Z");
        let version = |consent: Value| kept(consent).map(|kept| kept["version"].clone());
        assert_eq!(version(json!("2026-03")), Some(json!("2026-03")));
        assert_eq!(version(json!({"version": "2026-03", "accepted": true})), Some(json!("2026-03")));
        assert_eq!(kept(json!(true)).unwrap()["at"], "2026-01-01T00:00:00.000Z");
        for refused in [json!(false), json!(null), json!({"version": "1", "accepted": false}), json!(3)] {
            assert_eq!(kept(refused), None);
        }
    }
}
