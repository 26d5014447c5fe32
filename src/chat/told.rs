//! What one numbered client is told, beside the lines of its rooms' logs.
//!
//! Owns: the shape of answers and notices. A format makes bytes of them.
//! Must not know: JSON, frames, outboxes.
//!
//! Next: `chat/core/mod.rs`, which decides on all of them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bad_command::BadCommand;
use super::entry::{Entry, Epoch, MessageId, Seq, UnixMillis};
use super::log_name::LogName;
use super::name::{BadName, Name};
use super::numbers::Skip;
use super::record::PersonId;
use super::refused::Refused;
use super::room_name::{BadRoomName, RoomName};
use super::secret::Mark;
use super::token::Token;

/// An answer or a notice for one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The hello is taken: this is who you are.
    Welcome {
        /// Your name.
        name: Name,
        /// What goes with its secret, if you gave one.
        mark: Option<Mark>,
        /// What gives it back to you; nothing does in a format without a hello.
        token: Option<Token>,
        /// How long that does when you are away, if that is less than for others: too many
        /// new people came from your address.
        kept_for: Option<Duration>,
    },
    /// Your own message has its number; nothing can be lost of it any more.
    Sent {
        /// In which log.
        log: LogName,
        /// What you called it.
        id: Option<MessageId>,
        /// Its number.
        seq: Seq,
        /// When it was taken.
        at: UnixMillis,
        /// It was for one person alone, who was not here then.
        is_away: bool,
    },
    /// What you sent could not be understood.
    Fault(Fault),
    /// What you asked for did not happen; nobody else saw anything of it.
    Refused {
        /// The room that you asked something of.
        room: Option<RoomName>,
        /// What you called your message.
        id: Option<MessageId>,
        /// Why.
        reason: Refused,
        /// Your text, given back.
        said: Option<String>,
    },
    /// You hear a log from here on.
    Joined(Joined),
    /// You hear this room no more.
    Left(RoomName),
    /// Which rooms there are, the fullest first.
    Rooms {
        /// As many as one answer holds.
        rooms: Vec<RoomLine>,
        /// Whether there are others.
        more: bool,
    },
    /// Who is in a room.
    Who {
        /// Which room.
        room: RoomName,
        /// Their names, at most
        /// [`limits::WHO_NAMES_MAX`](crate::limits::WHO_NAMES_MAX).
        names: Vec<Name>,
        /// How many people and classic clients are there.
        people: usize,
    },
    /// An older piece of a log, oldest first.
    History {
        /// Which log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Who you are: which of them are yours.
        reader: Option<PersonId>,
        /// Whether there are older ones.
        more: bool,
        /// Numbers among them and right behind them that a life of the server has skipped:
        /// the first and the last of each row.
        skipped: Vec<Skip>,
        /// Numbers there of lines that are lost: the disk was damaged, or too slow.
        lost: Vec<(Seq, Seq)>,
    },
    /// Lines of a log that have what you looked for, oldest first.
    Found {
        /// Which log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Who you are: which of them are yours.
        reader: Option<PersonId>,
        /// Older lines than this were not looked at; `None`: that is all.
        next: Option<Seq>,
    },
    /// You were too slow for what is said; the rest comes by itself.
    Behind(LogName),
    /// You have all of a log again.
    CaughtUp {
        /// Which log.
        log: LogName,
        /// Up to this number.
        seq: Seq,
    },
    /// These numbers you missed are kept no more.
    TooOld {
        /// Which log.
        log: LogName,
        /// The first of them.
        from: Seq,
        /// The last of them.
        to: Seq,
    },
    /// These numbers that you saw did not survive.
    NotKept {
        /// Which log.
        log: LogName,
        /// The first of them.
        from: Seq,
        /// The last of them.
        to: Seq,
        /// How many of them you can have seen a line of.
        lines: u64,
        /// They were kept, and the file was damaged.
        damaged: bool,
    },
    /// These numbers were never told to anybody, or are lost: a life of the server has
    /// skipped them.
    Skipped {
        /// Which log.
        log: LogName,
        /// The first of them.
        from: Seq,
        /// The last of them.
        to: Seq,
        /// Lines among them may have been kept, and be lost by damage of the file.
        damaged: bool,
    },
    /// Whether what is said is kept.
    Keeping {
        /// Whether it is, from here on.
        kept: bool,
        /// Why not.
        reason: String,
    },
    /// A person came into a room or left it; or the answer to whoever asked in a room
    /// whether that person is here at all.
    Presence {
        /// Which room.
        room: RoomName,
        /// Who.
        name: Name,
        /// Whether the person is here now.
        here: bool,
        /// How many are there now.
        people: usize,
    },
    /// A person has another name, or the same one with another secret.
    Renamed {
        /// Before.
        from: Name,
        /// From here on.
        to: Name,
        /// With a new secret; only that person is told so.
        secret: bool,
        /// For who is somebody else from here on: what gives that name back.
        token: Option<Token>,
    },
    /// A room is kept from strangers otherwise than before.
    Set {
        /// Which room.
        room: RoomName,
        /// How it is now.
        nature: Nature,
    },
    /// Your session has gained something, and this token takes the place of the one by which
    /// you came as soon as it is used. `None`: the one that you have shown is yours.
    Session(Option<Token>),
    /// A person types in a room.
    Typing {
        /// Which room.
        room: RoomName,
        /// Who.
        name: Name,
    },
}

impl Told {
    /// The same with this token, where there is a place for one.
    #[must_use]
    pub fn with_token(self, given: Token) -> Self {
        let token = Some(given);
        match self {
            Self::Welcome { name, mark, kept_for, .. } => {
                Self::Welcome { name, mark, token, kept_for }
            }
            Self::Renamed { from, to, secret, .. } => Self::Renamed { from, to, secret, token },
            Self::Session(_) => Self::Session(token),
            other => other,
        }
    }
}

/// What a client without frames is told, as a value. Small, for a channel has the room of
/// all that it may hold from the beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer or a notice.
    Told(Box<Told>),
    /// A line of a log; `own`: it was said before, and you have said it.
    Line {
        /// The line.
        entry: Arc<Entry>,
        /// Whether that is so.
        own: bool,
    },
}

/// Something that was sent and is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// One word for programs.
    pub word: &'static str,
    /// A sentence with what to do.
    pub text: String,
    /// The room it was for, if that could be read.
    pub room: Option<RoomName>,
    /// What its sender called it, if that could be read: the text is still
    /// theirs.
    pub id: Option<MessageId>,
    /// What is wrong, for whoever has other words for it than `text`; `None`: nothing
    /// that a person could have typed.
    pub wrong: Option<Box<Wrong>>,
}

impl Fault {
    /// A fault of no room and no message.
    pub fn new(word: &'static str, text: String) -> Self {
        Self { word, text, room: None, id: None, wrong: None }
    }
}

/// What is wrong with something that a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Nobody can be called so.
    Name(BadName),
    /// No room can be called so.
    Room(BadRoomName),
    /// It is no command.
    Command(BadCommand),
    /// Nothing was typed.
    Empty,
    /// A form for a private message does not say whom it is for.
    NoAddressee,
    /// So many bytes too many were typed.
    TooLong(usize),
    /// So many wrong passwords of the box came that none is looked at for this long.
    TooManyGuesses(Duration),
    /// A name was to have a secret, and none was typed.
    NoSecret,
    /// A secret has more than [`SECRET_BYTES_MAX`](crate::limits::SECRET_BYTES_MAX) bytes.
    LongSecret,
    /// So many secrets wait to be looked at that this one must come again.
    TooManySecrets,
    /// More was to be looked for than can be at once.
    TooManyWords,
}

/// What one hears about a log on coming in. Of private messages: no topic, and
/// one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// Which log.
    pub log: LogName,
    /// Which life of its log.
    pub epoch: Epoch,
    /// The newest number.
    pub seq: Seq,
    /// The first number that you miss, which comes next, or that it is too old;
    /// what is older can be asked for.
    pub from: Seq,
    /// What was said behind this number is known by what its author called it, so that
    /// saying it again does no harm. No wire tells it.
    pub ids_behind: Seq,
    /// What the room is about; empty for nothing.
    pub topic: String,
    /// How many people and classic clients are there, you included.
    pub people: usize,
    /// What it is beside that.
    pub nature: Nature,
}

/// How a room is kept from strangers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nature {
    /// It is not in the list of rooms.
    pub hidden: bool,
    /// One needs its password to come in.
    pub locked: bool,
}

/// What a room is now, behind its name.
impl fmt::Display for Nature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.hidden { "is hidden now" } else { "is in the list of rooms now" };
        let lock = if self.locked { "a password" } else { "no password" };
        write!(formatter, "{place} and asks for {lock}")
    }
}

/// A room as the list of rooms shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomLine {
    /// Its name.
    pub room: RoomName,
    /// What it is about.
    pub topic: String,
    /// How many are there.
    pub people: usize,
    /// How it is kept from strangers.
    pub nature: Nature,
}
