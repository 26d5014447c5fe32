//! A faulty connection between a client and the server, like those of bad networks.
//!
//! Two threads a connection, one for each direction. The test can change the fault while
//! connections are open, and it holds for all of them at once.

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{TlsRelay, read_some, tls_relay};

/// What the proxy does to the bytes, in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Everything arrives late by this.
    Delay(Duration),
    /// Passes so many bytes a second.
    Rate(usize),
    /// Each byte goes in a segment of its own.
    Slices,
    /// Closes the connection after so many more bytes.
    CutAfter(usize),
    /// Closes the connection just before the server's next use of these words.
    CutBefore(&'static str),
    /// Resets the connection after so many more bytes.
    ResetAfter(usize),
    /// When one side closes, the other side learns of it late by this.
    SlowClose(Duration),
    /// No byte goes through, and neither side notices.
    Stall,
    /// Every connection ends, open ones and new ones.
    Down,
}

/// A proxy in front of one server.
pub struct Proxy {
    pub addr: SocketAddr,
    _relay: Option<TlsRelay>,
    shared: Arc<Shared>,
}

struct Shared {
    fault: Mutex<Fault>,
    /// Bytes that went through since the fault was set.
    passed: AtomicUsize,
    over: AtomicBool,
}

/// One connection through it.
struct ProxiedConnection {
    near: TcpStream,
    far: TcpStream,
    dead: AtomicBool,
}

/// A bound on the length of the words of `CutBefore`.
const WORDS_BYTES_MAX: usize = 32;

/// How often a thread of the proxy looks whether the fault has changed.
const LOOK: Duration = Duration::from_millis(10);

impl Proxy {
    /// A proxy without a fault yet. If a relay speaks TLS with the server, one stands in front of
    /// this proxy, so that the faults strike what is sealed.
    pub fn to(server: SocketAddr) -> Self {
        let is_relayed = tls_relay::behind(server) != server;
        let server = tls_relay::behind(server);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            fault: Mutex::new(Fault::None),
            passed: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let kept = Arc::clone(&shared);
        threadbare::base::threads::spawn("proxy", move || {
            for near in listener.incoming().map_while(Result::ok) {
                if shared.over.load(Ordering::Relaxed) {
                    break;
                }
                // If the server accepts no connection, the client's one ends at once.
                let Ok(far) = TcpStream::connect(server) else { continue };
                carry(near, far, &shared);
            }
        })
        .unwrap();
        let relay = is_relayed.then(|| TlsRelay::to(addr));
        let addr = relay.as_ref().map_or(addr, |relay| relay.addr);
        Self { addr, _relay: relay, shared: kept }
    }

    /// From now on the proxy has this fault.
    pub fn does(&self, fault: Fault) {
        let mut current = self.shared.fault.lock();
        self.shared.passed.store(0, Ordering::Relaxed);
        *current = fault;
    }

    /// Waits until the connection was cut after so many bytes.
    pub fn waits_for_the_cut(&self, after: usize) {
        let passed = || self.shared.passed.load(Ordering::Relaxed);
        super::eventually("the cut", || passed() > after);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        // A connection wakes the thread that accepts; an error means that the thread has ended.
        TcpStream::connect(tls_relay::behind(self.addr)).ok();
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's proxy bounds its own reads")]
fn carry(near: TcpStream, far: TcpStream, shared: &Arc<Shared>) {
    for socket in [&near, &far] {
        socket.set_nodelay(true).unwrap();
        socket.set_read_timeout(Some(LOOK)).unwrap();
        socket.set_write_timeout(Some(super::PATIENCE)).unwrap();
    }
    let proxied = Arc::new(ProxiedConnection { near, far, dead: AtomicBool::new(false) });
    for up in [true, false] {
        let (shared, proxied) = (Arc::clone(shared), Arc::clone(&proxied));
        threadbare::base::threads::spawn("pump", move || {
            let (from, to) =
                if up { (&proxied.near, &proxied.far) } else { (&proxied.far, &proxied.near) };
            pump(&shared, &proxied, from, to);
        })
        .unwrap();
    }
}

/// Carries one direction until it ends.
fn pump(shared: &Shared, proxied: &ProxiedConnection, mut from: &TcpStream, to: &TcpStream) {
    let mut buffer = [0; 4096];
    // The bytes that went through last: the words may come in two pieces.
    let mut last = Vec::new();
    while shared.goes_on(proxied) {
        let count = match read_some(&mut from, &mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(_) => 0,
        };
        if !shared.goes_on(proxied) {
            return;
        }
        if count == 0 {
            if let Fault::SlowClose(wait) = *shared.fault.lock() {
                rest(Instant::now() + wait);
            }
            to.shutdown(Shutdown::Write).ok();
            return;
        }
        if shared.passes(proxied, to, &buffer[..count], &last).is_err() {
            proxied.dead.store(true, Ordering::Relaxed);
        }
        last.extend(&buffer[..count]);
        last.drain(..last.len().saturating_sub(WORDS_BYTES_MAX));
    }
}

impl Shared {
    /// Waits while the connection stalls; false once it has ended.
    fn goes_on(&self, proxied: &ProxiedConnection) -> bool {
        loop {
            if self.over.load(Ordering::Relaxed) || *self.fault.lock() == Fault::Down {
                proxied.ends();
            }
            if proxied.dead.load(Ordering::Relaxed) {
                return false;
            }
            if *self.fault.lock() != Fault::Stall {
                return true;
            }
            rest(Instant::now() + LOOK);
        }
    }

    /// Lets `bytes`, which follow `last`, through as the fault demands.
    fn passes(
        &self,
        proxied: &ProxiedConnection,
        mut to: &TcpStream,
        bytes: &[u8],
        last: &[u8],
    ) -> std::io::Result<()> {
        let fault = *self.fault.lock();
        if let Fault::CutBefore(words) = fault
            && let Some(place) = place_of(words, last, bytes)
        {
            to.write_all(&bytes[..place])?;
            proxied.ends();
            return Ok(());
        }
        let before = self.passed.fetch_add(bytes.len(), Ordering::Relaxed);
        match fault {
            Fault::Delay(wait) => {
                rest(Instant::now() + wait);
                to.write_all(bytes)
            }
            Fault::Rate(rate) => bytes.chunks((rate / 20).max(1)).try_for_each(|chunk| {
                to.write_all(chunk)?;
                rest(Instant::now() + Duration::from_secs(1) / 20);
                Ok(())
            }),
            Fault::Slices => bytes.chunks(1).try_for_each(|byte| to.write_all(byte)),
            Fault::CutAfter(most) | Fault::ResetAfter(most) if before + bytes.len() > most => {
                to.write_all(&bytes[..most.saturating_sub(before)])?;
                if matches!(fault, Fault::ResetAfter(_)) {
                    proxied.resets()
                } else {
                    proxied.ends()
                }
                Ok(())
            }
            _ => to.write_all(bytes),
        }
    }
}

/// Where these words begin in `bytes`, which follow `last`; 0 if they begin in `last`. Bytes from
/// clients are masked, and never contain the words.
fn place_of(words: &str, last: &[u8], bytes: &[u8]) -> Option<usize> {
    let all = [last, bytes].concat();
    let place = all.windows(words.len()).position(|window| window == words.as_bytes())?;
    Some(place.saturating_sub(last.len()))
}

impl ProxiedConnection {
    fn ends(&self) {
        self.dead.store(true, Ordering::Relaxed);
        self.near.shutdown(Shutdown::Both).ok();
        self.far.shutdown(Shutdown::Both).ok();
    }

    /// Both sides see a reset once both threads have closed the sockets.
    fn resets(&self) {
        self.dead.store(true, Ordering::Relaxed);
        for socket in [&self.near, &self.far] {
            socket2::SockRef::from(socket).set_linger(Some(Duration::ZERO)).ok();
        }
    }
}

/// A pause that is the point: the proxy is slow.
fn rest(until: Instant) {
    while Instant::now() < until {
        std::thread::park_timeout(until.saturating_duration_since(Instant::now()));
    }
}
