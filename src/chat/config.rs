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

/// All settings of the chat except the sockets on which it listens.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// The settings that every server has.
    pub server: ServerConfig,
    /// Whether programs may post a message by HTTP without a session.
    pub guests: bool,
    /// The limit on the requests of one person.
    pub pace: TalkPace,
    /// How long a person's name stays reserved after the person has left.
    pub name_kept: Duration,
    /// The most people in one room; `None`: any number. The lobby has no such limit.
    pub room_people_max: Option<usize>,
    /// Whether people see the IP addresses of the authors of messages.
    pub show_addresses: bool,
    /// The settings of the history; `None`: there is no history, so the chat stores nothing on the
    /// disk.
    pub history: Option<HistoryConfig>,
}

/// The settings of the history.
#[derive(Clone, Debug)]
pub struct HistoryConfig {
    /// The folder of the history's files.
    pub folder: PathBuf,
    /// The setting of `--flush`.
    pub flush: Flush,
    /// The limits on the age, the number and the size of what the history keeps.
    pub retention: Retention,
    /// Whether to open rooms and names that are closed only because damage destroyed their
    /// passwords and secrets (`--unseal`).
    pub unseals: bool,
}

/// The limits on stored lines. If one is exceeded, the history deletes old lines.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The greatest age of a line; `None`: any age.
    pub age_max: Option<Duration>,
    /// The most lines of one log; `None`: any number.
    pub room_lines_max: Option<u32>,
    /// The greatest size of the history's file, in bytes.
    pub bytes_max: u64,
}

/// The setting of `--flush`: whether the history flushes its file before a sender gets the
/// confirmation of a message, or soon after. A power failure cannot destroy what is flushed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// The history flushes the file before the sender gets the confirmation.
    #[default]
    Each,
    /// The history flushes the file at most about two seconds after it has written a batch. A crash
    /// of the program loses nothing. A crash of the machine may lose messages that were confirmed
    /// in these two seconds.
    EachTwoSeconds,
}

/// How fast one person may send requests: [`burst`](Self::burst) at once, and then
/// [`per_second`](Self::per_second). All people of one network together may send
/// [`limits::NETWORK_PACE_PEOPLE`] times as many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkPace {
    /// How many requests a person may send at once.
    pub burst: u32,
    /// How many requests a person may send each second after that; 0 means no limit.
    pub per_second: u32,
    /// Whether the limit also applies to loopback addresses. The default is false: if
    /// a proxy runs on this machine, all clients have one of these IP addresses.
    pub loopback_too: bool,
}

impl TalkPace {
    /// Returns whether the limits for networks apply to a client with the IP address `peer`, such
    /// as those on pace and on wrong passwords. It also returns true if there is no limit on pace
    /// (see [`is_bound`](Self::is_bound)).
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
