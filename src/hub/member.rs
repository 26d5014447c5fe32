//! One client as the hub holds it: its line, which is an outbox and the socket
//! behind it.
//!
//! Owns: which way a parcel goes into the outbox.
//! Must not know: who is told what.
//!
//! Next: `outbox/mod.rs`.

use std::hint::black_box;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsRawFd;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::outbox::{Berth, ExpressLine, Parcel, Pushed};
use crate::socket;

/// A client as the hub holds it.
#[derive(Debug)]
pub(super) struct Member<F> {
    /// `None`: the rule has another way to tell it something.
    pub(super) line: Option<(ClientLine, F)>,
    /// Its registration waits for this; taken by the one answer.
    pub(super) welcome: Option<Sender<Result<(), Disconnect>>>,
}

impl<F> Member<F> {
    /// Never blocks: the answer's channel has room for the one answer.
    pub(super) fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // An error means that the reader is gone; it unregisters by itself.
            welcome.try_send(answer).ok();
        }
    }
}

/// The way to one client. Cheap to clone: each audience has its own.
#[derive(Clone, Debug)]
pub struct ClientLine {
    pub(crate) outbox: Berth,
    pub(super) socket: Arc<TcpStream>,
}

impl ClientLine {
    /// All of the parcel or nothing. Never blocks.
    pub fn push(&self, way: FanOut, parcel: &Parcel) -> Pushed {
        match way {
            FanOut::Express => self.outbox.push_or_send(parcel, self),
            FanOut::Writers => self.outbox.push(parcel.frames()),
        }
    }

    /// As [`push`](Self::push), but only if the client is not behind with what
    /// matters. Never blocks.
    pub fn push_if_room(&self, way: FanOut, parcel: &Parcel) {
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

impl ExpressLine for ClientLine {
    fn send_now(&self, bytes: &[u8]) -> io::Result<usize> {
        socket::express::send_now(&self.socket, bytes)
    }

    fn hang_up(&self) {
        socket::hang_up(&self.socket);
    }
}
