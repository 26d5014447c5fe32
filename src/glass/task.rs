//! One thread of a process, as the kernel tells of it in `/proc/PID/task/TID/`.
//!
//! Owns: which files of `/proc` are read, and what stands where in them (proc(5)).
//! Must not know: what a thread of this program does.
//!
//! Part: `glass/mod.rs`.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;

use rustix::fs::{Mode, OFlags};

use super::syscall::{self, SystemCall};

/// No file that is read here is longer; `status`, the longest, has some 1,500 bytes.
const FILE_BYTES_MAX: usize = 4096;

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
    some_of(process, &tids_of(process))
}

/// Returns those of the threads with these numbers that are threads of this process.
pub(super) fn some(tids: &[u32]) -> Vec<Task> {
    some_of("self", tids)
}

/// Returns the numbers of all threads of this process, in their order.
pub(super) fn tids() -> Vec<u32> {
    tids_of("self")
}

/// Returns how many threads this process has, without a list of them: the folder of the threads has
/// a link from each of them, and two others. (`/proc/self/stat` has the number, too, but to read it
/// the kernel adds up the times of all threads: 160 µs with 2,000 of them, against 5.)
pub(super) fn count() -> usize {
    let links = fs::metadata("/proc/self/task").map_or(0, |folder| folder.nlink());
    usize::try_from(links).unwrap_or(0).saturating_sub(2)
}

fn tids_of(process: &str) -> Vec<u32> {
    let entries = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let mut tids: Vec<u32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    tids.sort_unstable();
    tids
}

fn some_of(process: &str, tids: &[u32]) -> Vec<Task> {
    // From an open folder the kernel has less of each path to follow.
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(format!("/proc/{process}/task"), flags, Mode::empty());
    let read_one = |folder: &OwnedFd| tids.iter().filter_map(|tid| read(folder, *tid)).collect();
    folder.as_ref().map(read_one).unwrap_or_default()
}

/// Reads a file of `/proc`, whose length the kernel does not tell, with as few calls as possible: a
/// look at 20 threads reads 60 such files.
fn contents(folder: &OwnedFd, path: &str) -> Option<String> {
    let mut buffer = [0; FILE_BYTES_MAX];
    let file = rustix::fs::openat(folder, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let length = rustix::io::read(file.ok()?, &mut buffer).ok()?;
    Some(String::from_utf8_lossy(buffer.get(..length)?).into_owned())
}

/// Returns whether the kernel hides from us in which calls the threads of this process sleep.
pub(super) fn calls_are_denied(process: &str) -> bool {
    let file = fs::read(format!("/proc/{process}/task/{process}/syscall"));
    file.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

fn read(folder: &OwnedFd, tid: u32) -> Option<Task> {
    let file = |name: &str| contents(folder, &format!("{tid}/{name}"));
    // The call is read first. If the thread goes on before its state is read, it is shown as
    // running, and the call is left out.
    let call = file("syscall").and_then(|line| syscall::parsed(&line));
    let status = file("status")?;
    let scheduled = file("schedstat").unwrap_or_default();
    let mut times = scheduled.split_ascii_whitespace().map(number);
    let mut task = Task {
        tid,
        name: String::new(),
        state: TaskState::Other,
        call,
        cpu_ns: times.next().unwrap_or(0),
        ready_ns: times.next().unwrap_or(0),
        sleeps: 0,
        preempted: 0,
    };
    for (key, value) in status.lines().filter_map(|line| line.split_once(':')) {
        match key {
            "Name" => value.trim().clone_into(&mut task.name),
            "State" => task.state = TaskState::of(value.trim().chars().next()?),
            "voluntary_ctxt_switches" => task.sleeps = number(value),
            "nonvoluntary_ctxt_switches" => task.preempted = number(value),
            _ => {}
        }
    }
    task.call = task.call.filter(|_| task.state != TaskState::Runs);
    Some(task)
}

fn number(text: &str) -> u64 {
    text.trim().parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::{TaskState, all, count, some, tids};
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
        let [alone] = &some(&[found.tid])[..] else { panic!("one number is one thread") };
        assert_eq!((alone.tid, &alone.name), (found.tid, &found.name));
        assert!(tids().contains(&found.tid));
        // Other tests begin and end threads meanwhile.
        assert!((2..10_000).contains(&count()), "{}", count());
        assert!(count().abs_diff(tids().len()) < 500, "{} {}", count(), tids().len());
        assert!(
            some(&[1]).is_empty() || std::process::id() == 1,
            "1 is a thread of another process"
        );
        drop(end);
        thread.join().unwrap();
    }
}
