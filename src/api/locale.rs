//! The outermost layer of every request: gives it an id, learns the caller's language, and words refusals. Wrapped
//! around the application with `middleware::from_fn(locale::locale)`.

use std::future::{Ready, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use uuid::Uuid;

use super::problem::{CONTENT_TYPE, Problem};
use crate::lang::Lang;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names one request in the answer, the log and the traces: the caller's own `x-request-id` when it is a plain word of
/// 8 to 128 characters, else a fresh one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub String);

impl RequestId {
    fn of(headers: &HeaderMap) -> Self {
        let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|text| {
            (8..=128).contains(&text.len())
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        });
        RequestId(given.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}

/// What a handler may ask for; outside the layer (never in the served application) a fresh id.
impl FromRequest for RequestId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request.extensions().get().cloned().unwrap_or_else(|| RequestId::of(request.headers()))))
    }
}

/// The caller's language, from `Accept-Language`.
impl FromRequest for Lang {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(lang_of(request.headers())))
    }
}

fn lang_of(headers: &HeaderMap) -> Lang {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepted.map_or_else(Lang::default, Lang::from_accept_language)
}

/// The layer itself. For a 405 a path's methods must be routes of one `web::resource`; `App::route` answers 404.
pub async fn locale(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = RequestId::of(request.headers());
    let lang = lang_of(request.headers());
    request.extensions_mut().insert(id.clone());
    match next.call(request).await {
        Ok(response) => {
            let mut response = word(response.map_into_boxed_body(), &id, lang);
            stamp(response.headers_mut(), &id);
            Ok(response)
        }
        // An inner layer refused before any response existed.
        Err(error) => match error.as_error::<Problem>() {
            Some(problem) => Err(Worded::new(problem, &id, lang).into()),
            None => {
                let status = error.as_response_error().status_code();
                Err(Worded::new(&foreign(status, &error), &id, lang).into())
            }
        },
    }
}

/// A problem of ours is worded again; an error answer that is not ours (actix-web's own) becomes one. Headers stay.
fn word(response: ServiceResponse<BoxBody>, id: &RequestId, lang: Lang) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let empty = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let worded = match response.response().error() {
        Some(error) => match error.as_error::<Problem>() {
            Some(problem) => Worded::new(problem, id, lang),
            None => Worded::new(&foreign(status, error), id, lang),
        },
        None if empty => Worded::new(&Problem::of_status(status), id, lang),
        None => return response, // a handler wrote its own body
    };
    response.map_body(|head, _| {
        head.status = worded.status;
        head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        describe(&mut head.headers, lang);
        BoxBody::new(worded.body)
    })
}

fn foreign(status: StatusCode, error: &Error) -> Problem {
    if status.is_server_error() { Problem::internal(error) } else { Problem::of_status(status) }
}

fn describe(headers: &mut HeaderMap, lang: Lang) {
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.locale()));
    headers.append(header::VARY, HeaderValue::from_static("accept-language"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

fn stamp(headers: &mut HeaderMap, id: &RequestId) {
    // Always a valid header: a checked word or a UUID.
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        headers.insert(REQUEST_ID, value);
    }
}

/// A problem in its final words.
#[derive(Debug)]
struct Worded {
    status: StatusCode,
    body: String,
    retry_after: Option<u64>,
    id: RequestId,
    lang: Lang,
}

impl Worded {
    /// Also where a fault of ours is logged, once.
    fn new(problem: &Problem, id: &RequestId, lang: Lang) -> Self {
        let status = problem.code.status();
        if let Some(cause) = &problem.cause {
            tracing::error!(request_id = %id.0, code = problem.code.as_str(), %cause, "request failed");
        }
        let body = serde_json::to_string(&problem.body(lang, Some(&id.0))).unwrap_or_default(); // texts and numbers only
        Worded { status, body, retry_after: problem.retry_after, id: id.clone(), lang }
    }
}

impl std::fmt::Display for Worded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.body)
    }
}

impl ResponseError for Worded {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(CONTENT_TYPE);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        let mut response = response.body(self.body.clone());
        describe(response.headers_mut(), self.lang);
        stamp(response.headers_mut(), &self.id);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Code;
    use actix_web::middleware::from_fn;
    use actix_web::{App, test, web};
    use serde_json::Value;

    async fn refuse() -> Result<HttpResponse, Problem> {
        Err(Problem::already_taken("Ana"))
    }

    async fn fail() -> Result<HttpResponse, Problem> {
        Err(Problem::internal("disk on fire"))
    }

    async fn inner_layer_refuses(
        _: ServiceRequest,
        _: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<BoxBody>, Error> {
        Err(Problem::too_many(9).into())
    }

    async fn ask(uri: &str, headers: &[(&'static str, &str)]) -> (StatusCode, HeaderMap, Value) {
        let app = App::new()
            .service(web::resource("/taken").route(web::get().to(refuse)))
            .route("/fail", web::get().to(fail))
            .route("/plain", web::get().to(async || HttpResponse::BadRequest().body("own words")))
            .route("/ok", web::get().to(async |id: RequestId, lang: Lang| format!("\"{} {lang}\"", id.0)))
            .service(web::scope("/limited").wrap(from_fn(inner_layer_refuses)).route("", web::get().to(refuse)))
            .wrap(from_fn(locale));
        let app = test::init_service(app).await;
        let mut request = test::TestRequest::get().uri(uri);
        if uri == "/method" {
            request = test::TestRequest::post().uri("/taken");
        }
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = match test::try_call_service(&app, request.to_request()).await {
            Ok(response) => response.into_parts().1,
            Err(error) => error.error_response(),
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let body = actix_web::body::to_bytes(response.into_body()).await.unwrap();
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    #[actix_web::test]
    async fn a_refusal_is_worded_in_the_caller_s_language_with_the_request_s_id() {
        let (status, headers, body) =
            ask("/taken", &[("accept-language", "en-US"), ("x-request-id", "abc-12345")]).await;
        assert_eq!(status, 409);
        assert_eq!(body["detail"], "already taken by Ana");
        assert_eq!(body["request_id"], "abc-12345");
        assert_eq!(headers.get("x-request-id").unwrap(), "abc-12345");
        assert_eq!(headers.get("content-type").unwrap(), CONTENT_TYPE);
        assert_eq!(headers.get("content-language").unwrap(), "en");
        let (_, _, body) = ask("/taken", &[]).await;
        assert_eq!(body["detail"], "já assumida por Ana");
    }

    #[actix_web::test]
    async fn unknown_addresses_and_methods_are_problems_too() {
        let (status, _, body) = ask("/nowhere", &[]).await;
        assert_eq!((status.as_u16(), &body["code"]), (404, &Value::from("not_found")));
        let (status, _, body) = ask("/method", &[]).await;
        assert_eq!((status.as_u16(), &body["code"]), (405, &Value::from("method_not_allowed")), "{body}");
    }

    #[actix_web::test]
    async fn a_refusal_of_an_inner_layer_is_worded_too() {
        let (status, headers, body) = ask("/limited", &[("accept-language", "en")]).await;
        assert_eq!(status, 429);
        assert_eq!(headers.get("retry-after").unwrap(), "9");
        assert_eq!(body["code"], Code::RateLimited.as_str());
        assert_eq!(headers.get("x-request-id").unwrap(), body["request_id"].as_str().unwrap());
    }

    #[actix_web::test]
    async fn a_fault_of_ours_says_nothing_but_its_id() {
        let (status, _, body) = ask("/fail", &[]).await;
        assert_eq!(status, 500);
        assert!(!body.to_string().contains("fire") && body["request_id"].is_string());
    }

    #[actix_web::test]
    async fn an_answer_with_its_own_body_keeps_it() {
        let (status, headers, body) = ask("/plain", &[]).await;
        assert_eq!((status.as_u16(), body), (400, Value::Null));
        assert!(headers.contains_key("x-request-id"));
    }

    #[actix_web::test]
    async fn handlers_get_id_and_language_and_a_strange_id_is_replaced() {
        let (_, headers, body) = ask("/ok", &[("accept-language", "en"), ("x-request-id", "a b\"c d e f")]).await;
        let id = headers.get("x-request-id").unwrap().to_str().unwrap();
        assert!(Uuid::parse_str(id).is_ok());
        assert_eq!(body, Value::from(format!("{id} en")));
    }
}
