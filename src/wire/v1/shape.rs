//! The shapes of what a client of `threadbare.v1` is told, as JSON has them.
//! `docs/PROTOCOL.md` has an example of each, and the tests hold what is sent
//! against `docs/protocol.schema.json`.
//!
//! Owns: the names of the fields.
//! Must not know: what anything means.
//!
//! Next: `hub/mod.rs`.

use std::ops::Not;

use serde::Serialize;

/// Numbers of a log in a row.
#[derive(Serialize)]
pub(super) struct Span {
    /// The first of them.
    pub(super) from: u64,
    /// The last of them.
    pub(super) to: u64,
    /// Nobody knows how many of them were lines.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) maybe: bool,
}

/// One text. Numbers are plain, times are milliseconds since 1970.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Line<'a> {
    Welcome(Welcome<'a>),
    Message(Logged<'a>),
    Me(Logged<'a>),
    Edit(Logged<'a>),
    Delete(Logged<'a>),
    Topic(Logged<'a>),
    Private(Logged<'a>),
    Sent {
        room: Option<&'a str>,
        id: Option<&'a str>,
        seq: u64,
        time: u64,
        /// Whoever a private message is for was not here.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        away: bool,
    },
    Refused(Refusal<'a>),
    Error {
        room: Option<&'a str>,
        id: Option<&'a str>,
        reason: &'a str,
        text: &'a str,
        /// Of a name that cannot be: which rule it breaks ...
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'static str>,
        /// ... and the sign or the number in that rule.
        #[serde(skip_serializing_if = "Option::is_none")]
        what: Option<String>,
        /// Milliseconds after which the same would be looked at.
        #[serde(skip_serializing_if = "Option::is_none")]
        wait: Option<u128>,
    },
    Joined(Joined<'a>),
    Left {
        room: &'a str,
    },
    Rooms {
        rooms: Vec<RoomLine<'a>>,
        more: bool,
    },
    Who {
        room: &'a str,
        names: Vec<&'a str>,
        people: usize,
    },
    History {
        room: Option<&'a str>,
        lines: Vec<Line<'a>>,
        more: bool,
        /// Numbers among them whose lines are lost.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lost: Vec<Span>,
    },
    Found {
        room: Option<&'a str>,
        lines: Vec<Line<'a>>,
        /// The `before` of the next question, if there may be older ones.
        #[serde(skip_serializing_if = "Option::is_none")]
        next: Option<u64>,
    },
    Behind {
        room: Option<&'a str>,
    },
    CaughtUp {
        room: Option<&'a str>,
        seq: u64,
    },
    TooOld {
        room: Option<&'a str>,
        from: u64,
        to: u64,
    },
    NotKept {
        room: Option<&'a str>,
        from: u64,
        to: u64,
        /// How many lines had one of these numbers, where some had none.
        #[serde(skip_serializing_if = "Option::is_none")]
        lines: Option<u64>,
        #[serde(skip_serializing_if = "Not::not")]
        damaged: bool,
    },
    Skipped {
        room: Option<&'a str>,
        from: u64,
        to: u64,
        #[serde(skip_serializing_if = "Not::not")]
        damaged: bool,
    },
    Keeping {
        kept: bool,
        reason: &'a str,
    },
    Presence {
        room: &'a str,
        name: &'a str,
        here: bool,
        people: usize,
    },
    Renamed {
        from: &'a str,
        to: &'a str,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        secret: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    Set {
        room: &'a str,
        hidden: bool,
        locked: bool,
    },
    Session {
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    Typing {
        room: &'a str,
        name: &'a str,
    },
    Bye {
        reason: &'a str,
    },
}

/// Who one is, and what one may.
#[derive(Serialize)]
pub(super) struct Welcome<'a> {
    pub(super) version: u32,
    pub(super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    pub(super) token: String,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kept_for: Option<u64>,
    pub(super) server: &'a str,
    pub(super) limits: Limits,
}

/// What one hears about a room on coming in.
#[derive(Serialize)]
pub(super) struct Joined<'a> {
    /// `None`: private messages.
    pub(super) room: Option<&'a str>,
    pub(super) epoch: String,
    pub(super) seq: u64,
    pub(super) from: u64,
    pub(super) topic: &'a str,
    pub(super) people: usize,
    pub(super) hidden: bool,
    pub(super) locked: bool,
}

/// What did not happen.
#[derive(Serialize)]
pub(super) struct Refusal<'a> {
    pub(super) room: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) reason: &'a str,
    pub(super) text: String,
    /// Milliseconds after which the same would be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wait: Option<u128>,
    /// The text that was not taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<&'a str>,
}

/// A line of a log.
#[derive(Serialize)]
pub(super) struct Logged<'a> {
    /// `None`: private messages.
    pub(super) room: Option<&'a str>,
    pub(super) seq: u64,
    pub(super) time: u64,
    pub(super) from: &'a str,
    /// Whom a private message is to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<&'a str>,
    /// The reader has said it: of a private message, and of what was said before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) own: bool,
    /// A client of the classic format, which has no name of its own choice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) classic: bool,
    /// What goes with the name's secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    /// Which line is edited or deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
}

/// The bounds that a client should know before it meets them.
#[derive(Serialize)]
pub(super) struct Limits {
    /// Bytes of a message's text.
    pub(super) text: usize,
    /// Bytes of a topic.
    pub(super) topic: usize,
    /// Characters of a name.
    pub(super) name: usize,
    /// Rooms at once.
    pub(super) rooms: usize,
    /// Lines of one piece of history.
    pub(super) history: usize,
}

#[derive(Serialize)]
pub(super) struct RoomLine<'a> {
    pub(super) room: &'a str,
    pub(super) topic: &'a str,
    pub(super) people: usize,
    pub(super) locked: bool,
}
