//! The clients that want to be let in: of which kind they are, as whom they come, and what they
//! want.
//!
//! Owns: which kinds of newcomers there are, and what comes with each.
//! Must not know: who is let in (`steps/newcomers.rs`, `steps/visits.rs`).
//!
//! Part: `chat/core/mod.rs`.

use std::net::IpAddr;

use crate::admission::ClientNetwork;
use crate::chat::entry::MessageId;
use crate::chat::name::Name;
use crate::chat::request::{Claim, Hello, RoomPosition, TokenSource};
use crate::chat::token::Token;

/// The kind of a new client, with what the core must know to let it in. Clients of the kinds
/// `Passing` and `WithHello` are *numbered clients*: they follow logs, and if such a client was too
/// slow, it receives the missed lines later. `T` is a token or the digest of one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Newcomer<T = Token> {
    /// A client of the classic format. The core lets it into the lobby. It has a guest's name.
    Classic,
    /// A client of `webchat`. The core lets it into the lobby, as a person without a token.
    Passing,
    /// A client with a [`Hello`]: it has sent the hello, or the server has made one for a poll. The
    /// value is in a `Box`, so that it takes little space on the stack of the thread that reads the
    /// client's socket.
    WithHello(Box<Greeting<T>>),
    /// A visitor: a client that connects only to get one page or one file, or to send one form. The
    /// server answers its requests, but sends it no new lines.
    Visitor(Box<Visit<T>>),
}

/// What the core learns about a new visitor: who it is and what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Visit<T = Token> {
    /// As whom the visitor comes.
    pub who: Visitor<T>,
    /// Whether the visitor sent the server's password, or the server has none. If false, the core
    /// refuses the visitor, unless it has a valid session.
    pub is_admitted: bool,
    /// The room that the visitor wants to see, and how much of its log it has seen already; `None`:
    /// it wants to see no room.
    pub position: Option<RoomPosition>,
    /// What the visitor wants.
    pub purpose: VisitPurpose,
    /// A token that no session has yet. The visitor's session gets it if the visitor makes a room
    /// or enters a room's password. `None`: the session keeps its token.
    pub fresh: Option<T>,
    /// Whether the browser has sent the session's token that is in `who`. False: the server has
    /// made that token in this request, so the browser does not have it yet.
    pub is_shown: bool,
    /// Where the browser has that token from. A stranger's form of another site has `Address`, too.
    pub source: TokenSource,
    /// The id of the message that the visitor sends with its form; `None`: it sends no message, or
    /// one without an id. By this id the core recognizes a form that a browser without a session
    /// has sent twice.
    pub says: Option<MessageId>,
}

/// What a visitor wants. A visitor is a client that connects for one request: it gets a page or a
/// file, or sends a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum VisitPurpose {
    /// The visitor wants a page, mostly of a room, or sends a form. If it becomes a person, the
    /// person enters the room of [`Visit::position`], if it may. Otherwise the visitor can only
    /// read the room.
    #[default]
    Page,
    /// The visitor wants the room's topic, its number of people, and the epoch and newest number of
    /// its log. Its person does not enter the room.
    Sight,
    /// The visitor wants the newest lines of the room. Its person does not enter the room.
    Glance,
    /// The visitor wants all lines of the room up to now, as a file, without being in the room.
    /// Then its connection ends.
    Save,
}

/// As whom a visitor comes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Visitor<T = Token> {
    /// The person with this token. If the token is not valid any more, the core treats the visitor
    /// like a [`Self::Stranger`].
    Known(T),
    /// A client without a session. The first value is the name that it wants; `None`: it wants a
    /// guest's name. If it also sends the secret of the name's owner, it becomes a client of the
    /// owner. If the name is free, it becomes a new person. The second value is the token that its
    /// session gets.
    New(Option<Claim>, T),
    /// The same, but the client signs in. The name may be mistyped, so it makes no new person.
    SignsIn(Claim, T),
    /// A client that has followed a link from another device of its person. The first value is the
    /// token of the link. The second one is the token of the new session; a browser that sends its
    /// form again sends the same one.
    Linked(T, T),
    /// A client that opens the page of the link with this token; if the visit has a room, of the
    /// invite to that room. The core tells this client the name of the person who has made the link
    /// or the invite. It stays good.
    LooksAtLink(T),
    /// The server's operator, who asks for something at the control socket.
    Operator(OperatorAsks<T>),
    /// A program that sends one message and cannot come back. It becomes a guest. The guest is in
    /// no list of people, and the room is not told that the guest comes or leaves.
    Passing,
    /// A client that is no person. It can only read rooms, and is in none of them.
    Stranger,
}

/// What the server's operator asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum OperatorAsks<T = Token> {
    /// A link with this token. Whoever follows the link becomes a host.
    HostLink(T),
    /// What holds in the whole chat, as its hosts see it.
    RulesOfChat,
    /// That the person with this name is a host no more. This may be the last host: the operator
    /// can make another link.
    EndHost(Name),
}

/// Where a client comes from, as far as the core needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct CameFrom {
    /// The client's network. Limits hold for all clients of a network together: on their requests,
    /// on their guesses, and on what they make. `None`: these limits do not apply to the client.
    pub network: Option<ClientNetwork>,
    /// The client's IP address, if other people may see it; `None`: they may not.
    #[cfg_attr(any(test, feature = "learn"), serde(serialize_with = "crate::chat::codec::addr"))]
    pub addr: Option<IpAddr>,
}

/// The hello of a client, and what the server's thread that registers the client adds to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Greeting<T = Token> {
    /// The hello. A client with a lasting connection has sent it; for a poll, the server has made
    /// it.
    pub hello: Hello<T>,
    /// A token that no session has yet. The client's session gets it if it needs a new token:
    /// mostly because the client has sent no token, or gains a right to a room.
    pub fresh: T,
    /// Whether the client sent the server's password, or the server has none. If false, the core
    /// lets the client in only if its token is valid and the token's person may have one more
    /// client.
    pub is_admitted: bool,
    /// What ends the client's stay: the end of its connection, or the end of one poll.
    pub stay: Stay,
}

/// What ends the stay of a client that joins with a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum Stay {
    /// The client stays until its connection ends.
    Connected,
    /// A long poll: the client stays until it gets a message or a refusal, but only for a limited
    /// time.
    LongPoll,
    /// A poll with `wait=0`: the client stays until it has received the lines that are there.
    ShortPoll,
}
