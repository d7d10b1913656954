//! How long someone will wait, from what the queue did lately. Called when a customer or a screen asks for the wait.

use std::time::Duration;

/// With fewer completions the pace is chance, and a number told to a customer would be invented.
const FEWEST_COMPLETIONS: u32 = 3;

/// What a queue did in the last `window`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// Handoffs taken off the queue's hands: each one freed an attendant's place for the next.
    pub completions: u32,
    pub window: Duration,
    /// Attendants of the queue who are working now, free or at full load.
    pub servers_available: u32,
}

/// Expected wait of the one at `position` (the first is 1; 0 is taken as 1): `position × window / completions`, the
/// time the queue lately needed to free that many places. The load is in it, since busy queues complete more slowly.
///
/// None when unknown: nobody is working, or fewer than three completions in the window.
pub fn estimate(position: u32, recent: &Recent) -> Option<Duration> {
    if recent.servers_available == 0 || recent.completions < FEWEST_COMPLETIONS || recent.window.is_zero() {
        return None;
    }
    let millis = recent.window.as_millis() * u128::from(position.max(1)) / u128::from(recent.completions);
    Some(Duration::from_millis(u64::try_from(millis).ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn the_wait_is_the_position_times_the_recent_pace() {
        let recent = Recent { completions: 12, window: HOUR, servers_available: 3 };
        assert_eq!(estimate(1, &recent), Some(Duration::from_secs(300)));
        assert_eq!(estimate(4, &recent), Some(Duration::from_secs(1200)));
        assert_eq!(estimate(0, &recent), estimate(1, &recent));
    }

    #[test]
    fn an_unknown_wait_is_not_invented() {
        let recent = Recent { completions: 12, window: HOUR, servers_available: 3 };
        assert_eq!(estimate(1, &Recent { servers_available: 0, ..recent }), None);
        assert_eq!(estimate(1, &Recent { completions: 2, ..recent }), None);
        assert_eq!(estimate(1, &Recent { window: Duration::ZERO, ..recent }), None);
    }

    proptest! {
        #[test]
        fn those_behind_never_wait_less(position in 0u32.., completions in 3u32.., seconds in 1u64..1_000_000) {
            let recent = Recent { completions, window: Duration::from_secs(seconds), servers_available: 1 };
            prop_assert!(estimate(position, &recent) <= estimate(position.saturating_add(1), &recent));
        }
    }
}
