//! `GET /api/attendance/insights`.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::insights::{Episode, Figures, figures, grouped};
use super::store;
use crate::api::caller::Caller;
use crate::api::extract::Query;
use crate::api::problem::{FieldError, Problem};
use crate::attendants::Status;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::services::Services;

/// The longest stretch looked at in one call, and the most handoffs.
const LONGEST: Duration = Duration::from_secs(93 * 24 * 3600);
const MOST: i64 = 200_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InsightsQuery {
    /// RFC 3339; the last 24 hours without.
    #[param(value_type = Option<String>)]
    pub from: Option<Timestamp>,
    #[param(value_type = Option<String>)]
    pub to: Option<Timestamp>,
    pub group_by: Option<GroupBy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    Channel,
    Queue,
    Attendant,
    Hour,
    Day,
}

/// Figures of one group.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// A channel kind, an id, or the beginning of an hour or a day (UTC).
    pub key: String,
    pub name: String,
    pub figures: Figures,
}

/// What happens right now.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Now {
    pub waiting: usize,
    #[schema(value_type = Option<String>, format = "date-time")]
    pub oldest_waiting_since: Option<Timestamp>,
    pub attendants_online: usize,
    pub attendants_busy: usize,
    pub active_conversations: u32,
    /// Active conversations against the capacity of those who work; null with nobody working.
    pub utilisation: Option<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Insights {
    #[schema(value_type = String, format = "date-time")]
    pub from: Timestamp,
    #[schema(value_type = String, format = "date-time")]
    pub to: Timestamp,
    pub now: Now,
    pub total: Figures,
    pub groups: Vec<Group>,
}

/// Figures over handoffs begun in a stretch of time, and the floor as it is now.
///
/// 200 · 403 · 422 `from` after `to`, or more than 93 days
#[utoipa::path(get, path = "/api/attendance/insights", params(InsightsQuery), tag = "attendance",
    responses((status = 200, body = Insights)))]
pub async fn insights(
    caller: Caller,
    Query(query): Query<InsightsQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewReports)?;
    let now = services.clock.now();
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or(to - Duration::from_secs(24 * 3600));
    if from >= to {
        return Err(Problem::field(FieldError::invalid("from", "must be before to")));
    }
    if to.since(from) > LONGEST {
        return Err(Problem::field(FieldError::invalid("from", "at most 93 days before to")));
    }
    let organization = caller.organization();
    let episodes =
        services.store.read("insights", move |db| Ok(store::episodes(db, organization, from, to, MOST)?)).await?;
    let groups = query.group_by.map(|by| group(&episodes, by, &caller)).unwrap_or_default();
    let answer = Insights { from, to, now: floor(&services, &caller), total: figures(&episodes), groups };
    Ok(HttpResponse::Ok().json(answer))
}

fn group(episodes: &[Episode], by: GroupBy, caller: &Caller) -> Vec<Group> {
    let configuration = &caller.configuration;
    let bucket = |seconds: i64| {
        move |episode: &Episode| Timestamp::from_secs(episode.created_at.secs().div_euclid(seconds) * seconds)
    };
    let named = |groups: Vec<(Option<String>, Figures)>, name: &dyn Fn(&str) -> String| {
        groups
            .into_iter()
            .map(|(key, figures)| {
                let key = key.unwrap_or_default();
                Group { name: name(&key), key, figures }
            })
            .collect()
    };
    match by {
        GroupBy::Channel => named(grouped(episodes, |e| Some(e.channel.clone())), &str::to_owned),
        GroupBy::Queue => named(grouped(episodes, |e| e.queue.map(|id| id.to_string())), &|key| {
            let queue = key.parse().ok().and_then(|id| configuration.queue(id));
            queue.map(|entry| entry.queue.name.clone()).unwrap_or_default()
        }),
        GroupBy::Attendant => named(grouped(episodes, |e| e.attendant.map(|id| id.to_string())), &|key| {
            let user = key.parse().ok().and_then(|id| configuration.users.get(&id));
            user.map(|user| user.name.clone()).unwrap_or_default()
        }),
        GroupBy::Hour => named(grouped(episodes, |e| Some(bucket(3600)(e).to_string())), &str::to_owned),
        GroupBy::Day => named(grouped(episodes, |e| Some(bucket(86_400)(e).to_string())), &str::to_owned),
    }
}

fn floor(services: &Services, caller: &Caller) -> Now {
    let configuration = &caller.configuration;
    let views: Vec<_> = configuration.queues.iter().map(|entry| services.floor.queue(entry.queue.id)).collect();
    let present: Vec<_> = configuration
        .users
        .keys()
        .filter_map(|id| services.floor.attendant(*id).map(|presence| (*id, presence)))
        .collect();
    let count = |status: Status| present.iter().filter(|(_, presence)| presence.status == status).count();
    let working = present.iter().filter(|(_, presence)| matches!(presence.status, Status::Online | Status::Busy));
    let (mut active, mut capacity) = (0, 0);
    for (id, presence) in working {
        active += presence.active;
        capacity += configuration.capacity_of(*id);
    }
    Now {
        waiting: views.iter().map(|view| view.waiting.len()).sum(),
        oldest_waiting_since: views.iter().filter_map(|view| view.oldest).min(),
        attendants_online: count(Status::Online),
        attendants_busy: count(Status::Busy),
        active_conversations: active,
        utilisation: (capacity > 0).then(|| f64::from(active) / f64::from(capacity)),
    }
}

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/attendance/insights").route(web::get().to(insights)));
}

#[derive(OpenApi)]
#[openapi(paths(insights), components(schemas(Insights, Figures, Group, GroupBy, Now)))]
pub struct Doc;
