//! A small disk for one test, which only its servers see.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::data::refuses_a_start_in;
use super::{Folder, ServerProcess, StoredLine, kept_in};

/// A disk in memory, mounted in a namespace of its own; gone after the test.
pub struct SmallDisk {
    /// This process holds the mount, so that it outlives its servers.
    holder: Child,
    folder: Folder,
}

/// A file that takes up room next to the history.
const OTHER_THINGS: &str = "other-things";

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The command that runs a program inside the mount's namespace.
fn enters(holder: &str) -> Vec<&str> {
    let mut enters = vec!["nsenter", "-t", holder, "-m"];
    if !is_root() {
        enters.extend(["-U", "--preserve-credentials"]);
    }
    enters
}

impl SmallDisk {
    /// `None` if this machine does not allow a mount.
    pub fn of_mebibytes(mebibytes: u32) -> Option<Self> {
        let folder = Folder::new();
        std::fs::create_dir(&folder.0).unwrap();
        let mut command = Command::new("unshare");
        command.args(if is_root() { &["-m"][..] } else { &["-r", "-m"] });
        let mount = format!(
            "mount -t tmpfs -o size={mebibytes}m threadbare \"$0\" && echo mounted && read -r _"
        );
        command.args(["sh", "-c", &mount, folder.path()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = command.spawn().ok()?;
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let disk = Self { holder, folder };
        (said == "mounted\n").then_some(disk)
    }

    /// Starts a server whose history is on this disk.
    pub fn start(&self, more: &[&str]) -> ServerProcess {
        let holder = self.holder.id().to_string();
        let data = self.folder.path();
        ServerProcess::start_by(&enters(&holder), &[&["--data", data], more].concat(), &[])
    }

    /// Tries to start a server there, which must fail; returns its message.
    pub fn refuses_a_start(&self) -> String {
        refuses_a_start_in(self.folder.path(), &enters(&self.holder.id().to_string()))
    }

    /// The lines that are there now, read from a copy, because SQLite would look for the file at
    /// the same path on the test's own disk. Call it only while no server writes.
    pub fn kept(&self) -> Vec<StoredLine> {
        let copy = Folder::new();
        std::fs::create_dir(&copy.0).unwrap();
        for name in ["threadbare.sqlite", "threadbare.sqlite-wal"] {
            std::fs::copy(self.root().join(name), copy.0.join(name)).unwrap();
        }
        kept_in(&copy.0.join("threadbare.sqlite"))
    }

    /// Puts another file of this size on the disk.
    pub fn holds_other_things(&self, bytes: usize) {
        std::fs::write(self.root().join(OTHER_THINGS), vec![0; bytes]).unwrap();
    }

    /// Fills the disk completely with the other file.
    pub fn is_filled(&self) {
        let mut file = File::create(self.root().join(OTHER_THINGS)).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// Removes the other file.
    pub fn has_room_again(&self) {
        std::fs::remove_file(self.root().join(OTHER_THINGS)).unwrap();
    }

    fn root(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root{}", self.holder.id(), self.folder.path()))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
