//! How many attendants an hour needs: arrivals expected from the weeks before, and Erlang's C. Pure.
//!
//! The model is M/M/n: customers come independently of each other and wait for as long as it takes. An attendant with
//! `capacity` conversations at once counts as that many servers, each of them busy with one conversation for the whole
//! handling time. That holds for chat as far as the measured handling time was itself taken at that concurrency: who has
//! five conversations is slower in each, and the mean of what was measured says how much. Time that a conversation waited
//! for its customer takes nobody's place and is left out of it.
//!
//! With `A` = arrivals per second · handling seconds (erlang), `n` servers and a mean handling time `S`:
//!
//! - Erlang B, by its recursion, which neither overflows nor loses digits: `B(0) = 1`, `B(n) = A·B(n−1) / (n + A·B(n−1))`;
//! - Erlang C, that somebody waits at all: `C = B / (1 − A/n·(1 − B))`;
//! - served within `T`: `1 − C·e^(−(n−A)·T/S)`; mean wait of all: `C·S / (n − A)`; occupancy: `A/n`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;

/// Hours of a week: the slots that a forecast has.
const WEEK: i64 = 7 * 24;
/// What a week weighs against the one after it.
const FADING: f64 = 0.8;
/// Below it a mean of an hour or a whole forecast is chance.
const LEAST_HANDOFFS: usize = 50;
const LEAST_HANDLED: usize = 30;

/// Share of the customers who are to be served within the target. Planning's usual figure.
pub const SHARE: f64 = 0.8;
/// How busy people may be planned to be: above it every hiccup becomes a queue, and nobody lasts.
pub const OCCUPANCY: f64 = 0.85;

/// What comes, and how long each of it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    pub arrivals_per_hour: f64,
    pub handling_seconds: f64,
}

impl Load {
    /// Servers it would keep busy on average, in erlang.
    pub fn erlangs(&self) -> f64 {
        self.arrivals_per_hour * self.handling_seconds / 3600.0
    }
}

/// What is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Goal {
    /// Within which the share is served.
    pub wait_seconds: u64,
    /// Of the customers, 0 to 1.
    pub share: f64,
    /// At most, 0 to 1.
    pub occupancy: f64,
}

impl Goal {
    pub fn within(wait_seconds: u64) -> Goal {
        Goal { wait_seconds, share: SHARE, occupancy: OCCUPANCY }
    }

    fn kept_by(&self, service: &Service) -> bool {
        service.stable && service.service_level >= self.share && service.occupancy <= self.occupancy
    }
}

/// How a load is served.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Service {
    /// False: more comes than is ever served, and the queue only grows.
    pub stable: bool,
    /// That somebody waits at all, 0 to 1.
    pub waiting_probability: f64,
    /// Share served within the target, 0 to 1.
    pub service_level: f64,
    /// Of all, those who do not wait among them; null when they wait forever.
    pub average_wait_seconds: Option<f64>,
    /// How much of the places is taken, 0 to 1.
    pub occupancy: f64,
}

impl Service {
    fn new(load: &Load, servers: u32, blocking: f64, target_seconds: u64) -> Service {
        let (erlangs, servers) = (load.erlangs(), f64::from(servers));
        if erlangs <= 0.0 {
            let nothing = (0.0, Some(0.0), 0.0);
            let (waiting_probability, average_wait_seconds, occupancy) = nothing;
            return Service { stable: true, waiting_probability, service_level: 1.0, average_wait_seconds, occupancy };
        }
        if erlangs >= servers {
            return Service {
                stable: false,
                waiting_probability: 1.0,
                service_level: 0.0,
                average_wait_seconds: None,
                occupancy: 1.0,
            };
        }
        let occupancy = erlangs / servers;
        let waits = blocking / (1.0 - occupancy * (1.0 - blocking));
        let free_per_second = (servers - erlangs) / load.handling_seconds;
        Service {
            stable: true,
            waiting_probability: waits,
            service_level: 1.0 - waits * (-free_per_second * target_seconds as f64).exp(),
            average_wait_seconds: Some(waits / free_per_second),
            occupancy,
        }
    }
}

/// Erlang's B of 0, 1, 2, ... servers, with their number.
fn blocking(erlangs: f64) -> impl Iterator<Item = (u32, f64)> {
    std::iter::successors(Some((0_u32, 1.0)), move |(servers, blocked)| {
        let (servers, offered) = (servers + 1, erlangs * blocked);
        Some((servers, offered / (f64::from(servers) + offered)))
    })
}

/// How `attendants` with `capacity` conversations each serve `load`.
pub fn served(load: &Load, attendants: u32, capacity: u32, target_seconds: u64) -> Service {
    let servers = attendants.saturating_mul(capacity);
    // Of a load that they cannot serve the recursion would say nothing new, and nothing more once it has come to zero.
    let blocked = if load.erlangs() < f64::from(servers) {
        let mut sizes = blocking(load.erlangs()).take_while(|(_, blocked)| *blocked > 0.0);
        sizes.nth(servers as usize).map_or(0.0, |(_, blocked)| blocked)
    } else {
        1.0
    };
    Service::new(load, servers, blocked, target_seconds)
}

/// The smallest number of attendants with `capacity` conversations each that keeps `goal`; nobody for nothing.
pub fn needed(load: &Load, capacity: u32, goal: &Goal) -> u32 {
    let capacity = capacity.max(1);
    let mut sizes = blocking(load.erlangs()).step_by(capacity as usize);
    let enough =
        |(servers, blocked): &(u32, f64)| goal.kept_by(&Service::new(load, *servers, *blocked, goal.wait_seconds));
    sizes.find(enough).map_or(0, |(servers, _)| servers / capacity)
}

/// One handoff of the past, as far as a forecast needs it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Demand {
    pub created_at: Timestamp,
    /// From being accepted to being resolved, without the time the customer took; none while it goes on or when nobody
    /// took it.
    pub handling: Option<Duration>,
}

/// What a forecast was made of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Basis {
    /// False: less than a week, fewer than 50 handoffs or fewer than 30 of them handled. What is told then is chance.
    pub enough: bool,
    pub handoffs: usize,
    /// Of those, whose handling time is known.
    pub handled: usize,
    /// The weeks looked at; those before `since` had nothing yet.
    pub weeks: u32,
    /// The hour of the first handoff; null without any.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub since: Option<Timestamp>,
    /// Mean over all hours; null while none is known.
    pub handling_seconds: Option<f64>,
}

/// What the weeks before say about every hour of a week.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Minutes that hours are ahead of UTC's.
    utc_offset: i64,
    /// Arrivals of each hour of the week; `None`: no week had it yet.
    arrivals: Vec<Option<f64>>,
    /// Handling seconds of each hour of the day, where enough were handled.
    handling: Vec<Option<f64>>,
    basis: Basis,
}

impl Forecast {
    /// From the whole hours of the last `weeks` before `now`: of each hour of the week the mean over the weeks that had
    /// it, in which a week weighs four fifths of the one after it. A week begins to count with the first handoff.
    pub fn new(past: &[Demand], weeks: u32, utc_offset: i64, now: Timestamp) -> Forecast {
        let hour = |at: Timestamp| (at.secs() + utc_offset * 60).div_euclid(3600);
        let (end, furthest) = (hour(now), hour(now) - i64::from(weeks) * WEEK);
        let counted: Vec<(i64, &Demand)> = past
            .iter()
            .map(|one| (hour(one.created_at), one))
            .filter(|(hour, _)| (furthest..end).contains(hour))
            .collect();
        let first = counted.iter().map(|(hour, _)| *hour).min();
        let begin = first.unwrap_or(end);
        let mut came = vec![0.0; usize::try_from(end - begin).unwrap_or(0)];
        let (mut of_hour, mut all) = (vec![Mean::default(); 24], Mean::default());
        for (hour, one) in &counted {
            came[index(hour - begin)] += 1.0;
            if let Some(handling) = one.handling {
                of_hour[index(hour.rem_euclid(24))].add(handling.as_secs_f64(), 1.0);
                all.add(handling.as_secs_f64(), 1.0);
            }
        }
        let mut arrivals = vec![Mean::default(); index(WEEK)];
        for (hour, count) in (begin..end).zip(came) {
            let age = i32::try_from((end - 1 - hour) / WEEK).unwrap_or(i32::MAX);
            arrivals[index(hour.rem_euclid(WEEK))].add(count, FADING.powi(age));
        }
        let handled = all.samples;
        Forecast {
            utc_offset,
            arrivals: arrivals.iter().map(|mean| mean.value(1)).collect(),
            handling: of_hour.iter().map(|mean| mean.value(LEAST_HANDLED)).collect(),
            basis: Basis {
                enough: end - begin >= WEEK && counted.len() >= LEAST_HANDOFFS && handled >= LEAST_HANDLED,
                handoffs: counted.len(),
                handled,
                weeks,
                since: first.map(|first| Timestamp::from_secs(first * 3600 - utc_offset * 60)),
                handling_seconds: all.value(1),
            },
        }
    }

    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// What the hour that holds `at` is expected to bring; `None` while that is unknown.
    pub fn at(&self, at: Timestamp) -> Option<Load> {
        let hour = (at.secs() + self.utc_offset * 60).div_euclid(3600);
        let of_hour = self.handling[index(hour.rem_euclid(24))];
        Some(Load {
            arrivals_per_hour: self.arrivals[index(hour.rem_euclid(WEEK))]?,
            handling_seconds: of_hour.or(self.basis.handling_seconds)?,
        })
    }
}

/// A place in a table, of a number that is in it.
fn index(at: i64) -> usize {
    usize::try_from(at).unwrap_or(0)
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    weight: f64,
    samples: usize,
}

impl Mean {
    fn add(&mut self, value: f64, weight: f64) {
        self.sum += value * weight;
        self.weight += weight;
        self.samples += 1;
    }

    fn value(&self, least: usize) -> Option<f64> {
        (self.samples >= least).then(|| self.sum / self.weight)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: u64 = 3600;

    /// So many erlangs, of conversations of three minutes.
    fn load(erlangs: f64) -> Load {
        Load { arrivals_per_hour: erlangs * 20.0, handling_seconds: 180.0 }
    }

    fn close(one: f64, other: f64) -> bool {
        (one - other).abs() < 5e-5
    }

    /// `C = (A^n/n!)·n/(n−A) / (Σ_{k<n} A^k/k! + (A^n/n!)·n/(n−A))`: the definition, which only small numbers survive.
    fn by_definition(erlangs: f64, servers: u32) -> f64 {
        let mut term = 1.0;
        let mut sum = 0.0;
        for k in 1..=servers {
            sum += term;
            term *= erlangs / f64::from(k);
        }
        let last = term * f64::from(servers) / (f64::from(servers) - erlangs);
        last / (sum + last)
    }

    #[test]
    fn the_probability_to_wait_is_that_of_the_tables() {
        for (erlangs, servers, known) in
            [(10.0, 12, 0.4494), (1.0, 2, 1.0 / 3.0), (2.0, 3, 4.0 / 9.0), (0.7, 1, 0.7), (5.0, 8, 0.1673)]
        {
            let service = served(&load(erlangs), servers, 1, 20);
            assert!(close(service.waiting_probability, known), "{erlangs} over {servers}: {service:?}");
        }
    }

    #[test]
    fn a_load_of_ten_on_twelve_is_served_as_the_formulas_say() {
        let service = served(&load(10.0), 12, 1, 20);
        // C·S/(n−A) and 1 − C·e^(−(n−A)·T/S), with C = 0.44938.
        assert!((service.average_wait_seconds.unwrap() - 0.449_38 * 90.0).abs() < 0.01, "{service:?}");
        assert!(close(service.service_level, 1.0 - 0.449_38 * (-2.0_f64 * 20.0 / 180.0).exp()), "{service:?}");
        assert!(close(service.occupancy, 10.0 / 12.0));
        assert_eq!(served(&load(10.0), 4, 3, 20), service, "four people with three places are twelve servers");
    }

    #[test]
    fn more_than_can_be_served_waits_forever() {
        for attendants in [0, 9, 10] {
            let service = served(&load(10.0), attendants, 1, 20);
            assert_eq!((service.stable, service.average_wait_seconds), (false, None));
            assert_eq!((service.waiting_probability, service.service_level, service.occupancy), (1.0, 0.0, 1.0));
        }
    }

    #[test]
    fn nothing_to_do_needs_nobody_and_anything_somebody() {
        let goal = Goal::within(20);
        assert_eq!(needed(&load(0.0), 5, &goal), 0);
        assert_eq!(needed(&load(0.001), 5, &goal), 1);
        let idle = served(&load(0.0), 0, 1, 20);
        assert_eq!((idle.stable, idle.service_level, idle.average_wait_seconds), (true, 1.0, Some(0.0)));
    }

    #[test]
    fn people_are_planned_for_the_wait_and_for_their_breath() {
        // 14 servers serve 10 erlangs to 88.8 % within 20 seconds; 13 only to 79.6 %.
        assert_eq!(needed(&load(10.0), 1, &Goal::within(20)), 14);
        assert_eq!(needed(&load(10.0), 5, &Goal::within(20)), 3);
        // In an hour's patience anybody is served: what counts is that nobody is busier than they should be.
        assert_eq!(needed(&load(10.0), 1, &Goal::within(3600)), 12);
        assert_eq!(needed(&load(340.0), 1, &Goal::within(3600)), 400);
    }

    #[test]
    fn ten_thousand_servers_are_counted_without_overflow() {
        let service = served(&load(9_900.0), 10_000, 1, 20);
        assert!(service.stable && (0.0..=1.0).contains(&service.waiting_probability), "{service:?}");
        assert!(service.waiting_probability > 0.1, "{service:?}");
    }

    proptest! {
        #[test]
        fn what_is_told_is_a_probability_and_agrees_with_the_definition(erlangs in 0.01..60.0, over in 1_u32..40) {
            let servers = erlangs as u32 + over;
            let service = served(&load(erlangs), servers, 1, 30);
            prop_assert!((0.0..=1.0).contains(&service.waiting_probability));
            prop_assert!((0.0..=1.0).contains(&service.service_level));
            prop_assert!((0.0..=1.0).contains(&service.occupancy));
            prop_assert!((service.waiting_probability - by_definition(erlangs, servers)).abs() < 1e-9);
        }

        #[test]
        fn one_more_never_serves_worse(erlangs in 0.01..200.0, attendants in 1_u32..300, target in 0_u64..600) {
            let (some, more) = (served(&load(erlangs), attendants, 1, target), served(&load(erlangs), attendants + 1, 1, target));
            prop_assert!(more.waiting_probability <= some.waiting_probability);
            prop_assert!(more.service_level >= some.service_level);
            prop_assert!(more.occupancy <= some.occupancy);
            if let Some(wait) = some.average_wait_seconds {
                prop_assert!(more.average_wait_seconds.is_some_and(|less| less <= wait));
            }
        }

        #[test]
        fn who_is_needed_keeps_the_goal_and_one_less_does_not(
            erlangs in 0.01..200.0, capacity in 1_u32..12, target in 0_u64..600,
        ) {
            let (load, goal) = (load(erlangs), Goal::within(target));
            let least = needed(&load, capacity, &goal);
            prop_assert!(goal.kept_by(&served(&load, least, capacity, target)));
            prop_assert!(!goal.kept_by(&served(&load, least - 1, capacity, target)));
        }
    }

    /// Monday 2026-03-16, noon in UTC.
    fn now() -> Timestamp {
        Timestamp::parse("2026-03-16T12:00:00Z").unwrap()
    }

    /// So many handoffs of so many seconds, in the hour that began so many hours ago.
    fn hours_ago(hours: u64, handoffs: usize, handling: Option<u64>) -> Vec<Demand> {
        let created_at = now() - Duration::from_secs(hours * HOUR) + Duration::from_secs(90);
        vec![Demand { created_at, handling: handling.map(Duration::from_secs) }; handoffs]
    }

    fn expected(forecast: &Forecast, hours: u64) -> Option<f64> {
        forecast.at(now() + Duration::from_secs(hours * HOUR)).map(|load| load.arrivals_per_hour)
    }

    #[test]
    fn late_weeks_count_for_more() {
        let week = WEEK as u64;
        // At this hour 10, the week before 20, two weeks before 40.
        let past = [hours_ago(week, 10, Some(60)), hours_ago(2 * week, 20, Some(60)), hours_ago(3 * week, 40, None)];
        let forecast = Forecast::new(&past.concat(), 4, 0, now());
        let mean = (10.0 + 0.8 * 20.0 + 0.64 * 40.0) / (1.0 + 0.8 + 0.64);
        assert!(close(expected(&forecast, 0).unwrap(), mean), "{:?}", expected(&forecast, 0));
        assert_eq!(expected(&forecast, 24), Some(0.0), "an hour in which nobody came");
        assert_eq!(expected(&forecast, week), expected(&forecast, 0), "weeks repeat");
        let basis = forecast.basis();
        assert_eq!((basis.handoffs, basis.handled, basis.enough), (70, 30, true));
        assert_eq!(basis.since, Some(now() - Duration::from_secs(3 * week * HOUR)));
        assert_eq!(basis.handling_seconds, Some(60.0));
    }

    #[test]
    fn time_before_the_first_handoff_is_not_a_time_without_handoffs() {
        let week = WEEK as u64;
        let past = [hours_ago(week, 50, Some(60)), hours_ago(1, 50, Some(60))].concat();
        let forecast = Forecast::new(&past, 4, 0, now());
        assert_eq!(expected(&forecast, 0), Some(50.0));
        assert!(forecast.basis().enough);
    }

    #[test]
    fn an_hour_that_goes_on_is_not_counted_yet() {
        let past = [hours_ago(0, 500, Some(60)), hours_ago(WEEK as u64, 50, Some(60))].concat();
        assert_eq!(expected(&Forecast::new(&past, 4, 0, now()), 0), Some(50.0));
    }

    #[test]
    fn too_little_history_says_so() {
        let none = Forecast::new(&[], 4, 0, now());
        assert_eq!((none.basis().enough, none.basis().since, none.at(now())), (false, None, None));
        let days = Forecast::new(&hours_ago(48, 90, Some(60)), 4, 0, now());
        assert!(!days.basis().enough);
        assert_eq!((expected(&days, 120), expected(&days, 0)), (Some(90.0), None), "an hour of the week not seen yet");
        let few = Forecast::new(&hours_ago(200, 49, Some(60)), 4, 0, now());
        assert!(!few.basis().enough);
        let unhandled = Forecast::new(&hours_ago(200, 90, None), 4, 0, now());
        assert_eq!((unhandled.basis().enough, unhandled.at(now())), (false, None));
    }

    #[test]
    fn hours_are_those_of_the_reader() {
        // In India hours begin at half past: 11:31 belongs to the hour of 17:00, and so does now.
        let past = hours_ago(WEEK as u64, 60, Some(60))
            .into_iter()
            .map(|one| Demand { created_at: one.created_at - Duration::from_secs(29 * 60), ..one });
        let forecast = Forecast::new(&past.collect::<Vec<_>>(), 4, 330, now());
        assert_eq!(expected(&forecast, 0), Some(60.0));
        assert_eq!(forecast.basis().since, Timestamp::parse("2026-03-09T11:30:00Z"));
    }

    #[test]
    fn handling_is_of_the_hour_of_the_day_where_there_is_enough_of_it() {
        let week = WEEK as u64;
        let past =
            [hours_ago(week, 30, Some(100)), hours_ago(week - 24, 30, Some(200)), hours_ago(week - 1, 29, Some(900))];
        let forecast = Forecast::new(&past.concat(), 4, 0, now());
        let handling = |hours| forecast.at(now() + Duration::from_secs(hours * HOUR)).unwrap().handling_seconds;
        assert_eq!(handling(0), 150.0, "both days at noon");
        let all = (30.0 * 100.0 + 30.0 * 200.0 + 29.0 * 900.0) / 89.0;
        assert!(close(handling(1), all), "29 are not enough for an hour of its own");
    }
}
