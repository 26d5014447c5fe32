//! Connection path, step 1: a socket comes in and gets a thread.
//!
//! Runs on thread `accept`, one per listener.
//! Blocks on: `accept`, until a connection or `stop_listening`; after an error
//! that stays (a full file table), a short pause so that it burns no core.
//! Owns: its listener, and a spare file: when the table is full it is given up,
//! so that the next in line is told so instead of waiting for an answer.
//! Must not: read or write, but for one refusal that does not wait.
//!
//! Next: `door/mod.rs`.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tracing::Level;

use crate::admission::{Admission, DoorPass};
use crate::limits;
use crate::rate;
use crate::socket;
use crate::threads::{self, Pool};

/// A listener and the thread that accepts on it.
#[derive(Debug)]
pub struct Acceptor {
    listener: Arc<TcpListener>,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Acceptor {
    /// Starts accepting: each socket is served by `way_in` on a thread of `pool`.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub fn start(
        listener: TcpListener,
        way_in: Arc<dyn WayIn>,
        admission: Arc<Admission>,
        pool: Pool,
    ) -> io::Result<Self> {
        let listener = Arc::new(listener);
        let stopping = Arc::new(AtomicBool::new(false));
        let accepting = Accepting {
            listener: Arc::clone(&listener),
            stopping: Arc::clone(&stopping),
            way_in,
            admission,
            pool,
        };
        let thread = threads::spawn_vital("accept", move || accepting.run())?;
        Ok(Self { listener, stopping, thread })
    }

    /// Stops accepting and closes the port. Blocks until the thread has ended, which only its
    /// short pause after an error can delay.
    pub fn stop(self) {
        self.stopping.store(true, Ordering::Release);
        socket::stop_listening(&self.listener);
        if self.thread.join().is_err() {
            tracing::error!("accept had panicked");
        }
    }
}

/// What serves the sockets of a listener.
pub trait WayIn: Send + Sync {
    /// Serves one public socket on the calling thread. Blocks until the socket is closed, or
    /// until it is a client's.
    fn serve(&self, socket: Arc<TcpStream>, peer: SocketAddr) -> Option<Stay>;

    /// What is written to a peer for whom there is no thread or place.
    fn busy_answer(&self) -> &'static [u8];
}

/// The life of a client, which the thread that let it in goes on with: it blocks until the
/// client has ended. It begins after [`WayIn::serve`] has returned, for a client stays for hours,
/// and what its door had on the stack would stay for as long.
pub type Stay = Box<dyn FnOnce()>;

struct Accepting {
    listener: Arc<TcpListener>,
    stopping: Arc<AtomicBool>,
    way_in: Arc<dyn WayIn>,
    admission: Arc<Admission>,
    pool: Pool,
}

impl Accepting {
    /// Runs until [`Acceptor::stop`]; no error of `accept` ends it.
    fn run(&self) {
        let mut spare = spare_file();
        while !self.stopping.load(Ordering::Acquire) {
            match self.listener.accept() {
                // An IPv4 peer of a `[::]` listener is shown as people know it.
                Ok((socket, peer)) => {
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    spare = spare.or_else(spare_file);
                    if spare.is_some() {
                        self.welcome(socket, peer);
                    } else {
                        self.refuse(&socket, peer, "no file is left");
                        drop(socket);
                        spare = spare_file();
                    }
                }
                Err(_) if self.stopping.load(Ordering::Acquire) => break,
                // Its place in the table goes to the next in line.
                Err(error) if is_full_table(&error) && spare.is_some() => spare = None,
                Err(error) => {
                    rest(&error);
                    spare = spare.or_else(spare_file);
                }
            }
        }
    }

    fn welcome(&self, socket: TcpStream, peer: SocketAddr) {
        let socket = Arc::new(socket);
        let Ok(pass) = self.admission.open_door(&socket, peer.ip()) else {
            return self.refuse(&socket, peer, "all doors are taken");
        };
        let started = self.pool.run({
            let (way_in, socket) = (Arc::clone(&self.way_in), Arc::clone(&socket));
            move || open(&*way_in, socket, peer, pass)
        });
        if let Err(error) = started {
            tracing::debug!(%peer, %error, "no thread");
            self.refuse(&socket, peer, "no thread");
        }
    }

    /// Says no if the socket takes it at once, and closes.
    fn refuse(&self, socket: &TcpStream, peer: SocketAddr, why: &'static str) {
        if rate::admits(Level::WARN, why) {
            tracing::warn!(%peer, "refused: {why}");
        }
        socket::turn_away(socket, self.way_in.busy_answer());
    }
}

/// The life of a door's thread. A door gives its place back when its socket becomes a client's, not
/// only at the end of this thread ([`DoorPass`]).
fn open(way_in: &dyn WayIn, socket: Arc<TcpStream>, peer: SocketAddr, _pass: DoorPass) {
    threads::set_name("door");
    if let Some(stay) = way_in.serve(socket, peer) {
        stay();
    }
}

/// A file that can be given up. A socket that nobody uses is the one kind that
/// needs no path.
fn spare_file() -> Option<UnixDatagram> {
    UnixDatagram::unbound().ok()
}

/// No file left: for this process, or for the whole box.
fn is_full_table(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|full| error.raw_os_error() == Some(full.raw_os_error()))
}

/// Errors of one connection are passed over; a full table needs a pause.
fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        if rate::admits(Level::WARN, "accept failed") {
            tracing::warn!(%error, "accept failed; trying again");
        }
        std::thread::park_timeout(limits::ACCEPT_PAUSE);
    }
}
