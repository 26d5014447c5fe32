//! Connection path, step 2c: receives the whole body before tiny_http gets the request. So only the
//! door's thread waits for a slow sender.
//!
//! Runs on the door's thread.
//! Blocks on: `write` of a 100, and `read`, until the body is whole or its deadline passes.
//!
//! Owns: a body's deadline and the answer `100 Continue`.
//! Must not know: what a body contains.
//!
//! Next: `server/door/exchange.rs`.

use std::time::Duration;

use crate::base::socket::deadline::Deadline;
use crate::server::door::door_socket::{DoorSocket, NoRequest};
use crate::server::door::request::ParsedRequest;
use crate::server::http::refusal::Refusal;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Reads the body of `request` from the connection.
///
/// Blocks until the body is whole, or `wait` has passed since the call. The error: the body is late
/// ([`Refusal::BodyTooSlow`]), or the peer has gone or does not take the 100.
pub(super) fn receive(
    connection: &mut DoorSocket,
    request: &ParsedRequest,
    wait: Duration,
) -> Result<Vec<u8>, NoRequest> {
    let deadline = Deadline::after(wait);
    if request.expects_continue && connection.arrived.len() < request.body_bytes {
        connection.write(CONTINUE, deadline).map_err(|_| NoRequest::Gone)?;
    }
    while connection.arrived.len() < request.body_bytes {
        connection.read_more(deadline, Refusal::BodyTooSlow.into())?;
    }
    Ok(connection.take(request.body_bytes))
}
