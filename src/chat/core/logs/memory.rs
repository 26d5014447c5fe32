//! Limits how much memory the logs of rooms take together, and how much the logs of private
//! messages take together.
//!
//! While the logs of one kind together take less than their limit, each of them may grow up to its
//! own limit. If they take more, a log must drop its oldest lines: the largest log of the network
//! whose logs together take the most memory. A log that belongs to no single network counts as the
//! only log of one more network; an example is a room in which people of several networks have
//! spoken. So if a person fills many rooms, those rooms lose lines. A log that takes only a certain
//! minimum drops no lines.
//!
//! Owns: which log drops lines if the logs take too much memory.
//! Must not know: what the lines say; the limits for the ids of lines, which
//! `chat/core/logs/ids.rs` has.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeMap;

use super::{Log, Logs};
use crate::chat::core::LogId;
use crate::chat::record::NetworkTag;

/// Each time the logs of rooms and the private logs have together grown by this many bytes, the hub
/// checks how much memory they take.
pub(crate) const LOGS_CHECK_BYTES: usize = 64 * 1024;
/// About how many bytes of lines the hub removes from one log at a time, if the logs of all rooms
/// or all private logs take too much memory together.
const LOGS_SHRINK_BYTES: usize = 16 * 1024;

/// For whom the memory of a log counts: for the network that the log belongs to, or for the log
/// itself if it belongs to no single network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Payer {
    Network(NetworkTag),
    Log(LogId),
}

struct Share<'a> {
    payer: Payer,
    bytes: usize,
    log: &'a mut Log,
}

/// Returns whether new lines of [`LOGS_CHECK_BYTES`] bytes or more were added to the logs. If so,
/// counts from zero again, and the caller must call [`share_log_memory`].
pub(crate) fn take_must_share_log_memory(logs: &mut Logs) -> bool {
    let must = logs.grown >= LOGS_CHECK_BYTES;
    logs.grown = if must { 0 } else { logs.grown };
    must
}

/// Drops the oldest lines of the logs in `networks`, until these logs take at most `most` bytes
/// together, or none of them can drop more. A log with at most `least` bytes drops no lines.
/// `networks` has the tag of the network that each log belongs to; `None`: the log belongs to no
/// single network.
pub(crate) fn share_log_memory(
    logs: &mut Logs,
    networks: &BTreeMap<LogId, Option<NetworkTag>>,
    most: usize,
    least: usize,
) {
    let shares = logs.by_id.iter_mut().filter_map(|(id, log)| {
        let payer = networks.get(id)?.map_or(Payer::Log(*id), Payer::Network);
        Some(Share { payer, bytes: log.bytes(), log })
    });
    let mut shares: Vec<_> = shares.collect();
    let mut all: usize = shares.iter().map(|share| share.bytes).sum();
    while all > most {
        let mut sums: BTreeMap<Payer, usize> = BTreeMap::new();
        for share in &shares {
            *sums.entry(share.payer).or_default() += share.bytes;
        }
        let large = shares.iter_mut().filter(|share| share.bytes > least);
        let Some(share) = large.max_by_key(|share| (sums.get(&share.payer), share.bytes)) else {
            return;
        };
        let bytes_max = least.max(share.bytes.saturating_sub(LOGS_SHRINK_BYTES));
        share.log.shrink(bytes_max);
        // A log always keeps its newest line, even if that line is longer than `bytes_max`. Such a
        // log is counted with `bytes_max` bytes, so that the loop ends.
        let bytes = share.log.bytes().min(bytes_max);
        all -= share.bytes - bytes;
        share.bytes = bytes;
    }
}
