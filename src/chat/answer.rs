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

use super::act::RoomActDone;
use super::entry::{AuthorTag, Entry, Epoch, MessageId, Seq, ToReader, UnixMillis};
pub use super::fault::{Fault, SESSION_OVER, Wrong};
use super::log_name::LogName;
use super::name::Name;
use super::numbers::SkipRange;
use super::poll::PollNews;
use super::record::PersonId;
use super::refused::Refused;
use super::room_name::RoomName;
use super::rules_of_room::RulesOfRoom;
use super::secret::Mark;
use super::token::Token;

/// An answer or a notice for one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The client has become a client of a person, with this name and this session.
    Welcome {
        /// The name of the client's person.
        name: Name,
        /// The name before it, if it is kept for the person. Who names it means the person.
        former: Option<Name>,
        /// The mark that other people see beside the name; `None`: they see none.
        mark: Option<Mark>,
        /// The token of the client's session, with which the client gets the name again when it
        /// reconnects. `None`: the person loses the name when this client's connection ends.
        token: Option<Token>,
        /// How long the name stays reserved after the person has left, if too many new people came
        /// from the client's network. `None`: the usual time.
        kept_for: Option<Duration>,
        /// Rooms in which the person is by other clients, without those of this client's hello.
        rooms: Vec<RoomName>,
        /// The time of the welcome, by the machine's clock.
        at: UnixMillis,
    },
    /// The client's message is a line of a log now. If the server has a history, the history has
    /// stored the line.
    Sent {
        /// The log in which the line is.
        log: LogName,
        /// The id that the client has given its message. For a message without an id the server
        /// does not send this answer.
        id: Option<MessageId>,
        /// The line's number in this log.
        seq: Seq,
        /// The time at which the chat accepted the message, by the machine's clock.
        at: UnixMillis,
        /// Whether the message is a private one to a person who is away.
        is_away: bool,
    },
    /// The server could not take what the client sent, mostly because it is no valid request.
    Fault(Fault),
    /// The server has refused the client's request.
    Refused {
        /// The room that the refusal is about; `None`: it is about no room.
        room: Option<RoomName>,
        /// The id of the client's message; `None`: it had none.
        id: Option<MessageId>,
        /// The reason for the refusal.
        reason: Refused,
        /// The text that the client has sent, so that the person need not type it again; `None`:
        /// the answer does not repeat the text.
        said: Option<String>,
    },
    /// The state of a log. It comes when a client enters a room, begins to receive its private
    /// messages, or only looks at a room. After it the client receives the lines of the log, unless
    /// the client is a visitor.
    Joined(Joined),
    /// The client has left this room, and receives no more of its lines from now on.
    Left(RoomName),
    /// The answer to a request for the list of rooms. The room with the most people comes first.
    Rooms {
        /// The rooms that the client may see, as many as fit into one answer.
        rooms: Vec<RoomSummary>,
        /// Whether the client may see further rooms, which did not fit into this answer.
        more: bool,
    },
    /// A room has come into the list of rooms, has left it, or needs a password now or none. All
    /// clients that are in a room are told so.
    Listed(RoomSummary),
    /// The client's person is in a new room by another client. This client can enter it, too.
    EnteredElsewhere(RoomName),
    /// Another device has signed in as the client's person, by a link or by the person's secret.
    SignedInElsewhere,
    /// The answer to a request for the people in a room.
    Who {
        /// The room that the client asked about.
        room: RoomName,
        /// The names of people in the room, at most
        /// [`limits::WHO_NAMES_MAX`](crate::base::limits::WHO_NAMES_MAX).
        names: Vec<Name>,
        /// How many people and classic clients are in the room.
        people: usize,
        /// The names of those people in `names` who are busy, each with the excuse; as many as fit
        /// into one answer.
        busy: Vec<(Name, String)>,
        /// The names of those people in `names` who look after the room, at most
        /// [`limits::KEEPERS_SHOWN_MAX`](crate::base::limits::KEEPERS_SHOWN_MAX).
        keepers: Vec<Name>,
        /// The names of those people in `keepers` who are hosts of the chat.
        hosts: Vec<Name>,
    },
    /// The answer to a `Whois` or a `WhoWrote` request.
    Person(Box<PersonState>),
    /// A person is busy from now on, or is busy no more. Without a room, this is the answer to the
    /// person's own client, or tells somebody who has written privately to the person.
    Excuse {
        /// The room that the person is in; `None`: see above.
        room: Option<RoomName>,
        /// The name of the person.
        name: Name,
        /// The person's excuse, which may be empty; `None`: the person is busy no more.
        excuse: Option<String>,
    },
    /// The answer to a `History` request: lines of a log.
    History {
        /// The log that the lines are from.
        log: LogName,
        /// The lines, oldest first.
        entries: Vec<Arc<Entry>>,
        /// Messages that the lines reply to: those that are in memory, and are not among the lines
        /// themselves. Only pages show them.
        replied_to: Vec<Arc<Entry>>,
        /// The id of the client's person, by which a format marks the lines that this person wrote.
        /// `None`: the client has no person, or the answer has no lines.
        person: Option<PersonId>,
        /// Whether there may be lines of the log that are older than those in this answer.
        more: bool,
        /// The ranges of skipped numbers between the lines of this answer and directly after them.
        /// If `more` is false, also ranges before the lines, if damage may have destroyed what was
        /// there.
        skipped: Vec<SkipRange>,
        /// The ranges of numbers whose lines are lost, between the lines of this answer and
        /// directly after them. A range is a pair: its first and its last number.
        lost: Vec<(Seq, Seq)>,
    },
    /// The answer to a search: the lines of a log that match it.
    Found {
        /// The log that was searched.
        log: LogName,
        /// The lines that match the search, oldest first.
        entries: Vec<Arc<Entry>>,
        /// Messages that the lines reply to: those that are in memory, and are not among the lines
        /// themselves. Only pages show them.
        replied_to: Vec<Arc<Entry>>,
        /// The id of the client's person, by which a format marks the lines that this person wrote.
        /// `None`: the client has no person, or the answer has no lines.
        person: Option<PersonId>,
        /// The number below which the search is not done yet. The client may send the search again
        /// with this number. `None`: nothing is left to search.
        next: Option<Seq>,
    },
    /// The client reads too slowly, so the server has not sent it some lines of this log. The
    /// server sends them later, as fast as the client reads. The client need not request them.
    Behind(LogName),
    /// The server has sent the client the lines of this log up to the newest one, or up to the end
    /// of what the client wants to save.
    CaughtUp {
        /// The log whose lines were sent.
        log: LogName,
        /// The number up to which the log's lines were sent.
        seq: Seq,
    },
    /// The client has missed lines with these numbers, and the server cannot send them. For
    /// example, the history has deleted these lines, or the disk was too slow to store them.
    TooOld {
        /// The log of which the client has missed lines.
        log: LogName,
        /// The first of the missed numbers.
        from: Seq,
        /// The last of the missed numbers.
        to: Seq,
    },
    /// Lines with these numbers are lost, and the client may have seen them: after a crash, because
    /// the file was damaged, or for another reason.
    NotKept {
        /// The log of which lines are lost.
        log: LogName,
        /// The first number whose line is lost.
        from: Seq,
        /// The highest number that the client has seen.
        to: Seq,
        /// The most lines that the client may have seen and that are lost.
        lines: u64,
        /// Whether the lines may have been stored, and lost because the file was damaged.
        damaged: bool,
    },
    /// The server skipped the numbers from `from` to `to`: it has no line with any of them.
    Skipped {
        /// The log whose numbers the server skipped.
        log: LogName,
        /// The first number that was skipped.
        from: Seq,
        /// The last number that was skipped.
        to: Seq,
        /// Whether lines with the skipped numbers may have been stored, and lost because the file
        /// was damaged.
        damaged: bool,
    },
    /// A notice when the server can no longer store messages, or when it can again. A new client
    /// gets it, too, if the server cannot store messages at that time.
    Keeping {
        /// Whether the server stores messages now.
        kept: bool,
        /// The reason why the server does not store messages; empty if it stores them.
        reason: String,
    },
    /// A person came into a room or left it.
    Presence {
        /// The room that the person has come into or left.
        room: RoomName,
        /// The name of the person who came or left.
        name: Name,
        /// Whether the person is in the room now.
        here: bool,
        /// How many people and classic clients are in the room now.
        people: usize,
    },
    /// A person has taken another name or has given its name a new secret, or a client has become a
    /// client of another person.
    Renamed {
        /// The old name.
        from: Name,
        /// The new name. If only the secret is new, it equals the old name.
        to: Name,
        /// Whether the name has a new secret. It is true only in a notice to one of the person's
        /// own clients.
        secret: bool,
        /// True in a notice to a room whose log has a line about it, too. The formats that show
        /// lines and notices alike show only the line.
        in_log: bool,
        /// The new token of the client's session, if the client has become a client of another
        /// person or has given its name a new secret. With it the client gets the name again when
        /// it reconnects. `None`: the client gets no new token.
        token: Option<Token>,
    },
    /// A person with whom the client's person has exchanged private messages has another name now
    /// than in the newest of them.
    PrivateName {
        /// The number of that person, as lines of private messages have it.
        with: AuthorTag,
        /// The present name.
        name: Name,
    },
    /// The settings of a room after its maker has changed them: whether it is hidden, and whether
    /// it has a password.
    Set {
        /// The room whose settings these are.
        room: RoomName,
        /// The settings of the room from now on.
        privacy: RoomPrivacy,
    },
    /// `Some`: a new token for the client's session, which has gained a right, for example to
    /// change a room that its person has made. The new token replaces the old one as soon as a
    /// client uses the new one. `None`: the server confirms that the token that the client has sent
    /// is now its session's token.
    Session(Option<Token>),
    /// An invite to a room: whoever has its token may enter the room without its password, until
    /// the room gets another password.
    Invite {
        /// The room that the invite opens.
        room: RoomName,
        /// The invite's token; it is `None` only until `chat_rule/chat.rs` has added it.
        token: Option<Token>,
    },
    /// A link by which another device gets a session of the client's person, once and within
    /// [`limits::DEVICE_LINK_KEPT`](crate::base::limits::DEVICE_LINK_KEPT). For the server's
    /// operator it is a link by which somebody becomes a host. The value is the link's token; it is
    /// `None` only until `chat_rule/chat.rs` has added it.
    DeviceLink(Option<Token>),
    /// The client's person is a host now.
    Host,
    /// The client's person is a host no more.
    NotHost,
    /// Somebody who looks after a room has done something in it: the answer to an `Act` request,
    /// and a notice to everybody in the room.
    Acted(Box<RoomActDone>),
    /// The answer to a `RoomState` request: what holds in a room.
    RoomState(Box<RulesOfRoom>),
    /// How a poll in a room stands: told to the room, or to a client that comes in or asks.
    Poll(Box<PollNews>),
    /// Somebody wants to enter a closed room, and waits to be admitted. The clients in the room
    /// that look after it are told so.
    Waits {
        /// The room.
        room: RoomName,
        /// The name of the person who waits.
        name: Name,
    },
    /// All lines of the client's person were removed, and the name is free. If the server has a
    /// history, the removal is stored. After this answer the client is disconnected.
    Forgotten,
    /// The client's person has read a log so far, on another device.
    HaveRead {
        /// The log that was read.
        log: LogName,
        /// In private messages, the number of the person whose messages were read.
        with: AuthorTag,
        /// The epoch of the log.
        epoch: Epoch,
        /// The number of the last line that was read.
        seq: Seq,
    },
    /// A person is typing in a room.
    Typing {
        /// The room in which the person is typing.
        room: RoomName,
        /// The name of the person who is typing.
        name: Name,
    },
}

impl Answer {
    /// Makes the refusal of a request that has no id, about this room.
    #[must_use]
    pub fn refusal(room: Option<RoomName>, reason: Refused) -> Self {
        Self::Refused { room, id: None, reason, said: None }
    }

    /// Returns this answer with the token `given`. Answers of the kinds that have no token are
    /// returned unchanged.
    #[must_use]
    pub fn with_token(self, given: Token) -> Self {
        let token = Some(given);
        match self {
            Self::Welcome { name, former, mark, kept_for, rooms, at, .. } => {
                Self::Welcome { name, former, mark, token, kept_for, rooms, at }
            }
            Self::Renamed { from, to, secret, in_log, .. } => {
                Self::Renamed { from, to, secret, in_log, token }
            }
            Self::Session(_) => Self::Session(token),
            Self::DeviceLink(_) => Self::DeviceLink(token),
            Self::Invite { room, .. } => Self::Invite { room, token },
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
    Answer(Box<Answer>),
    /// A line of a log.
    Line {
        /// The line that the client receives.
        entry: Arc<Entry>,
        /// What an older line is to the client's person. `None`: the line was said after the client
        /// has caught up.
        past: Option<ToReader>,
    },
}

/// The state of a log, for a client that enters a room, begins to receive its private messages, or
/// only looks at a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The log whose state this is.
    pub log: LogName,
    /// The epoch of the log.
    pub epoch: Epoch,
    /// The log's highest number: that of its newest line, or of a number that was skipped after it.
    pub seq: Seq,
    /// The number of the first line that the server sends to the client, if it still has that line:
    /// the first that the client has missed. If the client has seen no line of the log, it is
    /// mostly one of the newest lines. Older lines come only on request. A visitor must request all
    /// lines.
    pub from: Seq,
    /// The server knows the ids of all messages with a number above this one. If a client sends
    /// such a message again with its id, no second line is made. No format sends this value to a
    /// client.
    pub ids_behind: Seq,
    /// The room's topic; empty: the room has no topic, or the log is one of private messages.
    pub topic: String,
    /// The room's pinned message; `None`: no message is pinned.
    pub pinned: Option<Box<PinnedMessage>>,
    /// Whether the client may pin messages in the room, because it has made the room.
    pub is_maker: bool,
    /// How far the client's person has read the room, on any device; `None`: the core does not know
    /// it.
    pub read: Option<Seq>,
    /// How many people and classic clients are in the room; 1 for a log of private messages.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password. Both are false for a log of
    /// private messages.
    pub privacy: RoomPrivacy,
    /// What holds in the room for everybody. For a log of private messages there is nothing.
    pub state: RoomState,
    /// How long the client's person is muted in the room yet; `None`: the person is not.
    pub muted: Option<Duration>,
    /// What people read who come to the room for the first time; empty: nothing.
    pub welcome: String,
}

/// What a client may know of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonState {
    /// The person's name.
    pub name: Name,
    /// Whether the person is online, in any room or in none.
    pub here: bool,
    /// The person's excuse, which may be empty; `None`: the person is not busy.
    pub excuse: Option<String>,
    /// When the person's last connection ended; `None`: the person is online.
    pub seen: Option<UnixMillis>,
    /// The number of the line whose author the client has asked about; `None`: it asked about a
    /// name.
    pub wrote: Option<Seq>,
}

/// The pinned message of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedMessage {
    /// The message, with its newest text.
    pub entry: Arc<Entry>,
    /// The name that the room's maker has now; `None`: the room has no maker any more.
    pub by: Option<Name>,
}

/// Whether a room is hidden, and whether it has a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomPrivacy {
    /// Whether the room is hidden: only people in the room find it in the list of rooms.
    pub hidden: bool,
    /// Whether the room has a password.
    pub locked: bool,
}

/// Writes the settings of a room as the end of a sentence that begins with the room's name.
impl fmt::Display for RoomPrivacy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.hidden { "hidden" } else { "in the list of rooms" };
        let lock = if self.locked { "a" } else { "no" };
        write!(formatter, "is now {place} and needs {lock} password")
    }
}

/// What holds in a room for everybody who does not look after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomState {
    /// Whether only whoever looks after the room can write in it.
    pub frozen: bool,
    /// Whether only people who were admitted can enter the room.
    pub closed: bool,
    /// In slow mode, the time between two messages of one person; zero: there is no slow mode.
    pub slow: Duration,
    /// Whether a lesson is on: the people in the room take no other names, and write privately only
    /// to those who look after the room.
    pub lesson: bool,
    /// Whether there is a poll.
    pub poll: bool,
}

/// One room in the list of rooms that a client gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomSummary {
    /// The room's name.
    pub room: RoomName,
    /// The room's topic; empty: the room has no topic, or the client is not allowed to see it.
    pub topic: String,
    /// How many people and classic clients are in the room.
    pub people: usize,
    /// Whether the room is hidden, and whether it has a password.
    pub privacy: RoomPrivacy,
}
