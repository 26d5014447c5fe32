//! The lab's small chat: a hub, a reader and a writer for each client, and the clients.
//!
//! It is the spine of Threadbare on one page, with seams at which a fault can be put in. The live
//! server has no such seams. The clients are in the same process, but their sockets are real.
//!
//! Blocks on: the hub, while a client comes in, and the server, while a client speaks, for at most
//! [`CLIENT_WAIT`] each; its end, when it joins its threads.
//! Owns: the threads, and the sockets of the clients. Whatever a fault has stuck goes on when the
//! small chat is dropped: its sockets are hung up, and the channel `stopped` ends.
//! Must not know: which fault is shown.
//!
//! Part: `lab/mod.rs`.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use socket2::{Domain, SockRef, Socket, Type};

use super::client::{listen, read_lines, write_lines};
use super::hub::{LabEvent, LabHub, LabMember};
use super::seams::{NameGiver, Seams, WriterEnd};
use crate::base::socket::deadline::{self, Deadline};
use crate::base::threads;

/// The size of a server socket's send buffer, and of a deaf client's receive buffer, in bytes.
/// They are small, so a writer soon notices that nobody reads.
const SEND_BUFFER: usize = 16 * 1024;
const DEAF_BUFFER: usize = 2048;
/// A client waits at most so long for the hub to know it, or for the server to read what it says.
const CLIENT_WAIT: Duration = Duration::from_secs(1);

/// What is counted while a small chat runs.
#[derive(Default)]
pub(super) struct LabCounts {
    /// Threads of the server that run: hub, readers, writers.
    pub(super) threads: AtomicUsize,
    /// Clients that came, and those that the hub knows now.
    pub(super) came: AtomicUsize,
    pub(super) known: AtomicUsize,
    /// Lines that clients have received, whole and torn.
    pub(super) heard: AtomicUsize,
    pub(super) torn: AtomicUsize,
}

pub(super) struct LabSpine {
    seams: Seams,
    counts: Arc<LabCounts>,
    listener: TcpListener,
    events: Sender<LabEvent>,
    /// The clients' ends of the connections.
    people: Vec<Arc<TcpStream>>,
    /// The server's ends. A thread of the server keeps its socket open; this list does not.
    sockets: Vec<Weak<TcpStream>>,
    threads: Vec<JoinHandle<()>>,
    /// Nothing is ever sent. The threads see when it is dropped.
    stop: Option<Sender<()>>,
    stopped: Receiver<()>,
}

impl LabSpine {
    /// Starts a small chat without clients.
    ///
    /// # Errors
    /// There is no port or no thread left.
    pub(super) fn start(seams: Seams) -> io::Result<Self> {
        // The inbox holds nothing: who sends waits until the hub takes it.
        let (events, inbox) = bounded(0);
        let (stop, stopped) = bounded(0);
        let counts = Arc::new(LabCounts::default());
        let hub = LabHub {
            seams,
            inbox,
            events: events.clone(),
            stopped: stopped.clone(),
            counts: Arc::clone(&counts),
            members: BTreeMap::new(),
        };
        let mut spine = Self {
            seams,
            counts,
            listener: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?,
            events,
            people: Vec::new(),
            sockets: Vec::new(),
            threads: Vec::new(),
            stop: Some(stop),
            stopped,
        };
        spine.spawn("lab-hub", move || hub.run())?;
        Ok(spine)
    }

    pub(super) fn counts(&self) -> &LabCounts {
        &self.counts
    }

    /// Lets a client in that reads what it gets.
    ///
    /// # Errors
    /// There is no socket or no thread left.
    pub(super) fn let_in(&mut self) -> io::Result<()> {
        let person = self.connect(false)?;
        let counts = Arc::clone(&self.counts);
        let number = self.sockets.len();
        let listener = threads::spawn(&format!("lab-p-{number}"), move || listen(&person, &counts));
        self.threads.push(listener?);
        Ok(())
    }

    /// Lets a client in that reads nothing.
    ///
    /// # Errors
    /// Those of [`Self::let_in`].
    pub(super) fn let_in_deaf(&mut self) -> io::Result<()> {
        self.connect(true).map(drop)
    }

    /// Lets the client with this number, counted from 0, say some lines.
    pub(super) fn say(&self, person: usize, lines: &[u8]) {
        // Who was disconnected by a fault cannot speak.
        deadline::write_all(&*self.people[person], lines, Deadline::after(CLIENT_WAIT)).ok();
    }

    /// Lets the client that came last leave.
    pub(super) fn let_last_leave(&mut self) {
        if let Some(person) = self.people.pop() {
            person.shutdown(Shutdown::Both).ok();
        }
    }

    /// Makes a connection, and the reader and the writer of its client. Waits until the hub knows
    /// the client, if it has time for that. Returns the client's end.
    fn connect(&mut self, is_deaf: bool) -> io::Result<Arc<TcpStream>> {
        let person = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        if is_deaf {
            person.set_recv_buffer_size(DEAF_BUFFER)?;
        }
        person.connect(&self.listener.local_addr()?.into())?;
        let person = Arc::new(TcpStream::from(person));
        let socket = Arc::new(self.listener.accept()?.0);
        socket.set_nodelay(true)?;
        SockRef::from(&*socket).set_send_buffer_size(SEND_BUFFER)?;
        self.people.push(Arc::clone(&person));
        self.sockets.push(Arc::downgrade(&socket));

        let number = self.sockets.len();
        let (queue, lines) = bounded(self.seams.queue_lines);
        let own = (self.seams.writer_end == WriterEnd::Nobody).then(|| queue.clone());
        let (seams, stopped, out) = (self.seams, self.stopped.clone(), Arc::clone(&socket));
        self.spawn(&format!("lab-w-{number}"), move || {
            write_lines(&out, &lines, &seams, &stopped);
            drop(own);
        })?;
        let name = self.name(number);
        let (events, stopped) = (self.events.clone(), self.stopped.clone());
        let (welcome, welcomed) = bounded(1);
        let member = LabMember { queue, socket: Arc::clone(&socket), welcome };
        self.spawn(&format!("lab-r-{number}"), move || {
            read_lines(&socket, name, member, &events, &stopped);
        })?;
        welcomed.recv_timeout(CLIENT_WAIT).ok();
        Ok(person)
    }

    fn name(&self, number: usize) -> u32 {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        match self.seams.names {
            NameGiver::Server => number,
            // The same "random" digits in each run: a step of a linear congruential generator.
            NameGiver::Client => {
                (number.wrapping_mul(1_103_515_245).wrapping_add(12345) >> 16) % 10
            }
        }
    }

    /// Starts a thread of the server.
    fn spawn(&mut self, name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let counts = Arc::clone(&self.counts);
        counts.threads.fetch_add(1, Ordering::Relaxed);
        self.threads.push(threads::spawn(name, move || {
            job();
            counts.threads.fetch_sub(1, Ordering::Relaxed);
        })?);
        Ok(())
    }
}

impl Drop for LabSpine {
    fn drop(&mut self) {
        self.stop = None;
        let sockets = self.sockets.iter().filter_map(Weak::upgrade);
        for socket in sockets.chain(self.people.drain(..)) {
            socket.shutdown(Shutdown::Both).ok();
        }
        for thread in self.threads.drain(..) {
            thread.join().ok();
        }
    }
}
