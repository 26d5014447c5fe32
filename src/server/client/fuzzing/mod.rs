//! The functions of a client's connection that the fuzzer calls; compiled only for the fuzzer.
//!
//! The reading half, the outbox and the writer are the server's own code, over a pair of real
//! sockets. This file plays the hub and the peer. All of them take turns on one thread, so that the
//! same bytes give the same run each time. The pause between two pings is zero, so the writer never
//! waits. The reader or the hub has a turn before each write of the writer, and each time the
//! outbox tells the writer that nothing is unsent.
//!
//! Owns: the promises about a client's connection that hold for any bytes at all.
//! Must not know: the hub, what a message says.
//!
//! Part: `server/client/mod.rs`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how the fuzzer is told")]

mod stream;

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use tungstenite::{Bytes, Message};

use super::reader::{self, Conversation};
use super::writer::{self, SocketSide, WriteSide, WriterSettings};
use crate::base::disconnect::Disconnect;
use crate::base::language::Language;
use crate::base::limits;
use crate::base::socket::{self, PublicSocket};
use crate::formats::{Format, Frame, FrameKind};
use crate::server::config::ClientConfig;
use crate::server::outbox::{
    ExpressSide, FrameBatch, OutboxSlot, OutboxSlots, OutboxState, Pushed, Unsent,
};

/// How many bytes the peer sends at most. They are so few that a socket's buffer has space for all
/// of them.
const BYTES_MAX: usize = 32 * 1024;
/// How many messages may be unsent in the outbox. They are so few that the outbox is sometimes
/// full.
const MESSAGES_MAX: usize = 8;

/// Checks the promises of the outbox, whatever a peer sends, and whichever thread is quick or slow.
/// The peer gets only whole frames, nothing after the close frame, each message one time and in
/// order, and a pong for its newest ping. The peer may miss some of these frames in two cases: the
/// hub evicts the client, or the connection dies. The peer sends `bytes`, or the first `BYTES_MAX`
/// of them. Read backwards, `bytes` also decide which thread acts next.
///
/// # Panics
/// If a promise does not hold, which is a bug in this crate.
pub fn check_line(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let mut whims = Whims(bytes.iter().rev().copied().collect::<Vec<_>>().into_iter());
    let (ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    let socket = Arc::new(PublicSocket::from(ours));
    let outbox = OutboxSlots::new(MESSAGES_MAX).take();
    let how = whims.next();
    let mut config = ClientConfig::new(Language::English);
    config.message_bytes_max = if how & 1 == 0 { 64 } else { limits::MESSAGE_TEXT_BYTES_MAX };
    // The size of the read buffer decides where each read ends. The buffer is never smaller than
    // the longest head of a frame.
    config.read_buffer_bytes = if how & 2 == 0 { limits::READ_BUFFER_BYTES } else { 14 };
    let format = if how & 4 == 0 { Format::Classic } else { Format::V1 };
    let early = usize::from(how >> 3).min(bytes.len());
    (&theirs).write_all(&bytes[early..]).unwrap();
    theirs.shutdown(Shutdown::Write).unwrap();
    let arrived = bytes[..early].to_vec();
    let conversation = reader::conversation(&socket, &outbox, arrived, &config, format);
    let side = SocketSide::new(Arc::clone(&socket), format);
    let told =
        Told { pings: Vec::new(), messages: 0, goodbye: None, is_cut: false, is_dead: false };
    let others = Others {
        whims,
        reader: Some(conversation),
        theirs,
        received: Vec::new(),
        batch: FrameBatch::default(),
        told,
    };
    let stage = Stage { side, socket, outbox, others: RefCell::new(others) };
    let settings =
        WriterSettings { write_wait: config.write_wait, ping_interval: Duration::ZERO, format };
    writer::run(&stage.outbox, &stage, settings, &|| stage.turn());
    // After the writer has ended, the reader reads on until the peer's bytes end. So it is with an
    // evicted client, which may go on sending until the hub hangs up on it.
    while stage.others.borrow().reader.is_some() {
        stage.read();
    }
    let mut others = stage.others.into_inner();
    others.take_in();
    stream::check(&others.received, &others.told);
}

/// The fuzzer's choices: whether the reader or the hub acts next, and how many bytes a socket
/// takes. The writer runs by itself between their turns. The choices are the bytes of the fuzzer's
/// input, from the last to the first. When they are used up, the reader reads at every turn, and
/// the socket takes what a real socket takes.
struct Whims(std::vec::IntoIter<u8>);

impl Whims {
    fn next(&mut self) -> u8 {
        self.0.next().unwrap_or(u8::MAX)
    }
}

struct Told {
    /// The payloads of the peer's pings that tungstenite has seen.
    pings: Vec<Bytes>,
    /// How many messages the hub has pushed. The text of a message is its number.
    messages: u32,
    /// The first close frame that the outbox was given; `None`: it was given none yet. The peer
    /// gets only this one.
    goodbye: Option<Frame>,
    /// True if the outbox was told to drop all unsent messages.
    is_cut: bool,
    /// True if the connection is dead: the socket takes no more bytes.
    is_dead: bool,
}

struct Others {
    whims: Whims,
    /// The half of the connection that the server's reader reads; `None`: the reader has ended.
    reader: Option<Conversation>,
    theirs: UnixStream,
    received: Vec<u8>,
    batch: FrameBatch,
    told: Told,
}

impl Others {
    fn take_in(&mut self) {
        let mut buffer = [0; 1024];
        // A read error means that no more bytes have come yet.
        while let Ok(count @ 1..) = self.theirs.read(&mut buffer) {
            self.received.extend_from_slice(&buffer[..count]);
            if count < buffer.len() {
                break;
            }
        }
    }

    fn pack(&mut self, count: u32) {
        self.batch.clear();
        for number in self.told.messages..self.told.messages + count {
            self.batch.add(Frame::text(&number.to_string()));
        }
    }
}

/// The connection to which the writer writes. Before each write of the writer, the reader or the
/// hub has a turn.
struct Stage {
    side: SocketSide,
    socket: Arc<PublicSocket>,
    outbox: OutboxSlot,
    others: RefCell<Others>,
}

impl Stage {
    fn turn(&self) {
        let whim = self.others.borrow_mut().whims.next();
        let count = u32::from(whim >> 7) + 1;
        match whim & 7 {
            0 => self.push(count, None),
            1 => self.push(count, Some(usize::from(whim >> 3 & 7))),
            2 => drop(self.outbox.with(OutboxState::ask_if_drained)),
            // The reader reads several messages, so that many pings may come together.
            3 => (0..whim >> 3).for_each(|_| self.read()),
            4 if whim >> 3 == 0x15 => self.evict(),
            _ => self.read(),
        }
    }

    /// Reads one message, as the reader's loop does. If that fails, begins the end of the client.
    /// Does nothing if the reader has ended.
    fn read(&self) {
        let others = &mut *self.others.borrow_mut();
        let Some(conversation) = &mut others.reader else { return };
        let heard = reader::next_message(conversation).and_then(|message| {
            if let Message::Ping(carried) = &message {
                others.told.pings.push(carried.clone());
            }
            reader::text_of(message)
        });
        let Err(reason) = heard else { return };
        let reply = conversation.get_mut().take_close_reply();
        let goodbye = reply.unwrap_or_else(|| Frame::close(reason.close_code()));
        others.reader = None;
        assert!(
            !matches!(reason, Disconnect::ConnectionBroken | Disconnect::PongMissed),
            "{reason}"
        );
        if self.outbox.with(|state| state.end_reason()).is_none() {
            others.told.goodbye = Some(goodbye.clone());
        }
        self.outbox.with(|state| state.close(reason, goodbye, Unsent::Send));
    }

    /// Pushes `count` messages as the hub does; evicts the client if its outbox is full. `most`: if
    /// nothing is unsent, the hub itself sends them, and the socket takes at most this many of
    /// their bytes. `None`: the writer sends them.
    fn push(&self, count: u32, most: Option<usize>) {
        let mut others = self.others.borrow_mut();
        others.pack(count);
        let pushed = match most {
            None => self.outbox.with(|state| state.push(others.batch.frames())),
            Some(most) => {
                self.outbox.push_or_send(&others.batch, &Express { socket: &self.socket, most })
            }
        };
        others.take_in();
        match pushed {
            Pushed::Sent | Pushed::Queued(_) => others.told.messages += count,
            Pushed::Full => {
                drop(others);
                self.evict();
            }
            Pushed::Ended => assert!(self.outbox.with(|state| state.end_reason()).is_some()),
        }
    }

    fn evict(&self) {
        let mut others = self.others.borrow_mut();
        let goodbye = Frame::close(None);
        if self.outbox.with(|state| state.end_reason()).is_none() {
            others.told.goodbye = Some(goodbye.clone());
        }
        others.told.is_cut = true;
        let reason = Disconnect::SlowConsumer;
        self.outbox.with(|state| state.close(reason, goodbye, Unsent::Drop));
    }
}

impl WriteSide for Stage {
    fn write_some(&self, frames: &[Frame], written: usize, timeout: Duration) -> io::Result<usize> {
        let pongs = frames.iter().filter(|frame| frame.kind() == FrameKind::Pong).count();
        assert!(pongs <= limits::OUTBOX_PONGS_MAX, "{pongs} pongs were waiting");
        self.turn();
        let mut others = self.others.borrow_mut();
        let whim = others.whims.next();
        let taken = match whim & 7 {
            // The first three arms of this `match` play a socket that is slow, one that is dead,
            // and one that takes only a few bytes of a frame.
            0 => Err(io::ErrorKind::WouldBlock.into()),
            1 if whim >> 3 == 0x15 => {
                others.told.is_dead = true;
                Err(io::ErrorKind::BrokenPipe.into())
            }
            1..=3 => {
                let rest = &frames[0].bytes()[written..];
                (&*self.socket).write(&rest[..rest.len().min(usize::from(whim >> 3).max(1))])
            }
            _ => self.side.write_some(frames, written, timeout),
        };
        others.take_in();
        taken
    }

    fn end_writing(&self, timeout: Duration) {
        self.side.end_writing(timeout);
    }

    fn hang_up(&self) {
        self.side.hang_up();
    }
}

/// The client's socket, as the hub uses it when it sends by itself. Each send takes at most `most`
/// bytes.
struct Express<'a> {
    socket: &'a PublicSocket,
    most: usize,
}

impl ExpressSide for Express<'_> {
    fn send_now(&self, batch: &FrameBatch) -> io::Result<usize> {
        let bytes = batch.bytes();
        socket::express::send_now(self.socket, &bytes[..bytes.len().min(self.most)])
    }

    fn hang_up(&self) {
        socket::hang_up(self.socket);
    }
}
