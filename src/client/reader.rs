//! Message path, step 4: frames from the socket become messages to the hub.
//!
//! Runs on thread `r-<id>`, one per client; it was the client's door before.
//! Blocks on: `read`, until bytes, a deadline of the adapter's, or a hang-up;
//! on its turn, for a secret or a password; on the broadcast inbox while it is full, which is how TCP slows everybody
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
use tungstenite::{Error, Message, Utf8Bytes, WebSocket};

use super::adapter::Adapter;
use crate::chat::name::Name;
use crate::chat::request::{PrivateMessage, Request};
use crate::chat::secret::Asker;
use crate::chat::told::Fault;
use crate::config::ClientConfig;
use crate::disconnect::Disconnect;
use crate::faults;
use crate::hub::{ClientId, HubHandle};
use crate::outbox::{Berth, Outbox};
use crate::wire::v1::{self, ask::Asked};
use crate::wire::{Format, Frame, classic, webchat};

/// tungstenite over our adapter. On the heap, for a stack keeps each page that
/// was touched once.
pub type Conversation = Box<WebSocket<Box<Adapter>>>;

/// How a client ended: the reason, and the close frame that answers it.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Why.
    pub reason: Disconnect,
    /// What is to be its last frame. In a box: this type is in each frame of
    /// the reader's stack, and hardly ever used.
    pub goodbye: Box<Frame>,
}

impl From<Disconnect> for Ended {
    fn from(reason: Disconnect) -> Self {
        Self { reason, goodbye: Box::new(Frame::close(reason.close_code())) }
    }
}

/// From a reader to the hub.
#[derive(Debug)]
pub struct Way<'a> {
    /// Whose reader it is.
    pub id: ClientId,
    /// Where requests go.
    pub hub: &'a HubHandle,
    /// Where the client's own echo waits.
    pub outbox: &'a Outbox,
    /// What a message may be.
    pub config: &'a ClientConfig,
    /// Where its secrets come from.
    pub asker: Asker,
}

/// Reads until the client ends, and answers how it did.
pub fn run(way: &Way<'_>, socket: &mut Conversation, format: Format) -> Ended {
    loop {
        let step = match socket.read() {
            Ok(message) => way.take(socket, message, format),
            Err(error) => Err(reason(&error, socket.get_ref()).into()),
        };
        if let Err(ended) = step {
            return ended;
        }
    }
}

/// The reading half of tungstenite, with what has arrived already.
#[inline(never)]
pub fn open(
    socket: &Arc<TcpStream>,
    outbox: &Berth,
    mut arrived: Vec<u8>,
    config: &ClientConfig,
    format: Format,
) -> Conversation {
    let adapter = Adapter::new(Arc::clone(socket), outbox.clone(), config);
    let mut adapter = Box::new(adapter);
    arrived.truncate(adapter.see(&arrived, Instant::now()));
    let settings = Some(settings(config, format));
    Box::new(WebSocket::from_partially_read(adapter, arrived, Role::Server, settings))
}

/// The text of one message; `None` for what is none.
///
/// # Errors
/// The client has ended.
pub fn hear(socket: &mut Conversation, message: Message) -> Result<Option<Utf8Bytes>, Ended> {
    match message {
        Message::Text(text) => Ok(Some(text)),
        // The classic servers did not look at the frame's type; but what we
        // send is text, so it must be UTF-8.
        Message::Binary(bytes) => match Utf8Bytes::try_from(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Disconnect::NotUtf8.into()),
        },
        Message::Close(_) => {
            // The flush makes tungstenite hand its reply to the adapter; the
            // error it answers means that the close is complete.
            drop(socket.flush());
            let mut ended = Ended::from(Disconnect::PeerClosed);
            if let Some(reply) = socket.get_mut().take_close_reply() {
                *ended.goodbye = reply;
            }
            Err(ended)
        }
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
    }
}

impl Way<'_> {
    /// Acts on one message; the error is the end.
    fn take(
        &self,
        socket: &mut Conversation,
        message: Message,
        format: Format,
    ) -> Result<(), Ended> {
        if faults::echo()
            && let Some(carried) = faults::carry(&message)
        {
            return self.ask(Request::Classic(carried));
        }
        let Some(text) = hear(socket, message)? else { return Ok(()) };
        match format {
            Format::Classic => self.say(&text),
            Format::Webchat => self.relay(&text),
            _ => self.ask(self.understand(&text)),
        }
    }

    /// A classic client's text is what it says.
    fn say(&self, text: &str) -> Result<(), Ended> {
        let Some(text) = classic::clean(text) else { return Ok(()) };
        if text.len() > self.config.message_bytes_max {
            return Err(Disconnect::MessageTooLong.into());
        }
        #[cfg(feature = "faults")]
        crate::faults::meet(&text);
        self.ask(Request::Classic(text))
    }

    /// A text of the dialect `webchat`: for everybody, or for one.
    #[inline(never)]
    fn relay(&self, text: &str) -> Result<(), Ended> {
        let fault = |word, text| Box::new(Fault::new(word, text));
        let said = match webchat::read(text) {
            Ok(Some(said)) => said,
            Ok(None) => return Ok(()),
            Err(error) => {
                let text = format!("this is no message: {error}");
                return self.ask(Request::Faulty(fault("bad-json", text)));
            }
        };
        let webchat::Said { to, text } = said;
        if text.len() > self.config.message_bytes_max {
            return Err(Disconnect::MessageTooLong.into());
        }
        self.ask(match to.as_deref().map(Name::of_somebody) {
            None => Request::Classic(text),
            Some(Ok(to)) => Request::Private(Box::new(PrivateMessage {
                to,
                id: None,
                text,
                longer: Vec::new(),
            })),
            Some(Err(bad)) => Request::Faulty(fault("bad-name", bad.to_string())),
        })
    }

    /// A numbered client's text is a request, or a fault that it is told of in
    /// its turn. Apart, so that what parsing puts on the stack is gone.
    #[inline(never)]
    fn understand(&self, text: &str) -> Request {
        match v1::ask::read(text, self.config.message_bytes_max, self.asker) {
            Ok(Asked::Request(request)) => request,
            Ok(Asked::Hello(..)) => Request::Faulty(v1::ask::hello_again()),
            Err(fault) => Request::Faulty(fault),
        }
    }

    /// Blocks while its own echo waits, and while the hub's inbox is full.
    pub(super) fn ask(&self, request: Request) -> Result<(), Ended> {
        self.outbox.wait_for_room();
        Ok(self.hub.ask(self.id, request)?)
    }
}

fn settings(config: &ClientConfig, format: Format) -> WebSocketConfig {
    // Every field is written out: the defaults cost 128 KiB a client and let a
    // stranger claim 16 MiB. Two bytes over the bound, for the line end that
    // console clients send with a text and that is trimmed here.
    let text_bytes_max =
        if faults::echo() { faults::ECHO_BYTES_MAX } else { config.message_bytes_max };
    let bytes_max = match format {
        Format::Classic => text_bytes_max + "\r\n".len(),
        _ => v1::ask::bytes_max(text_bytes_max),
    };
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

/// Why a read failed.
pub fn reason(error: &Error, adapter: &Adapter) -> Disconnect {
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
