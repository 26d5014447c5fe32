//! The bounds of the console's commands, such as `join`, `crowd` and `export`.
//!
//! Owns: numbers, as a part of `base/limits/mod.rs`.
//! Must not know: code outside `base/limits`.
//!
//! Part: `base/limits/mod.rs`.

use std::time::Duration;

use super::MESSAGE_TEXT_BYTES_RANGE;

/// The longest time for which a console command such as `join` tries to connect to the server.
pub const DIAL_WAIT: Duration = Duration::from_secs(10);
/// The longest time for which a console command waits for the server's answer to the handshake.
pub const DIAL_HANDSHAKE_WAIT: Duration = Duration::from_secs(10);
/// If the server refuses the handshake, the console waits at most this long for the text of the
/// server's answer.
pub const DIAL_ANSWER_WAIT: Duration = Duration::from_secs(1);
/// If the server refuses the handshake, the console reads no more than this many bytes of the text
/// of the server's answer.
pub const DIAL_ANSWER_BYTES_MAX: usize = 4 * 1024;

/// After this long without bytes from the server, the kernel probes the connection. Otherwise a
/// dead connection would look like a quiet room for ever.
pub const CONSOLE_KEEPALIVE: Duration = Duration::from_secs(60);
/// The longest time of one read in which the console waits for bytes from the server. When it is
/// over, the console reads again.
pub const CONSOLE_READ_WAIT: Duration = Duration::from_secs(3600);
/// The kernel must have accepted a frame of the console within this time. The server may slow a
/// client down for a while, so the time is long.
pub const CONSOLE_WRITE_WAIT: Duration = Duration::from_secs(30);
/// After the console has sent its close frame, it waits at most this long for the server's close
/// frame.
pub const CONSOLE_CLOSE_WAIT: Duration = Duration::from_secs(5);
/// After both close frames, the console waits at most this long until the server ends the
/// connection.
pub const CONSOLE_HANG_UP_WAIT: Duration = Duration::from_secs(1);

/// Longest line that the console sends, in bytes: no Threadbare server takes more.
pub const CONSOLE_LINE_BYTES_MAX: usize = MESSAGE_TEXT_BYTES_RANGE.1;
/// Longest message that the console accepts, in bytes. Classic servers join many messages into one.
pub const CONSOLE_MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of frames that the console holds until the server reads them. This is enough for two
/// of the longest lines.
pub const CONSOLE_WAITING_BYTES_MAX: usize = 256 * 1024;
/// Most events, such as a line from the server, that can wait until the console handles them.
pub const CONSOLE_EVENTS_MAX: usize = 64;
/// Most texts that can wait to be printed above the line that a person is typing.
pub const CONSOLE_PRINTS_MAX: usize = 1024;
/// If the server has not yet confirmed this many lines that the console has sent, the console reads
/// no further input.
pub const CONSOLE_UNSENT_MAX: usize = 64;

/// The server must answer a message of the console, or show it in the room, within this time.
/// Otherwise the console closes the connection and makes a new one.
pub const CONSOLE_ANSWER_WAIT: Duration = Duration::from_secs(30);
/// The greatest length of the first pause before the console reconnects after a lost connection.
/// See [`CONSOLE_PAUSE_MAX`].
pub const CONSOLE_PAUSE_FIRST: Duration = Duration::from_secs(1);
/// The greatest length of any pause before the console reconnects. The greatest length of the first
/// pause is [`CONSOLE_PAUSE_FIRST`]; each further pause may be twice as long, up to this length.
/// The pause itself is shorter, by chance.
pub const CONSOLE_PAUSE_MAX: Duration = Duration::from_secs(30);

/// After the first probe of a silent connection, the kernel sends another probe each time this has
/// passed. See [`CONSOLE_KEEPALIVE`].
pub const CONSOLE_PROBE_INTERVAL: Duration = Duration::from_secs(10);
/// After this many probes without an answer, the kernel ends a silent connection to the server. See
/// [`CONSOLE_KEEPALIVE`].
pub const CONSOLE_PROBES_MAX: u32 = 3;

/// When `join` ends, it waits at most this long: in the classic format for the thread that reads
/// the input, in `threadbare.v1` until the last texts are printed.
pub const TYPIST_END_WAIT: Duration = Duration::from_millis(100);

/// Most names of people in each room that the console remembers for completion by Tab. It is also
/// the greatest number of people whom a person at the console may ignore.
pub const CONSOLE_NAMES_MAX: usize = 1000;
/// Of this many newest messages in each room, the console remembers who said them. So it can say
/// whom a reply answers. The server keeps as many lines of a room in memory.
pub const CONSOLE_AUTHORS_MAX: usize = 1000;
/// How many lines `/history` requests if the person types no number.
pub const CONSOLE_HISTORY_LINES: u32 = 20;
/// The longest time for which `threadbare send` waits until the server has confirmed the message,
/// unless `--timeout` gives another.
pub const SEND_WAIT: Duration = Duration::from_secs(30);

/// Most people that one run of `crowd` plays. More would need more ports and threads than one
/// machine has.
pub const CROWD_PEOPLE_MAX: usize = 20_000;
/// Most messages a second of a run of `crowd`, from all its people together.
pub const CROWD_RATE_MAX: f64 = 100_000.0;
/// Most messages that one run of `crowd` sends.
pub const CROWD_MESSAGES_MAX: u64 = 10_000_000;
/// Longest message that `crowd` sends, in bytes. Every classic server takes a message of this
/// length.
pub const CROWD_TEXT_BYTES_MAX: usize = 120;

/// How many people of a run of `crowd` may be connecting at the same time.
pub const CROWD_DIALERS: usize = 8;
/// Before it measures, `crowd` sends a text, the roll call, again and again until all its people
/// have received it or [`CROWD_SETTLE_WAIT`] is over. This constant is the time between two roll
/// calls.
pub const CROWD_ROLL_CALL_INTERVAL: Duration = Duration::from_secs(1);
/// After its last message, `crowd` waits for the messages that its people have not received yet. It
/// stops when no message has come for this long. It also ends its roll call after so much time.
pub const CROWD_SETTLE_WAIT: Duration = Duration::from_secs(10);
/// If `crowd` sent a message later than planned by more than this, its report says so.
pub const CROWD_LATE_FROM: Duration = Duration::from_millis(100);
/// While `crowd` waits for messages, it looks again at least this often at what has come.
pub const CROWD_TICK: Duration = Duration::from_millis(100);

// `crowd` stores in two bytes the number of the person who sent a message.
const _: () = assert!(CROWD_PEOPLE_MAX < u16::MAX as usize);
// While a line of the greatest length waits to be sent, the console must still have space for a
// pong.
const _: () = assert!(CONSOLE_LINE_BYTES_MAX * 2 <= CONSOLE_WAITING_BYTES_MAX);

/// How many lines `export` reads from the history's file at a time and holds in memory.
pub const EXPORT_PAGE_LINES: usize = 256;
