//! A token bucket: it limits how often a peer may do something. The peer may do it several times at
//! once, and then once in each interval.
//!
//! Owns: the arithmetic. It is pure: the caller passes the time, as an `Instant` or as a duration
//! since a start that the caller chooses.
//! Must not know: what is counted, or what happens to a peer that does more than it may.
//!
//! Part: `base/mod.rs`.

use std::collections::BTreeMap;
use std::ops::Add;
use std::time::{Duration, Instant};

/// If fewer token buckets than this are stored for one limit, the full ones among them are not
/// removed yet. A full bucket need not be stored.
pub(crate) const BUCKETS_KEPT_MIN: usize = 64;

/// A bucket that holds at most `size` tokens and gets a new one each `interval`.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<T = Instant> {
    capacity: Duration,
    interval: Duration,
    /// The time from which on the bucket is full, if no more tokens are taken out.
    full_at: T,
}

impl<T: Copy + Ord + Add<Duration, Output = T>> Bucket<T> {
    /// Makes a full bucket.
    pub fn full(size: u32, interval: Duration, now: T) -> Self {
        Self { capacity: interval * size, interval, full_at: now }
    }

    /// Takes out `count` tokens, and returns whether the bucket had so many. If it had fewer, it
    /// owes the rest: the next new tokens only pay what it owes.
    pub fn charge(&mut self, count: u32, now: T) -> bool {
        self.full_at = self.full_at.max(now) + self.interval * count;
        self.full_at <= now + self.capacity
    }

    /// Returns whether the bucket is full, as a new one is.
    pub fn is_full(&self, now: T) -> bool {
        self.full_at <= now
    }

    /// Returns whether the bucket has at least one token.
    pub fn has_one(&self, now: T) -> bool {
        self.full_at + self.interval <= now + self.capacity
    }
}

impl Bucket<Duration> {
    /// Returns how long the caller must wait until the bucket has a token; zero if it has one now.
    pub fn wait(&self, now: Duration) -> Duration {
        (self.full_at + self.interval).saturating_sub(now + self.capacity)
    }
}

/// One bucket for each key. A key without a stored bucket has a full one.
#[derive(Debug)]
pub struct Buckets<K, T = Instant> {
    size: u32,
    interval: Duration,
    by_key: BTreeMap<K, Bucket<T>>,
    /// When this many buckets are stored, the next call of [`bucket_of`](Self::bucket_of) removes
    /// the full ones.
    sweep_at: usize,
}

impl<K: Ord, T: Copy + Ord + Add<Duration, Output = T>> Buckets<K, T> {
    /// Makes buckets, all full, that hold at most `size` tokens each and get one new token each
    /// `interval`.
    pub fn new(size: u32, interval: Duration) -> Self {
        Self { size, interval, by_key: BTreeMap::new(), sweep_at: BUCKETS_KEPT_MIN }
    }

    /// Returns the bucket of `key`. If none is stored for the key, stores a full one. If many
    /// buckets are stored already, first removes the full ones.
    pub fn bucket_of(&mut self, key: K, now: T) -> &mut Bucket<T> {
        if self.by_key.len() >= self.sweep_at {
            self.by_key.retain(|_, bucket| !bucket.is_full(now));
            self.sweep_at = BUCKETS_KEPT_MIN.max(2 * self.by_key.len());
        }
        let (size, interval) = (self.size, self.interval);
        self.by_key.entry(key).or_insert_with(|| Bucket::full(size, interval, now))
    }

    /// Returns how long a bucket needs to get one new token.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Returns how many buckets are stored: all that are not full, and some full ones.
    pub fn count(&self) -> usize {
        self.by_key.len()
    }
}

/// What [`Buckets`] consist of: `size`, `interval`, `sweep_at`, and the key of each stored
/// bucket with the time from which on it is full.
#[cfg(any(test, feature = "learn"))]
type State<K> = (u32, Duration, usize, Vec<(K, Duration)>);

#[cfg(any(test, feature = "learn"))]
impl<K: Ord + Copy> Buckets<K, Duration> {
    /// Returns the whole state, to write it down.
    pub(crate) fn state(&self) -> State<K> {
        let full_at = self.by_key.iter().map(|(key, bucket)| (*key, bucket.full_at)).collect();
        (self.size, self.interval, self.sweep_at, full_at)
    }
}

#[cfg(any(test, feature = "learn"))]
impl<K: Ord> Buckets<K, Duration> {
    /// Makes buckets with the state that [`state`](Self::state) has returned.
    pub(crate) fn with_state((size, interval, sweep_at, full_at): State<K>) -> Self {
        let capacity = interval * size;
        let bucket = |full_at| Bucket { capacity, interval, full_at };
        let by_key = full_at.into_iter().map(|(key, full_at)| (key, bucket(full_at)));
        let by_key: BTreeMap<_, _> = by_key.collect();
        Self { size, interval, by_key, sweep_at }
    }
}

#[cfg(test)]
mod tests {
    use super::Bucket;
    use std::time::{Duration, Instant};

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn so_many_at_once_and_one_more_for_each_interval() {
        let now = Instant::now();
        let mut bucket = Bucket::full(3, SECOND, now);
        assert!(bucket.charge(3, now));
        assert!(bucket.charge(0, now), "nothing is always there");
        assert!(bucket.charge(1, now + SECOND));
        assert!(!bucket.charge(2, now + SECOND * 2), "only one has come since");
        assert!(bucket.charge(3, now + SECOND * 60), "full again, and not fuller");
        assert!(!bucket.charge(1, now + SECOND * 60));
    }

    #[test]
    fn it_says_how_long_to_wait() {
        let mut bucket = Bucket::full(2, SECOND, Duration::ZERO);
        assert_eq!(bucket.wait(Duration::ZERO), Duration::ZERO);
        assert!(bucket.charge(2, Duration::ZERO));
        assert_eq!(bucket.wait(Duration::ZERO), SECOND);
        assert_eq!(bucket.wait(SECOND / 4), SECOND * 3 / 4);
        assert_eq!(bucket.wait(SECOND), Duration::ZERO);
        assert!(bucket.charge(1, SECOND));
        assert!(!bucket.is_full(SECOND * 2));
        assert!(bucket.is_full(SECOND * 3));
    }
}
