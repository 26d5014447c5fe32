//! What one client was shown of one log, as it came.
//!
//! Next: `judge/mod.rs`.

use super::book::{GuestNumber, Log, Number};

/// What kind of line was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Said,
    Acted,
    Edited,
    Deleted,
    Topic,
    Private,
}

/// A line that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub kind: Kind,
    /// 0 where the format tells none.
    pub seq: u64,
    /// Which entry of the book the line is, by the id that its sender gave it; 0 where the
    /// format tells none.
    pub id: Number,
    /// The entry whose text it has; 0 for none.
    pub text: Number,
}

/// Why a client was told that numbers are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    TooOld,
    Skipped,
    NotKept,
}

/// What happened to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It asked to come in, and said how far it was told: life of the log and number.
    Asked(Option<(u64, u64)>),
    /// It was let in: the life of the log, the newest number, the first that comes.
    Joined {
        epoch: u64,
        seq: u64,
        from: u64,
    },
    Line(Shown),
    /// From and to.
    Gone(Why, u64, u64),
    CaughtUp(u64),
}

/// One of them, and when.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds of the run.
    pub at: u32,
    /// Which life of the server.
    pub life: u16,
    pub event: Event,
}

/// What a format promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `threadbare.v1` in all its ways: each number, or that it is gone; over lines that
    /// are cut, it goes on where it was.
    Numbered,
    /// A page without an end: all lines with their numbers, over one line.
    Rows,
    /// One page: lines that stand together, each as it reads now, newest first.
    Page,
    /// Texts without numbers, over one line: all that can be shown as text, in the log's
    /// order.
    Words,
}

/// What one client was shown of one log: a numbered one over all of its lines, any other
/// one over one line.
#[derive(Clone, Debug)]
pub struct View {
    pub guest: GuestNumber,
    pub log: Log,
    pub form: Form,
    pub moments: Vec<Moment>,
    /// When the client was in and heard.
    pub opened: u32,
    /// When its line ended, or it left; `None`: it heard until the end of the run.
    pub closed: Option<u32>,
    /// It stopped reading for a while.
    pub was_deaf: bool,
    /// It must have this message: its sender was shown the page behind it.
    pub must_have: Number,
}

impl View {
    pub fn new(guest: GuestNumber, log: Log, form: Form, opened: u32) -> Self {
        let (moments, closed, was_deaf, must_have) = (Vec::new(), None, false, 0);
        Self { guest, log, form, moments, opened, closed, was_deaf, must_have }
    }

    /// The lines that were shown.
    pub fn lines(&self) -> impl DoubleEndedIterator<Item = (&Moment, Shown)> {
        self.moments.iter().filter_map(|moment| match moment.event {
            Event::Line(shown) => Some((moment, shown)),
            _ => None,
        })
    }
}
