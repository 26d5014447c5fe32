//! Connection path, step 3: tiny_http, behind the door.
//!
//! It listens on a private Unix socket in a folder that only our user may
//! enter, gets canonical requests only, and is started anew when it dies.
//!
//! Runs on threads `http-<n>` (ours, see `responder.rs`) and `http-pool`
//! (tiny_http's own, which nobody can join).
//!
//! Owns: the start and the end of all that.
//! Must not know: public sockets.
//!
//! Next: `http/folder.rs`.

mod date;
mod folder;
mod generation;
pub mod handshake;
mod listening;
pub mod refusal;
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

use crate::http::folder::Folder;
use crate::http::generation::Generation;
use crate::http::listening::Listening;
use crate::http::site::Site;
use crate::http::ticket::Tickets;
use crate::socket::deadline::Deadline;
use crate::{limits, threads};

/// tiny_http, which hands requests to a site.
pub struct Http {
    listening: Arc<Listening>,
    tickets: Arc<Tickets>,
    responders: Mutex<Vec<JoinHandle<()>>>,
}

/// Why tiny_http cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum HttpStartError {
    /// No place for the socket that the door and tiny_http share.
    #[error(
        "cannot make a private folder in {}: {source}; set XDG_RUNTIME_DIR to a folder of yours",
        path.display()
    )]
    NoPrivateFolder {
        /// The last place that was tried.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system has no thread or file to give.
    #[error(
        "cannot start the page server: {0}; this user's limits may be reached (ulimit -u, ulimit -n)"
    )]
    NoThread(#[from] io::Error),
}

/// Where tiny_http listens now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// Which life of tiny_http this is.
    pub(crate) number: u64,
    /// Its Unix socket.
    pub(crate) path: PathBuf,
}

impl From<&Generation> for Listener {
    fn from(generation: &Generation) -> Self {
        Self { number: generation.number, path: generation.path.clone() }
    }
}

impl Http {
    /// Starts tiny_http and the threads on which `site` answers its requests.
    ///
    /// # Errors
    /// See [`HttpStartError`]; nothing is left behind.
    pub fn start(site: Arc<dyn Site>) -> Result<Arc<Self>, HttpStartError> {
        let folder = Folder::create()
            .map_err(|(path, source)| HttpStartError::NoPrivateFolder { path, source })?;
        let http = Arc::new(Self {
            listening: Arc::new(Listening::start(folder)?),
            tickets: Arc::new(Tickets::default()),
            responders: Mutex::new(Vec::new()),
        });
        for number in 1..=limits::RESPONDERS {
            // Dropping `http` on the way out ends those that have started.
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
                // A responder catches its panics; there is nothing to hear.
                drop(thread.join());
            }
        } else {
            tracing::warn!("a page is still being made; its thread is left behind");
        }
        self.listening.remove_folder();
    }

    /// Where to connect; `None` after the end.
    pub(crate) fn listener(&self) -> Option<Listener> {
        self.listening.current().as_deref().map(Listener::from)
    }

    /// Follows a tiny_http that has died with a new one, once for all who ask.
    ///
    /// Blocks until it listens, or the deadline passes; `None` if there is none.
    pub(crate) fn rebuild(&self, dead: u64, deadline: Deadline) -> Option<Listener> {
        let until = Instant::now() + deadline.left();
        self.listening.rebuild(dead, until).as_deref().map(Listener::from)
    }

    /// The tickets of the exchanges at hand.
    pub(crate) fn tickets(&self) -> &Arc<Tickets> {
        &self.tickets
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        // After a `shut_down` this finds nothing left to do.
        self.shut_down(Instant::now() + Duration::from_secs(1));
    }
}
