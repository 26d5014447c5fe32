//! The flags of a chat with names and rooms. `cli/flags.rs` has the flags of any server.
//!
//! Owns: the spelling of each flag, and how flags become a [`ChatConfig`].
//! Must not know: what a setting does.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::history_folder::NoDataFolder;
use super::values::{positive, small};
use super::{flags::ServerFlags, past::HistoryFlags};
use crate::base::limits;
#[cfg(feature = "learn")]
use crate::chat::config::RecordingConfig;
use crate::chat::config::{ChatConfig, TalkPace};
use crate::server::config::ServerConfig;

#[derive(Debug, Args)]
pub(super) struct ChatFlags {
    /// Address of the port for plain lines.
    #[arg(long, value_name = "ADDR", env = "THREADBARE_LINES", value_delimiter = ',')]
    #[arg(help_heading = "Listening")]
    #[arg(help = "Address of the port for plain lines, for nc and telnet: :7777, HOST:PORT, \
                  or unix:PATH (nc -U). Default: no such port")]
    pub(super) lines: Vec<String>,
    /// Answer for the name threadbare.local on the networks of this machine
    #[arg(long, env = "THREADBARE_MDNS", value_parser = BoolishValueParser::new())]
    #[arg(help_heading = "Listening")]
    #[arg(
        help = "Answer for the name threadbare.local on the networks of this machine (multicast \
                  DNS). --hotspot does so, too"
    )]
    mdns: bool,
    #[command(flatten)]
    pub(super) server: ServerFlags,
    #[command(flatten)]
    guests: ChatGuests,
    #[command(flatten)]
    bounds: ChatBounds,
    #[command(flatten)]
    past: HistoryFlags,
    #[cfg(feature = "learn")]
    #[command(flatten)]
    recording: RecordingFlags,
}

#[cfg(feature = "learn")]
#[derive(Debug, Args)]
#[command(next_help_heading = "Recordings")]
struct RecordingFlags {
    /// Record what happens in the chat into this new file, for `threadbare replay`
    #[arg(long, value_name = "FILE", env = "THREADBARE_RECORD")]
    #[arg(help = "Record what happens in the chat into this new file, for `threadbare replay`. \
                  The file has no texts, names, rooms or addresses, but stand-ins for them")]
    record: Option<PathBuf>,
    /// Record texts, names, rooms and addresses, too
    #[arg(long, requires = "record", env = "THREADBARE_RECORD_TEXTS")]
    #[arg(value_parser = BoolishValueParser::new())]
    record_texts: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Who may join")]
struct ChatGuests {
    /// Let programs send messages without a session.
    #[arg(long, env = "THREADBARE_GUESTS", value_parser = BoolishValueParser::new())]
    #[arg(help = "Let programs send messages without a session: curl -d 'door open' \
                  http://HOST:PORT/r/ROOM")]
    guests: bool,
    /// Show people's IP addresses to clients of the format `webchat`. By default they see x.x.x.x
    #[arg(long, env = "THREADBARE_SHOW_ADDRESSES")]
    show_addresses: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct ChatBounds {
    /// Maximum number of people at once in one room. It does not apply to the lobby. Default: no
    /// maximum
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_ROOM_PEOPLE", value_parser = positive)]
    room_people: Option<usize>,
    /// Messages a second that one person may send after a burst
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_RATE")]
    #[arg(value_parser = pace)]
    #[arg(help = "Messages a second that one person may send after a burst. All people of one \
                  address together may send twenty times as many. 0: no maximum. Default: 2, but \
                  no maximum for addresses of this machine; a number that you give applies to \
                  them, too")]
    rate: Option<u32>,
    /// Messages that one person may send at once
    #[arg(long, value_name = "N", allow_negative_numbers = true, env = "THREADBARE_BURST")]
    #[arg(value_parser = burst)]
    #[arg(help = "Messages that one person may send at once, before --rate applies. Default: 5; \
                  a number that you give applies to addresses of this machine, too")]
    burst: Option<u32>,
}

fn pace(text: &str) -> Result<u32, String> {
    small(text, (0, limits::TALK_PACE_MAX))
}

fn burst(text: &str) -> Result<u32, String> {
    small(text, (1, limits::TALK_PACE_MAX))
}

impl ChatFlags {
    /// Returns the folder of the history; `None`: the server stores none.
    pub(super) fn history_folder(&self) -> Option<PathBuf> {
        self.past.config().ok().map(|history| history.folder)
    }

    pub(super) fn config(&self, mut server: ServerConfig) -> ChatConfig {
        let pace = self.bounds.pace();
        server.client.loopback_too = pace.loopback_too;
        let (history, why_no_history) = match self.past.config() {
            Ok(history) => (Some(history), None),
            Err(NoDataFolder::Unnamed) => (None, None),
            Err(NoDataFolder::BadPlace(why)) => (None, Some(why)),
        };
        ChatConfig {
            mdns: self.mdns || server.door.hotspot.is_some(),
            server,
            guests: self.guests.guests,
            pace,
            name_kept: self.past.keep_names.0,
            room_people_max: self.bounds.room_people,
            show_addresses: self.guests.show_addresses,
            history,
            why_no_history,
            #[cfg(feature = "learn")]
            recording: self.recording.config(),
        }
    }
}

#[cfg(feature = "learn")]
impl RecordingFlags {
    fn config(&self) -> Option<RecordingConfig> {
        let file = self.record.clone()?;
        Some(RecordingConfig { file, with_texts: self.record_texts })
    }
}

impl ChatBounds {
    fn pace(&self) -> TalkPace {
        TalkPace {
            burst: self.burst.unwrap_or(limits::TALK_BURST),
            per_second: self.rate.unwrap_or(limits::TALK_PER_SECOND),
            // Behind a proxy on this machine, all people have an IP address of this machine. So by
            // default the pace does not limit such people. It limits them if the operator has set
            // `--rate` or `--burst`, but not with `--rate 0`.
            loopback_too: self.rate.or(self.burst).is_some_and(|rate| rate > 0),
        }
    }
}
