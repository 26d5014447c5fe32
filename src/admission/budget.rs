//! How many clients and doors this machine can hold at the same time. A door is a connection that
//! is not a client, or not yet.
//!
//! Owns: how much each client and each door needs of each of the machine's limits.
//! Must not know: which clients are connected.
//!
//! Part: `admission/mod.rs`.

use std::fmt;

use super::machine_limits::{MachineLimits, Space};
use super::memory::Memory;
use crate::base::limits;

/// How many file descriptors one exchange uses: both ends of its socket, and one file of the
/// operator's own page.
const FILES_PER_EXCHANGE: usize = 3;

/// How many threads the server sets aside for tiny_http, the log and the system. Clients cannot use
/// these. On a small machine it sets aside fewer.
const RESERVE_THREADS: usize = 48;
/// How many memory maps the server sets aside for large allocations, and for the arenas of glibc.
const RESERVE_MAPS: usize = 64;
/// How many memory maps the server sets aside for each core, in addition to [`RESERVE_MAPS`].
const RESERVE_MAPS_PER_CORE: usize = 16;
/// The percentage of all memory maps that the server sets aside in addition to [`RESERVE_MAPS`].
/// musl's allocator needs them, because it maps memory in small pieces. With 7,900 people there
/// were 1,180 such pieces.
const RESERVE_MAPS_PERCENT: usize = 3;

/// If address space is limited, the server sets aside this many bytes of it for its own threads,
/// and for making digests of secrets.
const SERVER_SPACE_BYTES: usize = 12 * 1024 * 1024;
/// If address space is limited, the server sets aside at most this many bytes of it for logs, for
/// the history, and for the lines that wait until the history stores them.
const RESERVE_SPACE_BYTES: usize = 24 * 1024 * 1024;
/// The server does not start if its process can take fewer additional bytes of address space than
/// this.
const SPACE_BYTES_MIN: usize = 16 * 1024 * 1024;
/// How much address space one client or one door needs in addition to its threads, in bytes, in a
/// program whose threads do not share one glibc arena. If glibc has no space for one more arena,
/// each allocation takes whole pages of its own.
const APART_HEAP_PER_PEER_BYTES: usize = 1024 * 1024;

/// How many file descriptors the server itself uses: 19 with a history, three more while it
/// rewrites the history's file, and one more while somebody asks at the control socket.
const SERVER_FILES: usize = 23;

/// How many connections of each kind the machine can hold at the same time, and which of the
/// machine's limits is the tightest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The most clients that may be connected at the same time.
    pub clients_max: usize,
    /// The most doors that may be open at the same time: connections that are not clients, or not
    /// yet.
    pub doors_max: usize,
    /// How many doors may be open even while `clients_max` clients are connected. More doors, up to
    /// `doors_max` in all, may be open only while the clients leave enough of each of the machine's
    /// limits free.
    pub doors_kept: usize,
    /// The most HTTP requests that tiny_http may answer at the same time.
    pub exchanges_max: usize,
    /// The name of the limit that decides `clients_max`: a limit of the machine, or the operator's
    /// flag.
    pub bound_by: &'static str,
    /// The number of HTTP requests for which tiny_http has enough file descriptors at the same
    /// time.
    exchanges_fit: usize,
    total: Capacity,
}

/// The operator's limits on clients, doors and HTTP requests. If one is `None`, the server uses a
/// limit of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Caps {
    /// The most clients that may be connected at the same time; `None`: as many as the machine can
    /// hold.
    pub clients: Option<usize>,
    /// The most connections that are not clients, or not yet, and that may be open at the same
    /// time; `None`: the server computes it.
    pub doors: Option<usize>,
    /// The most HTTP requests that tiny_http may answer at the same time; `None`: the server
    /// computes it.
    pub exchanges: Option<usize>,
    /// The most memory that the server may use, in bytes; `None`: what is free when it starts, or
    /// what its control group may use.
    pub memory: Option<usize>,
}

/// Why this machine cannot run a server: the process may take too little address space, or may open
/// too few files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooLittle {
    /// The process can take too little address space. It would abort at the first allocation that
    /// fails.
    #[error(
        "this process may take {} MB more only ({named}), and a server needs {} MB; raise that limit",
        .bytes >> 20,
        SPACE_BYTES_MIN >> 20
    )]
    Space {
        /// How many bytes of address space the process can still take.
        bytes: usize,
        /// The name of the limit that does not allow more address space.
        named: &'static str,
    },
    /// The process may open too few files for one client and one door. The value is how many files
    /// it may open.
    #[error(
        "this process may open {0} files only, and a server needs {FILES_MIN}; raise that limit \
         (ulimit -n)"
    )]
    Files(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Capacity {
    files: usize,
    threads: usize,
    memory: Memory,
    /// Address space that all clients and doors may take together, in bytes.
    space: usize,
    thread_space_bytes: usize,
    /// Address space that each client or door takes in addition to its threads, in bytes.
    heap_space_bytes: usize,
}

/// The fewest file descriptors that the server sets aside for tiny_http.
const FILES_OF_EXCHANGES_MIN: usize = 2 * FILES_PER_EXCHANGE;
/// If the process may have fewer file descriptors than this, the server does not start. With
/// exactly this many, the server has places for one client and one door.
const FILES_MIN: usize = SERVER_FILES + FILES_OF_EXCHANGES_MIN + 2;

impl Capacity {
    fn of(machine: &MachineLimits, memory: Memory) -> Self {
        // From each limit, the server subtracts what it sets aside for itself, but at most half of
        // the limit. Of the file descriptors it always sets aside at least `SERVER_FILES` and
        // `FILES_OF_EXCHANGES_MIN`.
        let without = |all: usize, reserve: usize| all - reserve.min(all / 2);
        let space = machine.space.bytes.saturating_sub(SERVER_SPACE_BYTES);
        Self {
            files: without(machine.files, limits::RESERVE_FILES)
                .min(machine.files.saturating_sub(SERVER_FILES + FILES_OF_EXCHANGES_MIN)),
            threads: without(threads_of(machine).0, RESERVE_THREADS),
            memory,
            space: without(space, RESERVE_SPACE_BYTES),
            thread_space_bytes: machine.thread.bytes,
            heap_space_bytes: match machine.space {
                Space { has_one_arena: true, .. } => limits::HEAP_PER_PEER_BYTES,
                Space { has_one_arena: false, .. } => APART_HEAP_PER_PEER_BYTES,
            },
        }
    }

    fn space_for(&self, clients: usize, doors: usize) -> usize {
        (2 * clients + doors) * self.thread_space_bytes + (clients + doors) * self.heap_space_bytes
    }
}

/// Returns how many threads the process can have, and the name of the limit that allows no more.
fn threads_of(machine: &MachineLimits) -> (usize, &'static str) {
    let reserve = RESERVE_MAPS + RESERVE_MAPS_PER_CORE * machine.cores;
    let reserve = reserve + machine.maps / 100 * RESERVE_MAPS_PERCENT;
    let by_maps = machine.maps.saturating_sub(machine.maps_taken + reserve) / machine.thread.maps;
    (by_maps, "memory maps").min((machine.threads, "threads"))
}

impl Budget {
    /// Reads the limits of this machine, and computes how many connections it can hold. `memory` is
    /// what the operator lets the server use, in bytes; `None`: whatever the machine has.
    /// `speaks_tls`: the server has a certificate.
    ///
    /// # Errors
    /// The process can take too little address space, or may open too few files.
    pub fn of_this_machine(memory: Option<usize>, speaks_tls: bool) -> Result<Self, TooLittle> {
        let machine = MachineLimits::of_this_machine();
        let Space { bytes, named, .. } = machine.space;
        if bytes < SPACE_BYTES_MIN {
            return Err(TooLittle::Space { bytes, named });
        }
        if machine.files < FILES_MIN {
            return Err(TooLittle::Files(machine.files));
        }
        Ok(Self::of(&machine, memory, speaks_tls))
    }

    /// Computes how many connections the machine can hold. A client needs one file descriptor and
    /// two threads, a door needs one of each. The process ends if the allocator gets no memory map
    /// or no address space, and the kernel may kill the process if it uses too much memory. So the
    /// clients and doors must never use up the maps, the address space or the memory.
    fn of(machine: &MachineLimits, memory: Option<usize>, speaks_tls: bool) -> Self {
        let memory = Memory::of(machine, memory, speaks_tls);
        let total = Capacity::of(machine, memory);
        let fits = [
            total.files,
            total.threads / 2,
            memory.bytes / memory.per_client,
            total.space / total.space_for(1, 0),
        ];
        let doors = fits.into_iter().min().unwrap_or(0) / 8;
        // A connection that the server has refused as a client stays open as a door for a moment.
        // If only one door were allowed, the server could not serve the next browser during that
        // time.
        let doors_max = doors.max((total.threads / 4).min(4)).clamp(1, limits::DOORS_MAX);
        let doors_kept = doors_max.div_ceil(2);
        let files_apart = machine.files.saturating_sub(total.files);
        let files = (files_apart / 2).min(files_apart.saturating_sub(SERVER_FILES));
        let exchanges_fit = (files / FILES_PER_EXCHANGE).max(1);
        let left = memory.bytes.saturating_sub(memory.taken_by(0, doors_kept));
        let space = total.space.saturating_sub(total.space_for(0, doors_kept));
        let (clients_max, bound_by) = [
            (total.files.saturating_sub(doors_kept), "open files"),
            (total.threads.saturating_sub(doors_kept) / 2, threads_of(machine).1),
            (left / memory.per_client, memory.named),
            (space / total.space_for(1, 0), machine.space.named),
        ]
        .into_iter()
        .min_by_key(|(clients, _)| *clients)
        .unwrap_or((1, "nothing"));
        let exchanges_max = limits::EXCHANGES_MAX.min(exchanges_fit);
        let clients_max = clients_max.max(1);
        Self { clients_max, doors_max, doors_kept, exchanges_max, exchanges_fit, bound_by, total }
    }

    /// Returns this budget, changed by the operator's limits. A limit on clients or doors can only
    /// lower the budget. A limit on the HTTP requests that tiny_http answers at the same time can
    /// also raise it, up to the number for which there are file descriptors.
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

    pub(super) fn send_buffer_bytes(&self) -> usize {
        self.total.memory.send_buffer_bytes
    }

    /// Returns how much memory so many clients and doors take, and the most that all may take, in
    /// bytes.
    pub(super) fn memory_of(&self, clients: usize, doors: usize) -> (usize, usize) {
        (self.total.memory.taken_by(clients, doors), self.total.memory.bytes)
    }

    /// Returns whether one more door may open while there are this many clients and doors.
    pub(super) fn admits_door(&self, clients: usize, doors: usize) -> bool {
        doors < self.doors_kept || (doors < self.doors_max && self.holds(clients, doors + 1))
    }

    /// Returns whether a door may become a client while there are this many clients and doors.
    /// `doors` includes that door.
    pub(super) fn admits_client(&self, clients: usize, doors: usize) -> bool {
        let doors = doors.saturating_sub(1);
        clients < self.clients_max && (doors <= self.doors_kept || self.holds(clients + 1, doors))
    }

    fn holds(&self, clients: usize, doors: usize) -> bool {
        clients + doors <= self.total.files
            && 2 * clients + doors <= self.total.threads
            && self.total.memory.taken_by(clients, doors) <= self.total.memory.bytes
            && self.total.space_for(clients, doors) <= self.total.space
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { clients_max, doors_max, doors_kept, exchanges_max, bound_by, .. } = self;
        write!(
            formatter,
            "this machine holds {clients_max} people at once (the limit: {bound_by}). Beside them, \
             {doors_kept} people can be opening a page, {doors_max} while fewer are chatting. The \
             server answers {exchanges_max} requests for pages at the same moment; the others wait \
             their turn"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Caps, FILES_PER_EXCHANGE, MachineLimits, Memory, Space};
    use crate::admission::thread_cost::ThreadCost;
    use crate::base::limits;

    const USUAL: MachineLimits = MachineLimits {
        files: 1_048_576,
        maps: 65_530,
        maps_taken: 60,
        threads: 190_000,
        cores: 2,
        memory_free: 16 << 30,
        memory_group: usize::MAX,
        space: Space { bytes: usize::MAX, named: "nothing", has_one_arena: false },
        thread: ThreadCost { maps: 2, bytes: 68 << 10 },
    };
    const WITH_SIGNAL_STACKS: ThreadCost = ThreadCost { maps: 4, bytes: 88 << 10 };

    fn fits(machine: &MachineLimits) -> Budget {
        Budget::of(machine, None, false)
    }

    #[test]
    fn a_budget_stays_under_each_limit_of_the_machine() {
        for (thread, people) in [(USUAL.thread, 15_500), (WITH_SIGNAL_STACKS, 7_750)] {
            for cores in [1, 2, 4, 8] {
                let budget = fits(&MachineLimits { cores, thread, ..USUAL });
                assert_eq!(budget.bound_by, "memory maps");
                assert_eq!(budget.doors_max, limits::DOORS_MAX);
                let threads = 2 * budget.clients_max + budget.doors_kept;
                let maps = threads * thread.maps + 1_180;
                assert!(maps < 65_530, "{cores} cores: {budget:?}");
                assert!(budget.clients_max >= people, "{cores} cores: {budget:?}");
            }
        }

        let few_files = fits(&MachineLimits { files: 1_024, ..USUAL });
        assert_eq!(few_files.bound_by, "open files");
        assert!(few_files.clients_max + few_files.doors_kept < 1_024);

        let few_threads = fits(&MachineLimits { threads: 10_000, ..USUAL });
        assert_eq!(few_threads.bound_by, "threads");
        assert!(2 * few_threads.clients_max + few_threads.doors_kept < 10_000);

        let tiny =
            MachineLimits { files: 20, maps: 100, maps_taken: 60, threads: 10, cores: 64, ..USUAL };
        let tiny = fits(&tiny);
        assert_eq!((tiny.clients_max, tiny.doors_max, tiny.exchanges_max), (1, 1, 1));
    }

    #[test]
    fn the_start_line_says_how_many_people_fit_in_plain_words() {
        let budget = fits(&USUAL).within(Caps { clients: Some(40), ..Caps::default() });
        assert_eq!(
            budget.to_string(),
            "this machine holds 40 people at once (the limit: --clients). Beside them, 256 people \
             can be opening a page, 512 while fewer are chatting. The server answers 4 requests \
             for pages at the same moment; the others wait their turn"
        );
    }

    #[test]
    fn readme_and_operating_say_how_many_people_fit_with_the_kernel_s_defaults() {
        let defaults = MachineLimits { threads: 32_768 - 200, memory_free: 2 << 30, ..USUAL };
        let texts = [include_str!("../../README.md"), include_str!("../../docs/OPERATING.md")];
        for (thread, texts) in [(USUAL.thread, &texts[..]), (WITH_SIGNAL_STACKS, &texts[1..])] {
            let budget = fits(&MachineLimits { thread, ..defaults });
            assert_eq!(budget.bound_by, "memory maps");
            let hundreds = budget.clients_max / 100;
            let people = format!("{},{}00", hundreds / 10, hundreds % 10);
            let has_it = |text: &&str| text.contains(&people);
            assert!(texts.iter().all(has_it), "{people} is not in both: {budget:?}");
        }
    }

    #[test]
    fn a_limit_on_address_space_is_never_reached() {
        for megabytes in [16, 45, 100, 400] {
            let bytes = megabytes << 20;
            let space = Space { bytes, named: "the address space", has_one_arena: true };
            let budget = fits(&MachineLimits { space, ..USUAL });
            assert_eq!(budget.bound_by, "the address space");
            let (people, doors) = (budget.clients_max, budget.doors_max);
            assert!(people > megabytes / 2, "{megabytes} MiB: {budget:?}");
            let taken = (2 * people + budget.doors_kept) * USUAL.thread.bytes;
            assert!(taken < bytes, "{megabytes} MiB: {budget:?}");
            assert!(!budget.admits_door(people, doors - 1), "{megabytes} MiB: {budget:?}");
            let apart = fits(&MachineLimits {
                space: Space { has_one_arena: false, ..space },
                thread: WITH_SIGNAL_STACKS,
                ..USUAL
            });
            assert!(apart.clients_max < megabytes, "{megabytes} MiB: {apart:?}");
        }
    }

    #[test]
    fn row_107_memory_counts_of_the_machine_of_the_control_group_and_of_the_operator() {
        let group = |mebibytes| MachineLimits { memory_group: mebibytes << 20, ..USUAL };
        let with = |mebibytes: usize| Budget::of(&USUAL, Some(mebibytes << 20), false);
        let is_musl = cfg!(target_env = "musl");
        let goals = if is_musl { [(32, 220), (64, 570)] } else { [(32, 190), (64, 500)] };
        for (mebibytes, least) in goals {
            let by_group = fits(&group(mebibytes));
            assert_eq!(by_group.bound_by, "the control group's memory");
            let by_flag = with(mebibytes);
            assert_eq!(by_flag.bound_by, "--memory");
            assert_eq!(by_flag.clients_max, by_group.clients_max);
            assert!(by_flag.clients_max >= least, "{mebibytes} MiB: {by_flag:?}");
            let taken = Memory::of(&group(mebibytes), None, false).taken_by(by_flag.clients_max, 0);
            assert!(taken < (mebibytes - 9) << 20, "{mebibytes} MiB: {by_flag:?}");
        }
        assert!(with(12).clients_max >= 20, "{:?}", with(12));
        let small = fits(&MachineLimits { memory_free: 256 << 20, ..USUAL });
        assert_eq!(small.bound_by, "free memory");
        assert!(small.clients_max > 500, "{small:?}");
        // What is allowed makes no memory that is not there.
        assert_eq!(Budget::of(&group(32), Some(1 << 30), false), fits(&group(32)));
    }

    #[test]
    fn row_110_people_who_may_speak_tls_count_more() {
        for mebibytes in [32, 64, 1024] {
            let fit = |tls| Budget::of(&USUAL, Some(mebibytes << 20), tls).clients_max;
            assert!((fit(false) / 2..fit(false)).contains(&fit(true)), "{mebibytes} MiB");
        }
    }

    #[test]
    fn doors_and_clients_share_what_there_is_and_never_take_more() {
        let budget = fits(&USUAL);
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
        let budget = fits(&USUAL);
        let clients = |clients| budget.within(Caps { clients: Some(clients), ..Caps::default() });
        assert_eq!(clients(5).clients_max, 5);
        assert_eq!(clients(50_000), budget);
        assert_eq!(budget.within(Caps::default()), budget);
        let doors = |doors| budget.within(Caps { doors: Some(doors), ..Caps::default() });
        assert_eq!((doors(3).doors_max, doors(3).doors_kept), (3, 3));
        assert_eq!(doors(300).doors_kept, budget.doors_kept);
        assert_eq!(doors(50_000), budget);
        let exchanges = |exchanges| Caps { exchanges: Some(exchanges), ..Caps::default() };
        assert_eq!(budget.exchanges_max, limits::EXCHANGES_MAX);
        assert_eq!(budget.within(exchanges(1)).exchanges_max, 1);
        assert_eq!(budget.within(exchanges(8)).exchanges_max, 8);
        let most = limits::RESERVE_FILES / 2 / FILES_PER_EXCHANGE;
        assert_eq!(budget.within(exchanges(1000)).exchanges_max, most);
    }
}
