//! System calls that fail on demand: strace on a running thread.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use super::send_signal;

/// An strace at work; its end lets the thread go on as before.
pub struct Strace {
    child: Child,
}

impl Strace {
    /// Makes system calls of one thread fail: `clone3:error=EAGAIN:when=1`.
    /// Answers when it is at work.
    pub fn makes_fail(thread: u32, faults: &[&str]) -> Self {
        let mut command = Command::new("strace");
        command.args(["-p", &thread.to_string(), "-o", "/dev/null"]);
        for fault in faults {
            let call = fault.split(':').next().unwrap();
            command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={fault}")]);
        }
        let child = command.stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| {
            panic!(
                "this test needs strace ({error}); `apt-get install strace` or tests/run brings it"
            )
        });
        let mut said = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap());
        while !said.contains(" attached") {
            let count = lines.read_line(&mut said).unwrap();
            assert!(count > 0, "strace may not watch here (kernel.yama.ptrace_scope?): {said}");
        }
        Self { child }
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // Asked politely it lets go; killed it would too, but later.
        send_signal(&self.child, Signal::TERM);
        self.child.wait().ok();
    }
}
