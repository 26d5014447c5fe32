//! The JSON shapes of what a client of `threadbare.v1` receives. `docs/PROTOCOL.md` has an example
//! of each, and the tests check what is sent against `docs/protocol.schema.json`.
//!
//! Owns: the names of the fields.
//! Must not know: what anything means.
//!
//! Part: `formats/v1/mod.rs`.

use std::collections::BTreeMap;
use std::ops::Not;

use serde::Serialize;

use super::shape_keeping::{ActJson, ChatJson, ChoiceJson, ReportJson, TimedJson};

#[derive(Serialize)]
pub(super) struct SpanJson {
    pub(super) from: u64,
    pub(super) to: u64,
    /// True if it is not certain that lines with these numbers are lost: damage may have destroyed
    /// some, and nobody knows how many.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) maybe: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// One JSON object that a client receives. Each `time` is in milliseconds since 1970.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum TextLine<'a> {
    /// The server's answer to a hello: who the client is, and the limits for what it sends.
    Welcome {
        version: u32,
        name: &'a str,
        /// The person's name before it, if it is kept for them.
        #[serde(skip_serializing_if = "Option::is_none")]
        former: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        mark: Option<String>,
        token: String,
        /// Set if the server reserves the client's name for a shorter time than usual after the
        /// person's last client has left: that time, in seconds.
        #[serde(skip_serializing_if = "Option::is_none")]
        kept_for: Option<u64>,
        /// The rooms in which the person is on other devices.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        rooms: Vec<&'a str>,
        time: u64,
        server: &'a str,
        limits: LimitsJson,
    },
    Message(Logged<'a>),
    Me(Logged<'a>),
    Edit(Logged<'a>),
    Delete(Logged<'a>),
    Topic(Logged<'a>),
    Pin(Logged<'a>),
    NewName(Logged<'a>),
    Private(Logged<'a>),
    /// Many lines are gone: those of a person who has left for good (`from` is `@removed`), or
    /// those that `from` has deleted, who looks after the room.
    Removed {
        room: Option<&'a str>,
        seq: u64,
        time: u64,
        from: &'a str,
        /// Of the lines with lower numbers than this one the server has not looked which were
        /// removed.
        before: u64,
        /// The numbers of the removed lines from `before` on.
        lines: Vec<u64>,
        /// True: all lines before this one are gone.
        #[serde(skip_serializing_if = "Not::not")]
        all: bool,
    },
    /// What the client's person is from now on.
    Role {
        role: &'a str,
    },
    /// What somebody who looks after a room has done in it.
    Acted {
        room: &'a str,
        action: &'a str,
        by: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        whom: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        choice: Option<u8>,
        #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        #[serde(skip_serializing_if = "str::is_empty")]
        reason: &'a str,
    },
    /// The answer to `room-state`. The lists of people other than the keepers are empty for a
    /// client that does not look after the room.
    RoomState {
        room: &'a str,
        frozen: bool,
        closed: bool,
        slow: u64,
        lesson: bool,
        #[serde(skip_serializing_if = "str::is_empty")]
        welcome: &'a str,
        keepers: Vec<&'a str>,
        hands: Vec<&'a str>,
        muted: Vec<TimedJson<'a>>,
        put_out: Vec<TimedJson<'a>>,
        banned: Vec<TimedJson<'a>>,
        admitted: Vec<&'a str>,
        waiting: Vec<&'a str>,
        reports: Vec<ReportJson<'a>>,
        record: Vec<ActJson<'a>>,
        /// For a host that asks about the lobby.
        #[serde(skip_serializing_if = "Option::is_none")]
        chat: Option<ChatJson<'a>>,
    },
    /// How a poll in a room stands.
    Poll {
        room: &'a str,
        /// "standing", "counted" or "ended".
        change: &'a str,
        question: &'a str,
        answers: Vec<ChoiceJson<'a>>,
        /// The answer that the client's person has chosen, counted from 1.
        #[serde(skip_serializing_if = "Option::is_none")]
        yours: Option<usize>,
    },
    /// Somebody waits to be admitted to a closed room.
    Waits {
        room: &'a str,
        name: &'a str,
    },
    /// The answer to `forget-me`.
    Forgotten {},
    Sent {
        room: Option<&'a str>,
        id: Option<&'a str>,
        seq: u64,
        time: u64,
        /// True if the message is a private one and its receiver is away.
        #[serde(skip_serializing_if = "Not::not")]
        away: bool,
    },
    Refused {
        room: Option<&'a str>,
        id: Option<&'a str>,
        reason: &'a str,
        text: String,
        /// The server's clock, if the client may have another idea of it (`as_of` of a private
        /// message).
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<u64>,
        /// True if the name that the client wants is another person's and has a secret, and the
        /// client sent none.
        #[serde(skip_serializing_if = "Not::not")]
        secret: bool,
        /// True if the name that the client wants is another person's former name, which is kept
        /// for that person.
        #[serde(skip_serializing_if = "Not::not")]
        former: bool,
        /// Set if the server cannot take the request yet, or if too many wrong passwords or secrets
        /// came from the client's network: the milliseconds after which the client may send the
        /// request again.
        #[serde(skip_serializing_if = "Option::is_none")]
        wait: Option<u128>,
        /// The text that the client sent, so that the person need not type it again; `None`: the
        /// server does not repeat it.
        #[serde(skip_serializing_if = "Option::is_none")]
        said: Option<&'a str>,
    },
    Error {
        room: Option<&'a str>,
        id: Option<&'a str>,
        reason: &'a str,
        text: &'a str,
        /// Set if a name is not valid, or if no secret stands after its `#`: a word for the rule
        /// that is broken.
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'static str>,
        /// For some of the words in `why`, what the word is about: a character that is not
        /// permitted, or the limit that the name exceeds.
        #[serde(skip_serializing_if = "Option::is_none")]
        what: Option<String>,
        /// Set if too many wrong passwords of the server came from the client's network: the
        /// milliseconds until the server checks another password.
        #[serde(skip_serializing_if = "Option::is_none")]
        wait: Option<u128>,
    },
    /// What a client receives about a log when it starts to receive the log's lines.
    Joined {
        /// The room; `None`: the log is that of the client's private messages.
        room: Option<&'a str>,
        epoch: String,
        seq: u64,
        from: u64,
        topic: &'a str,
        /// The pinned message, as its line.
        #[serde(skip_serializing_if = "Option::is_none")]
        pinned: Option<Box<TextLine<'a>>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        pinned_by: Option<&'a str>,
        /// True if the client may pin a message, because it has made the room.
        #[serde(skip_serializing_if = "Not::not")]
        maker: bool,
        /// How far the client's person has read the room, on any device.
        #[serde(skip_serializing_if = "Option::is_none")]
        read: Option<u64>,
        people: usize,
        hidden: bool,
        locked: bool,
        #[serde(skip_serializing_if = "Not::not")]
        frozen: bool,
        #[serde(skip_serializing_if = "Not::not")]
        closed: bool,
        /// In slow mode, the seconds between two messages of one person; 0: there is no slow mode.
        #[serde(skip_serializing_if = "is_zero")]
        slow: u64,
        /// True if there is a poll; a `poll` follows.
        #[serde(skip_serializing_if = "Not::not")]
        poll: bool,
        /// True while a lesson is on there.
        #[serde(skip_serializing_if = "Not::not")]
        lesson: bool,
        /// For how many seconds yet the client's person is muted there; 0: the person is not.
        #[serde(skip_serializing_if = "is_zero")]
        muted: u64,
        /// What people read who come to the room for the first time.
        #[serde(skip_serializing_if = "str::is_empty")]
        welcome: &'a str,
    },
    Left {
        room: &'a str,
    },
    Rooms {
        rooms: Vec<RoomJson<'a>>,
        more: bool,
    },
    /// One room of the list, which has changed; `hidden`: it is not in the list any more.
    Listed {
        #[serde(flatten)]
        line: RoomJson<'a>,
        hidden: bool,
    },
    EnteredElsewhere {
        room: &'a str,
    },
    SignedInElsewhere,
    Who {
        room: &'a str,
        names: Vec<&'a str>,
        people: usize,
        /// The people who are busy, each with the excuse.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        away: BTreeMap<&'a str, &'a str>,
        /// The people who look after the room; `hosts` are those of them who are hosts.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        keepers: Vec<&'a str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        hosts: Vec<&'a str>,
    },
    /// The answer to a `whois`.
    Person {
        name: &'a str,
        here: bool,
        /// The person's excuse; `None`: the person is not busy.
        #[serde(skip_serializing_if = "Option::is_none")]
        away: Option<&'a str>,
        /// When the person's last connection ended; `None`: the person is here.
        #[serde(skip_serializing_if = "Option::is_none")]
        seen: Option<u64>,
        /// The number of the line whose author this is; `None`: the client has asked for a name.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    /// A person is busy. `room` is `None` for the person's own client, and after a private message.
    Away {
        room: Option<&'a str>,
        name: &'a str,
        text: &'a str,
    },
    /// A person is busy no more.
    Back {
        room: Option<&'a str>,
        name: &'a str,
    },
    History {
        room: Option<&'a str>,
        lines: Vec<TextLine<'a>>,
        more: bool,
        /// The ranges of numbers near those of `lines` whose lines are lost, or may be lost.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lost: Vec<SpanJson>,
    },
    Found {
        room: Option<&'a str>,
        lines: Vec<TextLine<'a>>,
        /// If there may be older lines that match, the value for the field `before` of the next
        /// search; `None`: there are no older ones.
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
        /// The greatest number of lines that may be lost; `None`: as many as there are numbers from
        /// `from` to `to`.
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
        #[serde(skip_serializing_if = "Not::not")]
        secret: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<String>,
    },
    PrivateName {
        /// Always `None`: the name is about private messages.
        room: Option<&'a str>,
        /// The number that lines of private messages have for this person.
        with: u32,
        /// The person's present name.
        name: &'a str,
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
    Invite {
        room: &'a str,
        /// The token of the invite.
        token: String,
    },
    Device {
        /// The token of the link.
        token: String,
        /// How many seconds the link is worth something.
        lasts: u64,
    },
    /// The client's person has read the room so far, on another device.
    Read {
        /// `None`: the private messages with the person `with`.
        room: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        with: Option<u32>,
        epoch: String,
        seq: u64,
    },
    Typing {
        room: &'a str,
        name: &'a str,
    },
    Bye {
        reason: &'a str,
    },
}

#[derive(Serialize)]
pub(super) struct Logged<'a> {
    /// The room; `None`: the line is a private message.
    pub(super) room: Option<&'a str>,
    pub(super) seq: u64,
    pub(super) time: u64,
    pub(super) from: &'a str,
    /// The receiver of a private message; `None`: the line is no private message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) to: Option<&'a str>,
    /// The number of the other person of a private message; `None`: the line is no private message,
    /// or the server does not know that person any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) with: Option<u32>,
    /// True if the person who receives the line is its author. Always false for a new line of a
    /// room.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) own: bool,
    /// True if the author is a client of the classic format.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) classic: bool,
    /// The public mark of the author's secret. `None`: the author has no secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<&'a str>,
    /// If the line answers a message: the number of that message, in the same log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply: Option<u64>,
    /// If the line is a new one of a room, and answers a message: the present name of the person
    /// who wrote that message. `None`: the server does not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reply_to: Option<&'a str>,
    /// True if the line answers a message of the person who receives it. Always false for a new
    /// line.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) to_you: bool,
    /// If the line is an edit or a deletion: the number of the line that it edits or deletes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) of: Option<u64>,
    /// True if the line is a message whose author has edited it; `text` is the new text then.
    #[serde(skip_serializing_if = "Not::not")]
    pub(super) edited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct LimitsJson {
    /// The greatest length of a message's text, in bytes.
    pub(super) text: usize,
    /// The greatest length of a topic, in bytes.
    pub(super) topic: usize,
    /// The greatest length of a name, in characters.
    pub(super) name: usize,
    /// The greatest number of rooms in which a client may be at once.
    pub(super) rooms: usize,
    /// The greatest number of lines in one answer to a request for history.
    pub(super) history: usize,
}

#[derive(Serialize)]
pub(super) struct RoomJson<'a> {
    pub(super) room: &'a str,
    pub(super) topic: &'a str,
    pub(super) people: usize,
    pub(super) locked: bool,
}
