//! One thread of a process, as the kernel tells of it in `/proc/PID/task/TID/`.
//!
//! Owns: which files of `/proc` are read, and what stands where in them (proc(5)).
//! Must not know: what a thread of this program does.
//!
//! Part: `glass/mod.rs`.

use std::{fs, io};

use super::syscall::{self, SystemCall};

/// What the kernel says of one thread. The files are read one after the other, so a thread may have
/// gone on between two of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The thread's number, as in `ps -T`.
    pub tid: u32,
    /// The name that the thread gave itself, 15 characters at most.
    pub name: String,
    pub state: TaskState,
    /// The system call in which the thread sleeps; `None`: it sleeps in none, or the kernel does
    /// not tell.
    pub call: Option<SystemCall>,
    /// How long the thread has run on a core, in nanoseconds.
    pub cpu_ns: u64,
    /// How long the thread was ready and waited for a core, in nanoseconds.
    pub ready_ns: u64,
    /// How often the thread gave up its core to wait for something.
    pub sleeps: u64,
    /// How often the kernel took the core away from the thread.
    pub preempted: u64,
}

/// What a thread does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// It runs on a core, or waits for one.
    Runs,
    /// It waits for something, and can be woken by a signal.
    Sleeps,
    /// It waits for a device, such as a disk.
    Disk,
    /// Anything else, such as stopped by a debugger.
    Other,
}

impl TaskState {
    fn of(letter: char) -> Self {
        match letter {
            'R' => Self::Runs,
            'S' | 'I' => Self::Sleeps,
            'D' => Self::Disk,
            _ => Self::Other,
        }
    }

    /// The word by which a look shows the state.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runs => "run",
            Self::Sleeps => "sleep",
            Self::Disk => "disk",
            Self::Other => "other",
        }
    }
}

/// Returns all threads of this process, in the order of their numbers. A thread that ends meanwhile
/// is left out.
pub(super) fn all() -> Vec<Task> {
    all_of("self")
}

/// The same for any process, named by its number.
pub(super) fn all_of(process: &str) -> Vec<Task> {
    let folder = format!("/proc/{process}/task");
    let folder_entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut tids: Vec<u32> =
        folder_entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    tids.sort_unstable();
    tids.into_iter().filter_map(|tid| read(&folder, tid)).collect()
}

/// Returns whether the kernel hides from us in which calls the threads of this process sleep.
pub(super) fn calls_are_denied(process: &str) -> bool {
    let file = fs::read(format!("/proc/{process}/task/{process}/syscall"));
    file.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

fn read(folder: &str, tid: u32) -> Option<Task> {
    let file = |name: &str| fs::read_to_string(format!("{folder}/{tid}/{name}")).ok();
    // The call is read first. If the thread goes on before its state is read, it is shown as
    // running, and the call is left out.
    let call = file("syscall").and_then(|line| syscall::parsed(&line));
    let status = file("status")?;
    let field = |name: &str| {
        let mut lines = status.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| *key == name).map(|(_, value)| value.trim())
    };
    let number = |name: &str| field(name).and_then(|value| value.parse().ok()).unwrap_or(0);
    let state = TaskState::of(field("State")?.chars().next()?);
    let scheduled = file("schedstat").unwrap_or_default();
    let mut times = scheduled.split_ascii_whitespace().map(|time| time.parse().unwrap_or(0));
    Some(Task {
        tid,
        name: field("Name")?.to_owned(),
        state,
        call: call.filter(|_| state != TaskState::Runs),
        cpu_ns: times.next().unwrap_or(0),
        ready_ns: times.next().unwrap_or(0),
        sleeps: number("voluntary_ctxt_switches"),
        preempted: number("nonvoluntary_ctxt_switches"),
    })
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::{TaskState, all};
    use crate::base::threads;

    #[test]
    fn a_thread_that_waits_is_seen_waiting_under_its_name() {
        let (end, ended) = bounded::<()>(0);
        let thread = threads::spawn("glass-test", move || {
            ended.recv().ok();
        })
        .unwrap();
        let patience = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let found = loop {
            let task = all().into_iter().find(|task| task.name == "glass-test");
            match task.filter(|task| task.state == TaskState::Sleeps) {
                Some(task) => break task,
                None => assert!(std::time::Instant::now() < patience, "it never slept"),
            }
        };
        assert!(found.sleeps > 0, "{found:?}");
        drop(end);
        thread.join().unwrap();
    }
}
