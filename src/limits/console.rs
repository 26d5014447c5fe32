//! The bounds of the console's commands, `join`, `crowd` and `export`.
//!
//! Owns: as `limits/mod.rs`, whose part it is.
//! Must not know: any other file.
//!
//! Next: `config.rs`.

use std::time::Duration;

use super::MESSAGE_TEXT_BYTES_RANGE;

/// `join` and `crowd` try this long to reach the server's port ...
pub const DIAL_WAIT: Duration = Duration::from_secs(10);
/// ... and this long for its 101.
pub const DIAL_HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// The words of an answer that is not 101 are awaited this long ...
pub const DIAL_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// ... and read up to this many bytes.
pub const DIAL_ANSWER_BYTES_MAX: usize = 4 * 1024;
/// A silent line to the server is probed this often, so that one that is down
/// does not look like a quiet room for ever.
pub const CONSOLE_KEEPALIVE: Duration = Duration::from_secs(60);
/// One wait for bytes; when it is over the console just waits again.
pub const CONSOLE_READ_WAIT: Duration = Duration::from_secs(3600);
/// A frame of ours must be with the kernel within this. Longer than the
/// server's own bounds, so that a server that slows us down is not called dead.
pub const CONSOLE_WRITE_WAIT: Duration = Duration::from_secs(30);
/// After our close frame, the server's may take this long.
pub const CONSOLE_CLOSE_WAIT: Duration = Duration::from_secs(5);
/// After both close frames, the server may take this long to end the line.
pub const CONSOLE_HANG_UP_WAIT: Duration = Duration::from_secs(1);
/// Longest line that the console sends, in bytes: no server of ours takes more.
pub const CONSOLE_LINE_BYTES_MAX: usize = MESSAGE_TEXT_BYTES_RANGE.1;
/// Longest message that the console takes, in bytes; classic servers glue many
/// into one.
pub const CONSOLE_MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Frames that may wait while the server reads nothing, in bytes: a line or two
/// and many pongs.
pub const CONSOLE_WAITING_BYTES_MAX: usize = 256 * 1024;
/// What happened to a conversation and was not yet looked at: lines, mostly.
pub const CONSOLE_EVENTS_MAX: usize = 64;
/// Texts that wait to be printed above a line that is being typed.
pub const CONSOLE_PRINTS_MAX: usize = 1024;
/// Lines of ours that may wait to be called sent; then no more are taken in.
pub const CONSOLE_UNSENT_MAX: usize = 64;
/// What is said is answered, or at least shown, within this; else the line is
/// given up for another one.
pub const CONSOLE_ANSWER_WAIT: Duration = Duration::from_secs(30);
/// The first pause before a lost line is dialled again, at most ...
pub const CONSOLE_PAUSE_FIRST: Duration = Duration::from_secs(1);
/// ... and the longest; each is at most twice the one before, and how much of it is made
/// is chance.
pub const CONSOLE_PAUSE_MAX: Duration = Duration::from_secs(30);
/// A silent line is probed this often once it is probed ...
pub const CONSOLE_PROBE_INTERVAL: Duration = Duration::from_secs(10);
/// ... and given up after so many probes without an answer.
pub const CONSOLE_PROBES_MAX: u32 = 3;
/// Names that are remembered for completion, in each room.
pub const CONSOLE_NAMES_MAX: usize = 1000;
/// Lines that `/history` asks for when no number is given.
pub const CONSOLE_HISTORY_LINES: u32 = 20;
/// `threadbare send` gives up after this, unless told otherwise.
pub const SEND_WAIT: Duration = Duration::from_secs(30);

/// Largest crowd: more needs more ports and threads than one box has.
pub const CROWD_PEOPLE_MAX: usize = 20_000;
/// Most messages a second of a crowd, all people together.
pub const CROWD_RATE_MAX: f64 = 100_000.0;
/// Most messages of one run.
pub const CROWD_MESSAGES_MAX: u64 = 10_000_000;
/// Longest message of a crowd, in bytes; every classic server takes it.
pub const CROWD_TEXT_BYTES_MAX: usize = 120;
/// People that connect at the same time.
pub const CROWD_DIALERS: usize = 8;
/// A roll call that not everybody has heard is repeated after this.
pub const CROWD_ROLL_CALL_INTERVAL: Duration = Duration::from_secs(1);
/// After the last message, the crowd goes on listening until everything has
/// come, or nothing for this long.
pub const CROWD_SETTLE_WAIT: Duration = Duration::from_secs(10);
/// A sender that is behind its plan by more than this says so.
pub const CROWD_LATE_FROM: Duration = Duration::from_millis(100);
/// The progress bar moves this often while the crowd only listens.
pub const CROWD_TICK: Duration = Duration::from_millis(100);

// A speaker is noted for each message, in two bytes.
const _: () = assert!(CROWD_PEOPLE_MAX < u16::MAX as usize);
// A pong never fails because a line waits.
const _: () = assert!(CONSOLE_LINE_BYTES_MAX * 2 <= CONSOLE_WAITING_BYTES_MAX);

/// Lines that `export` reads at once, and holds.
pub const EXPORT_PAGE_LINES: usize = 256;
