//! What the hub's core is told, and what it wants done.
//!
//! Owns: the two lists. Time comes in with each event ([`Moment`]), and what is random with
//! those that need it. Of tokens the core knows their digests only (`telling/tokens.rs`), so none
//! can be read where events or the state are written down. Nothing comes back of what an effect met: a full
//! outbox is the business of `telling/progress`.
//! Must not know: channels, frames, outboxes.
//!
//! Next: `chat/core/mod.rs`.

use std::net::IpAddr;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::people::Author;
use crate::admission::Home;
use crate::chat::entry::{Entry, Epoch, MessageId, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Sizes, Skip};
use crate::chat::record::{Kept, PersonId};
use crate::chat::request::{Claim, Hello, Place, Post, PrivateMessage, Settings};
use crate::chat::room_name::RoomName;
use crate::chat::token::{Token, TokenDigest};
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;

/// A room, as long as it exists; never used twice in one run of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoomId(pub NonZeroU64);

/// When an event happened, by two clocks: one never goes back, the other is the
/// one that people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Since the hub began.
    pub since_start: Duration,
    /// What the box's clock says.
    pub utc: UnixMillis,
}

/// Who comes in. The core calls a client numbered that follows logs and can be
/// behind: those of `threadbare.v1`, and those of `webchat`, which see no number. With tokens,
/// or with their digests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Newcomer<T = Token> {
    /// A client of the classic format: in the lobby, under a guest's name.
    Classic,
    /// A client of the dialect `webchat`: in the lobby, under a name of its own that
    /// goes with it.
    Passing,
    /// A numbered client, with its hello. In a box, for this passes through the
    /// reader's stack, which keeps what was touched once.
    Numbered(Box<Greeting<T>>),
    /// A client for one page: it is told where a log is and what it asks for, and
    /// hears nothing else.
    Visitor(Box<Visit<T>>),
}

/// How somebody comes for one page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit<T = Token> {
    /// Who it says it is.
    pub who: Visitor<T>,
    /// It has given the box's password, or there is none. Whoever has a session has
    /// given it before.
    pub is_admitted: bool,
    /// Which room it looks at, and how far it has seen that.
    pub place: Option<Place>,
    /// What it is for.
    pub aim: Aim,
    /// What its session's token is to be if it gains something by this.
    pub fresh: Option<T>,
    /// Its browser has sent this token. Else it was made by the same request a moment ago, and
    /// the answer that tells it may get lost.
    pub is_shown: bool,
    /// What is said with its form is called so. Of somebody new: if the room or somebody's private
    /// messages have a line of that id, the one who said it with this form has left, and it makes
    /// nobody else.
    pub says: Option<MessageId>,
}

/// What somebody comes for who has no line to stay on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aim {
    /// A page. Whoever has a session is in the room.
    #[default]
    Page,
    /// To see where the room's log is, without being there.
    Sight,
    /// To be told all that was said there until now, without being there, and to go.
    Save,
}

/// Who comes for a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visitor<T = Token> {
    /// Whoever has this token. If that is nobody any more, it is as a [`Stranger`]
    /// is, and is told no welcome.
    ///
    /// [`Stranger`]: Self::Stranger
    Known(T),
    /// A new person, under this name or a guest's, who gets this token.
    New(Option<Claim>, T),
    /// A guest who can say one thing and not come back: in no list, and nobody is told
    /// of its coming and going.
    Passing,
    /// Nobody: it may look at rooms that are there, and is in none of them.
    Stranger,
}

/// Where a client comes from, as far as that matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whence {
    /// If it is held to a pace, or to a number of guesses: with whom it shares that.
    pub home: Option<Home>,
    /// If that is to be shown.
    pub addr: Option<IpAddr>,
}

/// How a numbered client comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting<T = Token> {
    /// What it said.
    pub hello: Hello<T>,
    /// The token it gets if it is a new person.
    pub fresh: T,
    /// It has given the box's password, or there is none. Whoever has a session has
    /// given it before.
    pub is_admitted: bool,
    /// It looks in now and then, and is there between two looks, as whoever reads pages is.
    pub looks_in: bool,
    /// It is told what is there, once, and comes again.
    pub polls: bool,
}

/// Anything that a client asks of the core once it is in: a [`Request`] without its tokens. What
/// the file may have to be read for (`telling/progress`), and what nobody understood, is not among them.
///
/// [`Request`]: crate::chat::request::Request
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberRequest {
    /// What a classic client says: into the lobby, without an id.
    Classic(String),
    /// Something for a room's log.
    Post(Box<Post>),
    /// Something for one person.
    Private(Box<PrivateMessage>),
    /// Be told what happens in a room. If that gives the session something, this is to be
    /// its token.
    Join(Box<Place>, Option<TokenDigest>),
    /// Be told no more.
    Leave(RoomName),
    /// Which rooms are there?
    Rooms,
    /// Who is in this room?
    Who(RoomName),
    /// Is whoever is called so here, in whichever room? Asked in this one.
    Present(RoomName, Box<Name>),
    /// Somebody types in this room.
    Typing(RoomName),
    /// Another name, or somebody's whose secret is given: this is to give that name back.
    Rename(Box<Claim>, Option<TokenDigest>),
    /// To be nobody any more.
    Quit,
    /// A room of one's own is to be otherwise; with a password the session gets this token.
    Set(Box<Settings>, Option<TokenDigest>),
    /// This token of the session has come.
    Session(TokenDigest),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Everything begins, with this. What was before counts for nothing.
    Started(Box<Start>),
    /// A client wants to come in.
    Registered(ClientId, Newcomer<TokenDigest>, Whence),
    /// A client asks for something.
    Asked(ClientId, MemberRequest),
    /// A client's reader has ended.
    Left(ClientId),
    /// The log goes on after these numbers, which nobody was given.
    Skipped(RoomId, Skip),
    /// These lines were shown, and are nowhere any more.
    Lost(Vec<(RoomId, Seq)>),
    /// The file of the history is a new one: of lines that memory has not nothing is known any
    /// more.
    FileIsNew,
    /// Lines were thrown away, of each of these logs up to this number.
    ThrownAway(Vec<(Epoch, Seq)>),
    /// Nothing but that time has passed.
    Ticked,
    /// The server is shutting down.
    Stopping,
}

/// What comes of an event, in this order. The core never hears what became of it: how far
/// each client is with what it is told is not its concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// This is otherwise than before, and is to be kept as it is now. It comes before all else
    /// of its event: in the file a line is worth nothing without its room.
    Changed(Changed),
    /// The client is a member from here on and may speak.
    Welcome(ClientId),
    /// The client cannot come in, for this reason.
    Refuse(ClientId, Disconnect),
    /// From here on the client, which knows of no numbers, hears what is said in this room.
    Hear(ClientId, RoomId),
    /// The client is told everything of this log from this number on.
    Follow(ClientId, RoomId, Seq),
    /// The client is told everything of this log up to this number, and ends.
    Save(ClientId, RoomId, Seq),
    /// The client looks at this room once: it is told this, if it may ask for so much.
    Look(ClientId, RoomName, Vec<Told>),
    /// The client is told no more of this log.
    Unfollow(ClientId, RoomId),
    /// The log has this line from here on, which is told to everybody who hears it; and the
    /// client that asked for it waits to hear that it is kept, with this answer.
    Tell(RoomId, Author, Arc<Entry>, Option<(ClientId, Told)>),
    /// The client asked for this line before: the answer, when it is kept.
    Again(RoomId, Epoch, Seq, (ClientId, Told)),
    /// One client is told this.
    Note(ClientId, Told),
    /// One client is told this, and with it the token of this digest, which it has brought or
    /// is to have.
    GiveToken(ClientId, Told, TokenDigest),
    /// Every numbered client that hears the room is told this, but for one.
    Notice(RoomId, Option<ClientId>, Told),
    /// The log has skipped numbers, this one first: whoever has numbers is told that in its
    /// place.
    Skip(RoomId, Seq),
    /// The client is closed for this reason.
    End(ClientId, Disconnect),
    /// The client has left; its things can be forgotten.
    Forget(ClientId),
    /// The client is told if not everything is kept.
    TellState(ClientId),
    /// The operator is told that this address wants to make more of something than it may.
    Report(Home, Made),
}

/// What is otherwise than before, and is to be kept as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// A person.
    Person(PersonId),
    /// A room, or a log of private messages.
    Room(RoomId),
    /// The same, and it is gone.
    Gone(RoomId, Epoch),
}

/// What an address may make only so many of, and so fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Made {
    /// People whose names are kept.
    Person,
    /// Rooms.
    Room,
    /// Logs of private messages.
    PrivateLog,
}

/// With what everything begins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// What the core may keep.
    pub settings: CoreSettings,
    /// What an earlier life of the server has kept.
    pub kept: Kept,
}

/// What the core may keep, and for how long; the rest is in `limits/people.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoreSettings {
    /// Where classic clients are, and everybody else at first.
    pub lobby: RoomName,
    /// From it, every log's epoch: another for each life of the server.
    pub epoch_seed: u64,
    /// Lines of each room that are kept in memory.
    pub log_entries_max: usize,
    /// How long a name is kept for its token after its last line was seen.
    pub name_kept: Duration,
    /// How many numbers a log reserves ahead of use.
    pub numbers: Sizes,
    /// People in one room, but for the lobby.
    pub room_people_max: Option<usize>,
    /// What the tags of addresses are made with: random, and the same in each life of the server
    /// that begins with what an earlier one has kept.
    pub address_key: u64,
    /// What may wait for people who are away, in private messages, in bytes of the file.
    pub unread_bytes_max: u64,
}

impl Default for CoreSettings {
    /// As a server is started without a flag, but that nothing is random.
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
