//! `/api/settings`: the organization's values and a bot's, one by one or as files.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Bytes, Data};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::csv;
use super::import;
use super::keys::{KEYS, Kind};
use super::values;
use super::words::{self, Words};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::check::Check;
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json, Query};
use crate::api::problem::{FieldError, Problem};
use crate::api::security::Edge;
use crate::attendants::{actor::Reconsider, import as attendants};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::bot::api as bots;
use crate::bot::store::Bot;
use crate::channels::api::concerns_channel;
use crate::contacts::phone;
use crate::ids::*;
use crate::lang::Lang;
use crate::organizations;
use crate::queues::actor::Recheck;
use crate::services::Services;
use crate::store::StoreError;

#[derive(OpenApi)]
#[openapi(paths(get, put, import_file, export_file))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/settings").route(web::get().to(get)).route(web::put().to(put)))
        .service(web::resource("/api/settings/import").route(web::post().to(import_file)))
        .service(web::resource("/api/settings/export").route(web::get().to(export_file)));
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Scope {
    /// A bot's own values; without it, the organization's.
    bot_id: Option<BotId>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SettingsView {
    pub bot_id: Option<BotId>,
    /// What is set here, by name; secrets as `{"set":true,"last4":"…"}`.
    #[schema(value_type = Object)]
    pub values: BTreeMap<String, Value>,
    /// Every setting there is.
    pub keys: Vec<KeyView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    pub name: &'static str,
    /// How people call it, in the language of `Accept-Language`; so are the other words.
    pub label: &'static str,
    /// What it does; empty when the label says it all.
    pub help: &'static str,
    pub group: &'static str,
    pub group_label: &'static str,
    /// `bool`, `int`, `number`, `choice`, `secret` ...
    pub kind: &'static str,
    /// Of a choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceView>,
    /// Of a number: the least it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// `seconds`, `minutes`, `hours`, `days` or `percent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    pub default: &'static str,
    /// `bot`, `organization` or `default`: whose value holds.
    pub source: &'static str,
    /// The value that holds; absent for secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ChoiceView {
    pub value: &'static str,
    pub label: &'static str,
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Int { .. } => "int",
        Kind::Number { .. } => "number",
        Kind::Money => "money",
        Kind::Text => "text",
        Kind::Spoken => "spoken",
        Kind::List => "list",
        Kind::Choice(_) => "choice",
        Kind::Url => "url",
        Kind::Secret => "secret",
        Kind::SecretUrl => "secret_url",
        Kind::Time => "time",
        Kind::Days => "days",
        Kind::TimeZone => "time_zone",
        Kind::Dates => "dates",
        Kind::Replies => "replies",
        Kind::Intents => "intents",
    }
}

/// Whose settings are meant: the stored values and their version.
fn owner(caller: &Caller, bot: Option<BotId>) -> Result<(&values::Values, i64, Option<&Bot>), Problem> {
    match bot {
        None => {
            let organization = &caller.configuration.organization;
            Ok((&organization.settings.0, organization.version, None))
        }
        Some(id) => {
            let bot = &caller.configuration.bots.get(&id).ok_or_else(Problem::not_found)?.bot;
            Ok((&bot.settings.0, bot.version, Some(bot)))
        }
    }
}

fn view(
    services: &Services,
    caller: &Caller,
    bot_id: Option<BotId>,
    lang: Lang,
) -> Result<(SettingsView, i64), Problem> {
    let (stored, version, bot) = owner(caller, bot_id)?;
    let of_organization = &caller.configuration.organization.settings.0;
    let keys = KEYS
        .iter()
        .map(|key| {
            let of_bot = bot.and_then(|bot| bot.settings.0.get(key.name)).map(|value| ("bot", value.as_str()));
            let inherited = of_organization.get(key.name).map(|value| ("organization", value.as_str()));
            let (source, value) = of_bot.or(inherited).unwrap_or(("default", key.default));
            let Words { label, help } = words::of(key, lang);
            let choice = |value: &&'static str| ChoiceView { value, label: words::of_choice(value, lang) };
            KeyView {
                name: key.name,
                label,
                help,
                group: key.group,
                group_label: words::of_group(key.group, lang),
                kind: kind_name(key.kind),
                choices: match key.kind {
                    Kind::Choice(choices) => choices.iter().map(choice).collect(),
                    _ => Vec::new(),
                },
                min: key.range().map(|(min, _)| min),
                max: key.range().map(|(_, max)| max),
                unit: key.unit(),
                default: key.default,
                source,
                value: (!key.kind.is_secret()).then(|| value.to_owned()),
            }
        })
        .collect();
    let values = values::shown(&services.vault, caller.organization(), stored);
    Ok((SettingsView { bot_id, values, keys }, version))
}

/// The organization's settings, or a bot's: what is set, and every setting there is with the value that holds.
///
/// 200 · 403 · 404 unknown bot
#[utoipa::path(get, path = "/api/settings", tag = "settings", params(Scope),
    responses((status = 200, body = SettingsView), (status = 404)))]
pub async fn get(
    caller: Caller,
    lang: Lang,
    Query(scope): Query<Scope>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewSettings)?;
    let (view, version) = view(&services, &caller, scope.bot_id, lang)?;
    Ok(etag::ok(version, &view))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsRequest {
    /// Names and values; those not named stay, null or an empty text clears.
    #[schema(value_type = Object)]
    values: BTreeMap<String, Value>,
}

/// Changes settings, all or none.
///
/// 200 · 403 · 404 unknown bot · 412 · 422 naming the setting
#[utoipa::path(put, path = "/api/settings", tag = "settings", params(Scope), request_body = SettingsRequest,
    responses((status = 200, body = SettingsView), (status = 412)))]
pub async fn put(
    mut call: Call,
    lang: Lang,
    Query(scope): Query<Scope>,
    if_match: IfMatch,
    Json(request): Json<SettingsRequest>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageSettings)?;
    if_match.check(owner(&call, scope.bot_id)?.1)?;
    let changes = values::normal(&request.values).map_err(|faults| {
        let mut check = Check::default();
        bots::refuse_settings(&mut check, "values", faults);
        Problem::validation(check.0)
    })?;
    store(&services, &call, scope.bot_id, &changes).await?;
    call.caller.configuration = services.catalog.organization(call.organization()).ok_or_else(Problem::not_found)?;
    let (view, version) = view(&services, &call, scope.bot_id, lang)?;
    Ok(etag::ok(version, &view))
}

/// Stores changed settings with what follows from them, and tells who lives by them.
async fn store(
    services: &Services,
    call: &Call,
    bot: Option<BotId>,
    changes: &[(String, String)],
) -> Result<(), Problem> {
    if let Some(id) = bot {
        let mut bot = call.configuration.bots.get(&id).ok_or_else(Problem::not_found)?.bot.clone();
        values::apply(&services.vault, bot.organization_id, &mut bot.settings.0, changes);
        return bots::save(services, call, &mut bot, changes).await;
    }
    let mut organization = call.configuration.organization.clone();
    let shown = |stored: &values::Values| values::shown(&services.vault, call.organization(), stored);
    let before = shown(&organization.settings.0);
    values::apply(&services.vault, organization.id, &mut organization.settings.0, changes);
    organization.version += 1;
    organization.updated_at = call.now;
    let names: Vec<&String> = changes.iter().map(|(name, _)| name).collect();
    let line = call
        .line("settings.update", "organization", organization.id)
        .with(json!({"settings": names}))
        .between(before, shown(&organization.settings.0));
    services
        .store
        .write("settings.update", move |tx| {
            if organizations::update(tx.db, &organization)? == 0 {
                return Err(StoreError::Stale);
            }
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(call.organization()).await?;
    tell(services, call);
    Ok(())
}

/// Queues and attendants live by what was changed.
fn tell(services: &Services, call: &Call) {
    for queue in &call.configuration.queues {
        services.queues().notify_living(queue.queue.id, Recheck);
    }
    for user in call.configuration.users.keys() {
        services.attendants().notify_living(*user, Reconsider);
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// `config` or `attendants`, as recognised by the header.
    kind: &'static str,
    /// Settings stored, or people created and updated.
    accepted: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<usize>,
    rejected: Vec<Rejected>,
    /// What else is worth knowing.
    notes: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Rejected {
    /// From 1.
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    reason: String,
    /// The known name that resembles an unknown one.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearest: Option<String>,
}

/// Whether the first line names the columns of a list of people.
fn lists_people(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let columns: Vec<String> =
        header.split([',', ';']).map(|cell| cell.trim().trim_matches('"').to_lowercase()).collect();
    let has = |name: &str| columns.iter().any(|column| column == name);
    has("name") && !has("value") && ["id", "email", "phone", "channel"].iter().any(|name| has(name))
}

/// Takes a `config.csv` (into the organization, or the bot) or an `attendant.csv`; the header tells which. What cannot be
/// taken is listed with its line, the rest is stored.
///
/// 200 · 400 not UTF-8 · 403 · 404 unknown bot · 413
#[utoipa::path(post, path = "/api/settings/import", tag = "settings", params(Scope),
    request_body(content = String, content_type = "text/csv"), responses((status = 200, body = ImportAnswer)))]
pub async fn import_file(
    call: Call,
    Query(scope): Query<Scope>,
    body: Bytes,
    lang: Lang,
    services: Data<Services>,
    edge: Data<Edge>,
) -> Result<HttpResponse, Problem> {
    let text = std::str::from_utf8(&body).map_err(Problem::malformed)?;
    let answer = if lists_people(text) {
        call.may(Permission::ManageUsers)?;
        let normalise = |text: &str| phone::normalise(text, "BR").map(|phone| phone.as_str().to_owned());
        let (rows, mut rejected) = attendants::parse(text, normalise);
        let line = || call.line("user.update", "user", "");
        let imported = import::attendants(&services, &edge, &call.configuration, rows, line).await?;
        services.catalog.reload(call.organization()).await?;
        tell(&services, &call);
        rejected.extend(imported.rejected);
        rejected.sort_by_key(|error| error.line);
        ImportAnswer {
            kind: "attendants",
            accepted: imported.created + imported.updated,
            created: Some(imported.created),
            updated: Some(imported.updated),
            rejected: rejected
                .into_iter()
                .map(|error| Rejected { line: error.line, name: None, reason: error.reason, nearest: None })
                .collect(),
            notes: Vec::new(),
        }
    } else {
        call.may(Permission::ManageSettings)?;
        owner(&call, scope.bot_id)?;
        let parsed = csv::parse_csv(text);
        if !parsed.accepted.is_empty() {
            store(&services, &call, scope.bot_id, &parsed.accepted).await?;
        }
        ImportAnswer {
            kind: "config",
            accepted: parsed.accepted.len(),
            created: None,
            updated: None,
            notes: notes(&services, &call, scope.bot_id, &parsed.accepted, lang),
            rejected: parsed
                .rejected
                .into_iter()
                .map(|error| Rejected {
                    line: error.line as u64,
                    name: Some(error.name),
                    reason: error.reason.get(lang).to_owned(),
                    nearest: error.nearest,
                })
                .collect(),
        }
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// What an import of channel settings did or could not do yet.
fn notes(
    services: &Services,
    call: &Call,
    bot: Option<BotId>,
    changes: &[(String, String)],
    lang: Lang,
) -> Vec<String> {
    if !concerns_channel(changes) {
        return Vec::new();
    }
    let channels = services.catalog.organization(call.organization());
    let made = bot.is_some_and(|bot| {
        channels.is_some_and(|now| now.channels.values().any(|c| c.row.bot_id == bot && c.row.kind == "whatsapp"))
    });
    let note = match (bot, made) {
        (Some(_), true) => lang.pick("o canal de WhatsApp do bot foi atualizado", "the bot's WhatsApp channel is up to date"),
        (Some(_), false) => lang.pick(
            "o canal de WhatsApp será criado quando whatsapp-api-key, -phone-number-id, -app-secret e -verify-token estiverem definidos",
            "the WhatsApp channel is made once whatsapp-api-key, -phone-number-id, -app-secret and -verify-token are set",
        ),
        (None, _) => lang.pick(
            "importe para um bot (bot_id) para criar o canal de WhatsApp dele",
            "import into a bot (bot_id) to make its WhatsApp channel",
        ),
    };
    vec![note.to_owned()]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `config` (default) or `attendants`.
    kind: Option<String>,
    bot_id: Option<BotId>,
}

/// Settings as a `config.csv` (secrets as `***`), or people as an `attendant.csv`.
///
/// 200 text/csv · 403 · 404 unknown bot · 422
#[utoipa::path(get, path = "/api/settings/export", tag = "settings", params(ExportQuery),
    responses((status = 200, content_type = "text/csv", body = String), (status = 404)))]
pub async fn export_file(caller: Caller, Query(query): Query<ExportQuery>) -> Result<HttpResponse, Problem> {
    let (name, text) = match query.kind.as_deref().unwrap_or("config") {
        "config" => {
            caller.may(Permission::ViewSettings)?;
            ("config.csv", csv::export_csv(owner(&caller, query.bot_id)?.0))
        }
        "attendants" => {
            caller.may(Permission::ViewUsers)?;
            caller.may(Permission::ExportData)?;
            ("attendant.csv", people(&caller)?)
        }
        _ => return Err(Problem::field(FieldError::unknown_value("kind", "config, attendants"))),
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header(("content-disposition", format!("attachment; filename=\"{name}\"")))
        .body(text))
}

/// The organization's active people, as an import reads them back.
fn people(caller: &Caller) -> Result<String, Problem> {
    let configuration = &caller.configuration;
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let header = [
        "id",
        "name",
        "channel",
        "preferences",
        "department",
        "aliases",
        "phone",
        "email",
        "teams",
        "google",
        "telegram",
        "slack",
        "skills",
        "queues",
    ];
    writer.write_record(header).map_err(Problem::internal)?;
    let mut users: Vec<_> = configuration.users.values().filter(|user| user.is_active).collect();
    users.sort_by_key(|user| user.id);
    for user in users {
        let place = |kind: &str| {
            let found = configuration.destinations.iter().find(|row| row.user_id == user.id && row.kind == kind);
            found.map(|row| row.address.clone()).unwrap_or_default()
        };
        let phone = place("whatsapp");
        let topics = user.preferences.0.get("topics").and_then(Value::as_array);
        let topics: Vec<&str> = topics.into_iter().flatten().filter_map(Value::as_str).collect();
        let skills: Vec<String> = user.skills.0.iter().map(|skill| format!("{}:{}", skill.name, skill.level)).collect();
        let queues: Vec<&str> = configuration
            .queues
            .iter()
            .filter(|entry| entry.member(user.id).is_some())
            .map(|entry| entry.queue.name.as_str())
            .collect();
        let cells = [
            user.external_id.clone().unwrap_or_default(),
            user.name.clone(),
            user.channels.0.join(";"),
            topics.join(";"),
            user.department.clone().unwrap_or_default(),
            user.aliases.0.join(";"),
            if phone.is_empty() { phone } else { format!("+{phone}") },
            user.email.clone().unwrap_or_default(),
            place("teams"),
            place("google_chat"),
            place("telegram"),
            place("slack"),
            skills.join(";"),
            queues.join(";"),
        ];
        // A cell that a spreadsheet would run as a formula is made text.
        let safe = cells.map(|cell| if cell.starts_with(['=', '@', '\t', '\r']) { format!("'{cell}") } else { cell });
        writer.write_record(safe).map_err(Problem::internal)?;
    }
    let bytes = writer.into_inner().map_err(Problem::internal)?;
    String::from_utf8(bytes).map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_which_file_it_is() {
        for people in ["id,name,channel,phone\n", "\u{feff}name;email\n", "# team\n\nEmail,Name\n"] {
            assert!(lists_people(people), "{people}");
        }
        for config in ["name,value\n", "bot-greeting,Hi\n", "", "# x\nllm-url,https://a.b\n"] {
            assert!(!lists_people(config), "{config}");
        }
    }
}
