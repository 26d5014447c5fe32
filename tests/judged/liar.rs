//! A server that breaks one promise: a proxy that once drops, doubles or exchanges what the server
//! says, or answers a message that it does not pass on. The judge must find it.

use std::io::Write;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::harness::read_some;

/// What the proxy does wrong, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// One client of `threadbare.v1` does not get one line of a log.
    Drops,
    /// One client gets one line twice.
    Doubles,
    /// One client gets one line after the next line of its room.
    Exchanges,
    /// A classic client does not get one message.
    DropsClassic,
    /// The proxy confirms a message as sent, and does not pass it to the server.
    Keeps,
}

/// A lying proxy in front of one server.
pub struct Liar {
    pub addr: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    lie: Lie,
    /// How many opportunities to lie there were so far.
    chances: AtomicUsize,
    has_lied: AtomicBool,
    is_over: AtomicBool,
}

/// So many opportunities pass before the lie.
const TRUE_BEFORE: usize = 40;
/// The same if only classic clients are there. By then, each of them has received some messages: if
/// the first message of a client were missing, the judge could not know it.
const TRUE_BEFORE_CLASSIC: usize = 500;
/// The number of a message that was never stored. No real line has it, so no edit of it can change
/// another line.
const NO_LINE: u64 = 4_000_000_000;

impl Liar {
    pub fn to(server: SocketAddr, lie: Lie) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let (chances, has_lied, is_over) =
            (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
        let shared = Arc::new(Shared { lie, chances, has_lied, is_over });
        let kept = Arc::clone(&shared);
        threadbare::base::threads::spawn("liar", move || {
            for near in listener.incoming().map_while(Result::ok) {
                if shared.is_over.load(Ordering::Relaxed) {
                    break;
                }
                let Ok(far) = TcpStream::connect(server) else { continue };
                carry(near, far, &shared);
            }
        })
        .unwrap();
        Self { addr, shared: kept }
    }

    pub fn has_lied(&self) -> bool {
        self.shared.has_lied.load(Ordering::Relaxed)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // A connection wakes the thread that accepts; an error means that the thread has ended.
        TcpStream::connect(self.addr).ok();
    }
}

fn carry(near: TcpStream, far: TcpStream, shared: &Arc<Shared>) {
    let ends = Arc::new((near, far));
    for up in [true, false] {
        let (shared, ends) = (Arc::clone(shared), Arc::clone(&ends));
        threadbare::base::threads::spawn("pump", move || {
            let (from, to) = if up { (&ends.0, &ends.1) } else { (&ends.1, &ends.0) };
            // An error means that the connection has ended.
            pump(&shared, from, to, up).ok();
            ends.0.shutdown(Shutdown::Both).ok();
            ends.1.shutdown(Shutdown::Both).ok();
        })
        .unwrap();
    }
}

/// Carries one direction until it ends, frame by frame once there are frames.
fn pump(
    shared: &Shared,
    mut from: &TcpStream,
    mut to: &TcpStream,
    is_up: bool,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Before the end of the handshake it carries bytes. A connection without a handshake stays like
    // that.
    let mut has_frames = false;
    let mut held = Vec::new();
    loop {
        let count = read_some(&mut from, &mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&buffer[..count]);
        if !has_frames {
            let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
            let head = String::from_utf8_lossy(&bytes).to_lowercase();
            let is_handshake =
                if is_up { head.contains("upgrade: websocket") } else { head.contains(" 101 ") };
            let end = if is_handshake { end.unwrap_or(0) } else { bytes.len() };
            has_frames = is_handshake && end > 0;
            to.write_all(&bytes.drain(..end).collect::<Vec<_>>())?;
            if !has_frames {
                continue;
            }
        }
        while let Some(frame) = next_frame(&mut bytes) {
            if is_up {
                shared.says(&frame, from, to)?;
            } else {
                shared.tells(frame, &mut held, to)?;
            }
        }
    }
}

/// The next whole frame of either side.
fn next_frame(bytes: &mut Vec<u8>) -> Option<Vec<u8>> {
    let second = *bytes.get(1)?;
    let length = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let (begin, length) = match second & 0x7f {
        126 => (4, length(bytes.get(2..4)?)),
        127 => (10, length(bytes.get(2..10)?)),
        short => (2, usize::from(short)),
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    let end = begin + mask + length;
    (bytes.len() >= end).then(|| bytes.drain(..end).collect())
}

/// What is in a frame.
fn payload(frame: &[u8]) -> String {
    let begin = match frame[1] & 0x7f {
        126 => 4,
        127 => 10,
        _ => 2,
    };
    if frame[1] & 0x80 == 0 {
        return String::from_utf8_lossy(&frame[begin..]).into_owned();
    }
    let (mask, masked) = frame[begin..].split_at(4);
    let bytes: Vec<u8> =
        masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Shared {
    /// Whether the lie happens now.
    fn lies(&self) -> bool {
        let before = match self.lie {
            Lie::DropsClassic => TRUE_BEFORE_CLASSIC,
            _ => TRUE_BEFORE,
        };
        let is_time = self.chances.fetch_add(1, Ordering::Relaxed) >= before;
        is_time && !self.has_lied.swap(true, Ordering::Relaxed)
    }

    /// Passes a frame of the server to its client, or lies about it.
    fn tells(&self, frame: Vec<u8>, held: &mut Vec<u8>, mut to: &TcpStream) -> std::io::Result<()> {
        let text = payload(&frame);
        let is_line = text.starts_with("{\"type\":\"message\"");
        // Only single new messages count here: a newcomer gets the older lines in batches.
        let is_classic = text.starts_with('k');
        if is_line && !held.is_empty() && room(&text) == room(&payload(held)) {
            to.write_all(&frame)?;
            return to.write_all(&std::mem::take(held));
        }
        match self.lie {
            Lie::Drops if is_line && self.lies() => Ok(()),
            Lie::DropsClassic if is_classic && self.lies() => Ok(()),
            Lie::Doubles if is_line && self.lies() => to.write_all(&[&frame[..], &frame].concat()),
            Lie::Exchanges if is_line && self.lies() => {
                *held = frame;
                Ok(())
            }
            _ => to.write_all(&frame),
        }
    }

    /// Passes a frame of a client to the server, or lies about it.
    fn says(&self, frame: &[u8], mut back: &TcpStream, mut to: &TcpStream) -> std::io::Result<()> {
        let text = payload(frame);
        let is_said = text.contains("\"type\":\"say\"");
        if self.lie != Lie::Keeps || !is_said || !self.lies() {
            return to.write_all(frame);
        }
        let said: serde_json::Value = serde_json::from_str(&text).unwrap();
        let (room, id) = (&said["room"], &said["id"]);
        let sent = serde_json::json!({"type": "sent", "room": room, "id": id, "seq": NO_LINE});
        let sent = sent.to_string();
        let length = u8::try_from(sent.len()).unwrap();
        back.write_all(&[&[0x81, length], sent.as_bytes()].concat())
    }
}

fn room(text: &str) -> Option<&str> {
    text.split("\"room\":").nth(1)?.split(',').next()
}
