//! What somebody wants of the hub who came for a page.
//!
//! Owns: its shape, between a route, which reads it off a request, and the door's
//! thread, which carries it out.
//! Must not know: how.
//!
//! Next: `visit/updates.rs`.

use std::fmt;
use std::net::SocketAddr;

use crate::admission::Password;
use crate::admission::entrance::NoEntry;
use crate::chat::entry::{Epoch, MessageId, Seen, Seq, UnixMillis};
use crate::chat::request::{Hello, Place};
use crate::chat::room_name::RoomName;
use crate::chat::token::Token;
use crate::export::Form;
use crate::greeting::stream::Stream;
use crate::visit::find::Find;
use crate::visit::once::Once;
use crate::visit::seen::{Outcome, Sight};
use crate::visit::settings::Settings;
use crate::visit::stranger::Stranger;
use crate::visit::updates::Updates;
use crate::wire::Format;
use crate::words::Language;

/// The cookie that has a session.
pub const SESSION_COOKIE: &str = "threadbare";

/// The cookie of a browser whose reader has just left: its page says so once.
pub const LEFT_COOKIE: &str = "threadbare-left";

/// Part of an address: a password that was in it did not let in, and why.
pub const PASSWORD_WAS: &str = "password-was";

/// Something for the hub, and who wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errand {
    /// Of which room.
    pub room: RoomName,
    /// Who asks; `None`: a stranger.
    pub token: Option<Token>,
    /// It came in the address or a form, so it must go back there.
    pub in_links: bool,
    /// What takes its place from the next request on, if it has gained something by this one.
    pub next: Option<Token>,
    /// It is the session of somebody whom this request has made.
    pub is_new: bool,
    /// The browser has a session of its own beside that: a link with somebody's session
    /// takes nobody's away.
    pub is_guest: bool,
    /// How its page goes on.
    pub updates: Updates,
    /// The answer may be packed.
    pub takes_gzip: bool,
    /// Whether the box's password was given, or there is none; else why its sender may not
    /// come in without a session.
    pub entry: Result<(), NoEntry>,
    /// Where from.
    pub peer: SocketAddr,
    /// How the browser writes where we are, if it has said so: before addresses of pages
    /// to go to, for Lynx thinks for seconds about one without it.
    pub site: Option<String>,
    /// How its pages are liked.
    pub settings: Settings,
    /// In which language it is answered.
    pub language: Language,
    /// What is wanted.
    pub task: Task,
}

impl Errand {
    /// Whether its sender may come in, if the session is somebody's.
    #[must_use]
    pub fn may_come_in(&self) -> bool {
        self.is_admitted() || self.token.is_some()
    }

    /// Whether the box's password was given, or there is none.
    #[must_use]
    pub fn is_admitted(&self) -> bool {
        self.entry.is_ok()
    }

    /// Whether it takes as long as nobody says anything.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.task, Task::Poll(_))
    }

    /// Who is told the file that is wanted, if one is.
    #[must_use]
    pub fn saver(&self) -> Option<Stream> {
        let Task::Save(form) = self.task else { return None };
        let rooms = vec![Place::of(self.room.clone())];
        let hello = Hello { token: self.token.clone(), rooms, ..Hello::default() };
        Some(Stream { format: Format::File(form), hello, is_admitted: self.is_admitted() })
    }

    /// The same, of whoever it made of a stranger: the session must be in the links
    /// until its cookie has come back.
    #[must_use]
    pub fn of(&self, outcome: &Outcome) -> Self {
        let mut errand = self.clone();
        let me = outcome.me.as_ref().map(|(_, token)| token);
        // It had none, or one that is nobody's any more.
        if let Some(token) = me.filter(|token| self.token.as_ref() != Some(*token)) {
            errand.token = Some(token.clone());
            errand.in_links = true;
            errand.is_new = true;
        }
        errand.next.clone_from(&outcome.renewed);
        errand
    }

    /// The same of whoever has looked at a room, and has made it by that.
    #[must_use]
    pub fn after(&self, sight: &Sight) -> Self {
        let next = sight.renewed.clone().or_else(|| self.next.clone());
        Self { next, ..self.clone() }
    }

    /// The session as the answer has it.
    #[must_use]
    pub fn session(&self) -> Option<&Token> {
        self.next.as_ref().or(self.token.as_ref())
    }

    /// Whether the answer may make that the browser's own: it is already, or this request made
    /// it. One that came in a link may be anybody's, who wants to be where its reader goes.
    #[must_use]
    pub fn keeps_session(&self) -> bool {
        !self.is_guest && (self.is_new || !self.in_links)
    }
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// To see the room.
    Look(Look),
    /// To say something there.
    Say(Box<Say>),
    /// To come in: as a new person, or into a room that asks for its password.
    Enter(Box<Enter>),
    /// To see which rooms there are, and perhaps to go into one of them.
    Gate(Box<Gate>),
    /// To do what was typed behind a slash.
    Do(Box<Do>),
    /// To see how one is called, for the page of settings, or to be called otherwise.
    Settings(Option<Box<Do>>),
    /// To hear what is said there next.
    Poll(Look),
    /// To say this there, as a program does: the answer is a sentence.
    Tell(String),
    /// To come in as a program does, in JSON ...
    Hello(Json),
    /// ... and to ask this: the answer is what a line would be told.
    Ask(Json),
    /// To have all of it as a file.
    Save(Form),
    /// To have this session's cookie.
    Keep,
}

/// JSON that nobody has read yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(pub String);

/// Secrets may be in it, and must not slip into a log line.
impl fmt::Debug for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Json(..)")
    }
}

/// Which part of a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// How far it was seen before.
    pub after: Option<Seen>,
    /// Which log that was, where nothing else of it is known.
    pub log: Option<Epoch>,
    /// Private messages, too, and how far those were seen.
    pub private: Option<Option<Seen>>,
    /// What is there now, without waiting for what comes.
    pub at_once: bool,
    /// Of a poll: whoever asks may follow a link, so no room is made by it.
    pub must_exist: bool,
    /// Only what is older than this.
    pub before: Option<Seq>,
    /// Only lines that somebody looks for.
    pub find: Option<Find>,
    /// Nothing but the list of what was said last.
    pub is_list: bool,
    /// An own line that is to read otherwise.
    pub change: Option<Seq>,
    /// Private messages instead of the room's; whom the next one is for, if that is known.
    pub private_to: Option<String>,
    /// What the page says beside that.
    pub note: Option<Note>,
    /// What stands in the field: a text that could not be sent ...
    pub unsent: Option<String>,
    /// ... what its form called it ...
    pub once: Option<Once>,
    /// ... and which name a stranger wanted.
    pub name: Option<String>,
}

/// What a page says that has nothing to do with the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// What was chosen on the page of settings is kept from now on.
    Saved,
    /// How the room is kept from strangers, which its maker has just changed.
    Set,
    /// Its reader's name has a new secret.
    Secret,
    /// Its reader has left, and is nobody.
    Left,
    /// Which commands there are.
    Help,
    /// Why the password of the address before did not let in.
    NoEntry(NoEntry),
}

impl Look {
    /// Whether it is the room as one finds it, with what was said last.
    #[must_use]
    pub fn is_front(&self) -> bool {
        let is_other = self.before.is_some() || self.find.is_some() || self.change.is_some();
        self.private_to.is_none() && !is_other
    }
}

/// A coming in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enter {
    /// As whom, if it is a stranger who comes.
    pub stranger: Stranger,
    /// The room's own password. What is made of it takes a while, so that is done by who
    /// carries this out.
    pub password: Option<Password>,
    /// What could not be said before, and stands in the field again.
    pub text: String,
    /// The form is not of this session.
    pub is_stale: bool,
    /// The address of ours that it leads to; `None`: the room's page.
    pub then: Option<String>,
    /// The address that had the box's password, without it: where a wrong one leads to.
    pub else_to: Option<String>,
}

/// The page before all rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// The room that was left just now.
    pub left: Option<RoomName>,
    /// The room that was typed or pressed; `None`: the page is only looked at.
    pub to: Option<String>,
    /// What the form says of a stranger, if it was made for one.
    pub stranger: Option<Stranger>,
    /// The form is not of this session.
    pub is_stale: bool,
}

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// The words.
    pub text: String,
    /// What the form calls it, so that sending the form again does no harm.
    pub once: Option<Once>,
    /// ... and what is done with it; `None` if the form has no number.
    pub id: Option<MessageId>,
    /// Who says it, if it is a stranger.
    pub stranger: Stranger,
    /// The form is not of this session.
    pub is_stale: bool,
}

/// What a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Do {
    /// What that is.
    pub wish: Wish,
    /// Of a private message: to whom, as it was typed.
    pub to: Option<String>,
    /// When the form was drawn whose name is that.
    pub drawn: Option<UnixMillis>,
    /// The own line that is to read otherwise, or not at all.
    pub change: Option<Seq>,
    /// The form that it stood in.
    pub form: Say,
}

/// Something asked for that nobody has read yet: the digest of a secret in it takes a while,
/// so that is left to who carries it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The text of the form is a command.
    Typed,
    /// A request of `threadbare.v1`.
    Json(Json),
}
