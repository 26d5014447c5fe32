//! Limits how many digests of secrets and passwords the server makes for one network: a burst, then
//! one each second. Without this limit the secrets from one network could keep a CPU core busy for
//! ever, even though they wait in a queue.
//!
//! The digest is counted before its secret waits in the queue. If the limit allows no digest now,
//! the secret is refused, and nothing is counted.
//!
//! Owns: the token buckets (a kind of rate limit), one for each network.
//! Must not know: whose digest is made next.
//!
//! Part: `chat/mod.rs`.

use std::time::Instant;

use parking_lot::Mutex;

use crate::base::bucket::Buckets;
use crate::base::limits;

static BUCKETS: Mutex<Option<Buckets<[u8; 16]>>> = Mutex::new(None);

/// Counts one digest for this network and returns true, if the limit allows a digest now. Otherwise
/// counts nothing and returns false.
pub(super) fn charge_network(network: [u8; 16], now: Instant) -> bool {
    let mut buckets = BUCKETS.lock();
    let buckets = buckets
        .get_or_insert_with(|| Buckets::new(limits::DIGESTS_BURST_MAX, limits::DIGEST_INTERVAL));
    let bucket = buckets.bucket_of(network, now);
    bucket.has_one(now) && bucket.charge(1, now)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::charge_network;
    use crate::base::limits;

    #[test]
    fn an_address_has_so_many_digests_at_once_and_then_one_each_second() {
        // No other test uses these networks, because all tests share the buckets.
        let (network, other, now) = ([0xfe; 16], [0xfd; 16], Instant::now());
        for _ in 0..limits::DIGESTS_BURST_MAX {
            assert!(charge_network(network, now));
        }
        assert!(
            !charge_network(network, now) && !charge_network(network, now),
            "what is refused is not owed"
        );
        assert!(charge_network(other, now));
        assert!(charge_network(network, now + limits::DIGEST_INTERVAL));
        assert!(!charge_network(network, now + limits::DIGEST_INTERVAL));
    }
}
