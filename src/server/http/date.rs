//! The time as HTTP writes it (RFC 9110 5.6.7): `Fri, 20 Nov 2026 18:00:00 GMT`.
//!
//! Owns: that spelling.
//! Must not know: what is dated.
//!
//! Room: `server/http/mod.rs`.

use std::time::{Duration, UNIX_EPOCH};

/// The last second that can be written, 9999-12-31T23:59:59Z.
const SECONDS_MAX: u64 = 253_402_300_799;

/// Returns the present time; a clock that is set before 1970 counts as 1970.
pub(super) fn now() -> String {
    spelled(UNIX_EPOCH.elapsed().unwrap_or_default().as_secs())
}

/// Writes the time that is so many seconds after the beginning of 1970.
fn spelled(seconds: u64) -> String {
    // 1970 began with a Thursday.
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = seconds.min(SECONDS_MAX);
    let weekday = usize::try_from(seconds / (24 * 60 * 60) % 7).map_or("", |day| DAYS[day]);
    let exact = UNIX_EPOCH + Duration::from_secs(seconds);
    let exact = humantime::format_rfc3339_seconds(exact).to_string();
    let part = |range: std::ops::Range<usize>| exact.get(range).unwrap_or_default();
    let month = part(5..7).parse::<usize>().ok().and_then(|month| MONTHS.get(month - 1));
    let month = month.copied().unwrap_or_default();
    format!("{weekday}, {} {month} {} {} GMT", part(8..10), part(0..4), part(11..19))
}

#[cfg(test)]
mod tests {
    use super::spelled;

    #[test]
    fn http_s_dates_are_right_from_1970_to_9999() {
        for (seconds, date) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (u64::MAX, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] {
            assert_eq!(spelled(seconds), date);
        }
    }
}
