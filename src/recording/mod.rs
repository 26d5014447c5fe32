//! Recordings: what the core of a chat was told, event by event, in a file. Fed to a second core,
//! the same events lead to the same state, so a run of a server can be looked at again, step by
//! step.
//!
//! A recording has one JSON value a line: a header, then the events with their moments. After each
//! thousandth event or so, and at the end, a line has a hash of the core's whole state.
//!
//! The recorder (`recorder.rs`) does not hash the state of the server's own core. It reads back
//! each event that it has written, and gives it to a core of its own. So the hashes are true of the
//! file, also if the file hides texts and names (`chat/codec/mask.rs`), and if the hidden events
//! are decided in another way than the real ones.
//!
//! Owns: the form of the lines, and the second core.
//! Must not know: sockets, the hub, which client has received what.
//!
//! Part: this file is its entry.

mod moment;
mod page;
pub mod recorder;
pub mod replay;
pub mod site;
mod words;

use std::fmt::{self, Write as _};
use std::io;

use blake2::digest::consts::U16;
use blake2::{Blake2s, Digest};
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::base::fingerprint::fnv_1a;
use crate::chat::core::{Core, CoreEvent, Effect, Moment};

/// The version of the form of a recording. A change of the events' form needs a new one.
const FORM: u32 = 1;

/// A line of a recording.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Header(Header),
    Event(Box<EventLine>),
    State(StateLine),
    End(EndLine),
}

/// The first line of a recording.
#[derive(Debug, Deserialize, Serialize)]
struct Header {
    /// The version of the form, [`FORM`].
    recording: u32,
    /// The version of the program that made the recording.
    threadbare: String,
    /// Whether the recording hides texts and names.
    masked: bool,
}

/// An event that the core was told, and when.
#[derive(Debug, Deserialize, Serialize)]
struct Told {
    at: Moment,
    what: CoreEvent,
}

/// An event in a recording. The recorder writes the fields of a [`Told`] in this line.
#[derive(Debug, Deserialize, Serialize)]
struct EventLine {
    /// The number of the event. The first one is 1.
    number: u64,
    /// A hash of what the core has decided on the event.
    decided: String,
    at: Moment,
    what: CoreEvent,
}

/// The state that the core has come to.
#[derive(Debug, Deserialize, Serialize)]
struct StateLine {
    /// The number of the last event.
    after: u64,
    /// A hash of the whole state.
    hash: String,
}

/// The last line of a recording.
#[derive(Debug, Deserialize, Serialize)]
struct EndLine {
    /// The number of the last event.
    after: u64,
    why: RecordingEnd,
}

/// Why a recording ends.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RecordingEnd {
    ServerStopped,
    QueueFull,
    TooManyNames,
    CoreFailed,
}

impl fmt::Display for RecordingEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::ServerStopped => "the server stopped",
            Self::QueueFull => {
                "events came faster than they could be written; the later ones are missing"
            }
            Self::TooManyNames => "there were more names, rooms or networks than a mask can number",
            Self::CoreFailed => "the recorder's own core failed at the next event",
        })
    }
}

/// A core that gets the events of a recording, and the number of its last event.
#[derive(Debug, Default)]
struct SecondCore {
    core: Core,
    effects: Vec<Effect>,
    events: u64,
}

impl SecondCore {
    /// Gives the core the next event. Returns a hash of what it decides; [`effects`](Self::effects)
    /// has its decisions until the next event.
    fn step(&mut self, at: Moment, event: CoreEvent) -> String {
        self.effects.clear();
        self.core.step(at, event, &mut self.effects);
        self.events += 1;
        let mut decided = Fingerprint(fnv_1a([]));
        // Writing into a number cannot fail.
        write!(decided, "{:?}", self.effects).ok();
        format!("{:016x}", decided.0)
    }
}

/// Returns a hash of the whole state of a core: of the bytes that the state has as JSON.
///
/// # Errors
/// A part of the state cannot be written as JSON.
pub(crate) fn state_hash(core: &Core) -> io::Result<String> {
    let mut bytes = StateBytes(Blake2s::new());
    serde_json::to_writer(&mut bytes, core)?;
    Ok(HEXLOWER.encode(&bytes.0.finalize()))
}

/// The FNV-1a hash of a text that comes in parts.
struct Fingerprint(u64);

impl fmt::Write for Fingerprint {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        self.0 = text.bytes().fold(self.0, step);
        Ok(())
    }
}

struct StateBytes(Blake2s<U16>);

impl io::Write for StateBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
