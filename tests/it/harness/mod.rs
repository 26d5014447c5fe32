//! The vocabulary of the tests: a server, people in it, raw requests to it.
//!
//! Most contact with the program's interfaces is here, so a change of those affects few tests.
//! Tests of the spine, of starting, and of bytes on the wire speak to the program themselves.

pub mod any_certificate;
pub mod browser;
pub mod cgroup;
pub mod clock;
pub mod console;
pub mod data;
pub mod empty_root;
pub mod flags;
pub mod flood;
pub mod frames;
pub mod numbered;
pub mod odd_json;
pub mod parts;
pub mod person;
pub mod program;
pub mod proxy;
pub mod raw;
pub mod rng;
pub mod secure;
pub mod server_process;
pub mod small_disk;
pub mod steady;
pub mod strace;
pub mod tls_relay;

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Mul;
use std::time::{Duration, Instant};

use threadbare::base::language::Language;
use threadbare::base::socket;
use threadbare::base::tls::ServerCertificate;
use threadbare::chat::config::ChatConfig;
use threadbare::server::config::{FanOut, ServerConfig};
use threadbare::site::server::ChatServer;

pub use cgroup::Cgroup;
pub use console::{Console, Folder, Outcome};
pub use data::{Data, StoredLine, kept_in};
pub use empty_root::EmptyRoot;
pub use numbered::Numbered;
pub use parts::{Part, console_program, has, lacks};
pub use person::{End, Person};
pub use program::program;
pub use proxy::{Fault, Proxy};
pub use rng::Rng;
pub use server_process::{ServerProcess, Signal, is_of_glibc, send_signal};
pub use small_disk::SmallDisk;
pub(crate) use steady::{next_message, read_some};
pub use strace::Strace;
pub use tls_relay::TlsRelay;

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Whether this is the long run, which takes its time on a quiet machine.
pub fn is_long() -> bool {
    std::env::var("STREET_LONG").is_ok_and(|value| value == "true")
}

/// Reports that this machine lacks what a test of `row` needs (the macro `needs!` calls this): the
/// only way to leave a test early. `tests/run` shows the row as not run, and never as passed; with
/// CI=true it counts that as a failure.
pub fn not_run(row: &str, why: &str) {
    println!("not run: {row}: {why}");
}

/// What a row allows: exactly that in the long run. Otherwise three times as much, because the
/// machine may be busy.
pub fn at_most<T: Mul<u32, Output = T>>(row: T) -> T {
    row * if is_long() { 1 } else { 3 }
}

/// A server on a port of its own: inside the test's process, or as a process of the program that
/// `THREADBARE_PROGRAM` names.
pub struct TestServer {
    running: Option<Running>,
    pub addr: SocketAddr,
    _relay: Option<TlsRelay>,
}

/// Where the server runs.
enum Running {
    Here(Box<ChatServer>),
    There(Box<ServerProcess>),
}

impl TestServer {
    /// A server with the default settings.
    pub fn start() -> Self {
        Self::with(|_| ())
    }

    /// A server whose settings the test has changed.
    pub fn with(change: impl FnOnce(&mut ServerConfig)) -> Self {
        Self::of_chat(|config| change(&mut config.server))
    }

    /// A server whose chat the test has changed.
    pub fn of_chat(change: impl FnOnce(&mut ChatConfig)) -> Self {
        let mut config = ChatConfig::new(Language::English);
        // Some suites run once more with this variable; here it works as in the program itself.
        if std::env::var("THREADBARE_FAN_OUT").is_ok_and(|way| way == "writers") {
            config.server.fan_out = FanOut::Writers;
        }
        change(&mut config);
        let mut relay = None;
        let (running, addr) = if parts::is_another() {
            let flags = flags::flags(&config);
            let server =
                ServerProcess::start(&flags.iter().map(String::as_str).collect::<Vec<_>>());
            let addr = server.addr;
            (Running::There(Box::new(server)), addr)
        } else {
            let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
            let addr = listener.local_addr().unwrap();
            if tls_relay::is_wanted() {
                let certificate = ServerCertificate::self_made(None, vec!["localhost".to_owned()]);
                config.server.door.certificate = Some(certificate.unwrap());
                relay = Some(TlsRelay::to(addr));
            }
            let server = ChatServer::start(vec![listener].into(), config).unwrap();
            (Running::Here(Box::new(server)), relay.as_ref().map_or(addr, |relay| relay.addr))
        };
        Self { running: Some(running), addr, _relay: relay }
    }

    /// A client joins by `/ws`.
    pub fn joins(&self, name: &str) -> Person {
        self.joins_by(name, "/ws")
    }

    /// A client joins by `path`, and has heard its own first message.
    pub fn joins_by(&self, name: &str, path: &str) -> Person {
        Person::joins(self.addr, name, path)
    }

    /// How many clients the server has now.
    pub fn clients(&self) -> usize {
        match self.running.as_ref().unwrap() {
            Running::Here(server) => server.clients(),
            Running::There(server) => server.clients(),
        }
    }

    /// Waits until the server has `count` clients.
    pub fn waits_for_clients(&self, count: usize) {
        eventually(&format!("{count} clients"), || self.clients() == count);
    }

    /// Stops the server; returns how many threads did not end.
    pub fn stops(mut self) -> usize {
        self.running.take().unwrap().stop()
    }
}

impl Running {
    fn stop(self) -> usize {
        match self {
            Self::Here(server) => server.stop(),
            // Code 0 means that every thread has ended.
            Self::There(mut server) => {
                server.gets_signal(Signal::TERM);
                usize::from(!server.ends().success())
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        match self.running.take() {
            // When dropped, the process prints its state.
            Some(Running::There(server)) if failed => drop(server),
            Some(running) => {
                let left = running.stop();
                if !failed {
                    assert_eq!(left, 0, "threads that would not end");
                }
            }
            None => {}
        }
    }
}

/// How much longer a client may take a byte now and then before the write deadline ends it: frames
/// that are sealed together have their time together, and up to 16 KiB are.
pub fn more_write_wait() -> Duration {
    let sealed =
        Duration::from_secs(16 * 1024 / threadbare::base::limits::WRITE_WAIT_BYTES_PER_SECOND);
    if tls_relay::is_wanted() { sealed } else { Duration::ZERO }
}

/// Looks again and again until `happened` is true; fails after [`PATIENCE`].
pub fn eventually(what: &str, happened: impl FnMut() -> bool) {
    eventually_within(PATIENCE, what, happened);
}

/// As [`eventually`], with a time limit of its own. A look may be much work (a whole log, all
/// threads of a server), so the pauses grow: each is an eighth of the time so far.
pub fn eventually_within(wait: Duration, what: &str, mut happened: impl FnMut() -> bool) {
    let started = Instant::now();
    while !happened() {
        let waited = started.elapsed();
        assert!(waited < wait, "waited in vain for: {what}");
        let pause = (waited / 8).clamp(Duration::from_millis(2), Duration::from_millis(50));
        std::thread::park_timeout(pause);
    }
}
