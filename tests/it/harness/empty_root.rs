//! A root folder with nothing in it except the program and its libraries, like a container "from
//! scratch": it has no shell.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::console::Folder;
use super::{ServerProcess, is_of_glibc, program};

/// Such a folder, removed with the test.
pub struct EmptyRoot {
    folder: Folder,
    has_proc: bool,
}

impl EmptyRoot {
    /// With the kernel's pages in `/proc`, like a container, or without. `None` if this machine
    /// does not allow a change of root.
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

    /// Starts the program in it.
    pub fn start(&self, flags: &[&str]) -> ServerProcess {
        ServerProcess::start_by(&self.through(), flags, &[("ROOT", self.folder.path())])
    }

    /// A mount is visible to the program alone.
    fn through(&self) -> Vec<&str> {
        let script = if self.has_proc {
            "mount --bind /proc \"$ROOT/proc\" && exec chroot \"$ROOT\" /threadbare \"$@\""
        } else {
            "exec chroot \"$ROOT\" /threadbare \"$@\""
        };
        vec!["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    }
}

/// The libraries that the program needs to start.
fn libraries() -> Vec<PathBuf> {
    if !is_of_glibc() {
        return Vec::new();
    }
    let shown = Command::new("ldd").arg(program()).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let words = shown.split_whitespace().filter(|word| word.starts_with('/'));
    words.map(Path::new).map(Path::to_owned).collect()
}
