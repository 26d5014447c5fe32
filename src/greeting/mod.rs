//! The first words of a numbered client: who it is.
//!
//! Runs on thread `r-<id>`, before the client is registered.
//! Blocks on: `read`, until the hello has come or its time is over; its turn, for each
//! secret and password in the hello.
//! Owns: that nobody comes in without a hello.
//! Must not know: what a name is worth; the hub decides.
//!
//! Next: `client/reader.rs`.

pub mod line_door;
mod lines;
pub mod stream;

use std::time::Instant;

use crate::admission::Home;
use crate::admission::Password;
use crate::admission::entrance::{Entry, NoEntry};
use crate::chat::core::{Greeting, Newcomer, Whence};
use crate::chat::refused::Refused;
use crate::chat::request::Hello;
use crate::chat::secret::Asker;
use crate::chat::token::Token;
use crate::chat::told::{Fault, Told, Wrong};
use crate::chat_config::ChatConfig;
use crate::client::reader::{self, Conversation};
use crate::client::{Peer, Seat};
use crate::disconnect::Disconnect;
use crate::hub::{Answer, Registered};
use crate::limits;
use crate::telling::arrival::Arrival;
use crate::wire::{Format, v1};

/// What of the server's settings decides who comes in, and as what.
#[derive(Clone, Debug, Default)]
pub struct GreetingSettings {
    /// Whose hello is taken.
    pub entry: Entry,
    /// Whether others may see from where a client comes.
    pub show_addresses: bool,
}

impl GreetingSettings {
    /// Those of a chat.
    pub fn of(config: &ChatConfig) -> Self {
        Self { entry: config.server.entry.clone(), show_addresses: config.show_addresses }
    }
}

/// How long, and how often, a client may still try to say hello.
struct Tries {
    due: Instant,
    left: usize,
}

/// Who comes in and says no hello.
pub(crate) fn at_once(seat: &Seat<Format>) -> Option<Arrival> {
    match seat.format {
        Format::Classic => Some(seat.arrival(Newcomer::Classic)),
        Format::Webchat => Some(seat.arrival(Newcomer::Passing)),
        _ => None,
    }
}

/// Where the secrets of this peer come from.
pub(crate) fn asker(peer: &Peer) -> Asker {
    Asker::new(peer.home.map(Home::bytes))
}

impl Seat<Format> {
    /// Whoever has no frames has said hello with its request, or by coming.
    pub(super) fn greet(
        &self,
        hello: Hello,
        is_admitted: bool,
        welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
        let greeting = Greeting { hello, fresh, is_admitted, looks_in: false, polls: false };
        self.come_in(Newcomer::Numbered(Box::new(greeting)), welcome)
    }

    pub(super) fn come_in(&self, who: Newcomer, welcome: Answer) -> Result<Registered, Disconnect> {
        self.register(self.arrival(who), welcome)
    }

    fn arrival(&self, who: Newcomer) -> Arrival {
        let addr = self.settings.show_addresses.then(|| self.peer.addr.ip());
        Arrival { who, whence: Whence { home: self.peer.home, addr }, told: None }
    }

    /// Makes a client of whoever has opened a WebSocket and says hello. Blocks until then. Whoever
    /// names a session may come without the box's password; one that is nobody's is told to give
    /// it, and may say hello again.
    ///
    /// # Errors
    /// How the client ended instead.
    pub(crate) fn come_in_by_hello(
        &self,
        socket: &mut Conversation,
        mut welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        let due = Instant::now() + limits::HELLO_WAIT;
        let mut tries = Tries { due, left: limits::HELLO_TRIES_MAX };
        loop {
            let newcomer = self.hear_hello(&mut tries, socket)?;
            match self.come_in(newcomer, welcome) {
                // The session that it named is nobody's, so the box's password is missing.
                Err(Disconnect::NotAdmitted) => {
                    self.tell(not_admitted(NoEntry::Needed));
                    welcome = Answer::default();
                }
                registered => return registered,
            }
        }
    }

    /// Blocks until the client has said hello, for [`limits::HELLO_WAIT`] in all at most.
    ///
    /// # Errors
    /// How the client ended instead.
    fn hear_hello(
        &self,
        tries: &mut Tries,
        socket: &mut Conversation,
    ) -> Result<Newcomer, Disconnect> {
        let _stranger = self.awaits_hello();
        socket.get_mut().expect_hello(Some(tries.due));
        while tries.left > 0 {
            tries.left -= 1;
            let message = reader::next(socket)?;
            // Whoever sends without a pause is never found late by the read itself.
            if Instant::now() >= tries.due {
                break;
            }
            let Some(text) = reader::text(message)? else { continue };
            if let Some((hello, is_admitted)) = self.admitted(&text)? {
                socket.get_mut().expect_hello(None);
                return newcomer(hello, is_admitted);
            }
        }
        Err(Disconnect::HelloMissed)
    }

    /// Who may come in, and whether the box's password was given: whoever names a session may have
    /// given it before, which the hub knows. Apart from the reads, as all below: a reader's stack keeps each
    /// page that was touched once, and a frame for all of it cost every client one.
    fn admitted(&self, text: &str) -> Result<Option<(Box<Hello>, bool)>, Disconnect> {
        let fault = match v1::ask::read(text, self.config.message_bytes_max, asker(&self.peer)) {
            Ok(v1::ask::Asked::Hello(hello, password)) => {
                let given = password.as_ref().map(Password::reveal);
                match self.settings.entry.admits(self.peer.addr.ip(), given) {
                    Ok(()) => return Ok(Some((hello, true))),
                    Err(NoEntry::Needed) if hello.token.is_some() => {
                        return Ok(Some((hello, false)));
                    }
                    Err(why) => not_admitted(why),
                }
            }
            Ok(v1::ask::Asked::Request(_)) => hello_first(),
            // Nothing is wrong with it: who hears this comes back in a moment by itself.
            Err(fault) if fault.wrong.as_deref() == Some(&Wrong::TooManySecrets) => {
                return Err(Disconnect::TooManySecrets);
            }
            Err(fault) => fault,
        };
        self.tell(fault);
        Ok(None)
    }

    /// Not registered yet, so nobody else pushes. Whoever does not read its faults does
    /// without: its time is short.
    #[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
    fn tell(&self, fault: Box<Fault>) {
        let text_bytes_max = self.config.message_bytes_max;
        self.outbox.push(&[v1::tell::told(&Told::Fault(*fault), text_bytes_max)]);
    }
}

#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn newcomer(hello: Box<Hello>, is_admitted: bool) -> Result<Newcomer, Disconnect> {
    let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
    Ok(Newcomer::Numbered(Box::new(Greeting {
        hello: *hello,
        fresh,
        is_admitted,
        looks_in: false,
        polls: false,
    })))
}

fn hello_first() -> Box<Fault> {
    fault("hello-first", "say hello first")
}

pub(super) fn not_admitted(why: NoEntry) -> Box<Fault> {
    match why {
        NoEntry::Needed => fault("password-needed", "this box asks for a password"),
        NoEntry::Wrong => fault("wrong-password", "that is not the box's password; try again"),
        NoEntry::TooManyGuesses => {
            let wait = limits::GUESS_INTERVAL;
            let text = Refused::TooManyGuesses(wait).to_string();
            let wrong = Some(Box::new(Wrong::TooManyGuesses(wait)));
            Box::new(Fault { wrong, ..Fault::new("too-many-guesses", text) })
        }
    }
}

fn fault(word: &'static str, text: &str) -> Box<Fault> {
    Box::new(Fault::new(word, text.to_owned()))
}
