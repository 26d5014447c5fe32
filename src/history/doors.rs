//! When the second file of who may come in is written.
//!
//! Owns: what the history knows of that now, and that a flood of changes does not wear out
//! a disk: a change is written at once, the next some seconds later, with all until then.
//! Must not know: what the file looks like.
//!
//! Next: `history/access.rs`.

use std::path::PathBuf;
use std::time::Instant;

use super::access::{Access, Second};
use crate::chat::record::{Kept, Record};
use crate::limits;

pub(super) struct Doors {
    path: PathBuf,
    known: Access,
    /// What was read at the start; `None`: nothing could be.
    second: Option<Access>,
    /// It was there, and nothing of it could be read.
    is_spoiled: bool,
    /// When a write is due; `None`: the file has what is known.
    write_at: Option<Instant>,
    /// The last write failed.
    fails: bool,
}

impl Doors {
    /// Reads the second file; `unseals`: what is closed only for nobody knows its lock is
    /// open from now on. Blocks for the disk.
    pub(super) fn read(path: PathBuf, unseals: bool) -> Self {
        let (mut second, is_spoiled) = match Second::read(&path) {
            Second::Whole(access) => (Some(access), false),
            Second::Missing => (None, false),
            Second::Spoiled(error) => {
                let path = path.display();
                tracing::error!(error, %path, "who may come in cannot be read; it is written anew");
                (None, true)
            }
        };
        if unseals {
            second.iter_mut().for_each(Access::unseal);
        }
        let (known, write_at) = (second.clone().unwrap_or_default(), None);
        Self { path, known, second, is_spoiled, write_at, fails: false }
    }

    /// Whether the second file was there, and damaged.
    pub(super) fn is_spoiled(&self) -> bool {
        self.is_spoiled
    }

    /// What the second file had when the server started.
    pub(super) fn second(&self) -> Option<&Access> {
        self.second.as_ref()
    }

    pub(super) fn known(&self) -> &Access {
        &self.known
    }

    /// The history begins with this.
    pub(super) fn are_of(&mut self, kept: &Kept) {
        let rooms: Vec<_> = kept.rooms.iter().map(|past| past.kept.clone()).collect();
        self.known = Access::of(&rooms, &kept.people);
        if self.second.take().as_ref() != Some(&self.known) {
            self.write_at = Some(Instant::now());
        }
    }

    /// These are kept.
    pub(super) fn learn(&mut self, batch: &[Record]) {
        if self.known.learn(batch) {
            self.write_at.get_or_insert_with(Instant::now);
        }
    }

    pub(super) fn write_at(&self) -> Option<Instant> {
        self.write_at
    }

    /// Writes it, if it is time. Blocks for the disk.
    pub(super) fn write(&mut self, now: Instant) {
        if self.write_at.is_none_or(|at| at > now) {
            return;
        }
        match self.known.write(&self.path) {
            Ok(()) => {
                self.write_at = None;
                if std::mem::take(&mut self.fails) {
                    tracing::warn!("who may come in is written a second time again");
                }
            }
            Err(error) => {
                self.write_at = Some(now + limits::ACCESS_RETRY);
                if !std::mem::replace(&mut self.fails, true) {
                    tracing::warn!(%error, "who may come in is not written a second time; trying again each second");
                }
            }
        }
    }

    /// The server ends. Blocks for the disk.
    pub(super) fn write_the_rest(&mut self) {
        self.write_at.into_iter().for_each(|at| self.write(at));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Instant;

    use super::Doors;
    use crate::limits::ACCESS_RETRY;

    #[test]
    fn a_write_that_fails_is_tried_again_after_a_while_and_not_at_once() {
        let folder = format!("threadbare-doors-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        let mut doors = Doors::read(folder.join("access"), false);
        let now = Instant::now();
        doors.write_at = Some(now);
        doors.write(now);
        assert_eq!(doors.write_at(), Some(now + ACCESS_RETRY), "there is no such folder");
        fs::create_dir(&folder).unwrap();
        doors.write(now);
        assert!(!folder.join("access").exists(), "it is not due yet");
        doors.write(now + ACCESS_RETRY);
        assert!(folder.join("access").exists());
        assert_eq!(doors.write_at(), None);
        fs::remove_dir_all(&folder).unwrap();
    }
}
