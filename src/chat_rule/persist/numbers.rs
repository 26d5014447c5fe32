//! The numbers that a log gives to its lines. A log gives each number only once, even if the disk
//! fails. The next paragraph is about a server with a history.
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
    /// The reserved numbers. `None`: the server stores nothing, so no number needs a reservation.
    reservations: Option<Reservations>,
}

#[derive(Debug)]
struct Reservations {
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
    /// Makes the state of the numbers of a log that has the reservation `reservation` on the disk.
    pub(crate) fn with(reservation: Reservation, sizes: Sizes, now: Duration) -> Self {
        let (stored, asked, block) = (reservation, reservation, sizes.block);
        Self { sizes, reservations: Some(Reservations { stored, asked, block, asked_at: now }) }
    }

    pub(crate) fn new(sizes: Sizes, now: Duration) -> Self {
        Self::with(Reservation::after(Seq(0), &sizes), sizes, now)
    }

    pub(crate) fn without_history(sizes: Sizes) -> Self {
        Self { sizes, reservations: None }
    }

    /// Returns the number for the log's next line. `head` is the log's newest number; the log may
    /// have to skip some numbers after it. `None`: no stored reservation covers a further number,
    /// so the log must wait until the disk has stored another one.
    pub(crate) fn next(&self, head: Seq) -> Option<Seq> {
        let next = head.next();
        let Some(Reservations { stored, .. }) = &self.reservations else { return Some(next) };
        let next = if next < stored.reserved { next } else { next.max(stored.far.next()) };
        stored.covers(next, &self.sizes).then_some(next)
    }

    /// Records that the log gave the number `seq` to a line. Returns true if this has made a new
    /// reservation, which must be stored.
    pub(crate) fn give(&mut self, seq: Seq, now: Duration) -> bool {
        let sizes = self.sizes;
        let Some(reservations) = &mut self.reservations else { return false };
        let asked = reservations.asked;
        if asked.far < seq {
            // `seq` is in the far range. The new reservation covers that whole range, so it covers
            // no less than the one before it.
            let reserved = Seq(asked.far.0 + sizes.far);
            let far = Seq(reserved.0 + sizes.far_distance);
            reservations.asked = Reservation { reserved, low: far, far, ..asked };
        } else if seq.0 + reservations.block / 2 >= asked.reserved.0 {
            reservations.suit_the_block(now, &sizes);
            let reserved = Seq(seq.0 + reservations.block).min(asked.low).max(asked.reserved);
            reservations.asked.reserved = reserved;
        }
        reservations.asked != asked
    }

    pub(crate) fn reservation_stored(&mut self, reservation: Reservation) {
        if let Some(reservations) = &mut self.reservations {
            reservations.stored = reservation;
        }
    }

    /// Makes the final reservation before the server ends. If it is stored, the log continues right
    /// after `head` after the next start.
    pub(crate) fn close(&mut self, head: Seq) {
        let Some(reservations) = &mut self.reservations else { return };
        reservations.asked = Reservation { reserved: head, is_open: false, ..reservations.asked };
    }

    /// Returns the newest reservation, stored or not. It is empty on a server without a history.
    pub(crate) fn reservation(&self) -> Reservation {
        self.reservations.as_ref().map(|reservations| reservations.asked).unwrap_or_default()
    }
}

impl Reservations {
    fn suit_the_block(&mut self, now: Duration, sizes: &Sizes) {
        let since = now.saturating_sub(self.asked_at);
        if since < NUMBERS_BLOCK_WAIT {
            self.block = (2 * self.block).min(sizes.block_max);
        } else if since > 8 * NUMBERS_BLOCK_WAIT {
            self.block = (self.block / 2).max(sizes.block);
        }
        self.asked_at = now;
    }
}
