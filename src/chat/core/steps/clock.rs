//! What happens when the machine's clock is set for the first time. A small machine often has no
//! clock that runs while it is off: after the start it shows a time long ago, until the network
//! tells it the time.
//!
//! Owns: which times are then corrected, and by how much.
//! Must not know: how a time is shown.
//!
//! Part: `chat/core/mod.rs`.

use crate::base::wall_clock::is_set;
use crate::chat::core::{Core, Moment};

/// Corrects the times that the core has taken from the machine's clock in this run, if the clock
/// was set since `before`, the moment of the event before this one. The chat's own clock says how
/// much time has really passed. Clients that have received a line keep the time that they got.
pub(crate) fn note_clock(core: &mut Core, before: Moment) {
    let now = core.now;
    if is_set(before.utc) || !is_set(now.utc) {
        return;
    }
    let passed = now.chat_time.saturating_sub(before.chat_time);
    let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
    let late = now.utc.0.saturating_sub(before.utc.0.saturating_add(passed));
    core.logs.correct_times(late);
    core.people.correct_times(now);
}
