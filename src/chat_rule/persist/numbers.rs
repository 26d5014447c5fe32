//! The numbers that a log gives to its lines. A log gives each number only once, even if the disk
//! fails. Only a server with a history needs this: what another server says is gone with its log.
//!
//! A block of numbers is reserved on the disk before the log uses them, and the next block when
//! about half of them are used. If people talk fast, the blocks become larger, up to a limit. A log
//! uses a number only if a reservation that is surely stored covers it. Each reservation covers all
//! numbers that the one before it covers; only the last one of a stopping server does not. So if
//! the server crashes, it does not matter which of the newest reservations are on the disk. If the
//! disk stores no more reservations, the log gives numbers of its *far range*: numbers far above
//! the block, which the newest stored reservation covers, too (`chat/numbers.rs`).
//!
//! Owns: which number is next, and when more are reserved.
//! Must not know: lines, files.
//!
//! Part: `chat_rule/persist/mod.rs`.

use std::time::Duration;

use crate::chat::entry::Seq;
use crate::chat::numbers::{Reservation, Sizes};

/// If the hub must reserve the next block of a log's numbers sooner than this after the block
/// before, it makes the next block twice as large, up to
/// [`NUMBERS_BLOCK_MAX`](crate::base::limits::NUMBERS_BLOCK_MAX).
const NUMBERS_BLOCK_WAIT: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Numbers {
    sizes: Sizes,
    /// The newest reservation that is on the disk. The first reservation of a new log counts as
    /// stored at once: if it is not on the disk after a crash, the log is not there either, and
    /// gets a new epoch.
    stored: Reservation,
    /// The newest reservation, which may not be on the disk yet.
    asked: Reservation,
    /// The present size of a block: how many numbers after the newest line the next reservation
    /// covers at most, besides a far range.
    block: u64,
    asked_at: Duration,
}

impl Numbers {
    /// Makes the state of the numbers of a log that has the reservation `stored` on the disk.
    pub(crate) fn with(stored: Reservation, sizes: Sizes, now: Duration) -> Self {
        Self { sizes, stored, asked: stored, block: sizes.block, asked_at: now }
    }

    /// Returns the number for the log's next line. `head` is the log's newest number; the log may
    /// have to skip some numbers after it. `None`: no stored reservation covers a further number,
    /// so the log must wait until the disk has stored another one.
    pub(crate) fn next(&self, head: Seq) -> Option<Seq> {
        let next = head.next();
        let next =
            if next < self.stored.reserved { next } else { next.max(self.stored.far.next()) };
        self.stored.covers(next, &self.sizes).then_some(next)
    }

    /// Records that the log gave the number `seq` to a line. Returns true if this has made a new
    /// reservation, which must be stored.
    pub(crate) fn give(&mut self, seq: Seq, now: Duration) -> bool {
        let asked = self.asked;
        if asked.far < seq {
            // `seq` is in the far range. The new reservation covers that whole range, so it covers
            // no less than the one before it.
            let reserved = Seq(asked.far.0 + self.sizes.far);
            let far = Seq(reserved.0 + self.sizes.far_distance);
            self.asked = Reservation { reserved, low: far, far, ..asked };
        } else if seq.0 + self.block / 2 >= asked.reserved.0 {
            self.suit_the_block(now);
            let reserved = Seq(seq.0 + self.block).min(asked.low).max(asked.reserved);
            self.asked.reserved = reserved;
        }
        self.asked != asked
    }

    pub(crate) fn reservation_stored(&mut self, reservation: Reservation) {
        self.stored = reservation;
    }

    /// Makes the final reservation before the server ends. If it is stored, the log continues right
    /// after `head` after the next start.
    pub(crate) fn close(&mut self, head: Seq) {
        self.asked = Reservation { reserved: head, is_open: false, ..self.asked };
    }

    /// Returns the newest reservation, stored or not.
    pub(crate) fn reservation(&self) -> Reservation {
        self.asked
    }

    fn suit_the_block(&mut self, now: Duration) {
        let since = now.saturating_sub(self.asked_at);
        if since < NUMBERS_BLOCK_WAIT {
            self.block = (2 * self.block).min(self.sizes.block_max);
        } else if since > 8 * NUMBERS_BLOCK_WAIT {
            self.block = (self.block / 2).max(self.sizes.block);
        }
        self.asked_at = now;
    }
}
