//! Somebody who watches the glass box while a server is measured, and what its counters cost.
//!
//! Owns: how one looks: as the page of the glass box does, twice a second.
#![expect(clippy::disallowed_methods, reason = "a thread and a socket of a bench")]

use std::hint::black_box;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_atomic::AtomicU64;

/// The page asks this often.
const INTERVAL: Duration = Duration::from_millis(500);
const LOOK_WAIT: Duration = Duration::from_secs(5);
/// How many additions are timed, for the cost of one.
const ADDITIONS: u32 = 20_000_000;

/// How many rows of threads a screen shows, how many other threads the page asks for in turn, and
/// how many threads there are once, such as the hub.
const IN_SIGHT: usize = 12;
const IN_TURN: usize = 4;
const ALONE: usize = 4;

/// Looks at the server until it is dropped.
pub struct Watcher {
    /// Ends the thread when it is dropped.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<io::Result<u32>>>,
}

impl Watcher {
    pub fn of(port: u16) -> Self {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let mut page = Page::opened(port)?;
            let mut looks = 0;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                page.looks()?;
                looks += 1;
            }
            Ok(looks)
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }

    /// Stops to look. Blocks until the last answer is there.
    ///
    /// # Errors
    /// The server did not answer, or was never asked: then what was measured is not that of a
    /// server that is watched.
    pub fn end(mut self) -> io::Result<()> {
        drop(self.stop.take());
        let looks = self.thread.take().map(JoinHandle::join);
        match looks {
            Some(Ok(Ok(0))) => Err(io::Error::other("nobody has looked")),
            Some(Ok(looks)) => looks.map(drop),
            _ => Err(io::Error::other("the watcher failed")),
        }
    }
}

/// What the page of the glass box does (`web/glass/looks.js`): it first asks for all, then for what
/// is in sight and in turn for some of the rest.
struct Page {
    port: u16,
    tids: Vec<u64>,
    turn: usize,
}

impl Page {
    fn opened(port: u16) -> io::Result<Self> {
        let mut page = Self { port, tids: Vec::new(), turn: 0 };
        let look = page.asks("/glass?as=json")?;
        let threads = look["threads"].as_array().into_iter().flatten();
        page.tids = threads.filter_map(|thread| thread["tid"].as_u64()).collect();
        Ok(page)
    }

    fn looks(&mut self) -> io::Result<()> {
        self.turn = if self.turn < self.tids.len() { self.turn } else { 0 };
        let in_turn = self.tids.iter().skip(self.turn).take(IN_TURN);
        let wanted: Vec<_> =
            self.tids.iter().take(ALONE + IN_SIGHT).chain(in_turn).map(u64::to_string).collect();
        self.turn += IN_TURN;
        let known = self.tids.len();
        let look = self.asks(&format!("/glass?as=json&known={known}&tids={}", wanted.join(",")))?;
        if let Some(tids) = look["tids"].as_array() {
            self.tids = tids.iter().filter_map(serde_json::Value::as_u64).collect();
        }
        Ok(())
    }

    /// The server closes the connection after its answer.
    fn asks(&self, path: &str) -> io::Result<serde_json::Value> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(LOOK_WAIT))?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if !head.starts_with("HTTP/1.1 200") {
            return Err(io::Error::other(format!("{path}: {head}")));
        }
        Ok(serde_json::from_str(body)?)
    }
}

/// Returns the sum of all counters of the hub's thread. Each of them has grown by one write, or by
/// fewer, for each one in this sum. While the hub sends by itself, no other counter grows with a
/// delivery.
pub fn counted(port: u16) -> io::Result<u64> {
    let look = Page::opened(port)?.asks("/glass?as=json&tids=")?;
    let counters = look["counters"].as_object().ok_or_else(|| io::Error::other("no counters"))?;
    Ok(counters.values().filter_map(serde_json::Value::as_u64).sum())
}

/// Returns how many nanoseconds it takes to raise a counter that only one thread writes: a relaxed
/// load and a relaxed store, as in `server/instruments.rs`.
pub fn addition_ns() -> f64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let start = Instant::now();
    for _ in 0..ADDITIONS {
        let raised = black_box(COUNTER.load(Ordering::Relaxed)) + 1;
        COUNTER.store(raised, Ordering::Relaxed);
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(ADDITIONS)
}
