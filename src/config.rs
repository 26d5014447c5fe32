//! The checked settings that the program runs with.
//!
//! Owns: what `cli/flags.rs` made of the flags and the environment, and what tests
//! build by hand. Everything in here is already valid.
//! Must not know: flags, their spelling, or clap; what a rule of its own needs.
//!
//! Next: `words.rs`.

use std::path::PathBuf;
use std::time::Duration;

use crate::admission::PerAddress;
use crate::admission::entrance::Entry;
use crate::limits;
use crate::words::Language;

/// Everything a server needs to know but its listeners, whatever its rule is.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// The public port and the requests that come to it.
    pub door: DoorConfig,
    /// Each client.
    pub client: ClientConfig,
    /// What may be here at the same time.
    pub caps: Caps,
    /// Clients of one address at the same time.
    pub per_address: PerAddress,
    /// How the hub tells everybody.
    pub fan_out: FanOut,
    /// A folder with one's own page; `None` serves the built-in one.
    pub assets: Option<PathBuf>,
    /// Who may open a WebSocket of the classic format, or come in at all.
    pub entry: Entry,
    /// The language of the log.
    pub language: Language,
}

/// What may be here at the same time; where nothing is said, the box decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caps {
    /// Clients.
    pub clients: Option<usize>,
    /// Connections that are no clients (yet).
    pub doors: Option<usize>,
    /// Requests that are being answered.
    pub exchanges: Option<usize>,
}

/// How a message gets from the hub into the sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FanOut {
    /// The hub sends where nothing waits, and wakes a writer where something
    /// does.
    #[default]
    Express,
    /// The hub wakes every writer: the textbook's way, to be measured.
    Writers,
}

/// Settings of the door. Durations are bounds, never pauses.
#[derive(Clone, Debug)]
pub struct DoorConfig {
    /// Host names that are ours beside the ones every box has.
    pub hosts: Vec<String>,
    /// Origins that may open a WebSocket beside our own.
    pub origins: Vec<String>,
    /// Silence before a request.
    pub first_byte_wait: Duration,
    /// A request head, from its first byte (B9).
    pub head_wait: Duration,
    /// A request body, from the end of its head.
    pub body_wait: Duration,
    /// One exchange with tiny_http (B3 `--timeout`, B10's handshake timeout).
    pub exchange_wait: Duration,
    /// Our answer, until the browser has taken it.
    pub answer_wait: Duration,
    /// Exchanges with tiny_http at the same time.
    pub exchanges_max: usize,
    /// New requests are refused above this CPU load, in thousandths of the
    /// whole box; `None` never refuses (B3 `--cpu`).
    pub cpu_permille_max: Option<u32>,
}

/// Settings of one client. Durations are bounds, never pauses.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Longest text of a message, in bytes (B20).
    pub message_bytes_max: usize,
    /// Unsent messages before a client is a slow consumer (B13).
    pub outbox_messages_max: usize,
    /// Whether this machine's own addresses are held to what one address may do. By default
    /// they are not: behind a proxy on the same machine everybody comes from one.
    pub loopback_too: bool,
    /// tungstenite's read buffer, in bytes (B10).
    pub read_buffer_bytes: usize,
    /// A frame from its first byte to its last (B17).
    pub write_wait: Duration,
    /// Without a sign of life for this long a client is given up (B18).
    pub pong_wait: Duration,
    /// Pause between pings (B19); shorter than `pong_wait`.
    pub ping_interval: Duration,
    /// A message from its first byte to its last.
    pub message_wait: Duration,
    /// Frames that one message may come in.
    pub message_parts_max: usize,
    /// The language of B31's words in the log.
    pub language: Language,
}

impl ServerConfig {
    /// The defaults, with the log in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            door: DoorConfig::default(),
            client: ClientConfig::new(language),
            caps: Caps::default(),
            per_address: PerAddress::default(),
            fan_out: FanOut::default(),
            assets: None,
            entry: Entry::default(),
            language,
        }
    }
}

impl Default for DoorConfig {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            origins: Vec::new(),
            first_byte_wait: limits::FIRST_BYTE_WAIT,
            head_wait: limits::HEAD_WAIT,
            body_wait: limits::BODY_WAIT,
            exchange_wait: limits::EXCHANGE_WAIT,
            answer_wait: limits::ANSWER_WAIT,
            exchanges_max: limits::GATE_PLACES,
            cpu_permille_max: None,
        }
    }
}

impl ClientConfig {
    /// The defaults, with the log in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            message_bytes_max: limits::MESSAGE_TEXT_BYTES_MAX,
            outbox_messages_max: limits::OUTBOX_MESSAGES_MAX,
            loopback_too: false,
            read_buffer_bytes: limits::READ_BUFFER_BYTES,
            write_wait: limits::WRITE_WAIT,
            pong_wait: limits::PONG_WAIT,
            ping_interval: limits::PING_INTERVAL,
            message_wait: limits::MESSAGE_WAIT,
            message_parts_max: limits::MESSAGE_PARTS_MAX,
            language,
        }
    }
}
