//! What protects every route alike: response headers, cross-origin rules, rates. Wrapped around the application with
//! `middleware::from_fn(security::guard)`, inside `locale`. Permissions are the handlers' (`Caller::may`).

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest, HttpResponse};
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::call::client_address;
use super::problem::Problem;
use crate::auth::opaque;
use crate::config::Config;
use crate::ids::{AnyId, UserId};
use crate::services::Services;

/// Passwords hashed at once: each takes 19 MiB and tens of milliseconds.
const HASHING: usize = 4;
/// An address may stand for an office: it gets this many times the rate of one person.
const ADDRESS_FACTOR: u32 = 5;

/// Rates per key.
struct Rates<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>,
    burst: u32,
    calls: AtomicU32,
}

/// What a caller may still do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub limit: u32,
    pub remaining: u32,
    /// Seconds until another call is possible; none while it is.
    pub retry_after: Option<u64>,
}

impl<K: Hash + Eq + Clone> Rates<K> {
    fn new(quota: Quota) -> Self {
        let limiter = RateLimiter::dashmap(quota).with_middleware::<StateInformationMiddleware>();
        Rates { limiter, burst: quota.burst_size().get(), calls: AtomicU32::new(0) }
    }

    fn take(&self, key: &K) -> Rate {
        if self.calls.fetch_add(1, Ordering::Relaxed) % 8192 == 8191 {
            self.limiter.retain_recent(); // forgets who has been quiet
            self.limiter.shrink_to_fit();
        }
        match self.limiter.check_key(key) {
            Ok(state) => Rate { limit: self.burst, remaining: state.remaining_burst_capacity(), retry_after: None },
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Rate { limit: self.burst, remaining: 0, retry_after: Some(seconds.max(1)) }
            }
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    User(UserId),
    Token(String),
    Address(IpAddr),
}

/// The state the edge shares between workers: made once, given to the application as `Data`.
pub struct Edge {
    requests: Rates<Key>,
    addresses: Rates<IpAddr>,
    logins: Rates<IpAddr>,
    bad_webhooks: Rates<(IpAddr, AnyId)>,
    /// Bounds the memory that password hashing takes at once.
    pub hashing: Semaphore,
    https: bool,
}

fn count(value: u64) -> NonZeroU32 {
    u32::try_from(value).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN)
}

impl Edge {
    pub fn new(config: &Config, public_url: &str) -> Edge {
        let limits = &config.limits;
        let factor = NonZeroU32::MIN.saturating_add(ADDRESS_FACTOR - 1);
        let (rate, burst) = (count(limits.requests_per_second), count(limits.request_burst));
        Edge {
            requests: Rates::new(Quota::per_second(rate).allow_burst(burst)),
            addresses: Rates::new(
                Quota::per_second(rate.saturating_mul(factor)).allow_burst(burst.saturating_mul(factor)),
            ),
            logins: Rates::new(Quota::per_minute(count(limits.logins_per_minute))),
            bad_webhooks: Rates::new(Quota::per_minute(count(limits.bad_webhooks_per_minute))),
            hashing: Semaphore::new(HASHING),
            https: public_url.starts_with("https://"),
        }
    }

    /// Whether cookies and HSTS may say that everything is encrypted.
    pub fn https(&self) -> bool {
        self.https
    }

    /// One more attempt to log in from this address. 429 when there were too many.
    pub fn login(&self, address: Option<IpAddr>) -> Result<(), Problem> {
        match address.and_then(|address| self.logins.take(&address).retry_after) {
            Some(seconds) => Err(Problem::too_many(seconds)),
            None => Ok(()),
        }
    }

    /// One more webhook of a channel or bot with a wrong signature or token. 429 when there were too many.
    pub fn bad_webhook(&self, address: Option<IpAddr>, of: AnyId) -> Result<(), Problem> {
        match address.and_then(|address| self.bad_webhooks.take(&(address, of)).retry_after) {
            Some(seconds) => Err(Problem::too_many(seconds)),
            None => Ok(()),
        }
    }

    /// Counts a request to the API, for who sends it and for where it comes from.
    fn request(&self, services: &Services, request: &HttpRequest) -> Option<Rate> {
        let address = client_address(request, &services.config);
        if let Some(rate) =
            address.map(|address| self.addresses.take(&address)).filter(|rate| rate.retry_after.is_some())
        {
            return Some(rate);
        }
        let key = sender(services, request).or(address.map(Key::Address))?;
        Some(self.requests.take(&key))
    }
}

/// Whom the credential names. A forged one names nobody, so that nobody's rate can be used up by others.
fn sender(services: &Services, request: &HttpRequest) -> Option<Key> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let token = value.split_once(' ')?.1.trim();
    match opaque::Kind::of(token) {
        Some(_) => Some(Key::Token(opaque::hash(token))),
        None => {
            services.keys.read().clone().verify(token, services.clock.now()).ok().map(|claims| Key::User(claims.sub))
        }
    }
}

/// The layer.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let services = request.app_data::<Data<Services>>().cloned().ok_or_else(|| Problem::internal("no services"))?;
    let edge = request.app_data::<Data<Edge>>().cloned().ok_or_else(|| Problem::internal("no edge"))?;
    let api = request.path().starts_with("/api/");
    // The web chat has rules of its own: each channel names the sites it may be on.
    let origin =
        allowed_origin(&request, &services.config).filter(|_| api && !request.path().starts_with("/api/webchat/"));
    let preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if let (true, Some(origin)) = (preflight, &origin) {
        let mut response = HttpResponse::NoContent().finish();
        cross_origin(response.headers_mut(), origin);
        protect(response.headers_mut(), edge.https, api);
        return Ok(request.into_response(response));
    }
    let rate = if api { edge.request(&services, request.request()) } else { None };
    let mut response = match rate.and_then(|rate| rate.retry_after) {
        Some(seconds) => {
            metrics::counter!("attendance_rate_limited_total").increment(1);
            request.error_response(Problem::too_many(seconds))
        }
        None => next.call(request).await?.map_into_boxed_body(),
    };
    let headers = response.headers_mut();
    if let Some(rate) = rate {
        for (name, value) in [
            ("ratelimit-limit", u64::from(rate.limit)),
            ("ratelimit-remaining", u64::from(rate.remaining)),
            ("ratelimit-reset", rate.retry_after.unwrap_or(u64::from(rate.remaining < rate.limit))),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }
    if let Some(origin) = &origin {
        cross_origin(headers, origin);
    }
    protect(headers, edge.https, api);
    Ok(response)
}

/// The request's origin when the configuration (`security.cors_origins`) lets its scripts call us.
fn allowed_origin(request: &ServiceRequest, config: &Config) -> Option<HeaderValue> {
    let origin = request.headers().get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    config.security.cors_origins.iter().any(|allowed| allowed.trim_end_matches('/') == text).then(|| origin.clone())
}

fn cross_origin(headers: &mut HeaderMap, origin: &HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, if-match, idempotency-key, accept-language",
        ),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "etag, location, retry-after, x-request-id, idempotent-replayed"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.append(header::VARY, HeaderValue::from_static("origin"));
}

/// Nothing inline, nothing from elsewhere; media and sockets of our own.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// An answer of the API is never a page.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Adds what a handler did not set itself.
fn protect(headers: &mut HeaderMap, https: bool, api: bool) {
    // Where the policy lets others frame an answer, the older header would contradict it.
    let framed = headers.get(header::CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let framed =
        framed.is_some_and(|policy| policy.contains("frame-ancestors") && !policy.contains("frame-ancestors 'none'"));
    let mut set = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set(header::CONTENT_SECURITY_POLICY, if api { DATA_POLICY } else { PAGE_POLICY });
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    if !framed {
        set(header::X_FRAME_OPTIONS, "DENY");
    }
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "geolocation=(), payment=(), usb=()");
    if api {
        set(header::CACHE_CONTROL, "no-store");
    }
    if https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// For pages of ours under `/api/` (the documentation): the rules of a page.
pub fn as_page(response: &mut HttpResponse) {
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
}

/// Refuses a browser that was sent here by another site. Callers that are no browsers send neither header.
pub fn same_site(request: &HttpRequest, services: &Services) -> Result<(), Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let own = |origin: &str| {
        let public = url::Url::parse(&services.public_url).map(|url| url.origin().ascii_serialization());
        let host = origin.split_once("://").map(|(_, host)| host);
        public.is_ok_and(|public| public == origin)
            || (host.is_some() && host == header("host"))
            || services.config.security.cors_origins.iter().any(|allowed| allowed.trim_end_matches('/') == origin)
    };
    match (header("origin"), header("sec-fetch-site")) {
        (Some(origin), _) if own(origin) => Ok(()),
        (None, None | Some("same-origin" | "none")) => Ok(()),
        _ => Err(Problem::of_status(StatusCode::FORBIDDEN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gets_its_burst_and_then_waits() {
        let rates: Rates<u8> = Rates::new(Quota::per_minute(count(2)));
        assert_eq!(rates.take(&1), Rate { limit: 2, remaining: 1, retry_after: None });
        assert_eq!(rates.take(&1).remaining, 0);
        let refused = rates.take(&1).retry_after.unwrap();
        assert!((1..=30).contains(&refused), "{refused}");
        assert!(rates.take(&2).retry_after.is_none(), "another key has its own");
    }

    #[test]
    fn a_handler_s_own_policy_stays() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
        protect(&mut headers, true, true);
        assert_eq!(headers.get(header::CONTENT_SECURITY_POLICY).unwrap(), "sandbox");
        assert_eq!(headers.get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        assert!(headers.contains_key(header::STRICT_TRANSPORT_SECURITY));
        assert!(!PAGE_POLICY.contains("unsafe"));
        let frame_options = |policy: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            protect(&mut headers, false, false);
            headers.contains_key(header::X_FRAME_OPTIONS)
        };
        assert!(frame_options(PAGE_POLICY) && frame_options("sandbox"));
        assert!(!frame_options("default-src 'self'; frame-ancestors https://loja.example"));
    }
}
