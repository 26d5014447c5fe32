//! A browser's process with a profile of its own. It ends with the test, even if the test fails.
//!
//! Owns: the process and the profile folder.
//! Must not know: how a browser is driven, nor which one it is.
//! Blocks on: the end of the process, when it is dropped.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The browser runs until the test's end of the pipe is closed: by the test, or because the test
/// process has ended. Then its group of processes is killed (`setsid` makes one): the program may
/// be a script that starts the browser, and the browser would go on.
const UNTIL_WE_END: &str =
    r#"setsid "$@" & browser=$!; cat; kill -KILL "-$browser"; wait "$browser"; rm -rf "$0""#;

/// A folder that a browser uses as a person's profile.
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

    /// Starts a browser with this profile: the one that the variable names, or the usual one.
    pub(crate) fn starts(&self, variable: &str, usual: &str, args: &[&str]) -> Process {
        let program = std::env::var(variable).unwrap_or(usual.to_owned());
        let child = Command::new("sh")
            .args(["-c", UNTIL_WE_END])
            .arg(&self.0)
            .arg(program)
            .args(args)
            // A browser may leave files in its home, and the next test must not find them.
            .env("HOME", &self.0)
            .env("MOZ_CRASHREPORTER_DISABLE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Process(child.unwrap())
    }
}

/// A running browser. When dropped, it ends and its profile is removed.
pub(crate) struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // An error means that it has ended already.
        self.0.wait().ok();
    }
}
