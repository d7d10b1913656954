//! Whether it runs, and how well: `/healthz`, `/readyz`, `/metrics` for machines, `/api/health` for administrators.

use std::sync::OnceLock;

use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use serde::Serialize;
use serde_json::json;
use utoipa::{OpenApi, ToSchema};

use crate::api::caller::Caller;
use crate::api::problem::Problem;
use crate::auth::roles::Permission;
use crate::channels::store::Health;
use crate::clock::Timestamp;
use crate::services::Services;
use crate::store::outbox;
use crate::vault::Secret;

#[derive(OpenApi)]
#[openapi(paths(alive, ready, report, scrape))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/healthz").route(web::get().to(alive)).route(web::head().to(alive)))
        .service(web::resource("/readyz").route(web::get().to(ready)).route(web::head().to(ready)))
        .service(web::resource("/api/health").route(web::get().to(report)))
        .service(web::resource("/metrics").route(web::get().to(scrape)));
}

/// The process's metrics; installed at the first call, which start-up makes before anything is counted. None: another
/// recorder was installed by whoever embeds us.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    const SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
    let install = || {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .inspect_err(|error| tracing::error!(%error, "histogram buckets refused"))
            .ok()?;
        builder.install_recorder().inspect_err(|error| tracing::warn!(%error, "no metrics")).ok()
    };
    HANDLE.get_or_init(install).as_ref()
}

/// The process answers.
///
/// 200
#[utoipa::path(get, path = "/healthz", tag = "operations", security(()), responses((status = 200)))]
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// Requests can be served: the database answers.
///
/// 200 · 503
#[utoipa::path(get, path = "/readyz", tag = "operations", security(()), responses((status = 200), (status = 503)))]
pub async fn ready(services: Data<Services>) -> Result<HttpResponse, Problem> {
    services.store.read("health.ready", |db| Ok(crate::organizations::count(db)?)).await?;
    Ok(HttpResponse::Ok().json(json!({"status": "ok"})))
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HealthReport {
    /// The worst of the components.
    pub status: Health,
    pub version: &'static str,
    pub time: Timestamp,
    pub components: Vec<Component>,
    pub live: Live,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Component {
    /// `database`, `outbox`, `inbox`, `channel`.
    pub kind: &'static str,
    pub name: String,
    pub status: Health,
    pub since: Option<Timestamp>,
    pub detail: Option<String>,
}

/// How many live objects there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    pub conversations: usize,
    pub attendants: usize,
    pub queues: usize,
    pub deliveries: usize,
    /// Webhook bodies not yet worked off.
    pub backlog: usize,
}

/// Each component and channel: ok, degraded or down, since when, and why.
///
/// 200 whatever the status · 403 administrators only
#[utoipa::path(get, path = "/api/health", tag = "operations", responses((status = 200, body = HealthReport)))]
pub async fn report(caller: Caller, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewHealth)?;
    let now = services.clock.now();
    let component =
        |kind, name: &str, status, detail| Component { kind, name: name.to_owned(), status, since: None, detail };
    let mut components = Vec::new();
    match services.store.read("outbox.depth", |db| Ok(outbox::depth(db)?)).await {
        Ok((waiting, oldest)) => {
            components.push(component("database", "database", Health::Ok, None));
            let age = oldest.map_or(0, |at| now.since(at).as_secs());
            let status = if age > 300 { Health::Degraded } else { Health::Ok };
            let detail = (waiting > 0).then(|| format!("{waiting} waiting, the oldest for {age} s"));
            components.push(component("outbox", "outbox", status, detail));
        }
        Err(error) => {
            tracing::warn!(%error, "database does not answer");
            components.push(component("database", "database", Health::Down, Some(error.to_string())));
        }
    }
    let backlog = services.backlog.len();
    let status = if backlog > 1000 { Health::Degraded } else { Health::Ok };
    components.push(component("inbox", "inbox", status, (backlog > 0).then(|| format!("{backlog} waiting"))));
    let mut channels: Vec<_> =
        caller.configuration.channels.values().map(|entry| &entry.row).filter(|row| row.is_active).collect();
    channels.sort_by_key(|row| row.id);
    components.extend(channels.into_iter().map(|row| Component {
        kind: "channel",
        name: row.name.clone(),
        status: row.health,
        since: Some(row.health_since),
        detail: row.health_reason.clone(),
    }));
    let has = |status| components.iter().any(|component| component.status == status);
    let database_down = components.iter().any(|part| part.kind == "database" && part.status == Health::Down);
    let status = match () {
        () if database_down => Health::Down,
        () if has(Health::Down) || has(Health::Degraded) => Health::Degraded,
        () => Health::Ok,
    };
    Ok(HttpResponse::Ok().json(HealthReport {
        status,
        version: env!("CARGO_PKG_VERSION"),
        time: now,
        components,
        live: Live {
            conversations: services.conversations().len(),
            attendants: services.attendants().len(),
            queues: services.queues().len(),
            deliveries: services.deliveries().len(),
            backlog,
        },
    }))
}

/// Prometheus metrics; behind `metrics.token` when that is set.
///
/// 200 text/plain · 401 · 404 switched off
#[utoipa::path(get, path = "/metrics", tag = "operations", security(()),
    responses((status = 200, content_type = "text/plain", body = String), (status = 401), (status = 404)))]
pub async fn scrape(request: HttpRequest, services: Data<Services>) -> Result<HttpResponse, Problem> {
    let config = &services.config.metrics;
    if !config.enabled {
        return Err(Problem::not_found());
    }
    if !config.token.is_empty() {
        let value = request.headers().get("authorization").and_then(|value| value.to_str().ok());
        let presented = value.and_then(|value| value.split_once(' ')).map(|(_, token)| Secret::new(token.trim()));
        if presented.as_ref() != Some(&config.token) {
            return Err(Problem::unauthorized());
        }
    }
    let handle = recorder().ok_or_else(Problem::not_found)?;
    // While the database is away its figures stay as they were last: the others are needed most then.
    if let Ok((waiting, oldest)) = services.store.read("outbox.depth", |db| Ok(outbox::depth(db)?)).await {
        let age = oldest.map_or(0, |at| services.clock.now().since(at).as_secs());
        metrics::gauge!("attendance_outbox_depth").set(f64::from(u32::try_from(waiting).unwrap_or(u32::MAX)));
        metrics::gauge!("attendance_outbox_age_seconds_oldest").set(f64::from(u32::try_from(age).unwrap_or(u32::MAX)));
    }
    for (name, value) in [
        ("attendance_inbox_backlog", count(services.backlog.len())),
        ("attendance_live_conversations", count(services.conversations().len())),
        ("attendance_live_attendants", count(services.attendants().len())),
        ("attendance_live_queues", count(services.queues().len())),
    ] {
        metrics::gauge!(name).set(value);
    }
    handle.run_upkeep();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(handle.render()))
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
