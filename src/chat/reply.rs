//! Everything that the server sends to one client, except the lines of logs: answers to its
//! requests, and notices.
//!
//! Owns: which values make up an answer or a notice. A format turns them into bytes.
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
        /// The session's token, which gives you the name again when you come back; `None`: you have
        /// the name only while this client is connected.
        token: Option<Token>,
        /// How long the name stays reserved while you are away, if that is shorter than usual
        /// because too many new people came from your address. `None`: the usual time.
        kept_for: Option<Duration>,
    },
    /// Your message has its number now. If the server keeps a history, the message is stored there,
    /// so a crash cannot lose it.
    Sent {
        /// The log that has the message.
        log: LogName,
        /// The id that you gave the message. A message without an id gets no `Sent`.
        id: Option<MessageId>,
        /// The message's number in this log.
        seq: Seq,
        /// When the hub accepted the message.
        at: UnixMillis,
        /// Whether it is a private message to a person who is away.
        is_away: bool,
    },
    /// The server could not understand what you sent.
    Fault(Fault),
    /// The server did not do what you asked, and no other client was told of it.
    Refused {
        /// The room that the request was for; `None`: it was for no room.
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
    /// The list of rooms. The room with the most people is the first.
    Rooms {
        /// The rooms, as many as fit into one answer.
        rooms: Vec<RoomSummary>,
        /// Whether the server has more rooms than are in this answer.
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
    /// A part of a log's older lines, oldest first.
    History {
        /// The log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Your person. It shows which of the lines are yours; `None`: you have no person.
        reader: Option<PersonId>,
        /// Whether the log has older lines.
        more: bool,
        /// The ranges of numbers that a run of the server has skipped, if they lie between these
        /// lines or directly after them.
        skipped: Vec<SkipRange>,
        /// Ranges of numbers whose lines are lost, because the file was damaged or the disk was too
        /// slow. Each pair is the first and the last number.
        lost: Vec<(Seq, Seq)>,
    },
    /// The lines of a log that match your search, oldest first.
    Found {
        /// The log.
        log: LogName,
        /// The lines.
        entries: Vec<Arc<Entry>>,
        /// Your person. It shows which of the lines are yours; `None`: you have no person.
        reader: Option<PersonId>,
        /// The lowest number that the search has looked at. To search the older lines, too, ask
        /// again with this number. `None`: the search has looked at all lines.
        next: Option<Seq>,
    },
    /// You read too slowly, so lines of this log were dropped before they were sent to you. The
    /// server sends them again by itself, as fast as you read.
    Behind(LogName),
    /// After [`Behind`](Self::Behind): you have all lines of this log now.
    CaughtUp {
        /// The log.
        log: LogName,
        /// The number of the last line that you received.
        seq: Seq,
    },
    /// You have missed lines with these numbers, and the server cannot send them. It has deleted
    /// them, or never stored them because the disk was too slow.
    TooOld {
        /// The log.
        log: LogName,
        /// The first of the missed numbers.
        from: Seq,
        /// The last of the missed numbers.
        to: Seq,
    },
    /// You have seen lines with these numbers, but a crash or damage of the file has destroyed
    /// them.
    NotKept {
        /// The log.
        log: LogName,
        /// The first number whose line was destroyed.
        from: Seq,
        /// The last number whose line was destroyed.
        to: Seq,
        /// How many of the destroyed lines you have seen, at most.
        lines: u64,
        /// Whether the lines had been stored, and were lost because the file was damaged.
        damaged: bool,
    },
    /// A run of the server has skipped these numbers: no client ever got lines with them, or these
    /// lines are lost.
    Skipped {
        /// The log.
        log: LogName,
        /// The first number that was skipped.
        from: Seq,
        /// The last number that was skipped.
        to: Seq,
        /// Whether lines with these numbers may have been stored and then lost, because the file
        /// was damaged.
        damaged: bool,
    },
    /// Says whether the server stores messages from now on.
    Keeping {
        /// Whether messages are stored from now on.
        kept: bool,
        /// Why messages are not stored; empty if they are.
        reason: String,
    },
    /// A person came into a room or left it. Also the answer to a client that asked, in this room,
    /// whether a person is online in any room.
    Presence {
        /// The room.
        room: RoomName,
        /// The person.
        name: Name,
        /// Whether the person is in the room now. In the answer to a client that asked about a
        /// person: whether that person is online.
        here: bool,
        /// How many people are in the room now. In the answer to a client that asked about a
        /// person: 1 if that person is online, else 0.
        people: usize,
    },
    /// A person has taken another name, or has given its name a new secret.
    Renamed {
        /// The person's old name.
        from: Name,
        /// The person's new name. It is the same if only the secret is new.
        to: Name,
        /// Whether the name has a new secret. Only clients of that person receive `true`.
        secret: bool,
        /// The token that gives the new name back. You get one only if you have become another
        /// person, or have given your name a new secret.
        token: Option<Token>,
    },
    /// The settings of a room have changed: whether it is hidden, and whether it has a password.
    Set {
        /// The room.
        room: RoomName,
        /// The room's new settings.
        nature: RoomPrivacy,
    },
    /// Your session has gained a right, such as a room that you made. The value is a new token: as
    /// soon as you use it, it replaces your old one. `None`: you have just shown a token, and it is
    /// your session's token now.
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
    /// Returns this reply with the given token. A reply that has no token is returned unchanged.
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

/// What the server sends to a client that reads values instead of frames, such as the visitor for
/// whom a page is made. The type is small, because a channel allocates space for all its items when
/// it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToVisitor {
    /// An answer or a notice.
    Reply(Box<Reply>),
    /// A line of a log.
    Line {
        /// The line.
        entry: Arc<Entry>,
        /// Whether it is an old line whose author is the client's own person.
        own: bool,
    },
}

/// A mistake: what a client sent is not a valid request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as one word for programs.
    pub word: &'static str,
    /// A sentence for people, which says what to do.
    pub text: String,
    /// The room that the text was for; `None`: it was for no room, or the server could not read
    /// that part.
    pub room: Option<RoomName>,
    /// The id that the sender gave the message; `None`: it had none, or the server could not read
    /// it. The server has not stored the message, so the sender may send it again with this id.
    pub id: Option<MessageId>,
    /// What is wrong, if a person may have typed it. A format may use this for a sentence of its
    /// own, in place of `text`. `None`: only a program can make this mistake.
    pub wrong: Option<Box<Wrong>>,
}

impl Fault {
    /// Makes a fault that has only a word and a sentence.
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
    /// The command or form for a private message does not say whom it is for.
    NoAddressee,
    /// The message is too long by this many bytes.
    TooLong(usize),
    /// Too many wrong passwords of the server came from the client's address. For this long, the
    /// server checks no other password from there.
    TooManyGuesses(Duration),
    /// The person wanted to give a name a secret, but typed none.
    NoSecret,
    /// A secret has more than [`SECRET_BYTES_MAX`](crate::base::limits::SECRET_BYTES_MAX) bytes.
    LongSecret,
    /// Too many secrets wait to be checked. The client must send its secret again.
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
    /// The number of the log's newest line.
    pub seq: Seq,
    /// The number of the first line that the server sends you. It is the first one that you have
    /// missed, or if you have seen none, one of the newest. If the server does not have that line
    /// any more, you get a notice about it instead. You must ask for older lines.
    pub from: Seq,
    /// If you send a message again and its line has a higher number than this, the server knows the
    /// message's id and stores no second line. No format sends this value to a client.
    pub ids_behind: Seq,
    /// The room's topic; empty for none.
    pub topic: String,
    /// The number of people and classic clients in the room, you included.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password.
    pub nature: RoomPrivacy,
}

/// Who can find a room and enter it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPrivacy {
    /// Whether the room is missing from the list of rooms.
    pub hidden: bool,
    /// Whether the room asks for a password.
    pub locked: bool,
}

/// Writes the settings as the end of a sentence that begins with the room's name.
impl fmt::Display for RoomPrivacy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.hidden { "is hidden now" } else { "is in the list of rooms now" };
        let lock = if self.locked { "a password" } else { "no password" };
        write!(formatter, "{place} and asks for {lock}")
    }
}

/// One room in the list of rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's name.
    pub room: RoomName,
    /// The room's topic; empty: there is none, or the client may not see it.
    pub topic: String,
    /// How many people are in the room.
    pub people: usize,
    /// Whether it is hidden, and whether it has a password.
    pub nature: RoomPrivacy,
}
