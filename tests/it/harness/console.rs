//! The console as a process of its own: at a pipe, or at a terminal.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

use super::server_process::{Signal, send_signal};
use super::{eventually_within, program};

/// The time limit for a console: it pauses before it reconnects.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(40);

/// A running `threadbare join`, `send` or `pipe`, ended with the test.
pub struct Console {
    child: Child,
    stdin: Option<ChildStdin>,
    output: Arc<Stream>,
    notes: Arc<Stream>,
    /// How much of the output [`Console::shows`] has read.
    looked_at: usize,
}

/// The output so far.
#[derive(Default)]
struct Stream(Mutex<Came>);

#[derive(Default)]
struct Came {
    bytes: Vec<u8>,
    ended: bool,
}

/// The result of a console that has ended.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    /// All of its standard output.
    pub output: String,
    /// All of its standard error.
    pub notes: String,
}

impl Console {
    /// A script that joins the classic chat.
    pub fn joins(server: SocketAddr) -> Self {
        Self::runs(&["join", &format!("ws://{server}/chat")], &[])
    }

    /// `threadbare ARGUMENTS`, connected by pipes.
    pub fn runs(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments);
        Self::starts(command, environment)
    }

    /// `threadbare ARGUMENTS`, from a shell in a terminal of its own.
    pub fn in_a_terminal(arguments: &str, environment: &[(&str, &str)]) -> Self {
        let line = format!("NO_COLOR=1 exec threadbare {arguments}");
        Self::of_a_terminal_s_shell(&line, environment)
    }

    /// A command of a shell in a terminal of its own; the word `threadbare` in it means the tested
    /// program.
    pub fn of_a_terminal_s_shell(line: &str, environment: &[(&str, &str)]) -> Self {
        let line = line.replace("threadbare ", &format!("{} ", program()));
        let mut command = Command::new("script");
        command.args(["-qefc", &line, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh");
        Self::starts(command, environment)
    }

    fn starts(mut command: Command, environment: &[(&str, &str)]) -> Self {
        command.env("LC_ALL", "C").envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take();
        let output = Stream::of(child.stdout.take().unwrap());
        let notes = Stream::of(child.stderr.take().unwrap());
        Self { child, stdin, output, notes, looked_at: 0 }
    }

    pub fn types(&mut self, text: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(text.as_bytes()).unwrap();
        stdin.flush().unwrap();
    }

    /// Reads output until `words` have come, after all that was read before; returns the output up
    /// to there.
    pub fn shows(&mut self, words: &str) -> String {
        let mut found = None;
        eventually_within(PATIENCE, &format!("a console that shows {words:?}"), || {
            let came = self.output.0.lock();
            let new = String::from_utf8_lossy(&came.bytes[self.looked_at..]).into_owned();
            let end = new.find(words).map(|at| at + words.len());
            assert!(end.is_some() || !came.ended, "no {words:?} in {new:?}, and it has ended");
            found = end.map(|end| new[..end].to_owned());
            found.is_some()
        });
        let shown = found.unwrap();
        self.looked_at += shown.len();
        shown
    }

    /// Sends a signal to the console's process; only for a console at pipes.
    pub fn gets_signal(&self, signal: Signal) {
        send_signal(&self.child, signal);
    }

    /// Ends the console's input, and waits for its end.
    pub fn ends(mut self) -> Outcome {
        drop(self.stdin.take());
        self.waits()
    }

    /// Waits for the console's end.
    pub fn waits(mut self) -> Outcome {
        let mut status = None;
        eventually_within(PATIENCE, "the end of a console", || {
            status = self.child.try_wait().unwrap();
            status.is_some() && self.output.has_ended() && self.notes.has_ended()
        });
        let code = status.and_then(|status| status.code()).unwrap();
        Outcome { code, output: self.output.text(), notes: self.notes.text() }
    }
}

impl Stream {
    fn of(mut from: impl Read + Send + 'static) -> Arc<Self> {
        let stream = Arc::new(Self::default());
        let kept = Arc::clone(&stream);
        threadbare::base::threads::spawn("stream", move || {
            let mut buffer = [0; 4096];
            // When a terminal ends, the read fails.
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                kept.0.lock().bytes.extend(&buffer[..count]);
            }
            kept.0.lock().ended = true;
        })
        .unwrap();
        stream
    }

    fn has_ended(&self) -> bool {
        self.0.lock().ended
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().bytes).into_owned()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (output, notes) = (self.output.text(), self.notes.text());
            eprintln!("the console of the test that failed:\n{output}\n{notes}");
        }
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A folder for one test, removed with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "threadbare-it-{}-{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        Self(std::env::temp_dir().join(name))
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
