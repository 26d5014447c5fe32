//! The checked settings of the chat: what the core, the pages and the history need to know.
//!
//! Owns: the settings. The command line (`cli/`) checks flags and environment variables, and makes
//! the settings from them. Tests make settings by hand.
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

/// The settings of a chat with rooms.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// The settings that the classic chat has, too.
    pub server: ServerConfig,
    /// Whether the server answers for the name `threadbare.local` on the networks of its machine.
    pub mdns: bool,
    /// Whether programs without a session may post messages by HTTP.
    pub guests: bool,
    /// How fast each person, and each network, may send requests.
    pub pace: TalkPace,
    /// How long a name usually stays reserved after its person has left.
    pub name_kept: Duration,
    /// The most people in one room at the same time; `None`: any number. For the lobby there is no
    /// limit.
    pub room_people_max: Option<usize>,
    /// Whether people see the IP addresses of the authors of messages.
    pub show_addresses: bool,
    /// The settings of the history; `None`: the server has no history, so it stores no messages on
    /// the disk.
    pub history: Option<HistoryConfig>,
    /// Why there is no history although the operator has not forbidden one: the first half of a
    /// sentence for the greeting. `None`: there is nothing to explain.
    pub why_no_history: Option<&'static str>,
    /// The settings of a recording; `None`: the server makes none.
    #[cfg(feature = "learn")]
    pub recording: Option<RecordingConfig>,
}

/// The settings of a recording.
#[cfg(feature = "learn")]
#[derive(Clone, Debug)]
pub struct RecordingConfig {
    /// The file that the recorder makes.
    pub file: PathBuf,
    /// Whether the recording has texts and names. False: it has stand-ins in place of them.
    pub with_texts: bool,
}

/// The settings of the history.
#[derive(Clone, Debug)]
pub struct HistoryConfig {
    /// The folder of the history's files.
    pub folder: PathBuf,
    /// When the history flushes its file (`--flush`).
    pub flush: Flush,
    /// The limits on the age and number of stored lines, and on the size of the history's file.
    pub retention: Retention,
    /// True if the history must open, at its start, the rooms and names whose passwords and secrets
    /// damage has destroyed (`--unseal`).
    pub unseals: bool,
}

/// The limits on what the history stores. If one of them is exceeded, the history deletes old
/// lines.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// The greatest age of a stored line; `None`: any age.
    pub age_max: Option<Duration>,
    /// How many lines of one log may be stored; `None`: any number. Private messages that a person
    /// who is away has not read may exceed this limit.
    pub room_lines_max: Option<u32>,
    /// The size, in bytes, above which the history's file is too large.
    pub bytes_max: u64,
}

/// When the history flushes its file: before the server answers *sent* to the sender of a message,
/// or soon after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flush {
    /// The history flushes its file before the server answers *sent* to the sender of a message.
    #[default]
    Each,
    /// The history flushes its file about two seconds after it has written a batch. A crash of the
    /// program loses no message that was *sent*. A crash of the machine may lose the messages of
    /// these two seconds.
    EachTwoSeconds,
}

/// How fast one person may send requests: [`burst`](Self::burst) at once, and then
/// [`per_second`](Self::per_second). All people of one network together may send
/// [`limits::NETWORK_PACE_PEOPLE`] times as many. A request beyond that waits or is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TalkPace {
    /// How many requests a person may send at once.
    pub burst: u32,
    /// How many requests a person may send in each second after the burst; 0: pace has no limit.
    pub per_second: u32,
    /// Whether the limits for networks, such as those on pace and on wrong passwords, also apply to
    /// clients with a loopback address. The default is false, because behind a proxy on this
    /// machine all clients have such an address.
    pub loopback_too: bool,
}

impl TalkPace {
    /// Returns whether the limits for networks, such as those on pace and on wrong passwords, apply
    /// to a client with the IP address `peer`.
    pub fn holds_for(self, peer: IpAddr) -> bool {
        is_held(peer, self.loopback_too)
    }

    /// Returns whether pace has a limit: it has none with 0 requests each second.
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
    /// Makes the default settings. `language` is the language of the server's log.
    pub fn new(language: Language) -> Self {
        Self {
            server: ServerConfig::new(language),
            mdns: false,
            guests: false,
            pace: TalkPace::default(),
            name_kept: limits::NAME_KEPT,
            room_people_max: None,
            show_addresses: false,
            history: None,
            why_no_history: None,
            #[cfg(feature = "learn")]
            recording: None,
        }
    }
}
