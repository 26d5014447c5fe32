//! What the kernel allows this process: open files, memory maps, threads, memory, address space.
//!
//! Owns: where each of these limits is read, and what is subtracted because it is used already.
//! Must not know: what a client needs.
//!
//! Part: `admission/mod.rs`.

use std::fs::read_to_string;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{groups, thread_cost::ThreadCost};
use crate::base::reexec;

#[derive(Clone, Copy, Debug)]
pub(super) struct MachineLimits {
    pub(super) files: usize,
    pub(super) maps: usize,
    pub(super) maps_taken: usize,
    pub(super) threads: usize,
    pub(super) cores: usize,
    /// Memory that is free on the whole machine when the limits are read, in bytes; `usize::MAX`:
    /// unknown.
    pub(super) memory_free: usize,
    /// The limit on the memory of the process's control group, in bytes; `usize::MAX`: no limit is
    /// known.
    pub(super) memory_group: usize,
    pub(super) space: Space,
    pub(super) thread: ThreadCost,
}

/// How much address space the process can still take, in bytes, and the name of the limit that
/// leaves the least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Space {
    pub(super) bytes: usize,
    pub(super) named: &'static str,
    /// True if all threads allocate from one arena. If not, glibc takes 64 MiB of address space for
    /// each further arena.
    pub(super) has_one_arena: bool,
}

impl MachineLimits {
    /// Raises the process's limit on open files as far as the kernel allows, and returns all
    /// limits. Blocks until one thread has run, which measures its own stack.
    pub(super) fn of_this_machine() -> Self {
        let maps = read_to_string("/proc/self/maps").unwrap_or_default();
        let (memory_free, memory_group) = memory_limits();
        Self {
            files: raise_file_limit(),
            maps: read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530),
            maps_taken: maps.lines().count(),
            threads: thread_limit(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_free,
            memory_group,
            space: Space::of_this_process(),
            thread: ThreadCost::of_this_process(),
        }
    }
}

impl Space {
    fn of_this_process() -> Self {
        let left = |limit: Resource, taken: &str| {
            let limit = usize::try_from(getrlimit(limit).current?).unwrap_or(usize::MAX);
            Some(limit.saturating_sub(bytes_in("/proc/self/status", taken).unwrap_or(0)))
        };
        let committed = || {
            // If `vm.overcommit_memory` is 2, the kernel promises all processes together no more
            // address space than its `CommitLimit`.
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
        Self { bytes, named, has_one_arena: reexec::has_one_arena() }
    }
}

/// Returns the memory that is free on the whole machine, and the limit of the process's control
/// group, both in bytes; `usize::MAX` for what is not known.
pub(super) fn memory_limits() -> (usize, usize) {
    let free = bytes_in("/proc/meminfo", "MemAvailable");
    (free.unwrap_or(usize::MAX), groups::memory_limit().unwrap_or(usize::MAX))
}

fn raise_file_limit() -> usize {
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: now.maximum, maximum: now.maximum };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { now };
    limit.current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// Returns how many threads the process may have. This is the smallest of three numbers: what the
/// kernel's limits leave after all threads of the machine, the limit of the operating system's
/// user, and the control group's limit.
fn thread_limit() -> usize {
    let kernel = ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"];
    let kernel = kernel.iter().filter_map(|path| read_number(path)).min().unwrap_or(32_768);
    let kernel = kernel.saturating_sub(threads_of_the_machine().unwrap_or(0));
    // The limit of a user does not apply to the superuser.
    let user = match getrlimit(Resource::Nproc).current {
        Some(threads) if !rustix::process::geteuid().is_root() => {
            usize::try_from(threads).unwrap_or(usize::MAX)
        }
        _ => usize::MAX,
    };
    kernel.min(user).min(groups::thread_limit().unwrap_or(usize::MAX))
}

/// Returns the number of threads on the whole machine. The kernel's file `/proc/loadavg` is like
/// `0.20 0.18 0.12 1/80 11206`, and the number is then 80. `None`: the number cannot be read.
fn threads_of_the_machine() -> Option<usize> {
    let page = read_to_string("/proc/loadavg").ok()?;
    page.split(' ').nth(3)?.split('/').nth(1)?.parse().ok()
}

/// Reads a line with this name, like `MemAvailable:  1024 kB`, from one of the kernel's files.
/// Returns the amount in bytes; `None` if it cannot be read.
fn bytes_in(path: &str, name: &str) -> Option<usize> {
    let page = read_to_string(path).ok()?;
    let mut lines = page.lines().filter_map(|line| line.split_once(':'));
    let (_, size) = lines.find(|(field, _)| *field == name)?;
    let kilobytes: usize = size.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

pub(super) fn read_number(path: &str) -> Option<usize> {
    read_to_string(path).ok()?.trim().parse().ok()
}
