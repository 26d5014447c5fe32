//! What the server sends to one client, except new lines of logs: answers to its requests, and
//! notices.
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
    /// The server has accepted the client's hello, the first request on a connection.
    Welcome {
        /// Your name from now on.
        name: Name,
        /// The mark of the name's secret; `None`: the name has no secret.
        mark: Option<Mark>,
        /// The session's token, with which you get the name again when you reconnect; `None`: you
        /// have the name only while this client is connected.
        token: Option<Token>,
        /// How long the name stays reserved after you have left, if that is shorter than usual
        /// because too many new people came from your network. `None`: the usual time.
        kept_for: Option<Duration>,
    },
    /// Your message is a line of a log now. If the server has a history, it has stored the message.
    Sent {
        /// The log in which the message is a line.
        log: LogName,
        /// The id that you gave the message. For a message without an id the server sends no
        /// `Sent`.
        id: Option<MessageId>,
        /// The message's number in this log.
        seq: Seq,
        /// The time at which the chat accepted the message.
        at: UnixMillis,
        /// Whether the message is a private one to a person who is not connected now.
        is_away: bool,
    },
    /// The server could not understand what you sent.
    Fault(Fault),
    /// The server refused your request.
    Refused {
        /// The room that the request named; `None`: it named no room.
        room: Option<RoomName>,
        /// The id that you gave your message; `None`: the request had no id.
        id: Option<MessageId>,
        /// The reason why the server refused the request.
        reason: Refused,
        /// The text that you sent, so that you do not have to type it again; `None`: the answer
        /// does not repeat the text.
        said: Option<String>,
    },
    /// From now on you receive the lines of this log.
    Joined(Joined),
    /// From now on you receive no more lines of this room.
    Left(RoomName),
    /// The answer to a request for the list of rooms. The room with the most people comes first.
    Rooms {
        /// The rooms, as many as fit into one answer.
        rooms: Vec<RoomSummary>,
        /// Whether the server has more rooms than are in this answer.
        more: bool,
    },
    /// The answer to a request for the people in a room.
    Who {
        /// The room that the client asked about.
        room: RoomName,
        /// The names of people in the room, at most
        /// [`limits::WHO_NAMES_MAX`](crate::base::limits::WHO_NAMES_MAX).
        names: Vec<Name>,
        /// The number of people and classic clients in the room.
        people: usize,
    },
    /// The answer to a `History` request: older lines of a log, oldest first.
    History {
        /// The log that the lines are from.
        log: LogName,
        /// The older lines.
        entries: Vec<Arc<Entry>>,
        /// The id of your person, by which a format marks the lines that you wrote; `None`: your
        /// client has no person.
        person: Option<PersonId>,
        /// Whether the log has lines that are older than the lines of this answer.
        more: bool,
        /// The ranges of numbers between the lines of this answer, or directly after them, that the
        /// server skipped.
        skipped: Vec<SkipRange>,
        /// The ranges of numbers whose lines are lost, because the file was damaged or the disk was
        /// too slow. Each pair is the first and the last number.
        lost: Vec<(Seq, Seq)>,
    },
    /// The lines of a log that match your search, oldest first.
    Found {
        /// The log that was searched.
        log: LogName,
        /// The lines that match the search.
        entries: Vec<Arc<Entry>>,
        /// The id of your person, by which a format marks the lines that you wrote; `None`: your
        /// client has no person.
        person: Option<PersonId>,
        /// The lowest number that the search has looked at. To search the older lines, too, send
        /// the search again with this number. `None`: the search has looked at all lines.
        next: Option<Seq>,
    },
    /// You read too slowly, so the server has not sent you some lines of this log. It sends them
    /// later, as fast as you read. You need not request them.
    Behind(LogName),
    /// You have received this log's lines up to its newest one. This comes after
    /// [`Joined`](Self::Joined), and after [`Behind`](Self::Behind).
    CaughtUp {
        /// The log whose lines you have received.
        log: LogName,
        /// You have received all lines of the log up to this number.
        seq: Seq,
    },
    /// You have missed lines with these numbers, and the server cannot send them. It has deleted
    /// these lines, or never stored them because the disk was too slow.
    TooOld {
        /// The log from which you have missed lines.
        log: LogName,
        /// The first of the missed numbers.
        from: Seq,
        /// The last of the missed numbers.
        to: Seq,
    },
    /// You have seen lines with these numbers, but they are lost after a crash, or because the file
    /// was damaged.
    NotKept {
        /// The log in which the lines were.
        log: LogName,
        /// The first number whose line is lost.
        from: Seq,
        /// The last number whose line is lost.
        to: Seq,
        /// How many of the lost lines you have seen at most.
        lines: u64,
        /// Whether the file was damaged. If not, the lines were lost in a crash.
        damaged: bool,
    },
    /// The server skipped these numbers: it has no line with any of them.
    Skipped {
        /// The log whose numbers the server skipped.
        log: LogName,
        /// The first number that was skipped.
        from: Seq,
        /// The last number that was skipped.
        to: Seq,
        /// Whether lines with these numbers may have been stored, and lost because the file was
        /// damaged.
        damaged: bool,
    },
    /// The server begins to store messages again, or it cannot store them now.
    Keeping {
        /// Whether the server stores messages now.
        kept: bool,
        /// The reason why the server does not store messages; empty: it stores them.
        reason: String,
    },
    /// Someone came into a room or left it. This is also the answer to a client that asked whether
    /// a person is online ([`Request::Present`](super::request::Request::Present)).
    Presence {
        /// The room that the person has come into or left. In the answer to `Request::Present`: the
        /// room that the client named in its question; the person need not be in it.
        room: RoomName,
        /// The name of this person.
        name: Name,
        /// Whether the person is in the room now. In the answer: whether the person is online.
        here: bool,
        /// How many people and classic clients are in the room now. In the answer: 1 if the person
        /// is online, else 0.
        people: usize,
    },
    /// A person has taken another name, or has given its name a new secret.
    Renamed {
        /// The person's old name.
        from: Name,
        /// The person's new name. If only the secret is new, it equals the old name.
        to: Name,
        /// Whether the name has a new secret. Only the person's own clients are told this; for
        /// others it is false.
        secret: bool,
        /// Your session's new token, if you have become another person or have given your name a
        /// new secret. With it you get the name again when you reconnect. `None`: you get no new
        /// token.
        token: Option<Token>,
    },
    /// The settings of a room have changed: whether it is hidden, and whether it has a password.
    Set {
        /// The room whose settings have changed.
        room: RoomName,
        /// The room's new settings.
        privacy: RoomPrivacy,
    },
    /// `Some`: a new token for your session, which has gained a right, for example to change a room
    /// that you made. It replaces your old token as soon as you use it. `None`: the server confirms
    /// that the token that you sent is now your session's token.
    Session(Option<Token>),
    /// A person is typing in a room.
    Typing {
        /// The room in which the person is typing.
        room: RoomName,
        /// The name of the person who is typing.
        name: Name,
    },
}

impl Reply {
    /// Returns this reply with the token `given`. A reply that has no token is returned unchanged.
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
    /// An answer or a notice for the client.
    Reply(Box<Reply>),
    /// A line of a log.
    Line {
        /// The line that the client receives.
        entry: Arc<Entry>,
        /// Whether the client's own person wrote this line. It is false for a line that is said
        /// after the client has caught up.
        own: bool,
    },
}

/// What the server tells a client whose request it could not take, mostly because it is not a valid
/// request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong, as one word for programs.
    pub word: &'static str,
    /// A sentence for people, which says what to do.
    pub text: String,
    /// The room that the request named; `None`: it named no room, or the server could not read the
    /// room's name.
    pub room: Option<RoomName>,
    /// The id that the sender gave the message. The message is not stored, so the sender may send
    /// it again with this id. `None`: it had no id, or the server could not read the id.
    pub id: Option<MessageId>,
    /// What is wrong, if the mistake can come from a person's typing. A format may make a sentence
    /// of its own from this value, in place of `text`. `None`: only a program can make this
    /// mistake.
    pub wrong: Option<Box<Wrong>>,
}

impl Fault {
    /// Makes a fault that has only a word and a sentence.
    pub fn new(word: &'static str, text: String) -> Self {
        Self { word, text, room: None, id: None, wrong: None }
    }

    /// Makes the fault of a request whose session has ended.
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
    /// The text is not a valid name of a person.
    Name(BadName),
    /// The text is not a valid name of a room.
    Room(BadRoomName),
    /// The text begins with a slash and is not a valid command.
    Command(BadCommand),
    /// The person sent an empty text.
    Empty,
    /// The command or form for a private message does not say to whom the message goes.
    NoAddressee,
    /// The message is too long by this many bytes.
    TooLong(usize),
    /// Clients of this client's network have sent too many wrong passwords for the server. The
    /// value is the time in which the server checks no password from that network.
    TooManyGuesses(Duration),
    /// The person wanted to give a name a secret, but typed none.
    NoSecret,
    /// A secret has more than [`SECRET_BYTES_MAX`](crate::base::limits::SECRET_BYTES_MAX) bytes.
    LongSecret,
    /// The secret was not checked, because too many secrets wait for their check or came from this
    /// network. The client must send its secret again.
    TooManySecrets,
    /// The search has too many words or is too long.
    TooManyWords,
}

/// What the server tells a client about a log when the client starts to receive the log's lines.
/// For the log of private messages the topic is empty, and the number of people is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The log whose lines the client starts to receive.
    pub log: LogName,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The number of the log's newest line.
    pub seq: Seq,
    /// The number of the first line that the server sends you, if it still has that line: the first
    /// that you have missed. If you have seen no line of the log, it is one of the newest lines.
    /// Older lines come only if you ask for them.
    pub from: Seq,
    /// The server knows the ids of all messages with a number above this one. If you send such a
    /// message again, no second line is made. No format sends this value to a client.
    pub ids_behind: Seq,
    /// The room's topic; empty: the room has no topic.
    pub topic: String,
    /// The number of people and classic clients in the room, you included.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password.
    pub privacy: RoomPrivacy,
}

/// Whether a room is in the list of rooms, and whether a client can enter it without a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPrivacy {
    /// Whether the room is missing from the list of rooms.
    pub hidden: bool,
    /// Whether the room needs a password.
    pub locked: bool,
}

/// Writes the settings as the end of a sentence that begins with the room's name.
impl fmt::Display for RoomPrivacy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.hidden { "hidden" } else { "public" };
        let lock = if self.locked { "a" } else { "no" };
        write!(formatter, "is now {place} and needs {lock} password")
    }
}

/// One room in the list of rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's name.
    pub room: RoomName,
    /// The room's topic; empty: the room has no topic, or the client is not allowed to see it.
    pub topic: String,
    /// How many people are in the room.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password.
    pub privacy: RoomPrivacy,
}
