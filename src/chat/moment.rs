//! A time as people read it, in UTC: whoever reads it may be anywhere.
//!
//! Owns: its spellings.
//! Must not know: time zones.
//!
//! Next: `chat/entry.rs`.

use std::time::{Duration, UNIX_EPOCH};

use super::entry::UnixMillis;

/// The last second that can be written, 9999-12-31T23:59:59Z.
const SECONDS_MAX: u64 = 253_402_300_799;

/// As programs read it: `2026-11-20T18:00:00Z`.
pub fn exact(at: UnixMillis) -> String {
    let seconds = (at.0 / 1000).min(SECONDS_MAX);
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
}

/// As people do: `2026-11-20 18:00:00`.
pub fn plain(at: UnixMillis) -> String {
    exact(at).replace('T', " ").replace('Z', "")
}

/// The time of day: `18:00`.
pub fn clock(at: UnixMillis) -> String {
    exact(at).get(11..16).unwrap_or_default().to_owned()
}

/// The day: `2026-11-20`.
pub fn day(at: UnixMillis) -> String {
    exact(at).get(..10).unwrap_or_default().to_owned()
}

/// As HTTP has it (RFC 9110 5.6.7): `Fri, 20 Nov 2026 18:00:00 GMT`.
pub fn http(at: UnixMillis) -> String {
    // 1970 began with a Thursday.
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = (at.0 / 1000).min(SECONDS_MAX) / (24 * 60 * 60);
    let weekday = usize::try_from(days % 7).map_or("", |day| DAYS[day]);
    let exact = exact(at);
    let part = |range: std::ops::Range<usize>| exact.get(range).unwrap_or_default();
    let month = part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1));
    let month = month.copied().unwrap_or_default();
    format!("{weekday}, {} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

#[cfg(test)]
mod tests {
    use super::{UnixMillis, http};

    #[test]
    fn http_s_dates_are_right_from_1970_to_9999() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (u64::MAX / 1000, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(http(UnixMillis(seconds * 1000)), date);
        }
    }
}
