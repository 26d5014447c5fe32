//! Computes when each message must be sent. Every time is counted from the start of the talk, so
//! that delays do not add up.
//!
//! Pure arithmetic.
//! Must not know: what is sent, or which person sends it.
//!
//! Part: `console/crowd/mod.rs`.

use std::time::{Duration, Instant};

/// Returns the time at which message `number` (counted from 0) must be sent, if `rate` messages are
/// sent in a second. `rate` must be above zero and finite; `crowd/mod.rs` checks that before.
pub(super) fn due_time(start: Instant, rate: f64, number: u64) -> Instant {
    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, far above the bound")]
    let seconds = number as f64 / rate;
    start + Duration::from_secs_f64(seconds)
}

/// Returns how many messages are sent in `duration` at `rate` messages a second: the product of
/// `rate` and the seconds, rounded down.
pub(super) fn message_count(rate: f64, duration: Duration) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float that is too large for the cast saturates, and is then over the bound"
    )]
    // The factor of one and a billionth corrects rounding: without it, 0.1 messages a second for 30
    // s could give 2 messages and not 3.
    let count = (rate * duration.as_secs_f64() * (1.0 + 1e-9)).floor() as u64;
    count
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{due_time, message_count};

    #[test]
    fn the_last_message_of_a_long_run_is_due_to_the_microsecond() {
        let start = Instant::now();
        let due = |number| due_time(start, 20.0, number);
        assert_eq!(due(0), start);
        assert_eq!(due(1) - start, Duration::from_millis(50));
        assert_eq!(due(72_000) - start, Duration::from_secs(3600));
        let odd = due_time(start, 3.0, 3_000_000) - start;
        assert!(odd.abs_diff(Duration::from_secs(1_000_000)) < Duration::from_micros(1));
    }

    #[test]
    fn the_plan_has_rate_times_duration_messages() {
        for (rate, duration, messages) in [
            (20.0, Duration::from_secs(30), 600),
            (0.1, Duration::from_secs(30), 3),
            (50.0, Duration::from_secs(1), 50),
            (0.3, Duration::from_secs(1), 0),
            (1.0, Duration::from_millis(1500), 1),
            (1e300, Duration::from_secs(1), u64::MAX),
        ] {
            assert_eq!(message_count(rate, duration), messages, "{rate} a second for {duration:?}");
        }
    }
}
