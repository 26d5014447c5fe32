//! What one client was shown of one log, in order.

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
    /// 0 if the format has no numbers.
    pub seq: u64,
    /// The entry of the book, by the id that its sender gave it; 0 if the format has no ids.
    pub id: Number,
    /// The entry whose text it has; 0 for none.
    pub text: Number,
}

/// Why a client was told that lines are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    TooOld,
    Skipped,
    NotKept,
}

/// What happened to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The client asked to join, and said how far it had come: the epoch of the log and a number.
    Asked(Option<(u64, u64)>),
    /// The client was let in: the epoch of the log, the newest number, the first number that comes.
    Joined {
        epoch: u64,
        seq: u64,
        from: u64,
    },
    Line(Shown),
    /// The reason, and the first and last number.
    Gone(Why, u64, u64),
    CaughtUp(u64),
}

/// One event, and when it happened.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// In milliseconds of the run.
    pub at: u32,
    /// The life of the server.
    pub life: u16,
    pub event: Event,
}

/// What a format promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `threadbare.v1` in all its ways: each number, or a note that it is gone. After a cut it
    /// resumes where it was.
    Numbered,
    /// A page without an end: all lines with their numbers, over one connection, except changes
    /// that the changed line shows already, and what was deleted before.
    Rows,
    /// One page: a contiguous part of the log, each line in its present version, newest first.
    Page,
    /// Texts without numbers, over one connection: everything that can be shown as text, in the
    /// log's order.
    Words,
}

/// What one client was shown of one log: for a numbered client over all of its connections, for any
/// other one over one connection.
#[derive(Clone, Debug)]
pub struct View {
    pub guest: GuestNumber,
    pub log: Log,
    pub form: Form,
    pub moments: Vec<Moment>,
    /// When the client was in and began to hear.
    pub opened: u32,
    /// When its connection ended, or it left; `None`: it heard until the end of the run.
    pub closed: Option<u32>,
    /// The client stopped reading for a while.
    pub was_deaf: bool,
    /// The view must have this message: its sender was shown this page after the form.
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
