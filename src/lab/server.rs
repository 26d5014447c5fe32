//! The server of the lab: this program once more, as a child process with short deadlines.
//!
//! Runs on: the command's thread, and `lab-log`.
//! Blocks on: the child, until it says where it listens, or ends; then until it has ended.
//! `lab-log`: a line of the child's log, and a figure, until it is drawn.
//! Owns: the child process, which ends when its value is dropped, and when this process ends; the
//! child's log.
//! Must not know: puppets.
//!
//! Part: `lab/mod.rs`.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use super::Output;
use crate::base::threads;

/// The lab's server has these flags, each unless the user gives that flag another value. Its
/// deadlines are short: a class does not wait a minute to see one.
const FLAGS: [(&str, &str); 7] = [
    ("--addr", "127.0.0.1:0"),
    ("--data", "none"),
    ("--outbox", "32"),
    ("--timeout", "5s"),
    ("--message-timeout", "5s"),
    ("--write-timeout", "5s"),
    ("--log-level", "warn"),
];
/// The same, for the two that must fit each other.
const PINGS: [(&str, &str); 2] = [("--pong-timeout", "6s"), ("--ping-interval", "2s")];

pub(super) struct LabServer {
    child: Child,
    addr: SocketAddr,
    /// The thread that shows the child's log. It ends after the child.
    log: Option<JoinHandle<()>>,
}

impl LabServer {
    /// Starts the server, and waits until it listens. What it logs appears on standard error, but
    /// not while somebody holds `output`.
    ///
    /// # Errors
    /// The program or a thread cannot be started; or the server ends at once, because a flag of
    /// the user is wrong. It has said so on standard error.
    pub(super) fn start(flags: &[String], output: &Output) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command.args(["--glass", "--with-parent", &std::process::id().to_string()]);
        for (flag, value) in FLAGS.into_iter().chain(PINGS) {
            let is_set = has_flag(flags, flag) || flag == "--addr" && has_flag(flags, "--port");
            if !is_set {
                command.args([flag, value]);
            }
        }
        command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What is set for the user's own server is not for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("THREADBARE_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().context("cannot start the lab's server")?;
        let output = Arc::clone(output);
        let log = child
            .stderr
            .take()
            .map(|log| threads::spawn("lab-log", move || show_log(BufReader::new(log), &output)));
        let addr = child.stdout.take().and_then(|told| read_addr(BufReader::new(told)));
        match (addr, log.transpose()) {
            (Some(addr), Ok(log)) => Ok(Self { child, addr, log }),
            (_, log) => {
                child.kill().ok();
                child.wait().ok();
                // First the reason, which the child has logged.
                if let Some(log) = log.context("cannot start a thread")? {
                    log.join().ok();
                }
                bail!("the lab's server did not start")
            }
        }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for LabServer {
    fn drop(&mut self) {
        // The server says goodbye to its clients when it is asked to end.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            kill_process(pid, Signal::TERM).ok();
        }
        self.child.wait().ok();
        if let Some(log) = self.log.take() {
            log.join().ok();
        }
    }
}

/// Returns whether `flags` have this flag, with its value after `=` or in the next one.
pub(super) fn has_flag(flags: &[String], flag: &str) -> bool {
    let is_it = |one: &String| {
        one.strip_prefix(flag).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    flags.iter().any(is_it)
}

/// Returns the address of the first line that has one; `None`: the server has ended before.
fn read_addr(told: impl BufRead) -> Option<SocketAddr> {
    told.lines().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("http://")?;
        rest.split('/').next()?.parse().ok()
    })
}

/// Shows the child's log, line by line, until its end. A line waits while somebody holds `output`:
/// it would stand in the middle of a figure. The next lines then wait in the pipe, and when that is
/// full, in the child's queue; no other thread of the child waits for its log.
fn show_log(mut log: impl BufRead, output: &Output) {
    let mut line = Vec::new();
    while log.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
        let _undisturbed = output.lock();
        io::stderr().write_all(&line).ok();
        line.clear();
    }
}
