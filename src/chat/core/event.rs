//! The events that the core receives and the effects that it returns.
//!
//! Owns: which events and effects there are. Each event comes with the time ([`Moment`]), and
//! brings the random values that the core needs for it. The core knows only digests of tokens
//! (`chat_rule/tokens.rs`), so nobody can read a token where events or the state are written down.
//! The core is not told whether a client has received what an effect sends. If an outbox is full,
//! `chat_rule/progress` deals with that.
//! Must not know: channels, frames, outboxes.
//!
//! Part: `chat/core/mod.rs`.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use super::newcomer::{CameFrom, Newcomer};
use super::people::Author;
use crate::admission::ClientNetwork;
use crate::base::{client_id::ClientId, disconnect::Disconnect, limits};
use crate::chat::act::RoomAct;
use crate::chat::answer::Answer;
use crate::chat::entry::{AuthorTag, Entry, Epoch, Seen, Seq, UnixMillis};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, SkipRange};
use crate::chat::record::{CorrectedTimes, PersonId, Stored};
use crate::chat::request::{Claim, Post, PrivateMessage, RoomPosition, RoomSettings};
use crate::chat::room_name::RoomName;
use crate::chat::token::TokenDigest;

/// The id of a log. If the log is a room's, the room has the same id. In one run of the server, no
/// two logs ever have the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct LogId(pub NonZeroU64);

/// When an event happened, by two clocks: one that never goes back, and the clock that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Moment {
    /// The time on the chat's own clock. It is `NAME_KEPT_MAX` when the hub starts, and not 0, so a
    /// moment before the start, such as that at which a person left, is not negative.
    pub chat_time: Duration,
    /// The time of the machine's clock, in milliseconds since 1970, in UTC.
    pub utc: UnixMillis,
}

/// A request of a member: a [`Request`] with digests in place of its tokens. Two kinds of requests
/// never reach the core: those that may need lines from the history's file, and texts that could
/// not be parsed. `chat_rule/stages/lookups.rs` answers both.
///
/// [`Request`]: crate::chat::request::Request
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum MemberRequest {
    /// A message for everybody in the lobby, from a client of the classic format or of `webchat`.
    /// It has no id.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::text"))]
    Classic(String),
    /// A new line for the log of a room: a message, a topic, an edit or a deletion.
    Post(Box<Post>),
    /// A private message to one person.
    Private(Box<PrivateMessage>),
    /// The client wants to enter a room and follow its log. If it makes the room or enters the
    /// room's password, its session gets the token in the second value; `None`: the session keeps
    /// its token.
    Join(Box<RoomPosition>, Option<TokenDigest>),
    /// The client wants to leave this room.
    Leave(RoomName),
    /// The client wants the list of rooms.
    Rooms,
    /// The client wants the list of the people in this room.
    Who(RoomName),
    /// The client asks whether the person with this name is online, in any room.
    Whois(Box<Name>),
    /// The client asks the same about the author of this line of a room.
    WhoWrote(RoomName, Seq),
    /// The client's person is busy, with this excuse; `None`: busy no more.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::excuse"))]
    Excuse(Option<String>),
    /// The client's person is typing in this room, and the other clients there are to be told.
    Typing(RoomName),
    /// The client's person has read this log so far; of private messages, those with this person.
    HaveRead(LogName, Seen, AuthorTag),
    /// The client wants another name, or wants to become the person with this name and secret. It
    /// gets the token in the second value if it becomes another person, or gives its name a new
    /// secret; `None`: there is no new token.
    Rename(Box<Claim>, Option<TokenDigest>),
    /// The client's user wants to end the session. If the person's name has no secret, and none is
    /// pending, all sessions of the person end, and the name becomes free as soon as the person has
    /// no connection any more. Otherwise, only the other clients of the same session are
    /// disconnected, and the session's token stays valid.
    Quit,
    /// The client's user wants that all lines of the person, the name and all sessions are removed.
    /// The value is the name that the user typed as a confirmation.
    ForgetMe(Box<Name>),
    /// The client wants to change the settings of a room that its person has made. If the change
    /// gives the room a new password, the session gets the token in the second value. If that is
    /// `None`, the session keeps its old token.
    Set(Box<RoomSettings>, Option<TokenDigest>),
    /// The client shows this token, which the server has given its session.
    Session(TokenDigest),
    /// The user wants to end all other sessions of the person. This session gets this token.
    SignOutElsewhere(TokenDigest),
    /// The client wants an invite with this token to this room, perhaps for one person by name.
    Invite(RoomName, TokenDigest, Option<Box<Name>>),
    /// The client wants a link by which another device gets a session of its person. The link has
    /// this token.
    LinkDevice(TokenDigest),
    /// The client has followed the link with this token, which the server's operator has made, and
    /// its person becomes a host.
    BecomeHost(TokenDigest),
    /// The client asks what holds in this room: who looks after it, who can enter, who can write.
    RoomState(RoomName),
    /// The client wants to do something in a room that its person looks after.
    Act(Box<RoomAct>),
}

/// Something that has happened, and on which the core must act.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum CoreEvent {
    /// The server starts, with these settings and stored data. The core drops all state that it had
    /// before.
    Started(Box<Start>),
    /// A client wants to be let in.
    Newcomer(ClientId, Newcomer<TokenDigest>, CameFrom),
    /// A member, a client that was let in, has sent a request.
    Asked(ClientId, MemberRequest),
    /// The client has left the server.
    Left(ClientId),
    /// The log with this id must skip this range: no line gets a number in the range, and the log's
    /// next line gets a number after it.
    Skipped(LogId, SkipRange),
    /// These lines were sent to clients, but were lost before the history stored them. Their
    /// authors may send them again.
    Lost(Vec<(LogId, Seq)>),
    /// The history has begun a new file. So lines that are not in memory are lost.
    FileIsNew,
    /// The history has deleted old lines. Each item has the epoch of a log, and the highest number
    /// of a deleted line. The core drops all lines of the log up to this number from memory. If the
    /// room's pinned message is among them, the room gets a line, and has no pinned message.
    ThrownAway(Vec<(Epoch, Seq)>),
    /// Time has passed. The core now frees a few of the names whose reserved time is over. It also
    /// ends a few of the waits of rooms for people who have not come back in time.
    Ticked,
    /// The server is shutting down.
    Stopping,
}

/// What must be done after an event. The core returns a list of effects, and `chat_rule/chat.rs`
/// carries them out in the order of the list. The core is not told how much of a log the server has
/// sent to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The history must store this person, log or room again, or delete it. Such an effect comes
    /// before the event's effects of other kinds, because the history's file must have a room
    /// before it gets the room's lines.
    Changed(Changed),
    /// The client is let in: it is a member now, and may send requests.
    Welcome(ClientId),
    /// The newcomer is not let in, for this reason.
    Refuse(ClientId, Disconnect),
    /// A classic client, which knows no numbers of lines, receives all new lines of this room from
    /// now on.
    Subscribe(ClientId, LogId),
    /// The client follows a log: it receives all lines from a number on, those that exist and those
    /// to come.
    Follow {
        /// The client that follows the log.
        client: ClientId,
        /// The log that the client follows.
        log: LogId,
        /// The number of the first line that the client receives.
        from: Seq,
    },
    /// The client receives the lines of a log from the oldest one up to a number. Then its
    /// connection ends.
    Save {
        /// The client that receives the lines.
        client: ClientId,
        /// The log whose lines the client receives.
        log: LogId,
        /// The client receives no line with a higher number.
        last: Seq,
    },
    /// A visitor gets the state of a room's log once, without being in the room.
    ShowRoom {
        /// The visitor that gets the answers.
        client: ClientId,
        /// The room whose log the visitor gets the state of.
        room: RoomName,
        /// The answers that tell the visitor the state of the log. For the limits on the network of
        /// the visitor, showing the state counts like a search. If the network is over its limit,
        /// `chat_rule/chat.rs` sends a refusal instead of the answers.
        answers: Vec<Answer>,
    },
    /// The client receives no more lines of this log.
    Unfollow(ClientId, LogId),
    /// A log has a new line, for all clients that follow the log or are subscribed to it.
    NewLine {
        /// The log that has the new line.
        log: LogId,
        /// The author of the line.
        author: Author,
        /// The new line.
        entry: Arc<Entry>,
        /// The client that sent the line, and the answer to it. If the server has a history, the
        /// client does not get the answer before the line is stored. `None`: nobody gets an answer.
        answer: Option<(ClientId, Answer)>,
    },
    /// A client has sent a message again, and the message is already a line of a log.
    Resent {
        /// The log that has the line.
        log: LogId,
        /// The epoch of that log.
        epoch: Epoch,
        /// The number of the line.
        seq: Seq,
        /// The client that has sent the message again, and the answer to it. If the line is not
        /// stored yet, the client does not get the answer before it is stored.
        answer: (ClientId, Answer),
    },
    /// Sends this answer to one client.
    Answer(ClientId, Answer),
    /// Sends an answer to one client, together with a token.
    GiveToken {
        /// The client that gets the answer and the token.
        client: ClientId,
        /// The answer, to which `chat_rule/chat.rs` adds the token.
        answer: Answer,
        /// The digest of the token that is sent: the token that the client had already, or a new
        /// one.
        token: TokenDigest,
    },
    /// Sends an answer to the clients that are live in a room. It is never sent again: a client
    /// that is behind, or whose outbox has no space, does not get it; nor does a client whose
    /// format cannot show it.
    Notice {
        /// The log of the room.
        log: LogId,
        /// A client that does not get the answer, although it is in the room; `None`: there is no
        /// such client.
        except: Option<ClientId>,
        /// The answer that the clients get.
        answer: Answer,
    },
    /// The log has skipped numbers, which no line gets. The second value is the first skipped
    /// number. `chat_rule/progress` tells this to the clients that follow the log.
    Skip(LogId, Seq),
    /// The client's person was removed. The client is told so, and then disconnected. If the server
    /// has a history, both happen only when the removal is stored.
    Forgotten(ClientId, PersonId),
    /// The client is disconnected, for this reason.
    End(ClientId, Disconnect),
    /// The client has left, so its data can be deleted.
    Forget(ClientId),
    /// Tells this new client that not all messages can be stored. Sends nothing if the other
    /// clients were not told so, or were told since then that storing works again.
    TellState(ClientId),
    /// The server's log must say that clients of this network make too many things of this kind.
    Report(ClientNetwork, Made),
}

impl Effect {
    /// Returns false if this effect acts at once. Before `chat_rule/chat.rs` carries out such an
    /// effect, it pushes all queued lines and answers to their clients.
    pub(crate) fn is_queued(&self) -> bool {
        matches!(
            self,
            Self::Changed(_)
                | Self::NewLine { .. }
                | Self::Resent { .. }
                | Self::TellState(_)
                | Self::Answer(..)
                | Self::GiveToken { .. }
        )
    }
}

/// What an event has changed, so that the history must store its new state or delete it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// This person has changed, or was removed.
    Person(PersonId),
    /// This person was removed at their own wish, together with all their lines.
    RemovedPerson(PersonId),
    /// This log has changed, or the room that it belongs to.
    Log(LogId),
    /// The core has corrected times of lines, because the machine's clock is set now.
    Times(CorrectedTimes),
    /// This log has ended, with its room if it is a room's log. The second value is the log's
    /// epoch.
    Gone(LogId, Epoch),
}

/// What clients from one network may make only at a limited pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Made {
    /// A lasting person: one whose name stays reserved for the usual time after they have left.
    Person,
    /// A room.
    Room,
    /// A log of private messages.
    PrivateLog,
    /// A link by which another device gets a session.
    DeviceLink,
    /// A removal: a person who has all their messages removed, and the name.
    Removal,
}

/// The settings and the stored data with which the core starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Start {
    /// The settings of the core.
    pub settings: CoreSettings,
    /// What an earlier run of the server has stored.
    pub stored: Stored,
}

/// The settings of the core: its limits, the lobby's name, and values that are random in a server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct CoreSettings {
    /// The name of the lobby, the room of all classic and `webchat` clients.
    pub lobby: RoomName,
    /// The number from which the core computes the epochs of the logs that it makes. In a server it
    /// is random.
    pub epoch_seed: u64,
    /// The limit on how many lines of one room memory keeps.
    pub log_entries_max: usize,
    /// How long a name usually stays reserved after the last connection of its person was lost. For
    /// some people it is less, for a name with a secret more (`people/gone.rs`).
    pub name_kept: Duration,
    /// The sizes of the ranges of numbers that a log reserves on the disk before lines get these
    /// numbers (`chat/numbers.rs`).
    pub numbers: Sizes,
    /// How many people may be in one room; `None`: any number. The lobby has no such limit.
    pub room_people_max: Option<usize>,
    /// The random key with which the core makes tags from networks, and marks from secrets. If the
    /// server has a history, the history's file stores the key, so a later run of the server with
    /// the same file has the same key.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::key"))]
    pub server_key: u64,
    /// The limit on the bytes of the history's file that all unread private messages to absent
    /// people may take together.
    pub unread_bytes_max: u64,
}

impl Default for CoreSettings {
    /// Makes the settings of a server that was started without flags. But the values that are
    /// random in a server are 0 here.
    fn default() -> Self {
        Self {
            lobby: RoomName::lobby(),
            epoch_seed: 0,
            log_entries_max: limits::ROOM_LOG_ENTRIES_MAX,
            name_kept: limits::NAME_KEPT,
            numbers: Sizes::default(),
            room_people_max: None,
            server_key: 0,
            unread_bytes_max: limits::UNREAD_BYTES_MAX,
        }
    }
}
