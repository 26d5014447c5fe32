//! The checked settings of the chat: what its rule, its pages and its history need to know.
//!
//! Owns: what `cli/flags.rs` made of the flags and the environment, and what tests
//! build by hand. Everything in here is already valid.
//! Must not know: flags, their spelling, or clap.
//!
//! Next: `chat_server.rs`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::admission::is_held;
use crate::config::ServerConfig;
use crate::limits;
use crate::words::Language;

/// Everything a chat needs to know but its listeners.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// What every server needs to know.
    pub server: ServerConfig,
    /// Programs may say something without a session.
    pub guests: bool,
    /// How fast one person may ask for things.
    pub pace: TalkPace,
    /// How long a name is kept for a person who is gone.
    pub name_kept: Duration,
    /// People in one room, but for the lobby.
    pub room_people_max: Option<usize>,
    /// Whether others may see from where a client comes.
    pub show_addresses: bool,
    /// What outlives the server; `None`: nothing does.
    pub history: Option<HistoryConfig>,
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
        is_held(peer, self.loopback_too)
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

impl ChatConfig {
    /// The defaults, with the log in `language`.
    pub fn new(language: Language) -> Self {
        Self {
            server: ServerConfig::new(language),
            guests: false,
            pace: TalkPace::default(),
            name_kept: limits::NAME_KEPT,
            room_people_max: None,
            show_addresses: false,
            history: None,
        }
    }
}
