//! `/api/bots`: who answers while no person does, with its settings.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::store::{self as bots, Bot, EngineName};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::catalog::BotEntry;
use crate::channels::api::{follow_settings, settings_channel};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::queues::actor::Recheck;
use crate::services::Services;
use crate::settings::values;
use crate::store::StoreError;
use crate::store::sql::Json;
use crate::vault::Vault;

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put, delete))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/bots").route(web::get().to(list)).route(web::post().to(create))).service(
        web::resource("/api/bots/{id}")
            .route(web::get().to(get))
            .route(web::put().to(put))
            .route(web::delete().to(delete)),
    );
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct BotView {
    pub id: BotId,
    pub name: String,
    pub engine: EngineName,
    pub locale: String,
    /// Its own values by their `config.csv` names, secrets as `{"set":true,"last4":"…"}`.
    #[schema(value_type = Object)]
    pub settings: BTreeMap<String, Value>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl BotView {
    fn new(bot: &Bot, vault: &Vault) -> Self {
        BotView {
            id: bot.id,
            name: bot.name.clone(),
            engine: bot.engine,
            locale: bot.locale.clone(),
            settings: values::shown(vault, bot.organization_id, &bot.settings.0),
            created_at: bot.created_at,
            updated_at: bot.updated_at,
        }
    }
}

/// `name` and `engine` are required to create; in a PUT absent fields and settings stay, an empty setting is cleared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BotRequest {
    name: Option<String>,
    engine: Option<EngineName>,
    /// `pt-BR` or `en`.
    locale: Option<String>,
    /// `config.csv` names and values.
    #[schema(value_type = Option<Object>)]
    settings: Option<BTreeMap<String, Value>>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BotQuery {
    engine: Option<EngineName>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Every bot of the organization.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/bots", tag = "bots", params(BotQuery), responses((status = 200, body = Page<BotView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<BotQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let wanted = |entry: &&Arc<BotEntry>| query.engine.is_none_or(|engine| entry.bot.engine == engine);
    let found = caller.configuration.bots.values().filter(wanted).cloned().collect();
    let page = Page::cut(found, query.limit, query.cursor.as_deref(), |entry: &Arc<BotEntry>| entry.bot.id)?;
    Ok(HttpResponse::Ok().json(page.map(|entry| BotView::new(&entry.bot, &services.vault))))
}

/// What is wrong with given settings, field by field: `settings.history-limit`.
pub fn refuse_settings(check: &mut Check, prefix: &str, faults: Vec<values::Fault>) {
    for fault in faults {
        let field = format!("{prefix}.{}", fault.name);
        check.refuse(match (fault.unknown, fault.nearest) {
            (true, Some(nearest)) => FieldError::unknown_value(field, format!("did you mean {nearest}?")),
            (true, None) => FieldError::new(field, crate::api::problem::FieldCode::UnknownField),
            (false, _) => FieldError::invalid(field, fault.reason),
        });
    }
}

/// Applies a request; the settings that change.
fn apply(request: &BotRequest, bot: &mut Bot, vault: &Vault) -> Result<Vec<(String, String)>, Problem> {
    let mut check = Check::default();
    bot.name = check.required("name", Some(request.name.as_deref().unwrap_or(&bot.name)), check::NAME);
    if let Some(engine) = request.engine {
        bot.engine = engine;
    }
    if let Some(locale) = &request.locale {
        bot.locale = check.locale("locale", locale);
    }
    let changes = match request.settings.as_ref().map(values::normal) {
        Some(Ok(changes)) => changes,
        Some(Err(faults)) => {
            refuse_settings(&mut check, "settings", faults);
            Vec::new()
        }
        None => Vec::new(),
    };
    check.done()?;
    values::apply(vault, bot.organization_id, &mut bot.settings.0, &changes);
    Ok(changes)
}

const UNIQUE: [(&str, &str); 1] = [("bots", "name")];

/// Makes a bot.
///
/// 201 · 403 · 409 `duplicate` · 422 naming the setting
#[utoipa::path(post, path = "/api/bots", tag = "bots", request_body = BotRequest,
    responses((status = 201, body = BotView)))]
pub async fn create(
    call: Call,
    Body(request): Body<BotRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageBots)?;
    let engine = request.engine.ok_or_else(|| Problem::field(FieldError::required("engine")))?;
    let mut bot = Bot {
        id: BotId::new(),
        organization_id: call.organization(),
        name: String::new(),
        engine,
        locale: "pt-BR".to_owned(),
        settings: Json::default(),
        version: 1,
        created_at: call.now,
        updated_at: call.now,
    };
    let changes = apply(&request, &mut bot, &services.vault)?;
    let channel = settings_channel(&services, &call.configuration, &bot, &changes, call.now)?;
    let line = call.line("bot.create", "bot", bot.id).with(json!({"name": bot.name, "engine": bot.engine}));
    let row = bot.clone();
    services
        .store
        .write("bot.create", move |tx| {
            bots::insert(tx.db, &row)?;
            follow_settings(tx, channel.as_ref())?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    services.catalog.reload(bot.organization_id).await?;
    Ok(etag::created(1, format!("/api/bots/{}", bot.id), &BotView::new(&bot, &services.vault)))
}

/// One bot.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/bots/{id}", tag = "bots", params(("id" = BotId, Path)),
    responses((status = 200, body = BotView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<BotId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let entry = caller.configuration.bots.get(&id).ok_or_else(Problem::not_found)?;
    Ok(etag::ok(entry.bot.version, &BotView::new(&entry.bot, &services.vault)))
}

/// Changes a bot. `whatsapp-*` settings make or update its WhatsApp channel.
///
/// 200 · 403 · 404 · 409 `duplicate` · 412 · 422 naming the setting
#[utoipa::path(put, path = "/api/bots/{id}", tag = "bots", params(("id" = BotId, Path)), request_body = BotRequest,
    responses((status = 200, body = BotView), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<BotId>,
    if_match: IfMatch,
    Body(request): Body<BotRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageBots)?;
    let entry = call.configuration.bots.get(&id).ok_or_else(Problem::not_found)?;
    if_match.check(entry.bot.version)?;
    let mut bot = entry.bot.clone();
    let changes = apply(&request, &mut bot, &services.vault)?;
    save(&services, &call, &mut bot, &changes).await?;
    Ok(etag::ok(bot.version, &BotView::new(&bot, &services.vault)))
}

/// Stores a changed bot and what follows from its settings, and tells who lives by them.
pub async fn save(
    services: &Services,
    call: &Call,
    bot: &mut Bot,
    changes: &[(String, String)],
) -> Result<(), Problem> {
    bot.version += 1;
    bot.updated_at = call.now;
    let channel = settings_channel(services, &call.configuration, bot, changes, call.now)?;
    let names: Vec<&String> = changes.iter().map(|(name, _)| name).collect();
    let mut line =
        call.line("bot.update", "bot", bot.id).with(json!({"name": bot.name, "engine": bot.engine, "settings": names}));
    if let Some(before) = call.configuration.bots.get(&bot.id) {
        line = line.between(BotView::new(&before.bot, &services.vault), BotView::new(bot, &services.vault));
    }
    let (row, delivery) = (bot.clone(), channel.as_ref().map(|(row, _)| row.id));
    services
        .store
        .write("bot.update", move |tx| {
            if bots::update(tx.db, &row)? == 0 {
                return Err(StoreError::Stale);
            }
            follow_settings(tx, channel.as_ref())?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await
        .map_err(|error| check::taken(error, &UNIQUE))?;
    services.catalog.reload(bot.organization_id).await?;
    if let Some(channel) = delivery {
        services.deliveries().notify_living(channel, crate::channels::delivery::Reconsider);
    }
    for queue in &call.configuration.queues {
        services.queues().notify_living(queue.queue.id, Recheck);
    }
    Ok(())
}

/// Removes a bot that has no channels and no conversations.
///
/// 204 · 403 · 404 · 409 `in_use` · 412
#[utoipa::path(delete, path = "/api/bots/{id}", tag = "bots", params(("id" = BotId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn delete(
    call: Call,
    Path(id): Path<BotId>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageBots)?;
    let entry = call.configuration.bots.get(&id).ok_or_else(Problem::not_found)?;
    if_match.check(entry.bot.version)?;
    let organization = call.organization();
    let line = call.line("bot.delete", "bot", id).with(json!({"name": entry.bot.name}));
    services
        .store
        .write("bot.delete", move |tx| {
            if bots::delete(tx.db, organization, id)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(organization).await?;
    Ok(HttpResponse::NoContent().finish())
}
