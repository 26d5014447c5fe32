//! The current generation of tiny_http, and the change to the next one.
//!
//! Blocks: responders wait here on a condition until there is a generation that they have not
//! served yet. `stop` waits on the same condition until the responders have ended, and `rebuild`
//! waits for another thread that rebuilds; `stop` and `rebuild` wait until a deadline at most.
//! `remove_folder` waits while another thread rebuilds.
//!
//! Owns: which generation is current, and that each dead one is replaced only one time.
//! Must not know: requests.
//!
//! Part: `server/http/mod.rs`.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::server::http::{folder::PrivateFolder, generation::Generation};

/// The shortest time between two restarts of tiny_http. tiny_http ends when no file descriptor is
/// free, and each restart leaves threads behind that end only seconds later.
const REBUILD_PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Listening {
    state: Mutex<State>,
    /// Signalled at each new generation, at the stop of the server, and when a responder ends.
    changed: Condvar,
    /// A thread holds this lock while it makes a new generation, so that only one thread at a time
    /// makes one.
    rebuilt: Mutex<Rebuilt>,
}

/// When tiny_http was last started anew (`None`: it never was), and the folder in which the next
/// new start makes its socket.
struct Rebuilt {
    at: Option<Instant>,
    folder: PrivateFolder,
}

impl Rebuilt {
    /// Starts the generation with this number. If the private folder was removed, makes a new one
    /// first: a user's runtime folder is removed after the user's last logout.
    fn start(&mut self, number: u64) -> io::Result<Generation> {
        match Generation::start(number, self.folder.socket(number)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.folder = PrivateFolder::create().map_err(|(_, error)| error)?;
                Generation::start(number, self.folder.socket(number))
            }
            started => started,
        }
    }
}

struct State {
    /// The current generation; `None` after [`Listening::stop`].
    current: Option<Arc<Generation>>,
    responders: usize,
}

impl Listening {
    pub(super) fn start(folder: PrivateFolder) -> io::Result<Self> {
        let first = Generation::start(0, folder.socket(0))?;
        let state = State { current: Some(Arc::new(first)), responders: 0 };
        Ok(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            rebuilt: Mutex::new(Rebuilt { at: None, folder }),
        })
    }

    pub(super) fn current(&self) -> Option<Arc<Generation>> {
        self.state.lock().current.clone()
    }

    /// Returns the current generation if it is newer than `seen`, or if `seen` is `None`. Otherwise
    /// blocks until a newer one is current. Returns `None` after [`stop`](Self::stop).
    pub(super) fn after(&self, seen: Option<u64>) -> Option<Arc<Generation>> {
        let mut state = self.state.lock();
        loop {
            let current = state.current.as_ref()?;
            if seen.is_none_or(|seen| current.listener.number > seen) {
                return Some(Arc::clone(current));
            }
            self.changed.wait(&mut state);
        }
    }

    /// Replaces the generation with the number `dead` by a new one, if no other thread has done so,
    /// and returns the newest generation.
    ///
    /// Blocks until there is a newer generation, or until `deadline`. Returns `None` at the
    /// deadline, after [`stop`](Self::stop), if a new generation cannot be made, or if the newest
    /// rebuild was less than [`REBUILD_PAUSE`] ago. A later call tries again.
    pub(super) fn rebuild(&self, dead: u64, deadline: Instant) -> Option<Arc<Generation>> {
        let mut rebuilt = self.rebuilt.try_lock_until(deadline)?;
        let current = self.current()?;
        if current.listener.number > dead {
            return Some(current);
        }
        if rebuilt.at.is_some_and(|at| at.elapsed() < REBUILD_PAUSE) {
            return None;
        }
        let number = current.listener.number + 1;
        match rebuilt.start(number) {
            Ok(next) => {
                tracing::warn!(number, "tiny_http had died and was started anew");
                rebuilt.at = Some(Instant::now());
                self.replace(Arc::new(next))
            }
            Err(error) => {
                tracing::error!(%error, "tiny_http has died and cannot be started anew");
                None
            }
        }
    }

    fn replace(&self, next: Arc<Generation>) -> Option<Arc<Generation>> {
        let mut state = self.state.lock();
        // If no generation is current, the server has stopped meanwhile. Then this returns `None`,
        // and `next` ends unused.
        let old = state.current.take()?;
        state.current = Some(Arc::clone(&next));
        self.changed.notify_all();
        drop(state);
        old.retire();
        Some(next)
    }

    pub(super) fn responder_started(&self) {
        self.state.lock().responders += 1;
    }

    pub(super) fn responder_ended(&self) {
        self.state.lock().responders -= 1;
        self.changed.notify_all();
    }

    /// Ends the current generation, and wakes every responder, so that it ends, too.
    ///
    /// Blocks until the responders have ended or `deadline` passes. Returns whether all have ended.
    pub(super) fn stop(&self, deadline: Instant) -> bool {
        let last = self.state.lock().current.take();
        self.changed.notify_all();
        if let Some(last) = last {
            last.retire();
        }
        let mut state = self.state.lock();
        self.changed.wait_while_until(&mut state, |state| state.responders > 0, deadline);
        state.responders == 0
    }

    /// Removes the private folder. The caller must have stopped tiny_http.
    pub(super) fn remove_folder(&self) {
        self.rebuilt.lock().folder.remove();
    }
}
