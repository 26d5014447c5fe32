//! What the kernel lets us have: files, memory maps, threads, memory, address space.
//!
//! Owns: where each of these limits is asked for, and what is taken of it already.
//! Must not know: what a client needs.
//!
//! Next: `admission/thread_cost.rs`.

use std::fs::read_to_string;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::groups;
use super::thread_cost::ThreadCost;
use crate::reexec;

/// The limits that a budget is made of.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoxLimits {
    pub(super) files: usize,
    pub(super) maps: usize,
    /// Maps that we have before anybody is here.
    pub(super) maps_taken: usize,
    /// Threads that may still be made.
    pub(super) threads: usize,
    pub(super) cores: usize,
    /// Memory that is free on the whole box, in bytes.
    pub(super) memory_free: usize,
    /// Memory that our control group may use, in bytes.
    pub(super) memory_group: usize,
    /// Address space that we may still take.
    pub(super) space: Space,
    /// What one of our threads takes.
    pub(super) thread: ThreadCost,
}

/// Address space, and which limit says how much of it we have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Space {
    pub(super) bytes: usize,
    pub(super) named: &'static str,
    /// Threads share what the allocator takes of it; else it takes a lot for each core.
    pub(super) is_shared: bool,
}

impl BoxLimits {
    /// Raises the limit on files as far as it goes, and asks for all of them.
    pub(super) fn of_this_box() -> Self {
        let maps = read_to_string("/proc/self/maps").unwrap_or_default();
        Self {
            files: raise_file_limit(),
            maps: read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530),
            maps_taken: maps.lines().count(),
            threads: thread_limit(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_free: bytes_in("/proc/meminfo", "MemAvailable").unwrap_or(usize::MAX),
            memory_group: groups::memory_limit().unwrap_or(usize::MAX),
            space: Space::of_this_process(),
            thread: ThreadCost::of_this_process(),
        }
    }
}

impl Space {
    /// The least of what may still be taken; the kernel counts each in its own way.
    fn of_this_process() -> Self {
        let left = |limit: Resource, taken: &str| {
            let limit = usize::try_from(getrlimit(limit).current?).unwrap_or(usize::MAX);
            Some(limit.saturating_sub(bytes_in("/proc/self/status", taken).unwrap_or(0)))
        };
        let committed = || {
            // 2: no more than there is.
            read_number("/proc/sys/vm/overcommit_memory").filter(|way| *way == 2)?;
            let bytes = |name| bytes_in("/proc/meminfo", name);
            Some(bytes("CommitLimit")?.saturating_sub(bytes("Committed_AS")?))
        };
        let all = [
            (left(Resource::As, "VmSize"), "the address space, ulimit -v"),
            (left(Resource::Data, "VmData"), "its data, ulimit -d"),
            (committed(), "vm.overcommit_memory"),
        ];
        let least = all.into_iter().filter_map(|(bytes, named)| Some((bytes?, named))).min();
        let (bytes, named) = least.unwrap_or((usize::MAX, "nothing"));
        Self { bytes, named, is_shared: reexec::has_one_arena() }
    }
}

fn raise_file_limit() -> usize {
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: now.maximum, maximum: now.maximum };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { now };
    limit.current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// The smallest of all limits on threads: of the kernel, which counts those of the whole
/// box, of this user, and of the control group that we run in.
fn thread_limit() -> usize {
    let kernel = ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"];
    let kernel = kernel.iter().filter_map(|path| read_number(path)).min().unwrap_or(32_768);
    let kernel = kernel.saturating_sub(threads_of_the_box().unwrap_or(0));
    // The superuser is not held to the limit of users.
    let user = match getrlimit(Resource::Nproc).current {
        Some(threads) if !rustix::process::geteuid().is_root() => {
            usize::try_from(threads).unwrap_or(usize::MAX)
        }
        _ => usize::MAX,
    };
    kernel.min(user).min(groups::thread_limit().unwrap_or(usize::MAX))
}

/// Threads that there are now, of everybody's: in `0.20 0.18 0.12 1/80 11206` it is 80.
fn threads_of_the_box() -> Option<usize> {
    let page = read_to_string("/proc/loadavg").ok()?;
    page.split(' ').nth(3)?.split('/').nth(1)?.parse().ok()
}

/// A line like `MemAvailable:  1024 kB` of one of the kernel's pages, in bytes.
fn bytes_in(path: &str, name: &str) -> Option<usize> {
    let page = read_to_string(path).ok()?;
    let mut lines = page.lines().filter_map(|line| line.split_once(':'));
    let (_, size) = lines.find(|(one, _)| *one == name)?;
    let kilobytes: usize = size.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// A number in a file of the kernel's; `None` also for the word "max".
pub(super) fn read_number(path: &str) -> Option<usize> {
    read_to_string(path).ok()?.trim().parse().ok()
}
