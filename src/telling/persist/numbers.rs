//! The numbers that a log gives: each once, whatever becomes of the disk.
//!
//! A block of them is reserved on the disk ahead of use, and the next at half; the faster
//! people talk, the larger. Only what a reservation covers that is surely kept is given. Each
//! reservation covers all that the one before it does, so it does not matter which of those
//! that are under way are on the disk when the server ends.
//!
//! Owns: which number is next, and when more are reserved.
//! Must not know: lines, files.
//!
//! Next: `history/mod.rs`.

use std::time::Duration;

use crate::chat::entry::Seq;
use crate::chat::numbers::{Reservation, Sizes};
use crate::limits;

#[derive(Debug)]
pub(crate) struct Numbers {
    sizes: Sizes,
    /// `None`: nothing outlives the server, and no log has the same epoch again.
    reservations: Option<Reservations>,
}

#[derive(Debug)]
struct Reservations {
    /// It is on the disk; or the log itself is not, and another life has another epoch.
    kept: Reservation,
    /// The last one, which may be on the disk.
    asked: Reservation,
    /// How many numbers the next one is to have ahead of use.
    block: u64,
    asked_at: Duration,
}

impl Numbers {
    /// Of a log that begins with what this reservation covers behind its head.
    pub(crate) fn with(reservation: Reservation, sizes: Sizes, now: Duration) -> Self {
        let (kept, asked, block) = (reservation, reservation, sizes.block);
        Self { sizes, reservations: Some(Reservations { kept, asked, block, asked_at: now }) }
    }

    /// Of a new log; `keeps`: something may outlive the server.
    pub(crate) fn new(keeps: bool, sizes: Sizes, now: Duration) -> Self {
        let numbers = Self::with(Reservation::behind(Seq(0), &sizes), sizes, now);
        if keeps { numbers } else { Self { reservations: None, ..numbers } }
    }

    /// The next number; `None`: there is none that is surely new, until the disk takes a
    /// reservation.
    pub(crate) fn next(&self, head: Seq) -> Option<Seq> {
        let next = head.next();
        let Some(Reservations { kept, .. }) = &self.reservations else { return Some(next) };
        let next = if next < kept.reserved { next } else { next.max(kept.far.next()) };
        kept.covers(next, &self.sizes).then_some(next)
    }

    /// `seq` is given; whether more are to be reserved behind it.
    pub(crate) fn give(&mut self, seq: Seq, now: Duration) -> bool {
        let sizes = self.sizes;
        let Some(reservations) = &mut self.reservations else { return false };
        let asked = reservations.asked;
        if asked.far < seq {
            // All of the far range, so that no reservation covers less than the one before it.
            let reserved = Seq(asked.far.0 + sizes.far);
            let far = Seq(reserved.0 + sizes.gap);
            reservations.asked = Reservation { reserved, low: far, far, ..asked };
        } else if seq.0 + reservations.block / 2 >= asked.reserved.0 {
            reservations.suit_the_block(now, &sizes);
            let reserved = Seq(seq.0 + reservations.block).min(asked.low).max(asked.reserved);
            reservations.asked.reserved = reserved;
        }
        reservations.asked != asked
    }

    /// This reservation is on the disk.
    pub(crate) fn is_kept(&mut self, reservation: Reservation) {
        if let Some(reservations) = &mut self.reservations {
            reservations.kept = reservation;
        }
    }

    /// The server ends, and gives no more: the next life goes on behind `head`.
    pub(crate) fn close(&mut self, head: Seq) {
        let Some(reservations) = &mut self.reservations else { return };
        reservations.asked = Reservation { reserved: head, is_open: false, ..reservations.asked };
    }

    /// What is to be kept of them.
    pub(crate) fn reservation(&self) -> Reservation {
        self.reservations.as_ref().map(|it| it.asked).unwrap_or_default()
    }
}

impl Reservations {
    /// A block lasts for some seconds.
    fn suit_the_block(&mut self, now: Duration, sizes: &Sizes) {
        let since = now.saturating_sub(self.asked_at);
        if since < limits::NUMBERS_BLOCK_WAIT {
            self.block = (2 * self.block).min(sizes.block_max);
        } else if since > 8 * limits::NUMBERS_BLOCK_WAIT {
            self.block = (self.block / 2).max(sizes.block);
        }
        self.asked_at = now;
    }
}
