//! Decides when the access file (`history/access.rs`) is written.
//!
//! Owns: what the history now knows about who may enter. It writes a change at once, and tries a
//! write that failed again each second (`limits::ACCESS_RETRY`).
//! Must not know: what the file looks like.
//!
//! Part: `history/mod.rs`.

use std::path::PathBuf;
use std::time::Instant;

use super::access::{Access, AccessFileRead};
use crate::base::limits;
use crate::chat::record::{Record, Stored};

pub(super) struct AccessFile {
    path: PathBuf,
    known: Access,
    /// The content of the access file when the server started. `None`: there was none, it could not
    /// be read, or `begin_with` has compared it already.
    second: Option<Access>,
    /// The access file existed when the server started, and could not be read.
    is_spoiled: bool,
    /// When the access file must be written; `None`: it has everything that is in `known`.
    write_at: Option<Instant>,
    /// The newest attempt to write the access file failed.
    fails: bool,
}

impl AccessFile {
    /// Reads the access file when the server starts. `unseals` opens the rooms and names that are
    /// closed because damage has destroyed their password or secret. A damaged file is treated like
    /// a missing one, and the server's log says so. Blocks for the disk.
    pub(super) fn read(path: PathBuf, unseals: bool) -> Self {
        let (mut second, is_spoiled) = match AccessFileRead::read(&path) {
            AccessFileRead::Whole(access) => (Some(access), false),
            AccessFileRead::Missing => (None, false),
            AccessFileRead::Spoiled(error) => {
                let path = path.display();
                tracing::error!(error, %path, "cannot read the access file; it is written anew");
                (None, true)
            }
        };
        if unseals {
            second.iter_mut().for_each(Access::unseal);
        }
        let (known, write_at) = (second.clone().unwrap_or_default(), None);
        Self { path, known, second, is_spoiled, write_at, fails: false }
    }

    /// Returns whether the access file existed when the server started, but was damaged.
    pub(super) fn is_spoiled(&self) -> bool {
        self.is_spoiled
    }

    /// Returns the content that the access file had when the server started. `None`: there was no
    /// file, it was damaged, or `begin_with` was called already.
    pub(super) fn second(&self) -> Option<&Access> {
        self.second.as_ref()
    }

    pub(super) fn known(&self) -> &Access {
        &self.known
    }

    /// Sets `known` to the rooms and people with which the history begins. If the access file has
    /// another content, it must be written at once.
    pub(super) fn begin_with(&mut self, stored: &Stored) {
        let rooms: Vec<_> = stored.rooms.iter().map(|past| past.stored.clone()).collect();
        self.known = Access::of(&rooms, &stored.people);
        if self.second.take().as_ref() != Some(&self.known) {
            self.write_at = Some(Instant::now());
        }
    }

    /// Applies to `known` a batch that the history has stored. If the batch changes who may enter,
    /// the access file must be written at once.
    pub(super) fn learn(&mut self, batch: &[Record]) {
        if self.known.learn(batch) {
            self.write_at.get_or_insert_with(Instant::now);
        }
    }

    pub(super) fn write_at(&self) -> Option<Instant> {
        self.write_at
    }

    /// Writes the access file if `write_at` has come. If that fails, a later call tries again,
    /// after `limits::ACCESS_RETRY`. Blocks for the disk.
    pub(super) fn write(&mut self, now: Instant) {
        if self.write_at.is_none_or(|at| at > now) {
            return;
        }
        match self.known.write(&self.path) {
            Ok(()) => {
                self.write_at = None;
                if std::mem::take(&mut self.fails) {
                    tracing::warn!("the access file is written again");
                }
            }
            Err(error) => {
                self.write_at = Some(now + limits::ACCESS_RETRY);
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::warn!(%error, "cannot write the access file; trying again each second");
                }
            }
        }
    }

    /// Writes the access file before the server ends, if a change is not in it yet. Does not wait
    /// for the time of the next attempt. Blocks for the disk.
    pub(super) fn write_the_rest(&mut self) {
        self.write_at.into_iter().for_each(|at| self.write(at));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::AccessFile;
    use crate::base::limits::ACCESS_RETRY;

    #[test]
    fn a_write_that_fails_is_tried_again_after_a_while_and_not_at_once() {
        let folder = format!("threadbare-access-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let mut access_file = AccessFile::read(folder.join("access"), false);
        let now = Instant::now();
        access_file.write_at = Some(now);
        access_file.write(now);
        assert_eq!(access_file.write_at(), Some(now + ACCESS_RETRY), "there is no such folder");
        fs::create_dir(&folder).unwrap();
        access_file.write(now);
        assert!(!folder.join("access").exists(), "it is not due yet");
        access_file.write(now + ACCESS_RETRY);
        assert!(folder.join("access").exists());
        assert_eq!(access_file.write_at(), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
