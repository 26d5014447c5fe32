//! Whether a glass box tells the truth: it reads `/proc`, then the glass box, then `/proc` again,
//! many times.
//!
//! A counter must lie between the two readings of the kernel. A thread that has not run between
//! them must be shown in the kernel's state, and in the kernel's call. The names must be the
//! kernel's, one to one. And what the hub pushed must be the sum of what became of it.
//!
//! Runs on the calling thread, on the machine of the server.
//! Blocks on: connecting to the server and its answers, `LOOK_WAIT` for each.
//! Owns: what agrees, and what does not.
//! Must not know: how a look is made.
//!
//! Part: `glass/mod.rs`.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::json::{LookJson, ThreadJson};
use super::task::{self, Task, TaskState};
use crate::base::socket::deadline::{self, Deadline};

/// The most time for one look, from the connection to the last byte of the answer.
const LOOK_WAIT: Duration = Duration::from_secs(5);
/// Longest answer that is read, in bytes. Each thread takes some 250.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most disagreements whose words are kept.
const WORDS_MAX: usize = 20;

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum GlassCheckError {
    /// The server could not be reached, or did not answer in time.
    #[error("cannot look at {server}: {error}")]
    NoAnswer {
        /// The server's address.
        server: SocketAddr,
        /// What the connection said.
        error: io::Error,
    },
    /// The server answered, but not with a look.
    #[error(
        "{server} shows no glass box ({status}); start it with --glass, and look from its own \
         machine by a loopback address"
    )]
    NoGlass {
        /// The server's address.
        server: SocketAddr,
        /// The first line of the answer.
        status: String,
    },
    /// The server's process is not on this machine, or is not ours to look at.
    #[error("there is no process {0} here; run this on the server's machine")]
    NoProcess(u32),
}

/// What a check has found.
#[derive(Clone, Debug, Default)]
pub struct GlassReport {
    /// How many facts were compared.
    pub compared: u64,
    /// How many of them did not agree.
    pub wrong: u64,
    /// Some of the facts that did not agree, in words.
    pub words: Vec<String>,
    /// How many looks were compared.
    pub looks: u32,
    /// True if the kernel does not let us see in which call another process's thread sleeps. Then
    /// calls were not compared.
    pub calls_denied: bool,
}

impl GlassReport {
    /// At most one fact in 200 may disagree: threads go on while they are read.
    const WRONG_MAX_PERMILLE: u64 = 5;

    /// Returns whether enough facts agree.
    pub fn is_true(&self) -> bool {
        self.compared > 0 && self.wrong * 1000 <= self.compared * Self::WRONG_MAX_PERMILLE
    }

    fn compare(&mut self, is_right: bool, words: impl FnOnce() -> String) {
        self.compared += 1;
        if !is_right {
            self.wrong += 1;
            if self.words.len() < WORDS_MAX {
                self.words.push(words());
            }
        }
    }
}

impl fmt::Display for GlassReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { looks, compared, wrong, .. } = self;
        writeln!(formatter, "{looks} looks, {compared} facts compared, {wrong} do not agree")?;
        self.words.iter().try_for_each(|words| writeln!(formatter, "  {words}"))?;
        if self.calls_denied {
            writeln!(
                formatter,
                "not proved: in which call a thread sleeps. The kernel denies \
                 /proc/PID/task/TID/syscall; run this as the server's user, or as root"
            )?;
        }
        Ok(())
    }
}

/// Compares `looks` looks at the server with what the kernel says.
///
/// # Errors
/// See [`GlassCheckError`].
pub fn check(server: SocketAddr, looks: u32) -> Result<GlassReport, GlassCheckError> {
    let mut report = GlassReport::default();
    let pid = look_at(server)?.pid;
    let process = pid.to_string();
    for _ in 0..looks {
        let before = by_tid(task::all_of(&process));
        let look = look_at(server)?;
        let after = by_tid(task::all_of(&process));
        if before.is_empty() || after.is_empty() {
            return Err(GlassCheckError::NoProcess(pid));
        }
        report.looks += 1;
        report.calls_denied |= task::calls_are_denied(&process);
        compare_threads(&mut report, &before, &look.threads, &after);
        compare_sums(&mut report, &look.counters);
    }
    Ok(report)
}

fn by_tid(tasks: Vec<Task>) -> BTreeMap<u32, Task> {
    tasks.into_iter().map(|task| (task.tid, task)).collect()
}

fn compare_threads(
    report: &mut GlassReport,
    before: &BTreeMap<u32, Task>,
    shown: &[ThreadJson],
    after: &BTreeMap<u32, Task>,
) {
    let shown: BTreeMap<u32, &ThreadJson> =
        shown.iter().map(|thread| (thread.tid, thread)).collect();
    for (tid, old) in before {
        let Some(new) = after.get(tid) else { continue };
        report.compare(shown.contains_key(tid), || {
            format!("thread {tid} ({}) is not shown", new.name)
        });
        if let Some(thread) = shown.get(tid) {
            compare_thread(report, old, thread, new);
        }
    }
    for (tid, thread) in shown {
        // A thread may have come and gone between two readings, but not many.
        report.compare(before.contains_key(&tid) || after.contains_key(&tid), || {
            format!("thread {tid} ({}) is not there", thread.name)
        });
    }
}

fn compare_thread(report: &mut GlassReport, old: &Task, shown: &ThreadJson, new: &Task) {
    let (tid, name) = (shown.tid, &shown.name);
    let mut lies_between = |what: &str, before: u64, value: u64, after: u64| {
        report.compare((before..=after).contains(&value), || {
            format!("{what} of thread {tid} ({name}): {before} <= {value} <= {after} is false")
        });
    };
    lies_between("cpu_ns", old.cpu_ns, shown.cpu_ns, new.cpu_ns);
    lies_between("ready_ns", old.ready_ns, shown.ready_ns, new.ready_ns);
    lies_between("sleeps", old.sleeps, shown.sleeps, new.sleeps);
    lies_between("preempted", old.preempted, shown.preempted, new.preempted);
    let has_rested = (old.cpu_ns, old.sleeps, old.preempted)
        == (new.cpu_ns, new.sleeps, new.preempted)
        && old.state == new.state
        && new.state != TaskState::Runs;
    if !has_rested {
        return;
    }
    // A thread that has run may have had another name meanwhile: a parked one becomes the door that
    // answers, and is parked again.
    report.compare(*name == new.name, || {
        format!("thread {tid} is {}, and is shown as {name}", new.name)
    });
    report.compare(shown.state == new.state.word(), || {
        format!("thread {tid} ({name}) is in state {}, shown {}", new.state.word(), shown.state)
    });
    if let (Some(old), Some(new)) = (&old.call, &new.call)
        && old.number == new.number
    {
        report.compare(shown.call_number == Some(new.number), || {
            format!("thread {tid} ({name}) sleeps in {}, shown {:?}", new.name, shown.call)
        });
    }
}

/// What the hub pushed is the sum of what became of it. The hub may be in the middle of a push when
/// the counters are read: then a message is counted as pushed and not yet as anything else.
fn compare_sums(report: &mut GlassReport, counters: &BTreeMap<String, u64>) {
    let value = |name: &str| counters.get(name).copied().unwrap_or(u64::MAX / 8);
    let outcomes = ["express", "queued", "refused", "ended"];
    let sum: u64 = outcomes.into_iter().map(value).sum();
    let pushed = value("pushed");
    report.compare(pushed == sum, || format!("pushed {pushed}, and what became of it {sum}"));
}

/// Gets one look from the server.
fn look_at(server: SocketAddr) -> Result<LookJson, GlassCheckError> {
    let answer = get(server, "/glass?as=json")
        .map_err(|error| GlassCheckError::NoAnswer { server, error })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.lines().next().unwrap_or_default().to_owned();
    serde_json::from_str(body).map_err(|_| GlassCheckError::NoGlass { server, status })
}

/// Returns the whole answer to one request.
fn get(server: SocketAddr, path: &str) -> io::Result<String> {
    let by = Deadline::after(LOOK_WAIT);
    let socket = TcpStream::connect_timeout(&server, by.left())?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n");
    deadline::write_all(&socket, request.as_bytes(), by)?;
    let mut answer = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match deadline::read(&socket, &mut buffer, by)? {
            0 => break,
            bytes => answer.extend(&buffer[..bytes]),
        }
        if answer.len() > ANSWER_BYTES_MAX {
            return Err(io::Error::other("the answer is too long"));
        }
    }
    String::from_utf8(answer).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{GlassReport, compare_sums, compare_thread};
    use crate::glass::json::ThreadJson;
    use crate::glass::task::{Task, TaskState};

    fn task(cpu_ns: u64) -> Task {
        Task {
            tid: 7,
            name: "w-3".to_owned(),
            state: TaskState::Sleeps,
            call: None,
            cpu_ns,
            ready_ns: 0,
            sleeps: 1,
            preempted: 0,
        }
    }

    fn wrong(old: u64, shown: &Task, new: u64) -> u64 {
        let mut report = GlassReport::default();
        compare_thread(&mut report, &task(old), &ThreadJson::of(shown), &task(new));
        report.wrong
    }

    #[test]
    fn a_number_that_is_not_the_kernel_s_is_found() {
        assert_eq!(wrong(5, &task(5), 5), 0);
        assert_eq!(wrong(5, &task(6), 9), 0);
        assert_eq!(wrong(5, &task(10), 9), 1, "more than it can be");
        assert_eq!(wrong(5, &Task { state: TaskState::Runs, ..task(5) }, 5), 1);
        assert_eq!(wrong(5, &Task { name: "w-4".to_owned(), ..task(5) }, 5), 1);
        assert_eq!(wrong(5, &Task { sleeps: 0, ..task(5) }, 5), 1);
    }

    #[test]
    fn a_counter_that_is_left_out_is_found() {
        let counters = [("pushed", 9), ("express", 4), ("queued", 3), ("refused", 2), ("ended", 0)];
        let all: BTreeMap<String, u64> =
            counters.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let wrong = |counters: &BTreeMap<String, u64>| {
            let mut report = GlassReport::default();
            compare_sums(&mut report, counters);
            report.wrong
        };
        assert_eq!(wrong(&all), 0);
        for name in all.keys() {
            let mut fewer = all.clone();
            fewer.remove(name);
            assert_eq!(wrong(&fewer), 1, "without {name}");
        }
    }
}
