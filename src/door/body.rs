//! Connection path, step 2c: the whole body, before anyone behind the door
//! hears of the request. So nobody there ever waits for a slow sender.
//!
//! Runs on the door's thread. Blocks on: `read`, until the body is whole or
//! its deadline passes.
//!
//! Owns: a body's deadline and `100 Continue`.
//! Must not know: what is in it.
//!
//! Next: `door/gate.rs`.

use std::time::Duration;

use crate::door::line::{Line, NoRequest};
use crate::door::request::Request;
use crate::http::refusal::Refusal;
use crate::socket::deadline::Deadline;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// Takes the body of `request` off the line.
///
/// Blocks until it is whole or `wait` is over, from now.
pub(super) fn receive(
    line: &mut Line,
    request: &Request,
    wait: Duration,
) -> Result<Vec<u8>, NoRequest> {
    let deadline = Deadline::after(wait);
    if request.expects_continue && line.arrived.len() < request.body_bytes {
        line.write(CONTINUE, deadline).map_err(|_| NoRequest::Gone)?;
    }
    while line.arrived.len() < request.body_bytes {
        line.read_more(deadline, Refusal::BodyTooSlow.into())?;
    }
    Ok(line.take(request.body_bytes))
}
