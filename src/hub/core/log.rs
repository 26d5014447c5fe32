//! A room's log in memory: numbered, bounded, oldest out first.
//!
//! Owns: the numbers, what is kept, and which ids its authors have used.
//! Must not know: who is told.
//!
//! Next: `hub/core/people.rs`.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::people::Author;
use crate::chat::entry::{Entry, Epoch, MessageId, Seq, What};
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
    /// What authors called the lines that are kept.
    ids: HashMap<(Author, MessageId), Seq>,
}

#[derive(Debug)]
struct Kept {
    entry: Arc<Entry>,
    author: Author,
}

impl Log {
    /// An empty one that keeps at most `entries_max` lines.
    pub(super) fn new(epoch: Epoch, entries_max: usize) -> Self {
        let (kept, ids) = (VecDeque::new(), HashMap::new());
        Self { epoch, kept, entries_max, bytes: 0, head: Seq(0), ids }
    }

    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The newest number; 0 for none.
    pub(super) fn head(&self) -> Seq {
        self.head
    }

    /// The first number that is kept, or the next one that will be given.
    pub(super) fn oldest(&self) -> Seq {
        self.kept.front().map_or_else(|| self.head.next(), |kept| kept.entry.seq)
    }

    /// Keeps a line; its number must be the next one. The newest always stays.
    pub(super) fn add(&mut self, author: Author, entry: Arc<Entry>, bytes_max: usize) {
        assert_eq!(entry.seq, self.head.next(), "numbers have no gaps");
        self.head = entry.seq;
        self.bytes += weight(&entry);
        if let Some(id) = &entry.id {
            self.ids.insert((author, id.clone()), entry.seq);
        }
        self.kept.push_back(Kept { entry, author });
        self.shrink(bytes_max);
    }

    /// Forgets what is too much, oldest first.
    pub(super) fn shrink(&mut self, bytes_max: usize) {
        while self.kept.len() > self.entries_max || (self.bytes > bytes_max && self.kept.len() > 1)
        {
            self.forget_oldest();
        }
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

    /// Lets a kept line read otherwise, for whoever asks later: what is deleted
    /// must not be told again.
    fn rewrite(&mut self, seq: Seq, what: What) {
        let Some(kept) = self.place(seq).and_then(|place| self.kept.get_mut(place)) else { return };
        self.bytes -= weight(&kept.entry);
        let mut entry = Entry::clone(&kept.entry);
        entry.what = what;
        self.bytes += weight(&entry);
        kept.entry = Arc::new(entry);
    }

    /// Lets every line that has edited `of` read otherwise as well: it has the
    /// text in it that somebody took back.
    fn rewrite_edits(&mut self, of: Seq, what: &What) {
        let is_edit =
            |kept: &&Kept| matches!(kept.entry.what, What::Edited { of: its, .. } if its == of);
        let edits: Vec<_> = self.kept.iter().filter(is_edit).map(|kept| kept.entry.seq).collect();
        edits.into_iter().for_each(|seq| self.rewrite(seq, what.clone()));
    }

    /// A message is gone, and its edits with it.
    pub(super) fn unsay(&mut self, of: Seq) {
        self.rewrite(of, What::Deleted { of });
        self.rewrite_edits(of, &What::Deleted { of });
    }

    /// A message has another text, in the same manner, and its edits have it.
    pub(super) fn reword(&mut self, seq: Seq, text: &str) {
        let kept = self.place(seq).and_then(|place| self.kept.get(place));
        let what = match kept.map(|kept| &kept.entry.what) {
            Some(What::Acted(_)) => What::Acted(text.to_owned()),
            Some(What::Said(_)) => What::Said(text.to_owned()),
            _ => return,
        };
        self.rewrite(seq, what);
        self.rewrite_edits(seq, &What::Edited { of: seq, text: text.to_owned() });
    }

    /// Lines from `first` on, as many as one push to a client carries.
    pub(super) fn from(&self, first: Seq, count_max: usize) -> Vec<Arc<Entry>> {
        let Some(place) = self.place(first) else { return Vec::new() };
        let mut bytes = 0;
        let fits = |entry: &&Kept| {
            let starts = bytes;
            bytes += weight(&entry.entry);
            starts == 0 || bytes <= limits::PARCEL_BYTES_MAX
        };
        let lines = self.kept.range(place..).take(count_max.max(1)).take_while(fits);
        lines.map(|kept| Arc::clone(&kept.entry)).collect()
    }

    /// At most `count_max` lines older than `before`, oldest first; and whether
    /// there are older ones still.
    pub(super) fn before(&self, before: Seq, count_max: usize) -> (Vec<Arc<Entry>>, bool) {
        let end = usize::try_from(before.0.saturating_sub(self.oldest().0)).unwrap_or(usize::MAX);
        let end = end.min(self.kept.len());
        let mut bytes = 0;
        let fits = |kept: &&Kept| {
            bytes += weight(&kept.entry);
            bytes <= limits::PARCEL_BYTES_MAX
        };
        let count = self.kept.range(..end).rev().take(count_max).take_while(fits).count();
        // One line always fits, or its reader would never come past it.
        let count = if end > 0 && count_max > 0 { count.max(1) } else { 0 };
        let start = end - count;
        let lines = self.kept.range(start..end).map(|kept| Arc::clone(&kept.entry)).collect();
        (lines, start > 0)
    }

    fn place(&self, seq: Seq) -> Option<usize> {
        let place = usize::try_from(seq.0.checked_sub(self.oldest().0)?).ok()?;
        (place < self.kept.len()).then_some(place)
    }

    fn forget_oldest(&mut self) {
        let Some(Kept { entry, author }) = self.kept.pop_front() else { return };
        self.bytes -= weight(&entry);
        if let Some(id) = &entry.id {
            self.ids.remove(&(author, id.clone()));
        }
    }
}

/// About what a line costs in memory, in bytes, with its places in the maps.
fn weight(entry: &Entry) -> usize {
    2 * size_of::<Entry>()
        + entry.what.text().len()
        + entry.id.as_ref().map_or(0, |id| 3 * id.as_str().len())
}
