//! Tests the numbers of one log, without the rest of the server. The disk stores records late, in
//! part, or not at all, and the server may end at any moment. No number may be given twice.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use crate::chat::core::tests::chance::{Chance, runs};
use crate::chat::core::tests::inside::MissingNumbers;
use crate::chat::entry::Seq;
use crate::chat::numbers::{Reservation, Sizes, SkipRange};
use crate::chat_rule::persist::numbers::Numbers;

const SIZES: Sizes = Sizes { block: 8, block_max: 32, far: 100, far_distance: 50 };

/// A record for the disk. The disk stores the records in the order in which it gets them.
#[derive(Clone, Copy, Debug)]
enum Written {
    Reservation(Reservation, Option<SkipRange>),
    Line(Seq),
}

/// One log in all runs of the server, and the lines and numbers of it that are stored on the disk.
struct Lives {
    numbers: Numbers,
    head: Seq,
    now: Duration,
    /// Records that the disk has got and not stored yet, oldest first.
    waiting: VecDeque<Written>,
    /// The reservation on the disk; `lines` and `skips` are on the disk, too.
    stored: Reservation,
    lines: BTreeSet<Seq>,
    skips: Vec<SkipRange>,
    /// All numbers that were ever given. `own` are those that the current run has given.
    given: BTreeSet<Seq>,
    own: Vec<Seq>,
    went_far: usize,
    stuck: usize,
}

impl Lives {
    fn new() -> Self {
        let stored = Reservation::after(Seq(0), &SIZES);
        Self {
            numbers: Numbers::with(stored, SIZES, Duration::ZERO),
            head: Seq(0),
            now: Duration::ZERO,
            waiting: VecDeque::new(),
            stored,
            lines: BTreeSet::new(),
            skips: Vec::new(),
            given: BTreeSet::new(),
            own: Vec::new(),
            went_far: 0,
            stuck: 0,
        }
    }

    fn say(&mut self) {
        let Some(seq) = self.numbers.next(self.head) else {
            self.stuck += 1;
            return;
        };
        assert!(seq > self.head, "{seq:?} behind {:?}", self.head);
        assert!(self.given.insert(seq), "{seq:?} twice");
        let skip =
            SkipRange { first: self.head.next(), last: Seq(seq.0 - 1), far: None, damaged: false };
        let skip = Some(skip).filter(|skip| skip.first <= skip.last);
        self.went_far += usize::from(skip.is_some());
        self.own.push(seq);
        self.head = seq;
        if self.numbers.give(seq, self.now) {
            self.waiting.push_back(Written::Reservation(self.numbers.reservation(), skip));
        }
        assert!(skip.is_none() || !self.waiting.is_empty(), "a skip goes with a reservation");
        self.waiting.push_back(Written::Line(seq));
    }

    /// The disk stores the oldest waiting record. `is_told` says whether the chat gets the answer.
    fn store(&mut self, is_told: bool) {
        match self.waiting.pop_front() {
            Some(Written::Reservation(reservation, skip)) => {
                self.stored = reservation;
                self.skips.extend(skip);
                if is_told {
                    self.numbers.reservation_stored(reservation);
                }
            }
            Some(Written::Line(seq)) => {
                assert!(
                    self.stored.covers(seq, &SIZES),
                    "{seq:?} is not covered: {:?}",
                    self.stored
                );
                self.lines.insert(seq);
            }
            None => {}
        }
    }

    /// The server ends after the disk has stored `taken` of the waiting records. Then the next run
    /// begins.
    fn end(&mut self, taken: usize) {
        (0..taken.min(self.waiting.len())).for_each(|_| self.store(false));
        self.waiting.clear();
        let newest = self.stored.known(self.lines.last().copied().unwrap_or_default(), &self.skips);
        let lost: Vec<_> = self.own.drain(..).filter(|seq| !self.lines.contains(seq)).collect();
        let onward = self.stored.next_run(newest, &SIZES);
        self.skips.extend(onward.skips);
        // A client that saw the last of the lost lines must be told of all of them, beginning with
        // the first.
        if let (Some(first), Some(last)) = (lost.first(), lost.last()) {
            let found = MissingNumbers::of(self.skips.clone()).lost(*last, onward.head, &SIZES);
            if *last > newest {
                let found = found.unwrap_or_else(|| panic!("{last:?}: {:?}", self.skips));
                assert!(found.from <= *first || *first <= newest, "{lost:?}: {found:?}");
                let of_life = lost.iter().filter(|seq| **seq >= found.from).count() as u64;
                // The number of lost lines that a client is told also counts the stored lines that
                // lie between lost lines.
                let between = self.lines.range(found.from..).count() as u64;
                let more = found.lines.checked_sub(of_life + between);
                // The file says where the far range begins, but not how many numbers of the block
                // were given before it. So the number of lost lines that a client is told may be
                // too high, by one block at most.
                let mut fars = self.skips.iter().filter_map(|skip| skip.far);
                let is_far = fars.any(|far| (far.0..far.0 + SIZES.far).contains(&last.0));
                let most = if is_far { SIZES.block_max } else { 0 };
                assert!(more.is_some_and(|more| more <= most), "{lost:?}: {found:?}");
            }
        }
        self.stored = onward.reservation;
        self.head = onward.head;
        self.numbers = Numbers::with(self.stored, SIZES, self.now);
    }

    /// The server stops cleanly. Its end is complete if the disk stores all waiting records.
    fn stop(&mut self, taken: usize) {
        self.numbers.close(self.head);
        self.waiting.push_back(Written::Reservation(self.numbers.reservation(), None));
        let is_all = taken >= self.waiting.len();
        let (head, had_lines) = (self.head, !self.own.is_empty());
        self.end(taken);
        // After a clean stop no number is skipped, unless the log has reached the far ranges of
        // earlier runs.
        let is_at_ranges = self.skips.last().is_some_and(|skip| skip.first == head.next());
        if is_all && had_lines && !is_at_ranges {
            assert_eq!(self.head, head, "nothing is skipped after an end in order");
        }
    }
}

fn play(chance: &mut Chance, disk: usize) -> Lives {
    let mut lives = Lives::new();
    for _ in 0..400 {
        lives.now += Duration::from_secs([0, 1, 100][chance.below(3)]);
        match chance.below(20) {
            0 if chance.below(4) == 0 => lives.end(chance.below(30)),
            0 if chance.below(4) == 0 => lives.stop(chance.below(60)),
            roll if roll < 12 => lives.say(),
            _ if chance.below(10) < disk => {
                (0..chance.below(8)).for_each(|_| lives.store(true));
            }
            _ => {}
        }
    }
    lives
}

#[test]
#[expect(clippy::print_stdout, reason = "how much of it was in a far range")]
fn f5_no_number_is_given_twice_whatever_the_disk_takes() {
    for disk in [10, 3, 0] {
        let (mut far, mut stuck, mut given) = (0, 0, 0);
        runs(2000, |chance| {
            let lives = play(chance, disk);
            far += lives.went_far;
            stuck += lives.stuck;
            given += lives.given.len();
        });
        println!("{given} numbers, {far} times far, {stuck} times none");
        assert!(disk == 10 || far > 100, "only {far} went far");
    }
}

#[test]
fn f5_where_the_disk_works_a_crash_skips_a_block_at_most() {
    let mut lives = Lives::new();
    // The far range of each run that crashed lies at higher numbers than the one before. With more
    // runs than in this test, the blocks would reach the first far range.
    for _ in 0..5 {
        for _ in 0..3 {
            // One line each half minute: people talk at a usual speed.
            lives.now += Duration::from_secs(30);
            lives.say();
            while !lives.waiting.is_empty() {
                lives.store(true);
            }
        }
        let head = lives.head;
        lives.end(0);
        assert!(lives.head.0 - head.0 <= SIZES.block, "{head:?}, then {:?}", lives.head);
    }
    assert_eq!(lives.went_far, 0);
}
