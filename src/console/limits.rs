//! The bounds that several files of the console use.
//!
//! Owns: numbers.
//! Must not know: other code of the console.
//!
//! Part: `console/mod.rs`.

use std::time::Duration;

use crate::base::limits::CONSOLE_LINE_BYTES_MAX;

/// The kernel must have accepted a frame of the console within this time. The server may slow a
/// client down for a while, so the time is long.
pub(super) const CONSOLE_WRITE_WAIT: Duration = Duration::from_secs(30);
/// After the console has sent its close frame, it waits at most this long for the server's close
/// frame.
pub(super) const CONSOLE_CLOSE_WAIT: Duration = Duration::from_secs(5);
/// Most bytes of frames that the console holds because the server has not read them yet. This is
/// enough for two of the longest lines.
pub(super) const CONSOLE_WAITING_BYTES_MAX: usize = 256 * 1024;

// While a line of the greatest length waits to be sent, the console must still have space for a
// pong.
const _: () = assert!(CONSOLE_LINE_BYTES_MAX * 2 <= CONSOLE_WAITING_BYTES_MAX);

/// When `join` ends, it waits at most this long: in the classic format for the thread that reads
/// the input, in `threadbare.v1` until the last texts are printed.
pub(super) const TYPIST_END_WAIT: Duration = Duration::from_millis(100);

/// Most names of people that the console remembers for each room, to complete them by Tab. It is
/// also the greatest number of people whom a person at the console may ignore.
pub(super) const CONSOLE_NAMES_MAX: usize = 1000;
