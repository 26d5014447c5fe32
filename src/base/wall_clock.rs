//! The machine's clock: a point in time, the time now, and whether the clock was ever set.
//!
//! Owns: the unit of stored times.
//! Must not know: time zones; `base/zone.rs` knows them.
//!
//! Part: `base/mod.rs`.

use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::base::limits;

/// A point in time: milliseconds since 1970, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// Returns the time that is so many milliseconds later.
    #[must_use]
    pub fn later(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}

/// Returns whether the machine's clock was set when it showed this time. A clock that was never set
/// shows a time long ago.
pub fn is_set(at: UnixMillis) -> bool {
    at.0 >= limits::CLOCK_SET_FROM_MILLIS
}

/// Returns the time that the machine's clock shows now.
pub fn now() -> UnixMillis {
    let since = UNIX_EPOCH.elapsed().unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{UnixMillis, is_set, now};

    #[test]
    fn row_119_a_clock_that_nobody_has_set_says_no_time() {
        assert!(!is_set(UnixMillis(0)));
        assert!(is_set(now()));
    }
}
