//! `/api/bots/{id}/scripts`: the programs of a bot, every version kept, at most one of a name published.

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::runs::{api as runs, store as rows, triggers};
use super::store::{self as bots, Script};
use crate::api::call::Call;
use crate::api::caller::Caller;
use crate::api::etag::{self, IfMatch};
use crate::api::extract::{Json as Body, Path, Query};
use crate::api::paging::Page;
use crate::api::problem::{FieldError, Problem};
use crate::audit::store as audit;
use crate::auth::roles::Permission;
use crate::basic::{self, Diagnostic, Program, Severity};
use crate::clock::Timestamp;
use crate::ids::*;
use crate::lang::Lang;
use crate::services::Services;
use crate::store::StoreError;

/// Characters of a name.
const NAME: usize = 80;

/// The program of a source, or what is wrong with it in the words of the language: all of it, so that an author mends it in
/// one go.
pub fn compiled(source: &str, lang: Lang) -> Result<Program, Problem> {
    let compiled = basic::compile(source, &[]);
    compiled.program.ok_or_else(|| {
        let errors = compiled.diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        let field = |found: Diagnostic| {
            let mut message = found.message.get(lang).to_owned();
            if let Some(hint) = found.hint {
                message.push_str(&format!(" ({} {hint}?)", lang.pick("você quis dizer", "did you mean")));
            }
            FieldError::at("source", found.line, found.column, message)
        };
        Problem::validation(errors.map(field).collect())
    })
}

#[derive(OpenApi)]
#[openapi(paths(list, get, put, delete))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/bots/{id}/scripts").route(web::get().to(list))).service(
        web::resource("/api/bots/{id}/scripts/{name}")
            .route(web::get().to(get))
            .route(web::put().to(put))
            .route(web::delete().to(delete)),
    );
}

/// A script, by its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptBrief {
    name: String,
    /// The newest.
    version: i64,
    /// The one that runs; null while none does.
    published_version: Option<i64>,
    updated_at: Timestamp,
    updated_by: Option<String>,
}

/// One version without its source.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptVersion {
    version: i64,
    is_published: bool,
    author: Option<String>,
    created_at: Timestamp,
}

/// A version with its source, and all there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptView {
    name: String,
    version: i64,
    is_published: bool,
    source: String,
    author: Option<String>,
    created_at: Timestamp,
    /// What a language model is told of it, when it says so itself (`DESCRIPTION`, `PARAM`).
    tool: Option<Tool>,
    /// The newest first.
    versions: Vec<ScriptVersion>,
}

/// A script as a tool.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tool {
    description: Option<String>,
    /// JSON Schema of its parameters.
    #[schema(value_type = Object)]
    parameters: serde_json::Value,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScriptRequest {
    source: String,
    /// Runs from now on; true without.
    publish: Option<bool>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ScriptQuery {
    /// The newest without.
    version: Option<i64>,
}

fn author(caller: &Caller, script: &Script) -> Option<String> {
    caller.configuration.users.get(&script.author_id).map(|user| user.name.clone())
}

fn view(caller: &Caller, script: &Script, all: &[Script]) -> ScriptView {
    let version = |script: &Script| ScriptVersion {
        version: script.version,
        is_published: script.is_published,
        author: author(caller, script),
        created_at: script.created_at,
    };
    let header = basic::compile(&script.source, &[]).program.map(|program| program.header);
    let tool = header
        .filter(|header| header.is_tool())
        .map(|header| Tool { parameters: header.schema(), description: header.description });
    ScriptView {
        name: script.name.clone(),
        version: script.version,
        is_published: script.is_published,
        source: script.source.clone(),
        author: author(caller, script),
        created_at: script.created_at,
        tool,
        versions: all.iter().map(version).collect(),
    }
}

/// Every version of the bot's scripts, or of one; 404 without the bot.
async fn stored(
    services: &Services,
    caller: &Caller,
    bot: BotId,
    name: Option<String>,
) -> Result<Vec<Script>, Problem> {
    let organization = caller.organization();
    if !caller.configuration.bots.contains_key(&bot) {
        return Err(Problem::not_found());
    }
    let read = move |db: &mut crate::store::AnyConnection| Ok(bots::scripts(db, organization, bot, name.as_deref())?);
    Ok(services.store.read("script.versions", read).await?)
}

/// The scripts of a bot, by name.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/bots/{id}/scripts", tag = "bots", params(("id" = BotId, Path), ListQuery),
    responses((status = 200, body = Page<ScriptBrief>)))]
pub async fn list(
    caller: Caller,
    Path(id): Path<BotId>,
    Query(query): Query<ListQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let versions = stored(&services, &caller, id, None).await?;
    let briefs = versions.chunk_by(|a, b| a.name == b.name).filter_map(|of_one| {
        let newest = of_one.first()?;
        Some(ScriptBrief {
            name: newest.name.clone(),
            version: newest.version,
            published_version: of_one.iter().find(|script| script.is_published).map(|script| script.version),
            updated_at: newest.created_at,
            updated_by: author(&caller, newest),
        })
    });
    let page = Page::cut(briefs.collect(), query.limit, query.cursor.as_deref(), |brief| brief.name.clone())?;
    Ok(HttpResponse::Ok().json(page))
}

/// A script with its versions. The ETag is the newest version's number.
///
/// 200 · 404
#[utoipa::path(get, path = "/api/bots/{id}/scripts/{name}", tag = "bots",
    params(("id" = BotId, Path), ("name" = String, Path), ScriptQuery), responses((status = 200, body = ScriptView)))]
pub async fn get(
    caller: Caller,
    Path((id, name)): Path<(BotId, String)>,
    Query(query): Query<ScriptQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewBots)?;
    let all = stored(&services, &caller, id, Some(name)).await?;
    let newest = all.first().ok_or_else(Problem::not_found)?;
    let wanted = query.version.unwrap_or(newest.version);
    let script = all.iter().find(|script| script.version == wanted).ok_or_else(Problem::not_found)?;
    Ok(etag::ok(newest.version, &view(&caller, script, &all)))
}

/// Adds a version; the same source as the newest adds none, and may publish it.
///
/// 200 · 201 the first version · 403 · 404 · 412 · 422 with line and column of what does not parse
#[utoipa::path(put, path = "/api/bots/{id}/scripts/{name}", tag = "bots",
    params(("id" = BotId, Path), ("name" = String, Path)), request_body = ScriptRequest,
    responses((status = 200, body = ScriptView), (status = 201, body = ScriptView), (status = 412), (status = 422)))]
pub async fn put(
    call: Call,
    Path((id, name)): Path<(BotId, String)>,
    if_match: IfMatch,
    Body(request): Body<ScriptRequest>,
    lang: Lang,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageBots)?;
    let before = stored(&services, &call, id, Some(name.clone())).await?;
    let newest = before.first().cloned();
    if_match.check(newest.as_ref().map_or(0, |script| script.version))?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.chars().count() > NAME || !name.chars().all(plain) {
        return Err(Problem::field(FieldError::invalid(
            "name",
            ("letras, números, - _ . e no máximo 80", "letters, digits, - _ . and at most 80"),
        )));
    }
    if request.source.len() > basic::MAX_SOURCE {
        return Err(Problem::field(FieldError::too_long("source", basic::MAX_SOURCE)));
    }
    let program = compiled(&request.source, lang)?;
    let publish = request.publish.unwrap_or(true);
    let same = newest.as_ref().filter(|newest| newest.source == request.source).cloned();
    let fresh = Script {
        id: RecordId::new(),
        organization_id: call.organization(),
        bot_id: id,
        name: name.clone(),
        version: newest.as_ref().map_or(0, |script| script.version) + 1,
        source: request.source,
        is_published: publish,
        author_id: call.user.id,
        created_at: call.now,
    };
    // From the same moment on what it listens to is read.
    let follows = publish && triggers::follows_the_stream(&program.header);
    let organization = call.organization();
    let version = same.as_ref().map_or(fresh.version, |same| same.version);
    let detail = json!({"name": name, "version": version, "published": publish});
    let line = call.line("bot.script", "bot", id).with(detail);
    let change = services.store.write("script.put", move |tx| {
        match &same {
            Some(same) if publish && !same.is_published => bots::publish_script(tx.db, same)?,
            Some(_) => return Ok(()),
            None => bots::insert_script(tx.db, &fresh)?,
        };
        if follows {
            rows::listen(tx.db, organization)?;
        }
        audit::record(tx, &line)?;
        Ok(())
    });
    match change.await {
        // Somebody else stored this number first.
        Err(StoreError::Duplicate(_)) => return Err(Problem::precondition_failed()),
        outcome => outcome?,
    }
    services.catalog.reload(call.organization()).await?;
    if publish && !program.header.webhooks.is_empty() {
        runs::ensure_token(&services, &call, id).await?;
    }
    let all = stored(&services, &call, id, Some(name)).await?;
    let script = all.iter().find(|script| script.version == version).ok_or_else(Problem::not_found)?;
    let view = view(&call, script, &all);
    Ok(match newest {
        Some(_) => etag::ok(version, &view),
        None => etag::created(version, format!("/api/bots/{id}/scripts/{}", view.name), &view),
    })
}

/// Removes a script with all its versions.
///
/// 204 · 403 · 404 · 412
#[utoipa::path(delete, path = "/api/bots/{id}/scripts/{name}", tag = "bots",
    params(("id" = BotId, Path), ("name" = String, Path)), responses((status = 204), (status = 404)))]
pub async fn delete(
    call: Call,
    Path((id, name)): Path<(BotId, String)>,
    if_match: IfMatch,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    call.may(Permission::ManageBots)?;
    let all = stored(&services, &call, id, Some(name.clone())).await?;
    if_match.check(all.first().ok_or_else(Problem::not_found)?.version)?;
    let organization = call.organization();
    let line = call.line("bot.script_delete", "bot", id).with(json!({"name": name}));
    services
        .store
        .write("script.delete", move |tx| {
            bots::delete_script(tx.db, organization, id, &name)?;
            audit::record(tx, &line)?;
            Ok(())
        })
        .await?;
    services.catalog.reload(organization).await?;
    Ok(HttpResponse::NoContent().finish())
}
