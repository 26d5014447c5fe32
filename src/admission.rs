//! How many connections this box holds, and who is still at the door.
//!
//! Owns: the budget (from files, memory maps and threads), the count of
//! clients, and the list of open doors that a stopping server hangs up on.
//! Must not know: HTTP, WebSocket, who the clients are.
//!
//! Next: `door/mod.rs`.

use std::collections::HashMap;
use std::fmt;
use std::net::TcpStream;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::limits;
use crate::socket;

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
}

impl Budget {
    /// Raises the file limit as far as it goes and reckons what then fits.
    pub fn of_this_box() -> Self {
        let limits = BoxLimits {
            files: raise_file_limit(),
            maps: read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530),
            threads: ["/proc/sys/kernel/threads-max", "/proc/sys/kernel/pid_max"]
                .iter()
                .filter_map(|path| read_number(path))
                .min()
                .unwrap_or(32_768),
        };
        Self::of(limits)
    }

    /// A client needs one file and two threads; a door one of each. Past the
    /// map limit the standard library aborts, so it must never be reached.
    fn of(of: BoxLimits) -> Self {
        let files = of.files.saturating_sub(limits::RESERVE_FILES);
        let threads_by_maps = of.maps / limits::MAPS_PER_THREAD;
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

fn read_number(path: &str) -> Option<usize> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Counts who is here.
#[derive(Debug)]
pub struct Admission {
    budget: Budget,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Open doors by their socket's place in memory, unique while it lives.
    doors: HashMap<usize, Weak<TcpStream>>,
    clients: usize,
    stopping: bool,
}

/// No room for one more door, or the server is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoDoor;

/// No room for one more client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace {
    /// How many are here.
    pub clients: usize,
}

/// One open door; dropping it makes room. A door whose socket became a client
/// has made room already.
#[derive(Debug)]
pub struct DoorPass {
    admission: Arc<Admission>,
    key: usize,
    /// Keeps the socket's place in memory from being used again under this key.
    _place: Weak<TcpStream>,
}

/// One client's place; dropping it makes room.
#[derive(Debug)]
pub struct ClientPass {
    admission: Arc<Admission>,
}

impl Admission {
    /// Nobody is here yet.
    pub fn new(budget: Budget) -> Arc<Self> {
        Arc::new(Self { budget, state: Mutex::new(State::default()) })
    }

    /// Lets a fresh socket in as a door. Never blocks.
    ///
    /// # Errors
    /// All doors are taken, or the server is stopping.
    pub fn open_door(self: &Arc<Self>, socket: &Arc<TcpStream>) -> Result<DoorPass, NoDoor> {
        let mut state = self.state.lock();
        if state.stopping || state.doors.len() >= self.budget.doors_max {
            return Err(NoDoor);
        }
        let key = key(socket);
        state.doors.insert(key, Arc::downgrade(socket));
        Ok(DoorPass { admission: Arc::clone(self), key, _place: Arc::downgrade(socket) })
    }

    /// Makes the socket of a door a client's. Never blocks.
    ///
    /// # Errors
    /// As many clients are here as fit, or the server is stopping.
    pub fn seat(self: &Arc<Self>, socket: &Arc<TcpStream>) -> Result<ClientPass, NoPlace> {
        let mut state = self.state.lock();
        if state.stopping || state.clients >= self.budget.clients_max {
            return Err(NoPlace { clients: state.clients });
        }
        state.clients += 1;
        state.doors.remove(&key(socket));
        Ok(ClientPass { admission: Arc::clone(self) })
    }

    /// Clients that are here now.
    pub fn clients(&self) -> usize {
        self.state.lock().clients
    }

    /// Doors that are open now.
    pub fn doors(&self) -> usize {
        self.state.lock().doors.len()
    }

    /// Lets nobody in any more and hangs up on every open door. Clients stay:
    /// the hub says goodbye to them.
    pub fn close_doors(&self) {
        let doors: Vec<_> = {
            let mut state = self.state.lock();
            state.stopping = true;
            state.doors.values().filter_map(Weak::upgrade).collect()
        };
        for door in doors {
            socket::hang_up(&door);
        }
    }
}

impl Drop for DoorPass {
    fn drop(&mut self) {
        self.admission.state.lock().doors.remove(&self.key);
    }
}

impl Drop for ClientPass {
    fn drop(&mut self) {
        self.admission.state.lock().clients -= 1;
    }
}

fn key(socket: &Arc<TcpStream>) -> usize {
    Arc::as_ptr(socket).addr()
}

#[cfg(test)]
mod tests {
    use super::{BoxLimits, Budget};

    #[test]
    fn a_budget_stays_under_each_limit_of_the_box() {
        let usual = BoxLimits { files: 1_048_576, maps: 65_530, threads: 190_000 };
        let budget = Budget::of(usual);
        assert_eq!(budget.bound_by, "memory maps");
        let threads = 2 * budget.clients_max + budget.doors_max;
        assert!(threads * 4 < 65_530, "{budget:?}");
        assert!(budget.clients_max > 7_500, "{budget:?}");

        let few_files = Budget::of(BoxLimits { files: 1_024, ..usual });
        assert_eq!(few_files.bound_by, "open files");
        assert!(few_files.clients_max + few_files.doors_max < 1_024);

        let tiny = Budget::of(BoxLimits { files: 20, maps: 100, threads: 10 });
        assert_eq!((tiny.clients_max, tiny.doors_max), (1, 1));
    }

    #[test]
    fn a_wish_for_fewer_clients_is_granted_and_one_for_more_is_not() {
        let budget = Budget { clients_max: 100, doors_max: 10, bound_by: "threads" };
        assert_eq!(budget.at_most(Some(5)).clients_max, 5);
        assert_eq!(budget.at_most(Some(500)), budget);
        assert_eq!(budget.at_most(None), budget);
    }
}
