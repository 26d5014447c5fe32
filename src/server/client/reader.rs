//! Message path, step 4: the reader reads frames from the socket and sends the hub the requests in
//! them.
//!
//! Runs on thread `r-<id>`, one per client. Before the connection became a client's, the same
//! thread was its door.
//! Blocks on: `read`, until bytes come, a deadline of the adapter passes, or a hang-up; the turn to
//! check a secret or a password, while other threads check one; the broadcast inbox while it is
//! full, so that TCP slows all talkers down; the outbox of its own client while more than a quarter
//! of the outbox, or more than 64 KiB, is unsent. So the hub never has to evict a client only
//! because that client itself sends many messages.
//! Owns: the reading half of tungstenite.
//! Must not: write to the socket. Pongs and close replies go to the outbox.
//! Must not know: what a text says; the client's format knows it.
//!
//! Next: `server/client/adapter.rs`.

use std::sync::Arc;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::{ClientFormat, Seat, adapter::Adapter, seat::ReadSide};
use crate::base::{disconnect::Disconnect, socket::PublicSocket};
use crate::server::config::ClientConfig;
use crate::server::follow;
use crate::server::hub::{Membership, WelcomeChannel};
use crate::server::outbox::{Frame, OutboxSlot};

/// A client's WebSocket: tungstenite, which reads from our adapter. It is on the heap, because a
/// thread keeps each page of its stack that it has ever used.
pub type Conversation = Box<WebSocket<Box<Adapter>>>;

impl<F: ClientFormat> ReadSide<F> for Conversation {
    fn register(&mut self, seat: &Seat<F>) -> Result<Membership, Disconnect> {
        seat.format().register_by_hello(seat, self, WelcomeChannel::default())
    }

    fn read_requests(&mut self, seat: &Seat<F>) -> Disconnect {
        loop {
            let sent = next_message(self).and_then(|message| send_request_in(seat, message));
            if let Err(reason) = sent {
                return reason;
            }
        }
    }

    fn take_close_reply(&mut self) -> Option<Frame> {
        self.get_mut().take_close_reply()
    }
}

fn send_request_in<F: ClientFormat>(seat: &Seat<F>, message: Message) -> Result<(), Disconnect> {
    follow::read();
    let request = match message {
        Message::Text(text) => seat.format().read(&text, seat.peer())?,
        Message::Binary(bytes) => seat.format().read_binary(&bytes, seat.peer())?,
        _ => None,
    };
    request.map_or(Ok(()), |request| seat.send_request(request))
}

/// Makes the reading half of tungstenite. `arrived` holds bytes that came after the client's
/// request and that the door has read already.
pub fn conversation<F: ClientFormat>(
    socket: &Arc<PublicSocket>,
    outbox: &OutboxSlot,
    mut arrived: Vec<u8>,
    config: &ClientConfig,
    format: F,
) -> Conversation {
    let adapter = Adapter::new(Arc::clone(socket), outbox.clone(), config);
    let mut adapter = Box::new(adapter);
    arrived.truncate(adapter.see(&arrived));
    let message_bytes_max = format.message_bytes_max(config.message_bytes_max);
    let settings = Some(websocket_settings(config, message_bytes_max));
    Box::new(WebSocket::from_partially_read(adapter, arrived, Role::Server, settings))
}

/// Returns the peer's next text, binary message, ping or pong. Blocks until it is whole, or the
/// client ends.
///
/// # Errors
/// The reason why the client ends. After the client's close frame it is `PeerClosed`, and the
/// adapter then holds the answer to that frame.
pub fn next_message(conversation: &mut Conversation) -> Result<Message, Disconnect> {
    match conversation.read() {
        Ok(Message::Close(_)) => {
            // The flush makes tungstenite write its close reply into the adapter. An error of the
            // flush means that the close is complete.
            drop(conversation.flush());
            Err(Disconnect::PeerClosed)
        }
        Ok(message) => Ok(message),
        Err(error) => Err(end_reason(&error, conversation.get_ref())),
    }
}

/// Returns the text of one message; `None` for a control frame.
///
/// # Errors
/// The message is binary and not UTF-8.
pub fn text_of(message: Message) -> Result<Option<Utf8Bytes>, Disconnect> {
    match message {
        Message::Text(text) => Ok(Some(text)),
        Message::Binary(bytes) => {
            Utf8Bytes::try_from(bytes).map(Some).map_err(|_| Disconnect::NotUtf8)
        }
        _ => Ok(None),
    }
}

fn websocket_settings(config: &ClientConfig, message_bytes_max: usize) -> WebSocketConfig {
    // All of tungstenite's limits are set here. With its defaults a client would cost 128 KiB, and
    // a stranger could make the server allocate 16 MiB.
    WebSocketConfig::default()
        .read_buffer_size(config.read_buffer_bytes)
        .write_buffer_size(0)
        .max_write_buffer_size(CONTROL_FRAME_BYTES_MAX * 2)
        .max_message_size(Some(message_bytes_max))
        .max_frame_size(Some(message_bytes_max.max(CONTROL_FRAME_BYTES_MAX)))
        .accept_unmasked_frames(false)
}

/// The longest control frame of a server, in bytes: a head of two bytes and 125 bytes of payload
/// (RFC 6455 5.5).
const CONTROL_FRAME_BYTES_MAX: usize = 127;

fn end_reason(error: &Error, adapter: &Adapter) -> Disconnect {
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error {
        Error::Io(error) => adapter.gave_up().unwrap_or_else(|| {
            tracing::debug!(%error, "read failed");
            Disconnect::ConnectionBroken
        }),
        // The stream ended without a close frame, for example because the browser was killed. The
        // peer may perhaps still read what the server sends.
        Error::Protocol(ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => Disconnect::PeerClosed,
        Error::Capacity(_) => Disconnect::MessageTooLong,
        Error::Utf8(_) => Disconnect::NotUtf8,
        _ => Disconnect::ProtocolViolation,
    }
}
