//! What somebody wants of the hub who came for a page.
//!
//! Owns: its shape, between a route, which reads it off a request, and the door's
//! thread, which carries it out.
//! Must not know: how.
//!
//! Next: `visit/seen.rs`.

use std::fmt::Write as _;
use std::net::SocketAddr;

use crate::chat::entry::{MessageId, Seen, Seq};
use crate::chat::name::{BadName, Name};
use crate::chat::request::{Hello, Request};
use crate::chat::room_name::RoomName;
use crate::chat::token::{Token, random};
use crate::visit::seen::Outcome;
use crate::words::Language;

/// Something for the hub, and who wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Of which room.
    pub room: RoomName,
    /// Who asks; `None`: a stranger.
    pub token: Option<Token>,
    /// It came in the address or a form, so it must go back there.
    pub in_links: bool,
    /// It is about the page that has the stream in a frame.
    pub is_live: bool,
    /// The box's password was given, or there is none.
    pub is_admitted: bool,
    /// Where from.
    pub peer: SocketAddr,
    /// In which language it is answered.
    pub language: Language,
    /// What is wanted.
    pub task: Task,
}

impl Errand {
    /// Whether it takes as long as nobody says anything.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.task, Task::Poll(_))
    }

    /// The same, of whoever it made of a stranger: the session must be in the links
    /// until its cookie has come back.
    #[must_use]
    pub fn of(&self, outcome: &Outcome) -> Self {
        let mut errand = self.clone();
        if let (None, Some((_, token))) = (&self.token, &outcome.me) {
            errand.token = Some(token.clone());
            errand.in_links = true;
        }
        errand
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// To see the room.
    Look(Look),
    /// To say something there.
    Say(Box<Say>),
    /// To come in as a new person, under this name or a guest's.
    Enter(Typed),
    /// To hear what is said there next.
    Poll(Look),
    /// To say this there, as a program does: the answer is a sentence.
    Tell(String),
    /// To come in as a program does ...
    Hello(Box<Hello>),
    /// ... and to ask this: the answer is what a line would be told.
    Ask(Request),
}

/// Which part of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How far it was seen before.
    pub after: Option<Seen>,
    /// Only what is older than this.
    pub before: Option<Seq>,
    /// What stands in the field: a text that could not be sent ...
    pub unsent: Option<String>,
    /// ... what its form called it ...
    pub once: Option<String>,
    /// ... and which name a stranger wanted.
    pub name: Option<String>,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The words.
    pub text: String,
    /// What the form calls it, so that sending the form again does no harm.
    pub once: Option<MessageId>,
    /// Under which name a stranger says it.
    pub name: Typed,
    /// The form is not of this session.
    pub is_stale: bool,
}

/// A name as it was typed into a form; empty for a guest's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed(pub String);

impl Typed {
    /// The name.
    ///
    /// # Errors
    /// It cannot be one, and why.
    pub fn name(&self) -> Result<Option<Name>, BadName> {
        if self.0.is_empty() { Ok(None) } else { Name::parse(&self.0).map(Some) }
    }
}

/// A form's own number, which nobody else has; `None`: the kernel has no randomness.
pub fn once() -> Option<String> {
    let bytes = random::<12>().ok()?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    }))
}
