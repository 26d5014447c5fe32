//! What decides: the one part of a hub that is not the same in every server.
//!
//! The hub gives a rule one event after the other and waits for nothing; the rule acts on its
//! [`Roster`] at once, so nothing that it decided is asked again later. Who comes in, what a
//! client may ask and how it is told are the rule's own types, by way of its format: the
//! hub passes them on and never looks into them.
//!
//! Owns: that interface.
//! Must not know: any rule.
//!
//! Next: `hub/everybody.rs`, the smallest one.

use std::time::Duration;

use super::{ClientId, Now, Roster};
use crate::client::ClientFormat;

/// Something that has happened. `S` is what a rule hears from elsewhere.
#[derive(Debug)]
pub enum Event<F: ClientFormat, S> {
    /// A client wants to come in, and waits: the rule welcomes or refuses it.
    Registered(ClientId, F::Newcomer),
    /// A client asks for something.
    Asked(ClientId, F::Request),
    /// No more requests for now: a newcomer comes in next, or this round's requests are done.
    /// The moment to push what is noted.
    AllAsked,
    /// A client's reader asks no more. All that it asked was given before.
    Left(ClientId),
    /// A client that the rule watches has nothing unsent any more.
    Drained(ClientId),
    /// The server stops: everybody is to be told goodbye.
    Stopping,
    /// The rule's own inbox.
    Signal(S),
    /// The round ends: the last moment to push what is noted. Also what an alarm brings.
    RoundEnds,
}

/// What decides who hears what. No call here blocks.
pub trait Rule: Send + 'static {
    /// What its clients speak.
    type Format: ClientFormat;
    /// What comes to it from elsewhere than from clients.
    type Signal: Send;

    /// The clients, as they are reached. The hub itself only holds newcomers in it, until
    /// the rule has answered them, and hangs up on those who take too long to end.
    fn roster(&mut self) -> &mut Roster<Self::Format>;

    /// Decides on one event, and carries out what follows.
    fn step(&mut self, now: Now, event: Event<Self::Format, Self::Signal>);

    /// When it wants a round though nothing happens, since the hub began.
    fn alarm(&self) -> Option<Duration> {
        None
    }

    /// Whether the hub may end: the server stops, and nobody is here any more.
    fn is_over(&self) -> bool;
}
