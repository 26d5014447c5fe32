//! One generation of tiny_http: a listener on the private socket, and its threads.
//!
//! tiny_http can die without a report: if it gets no file descriptor or no thread, its accept
//! thread ends, and tells no other thread. So a new generation replaces a dead one, and each
//! generation has a number. The threads that still wait for requests of the dead generation are
//! woken. An accept thread that cannot be woken stays until the program ends.
//!
//! tiny_http's threads inherit the name `http-pool` from the thread that makes them.
//!
//! Owns: the listening socket and the `tiny_http::Server`.
//! Must not know: routes, tickets.
//!
//! Part: `server/http/mod.rs`.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;

use super::RESPONDERS;
use crate::base::threads;

/// Where a generation of tiny_http listens, and the number of that generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PrivateListener {
    pub(crate) number: u64,
    pub(crate) path: PathBuf,
}

/// One generation of tiny_http. Dropping this value ends that tiny_http.
pub(super) struct Generation {
    pub(super) listener: PrivateListener,
    server: tiny_http::Server,
}

impl Generation {
    /// Starts a tiny_http that listens on a new Unix socket at `path`. Blocks for as long as a
    /// thread takes to start, usually less than a millisecond.
    ///
    /// # Errors
    /// The system's error: mostly, it refused to give a thread or a file descriptor, or
    /// the folder is gone.
    pub(super) fn start(number: u64, path: PathBuf) -> io::Result<Self> {
        let listener = UnixListener::bind(&path)?;
        let server = Self::start_on(listener).inspect_err(|_| remove(&path))?;
        Ok(Self { listener: PrivateListener { number, path }, server })
    }

    /// Gives tiny_http the only handle of the socket. If our code held a second one, the kernel
    /// would still take connections for a dead accept thread, and every exchange would wait for its
    /// deadline.
    fn start_on(listener: UnixListener) -> io::Result<tiny_http::Server> {
        let (made, making) = bounded(1);
        let thread = threads::spawn("http-pool", move || {
            // This send cannot fail: `start_on` holds the receiver and waits for this message.
            made.send(tiny_http::Server::from_listener(listener, None)).ok();
        })?;
        // tiny_http panics when it gets no thread. In that case `made` has sent nothing.
        let server = making.recv().map_err(|_| io::Error::other("tiny_http got no thread"));
        drop(thread.join());
        server?.map_err(io::Error::other)
    }

    /// Returns the next request. Blocks until one comes, or until this generation ends (`None`).
    pub(super) fn next(&self) -> Option<tiny_http::Request> {
        self.server.recv().ok()
    }

    /// Ends this generation: every thread that waits in `next` gets `None`. Never blocks.
    ///
    /// When the last handle of this generation is dropped, tiny_http connects to itself, and that
    /// ends its accept thread. If the socket's file was removed, tiny_http cannot connect. Then the
    /// accept thread with its four helpers stays until the program ends.
    pub(super) fn retire(&self) {
        for _ in 0..RESPONDERS {
            self.server.unblock();
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, path = %path.display(), "cannot remove the file of a socket");
    }
}
