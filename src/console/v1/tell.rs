//! What a client of `threadbare.v1` is told, out of JSON.
//!
//! Owns: the shapes of the lines, as `docs/PROTOCOL.md` has them. A type that is
//! not known is [`Tell::Unknown`], a field that is not known is nothing.
//! Must not know: what a line changes.
//!
//! Next: `console/v1/place.rs`.

use serde::{Deserialize, Deserializer};

/// What stands here for the room that is `null` there: what is said to one person
/// is in a log like a room's, with an epoch and numbers of its own. No room can be
/// called so.
pub(super) const PRIVATE: &str = "";

/// One line from the server.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Tell {
    Welcome {
        name: String,
        token: String,
        /// In seconds, if that is less than usual.
        kept_for: Option<u64>,
        limits: Limits,
    },
    Joined {
        #[serde(default, deserialize_with = "room")]
        room: String,
        epoch: String,
        /// The newest number there is.
        seq: u64,
        from: u64,
        #[serde(default)]
        topic: String,
        #[serde(default)]
        people: usize,
        #[serde(default)]
        hidden: bool,
    },
    Left {
        room: String,
    },
    Message(Line),
    Me(Line),
    Edit(Line),
    Delete(Line),
    Topic(Line),
    Private(Private),
    Sent {
        id: Option<String>,
        /// Whom it is for was not here.
        #[serde(default)]
        away: bool,
    },
    Refused(Refusal),
    Error(Refusal),
    Rooms {
        rooms: Vec<RoomLine>,
        #[serde(default)]
        more: bool,
    },
    Who {
        room: String,
        names: Vec<String>,
        people: usize,
    },
    History {
        #[serde(default, deserialize_with = "room")]
        room: String,
        lines: Vec<Tell>,
        #[serde(default)]
        more: bool,
    },
    Found {
        #[serde(default, deserialize_with = "room")]
        room: String,
        lines: Vec<Tell>,
        next: Option<u64>,
    },
    Behind {
        #[serde(default, deserialize_with = "room")]
        room: String,
    },
    CaughtUp {
        #[serde(default, deserialize_with = "room")]
        room: String,
        seq: u64,
    },
    TooOld(Span),
    NotKept(Span),
    Skipped(Span),
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
        /// With a new secret.
        #[serde(default)]
        secret: bool,
        /// Of who is somebody else from here on, or has a new secret.
        token: Option<String>,
    },
    /// The token that takes the place of the one that we have.
    Session {
        token: Option<String>,
    },
    Set {
        room: String,
        hidden: bool,
        locked: bool,
    },
    Bye {
        reason: String,
    },
    /// Typing, and whatever later servers say.
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize)]
pub(super) struct Limits {
    /// Bytes of a message's text.
    pub(super) text: usize,
}

/// A line of a room's log.
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) room: String,
    pub(super) seq: u64,
    /// Milliseconds since 1970.
    #[serde(default)]
    pub(super) time: u64,
    pub(super) from: String,
    /// It was said before, and we have said it, whatever we were called then.
    #[serde(default)]
    pub(super) own: bool,
    pub(super) mark: Option<String>,
    pub(super) id: Option<String>,
    pub(super) of: Option<u64>,
    #[serde(default)]
    pub(super) text: String,
}

/// A line to one person.
#[derive(Debug, Deserialize)]
pub(super) struct Private {
    #[serde(default)]
    pub(super) seq: u64,
    pub(super) from: String,
    #[serde(default)]
    pub(super) to: String,
    /// We have written it, whatever we were called then.
    #[serde(default)]
    pub(super) own: bool,
    pub(super) mark: Option<String>,
    pub(super) id: Option<String>,
    pub(super) text: String,
}

/// What did not happen, or was not understood.
#[derive(Debug, Deserialize)]
pub(super) struct Refusal {
    pub(super) room: Option<String>,
    pub(super) id: Option<String>,
    pub(super) reason: String,
    #[serde(default)]
    pub(super) text: String,
    /// Milliseconds after which the same would be taken.
    pub(super) wait: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RoomLine {
    pub(super) room: String,
    #[serde(default)]
    pub(super) topic: String,
    #[serde(default)]
    pub(super) people: usize,
    #[serde(default)]
    pub(super) locked: bool,
}

/// Numbers of a room's log, both ends included.
#[derive(Debug, Deserialize)]
pub(super) struct Span {
    #[serde(default, deserialize_with = "room")]
    pub(super) room: String,
    pub(super) from: u64,
    pub(super) to: u64,
    /// So many lines had one of these numbers; all, if that is not said.
    #[serde(default)]
    pub(super) lines: Option<u64>,
}

fn room<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_else(|| PRIVATE.to_owned()))
}

impl Tell {
    /// Reads one frame; the words say what is wrong with one that cannot be read.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::Tell;

    #[test]
    fn what_is_not_known_is_nothing() {
        let unknown = Tell::read(r#"{"type": "typing", "room": "lobby", "name": "Bo"}"#).unwrap();
        assert!(matches!(unknown, Tell::Unknown));
        let later = r#"{"type": "left", "room": "lobby", "why": {"of": "a later server"}}"#;
        assert!(matches!(Tell::read(later).unwrap(), Tell::Left { room } if room == "lobby"));
        Tell::read("hello").unwrap_err();
        Tell::read(r#"{"type": "left"}"#).unwrap_err();
    }

    #[test]
    fn a_history_has_lines_in_it() {
        let text = r#"{"type": "history", "room": "lobby", "more": true, "lines": [
            {"type": "message", "room": "lobby", "seq": 1, "time": 5, "from": "Bo", "text": "a"},
            {"type": "delete", "room": "lobby", "seq": 2, "time": 6, "from": "Bo", "of": 1}]}"#;
        let Tell::History { lines, more: true, .. } = Tell::read(text).unwrap() else { panic!() };
        assert!(matches!(&lines[..], [Tell::Message(one), Tell::Delete(two)]
            if one.text == "a" && two.of == Some(1)));
    }
}
