//! Receives frames from the server and hands on their messages, until the connection ends.
//!
//! Runs on the thread that reads a connection: the calling thread in a classic `join`, thread
//! `caller` in `v1`, one thread per person in `crowd`.
//! Blocks on: reads from the connection.
//! Must not know: what happens with a message.
//!
//! Part: `console/mod.rs`.

use std::io;

use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use super::connection::{ServerConnection, TungsteniteSide};
use super::ending::Ending;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;

/// Returns the settings of tungstenite on the client's side.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(limits::READ_BUFFER_BYTES)
        // Each frame goes to `ServerConnection` at once; frames wait there, not here.
        .write_buffer_size(0)
        .max_write_buffer_size(limits::CONSOLE_WAITING_BYTES_MAX)
        .max_message_size(Some(limits::CONSOLE_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(limits::CONSOLE_MESSAGE_BYTES_MAX))
        .accept_unmasked_frames(false)
}

/// Calls `hear` with every message, and returns how the connection ended. Blocks until then.
///
/// After a close frame from the server it reads on until the server ends the connection, as RFC
/// 6455 7.1.1 wants, but for at most [`CONSOLE_HANG_UP_WAIT`](limits::CONSOLE_HANG_UP_WAIT). If
/// the bytes are not WebSocket, it sends a close frame with the matching code.
pub(super) fn listen(
    mut socket: WebSocket<TungsteniteSide>,
    connection: &ServerConnection,
    mut hear: impl FnMut(&str),
) -> Ending {
    let mut closed = None;
    let ending = loop {
        match socket.read() {
            Ok(Message::Text(text)) => hear(&text),
            Ok(Message::Binary(bytes)) => hear(&String::from_utf8_lossy(&bytes)),
            Ok(Message::Close(frame)) => {
                closed = Some(Ending::of_frame(frame, connection.closed_by_us()));
                connection.read_until(Deadline::after(limits::CONSOLE_HANG_UP_WAIT));
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(error) => break closed.unwrap_or_else(|| end_of(error, connection)),
        }
    };
    connection.hang_up();
    ending
}

/// Turns tungstenite's error into an ending. Sends the close frame, because tungstenite sends none
/// on an error.
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
