//! A program on a screen of its own. Both end with the test, even if the test fails.
//!
//! Owns: the screen, the program on it, and its empty home folder.
//! Must not know: which program it is.
//! Blocks on: the end of both, when it is dropped.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::process::Profile;

/// The screen chooses its own number, so that two never use the same. Both programs end when the
/// test's end of the pipe is closed: by the test, or because the test process has ended.
const UNTIL_WE_END: &str = r#"
size=$1
shift
mkfifo "$0/number"
Xvfb -displayfd 3 -screen 0 "${size}x24" -fbdir "$0" 3>"$0/number" >/dev/null 2>&1 &
screen=$!
read -r number <"$0/number" || { rm -rf "$0"; exit; }
export DISPLAY=":$number"
"$@" >/dev/null 2>&1 &
program=$!
echo "$number $program"
cat
kill -KILL "$program"
kill "$screen"
wait
rm -rf "$0"
"#;

/// One program on its screen. Ends when dropped.
pub(crate) struct Screened {
    /// The name of the screen for X programs.
    display: String,
    /// The number of the program's process.
    pub(crate) id: u32,
    process: Child,
    profile: Profile,
}

impl Screened {
    /// Starts a program with its arguments on a screen of `size`, such as 1280x900.
    pub(crate) fn starts(size: &str, program: &[&str]) -> Self {
        let profile = Profile::new();
        let mut process = Command::new("sh")
            .args(["-c", UNTIL_WE_END])
            .arg(profile.folder())
            .arg(size)
            .args(program)
            // Fresh settings, cookies, language and desktop.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", profile.folder())
            .env("LANG", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut numbers = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut numbers).unwrap();
        let numbers = numbers.trim().split_once(' ');
        let (number, id) = numbers.expect("these tests need Xvfb; tests/run --long installs it");
        Self { display: format!(":{number}"), id: id.parse().unwrap(), process, profile }
    }

    /// The file in which Xvfb keeps the screen's pixels.
    pub(crate) fn points(&self) -> PathBuf {
        self.profile.folder().join("Xvfb_screen0")
    }

    /// The output of another program on this screen.
    pub(crate) fn asks(&self, program: &str, args: &[&str]) -> String {
        let output = Command::new(program).args(args).env("DISPLAY", &self.display).output();
        let output = output.expect("tests/run --long installs what is missing");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Screened {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // An error means that it has ended already.
        self.process.wait().ok();
    }
}
