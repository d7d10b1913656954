//! `GET /api/channels/{id}/templates`: the messages that a provider has approved beforehand, the only ones it carries
//! when its window is closed. Asked of the provider, and remembered for a few minutes.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use parking_lot::Mutex;
use serde::Deserialize;
use utoipa::{IntoParams, OpenApi};

use super::adapter::{Adapter, SendError, Template};
use crate::api::caller::Caller;
use crate::api::extract::{Path, Query};
use crate::api::paging::{self, Page};
use crate::api::problem::{Code, Problem};
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::ids::ChannelId;
use crate::services::Services;

/// How long a list counts: templates change a few times a week, and providers count such questions.
const FRESH: Duration = Duration::from_secs(300);
/// Pages of one provider's list, of 100 each; accounts have at most 6,000 templates, people use dozens.
const PAGES: usize = 20;
/// Seconds after which a provider that has trouble may be asked again.
const AGAIN: u64 = 30;

#[derive(OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

pub fn configure(cfg: &mut web::ServiceConfig) {
    cfg.service(web::resource("/api/channels/{id}/templates").route(web::get().to(list)));
}

struct Known {
    at: Timestamp,
    /// Of the channel's row: other credentials have other templates.
    version: i64,
    templates: Arc<Vec<Template>>,
}

/// The lists of each channel.
#[derive(Default)]
pub struct Remembered(Mutex<HashMap<ChannelId, Known>>);

impl Remembered {
    fn get(&self, channel: ChannelId, version: i64, now: Timestamp) -> Option<Arc<Vec<Template>>> {
        let known = self.0.lock();
        let known = known.get(&channel)?;
        (known.version == version && now.since(known.at) < FRESH).then(|| known.templates.clone())
    }

    fn put(&self, channel: ChannelId, version: i64, now: Timestamp, templates: Arc<Vec<Template>>) {
        let mut known = self.0.lock();
        known.retain(|_, known| now.since(known.at) < FRESH);
        known.insert(channel, Known { at: now, version, templates });
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TemplatesQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The channel's approved templates, by name.
///
/// 200 · 403 · 404 · 409 `feature_disabled`: this kind of channel has none, its business account is not named, or the
/// provider refused the credentials · 503 the provider does not answer
#[utoipa::path(get, path = "/api/channels/{id}/templates", tag = "channels", params(("id" = ChannelId, Path), TemplatesQuery),
    responses((status = 200, body = Page<Template>), (status = 404), (status = 409), (status = 503)))]
pub async fn list(
    caller: Caller,
    Path(id): Path<ChannelId>,
    Query(query): Query<TemplatesQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::Converse)?;
    // Before the provider is asked for anything.
    paging::limit(query.limit)?;
    paging::decode::<(String, String)>(query.cursor.as_deref())?;
    let entry = caller.configuration.channels.get(&id).ok_or_else(Problem::not_found)?;
    let (version, now) = (entry.row.version, services.clock.now());
    let templates = match services.templates.get(id, version, now) {
        Some(known) => known,
        None => {
            let adapter = entry.adapter.as_deref().ok_or_else(|| Problem::of(Code::FeatureDisabled))?;
            let templates = Arc::new(ask(&services, adapter).await?);
            services.templates.put(id, version, now, templates.clone());
            templates
        }
    };
    let key = |template: &Template| (template.name.clone(), template.language.clone());
    Ok(HttpResponse::Ok().json(Page::cut(templates.to_vec(), query.limit, query.cursor.as_deref(), key)?))
}

async fn ask(services: &Services, adapter: &dyn Adapter) -> Result<Vec<Template>, Problem> {
    let mut templates = Vec::new();
    let mut after = None;
    for _ in 0..PAGES {
        let request = adapter.list_templates(after.as_deref()).ok_or_else(|| Problem::of(Code::FeatureDisabled))?;
        let answer = services.http.send(request).await.map_err(|error| {
            tracing::warn!(%error, "templates could not be asked for");
            Problem::unavailable(AGAIN)
        })?;
        let (page, next) = adapter.templates(&answer).map_err(|error| {
            tracing::warn!(%error, "templates were refused");
            match error {
                SendError::Retry { .. } => Problem::unavailable(AGAIN),
                _ => Problem::of(Code::FeatureDisabled),
            }
        })?;
        templates.extend(page);
        after = next;
        if after.is_none() {
            break;
        }
    }
    Ok(templates)
}
