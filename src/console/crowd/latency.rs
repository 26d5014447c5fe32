//! Stores the latencies of any number of messages in a few kilobytes.
//!
//! Owns: a histogram that all people of a crowd write into without a lock.
//! Must not know: what was sent.
//!
//! Part: `console/crowd/mod.rs`.

use std::sync::atomic::Ordering;
use std::time::Duration;

use portable_atomic::AtomicU64;

/// How many buckets lie between a latency and its double, for latencies of 32 µs and more. So a
/// percentile that we report is at most 1/32 higher than the true one.
const PARTS: usize = 32;
const PARTS_BITS: u32 = PARTS.trailing_zeros();
/// The number of all buckets. They are enough for latencies below 2^40 µs, which is twelve days.
const BUCKETS: usize = PARTS * (40 - PARTS_BITS as usize + 1);

pub(super) struct Latency {
    buckets: Vec<AtomicU64>,
    max_micros: AtomicU64,
}

/// How long the deliveries of a run took: percentiles, and the longest time. A percentile can be up
/// to 1/32 higher than the true one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    /// At least 50% of the deliveries took this time or less.
    pub p50: Duration,
    /// At least 90% of the deliveries took this time or less.
    pub p90: Duration,
    /// At least 99% of the deliveries took this time or less.
    pub p99: Duration,
    /// The time of the longest delivery, exact to a microsecond.
    pub max: Duration,
}

impl Latency {
    pub(super) fn new() -> Self {
        let buckets = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self { buckets, max_micros: AtomicU64::new(0) }
    }

    /// Counts one delivery, which took the time `latency`. Never blocks.
    pub(super) fn record(&self, latency: Duration) {
        let micros = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        self.buckets[bucket(micros)].fetch_add(1, Ordering::Relaxed);
        self.max_micros.fetch_max(micros, Ordering::Relaxed);
    }

    /// Returns the percentiles of the deliveries counted so far; `None`: none was counted.
    pub(super) fn percentiles(&self) -> Option<Percentiles> {
        let counts: Vec<u64> =
            self.buckets.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        if total == 0 {
            return None;
        }
        let max = self.max_micros.load(Ordering::Relaxed);
        let at = |percent: u64| {
            // The method "nearest rank": the percentile is the shortest time such that at least
            // `percent` of the deliveries took this time or less.
            let rank = (total * percent).div_ceil(100).max(1);
            let mut passed = 0;
            let reached = counts.iter().position(|count| {
                passed += count;
                passed >= rank
            });
            Duration::from_micros(reached.map_or(max, |index| upper_edge(index).min(max)))
        };
        Some(Percentiles { p50: at(50), p90: at(90), p99: at(99), max: Duration::from_micros(max) })
    }
}

/// Returns the index of the bucket that counts a latency in microseconds. Each latency below 64 µs
/// has its own bucket. Above that, there are 32 buckets from a latency to its double. The last
/// bucket also counts all latencies that are too long for the others.
fn bucket(micros: u64) -> usize {
    let doublings = micros.checked_ilog2().unwrap_or(0).saturating_sub(PARTS_BITS);
    let part = usize::try_from(micros >> doublings).unwrap_or(BUCKETS);
    (doublings as usize * PARTS).saturating_add(part).min(BUCKETS - 1)
}

/// Returns the greatest latency, in microseconds, for which the bucket with this index is meant.
/// (The last bucket also counts longer ones.)
fn upper_edge(index: usize) -> u64 {
    let doublings = (index / PARTS).saturating_sub(1);
    let part = (index - doublings * PARTS) as u64;
    ((part + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BUCKETS, Latency, bucket, upper_edge};

    #[test]
    fn buckets_follow_each_other_without_a_gap() {
        let mut below = None;
        for index in 0..BUCKETS {
            let top = upper_edge(index);
            assert_eq!(bucket(top), index);
            if let Some(below) = below {
                assert!(top > below);
                assert_eq!(bucket(below + 1), index, "from {}", below + 1);
            }
            below = Some(top);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn percentiles_are_the_nearest_rank_and_at_most_a_32nd_too_high() {
        let latency = Latency::new();
        assert!(latency.percentiles().is_none());
        for millis in 1..=1000 {
            latency.record(Duration::from_millis(millis));
        }
        let found = latency.percentiles().unwrap();
        for (found, exact) in [(found.p50, 500), (found.p90, 900), (found.p99, 990)] {
            let exact = Duration::from_millis(exact);
            assert!(found >= exact, "{found:?} for {exact:?}");
            assert!(found <= exact + exact / 32, "{found:?} for {exact:?}");
        }
        assert_eq!(found.max, Duration::from_secs(1));
    }

    #[test]
    fn a_single_delivery_is_all_percentiles() {
        let latency = Latency::new();
        let one = Duration::from_micros(1234);
        latency.record(one);
        let found = latency.percentiles().unwrap();
        assert_eq!([found.p50, found.p90, found.p99, found.max], [one; 4]);
    }
}
