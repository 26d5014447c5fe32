//! A root folder with nothing in it but the program and what it is linked with, as a container
//! "from scratch" has it: no shell.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::console::Folder;
use super::{BoxProcess, is_of_glibc, program};

/// A folder of our own, removed with the test.
pub struct EmptyRoot {
    folder: Folder,
    has_proc: bool,
}

impl EmptyRoot {
    /// With the kernel's pages in `/proc`, as containers have them, or without. None if this
    /// machine lets us change no root.
    pub fn new(has_proc: bool) -> Option<Self> {
        let root = Self { folder: Folder::new(), has_proc };
        let path = PathBuf::from(root.folder.path());
        std::fs::create_dir_all(path.join("proc")).unwrap();
        std::fs::copy(program(), path.join("threadbare")).unwrap();
        for library in libraries() {
            let there = path.join(library.strip_prefix("/").unwrap());
            std::fs::create_dir_all(there.parent().unwrap()).unwrap();
            std::fs::copy(library, there).unwrap();
        }
        let through = root.through();
        let mut tried = Command::new(through[0]);
        tried.args(&through[1..]).args(["-", "--version"]);
        let tried = tried.env("ROOT", root.folder.path()).output();
        tried.is_ok_and(|output| output.status.success()).then_some(root)
    }

    /// The program in it.
    pub fn start(&self, flags: &[&str]) -> BoxProcess {
        BoxProcess::start_by(&self.through(), flags, &[("ROOT", self.folder.path())])
    }

    /// What is mounted is mounted for the program alone.
    fn through(&self) -> Vec<&str> {
        let script = if self.has_proc {
            "mount --bind /proc \"$ROOT/proc\" && exec chroot \"$ROOT\" /threadbare \"$@\""
        } else {
            "exec chroot \"$ROOT\" /threadbare \"$@\""
        };
        vec!["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    }
}

/// The files that the program cannot start without.
fn libraries() -> Vec<PathBuf> {
    if !is_of_glibc() {
        return Vec::new();
    }
    let shown = Command::new("ldd").arg(program()).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let words = shown.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(Path::new).map(Path::to_owned).collect()
}
