//! One life of tiny_http: a listener on the private socket, and its threads.
//!
//! tiny_http can die in silence: out of files or threads its accept thread
//! ends, and nobody is told. So a life has a number, and is followed by the
//! next one; what is left of the old is woken and ends.
//!
//! Its threads inherit the name `http-pool` from the thread that makes them.
//!
//! Owns: the listening socket and the `tiny_http::Server`.
//! Must not know: routes, tickets.
//!
//! Next: `http/listening.rs`.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use crossbeam_channel::bounded;
use socket2::SockRef;

use crate::{limits, threads};

/// One life of tiny_http; dropping it ends it.
pub(super) struct Generation {
    pub(super) number: u64,
    pub(super) path: PathBuf,
    server: tiny_http::Server,
    /// A second handle, to wake the accept thread even when the socket's file
    /// is gone and nobody can connect.
    listener: UnixListener,
}

impl Generation {
    /// Starts tiny_http at a new path. Blocks for as long as a thread takes to
    /// start, under a millisecond.
    ///
    /// # Errors
    /// The system has no thread or file to give, or the folder is gone.
    pub(super) fn start(number: u64, path: PathBuf) -> io::Result<Self> {
        let listener = UnixListener::bind(&path)?;
        let started = Self::start_on(&listener);
        if started.is_err() {
            remove(&path);
        }
        let (server, listener) = (started?, listener);
        Ok(Self { number, path, server, listener })
    }

    fn start_on(listener: &UnixListener) -> io::Result<tiny_http::Server> {
        let listener = listener.try_clone()?;
        let (made, making) = bounded(1);
        let thread = threads::spawn("http-pool", move || {
            // Nobody can be gone: the caller waits for this.
            made.send(tiny_http::Server::from_listener(listener, None)).ok();
        })?;
        // tiny_http panics when it gets no thread; then nothing was sent.
        let server = making.recv().map_err(|_| io::Error::other("tiny_http got no thread"));
        drop(thread.join());
        server?.map_err(io::Error::other)
    }

    /// The next request. Blocks until one comes, or this life ends (`None`).
    pub(super) fn next(&self) -> Option<tiny_http::Request> {
        self.server.recv().ok()
    }

    /// Ends the accept thread: nobody can connect any more. Never blocks.
    pub(super) fn deafen(&self) {
        // An error means that it had ended before.
        drop(SockRef::from(&self.listener).shutdown(Shutdown::Both));
    }

    /// Ends this life: whoever waits in `next` gets its end. Never blocks.
    pub(super) fn retire(&self) {
        self.deafen();
        for _ in 0..limits::RESPONDERS {
            self.server.unblock();
        }
    }
}

impl Drop for Generation {
    fn drop(&mut self) {
        // Before the server's own drop: that one connects to wake its accept
        // thread, without a limit if nobody accepts.
        self.retire();
    }
}

fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path) {
        tracing::debug!(%error, path = %path.display(), "a socket's file stays behind");
    }
}
