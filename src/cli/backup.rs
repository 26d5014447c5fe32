//! The flags of `threadbare backup` and `threadbare restore`.
//!
//! Owns: the spelling of the flags, and the words at the end.
//! Must not know: how anything is copied.
//!
//! Part: `cli/mod.rs`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::history_folder::history_folder;
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
    /// Folder of the history. Default: the folder that a server of the same user has
    #[arg(long, value_name = "DIR", env = "THREADBARE_DATA")]
    data: Option<PathBuf>,
}

impl Backup {
    /// Makes the backup. Blocks until it is on the disk.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let bytes = backup::backup(&self.from.path()?, &self.file).map_err(super::said)?;
        print(
            format!(
                "{} has the whole history ({bytes} bytes), with private messages and passwords: \
                 let nobody else read it.\n",
                self.file.display()
            )
            .as_bytes(),
        )
    }
}

impl Restore {
    /// Puts the backup in the place of the history. Blocks until it is on the disk.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let folder = self.into.path()?;
        let before = backup::restore(&self.file, &folder).map_err(super::said)?;
        let before = before.map_or_else(String::new, |file| {
            format!(" What was there before is {} now; delete it when all is well.", file.display())
        });
        let (file, folder) = (self.file.display(), folder.display());
        print(format!("{file} is the history in {folder} now.{before}\n").as_bytes())
    }
}

impl Folder {
    fn path(&self) -> anyhow::Result<PathBuf> {
        history_folder(self.data.as_deref())
            .map_err(|_| anyhow::anyhow!("say with --data in which folder the history is"))
    }
}
