//! The checked settings of the chat: what the core, the pages and the history need to know.
//!
//! Owns: the settings that `cli/flags.rs` makes of flags and environment variables, and that tests
//! build by hand. All values in here are valid.
//! Must not know: flags, their spelling, or clap.
//!
//! Part: `chat/mod.rs`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::admission::is_held;
use crate::base::language::Language;
use crate::base::limits;
use crate::server::config::ServerConfig;

/// All settings of the chat except its listeners.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// The settings that every server has.
    pub server: ServerConfig,
    /// Whether programs may post a message by HTTP without a session.
    pub guests: bool,
    /// How fast one person may send requests.
    pub pace: TalkPace,
    /// How long a person's name stays reserved after the person has left.
    pub name_kept: Duration,
    /// The most people in one room; `None`: any number. The lobby has no such limit.
    pub room_people_max: Option<usize>,
    /// Whether clients see each other's IP addresses.
    pub show_addresses: bool,
    /// Settings of the history; `None`: there is no history, so nothing is stored on the disk.
    pub history: Option<HistoryConfig>,
}

/// Settings of the history.
#[derive(Clone, Debug)]
pub struct HistoryConfig {
    /// The folder of the history's files.
    pub folder: PathBuf,
    /// When a stored line can no longer be lost in a power failure.
    pub flush: Flush,
    /// How many lines the history keeps, and how long.
    pub retention: Retention,
    /// Whether to open rooms and names that are closed only because damage destroyed their
    /// passwords and secrets (`--unseal`).
    pub unseals: bool,
}

/// The limits above which the oldest lines are deleted.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The greatest age of a line; `None`: any age.
    pub age_max: Option<Duration>,
    /// The most lines of one room; `None`: any number.
    pub room_lines_max: Option<u32>,
    /// The greatest size of the history's file, in bytes.
    pub bytes_max: u64,
}

/// When a stored line can no longer be lost in a power failure: before its sender gets the
/// confirmation, or soon after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// The line is safe before its sender gets the confirmation.
    #[default]
    Each,
    /// The line is safe within two seconds after its sender got the confirmation. If the program
    /// crashes, nothing is lost. If the machine crashes, the lines of the last two seconds may be
    /// lost.
    EachTwoSeconds,
}

/// How fast one person may send requests: [`burst`](Self::burst) at once, and then
/// [`per_second`](Self::per_second). All people of one network together may send
/// [`limits::ADDRESS_PACE_PEOPLE`] times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkPace {
    /// How many requests a person may send at once.
    pub burst: u32,
    /// How many requests a person may send each second after that; 0 means no limit.
    pub per_second: u32,
    /// Whether the limit also applies to this machine's own IP addresses. The default is false: if
    /// a proxy runs on this machine, all clients have one of these IP addresses.
    pub loopback_too: bool,
}

impl TalkPace {
    /// Returns whether the limit on pace applies to a client with the IP address `peer`. The limit
    /// on guessing passwords applies to the same clients, even if there is no limit on pace.
    pub fn holds_for(self, peer: IpAddr) -> bool {
        is_held(peer, self.loopback_too)
    }

    /// Returns whether there is a limit on pace at all.
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
    /// Makes the default settings, with the server's log in `language`.
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
