//! System calls that fail on demand: strace on a running thread.

use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use rustix::process::{Pid, Signal};

use super::{ServerProcess, send_signal};

/// All threads, file names, all bytes in hexadecimal, times in seconds.
const WHOLE: [&str; 6] = ["-f", "-y", "-xx", "-ttt", "-s", "1000000"];

/// A running strace; when it is dropped, the thread goes on as before.
pub struct Strace {
    child: Child,
}

impl Strace {
    /// Makes system calls of one thread fail: `clone3:error=EAGAIN:when=1`. Returns once strace has
    /// attached.
    pub fn makes_fail(thread: u32, faults: &[&str]) -> Self {
        let mut command = Command::new("strace");
        command.args(["-p", &thread.to_string(), "-o", "/dev/null"]);
        // A second `trace=` would replace the first, and only traced calls can fail.
        let calls: Vec<_> = faults.iter().filter_map(|fault| fault.split(':').next()).collect();
        command.args(["-e", &format!("trace={}", calls.join(","))]);
        for fault in faults {
            command.args(["-e", &format!("inject={fault}")]);
        }
        Self::at_work(command)
    }

    /// Returns once strace has attached.
    #[expect(clippy::disallowed_methods, reason = "a test's thread, which ends with the strace")]
    fn at_work(mut command: Command) -> Self {
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
        // strace prints a line for each new thread, and would end if no one read that.
        thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
        Self { child }
    }

    /// Records these calls of a whole process, each with its time and all of its bytes.
    pub fn writes_down(process: Pid, calls: &str, to: &Path) -> Self {
        let mut command = Command::new("strace");
        let process = process.as_raw_nonzero().to_string();
        command.args(WHOLE).args(["-e", &format!("trace={calls}"), "-p", &process, "-o"]).arg(to);
        Self::at_work(command)
    }

    /// A command that records them from a process's first call on, and then becomes the program.
    pub fn from_the_first_call(calls: &str, to: &Path) -> Vec<String> {
        let (calls, to) = (format!("trace={calls}"), to.to_str().unwrap());
        // The tracer is a grandchild: signals reach the program itself.
        let words = [&["strace", "-D"][..], &WHOLE, &["-e", &calls, "-o", to]].concat();
        words.into_iter().map(str::to_owned).collect()
    }
}

impl Drop for Strace {
    fn drop(&mut self) {
        // After SIGTERM, strace detaches at once; after SIGKILL it would take longer.
        send_signal(&self.child, Signal::TERM);
        self.child.wait().ok();
    }
}

/// Makes system calls fail in the thread that waits for the disk.
pub fn history_meets(server: &ServerProcess, faults: &[&str]) -> Strace {
    let [thread] = server.threads_named("history")[..] else { panic!("one history") };
    Strace::makes_fail(thread, faults)
}
