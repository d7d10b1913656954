//! From episodes to figures. Pure. All times in seconds; a figure without a single sample is null, never zero.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::ratings::Scale;
use crate::settings::view::Targets;

/// One handoff, as far as figures need it.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    pub created_at: Timestamp,
    pub accepted_at: Option<Timestamp>,
    pub first_reply_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub resolved: bool,
    pub abandoned: bool,
    pub transfers: i64,
    pub queue: Option<QueueId>,
    pub attendant: Option<UserId>,
    pub channel: String,
    /// What the customer thought of it.
    pub rating: Option<(Scale, i64)>,
}

/// Mean and spread of one kind of duration.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Spread {
    pub samples: usize,
    pub mean_seconds: Option<f64>,
    pub p50_seconds: Option<f64>,
    pub p90_seconds: Option<f64>,
    pub max_seconds: Option<f64>,
}

/// What a set of handoffs amounts to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
pub struct Figures {
    pub handoffs: usize,
    pub accepted: usize,
    pub resolved: usize,
    pub abandoned: usize,
    pub open: usize,
    pub transfers: i64,
    /// Share of the handoffs that were passed on at least once.
    pub transfer_rate: Option<f64>,
    /// Resolved without having been abandoned, of those that ended; null while none has.
    pub resolution_rate: Option<f64>,
    pub abandonment_rate: Option<f64>,
    /// Share of 4 and 5 among the customers' ratings of 1 to 5, 0 to 1; null without any.
    pub csat: Option<f64>,
    /// 1 to 5.
    pub mean_rating: Option<f64>,
    /// Of 1 to 5.
    pub ratings: usize,
    /// Net promoter score, -100 to 100: the percentage that answered 9 or 10 less that of 0 to 6; null without any.
    pub nps: Option<f64>,
    /// Answers of 0 to 10.
    pub recommendations: usize,
    /// Share accepted within the target, of those whose wait is decided: still waiting within it says nothing yet, and
    /// who gave up within it was not kept waiting.
    pub wait_within_target: Option<f64>,
    /// The same for the attendant's first message.
    pub first_response_within_target: Option<f64>,
    /// From the handoff to being accepted.
    pub wait: Spread,
    /// From the handoff to the attendant's first message.
    pub first_response: Spread,
    /// From being accepted to being resolved.
    pub handling: Spread,
}

/// Of what is decided, how much was in time.
#[derive(Default)]
struct InTime {
    kept: usize,
    missed: usize,
}

impl InTime {
    fn count(&mut self, episode: &Episode, done_at: Option<Timestamp>, target: Duration, now: Timestamp) {
        let until = done_at.or(episode.resolved_at).unwrap_or(now);
        match (done_at, until.since(episode.created_at) <= target) {
            (Some(_), true) => self.kept += 1,
            (None, true) => {}
            (_, false) => self.missed += 1,
        }
    }

    fn share(&self) -> Option<f64> {
        share(self.kept, self.kept + self.missed)
    }
}

fn share(part: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| part as f64 / of as f64)
}

/// Figures of `episodes` as a whole, held against `targets` as of `now`.
pub fn figures<'a>(episodes: impl IntoIterator<Item = &'a Episode>, targets: &Targets, now: Timestamp) -> Figures {
    let mut figures = Figures::default();
    let (mut happy, mut stars, mut passed_on, mut promoting) = (0, 0, 0, 0_i64);
    let (mut accepted, mut answered) = (InTime::default(), InTime::default());
    let (wait, response) =
        (Duration::from_secs(targets.wait_seconds), Duration::from_secs(targets.first_response_seconds));
    let (mut waits, mut responses, mut handling) = (Vec::new(), Vec::new(), Vec::new());
    for episode in episodes {
        figures.handoffs += 1;
        figures.transfers += episode.transfers;
        figures.accepted += usize::from(episode.accepted_at.is_some());
        figures.abandoned += usize::from(episode.abandoned);
        figures.resolved += usize::from(episode.resolved && !episode.abandoned);
        figures.open += usize::from(!episode.resolved);
        match episode.rating {
            Some((Scale::Csat, score)) => {
                figures.ratings += 1;
                happy += usize::from(score >= 4);
                stars += score;
            }
            Some((Scale::Nps, score)) => {
                figures.recommendations += 1;
                promoting += i64::from(score >= 9) - i64::from(score <= 6);
            }
            None => {}
        }
        passed_on += usize::from(episode.transfers > 0);
        accepted.count(episode, episode.accepted_at, wait, now);
        answered.count(episode, episode.first_reply_at, response, now);
        waits.extend(episode.accepted_at.map(|at| at.since(episode.created_at)));
        responses.extend(episode.first_reply_at.map(|at| at.since(episode.created_at)));
        if let (Some(accepted), Some(resolved)) = (episode.accepted_at, episode.resolved_at) {
            handling.push(resolved.since(accepted));
        }
    }
    let ended = figures.resolved + figures.abandoned;
    figures.transfer_rate = share(passed_on, figures.handoffs);
    figures.resolution_rate = share(figures.resolved, ended);
    figures.abandonment_rate = share(figures.abandoned, ended);
    figures.csat = share(happy, figures.ratings);
    figures.nps = (figures.recommendations > 0).then(|| 100.0 * promoting as f64 / figures.recommendations as f64);
    figures.mean_rating = (figures.ratings > 0).then(|| stars as f64 / figures.ratings as f64);
    figures.wait_within_target = accepted.share();
    figures.first_response_within_target = answered.share();
    figures.wait = spread(waits);
    figures.first_response = spread(responses);
    figures.handling = spread(handling);
    figures
}

/// Episodes by a key, in its order.
pub fn grouped<K: Ord>(episodes: &[Episode], key: impl Fn(&Episode) -> K) -> BTreeMap<K, Vec<&Episode>> {
    let mut groups: BTreeMap<K, Vec<&Episode>> = BTreeMap::new();
    for episode in episodes {
        groups.entry(key(episode)).or_default().push(episode);
    }
    groups
}

fn spread(mut durations: Vec<Duration>) -> Spread {
    durations.sort_unstable();
    let samples = durations.len();
    let at = |share: f64| {
        // Nearest rank: the smallest value with at least this share at or below it.
        let rank = (share * samples as f64).ceil().max(1.0) as usize;
        durations.get(rank.min(samples).checked_sub(1)?).map(Duration::as_secs_f64)
    };
    let mean = (samples > 0).then(|| durations.iter().sum::<Duration>().as_secs_f64() / samples as f64);
    Spread { samples, mean_seconds: mean, p50_seconds: at(0.5), p90_seconds: at(0.9), max_seconds: at(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn episode(wait: Option<u64>, resolved: bool, abandoned: bool) -> Episode {
        let created_at = Timestamp::from_secs(1_000);
        let accepted_at = wait.map(|wait| created_at + Duration::from_secs(wait));
        Episode {
            created_at,
            accepted_at,
            first_reply_at: accepted_at.map(|at| at + Duration::from_secs(5)),
            resolved_at: resolved.then(|| created_at + Duration::from_secs(600)),
            resolved,
            abandoned,
            transfers: 1,
            queue: None,
            attendant: None,
            channel: "whatsapp".into(),
            rating: resolved.then_some((Scale::Csat, if abandoned { 2 } else { 5 })),
        }
    }

    const TARGETS: Targets = Targets {
        wait_seconds: 20,
        first_response_seconds: 15,
        resolution_rate: 0.85,
        csat: 0.7,
        utilisation: 0.7,
        transfer_rate: 0.2,
    };

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_000) + Duration::from_secs(seconds)
    }

    #[test]
    fn only_what_is_decided_counts_against_a_target() {
        let all = [
            episode(Some(10), true, false),  // accepted and answered in time
            episode(Some(30), false, false), // late
            episode(None, false, false),     // waits
            episode(None, true, true),       // gave up after 600 seconds
        ];
        let soon = figures(&all, &TARGETS, at(15));
        assert_eq!(soon.wait_within_target, Some(1.0 / 3.0), "who waits may still be accepted in time");
        let late = figures(&all, &TARGETS, at(21));
        assert_eq!((late.wait_within_target, late.first_response_within_target), (Some(0.25), Some(0.25)));
        let short = Episode { resolved_at: Some(at(5)), ..episode(None, true, true) };
        assert_eq!(figures(&[short], &TARGETS, at(900)).wait_within_target, None);
    }

    #[test]
    fn a_figure_without_samples_is_unknown_not_zero() {
        let nothing = figures([], &TARGETS, at(0));
        assert_eq!(nothing.wait.mean_seconds, None);
        assert_eq!(nothing.resolution_rate, None);
        let waiting = figures(&[episode(None, false, false)], &TARGETS, at(0));
        assert_eq!((waiting.handoffs, waiting.open, waiting.wait.samples), (1, 1, 0));
    }

    #[test]
    fn recommendations_are_counted_apart_from_satisfaction() {
        let recommends = |score| Episode { rating: Some((Scale::Nps, score)), ..episode(Some(10), true, false) };
        let all = [recommends(10), recommends(9), recommends(8), recommends(6), episode(Some(10), true, false)];
        let figures = figures(&all, &TARGETS, at(900));
        assert_eq!((figures.recommendations, figures.nps), (4, Some(25.0)));
        assert_eq!((figures.ratings, figures.csat, figures.mean_rating), (1, Some(1.0), Some(5.0)));
    }

    #[test]
    fn abandoned_ones_do_not_count_as_resolved() {
        let all = [episode(Some(10), true, false), episode(None, true, true), episode(Some(30), true, false)];
        let figures = figures(&all, &TARGETS, at(900));
        assert_eq!((figures.resolved, figures.abandoned, figures.accepted), (2, 1, 2));
        assert!((figures.resolution_rate.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!((figures.ratings, figures.csat, figures.mean_rating), (3, Some(2.0 / 3.0), Some(4.0)));
        assert_eq!((figures.transfers, figures.transfer_rate), (3, Some(1.0)));
        assert_eq!(figures.wait.mean_seconds, Some(20.0));
        assert_eq!(figures.wait.p50_seconds, Some(10.0));
        assert_eq!(figures.wait.p90_seconds, Some(30.0));
        assert_eq!(figures.first_response.mean_seconds, Some(25.0));
    }
}
