//! How requests are read: JSON bodies, queries and paths whose refusals name the field. Used like actix-web's own
//! extractors of the same names; [`configure`] makes those answer problems as well.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError};
use actix_web::http::header;
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{Error, FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use super::problem::{FieldCode, FieldError, Problem};
use crate::lang::Message;

/// Bytes of a JSON body when the application says nothing else (configuration: `limits.json_bytes`).
pub const JSON_BYTES: usize = 1024 * 1024;

/// A JSON body. 400 unreadable, 413 too large, 415 not JSON, 422 with the field that does not fit.
///
/// Shapes that people write derive `Deserialize` with `deny_unknown_fields`: a misspelt field is named, not dropped.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.headers().get(header::CONTENT_TYPE).is_none_or(|value| {
            let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
            essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
        });
        // The limit is a `web::PayloadConfig` of the application or the route.
        let body = is_json.then(|| Bytes::from_request(request, payload));
        Box::pin(async move {
            let body = body.ok_or_else(Problem::unsupported_media)?.await.map_err(|error| of_body(&error))?;
            // Nothing at all says as much as `{}`: commands whose fields are all optional need no body.
            from_json(if body.is_empty() { b"{}" } else { &body }).map(Json)
        })
    }
}

/// Query parameters. 422 names the one that is unknown or does not fit.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_query(request.query_string()).map(Query))
    }
}

/// Parts of the path. What is not even an id names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        ready(path.map(|path| Path(path.into_inner())).map_err(|_| Problem::not_found()))
    }
}

/// PostgreSQL stores no text with this character, and nobody means to write it.
const NO_NUL: &str = "the character U+0000 is not allowed";

/// Whether a JSON text holds `\u0000`. As itself the character is no JSON anyway.
fn escapes_nul(body: &[u8]) -> bool {
    let mut bytes = body.iter();
    while bytes.any(|byte| *byte == b'\\') {
        // What follows a backslash belongs to it, another backslash too.
        if bytes.next() == Some(&b'u') && bytes.as_slice().starts_with(b"0000") {
            return true;
        }
    }
    false
}

/// Reads a JSON text as the extractor does; for socket frames and imports.
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if escapes_nul(body) {
        return Err(Problem::malformed(NO_NUL));
    }
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() { Problem::field(field_error(&path, &error.to_string())) } else { Problem::malformed(error) }
    })?;
    json.end().map_err(Problem::malformed)?;
    Ok(value)
}

/// Reads a query string as the extractor does.
pub fn from_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.contains("%00") {
        return Err(Problem::malformed(NO_NUL));
    }
    let query = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(query).map_err(|error| {
        let path = error.path().to_string();
        Problem::field(field_error(&path, &error.into_inner().to_string()))
    })
}

/// What serde says, as an error of a field. serde has no codes: its sentences are fixed by `serde::de::Error`.
fn field_error(path: &str, message: &str) -> FieldError {
    let path = if path == "." { "" } else { path };
    // serde_json adds the place in the text, which a path makes needless.
    let message = message.split(" at line ").next().unwrap_or(message);
    let quoted = || message.split('`').nth(1).unwrap_or_default();
    let child = |name: &str| {
        // The path may or may not end with the name, depending on where serde noticed.
        if path.is_empty() || path == name || path.ends_with(&format!(".{name}")) {
            if path.is_empty() { name.to_owned() } else { path.to_owned() }
        } else {
            format!("{path}.{name}")
        }
    };
    if message.starts_with("unknown field") {
        FieldError::new(child(quoted()), FieldCode::UnknownField)
    } else if message.starts_with("missing field") {
        FieldError::required(child(quoted()))
    } else if message.starts_with("unknown variant") {
        let allowed = message.split_once("expected ").map_or("", |(_, allowed)| allowed);
        FieldError::unknown_value(path, allowed.strip_prefix("one of ").unwrap_or(allowed))
    } else if message.starts_with("duplicate field") {
        FieldError::invalid(child(quoted()), ("informado duas vezes", "given twice"))
    } else {
        FieldError::invalid(path, Message { pt: misfit(message), en: message.to_owned() })
    }
}

/// What serde says of a value of the wrong kind, in Portuguese; other sentences of parsers stay as they are.
fn misfit(message: &str) -> String {
    let Some((_, expected)) = message.split_once(", expected ").filter(|_| message.starts_with("invalid ")) else {
        return message.to_owned();
    };
    let kind = match expected.split_whitespace().next().unwrap_or_default() {
        _ if expected.contains("string") => "um texto",
        _ if expected.contains("boolean") => "verdadeiro ou falso",
        "f32" | "f64" => "um número",
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "um número inteiro",
        "struct" => "um objeto",
        _ if expected.contains("sequence") => "uma lista",
        _ if expected.contains("map") => "um objeto",
        _ => return message.to_owned(),
    };
    format!("esperado: {kind}")
}

/// Why the bytes of a body did not arrive.
fn of_body(error: &Error) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Problem::payload_too_large(),
        Some(error) => Problem::malformed(error),
        None => Problem::of_status(error.as_response_error().status_code()),
    }
}

/// Gives the application the body limits, and actix-web's own extractors (which multipart and others use) answers of
/// our kind.
pub fn configure(json_bytes: usize) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(web::PayloadConfig::new(json_bytes))
            .app_data(
                web::JsonConfig::default().limit(json_bytes).error_handler(|error, _| of_actix_json(&error).into()),
            )
            .app_data(web::QueryConfig::default().error_handler(|error, _| of_actix_query(&error).into()))
            .app_data(web::PathConfig::default().error_handler(|_: PathError, _| Problem::not_found().into()));
    }
}

fn of_actix_json(error: &JsonPayloadError) -> Problem {
    match error {
        JsonPayloadError::OverflowKnownLength { .. } | JsonPayloadError::Overflow { .. } => {
            Problem::payload_too_large()
        }
        JsonPayloadError::ContentType => Problem::unsupported_media(),
        JsonPayloadError::Deserialize(error) if error.is_data() => Problem::field(field_error("", &error.to_string())),
        JsonPayloadError::Payload(PayloadError::Overflow) => Problem::payload_too_large(),
        error => Problem::malformed(error),
    }
}

fn of_actix_query(error: &QueryPayloadError) -> Problem {
    match error {
        QueryPayloadError::Deserialize(error) => Problem::field(field_error("", &error.to_string())),
        error => Problem::malformed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Code;
    use crate::ids::QueueId;
    use crate::lang::Lang;
    use actix_web::test as client;
    use actix_web::{App, HttpResponse};
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Queue {
        name: String,
        strategy: Option<Strategy>,
        #[serde(default)]
        hours: Vec<Hours>,
        parent: Option<QueueId>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Strategy {
        RoundRobin,
        LeastLoaded,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Hours {
        start: u16,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Filter {
        limit: Option<u16>,
        strategy: Option<Strategy>,
        q: String,
    }

    fn refusal(problem: Problem) -> (Code, String, String) {
        let body = problem.body(Lang::En, None);
        let first = body.errors.first().map(|error| (error.field.clone(), error.code.to_owned()));
        let (field, code) = first.unwrap_or_default();
        (problem.code, field, code)
    }

    #[test]
    fn a_body_that_does_not_fit_names_the_field() {
        for (body, field, code) in [
            (r#"{"name":"a","nmae":"b"}"#, "nmae", "unknown_field"),
            (r#"{}"#, "name", "required"),
            (r#"{"name":7}"#, "name", "invalid"),
            (r#"{"name":"a","strategy":"magic"}"#, "strategy", "unknown_value"),
            (r#"{"name":"a","hours":[{"start":1},{"start":-1}]}"#, "hours[1].start", "invalid"),
            (r#"{"name":"a","hours":[{}]}"#, "hours[0].start", "required"),
            (r#"{"name":"a","hours":[{"start":1,"stop":2}]}"#, "hours[0].stop", "unknown_field"),
            (r#"{"name":"a","parent":"not-an-id"}"#, "parent", "invalid"),
            (r#"{"name":"a","name":"b"}"#, "name", "invalid"),
            (r#"[1]"#, "[0]", "invalid"),
        ] {
            let found = refusal(from_json::<Queue>(body.as_bytes()).unwrap_err());
            assert_eq!(found, (Code::Validation, field.to_owned(), code.to_owned()), "{body}");
        }
        let nul = r#"{"name":"a\u0000b"}"#;
        assert!(from_json::<Queue>(br#"{"name":"a\\u0000b"}"#).is_ok(), "written out, it is six characters");
        for body in ["", "{", "{\"name\":\"a\"} x", "nul", "{\"name\":\"\u{1}\"}", nul] {
            assert_eq!(from_json::<Queue>(body.as_bytes()).unwrap_err().code, Code::Malformed, "{body}");
        }
        let unknown = from_json::<Queue>(br#"{"name":"a","strategy":"magic"}"#).unwrap_err().body(Lang::En, None);
        assert_eq!(unknown.errors[0].message, "is not a known value (`round_robin` or `least_loaded`)");
    }

    #[test]
    fn a_query_that_does_not_fit_names_the_parameter() {
        for (query, field, code) in [
            ("q=a&limti=5", "limti", "unknown_field"),
            ("limit=5", "q", "required"),
            ("q=a&limit=many", "limit", "invalid"),
            ("q=a&strategy=magic", "strategy", "unknown_value"),
        ] {
            let found = refusal(from_query::<Filter>(query).unwrap_err());
            assert_eq!(found, (Code::Validation, field.to_owned(), code.to_owned()), "{query}");
        }
        assert!(from_query::<Filter>("q=a%20b&limit=5").is_ok());
    }

    async fn post(content_type: &str, body: &'static str) -> u16 {
        let handler = async |_: Json<Queue>| HttpResponse::NoContent().finish();
        let app = App::new().configure(configure(64)).route("/", web::post().to(handler));
        let app = client::init_service(app).await;
        let request = client::TestRequest::post().insert_header(("content-type", content_type)).set_payload(body);
        client::call_service(&app, request.to_request()).await.status().as_u16()
    }

    #[actix_web::test]
    async fn the_extractor_answers_by_what_is_wrong() {
        assert_eq!(post("application/json", r#"{"name":"a"}"#).await, 204);
        assert_eq!(post("application/json; charset=utf-8", r#"{"name":"a"}"#).await, 204);
        assert_eq!(post("text/plain", r#"{"name":"a"}"#).await, 415);
        assert_eq!(post("application/json", "{").await, 400);
        assert_eq!(post("application/json", "{}").await, 422);
        assert_eq!(post("application/json", "").await, 422, "the same as an empty object");
        let long = r#"{"name":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
        assert_eq!(post("application/json", long).await, 413);
    }

    #[actix_web::test]
    async fn actix_s_own_extractors_answer_problems_too() {
        let app = App::new()
            .configure(configure(64))
            .route("/json", web::post().to(async |_: web::Json<Queue>| HttpResponse::NoContent().finish()))
            .route("/query", web::get().to(async |_: web::Query<Filter>| HttpResponse::NoContent().finish()))
            .route("/path/{id}", web::get().to(async |_: web::Path<QueueId>| HttpResponse::NoContent().finish()))
            .route("/own/{id}", web::get().to(async |_: Path<QueueId>| HttpResponse::NoContent().finish()));
        let app = client::init_service(app).await;
        for (request, status) in [
            (client::TestRequest::post().uri("/json").set_json(serde_json::json!({"nmae": 1})), 422),
            (client::TestRequest::get().uri("/query?qq=1"), 422),
            (client::TestRequest::get().uri("/path/7"), 404),
            (client::TestRequest::get().uri("/own/7"), 404),
            (client::TestRequest::get().uri("/own/018f3c1e-0000-7000-8000-000000000000"), 204),
        ] {
            let request = request.to_request();
            let uri = request.uri().to_string();
            assert_eq!(client::call_service(&app, request).await.status(), status, "{uri}");
        }
    }

    proptest! {
        #[test]
        fn no_body_and_no_query_makes_it_panic(text in ".*") {
            drop(from_json::<Queue>(text.as_bytes()));
            drop(from_query::<Filter>(&text));
        }
    }
}
