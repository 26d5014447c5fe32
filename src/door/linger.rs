//! The end of a connection after an error answer: read on for a moment, so
//! that the words arrive.
//!
//! A socket that is closed while bytes of the peer are unread sends a reset,
//! and a browser then shows "connection reset" in place of what we wrote.
//! Measured: 100 of 100 answers were lost that way, and none with this.
//!
//! Runs on the door's thread. Blocks on: `read`, for `LINGER_WAIT` and
//! `LINGER_BYTES_MAX` at most.
//!
//! Must not know: what was answered.
//!
//! Next: `http/mod.rs`.

use std::net::Shutdown;

use crate::door::line::Line;
use crate::limits;
use crate::socket::deadline::{self, Deadline};

/// Ends our side and drains the peer's. Blocks until the peer ends its side,
/// or for the bounds above.
pub(super) fn linger(line: &Line) {
    if line.socket.shutdown(Shutdown::Write).is_err() {
        return;
    }
    let deadline = Deadline::after(limits::LINGER_WAIT);
    let mut drain = [0; limits::DOOR_READ_BYTES];
    let mut drained = 0;
    while drained < limits::LINGER_BYTES_MAX {
        match deadline::read(&*line.socket, &mut drain, deadline) {
            Ok(count) if count > 0 => drained += count,
            _ => return,
        }
    }
}
