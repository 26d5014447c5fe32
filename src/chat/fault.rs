//! What the server tells a client whose text or request it could not take.
//!
//! Owns: what can be wrong with something that a person typed.
//! Must not know: requests that are valid; why the hub refuses one is in `refused.rs`.
//!
//! Part: `chat/mod.rs`.

use std::time::Duration;

use super::bad_command::BadCommand;
use super::entry::MessageId;
use super::name::BadName;
use super::room_name::{BadRoomName, RoomName};

/// What the server tells a client whose text or request it could not take, mostly because it is no
/// valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One word for programs, which says what is wrong.
    pub word: &'static str,
    /// A sentence for people, which says what is wrong. It may be empty if `wrong` says it.
    pub text: String,
    /// The room that the faulty request named; `None`: it named no room, or the server could not
    /// read the room's name.
    pub room: Option<RoomName>,
    /// The id that the sender gave the message in the faulty request. The message is not stored, so
    /// the sender may send it again with this id. `None`: the message had no id, or the server
    /// could not read the id.
    pub id: Option<MessageId>,
    /// What is wrong with something that a person typed. A format may make a sentence of its own
    /// from this value, in place of `text`. `None`: the fault is no mistake in typing.
    pub wrong: Option<Box<Wrong>>,
}

impl Fault {
    /// Makes a fault that has only a word for programs and a sentence for people.
    pub fn new(word: &'static str, text: String) -> Self {
        Self { word, text, room: None, id: None, wrong: None }
    }

    /// Makes the fault for a client whose session has ended, or that has sent a token which is not
    /// one of its person's.
    pub fn session_over() -> Self {
        Self::new(
            SESSION_OVER,
            "this session is over; connect again and send hello without its token".to_owned(),
        )
    }
}

/// The word for programs ([`Fault::word`]) in a fault that says that the session has ended.
pub const SESSION_OVER: &str = "session-over";

/// What is wrong with something that a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The text in the place of a person's name is not a valid name.
    Name(BadName),
    /// The text in the place of a room's name is not a valid name.
    Room(BadRoomName),
    /// The text begins with a slash and is not a valid command.
    Command(BadCommand),
    /// The text of a message is empty, or a search has nothing to look for.
    Empty,
    /// The form for a private message does not say to whom the message goes.
    NoAddressee,
    /// The text of a message or a topic is too long. The value is by how many bytes.
    TooLong(usize),
    /// Clients of this client's network have sent too many wrong passwords for the server. The
    /// value is how long the client must wait before it sends a password again.
    TooManyGuesses(Duration),
    /// The person typed a `#` after a name, and no secret after it.
    NoSecret,
    /// A secret or a password has more than
    /// [`SECRET_BYTES_MAX`](crate::base::limits::SECRET_BYTES_MAX) bytes.
    LongSecret,
    /// A secret or a password was not checked, because too many wait for their check, or too many
    /// came from the client's network. The client must send it again.
    TooManySecrets,
    /// The search has too many words or is too long, or no words are left of its text.
    TooManyWords,
}
