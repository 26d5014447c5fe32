//! Which numbers of a log are taken, and with which number the next run of the server continues the
//! log.
//!
//! A number that a client may have seen must never be given to another line, not even after a crash
//! that lost the line. So a run of the server first stores in the file that a block of numbers is
//! reserved, then gives these numbers to lines; and the next run begins after the block. (The first
//! block of a new log is used at once: if a crash loses the reservation, it loses the log, too, and
//! a new log has another epoch.) If the disk accepts no more reservations, people can still talk:
//! the run then gives numbers of its *far range*. This range lies far above the block. The
//! reservation of the block has reserved the far range, too. If a line may have a number of the far
//! range, no later run uses the range.
//!
//! ```text
//! begun     reserved      low            far
//!   |--block--|----free----|--older runs---|--far range--|
//! ```
//!
//! Owns: which numbers a reservation covers, and what a run does with the reservation that it finds
//! in the file.
//! Must not know: files, rooms, which client receives what.
//!
//! Part: `chat/mod.rs`.

use super::entry::Seq;
use crate::base::limits;

/// What the file says about a log's numbers. The run of the server that wrote this may have given
/// lines the numbers between [`begun`](Self::begun) and [`reserved`](Self::reserved), and numbers
/// above [`far`](Self::far).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Reservation {
    /// The run that wrote this reservation began after this number: it gave neither this number nor
    /// a lower one to a line.
    pub begun: Seq,
    /// The number with which the block ends. The next run gives only higher numbers to lines. While
    /// `is_open` is true, no line gets the number itself. After a crash, the next run tells clients
    /// that it is the last skipped number.
    pub reserved: Seq,
    /// The block ends before this number. Earlier runs may have used numbers between `low` and
    /// `far`, so no run uses these again.
    pub low: Seq,
    /// The far range begins after this number; 0: there is no far range. If the disk accepts no
    /// more reservations, the run gives the numbers of the far range.
    pub far: Seq,
    /// True until the run that wrote this reservation stops cleanly. If the next run finds `true`
    /// in the file, it cannot know which of the reserved numbers were given to lines.
    pub is_open: bool,
}

/// A range of numbers that have no line in the file. Its usual cause is that a run of the server
/// has crashed, or has used its far range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct SkipRange {
    /// The first number of the range.
    pub first: Seq,
    /// The last number of the range.
    pub last: Seq,
    /// The number after which the far range of the crashed run begins, if a crash is the cause of
    /// this skip. `None`: that run had no far range, or there is another cause.
    pub far: Option<Seq>,
    /// Whether lines with the skipped numbers may have been stored, and lost because the file was
    /// damaged.
    pub damaged: bool,
}

/// How many numbers blocks and far ranges have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Sizes {
    /// How many numbers the first block of a run of the server has.
    pub block: u64,
    /// How many numbers the largest block has, in a log in which people talk very fast.
    pub block_max: u64,
    /// How many numbers are reserved for a far range.
    pub far: u64,
    /// How many numbers lie between the first block and the far range, if both are new. If ranges
    /// of earlier runs lie there, the distance is another one.
    pub far_distance: u64,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            block: limits::NUMBERS_BLOCK,
            block_max: limits::NUMBERS_BLOCK_MAX,
            far: limits::NUMBERS_FAR,
            far_distance: limits::NUMBERS_FAR_DISTANCE,
        }
    }
}

/// Where a log continues in a new run of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onward {
    /// The highest number that is taken; the next line gets a higher number.
    pub head: Seq,
    /// What the new run reserves before it gives a number to a line.
    pub reservation: Reservation,
    /// The ranges of numbers that the new run skips.
    pub skips: Vec<SkipRange>,
}

impl Reservation {
    /// Makes the reservation of a block of `sizes.block` numbers, which begins after `head`, and of
    /// a far range, which begins `sizes.far_distance` numbers after the block. The caller makes
    /// sure that no range of an earlier run lies after `head`.
    pub fn after(head: Seq, sizes: &Sizes) -> Self {
        let reserved = Seq(head.0 + sizes.block);
        let far = Seq(reserved.0 + sizes.far_distance);
        Self { begun: head, reserved, low: far, far, is_open: true }
    }

    /// Makes the reservation that a log has after a clean stop: without a far range, and with
    /// `last` as the highest number that is taken.
    pub fn closed(last: Seq) -> Self {
        Self { begun: last, reserved: last, ..Self::default() }
    }

    /// Returns whether `seq` is in the block or below it, or in the far range of a reservation that
    /// is open. Such a number may be that of a line, now or later.
    pub fn covers(&self, seq: Seq, sizes: &Sizes) -> bool {
        let is_ordinary = seq < self.reserved || (seq == self.reserved && !self.is_open);
        let is_far = self.is_open && seq > self.far && seq.0 < self.far.0 + sizes.far;
        is_ordinary || is_far
    }

    /// Returns the greater of `begun` and `line`. If skipped ranges follow that number without a
    /// gap, returns the end of the last of these ranges instead. `line` is the highest number of a
    /// stored or deleted line. `skips` are the skipped ranges in the file.
    pub fn known(&self, line: Seq, skips: &[SkipRange]) -> Seq {
        let mut known = line.max(self.begun);
        while let Some(skip) = skips.iter().find(|skip| skip.first == known.next()) {
            known = skip.last;
        }
        known
    }

    /// Returns where the next run continues the log, if it finds this reservation in the file.
    /// `newest` is what [`known`](Self::known) returned for it.
    pub fn next_run(self, newest: Seq, sizes: &Sizes) -> Onward {
        // If `far` is 0, the reservation has no far range: it comes from a file of an older format,
        // or `closed` has made it.
        let far = Some(self.far).filter(|far| *far > Seq(0));
        let is_pinned = far.is_some() && (self.is_open || self.low < self.far);
        let used = far.filter(|_| self.is_open);
        let free = Seq(self.far.0 + used.map_or(0, |_| sizes.far));
        let mut skips = Vec::new();
        if self.is_open {
            skips.push(SkipRange {
                first: newest.next(),
                last: self.reserved,
                far: used,
                damaged: false,
            });
        }
        let head = self.reserved;
        if !is_pinned {
            return Onward { head, reservation: Self::after(head, sizes), skips };
        }
        let reserved = Seq(head.0 + sizes.block);
        if reserved < self.low {
            let reservation = Self { begun: head, reserved, far: free, ..self };
            let reservation = Self { is_open: true, ..reservation };
            return Onward { head, reservation, skips };
        }
        // The block would reach the ranges of earlier runs. So the new run skips these ranges, and
        // reserves numbers after them.
        skips.push(SkipRange { first: head.next(), last: free, far: None, damaged: false });
        Onward { head: free, reservation: Self::after(free, sizes), skips }
    }
}

impl SkipRange {
    /// Says that the file has lost all lines of a log. In this value, `first` and `last` are not
    /// the ends of a range.
    pub const ALL: Self = Self { first: Seq(1), last: Seq(1), far: None, damaged: true };

    /// Returns what a client may have lost in this range, if the highest number that it has seen is
    /// `seq`: the first lost number, and about how many lines. `None`: the client has lost no line
    /// of this range. The last number of the range is no lost line: a client knows it only from the
    /// notice about the skip.
    pub fn lost(&self, seq: Seq, sizes: &Sizes) -> Option<(Seq, u64)> {
        let far = self.far.filter(|far| (far.0..far.0 + sizes.far).contains(&seq.0));
        if let Some(far) = far {
            let ordinary = self.last.0.saturating_sub(self.first.0);
            return Some((self.first, ordinary + (seq.0 - far.0)));
        }
        let is_here = self.first <= seq && seq < self.last;
        is_here.then(|| (self.first, seq.0 - self.first.0 + 1))
    }

    /// Returns whether `seq` is in this range, to which both ends belong.
    pub fn has(&self, seq: Seq) -> bool {
        (self.first..=self.last).contains(&seq)
    }
}
