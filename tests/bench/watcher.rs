//! Somebody who watches the glass box while a server is measured, and what its counters cost.
//!
//! Owns: how one looks: as the page of the glass box does, twice a second.
#![expect(clippy::disallowed_methods, reason = "a thread and a socket of a bench")]

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The page asks this often.
const INTERVAL: Duration = Duration::from_millis(500);
const LOOK_WAIT: Duration = Duration::from_secs(5);
/// How many additions are timed, for the cost of one.
const ADDITIONS: u32 = 20_000_000;

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
            let mut looks = 0;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                look(port)?;
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

/// Asks for one look, and returns the answer.
fn look(port: u16) -> io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(LOOK_WAIT))?;
    let head = "GET /glass?as=json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.starts_with("HTTP/1.1 200") {
        true => Ok(answer),
        false => Err(io::Error::other(answer.lines().next().unwrap_or("no answer").to_owned())),
    }
}

/// Returns the sum of all counters of the spine. Each of them has grown by one atomic write, or by
/// fewer, for each one in this sum.
pub fn counted(port: u16) -> io::Result<u64> {
    let answer = look(port)?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let json = body.find('{').and_then(|from| body.get(from..=body.rfind('}')?));
    let look: serde_json::Value = serde_json::from_str(json.unwrap_or_default())?;
    let counters = look["counters"].as_object().ok_or_else(|| io::Error::other("no counters"))?;
    Ok(counters.values().filter_map(serde_json::Value::as_u64).sum())
}

/// Returns how many nanoseconds one relaxed addition takes that no other thread disturbs.
pub fn addition_ns() -> f64 {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let start = Instant::now();
    for _ in 0..ADDITIONS {
        COUNTER.fetch_add(1, Ordering::Relaxed);
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(ADDITIONS)
}
