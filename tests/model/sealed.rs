//! A client that speaks TLS, under the model checker: hub, writer and reader share its session.
//!
//! Goal: in every interleaving, records reach the peer in the order of their numbers, what is in
//! them is whole frames in order, a sealed frame is always finished, and the end of TLS comes last.
//! Method: the session (`base/tls/session.rs`) is generic over its lock and its records. Here the
//! lock is the checker's. A record is its number, its length and its plain text. Decrypting lets
//! other threads run while the lock is held, as it takes time in the server.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;
use std::time::Duration;

use shuttle::sync::Mutex;
use shuttle::thread;
use threadbare::base::disconnect::Disconnect;
use threadbare::base::tls::session::{RecordLayer, Sealing, SessionLock, SharedSession};
use threadbare::formats::Frame;
use threadbare::server::client::writer::{self, WriteSide};
use threadbare::server::outbox::{ExpressSide, FrameBatch, Outbox, OutboxState, Pushed, Unsent};

use super::{CLOSE, CheckedMonitor, PONG, Peer, TEXT, TIMES, frames, payloads, pong, text};

/// Most bytes that the hub seals in one piece here, so that it cuts inside a frame, too.
const PIECE_BYTES_MAX: usize = 5;

struct CheckedLock<T>(Mutex<T>);

impl<T> SessionLock<T> for CheckedLock<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.0.lock().unwrap())
    }

    fn try_with<R>(&self, act: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_lock().ok().map(|mut value| act(&mut value))
    }
}

/// The records of both directions.
#[derive(Default)]
struct Toy {
    number: u8,
    sealed: Vec<u8>,
    came: Vec<u8>,
}

impl Toy {
    fn record(&mut self, text: &[u8]) {
        let length = u8::try_from(text.len()).unwrap();
        self.sealed.extend([self.number, length]);
        self.sealed.extend(text);
        self.number += 1;
    }
}

impl RecordLayer for Toy {
    fn take_in(&mut self, bytes: &[u8]) -> io::Result<usize> {
        thread::yield_now();
        self.came.extend(bytes);
        Ok(bytes.len())
    }

    fn take_plain(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.came.len().min(buffer.len());
        if count == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        buffer[..count].copy_from_slice(&self.came.drain(..count).collect::<Vec<_>>());
        Ok(count)
    }

    fn seal(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let text: Vec<u8> = slices.iter().flat_map(|slice| slice.to_vec()).collect();
        self.record(&text);
        Ok(text.len())
    }

    fn seal_end(&mut self) {
        self.record(&[]);
    }

    fn take_out(&mut self, bytes: &mut Vec<u8>) {
        bytes.append(&mut self.sealed);
    }
}

/// The server's side of the connection: a session in front of a peer.
struct SealedSide {
    peer: Arc<Peer>,
    session: SharedSession<Toy, CheckedLock<Sealing<Toy>>>,
}

impl SealedSide {
    /// Reads one record of the peer, as a reader does.
    fn reads(&self) {
        let mut buffer = [0; 2];
        let came = |space: &mut [u8]| {
            space[0] = 7;
            Ok(1)
        };
        assert_eq!(self.session.read(&mut buffer, came).unwrap(), 1);
    }
}

impl ExpressSide for SealedSide {
    fn send_now(&self, batch: &FrameBatch) -> io::Result<usize> {
        let bytes = &batch.bytes()[..batch.sealable(PIECE_BYTES_MAX)];
        self.session.write_now(bytes, |sealed| self.peer.takes_now(sealed))
    }

    fn hang_up(&self) {
        WriteSide::hang_up(&*self.peer);
    }
}

impl WriteSide for SealedSide {
    fn write_some(&self, frames: &[Frame], written: usize, _: Duration) -> io::Result<usize> {
        let mut slices: Vec<_> = frames.iter().map(|frame| IoSlice::new(frame.bytes())).collect();
        slices[0] = IoSlice::new(&frames[0].bytes()[written..]);
        self.session.write(&slices, |sealed| self.peer.takes(sealed))
    }

    fn sealed_bytes(&self) -> usize {
        self.session.sealed_bytes()
    }

    fn end_writing(&self, timeout: Duration) {
        self.session.seal_end();
        while let Err(error) = self.session.write(&[], |sealed| self.peer.takes(sealed)) {
            if error.kind() != ErrorKind::WouldBlock {
                break;
            }
        }
        self.peer.end_writing(timeout);
    }

    fn hang_up(&self) {
        WriteSide::hang_up(&*self.peer);
    }
}

/// What a peer finds in its bytes: the plain text, and whether the end of TLS came last.
fn opened(sealed: &[u8]) -> (Vec<u8>, bool) {
    let (mut text, mut rest, mut number, mut is_ended) = (Vec::new(), sealed, 0, false);
    while let [this, length, more @ ..] = rest {
        assert!(!is_ended, "something follows the end: {sealed:?}");
        assert_eq!(*this, number, "sealed in another order than sent: {sealed:?}");
        let length = usize::from(*length);
        if more.len() < length {
            break;
        }
        is_ended = length == 0;
        text.extend(&more[..length]);
        rest = &more[length..];
        number += 1;
    }
    (text, is_ended)
}

/// Hub, reader, writer and a slow peer. `rest`: what happens at the end to messages that wait.
pub(super) fn scene(rest: Unsent) {
    let outbox = Arc::new(Outbox::<CheckedMonitor<OutboxState>>::new(16));
    let peer = Arc::new(Peer::default());
    let session = SharedSession::new(Toy::default());
    let side = Arc::new(SealedSide { peer: Arc::clone(&peer), session });
    let writer = thread::spawn({
        let (outbox, side) = (Arc::clone(&outbox), Arc::clone(&side));
        move || writer::run(&outbox, &*side, TIMES, &|| ())
    });
    let reader = thread::spawn({
        let (outbox, side) = (Arc::clone(&outbox), Arc::clone(&side));
        move || {
            side.reads();
            outbox.with(|state| state.push_pong(pong(0)));
            side.reads();
        }
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || peer.reads_everything(3)
    });
    for number in [0, 2, 4] {
        let mut batch = FrameBatch::of(text(number));
        batch.add(text(number + 1));
        let pushed = outbox.push_or_send(&batch, &*side);
        assert!(matches!(pushed, Pushed::Sent | Pushed::Queued(_)), "{pushed:?}");
    }
    if rest == Unsent::Send {
        reader.join().unwrap();
        outbox.with(|state| state.close(Disconnect::PeerClosed, Frame::close(None), rest));
    } else {
        outbox.with(|state| state.close(Disconnect::SlowConsumer, Frame::close(None), rest));
        reader.join().unwrap();
    }
    assert!(outbox.wait_for_writer(None));
    writer.join().unwrap();
    slow.join().unwrap();
    let (plain, is_ended) = opened(&peer.all());
    assert!(is_ended, "TLS was not ended: {plain:?}");
    let (frames, torn) = frames(&plain);
    assert!(!torn, "a sealed frame was not finished: {plain:?}");
    assert_eq!(frames.last().unwrap().0, CLOSE);
    assert_eq!(payloads(&frames, CLOSE).len(), 1);
    let said = payloads(&frames, TEXT);
    assert!(said.is_sorted(), "out of order: {said:?}");
    if rest == Unsent::Send {
        assert_eq!(said, (0..6).map(|number| vec![number]).collect::<Vec<_>>());
        assert_eq!(payloads(&frames, PONG), [vec![0]]);
    }
}
