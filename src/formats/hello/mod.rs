//! The hello, the first message of a client of `threadbare.v1`: it says who the client is. The two
//! files in this folder are for clients that send no hello: `lines.rs` and `stream.rs`.
//!
//! Runs on thread `r-<id>`, before the client is registered.
//! Blocks on: `read`, until the hello has arrived or its deadline has passed; the digest of each
//! secret and password in the hello, until it is made; the hub's answer.
//! Owns: the rule that a client of `threadbare.v1` is not registered without a hello.
//! Must not know: who may have which name; the hub decides that.
//!
//! Part: `formats/mod.rs`.

pub mod lines;
pub mod stream;

use std::time::Instant;

use crate::admission::entrance::{Entrance, NoEntry};
use crate::admission::{ClientNetwork, Password};
use crate::base::limits;
use crate::chat::config::ChatConfig;
use crate::chat::core::{CameFrom, Greeting, Newcomer, Stay};
use crate::chat::refused::Refused;
use crate::chat::reply::{Fault, Reply, Wrong};
use crate::chat::request::Hello;
use crate::chat::secret::SecretSource;
use crate::chat::token::Token;
use crate::formats::{Arrival, Format, v1};
use crate::server::client::reader::{self, Conversation};
use crate::server::client::{Peer, Seat};
use crate::server::disconnect::Disconnect;
use crate::server::hub::{Membership, WelcomeChannel};

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

/// The deadline for a client's hello, and how many more messages of this client the server reads
/// while it waits for the hello. Pings count, too.
struct Tries {
    due: Instant,
    left: usize,
}

/// Makes the [`Arrival`] of a client of the classic format or of `webchat`, which joins without a
/// hello. Returns `None` for a client of any other format.
pub(crate) fn arrival_at_once(seat: &Seat<Format>) -> Option<Arrival> {
    match seat.format() {
        Format::Classic => Some(arrival_of(seat, Newcomer::Classic)),
        Format::Webchat => Some(arrival_of(seat, Newcomer::Passing)),
        _ => None,
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

fn arrival_of(seat: &Seat<Format>, who: Newcomer) -> Arrival {
    let addr = seat.settings().show_addresses.then(|| seat.peer().addr.ip());
    Arrival { who, came_from: CameFrom { network: seat.peer().network, addr }, replies: None }
}

/// Registers a client that has opened a WebSocket. Blocks until the client has said hello and the
/// hub has answered. A client that names a session may do so without the server's password. If the
/// hub does not admit the client by its session, the server asks for the password, and the client
/// may send another hello.
///
/// # Errors
/// Why the client ended before it was registered.
pub(crate) fn register_by_hello(
    seat: &Seat<Format>,
    socket: &mut Conversation,
    mut welcome: WelcomeChannel,
) -> Result<Membership, Disconnect> {
    let due = Instant::now() + limits::HELLO_WAIT;
    let mut tries = Tries { due, left: limits::HELLO_TRIES_MAX };
    loop {
        let newcomer = read_hello(seat, &mut tries, socket)?;
        match register_newcomer(seat, newcomer, welcome) {
            // The hub does not admit the client by its session: nobody has that session, or its
            // person has too many clients. So the client needs the server's password.
            Err(Disconnect::NotAdmitted) => {
                send_fault(seat, not_admitted(NoEntry::PasswordNeeded));
                welcome = WelcomeChannel::default();
            }
            registered => return registered,
        }
    }
}

/// Waits for the client's hello, at most until the time `tries.due`.
///
/// # Errors
/// Why the client ended before it sent a valid hello.
fn read_hello(
    seat: &Seat<Format>,
    tries: &mut Tries,
    socket: &mut Conversation,
) -> Result<Newcomer, Disconnect> {
    let _stranger = seat.awaits_hello();
    socket.get_mut().expect_hello(Some(tries.due));
    while tries.left > 0 {
        tries.left -= 1;
        let message = reader::next_message(socket)?;
        // If a client sends other frames all the time, no read reaches its deadline. So the
        // deadline is checked here as well.
        if Instant::now() >= tries.due {
            break;
        }
        let Some(text) = reader::text_of(message)? else { continue };
        if let Some((hello, is_admitted)) = admitted_hello(seat, &text)? {
            socket.get_mut().expect_hello(None);
            return numbered_newcomer(hello, is_admitted);
        }
    }
    Err(Disconnect::HelloMissed)
}

/// Reads a hello. The flag in the result is true if the client gave the server's password or needs
/// none. If it is false, the client names a session, and the hub decides whether the client still
/// needs the password. Returns `None` if the text is no valid hello, or the password is missing or
/// wrong; the client is told so.
///
/// Not a part of `read_hello`: a thread keeps every stack page that it has ever touched, and as one
/// function they would cost each client one more page.
fn admitted_hello(
    seat: &Seat<Format>,
    text: &str,
) -> Result<Option<(Box<Hello>, bool)>, Disconnect> {
    let peer = seat.peer();
    let fault = match v1::decode::read(text, peer.text_bytes_max, secret_source(peer)) {
        Ok(v1::decode::ClientText::Hello(hello, password)) => {
            let given = password.as_ref().map(Password::reveal);
            match seat.settings().entrance.admits(peer.addr.ip(), given) {
                Ok(()) => return Ok(Some((hello, true))),
                Err(NoEntry::PasswordNeeded) if hello.token.is_some() => {
                    return Ok(Some((hello, false)));
                }
                Err(why) => not_admitted(why),
            }
        }
        Ok(v1::decode::ClientText::Request(_)) => hello_first(),
        // The server could not check a secret or a password in the hello. It disconnects the
        // client, which usually connects again by itself.
        Err(fault) if fault.wrong.as_deref() == Some(&Wrong::TooManySecrets) => {
            return Err(Disconnect::TooManySecrets);
        }
        Err(fault) => fault,
    };
    send_fault(seat, fault);
    Ok(None)
}

/// Tells a client that is not registered yet what is wrong with its message. The client does not
/// receive this if its outbox is full.
#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn send_fault(seat: &Seat<Format>, fault: Box<Fault>) {
    let text_bytes_max = seat.peer().text_bytes_max;
    seat.tell_unregistered(v1::encode_reply(&Reply::Fault(*fault), text_bytes_max));
}

#[expect(clippy::boxed_local, reason = "it stays on the heap until here")]
fn numbered_newcomer(hello: Box<Hello>, is_admitted: bool) -> Result<Newcomer, Disconnect> {
    let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
    Ok(Newcomer::Numbered(Box::new(Greeting {
        hello: *hello,
        fresh,
        is_admitted,
        stay: Stay::Connected,
    })))
}

fn hello_first() -> Box<Fault> {
    fault("hello-first", "send hello first")
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
