//! How long a client waits after a lost connection before it connects again.
//!
//! Owns: the growth of the pauses, and their randomness. The length of each pause is random,
//! between zero and a greatest length (full jitter). Without that, all clients of a restarted
//! server would connect at the same moment.
//! Must not know: why the connection was lost.
//!
//! Part: `console/v1/mod.rs`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// The greatest length of the first pause before the console reconnects. The length of each pause
/// is random, between zero and a greatest length.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The greatest length of any pause before the console reconnects. From one pause to the next, the
/// greatest length doubles, from [`PAUSE_FIRST`] up to this one.
const PAUSE_MAX: Duration = Duration::from_secs(30);

pub(super) struct Pauses {
    next: Duration,
    chance: RandomState,
    taken: u64,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { next: PAUSE_FIRST, chance: RandomState::new(), taken: 0 }
    }

    /// Returns the length of the next pause, and doubles the greatest length for the pause after
    /// it, up to `PAUSE_MAX`.
    pub(super) fn next_pause(&mut self) -> Duration {
        self.taken += 1;
        let longest = self.next;
        self.next = (longest * 2).min(PAUSE_MAX);
        let width = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(self.chance.hash_one(self.taken) % width)
    }

    pub(super) fn begin_anew(&mut self) {
        self.next = PAUSE_FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::{PAUSE_FIRST, PAUSE_MAX, Pauses};

    #[test]
    fn street_c10_pauses_grow_to_a_bound_and_are_chance_from_none_to_all_of_it() {
        let mut pauses = Pauses::new();
        let mut longest = PAUSE_FIRST;
        let mut parts = Vec::new();
        for _ in 0..200 {
            let pause = pauses.next_pause();
            assert!(pause < longest, "{pause:?} of {longest:?}");
            parts.push(pause.as_secs_f64() / longest.as_secs_f64());
            longest = (longest * 2).min(PAUSE_MAX);
        }
        // Each quarter of the range must have at least six of the 200 pauses. With random pauses,
        // that is not so in fewer than one of 10^17 runs.
        for quarter in 0..4 {
            let its = |part: &&f64| (**part * 4.0) as usize == quarter;
            assert!(parts.iter().filter(its).count() > 5, "{parts:?}");
        }
        pauses.begin_anew();
        assert!(pauses.next_pause() < PAUSE_FIRST);
    }
}
