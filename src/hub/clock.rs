//! The hub's two clocks: one never goes back, the other is the one that people
//! read.
//!
//! Owns: when the hub began.
//! Must not know: what happened when.
//!
//! Next: `hub/rule.rs`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// When a round began, which is when everything in it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Since the hub began; this clock never goes back.
    pub since_start: Duration,
    /// Milliseconds since 1970, as the box's clock says.
    pub utc_millis: u64,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    began_at: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { began_at: Instant::now() }
    }

    pub(super) fn now(self) -> Now {
        Now { since_start: self.began_at.elapsed(), utc_millis: utc_millis() }
    }

    /// When so much time has passed since the hub began.
    pub(super) fn instant(self, since_start: Duration) -> Instant {
        self.began_at + since_start
    }
}

/// A clock before 1970 says nothing.
fn utc_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
