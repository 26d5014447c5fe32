//! What a client of `threadbare.v1` says, as JSON.
//!
//! Owns: the shapes of the requests, as `docs/PROTOCOL.md` has them.
//! Must not know: when one is said, or what is answered.
//!
//! Next: `console/v1/tell.rs`.

use serde::{Serialize, Serializer};

use super::tell::PRIVATE;

/// One request. What is said has an id, so that it may be said again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum Ask {
    Hello(Hello),
    Join(Visit),
    Leave {
        room: String,
    },
    Say {
        room: String,
        id: String,
        text: String,
    },
    Me {
        room: String,
        id: String,
        text: String,
    },
    Edit {
        room: String,
        id: String,
        seq: u64,
        text: String,
    },
    Delete {
        room: String,
        id: String,
        seq: u64,
    },
    Topic {
        room: String,
        id: String,
        text: String,
    },
    /// To one person, wherever that is.
    Private {
        to: String,
        id: String,
        text: String,
        /// The name may go on in the text.
        #[serde(skip_serializing_if = "is_false")]
        typed: bool,
    },
    Name {
        name: String,
    },
    /// We have this token of our session now.
    Session {
        token: String,
    },
    Rooms,
    Who {
        room: String,
    },
    /// How a room that one has made is kept from strangers; what is not there stays.
    Set {
        room: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hidden: Option<bool>,
        /// Empty for none.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
    History {
        room: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        count: u32,
    },
    Search {
        room: String,
        text: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
    },
}

/// The first words on each line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Hello {
    pub(super) versions: [u32; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    pub(super) rooms: Vec<Visit>,
}

/// A room to be in, and how much of it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Visit {
    #[serde(serialize_with = "room_or_null")]
    pub(super) room: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) hidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) epoch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seq: Option<u64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what serde gives")]
fn is_false(is: &bool) -> bool {
    !is
}

fn room_or_null<S: Serializer>(room: &str, to: S) -> Result<S::Ok, S::Error> {
    if room == PRIVATE { to.serialize_none() } else { to.serialize_str(room) }
}

impl Ask {
    /// The text of a frame.
    pub(super) fn json(&self) -> String {
        #[expect(clippy::expect_used, reason = "no map with odd keys, no failing writer")]
        serde_json::to_string(self).expect("a request is always JSON")
    }

    /// The room that it needs one to be in.
    pub(super) fn room(&self) -> Option<&str> {
        match self {
            Self::Say { room, .. }
            | Self::Me { room, .. }
            | Self::Edit { room, .. }
            | Self::Delete { room, .. }
            | Self::Topic { room, .. } => Some(room),
            _ => None,
        }
    }

    /// What would be lost if it did not happen.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Say { text, .. }
            | Self::Me { text, .. }
            | Self::Edit { text, .. }
            | Self::Topic { text, .. }
            | Self::Private { text, .. } => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Ask, Hello, Visit};

    #[test]
    fn requests_read_as_the_protocol_has_them() {
        let known = Visit {
            room: "lobby".into(),
            password: None,
            hidden: false,
            epoch: Some("5b".into()),
            seq: Some(41),
        };
        let password = Some("soup".into());
        let new = Visit { room: "k".into(), password, hidden: true, epoch: None, seq: None };
        let hello = Hello {
            versions: [1],
            name: Some("Ann".into()),
            token: "9f".into(),
            password: None,
            rooms: vec![known, new],
        };
        let (room, id, text) = ("lobby".to_owned(), "a1".to_owned(), "hi".to_owned());
        for (ask, json) in [
            (
                Ask::Hello(hello),
                r#"{"type":"hello","versions":[1],"name":"Ann","token":"9f","rooms":[{"room":"lobby","epoch":"5b","seq":41},{"room":"k","password":"soup","hidden":true}]}"#,
            ),
            (
                Ask::Say { room: room.clone(), id: id.clone(), text: text.clone() },
                r#"{"type":"say","room":"lobby","id":"a1","text":"hi"}"#,
            ),
            (
                Ask::Private { to: "Bo".into(), id, text, typed: false },
                r#"{"type":"private","to":"Bo","id":"a1","text":"hi"}"#,
            ),
            (Ask::Rooms, r#"{"type":"rooms"}"#),
            (
                Ask::History { room, before: None, count: 20 },
                r#"{"type":"history","room":"lobby","count":20}"#,
            ),
        ] {
            assert_eq!(ask.json(), json);
        }
    }
}
