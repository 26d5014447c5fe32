//! A log in memory: numbered, bounded, oldest out first.
//!
//! Owns: the numbers, and what is in memory.
//! Must not know: who is told.
//!
//! Next: `chat/core/pieces.rs`.

pub(crate) mod holes;

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use holes::{Holes, Lost};

use super::ids::{Ids, used_id};
use super::people::Author;
use super::pieces::{Piece, newest, run, weight};
use crate::chat::entry::{Entry, Epoch, MessageId, Seen, Seq, UnixMillis, What, Whose};
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, Skip};
use crate::chat::record::Before;
use crate::limits;

/// The newest lines of one room.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Log {
    epoch: Epoch,
    /// The newest of them, oldest first.
    ring: VecDeque<InMemory>,
    entries_max: usize,
    bytes: usize,
    /// The newest number; 0 for none.
    head: Seq,
    /// Numbers that no line has.
    holes: Holes,
    /// There were lines before those that are in memory.
    has_forgotten: bool,
    ids: Ids,
}

#[derive(Debug, Serialize, Deserialize)]
struct InMemory {
    entry: Arc<Entry>,
    author: Author,
}

impl Log {
    /// An empty one that has at most `entries_max` lines in memory.
    pub(super) fn new(epoch: Epoch, entries_max: usize) -> Self {
        let (ring, holes) = (VecDeque::new(), Holes::default());
        let ids = Ids::new(limits::LOG_IDS_MAX);
        let (bytes, head, has_forgotten) = (0, Seq(0), false);
        Self { epoch, ring, entries_max, bytes, head, holes, has_forgotten, ids }
    }

    /// As it was kept: `lines` are the newest, oldest first, and before them there is
    /// nothing, or what `before` says; lives before this one have skipped some numbers.
    /// Those up to `head` may have been given to lines that are not among them.
    pub(super) fn restored(
        epoch: Epoch,
        entries_max: usize,
        lines: Vec<(Author, Arc<Entry>)>,
        (before, skipped): (Before, Vec<Skip>),
        head: Seq,
        bytes_max: usize,
    ) -> Self {
        let mut log = Self { holes: Holes::of(skipped), ..Self::new(epoch, entries_max) };
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

    /// It has these ids, too, of lines before its own; and at most as many as they may be.
    pub(super) fn with_older_ids(self, older: Ids) -> Self {
        Self { ids: older.followed_by(&self.ids), ..self }
    }

    /// The next number is this one; the lines of those before it are lost.
    fn skip_to(&mut self, next: Seq) {
        let first = self.head.next();
        if first < next {
            let last = Seq(next.0 - 1);
            self.holes.miss(first, last);
            self.head = last;
        }
    }

    /// The log goes on behind these numbers, which were never given.
    pub(super) fn skip(&mut self, skip: Skip) {
        assert!(skip.first == self.head.next(), "all before them are known");
        self.head = skip.last;
        self.holes.skip(skip);
    }

    /// What lives have skipped.
    pub(crate) fn holes(&self) -> &Holes {
        &self.holes
    }

    /// Whether no line has this number.
    pub(crate) fn skips(&self, seq: Seq) -> bool {
        self.holes.at(seq).is_some()
    }

    /// What did not survive of what somebody has seen whose last number was `seq`.
    pub(super) fn lost_since(&self, seq: Seq, sizes: &Sizes) -> Option<Lost> {
        self.holes.lost(seq, self.head, sizes)
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether there were lines before those that are in memory.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.has_forgotten
    }

    /// The newest number; 0 for none.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// What somebody has seen who has missed nothing.
    pub(super) fn all(&self) -> Seen {
        Seen { epoch: self.epoch, seq: self.head }
    }

    /// When the newest line was taken.
    pub(super) fn newest_at(&self) -> Option<UnixMillis> {
        self.ring.back().map(|it| it.entry.at)
    }

    /// The first number that is in memory, or the next one that will be given.
    pub(crate) fn oldest(&self) -> Seq {
        self.ring.front().map_or_else(|| self.head.next(), |it| it.entry.seq)
    }

    /// Of lines behind this number it is known what their authors called them.
    pub(super) fn ids_behind(&self) -> Seq {
        self.ids.behind()
    }

    /// The number of the oldest of the newest `count` lines, or the next one.
    pub(super) fn newest(&self, count: u64) -> Seq {
        let place = self.ring.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        self.ring.get(place).map_or_else(|| self.head.next(), |it| it.entry.seq)
    }

    /// About what its lines take in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes a line in; its number must be the next one. The newest always stays.
    pub(super) fn add(&mut self, author: Author, entry: Arc<Entry>, bytes_max: usize) {
        assert!(entry.seq == self.head.next() || self.ring.is_empty(), "numbers have no gaps");
        self.head = entry.seq;
        self.bytes += weight(&entry);
        if let Some(used) = used_id(author, &entry) {
            self.ids.add(used);
        }
        self.ring.push_back(InMemory { entry, author });
        self.shrink(bytes_max);
    }

    /// Forgets what is too much, oldest first.
    pub(super) fn shrink(&mut self, bytes_max: usize) {
        while self.ring.len() > self.entries_max || (self.bytes > bytes_max && self.ring.len() > 1)
        {
            self.forget_oldest();
        }
    }

    /// What `from` has said is `into`'s, to change it and to say it again.
    pub(super) fn turn(&mut self, from: Author, into: Author) {
        for it in self.ring.iter_mut().filter(|it| it.author == from) {
            it.author = into;
            let mut entry = Entry::clone(&it.entry);
            entry.by.whose = Whose::of(into.person());
            it.entry = Arc::new(entry);
        }
        self.ids.turn(from, into);
    }

    /// The line of this number, while it is in memory.
    pub(crate) fn line(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.place(seq).map(|place| &self.ring[place].entry)
    }

    /// Which line `author` has called so, and when it was taken.
    pub(super) fn said_before(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        self.ids.find(author, id)
    }

    /// Whether anybody has called a line so.
    pub(super) fn has_id(&self, id: &MessageId) -> bool {
        self.ids.has(id)
    }

    /// Whether `author` may change this line: it is a message of theirs and not
    /// gone.
    pub(super) fn is_changeable_by(&self, author: Author, seq: Seq) -> bool {
        let it = self.place(seq).and_then(|place| self.ring.get(place));
        it.is_some_and(|it| {
            it.author == author && matches!(it.entry.what, What::Said(_) | What::Acted(_))
        })
    }

    /// The newest line that `author` may change.
    pub(super) fn last_of(&self, author: Author) -> Option<Seq> {
        let own = |it: &&InMemory| {
            it.author == author && matches!(it.entry.what, What::Said(_) | What::Acted(_))
        };
        self.ring.iter().rev().find(own).map(|it| it.entry.seq)
    }

    /// The newest private message in memory that was exchanged with whoever was called so then.
    pub(super) fn last_with(&self, name: &Name) -> Option<&Entry> {
        let is_it = |line: &&Entry| {
            line.exchanged_with().is_some_and(|other| other.skeleton() == name.skeleton())
        };
        self.ring.iter().rev().map(|it| &*it.entry).find(is_it)
    }

    /// Lets what is in memory read as it does now, for whoever asks later: what was
    /// taken back must not be told again.
    pub(super) fn change(&mut self, change: &What) {
        for it in &mut self.ring {
            if let Some(what) = it.entry.what.changed_by(it.entry.seq, change) {
                self.bytes -= weight(&it.entry);
                it.entry = Arc::new(Entry { what, ..Entry::clone(&it.entry) });
                self.bytes += weight(&it.entry);
            }
        }
    }

    /// The numbers of all lines that are in memory.
    pub(crate) fn numbers_in_memory(&self) -> impl Iterator<Item = Seq> {
        self.ring.iter().map(|it| it.entry.seq)
    }

    /// The line of this number, and whose it is, while it is in memory.
    pub(crate) fn whose(&self, seq: Seq) -> Option<(Author, &Arc<Entry>)> {
        let it = self.place(seq).and_then(|place| self.ring.get(place))?;
        Some((it.author, &it.entry))
    }

    /// The line of this number is nowhere any more: what is not called sent is said anew.
    pub(super) fn forget_id(&mut self, seq: Seq) {
        self.ids.forget(seq);
    }

    /// What memory has not is nowhere.
    pub(super) fn forget_older_ids(&mut self) {
        self.ids.forget_before(self.oldest());
    }

    /// What comes next from `from` on, which is in memory or in no file either.
    pub(crate) fn piece(&self, from: Seq, count_max: usize) -> Piece {
        let gap = self.holes.at(from);
        let first = gap.map_or(from, |gap| gap.last().next());
        let lines = self.ring.range(self.first_place(first)..).map(|it| &it.entry);
        Piece { gap, lines: run(lines, first, count_max) }
    }

    /// At most `count_max` lines older than `before`, oldest first; and whether
    /// there are older ones still.
    pub(crate) fn before(&self, before: Seq, count_max: usize) -> (Vec<Arc<Entry>>, bool) {
        let end = self.first_place(before);
        newest(self.ring.range(..end).map(|it| &it.entry), count_max, false)
    }

    /// Where the line of this number is.
    fn place(&self, seq: Seq) -> Option<usize> {
        let place = self.first_place(seq);
        self.ring.get(place).is_some_and(|it| it.entry.seq == seq).then_some(place)
    }

    /// Where the first line is that has this number or a higher one.
    fn first_place(&self, seq: Seq) -> usize {
        self.ring.partition_point(|it| it.entry.seq < seq)
    }

    /// Forgets all lines up to this number.
    pub(super) fn forget_to(&mut self, last: Seq) {
        self.holes.forget_to(last);
        while self.ring.front().is_some_and(|it| it.entry.seq <= last) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(InMemory { entry, .. }) = self.ring.pop_front() else { return };
        self.has_forgotten = true;
        self.bytes -= weight(&entry);
    }
}
