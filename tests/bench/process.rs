//! A server as a process: started, measured from outside, ended.
//!
//! Processor time comes from the kernel's own count for each thread, in nanoseconds. If threads
//! have come and gone meanwhile, it comes from the process's clock, whose ticks are 10 ms. Neither
//! is the wall clock, because the load shares the cores.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

/// Nanoseconds of one tick of the process's clock (`getconf CLK_TCK` is 100).
const TICK_NS: u64 = 10_000_000;

pub struct Process {
    child: Child,
    pub port: u16,
    /// Kept open, because a server may print more.
    _words: BufReader<ChildStdout>,
}

/// The processor time that a process has used up to a moment.
pub struct Used {
    threads: BTreeMap<String, u64>,
    ticks: u64,
}

impl Process {
    /// Starts a server that prints its port; its errors go to the file `log`.
    pub fn start(mut command: Command, log: &Path) -> io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(log)?);
        let mut child = command.spawn()?;
        let mut words = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?);
        let mut line = String::new();
        while words.read_line(&mut line)? > 0 {
            if let Some(port) = port_in(&line) {
                return Ok(Self { child, port, _words: words });
            }
            line.clear();
        }
        let status = child.wait()?;
        Err(io::Error::other(format!("no port, {status}; see {}", log.display())))
    }

    pub fn used(&self) -> io::Result<Used> {
        let mut threads = BTreeMap::new();
        for task in fs::read_dir(self.file("task"))? {
            let task = task?;
            // A thread may end between the two calls.
            if let Ok(text) = fs::read_to_string(task.path().join("schedstat")) {
                threads.insert(task.file_name().display().to_string(), nth_number(&text, 0));
            }
        }
        let stat = fs::read_to_string(self.file("stat"))?;
        // The fields after the name, which may contain any character: the first is field 3. Fields
        // 14 and 15 are times.
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        Ok(Used { threads, ticks: nth_number(fields, 11) + nth_number(fields, 12) })
    }

    /// Processor time since `before`.
    pub fn used_since(&self, before: &Used) -> io::Result<Duration> {
        let now = self.used()?;
        let all_there = before.threads.keys().all(|thread| now.threads.contains_key(thread));
        let nanos = if all_there {
            now.threads.values().sum::<u64>() - before.threads.values().sum::<u64>()
        } else {
            (now.ticks - before.ticks) * TICK_NS
        };
        Ok(Duration::from_nanos(nanos))
    }

    /// The kernel's number of the thread with this name.
    pub fn thread_named(&self, name: &str) -> io::Result<u32> {
        for task in fs::read_dir(self.file("task"))? {
            let task = task?;
            if fs::read_to_string(task.path().join("comm")).is_ok_and(|comm| comm.trim() == name) {
                let number = task.file_name().display().to_string();
                return number.parse().map_err(io::Error::other);
            }
        }
        Err(io::Error::other(format!("no thread {name}")))
    }

    /// The memory of the process, in KiB.
    pub fn resident_kb(&self) -> io::Result<u64> {
        named_number(&self.file("status"), "VmRSS:")
    }

    /// How often its threads have gone to sleep so far.
    pub fn sleeps(&self) -> io::Result<u64> {
        let mut sum = 0;
        for task in fs::read_dir(self.file("task"))? {
            let status = task?.path().join("status");
            sum += named_number(&status.display().to_string(), "voluntary_ctxt_switches:")
                .unwrap_or_default();
        }
        Ok(sum)
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.child.id())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Memory that the kernel holds for threads, sockets and page tables, in KiB.
///
/// The machine's free memory would include that, but also the memory of every other program, which
/// changes by more than a client needs.
pub fn kernel_kb() -> io::Result<u64> {
    ["KernelStack:", "PageTables:", "SUnreclaim:"]
        .iter()
        .map(|name| named_number("/proc/meminfo", name))
        .sum()
}

/// The port in a yardstick's `port 123`, or at the end of the line in which the product says how a
/// terminal joins: `http://HOST:123/`, `https://HOST:123/ --fingerprint AB:CD`, or
/// `ws://HOST:123/chat` of the classic chat alone.
fn port_in(line: &str) -> Option<u16> {
    let line = line.split(" --fingerprint").next()?.trim();
    let digits = match line.strip_prefix("port ") {
        Some(digits) => digits,
        None => {
            let address = line.strip_suffix("/chat").or_else(|| line.strip_suffix('/'))?;
            address.rsplit(':').next()?
        }
    };
    digits.parse().ok()
}

fn nth_number(text: &str, place: usize) -> u64 {
    text.split_whitespace().nth(place).and_then(|word| word.parse().ok()).unwrap_or_default()
}

fn named_number(file: &str, name: &str) -> io::Result<u64> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    Ok(nth_number(line.unwrap_or_default(), 0))
}
