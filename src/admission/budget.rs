//! What this box allows: people and page loads at the same time.
//!
//! Owns: the limits that are asked (files, memory maps, threads) and what each
//! client needs of them.
//! Must not know: who is here.
//!
//! Next: `door/mod.rs`.

use std::fmt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits;

/// What the box allows, and which of its limits says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Clients at the same time.
    pub clients_max: usize,
    /// Open connections that are not clients (yet).
    pub doors_max: usize,
    /// The limit that decided.
    pub bound_by: &'static str,
}

/// The limits a budget is made of.
#[derive(Clone, Copy, Debug)]
struct BoxLimits {
    files: usize,
    maps: usize,
    threads: usize,
    cores: usize,
}

impl Budget {
    /// Raises the file limit as far as it goes and reckons what then fits.
    pub fn of_this_box() -> Self {
        let limits = BoxLimits {
            files: raise_file_limit(),
            maps: read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530),
            threads: thread_limit(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        };
        Self::of(limits)
    }

    /// A client needs one file and two threads; a door one of each. Past the
    /// map limit the standard library aborts, so it must never be reached.
    fn of(of: BoxLimits) -> Self {
        let files = of.files.saturating_sub(limits::RESERVE_FILES);
        let reserved_maps = limits::RESERVE_MAPS + limits::RESERVE_MAPS_PER_CORE * of.cores;
        let threads_by_maps = of.maps.saturating_sub(reserved_maps) / limits::MAPS_PER_THREAD;
        let threads = of.threads.min(threads_by_maps).saturating_sub(limits::RESERVE_THREADS);
        let doors_max = (files.min(threads / 2) / 8).clamp(1, limits::DOORS_MAX);
        let by_files = files.saturating_sub(doors_max);
        let by_threads = threads.saturating_sub(doors_max) / 2;
        let bound_by = match by_files < by_threads {
            true => "open files",
            false if threads_by_maps <= of.threads => "memory maps",
            false => "threads",
        };
        Self { clients_max: by_files.min(by_threads).max(1), doors_max, bound_by }
    }

    /// The same box with no more clients than `wanted`.
    #[must_use]
    pub fn at_most(self, wanted: Option<usize>) -> Self {
        match wanted {
            Some(wanted) if wanted < self.clients_max => {
                Self { clients_max: wanted, bound_by: "--clients", ..self }
            }
            _ => self,
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients_max, doors_max, bound_by } = self;
        write!(
            formatter,
            "this box holds {clients_max} people at once and {doors_max} page loads beside them \
             (bound by {bound_by})"
        )
    }
}

fn raise_file_limit() -> usize {
    let now = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: now.maximum, maximum: now.maximum };
    let limit = if setrlimit(Resource::Nofile, raised).is_ok() { raised } else { now };
    limit.current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX))
}

/// The smallest of all limits on threads: of the kernel, of this user, and of
/// the control group that we run in.
fn thread_limit() -> usize {
    let kernel = ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"];
    let kernel = kernel.iter().filter_map(|path| read_number(path)).min().unwrap_or(32_768);
    // The superuser is not held to the limit of users.
    let user = match getrlimit(Resource::Nproc).current {
        Some(threads) if !rustix::process::geteuid().is_root() => {
            usize::try_from(threads).unwrap_or(usize::MAX)
        }
        _ => usize::MAX,
    };
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = pids_max_files(&groups).filter_map(|path| read_number(&path)).min();
    kernel.min(user).min(group.unwrap_or(usize::MAX))
}

/// Where control groups (version 1 or 2) say how many tasks they allow.
fn pids_max_files(groups: &str) -> impl Iterator<Item = String> {
    groups.lines().filter_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        match (fields.next()?, fields.next()?) {
            ("", path) => Some(format!("/sys/fs/cgroup{path}/pids.max")),
            ("pids", path) => Some(format!("/sys/fs/cgroup/pids{path}/pids.max")),
            _ => None,
        }
    })
}

fn read_number(path: &str) -> Option<usize> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{BoxLimits, Budget, pids_max_files};

    #[test]
    fn a_budget_stays_under_each_limit_of_the_box() {
        let usual = BoxLimits { files: 1_048_576, maps: 65_530, threads: 190_000, cores: 2 };
        let budget = Budget::of(usual);
        assert_eq!(budget.bound_by, "memory maps");
        let threads = 2 * budget.clients_max + budget.doors_max;
        assert!(threads * 4 < 65_530, "{budget:?}");
        assert!(budget.clients_max > 7_500, "{budget:?}");

        let few_files = Budget::of(BoxLimits { files: 1_024, ..usual });
        assert_eq!(few_files.bound_by, "open files");
        assert!(few_files.clients_max + few_files.doors_max < 1_024);

        let tiny = Budget::of(BoxLimits { files: 20, maps: 100, threads: 10, cores: 64 });
        assert_eq!((tiny.clients_max, tiny.doors_max), (1, 1));
    }

    #[test]
    fn both_kinds_of_control_groups_are_asked() {
        let groups = "12:pids:/chat\n3:memory:/x\n0::/system.slice/chat.service\n";
        let files: Vec<_> = pids_max_files(groups).collect();
        assert_eq!(
            files,
            [
                "/sys/fs/cgroup/pids/chat/pids.max",
                "/sys/fs/cgroup/system.slice/chat.service/pids.max"
            ]
        );
    }

    #[test]
    fn a_wish_for_fewer_clients_is_granted_and_one_for_more_is_not() {
        let budget = Budget { clients_max: 100, doors_max: 10, bound_by: "threads" };
        assert_eq!(budget.at_most(Some(5)).clients_max, 5);
        assert_eq!(budget.at_most(Some(500)), budget);
        assert_eq!(budget.at_most(None), budget);
    }
}
