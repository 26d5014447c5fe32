//! Everything that the server sends to one client besides the lines of logs: answers to its
//! requests, and notices.
//!
//! Owns: the shape of answers and notices. A format turns them into bytes.
//! Must not know: JSON, frames, outboxes.
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::bad_command::BadCommand;
use super::entry::{Entry, Epoch, MessageId, Seq, UnixMillis};
use super::log_name::LogName;
use super::name::{BadName, Name};
use super::numbers::SkipRange;
use super::record::PersonId;
use super::refused::Refused;
use super::room_name::{BadRoomName, RoomName};
use super::secret::Mark;
use super::token::Token;

/// An answer or a notice for one client. "You" in these comments is that client's person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The hello was accepted.
    Welcome {
        /// Your name from now on.
        name: Name,
        /// The mark of the name's secret; `None`: the name has no secret.
        mark: Option<Mark>,
        /// The session's token, which gives the name back later; `None`: you have the name only
        /// while this client is connected.
        token: Option<Token>,
        /// How long the name is kept while you are away, if that is shorter than usual because too
        /// many new people came from your address. `None`: as long as usual.
        kept_for: Option<Duration>,
    },
    /// Your message has its number. If the server keeps a history, the message is stored there, so
    /// it cannot be lost any more.
    Sent {
        /// The log that has the message.
        log: LogName,
        /// The id that you gave the message. A message without an id gets no `Sent`.
        id: Option<MessageId>,
        /// The message's number in that log.
        seq: Seq,
        /// When the hub accepted the message.
        at: UnixMillis,
        /// Whether it is a private message for a person who is away.
        is_away: bool,
    },
    /// The server could not understand what you sent.
    Fault(Fault),
    /// The server did not do what you asked. No other client saw anything of it.
    Refused {
        /// The room that the request was for; `None`: for no room.
        room: Option<RoomName>,
        /// The id that you gave your message; `None`: the request had none.
        id: Option<MessageId>,
        /// The reason.
        reason: Refused,
        /// Your text, so that you do not have to type it again; `None`: the answer does not repeat
        /// it.
        said: Option<String>,
    },
    /// From now on you receive the lines of this log.
    Joined(Joined),
    /// From now on you receive no more lines of this room.
    Left(RoomName),
    /// The list of rooms, beginning with the room with the most people.
    Rooms {
        /// The rooms, as many as one answer holds.
        rooms: Vec<RoomSummary>,
        /// Whether there are more rooms than the answer holds.
        more: bool,
    },
    /// The people in a room.
    Who {
        /// The room.
        room: RoomName,
        /// The names of people in the room, at most
        /// [`limits::WHO_NAMES_MAX`](crate::base::limits::WHO_NAMES_MAX).
        names: Vec<Name>,
        /// The number of people and classic clients in the room.
        people: usize,
    },
    /// An older piece of a log, oldest first.
    History {
        /// The log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Your person, which shows which of the lines are yours; `None`: you have no person.
        reader: Option<PersonId>,
        /// Whether the log has older lines.
        more: bool,
        /// Numbers among these lines, or directly after them, that a run of the server has skipped.
        /// Each item is one unbroken range.
        skipped: Vec<SkipRange>,
        /// Ranges of numbers whose lines are lost, because the disk was damaged or too slow. Each
        /// pair is the first and the last number.
        lost: Vec<(Seq, Seq)>,
    },
    /// The lines of a log that match your search, oldest first.
    Found {
        /// The log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Your person, which shows which of the lines are yours; `None`: you have no person.
        reader: Option<PersonId>,
        /// The search has not looked at lines with a lower number than this; ask again for them.
        /// `None`: it has looked at all lines.
        next: Option<Seq>,
    },
    /// You read too slowly, so waiting lines of this log were dropped. The server sends them again
    /// by itself, as fast as you read.
    Behind(LogName),
    /// You have received all lines of a log again.
    CaughtUp {
        /// The log.
        log: LogName,
        /// The number of the last line that you received.
        seq: Seq,
    },
    /// You missed these numbers, and their lines are not kept any more, or never were because the
    /// disk was too slow.
    TooOld {
        /// The log.
        log: LogName,
        /// The first number whose line is not kept.
        from: Seq,
        /// The last number whose line is not kept.
        to: Seq,
    },
    /// You have seen these numbers, but they did not survive a crash.
    NotKept {
        /// The log.
        log: LogName,
        /// The first number that did not survive.
        from: Seq,
        /// The last number that did not survive.
        to: Seq,
        /// How many lines with these numbers you have seen at most.
        lines: u64,
        /// Whether the lines had been stored, so that damage of the file destroyed them.
        damaged: bool,
    },
    /// A run of the server has skipped these numbers: no client ever got them, or their lines are
    /// lost.
    Skipped {
        /// The log.
        log: LogName,
        /// The first number that was skipped.
        from: Seq,
        /// The last number that was skipped.
        to: Seq,
        /// Whether lines with these numbers may have been stored, so that damage of the file
        /// destroyed them.
        damaged: bool,
    },
    /// Says whether the server stores messages from now on.
    Keeping {
        /// Whether messages are stored from now on.
        kept: bool,
        /// Why messages are not stored; empty if they are.
        reason: String,
    },
    /// A person came into a room or left it. Also the answer to a client that asked, in a room,
    /// whether a person is online in any room.
    Presence {
        /// The room.
        room: RoomName,
        /// The person.
        name: Name,
        /// Whether the person is in the room (or online) now.
        here: bool,
        /// How many people are in the room now. In the answer to a client that asked about a
        /// person: 1 if that person is online, else 0.
        people: usize,
    },
    /// A person has another name, or the same name with another secret.
    Renamed {
        /// The name until now.
        from: Name,
        /// The name from now on.
        to: Name,
        /// Whether the name has a new secret. Only clients of that person receive `true`.
        secret: bool,
        /// The token that gives the new name back. Only for a client that has become another
        /// person, or has given its name a new secret; `None` for all others.
        token: Option<Token>,
    },
    /// The settings of a room have changed: whether it is hidden, and whether it has a password.
    Set {
        /// The room.
        room: RoomName,
        /// The settings from now on.
        nature: RoomPrivacy,
    },
    /// Your session has gained something, such as a room that you made. The token in it replaces
    /// the token that you came with, as soon as you use it. `None`: you have just shown a token,
    /// and it is your session's token now.
    Session(Option<Token>),
    /// A person is typing in a room.
    Typing {
        /// The room.
        room: RoomName,
        /// The person.
        name: Name,
    },
}

impl Reply {
    /// Returns this reply with the given token in it. A reply without a field for a token is
    /// returned unchanged.
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

/// What the server sends to a client that reads values instead of frames, such as a page's visitor.
/// The type is small, because a channel allocates space for all its items when it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToVisitor {
    /// An answer or a notice.
    Reply(Box<Reply>),
    /// A line of a log.
    Line {
        /// The line.
        entry: Arc<Entry>,
        /// Whether the line is an old one that the client's person said itself.
        own: bool,
    },
}

/// Something that a client sent and that is not a valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as one word for programs.
    pub word: &'static str,
    /// A sentence for people, which says what to do.
    pub text: String,
    /// The room that the text was meant for; `None`: the server could not read that, or it was for
    /// no room.
    pub room: Option<RoomName>,
    /// The id that the sender gave the message; `None`: the server could not read it, or there was
    /// none. The server has not stored the message, so the sender may send it again.
    pub id: Option<MessageId>,
    /// What is wrong, for formats with sentences of their own in place of `text`. `None`: it is a
    /// mistake that only a program can make, not a person who types.
    pub wrong: Option<Box<Wrong>>,
}

impl Fault {
    /// Makes a fault without a room and an id, and without `wrong`.
    pub fn new(word: &'static str, text: String) -> Self {
        Self { word, text, room: None, id: None, wrong: None }
    }
}

/// What is wrong with something that a person typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The text is not a valid name of a person.
    Name(BadName),
    /// The text is not a valid name of a room.
    Room(BadRoomName),
    /// The text begins with a slash and is not a valid command.
    Command(BadCommand),
    /// Nothing was typed.
    Empty,
    /// The form of a private message does not say whom it is for.
    NoAddressee,
    /// The message is too long by this many bytes.
    TooLong(usize),
    /// Too many wrong passwords of the server came from the client's address. The server checks no
    /// other password from there for this long.
    TooManyGuesses(Duration),
    /// A name should get a secret, but none was typed.
    NoSecret,
    /// A secret has more than [`SECRET_BYTES_MAX`](crate::base::limits::SECRET_BYTES_MAX) bytes.
    LongSecret,
    /// Too many secrets wait to be checked. The client must send this one again.
    TooManySecrets,
    /// The search has too many words or is too long.
    TooManyWords,
}

/// What a client is told about a log when it starts to follow it. For the log of private messages
/// the topic is empty, and the number of people is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The log.
    pub log: LogName,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The newest number.
    pub seq: Seq,
    /// The number from which the server sends you lines: the first line that you have missed, or if
    /// you have seen none, one of the newest. If that line is not kept, a notice about it comes
    /// instead. You must ask for older lines.
    pub from: Seq,
    /// The server knows the ids that authors gave their messages for all lines after this number.
    /// So if a message that has such a line is repeated, the server stores no second line. No
    /// format sends this to a client.
    pub ids_behind: Seq,
    /// The room's topic; empty for none.
    pub topic: String,
    /// The number of people and classic clients in the room, you included.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password.
    pub nature: RoomPrivacy,
}

/// Who can find a room and come into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPrivacy {
    /// Whether it is missing from the list of rooms.
    pub hidden: bool,
    /// Whether it asks for a password.
    pub locked: bool,
}

/// Writes the end of a sentence that begins with the room's name.
impl fmt::Display for RoomPrivacy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.hidden { "is hidden now" } else { "is in the list of rooms now" };
        let lock = if self.locked { "a password" } else { "no password" };
        write!(formatter, "{place} and asks for {lock}")
    }
}

/// One room of the list of rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's name.
    pub room: RoomName,
    /// Its topic; empty for none, or if the client may not see it.
    pub topic: String,
    /// How many people are in it.
    pub people: usize,
    /// Whether it is hidden, and whether it has a password.
    pub nature: RoomPrivacy,
}
