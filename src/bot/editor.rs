//! What the editor of scripts stands on: the words of the language, a try without a customer, and what failed in earnest.

use std::cmp::Reverse;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::rehearsal::{self, Happening, Scene, State};
use super::store::{self as bots, ErrorRow};
use crate::api::caller::Caller;
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::auth::roles::Permission;
use crate::basic::keywords::{Category, TABLE};
use crate::basic::{self, functions};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;

#[derive(OpenApi)]
#[openapi(paths(keywords, try_out, errors))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/basic/keywords").route(web::get().to(keywords)))
        .service(web::resource("/api/bots/{id}/try").route(web::post().to(try_out)))
        .service(web::resource("/api/bots/{id}/errors").route(web::get().to(errors)));
}

/// Help in both languages.
#[derive(Debug, Serialize, ToSchema)]
pub struct Help {
    #[serde(rename = "pt-BR")]
    pt: &'static str,
    en: &'static str,
}

/// A command or a function of the language.
#[derive(Debug, Serialize, ToSchema)]
pub struct Word {
    name: &'static str,
    /// As an author would write it.
    form: String,
    /// Of commands: `flow`, `conversation`, `data` ...
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    category: Option<Category>,
    help: Help,
}

/// The words of the language.
#[derive(Debug, Serialize, ToSchema)]
pub struct Words {
    keywords: Vec<Word>,
    functions: Vec<Word>,
}

/// The words of the language, to complete what is written and to explain it.
///
/// 200 · 403
#[utoipa::path(get, path = "/api/basic/keywords", tag = "bots", responses((status = 200, body = Words)))]
pub async fn keywords(caller: Caller) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let keywords = TABLE.all.iter().map(|keyword| Word {
        name: keyword.name,
        form: keyword.form.clone(),
        category: Some(keyword.category),
        help: Help { pt: keyword.help_pt, en: keyword.help_en },
    });
    let functions = functions::ALL.iter().map(|function| Word {
        name: function.name,
        form: function.form.clone(),
        category: None,
        help: Help { pt: function.help_pt, en: function.help_en },
    });
    Ok(HttpResponse::Ok().json(Words { keywords: keywords.collect(), functions: functions.collect() }))
}

/// A source as it stands in the editor, or the newest version of a stored script; `start` without either.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryRequest {
    script: Option<String>,
    source: Option<String>,
    /// What the turn before gave, as it was given; begins without.
    state: Option<String>,
    /// `{"type":"open"}`, `{"type":"message","text":"…"}` or `{"type":"timer"}`.
    #[schema(value_type = Object)]
    event: Happening,
}

/// One turn, played.
#[derive(Debug, Serialize, ToSchema)]
pub struct TryView {
    /// For the next turn. A text, because browsers round numbers as large as those within.
    state: String,
    #[schema(value_type = Vec<Object>)]
    actions: Vec<Value>,
    #[schema(value_type = Object)]
    variables: serde_json::Map<String, Value>,
    line: u32,
    /// What the script waits for; null when it is over.
    #[schema(value_type = Option<Object>)]
    waiting: Option<basic::Waiting>,
    errors: Vec<Failure>,
}

/// Why a script failed, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Failure {
    code: String,
    message: String,
    line: u32,
}

impl Failure {
    pub fn new(error: basic::ScriptError, lang: Lang) -> Self {
        Failure { message: error.message.get(lang).to_owned(), code: error.code.into_owned(), line: error.line }
    }
}

/// Plays one turn of a script without a customer; no real data is read or touched.
///
/// 200 · 403 · 404 · 422 with line and column of what does not parse
#[utoipa::path(post, path = "/api/bots/{id}/try", tag = "bots", params(("id" = BotId, Path)), request_body = TryRequest,
    responses((status = 200, body = TryView), (status = 404), (status = 422)))]
pub async fn try_out(
    caller: Caller,
    Path(id): Path<BotId>,
    Body(request): Body<TryRequest>,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ManageBots)?;
    let entry = caller.configuration.bots.get(&id).cloned().ok_or_else(Problem::not_found)?;
    let source = match request.source {
        Some(source) => source,
        None => {
            let (organization, name) = (caller.organization(), request.script.unwrap_or_else(|| "start".to_owned()));
            let read = move |db: &mut crate::store::AnyConnection| {
                Ok(bots::scripts(db, organization, id, Some(&name))?.into_iter().next())
            };
            services.store.read("script.try", read).await?.ok_or_else(Problem::not_found)?.source
        }
    };
    if source.len() > basic::MAX_SOURCE {
        return Err(Problem::field(FieldError::too_long("source", basic::MAX_SOURCE)));
    }
    let state: State = match request.state {
        Some(state) => serde_json::from_str(&state).map_err(|_| {
            Problem::field(FieldError::invalid(
                "state",
                ("deve ser o que o turno anterior devolveu", "what the turn before gave"),
            ))
        })?,
        None => State::default(),
    };
    let program = super::scripts::compiled(&source, lang)?;
    let now = services.clock.now().to_utc().with_timezone(&entry.settings.business_hours.timezone).fixed_offset();
    let spoken = Lang::from_locale(&entry.bot.locale).unwrap_or_default();
    let scene = Scene { now, lang: spoken, limits: services.config.scripts.limits() };
    let turn = move || rehearsal::play(&program, state, request.event, scene);
    // A script in a loop holds up nobody: it has a thread of its own until it is stopped.
    let played = web::block(turn).await.map_err(|_| Problem::unavailable(1))?;
    Ok(HttpResponse::Ok().json(TryView {
        state: serde_json::to_string(&played.state).map_err(Problem::internal)?,
        actions: played.actions,
        variables: played.variables,
        line: played.line,
        waiting: played.waiting,
        errors: played.errors.into_iter().map(|error| Failure::new(error, lang)).collect(),
    }))
}

/// A script that failed in a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ErrorView {
    id: RecordId,
    at: Timestamp,
    session_id: Option<SessionId>,
    script: String,
    version: i64,
    line: i64,
    code: String,
    message: String,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ErrorsQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// What failed in the bot's scripts, the newest first; the newest 100 are kept.
///
/// 200 · 403 · 404
#[utoipa::path(get, path = "/api/bots/{id}/errors", tag = "bots", params(("id" = BotId, Path), ErrorsQuery),
    responses((status = 200, body = Page<ErrorView>), (status = 404)))]
pub async fn errors(
    caller: Caller,
    Path(id): Path<BotId>,
    Query(query): Query<ErrorsQuery>,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let organization = caller.organization();
    if !caller.configuration.bots.contains_key(&id) {
        return Err(Problem::not_found());
    }
    let read = move |db: &mut crate::store::AnyConnection| Ok(bots::errors(db, organization, id)?);
    let rows = services.store.read("bot.errors", read).await?;
    let view = |row: ErrorRow| ErrorView {
        id: row.id,
        at: row.at,
        session_id: row.session_id,
        script: row.script,
        version: row.version,
        line: row.line,
        message: row.error.0.message.get(lang).to_owned(),
        code: row.error.0.code.into_owned(),
    };
    let page =
        Page::cut(rows.into_iter().map(view).collect(), query.limit, query.cursor.as_deref(), |row| Reverse(row.id))?;
    Ok(HttpResponse::Ok().json(page))
}
