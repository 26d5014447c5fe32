//! Frames from the server become messages, until there are no more.
//!
//! Runs on the thread that reads a line: the caller's in `join`, one per person
//! in `crowd`.
//! Blocks on: the line's reads.
//! Must not know: what is done with a message.
//!
//! Next: `console/ending.rs`.

use std::io;

use tungstenite::protocol::WebSocketConfig;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, Message, WebSocket};

use super::ending::Ending;
use super::line::{Ear, Line};
use crate::limits;
use crate::socket::deadline::Deadline;

/// How tungstenite is set up at this end.
pub(super) fn config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(limits::READ_BUFFER_BYTES)
        // Each frame goes to the line at once; the line is where frames wait.
        .write_buffer_size(0)
        .max_write_buffer_size(limits::CONSOLE_WAITING_BYTES_MAX)
        .max_message_size(Some(limits::CONSOLE_MESSAGE_BYTES_MAX))
        .max_frame_size(Some(limits::CONSOLE_MESSAGE_BYTES_MAX))
        .accept_unmasked_frames(false)
}

/// Hands every message to `hear`, and answers how it ended.
///
/// After a close frame from the server it reads on until the server ends the
/// line, as RFC 6455 7.1.1 wants, but no longer than
/// [`CONSOLE_HANG_UP_WAIT`](limits::CONSOLE_HANG_UP_WAIT). Bytes that are no
/// WebSocket are answered with their close code.
pub(super) fn listen(
    mut socket: WebSocket<Ear>,
    line: &Line,
    mut hear: impl FnMut(&str),
) -> Ending {
    let mut closed = None;
    let ending = loop {
        match socket.read() {
            Ok(Message::Text(text)) => hear(&text),
            Ok(Message::Binary(bytes)) => hear(&String::from_utf8_lossy(&bytes)),
            Ok(Message::Close(frame)) => {
                closed = Some(Ending::of_frame(frame, line.closed_by_us()));
                line.read_until(Deadline::after(limits::CONSOLE_HANG_UP_WAIT));
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => {}
            Err(error) => break closed.unwrap_or_else(|| end_of(error, line)),
        }
    };
    line.hang_up();
    ending
}

/// tungstenite sends no close frame on its errors, so this does.
fn end_of(error: Error, line: &Line) -> Ending {
    let (code, ending) = match error {
        Error::Utf8(why) => (CloseCode::Invalid, Ending::Nonsense { why }),
        Error::Capacity(why) => (CloseCode::Size, Ending::Nonsense { why: why.to_string() }),
        Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            return Ending::Gone { after_our_close: line.closed_by_us() };
        }
        Error::Io(error) if error.kind() != io::ErrorKind::Other => {
            return Ending::Gone { after_our_close: line.closed_by_us() };
        }
        other => (CloseCode::Protocol, Ending::Nonsense { why: other.to_string() }),
    };
    line.close(code);
    ending
}
