//! From episodes to figures. Pure. All times in seconds; a figure without a single sample is null, never zero.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{QueueId, UserId};

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
    /// What the customer thought of it, 1 to 5.
    pub rating: Option<i64>,
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
    /// Resolved without having been abandoned, of those that ended; null while none has.
    pub resolution_rate: Option<f64>,
    pub abandonment_rate: Option<f64>,
    /// Share of 4 and 5 among the customers' ratings, 0 to 1; null without any.
    pub csat: Option<f64>,
    pub ratings: usize,
    /// From the handoff to being accepted.
    pub wait: Spread,
    /// From the handoff to the attendant's first message.
    pub first_response: Spread,
    /// From being accepted to being resolved.
    pub handling: Spread,
}

/// Figures of `episodes` as a whole.
pub fn figures<'a>(episodes: impl IntoIterator<Item = &'a Episode>) -> Figures {
    let mut figures = Figures::default();
    let mut happy = 0;
    let (mut waits, mut responses, mut handling) = (Vec::new(), Vec::new(), Vec::new());
    for episode in episodes {
        figures.handoffs += 1;
        figures.transfers += episode.transfers;
        figures.accepted += usize::from(episode.accepted_at.is_some());
        figures.abandoned += usize::from(episode.abandoned);
        figures.resolved += usize::from(episode.resolved && !episode.abandoned);
        figures.open += usize::from(!episode.resolved);
        figures.ratings += usize::from(episode.rating.is_some());
        happy += usize::from(episode.rating.is_some_and(|score| score >= 4));
        waits.extend(episode.accepted_at.map(|at| at.since(episode.created_at)));
        responses.extend(episode.first_reply_at.map(|at| at.since(episode.created_at)));
        if let (Some(accepted), Some(resolved)) = (episode.accepted_at, episode.resolved_at) {
            handling.push(resolved.since(accepted));
        }
    }
    if figures.ratings > 0 {
        figures.csat = Some(happy as f64 / figures.ratings as f64);
    }
    let ended = figures.resolved + figures.abandoned;
    if ended > 0 {
        figures.resolution_rate = Some(figures.resolved as f64 / ended as f64);
        figures.abandonment_rate = Some(figures.abandoned as f64 / ended as f64);
    }
    figures.wait = spread(waits);
    figures.first_response = spread(responses);
    figures.handling = spread(handling);
    figures
}

/// The same by a key, in its order.
pub fn grouped<K: Ord>(episodes: &[Episode], key: impl Fn(&Episode) -> K) -> Vec<(K, Figures)> {
    let mut groups: BTreeMap<K, Vec<&Episode>> = BTreeMap::new();
    for episode in episodes {
        groups.entry(key(episode)).or_default().push(episode);
    }
    groups.into_iter().map(|(key, episodes)| (key, figures(episodes))).collect()
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
            rating: resolved.then_some(if abandoned { 2 } else { 5 }),
        }
    }

    #[test]
    fn a_figure_without_samples_is_unknown_not_zero() {
        let nothing = figures([]);
        assert_eq!(nothing.wait.mean_seconds, None);
        assert_eq!(nothing.resolution_rate, None);
        let waiting = figures(&[episode(None, false, false)]);
        assert_eq!((waiting.handoffs, waiting.open, waiting.wait.samples), (1, 1, 0));
    }

    #[test]
    fn abandoned_ones_do_not_count_as_resolved() {
        let all = [episode(Some(10), true, false), episode(None, true, true), episode(Some(30), true, false)];
        let figures = figures(&all);
        assert_eq!((figures.resolved, figures.abandoned, figures.accepted), (2, 1, 2));
        assert!((figures.resolution_rate.unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!((figures.ratings, figures.csat), (3, Some(2.0 / 3.0)));
        assert_eq!(figures.wait.mean_seconds, Some(20.0));
        assert_eq!(figures.wait.p50_seconds, Some(10.0));
        assert_eq!(figures.wait.p90_seconds, Some(30.0));
        assert_eq!(figures.first_response.mean_seconds, Some(25.0));
    }
}
