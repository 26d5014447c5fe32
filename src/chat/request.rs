//! The requests that a client may send to the hub. They are the same for every format.
//!
//! Owns: the shape of requests. A format has already checked all that can be checked without
//! knowing who is online.
//! Must not know: JSON, sockets, how the hub handles a request.
//!
//! Part: `chat/mod.rs`.

use serde::{Deserialize, Serialize};

use super::entry::{MessageId, Seen, Seq, UnixMillis};
use super::log_name::LogName;
use super::name::Name;
use super::reply::Fault;
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::Token;
use crate::base::limits;

/// The first request of a client that receives the lines of a log with their numbers. `T` is
/// [`Token`], or the token's digest inside the core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello<T = Token> {
    /// The name that the client wants; `None`: a guest's name. The hub ignores it if `token` gives
    /// the client an earlier name back.
    pub name: Option<Claim>,
    /// The token that gives an earlier name back; `None`: the client has none.
    pub token: Option<T>,
    /// The rooms that the client was in or wants to be in, and how far it has seen each.
    pub rooms: Vec<RoomPosition>,
    /// How far the client has seen its private messages; `None`: not at all.
    pub private: Option<Seen>,
}

impl<T> Default for Hello<T> {
    /// Makes the hello of a guest, which joins no room.
    fn default() -> Self {
        Self { name: None, token: None, rooms: Vec::new(), private: None }
    }
}

/// A name that a client wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The name.
    pub name: Name,
    /// The digest of the name's secret; `None`: the client gives none.
    pub secret: Option<Digest>,
}

/// A room, and how far a client has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPosition {
    /// The room.
    pub room: RoomName,
    /// How far the client has seen it; `None`: never.
    pub seen: Option<Seen>,
    /// The digest of the room's password; `None`: the client gives none. A room that this request
    /// makes gets this password.
    pub password: Option<Digest>,
    /// Whether a room that this request makes is hidden from the list of rooms.
    pub hidden: bool,
    /// Whether the hub refuses this request if the room does not exist. For example, a link that a
    /// person follows must not make a room.
    pub must_exist: bool,
}

impl RoomPosition {
    /// Makes the position of a client that has never seen the room and gives no password.
    pub fn of(room: RoomName) -> Self {
        Self { room, seen: None, password: None, hidden: false, must_exist: false }
    }
}

/// New settings of a room. A field that is `None` changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// The room.
    pub room: RoomName,
    /// Whether the room is hidden from the list of rooms.
    pub hidden: Option<bool>,
    /// The digest of its new password. `Some(None)`: the room asks for no password from now on.
    /// `None`: nothing changes.
    #[serde(with = "super::codec::maybe_nothing")]
    pub password: Option<Option<Digest>>,
}

/// What a client adds to a room's log. Each deed becomes a line with a number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Say this text.
    Say(String),
    /// An action (`/me`).
    Act(String),
    /// Change the text of the client's own message.
    Edit {
        /// The message's number; `None`: the last one that the client said there.
        of: Option<Seq>,
        /// The message's new text.
        text: String,
    },
    /// Delete the client's own message.
    Delete {
        /// The message's number; `None`: the last one that the client said there.
        of: Option<Seq>,
    },
    /// Set the room's topic.
    Topic(String),
}

/// A new line for a room's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// The room.
    pub room: RoomName,
    /// The id that the sender gives it; `None`: none. If the sender sends the request again with
    /// the same id, no second line is added.
    pub id: Option<MessageId>,
    /// What the new line says or changes.
    pub deed: Deed,
}

/// A private message for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateMessage {
    /// The name of the person whom it is for, or the first word of that name (see `longer`).
    pub to: Name,
    /// The id that the sender gives it; `None`: none. If the sender sends the request again with
    /// the same id, no second line is added.
    pub id: Option<MessageId>,
    /// The text after the name `to`.
    pub text: String,
    /// When the sender typed it. A person who took the name after that time does not get the
    /// message. `None`: it was typed now.
    pub typed_at: Option<UnixMillis>,
    /// Whether the message is for the person who has the name now. The hub then accepts it even if
    /// another person had the name at the sender's last message to that name.
    pub is_for_present_owner: bool,
    /// Longer names that the sender may have meant, the shortest first, each with the number of
    /// bytes of `text` that belong to it. The hub takes the longest of them that a person has. If
    /// no person has any of them, it takes `to`.
    pub longer: Vec<(Name, usize)>,
}

/// Returns the longer names that begin with `first` and go on with words from the start of `text`,
/// the shortest first, each with the number of bytes of `text` that it takes. At least one word of
/// `text` is left after each name. A word that ends with a colon is the last word of a name.
pub fn longer_names(first: &str, text: &str) -> Vec<(Name, usize)> {
    let (mut names, mut typed, mut end) = (Vec::new(), first.trim().to_owned(), 0);
    for word in text.split_inclusive(char::is_whitespace) {
        end += word.len();
        let is_last = text[end..].trim().is_empty();
        let word = word.trim_end();
        if word.is_empty() {
            continue;
        }
        let name = word.strip_suffix(':').unwrap_or(word);
        typed.push(' ');
        typed.push_str(name);
        if is_last || typed.len() > limits::TYPED_NAME_BYTES_MAX {
            break;
        }
        names.extend(Name::of_somebody(&typed).ok().map(|name| (name, end)));
        if name.len() < word.len() {
            break;
        }
    }
    names
}

/// A search in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The log.
    pub log: LogName,
    /// What a line must match.
    pub sought: Sought,
    /// Only lines with a number below this one.
    pub before: Seq,
    /// The greatest number of lines in the answer.
    pub count: usize,
}

/// Anything that a client asks after its hello. It is small, because the thread that reads from the
/// client has it on its stack, and a thread keeps each stack page that it once touched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A classic client's message: it goes to the lobby and has no id.
    Classic(String),
    /// A new line for a room's log.
    Post(Box<Post>),
    /// A private message for one person.
    Private(Box<PrivateMessage>),
    /// Join a room. If this request gives the session a new right (it gives a room's password, or
    /// makes a room), this token replaces the session's token. `None`: the session keeps its token.
    Join(Box<RoomPosition>, Option<Token>),
    /// Leave a room.
    Leave(RoomName),
    /// List the rooms.
    Rooms,
    /// List the people in this room.
    Who(RoomName),
    /// Tell whether the person with this name is online, in any room. The answer names the room
    /// that is given here. Only the server's own pages need this; no format can express it.
    Present(RoomName, Box<Name>),
    /// The client's person is typing in this room.
    Typing(RoomName),
    /// An older piece of a log.
    History {
        /// The log to read.
        log: LogName,
        /// Only lines with a number below this one.
        before: Seq,
        /// The greatest number of lines in the answer.
        count: usize,
    },
    /// Search in a log.
    Search(Box<Search>),
    /// Take another name, or become the person whose name and secret are in the claim. The client
    /// gets the token if it becomes another person, or gives its name a new secret. No token: the
    /// kernel had no random bytes for it.
    Rename(Box<Claim>, Option<Token>),
    /// Give the session up. A person without a secret loses all tokens at once, and the name is
    /// free once the person's last connection has ended. A person with a secret keeps the name and
    /// the tokens. The forms of pages and the clients of plain lines send this.
    Quit,
    /// Change the settings of a room that this person made. If the room gets a password, this token
    /// replaces the session's token; `None`: the session keeps its token.
    Set(Box<RoomSettings>, Option<Token>),
    /// The client confirms that it has received this token of its session.
    Session(Token),
    /// A request that the server could not understand. The hub handles it like any other request,
    /// so the client receives the fault in order with its other answers.
    Faulty(Box<Fault>),
}

impl Request {
    /// Returns whether the answer to this request may be long: lines, people or rooms.
    pub fn has_long_answer(&self) -> bool {
        matches!(self, Self::History { .. } | Self::Search(_) | Self::Who(_) | Self::Rooms)
    }

    /// Returns whether other clients can see an effect of this request. Leaving a room does not
    /// count.
    pub fn is_seen_by_others(&self) -> bool {
        match self {
            Self::Classic(_) | Self::Post(_) | Self::Private(_) | Self::Join(..) => true,
            Self::Typing(_) | Self::Rename(..) | Self::Quit | Self::Set(..) => true,
            Self::Leave(_) | Self::Rooms | Self::Who(_) | Self::Present(..) => false,
            Self::History { .. } | Self::Search(_) | Self::Faulty(_) | Self::Session(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::longer_names;

    #[test]
    fn a_name_may_go_on_as_long_as_words_are_left_to_say() {
        let all = |first, text: &str| -> Vec<_> {
            let said = |end: usize| text[end..].trim().to_owned();
            let names = longer_names(first, text).into_iter();
            names.map(|(name, end)| (name.to_string(), said(end))).collect()
        };
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(all("Big", "Bo hi"), [pair("Big Bo", "hi")]);
        assert_eq!(all("Big", "Bo  Jo hi"), [pair("Big Bo", "Jo hi"), pair("Big Bo Jo", "hi")]);
        assert_eq!(all("Big", "Bo: Jo hi"), [pair("Big Bo", "Jo hi")]);
        assert!(all("Big", "hi").is_empty() && all("Big", "").is_empty());
        let long = "word ".repeat(10_000);
        assert!(all("Big", &long).len() < 20);
    }
}
