//! What a server sends in `threadbare.v1`, as parsed values: replies, notices, and lines of a log.
//!
//! Owns: the shapes of their JSON, as in `docs/PROTOCOL.md`. A frame of an unknown type becomes
//! [`FromServer::Unknown`]; an unknown field is ignored.
//! Must not know: what a frame changes in the conversation.
//!
//! Part: `console/v1/mod.rs`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// One of the logs that this client follows. In JSON it is the room's name or `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum LogKey {
    Room(String),
    /// The log of our private messages. It has an epoch and numbers of its own, like a room's log.
    #[default]
    Private,
}

/// The words for a log in a note to a person.
impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Room(name) => name,
            Self::Private => "private",
        })
    }
}

/// One frame from the server, or one line inside a `history` or `found` frame.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum FromServer {
    Welcome {
        name: String,
        token: String,
        /// The number of seconds for which the server reserves our name after our last client has
        /// left, if that is shorter than usual; `None`: the usual time.
        kept_for: Option<u64>,
        /// The server's clock, in milliseconds since 1970; `None`: an older server does not say it.
        time: Option<u64>,
        limits: HeardLimits,
    },
    Joined {
        #[serde(default, rename = "room")]
        log: LogKey,
        epoch: String,
        /// The number of the log's newest line.
        seq: u64,
        from: u64,
        #[serde(default)]
        topic: String,
        /// The pinned message, as its line; `None`: no message is pinned.
        pinned: Option<Box<FromServer>>,
        #[serde(default)]
        people: usize,
        #[serde(default)]
        hidden: bool,
        #[serde(default)]
        locked: bool,
        /// True if we have made the room.
        #[serde(default)]
        maker: bool,
        /// What people read who come to the room for the first time.
        #[serde(default)]
        welcome: String,
    },
    Left {
        room: String,
    },
    Message(HeardEntry),
    Me(HeardEntry),
    Edit(HeardEntry),
    Delete(HeardEntry),
    Topic(HeardEntry),
    Pin(HeardEntry),
    NewName(HeardEntry),
    Private(Private),
    /// Many lines of this log are gone: a person has left for good, or `from`, who looks after the
    /// room, has deleted those of one person, or `all`.
    Removed {
        #[serde(default, rename = "room")]
        log: LogKey,
        seq: u64,
        #[serde(default)]
        from: String,
        #[serde(default)]
        all: bool,
    },
    /// All our messages and our name are removed.
    Forgotten,
    Sent {
        id: Option<String>,
        /// The number of the message in its log.
        seq: Option<u64>,
        /// True if the message is private and its receiver is away.
        #[serde(default)]
        away: bool,
    },
    Refused(HeardRefusal),
    Error(HeardRefusal),
    Rooms {
        rooms: Vec<HeardRoom>,
        #[serde(default)]
        more: bool,
    },
    Who {
        room: String,
        names: Vec<String>,
        people: usize,
        /// The people who are busy, each with the excuse.
        #[serde(default)]
        away: BTreeMap<String, String>,
    },
    Away {
        name: String,
        text: String,
    },
    Back {
        name: String,
    },
    Person {
        name: String,
        away: Option<String>,
        /// When the person's last connection ended, in milliseconds since 1970; `None`: the person
        /// is here.
        seen: Option<u64>,
    },
    History {
        #[serde(default, rename = "room")]
        log: LogKey,
        lines: Vec<FromServer>,
        #[serde(default)]
        more: bool,
    },
    Found {
        #[serde(default, rename = "room")]
        log: LogKey,
        lines: Vec<FromServer>,
        next: Option<u64>,
    },
    Behind {
        #[serde(default, rename = "room")]
        log: LogKey,
    },
    CaughtUp {
        #[serde(default, rename = "room")]
        log: LogKey,
        seq: u64,
    },
    TooOld(HeardSpan),
    NotKept(HeardSpan),
    Skipped(HeardSpan),
    Keeping {
        kept: bool,
        #[serde(default)]
        reason: String,
    },
    Presence {
        room: String,
        name: String,
        here: bool,
    },
    Renamed {
        from: String,
        to: String,
        /// True if the name has a new secret; the server says so only to clients of that person.
        #[serde(default)]
        secret: bool,
        /// Our new token, if we have become another person or have given our name a new secret.
        token: Option<String>,
    },
    /// With a token: the new token that shall replace ours. Without one: the server's answer to our
    /// request `session`.
    Session {
        token: Option<String>,
    },
    Set {
        room: String,
        hidden: bool,
        locked: bool,
    },
    Acted {
        room: String,
        action: String,
        by: String,
        whom: Option<String>,
        seq: Option<u64>,
        choice: Option<u8>,
        #[serde(rename = "for")]
        seconds: Option<u64>,
        #[serde(default)]
        reason: String,
    },
    RoomState(HeardState),
    /// How a poll in a room stands.
    Poll {
        room: String,
        change: String,
        question: String,
        answers: Vec<HeardChoice>,
        yours: Option<usize>,
    },
    /// Somebody waits to be admitted to a closed room that we look after.
    Waits {
        room: String,
        name: String,
    },
    Role {
        role: String,
    },
    Invite {
        room: String,
        /// The token of the invite.
        token: String,
    },
    Bye {
        reason: String,
    },
    /// A frame of a type that this client does not use, such as a notice that a person is typing.
    #[serde(other)]
    Unknown,
}

/// What holds in a room.
#[derive(Debug, Deserialize)]
pub(super) struct HeardState {
    pub(super) room: String,
    pub(super) frozen: bool,
    pub(super) closed: bool,
    /// In slow mode, the seconds between two messages of one person; 0: there is no slow mode.
    pub(super) slow: u64,
    /// Whether a lesson is on. An older server has none.
    #[serde(default)]
    pub(super) lesson: bool,
    #[serde(default)]
    pub(super) welcome: String,
    pub(super) keepers: Vec<String>,
    #[serde(default)]
    pub(super) hands: Vec<String>,
    pub(super) muted: Vec<HeardTimed>,
    pub(super) put_out: Vec<HeardTimed>,
    pub(super) banned: Vec<HeardTimed>,
    pub(super) admitted: Vec<String>,
    pub(super) waiting: Vec<String>,
    #[serde(default)]
    pub(super) reports: Vec<HeardReport>,
    pub(super) record: Vec<HeardAct>,
    /// What holds in the whole chat, for a host that asks about the lobby.
    pub(super) chat: Option<HeardChat>,
}

/// What holds in the whole chat.
#[derive(Debug, Deserialize)]
pub(super) struct HeardChat {
    pub(super) hosts: Vec<String>,
    pub(super) blocked: Vec<HeardTimed>,
    pub(super) rooms: Vec<HeardWatched>,
    #[serde(default)]
    pub(super) people: Vec<String>,
    pub(super) record: Vec<HeardAct>,
}

/// A room in the list that hosts see.
#[derive(Debug, Deserialize)]
pub(super) struct HeardWatched {
    pub(super) room: String,
    pub(super) people: usize,
    pub(super) reports: usize,
    pub(super) waiting: usize,
}

/// An action that a room remembers.
#[derive(Debug, Deserialize)]
pub(super) struct HeardAct {
    /// In the record of the whole chat, the room.
    #[serde(default)]
    pub(super) room: String,
    pub(super) time: u64,
    pub(super) by: String,
    pub(super) action: String,
    pub(super) whom: Option<String>,
    pub(super) seq: Option<u64>,
    #[serde(rename = "for")]
    pub(super) seconds: Option<u64>,
    #[serde(default)]
    pub(super) reason: String,
}

/// An answer of a poll.
#[derive(Debug, Deserialize)]
pub(super) struct HeardChoice {
    pub(super) text: String,
    pub(super) votes: usize,
}

/// A message that somebody has reported.
#[derive(Debug, Deserialize)]
pub(super) struct HeardReport {
    pub(super) seq: u64,
    pub(super) time: u64,
    pub(super) by: String,
    pub(super) people: usize,
    #[serde(default)]
    pub(super) reason: String,
    pub(super) from: Option<String>,
    #[serde(default)]
    pub(super) text: String,
}

/// A person for whom something holds for so many seconds yet.
#[derive(Debug, Deserialize)]
pub(super) struct HeardTimed {
    pub(super) name: String,
    #[serde(rename = "for")]
    pub(super) seconds: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeardLimits {
    /// The server's limit on a message's text, in bytes.
    pub(super) text: usize,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeardEntry {
    /// Empty for a private message whose author has removed it: its `room` is `null`.
    #[serde(deserialize_with = "room_or_nothing")]
    pub(super) room: String,
    pub(super) seq: u64,
    /// When the line was said, in milliseconds since 1970.
    #[serde(default)]
    pub(super) time: u64,
    pub(super) from: String,
    /// True in an older line if we are its author, even if we had another name then. The server
    /// does not set it in new lines.
    #[serde(default)]
    pub(super) own: bool,
    pub(super) mark: Option<String>,
    pub(super) id: Option<String>,
    /// The number of the message that this one answers; `None`: it answers none.
    pub(super) reply: Option<u64>,
    pub(super) of: Option<u64>,
    /// True if the author edited the message before we received it; `text` is the new text.
    #[serde(default)]
    pub(super) edited: bool,
    #[serde(default)]
    pub(super) text: String,
    /// The new name, if the line is about one.
    #[serde(default)]
    pub(super) to: String,
}

fn room_or_nothing<'de, D: Deserializer<'de>>(json: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(json)?.unwrap_or_default())
}

/// A private message, as its sender and its receiver get it.
#[derive(Debug, Deserialize)]
pub(super) struct Private {
    #[serde(default)]
    pub(super) seq: u64,
    /// When the message was said, in milliseconds since 1970.
    #[serde(default)]
    pub(super) time: u64,
    pub(super) from: String,
    #[serde(default)]
    pub(super) to: String,
    /// True if we wrote the message, even if we had another name then.
    #[serde(default)]
    pub(super) own: bool,
    pub(super) mark: Option<String>,
    pub(super) id: Option<String>,
    /// The number, in our log of private messages, of the message that this one answers; `None`: it
    /// answers none.
    pub(super) reply: Option<u64>,
    pub(super) text: String,
}

/// The answer to a request that the server refused or did not understand.
#[derive(Debug, Deserialize)]
pub(super) struct HeardRefusal {
    pub(super) room: Option<String>,
    pub(super) id: Option<String>,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) text: String,
    /// True if a password would give us the refused name.
    #[serde(default)]
    pub(super) secret: bool,
    /// How many milliseconds later the client may send the refused request again; `None`: the
    /// server names no time.
    pub(super) wait: Option<u64>,
    /// The server's clock, if we may have another idea of it.
    pub(super) time: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeardRoom {
    pub(super) room: String,
    #[serde(default)]
    pub(super) topic: String,
    #[serde(default)]
    pub(super) people: usize,
    #[serde(default)]
    pub(super) locked: bool,
}

/// A range of numbers in a log, both ends included.
#[derive(Debug, Deserialize)]
pub(super) struct HeardSpan {
    #[serde(default, rename = "room")]
    pub(super) log: LogKey,
    pub(super) from: u64,
    pub(super) to: u64,
    /// In a `not-kept`: the greatest number of lines that may be lost, if that is not the count of
    /// the numbers. `None` in all other cases.
    pub(super) lines: Option<u64>,
}

impl FromServer {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::FromServer;

    #[test]
    fn what_is_not_known_is_nothing() {
        let unknown =
            FromServer::parse(r#"{"type": "typing", "room": "lobby", "name": "Bo"}"#).unwrap();
        assert!(matches!(unknown, FromServer::Unknown));
        let later = r#"{"type": "left", "room": "lobby", "why": {"of": "a later server"}}"#;
        assert!(
            matches!(FromServer::parse(later).unwrap(), FromServer::Left { room } if room == "lobby")
        );
        FromServer::parse("hello").unwrap_err();
        FromServer::parse(r#"{"type": "left"}"#).unwrap_err();
    }

    #[test]
    fn a_history_has_lines_in_it() {
        let text = r#"{"type": "history", "room": "lobby", "more": true, "lines": [
            {"type": "message", "room": "lobby", "seq": 1, "time": 5, "from": "Bo", "text": "a"},
            {"type": "delete", "room": "lobby", "seq": 2, "time": 6, "from": "Bo", "of": 1}]}"#;
        let FromServer::History { lines, more: true, .. } = FromServer::parse(text).unwrap() else {
            panic!()
        };
        assert!(matches!(&lines[..], [FromServer::Message(one), FromServer::Delete(two)]
            if one.text == "a" && two.of == Some(1)));
    }
}
