//! Connection path, step 3: tiny_http, which gets its requests from the door.
//!
//! tiny_http listens on a private Unix socket, in a folder that only the user who runs the server
//! may enter. The door sends it only canonical requests: checked, and written anew. When tiny_http
//! dies, it is started anew.
//!
//! Runs on threads `http-<n>` (ours, see `responder.rs`) and `http-pool` (tiny_http's own; our code
//! cannot join them).
//!
//! Owns: the start and the end of tiny_http, its folder and our threads.
//! Must not know: public sockets.
//!
//! Part: `server/mod.rs`.

pub(crate) mod folder;
mod generation;
pub mod handshake;
mod listening;
pub mod refusal;
pub(crate) mod refusal_log;
pub mod request;
mod responder;
pub mod response;
pub mod site;
pub mod ticket;
pub mod verdict;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::base::{socket::deadline::Deadline, threads};
pub(crate) use crate::server::http::generation::PrivateListener;
use crate::server::http::{folder::PrivateFolder, listening::Listening};
use crate::server::http::{site::Site, ticket::Tickets};

/// How many threads answer tiny_http's HTTP requests.
pub(crate) const RESPONDERS: usize = 4;

/// tiny_http, and the threads on which a site answers its requests. Dropping this value shuts them
/// down, and blocks for that for one second at most.
pub struct Http {
    listening: Arc<Listening>,
    tickets: Arc<Tickets>,
    responders: Mutex<Vec<JoinHandle<()>>>,
}

/// Why tiny_http could not be started.
#[derive(Debug, thiserror::Error)]
pub enum HttpStartError {
    /// The server could make no private folder for the socket that the door and tiny_http share. It
    /// has tried several directories.
    #[error(
        "cannot make a private folder in {}: {source}; set XDG_RUNTIME_DIR to a folder of yours",
        path.display()
    )]
    NoPrivateFolder {
        /// The directory that the server has tried last.
        path: PathBuf,
        /// The system's error for this directory.
        source: io::Error,
    },
    /// The system refused to give a thread, a file descriptor or the socket.
    #[error(
        "cannot start the page server: {0}; this user's limits may be reached (ulimit -u, ulimit -n)"
    )]
    NoThread(#[from] io::Error),
}

impl Http {
    /// Starts tiny_http and the threads on which `site` answers its requests.
    ///
    /// # Errors
    /// See [`HttpStartError`]. What had been started is ended again.
    pub fn start(site: Arc<dyn Site>) -> Result<Arc<Self>, HttpStartError> {
        let folder = PrivateFolder::create()
            .map_err(|(path, source)| HttpStartError::NoPrivateFolder { path, source })?;
        let http = Arc::new(Self {
            listening: Arc::new(Listening::start(folder)?),
            tickets: Arc::new(Tickets::default()),
            responders: Mutex::new(Vec::new()),
        });
        for number in 1..=RESPONDERS {
            // If one responder cannot start, dropping `http` ends those that have started.
            http.start_responder(number, Arc::clone(&site))?;
        }
        Ok(http)
    }

    fn start_responder(&self, number: usize, site: Arc<dyn Site>) -> io::Result<()> {
        let listening = Arc::clone(&self.listening);
        let tickets = Arc::clone(&self.tickets);
        self.listening.responder_started();
        let thread = threads::spawn(&format!("http-{number}"), move || {
            responder::run(&listening, &tickets, &*site);
            listening.responder_ended();
        })
        .inspect_err(|_| self.listening.responder_ended())?;
        self.responders.lock().push(thread);
        Ok(())
    }

    /// Ends the responders and tiny_http, and removes the private folder.
    ///
    /// Blocks until the responders have ended or `deadline` passes.
    pub fn shut_down(&self, deadline: Instant) {
        let all_ended = self.listening.stop(deadline);
        let threads = std::mem::take(&mut *self.responders.lock());
        if all_ended {
            for thread in threads {
                // A responder catches its panics, so `join` reports nothing.
                drop(thread.join());
            }
        } else {
            tracing::warn!("a page is still being made; its thread is left behind");
        }
        self.listening.remove_folder();
    }

    /// Returns where tiny_http listens now; `None` after [`shut_down`](Self::shut_down).
    pub(crate) fn listener(&self) -> Option<PrivateListener> {
        self.listening.current().map(|it| it.listener.clone())
    }

    /// Starts tiny_http anew after its generation with the number `dead` has died. If several doors
    /// ask for this, only one new tiny_http is started.
    ///
    /// Blocks until the new tiny_http listens, or until `deadline`. Returns `None` if there is no
    /// new tiny_http then; a later call may succeed.
    pub(crate) fn rebuild(&self, dead: u64, deadline: Deadline) -> Option<PrivateListener> {
        let until = Instant::now() + deadline.left();
        self.listening.rebuild(dead, until).map(|it| it.listener.clone())
    }

    pub(crate) fn tickets(&self) -> &Arc<Tickets> {
        &self.tickets
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        // After a call of `shut_down`, a second call has nothing left to do.
        self.shut_down(Instant::now() + Duration::from_secs(1));
    }
}
