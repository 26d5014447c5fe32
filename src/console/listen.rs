//! Receives frames from the server and passes their messages to a function, until the connection
//! ends.
//!
//! Runs on the thread that reads a connection: the calling thread in a classic `join`, thread
//! `caller` in `v1`, one thread per person in `crowd`.
//! Blocks on: reads from the connection, and the function.
//! Must not know: what the function does with a message.
//!
//! Part: `console/mod.rs`.

use std::io;
use std::time::Duration;

use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use super::connection::{ReadEnd, ServerConnection};
use super::ending::Ending;
use super::limits::CONSOLE_WAITING_BYTES_MAX;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;

/// After both close frames, the console waits at most this long until the server ends the
/// connection.
const HANG_UP_WAIT: Duration = Duration::from_secs(1);
/// Longest message that the console accepts, in bytes. Classic servers join many messages into one.
const CONSOLE_MESSAGE_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(limits::READ_BUFFER_BYTES)
        // With a buffer of 0 bytes, tungstenite passes each frame on at once to `ServerConnection`.
        // There the frame waits until it can be sent.
        .write_buffer_size(0)
        .max_write_buffer_size(CONSOLE_WAITING_BYTES_MAX)
        .max_message_size(Some(CONSOLE_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(CONSOLE_MESSAGE_BYTES_MAX))
        .accept_unmasked_frames(false)
}

/// Calls `on_message` with the text of every message that the server sends. A binary message counts
/// as text. Blocks until the connection has ended, and returns how it ended.
///
/// After the server's close frame, this function reads on until the server ends the connection, as
/// RFC 6455 7.1.1 demands, but for at most [`HANG_UP_WAIT`].
/// If what the server sends is not valid ([`Ending::Nonsense`]), this function sends a close frame
/// with a code for this error.
pub(super) fn listen(
    mut socket: WebSocket<ReadEnd>,
    connection: &ServerConnection,
    mut on_message: impl FnMut(&str),
) -> Ending {
    let mut closed = None;
    let ending = loop {
        match socket.read() {
            Ok(Message::Text(text)) => on_message(&text),
            Ok(Message::Binary(bytes)) => on_message(&String::from_utf8_lossy(&bytes)),
            Ok(Message::Close(frame)) => {
                closed = Some(Ending::of_frame(frame, connection.closed_by_us()));
                connection.read_until(Deadline::after(HANG_UP_WAIT));
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(error) => break closed.unwrap_or_else(|| end_of(error, connection)),
        }
    };
    connection.hang_up();
    ending
}

/// Turns tungstenite's error into an ending. If it is [`Ending::Nonsense`], also sends a close
/// frame, because tungstenite sends none after an error.
fn end_of(error: Error, connection: &ServerConnection) -> Ending {
    let (code, ending) = match error {
        Error::Utf8(why) => (CloseCode::Invalid, Ending::Nonsense { why }),
        Error::Capacity(why) => (CloseCode::Size, Ending::Nonsense { why: why.to_string() }),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            return Ending::Gone { after_our_close: connection.closed_by_us() };
        }
        Error::Io(error) if error.kind() != io::ErrorKind::Other => {
            return Ending::Gone { after_our_close: connection.closed_by_us() };
        }
        other => (CloseCode::Protocol, Ending::Nonsense { why: other.to_string() }),
    };
    connection.close(code);
    ending
}
