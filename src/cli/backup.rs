//! The flags of `threadbare backup` and `threadbare restore`.
//!
//! Owns: the spelling of the flags, and the words at the end.
//! Must not know: how anything is copied.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::history_folder::{folder_to_read, folder_to_replace};
use super::print;
use crate::history::backup;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// File to write. It is replaced only when the backup is complete
    file: PathBuf,
    #[command(flatten)]
    from: Folder,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    into: Folder,
}

#[derive(Debug, Args)]
struct Folder {
    /// Folder of the history. Default: the folder of the server that runs on this machine, or else
    /// the one that a server of the same user has
    #[arg(long, value_name = "DIR", env = "THREADBARE_DATA")]
    data: Option<PathBuf>,
}

/// What a command says that finds no history.
pub(super) const NO_HISTORY: &str =
    "there is no history here (a server with --data none has none); say with --data where one is";

impl Backup {
    /// Makes the backup. Blocks until it is on the disk.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let folder = folder_to_read(self.from.data.as_deref())
            .map_err(|_| anyhow::anyhow!("{NO_HISTORY}"))?;
        let bytes = backup::backup(&folder, &self.file).map_err(super::said)?;
        let (file, folder) = (self.file.display(), folder.display());
        print(
            format!(
                "{file} has the whole history of {folder} ({bytes} bytes), with private messages \
                 and passwords: let nobody else read it.\n"
            )
            .as_bytes(),
        )
    }
}

impl Restore {
    /// Puts the backup in the place of the history. Blocks until it is on the disk.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let folder = folder_to_replace(self.into.data.as_deref()).map_err(anyhow::Error::msg)?;
        let before = backup::restore(&self.file, &folder).map_err(super::said)?;
        let before = before.map_or_else(String::new, |file| {
            format!(" What was there before is {} now; delete it when all is well.", file.display())
        });
        let (file, folder) = (self.file.display(), folder.display());
        print(format!("{file} is the history in {folder} now.{before}\n").as_bytes())
    }
}
