//! The checked settings that the program runs with.
//!
//! Owns: what `cli/flags.rs` made of the flags and the environment, and what tests
//! build by hand. Everything in here is already valid.
//! Must not know: flags, their spelling, or clap.
//!
//! Next: `words.rs`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::admission::PerAddress;
use crate::admission::entrance::Entry;
use crate::limits;
use crate::words::Language;

/// Everything a server needs to know but its listeners.
#[derive(Clone, Debug)]
pub struct Config {
    /// The public port and the requests that come to it.
    pub door: DoorConfig,
    /// What a URL means.
    pub http: HttpConfig,
    /// Each client.
    pub client: ClientConfig,
    /// What may be here at the same time.
    pub caps: Caps,
    /// Clients of one address at the same time.
    pub per_address: PerAddress,
    /// How the hub tells everybody.
    pub fan_out: FanOut,
    /// What outlives the server; `None`: nothing does.
    pub history: Option<HistoryConfig>,
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

/// What outlives the server.
#[derive(Clone, Debug)]
pub struct HistoryConfig {
    /// Where it is.
    pub folder: PathBuf,
    /// When it is safe.
    pub flush: Flush,
    /// How much of it there is.
    pub retention: Retention,
    /// What is closed only because damage took its lock is opened.
    pub unseals: bool,
}

/// What is thrown away: the oldest lines, when one of these is too much.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Older than this.
    pub age_max: Option<Duration>,
    /// Lines of one room.
    pub room_lines_max: Option<u32>,
    /// The file.
    pub bytes_max: u64,
}

/// When what is kept is safe from a power cut, which is when its sender is told
/// that it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// Before anybody is told so.
    #[default]
    Each,
    /// Within two seconds of that: a crash of the program loses nothing, one of
    /// the box a little.
    EachTwoSeconds,
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

/// Settings of the HTTP routes.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// A folder with one's own page; `None` serves the built-in one.
    pub assets: Option<PathBuf>,
    /// Who may open a WebSocket of the classic format.
    pub entry: Entry,
    /// Programs may say something without a session.
    pub guests: bool,
    /// The language of B31's words in the log.
    pub language: Language,
}

/// How fast one person may ask for things: so many at once, then so many a
/// second; an address has [`limits::ADDRESS_PACE_PEOPLE`] times that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkPace {
    /// At once.
    pub burst: u32,
    /// ... and then a second; 0 is no bound.
    pub per_second: u32,
    /// Whether this machine's own addresses are held to it too. By default they
    /// are not: behind a proxy on the same machine everybody comes from one.
    pub loopback_too: bool,
}

impl TalkPace {
    /// Whether somebody from `peer` is held to it, and to how often one may guess a password.
    pub fn holds_for(self, peer: IpAddr) -> bool {
        self.loopback_too || !peer.to_canonical().is_loopback()
    }

    /// Whether there is one.
    pub fn is_bound(self) -> bool {
        self.per_second > 0
    }
}

impl Default for TalkPace {
    fn default() -> Self {
        Self { burst: limits::TALK_BURST, per_second: limits::TALK_PER_SECOND, loopback_too: false }
    }
}

/// Settings of one client. Durations are bounds, never pauses.
#[derive(Clone, Debug)]
pub struct ClientConfig {
    /// Longest text of a message, in bytes (B20).
    pub message_bytes_max: usize,
    /// Whose hello is taken.
    pub entry: Entry,
    /// Unsent messages before a client is a slow consumer (B13).
    pub outbox_messages_max: usize,
    /// How fast it may ask for things.
    pub pace: TalkPace,
    /// How long its name is kept for it when it is gone.
    pub name_kept: Duration,
    /// People in one room, but for the lobby.
    pub room_people_max: Option<usize>,
    /// Whether others may see from where it comes.
    pub show_addresses: bool,
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

impl Config {
    /// The defaults, with the log in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            door: DoorConfig::default(),
            http: HttpConfig::new(language),
            client: ClientConfig::new(language),
            caps: Caps::default(),
            per_address: PerAddress::default(),
            fan_out: FanOut::default(),
            history: None,
            language,
        }
    }
}

impl HttpConfig {
    /// The defaults, with the log in `language`.
    pub fn new(language: Language) -> Self {
        Self { assets: None, entry: Entry::default(), guests: false, language }
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
            entry: Entry::default(),
            outbox_messages_max: limits::OUTBOX_MESSAGES_MAX,
            pace: TalkPace::default(),
            name_kept: limits::NAME_KEPT,
            room_people_max: None,
            show_addresses: false,
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
