//! Business hours of a queue: when it is open, and when next. Time-zone aware; knows no queue, no fallback, no clock.
//!
//! As JSON on the queue:
//!
//! ```json
//! {"timezone": "America/Sao_Paulo",
//!  "week": {"mon": [["08:00", "12:00"], ["13:00", "18:00"]], "fri": [["22:00", "06:00"]]},
//!  "holidays": ["2026-12-25", "01-01"]}
//! ```
//!
//! An interval that ends at or before its start ends the next day. It belongs to the day it starts on: a holiday closes
//! what starts on it, the shift begun the evening before runs to its end. Wall times that a clock change skips mean the
//! first instant after it; those it repeats open at the first and close at the second.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::lang::Lang;
use crate::text::fold;

const DAY: u16 = 24 * 60;
/// How far ahead an opening is looked for; later than a year is never, to someone who waits.
const HORIZON_DAYS: i64 = 370;
const WEEK: [(Weekday, [&str; 4]); 7] = [
    (Weekday::Mon, ["mon", "monday", "seg", "segunda"]),
    (Weekday::Tue, ["tue", "tuesday", "ter", "terca"]),
    (Weekday::Wed, ["wed", "wednesday", "qua", "quarta"]),
    (Weekday::Thu, ["thu", "thursday", "qui", "quinta"]),
    (Weekday::Fri, ["fri", "friday", "sex", "sexta"]),
    (Weekday::Sat, ["sat", "saturday", "sab", "sabado"]),
    (Weekday::Sun, ["sun", "sunday", "dom", "domingo"]),
];

/// The JSON form, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursShape {
    /// IANA name.
    pub timezone: String,
    /// `mon` .. `sun` to intervals of `HH:MM`; `24:00` may end one. A day that is missing is closed.
    #[serde(default)]
    pub week: BTreeMap<String, Vec<[String; 2]>>,
    /// `YYYY-MM-DD`, or `MM-DD` for every year.
    #[serde(default)]
    pub holidays: Vec<String>,
}

/// The five `business-hours-*` settings as written.
#[derive(Debug, Clone, Copy)]
pub struct HoursSettings<'a> {
    pub start: &'a str,
    pub end: &'a str,
    /// Days and ranges in either language: `mon-fri`, `seg-sex, dom`.
    pub days: &'a str,
    pub timezone: &'a str,
    pub holidays: &'a [String],
}

/// One thing wrong with the hours. `field` is the JSON path (`week.mon[0]`) or the setting's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {}", .fault.describe(Lang::En))]
pub struct HoursProblem {
    pub field: String,
    pub fault: HoursFault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursFault {
    TimeZone(String),
    Day(String),
    Time(String),
    /// Starts and ends at the same minute.
    Empty,
    Date(String),
}

impl HoursFault {
    /// What to tell the administrator.
    pub fn describe(&self, lang: Lang) -> String {
        use HoursFault::{Date, Day, Empty, Time, TimeZone};
        match (self, lang) {
            (TimeZone(typed), Lang::Pt) => format!("fuso horário desconhecido: {typed}"),
            (TimeZone(typed), Lang::En) => format!("unknown time zone: {typed}"),
            (Day(typed), Lang::Pt) => format!("dia da semana desconhecido: {typed}"),
            (Day(typed), Lang::En) => format!("unknown day of the week: {typed}"),
            (Time(typed), Lang::Pt) => format!("não é um horário HH:MM: {typed}"),
            (Time(typed), Lang::En) => format!("not a time HH:MM: {typed}"),
            (Empty, Lang::Pt) => "começa e termina no mesmo minuto; o dia todo é 00:00 a 24:00".into(),
            (Empty, Lang::En) => "starts and ends at the same minute; a whole day is 00:00 to 24:00".into(),
            (Date(typed), Lang::Pt) => format!("não é uma data AAAA-MM-DD ou MM-DD: {typed}"),
            (Date(typed), Lang::En) => format!("not a date YYYY-MM-DD or MM-DD: {typed}"),
        }
    }
}

/// Minutes after local midnight; `end` is beyond 24:00 for an interval that ends the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Interval {
    start: u16,
    end: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holiday {
    Once(NaiveDate),
    Yearly { month: u32, day: u32 },
}

/// Checked business hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "HoursShape", into = "HoursShape")]
pub struct Hours {
    zone: Tz,
    /// Monday first; sorted.
    week: [Vec<Interval>; 7],
    holidays: BTreeSet<Holiday>,
}

impl Hours {
    /// Checks the JSON form. Errors: everything wrong with it, each with its field.
    pub fn new(shape: &HoursShape) -> Result<Self, Vec<HoursProblem>> {
        let mut problems = Vec::new();
        let mut note = |field: String, fault| problems.push(HoursProblem { field, fault });
        let zone = shape.timezone.parse::<Tz>();
        if zone.is_err() {
            note("timezone".into(), HoursFault::TimeZone(shape.timezone.clone()));
        }
        let mut week: [Vec<Interval>; 7] = Default::default();
        for (name, intervals) in &shape.week {
            let day = weekday(name).and_then(|day| week.get_mut(day.num_days_from_monday() as usize));
            let Some(day) = day else {
                note(format!("week.{name}"), HoursFault::Day(name.clone()));
                continue;
            };
            for (index, [start, end]) in intervals.iter().enumerate() {
                match interval(start, end) {
                    Ok(interval) => day.push(interval),
                    Err((_, fault)) => note(format!("week.{name}[{index}]"), fault),
                }
            }
            day.sort_unstable();
        }
        let mut holidays = BTreeSet::new();
        for (index, text) in shape.holidays.iter().enumerate() {
            match holiday(text) {
                Some(holiday) => _ = holidays.insert(holiday),
                None => note(format!("holidays[{index}]"), HoursFault::Date(text.clone())),
            }
        }
        match zone {
            Ok(zone) if problems.is_empty() => Ok(Hours { zone, week, holidays }),
            _ => Err(problems),
        }
    }

    /// Hours from the `business-hours-*` settings. Errors name the setting.
    pub fn from_settings(settings: HoursSettings<'_>) -> Result<Self, Vec<HoursProblem>> {
        let mut problems = Vec::new();
        let mut note = |field: &str, fault| problems.push(HoursProblem { field: field.into(), fault });
        let zone = settings.timezone.trim().parse::<Tz>();
        if zone.is_err() {
            note("business-hours-timezone", HoursFault::TimeZone(settings.timezone.into()));
        }
        let interval = interval(settings.start, settings.end)
            .inspect_err(|(end, fault)| {
                note(if *end { "business-hours-end" } else { "business-hours-start" }, fault.clone());
            })
            .ok();
        let mut week: [Vec<Interval>; 7] = Default::default();
        for part in settings.days.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Some(mut day), Some(last)) = (weekday(first), weekday(last)) else {
                note("business-hours-days", HoursFault::Day(part.into()));
                continue;
            };
            loop {
                if let Some(intervals) = week.get_mut(day.num_days_from_monday() as usize) {
                    *intervals = interval.into_iter().collect();
                }
                if day == last {
                    break;
                }
                day = day.succ();
            }
        }
        let mut holidays = BTreeSet::new();
        for text in settings.holidays {
            match holiday(text) {
                Some(holiday) => _ = holidays.insert(holiday),
                None => note("business-hours-holidays", HoursFault::Date(text.clone())),
            }
        }
        match zone {
            Ok(zone) if problems.is_empty() => Ok(Hours { zone, week, holidays }),
            _ => Err(problems),
        }
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// The local date at an instant.
    pub fn local_date(&self, at: Timestamp) -> NaiveDate {
        at.to_utc().with_timezone(&self.zone).date_naive()
    }

    /// The instant of a wall time, `minutes` after the local midnight that begins `date`; see the file's opening for
    /// clock changes.
    pub fn instant(&self, date: NaiveDate, minutes: u16) -> Option<Timestamp> {
        self.resolve(date, minutes, MappedLocalTime::earliest)
    }

    /// Open from the first minute of an interval until, not including, its last.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let today = self.local_date(at);
        let yesterday = today.pred_opt();
        yesterday.into_iter().chain([today]).flat_map(|date| self.shifts(date)).any(|(from, to)| from <= at && at < to)
    }

    /// `at` itself when open, else the first opening after it; none when there is none within a year.
    pub fn next_opening(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            return Some(at);
        }
        let today = self.local_date(at);
        (-1..HORIZON_DAYS)
            .filter_map(|offset| today.checked_add_signed(TimeDelta::days(offset)))
            .find_map(|date| self.shifts(date).map(|(from, _)| from).filter(|from| *from >= at).min())
    }

    /// The instants at which the intervals of `date` start and end.
    fn shifts(&self, date: NaiveDate) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let intervals =
            self.week.get(date.weekday().num_days_from_monday() as usize).filter(|_| !self.is_holiday(date));
        intervals.into_iter().flatten().filter_map(move |interval| {
            let from = self.resolve(date, interval.start, MappedLocalTime::earliest)?;
            let to = self.resolve(date, interval.end, MappedLocalTime::latest)?;
            (from < to).then_some((from, to))
        })
    }

    fn is_holiday(&self, date: NaiveDate) -> bool {
        self.holidays.contains(&Holiday::Once(date))
            || self.holidays.contains(&Holiday::Yearly { month: date.month(), day: date.day() })
    }

    fn resolve(
        &self,
        date: NaiveDate,
        minutes: u16,
        pick: fn(MappedLocalTime<DateTime<Tz>>) -> Option<DateTime<Tz>>,
    ) -> Option<Timestamp> {
        let date = date.checked_add_days(Days::new(u64::from(minutes / DAY)))?;
        let wall = date.and_hms_opt(u32::from(minutes % DAY) / 60, u32::from(minutes) % 60, 0)?;
        // A skipped wall time moves to the end of the gap: an hour as a rule, a day where a country crossed the date
        // line.
        (0..=i64::from(DAY)).find_map(|skipped| {
            let wall = wall.checked_add_signed(TimeDelta::minutes(skipped))?;
            pick(self.zone.from_local_datetime(&wall)).map(|at| at.to_utc().into())
        })
    }
}

impl TryFrom<HoursShape> for Hours {
    type Error = HoursProblem;

    fn try_from(shape: HoursShape) -> Result<Self, HoursProblem> {
        Hours::new(&shape).map_err(|mut problems| problems.swap_remove(0))
    }
}

impl From<Hours> for HoursShape {
    fn from(hours: Hours) -> Self {
        let days = WEEK.iter().zip(&hours.week).filter(|(_, intervals)| !intervals.is_empty());
        HoursShape {
            timezone: hours.zone.name().into(),
            week: days
                .map(|((_, [name, ..]), intervals)| {
                    let written = intervals.iter().map(|interval| [wall(interval.start), wall(interval.end)]);
                    ((*name).into(), written.collect())
                })
                .collect(),
            holidays: hours
                .holidays
                .iter()
                .map(|holiday| match holiday {
                    Holiday::Once(date) => date.to_string(),
                    Holiday::Yearly { month, day } => format!("{month:02}-{day:02}"),
                })
                .collect(),
        }
    }
}

/// A day of the week in either language, short or long.
pub fn weekday(text: &str) -> Option<Weekday> {
    let text = fold(text.trim());
    WEEK.iter().find(|(_, names)| names.contains(&text.as_str())).map(|(day, _)| *day)
}

/// `HH:MM` as minutes after midnight, up to and including 24:00.
fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hour.len()) || minute.len() != 2 || !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

fn wall(minutes: u16) -> String {
    let minutes = if minutes > DAY { minutes - DAY } else { minutes };
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Reads an interval; the error says whether it is the end that is wrong.
fn interval(start: &str, end: &str) -> Result<Interval, (bool, HoursFault)> {
    let from = minutes(start).filter(|from| *from < DAY).ok_or_else(|| (false, HoursFault::Time(start.into())))?;
    let to = minutes(end).ok_or_else(|| (true, HoursFault::Time(end.into())))?;
    match to.cmp(&from) {
        std::cmp::Ordering::Equal => Err((true, HoursFault::Empty)),
        std::cmp::Ordering::Less => Ok(Interval { start: from, end: to + DAY }),
        std::cmp::Ordering::Greater => Ok(Interval { start: from, end: to }),
    }
}

fn holiday(text: &str) -> Option<Holiday> {
    let text = text.trim();
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return (text.len() == 10).then_some(Holiday::Once(date));
    }
    // A leap year, so that 29 February can be one.
    let date = NaiveDate::parse_from_str(&format!("2024-{text}"), "%Y-%m-%d").ok()?;
    Some(Holiday::Yearly { month: date.month(), day: date.day() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn hours(json: serde_json::Value) -> Hours {
        serde_json::from_value(json).unwrap()
    }

    fn office() -> Hours {
        hours(serde_json::json!({
            "timezone": "America/Sao_Paulo",
            "week": {
                "mon": [["08:00", "12:00"], ["13:00", "18:00"]],
                "tue": [["08:00", "18:00"]],
                "fri": [["22:00", "06:00"]],
            },
            "holidays": ["2026-01-13", "12-25"],
        }))
    }

    #[test]
    fn the_clock_of_the_time_zone_decides() {
        // Monday 2026-01-12; São Paulo is three hours behind.
        for (instant, open) in [
            ("2026-01-12T10:59:59Z", false),
            ("2026-01-12T11:00:00Z", true),
            ("2026-01-12T14:59:59Z", true),
            ("2026-01-12T15:00:00Z", false),
            ("2026-01-12T16:00:00Z", true),
            ("2026-01-12T21:00:00Z", false),
            ("2026-01-13T12:00:00Z", false), // holiday
            ("2026-01-17T00:59:59Z", false),
            ("2026-01-17T01:00:00Z", true), // Friday 22:00
            ("2026-01-17T08:59:59Z", true), // Saturday 05:59:59
            ("2026-01-17T09:00:00Z", false),
        ] {
            assert_eq!(office().is_open(at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn the_next_opening_skips_nights_weekends_and_holidays() {
        for (instant, next) in [
            ("2026-01-12T11:30:00Z", "2026-01-12T11:30:00Z"),
            ("2026-01-12T15:10:00Z", "2026-01-12T16:00:00Z"),
            ("2026-01-12T22:00:00Z", "2026-01-17T01:00:00Z"), // Tuesday is a holiday: Friday night
            ("2026-01-17T10:00:00Z", "2026-01-19T11:00:00Z"),
            ("2026-12-25T10:00:00Z", "2026-12-28T11:00:00Z"), // Friday, the yearly holiday: no night shift
        ] {
            assert_eq!(office().next_opening(at(instant)), Some(at(next)), "{instant}");
        }
        assert_eq!(hours(serde_json::json!({"timezone": "UTC"})).next_opening(at("2026-01-01T00:00:00Z")), None);
    }

    #[test]
    fn a_shift_begun_the_evening_before_a_holiday_runs_to_its_end() {
        let night = hours(serde_json::json!({
            "timezone": "UTC",
            "week": {"thu": [["22:00", "06:00"]], "fri": [["22:00", "06:00"]]},
            "holidays": ["2026-12-25"],
        }));
        assert!(night.is_open(at("2026-12-25T05:00:00Z")));
        assert!(!night.is_open(at("2026-12-25T23:00:00Z")));
    }

    #[test]
    fn clock_changes_move_the_instants_and_lose_no_opening() {
        let berlin = |start: &str, end: &str| {
            hours(serde_json::json!({
                "timezone": "Europe/Berlin",
                "week": {"sat": [["08:00", "12:00"]], "sun": [[start, end]]},
            }))
        };
        // The same wall time is another instant on either side of the change (29 March and 25 October 2026).
        assert_eq!(berlin("08:00", "12:00").next_opening(at("2026-03-28T12:00:00Z")), Some(at("2026-03-29T06:00:00Z")));
        assert_eq!(berlin("08:00", "12:00").next_opening(at("2026-10-24T12:00:00Z")), Some(at("2026-10-25T07:00:00Z")));
        // 02:30 is skipped: open at 03:00, which is 01:00 UTC.
        assert_eq!(berlin("02:30", "04:00").next_opening(at("2026-03-29T00:00:00Z")), Some(at("2026-03-29T01:00:00Z")));
        // Wholly inside the gap: not open that day.
        assert!(!berlin("02:15", "02:45").is_open(at("2026-03-29T01:00:00Z")));
        // 02:00 to 03:00 happens twice: open from the first 02:30 to the second 02:45.
        let twice = berlin("02:30", "02:45");
        assert!(!twice.is_open(at("2026-10-25T00:29:59Z")));
        assert!(twice.is_open(at("2026-10-25T00:30:00Z")));
        assert!(twice.is_open(at("2026-10-25T01:44:59Z")));
        assert!(!twice.is_open(at("2026-10-25T01:45:00Z")));
        // São Paulo changed at midnight: 4 November 2018 began at 01:00.
        let early = hours(serde_json::json!({"timezone": "America/Sao_Paulo", "week": {"sun": [["00:00", "02:00"]]}}));
        assert_eq!(early.next_opening(at("2018-11-04T00:00:00Z")), Some(at("2018-11-04T03:00:00Z")));
        assert!(!early.is_open(at("2018-11-04T04:00:00Z")));
        // Samoa had no 30 December 2011.
        let samoa = hours(serde_json::json!({
            "timezone": "Pacific/Apia",
            "week": {"fri": [["08:00", "12:00"]], "sat": [["08:00", "12:00"]]},
        }));
        assert_eq!(samoa.next_opening(at("2011-12-30T00:00:00Z")), Some(at("2011-12-30T18:00:00Z")));
    }

    #[test]
    fn every_mistake_is_named_by_its_field() {
        let shape: HoursShape = serde_json::from_value(serde_json::json!({
            "timezone": "Brasilia",
            "week": {
                "mon": [["08:00", "12:00"], ["8h", "18:00"]],
                "tue": [["09:00", "09:00"]],
                "wed": [["24:00", "01:00"]],
                "xyz": [],
            },
            "holidays": ["01-01", "2026-02-30", "25/12"],
        }))
        .unwrap();
        let fields: Vec<String> = Hours::new(&shape).unwrap_err().into_iter().map(|problem| problem.field).collect();
        assert_eq!(
            fields,
            ["timezone", "week.mon[1]", "week.tue[0]", "week.wed[0]", "week.xyz", "holidays[1]", "holidays[2]"]
        );
        let error = serde_json::from_value::<Hours>(serde_json::to_value(&shape).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "timezone: unknown time zone: Brasilia");
        for json in [r#"{"timezone":"UTC","weeks":{}}"#, r#"{"timezone":"UTC","week":{"mon":[["08:00"]]}}"#, "{}"] {
            assert!(serde_json::from_str::<Hours>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn the_settings_make_the_same_hours_as_json() {
        let settings = HoursSettings {
            start: "08:00",
            end: "18:00",
            days: "mon-wed, Sáb",
            timezone: "America/Sao_Paulo",
            holidays: &["12-25".to_string()],
        };
        let day = [["08:00", "18:00"]];
        assert_eq!(
            Hours::from_settings(settings).unwrap(),
            hours(serde_json::json!({
                "timezone": "America/Sao_Paulo",
                "week": {"mon": day, "tue": day, "wed": day, "sat": day},
                "holidays": ["12-25"],
            }))
        );
        let around = Hours::from_settings(HoursSettings { days: "sex-seg", ..settings }).unwrap();
        assert_eq!(HoursShape::from(around).week.into_keys().collect::<Vec<_>>(), ["fri", "mon", "sat", "sun"]);
        let holidays = ["Natal".to_string()];
        let wrong = HoursSettings { start: "8", end: "18:00", days: "mon-fry", timezone: "here", holidays: &holidays };
        let fields: Vec<String> = Hours::from_settings(wrong).unwrap_err().into_iter().map(|p| p.field).collect();
        assert_eq!(
            fields,
            ["business-hours-timezone", "business-hours-start", "business-hours-days", "business-hours-holidays"]
        );
        let end = Hours::from_settings(HoursSettings { end: "25:00", ..settings }).unwrap_err();
        assert_eq!(end[0].field, "business-hours-end");
    }

    const ZONES: [&str; 6] =
        ["America/Sao_Paulo", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];

    fn any_hours() -> impl Strategy<Value = Hours> {
        let interval = (0u16..DAY, 1u16..DAY).prop_map(|(start, length)| Interval { start, end: start + length });
        let day = proptest::collection::vec(interval, 0..3).prop_map(|mut day| {
            day.sort_unstable();
            day
        });
        let zone = proptest::sample::select(&ZONES[..]);
        let holidays = proptest::collection::vec((1u32..=12, 1u32..=28), 0..20);
        (zone, proptest::array::uniform7(day), holidays).prop_map(|(zone, week, holidays)| Hours {
            zone: zone.parse().unwrap(),
            week,
            holidays: holidays.into_iter().map(|(month, day)| Holiday::Yearly { month, day }).collect(),
        })
    }

    proptest! {
        #[test]
        fn the_next_opening_is_open_and_nothing_before_it_is(
            hours in any_hours(),
            now in 1_767_225_600i64..1_830_000_000,
            fractions in proptest::collection::vec(0.0f64..1.0, 20),
        ) {
            let now = Timestamp::from_secs(now);
            match hours.next_opening(now) {
                None => prop_assert!(hours.week.iter().all(Vec::is_empty)),
                Some(next) => {
                    prop_assert!(next >= now && hours.is_open(next));
                    let gap = next.micros() - now.micros();
                    for fraction in fractions {
                        let between = Timestamp::from_micros(now.micros() + (gap as f64 * fraction) as i64);
                        prop_assert!(between >= next || !hours.is_open(between));
                    }
                }
            }
        }

        #[test]
        fn hours_survive_their_json(hours in any_hours()) {
            let json = serde_json::to_value(&hours).unwrap();
            prop_assert_eq!(serde_json::from_value::<Hours>(json).unwrap(), hours);
        }
    }
}
