//! How a client of each format comes in: what the hub needs to know of it ([`Arrival`]), and the
//! wait for the hub's answer. `hello.rs` is for clients of `threadbare.v1`, which send a hello
//! first; `line_reader.rs` is for clients of plain lines, and `stream_reader.rs` for those that
//! only receive. Clients of the classic formats join at once.
//!
//! Runs on the thread that registers the client: `door`, or `r-<id>` if the client sends a hello.
//! Blocks on: the hub's answer.
//! Owns: which clients need no hello, and the sentences for a client that lacks the server's
//! password.
//! Must not know: who may have which name; the hub decides that.
//!
//! Part: `formats/mod.rs`.

mod hello;
pub mod line_reader;
pub mod stream_reader;

use crate::admission::ClientNetwork;
use crate::admission::entrance::{Entrance, NoEntry};
use crate::base::{disconnect::Disconnect, limits};
use crate::chat::answer::{Fault, Wrong};
use crate::chat::config::ChatConfig;
use crate::chat::core::{CameFrom, Greeting, Newcomer, Stay};
use crate::chat::refused::Refused;
use crate::chat::request::Hello;
use crate::chat::secret::SecretSource;
use crate::chat::token::Token;
use crate::formats::{Arrival, Format};
use crate::server::client::{Peer, Seat};
use crate::server::hub::{Membership, WelcomeChannel};
pub(crate) use hello::register_by_hello;

/// The server's settings for clients that join: the password that they need, and whether other
/// people may see the clients' IP addresses.
#[derive(Clone, Debug, Default)]
pub struct GreetingSettings {
    /// Checks the password that a client sends for the server. If the server has no password, it
    /// admits every client.
    pub entrance: Entrance,
    /// True if people may see the IP addresses of other people's clients.
    pub show_addresses: bool,
}

impl GreetingSettings {
    /// Takes the settings from the chat's configuration.
    pub fn of(config: &ChatConfig) -> Self {
        Self { entrance: config.server.entrance.clone(), show_addresses: config.show_addresses }
    }
}

/// Returns the peer's network. The limits on digests of secrets and passwords are counted for each
/// network.
pub(crate) fn secret_source(peer: &Peer) -> SecretSource {
    SecretSource::new(peer.network.map(ClientNetwork::bytes))
}

/// Registers a client of a format without WebSocket frames. The client has sent no hello: the
/// caller made `hello` from the client's request or connection. `is_admitted` is true if the client
/// has given the server's password or needs none. Blocks until the hub has answered.
///
/// # Errors
/// The reason why the client is not registered.
pub(super) fn register_with_made_hello(
    seat: &Seat<Format>,
    hello: Box<Hello>,
    is_admitted: bool,
    welcome: WelcomeChannel,
) -> Result<Membership, Disconnect> {
    register_newcomer(seat, numbered_newcomer(hello, is_admitted)?, welcome)
}

#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn numbered_newcomer(hello: Box<Hello>, is_admitted: bool) -> Result<Newcomer, Disconnect> {
    let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
    Ok(Newcomer::WithHello(Box::new(Greeting {
        hello: *hello,
        fresh,
        is_admitted,
        stay: Stay::Connected,
    })))
}

/// Registers the client of this seat as `who`. Blocks until the hub has answered, which it does
/// in its present round or in the next one.
///
/// # Errors
/// The reason why the hub refuses the client, or that the server is stopping.
pub(super) fn register_newcomer(
    seat: &Seat<Format>,
    who: Newcomer,
    welcome: WelcomeChannel,
) -> Result<Membership, Disconnect> {
    seat.register(arrival_of(seat, who), welcome)?.wait()
}

pub(super) fn arrival_of(seat: &Seat<Format>, who: Newcomer) -> Arrival {
    let addr = seat.settings().show_addresses.then(|| seat.peer().addr.ip());
    Arrival { who, came_from: CameFrom { network: seat.peer().network, addr }, answers: None }
}

pub(super) fn not_admitted(why: NoEntry) -> Box<Fault> {
    match why {
        NoEntry::PasswordNeeded => fault("password-needed", "this chat needs a password"),
        NoEntry::WrongPassword => {
            fault("wrong-password", "that is not the password of this chat; try again")
        }
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
