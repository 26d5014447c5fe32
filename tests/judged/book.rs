//! The book of what was said: one entry for each message, edit, deletion or topic of this test's
//! guests, with what the server told its sender about it.
//!
//! A text begins with `k7 ` and ends with ` e7`, where 7 is the entry's number. So every format
//! shows which message it carries, and the judge sees if a text was cut or mixed.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::harness::Rng;

/// The number of an entry of the book; 0 means none.
pub type Number = u32;
/// The number of a text that differs from what was said.
pub const GARBLED: Number = u32::MAX;
/// The number of a guest.
pub type GuestNumber = u32;

/// The log of a line: a room's, or the private messages of one guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Log {
    Room(u8),
    Private(GuestNumber),
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Say,
    Me,
    Topic,
    /// A new text for the message with this number.
    Edit(Number),
    /// The message with this number is deleted.
    Delete(Number),
    /// A private message for this guest.
    Private(GuestNumber),
}

/// What the sender knows of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No byte of it was sent.
    Unsaid,
    /// It is on its way, or its answer was lost.
    Open,
    /// The server called it sent, under this number if the format has numbers.
    Sent(Option<u64>),
    /// A client without numbers received its own message.
    Heard,
    /// The server refused it.
    Refused,
    /// A client without numbers stayed, and did not receive its own message.
    Ignored,
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub by: GuestNumber,
    /// Entries of one guest and one lane are in the log in the order of the book.
    pub lane: u32,
    pub room: u8,
    pub what: What,
    pub text: String,
    pub fate: Fate,
    /// How often it was sent.
    pub tries: u16,
    /// The server's life in which it was sent last.
    pub life: u16,
    /// The server's life in which it was called sent.
    pub sent_in: Option<u16>,
    /// It may come after later entries in the log: it was refused once, or its first request was
    /// cut and the result is unknown.
    pub is_loose: bool,
    /// When it was sent first, in milliseconds of the run.
    pub at: u32,
}

/// A guest, with what the judge must know of it.
#[derive(Clone, Debug, Default)]
pub struct Guest {
    /// The kind of client.
    pub kind: &'static str,
    /// The names that the server gave it; empty if the format has no names.
    pub names: BTreeSet<String>,
}

/// All entries, and all guests.
#[derive(Default)]
pub struct Book {
    entries: Vec<Entry>,
    pub guests: Vec<Guest>,
    /// Contradictions that the book noticed at once, for example two numbers for one message.
    pub odd: Vec<String>,
}

impl Book {
    pub fn new_guest(&mut self, kind: &'static str) -> GuestNumber {
        self.guests.push(Guest { kind, names: BTreeSet::new() });
        u32::try_from(self.guests.len() - 1).unwrap()
    }

    /// A new entry; its text is made of the number and `words`.
    pub fn write(&mut self, by: GuestNumber, room: u8, what: What, words: &str) -> Number {
        let number = u32::try_from(self.entries.len() + 1).unwrap();
        let text = format!("k{number} {words} e{number}");
        self.entries.push(Entry {
            by,
            lane: 0,
            room,
            what,
            text,
            fate: Fate::Unsaid,
            tries: 0,
            life: 0,
            sent_in: None,
            is_loose: false,
            at: 0,
        });
        number
    }

    pub fn get(&self, number: Number) -> Option<&Entry> {
        let place = usize::try_from(number).unwrap().checked_sub(1)?;
        self.entries.get(place)
    }

    pub fn entry(&mut self, number: Number) -> &mut Entry {
        &mut self.entries[usize::try_from(number).unwrap() - 1]
    }

    pub fn all(&self) -> impl Iterator<Item = (Number, &Entry)> {
        (1..).zip(&self.entries)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The message that this entry is, or that it changes.
    pub fn root(&self, number: Number) -> Number {
        match self.get(number).map(|entry| entry.what) {
            Some(What::Edit(of) | What::Delete(of)) => of,
            _ => number,
        }
    }

    /// The logs in which the entry must be.
    pub fn logs(&self, number: Number) -> Vec<Log> {
        let Some(entry) = self.get(number) else { return Vec::new() };
        match entry.what {
            What::Private(to) => vec![Log::Private(entry.by), Log::Private(to)],
            _ => vec![Log::Room(entry.room)],
        }
    }

    /// A guest sends the entry now, in this life of the server.
    pub fn is_sent_out(&mut self, number: Number, (at, life, lane): (u32, u16, u32)) {
        let entry = self.entry(number);
        if entry.tries == 0 {
            (entry.at, entry.lane) = (at, lane);
        }
        entry.tries += 1;
        entry.life = life;
        if entry.fate == Fate::Unsaid {
            entry.fate = Fate::Open;
        }
    }

    /// The server called the entry sent, in this life.
    pub fn is_called_sent(&mut self, number: Number, seq: Option<u64>, life: u16) {
        let entry = self.entry(number);
        entry.sent_in.get_or_insert(life);
        match (entry.fate, seq) {
            (Fate::Sent(Some(before)), Some(now)) if before != now => {
                self.odd.push(format!("k{number} was called sent as {before} and as {now}"));
            }
            (Fate::Sent(Some(_)), _) => {}
            _ => entry.fate = Fate::Sent(seq),
        }
    }

    /// The server refused the entry. If it was also sent before and perhaps accepted then, its
    /// result stays open.
    pub fn is_refused(&mut self, number: Number) {
        let entry = self.entry(number);
        if entry.fate == Fate::Open {
            entry.fate = if entry.tries <= 1 { Fate::Refused } else { Fate::Open };
        }
    }

    /// A description of this entry, as evidence.
    pub fn told(&self, number: Number) -> String {
        let Some(entry) = self.get(number) else { return format!("k{number} (nobody said it)") };
        let kind = self.guests[usize::try_from(entry.by).unwrap()].kind;
        let Entry { by, room, what, fate, tries, at, life, sent_in, .. } = entry;
        let mut told = format!(
            "k{number} {what:?} by guest {by} ({kind}) in room {room}, {fate:?} in life \
             {sent_in:?}, sent {tries} times, first at {at} ms, last in life {life}"
        );
        if entry.is_loose {
            write!(told, ", its place is not promised").unwrap();
        }
        told
    }
}

/// Finds a message of the book in what a format shows: the place where its text begins, and its
/// number, or [`GARBLED`] if its end does not fit its beginning.
pub fn find(shown: &str) -> Option<(usize, Number)> {
    let mut place = 0;
    for word in shown.split(' ') {
        if let Some(number) = mark('k', word) {
            let end = shown.rsplit(' ').find_map(|word| mark('e', word));
            let fits = end == Some(number) && shown.ends_with(|last: char| last.is_ascii_digit());
            return Some((place, if fits { number } else { GARBLED }));
        }
        place += word.len() + 1;
    }
    None
}

fn mark(letter: char, word: &str) -> Option<Number> {
    let digits = word.strip_prefix(letter)?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

/// A text like people's: mostly a line, sometimes a page, with signs that formats have to escape.
pub fn words(rng: &mut Rng) -> String {
    const WORDS: [&str; 24] = [
        "soup",
        "is",
        "ready",
        "who",
        "has",
        "the",
        "key",
        "of",
        "kitchen?",
        "今天",
        "有面包",
        "ça",
        "va",
        "<b>bold</b>",
        "a&amp;b",
        "\"quoted\"",
        "it's",
        "🎉",
        "мир",
        "100%",
        "a+b=c",
        "see",
        "you",
        "at_noon",
    ];
    let count = match rng.below(100) {
        0 => 300 + rng.below(200),
        1..=9 => 30 + rng.below(60),
        _ => 1 + rng.below(12),
    };
    let word = |_| WORDS[usize::try_from(rng.below(24)).unwrap()];
    (0..count).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{GARBLED, find};

    #[test]
    fn a_message_is_found_in_what_is_shown_and_a_torn_one_is_seen() {
        assert_eq!(find("k7 soup e7"), Some((0, 7)));
        assert_eq!(find("Ann: k7 soup is e5 ready e7"), Some((5, 7)));
        assert_eq!(find("* Ann joined"), None);
        for torn in ["Ann: k7 soup is", "k7 soup e8", "k7 soup e7 and more", "k7 soup e"] {
            assert_eq!(find(torn).unwrap().1, GARBLED, "{torn}");
        }
    }
}
