//! One public socket, and a buffer for bytes that the door has read from it and not handled yet.
//!
//! Owns: the bounded buffer between a socket and the code that reads it. A peer may send its next
//! request, or a client's first frames, before it has the answer to the request before. Those bytes
//! wait here.
//! Must not know: what the bytes mean.
//!
//! Part: `server/door/mod.rs`.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::head::METHOD_BYTES_MAX;
use super::hotspot::HotspotAnswer;
use crate::base::socket::PublicSocket;
use crate::base::socket::deadline::{self, Deadline};
use crate::base::{base_path, limits};
use crate::server::http::refusal::Refusal;

pub(super) struct DoorSocket {
    pub(super) socket: Arc<PublicSocket>,
    /// The address and port at the other end of the connection.
    pub(super) from: SocketAddr,
    /// The address from which the present request comes: that of the connection's other end, or of
    /// the person for whom a trusted proxy speaks.
    pub(super) peer: SocketAddr,
    /// Whether the browser speaks TLS: with this server, or with the proxy that has passed the
    /// present request on.
    pub(super) is_secure: bool,
    /// The buffer: bytes that were read from the socket and not taken out yet. The limits for heads
    /// and bodies also limit its size.
    pub(super) arrived: Vec<u8>,
    /// The method and the target of the present request, or as much of them as has come.
    pub(super) asked: RequestLine,
    /// The head of the present request, or as much of it as has come. The site reads it when the
    /// door refuses the request.
    pub(super) head: Vec<u8>,
}

/// The method and the target of a request, escaped and shortened for the server's log. The site
/// decides how much of the target this log may show.
#[derive(Debug)]
pub(super) struct RequestLine {
    pub(super) method: String,
    pub(super) path: String,
}

impl Default for RequestLine {
    fn default() -> Self {
        Self { method: "-".to_owned(), path: "-".to_owned() }
    }
}

impl RequestLine {
    /// Takes method and target from a head, which may be incomplete or wrong. A missing part
    /// becomes `-`.
    pub(super) fn of(head: &[u8]) -> Self {
        let line = head.split(|&byte| matches!(byte, b'\r' | b'\n')).find(|line| !line.is_empty());
        let mut words = line.unwrap_or(b"-").split(|&byte| byte == b' ');
        let mut word = |most| {
            let word = words.next().unwrap_or(b"-");
            word[..word.len().min(most)].escape_ascii().to_string()
        };
        let (method, path) = (word(METHOD_BYTES_MAX), word(limits::LOG_TEXT_BYTES_MAX));
        Self { method, path: base_path::without(&path).to_owned() }
    }

    pub(super) fn is_head(&self) -> bool {
        self.method == "HEAD"
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRequest {
    /// The peer has gone, or has not begun a request in time: it gets no answer.
    Gone,
    Refused(Refusal),
    /// It is a request that a hotspot answers without the site.
    OfHotspot(HotspotAnswer),
}

impl From<Refusal> for NoRequest {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl DoorSocket {
    pub(super) fn new(socket: Arc<PublicSocket>, peer: SocketAddr) -> Self {
        Self {
            socket,
            from: peer,
            peer,
            is_secure: false,
            arrived: Vec::new(),
            asked: RequestLine::default(),
            head: Vec::new(),
        }
    }

    /// Waits for more bytes and appends them to `arrived`. Blocks until some came, or until the
    /// deadline: then it returns the error `late`. If the connection has ended or broken, it
    /// returns [`NoRequest::Gone`].
    pub(super) fn read_more(
        &mut self,
        deadline: Deadline,
        late: NoRequest,
    ) -> Result<(), NoRequest> {
        let most = limits::DOOR_READ_BYTES;
        match deadline::read_more(&*self.socket, &mut self.arrived, most, deadline) {
            Ok(0) => Err(NoRequest::Gone),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => Err(late),
            Err(_) => Err(NoRequest::Gone),
        }
    }

    pub(super) fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.arrived.split_off(count.min(self.arrived.len()));
        std::mem::replace(&mut self.arrived, rest)
    }

    /// Writes all of `bytes` to the socket. Blocks until the socket has taken them, or until the
    /// deadline. The error: the deadline has passed, or the connection is dead.
    pub(super) fn write(&self, bytes: &[u8], deadline: Deadline) -> io::Result<()> {
        deadline::write_all(&*self.socket, bytes, deadline)
    }

    /// Tells a peer that speaks TLS that nothing more comes, so that it does not take the end of
    /// the connection for a cut. Blocks until the socket has taken it, or until the deadline.
    pub(super) fn say_end(&self, deadline: Deadline) {
        if self.socket.is_tls() {
            self.socket.seal_end();
            // The answer is out. If this is not, the peer sees a connection that ends early.
            deadline::flush(&*self.socket, deadline).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RequestLine;

    #[test]
    fn classic_b5_what_a_stranger_asked_for_is_one_harmless_line_in_the_log() {
        let asked = RequestLine::of(b"\r\nGET /a\x1b[31m\xff HTTP/1.1\r\nHost: a");
        assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/a\\x1b[31m\\xff"));
        assert_eq!(RequestLine::of(b"").path, "-");
        assert_eq!(RequestLine::of(&[b'x'; 9999]).method.len(), 32);
        assert!(RequestLine::of(b"HEAD / HTTP/1.1").is_head());
    }
}
