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
use crate::admission::Home;
use crate::base::limits;
use crate::chat::entry::{Entry, Epoch, MessageId, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, SkipRange};
use crate::chat::record::{PersonId, StoredData};
use crate::chat::reply::Reply;
use crate::chat::request::{Claim, Hello, Post, PrivateMessage, RoomPosition, RoomSettings};
use crate::chat::room_name::RoomName;
use crate::chat::token::{Token, TokenDigest};
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// The id of a room or of a log of private messages. No id is used twice in one run of the
/// server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoomId(pub NonZeroU64);

/// When an event happened, by two clocks: one that never goes back, and the clock that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Time since the hub began.
    pub since_start: Duration,
    /// The time of the machine's clock.
    pub utc: UnixMillis,
}

/// The kind of a new client. The core calls a client *numbered* if it follows logs and can be
/// behind: clients of `threadbare.v1`, and clients of `webchat`, which see no numbers. The type
/// parameter is a token or its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Newcomer<T = Token> {
    /// A client of the classic format. It is in the lobby, with a guest's name.
    Classic,
    /// A client of the dialect `webchat`. It is in the lobby, with a name that ends with its
    /// connection.
    Passing,
    /// A numbered client, with its hello. The hello is boxed because it passes through the
    /// reader's stack, and a stack keeps every page that was touched once.
    Numbered(Box<Greeting<T>>),
    /// A visitor: a client that came for one page. It is told how far a log is, gets the answers to
    /// its requests, and receives no lines by itself.
    Visitor(Box<Visit<T>>),
}

/// What a visitor brings with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit<T = Token> {
    /// The identity that it claims.
    pub who: Visitor<T>,
    /// Whether it gave the server's password, or the server has none. A person with a session has
    /// given the password before.
    pub is_admitted: bool,
    /// The room that the visitor looks at, and how much of its log it has seen; `None`: it looks at
    /// none.
    pub place: Option<RoomPosition>,
    /// What the visitor came for.
    pub aim: VisitPurpose,
    /// The new token for the visitor's session, if the visitor makes a room or gives a room's
    /// password; `None`: the session keeps its token.
    pub fresh: Option<T>,
    /// Whether the browser has sent the session's token back. If not, this request made the token a
    /// moment ago, and the answer that carries it may still get lost.
    pub is_shown: bool,
    /// The id of the message that the visitor's form carries; `None`: none. It matters for a new
    /// person: if the room's log or a log of private messages has a line with this id already, the
    /// form was sent before, and the person who sent it has left since. Then the core makes no
    /// second person.
    pub says: Option<MessageId>,
}

/// What a client without a lasting connection came for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitPurpose {
    /// A page. A person with a session is in the room.
    #[default]
    Page,
    /// To learn the state of the room's log, without being in the room.
    Sight,
    /// To get all lines of the room until now, without being in the room. Then the client ends.
    Save,
}

/// The identity of a client that came for a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visitor<T = Token> {
    /// The person with this token. If the token is nobody's any more, the client is treated like
    /// a [`Stranger`] and gets no welcome.
    ///
    /// [`Stranger`]: Self::Stranger
    Known(T),
    /// A client without a session that wants this name; `None`: a guest's name. It becomes a new
    /// person. If the claim has the secret of the name's owner, it becomes that person instead. In
    /// both cases its session gets this token.
    New(Option<Claim>, T),
    /// A guest who can say one thing and cannot come back. It is in no list of people, and its
    /// coming and going is not announced.
    Passing,
    /// No person. It may look at existing rooms, and is in none of them.
    Stranger,
}

/// The address of a client, as far as the core needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameFrom {
    /// The address whose limits on pace and guesses the client shares; `None`: no such limits hold
    /// for it.
    pub home: Option<Home>,
    /// The address to show to others; `None`: none is to be shown.
    pub addr: Option<IpAddr>,
}

/// The hello of a numbered client, and what the door adds to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting<T = Token> {
    /// The hello that the client sent.
    pub hello: Hello<T>,
    /// The new token for the client's session, if the client becomes a new person, makes a room, or
    /// gives a room's password.
    pub fresh: T,
    /// Whether it gave the server's password, or the server has none. A person with a session has
    /// given the password before.
    pub is_admitted: bool,
    /// Whether it polls now and then. Between two polls its person stays in the room, like the
    /// person of a browser that reads pages.
    pub looks_in: bool,
    /// Whether it makes a long poll: it receives the lines that there are, leaves, and comes again
    /// for more.
    pub polls: bool,
}

/// A request of a member: a [`Request`] with digests in place of its tokens. Requests that may need
/// the file (`telling/progress`), and texts that could not be parsed, are not among them.
///
/// [`Request`]: crate::chat::request::Request
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRequest {
    /// A line of a classic client, for the lobby. It has no id.
    Classic(String),
    /// A line for a room's log.
    Post(Box<Post>),
    /// A message for one person.
    Private(Box<PrivateMessage>),
    /// Enter a room and follow its log. If the client makes the room or gives its password, its
    /// session gets this token; `None`: the session keeps its token.
    Join(Box<RoomPosition>, Option<TokenDigest>),
    /// Leave a room.
    Leave(RoomName),
    /// List the rooms.
    Rooms,
    /// List the people in this room.
    Who(RoomName),
    /// Tell whether the person with this name is online, in any room. The answer names the room
    /// that is given here.
    Present(RoomName, Box<Name>),
    /// Tell the others that the client's person is typing in this room.
    Typing(RoomName),
    /// Take another name, or become the person with this name and secret. The client gets the token
    /// if it becomes another person, or gives its name a new secret. `None`: there is no new token.
    Rename(Box<Claim>, Option<TokenDigest>),
    /// Give the name up, unless it has a secret. The session's other clients are disconnected.
    Quit,
    /// Change the settings of a room that the client's person has made. If a password is set, the
    /// session gets this token; `None`: it keeps its token.
    Set(Box<RoomSettings>, Option<TokenDigest>),
    /// The client has shown this token of its session.
    Session(TokenDigest),
}

/// Something that happened, and that the core must act on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CoreEvent {
    /// The server starts, with these settings and kept data. The state before it is dropped.
    Started(Box<Start>),
    /// A client wants to come in.
    Newcomer(ClientId, Newcomer<TokenDigest>, CameFrom),
    /// A member asks for something.
    Asked(ClientId, MemberRequest),
    /// A client has left: its own thread has unregistered it.
    Left(ClientId),
    /// No line has the numbers of this skipped range. The log with this id continues after them.
    Skipped(RoomId, SkipRange),
    /// These lines were sent to clients, and were lost before they were stored. Their authors may
    /// send them again.
    Lost(Vec<(RoomId, Seq)>),
    /// The history's file is a new one. It knows nothing of lines that are not in memory.
    FileIsNew,
    /// The history has deleted old lines: in the log of each epoch, all lines up to this number.
    ThrownAway(Vec<(Epoch, Seq)>),
    /// Only time has passed. The core frees names whose time is over.
    Ticked,
    /// The server is shutting down.
    Stopping,
}

/// What must be done after an event, in the order of the list. The core never learns the outcome:
/// it does not know how much of a log a client has been sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This thing has changed and must be stored as it is now. Such an effect comes before all
    /// other effects of its event, because in the file a line is worth nothing without its room.
    Changed(Changed),
    /// The client is a member now, and may send requests.
    Welcome(ClientId),
    /// The client is refused, for this reason.
    Refuse(ClientId, Disconnect),
    /// The client, which knows no numbers of lines, receives from now on what is said in this room.
    Hear(ClientId, RoomId),
    /// The client follows this log: it receives every line from this number on, old and new ones.
    Follow(ClientId, RoomId, Seq),
    /// The client receives the lines of this log up to this number. Then its connection ends.
    Save(ClientId, RoomId, Seq),
    /// The client looks at this room once, without being in it. It gets these notices, unless its
    /// address looks too often.
    Look(ClientId, RoomName, Vec<Reply>),
    /// The client receives nothing more of this log.
    Unfollow(ClientId, RoomId),
    /// The log has this new line by this author. All clients that follow the log receive it. If
    /// there is an answer, the client that sent the line gets it once the line is stored.
    Tell(RoomId, Author, Arc<Entry>, Option<(ClientId, Reply)>),
    /// The client sent a line again that has this number in this epoch of the log. The client gets
    /// the answer once that line is stored.
    Again(RoomId, Epoch, Seq, (ClientId, Reply)),
    /// Sends this to one client.
    Note(ClientId, Reply),
    /// Sends this to one client, together with the token of this digest: the token that the client
    /// brought, or a new one.
    GiveToken(ClientId, Reply, TokenDigest),
    /// Sends this to every numbered client that follows the room, except for the client given here.
    Notice(RoomId, Option<ClientId>, Reply),
    /// The log has skipped numbers, beginning with this one. Tells this to the clients that know
    /// numbers.
    Skip(RoomId, Seq),
    /// The client's connection is closed, for this reason.
    End(ClientId, Disconnect),
    /// The client has left; its data can be deleted.
    Forget(ClientId),
    /// If the history does not store everything at the moment, tells the client so.
    TellState(ClientId),
    /// Tells the operator that this address tries to make more things of this kind than it may.
    Report(Home, Made),
}

/// What has changed and must be stored as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A person.
    Person(PersonId),
    /// A room, or a log of private messages.
    Room(RoomId),
    /// A room or a log of private messages that has ended.
    Gone(RoomId, Epoch),
}

/// What an address may make only at a limited pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Made {
    /// People whose names are kept.
    Person,
    /// Rooms.
    Room,
    /// Logs of private messages.
    PrivateLog,
}

/// What the core starts with when the server starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The limits of the core.
    pub settings: CoreSettings,
    /// What an earlier run of the server has stored.
    pub stored: StoredData,
}

/// What the core may keep, and for how long. The other limits are in `base/limits/people.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreSettings {
    /// The room of classic clients, and the first room of all others.
    pub lobby: RoomName,
    /// The number from which the core makes the epochs of all logs. It differs in each run of the
    /// server.
    pub epoch_seed: u64,
    /// How many lines of each room are kept in memory at most.
    pub log_entries_max: usize,
    /// How long a name is kept after the last connection of its person was lost.
    pub name_kept: Duration,
    /// How many numbers a log reserves before it gives them.
    pub numbers: Sizes,
    /// How many people may be in one room; `None`: any number. The lobby has no such limit.
    pub room_people_max: Option<usize>,
    /// The key with which the core makes tags of addresses. It is random. It is the same in each
    /// run of the server that starts with the data of an earlier run.
    pub address_key: u64,
    /// How many bytes of the file may be used by private messages that wait for absent people.
    pub unread_bytes_max: u64,
}

impl Default for CoreSettings {
    /// Makes the settings of a server that was started without flags, except that nothing is
    /// random.
    fn default() -> Self {
        Self {
            lobby: RoomName::lobby(),
            epoch_seed: 0,
            log_entries_max: limits::LOG_ENTRIES_MAX,
            name_kept: limits::NAME_KEPT,
            numbers: Sizes::default(),
            room_people_max: None,
            address_key: 0,
            unread_bytes_max: limits::UNREAD_BYTES_MAX,
        }
    }
}
