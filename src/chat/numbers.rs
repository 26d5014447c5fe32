//! Which numbers of a log are taken: what the file says of them, and how the next life
//! of the server goes on.
//!
//! A number that somebody may have seen must never be given to another line, also after a
//! crash that took its line. So a block of numbers is reserved in the file before the first
//! of them is shown, and the next life begins behind the block. When the disk takes no
//! further reservation, the talk goes on all the same: in a range far above the block, which
//! the same reservation has named in advance, and which no other life ever uses.
//!
//! Owns: what a reservation covers, and what a life makes of the one that it finds.
//! Must not know: files, rooms, who is told.
//!
//! Next: `chat/record.rs`.

use serde::{Deserialize, Serialize};

use super::entry::Seq;
use crate::limits;

/// What the file says of a log's numbers: the one life that runs, or ran last, may have
/// given those below [`reserved`](Self::reserved), and some behind [`far`](Self::far).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Behind this number the life began: it has given none up to here.
    pub begun: Seq,
    /// The next life goes on behind this one. While the reservation is open this one itself
    /// is not given: whoever stands here was told of a crash, and has seen no line of it.
    pub reserved: Seq,
    /// From here to `far` are ranges that earlier lives may have used: nobody gives them.
    pub low: Seq,
    /// Behind this number the life goes on if the disk takes no further reservation.
    pub far: Seq,
    /// The life has not ended in order: nobody knows which of its numbers it gave.
    pub is_open: bool,
}

/// Numbers that no line of the file has because a life ended without order, or because
/// it went on in its far range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skip {
    /// The first of them.
    pub first: Seq,
    /// The last of them, which was never given.
    pub last: Seq,
    /// The far range of that life began here, if it had one.
    pub far: Option<Seq>,
    /// Lines among them may have been kept, and be lost by damage of the file.
    pub damaged: bool,
}

/// How large blocks and far ranges are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// Numbers of a block, at least ...
    pub block: u64,
    /// ... and at most, where people talk very fast.
    pub block_max: u64,
    /// Numbers of a far range ...
    pub far: u64,
    /// ... and between a block and it.
    pub gap: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            block: limits::NUMBERS_BLOCK,
            block_max: limits::NUMBERS_BLOCK_MAX,
            far: limits::NUMBERS_FAR,
            gap: limits::NUMBERS_GAP,
        }
    }
}

/// How a log goes on in a new life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// The last number that is taken.
    pub head: Seq,
    /// What the new life reserves, before it gives any.
    pub reservation: Reservation,
    /// What is skipped by that.
    pub skips: Vec<Skip>,
}

impl Reservation {
    /// Of the block behind this number, where no other range is in the way.
    pub fn behind(head: Seq, sizes: &Sizes) -> Self {
        let reserved = Seq(head.0 + sizes.block);
        let far = Seq(reserved.0 + sizes.gap);
        Self { begun: head, reserved, low: far, far, is_open: true }
    }

    /// Of a log whose lives all ended in order, with this number as the last one.
    pub fn closed(last: Seq) -> Self {
        Self { begun: last, reserved: last, ..Self::default() }
    }

    /// Whether a life that has made this reservation may have given this number.
    pub fn covers(&self, seq: Seq, sizes: &Sizes) -> bool {
        let is_ordinary = seq < self.reserved || (seq == self.reserved && !self.is_open);
        let is_far = self.is_open && seq > self.far && seq.0 < self.far.0 + sizes.far;
        is_ordinary || is_far
    }

    /// The last number of which the file knows what became of it: `line` is that of the last
    /// line, if it is not that of one thrown away.
    pub fn known(&self, line: Seq, skips: &[Skip]) -> Seq {
        let mut known = line.max(self.begun);
        while let Some(skip) = skips.iter().find(|skip| skip.first == known.next()) {
            known = skip.last;
        }
        known
    }

    /// What the next life makes of it; up to `newest` it is known what became of each number.
    pub fn next_life(self, newest: Seq, sizes: &Sizes) -> Onward {
        // A file of an earlier form names no far range.
        let far = Some(self.far).filter(|far| *far > Seq(0));
        let is_pinned = far.is_some() && (self.is_open || self.low < self.far);
        let used = far.filter(|_| self.is_open);
        let free = Seq(self.far.0 + used.map_or(0, |_| sizes.far));
        let mut skips = Vec::new();
        if self.is_open {
            skips.push(Skip {
                first: newest.next(),
                last: self.reserved,
                far: used,
                damaged: false,
            });
        }
        let head = self.reserved;
        if !is_pinned {
            return Onward { head, reservation: Self::behind(head, sizes), skips };
        }
        let reserved = Seq(head.0 + sizes.block);
        if reserved < self.low {
            let reservation = Self { begun: head, reserved, far: free, ..self };
            let reservation = Self { is_open: true, ..reservation };
            return Onward { head, reservation, skips };
        }
        // The ranges of earlier lives are reached: over all of them at once.
        skips.push(Skip { first: head.next(), last: free, far: None, damaged: false });
        Onward { head: free, reservation: Self::behind(free, sizes), skips }
    }
}

impl Skip {
    /// Of a log of whose numbers and lines nobody knows anything any more: its first number
    /// stands for all of them.
    pub const ALL: Self = Self { first: Seq(1), last: Seq(1), far: None, damaged: true };

    /// What somebody has lost whose last number was `seq`: from which number on, and about
    /// how many lines. `None`: it is none of these, or whoever stands there was told.
    pub fn lost(&self, seq: Seq, sizes: &Sizes) -> Option<(Seq, u64)> {
        let far = self.far.filter(|far| (far.0..far.0 + sizes.far).contains(&seq.0));
        if let Some(far) = far {
            let ordinary = self.last.0.saturating_sub(self.first.0);
            return Some((self.first, ordinary + (seq.0 - far.0)));
        }
        let is_here = self.first <= seq && seq < self.last;
        is_here.then(|| (self.first, seq.0 - self.first.0 + 1))
    }

    /// Whether this number is one of those in a row.
    pub fn has(&self, seq: Seq) -> bool {
        (self.first..=self.last).contains(&seq)
    }
}
