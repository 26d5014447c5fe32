//! How storing goes: whether the history has a batch, and what the disk last said.
//!
//! ```text
//!           begin               no report for STORE_SLOW_AFTER
//!  Idle -------------> Storing ---------------------------------> Hanging
//!   ^                   |  |  ^                                     |  |
//!   |      stored       |  |  | begin, from `next_try` on           |  |
//!   +-------------------+  |  |                                     |  |
//!   |          not stored  v  |             not stored              |  |
//!   |                     Failing <---------------------------------+  |
//!   |      stored                                                      |
//!   +------------------------------------------------------------------+
//! ```
//!
//! When the history begins a new file, the disk is `Idle` again, whatever it was before.
//!
//! Owns: these states.
//! Must not know: what is stored.
//!
//! Part: `chat_rule/persist/mod.rs`.

use std::time::Duration;

use crate::base::limits;

/// All points in time are in chat time.
#[derive(Debug, Default)]
pub(super) enum Disk {
    /// The history has no batch, and has stored the one before.
    #[default]
    Idle,
    /// The history has a batch of so many records. `failure` says why the batch before was not
    /// stored; `None`: it was.
    Storing { records: usize, since: Duration, failure: Option<String> },
    /// The history has had the batch for [`limits::STORE_SLOW_AFTER`] or longer.
    Hanging { records: usize, failure: Option<String> },
    /// The history has not stored the most recent batch. The hub tries again from `next_try` on.
    Failing { reason: String, next_try: Duration },
}

impl Disk {
    /// If the history has had a batch for too long, the disk is `Hanging` from now on.
    pub(super) fn note_time(&mut self, now: Duration) {
        if let Self::Storing { records, since, failure } = self
            && *since + limits::STORE_SLOW_AFTER <= now
        {
            *self = Self::Hanging { records: *records, failure: failure.take() };
        }
    }

    /// Returns whether the history can be given a batch.
    pub(super) fn can_begin(&self, now: Duration) -> bool {
        match self {
            Self::Idle => true,
            Self::Failing { next_try, .. } => *next_try <= now,
            Self::Storing { .. } | Self::Hanging { .. } => false,
        }
    }

    pub(super) fn begin(&mut self, records: usize, since: Duration) {
        let failure = match std::mem::take(self) {
            Self::Failing { reason, .. } => Some(reason),
            _ => None,
        };
        *self = Self::Storing { records, since, failure };
    }

    /// Ends the batch under way, which is stored. Returns how many records it has.
    pub(super) fn end_batch(&mut self) -> usize {
        match std::mem::take(self) {
            Self::Storing { records, .. } | Self::Hanging { records, .. } => records,
            Self::Idle | Self::Failing { .. } => 0,
        }
    }

    /// Returns why the most recent batch of which the history has reported was not stored.
    pub(super) fn failure(&self) -> Option<&str> {
        match self {
            Self::Idle => None,
            Self::Storing { failure, .. } | Self::Hanging { failure, .. } => failure.as_deref(),
            Self::Failing { reason, .. } => Some(reason),
        }
    }

    pub(super) fn is_hanging(&self) -> bool {
        matches!(self, Self::Hanging { .. })
    }

    /// Returns the moment at which [`note_time`](Self::note_time) must be called at the latest.
    pub(super) fn next_look(&self) -> Option<Duration> {
        match self {
            Self::Idle | Self::Hanging { .. } => None,
            Self::Storing { since, .. } => Some(*since + limits::STORE_SLOW_AFTER),
            Self::Failing { next_try, .. } => Some(*next_try),
        }
    }

    /// Returns what is wrong, in words for people. `None`: nothing is.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.failure().or(self.is_hanging().then_some("the disk does not answer"))
    }
}
