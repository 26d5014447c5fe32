//! Message path, step 4: frames from the socket become messages to the hub.
//!
//! Runs on thread `r-<id>`, one per client; it was the client's door before.
//! Blocks on: `read`, until bytes, a deadline of the adapter's, or a hang-up;
//! on its turn, for a secret or a password; on the broadcast inbox while it is full, which is how TCP slows everybody
//! down; and on its own client's outbox while more than a quarter of it, or 64 KiB, is unsent,
//! so the hub never has to evict a client only because it talks fast.
//! Owns: the reading half of tungstenite.
//! Must not: write to the socket. Pongs and close replies go to the outbox.
//! Must not know: what a text says; the client's format does.
//!
//! Next: `hub/handle.rs`.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::adapter::Adapter;
use super::{ClientFormat, Seat};
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::outbox::Berth;

/// tungstenite over our adapter. On the heap, for a stack keeps each page that
/// was touched once.
pub type Conversation = Box<WebSocket<Box<Adapter>>>;

/// Reads until the client ends, and answers how it did.
pub(super) fn run<F: ClientFormat>(seat: &Seat<F>, socket: &mut Conversation) -> Disconnect {
    loop {
        if let Err(reason) = next(socket).and_then(|message| hear(seat, message)) {
            return reason;
        }
    }
}

/// From a message to the hub; the error is the end.
fn hear<F: ClientFormat>(seat: &Seat<F>, message: Message) -> Result<(), Disconnect> {
    let request = match message {
        Message::Text(text) => seat.format.read(&text, &seat.peer)?,
        Message::Binary(bytes) => seat.format.read_binary(&bytes, &seat.peer)?,
        _ => None,
    };
    request.map_or(Ok(()), |request| seat.ask(request))
}

/// The reading half of tungstenite, with what has arrived already.
pub fn open<F: ClientFormat>(
    socket: &Arc<TcpStream>,
    outbox: &Berth,
    mut arrived: Vec<u8>,
    config: &ClientConfig,
    format: F,
) -> Conversation {
    let adapter = Adapter::new(Arc::clone(socket), outbox.clone(), config);
    let mut adapter = Box::new(adapter);
    arrived.truncate(adapter.see(&arrived, Instant::now()));
    let message_bytes_max = format.message_bytes_max(config.message_bytes_max);
    let settings = Some(settings(config, message_bytes_max));
    Box::new(WebSocket::from_partially_read(adapter, arrived, Role::Server, settings))
}

/// The next message of the peer's, data or not. Blocks until it is whole.
///
/// # Errors
/// The client has ended; by itself if it has sent a close frame, the answer to which the
/// adapter keeps then.
pub fn next(socket: &mut Conversation) -> Result<Message, Disconnect> {
    match socket.read() {
        Ok(Message::Close(_)) => {
            // The flush makes tungstenite hand its reply to the adapter; the
            // error it answers means that the close is complete.
            drop(socket.flush());
            Err(Disconnect::PeerClosed)
        }
        Ok(message) => Ok(message),
        Err(error) => Err(reason(&error, socket.get_ref())),
    }
}

/// The text of one message; `None` for what is none.
///
/// # Errors
/// It is data, and no text.
pub fn text(message: Message) -> Result<Option<Utf8Bytes>, Disconnect> {
    match message {
        Message::Text(text) => Ok(Some(text)),
        Message::Binary(bytes) => {
            Utf8Bytes::try_from(bytes).map(Some).map_err(|_| Disconnect::NotUtf8)
        }
        _ => Ok(None),
    }
}

fn settings(config: &ClientConfig, message_bytes_max: usize) -> WebSocketConfig {
    // Every field is written out: the defaults cost 128 KiB a client and let a
    // stranger claim 16 MiB.
    WebSocketConfig::default()
        .read_buffer_size(config.read_buffer_bytes)
        .write_buffer_size(0)
        .max_write_buffer_size(CONTROL_FRAME_BYTES_MAX * 2)
        .max_message_size(Some(message_bytes_max))
        .max_frame_size(Some(message_bytes_max.max(CONTROL_FRAME_BYTES_MAX)))
        .accept_unmasked_frames(false)
}

/// RFC 6455 5.5: a control frame carries at most 125 bytes after its head.
const CONTROL_FRAME_BYTES_MAX: usize = 127;

/// Why a read failed.
fn reason(error: &Error, adapter: &Adapter) -> Disconnect {
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error {
        Error::Io(error) => adapter.gave_up().unwrap_or_else(|| broken(error)),
        // The end of the stream without a close frame: a browser that was
        // killed, or `nc` at its end. What was said to it may still be read.
        Error::Protocol(ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => Disconnect::PeerClosed,
        Error::Capacity(_) => Disconnect::MessageTooLong,
        Error::Utf8(_) => Disconnect::NotUtf8,
        _ => Disconnect::ProtocolViolation,
    }
}

fn broken(error: &io::Error) -> Disconnect {
    tracing::debug!(%error, "read failed");
    Disconnect::LineBroken
}
