//! The server of the lab: this program once more, as a child process with short deadlines.
//!
//! Blocks on: the child, until it says where it listens, or ends; then until it has ended.
//! Owns: the child process, which ends when its value is dropped, and when this process ends.
//! Must not know: puppets.
//!
//! Part: `lab/mod.rs`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

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
}

impl LabServer {
    /// Starts the server, and waits until it listens.
    ///
    /// # Errors
    /// The program cannot be started; or it ends at once, because a flag of the user is wrong. It
    /// has said so on standard error.
    pub(super) fn start(flags: &[String]) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        let mut command = Command::new(program);
        command.args(["--glass", "--with-parent", &std::process::id().to_string()]);
        for (flag, value) in FLAGS.into_iter().chain(PINGS) {
            let is_set = has_flag(flags, flag) || flag == "--addr" && has_flag(flags, "--port");
            if !is_set {
                command.args([flag, value]);
            }
        }
        command.args(flags).stdin(Stdio::null()).stdout(Stdio::piped());
        // What is set for the user's own server is not for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("THREADBARE_") {
                command.env_remove(name);
            }
        }
        let mut child = command.spawn().context("cannot start the lab's server")?;
        match child.stdout.take().and_then(|told| read_addr(BufReader::new(told))) {
            Some(addr) => Ok(Self { child, addr }),
            None => {
                child.kill().ok();
                child.wait().ok();
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
