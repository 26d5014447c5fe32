//! Flags about what the server stores, and for how long.
//!
//! Owns: the spelling of the flags.
//! Must not know: the files in the history's folder.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use super::history_folder::{NoDataFolder, history_folder};
use super::values::{Time, one_of, ranged};
use crate::base::limits;
use crate::chat::config::{Flush, HistoryConfig, Retention};

#[derive(Debug, Args)]
#[command(next_help_heading = "History (what survives a restart)")]
pub(super) struct HistoryFlags {
    /// Folder of the history
    #[arg(long, value_name = "DIR", env = "THREADBARE_DATA")]
    #[arg(help = "Folder of the history, or `none` to keep everything in memory only. Default: \
                  $STATE_DIRECTORY, $XDG_STATE_HOME/threadbare or ~/.local/state/threadbare")]
    data: Option<PathBuf>,
    /// When the server confirms a message as sent
    #[arg(long, value_name = "WHEN", env = "THREADBARE_FLUSH", default_value = "each")]
    #[arg(value_parser = one_of([("each", Flush::Each), ("2s", Flush::EachTwoSeconds)]))]
    #[arg(
        help = "When the server confirms a message as sent: once it is safe on the disk (each), \
                  or up to two seconds before that (2s). With 2s a power cut can lose the last two \
                  seconds, but an SD card lasts longer"
    )]
    flush: Flush,
    /// Delete lines that are older than this many days. 0: never
    #[arg(long, value_name = "DAYS", env = "THREADBARE_KEEP_DAYS", default_value_t = 0)]
    keep_days: u32,
    /// Maximum number of lines of each room, and of each person's private messages. The oldest are
    /// deleted. 0: no maximum
    #[arg(long, value_name = "LINES", env = "THREADBARE_KEEP_LINES", default_value_t = 0)]
    keep_lines: u32,
    /// Maximum size of the history file, in MiB. The oldest lines are deleted to make room
    #[arg(long, value_name = "MIB", allow_negative_numbers = true, env = "THREADBARE_KEEP_SIZE")]
    #[arg(default_value_t = limits::HISTORY_MEBIBYTES, value_parser = history_mebibytes)]
    keep_size: usize,
    /// How long the server keeps the name and the private messages of a person who has left, such
    /// as 12h or 7d
    #[arg(long, value_name = "TIME", env = "THREADBARE_KEEP_NAMES")]
    #[arg(default_value_t = Time(limits::NAME_KEPT), value_parser = names_kept)]
    pub(super) keep_names: Time,
    /// Open what is closed because of damage
    #[arg(long, env = "THREADBARE_UNSEAL", value_parser = BoolishValueParser::new())]
    #[arg(help = "Open rooms and free names that are closed only because their passwords and \
                  secrets were lost when the history was damaged. Use it for one start")]
    unseal: bool,
}

impl HistoryFlags {
    /// Returns the settings of the history; an error: the server stores no history.
    pub(super) fn config(&self) -> Result<HistoryConfig, NoDataFolder> {
        let folder = history_folder(self.data.as_deref())?;
        let days = (self.keep_days > 0).then(|| Duration::from_hours(24) * self.keep_days);
        let retention = Retention {
            age_max: days,
            room_lines_max: (self.keep_lines > 0).then_some(self.keep_lines),
            bytes_max: self.keep_size as u64 * 1024 * 1024,
        };
        Ok(HistoryConfig { folder, flush: self.flush, retention, unseals: self.unseal })
    }
}

/// Parses the value of `--keep-names`, a duration of at most a year.
fn names_kept(text: &str) -> Result<Time, String> {
    match humantime::parse_duration(text) {
        Ok(time) if time > limits::NAME_KEPT_MAX => Err("names are kept for a year at most".into()),
        Ok(time) => Ok(Time(time)),
        Err(error) => Err(format!("{error}; a time looks like 12h or 7d")),
    }
}

fn history_mebibytes(text: &str) -> Result<usize, String> {
    ranged(text, limits::HISTORY_MEBIBYTES_RANGE)
}
