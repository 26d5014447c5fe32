//! How much of something a peer may do: so many at once, then so many a second.
//!
//! Owns: the arithmetic. Pure: the time comes in.
//! Must not know: what is counted, or what happens to whoever does more.
//!
//! Next: `client/adapter.rs`.

use std::time::{Duration, Instant};

/// Holds `size` and fills by one each `interval`.
#[derive(Debug)]
pub struct Bucket {
    capacity: Duration,
    interval: Duration,
    /// When it will be full again.
    full_at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn full(size: u32, interval: Duration, now: Instant) -> Self {
        Self { capacity: interval * size, interval, full_at: now }
    }

    /// Takes `count` out; false if there were not as many.
    pub fn take(&mut self, count: u32, now: Instant) -> bool {
        self.full_at = self.full_at.max(now) + self.interval * count;
        self.full_at <= now + self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use std::time::{Duration, Instant};

    #[test]
    fn so_many_at_once_and_one_more_for_each_interval() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut bucket = Bucket::full(3, second, now);
        assert!(bucket.take(3, now));
        assert!(bucket.take(0, now), "nothing is always there");
        assert!(bucket.take(1, now + second));
        assert!(!bucket.take(2, now + second * 2), "only one has come since");
        assert!(bucket.take(3, now + second * 60), "full again, and not fuller");
        assert!(!bucket.take(1, now + second * 60));
    }
}
