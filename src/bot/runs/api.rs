//! `/api/bots/{id}/schedules`, `/webhooks`: when scripts run by themselves and where they are called; and `/hooks/{path}`,
//! where they are.

use actix_web::http::header;
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store as runs;
use super::{Cause, MOST, Signal, schedules};
use crate::api::call::{Call, client_address};
use crate::api::caller::Caller;
use crate::api::extract::{Path, Query};
use crate::api::paging::Page;
use crate::api::problem::Problem;
use crate::api::security::Edge;
use crate::auth::roles::Permission;
use crate::bot::api as bots;
use crate::bot::editor::Failure;
use crate::catalog::BotEntry;
use crate::clock::Timestamp;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::settings::values;
use crate::store::{AnyConnection, Tx};

/// Bytes of a call's body.
const BODY: usize = 256 * 1024;
/// The setting that callers have to know.
const TOKEN: &str = "bot-webhook-token";
/// Seconds after which a caller may try again when too many runs wait.
const LATER: u64 = 10;

#[derive(OpenApi)]
#[openapi(paths(list_schedules, webhooks, call))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/bots/{id}/schedules").route(web::get().to(list_schedules)))
        .service(web::resource("/api/bots/{id}/webhooks").route(web::get().to(webhooks)))
        .service(
            web::resource("/api/bots/{id}/hooks/{path:.*}")
                .app_data(web::PayloadConfig::new(BODY))
                .route(web::post().to(call)),
        );
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// When a script runs by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScheduleView {
    script: String,
    version: i64,
    /// As the script says it.
    phrases: Vec<String>,
    /// Five fields and time zone, of each.
    plan: String,
    /// Null: never again.
    next_run_at: Option<Timestamp>,
    last_run_at: Option<Timestamp>,
    last_end_at: Option<Timestamp>,
    is_running: bool,
    /// Of the last run that ended; null when it went well.
    last_error: Option<Failure>,
}

/// When the bot's published scripts run by themselves (`SET SCHEDULE`), and what became of the last time.
///
/// 200 · 403 · 404
#[utoipa::path(get, path = "/api/bots/{id}/schedules", tag = "bots", params(("id" = BotId, Path), ListQuery),
    responses((status = 200, body = Page<ScheduleView>), (status = 404)))]
pub async fn list_schedules(
    caller: Caller,
    Path(id): Path<BotId>,
    Query(query): Query<ListQuery>,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let entry = caller.configuration.bots.get(&id).ok_or_else(Problem::not_found)?;
    let organization = caller.organization();
    let read = move |db: &mut AnyConnection| Ok((runs::schedules(db, organization)?, runs::running(db, id)?));
    let (rows, running) = services.store.read("bot.schedules", read).await?;
    let now = services.clock.now();
    let scheduled = entry.scripts.iter().filter(|script| !script.program.header.schedules.is_empty());
    let views = scheduled.map(|script| {
        let plan = schedules::plan_of(entry, script);
        let row = rows.iter().find(|row| row.bot_id == id && row.script == script.name);
        // Published a moment ago: the row is about to say the same.
        let next = row.filter(|row| row.plan == plan).map(|row| row.next_at);
        ScheduleView {
            script: script.name.clone(),
            version: script.version,
            phrases: script.program.header.schedules.iter().map(|own| own.phrase.clone()).collect(),
            next_run_at: next.unwrap_or_else(|| schedules::next_run(entry, script, now)),
            plan,
            last_run_at: row.and_then(|row| row.last_run_at),
            last_end_at: row.and_then(|row| row.last_end_at),
            is_running: running.contains(&script.name),
            last_error: row.and_then(|row| row.last_error.clone()).map(|error| Failure::new(error.0, lang)),
        }
    });
    let page =
        Page::cut(views.collect(), query.limit, query.cursor.as_deref(), |view: &ScheduleView| view.script.clone())?;
    Ok(HttpResponse::Ok().json(page))
}

/// Where a script is called.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookView {
    path: String,
    script: String,
    /// With the secret token. Null while `bot-webhook-token` is not set.
    url: Option<String>,
}

/// The addresses that run the bot's published scripts (`WEBHOOK`). The token in them is the bot's setting
/// `bot-webhook-token`: made when the first such script is published, replaced by setting another.
///
/// 200 · 403 · 404
#[utoipa::path(get, path = "/api/bots/{id}/webhooks", tag = "bots", params(("id" = BotId, Path), ListQuery),
    responses((status = 200, body = Page<WebhookView>), (status = 404)))]
pub async fn webhooks(
    caller: Caller,
    Path(id): Path<BotId>,
    Query(query): Query<ListQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ManageBots)?;
    let entry = caller.configuration.bots.get(&id).ok_or_else(Problem::not_found)?;
    let token = token(&services, entry)?;
    let mut views: Vec<WebhookView> = Vec::new();
    for script in &entry.scripts {
        for path in &script.program.header.webhooks {
            let url =
                token.as_ref().map(|token| format!("{}/api/bots/{id}/hooks/{path}?token={token}", services.public_url));
            views.push(WebhookView { path: path.clone(), script: script.name.clone(), url });
        }
    }
    let page = Page::cut(views, query.limit, query.cursor.as_deref(), |view| (view.path.clone(), view.script.clone()))?;
    Ok(HttpResponse::Ok().json(page))
}

fn token(services: &Services, entry: &BotEntry) -> Result<Option<String>, Problem> {
    let opened = values::open(&services.vault, entry.bot.organization_id, &entry.bot.settings.0, TOKEN);
    let opened = opened.map_err(Problem::internal)?;
    Ok(opened.map(|token| token.expose().to_owned()).filter(|token| !token.is_empty()))
}

/// Gives a bot that is called its secret, unless it has one.
pub async fn ensure_token(services: &Services, call: &Call, id: BotId) -> Result<(), Problem> {
    let Some((_, entry)) = services.catalog.of_bot(id) else { return Ok(()) };
    if token(services, &entry)?.is_some() {
        return Ok(());
    }
    let mut bot = entry.bot.clone();
    let changes = [(TOKEN.to_owned(), hex::encode(rand::random::<[u8; 20]>()))];
    values::apply(&services.vault, bot.organization_id, &mut bot.settings.0, &changes);
    bots::save(services, call, &mut bot, &changes).await
}

/// What a call began.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    runs: Vec<RecordId>,
}

/// Runs the bot's scripts with this `WEBHOOK`. The secret is `?token=` or `Authorization: Bearer`. The script finds the body in
/// `data` (JSON and forms by field too, each field a variable), the other parameters in `query`. Answered once the run is stored; it
/// happens afterwards.
///
/// 202 · 400 unreadable · 401 wrong token (429 when they are many) · 404 no such bot or path · 413 · 429 too many runs wait
#[utoipa::path(post, path = "/api/bots/{id}/hooks/{path}", tag = "bots", security(()),
    params(("id" = BotId, Path), ("path" = String, Path), ("token" = Option<String>, Query)),
    request_body(content = Value, description = "Anything; 256 KiB at most"),
    responses((status = 202, body = Begun), (status = 400), (status = 401), (status = 404), (status = 429)))]
pub async fn call(
    Path((id, path)): Path<(BotId, String)>,
    request: HttpRequest,
    body: Bytes,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    let (_, entry) = services.catalog.of_bot(id).ok_or_else(Problem::not_found)?;
    let secret = token(&services, &entry)?.ok_or_else(Problem::not_found)?;
    let mut query: Map<String, Value> = Map::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        query.insert(name.into_owned(), json!(value));
    }
    let by_query = query.remove("token").and_then(|token| token.as_str().map(str::to_owned));
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let by_header = header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
    let given = by_query.or(by_header).unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(secret.as_bytes())) {
        edge.bad_webhook(client_address(&request, &services.config), AnyId(id.0))?;
        return Err(Problem::unauthorized());
    }
    let data = read(header(header::CONTENT_TYPE).unwrap_or_default(), &body)?;
    let signal = Signal::new(Cause::Webhook, path.trim_matches('/'), &data).with("query", Value::Object(query));
    let now = services.clock.now();
    let write = move |tx: &mut Tx<'_>| {
        if runs::count(tx.db, id)? >= MOST {
            return Ok(None);
        }
        Ok(Some(runs::begin(tx, &entry, &signal, now)?))
    };
    let runs = services.store.write("bot.called", write).await?.ok_or_else(|| Problem::too_many(LATER))?;
    if runs.is_empty() {
        return Err(Problem::not_found());
    }
    services.look_at_runs();
    Ok(HttpResponse::Accepted().json(Begun { runs }))
}

/// A body as a script sees it: JSON and forms as they are, all else as text.
fn read(kind: &str, body: &[u8]) -> Result<Value, Problem> {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/x-www-form-urlencoded" {
        let fields = url::form_urlencoded::parse(body).map(|(name, value)| (name.into_owned(), json!(value)));
        return Ok(Value::Object(fields.collect()));
    }
    if !body.is_empty() && (essence == "application/json" || essence.ends_with("+json")) {
        return serde_json::from_slice(body).map_err(Problem::malformed);
    }
    Ok(json!(String::from_utf8_lossy(body)))
}
