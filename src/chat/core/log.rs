//! The lines of a room, or the private messages of a person, as far as they are in memory. Each
//! line has a number. If there are too many lines or bytes, the oldest lines are dropped.
//!
//! Owns: the numbers, and which lines are in memory.
//! Must not know: which clients receive the lines.
//!
//! Part: `chat/core/mod.rs`.

pub(crate) mod gaps;

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use gaps::{MissingNumbers, SeenAndLost};

use super::chunks::{Chunk, newest, run, weight};
use super::ids::{Ids, used_id};
use super::people::Author;
use crate::base::limits;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seen, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, SkipRange};
use crate::chat::record::Before;

/// The newest lines of one log.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Log {
    epoch: Epoch,
    /// The lines in memory, oldest first.
    ring: VecDeque<InMemory>,
    entries_max: usize,
    bytes: usize,
    /// The newest number; 0 if there is none.
    head: Seq,
    /// Numbers up to `head` that no line has.
    missing: MissingNumbers,
    /// Whether older lines than those in memory were dropped from memory, or are in the history's
    /// file.
    has_forgotten: bool,
    ids: Ids,
}

#[derive(Debug, Serialize, Deserialize)]
struct InMemory {
    entry: Arc<Entry>,
    author: Author,
}

impl Log {
    /// Makes an empty log that keeps at most `entries_max` lines in memory.
    pub(super) fn new(epoch: Epoch, entries_max: usize) -> Self {
        let (ring, missing) = (VecDeque::new(), MissingNumbers::default());
        let ids = Ids::new(limits::LOG_IDS_MAX);
        let (bytes, head, has_forgotten) = (0, Seq(0), false);
        Self { epoch, ring, entries_max, bytes, head, missing, has_forgotten, ids }
    }

    /// Makes a log from what the history's file has. `lines` are the newest lines, oldest first;
    /// `before` says whether the file has older lines. `skipped` are the numbers that earlier runs
    /// of the server have skipped. All numbers up to `head` are taken. Those without a line count
    /// as lost lines.
    pub(super) fn restored(
        epoch: Epoch,
        entries_max: usize,
        lines: Vec<(Author, Arc<Entry>)>,
        (before, skipped): (Before, Vec<SkipRange>),
        head: Seq,
        bytes_max: usize,
    ) -> Self {
        let missing = MissingNumbers::of(skipped);
        let mut log = Self { missing, ..Self::new(epoch, entries_max) };
        let first = lines.first().map_or(head.next(), |(_, line)| line.seq);
        let before_first = Seq(first.0.saturating_sub(1));
        log.has_forgotten = before == Before::OlderLines;
        log.head = match before {
            Before::OlderLines => before_first,
            // `thrown_away` is the highest number of a deleted line. Lines with lower numbers may
            // still exist, because the history does not always delete lines in the order of their
            // numbers.
            Before::Nothing { thrown_away } => thrown_away.min(before_first),
        };
        for (author, entry) in lines {
            log.skip_to(entry.seq);
            log.add(author, entry, bytes_max);
        }
        log.skip_to(head.next());
        log
    }

    /// Returns the log with the ids of older lines added. The log then remembers at most as many
    /// ids as `older` may hold.
    pub(super) fn with_older_ids(self, older: Ids) -> Self {
        Self { ids: older.followed_by(&self.ids), ..self }
    }

    /// Makes `next` the number that the next line gets. All numbers before it that no line has
    /// count as lost lines.
    fn skip_to(&mut self, next: Seq) {
        let first = self.head.next();
        if first < next {
            let last = Seq(next.0 - 1);
            self.missing.miss(first, last);
            self.head = last;
        }
    }

    /// Skips these numbers, which no line has. The next line gets a number after them.
    pub(super) fn skip(&mut self, skip: SkipRange) {
        assert!(skip.first == self.head.next(), "all before them are known");
        self.head = skip.last;
        self.missing.skip(skip);
    }

    /// Returns the numbers up to the newest one that no line has.
    pub(crate) fn missing(&self) -> &MissingNumbers {
        &self.missing
    }

    /// Returns whether no line has this number.
    pub(crate) fn skips(&self, seq: Seq) -> bool {
        self.missing.at(seq).is_some()
    }

    /// Returns which lines a client may have seen that the log has lost, if the last number that
    /// the client saw is `seq`. `None`: none, as far as is known.
    pub(super) fn lost_since(&self, seq: Seq, sizes: &Sizes) -> Option<SeenAndLost> {
        self.missing.lost(seq, self.head, sizes)
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns whether older lines than those in memory were dropped from memory, or are in the
    /// history's file.
    pub(crate) fn has_forgotten(&self) -> bool {
        self.has_forgotten
    }

    /// Returns the newest number; 0 if the log has had no line.
    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// Returns the epoch and the newest number: the position of a client that has seen all lines.
    pub(super) fn all(&self) -> Seen {
        Seen { epoch: self.epoch, seq: self.head }
    }

    /// Returns when the hub accepted the newest line in memory; `None`: memory has no line.
    pub(super) fn newest_at(&self) -> Option<UnixMillis> {
        self.ring.back().map(|it| it.entry.at)
    }

    /// Returns the number of the oldest line in memory; if memory has none, the number that the
    /// next line gets.
    pub(crate) fn oldest(&self) -> Seq {
        self.ring.front().map_or_else(|| self.head.next(), |it| it.entry.seq)
    }

    /// Returns a number: the log remembers the ids of all later lines, but ids of lines up to this
    /// number may be forgotten.
    pub(super) fn ids_behind(&self) -> Seq {
        self.ids.behind()
    }

    /// Returns the number of the oldest of the newest `count` lines in memory; if memory has none,
    /// the number that the next line gets.
    pub(super) fn newest(&self, count: u64) -> Seq {
        let place = self.ring.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        self.ring.get(place).map_or_else(|| self.head.next(), |it| it.entry.seq)
    }

    /// Returns about how many bytes the log's lines take in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a line, which must have the next number. Drops the oldest lines while there are too
    /// many lines or bytes, but never the newest line.
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

    /// Drops the oldest lines while there are too many lines or bytes. The newest line always
    /// stays.
    pub(super) fn shrink(&mut self, bytes_max: usize) {
        while self.ring.len() > self.entries_max || (self.bytes > bytes_max && self.ring.len() > 1)
        {
            self.forget_oldest();
        }
    }

    /// Gives all lines of the author `from` to the author `into`, who may then change them. If
    /// `into` sends one of them again, the log recognizes the repetition.
    pub(super) fn change_author(&mut self, from: Author, into: Author) {
        for it in self.ring.iter_mut().filter(|it| it.author == from) {
            it.author = into;
            let mut entry = Entry::clone(&it.entry);
            entry.by.whose = AuthorTag::of(into.person());
            it.entry = Arc::new(entry);
        }
        self.ids.change_author(from, into);
    }

    /// Returns the line with this number; `None` if it is not in memory.
    pub(crate) fn line(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.place(seq).map(|place| &self.ring[place].entry)
    }

    /// Returns the number of the line that `author` has sent with this id, and when the hub
    /// accepted the line. `None`: there is none, or its id is forgotten.
    pub(super) fn said_before(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        self.ids.find(author, id)
    }

    /// Returns whether any author has sent a line with this id.
    pub(super) fn has_id(&self, id: &MessageId) -> bool {
        self.ids.has(id)
    }

    /// Returns whether `author` may change this line: it is their own message, in memory, and not
    /// deleted.
    pub(super) fn is_changeable_by(&self, author: Author, seq: Seq) -> bool {
        let it = self.place(seq).and_then(|place| self.ring.get(place));
        it.is_some_and(|it| {
            it.author == author && matches!(it.entry.what, EntryKind::Said(_) | EntryKind::Acted(_))
        })
    }

    /// Returns the number of the newest line that `author` may change; `None`: there is none in
    /// memory.
    pub(super) fn last_of(&self, author: Author) -> Option<Seq> {
        let own = |it: &&InMemory| {
            it.author == author && matches!(it.entry.what, EntryKind::Said(_) | EntryKind::Acted(_))
        };
        self.ring.iter().rev().find(own).map(|it| it.entry.seq)
    }

    /// Returns the newest private message in memory to or from a person who had this name, or a
    /// name that looks like it, when the message was sent.
    pub(super) fn last_with(&self, name: &Name) -> Option<&Entry> {
        let is_it = |line: &&Entry| {
            line.exchanged_with().is_some_and(|other| other.skeleton() == name.skeleton())
        };
        self.ring.iter().rev().map(|it| &*it.entry).find(is_it)
    }

    /// Applies an edit or a deletion to the lines in memory, so that no client receives the old
    /// text later.
    pub(super) fn change(&mut self, change: &EntryKind) {
        for it in &mut self.ring {
            if let Some(what) = it.entry.what.changed_by(it.entry.seq, change) {
                self.bytes -= weight(&it.entry);
                it.entry = Arc::new(Entry { what, ..Entry::clone(&it.entry) });
                self.bytes += weight(&it.entry);
            }
        }
    }

    /// Returns the numbers of all lines in memory.
    pub(crate) fn numbers_in_memory(&self) -> impl Iterator<Item = Seq> {
        self.ring.iter().map(|it| it.entry.seq)
    }

    /// Returns the line with this number and its author; `None` if it is not in memory.
    pub(crate) fn whose(&self, seq: Seq) -> Option<(Author, &Arc<Entry>)> {
        let it = self.place(seq).and_then(|place| self.ring.get(place))?;
        Some((it.author, &it.entry))
    }

    /// Forgets the id of the line with this number, because the line is lost. Then the line's
    /// author can send it again.
    pub(super) fn forget_id(&mut self, seq: Seq) {
        self.ids.forget(seq);
    }

    /// Forgets the ids of all lines that are not in memory. The caller calls this when the
    /// history's file does not have these lines either.
    pub(super) fn forget_older_ids(&mut self) {
        self.ids.forget_before(self.oldest());
    }

    /// Returns the next lines from `from` on, at most `count_max`. `from` must be the number of a
    /// line in memory, or a number that has no line.
    pub(crate) fn chunk(&self, from: Seq, count_max: usize) -> Chunk {
        let gap = self.missing.at(from);
        let first = gap.map_or(from, |gap| gap.last().next());
        let lines = self.ring.range(self.first_place(first)..).map(|it| &it.entry);
        Chunk { gap, lines: run(lines, first, count_max) }
    }

    /// Returns the newest lines with a number below `before`, oldest first: at most `count_max`,
    /// and only as many as fit into one answer. The second value says whether memory has older
    /// lines than these.
    pub(crate) fn before(&self, before: Seq, count_max: usize) -> (Vec<Arc<Entry>>, bool) {
        let end = self.first_place(before);
        newest(self.ring.range(..end).map(|it| &it.entry), count_max, false)
    }

    /// Returns the index in memory of the line with this number.
    fn place(&self, seq: Seq) -> Option<usize> {
        let place = self.first_place(seq);
        self.ring.get(place).is_some_and(|it| it.entry.seq == seq).then_some(place)
    }

    /// Returns the index in memory of the first line with this number or a higher one.
    fn first_place(&self, seq: Seq) -> usize {
        self.ring.partition_point(|it| it.entry.seq < seq)
    }

    /// Drops all lines up to and including the one with this number. Also forgets which numbers up
    /// to this one had no line.
    pub(super) fn forget_to(&mut self, last: Seq) {
        self.missing.forget_to(last);
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
