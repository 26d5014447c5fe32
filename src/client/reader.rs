//! Message path, step 4: frames from the socket become messages to the hub.
//!
//! Runs on thread `r-<id>`, one per client; it was the client's door before.
//! Blocks on: `read`, until bytes, a deadline of the adapter's, or a hang-up;
//! on the broadcast inbox while it is full, which is how TCP slows everybody
//! down; and on its own client's outbox while a quarter of it is unsent, so
//! that nobody is evicted for talking fast.
//! Owns: the reading half of tungstenite.
//! Must not: write to the socket. Pongs and close replies go to the outbox.
//!
//! Next: `wire/classic.rs`, then `hub/mod.rs`.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Instant;

use tungstenite::protocol::{Role, WebSocketConfig};
use tungstenite::{Error, Message, WebSocket};

use super::adapter::Adapter;
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::faults;
use crate::hub::{ClientId, HubHandle};
use crate::outbox::{Berth, Outbox};
use crate::wire::{Frame, classic};

/// How a client ended: the reason, and the close frame that answers it.
#[derive(Debug)]
pub struct Ended {
    /// Why.
    pub reason: Disconnect,
    /// What is to be its last frame.
    pub goodbye: Frame,
}

impl From<Disconnect> for Ended {
    fn from(reason: Disconnect) -> Self {
        Self { reason, goodbye: Frame::close(reason.close_code()) }
    }
}

/// Reads until the client ends, and answers how it did.
pub fn run(
    id: ClientId,
    hub: &HubHandle,
    outbox: &Outbox,
    socket: &mut WebSocket<Box<Adapter>>,
    config: &ClientConfig,
) -> Ended {
    loop {
        let step = match socket.read() {
            Ok(message) => take(id, hub, outbox, socket, message, config),
            Err(error) => Err(reason(&error, socket.get_ref()).into()),
        };
        if let Err(ended) = step {
            return ended;
        }
    }
}

/// The reading half of tungstenite, with what has arrived already. On the heap
/// and apart, for a stack keeps each page that was touched once.
#[inline(never)]
pub fn open(
    socket: &Arc<TcpStream>,
    outbox: &Berth,
    mut arrived: Vec<u8>,
    config: &ClientConfig,
) -> Box<WebSocket<Box<Adapter>>> {
    let adapter = Adapter::new(Arc::clone(socket), outbox.clone(), config);
    let mut adapter = Box::new(adapter);
    arrived.truncate(adapter.see(&arrived, Instant::now()));
    let settings = Some(settings(config));
    Box::new(WebSocket::from_partially_read(adapter, arrived, Role::Server, settings))
}

/// Acts on one message; the error is the end.
fn take(
    id: ClientId,
    hub: &HubHandle,
    outbox: &Outbox,
    socket: &mut WebSocket<Box<Adapter>>,
    message: Message,
    config: &ClientConfig,
) -> Result<(), Ended> {
    if faults::echo()
        && let Some(carried) = faults::carry(&message)
    {
        outbox.wait_for_room();
        return Ok(hub.say(id, carried)?);
    }
    match message {
        Message::Text(text) => say(id, hub, outbox, text.as_str(), config),
        // The classic servers did not look at the frame's type; but what we
        // send is text, so it must be UTF-8.
        Message::Binary(bytes) => match std::str::from_utf8(&bytes) {
            Ok(text) => say(id, hub, outbox, text, config),
            Err(_) => Err(Disconnect::NotUtf8.into()),
        },
        Message::Close(_) => {
            // The flush makes tungstenite hand its reply to the adapter; the
            // error it answers means that the close is complete.
            drop(socket.flush());
            let mut ended = Ended::from(Disconnect::PeerClosed);
            if let Some(reply) = socket.get_mut().take_close_reply() {
                ended.goodbye = reply;
            }
            Err(ended)
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
) -> Result<(), Ended> {
    let Some(text) = classic::clean(text) else { return Ok(()) };
    if text.len() > config.message_bytes_max {
        return Err(Disconnect::MessageTooLong.into());
    }
    #[cfg(feature = "faults")]
    crate::faults::meet(&text);
    outbox.wait_for_room();
    Ok(hub.say(id, text)?)
}

fn settings(config: &ClientConfig) -> WebSocketConfig {
    // Every field is written out: the defaults cost 128 KiB a client and let a
    // stranger claim 16 MiB. Two bytes over the bound, for the line end that
    // console clients send with a text and that is trimmed here.
    let text_bytes_max =
        if faults::echo() { faults::ECHO_BYTES_MAX } else { config.message_bytes_max };
    let bytes_max = text_bytes_max + "\r\n".len();
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
