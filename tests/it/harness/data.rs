//! The folder of a test's history, and servers that have it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{BoxProcess, Signal};

/// A folder for one test's history, gone with it.
pub struct Data(PathBuf);

impl Data {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("threadbare-past-{}-{number}", std::process::id())))
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("threadbare.sqlite")
    }

    pub fn start(&self, more: &[&str]) -> BoxProcess {
        let data = self.0.to_str().unwrap().to_owned();
        BoxProcess::start(&[&["--data", &data], more].concat())
    }

    /// Ends a server in the middle of anything, and starts the next on its port.
    pub fn after_a_crash(&self, mut server: BoxProcess) -> BoxProcess {
        let addr = server.addr.to_string();
        server.gets_signal(Signal::KILL);
        server.ends();
        drop(server);
        self.start(&["--addr", &addr])
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
