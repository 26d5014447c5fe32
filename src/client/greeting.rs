//! The first words of a numbered client: who it is.
//!
//! Runs on thread `r-<id>`, before the client is registered.
//! Blocks on: `read`, until the hello has come or its time is over; its turn, for each
//! secret and password in the hello.
//! Owns: that nobody comes in without a hello.
//! Must not know: what a name is worth; the hub decides.
//!
//! Next: `client/reader.rs`.

use std::net::IpAddr;
use std::time::Instant;

use super::reader::{Conversation, Ended, hear, reason};
use crate::chat::entrance::NoEntry;
use crate::chat::request::Hello;
use crate::chat::secret::{Asker, Password};
use crate::chat::token::Token;
use crate::chat::told::{Fault, Told, Wrong};
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::hub::core::{Greeting, Newcomer};
use crate::limits;
use crate::outbox::Outbox;
use crate::wire::v1;

/// How long, and how often, a client may still try to say hello.
pub(super) struct Tries {
    due: Instant,
    left: usize,
}

impl Tries {
    /// From now on.
    pub(super) fn new() -> Self {
        Self { due: Instant::now() + limits::HELLO_WAIT, left: limits::HELLO_TRIES_MAX }
    }
}

/// Blocks until the client has said hello, for [`limits::HELLO_WAIT`] in all at most.
///
/// # Errors
/// How the client ended instead.
#[inline(never)]
pub(super) fn receive(
    tries: &mut Tries,
    outbox: &Outbox,
    socket: &mut Conversation,
    config: &ClientConfig,
    peer: IpAddr,
    asker: Asker,
) -> Result<Newcomer, Ended> {
    socket.get_mut().expect_hello(Some(tries.due));
    while tries.left > 0 {
        tries.left -= 1;
        let message = socket.read().map_err(|error| reason(&error, socket.get_ref()))?;
        // Whoever sends without a pause is never found late by the read itself.
        if Instant::now() >= tries.due {
            break;
        }
        let Some(text) = hear(socket, message)? else { continue };
        if let Some((hello, is_admitted)) = admitted(&text, outbox, config, peer, asker)? {
            socket.get_mut().expect_hello(None);
            return newcomer(hello, is_admitted);
        }
    }
    Err(Disconnect::HelloMissed.into())
}

/// The session that it named is nobody's, so the box's password is missing: it is told so, and
/// may say hello again.
#[inline(never)]
pub(super) fn ask_for_password(outbox: &Outbox, config: &ClientConfig) {
    tell(outbox, not_admitted(NoEntry::Needed), config);
}

/// Who may come in, and whether the box's password was given: whoever names a session may have
/// given it before, which the hub knows. Apart from the reads, as all below: a reader's stack keeps each
/// page that was touched once, and a frame for all of it cost every client one.
#[inline(never)]
fn admitted(
    text: &str,
    outbox: &Outbox,
    config: &ClientConfig,
    peer: IpAddr,
    asker: Asker,
) -> Result<Option<(Box<Hello>, bool)>, Ended> {
    let fault = match v1::ask::read(text, config.message_bytes_max, asker) {
        Ok(v1::ask::Asked::Hello(hello, password)) => {
            match config.entry.admits(peer, password.as_ref().map(Password::reveal)) {
                Ok(()) => return Ok(Some((hello, true))),
                Err(NoEntry::Needed) if hello.token.is_some() => return Ok(Some((hello, false))),
                Err(why) => not_admitted(why),
            }
        }
        Ok(v1::ask::Asked::Request(_)) => hello_first(),
        // Nothing is wrong with it: who hears this comes back in a moment by itself.
        Err(fault) if fault.wrong.as_deref() == Some(&Wrong::TooManySecrets) => {
            return Err(Disconnect::TooManySecrets.into());
        }
        Err(fault) => fault,
    };
    tell(outbox, fault, config);
    Ok(None)
}

/// Not registered yet, so nobody else pushes. Whoever does not read its faults does
/// without: its time is short.
#[inline(never)]
#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn tell(outbox: &Outbox, fault: Box<Fault>, config: &ClientConfig) {
    outbox.push(&[v1::tell::told(&Told::Fault(*fault), config.message_bytes_max)]);
}

#[inline(never)]
#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn newcomer(hello: Box<Hello>, is_admitted: bool) -> Result<Newcomer, Ended> {
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
            fault("too-many-guesses", "too many wrong passwords from your address; wait a minute")
        }
    }
}

fn fault(word: &'static str, text: &str) -> Box<Fault> {
    Box::new(Fault::new(word, text.to_owned()))
}
