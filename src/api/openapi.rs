//! The OpenAPI 3.1 document, from the code's own types: `GET /api/openapi.json`, and a page that shows it.

use std::sync::OnceLock;

use actix_web::HttpResponse;
use actix_web::web;
use utoipa::OpenApi;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi as Document, Ref, RefOr, ResponseBuilder, SecurityRequirement};

use super::problem::{CONTENT_TYPE, FieldBody, Problem, ProblemBody};
use super::security::as_page;

#[derive(OpenApi)]
#[openapi(paths(document, page), components(schemas(ProblemBody, FieldBody)))]
struct Own;

/// The whole document: every noun's part.
pub fn whole() -> Document {
    let parts = [
        Own::openapi(),
        crate::auth::api::Doc::openapi(),
        crate::auth::account::Doc::openapi(),
        crate::auth::access::Doc::openapi(),
        crate::auth::tokens::Doc::openapi(),
        crate::organizations::api::Doc::openapi(),
        crate::users::api::Doc::openapi(),
        crate::skills::api::Doc::openapi(),
        crate::bot::api::Doc::openapi(),
        crate::bot::scripts::Doc::openapi(),
        crate::bot::editor::Doc::openapi(),
        crate::bot::runs::api::Doc::openapi(),
        crate::channels::api::Doc::openapi(),
        crate::channels::templates::Doc::openapi(),
        crate::channels::kinds::Doc::openapi(),
        crate::canned::api::Doc::openapi(),
        crate::contacts::api::Doc::openapi(),
        crate::contacts::duplicates::Doc::openapi(),
        crate::contacts::notes::Doc::openapi(),
        crate::contacts::timeline::Doc::openapi(),
        crate::leads::api::Doc::openapi(),
        crate::settings::api::Doc::openapi(),
        crate::audit::api::Doc::openapi(),
        crate::attachments::api::Doc::openapi(),
        crate::attendants::api::Doc::openapi(),
        crate::channels::api_channel::api::Doc::openapi(),
        crate::channels::web::api::Doc::openapi(),
        crate::conversations::api::Doc::openapi(),
        crate::queues::api::Doc::openapi(),
        crate::reports::api::Doc::openapi(),
        crate::notifications::api::Doc::openapi(),
        crate::ops::health::Doc::openapi(),
    ];
    let mut whole = parts.into_iter().reduce(Document::merge_from).unwrap_or_else(Own::openapi);
    whole.info = InfoBuilder::new()
        .title("attendance")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Realtime contact center. Errors are application/problem+json (schema Problem). Lists take limit and cursor; \
             POST takes Idempotency-Key; editable resources have ETag and take If-Match.",
        ))
        .build();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    whole.components.get_or_insert_default().add_security_scheme("bearer", scheme);
    whole.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    for (path, item) in &mut whole.paths.paths {
        for (method, operation) in
            [("GET", &mut item.get), ("POST", &mut item.post), ("PUT", &mut item.put), ("DELETE", &mut item.delete)]
        {
            if let Some(operation) = operation {
                add_refusals(method, path, operation);
            }
        }
    }
    whole
}

/// What any route of this shape may refuse with, besides what its own lines name; each refusal has the problem's shape.
fn add_refusals(method: &str, path: &str, operation: &mut Operation) {
    let asks = |place: ParameterIn| {
        let known = operation.parameters.iter().flatten();
        known.into_iter().any(|one| matches!(one, RefOr::T(parameter) if parameter.parameter_in == place))
    };
    let public = operation.security.is_some();
    let changes = method != "GET";
    let has_body = operation.request_body.is_some();
    let mut statuses = Vec::new();
    if !public {
        statuses.extend([401, 403]);
    }
    if path.contains('{') {
        statuses.push(404);
    }
    if asks(ParameterIn::Query) || has_body || method == "POST" {
        statuses.push(422); // of a POST also its Idempotency-Key
    }
    if has_body {
        statuses.extend([400, 404, 413, 415]);
    }
    if changes {
        statuses.extend([409, 412]);
    }
    if path.starts_with("/api/") {
        statuses.extend([429, 500, 503]);
    }
    let all = &mut operation.responses.responses;
    for status in statuses {
        all.entry(status.to_string()).or_insert_with(|| RefOr::T(ResponseBuilder::new().build()));
    }
    for (status, response) in all {
        let RefOr::T(response) = response else { continue };
        if status.as_str() >= "400" && response.content.is_empty() {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response.content.insert(CONTENT_TYPE.to_owned(), RefOr::T(problem));
        }
    }
}

/// This document.
///
/// 200
#[utoipa::path(get, path = "/api/openapi.json", tag = "operations", security(()),
    responses((status = 200, content_type = "application/json")))]
pub async fn document() -> Result<HttpResponse, Problem> {
    static TEXT: OnceLock<Option<String>> = OnceLock::new();
    let text = TEXT.get_or_init(|| whole().to_json().ok());
    let text = text.as_deref().ok_or_else(|| Problem::internal("the OpenAPI document cannot be written"))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("cache-control", "public, max-age=300"))
        .body(text))
}

/// A page that shows the document.
///
/// 200 text/html
#[utoipa::path(get, path = "/api/docs", tag = "operations", security(()),
    responses((status = 200, content_type = "text/html")))]
pub async fn page() -> HttpResponse {
    asset("text/html; charset=utf-8", include_str!("../../static/docs/docs.html"))
}

fn asset(kind: &str, body: &'static str) -> HttpResponse {
    let mut response =
        HttpResponse::Ok().content_type(kind).insert_header(("cache-control", "public, max-age=300")).body(body);
    as_page(&mut response);
    response
}

async fn style() -> HttpResponse {
    asset("text/css; charset=utf-8", include_str!("../../static/docs/docs.css"))
}

async fn script() -> HttpResponse {
    asset("text/javascript; charset=utf-8", include_str!("../../static/docs/docs.js"))
}

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/openapi.json").route(web::get().to(document)))
        .service(web::resource("/api/docs").route(web::get().to(page)))
        .service(web::resource("/api/docs/docs.css").route(web::get().to(style)))
        .service(web::resource("/api/docs/docs.js").route(web::get().to(script)));
}
