//! Connection path, before step 2: whether a peer speaks TLS, and the handshake with one that does.
//!
//! Both kinds of peers come to the same port. The first byte of a TLS handshake cannot begin a
//! request of HTTP. After the handshake the socket decrypts and seals by itself
//! (`base/socket/public.rs`), and the door goes on as with a plain peer.
//!
//! Runs on the door's thread.
//! Blocks on: `read`, until the first byte or its deadline (`first_byte_wait`); in a handshake, on
//! `read`, `write` and a place for its arithmetic, together until `head_wait` is over; after a
//! failed one, on a lingering close.
//!
//! Owns: which peers are asked for a handshake, and how many doors calculate at once.
//! Must not know: rustls, certificates, requests.
//!
//! Part: `server/door/mod.rs`.

use std::io::{self, ErrorKind};
use std::time::Instant;

use tracing::Level;

use super::Door;
use super::door_socket::{DoorSocket, NoRequest};
use super::host::Authority;
use super::request::ParsedRequest;
use crate::base::socket::deadline::{self, Deadline};
use crate::base::socket::{self, linger::linger};
use crate::base::tls::{self, ServerCertificate};
use crate::base::{base_path, limits, rate};
use crate::server::http::response::Response;

/// How many doors may do the arithmetic of a handshake at the same time. A signature by RSA takes a
/// small processor 50 ms, and the hub should not wait behind a hundred of them. A door holds its
/// place while it calculates, never while it waits for its peer, so slow peers take no place from
/// others.
pub(super) const HANDSHAKES_MAX: usize = 4;

/// Makes the handshake, if the server has a certificate and the peer speaks TLS. `None`: the
/// connection has ended.
pub(super) fn open(door: &Door, connection: &mut DoorSocket) -> Option<()> {
    let Some(certificate) = &door.config.certificate else { return Some(()) };
    let first_byte_due = Deadline::after(door.config.first_byte_wait);
    if connection.read_more(first_byte_due, NoRequest::Gone).is_err() {
        socket::hang_up(&connection.socket);
        return None;
    }
    if connection.arrived.first() != Some(&tls::FIRST_BYTE) {
        return Some(());
    }
    let outcome = shake_hands(door, certificate, connection);
    if let Err(error) = outcome {
        if rate::admits(Level::INFO, "no handshake") {
            tracing::info!(peer = %connection.from, %error, "no TLS handshake");
        }
        if error.kind() == ErrorKind::InvalidData {
            // The peer was told why. It must be able to read that.
            linger(&connection.socket);
        }
        socket::hang_up(&connection.socket);
        return None;
    }
    Some(())
}

/// Makes the handshake. `connection.arrived` has its first bytes.
///
/// # Errors
/// `InvalidData`: the peer does not speak TLS as this server does. `TimedOut`: it was too slow.
/// Else the socket's error.
///
/// The compiler must not make it a part of its caller: it needs 6 KiB of the stack, and a client's
/// thread keeps each page of its stack that it has used once, also without TLS.
#[inline(never)]
fn shake_hands(
    door: &Door,
    certificate: &ServerCertificate,
    connection: &mut DoorSocket,
) -> io::Result<()> {
    let deadline = Deadline::after(door.config.head_wait);
    let until = Instant::now() + deadline.left();
    let mut handshake = certificate.begin()?;
    let mut came = std::mem::take(&mut connection.arrived);
    let bare = connection.socket.bare();
    loop {
        let (step, reply) = {
            let _place = door.handshake_places.take(until).ok_or(ErrorKind::TimedOut)?;
            (handshake.take(&came), handshake.reply())
        };
        let written = deadline::write_all(bare, &reply, deadline);
        step.and(written)?;
        if handshake.is_done() {
            break;
        }
        came.clear();
        if deadline::read_more(bare, &mut came, limits::DOOR_READ_BYTES, deadline)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
    }
    connection.socket.speak_tls(handshake.into_session());
    Ok(())
}

/// Returns the answer that sends a browser to the same address by `https`. It holds for this one
/// request: a browser that remembered it could not come back to a server without a certificate.
pub(super) fn same_by_https(request: &ParsedRequest, connection: &DoorSocket) -> Response {
    let host =
        request.hosts.first().map_or_else(|| connection.socket.local_host(), Authority::text);
    let target = base_path::link(&request.path);
    Response::new(307, "").with_header("Location", format!("https://{host}{target}"))
}
