//! The name `threadbare.local`: on a network without a name server of its own, machines ask all
//! others for names that end with `.local` (multicast DNS, RFC 6762). This thread answers for ours.
//!
//! It does not ask first whether another machine has the name already (RFC 6762 8): two servers on
//! one network both answer, and each browser takes one of them. It announces nothing, and lists no
//! services.
//!
//! Runs on thread `mdns`, only in a server with `--mdns` or `--hotspot`.
//! Blocks on: `recvfrom`, until a question comes, `LOOK_AGAIN` is over, or this is dropped; after
//! an error that may stay, on a short pause.
//! Owns: the socket and the thread; which machines get an answer, and how often.
//! Must not know: HTTP, how a packet of DNS looks.
//!
//! Part: this file is its entry.

mod answer;
mod networks;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tracing::Level;

use crate::base::socket::deadline::{self, Deadline};
use crate::base::{rate, threads};
pub use answer::NAME;
use networks::OwnNetworks;

/// The group of addresses to which questions come.
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
/// The port of multicast DNS.
const PORT: u16 = 5353;
/// The time to live of a packet, in routers: what RFC 6762 11 asks for.
const ROUTERS_MAX: u32 = 255;
/// How often the thread looks for new networks of this machine: a hotspot's Wi-Fi may have its
/// address later than the server starts.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Longest question, in bytes. A longer one asks for much more than one name.
const QUESTION_BYTES_MAX: usize = 1500;
/// The pause between two answers to all machines of a network: what RFC 6762 6 asks for.
const ANSWER_PAUSE: Duration = Duration::from_secs(1);
/// How long the thread pauses after an error of the socket.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

/// The thread that answers for the server's name. Dropping this value ends it.
#[derive(Debug)]
pub struct LocalName {
    socket: Arc<UdpSocket>,
    stopping: Arc<AtomicBool>,
    /// `None`: the thread is joined.
    thread: Option<JoinHandle<()>>,
}

impl LocalName {
    /// Opens the socket and starts the thread. The server listens at the addresses `open`.
    ///
    /// # Errors
    /// Another program has the port for itself, or the system gives no socket or no thread.
    pub fn start(open: Vec<SocketAddr>) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
        // Other programs on this machine may answer for other names (avahi).
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(true)?;
        socket.set_multicast_ttl_v4(ROUTERS_MAX)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)).into())?;
        let socket = Arc::new(UdpSocket::from(socket));
        let stopping = Arc::new(AtomicBool::new(false));
        let answering = Answering {
            socket: Arc::clone(&socket),
            stopping: Arc::clone(&stopping),
            networks: OwnNetworks::listening_on(open),
        };
        let thread = threads::spawn("mdns", move || answering.run())?;
        Ok(Self { socket, stopping, thread: Some(thread) })
    }
}

impl Drop for LocalName {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Release);
        // This ends the wait in `recvfrom`, although it is an error for a socket without a peer.
        SockRef::from(&*self.socket).shutdown(Shutdown::Both).ok();
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("mdns had panicked");
            }
        }
    }
}

struct Answering {
    socket: Arc<UdpSocket>,
    stopping: Arc<AtomicBool>,
    networks: OwnNetworks,
}

impl Answering {
    /// Answers one question after the other until the server stops.
    fn run(mut self) {
        let mut question = vec![0; QUESTION_BYTES_MAX];
        let mut looked = None::<Instant>;
        while !self.stopping.load(Ordering::Acquire) {
            if looked.is_none_or(|at| at.elapsed() >= LOOK_AGAIN) {
                looked = Some(Instant::now());
                for ip in self.networks.look_again() {
                    // Without this, the thread hears nothing from that network.
                    if let Err(error) = self.socket.join_multicast_v4(&GROUP, &ip) {
                        tracing::debug!(%ip, %error, "mdns cannot join a network");
                    }
                }
            }
            let next = Deadline::after(LOOK_AGAIN);
            match deadline::receive(&self.socket, &mut question, next) {
                Ok((count, SocketAddr::V4(from))) => {
                    self.answer(&question[..count], *from.ip(), from.port());
                }
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
                Err(_) if self.stopping.load(Ordering::Acquire) => return,
                Err(error) => {
                    if rate::admits(Level::WARN, "mdns failed") {
                        tracing::warn!(%error, "mdns failed; trying again");
                    }
                    std::thread::park_timeout(ERROR_PAUSE);
                }
            }
        }
    }

    /// Answers a question of a machine on a network of this machine; of others, it drops it.
    fn answer(&mut self, question: &[u8], from: Ipv4Addr, port: u16) {
        let Some(network) = self.networks.of(from) else { return };
        // A program that asks from another port knows nothing of multicast DNS.
        let is_plain = port != PORT;
        let Some(reply) = answer::reply(question, is_plain, &network.addresses) else { return };
        let to = if reply.is_for_all {
            if network.answered.is_some_and(|at| at.elapsed() < ANSWER_PAUSE) {
                return;
            }
            network.answered = Some(Instant::now());
            // The kernel sends to the group by the network of this address.
            SockRef::from(&*self.socket).set_multicast_if_v4(&network.ip).ok();
            GROUP
        } else {
            from
        };
        let port = if reply.is_for_all { PORT } else { port };
        if let Err(error) = self.socket.send_to(&reply.bytes, (IpAddr::V4(to), port)) {
            tracing::debug!(%from, %error, "mdns cannot answer");
        }
    }
}
