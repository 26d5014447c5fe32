//! How long a lost line is left alone before it is dialled again.
//!
//! Owns: the growth, and chance: how much of a pause is made is all of it chance (full
//! jitter), or the clients of a restarted server would knock together.
//! Must not know: why the line was lost.
//!
//! Next: `console/v1/caller.rs`.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits;

/// The pauses between attempts.
pub(super) struct Pauses {
    next: Duration,
    chance: RandomState,
    taken: u64,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Self { next: limits::CONSOLE_PAUSE_FIRST, chance: RandomState::new(), taken: 0 }
    }

    /// The pause to make now; the one after it is longer.
    pub(super) fn take(&mut self) -> Duration {
        self.taken += 1;
        let longest = self.next;
        self.next = (longest * 2).min(limits::CONSOLE_PAUSE_MAX);
        let width = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(self.chance.hash_one(self.taken) % width)
    }

    /// A line holds: the next loss is a new one.
    pub(super) fn begin_anew(&mut self) {
        self.next = limits::CONSOLE_PAUSE_FIRST;
    }
}

#[cfg(test)]
mod tests {
    use super::Pauses;
    use crate::limits;

    #[test]
    fn c10_pauses_grow_to_a_bound_and_are_chance_from_none_to_all_of_it() {
        let mut pauses = Pauses::new();
        let mut longest = limits::CONSOLE_PAUSE_FIRST;
        let mut parts = Vec::new();
        for _ in 0..200 {
            let pause = pauses.take();
            assert!(pause < longest, "{pause:?} of {longest:?}");
            parts.push(pause.as_secs_f64() / longest.as_secs_f64());
            longest = (longest * 2).min(limits::CONSOLE_PAUSE_MAX);
        }
        // Each quarter has its share; one in 10^20 runs would find one empty.
        for quarter in 0..4 {
            let its = |part: &&f64| (**part * 4.0) as usize == quarter;
            assert!(parts.iter().filter(its).count() > 5, "{parts:?}");
        }
        pauses.begin_anew();
        assert!(pauses.take() < limits::CONSOLE_PAUSE_FIRST);
    }
}
