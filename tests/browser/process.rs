//! A browser's process with a profile of its own, which ends with the test, however
//! that ends.
//!
//! Owns: the process and the profile folder.
//! Must not know: how a browser is driven, nor which it is.
//! Blocks on: the end of the process, when it is dropped.
//!
//! Next: `cdp.rs`.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The browser runs until our end of the pipe is closed: by us, or because the tests
/// are no more. Only that one process is killed; its helpers end with it.
const UNTIL_WE_END: &str =
    r#""$@" & browser=$!; cat; kill -KILL "$browser"; wait "$browser"; rm -rf "$0""#;

/// A folder that a browser takes for somebody's.
pub(crate) struct Profile(PathBuf);

impl Profile {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("threadbare-browser-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0
    }

    /// Starts a browser with this profile, as the variable says or by its usual name.
    pub(crate) fn starts(&self, variable: &str, usual: &str, args: &[&str]) -> Process {
        let program = std::env::var(variable).unwrap_or(usual.to_owned());
        let child = Command::new("sh")
            .args(["-c", UNTIL_WE_END])
            .arg(&self.0)
            .arg(program)
            .args(args)
            // What it leaves in somebody's home would be there for the next one.
            .env("HOME", &self.0)
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Process(child.unwrap())
    }
}

/// A browser at work. Ends when dropped, and takes the profile with it.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // An error means that it is gone already.
        self.0.wait().ok();
    }
}
