//! The events that the core receives and the effects that it returns.
//!
//! Owns: these two lists. Each event brings the time ([`Moment`]), and random values come with
//! the events that need them. The core knows only digests of tokens (`telling/tokens.rs`), so
//! nobody can read a token where events or the state are written down. The core gets no answer
//! about its effects: a full outbox, for example, is handled in `telling/progress`.
//! Must not know: channels, frames, outboxes.
//!
//! Part: `chat/core/mod.rs`.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::people::Author;
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::entry::{Entry, Epoch, MessageId, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, SkipRange};
use crate::chat::record::{PersonId, Stored};
use crate::chat::reply::Reply;
use crate::chat::request::{Claim, Hello, Post, PrivateMessage, RoomPosition, RoomSettings};
use crate::chat::room_name::RoomName;
use crate::chat::token::{Token, TokenDigest};
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// The id of a log, and of the room that the log belongs to. In one run of the server, no two logs
/// ever have the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId(pub NonZeroU64);

/// When an event happened, by two clocks: one that never goes back, and the clock that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Time on the chat's own clock. It never goes back, and it shows `NAME_KEPT_MAX` when the hub
    /// begins, so that earlier moments are positive, too.
    pub chat_time: Duration,
    /// The time of the machine's clock.
    pub utc: UnixMillis,
}

/// The kind of a new client. The core calls a client *numbered* if it follows logs and may receive
/// lines later than others: clients of `threadbare.v1`, and clients of `webchat`, although these
/// see no numbers. The type parameter is a token or its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Newcomer<T = Token> {
    /// A client of the classic format. It is in the lobby, with a guest's name.
    Classic,
    /// A client of the dialect `webchat`. It is in the lobby, and loses its name when its
    /// connection ends.
    Passing,
    /// A numbered client, with its hello. The hello is boxed because it passes through the reader's
    /// stack. Each memory page that a stack has once used stays in memory until the thread ends.
    Numbered(Box<Greeting<T>>),
    /// A visitor: a client that connects only to get one page. The server tells it the state of a
    /// log and answers its requests, but sends it no new lines.
    Visitor(Box<Visit<T>>),
}

/// What the core learns about a visitor: who it is and what it wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit<T = Token> {
    /// Who the visitor claims to be.
    pub who: Visitor<T>,
    /// Whether the visitor sent the server's password, or the server has none. A person with a
    /// session has sent the password before.
    pub is_admitted: bool,
    /// The room that the visitor wants to see, and how much of its log it has seen already; `None`:
    /// it wants to see no room.
    pub position: Option<RoomPosition>,
    /// What the visitor wants.
    pub purpose: VisitPurpose,
    /// The new token for the visitor's session, if the visitor makes a room or enters a room's
    /// password; `None`: the session keeps its token.
    pub fresh: Option<T>,
    /// Whether the browser has sent the session's token back. If not, this request made the token a
    /// moment ago, and the answer with the token may still get lost.
    pub is_shown: bool,
    /// The id of the message in the visitor's form; `None`: it sends no message. The id matters for
    /// a visitor without a session: if a line in the room's log or in a log of private messages has
    /// this id already, the browser has sent the form twice. The person who sent it first has left
    /// since. Then the core makes no second person.
    pub says: Option<MessageId>,
}

/// What a client without a lasting connection wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitPurpose {
    /// The visitor wants a page. If it has a session, its person is in the room.
    #[default]
    Page,
    /// The visitor wants to know the state of the room's log, without being in the room.
    Sight,
    /// The visitor wants all lines of the room up to now, without being in the room. Then its
    /// connection ends.
    Save,
}

/// Who a visitor is, that is, a client that connects only to get one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visitor<T = Token> {
    /// The person with this token. If the token is not valid any more, the client is treated like a
    /// [`Stranger`] and gets no welcome.
    ///
    /// [`Stranger`]: Self::Stranger
    Known(T),
    /// A client without a session that wants this name; `None`: it gets a guest's name. The client
    /// becomes a new person. But if it sends the secret of the name's owner, it becomes the owner.
    /// In both cases the client's session gets the token that is the second value.
    New(Option<Claim>, T),
    /// A guest who can send one message and cannot come back. The guest is in no list of people,
    /// and the room is not told that the guest comes or leaves.
    Passing,
    /// No person. The client may read existing rooms, but is in none of them.
    Stranger,
}

/// Where a client comes from, as far as the core needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameFrom {
    /// The network under which the client is counted for the limits on its pace, its guesses, and
    /// what it makes; `None`: these limits do not apply to the client.
    pub network: Option<ClientNetwork>,
    /// The client's IP address, if other people are shown it; `None`: they are not shown it.
    pub addr: Option<IpAddr>,
}

/// The hello of a numbered client, and what the thread that registers the client adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting<T = Token> {
    /// The hello that the client sent.
    pub hello: Hello<T>,
    /// The new token for the client's session, if the client becomes a new person, makes a room, or
    /// enters a room's password.
    pub fresh: T,
    /// Whether the client sent the server's password, or the server has none. A person with a
    /// session has sent the password before.
    pub is_admitted: bool,
    /// How long the client stays.
    pub stay: Stay,
}

/// How long a numbered client stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stay {
    /// Until its connection ends.
    Connected,
    /// Until there are lines for it, or for a limited time: a long poll.
    LongPoll,
    /// Until it has the lines that there are already: a poll with `wait=0`. Its person stays in the
    /// room between two polls, like a person who reads pages.
    ShortPoll,
}

/// A request of a member: a [`Request`] with digests in place of its tokens. Two kinds of requests
/// never reach the core: those that may need lines from the history's file (`telling/progress`),
/// and texts that could not be parsed.
///
/// [`Request`]: crate::chat::request::Request
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRequest {
    /// A line that a classic client sends to the lobby. It has no id.
    Classic(String),
    /// A line for the log of a room.
    Post(Box<Post>),
    /// A message for one person.
    Private(Box<PrivateMessage>),
    /// Enter a room and follow its log. If the client makes the room or enters its password, its
    /// session gets this token; `None`: the session keeps its token.
    Join(Box<RoomPosition>, Option<TokenDigest>),
    /// Leave a room.
    Leave(RoomName),
    /// List the rooms.
    Rooms,
    /// List the people in this room.
    Who(RoomName),
    /// Tell whether the person with this name is online, in any room. The room here is only
    /// repeated in the answer.
    Present(RoomName, Box<Name>),
    /// Tell the other people in this room that the client's person is typing there.
    Typing(RoomName),
    /// Take another name, or become the person with this name and secret. The client gets the token
    /// if it becomes another person, or gives its name a new secret. `None`: there is no new token.
    Rename(Box<Claim>, Option<TokenDigest>),
    /// Give up the person's name, so that other people can take it; but a name with a secret is
    /// kept. The session's other clients are disconnected.
    Quit,
    /// Change the settings of a room that the client's person has made. If the change gives the
    /// room a new password, the session gets the token in the second value. If that is `None`, the
    /// session keeps its old token.
    Set(Box<RoomSettings>, Option<TokenDigest>),
    /// The client has sent back this token of its session.
    Session(TokenDigest),
}

/// Something that has happened, and on which the core must act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreEvent {
    /// The server starts, with these settings and stored data. The core drops all state that it had
    /// before.
    Started(Box<Start>),
    /// A client wants to be let in.
    Newcomer(ClientId, Newcomer<TokenDigest>, CameFrom),
    /// A member, a client that was let in, has sent a request.
    Asked(ClientId, MemberRequest),
    /// A client has left: one of its own threads has told the hub so.
    Left(ClientId),
    /// The log with this id has skipped this range of numbers. Its next line gets a number after
    /// the range.
    Skipped(LogId, SkipRange),
    /// These lines were sent to clients, and were lost before they were stored. Their authors may
    /// send them again.
    Lost(Vec<(LogId, Seq)>),
    /// The history has begun a new file, which has none of the lines that are not in memory.
    FileIsNew,
    /// The history has deleted old lines. In the log of each epoch here, it has deleted all lines
    /// up to this number.
    ThrownAway(Vec<(Epoch, Seq)>),
    /// Nothing has happened but that time has passed. The core frees names that are reserved no
    /// longer.
    Ticked,
    /// The server is shutting down.
    Stopping,
}

/// What must be done after an event. The core returns a list of effects, and `telling/chat.rs`
/// carries them out in that order. The core never learns the result. So it does not know, for
/// example, how much of a log the server has sent to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This person or log has changed, and its new state must be stored. Such an effect comes
    /// before all other effects of its event, because the history's file must have a room before it
    /// gets the room's lines.
    Changed(Changed),
    /// The client is let in: it is a member now, and may send requests.
    Welcome(ClientId),
    /// The client is refused, for this reason.
    Refuse(ClientId, Disconnect),
    /// The client, which knows no numbers of lines, receives all lines that are sent in this room
    /// from now on.
    Subscribe(ClientId, LogId),
    /// The client follows a log: it receives all lines from a number on, those that exist and those
    /// to come.
    Follow {
        /// The client.
        client: ClientId,
        /// The log.
        log: LogId,
        /// The number of the first line that the client receives.
        from: Seq,
    },
    /// The client receives the lines of a log up to a number. Then its connection ends.
    Save {
        /// The client.
        client: ClientId,
        /// The log.
        log: LogId,
        /// The number of the last line that the client receives.
        last: Seq,
    },
    /// The client reads a room once, without being in it.
    ShowRoom {
        /// The client.
        client: ClientId,
        /// The room.
        room: RoomName,
        /// The replies with which the client reads the room. If clients of the same network read
        /// rooms too often, progress refuses this client instead of sending them.
        replies: Vec<Reply>,
    },
    /// The client receives nothing more of this log.
    Unfollow(ClientId, LogId),
    /// A log has a new line, and all clients that follow the log receive it.
    NewLine {
        /// The log.
        log: LogId,
        /// The author of the line.
        author: Author,
        /// The line.
        entry: Arc<Entry>,
        /// The client that sent the line, and the answer that it gets as soon as the line is
        /// stored; `None`: nobody gets an answer.
        answer: Option<(ClientId, Reply)>,
    },
    /// A client has sent again a message that is a line of a log already.
    Resent {
        /// The log.
        log: LogId,
        /// The log's epoch.
        epoch: Epoch,
        /// The number of the line.
        seq: Seq,
        /// The client, and the answer that it gets as soon as the line is stored.
        answer: (ClientId, Reply),
    },
    /// Sends this reply to one client.
    Reply(ClientId, Reply),
    /// Sends a reply to one client, together with a token.
    GiveToken {
        /// The client.
        client: ClientId,
        /// The reply, still without the token.
        reply: Reply,
        /// The digest of the token: the one that the client sent, or a new one.
        token: TokenDigest,
    },
    /// Sends a reply to the numbered clients that follow a room.
    Notice {
        /// The log of the room.
        log: LogId,
        /// The client that does not get the reply; `None`: all of them get it.
        except: Option<ClientId>,
        /// The reply.
        reply: Reply,
    },
    /// The log has skipped numbers, and will give them to no line. The second value is the first
    /// skipped number. The rule must tell this to clients whose format shows the numbers of lines.
    Skip(LogId, Seq),
    /// The client's connection is closed, for this reason.
    End(ClientId, Disconnect),
    /// The client has left, so its data can be deleted.
    Forget(ClientId),
    /// If the history does not store all messages at the moment, tells the client so.
    TellState(ClientId),
    /// Logs for the operator that clients from this network try to make too many things of this
    /// kind.
    Report(ClientNetwork, Made),
}

impl Effect {
    /// Returns whether `telling/chat.rs` queues what this effect sends, for the hub's next push.
    /// Any other effect is carried out at once, after all that is queued.
    pub(crate) fn is_queued(&self) -> bool {
        matches!(
            self,
            Self::Changed(_)
                | Self::NewLine { .. }
                | Self::Resent { .. }
                | Self::TellState(_)
                | Self::Reply(..)
                | Self::GiveToken { .. }
        )
    }
}

/// What has changed, so that its new state must be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A person.
    Person(PersonId),
    /// A log, or the room that it belongs to.
    Log(LogId),
    /// A log that has ended, and the room that it belonged to.
    Gone(LogId, Epoch),
}

/// What clients from one network may make only at a limited pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Made {
    /// People whose names stay reserved after they have left.
    Person,
    /// Rooms.
    Room,
    /// Logs of private messages.
    PrivateLog,
}

/// The settings and the stored data with which the core starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The core's limits and random values.
    pub settings: CoreSettings,
    /// What an earlier run of the server has stored.
    pub stored: Stored,
}

/// The limits of the core: how much it may keep in memory and on the disk, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreSettings {
    /// The room of all classic and `webchat` clients.
    pub lobby: RoomName,
    /// The number from which the core computes the epochs of all logs. It is different in each run
    /// of the server.
    pub epoch_seed: u64,
    /// The most lines of each room that are kept in memory.
    pub log_entries_max: usize,
    /// How long a name stays reserved after the last connection of its person was lost.
    pub name_kept: Duration,
    /// How many numbers a log reserves on the disk before its lines get them.
    pub numbers: Sizes,
    /// How many people may be in one room; `None`: any number. The lobby has no such limit.
    pub room_people_max: Option<usize>,
    /// The random key with which the core makes tags from networks. The history's file stores it,
    /// so a later run of the server with the same file has the same key.
    pub address_key: u64,
    /// How many bytes of the history's file may be used by private messages whose receivers are
    /// away.
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
            address_key: 0,
            unread_bytes_max: limits::UNREAD_BYTES_MAX,
        }
    }
}
