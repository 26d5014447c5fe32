//! The floor of this design's fan-out: each person's reader blocks in a read and reports how many
//! messages it has counted to one thread, which sends a ready-made frame to all.
//!
//! Compared with `rawfan`, it shows the cost of two threads a person and one thread for all, before
//! they do anything with a message: a reader that wakes another thread, and sockets on which other
//! threads wait. The second thread of each person only sleeps. With `--joined`, the messages that
//! wait, up to 64, leave in one `send`. A peer that cannot take a whole frame at once is dropped;
//! there is no queue.

use std::io::{self, Read};
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::net::{SendFlags, send};
use socket2::Socket;
use threadbare::base::limits::STACK_BYTES;

use crate::wire::{Format, in_frame_bytes, out_frame};

/// The most that may wait for the one thread.
const HANDED_MAX: usize = 1024;
/// Messages that one `send` joins at most, as many as a round of the product.
const JOINED_MAX: usize = 64;

/// What the one thread receives.
enum Handed {
    Newcomer(Arc<Socket>),
    /// So many messages.
    Messages(usize),
}

/// Runs until it is killed.
pub(super) fn run(format: Format, joined: bool) -> io::Result<()> {
    let listener = super::listen()?;
    let (hand, handed) = bounded(HANDED_MAX);
    let most = if joined { JOINED_MAX } else { 1 };
    spawn(move || tell(&handed, &out_frame(format), most))?;
    loop {
        let (socket, _) = listener.accept()?;
        super::tune(&socket)?;
        let socket = Arc::new(socket);
        // Before anything else, so that each speaker also receives.
        hand.send(Handed::Newcomer(Arc::clone(&socket))).map_err(io::Error::other)?;
        let hand = hand.clone();
        spawn(move || read(&socket, &hand, in_frame_bytes(format)))?;
        spawn(|| {
            loop {
                thread::park();
            }
        })?;
    }
}

#[expect(clippy::disallowed_methods, reason = "no thread of the product")]
fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().stack_size(STACK_BYTES).spawn(work).map(drop)
}

/// Counts messages by their bytes, because all have one length.
fn read(mut socket: &Socket, hand: &Sender<Handed>, in_frame_bytes: usize) {
    let mut room = [0_u8; 1024];
    let mut begun = 0;
    while let Ok(bytes @ 1..) = socket.read(&mut room) {
        begun += bytes;
        let messages = begun / in_frame_bytes;
        begun %= in_frame_bytes;
        if messages > 0 && hand.send(Handed::Messages(messages)).is_err() {
            return;
        }
    }
}

/// Sends to all, with one `send` for up to `most` messages that wait.
fn tell(handed: &Receiver<Handed>, frame: &[u8], most: usize) {
    let frames = frame.repeat(most);
    let mut people = Vec::new();
    let mut waiting = 0;
    while let Ok(it) = handed.recv() {
        for it in std::iter::once(it).chain(handed.try_iter()) {
            match it {
                Handed::Newcomer(socket) => people.push(socket),
                Handed::Messages(messages) => waiting += messages,
            }
        }
        while waiting > 0 {
            let bytes = &frames[..waiting.min(most) * frame.len()];
            let flags = SendFlags::DONTWAIT | SendFlags::NOSIGNAL;
            people.retain(|socket| send(socket, bytes, flags) == Ok(bytes.len()));
            waiting -= bytes.len() / frame.len();
        }
    }
}
