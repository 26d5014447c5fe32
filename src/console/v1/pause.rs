//! How long a lost line is left alone before it is dialled again.
//!
//! Owns: the growth, and the part that is chance: without it all clients of a
//! restarted server would knock at once.
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
        let least = longest / 2;
        let width = u64::try_from(least.as_millis()).unwrap_or(u64::MAX).max(1);
        least + Duration::from_millis(self.chance.hash_one(self.taken) % width)
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
    fn pauses_grow_to_a_bound_and_are_never_all_the_same() {
        let mut pauses = Pauses::new();
        let mut longest = limits::CONSOLE_PAUSE_FIRST;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..40 {
            let pause = pauses.take();
            assert!(pause >= longest / 2 && pause < longest, "{pause:?} of {longest:?}");
            seen.insert(pause);
            longest = (longest * 2).min(limits::CONSOLE_PAUSE_MAX);
        }
        assert!(seen.len() > 20, "{seen:?}");
        pauses.begin_anew();
        assert!(pauses.take() < limits::CONSOLE_PAUSE_FIRST);
    }
}
