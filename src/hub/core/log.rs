//! A log in memory: numbered, bounded, oldest out first.
//!
//! Owns: the numbers, what is kept, and which ids its authors have used.
//! Must not know: who is told.
//!
//! Next: `hub/core/pieces.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::catch_up::{Gap, Piece};
use super::people::Author;
use super::pieces::{newest, run, weight};
use crate::chat::entry::{Entry, Epoch, MessageId, Seen, Seq, UnixMillis, What};
use crate::chat::record::Before;
use crate::limits;

/// The newest lines of one room.
#[derive(Debug)]
pub(super) struct Log {
    epoch: Epoch,
    kept: VecDeque<Kept>,
    entries_max: usize,
    bytes: usize,
    /// The newest number; 0 for none.
    head: Seq,
    /// Numbers that a crash has skipped: the first and the last of each row.
    skipped: Vec<(Seq, Seq)>,
    /// There were lines before those that are kept here.
    has_forgotten: bool,
    /// What authors called the lines that are kept.
    ids: HashMap<(Author, MessageId), Seq>,
}

#[derive(Debug)]
struct Kept {
    entry: Arc<Entry>,
    author: Author,
    /// It is shown, and neither kept nor waiting for it.
    is_lost: bool,
}

impl Log {
    /// An empty one that keeps at most `entries_max` lines.
    pub(super) fn new(epoch: Epoch, entries_max: usize) -> Self {
        let (kept, skipped, ids) = (VecDeque::new(), Vec::new(), HashMap::new());
        let (bytes, head, has_forgotten) = (0, Seq(0), false);
        Self { epoch, kept, entries_max, bytes, head, skipped, has_forgotten, ids }
    }

    /// As it was kept: `lines` are the newest, oldest first, and before them there is
    /// nothing, or what `before` says, with numbers that crashes have skipped. Numbers up
    /// to `head` may have been given to lines that are not among them.
    pub(super) fn restored(
        epoch: Epoch,
        entries_max: usize,
        lines: Vec<(Author, Arc<Entry>)>,
        (before, skipped): (Before, Vec<(Seq, Seq)>),
        head: Seq,
        bytes_max: usize,
    ) -> Self {
        let mut log = Self { skipped, ..Self::new(epoch, entries_max) };
        let first = lines.first().map_or(head.next(), |(_, line)| line.seq);
        let before_first = Seq(first.0.saturating_sub(1));
        log.has_forgotten = before == Before::OlderLines;
        log.head = match before {
            Before::OlderLines => before_first,
            // What is too old is not always the first.
            Before::Nothing { thrown_away } => thrown_away.min(before_first),
        };
        for (author, entry) in lines {
            log.skip_to(entry.seq);
            log.add(author, entry, bytes_max);
        }
        log.skip_to(head.next());
        log
    }

    /// The next number is this one; those before it were never told, or lost.
    fn skip_to(&mut self, next: Seq) {
        let first = self.head.next();
        if first < next {
            let last = Seq(next.0 - 1);
            self.skipped.push((first, last));
            self.head = last;
        }
    }

    /// Whether a crash has skipped this number.
    pub(super) fn skips(&self, seq: Seq) -> bool {
        self.skipped_at(seq).is_some()
    }

    /// The skipped numbers that `seq` is one of: the first and the last.
    fn skipped_at(&self, seq: Seq) -> Option<(Seq, Seq)> {
        self.skipped.iter().copied().find(|(first, last)| (*first..=*last).contains(&seq))
    }

    /// The first of the numbers up to `seq` whose lines somebody may have seen and
    /// that did not survive, for somebody whose last number was `seq`.
    pub(super) fn lost_since(&self, seq: Seq) -> Option<Seq> {
        // Who was told of a crash stands where the next life began, and has seen no
        // line of that number. Each crash skips as many; several may be one row.
        let is_told = |last: Seq| (last.0 - seq.0).is_multiple_of(limits::NUMBERS_RESERVED);
        match self.skipped_at(seq) {
            Some((first, last)) => (!is_told(last)).then_some(first),
            None => (seq > self.head).then(|| self.head.next()),
        }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether there were lines before those that are kept here.
    pub(super) fn has_forgotten(&self) -> bool {
        self.has_forgotten
    }

    /// The newest number; 0 for none.
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    /// What somebody has seen who has missed nothing.
    pub(super) fn all(&self) -> Seen {
        Seen { epoch: self.epoch, seq: self.head }
    }

    /// When the newest line was taken.
    pub(super) fn newest_at(&self) -> Option<UnixMillis> {
        self.kept.back().map(|kept| kept.entry.at)
    }

    /// The first number that is kept, or the next one that will be given.
    pub(super) fn oldest(&self) -> Seq {
        self.kept.front().map_or_else(|| self.head.next(), |kept| kept.entry.seq)
    }

    /// Of lines behind this number it is known what their authors called them.
    pub(super) fn ids_behind(&self) -> Seq {
        if self.has_forgotten { Seq(self.oldest().0.saturating_sub(1)) } else { Seq(0) }
    }

    /// The number of the oldest of the newest `count` lines, or the next one.
    pub(super) fn newest(&self, count: u64) -> Seq {
        let place = self.kept.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        self.kept.get(place).map_or_else(|| self.head.next(), |kept| kept.entry.seq)
    }

    /// Keeps a line; its number must be the next one. The newest always stays.
    pub(super) fn add(&mut self, author: Author, entry: Arc<Entry>, bytes_max: usize) {
        assert!(entry.seq == self.head.next() || self.kept.is_empty(), "numbers have no gaps");
        self.head = entry.seq;
        self.bytes += weight(&entry);
        if let Some(id) = &entry.id {
            self.ids.insert((author, id.clone()), entry.seq);
        }
        self.kept.push_back(Kept { entry, author, is_lost: false });
        self.shrink(bytes_max);
    }

    /// Forgets what is too much, oldest first.
    pub(super) fn shrink(&mut self, bytes_max: usize) {
        while self.kept.len() > self.entries_max || (self.bytes > bytes_max && self.kept.len() > 1)
        {
            self.forget_oldest();
        }
    }

    /// What `from` has said is `into`'s, to change it and to say it again.
    pub(super) fn turn(&mut self, from: Author, into: Author) {
        for kept in self.kept.iter_mut().filter(|kept| kept.author == from) {
            kept.author = into;
            if let Some(id) = kept.entry.id.clone()
                && let Some(seq) = self.ids.remove(&(from, id.clone()))
            {
                self.ids.insert((into, id), seq);
            }
        }
    }

    /// The line of this number, while it is kept.
    pub(super) fn line(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.place(seq).map(|place| &self.kept[place].entry)
    }

    /// The line that `author` called `id`, while it is kept.
    pub(super) fn said_before(&self, author: Author, id: &MessageId) -> Option<&Arc<Entry>> {
        let seq = self.ids.get(&(author, id.clone()))?;
        self.kept.get(self.place(*seq)?).map(|kept| &kept.entry)
    }

    /// Whether `author` may change this line: it is a message of theirs and not
    /// gone.
    pub(super) fn is_changeable_by(&self, author: Author, seq: Seq) -> bool {
        let kept = self.place(seq).and_then(|place| self.kept.get(place));
        kept.is_some_and(|kept| {
            kept.author == author && matches!(kept.entry.what, What::Said(_) | What::Acted(_))
        })
    }

    /// Lets what is kept read as it does now, for whoever asks later: what was
    /// taken back must not be told again.
    pub(super) fn change(&mut self, change: &What) {
        for kept in &mut self.kept {
            if let Some(what) = kept.entry.what.changed_by(kept.entry.seq, change) {
                self.bytes -= weight(&kept.entry);
                kept.entry = Arc::new(Entry { what, ..Entry::clone(&kept.entry) });
                self.bytes += weight(&kept.entry);
            }
        }
    }

    /// This line will not outlive the server, as it looks.
    pub(super) fn lose(&mut self, seq: Seq) {
        let kept = self.place(seq).and_then(|place| self.kept.get_mut(place));
        kept.into_iter().for_each(|kept| kept.is_lost = true);
    }

    /// ... or none of them.
    pub(super) fn lose_all(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.is_lost = true);
    }

    /// Whether this line is one that is not to be kept.
    pub(super) fn is_lost(&self, seq: Seq) -> bool {
        self.place(seq).is_some_and(|place| self.kept[place].is_lost)
    }

    /// The oldest such line, which is to be kept after all.
    pub(super) fn take_lost(&mut self) -> Option<(Author, Arc<Entry>)> {
        let lost = self.kept.iter_mut().find(|kept| kept.is_lost)?;
        lost.is_lost = false;
        Some((lost.author, Arc::clone(&lost.entry)))
    }

    /// What comes next from `from` on, which is kept or has never been.
    pub(super) fn piece(&self, from: Seq, count_max: usize) -> Piece {
        let skipped = self.skipped_at(from).map(|(_, last)| last);
        let first = skipped.map_or(from, Seq::next);
        let lines = self.kept.range(self.first_place(first)..).map(|kept| &kept.entry);
        Piece { gap: skipped.map(Gap::Skipped), lines: run(lines, first, count_max) }
    }

    /// At most `count_max` lines older than `before`, oldest first; and whether
    /// there are older ones still.
    pub(super) fn before(&self, before: Seq, count_max: usize) -> (Vec<Arc<Entry>>, bool) {
        let end = self.first_place(before);
        newest(self.kept.range(..end).map(|kept| &kept.entry), count_max, false)
    }

    /// Where the line of this number is.
    fn place(&self, seq: Seq) -> Option<usize> {
        let place = self.first_place(seq);
        self.kept.get(place).is_some_and(|kept| kept.entry.seq == seq).then_some(place)
    }

    /// Where the first line is that has this number or a higher one.
    fn first_place(&self, seq: Seq) -> usize {
        self.kept.partition_point(|kept| kept.entry.seq < seq)
    }

    fn forget_oldest(&mut self) {
        let Some(Kept { entry, author, .. }) = self.kept.pop_front() else { return };
        self.has_forgotten = true;
        self.bytes -= weight(&entry);
        if let Some(id) = &entry.id {
            self.ids.remove(&(author, id.clone()));
        }
    }
}
