//! A control group with a limit, and programs that run in it.

use std::path::PathBuf;

use super::{ServerProcess, eventually};

/// A control group for one test, removed with it.
pub struct Cgroup(PathBuf);

impl Cgroup {
    /// `None` if this machine does not allow a control group.
    pub fn new(controller: &str, file: [&str; 2], limit: &str) -> Option<Self> {
        let name = format!("threadbare-{}-{limit}", std::process::id());
        let version_1 = PathBuf::from("/sys/fs/cgroup").join(controller).join(&name);
        let version_2 = PathBuf::from("/sys/fs/cgroup").join(&name);
        [(version_1, file[0]), (version_2, file[1])].into_iter().find_map(|(folder, file)| {
            std::fs::create_dir(&folder).ok()?;
            let group = Self(folder);
            std::fs::write(group.0.join(file), limit).ok()?;
            Some(group)
        })
    }

    /// One with a limit of memory, in bytes; `None` if this machine does not allow it.
    pub fn of_memory(bytes: usize) -> Option<Self> {
        Self::new("memory", ["memory.limit_in_bytes", "memory.max"], &bytes.to_string())
    }

    /// Starts the program in it.
    pub fn start(&self, flags: &[&str]) -> ServerProcess {
        let enter = format!("echo $$ > {}/cgroup.procs; exec \"$0\" \"$@\"", self.0.display());
        ServerProcess::start_by(&["sh", "-c", &enter], flags, &[])
    }

    /// The path of one of its files, in which the kernel shows its state.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Its last process may take a moment to end.
        eventually("the control group to be empty", || {
            std::fs::remove_dir(&self.0).is_ok() || !self.0.exists()
        });
    }
}
