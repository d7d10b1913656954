//! `GET /api/attendance/insights`.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::insights::{Episode, Figures, figures, grouped};
use super::store::{self, Only, Open};
use crate::api::caller::Caller;
use crate::api::extract::Query;
use crate::api::problem::{FieldError, Problem};
use crate::attendants::Status as AttendantStatus;
use crate::auth::roles::Permission;
use crate::clock::Timestamp;
use crate::conversations::Status;
use crate::floor::Presence;
use crate::ids::{QueueId, UserId};
use crate::services::Services;
use crate::settings::view::Targets;

/// The longest stretch looked at in one call, and the most handoffs.
const LONGEST: Duration = Duration::from_secs(93 * 24 * 3600);
const MOST: i64 = 200_000;
/// Minutes; no place on earth is further from UTC.
const FURTHEST_OFFSET: i64 = 14 * 60;

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
    /// Handoffs of this queue; what is `now` is of all.
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    /// Handoffs of this channel kind; what is `now` is of all.
    pub channel: Option<String>,
    /// Minutes that the reader's clock is ahead of UTC, where hours and days begin.
    pub utc_offset: Option<i64>,
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
    /// A channel kind, an id, or the beginning of an hour or a day (told in UTC).
    pub key: String,
    pub name: String,
    pub figures: Figures,
    /// What this channel, queue or attendant has now; null for hours and days.
    pub now: Option<GroupNow>,
}

/// What a channel, a queue or an attendant has right now.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct GroupNow {
    /// Waiting, or offered and not yet accepted.
    pub waiting: i64,
    pub active: i64,
    /// Waiting for the customer.
    pub pending: i64,
    /// Of an attendant who works: offered and active against their capacity.
    pub utilisation: Option<f64>,
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
    pub targets: Targets,
    pub total: Figures,
    pub groups: Vec<Group>,
}

/// Figures over handoffs begun in a stretch of time, and the floor as it is now.
///
/// 200 · 403 · 422 `from` after `to`, or more than 93 days; `utc_offset` of no place
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
        return Err(Problem::field(FieldError::invalid("from", ("deve ser antes de to", "must be before to"))));
    }
    if to.since(from) > LONGEST {
        return Err(Problem::field(FieldError::invalid(
            "from",
            ("no máximo 93 dias antes de to", "at most 93 days before to"),
        )));
    }
    let offset = query.utc_offset.unwrap_or_default();
    if offset.abs() > FURTHEST_OFFSET {
        return Err(Problem::field(FieldError::invalid(
            "utc_offset",
            ("no máximo 840 minutos", "at most 840 minutes"),
        )));
    }
    let organization = caller.organization();
    let only = Only { queue: query.queue_id, channel: query.channel };
    let (episodes, open) = services
        .store
        .read("insights", move |db| {
            Ok((store::episodes(db, organization, &only, from, to, MOST)?, store::open(db, organization, &only)?))
        })
        .await?;
    let targets = caller.configuration.settings.attendance.targets;
    let groups =
        query.group_by.map(|by| groups(&services, &caller, by, offset, &episodes, &open, now)).unwrap_or_default();
    let total = figures(&episodes, &targets, now);
    Ok(HttpResponse::Ok().json(Insights { from, to, now: floor(&services, &caller), targets, total, groups }))
}

fn groups(
    services: &Services,
    caller: &Caller,
    by: GroupBy,
    utc_offset: i64,
    episodes: &[Episode],
    open: &[Open],
    now: Timestamp,
) -> Vec<Group> {
    let configuration = &caller.configuration;
    let bucket = |at: Timestamp, seconds: i64| {
        let local = at.secs() + utc_offset * 60;
        Timestamp::from_secs(local.div_euclid(seconds) * seconds - utc_offset * 60).to_string()
    };
    let id = |id: Option<String>| id.unwrap_or_default();
    let mut found = grouped(episodes, |episode| match by {
        GroupBy::Channel => episode.channel.clone(),
        GroupBy::Queue => id(episode.queue.map(|id| id.to_string())),
        GroupBy::Attendant => id(episode.attendant.map(|id| id.to_string())),
        GroupBy::Hour => bucket(episode.created_at, 3600),
        GroupBy::Day => bucket(episode.created_at, 86_400),
    });
    let mut live: BTreeMap<String, GroupNow> = BTreeMap::new();
    for row in open {
        let key = match by {
            GroupBy::Channel => row.channel.clone(),
            GroupBy::Queue => id(row.queue.map(|id| id.to_string())),
            GroupBy::Attendant => id(row.attendant.map(|id| id.to_string())),
            GroupBy::Hour | GroupBy::Day => continue,
        };
        let now = live.entry(key.clone()).or_default();
        match row.status {
            Status::Waiting | Status::Assigned => now.waiting += row.count,
            Status::Active => now.active += row.count,
            Status::Pending => now.pending += row.count,
            _ => {}
        }
        // Somebody may have begun before the stretch and have it still.
        found.entry(key).or_default();
    }
    let name = |key: &str| match by {
        GroupBy::Queue => {
            let queue = key.parse().ok().and_then(|id| configuration.queue(id));
            queue.map(|entry| entry.queue.name.clone()).unwrap_or_default()
        }
        GroupBy::Attendant => {
            let user = key.parse().ok().and_then(|id| configuration.users.get(&id));
            user.map(|user| user.name.clone()).unwrap_or_default()
        }
        _ => key.to_owned(),
    };
    let utilisation = |key: &str| {
        let id: UserId = key.parse().ok()?;
        let presence = services.floor.attendant(id).filter(works)?;
        Some(f64::from(presence.active) / f64::from(configuration.capacity_of(id).max(1)))
    };
    let targets = &configuration.settings.attendance.targets;
    let group = |(key, episodes): (String, Vec<&Episode>)| Group {
        name: name(&key),
        figures: figures(episodes, targets, now),
        now: match by {
            GroupBy::Hour | GroupBy::Day => None,
            GroupBy::Attendant => {
                Some(GroupNow { utilisation: utilisation(&key), ..live.get(&key).copied().unwrap_or_default() })
            }
            _ => Some(live.get(&key).copied().unwrap_or_default()),
        },
        key,
    };
    found.into_iter().map(group).collect()
}

fn works(presence: &Presence) -> bool {
    matches!(presence.status, AttendantStatus::Online | AttendantStatus::Busy)
}

fn floor(services: &Services, caller: &Caller) -> Now {
    let configuration = &caller.configuration;
    let views: Vec<_> = configuration.queues.iter().map(|entry| services.floor.queue(entry.queue.id)).collect();
    let present: Vec<_> = configuration
        .users
        .keys()
        .filter_map(|id| services.floor.attendant(*id).map(|presence| (*id, presence)))
        .collect();
    let count = |status: AttendantStatus| present.iter().filter(|(_, presence)| presence.status == status).count();
    let working = present.iter().filter(|(_, presence)| works(presence));
    let (mut active, mut capacity) = (0, 0);
    for (id, presence) in working {
        active += presence.active;
        capacity += configuration.capacity_of(*id);
    }
    Now {
        waiting: views.iter().map(|view| view.waiting.len()).sum(),
        oldest_waiting_since: views.iter().filter_map(|view| view.oldest).min(),
        attendants_online: count(AttendantStatus::Online),
        attendants_busy: count(AttendantStatus::Busy),
        active_conversations: active,
        utilisation: (capacity > 0).then(|| f64::from(active) / f64::from(capacity)),
    }
}

pub fn configure(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/attendance/insights").route(web::get().to(insights)));
}

#[derive(OpenApi)]
#[openapi(paths(insights), components(schemas(Insights, Figures, Group, GroupNow, GroupBy, Now, Targets)))]
pub struct Doc;
