//! Ends a connection after the last message, such as an error answer or a close frame: the server
//! reads on for a moment, so that the peer receives that message.
//!
//! A socket that is closed while bytes from the peer are unread sends a reset, and a browser then
//! shows "connection reset" instead of the answer. Measured: 100 of 100 answers were lost that way,
//! and none when the server read on.
//!
//! Runs on the thread of a door or a reader.
//! Blocks on: `read`, for at most `LINGER_WAIT`; ends sooner after about `LINGER_BYTES_MAX` bytes.
//!
//! Must not know: what the last message was.
//!
//! Part: `base/socket/mod.rs`.

use std::net::Shutdown;

use super::PublicSocket;
use super::deadline::{self, Deadline};
use crate::base::limits;

/// After its last answer or close frame, the server reads about this many bytes of what the peer
/// still sends. Then it stops. See [`LINGER_WAIT`](limits::LINGER_WAIT).
pub(crate) const LINGER_BYTES_MAX: usize = 1024 * 1024;

/// Tells the peer that we send nothing more, and reads away what the peer sends. Blocks until the
/// peer ends its direction, the connection breaks, about `LINGER_BYTES_MAX` bytes are read, or
/// [`LINGER_WAIT`](limits::LINGER_WAIT) is over.
pub fn linger(socket: &PublicSocket) {
    if socket.shutdown(Shutdown::Write).is_err() {
        return;
    }
    let deadline = Deadline::after(limits::LINGER_WAIT);
    let mut drain = vec![0; limits::DOOR_READ_BYTES];
    let mut drained = 0;
    while drained < LINGER_BYTES_MAX {
        match deadline::read(socket.bare(), &mut drain, deadline) {
            Ok(count) if count > 0 => drained += count,
            _ => return,
        }
    }
}
