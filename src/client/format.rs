//! What a client speaks, as far as reader, writer and hub need to know it.
//!
//! A format is a small value that goes about by copy, one per client. It answers three
//! questions: who comes in, what a text asks for, and how a connection says that it
//! lives and that it ends. The types of its answers are the rule's (`hub/rule.rs`): reader
//! and hub only pass them on.
//!
//! Owns: that list of questions, and what most formats of WebSockets answer.
//! Must not know: any format, any rule.
//!
//! Next: `client/seat.rs`; the smallest format is `client/classic.rs`.

use std::fmt::Debug;
use std::net::SocketAddr;

use super::Seat;
use super::reader::Conversation;
use crate::admission::Home;
use crate::disconnect::Disconnect;
use crate::hub::{Answer, Registered};
use crate::outbox::Frame;

/// Who is at the other end of a connection, as far as a format may know.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Where it comes from.
    pub addr: SocketAddr,
    /// With whom it shares what one address may do; `None`: it is held to no bound.
    pub home: Option<Home>,
    /// Longest text of a message, in bytes.
    pub text_bytes_max: usize,
}

/// What one client speaks. No call here blocks but [`open`](Self::open).
pub trait ClientFormat: Copy + Debug + PartialEq + Send + Sync + 'static {
    /// Who comes in, as the rule wants to know it.
    type Newcomer: Send;
    /// What a client may ask of the rule.
    type Request: Send;
    /// What letting a client in needs to know of the server, besides what every client
    /// needs.
    type Settings: Debug + Send + Sync;

    /// Who comes in by opening a WebSocket alone. `None`: it must say something first.
    fn at_once(self, seat: &Seat<Self>) -> Option<Self::Newcomer>;

    /// Makes a client of whoever must say something first: reads that, and registers it. Blocks
    /// until the hub has said welcome. Nobody asks it of those who come in at once.
    ///
    /// # Errors
    /// How the client ended instead.
    fn open(
        self,
        _seat: &Seat<Self>,
        _socket: &mut Conversation,
        _welcome: Answer,
    ) -> Result<Registered, Disconnect> {
        Err(Disconnect::HelloMissed)
    }

    /// What a text asks for. `None`: nothing.
    ///
    /// # Errors
    /// The text is the client's end.
    fn read(self, text: &str, peer: &Peer) -> Result<Option<Self::Request>, Disconnect>;

    /// The same of a binary message. The classic servers do not look at a frame's type; but
    /// what they send on is text, so it must be UTF-8.
    ///
    /// # Errors
    /// As of [`read`](Self::read).
    fn read_binary(self, bytes: &[u8], peer: &Peer) -> Result<Option<Self::Request>, Disconnect> {
        self.read(std::str::from_utf8(bytes).map_err(|_| Disconnect::NotUtf8)?, peer)
    }

    /// The longest message of a WebSocket, in bytes, whose text has at most
    /// `text_bytes_max`. Console clients send a line end with a text, which is trimmed here.
    fn message_bytes_max(self, text_bytes_max: usize) -> usize {
        text_bytes_max + "\r\n".len()
    }

    /// Whether it is spoken over a WebSocket; else a client only listens, and the kernel
    /// finds out that its line is dead.
    fn is_framed(self) -> bool {
        true
    }

    /// Whether the client takes it for whole when its line ends.
    fn is_file(self) -> bool {
        false
    }

    /// Whether a client that ends for this reason is cut: what it has of a file must not
    /// look like all of it.
    fn is_cut_by(self, _reason: Disconnect) -> bool {
        false
    }

    /// Asks for a sign of life, or gives one: a line that is silent for long is taken
    /// for dead by those between. `None`: there is no way to.
    fn ping(self) -> Option<Frame> {
        Some(Frame::ping())
    }

    /// What comes before the end, if that can still be said.
    fn bye(self, _reason: Disconnect) -> Option<Frame> {
        None
    }

    /// The end.
    fn close(self, reason: Disconnect) -> Frame {
        Frame::close(reason.close_code())
    }
}
