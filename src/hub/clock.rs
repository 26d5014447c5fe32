//! The hub's two clocks: one never goes back, the other is the one that people
//! read.
//!
//! Owns: when the hub began.
//! Must not know: what happened when.
//!
//! Next: `hub/chat.rs`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::core::Moment;
use crate::chat::entry::UnixMillis;
use crate::limits;

#[derive(Debug)]
pub(super) struct Clock {
    began_at: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { began_at: Instant::now() }
    }

    /// Now. The count begins a year in, so that what was before the start has its
    /// place in it.
    pub(super) fn now(&self) -> Moment {
        Moment { since_start: limits::NAME_KEPT_MAX + self.began_at.elapsed(), utc: utc() }
    }

    /// When so much time has passed by that count.
    pub(super) fn instant(&self, since_start: Duration) -> Instant {
        self.began_at + since_start.saturating_sub(limits::NAME_KEPT_MAX)
    }
}

/// What the box's clock says; a clock before 1970 says nothing.
fn utc() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
