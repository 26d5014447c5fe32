//! What a page talks to: the real program, a proxied connection that can be cut, and other clients.
//!
//! Owns: the server's process, the proxy's threads, raw WebSocket clients.
//! Must not know: the browser.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tungstenite::{Bytes, Message, WebSocket};

use crate::cdp::PATIENCE;
use crate::program::program;
use crate::steady::{next_message, read_some};

/// How much of a server's log is kept for the message of a failed test.
const LOG_BYTES_KEPT: usize = 16 * 1024;

/// The program itself, on a port of its own. Stops when dropped.
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
    /// What the program prints at its start.
    greeting: String,
}

impl Server {
    /// Starts the program as a person does, and waits until it prints its address.
    pub(crate) fn start() -> Self {
        Self::start_with("127.0.0.1:0", &[])
    }

    /// The same with more arguments.
    pub(crate) fn start_with(address: &str, more: &[&str]) -> Self {
        Self::start_as(address, more, &[])
    }

    /// The same with variables of its environment.
    pub(crate) fn start_as(address: &str, more: &[&str], variables: &[(&str, String)]) -> Self {
        let mut process = Command::new(program())
            .args(["--addr", address])
            .args(more)
            // The messages of one test must not be the history of another.
            .env("THREADBARE_DATA", "none")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = keep_log(process.stderr.take().unwrap());
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Ctrl-C stops it.") {
            if said.read_line(&mut greeting).unwrap() == 0 {
                let end = process.wait().unwrap();
                panic!("the server ended at its start, {end}: {}", log.lock());
            }
        }
        let (_, from) = greeting.split_once("http://127.0.0.1:").unwrap();
        let port = from.split('/').next().unwrap().parse().unwrap();
        Self { process, address: (Ipv4Addr::LOCALHOST, port).into(), greeting }
    }

    /// The address for plain lines, if the program was started with one.
    pub(crate) fn lines(&self) -> SocketAddr {
        let (_, from) = self.greeting.split_once("Plain lines: nc 127.0.0.1 ").unwrap();
        (Ipv4Addr::LOCALHOST, from.lines().next().unwrap().parse().unwrap()).into()
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The link that the operator makes, and that makes somebody a host.
    pub(crate) fn host_link(&self) -> String {
        let port = self.address.port().to_string();
        let made = Command::new(program()).args(["host", "--port", &port]).output().unwrap();
        let told = String::from_utf8(made.stdout).unwrap();
        let link = told.split_whitespace().find(|word| word.starts_with(&self.url()));
        link.unwrap_or_else(|| panic!("{told}")).to_owned()
    }

    /// The address that the server listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Another client without a browser. It receives what is said from now on.
    pub(crate) fn voice(&self) -> Voice {
        let stream = TcpStream::connect(self.address).unwrap();
        #[expect(clippy::disallowed_methods, reason = "one bound for a test's wait")]
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (wire, _) = tungstenite::client(format!("ws://{}/ws", self.address), stream).unwrap();
        let mut voice = Voice { wire, heard: VecDeque::new() };
        voice.is_in_the_room();
        voice
    }

    /// The same, if there is a place for it.
    pub(crate) fn voice_if_there_is_a_place(&self) -> Option<Voice> {
        let stream = TcpStream::connect(self.address).unwrap();
        #[expect(clippy::disallowed_methods, reason = "one bound for a test's wait")]
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (wire, _) = tungstenite::client(format!("ws://{}/ws", self.address), stream).ok()?;
        let mut voice = Voice { wire, heard: VecDeque::new() };
        voice.is_in_the_room();
        Some(voice)
    }

    /// Asks the program to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        self.terminate();
    }

    /// Kills the program, so it cannot say goodbye to its clients.
    pub(crate) fn ends_at_once(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn terminate(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).ok();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(None)) {
            self.terminate();
        }
    }
}

/// Reads the server's log, so that the server never waits for the test; keeps the first part of it.
fn keep_log(mut from: ChildStderr) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let kept = Arc::clone(&log);
    in_thread(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let mut log = kept.lock();
            if log.len() < LOG_BYTES_KEPT {
                log.push_str(&String::from_utf8_lossy(&buffer[..count]));
            }
        }
    });
    log
}

/// One raw client of the classic chat.
pub(crate) struct Voice {
    wire: WebSocket<TcpStream>,
    /// Messages that arrived while the test waited for something else.
    heard: VecDeque<String>,
}

impl Voice {
    /// The handshake ends a moment before the hub knows its client. The reader reads nothing before
    /// that, so a pong proves that the client is known.
    fn is_in_the_room(&mut self) {
        self.wire.send(Message::Ping(Bytes::new())).unwrap();
        loop {
            match next_message(&mut self.wire).expect("a pong in time") {
                Message::Pong(_) => return,
                Message::Text(text) => self.heard.push_back(text.to_string()),
                _ => {}
            }
        }
    }

    /// Says one message.
    pub(crate) fn says(&mut self, text: &str) {
        self.wire.send(Message::text(text)).unwrap();
    }

    /// Reads until `text` arrives; fails if it does not.
    pub(crate) fn hears(&mut self, text: &str) {
        while self.hears_next() != text {}
    }

    /// The next message of any kind; without the name if a guest said it.
    pub(crate) fn hears_next(&mut self) -> String {
        if let Some(text) = self.heard.pop_front() {
            return without_guest(text);
        }
        loop {
            if let Message::Text(text) = next_message(&mut self.wire).expect("a message in time") {
                return without_guest(text.to_string());
            }
        }
    }
}

/// Removes a guest's name, because it does not matter which guest spoke.
fn without_guest(text: String) -> String {
    match text.split_once(": ") {
        Some((name, words)) if name.starts_with("guest-") => words.to_owned(),
        _ => text,
    }
}

/// A proxy between a page and the server. It can cut the connections, and it can withhold what the
/// server sends.
pub(crate) struct Proxy {
    address: SocketAddr,
    state: Arc<(Mutex<ProxyState>, Condvar)>,
}

#[derive(Default)]
struct ProxyState {
    cut: bool,
    deaf: bool,
    /// After so many more bytes from the server, the proxy cuts.
    left: Option<usize>,
    /// The proxy waits a moment before it carries a piece from the server.
    is_slow: bool,
    /// Whether the proxy has cut in the middle of what the server sent.
    is_torn: bool,
    /// The proxy never answers requests that contain these words.
    forbidden: Vec<&'static str>,
    streams: Vec<Arc<TcpStream>>,
}

impl Proxy {
    /// A proxy to `server`. Its threads end with the test's process.
    pub(crate) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new((Mutex::new(ProxyState::default()), Condvar::new()));
        let shared = Arc::clone(&state);
        in_thread(move || {
            for near in listener.incoming() {
                // While it is cut, the proxy hangs up on each new connection at once.
                let Ok(near) = near else { continue };
                if shared.0.lock().cut {
                    continue;
                }
                let Ok(far) = TcpStream::connect(server) else { continue };
                let (near, far) = (Arc::new(near), Arc::new(far));
                {
                    let mut state = shared.0.lock();
                    // It may have been cut while this one was on its way.
                    if state.cut {
                        continue;
                    }
                    state.streams.extend([Arc::clone(&near), Arc::clone(&far)]);
                }
                let (up, down) = ((Arc::clone(&near), Arc::clone(&far)), (far, near));
                let there = Arc::clone(&shared);
                in_thread(move || carry(&up.0, &up.1, |asked| there.0.lock().lets_through(asked)));
                let back = Arc::clone(&shared);
                in_thread(move || carry(&down.0, &down.1, |said| comes_back(&back, said.len())));
            }
        });
        Self { address, state }
    }

    /// The address of the page through this proxy.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Hangs up on all connections, and accepts none until [`Proxy::heal`].
    pub(crate) fn cut(&self) {
        let mut state = self.state.0.lock();
        state.cut = true;
        for stream in state.streams.drain(..) {
            // The connection may have ended by itself.
            stream.shutdown(Shutdown::Both).ok();
        }
        self.state.1.notify_all();
    }

    /// Bytes from the server no longer arrive; bytes to the server still do.
    pub(crate) fn go_deaf(&self) {
        self.state.0.lock().deaf = true;
    }

    /// Hangs up in the middle of what the server sends: after so many more bytes of it. New
    /// connections are hung up on at once, until [`Proxy::heal`].
    pub(crate) fn tears_behind(&self, bytes: usize) {
        self.state.0.lock().left = Some(bytes);
    }

    /// What the server sends arrives in small pieces, 20 ms apart, as by a slow line.
    pub(crate) fn slows(&self) {
        self.state.0.lock().is_slow = true;
    }

    /// Whether the proxy has cut like that.
    pub(crate) fn is_torn(&self) -> bool {
        self.state.0.lock().is_torn
    }

    /// Behaves like a proxy that does not know such requests: a request with one of these words in
    /// its head is hung up on. Open connections with such a request are hung up on, too.
    pub(crate) fn forbid(&self, words: &[&'static str]) {
        let mut state = self.state.0.lock();
        state.forbidden = words.to_vec();
        for stream in state.streams.drain(..) {
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    /// From here on, the proxy lets every request through. Open connections stay open.
    pub(crate) fn forbid_nothing(&self) {
        self.state.0.lock().forbidden.clear();
    }

    /// The proxy carries bytes again.
    pub(crate) fn heal(&self) {
        let mut state = self.state.0.lock();
        (state.cut, state.deaf) = (false, false);
        (state.left, state.is_torn) = (None, false);
        self.state.1.notify_all();
    }
}

impl ProxyState {
    /// How many of these bytes pass: all of them, or none.
    fn lets_through(&self, asked: &[u8]) -> usize {
        let words = String::from_utf8_lossy(asked).to_ascii_lowercase();
        let is_known = !self.forbidden.iter().any(|word| words.contains(word));
        if is_known { asked.len() } else { 0 }
    }

    /// How many of so many bytes arrive.
    fn arrive(&mut self, bytes: usize) -> usize {
        let Some(left) = &mut self.left else { return bytes };
        let arriving = bytes.min(*left);
        *left -= arriving;
        self.is_torn |= arriving < bytes;
        arriving
    }
}

/// Blocks a carrying thread while the proxy withholds bytes; a cut lets it go on. Returns how many
/// of so many bytes arrive.
fn comes_back(shared: &(Mutex<ProxyState>, Condvar), bytes: usize) -> usize {
    let mut state = shared.0.lock();
    while state.deaf && !state.cut {
        shared.1.wait_for(&mut state, Duration::from_secs(1));
    }
    if state.is_slow {
        shared.1.wait_for(&mut state, Duration::from_millis(20));
    }
    state.arrive(bytes)
}

/// The most bytes that the proxy carries at once.
const PIECE: usize = 256;

/// Carries bytes from one socket to the other, until either ends or some bytes may not pass.
fn carry(from: &TcpStream, to: &TcpStream, how_many_pass: impl Fn(&[u8]) -> usize) {
    let mut buffer = [0; PIECE];
    let (mut source, mut sink) = (from, to);
    while let Ok(count @ 1..) = read_some(&mut source, &mut buffer) {
        let passing = how_many_pass(&buffer[..count]);
        if sink.write_all(&buffer[..passing]).is_err() || passing < count {
            break;
        }
    }
    // Either may be closed already.
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}

pub(crate) fn in_thread(work: impl FnOnce() + Send + 'static) {
    #[expect(clippy::disallowed_methods, reason = "a test's own threads, not the program's")]
    std::thread::spawn(work);
}
