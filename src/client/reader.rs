//! Message path, step 4: frames from the socket become messages to the hub.
//!
//! Runs on thread `r-<id>`, one per client; it was the client's door before.
//! Blocks on: `read`, until bytes, a deadline of the adapter's, or a hang-up;
//! on the broadcast inbox while it is full, which is how TCP slows everybody
//! down; and on its own client's outbox while half of it is unsent, so that
//! nobody is evicted for talking faster than they listen.
//! Owns: the reading half of tungstenite.
//! Must not: write to the socket. Pongs and close replies go to the outbox.
//!
//! Next: `wire/classic.rs`, then `hub/mod.rs`.

use std::io;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::adapter::Adapter;
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::hub::{ClientId, HubHandle};
use crate::outbox::{Outbox, Rest};
use crate::wire::{Frame, classic};

/// Reads until the client ends, and answers why it did.
pub fn run(
    id: ClientId,
    hub: &HubHandle,
    outbox: &Outbox,
    adapter: Adapter,
    arrived: Vec<u8>,
    config: &ClientConfig,
) -> Disconnect {
    let settings = settings(config);
    let mut socket = WebSocket::from_partially_read(adapter, arrived, Role::Server, Some(settings));
    loop {
        let step = match socket.read() {
            Ok(message) => take(id, hub, outbox, &mut socket, message, config),
            Err(error) => Err(reason(&error, socket.get_ref())),
        };
        if let Err(reason) = step {
            return reason;
        }
        socket.get_mut().message_is_whole();
    }
}

/// Acts on one message; the error is the reason to end.
fn take(
    id: ClientId,
    hub: &HubHandle,
    outbox: &Outbox,
    socket: &mut WebSocket<Adapter>,
    message: Message,
    config: &ClientConfig,
) -> Result<(), Disconnect> {
    match message {
        Message::Text(text) => say(id, hub, outbox, text.as_str(), config),
        // The classic servers did not look at the frame's type; but what we
        // send is text, so it must be UTF-8.
        Message::Binary(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => say(id, hub, outbox, text, config),
            Err(_) => Err(Disconnect::NotUtf8),
        },
        Message::Close(_) => {
            // The flush makes tungstenite hand its reply to the adapter; the
            // error it answers means that the close is complete.
            drop(socket.flush());
            let reply = socket.get_mut().take_close_reply();
            let reply = reply.unwrap_or_else(|| Frame::close(None));
            outbox.close(Disconnect::PeerClosed, reply, Rest::Send);
            Err(Disconnect::PeerClosed)
        }
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(()),
    }
}

fn say(
    id: ClientId,
    hub: &HubHandle,
    outbox: &Outbox,
    text: &str,
    config: &ClientConfig,
) -> Result<(), Disconnect> {
    let Some(text) = classic::clean(text) else { return Ok(()) };
    if text.len() > config.message_bytes_max {
        return Err(Disconnect::MessageTooLong);
    }
    outbox.wait_for_room();
    hub.say(id, text)
}

fn settings(config: &ClientConfig) -> WebSocketConfig {
    // Every field is written out: the defaults cost 128 KiB a client and let a
    // stranger claim 16 MiB. Two bytes over the bound, for the line end that
    // console clients send with a text and that is trimmed here.
    let bytes_max = config.message_bytes_max + "\r\n".len();
    WebSocketConfig::default()
        .read_buffer_size(config.read_buffer_bytes)
        .write_buffer_size(0)
        .max_write_buffer_size(CONTROL_FRAME_BYTES_MAX * 2)
        .max_message_size(Some(bytes_max))
        .max_frame_size(Some(bytes_max.max(CONTROL_FRAME_BYTES_MAX)))
        .accept_unmasked_frames(false)
}

/// RFC 6455 5.5: a control frame carries at most 125 bytes behind its head.
const CONTROL_FRAME_BYTES_MAX: usize = 127;

fn reason(error: &Error, adapter: &Adapter) -> Disconnect {
    use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;
    match error {
        Error::Io(error) => adapter.gave_up().unwrap_or_else(|| broken(error)),
        Error::Protocol(ResetWithoutClosingHandshake)
        | Error::ConnectionClosed
        | Error::AlreadyClosed => Disconnect::LineBroken,
        Error::Capacity(_) => Disconnect::MessageTooLong,
        Error::Utf8(_) => Disconnect::NotUtf8,
        _ => Disconnect::ProtocolViolation,
    }
}

fn broken(error: &io::Error) -> Disconnect {
    tracing::debug!(%error, "read failed");
    Disconnect::LineBroken
}
