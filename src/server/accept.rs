//! Connection path, step 1: accepts a socket and gives it a thread.
//!
//! Runs on thread `accept`, one per listener.
//! Blocks on: `accept`, until a connection comes or `stop_listening` is called. If a service
//! manager holds the listener, too, blocks on `poll` instead, until a connection comes or its
//! `bell` is dropped. After an error that may stay, blocks on a short pause, so that the loop does
//! not use a whole core.
//! Owns: its listener, and one spare file descriptor. When the file table is full, the thread
//! closes the spare descriptor. Then it can accept the next connection and refuse it at once, so
//! the peer does not wait for an answer that never comes.
//! Must not: read from a socket, or write to one, except for a refusal that is sent without
//! waiting.
//!
//! Next: `server/door/mod.rs`.

use std::io;
use std::net::SocketAddr;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::Level;

use crate::admission::{Admission, DoorPass};
use crate::base::rate;
use crate::base::socket::{self, PublicListener, PublicSocket};
use crate::base::threads::{self, Pool};
use crate::server::instruments;

/// How long the `accept` thread pauses after an error that does not go away by itself: for example,
/// no file descriptor is free. Without the pause, the thread would keep a core busy.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listener and the thread that accepts on it.
#[derive(Debug)]
pub struct Acceptor {
    listener: Arc<PublicListener>,
    stopping: Arc<AtomicBool>,
    /// `None`: the listener is this process's alone.
    bell: Option<UnixStream>,
    thread: JoinHandle<()>,
}

impl Acceptor {
    /// Starts the thread that accepts connections. `way_in` then serves each connection's socket on
    /// a thread of `pool`.
    ///
    /// # Errors
    /// The system refused to start a thread, or has no file descriptor.
    pub fn start(
        listener: PublicListener,
        way_in: Arc<dyn WayIn>,
        admission: Arc<Admission>,
        pool: Pool,
    ) -> io::Result<Self> {
        let listener = Arc::new(listener);
        let stopping = Arc::new(AtomicBool::new(false));
        let is_shared = socket::is_shared(&listener);
        let (bell, rings) = is_shared.then(UnixStream::pair).transpose()?.unzip();
        let accepting = Accepting {
            listener: Arc::clone(&listener),
            stopping: Arc::clone(&stopping),
            rings,
            way_in,
            admission,
            pool,
        };
        let thread = threads::spawn_vital("accept", move || accepting.run())?;
        Ok(Self { listener, stopping, bell, thread })
    }

    /// Returns whether another process holds the listener, too, and so keeps the port open.
    pub fn is_shared(&self) -> bool {
        self.bell.is_some()
    }

    /// Stops accepting and closes the port. A port that a service manager holds, too, stays open:
    /// connections wait there for the next server. Blocks until the `accept` thread has ended: at
    /// most a little longer than its pause after an error (`ACCEPT_PAUSE`).
    pub fn stop(self) {
        self.stopping.store(true, Ordering::Release);
        match self.bell {
            Some(bell) => drop(bell),
            None => socket::stop_listening(&self.listener),
        }
        if self.thread.join().is_err() {
            tracing::error!("accept had panicked");
        }
    }
}

/// Serves the sockets that an [`Acceptor`] accepts. Each kind of port (for pages, for plain lines)
/// has its own implementation.
pub trait WayIn: Send + Sync {
    /// Serves one public socket on the calling thread. Blocks until the connection has ended, is
    /// refused, or is to become a client's. Returns the function that runs the client, if the
    /// connection is to become a client's; otherwise `None`.
    fn serve(&self, socket: Arc<PublicSocket>, peer: SocketAddr) -> Option<ClientRun>;

    /// Returns the bytes that refuse a peer, because the server has no thread, no door or no file
    /// descriptor for its connection.
    fn busy_answer(&self) -> &'static [u8];
}

/// A function that runs a client on the door's thread, which becomes the client's reader. It blocks
/// until the client has ended. It is called only after [`WayIn::serve`] has returned, so that the
/// door's own values do not stay in memory for as long as the client.
pub type ClientRun = Box<dyn FnOnce()>;

struct Accepting {
    listener: Arc<PublicListener>,
    stopping: Arc<AtomicBool>,
    /// The other end of the acceptor's `bell`, if another process holds the listener, too.
    rings: Option<UnixStream>,
    way_in: Arc<dyn WayIn>,
    admission: Arc<Admission>,
    pool: Pool,
}

impl Accepting {
    // Lesson 1 of the course: docs/course/01-who-waits
    /// Accepts connections until [`Acceptor::stop`] is called. No error of `accept` ends this loop.
    fn run(&self) {
        let mut spare = spare_file();
        while !self.stopping.load(Ordering::Acquire) {
            match self.accept() {
                Ok((socket, peer)) => {
                    instruments::ACCEPTED.add(1);
                    spare = spare.or_else(spare_file);
                    if spare.is_some() {
                        self.hand_to_door(socket, peer);
                    } else {
                        self.refuse_connection(&socket, peer, "no file is left");
                        drop(socket);
                        spare = spare_file();
                    }
                }
                Err(_) if self.stopping.load(Ordering::Acquire) => break,
                // Closing the spare descriptor frees an entry in the file table, so that the next
                // `accept` can succeed.
                Err(error) if is_full_table(&error) && spare.is_some() => spare = None,
                Err(error) => {
                    pause(&error);
                    spare = spare.or_else(spare_file);
                }
            }
        }
    }

    /// Waits for a connection and takes it. A listener that another process holds, too, cannot be
    /// shut down to end the wait: that would be its end for the other process as well. So the
    /// thread waits for the listener or for the bell, and takes nothing once the server stops.
    fn accept(&self) -> io::Result<(PublicSocket, SocketAddr)> {
        if let Some(rings) = &self.rings {
            socket::wait_for_connection(&self.listener, rings)?;
            if self.stopping.load(Ordering::Acquire) {
                return Err(io::ErrorKind::Interrupted.into());
            }
        }
        self.listener.accept()
    }

    fn hand_to_door(&self, socket: PublicSocket, peer: SocketAddr) {
        let socket = Arc::new(socket);
        let Ok(pass) = self.admission.open_door(&socket, peer.ip()) else {
            return self.refuse_connection(&socket, peer, "no door is free");
        };
        let started = self.pool.run({
            let (way_in, socket) = (Arc::clone(&self.way_in), Arc::clone(&socket));
            move || serve_door(&*way_in, socket, peer, pass)
        });
        if let Err(error) = started {
            tracing::debug!(%peer, %error, "no thread");
            self.refuse_connection(&socket, peer, "no thread");
        }
    }

    /// Sends the peer as much of the refusal as its socket takes at once, and hangs up. Never
    /// blocks.
    fn refuse_connection(&self, socket: &PublicSocket, peer: SocketAddr, why: &'static str) {
        if rate::admits(Level::WARN, why) {
            tracing::warn!(%peer, "refused: {why}");
        }
        socket::turn_away(socket, self.way_in.busy_answer());
    }
}

/// Serves one socket on a thread of the pool: first as a door, and perhaps then as a client's
/// reader. The connection's place among the doors ([`DoorPass`]) is free at the latest when this
/// function returns.
fn serve_door(way_in: &dyn WayIn, socket: Arc<PublicSocket>, peer: SocketAddr, _pass: DoorPass) {
    threads::set_name("door");
    if let Some(run_client) = way_in.serve(socket, peer) {
        run_client();
    }
}

/// Opens a file descriptor only to occupy an entry in the file table; `None`: no entry is free. It
/// is a socket, because a socket needs no path.
fn spare_file() -> Option<UnixDatagram> {
    UnixDatagram::unbound().ok()
}

fn is_full_table(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|full| error.raw_os_error() == Some(full.raw_os_error()))
}

/// Logs an error that may stay, such as a full file table, and sleeps for `ACCEPT_PAUSE`. Returns
/// at once if the error belongs to a single connection, if another process has taken the
/// connection, or if a signal interrupted `accept`.
fn pause(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    let passes = [ConnectionAborted, ConnectionReset, Interrupted, WouldBlock];
    if !passes.contains(&error.kind()) {
        if rate::admits(Level::WARN, "accept failed") {
            tracing::warn!(%error, "accept failed; trying again");
        }
        std::thread::park_timeout(ACCEPT_PAUSE);
    }
}
