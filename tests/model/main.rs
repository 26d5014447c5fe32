//! The outbox and the real writer under a model checker.
//!
//! Goal: in every interleaving, the stream that a peer gets is whole frames in order, nothing is
//! lost, nothing follows the close frame, and no thread sleeps while there is work (the checker
//! reports that as a deadlock).
//! Method: `Outbox` and `writer::run` are generic over their lock and their connection. Here the
//! lock is the checker's, and the connection is a peer whose window opens in steps of a few bytes.
//! `SCHEDULES` sets how many interleavings are tried; a failure prints the schedule that replays
//! it.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod hub;
mod sealed;

use std::io;
use std::num::NonZeroU64;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shuttle::sync::mpsc::{Receiver, channel};
use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;
use threadbare::base::disconnect::Disconnect;
use threadbare::formats::{Format, Frame, FrameKind, LogPosition};
use threadbare::server::client::writer::{self, WriteSide, WriterSettings};
use threadbare::server::config::FanOut;
use threadbare::server::outbox::{
    ExpressSide, FrameBatch, Monitor, Outbox, OutboxState, Pushed, Unsent,
};

const TIMES: WriterSettings<Format> = WriterSettings {
    write_wait: Duration::from_secs(3600),
    ping_interval: Duration::from_secs(3600),
    format: Format::Classic,
};

/// The checker's lock. It has no clock, so a bounded wait waits for ever.
struct CheckedMonitor<T> {
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Monitor<T> for CheckedMonitor<T> {
    fn new(value: T) -> Self {
        Self { value: Mutex::new(value), changed: Condvar::new() }
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        act(&mut self.value.lock().unwrap())
    }

    fn wait<R>(&self, _: Option<Instant>, mut look: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        let mut value = self.value.lock().unwrap();
        loop {
            if let Some(answer) = look(&mut value) {
                return Some(answer);
            }
            value = self.changed.wait(value).unwrap();
        }
    }

    fn wake_all(&self) {
        self.changed.notify_all();
    }
}

/// A lock that forgets to wake its waiters: the checker must report it, which proves that the
/// checker works.
struct SleepyMonitor<T>(CheckedMonitor<T>);

impl<T> Monitor<T> for SleepyMonitor<T> {
    fn new(value: T) -> Self {
        Self(CheckedMonitor::new(value))
    }

    fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        self.0.with(act)
    }

    fn wait<R>(&self, until: Option<Instant>, look: impl FnMut(&mut T) -> Option<R>) -> Option<R> {
        self.0.wait(until, look)
    }

    fn wake_all(&self) {}
}

/// A peer that takes bytes only as its window opens.
#[derive(Default)]
struct Peer {
    state: Mutex<PeerState>,
    changed: Condvar,
}

#[derive(Default)]
struct PeerState {
    window: usize,
    got: Vec<u8>,
    ended: bool,
    hung_up: bool,
}

impl Peer {
    /// Opens the window step by step until the stream ends or the connection is dead.
    fn reads_everything(&self, step: usize) {
        let mut state = self.state.lock().unwrap();
        while !state.ended && !state.hung_up {
            if state.window == 0 {
                state.window = step;
                self.changed.notify_all();
            }
            state = self.changed.wait(state).unwrap();
        }
    }

    fn reads(&self, bytes: usize) {
        self.state.lock().unwrap().window += bytes;
        self.changed.notify_all();
    }
}

/// The peer's socket, as a thread of the server uses it.
impl Peer {
    /// Takes what the window has space for. Never blocks.
    fn takes_now(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap();
        if state.hung_up {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = state.window.min(bytes.len());
        state.got.extend(&bytes[..taken]);
        state.window -= taken;
        self.changed.notify_all();
        Ok(taken)
    }

    /// Takes what the window has space for. Blocks until it has some.
    fn takes(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.state.lock().unwrap();
        while state.window == 0 && !state.hung_up {
            state = self.changed.wait(state).unwrap();
        }
        drop(state);
        self.takes_now(bytes)
    }

    /// All bytes that it has got.
    fn all(&self) -> Vec<u8> {
        self.state.lock().unwrap().got.clone()
    }
}

impl ExpressSide for Peer {
    fn send_now(&self, batch: &FrameBatch) -> io::Result<usize> {
        self.takes_now(batch.bytes())
    }

    fn hang_up(&self) {
        WriteSide::hang_up(self);
    }
}

impl WriteSide for Peer {
    fn write_some(&self, frames: &[Frame], written: usize, _: Duration) -> io::Result<usize> {
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes().to_vec()).collect();
        self.takes(&bytes[written..])
    }

    fn end_writing(&self, _: Duration) {
        self.state.lock().unwrap().ended = true;
        self.changed.notify_all();
    }

    fn hang_up(&self) {
        self.state.lock().unwrap().hung_up = true;
        self.changed.notify_all();
    }
}

/// Decodes a peer's bytes: the frames as (opcode, payload), and whether the last one is torn.
fn frames(bytes: &[u8]) -> (Vec<(u8, Vec<u8>)>, bool) {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while rest.len() >= 2 {
        let length = usize::from(rest[1]);
        if rest.len() < 2 + length {
            return (frames, true);
        }
        frames.push((rest[0], rest[2..2 + length].to_vec()));
        rest = &rest[2 + length..];
    }
    (frames, !rest.is_empty())
}

const TEXT: u8 = 0x81;
const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

fn payloads(frames: &[(u8, Vec<u8>)], opcode: u8) -> Vec<Vec<u8>> {
    frames.iter().filter(|(kind, _)| *kind == opcode).map(|(_, bytes)| bytes.clone()).collect()
}

/// The frames of a stream whose numbers must grow.
fn check_stream(peer: &Peer) -> (Vec<(u8, Vec<u8>)>, bool) {
    let (frames, torn) = whole_stream(peer);
    for kind in [TEXT, PONG] {
        let said = payloads(&frames, kind);
        assert!(said.is_sorted(), "out of order: {said:?}");
    }
    (frames, torn)
}

fn whole_stream(peer: &Peer) -> (Vec<(u8, Vec<u8>)>, bool) {
    let state = peer.state.lock().unwrap();
    let (frames, torn) = frames(&state.got);
    assert!(!torn || state.hung_up, "a torn frame on a line that lives: {:?}", state.got);
    let close = frames.iter().position(|(kind, _)| *kind == CLOSE);
    if let Some(close) = close {
        assert_eq!(close + 1, frames.len(), "something follows the close frame");
        assert!(!torn, "something follows the close frame");
    }
    (frames, torn)
}

fn text(number: u8) -> Frame {
    Frame::encoded(FrameKind::Message, &[TEXT, 1, number])
}

fn pong(number: u8) -> Frame {
    Frame::encoded(FrameKind::Pong, &[PONG, 1, number])
}

/// The hub's part: one batch to one client.
fn tell<M: Monitor<OutboxState>>(
    way: FanOut,
    outbox: &Outbox<M>,
    peer: &Peer,
    frames: &[Frame],
) -> Pushed {
    match way {
        FanOut::Writers => outbox.with(|state| state.push(frames)),
        FanOut::Express => {
            let mut batch = FrameBatch::default();
            frames.iter().for_each(|frame| batch.add(frame.clone()));
            outbox.push_or_send(&batch, peer)
        }
    }
}

struct Scene<M> {
    outbox: Arc<Outbox<M>>,
    peer: Arc<Peer>,
    writer: thread::JoinHandle<()>,
    /// The writer's message to the hub: everything has been sent.
    drained: Receiver<()>,
}

fn scene<M>(messages_max: usize) -> Scene<M>
where
    M: Monitor<OutboxState> + Send + Sync + 'static,
{
    let outbox = Arc::new(Outbox::<M>::new(messages_max));
    let peer = Arc::new(Peer::default());
    let (told, drained) = channel();
    let writer = thread::spawn({
        let (outbox, peer) = (Arc::clone(&outbox), Arc::clone(&peer));
        move || writer::run(&outbox, &*peer, TIMES, &|| told.send(()).unwrap_or_default())
    });
    Scene { outbox, peer, writer, drained }
}

/// Hub, reader, writer and a slow peer; the reader ends the client normally.
fn plain_scene<M>(way: FanOut)
where
    M: Monitor<OutboxState> + Send + Sync + 'static,
{
    let Scene { outbox, peer, writer, .. } = scene::<M>(16);
    let reader = thread::spawn({
        let outbox = Arc::clone(&outbox);
        move || (0..3).for_each(|number| outbox.with(|state| state.push_pong(pong(number))))
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || peer.reads_everything(2)
    });
    for number in [0, 2, 4] {
        let pushed = tell(way, &outbox, &peer, &[text(number), text(number + 1)]);
        assert!(matches!(pushed, Pushed::Sent | Pushed::Queued(_)), "{pushed:?}");
    }
    reader.join().unwrap();
    outbox.with(|state| {
        state.close(Disconnect::ServerStopping, Frame::close(Some(1001)), Unsent::Send)
    });
    assert_eq!(tell(way, &outbox, &peer, &[text(99)]), Pushed::Ended);
    assert!(outbox.wait_for_writer(None));
    writer.join().unwrap();
    slow.join().unwrap();
    let (frames, _) = check_stream(&peer);
    assert_eq!(payloads(&frames, TEXT), (0..6).map(|n| vec![n]).collect::<Vec<_>>());
    assert_eq!(payloads(&frames, PONG), (0..3).map(|n| vec![n]).collect::<Vec<_>>());
    assert_eq!(frames.last().unwrap().0, CLOSE);
}

/// The hub evicts the client while frames are under way: the writer finishes the frame that it has
/// begun.
fn evict_scene(way: FanOut) {
    let Scene { outbox, peer, writer, .. } = scene::<CheckedMonitor<OutboxState>>(4);
    let reader = thread::spawn({
        let outbox = Arc::clone(&outbox);
        move || (0..2).for_each(|number| outbox.with(|state| state.push_pong(pong(number))))
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || peer.reads_everything(2)
    });
    for number in 0..6 {
        if tell(way, &outbox, &peer, &[text(number)]) == Pushed::Full {
            break;
        }
    }
    outbox.with(|state| state.close(Disconnect::SlowConsumer, Frame::close(None), Unsent::Drop));
    assert!(outbox.wait_for_writer(None));
    for thread in [reader, slow, writer] {
        thread.join().unwrap();
    }
    let (frames, _) = check_stream(&peer);
    assert_eq!(frames.last().unwrap().0, CLOSE, "an evicted client is told so");
}

/// As above, but the peer never reads again: the hub hangs up.
fn stalled_scene(way: FanOut) {
    let Scene { outbox, peer, writer, .. } = scene::<CheckedMonitor<OutboxState>>(4);
    peer.reads(4);
    for number in 0..4 {
        tell(way, &outbox, &peer, &[text(number)]);
    }
    outbox.with(|state| state.close(Disconnect::SlowConsumer, Frame::close(None), Unsent::Drop));
    WriteSide::hang_up(&*peer);
    assert!(outbox.wait_for_writer(None));
    writer.join().unwrap();
    check_stream(&peer);
}

/// A talker waits for room, and must be woken in every case.
fn talker_scene(way: FanOut, hang_up: bool) {
    let Scene { outbox, peer, writer, .. } = scene::<CheckedMonitor<OutboxState>>(2);
    let talker = thread::spawn({
        let (outbox, peer) = (Arc::clone(&outbox), Arc::clone(&peer));
        move || {
            for number in 0..4 {
                outbox.wait_for_space();
                // The talker's own echo.
                tell(way, &outbox, &peer, &[text(number)]);
            }
        }
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || if hang_up { WriteSide::hang_up(&*peer) } else { peer.reads_everything(3) }
    });
    talker.join().unwrap();
    outbox.with(|state| state.close(Disconnect::PeerClosed, Frame::close(None), Unsent::Send));
    for thread in [slow, writer] {
        thread.join().unwrap();
    }
    let (frames, _) = check_stream(&peer);
    if !hang_up {
        assert_eq!(payloads(&frames, TEXT).len(), 4, "a talker's own echo is never too much");
    }
}

/// The reader ends the client, or finds the connection dead, while the hub sends.
fn leaving_scene(way: FanOut, dies: bool) {
    let Scene { outbox, peer, writer, .. } = scene::<CheckedMonitor<OutboxState>>(16);
    let reader = thread::spawn({
        let (outbox, peer) = (Arc::clone(&outbox), Arc::clone(&peer));
        move || {
            outbox.with(|state| state.push_pong(pong(0)));
            if dies {
                outbox.with(|state| state.fail(Disconnect::ConnectionBroken));
                WriteSide::hang_up(&*peer);
            } else {
                outbox.with(|state| {
                    state.close(Disconnect::PeerClosed, Frame::close(Some(1000)), Unsent::Send)
                });
            }
        }
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || peer.reads_everything(2)
    });
    let said: Vec<_> = (0..3)
        .map(|batch| [text(batch * 2), text(batch * 2 + 1)])
        .take_while(|batch| {
            matches!(tell(way, &outbox, &peer, batch), Pushed::Sent | Pushed::Queued(_))
        })
        .collect();
    assert!(outbox.wait_for_writer(None));
    for thread in [reader, slow, writer] {
        thread.join().unwrap();
    }
    let (frames, _) = check_stream(&peer);
    let heard = payloads(&frames, TEXT);
    if !dies {
        assert_eq!(heard.len(), said.len() * 2, "what was queued before the end is said");
        assert_eq!(frames.last().unwrap().0, CLOSE);
    }
}

/// A connection dies while its writer sleeps: the writer must be woken.
fn dying_scene(way: FanOut) {
    let Scene { outbox, peer, writer, .. } = scene::<CheckedMonitor<OutboxState>>(4);
    outbox.with(|state| state.fail(Disconnect::ConnectionBroken));
    assert!(outbox.wait_for_writer(None));
    writer.join().unwrap();
    assert!(peer.state.lock().unwrap().hung_up, "whoever finds a line dead hangs up");
    assert_eq!(tell(way, &outbox, &peer, &[text(0)]), Pushed::Ended);
}

/// A line of a log, which can be sent again.
fn line(number: u8) -> Frame {
    let text = char::from(b'a' + number).to_string();
    Frame::log_line(&text, LogPosition { log: NonZeroU64::MIN, seq: number.into() })
}

/// A numbered client that is too slow: it gets what it missed when its outbox has drained, each
/// line once, while its reader waits for room.
fn behind_scene(way: FanOut) {
    const LINES: u8 = 5;
    let Scene { outbox, peer, writer, drained } = scene::<CheckedMonitor<OutboxState>>(2);
    let reader = thread::spawn({
        let outbox = Arc::clone(&outbox);
        move || {
            outbox.with(|state| state.push_pong(pong(0)));
            outbox.wait_for_space();
        }
    });
    let slow = thread::spawn({
        let peer = Arc::clone(&peer);
        move || peer.reads_everything(2)
    });
    let mut next = 0;
    while next < LINES {
        if tell(way, &outbox, &peer, &[line(next)]) == Pushed::Full {
            let dropped = outbox.with(OutboxState::fall_behind);
            let seqs = dropped.iter().filter_map(Frame::position).map(|position| position.seq);
            next = seqs.map(|seq| u8::try_from(seq).unwrap()).min().unwrap_or(next);
            // A client that is behind gets nothing new before it has caught up.
            if !outbox.with(OutboxState::ask_if_drained) {
                drained.recv().unwrap();
            }
        } else {
            next += 1;
        }
    }
    outbox.with(|state| {
        state.close(Disconnect::ServerStopping, Frame::close(Some(1001)), Unsent::Send)
    });
    for thread in [reader, slow, writer] {
        thread.join().unwrap();
    }
    let (frames, _) = check_stream(&peer);
    let expected: Vec<_> = (0..LINES).map(|number| vec![b'a' + number]).collect();
    assert_eq!(payloads(&frames, TEXT), expected, "each line once, and none is missing");
}

fn schedules() -> usize {
    std::env::var("SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

/// Runs the scene with both kinds of fan-out. The last line printed before a failure names its
/// kind.
fn check(scene: impl Fn(FanOut) + Send + Sync + Clone + 'static) {
    check_some(schedules(), scene);
}

fn check_some(schedules: usize, scene: impl Fn(FanOut) + Send + Sync + Clone + 'static) {
    for way in [FanOut::Writers, FanOut::Express] {
        let scene = scene.clone();
        eprintln!("{way:?}");
        shuttle::check_random(move || scene(way), schedules);
    }
}

#[test]
fn e7_what_is_pushed_arrives_whole_and_in_order_and_then_the_close_frame() {
    check(plain_scene::<CheckedMonitor<OutboxState>>);
}

#[test]
fn e7_an_eviction_finishes_the_started_frame_and_sends_its_close_frame() {
    check(evict_scene);
}

#[test]
fn a_hang_up_ends_the_writer_of_a_peer_that_never_reads() {
    check(stalled_scene);
}

#[test]
fn a_talker_that_waits_for_its_own_echo_is_always_woken() {
    check(|way| talker_scene(way, false));
    check(|way| talker_scene(way, true));
}

#[test]
fn a_reader_that_leaves_while_the_hub_talks_tears_no_frame() {
    check(|way| leaving_scene(way, false));
    check(|way| leaving_scene(way, true));
}

#[test]
fn a_connection_that_dies_wakes_its_sleeping_writer() {
    check(dying_scene);
}

#[test]
fn e7_whoever_was_behind_is_told_each_line_once_when_it_has_room() {
    check(behind_scene);
}

#[test]
fn row_110_records_reach_the_peer_in_the_order_of_sealing_and_the_end_of_tls_comes_last() {
    check(|_| sealed::scene(Unsent::Send));
    check(|_| sealed::scene(Unsent::Drop));
}

#[test]
fn the_checker_finds_a_wake_up_that_is_lost() {
    for way in [FanOut::Writers, FanOut::Express] {
        let checked = catch_unwind(AssertUnwindSafe(|| {
            shuttle::check_random(
                move || plain_scene::<SleepyMonitor<OutboxState>>(way),
                schedules(),
            );
        }));
        assert!(checked.is_err(), "a model that cannot fail proves nothing");
    }
}
