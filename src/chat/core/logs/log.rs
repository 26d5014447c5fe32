//! The lines of a room, or the private messages of a person, as far as they are in memory. Each
//! line has a number. If memory has too many lines or bytes of a log, the oldest lines are dropped
//! from memory.
//!
//! Owns: the numbers, and which lines are in memory.
//! Must not know: which clients receive the lines.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::chunks::{Chunk, newest, unbroken_run, weight};
use super::gaps::{MissingNumbers, SeenAndLost};
use super::ids::{Ids, used_id};
use crate::base::{limits, wall_clock::is_set};
use crate::chat::answer::Answer;
use crate::chat::core::people::Author;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seen, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, SkipRange};
use crate::chat::record::{Before, CorrectedTimes, UsedId};
use crate::chat::removed_lines::{RemovedLines, RemovedOf};

/// The newest lines of one log.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Log {
    name: LogName,
    epoch: Epoch,
    bounds: LogBounds,
    /// The lines in memory, oldest first.
    ring: VecDeque<InMemory>,
    bytes: usize,
    /// The highest number that was given to a line or skipped. 0: no number was.
    head: Seq,
    /// The numbers up to `head` of which it is known that no line has them.
    missing: MissingNumbers,
    /// True if there may be lines that are older than those in memory: they were dropped from
    /// memory, or are in the history's file.
    has_forgotten: bool,
    /// The lowest number that this run of the server can have given to a line.
    run_begins: Seq,
    ids: Ids,
}

/// Three limits for one log: how many lines, how many bytes of lines, and how many message ids
/// memory keeps.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct LogBounds {
    lines: usize,
    bytes: usize,
    ids: usize,
}

#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct InMemory {
    entry: Arc<Entry>,
    author: Author,
}

impl InMemory {
    fn is_changeable_by(&self, author: Author) -> bool {
        self.author == author && self.entry.what.is_message()
    }
}

impl LogBounds {
    pub(crate) const PRIVATE: Self = Self {
        lines: limits::PRIVATE_LOG_ENTRIES_MAX,
        bytes: limits::PRIVATE_LOG_BYTES_MAX,
        ids: limits::PRIVATE_LOG_IDS_MAX,
    };

    pub(crate) fn of_room(lines: usize) -> Self {
        Self { lines, bytes: limits::ROOM_LOG_BYTES_MAX, ids: limits::ROOM_LOG_IDS_MAX }
    }
}

impl Log {
    pub(crate) fn new(name: LogName, epoch: Epoch, bounds: LogBounds) -> Self {
        Self {
            name,
            epoch,
            bounds,
            ring: VecDeque::new(),
            bytes: 0,
            head: Seq(0),
            missing: MissingNumbers::default(),
            has_forgotten: false,
            run_begins: Seq(1),
            ids: Ids::new(bounds.ids),
        }
    }

    /// Returns this empty log with the message ids of lines that are not in memory, oldest first.
    /// Ids of lines up to the number `behind` may be missing.
    pub(super) fn with_older_ids(self, ids: Vec<UsedId>, behind: Seq) -> Self {
        Self { ids: Ids::restored(self.bounds.ids, ids, behind), ..self }
    }

    /// Returns this empty log with what the history's file has. `lines` are the newest lines,
    /// oldest first; `before` says whether the file has older lines; `skipped` are the numbers that
    /// earlier runs of the server have skipped; `head` is the highest number that is taken. If a
    /// number above that of the first of these lines has no line and was not skipped, its line
    /// counts as lost.
    pub(crate) fn with_lines(
        self,
        lines: Vec<(Author, Arc<Entry>)>,
        before: Before,
        skipped: Vec<SkipRange>,
        head: Seq,
    ) -> Self {
        let mut log = Self { missing: MissingNumbers::of(skipped), ..self };
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
            log.add(author, entry);
        }
        log.skip_to(head.next());
        log.run_begins = head.next();
        log
    }

    /// Leaves out all numbers below `next` that were not given yet. They count as the numbers of
    /// lost lines, except those that were skipped.
    fn skip_to(&mut self, next: Seq) {
        let first = self.head.next();
        if first < next {
            let last = Seq(next.0 - 1);
            self.missing.miss(first, last);
            self.head = last;
        }
    }

    /// Skips the numbers of this range, so that no line gets them. The range must begin with the
    /// number that the next line would get.
    pub(crate) fn skip(&mut self, skip: SkipRange) {
        assert!(skip.first == self.head.next(), "all before them are known");
        self.head = skip.last;
        self.missing.skip(skip);
    }

    pub(crate) fn missing(&self) -> &MissingNumbers {
        &self.missing
    }

    /// Returns whether the log has noted this number as skipped or lost. False does not mean that a
    /// line has it: it is also false for a number that no line has got yet.
    pub(crate) fn skips(&self, seq: Seq) -> bool {
        self.missing.at(seq).is_some()
    }

    /// Returns the number of the first line to send to a client that has seen the log up to `seen`.
    /// A client that has seen no line of the log's present epoch gets only some of the newest
    /// lines. If lines that the client may have seen are lost, the second value is a notice for the
    /// client about these lines.
    pub(crate) fn first_missed(&self, seen: Option<Seen>, sizes: &Sizes) -> (Seq, Option<Answer>) {
        let Some(seen) = seen.filter(|seen| seen.epoch == self.epoch) else {
            return (self.newest(limits::BACKLOG_SHOWN), None);
        };
        let Some(lost) = self.missing.lost(seen.seq, self.head, sizes) else {
            return (seen.seq.next(), None);
        };
        let SeenAndLost { from, lines, damaged } = lost;
        let log = self.name.clone();
        (from, Some(Answer::NotKept { log, from, to: seen.seq, lines, damaged }))
    }

    pub(crate) fn name(&self) -> &LogName {
        &self.name
    }

    pub(crate) fn epoch(&self) -> Epoch {
        self.epoch
    }

    pub(crate) fn has_forgotten(&self) -> bool {
        self.has_forgotten
    }

    pub(crate) fn head(&self) -> Seq {
        self.head
    }

    /// Returns the epoch and the newest number: the position of a client that has seen all lines.
    pub(crate) fn all(&self) -> Seen {
        Seen { epoch: self.epoch, seq: self.head }
    }

    /// Returns when the core accepted the newest line in memory; `None`: memory has no line.
    pub(crate) fn newest_at(&self) -> Option<UnixMillis> {
        self.ring.back().map(|line| line.entry.at)
    }

    /// Returns the number of the newest line in memory that the core accepted before `time`; if
    /// there is none, the number before the oldest line in memory.
    pub(crate) fn newest_before(&self, time: UnixMillis) -> Seq {
        let older = self.ring.iter().rev().find(|line| line.entry.at < time);
        older.map_or_else(|| Seq(self.oldest().0.saturating_sub(1)), |line| line.entry.seq)
    }

    /// Returns the number of the oldest line in memory; if memory has none, the number that the
    /// next line gets.
    pub(crate) fn oldest(&self) -> Seq {
        self.ring.front().map_or_else(|| self.head.next(), |line| line.entry.seq)
    }

    /// Returns the highest number of a line whose id the log may have forgotten.
    pub(crate) fn ids_behind(&self) -> Seq {
        self.ids.behind()
    }

    /// Of the newest `count` lines in memory, returns the number of the oldest one; if memory has
    /// no line, the number that the next line gets.
    fn newest(&self, count: u64) -> Seq {
        let index = self.ring.len().saturating_sub(usize::try_from(count).unwrap_or(usize::MAX));
        self.ring.get(index).map_or_else(|| self.head.next(), |line| line.entry.seq)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a line, which must have the number after `head`, unless memory has no line. Drops the
    /// oldest lines while there are too many lines or bytes, but never the newest line.
    pub(crate) fn add(&mut self, author: Author, entry: Arc<Entry>) {
        assert!(
            entry.seq == self.head.next() || self.ring.is_empty(),
            "only `skip` leaves numbers out"
        );
        self.head = entry.seq;
        self.bytes += weight(&entry);
        if let Some(used) = used_id(author, &entry) {
            self.ids.add(used);
        }
        self.ring.push_back(InMemory { entry, author });
        self.shrink(self.bounds.bytes);
    }

    /// Drops the oldest lines while there are more lines than the log's limit, or more than
    /// `bytes_max` bytes. The newest line always stays.
    pub(super) fn shrink(&mut self, bytes_max: usize) {
        while self.ring.len() > self.bounds.lines || (self.bytes > bytes_max && self.ring.len() > 1)
        {
            self.forget_oldest();
        }
    }

    /// Makes `into` the author of all lines of `from` in memory, and of all message ids of `from`.
    pub(super) fn change_author(&mut self, from: Author, into: Author) {
        let (tag_before, tag) = (AuthorTag::of(from.person()), AuthorTag::of(into.person()));
        for line in &mut self.ring {
            let is_reply = tag_before != AuthorTag::default()
                && line.entry.reply_to.as_ref().is_some_and(|it| it.whose == tag_before);
            if line.author != from && !is_reply {
                continue;
            }
            let mut entry = Entry::clone(&line.entry);
            if line.author == from {
                line.author = into;
                entry.by.whose = tag;
                if let EntryKind::Private { with, own: false, .. } = &mut entry.what {
                    *with = tag;
                }
            }
            if let Some(replied_to) = entry.reply_to.as_mut().filter(|_| is_reply) {
                replied_to.whose = tag;
            }
            line.entry = Arc::new(entry);
        }
        self.ids.change_author(from, into);
    }

    /// Adds `late` milliseconds to the time of each line of this run that was said while the
    /// machine's clock was not set. Returns what the history must correct; `None`: this run has
    /// added no line.
    pub(super) fn correct_times(&mut self, late: u64) -> Option<CorrectedTimes> {
        let from = self.run_begins;
        for line in &mut self.ring {
            if line.entry.seq >= from && !is_set(line.entry.at) {
                let at = line.entry.at.later(late);
                line.entry = Arc::new(Entry { at, ..Entry::clone(&line.entry) });
            }
        }
        self.ids.correct_times(from, late);
        (self.head >= from).then_some(CorrectedTimes { epoch: self.epoch, from, late })
    }

    /// Returns whether memory has lines of this author, or knows message ids of the author.
    pub(super) fn has_lines_of(&self, author: Author) -> bool {
        self.ids.has_any_of(author) || self.ring.iter().any(|line| line.author == author)
    }

    /// Removes the text and the author of all lines of this author in memory, and forgets the
    /// author's message ids. Lines of other people that reply to such a line do not name its author
    /// any more; nor do those that reply to a line that is not in memory, because it may be the
    /// author's. Returns the numbers of the removed lines, with `pinned`, the author's line that is
    /// pinned, even if it is not in memory.
    pub(super) fn remove_lines_of(&mut self, author: Author, pinned: Option<Seq>) -> RemovedLines {
        let before = self.oldest();
        let mut lines: Vec<_> = pinned.into_iter().filter(|seq| *seq < before).collect();
        for line in &mut self.ring {
            let reply_to = line.entry.reply_to.as_ref().map(|reply_to| reply_to.seq);
            let entry = if line.author == author {
                lines.push(line.entry.seq);
                line.entry.removed()
            } else if reply_to.is_some_and(|to| to < before || lines.binary_search(&to).is_ok()) {
                line.entry.without_name_replied_to()
            } else {
                continue;
            };
            self.bytes = self.bytes + weight(&entry) - weight(&line.entry);
            line.entry = Arc::new(entry);
            line.author = if line.author == author { Author::Nobody } else { line.author };
        }
        self.ids.forget_author(author);
        RemovedLines { before, lines: lines.into(), of: RemovedOf::Leaver }
    }

    /// Deletes all messages of this author that are in memory. The author stays their author, as in
    /// a message that is deleted alone. Returns which lines these were. If a message of the author
    /// that is not in memory is pinned, `pinned` is its number, and it counts as one of them.
    pub(crate) fn delete_all_of(&mut self, author: Author, pinned: Option<Seq>) -> RemovedLines {
        let before = self.oldest();
        let mut lines: Vec<_> = pinned.into_iter().filter(|seq| *seq < before).collect();
        for line in self.ring.iter_mut().filter(|line| line.author == author) {
            let Some(deleted) = line.entry.deleted() else { continue };
            lines.push(deleted.seq);
            self.bytes = self.bytes + weight(&deleted) - weight(&line.entry);
            line.entry = Arc::new(deleted);
        }
        let of = RemovedOf::Author(AuthorTag::of(author.person()));
        RemovedLines { before, lines: lines.into(), of }
    }

    /// Drops all lines from memory for good. Returns what the line that says so must say. The ids
    /// of the messages stay: whoever sends one again must not bring it back.
    pub(crate) fn delete_everything(&mut self) -> RemovedLines {
        self.forget_to(self.head);
        RemovedLines { before: self.head.next(), lines: [].into(), of: RemovedOf::Everybody }
    }

    /// Returns the author of the newest line in memory whose author had this name then; `None`:
    /// there is no such line. The person may be no person of the chat any more.
    pub(crate) fn newest_called(&self, name: &Name) -> Option<Author> {
        let by = |line: &&InMemory| line.entry.by.name.skeleton() == name.skeleton();
        self.ring.iter().rev().find(by).map(|line| line.author)
    }

    /// Returns the line with this number; `None` if it is not in memory.
    pub(crate) fn line(&self, seq: Seq) -> Option<&Arc<Entry>> {
        self.in_memory(seq).map(|line| &line.entry)
    }

    /// Returns the number of the line that `author` has sent with this id, and when the core
    /// accepted the line. `None`: there is no such line, or the log has forgotten its id.
    pub(crate) fn said_before(&self, author: Author, id: &MessageId) -> Option<(Seq, UnixMillis)> {
        self.ids.find(author, id)
    }

    /// Returns whether the log remembers a line with this id, of any author.
    pub(crate) fn has_id(&self, id: &MessageId) -> bool {
        self.ids.has(id)
    }

    /// Returns whether `author` may edit or delete this line: it is their message, in memory.
    pub(crate) fn is_changeable_by(&self, author: Author, seq: Seq) -> bool {
        self.author_of_message(seq) == Some(author)
    }

    /// Returns who has written this message; `None`: memory has no such message.
    pub(crate) fn author_of_message(&self, seq: Seq) -> Option<Author> {
        self.in_memory(seq).filter(|it| it.entry.what.is_message()).map(|it| it.author)
    }

    /// Returns the number of the newest line that `author` may edit or delete, if it is in memory.
    pub(crate) fn last_of(&self, author: Author) -> Option<Seq> {
        let found = self.ring.iter().rev().find(|line| line.is_changeable_by(author));
        found.map(|line| line.entry.seq)
    }

    /// Returns the number of the newest message of others than `author`, if it is in memory.
    pub(super) fn newest_of_others(&self, author: Author) -> Option<Seq> {
        let is_it = |line: &&InMemory| line.author != author && line.entry.what.is_message();
        self.ring.iter().rev().find(is_it).map(|line| line.entry.seq)
    }

    /// Returns the newest private message in memory that the log's owner exchanged with the person
    /// who had this name then, or a name that looks like it.
    pub(crate) fn last_with(&self, name: &Name) -> Option<&Entry> {
        let is_it = |line: &&Entry| {
            line.exchanged_with().is_some_and(|other| other.skeleton() == name.skeleton())
        };
        self.ring.iter().rev().map(|line| &*line.entry).find(is_it)
    }

    /// Returns the people with whom the log's owner has exchanged the private messages in memory,
    /// each with the name that the person had in the newest of them.
    pub(crate) fn correspondents(&self) -> BTreeMap<AuthorTag, &Name> {
        let lines = self.ring.iter().map(|line| &*line.entry);
        lines.filter_map(|line| Some((line.correspondent()?, line.exchanged_with()?))).collect()
    }

    /// Returns whether memory has a private message that the log's owner has exchanged with this
    /// person.
    pub(crate) fn has_exchanged_with(&self, with: AuthorTag) -> bool {
        self.ring.iter().rev().any(|line| line.entry.correspondent() == Some(with))
    }

    /// Applies an edit or a deletion to the lines in memory, so that the log does not have the old
    /// text any more.
    pub(crate) fn change(&mut self, change: &EntryKind) {
        for line in &mut self.ring {
            if let Some(changed) = line.entry.changed_by(change) {
                self.bytes -= weight(&line.entry);
                line.entry = Arc::new(changed);
                self.bytes += weight(&line.entry);
            }
        }
    }

    pub(crate) fn numbers_in_memory(&self) -> impl Iterator<Item = Seq> {
        self.ring.iter().map(|line| line.entry.seq)
    }

    pub(crate) fn whose(&self, seq: Seq) -> Option<(Author, &Arc<Entry>)> {
        self.in_memory(seq).map(|line| (line.author, &line.entry))
    }

    pub(super) fn forget_id(&mut self, seq: Seq) {
        self.ids.forget(seq);
    }

    /// Forgets the ids of all lines that are not in memory. The caller must know that these lines
    /// are lost from the history's file.
    pub(super) fn forget_older_ids(&mut self) {
        self.ids.forget_before(self.oldest());
    }

    /// Returns the piece of the log that begins with the number `from`: missing numbers, and at
    /// most `count_max` lines. `from` must not be lower than the number of the oldest line in
    /// memory, unless it is known that no line has the number.
    pub(crate) fn chunk(&self, from: Seq, count_max: usize) -> Chunk {
        let gap = self.missing.at(from);
        let first = gap.map_or(from, |gap| gap.last().next());
        let lines = self.ring.range(self.first_index(first)..).map(|line| &line.entry);
        Chunk { gap, lines: unbroken_run(lines, first, count_max) }
    }

    /// Returns the newest lines in memory with a number below `before`, oldest first: at most
    /// `count_max`, and only as many as fit into one answer. The second value says whether memory
    /// has older lines than these.
    pub(crate) fn before(&self, before: Seq, count_max: usize) -> (Vec<Arc<Entry>>, bool) {
        let end = self.first_index(before);
        newest(self.ring.range(..end).map(|line| &line.entry), count_max, false)
    }

    /// Returns all lines in memory with a number below `before`, oldest first. They need not fit
    /// into one answer to a client.
    pub(crate) fn all_before(&self, before: Seq) -> Vec<Arc<Entry>> {
        let end = self.first_index(before);
        self.ring.range(..end).map(|line| Arc::clone(&line.entry)).collect()
    }

    fn in_memory(&self, seq: Seq) -> Option<&InMemory> {
        self.ring.get(self.first_index(seq)).filter(|line| line.entry.seq == seq)
    }

    fn first_index(&self, seq: Seq) -> usize {
        self.ring.partition_point(|line| line.entry.seq < seq)
    }

    /// Drops all lines up to the number `last` from memory. Also forgets missing numbers up to
    /// `last`, as [`MissingNumbers::forget_to`] does.
    pub(super) fn forget_to(&mut self, last: Seq) {
        self.missing.forget_to(last);
        while self.ring.front().is_some_and(|line| line.entry.seq <= last) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let Some(InMemory { entry, .. }) = self.ring.pop_front() else { return };
        self.has_forgotten = true;
        self.bytes -= weight(&entry);
    }
}
