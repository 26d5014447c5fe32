//! What a client may ask of the hub, whatever format it came in.
//!
//! Owns: the shape of requests, already checked as far as one can without
//! knowing who is here.
//! Must not know: JSON, sockets, what becomes of a request.
//!
//! Next: `chat/refused.rs`.

use serde::{Deserialize, Serialize};

use super::entry::{MessageId, Seen, Seq, UnixMillis};
use super::log_name::LogName;
use super::name::Name;
use super::room_name::RoomName;
use super::secret::Digest;
use super::sought::Sought;
use super::token::Token;
use super::told::Fault;
use crate::limits;

/// The first thing a numbered client says; with its token, or what is known of that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello<T = Token> {
    /// The name it wants; `None` for a guest's.
    pub name: Option<Claim>,
    /// What gives an earlier name back.
    pub token: Option<T>,
    /// The rooms it was in or wants to be in, and how far it has seen them.
    pub rooms: Vec<Place>,
    /// How far it has seen its private messages.
    pub private: Option<Seen>,
}

impl<T> Default for Hello<T> {
    /// A guest's, who goes into no room.
    fn default() -> Self {
        Self { name: None, token: None, rooms: Vec::new(), private: None }
    }
}

/// A name that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The name.
    pub name: Name,
    /// Of the secret that goes with it.
    pub secret: Option<Digest>,
}

/// A room, and how far a client has seen it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Which room.
    pub room: RoomName,
    /// How far it was seen; `None` for never.
    pub seen: Option<Seen>,
    /// Of its password.
    pub password: Option<Digest>,
    /// If it is made by this: it is not in the list of rooms.
    pub hidden: bool,
    /// It is not made by this: whoever follows a link asks for it, and may not know where that leads.
    pub must_exist: bool,
}

impl Place {
    /// A room that was never seen.
    pub fn of(room: RoomName) -> Self {
        Self { room, seen: None, password: None, hidden: false, must_exist: false }
    }
}

/// What is to become of a room; `None` leaves it as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Which room.
    pub room: RoomName,
    /// Whether it is in the list of rooms.
    pub hidden: Option<bool>,
    /// Of its new password; `Some(None)`: it has none.
    #[serde(with = "super::codec::maybe_nothing")]
    pub password: Option<Option<Digest>>,
}

/// Something that takes a number in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Say this.
    Say(String),
    /// Do this (`/me`).
    Act(String),
    /// Let an own message read otherwise.
    Edit {
        /// The message's number; `None`: the last one said there.
        of: Option<Seq>,
        /// Its new text.
        text: String,
    },
    /// Take an own message away.
    Delete {
        /// The message's number; `None`: the last one said there.
        of: Option<Seq>,
    },
    /// Say what the room is about.
    Topic(String),
}

/// Something for a room's log, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Post {
    /// Which room.
    pub room: RoomName,
    /// What the sender calls it, so that sending it again does no harm.
    pub id: Option<MessageId>,
    /// What is to happen.
    pub deed: Deed,
}

/// Something for one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateMessage {
    /// To whom.
    pub to: Name,
    /// What the sender calls it, so that sending it again does no harm.
    pub id: Option<MessageId>,
    /// The words.
    pub text: String,
    /// When its sender typed it: whoever took the name after that gets nothing. `None`: now.
    pub typed_at: Option<UnixMillis>,
    /// Its sender knows that another person may have the name than the one they wrote with.
    pub is_anew: bool,
    /// What was typed may be to one of these as well, shortest name first: so many bytes of the
    /// text belong to the name then. The longest that is somebody's is meant.
    pub longer: Vec<(Name, usize)>,
}

/// The names with which `text` goes on behind their first word, and how many of its bytes each
/// takes; behind each there are words left. A colon ends a name.
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

/// What somebody looks for in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Which log.
    pub log: LogName,
    /// What a line must have.
    pub sought: Sought,
    /// Only what is older than this number.
    pub before: Seq,
    /// At most so many lines.
    pub count: usize,
}

/// Anything a client asks after its hello. Small, for it passes through its
/// reader's stack, which keeps each page that was touched once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// What a classic client says: into the lobby, without an id.
    Classic(String),
    /// Something for a room's log.
    Post(Box<Post>),
    /// Something for one person.
    Private(Box<PrivateMessage>),
    /// Be told what happens in a room. If that gives my session something (a room that asks
    /// for a password, or one that I make), this is to be its token.
    Join(Box<Place>, Option<Token>),
    /// Be told no more.
    Leave(RoomName),
    /// Which rooms are there?
    Rooms,
    /// Who is in this room?
    Who(RoomName),
    /// Is whoever is called so here, in whichever room? A page asks it, in this room; no
    /// format does.
    Present(RoomName, Box<Name>),
    /// I am typing in this room.
    Typing(RoomName),
    /// An older piece of a log.
    History {
        /// Which log.
        log: LogName,
        /// Only what is older than this number.
        before: Seq,
        /// At most so many.
        count: usize,
    },
    /// Lines that somebody looks for.
    Search(Box<Search>),
    /// I want another name, or am somebody whose name and secret I give: then this is to
    /// give that name back. `None`: the kernel has no randomness.
    Rename(Box<Claim>, Option<Token>),
    /// I want to be nobody any more: my name is free, unless it has a secret. A form asks it; no
    /// format does.
    Quit,
    /// I made this room, and want it otherwise; with a password my session gets this token.
    Set(Box<Settings>, Option<Token>),
    /// I have this token of my session.
    Session(Token),
    /// It could not be understood; the answer is an error, in its turn.
    Faulty(Box<Fault>),
}

impl Request {
    /// Whether the answer may be long: lines, people, rooms.
    pub fn has_long_answer(&self) -> bool {
        matches!(self, Self::History { .. } | Self::Search(_) | Self::Who(_) | Self::Rooms)
    }

    /// Whether others see something of it.
    pub fn is_deed(&self) -> bool {
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
