//! One client as the hub holds it: its line, which is an outbox and the socket
//! behind it, and its format.
//!
//! Owns: which way a parcel goes into the outbox, and by which name a client is told.
//! Must not know: who is told what.
//!
//! Next: `outbox/mod.rs`.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::hint::black_box;
use std::io;
use std::net::{IpAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use crossbeam_channel::Sender;

use super::core::RoomId;
use crate::chat::entry::Entry;
use crate::chat::told::Told;
use crate::config::FanOut;
use crate::disconnect::Disconnect;
use crate::limits;
use crate::outbox::{Berth, ExpressLine, Parcel, Pushed};
use crate::socket;
use crate::wire::{Format, Frame, Reader};

/// A client as the hub holds it.
pub(super) struct Held {
    pub(super) line: HeldLine,
    pub(super) format: Format,
    /// By which name it is told, if its format does that.
    pub(super) reader: Option<Arc<dyn Reader>>,
    pub(super) addr: Option<IpAddr>,
    pub(super) hears: Vec<RoomId>,
    /// The last lines that it was told again while it catches up, if its format shows an edit
    /// as a line.
    pub(super) retold: VecDeque<Arc<Entry>>,
    pub(super) welcome: Option<Sender<Result<(), Disconnect>>>,
}

impl Held {
    /// A newcomer as it comes; it hears nothing until it is welcome.
    pub(super) fn new(
        line: HeldLine,
        format: Format,
        addr: Option<IpAddr>,
        welcome: Sender<Result<(), Disconnect>>,
    ) -> Self {
        let (hears, retold) = (Vec::new(), VecDeque::new());
        Self { line, format, reader: None, addr, hears, retold, welcome: Some(welcome) }
    }

    /// Those of these lines that it is told again: an edit is none if its line was told in this
    /// form.
    pub(super) fn retells<'a>(&mut self, entries: &'a [Arc<Entry>]) -> Cow<'a, [Arc<Entry>]> {
        if self.format != Format::Plain {
            return Cow::Borrowed(entries);
        }
        let is_new = |entry: &&Arc<Entry>| {
            !self.format.is_repeated(entry, self.retold.iter().chain(entries))
        };
        let told = entries.iter().filter(is_new).cloned().collect();
        self.retold.extend(entries.iter().cloned());
        let older = self.retold.len().saturating_sub(limits::RETOLD_LINES_MAX);
        self.retold.drain(..older);
        Cow::Owned(told)
    }

    /// An answer or a notice. Whose format tells everybody by name learns that here, and
    /// another one, which its rooms are told beside that.
    pub(super) fn told(&mut self, told: &Told, text_bytes_max: usize) -> Option<Frame> {
        match told {
            Told::Welcome { name, .. } | Told::Renamed { to: name, .. } => {
                if let Some(reader) = self.format.reader(name, self.addr) {
                    let is_first = self.reader.is_none();
                    let reader = self.reader.insert(reader);
                    return is_first.then(|| reader.greeting()).flatten();
                }
            }
            _ => {}
        }
        match &self.reader {
            Some(reader) => reader.told(told),
            None => self.format.told(told, text_bytes_max),
        }
    }

    /// Never blocks: the answer's channel has room for the one answer.
    pub(super) fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // An error means that the reader is gone; it unregisters by itself.
            welcome.try_send(answer).ok();
        }
    }
}

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
