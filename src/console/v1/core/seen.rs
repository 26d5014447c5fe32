//! What the person has seen in earlier runs of the program: the position in each log at which they
//! stopped to read.
//!
//! Owns: where the mark "new since you were here" stands, and what the next run must know.
//! Must not know: files.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::BTreeMap;

use super::logs::FollowedLogs;
use super::room::KnownPosition;
use crate::console::v1::from_server::LogKey;

/// Most logs whose positions are stored for the next run.
const SEEN_LOGS_MAX: usize = 64;

/// The line that is shown above the first line that the person has not seen.
pub(super) const NEWS: &str = "--- new since you were here ---";

/// The positions at which the person stopped to read, by log.
#[derive(Debug, Default)]
pub(super) struct SeenLogs(BTreeMap<LogKey, KnownPosition>);

impl SeenLogs {
    pub(super) fn new(stored: Vec<(LogKey, KnownPosition)>) -> Self {
        Self(stored.into_iter().collect())
    }

    /// Returns the position in this log.
    pub(super) fn position(&self, log: &LogKey) -> Option<&KnownPosition> {
        self.0.get(log)
    }

    /// Returns whether the mark must be shown above the line `seq` of this log: the person has been
    /// in the log before, and the line is the first one since then. Returns true only once for each
    /// log.
    pub(super) fn begins_news(&mut self, log: &LogKey, epoch: &str, seq: u64) -> bool {
        let is_first = self.0.get(log).is_some_and(|seen| seen.epoch == epoch && seen.seq < seq);
        is_first && self.0.remove(log).is_some()
    }

    /// Returns the positions for the next run: those in the logs that we follow, and the old ones
    /// of logs in which we were not this time.
    pub(super) fn for_next_run(&self, logs: &FollowedLogs) -> Vec<(LogKey, KnownPosition)> {
        let rooms = logs.rooms.iter().map(|(name, room)| (LogKey::Room(name.clone()), room));
        let followed = rooms.chain([(LogKey::Private, &logs.private)]);
        let now: BTreeMap<_, _> =
            followed.filter_map(|(log, room)| Some((log, room.position.clone()?))).collect();
        let old = self.0.iter().filter(|(log, _)| !now.contains_key(log));
        let old: Vec<_> = old.map(|(log, position)| (log.clone(), position.clone())).collect();
        now.into_iter().chain(old).take(SEEN_LOGS_MAX).collect()
    }
}
