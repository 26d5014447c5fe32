//! The requests that a client of `threadbare.v1` sends, as JSON.
//!
//! Owns: the shapes of the requests, as in `docs/PROTOCOL.md`.
//! Must not know: when a request is sent, or what the server answers to it.
//!
//! Part: `console/v1/mod.rs`.

use serde::Serialize;

use super::from_server::LogKey;

/// One request. A request with an id can be sent again, and the server does not store its message
/// twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub(super) enum ToServer {
    Hello(HelloToSend),
    Join(RoomToEnter),
    Leave {
        room: String,
    },
    Say {
        room: String,
        id: String,
        text: String,
        /// The number of the message that this one answers; `None`: it answers none.
        #[serde(skip_serializing_if = "Option::is_none")]
        reply: Option<u64>,
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
    Pin {
        room: String,
        id: String,
        /// `None`: remove the pin.
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
    },
    Private {
        to: String,
        id: String,
        text: String,
        /// True if we do not know where the receiver's name ends. The name may then have more words
        /// than `to`, and these are the first words of `text`.
        #[serde(skip_serializing_if = "is_false")]
        typed: bool,
        /// When the person typed it, by the server's clock. `None`: we do not know that clock.
        #[serde(skip_serializing_if = "Option::is_none")]
        as_of: Option<u64>,
    },
    Name {
        name: String,
    },
    /// Removes all our messages and our name. The name is ours, as a confirmation.
    ForgetMe {
        name: String,
    },
    /// Confirms that we have received and stored this token of our session.
    Session {
        token: String,
    },
    Rooms,
    Who {
        room: String,
    },
    Whois {
        name: String,
    },
    Away {
        text: String,
    },
    Back,
    /// Changes how other people find and enter a room that we made. A field that is `None` changes
    /// nothing.
    Set {
        room: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        hidden: Option<bool>,
        /// The room's new password; empty: the room has no password any more.
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
    Invite {
        room: String,
    },
    /// Asks what holds in a room.
    RoomState {
        room: String,
    },
    /// Does something in a room that our person looks after.
    Act {
        room: String,
        action: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        whom: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        seq: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        choice: Option<u8>,
        #[serde(rename = "for", skip_serializing_if = "Option::is_none")]
        seconds: Option<u64>,
        #[serde(skip_serializing_if = "String::is_empty")]
        reason: String,
    },
    /// Asks for older lines of a log in which we are, or of our private messages.
    History {
        room: LogKey,
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct HelloToSend {
    pub(super) versions: [u32; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    pub(super) token: String,
    /// True: our own program has stored the token. No address has one here.
    pub(super) stored: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    pub(super) rooms: Vec<RoomToEnter>,
}

/// A room to join, and our position in the room's log if we were in the room before. It can also be
/// the log of our private messages, which only a hello names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct RoomToEnter {
    #[serde(rename = "room")]
    pub(super) log: LogKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) password: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invite: Option<String>,
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

impl ToServer {
    pub(super) fn json(&self) -> String {
        #[expect(clippy::expect_used, reason = "no map with odd keys, no failing writer")]
        serde_json::to_string(self).expect("a request is always JSON")
    }

    /// Returns the room in which we must be before a message of this kind is sent; `None`: the
    /// request need not wait for a room.
    pub(super) fn room(&self) -> Option<&str> {
        match self {
            Self::Say { room, .. }
            | Self::Me { room, .. }
            | Self::Edit { room, .. }
            | Self::Delete { room, .. }
            | Self::Topic { room, .. }
            | Self::Pin { room, .. } => Some(room),
            _ => None,
        }
    }

    /// Returns the text that the person typed for this request, so that a note can show it if the
    /// server refuses the request; `None`: the request has no such text.
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
    use super::{HelloToSend, LogKey, RoomToEnter, ToServer};

    #[test]
    fn requests_read_as_the_protocol_has_them() {
        let known = RoomToEnter {
            log: LogKey::Room("lobby".into()),
            password: None,
            invite: None,
            hidden: false,
            epoch: Some("5b".into()),
            seq: Some(41),
        };
        let password = Some("soup".into());
        let log = LogKey::Room("k".into());
        let (invite, hidden) = (None, true);
        let new = RoomToEnter { log, password, invite, hidden, epoch: None, seq: None };
        let hello = HelloToSend {
            versions: [1],
            name: Some("Ann".into()),
            token: "9f".into(),
            stored: true,
            password: None,
            rooms: vec![known, new],
        };
        let (room, id, text) = ("lobby".to_owned(), "a1".to_owned(), "hi".to_owned());
        for (request, json) in [
            (
                ToServer::Hello(hello),
                r#"{"type":"hello","versions":[1],"name":"Ann","token":"9f","stored":true,"rooms":[{"room":"lobby","epoch":"5b","seq":41},{"room":"k","password":"soup","hidden":true}]}"#,
            ),
            (
                ToServer::Say {
                    room: room.clone(),
                    id: id.clone(),
                    text: text.clone(),
                    reply: None,
                },
                r#"{"type":"say","room":"lobby","id":"a1","text":"hi"}"#,
            ),
            (
                ToServer::Say {
                    room: room.clone(),
                    id: id.clone(),
                    text: text.clone(),
                    reply: Some(7),
                },
                r#"{"type":"say","room":"lobby","id":"a1","text":"hi","reply":7}"#,
            ),
            (
                ToServer::Private { to: "Bo".into(), id, text, typed: false, as_of: Some(5) },
                r#"{"type":"private","to":"Bo","id":"a1","text":"hi","as_of":5}"#,
            ),
            (ToServer::Rooms, r#"{"type":"rooms"}"#),
            (
                ToServer::History { room: LogKey::Room(room), before: None, count: 20 },
                r#"{"type":"history","room":"lobby","count":20}"#,
            ),
            (
                ToServer::History { room: LogKey::Private, before: None, count: 20 },
                r#"{"type":"history","room":null,"count":20}"#,
            ),
        ] {
            assert_eq!(request.json(), json);
        }
    }
}
