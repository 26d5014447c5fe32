//! The crowd: guests of nine kinds on one thread, which come, talk, are cut and come back.

mod browser;
mod composer;
mod ending;
mod events;
mod form;
mod mouth;
mod poll;
mod schedule;
mod socket;
mod v1;
mod words;
mod words_stream;
mod world;

use super::book::{GuestNumber, Number};
use super::net::{ConnectionId, News};
pub use schedule::{Crowd, Plan};
pub use world::World;

/// A guest of any kind.
pub trait Guest {
    /// The time has come for which the guest asked.
    fn wakes(&mut self, world: &mut World);

    /// Something happened on one of its connections.
    fn hears(&mut self, connection: ConnectionId, news: News, world: &mut World);

    /// Says something, if it can now.
    fn says(&mut self, world: &mut World);

    /// A connection of its own that can be cut.
    fn connection(&self) -> Option<ConnectionId>;

    /// Whether it speaks by requests, each over a connection of its own.
    fn asks_beside(&self) -> bool {
        true
    }

    /// Whether all its requests have answers, and it hears.
    fn is_settled(&self, world: &World) -> bool;

    /// Whether it was shown these last messages, in each room where it listens.
    fn has_heard(&self, ends: &[Number], world: &World) -> bool;

    /// Leaves, for good or for a while; false: not now.
    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool;

    /// Says a given entry of the book, if this kind of guest can do that: the last message of a
    /// run.
    fn says_this(&mut self, _number: Number, _world: &mut World) {}

    /// What it waits for, as evidence.
    fn state(&self) -> String;
}

/// The kinds, and how many of a hundred guests are of each.
pub const KINDS: [(&str, u64); 9] = [
    ("socket", 30),
    ("classic", 15),
    ("webchat", 7),
    ("events", 12),
    ("text", 8),
    ("page", 8),
    ("poll", 6),
    ("form", 9),
    ("nc", 5),
];

/// A new guest of a kind.
fn comes(kind: &'static str, world: &mut World) -> (GuestNumber, Box<dyn Guest>) {
    let number = world.book.new_guest(kind);
    let guest: Box<dyn Guest> = match kind {
        "socket" => Box::new(socket::Socket::comes(number, world)),
        "classic" => Box::new(words::Words::comes(number, words::Dialect::Classic, world)),
        "webchat" => Box::new(words::Words::comes(number, words::Dialect::Webchat, world)),
        "nc" => Box::new(words::Words::comes(number, words::Dialect::Typed, world)),
        "events" => Box::new(events::Events::comes(number, world)),
        "text" => Box::new(words_stream::TextStream::comes(number, world)),
        "page" => Box::new(form::Form::comes(number, true, world)),
        "form" => Box::new(form::Form::comes(number, false, world)),
        _ => Box::new(poll::Poll::comes(number, world)),
    };
    (number, guest)
}
