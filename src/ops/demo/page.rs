//! The shop's own page, `/demo`: a site like any other that embeds the widget by its public tag.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use actix_web::web::{self, Data};
use actix_web::{HttpResponse, http::header::HeaderName};

use crate::api::problem::Problem;
use crate::services::Services;

const PAGE: &str = include_str!("../../../static/demo/index.html");
const STYLE: &str = include_str!("../../../static/demo/shop.css");
/// As a careful shop would have it: its own files, and the chat's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/demo").route(web::get().to(shop)))
        .service(web::resource("/demo/shop.css").route(web::get().to(style)));
}

async fn shop(services: Data<Services>) -> Result<HttpResponse, Problem> {
    let all = services.catalog.organizations();
    let mut channels = all.iter().flat_map(|shop| shop.channels.values());
    let chat = channels.find(|entry| entry.row.kind == "web").ok_or_else(Problem::not_found)?;
    Ok(file("text/html; charset=utf-8", PAGE.replace("{{channel}}", &chat.row.id.to_string())))
}

async fn style() -> HttpResponse {
    file("text/css; charset=utf-8", STYLE.to_owned())
}

fn file(kind: &'static str, text: String) -> HttpResponse {
    let headers: [(HeaderName, &'static str); 4] = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_FRAME_OPTIONS, "DENY"),
        (CACHE_CONTROL, "no-cache"),
    ];
    let mut answer = HttpResponse::Ok();
    for header in headers {
        answer.insert_header(header);
    }
    answer.body(text)
}
