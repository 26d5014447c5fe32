//! The flags of `threadbare export`.
//!
//! Owns: the spelling of the flags.
//! Must not know: how anything is read or written.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};

use super::backup::NO_HISTORY;
use super::history_folder::folder_to_read;
use crate::chat::{entry::UnixMillis, room_name::RoomName};
use crate::export::{self, ExportOptions};
use crate::formats::export::ExportForm;

#[derive(Debug, Args)]
pub(super) struct Export {
    /// Folder of the history. Default: the folder of the server that runs on this machine, or else
    /// the one that a server of the same user has
    #[arg(long, value_name = "DIR", env = "THREADBARE_DATA")]
    data: Option<PathBuf>,
    /// Only this room. Repeat it for more rooms. Default: all rooms, also hidden ones and those
    /// with a password
    #[arg(long, value_name = "ROOM", value_parser = room)]
    room: Vec<RoomName>,
    /// Format of the export
    #[arg(long = "as", value_name = "FORM", default_value = "text")]
    form: FormName,
    /// Only messages since this time
    #[arg(long, value_name = "TIME", value_parser = since)]
    #[arg(
        help = "Only messages since this time: 2026-11-20, 2026-11-20T18:00 (UTC), or how long \
                  ago: 90m, 7d"
    )]
    since: Option<SystemTime>,
    /// File to write. It is replaced only when the export is complete. Default: standard output
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormName {
    /// Plain text, one line a message
    Text,
    /// A table for spreadsheets, one row a line (RFC 4180)
    Csv,
    /// One JSON object a line, as clients of `threadbare.v1` receive it
    Jsonl,
}

impl Export {
    /// Runs the export. Blocks until the export has ended.
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let Ok(folder) = folder_to_read(self.data.as_deref()) else {
            anyhow::bail!("{NO_HISTORY}");
        };
        let since = self.since.and_then(|since| since.duration_since(UNIX_EPOCH).ok());
        export::export(&ExportOptions {
            folder,
            rooms: self.room,
            form: match self.form {
                FormName::Text => ExportForm::Text,
                FormName::Csv => ExportForm::Csv,
                FormName::Jsonl => ExportForm::JsonLines,
            },
            since: since
                .map(|since| UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)))
                .unwrap_or_default(),
            output: self.output,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

fn room(typed: &str) -> Result<RoomName, String> {
    RoomName::parse(typed).map_err(|bad| bad.to_string())
}

/// Parses the value of `--since`: a day or a time in UTC, or a duration before now.
fn since(text: &str) -> Result<SystemTime, String> {
    let moment = ["", ":00", "T00:00:00"]
        .iter()
        .find_map(|rest| humantime::parse_rfc3339_weak(&format!("{text}{rest}")).ok());
    let ago = || SystemTime::now().checked_sub(humantime::parse_duration(text).ok()?);
    let odd = "write it as 2026-11-20, 2026-11-20T18:00 (UTC), or how long ago: 90m, 7d";
    moment.or_else(ago).ok_or_else(|| odd.to_owned())
}
