//! A relay that speaks TLS with a server, and plain bytes with a test's client.
//!
//! With `THREADBARE_TEST_TLS=1` the harness puts one in front of each server that it starts. So the
//! tests of bytes on the wire run once more over TLS, and nothing in them is written twice.
//!
//! One thread a connection. What the relay holds of a connection is bounded
//! ([`HELD_BYTES_MAX`]), so a server also notices over it that a client reads nothing. The end of
//! one direction becomes a `close_notify` and an end, and the other way round; a reset becomes a
//! reset.
//!
//! The unit tests of the door have this file, too, so it uses nothing else of the harness than
//! `any_certificate.rs`.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags, poll};
use rustls::ClientConnection;
use socket2::{Domain, Socket, Type};

use super::any_certificate;

/// The size of each of the relay's two small buffers in the kernel, which doubles it.
const KERNEL_BUFFER_BYTES: usize = 4 * 1024;
/// The most that a relay holds of what a server has sent and its client has not read: both of its
/// kernel's buffers, one record that is not whole yet, and the text of the one before.
pub const HELD_BYTES_MAX: usize = 4 * KERNEL_BUFFER_BYTES + 2 * 16 * 1024 + 4096;
/// How often a relay reads from a server that takes nothing more.
const LAST_READS_MAX: usize = 16;
/// How many connections may wait for the relay.
const BACKLOG: i32 = 1024;

/// Whether the tests run over TLS this time.
pub fn is_wanted() -> bool {
    std::env::var("THREADBARE_TEST_TLS").is_ok_and(|value| value == "1")
}

/// How much more than the kernel's buffers may be between a server and a client that reads nothing.
pub fn held_bytes_max() -> usize {
    if is_wanted() { HELD_BYTES_MAX } else { 0 }
}

/// The addresses of all relays, each with that of its server.
static SERVERS: Mutex<BTreeMap<SocketAddr, SocketAddr>> = Mutex::new(BTreeMap::new());

/// Where the server listens that one reaches at `addr`: behind a relay, or there.
pub fn behind(addr: SocketAddr) -> SocketAddr {
    SERVERS.lock().get(&addr).copied().unwrap_or(addr)
}

/// A relay in front of one server.
pub struct TlsRelay {
    /// Where clients connect.
    pub addr: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl TlsRelay {
    /// A relay in front of the server at this address.
    pub fn to(server: SocketAddr) -> Self {
        raise_file_limit();
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        listener.listen(BACKLOG).unwrap();
        let listener = TcpListener::from(listener);
        let addr = listener.local_addr().unwrap();
        let is_over = Arc::new(AtomicBool::new(false));
        let relay = Self { addr, is_over: Arc::clone(&is_over) };
        SERVERS.lock().insert(addr, server);
        spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                spawn(move || carry(near, server));
            }
        });
        relay
    }
}

impl Drop for TlsRelay {
    fn drop(&mut self) {
        SERVERS.lock().remove(&self.addr);
        self.is_over.store(true, Ordering::Relaxed);
        // Wakes its thread.
        drop(TcpStream::connect(self.addr));
    }
}

/// Each connection of a test takes two more files.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let hard = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: hard, maximum: hard }).ok();
}

#[expect(clippy::disallowed_methods, reason = "a thread of a test that ends with its connection")]
fn spawn(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().name("relay".to_owned()).spawn(work).unwrap();
}

/// One connection through a relay.
struct Relayed {
    /// The test's client, which speaks plain.
    near: TcpStream,
    /// The server, which speaks TLS.
    far: TcpStream,
    tls: ClientConnection,
    /// What the server has sent and the client has not taken.
    to_near: Vec<u8>,
    near_has_ended: bool,
    far_has_ended: bool,
    near_was_told: bool,
    far_was_told: bool,
}

fn carry(near: TcpStream, server: SocketAddr) {
    // From the client's own address, which the server counts.
    let connected = near.peer_addr().and_then(|peer| connect(peer, server));
    let Ok(far) = connected else { return resets(&near) };
    let mut tls = any_certificate::connection();
    tls.set_buffer_limit(None);
    near.set_nonblocking(true).unwrap();
    near.set_nodelay(true).unwrap();
    socket2::SockRef::from(&near).set_send_buffer_size(KERNEL_BUFFER_BYTES).unwrap();
    let mut relayed = Relayed {
        near,
        far,
        tls,
        to_near: Vec::new(),
        near_has_ended: false,
        far_has_ended: false,
        near_was_told: false,
        far_was_told: false,
    };
    if relayed.until_both_have_ended().is_err() {
        resets(&relayed.near);
        resets(&relayed.far);
    }
}

fn connect(peer: SocketAddr, server: SocketAddr) -> io::Result<TcpStream> {
    let far = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    far.set_recv_buffer_size(KERNEL_BUFFER_BYTES)?;
    far.set_tcp_nodelay(true)?;
    if server.is_ipv4() {
        far.bind(&SocketAddr::new(peer.ip(), 0).into())?;
    }
    far.connect(&server.into())?;
    far.set_nonblocking(true)?;
    Ok(far.into())
}

/// The other side sees a reset once the socket is closed.
fn resets(socket: &TcpStream) {
    socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO)).ok();
}

impl Relayed {
    fn until_both_have_ended(&mut self) -> io::Result<()> {
        while !(self.near_was_told && self.far_was_told) {
            self.wait()?;
            let sent = self.near_to_far();
            self.far_to_near()?;
            if sent.is_err() {
                // What the server said before it hung up still comes.
                for _ in 0..LAST_READS_MAX {
                    self.far_to_near()?;
                }
                return sent;
            }
        }
        Ok(())
    }

    /// A client is heard when the server has taken what it said before.
    fn hears_near(&self) -> bool {
        !self.near_has_ended && !self.tls.is_handshaking() && !self.tls.wants_write()
    }

    /// A server is heard when the client has taken what it said before.
    fn hears_far(&self) -> bool {
        !self.far_has_ended && self.to_near.is_empty()
    }

    fn wait(&self) -> io::Result<()> {
        let flags = |hears, has| {
            let flag = |flag, is_set| if is_set { flag } else { PollFlags::empty() };
            flag(PollFlags::IN, hears) | flag(PollFlags::OUT, has)
        };
        let near = flags(self.hears_near(), !self.to_near.is_empty());
        let far = flags(self.hears_far(), self.tls.wants_write());
        let both = [PollFd::new(&self.near, near), PollFd::new(&self.far, far)];
        // A socket of which nothing is wanted would end the wait by its end, again and again.
        let wanted = [near, far].into_iter().zip(both).filter(|(flags, _)| !flags.is_empty());
        let mut wanted: Vec<_> = wanted.map(|(_, socket)| socket).collect();
        match poll(&mut wanted, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn near_to_far(&mut self) -> io::Result<()> {
        if self.hears_near() {
            let mut buffer = [0; 16 * 1024];
            match self.near.read(&mut buffer) {
                Ok(0) => {
                    self.near_has_ended = true;
                    self.tls.send_close_notify();
                }
                Ok(count) => self.tls.writer().write_all(&buffer[..count])?,
                Err(error) if is_for_later(&error) => {}
                Err(error) => return Err(error),
            }
        }
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut self.far) {
                Ok(_) => {}
                Err(error) if is_for_later(&error) => break,
                Err(error) => return Err(error),
            }
        }
        if self.near_has_ended && !self.far_was_told && !self.tls.wants_write() {
            self.far_was_told = true;
            self.far.shutdown(Shutdown::Write).ok();
        }
        Ok(())
    }

    fn far_to_near(&mut self) -> io::Result<()> {
        if self.hears_far() {
            match self.tls.read_tls(&mut self.far) {
                Ok(0) if self.tls.is_handshaking() => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(0) => self.far_has_ended = true,
                Ok(_) => self.opens_records()?,
                Err(error) if is_for_later(&error) => {}
                Err(error) => return Err(error),
            }
        }
        while !self.to_near.is_empty() {
            match self.near.write(&self.to_near) {
                Ok(count) => drop(self.to_near.drain(..count)),
                Err(error) if is_for_later(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        if self.far_has_ended && !self.near_was_told {
            self.near_was_told = true;
            self.near.shutdown(Shutdown::Write).ok();
        }
        Ok(())
    }

    fn opens_records(&mut self) -> io::Result<()> {
        self.tls.process_new_packets().map_err(io::Error::other)?;
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.tls.reader().read(&mut buffer) {
                Ok(0) => {
                    self.far_has_ended = true;
                    return Ok(());
                }
                Ok(count) => self.to_near.extend(&buffer[..count]),
                Err(error) if is_for_later(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_for_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
