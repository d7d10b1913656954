//! `/api/channels`: connections to providers. Credentials go in and never come out; only that they are set, and their end.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::adapter::SendError;
use super::delivery::{Reconsider, set_health};
use super::http::HttpError;
use super::kinds::{self, KINDS};
use super::store::{self as channels, ChannelRow, Health};
use super::{adapter, seal_credentials};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::{self, Check};
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldCode, FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::bot::store::Bot;
use crate::catalog::{ChannelEntry, Configuration};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::settings::values;
use crate::store::sql::Json;
use crate::store::{StoreError, Tx, inbox, outbox};
use crate::vault::{Secret, SecretView};

#[derive(OpenApi)]
#[openapi(paths(list, create, get, put, delete, test, health))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/channels").route(web::get().to(list)).route(web::post().to(create)))
        .service(
            web::resource("/api/channels/{id}")
                .route(web::get().to(get))
                .route(web::put().to(put))
                .route(web::delete().to(delete)),
        )
        .service(web::resource("/api/channels/{id}/test").route(web::post().to(test)))
        .service(web::resource("/api/channels/{id}/health").route(web::get().to(health)));
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelView {
    pub id: ChannelId,
    pub kind: String,
    pub provider: String,
    pub name: String,
    pub bot_id: BotId,
    /// `{"access_token":{"set":true,"last4":"9f3c"}}`
    #[schema(value_type = Object)]
    pub credentials: Map<String, Value>,
    #[schema(value_type = Object)]
    pub settings: Map<String, Value>,
    pub is_active: bool,
    pub health: Health,
    pub health_reason: Option<String>,
    pub health_since: Timestamp,
    /// What to enter at the provider.
    pub webhook_url: String,
    pub webhook_path: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl ChannelView {
    fn new(row: &ChannelRow, public_url: &str) -> Self {
        let webhook_path = format!("/webhooks/{}/{}", row.kind, row.id);
        ChannelView {
            id: row.id,
            kind: row.kind.clone(),
            provider: row.provider.clone(),
            name: row.name.clone(),
            bot_id: row.bot_id,
            credentials: row.credentials_hint.0.clone(),
            settings: row.settings.0.clone(),
            is_active: row.is_active,
            health: row.health,
            health_reason: row.health_reason.clone(),
            health_since: row.health_since,
            webhook_url: format!("{public_url}{webhook_path}"),
            webhook_path,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// To create, `kind`, `name` and `bot_id` are required, `provider` where the kind has several. In a PUT absent fields stay;
/// of `credentials`, those given replace, null removes; `settings` replaces all of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelRequest {
    /// `whatsapp`, `web`, `api`. Cannot change.
    kind: Option<String>,
    /// `cloud`. Cannot change.
    provider: Option<String>,
    name: Option<String>,
    bot_id: Option<BotId>,
    #[schema(value_type = Option<Object>)]
    credentials: Option<Map<String, Value>>,
    #[schema(value_type = Option<Object>)]
    settings: Option<Map<String, Value>>,
    is_active: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ChannelQuery {
    kind: Option<String>,
    bot_id: Option<BotId>,
    is_active: Option<bool>,
    health: Option<Health>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Every channel of the organization.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/channels", tag = "channels", params(ChannelQuery),
    responses((status = 200, body = Page<ChannelView>)))]
pub async fn list(
    caller: Caller,
    Query(query): Query<ChannelQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewChannels)?;
    let wanted = |entry: &&Arc<ChannelEntry>| {
        let row = &entry.row;
        query.kind.as_ref().is_none_or(|kind| row.kind == *kind)
            && query.bot_id.is_none_or(|bot| row.bot_id == bot)
            && query.is_active.is_none_or(|active| row.is_active == active)
            && query.health.is_none_or(|health| row.health == health)
    };
    let found = caller.configuration.channels.values().filter(wanted).cloned().collect();
    let page = Page::cut(found, query.limit, query.cursor.as_deref(), |entry: &Arc<ChannelEntry>| entry.row.id)?;
    Ok(HttpResponse::Ok().json(page.map(|entry| ChannelView::new(&entry.row, &services.public_url))))
}

/// What is shown of credentials.
fn hints(credentials: &Map<String, Value>) -> Map<String, Value> {
    let hint = |(name, value): (&String, &Value)| {
        let view = match value {
            Value::String(text) => SecretView::from(Some(&Secret::new(text.as_str()))),
            Value::Null => SecretView { set: false, last4: None },
            _ => SecretView { set: true, last4: None },
        };
        (name.clone(), json!({"set": view.set, "last4": view.last4}))
    };
    credentials.iter().map(hint).collect()
}

/// Lays given credentials over the present ones: null removes, what was shown (`{"set":true}`) stays.
fn merged(present: &Map<String, Value>, given: &Map<String, Value>) -> Map<String, Value> {
    let mut credentials = present.clone();
    for (name, value) in given {
        match value {
            Value::Null => drop(credentials.remove(name)),
            Value::Object(view) if view.contains_key("set") => {}
            value => drop(credentials.insert(name.clone(), value.clone())),
        }
    }
    credentials
}

/// Refuses what the adapter cannot work with.
fn validate(check: &mut Check, row: &ChannelRow, credentials: &Map<String, Value>) {
    if let Some(kind) = kinds::of(&row.kind, &row.provider) {
        for name in credentials.keys().filter(|name| kind.credentials.iter().all(|field| field.name != **name)) {
            check.refuse(FieldError::new(format!("credentials.{name}"), FieldCode::UnknownField));
        }
    }
    if let Err(errors) = adapter(&row.kind, &row.provider, credentials, &row.settings.0) {
        errors.into_iter().for_each(|error| check.refuse(error.into()));
    }
}

/// The provider meant: the one given, or the kind's only one.
fn provider(check: &mut Check, kind: &str, given: Option<&str>) -> String {
    let of_kind: Vec<&str> = KINDS.iter().filter(|known| known.kind == kind).map(|known| known.provider).collect();
    if of_kind.is_empty() {
        let mut kinds: Vec<&str> = KINDS.iter().map(|known| known.kind).collect();
        kinds.dedup();
        check.refuse(if kind.is_empty() {
            FieldError::required("kind")
        } else {
            FieldError::unknown_value("kind", kinds.join(", "))
        });
        return String::new();
    }
    match (given, of_kind.as_slice()) {
        (Some(given), known) if known.contains(&given) => given.to_owned(),
        (Some(_), known) => {
            check.refuse(FieldError::unknown_value("provider", known.join(", ")));
            String::new()
        }
        (None, [only]) => (*only).to_owned(),
        (None, _) => {
            check.refuse(FieldError::required("provider"));
            String::new()
        }
    }
}

fn blank(organization: OrganizationId, bot: BotId, kind: &str, provider: &str, now: Timestamp) -> ChannelRow {
    ChannelRow {
        id: ChannelId::new(),
        organization_id: organization,
        bot_id: bot,
        kind: kind.to_owned(),
        provider: provider.to_owned(),
        name: String::new(),
        credentials: String::new(),
        credentials_hint: Json(Map::new()),
        settings: Json(Map::new()),
        is_active: true,
        health: Health::Ok,
        health_reason: None,
        health_since: now,
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// Makes a channel.
///
/// 201 · 403 · 422 naming the credential
#[utoipa::path(post, path = "/api/channels", tag = "channels", request_body = ChannelRequest,
    responses((status = 201, body = ChannelView)))]
pub async fn create(
    call: Call,
    Body(request): Body<ChannelRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageChannels)?;
    let mut check = Check::default();
    let kind = request.kind.clone().unwrap_or_default();
    let provider = provider(&mut check, &kind, request.provider.as_deref());
    let name = check.required("name", request.name.as_deref(), check::NAME);
    let bot = match request.bot_id {
        Some(bot) if !call.configuration.bots.contains_key(&bot) => {
            check.refuse(FieldError::new("bot_id", FieldCode::NotFound));
            bot
        }
        Some(bot) => bot,
        None => {
            check.refuse(FieldError::required("bot_id"));
            BotId::new()
        }
    };
    let mut row = blank(call.organization(), bot, &kind, &provider, call.now);
    row.name = name;
    row.settings = Json(request.settings.unwrap_or_default());
    row.is_active = request.is_active.unwrap_or(true);
    let credentials = merged(&Map::new(), &request.credentials.unwrap_or_default());
    if !provider.is_empty() {
        validate(&mut check, &row, &credentials);
    }
    check.done()?;
    row.credentials = seal_credentials(&services.vault, row.id, &credentials);
    row.credentials_hint = Json(hints(&credentials));
    let line = call
        .line("channel.create", "channel", row.id)
        .with(json!({"name": row.name, "kind": row.kind, "provider": row.provider}));
    let view = ChannelView::new(&row, &services.public_url);
    services
        .store
        .write("channel.create", move |tx| {
            channels::insert(tx.db, &row)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(call.organization()).await?;
    Ok(etag::created(1, format!("/api/channels/{}", view.id), &view))
}

fn found(caller: &Caller, id: ChannelId) -> Result<Arc<ChannelEntry>, Problem> {
    caller.configuration.channels.get(&id).cloned().ok_or_else(Problem::not_found)
}

/// One channel.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)),
    responses((status = 200, body = ChannelView), (status = 404)))]
pub async fn get(caller: Caller, Path(id): Path<ChannelId>, services: Data<Services>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewChannels)?;
    let entry = found(&caller, id)?;
    Ok(etag::ok(entry.row.version, &ChannelView::new(&entry.row, &services.public_url)))
}

/// Changes a channel. New credentials are tried at once by what waits to be sent.
///
/// 200 · 403 · 404 · 412 · 422 naming the credential
#[utoipa::path(put, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)),
    request_body = ChannelRequest, responses((status = 200, body = ChannelView), (status = 412)))]
pub async fn put(
    call: Call,
    Path(id): Path<ChannelId>,
    if_match: IfMatch,
    Body(request): Body<ChannelRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageChannels)?;
    let entry = found(&call, id)?;
    if_match.check(entry.row.version)?;
    let mut check = Check::default();
    let mut row = entry.row.clone();
    for (field, given, present) in [("kind", &request.kind, &row.kind), ("provider", &request.provider, &row.provider)]
    {
        if given.as_ref().is_some_and(|given| given != present) {
            check.refuse(FieldError::invalid(field, ("não pode mudar", "cannot change")));
        }
    }
    row.name = check.required("name", Some(request.name.as_deref().unwrap_or(&row.name)), check::NAME);
    if let Some(bot) = request.bot_id {
        if !call.configuration.bots.contains_key(&bot) {
            check.refuse(FieldError::new("bot_id", FieldCode::NotFound));
        }
        row.bot_id = bot;
    }
    if let Some(settings) = request.settings {
        row.settings = Json(settings);
    }
    row.is_active = request.is_active.unwrap_or(row.is_active);
    let credentials = merged(&entry.credentials, &request.credentials.clone().unwrap_or_default());
    validate(&mut check, &row, &credentials);
    check.done()?;
    let reconnects = request.credentials.is_some() || row.settings != entry.row.settings;
    if reconnects {
        row.credentials = seal_credentials(&services.vault, row.id, &credentials);
        row.credentials_hint = Json(hints(&credentials));
        (row.health, row.health_reason, row.health_since) = (Health::Ok, None, call.now);
    }
    row.version += 1;
    row.updated_at = call.now;
    let (view, version) = (ChannelView::new(&row, &services.public_url), row.version);
    let detail = json!({
        "name": row.name, "is_active": row.is_active, "credentials": request.credentials.is_some(),
    });
    let before = ChannelView::new(&entry.row, &services.public_url);
    let line = call.line("channel.update", "channel", id).with(detail).between(&before, &view);
    services
        .store
        .write("channel.update", move |tx| {
            if channels::update(tx.db, &row)? == 0 {
                return Err(StoreError::Stale);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(call.organization()).await?;
    services.deliveries().notify_living(id, Reconsider);
    Ok(etag::ok(version, &view))
}

/// Removes a channel nobody ever wrote on. One with conversations is switched off instead (`is_active`).
///
/// 204 · 403 · 404 · 409 `in_use` · 412
#[utoipa::path(delete, path = "/api/channels/{id}", tag = "channels", params(("id" = ChannelId, Path)),
    responses((status = 204), (status = 404), (status = 409)))]
pub async fn delete(
    call: Call,
    Path(id): Path<ChannelId>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageChannels)?;
    let entry = found(&call, id)?;
    if_match.check(entry.row.version)?;
    let organization = call.organization();
    let line = call.line("channel.delete", "channel", id).with(json!({"name": entry.row.name}));
    services
        .store
        .write("channel.delete", move |tx| {
            if channels::delete(tx.db, organization, id)? == 0 {
                return Err(StoreError::NotFound);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(organization).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TestAnswer {
    pub ok: bool,
    /// In the caller's language.
    pub text: String,
    /// The provider's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Asks the provider whether the credentials work. The answer is 200 either way; `ok` tells.
///
/// 200 · 403 · 404
#[utoipa::path(post, path = "/api/channels/{id}/test", tag = "channels", params(("id" = ChannelId, Path)),
    responses((status = 200, body = TestAnswer), (status = 404)))]
pub async fn test(
    call: Call,
    Path(id): Path<ChannelId>,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageChannels)?;
    let entry = found(&call, id)?;
    let Some(adapter) = &entry.adapter else {
        let usable = adapter_errors(&entry, lang).is_empty();
        let text = match usable {
            true => lang.pick("nada a testar: o outro lado somos nós", "nothing to test: the other side is us"),
            false => lang.pick("as credenciais não podem ser usadas", "the credentials cannot be used"),
        };
        let detail = adapter_errors(&entry, lang).into_iter().next();
        return Ok(HttpResponse::Ok().json(TestAnswer { ok: usable, text: text.to_owned(), detail }));
    };
    let Some(request) = adapter.test() else {
        let text = lang.pick("este canal não tem teste de conexão", "this channel has no connection test");
        return Ok(HttpResponse::Ok().json(TestAnswer { ok: true, text: text.to_owned(), detail: None }));
    };
    let (answer, health) = match services.http.send(request).await {
        Ok(answer) => match adapter.tested(&answer) {
            Ok(who) => {
                let text = lang.pick("conectado", "connected").to_owned();
                let detail = Some(who).filter(|who| !who.is_empty());
                (TestAnswer { ok: true, text, detail }, Some((Health::Ok, None)))
            }
            Err(error) => refused(&error, lang),
        },
        Err(error) => (unreached(&error, lang), None),
    };
    // Only what the provider says of the credentials counts for the channel's health.
    if let Some((health, reason)) = health.filter(|(health, _)| *health != entry.row.health) {
        set_health(&services, id, health, reason).await;
        services.deliveries().notify_living(id, Reconsider);
    }
    Ok(HttpResponse::Ok().json(answer))
}

fn adapter_errors(entry: &ChannelEntry, lang: Lang) -> Vec<String> {
    let row = &entry.row;
    match adapter(&row.kind, &row.provider, &entry.credentials, &row.settings.0) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.message.get(lang).to_owned()).collect(),
    }
}

/// What the provider's refusal means, in words, and for the channel.
fn refused(error: &SendError, lang: Lang) -> (TestAnswer, Option<(Health, Option<String>)>) {
    let (text, reason, health) = match error {
        SendError::Disconnected { code, reason } => (
            lang.pick("o provedor recusou as credenciais", "the provider refused the credentials"),
            format!("{code}: {reason}"),
            Some(Health::Down),
        ),
        SendError::Retry { code, reason, .. } => (
            lang.pick("o provedor está com problemas; tente mais tarde", "the provider has problems; try again later"),
            format!("{code}: {reason}"),
            None,
        ),
        SendError::Rejected { code, reason } | SendError::WindowClosed { code, reason } => (
            lang.pick("o provedor recusou o teste", "the provider refused the test"),
            format!("{code}: {reason}"),
            None,
        ),
    };
    let answer = TestAnswer { ok: false, text: text.to_owned(), detail: Some(reason.clone()) };
    (answer, health.map(|health| (health, Some(reason))))
}

fn unreached(error: &HttpError, lang: Lang) -> TestAnswer {
    let text = match error {
        HttpError::Timeout => lang.pick("o provedor não respondeu a tempo", "the provider did not answer in time"),
        HttpError::Connect(_) => {
            lang.pick("não foi possível conectar ao provedor", "could not connect to the provider")
        }
        HttpError::Refused(_) => {
            lang.pick("o endereço configurado não pode ser chamado", "the configured address may not be called")
        }
        HttpError::Interrupted(_) | HttpError::Unsendable(_) | HttpError::TooLarge { .. } => {
            lang.pick("a resposta do provedor não pôde ser lida", "the provider's answer could not be read")
        }
    };
    TestAnswer { ok: false, text: text.to_owned(), detail: Some(error.to_string()) }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    pub health: Health,
    pub reason: Option<String>,
    pub since: Timestamp,
    pub is_active: bool,
    pub outbox: OutboxView,
    /// Webhook bodies that could not be read.
    pub inbox_failed: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxView {
    /// Waiting to be sent.
    pub queued: i64,
    /// Since when the oldest of them waits.
    pub oldest_at: Option<Timestamp>,
    /// Given up, until somebody sends them again.
    pub dead: i64,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
}

/// How a channel is doing: what waits, what failed, the last error.
///
/// 200 · 403 · 404
#[utoipa::path(get, path = "/api/channels/{id}/health", tag = "channels", params(("id" = ChannelId, Path)),
    responses((status = 200, body = HealthView), (status = 404)))]
pub async fn health(
    caller: Caller,
    Path(id): Path<ChannelId>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewChannels)?;
    let entry = found(&caller, id)?;
    let (state, inbox_failed) = services
        .store
        .read("channel.health", move |db| Ok((outbox::of_channel(db, id)?, inbox::failed_of(db, id)?)))
        .await?;
    let last_error = state.last_error;
    Ok(HttpResponse::Ok().json(HealthView {
        health: entry.row.health,
        reason: entry.row.health_reason.clone(),
        since: entry.row.health_since,
        is_active: entry.row.is_active,
        outbox: OutboxView {
            queued: state.queued,
            oldest_at: state.oldest,
            dead: state.dead,
            last_error: last_error.as_ref().map(|(error, _)| error.clone()),
            last_error_at: last_error.map(|(_, at)| at),
        },
        inbox_failed,
    }))
}

/// `whatsapp-*` settings and the credential (or setting) of the channel each becomes.
const WHATSAPP: [(&str, &str); 5] = [
    ("whatsapp-api-key", "access_token"),
    ("whatsapp-phone-number-id", "phone_number_id"),
    ("whatsapp-business-account-id", "business_account_id"),
    ("whatsapp-verify-token", "verify_token"),
    ("whatsapp-app-secret", "app_secret"),
];
const API_VERSION: &str = "whatsapp-api-version";

/// Whether some of these settings describe a channel.
pub fn concerns_channel(changes: &[(String, String)]) -> bool {
    changes.iter().any(|(name, _)| name == API_VERSION || WHATSAPP.iter().any(|(key, _)| key == name))
}

/// The WhatsApp channel that a bot's settings make (true: new) or update; none while they are not complete.
pub fn settings_channel(
    services: &Services,
    configuration: &Configuration,
    bot: &Bot,
    changes: &[(String, String)],
    now: Timestamp,
) -> Result<Option<(ChannelRow, bool)>, Problem> {
    if !concerns_channel(changes) {
        return Ok(None);
    }
    let mut all = configuration.organization.settings.0.clone();
    all.extend(bot.settings.0.clone());
    let text = |name: &str| -> Result<Option<String>, Problem> {
        let is_secret = crate::settings::keys::find(name).is_some_and(|(key, _)| key.kind.is_secret());
        if !is_secret {
            return Ok(all.get(name).cloned());
        }
        let opened = values::open(&services.vault, bot.organization_id, &all, name)?;
        Ok(opened.map(|secret| secret.expose().to_owned()))
    };
    let mut given = Map::new();
    for (setting, credential) in WHATSAPP {
        if let Some(value) = text(setting)? {
            given.insert(credential.to_owned(), Value::String(value));
        }
    }
    let mut of_bot: Vec<_> = configuration
        .channels
        .values()
        .filter(|entry| entry.row.bot_id == bot.id && entry.row.kind == "whatsapp" && entry.row.provider == "cloud")
        .collect();
    of_bot.sort_by_key(|entry| entry.row.id);
    let (mut row, credentials, is_new) = match of_bot.first() {
        Some(entry) => (entry.row.clone(), merged(&entry.credentials, &given), false),
        None => {
            let mut row = blank(bot.organization_id, bot.id, "whatsapp", "cloud", now);
            row.name = "WhatsApp".to_owned();
            (row, given, true)
        }
    };
    if let Some(version) = text(API_VERSION)? {
        row.settings.0.insert("api_version".to_owned(), Value::String(version));
    }
    if adapter(&row.kind, &row.provider, &credentials, &row.settings.0).is_err() {
        return Ok(None);
    }
    row.credentials = seal_credentials(&services.vault, row.id, &credentials);
    row.credentials_hint = Json(hints(&credentials));
    (row.health, row.health_reason, row.health_since) = (Health::Ok, None, now);
    row.updated_at = now;
    row.version += i64::from(!is_new);
    Ok(Some((row, is_new)))
}

/// Stores the channel of [`settings_channel`], with the settings.
pub fn follow_settings(tx: &mut Tx<'_>, channel: Option<&(ChannelRow, bool)>) -> Result<(), StoreError> {
    match channel {
        Some((row, true)) => channels::insert(tx.db, row)?,
        Some((row, false)) if channels::update(tx.db, row)? == 0 => return Err(StoreError::Stale),
        _ => 0,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn given_credentials_replace_null_removes_and_what_was_shown_stays() {
        let present = object(json!({"a": "1", "b": "2", "c": "3"}));
        let given = object(json!({"a": "9", "b": null, "c": {"set": true, "last4": "xxxx"}}));
        assert_eq!(merged(&present, &given), object(json!({"a": "9", "c": "3"})));
    }

    #[test]
    fn credentials_are_shown_by_their_end_only() {
        let shown = Value::Object(hints(&object(json!({"access_token": "EAAG-long-token-9f3c", "short": "abc"}))));
        assert_eq!(shown["access_token"], json!({"set": true, "last4": "9f3c"}));
        assert_eq!(shown["short"], json!({"set": true, "last4": null}));
    }
}
