//! Times as text. They are in UTC, because the readers may be in any time zone.
//!
//! Owns: how a time is written.
//! Must not know: time zones.
//!
//! Part: `chat/mod.rs`.

use std::time::{Duration, UNIX_EPOCH};

use super::entry::UnixMillis;

/// The latest second that [`exact`] writes: 9999-12-31T23:59:59Z. It writes this one for later
/// times, too.
const SECONDS_MAX: u64 = 253_402_300_799;

/// Returns the time as programs read it, in UTC: `2026-11-20T18:00:00Z`.
pub fn exact(at: UnixMillis) -> String {
    let seconds = (at.0 / 1000).min(SECONDS_MAX);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// Returns the time as [`exact`] does, with its milliseconds: `2026-11-20T18:00:00.250Z`.
pub fn exact_millis(at: UnixMillis) -> String {
    let millis = at.0.min(SECONDS_MAX * 1000 + 999);
    humantime::format_rfc3339_millis(UNIX_EPOCH + Duration::from_millis(millis)).to_string()
}

/// Returns the time as people read it, in UTC: `2026-11-20 18:00:00`.
pub fn plain(at: UnixMillis) -> String {
    exact(at).replace('T', " ").replace('Z', "")
}

/// Returns the time of day in UTC: `18:00`.
pub fn clock(at: UnixMillis) -> String {
    exact(at).get(11..16).unwrap_or_default().to_owned()
}

/// Returns the day in UTC: `2026-11-20`.
pub fn day(at: UnixMillis) -> String {
    exact(at).get(..10).unwrap_or_default().to_owned()
}
