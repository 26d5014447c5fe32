//! One client's line as the hub holds it: an outbox, and the socket behind it.
//!
//! Owns: which way a parcel goes into it.
//! Must not know: who is told what.
//!
//! Next: `outbox/mod.rs`.

use std::hint::black_box;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use crate::config::FanOut;
use crate::outbox::{Berth, ExpressLine, Parcel, Pushed};
use crate::socket;

/// Cheap to clone: each room that is heard has its own.
#[derive(Clone)]
pub(super) struct HeldLine {
    pub(super) outbox: Berth,
    pub(super) socket: Arc<TcpStream>,
}

impl HeldLine {
    /// All of the parcel or nothing. Never blocks.
    pub(super) fn push(&self, way: FanOut, parcel: &Parcel) -> Pushed {
        match way {
            FanOut::Express => self.outbox.push_or_send(parcel, self),
            FanOut::Writers => self.outbox.push(parcel.frames()),
        }
    }

    /// As [`push`](Self::push), but only if the client is not behind with what
    /// matters. Never blocks.
    pub(super) fn push_if_room(&self, way: FanOut, parcel: &Parcel) {
        if self.outbox.has_room() {
            self.push(way, parcel);
        }
    }

    /// Looks at what [`push`](Self::push) will touch first, so that it is at
    /// hand by then. Never blocks.
    pub(super) fn fetch(&self) {
        black_box((self.socket.as_raw_fd(), self.outbox.is_in_use()));
    }
}

impl ExpressLine for HeldLine {
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::express::send_now(&self.socket, bytes)
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
