//! The hello, the first message of a client of `threadbare.v1`: it says who the client is.
//!
//! Runs on thread `r-<id>`, before the client is registered.
//! Blocks on: `read`, until the hello has arrived or its deadline has passed; the digest of each
//! secret and password in the hello, until it is made; the hub's answer.
//! Owns: the rule that a client of `threadbare.v1` is not registered without a hello.
//! Must not know: who may have which name; the hub decides that.
//!
//! Part: `formats/arrival/mod.rs`.

use std::time::Instant;

use super::{fault, not_admitted, numbered_newcomer, register_newcomer, secret_source};
use crate::admission::Password;
use crate::admission::entrance::NoEntry;
use crate::base::{disconnect::Disconnect, limits};
use crate::chat::answer::{Answer, Fault, Wrong};
use crate::chat::core::Newcomer;
use crate::chat::request::Hello;
use crate::formats::{Format, v1};
use crate::server::client::Seat;
use crate::server::client::reader::{self, Conversation};
use crate::server::hub::{Membership, WelcomeChannel};

/// The deadline for a client's hello, and how many more messages of this client the server reads
/// while it waits for the hello. Pings count, too.
struct Tries {
    due: Instant,
    left: usize,
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
        Ok(v1::decode::ClientText::Request(_)) => fault("hello-first", "send hello first"),
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
    seat.tell_unregistered(v1::encode_answer(&Answer::Fault(*fault), text_bytes_max));
}
