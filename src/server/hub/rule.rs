//! The interface of a rule: the part of a hub that decides, and that differs from server to server.
//!
//! The hub gives the rule one event after the other, and the rule acts on its [`Roster`] at once.
//! So the clients cannot change between a decision and its effect. The rule chooses the types of
//! its newcomers, requests and format. The hub passes values of these types on and never looks into
//! them.
//!
//! Owns: the interface between hub and rule.
//! Must not know: any rule.
//!
//! The smallest rule is `classic/everybody.rs`; the chat's rule begins in `chat_rule/mod.rs`.
//!
//! Next: `server/hub/roster.rs`.

use std::time::Duration;

use super::{HubFormat, Now, Roster};
use crate::base::client_id::ClientId;

/// Something that has happened. `S` is the type of the rule's own signals.
#[derive(Debug)]
pub enum Event<F: HubFormat, S> {
    /// A client wants to become a member and waits: the rule must welcome or refuse it.
    Newcomer(ClientId, F::Newcomer),
    /// A client has sent a request.
    Asked(ClientId, F::Request),
    /// For now the rule gets no more requests: newcomers come next, or this round has no more
    /// requests. At this moment the rule pushes what it has collected.
    PushCollected,
    /// A client has left: it sends no more requests, and the rule has already got all that it sent.
    /// Now the rule must remove the client from the roster ([`Roster::forget`]).
    Left(ClientId),
    /// Nothing is unsent any more to a client for which the rule has called
    /// [`Roster::ask_if_drained`].
    Drained(ClientId),
    /// The server stops: the rule says goodbye to every client.
    Stopping,
    /// A signal from the rule's own inbox.
    Signal(S),
    /// The round ends: the last moment to push what is collected. A round that an alarm begins has
    /// this event, too.
    RoundEnds,
}

/// Decides which client is told what. No call here blocks.
pub trait Rule: Send + 'static {
    /// The format that the rule's clients speak.
    type Format: HubFormat;
    /// The type of the signals in the rule's own inbox. They come from threads that serve no
    /// client, such as one that stores messages.
    type Signal: Send;

    /// Returns the clients and their connections. The hub itself uses the roster for three things:
    /// to hold newcomers until the rule has answered them, to hang up on clients that take too long
    /// to end, and to find out how many messages one push carries.
    fn roster(&mut self) -> &mut Roster<Self::Format>;

    /// Decides what follows from this event, such as which clients receive a message, and does it
    /// before it returns.
    fn step(&mut self, now: Now, event: Event<Self::Format, Self::Signal>);

    /// Returns the moment at which the rule wants a round even if nothing happens, as a time since
    /// the hub began. `None`: the rule wants no such round.
    fn alarm(&self) -> Option<Duration> {
        None
    }

    /// Returns whether the hub may end, because the server stops and no client is left.
    fn is_over(&self) -> bool;
}
