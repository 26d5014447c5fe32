//! What this box allows: people and page loads at the same time.
//!
//! Owns: the limits that are asked (files, memory maps, threads, memory) and
//! what each client needs of them.
//! Must not know: who is here.
//!
//! Next: `admission/groups.rs`.

use std::fmt;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::groups;
use crate::config::Caps;
use crate::limits;

/// What the box allows, and which of its limits says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Clients at the same time.
    pub clients_max: usize,
    /// Open connections that are not clients (yet).
    pub doors_max: usize,
    /// Of which so many may be open however many clients are here; the others
    /// share what is left with them.
    pub doors_kept: usize,
    /// Requests that tiny_http answers at the same time.
    pub exchanges_max: usize,
    /// The limit that decided.
    pub bound_by: &'static str,
    /// ... if that many were wanted.
    exchanges_fit: usize,
    room: Room,
}

/// What clients and doors share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Room {
    files: usize,
    threads: usize,
    memory: usize,
}

/// The limits a budget is made of.
#[derive(Clone, Copy, Debug)]
struct BoxLimits {
    files: usize,
    maps: usize,
    threads: usize,
    cores: usize,
    /// Memory that is free on the whole box, in bytes.
    memory_free: usize,
    /// Memory that our control group may use, in bytes.
    memory_group: usize,
}

impl Budget {
    /// Raises the file limit as far as it goes and reckons what then fits.
    pub fn of_this_box() -> Self {
        let limits = BoxLimits {
            files: raise_file_limit(),
            maps: read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530),
            threads: thread_limit(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_free: free_memory().unwrap_or(usize::MAX),
            memory_group: groups::memory_limit().unwrap_or(usize::MAX),
        };
        Self::of(limits)
    }

    /// A client needs one file and two threads; a door one of each. Past the
    /// map limit the standard library aborts, and past the memory limit the
    /// kernel kills, so neither may ever be reached.
    fn of(of: BoxLimits) -> Self {
        // On a small box the reserves are half of it: they are generous.
        let without = |all: usize, reserve: usize| all - reserve.min(all / 2);
        let reserved_maps = limits::RESERVE_MAPS + limits::RESERVE_MAPS_PER_CORE * of.cores;
        let threads_by_maps = of.maps.saturating_sub(reserved_maps) / limits::MAPS_PER_THREAD;
        let share = of.memory_free / 100 * limits::MEMORY_SHARE_PERCENT;
        let room = Room {
            files: without(of.files, limits::RESERVE_FILES),
            threads: without(of.threads.min(threads_by_maps), limits::RESERVE_THREADS),
            memory: without(share.min(of.memory_group), limits::RESERVE_MEMORY_BYTES),
        };
        let doors = (room.files.min(room.threads / 2))
            .min(room.memory / limits::MEMORY_PER_CLIENT_BYTES)
            / 8;
        // A door that has refused lingers for a moment, so one is too few.
        let doors_max = doors.max((room.threads / 4).min(4)).clamp(1, limits::DOORS_MAX);
        let doors_kept = doors_max.div_ceil(2);
        // They are what most of the files that are set aside are for.
        let files_apart = of.files.saturating_sub(room.files);
        let exchanges_fit = (files_apart / 2 / limits::FILES_PER_EXCHANGE).max(1);
        let memory = room.memory.saturating_sub(doors_kept * limits::MEMORY_PER_DOOR_BYTES);
        let (clients_max, bound_by) = [
            (room.files.saturating_sub(doors_kept), "open files"),
            (
                room.threads.saturating_sub(doors_kept) / 2,
                if threads_by_maps <= of.threads { "memory maps" } else { "threads" },
            ),
            (
                memory / limits::MEMORY_PER_CLIENT_BYTES,
                if share <= of.memory_group { "free memory" } else { "the control group's memory" },
            ),
        ]
        .into_iter()
        .min_by_key(|(clients, _)| *clients)
        .unwrap_or((1, "nothing"));
        let exchanges_max = limits::GATE_PLACES.min(exchanges_fit);
        let clients_max = clients_max.max(1);
        Self { clients_max, doors_max, doors_kept, exchanges_max, exchanges_fit, bound_by, room }
    }

    /// The same box, as `caps` want it; of nothing is there more than fits.
    #[must_use]
    pub fn within(mut self, caps: Caps) -> Self {
        if let Some(clients) = caps.clients.filter(|clients| *clients < self.clients_max) {
            (self.clients_max, self.bound_by) = (clients, "--clients");
        }
        if let Some(doors) = caps.doors {
            self.doors_max = self.doors_max.min(doors);
            self.doors_kept = self.doors_kept.min(doors);
        }
        if let Some(exchanges) = caps.exchanges {
            self.exchanges_max = self.exchanges_fit.min(exchanges);
        }
        self
    }

    /// Whether one more door fits beside these.
    pub fn admits_door(&self, clients: usize, doors: usize) -> bool {
        doors < self.doors_kept || (doors < self.doors_max && self.holds(clients, doors + 1))
    }

    /// Whether one of these doors may become a client.
    pub fn admits_client(&self, clients: usize, doors: usize) -> bool {
        let doors = doors.saturating_sub(1);
        clients < self.clients_max && (doors <= self.doors_kept || self.holds(clients + 1, doors))
    }

    fn holds(&self, clients: usize, doors: usize) -> bool {
        let memory =
            clients * limits::MEMORY_PER_CLIENT_BYTES + doors * limits::MEMORY_PER_DOOR_BYTES;
        clients + doors <= self.room.files
            && 2 * clients + doors <= self.room.threads
            && memory <= self.room.memory
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients_max, doors_max, doors_kept, exchanges_max, bound_by, .. } = self;
        write!(
            formatter,
            "this box holds {clients_max} people at once (bound by {bound_by}) and {doors_kept} page \
             loads beside them, {doors_max} while there is room; it answers {exchanges_max} at a time"
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
    kernel.min(user).min(groups::thread_limit().unwrap_or(usize::MAX))
}

/// Memory that the box could give without swapping, in bytes.
fn free_memory() -> Option<usize> {
    let page = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = page.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: usize = line.split_whitespace().next()?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// A number in a file of the kernel's; `None` also for the word "max".
pub(super) fn read_number(path: &str) -> Option<usize> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{BoxLimits, Budget};
    use crate::config::Caps;
    use crate::limits;

    const USUAL: BoxLimits = BoxLimits {
        files: 1_048_576,
        maps: 65_530,
        threads: 190_000,
        cores: 2,
        memory_free: 16 << 30,
        memory_group: usize::MAX,
    };

    #[test]
    fn a_budget_stays_under_each_limit_of_the_box() {
        let budget = Budget::of(USUAL);
        assert_eq!(budget.bound_by, "memory maps");
        let threads = 2 * budget.clients_max + budget.doors_kept;
        assert!(threads * 4 < 65_530, "{budget:?}");
        assert_eq!(budget.doors_max, limits::DOORS_MAX);
        for cores in [1, 2, 4, 8] {
            let budget = Budget::of(BoxLimits { cores, ..USUAL });
            assert!(budget.clients_max >= 8_000, "{cores} cores: {budget:?}");
        }

        let few_files = Budget::of(BoxLimits { files: 1_024, ..USUAL });
        assert_eq!(few_files.bound_by, "open files");
        assert!(few_files.clients_max + few_files.doors_kept < 1_024);

        let tiny = BoxLimits { files: 20, maps: 100, threads: 10, cores: 64, ..USUAL };
        let tiny = Budget::of(tiny);
        assert_eq!((tiny.clients_max, tiny.doors_max, tiny.exchanges_max), (1, 1, 1));
    }

    #[test]
    fn memory_counts_of_the_box_and_of_the_control_group() {
        let small = Budget::of(BoxLimits { memory_group: 32 << 20, ..USUAL });
        assert_eq!(small.bound_by, "the control group's memory");
        let bytes = small.clients_max * limits::MEMORY_PER_CLIENT_BYTES;
        assert!(bytes < 32 << 20 && small.clients_max > 50, "{small:?}");
        let small = Budget::of(BoxLimits { memory_free: 256 << 20, ..USUAL });
        assert_eq!(small.bound_by, "free memory");
        assert!(small.clients_max > 500, "{small:?}");
    }

    #[test]
    fn doors_and_clients_share_what_there_is_and_never_take_more() {
        let budget = Budget::of(USUAL);
        let full = budget.clients_max;
        assert!(budget.admits_door(full, budget.doors_kept - 1), "some doors are kept");
        assert!(!budget.admits_door(full, budget.doors_kept), "the others are shared");
        assert!(budget.admits_door(0, budget.doors_max - 1));
        assert!(!budget.admits_door(0, budget.doors_max));
        assert!(budget.admits_client(full - 1, 1));
        assert!(!budget.admits_client(full, 1));
        assert!(!budget.admits_client(full - 1, budget.doors_max), "their threads are in use");
    }

    #[test]
    fn a_wish_for_less_is_granted_and_one_for_more_than_fits_is_not() {
        let budget = Budget::of(USUAL);
        let clients = |clients| budget.within(Caps { clients: Some(clients), ..Caps::default() });
        assert_eq!(clients(5).clients_max, 5);
        assert_eq!(clients(50_000), budget);
        assert_eq!(budget.within(Caps::default()), budget);
        let doors = |doors| budget.within(Caps { doors: Some(doors), ..Caps::default() });
        assert_eq!((doors(3).doors_max, doors(3).doors_kept), (3, 3));
        assert_eq!(doors(300).doors_kept, budget.doors_kept);
        assert_eq!(doors(50_000), budget);
        let exchanges = |exchanges| Caps { exchanges: Some(exchanges), ..Caps::default() };
        assert_eq!(budget.exchanges_max, limits::GATE_PLACES);
        assert_eq!(budget.within(exchanges(1)).exchanges_max, 1);
        assert_eq!(budget.within(exchanges(8)).exchanges_max, 8);
        let most = limits::RESERVE_FILES / 2 / limits::FILES_PER_EXCHANGE;
        assert_eq!(budget.within(exchanges(1000)).exchanges_max, most);
    }
}
