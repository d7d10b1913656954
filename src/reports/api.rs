//! `GET /api/attendance/insights`, and the staffing of the next hours.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use super::insights::{Episode, Figures, figures, grouped};
use super::staffing::{Basis, Forecast, Goal, Load, Service, needed, served};
use super::store::{self, Only, Open};
use crate::api::caller::Caller;
use crate::api::extract::Query;
use crate::api::problem::{FieldError, Problem};
use crate::attendants::Status as AttendantStatus;
use crate::auth::roles::Permission;
use crate::catalog::Configuration;
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
    let offset = offset(query.utc_offset)?;
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

/// Minutes that hours and days of the reader are ahead of UTC's.
fn offset(asked: Option<i64>) -> Result<i64, Problem> {
    let offset = asked.unwrap_or_default();
    if offset.abs() <= FURTHEST_OFFSET {
        return Ok(offset);
    }
    Err(Problem::field(FieldError::invalid("utc_offset", ("no máximo 840 minutos", "at most 840 minutes"))))
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

/// Weeks that a forecast looks back on.
const WEEKS: u32 = 4;
const MOST_WEEKS: u32 = 12;
/// Days ahead; a week repeats itself until then.
const FURTHEST_DAY: u64 = 31;
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct StaffingQuery {
    /// Handoffs and members of this queue; all of them without.
    #[param(value_type = Option<String>)]
    pub queue_id: Option<QueueId>,
    /// Weeks looked back on, 1 to 12; 4 without.
    pub weeks: Option<u32>,
    /// Minutes that the reader's clock is ahead of UTC, where hours and days begin.
    pub utc_offset: Option<i64>,
    /// `YYYY-MM-DD`, of the reader: today or in the next 31 days. The next 24 hours without.
    #[param(value_type = Option<String>, format = "date")]
    pub day: Option<NaiveDate>,
}

/// What one hour is expected to bring, and who it takes. All null while the weeks before say nothing of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StaffingHour {
    /// Its beginning.
    #[schema(value_type = String, format = "date-time")]
    pub at: Timestamp,
    pub arrivals: Option<f64>,
    pub handling_seconds: Option<f64>,
    /// The least number of attendants that keeps the goal.
    pub needed: Option<u32>,
}

/// Who could serve. A member of several queues is one of each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Team {
    pub members: u32,
    /// Of those, who works right now, free or at full load.
    pub online: u32,
    /// Conversations that a member may have at once, on average and at least 1.
    pub capacity: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Staffing {
    pub basis: Basis,
    pub goal: Goal,
    pub team: Team,
    /// 24 of them.
    pub hours: Vec<StaffingHour>,
}

/// How many attendants each hour needs, by Erlang's C from what the weeks before brought.
///
/// An attendant counts as many servers as conversations they may have at once. With `basis.enough` false there is too
/// little history to plan by. `goal` is the organization's target for the wait, for 80 % of the customers, with nobody
/// busy for more than 85 % of the time.
///
/// 200 · 403 · 404 no such queue · 422 `weeks`, `day` or `utc_offset` out of range
#[utoipa::path(get, path = "/api/attendance/staffing", params(StaffingQuery), tag = "attendance",
    responses((status = 200, body = Staffing), (status = 404)))]
pub async fn staffing(
    caller: Caller,
    Query(query): Query<StaffingQuery>,
    services: Data<Services>,
) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewReports)?;
    let configuration = &caller.configuration;
    if query.queue_id.is_some_and(|id| configuration.queue(id).is_none()) {
        return Err(Problem::not_found());
    }
    let offset = offset(query.utc_offset)?;
    let weeks = query.weeks.unwrap_or(WEEKS);
    if !(1..=MOST_WEEKS).contains(&weeks) {
        return Err(Problem::field(FieldError::out_of_range("weeks", 1, MOST_WEEKS)));
    }
    let now = services.clock.now();
    let first = match query.day {
        Some(day) => midnight(day, offset, now)?,
        None => Timestamp::from_secs(now.secs() - (now.secs() + offset * 60).rem_euclid(3600)),
    };
    // A little more than is looked at: the first hour is a whole one.
    let from = now - HOUR * (weeks * 7 * 24 + 1);
    let (organization, queue) = (caller.organization(), query.queue_id);
    let past =
        services.store.read("staffing", move |db| Ok(store::demand(db, organization, queue, from, now, MOST)?)).await?;
    let forecast = Forecast::new(&past, weeks, offset, now);
    let goal = Goal::within(configuration.settings.attendance.targets.wait_seconds);
    let team = team(&services, configuration, queue);
    let hour = |after: u32| {
        let at = first + HOUR * after;
        let load = forecast.at(at);
        StaffingHour {
            at,
            arrivals: load.map(|load| load.arrivals_per_hour),
            handling_seconds: load.map(|load| load.handling_seconds),
            needed: load.map(|load| needed(&load, team.capacity, &goal)),
        }
    };
    let hours = (0..24).map(hour).collect();
    Ok(HttpResponse::Ok().json(Staffing { basis: forecast.basis(), goal, team, hours }))
}

/// When a day of the reader begins, if it is one that is forecast.
fn midnight(day: NaiveDate, offset: i64, now: Timestamp) -> Result<Timestamp, Problem> {
    let today = Timestamp::from_secs(now.secs() + offset * 60).to_utc().date_naive();
    let last = today.checked_add_days(Days::new(FURTHEST_DAY)).unwrap_or(today);
    if !(today..=last).contains(&day) {
        return Err(Problem::field(FieldError::out_of_range("day", today, last)));
    }
    Ok(Timestamp::from_secs(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp() - offset * 60))
}

fn team(services: &Services, configuration: &Configuration, queue: Option<QueueId>) -> Team {
    let entries = configuration.queues.iter().filter(|entry| match queue {
        Some(id) => entry.queue.id == id,
        None => entry.queue.is_active,
    });
    let mut places: BTreeMap<UserId, i64> = BTreeMap::new();
    for member in entries.flat_map(|entry| &entry.members).filter(|member| member.is_active) {
        if configuration.users.get(&member.user_id).is_some_and(|user| user.is_active) {
            let most = places.entry(member.user_id).or_default();
            *most = member.max_conversations.max(*most);
        }
    }
    let online = places.keys().filter(|id| services.floor.attendant(**id).as_ref().is_some_and(works)).count();
    let mean = places.values().sum::<i64>() as f64 / places.len().max(1) as f64;
    Team { members: places.len() as u32, online: online as u32, capacity: (mean.round() as u32).max(1) }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhatIfQuery {
    /// 1 to 10,000.
    #[param(required = true)]
    pub attendants: Option<u32>,
    /// 0 to 10,000.
    #[param(required = true)]
    pub arrivals_per_hour: Option<f64>,
    /// Mean of a conversation, 1 to 86,400.
    #[param(required = true)]
    pub handling_seconds: Option<f64>,
    /// Conversations that an attendant has at once, 1 to 500; 1 without, as on the telephone.
    pub capacity: Option<u32>,
    /// 1 to 86,400; the organization's target for the wait without.
    pub target_seconds: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WhatIf {
    pub goal: Goal,
    /// Conversations that are open at once on average.
    pub erlangs: f64,
    pub service: Service,
    /// The least number of attendants that keeps the goal.
    pub needed: u32,
}

/// How so many attendants would serve so many customers, by Erlang's C.
///
/// 200 · 403 · 422 with the field that is missing or out of range
#[utoipa::path(get, path = "/api/attendance/staffing/what-if", params(WhatIfQuery), tag = "attendance",
    responses((status = 200, body = WhatIf)))]
pub async fn what_if(caller: Caller, Query(query): Query<WhatIfQuery>) -> Result<HttpResponse, Problem> {
    caller.may(Permission::ViewReports)?;
    let capacity = query.capacity.unwrap_or(1);
    let target = query.target_seconds.unwrap_or(caller.configuration.settings.attendance.targets.wait_seconds);
    let asked = [
        ("attendants", query.attendants.map(f64::from), 1, 10_000),
        ("arrivals_per_hour", query.arrivals_per_hour, 0, 10_000),
        ("handling_seconds", query.handling_seconds, 1, 86_400),
        ("capacity", Some(f64::from(capacity)), 1, 500),
        ("target_seconds", Some(target as f64), 1, 86_400),
    ];
    let errors = asked.into_iter().filter_map(|(field, value, least, most)| match value {
        None => Some(FieldError::required(field)),
        Some(value) if (f64::from(least)..=f64::from(most)).contains(&value) => None,
        Some(_) => Some(FieldError::out_of_range(field, least, most)),
    });
    let errors: Vec<_> = errors.collect();
    let (Some(attendants), Some(arrivals_per_hour), Some(handling_seconds), true) =
        (query.attendants, query.arrivals_per_hour, query.handling_seconds, errors.is_empty())
    else {
        return Err(Problem::validation(errors));
    };
    let load = Load { arrivals_per_hour, handling_seconds };
    let goal = Goal::within(target);
    Ok(HttpResponse::Ok().json(WhatIf {
        goal,
        erlangs: load.erlangs(),
        service: served(&load, attendants, capacity, target),
        needed: needed(&load, capacity, &goal),
    }))
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/api/attendance/insights").route(web::get().to(insights)))
        .service(web::resource("/api/attendance/staffing").route(web::get().to(staffing)))
        .service(web::resource("/api/attendance/staffing/what-if").route(web::get().to(what_if)));
}

#[derive(OpenApi)]
#[openapi(
    paths(insights, staffing, what_if),
    components(schemas(
        Insights,
        Figures,
        Group,
        GroupNow,
        GroupBy,
        Now,
        Targets,
        Staffing,
        StaffingHour,
        Team,
        Basis,
        Goal,
        WhatIf,
        Service
    ))
)]
pub struct Doc;
