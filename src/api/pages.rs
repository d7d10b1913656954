//! The addresses that people's browsers open: the console, its worker, the widget and its frame, and the files they are
//! made of. Not part of the API; `assets.rs` has the files.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{self, Data};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource};

use super::assets::{Assets, Keep};
use super::extract::Path;
use super::problem::Problem;
use crate::channels::web::settings;
use crate::ids::ChannelId;
use crate::services::Services;

/// Addresses below these are never a screen of the console.
const NOT_SCREENS: [&str; 5] = ["/api", "/ws", "/webhooks", "/widget", "/assets"];

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(page("/", console))
        .service(page("/assets/{version}/{path:.+}", asset))
        .service(page("/sw.js", worker))
        .service(page("/manifest.webmanifest", manifest))
        .service(page("/favicon.ico", icon))
        .service(page("/widget.js", loader))
        .service(page("/widget/v1/frame/{channel_id}", frame))
        .default_service(web::to(screen));
}

/// An address to look at.
fn page<H, Args>(path: &str, handler: H) -> Resource
where
    H: Handler<Args, Output = Answer>,
    Args: FromRequest + 'static,
{
    web::resource(path).route(web::get().to(handler.clone())).route(web::head().to(handler))
}

type Answer = Result<HttpResponse, Problem>;

fn served(services: &Services, path: &str, request: &HttpRequest, keep: Keep) -> Answer {
    Assets::of(&services.config).answer(path, request, keep).ok_or_else(Problem::not_found)
}

fn set(response: &mut HttpResponse, name: &'static str, value: &'static str) {
    response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
}

async fn console(request: HttpRequest, services: Data<Services>) -> Answer {
    served(&services, "console/index.html", &request, Keep::Checked)
}

/// Every address that is nothing else is a screen of the console, for browsers: the console knows which.
async fn screen(request: HttpRequest, services: Data<Services>) -> Answer {
    let path = request.path();
    let below = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let accepted = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let looks = [Method::GET, Method::HEAD].contains(request.method()) && accepted.contains("text/html");
    if !looks || NOT_SCREENS.iter().any(|prefix| below(prefix)) {
        return Err(Problem::not_found());
    }
    console(request, services).await
}

async fn asset(request: HttpRequest, place: Path<(String, String)>, services: Data<Services>) -> Answer {
    let Path((version, path)) = place;
    let mut response = served(&services, &path, &request, Assets::of(&services.config).keep(&version))?;
    if path.starts_with("widget/") {
        // Other people's pages load these.
        set(&mut response, "access-control-allow-origin", "*");
        set(&mut response, "cross-origin-resource-policy", "cross-origin");
    }
    Ok(response)
}

async fn worker(request: HttpRequest, services: Data<Services>) -> Answer {
    let mut response = served(&services, "console/sw.js", &request, Keep::Checked)?;
    set(&mut response, "service-worker-allowed", "/");
    Ok(response)
}

async fn manifest(request: HttpRequest, services: Data<Services>) -> Answer {
    served(&services, "console/manifest.webmanifest", &request, Keep::Checked)
}

async fn icon(request: HttpRequest, services: Data<Services>) -> Answer {
    served(&services, "console/icons/icon.svg", &request, Keep::Minutes)
}

async fn loader(request: HttpRequest, services: Data<Services>) -> Answer {
    let mut response = served(&services, "widget/loader.js", &request, Keep::Minutes)?;
    set(&mut response, "access-control-allow-origin", "*");
    set(&mut response, "cross-origin-resource-policy", "cross-origin");
    Ok(response)
}

/// The widget's inner page, only inside the sites its channel names.
async fn frame(request: HttpRequest, Path(id): Path<ChannelId>, services: Data<Services>) -> Answer {
    let found = services.catalog.of_channel(id).map(|(_, entry)| entry);
    let entry = found.filter(|entry| entry.row.kind == "web").ok_or_else(Problem::not_found)?;
    let mut response = served(&services, "widget/frame.html", &request, Keep::Checked)?;
    let socket = services.public_url.replacen("http", "ws", 1);
    let policy = format!(
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; \
         connect-src 'self' {socket}; frame-ancestors {}; base-uri 'none'; form-action 'none'; object-src 'none'",
        settings::frame_ancestors(&entry)
    );
    let policy = HeaderValue::from_str(&policy).map_err(Problem::internal)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    set(&mut response, "referrer-policy", "strict-origin");
    set(&mut response, "permissions-policy", "camera=(self), microphone=(self), geolocation=()");
    set(&mut response, "cross-origin-resource-policy", "cross-origin");
    Ok(response)
}
