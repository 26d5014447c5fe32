//! How many secrets and passwords one address may have checked: a burst, then one each second.
//! Without this limit one address could keep a core busy for ever, even though its secrets wait in
//! a queue.
//!
//! An address is charged before its secret waits in the queue and before the digest is made. If the
//! address may have no digest now, its secret is refused, and the address is not charged.
//!
//! Owns: the token buckets, one for each address.
//! Must not know: whose digest is made next.
//!
//! Part: `chat/mod.rs`.

use std::time::Instant;

use parking_lot::Mutex;

use crate::base::bucket::Buckets;
use crate::base::limits;

/// One bucket for each address, by its bytes. Made when the first secret comes.
static BUCKETS: Mutex<Option<Buckets<[u8; 16]>>> = Mutex::new(None);

/// Charges this address with one digest, and returns true, if it may have one now. Otherwise
/// charges nothing and returns false.
pub(super) fn charge(home: [u8; 16], now: Instant) -> bool {
    let mut buckets = BUCKETS.lock();
    let (most, interval) = (limits::DIGESTS_BURST_MAX, limits::DIGEST_INTERVAL);
    let bucket = buckets.get_or_insert_with(|| Buckets::new(most, interval)).of(home, now);
    bucket.has_one(now) && bucket.take(1, now)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::charge;
    use crate::base::limits;

    #[test]
    fn an_address_has_so_many_digests_at_once_and_then_one_each_second() {
        // No other test uses these addresses: all tests share the buckets.
        let (home, other, now) = ([0xfe; 16], [0xfd; 16], Instant::now());
        for _ in 0..limits::DIGESTS_BURST_MAX {
            assert!(charge(home, now));
        }
        assert!(!charge(home, now) && !charge(home, now), "what is refused is not owed");
        assert!(charge(other, now));
        assert!(charge(home, now + limits::DIGEST_INTERVAL));
        assert!(!charge(home, now + limits::DIGEST_INTERVAL));
    }
}
