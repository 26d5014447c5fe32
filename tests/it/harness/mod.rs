//! The words tests are written in: a server, people in it, raw requests to it.
//!
//! All contact with the program's interfaces is here, so that a change of
//! those touches this folder and no test.

pub mod box_process;
pub mod console;
pub mod data;
pub mod empty_root;
pub mod group;
pub mod luck;
pub mod numbered;
pub mod odd_json;
pub mod person;
pub mod program;
pub mod proxy;
pub mod raw;
pub mod small_disk;
pub mod strace;
pub mod talking;

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Mul;
use std::time::{Duration, Instant};

use threadbare::chat_config::ChatConfig;
use threadbare::chat_server::ChatServer;
use threadbare::config::{FanOut, ServerConfig};
use threadbare::socket;
use threadbare::words::Language;

pub use box_process::{BoxProcess, Signal, is_of_glibc, send_signal};
pub use console::{Console, Folder, Outcome};
pub use data::{Data, KeptLine, kept_in};
pub use empty_root::EmptyRoot;
pub use group::Group;
pub use luck::Luck;
pub use numbered::Numbered;
pub use person::{End, Person};
pub use program::program;
pub use proxy::{Fault, Proxy};
pub use small_disk::SmallDisk;
pub use strace::Strace;

/// How long a test waits for something that must happen.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Whether this is the part that takes its time, which a quiet machine is for.
pub fn is_long() -> bool {
    std::env::var("STREET_LONG").is_ok_and(|value| value == "true")
}

/// Says that this machine lacks what a test of `row` needs: the one way to leave a
/// test early. `tests/run` shows the row as not run, and never as passed; under
/// CI=true that is a failure there.
pub fn not_run(row: &str, why: &str) {
    println!("not run: {row}: {why}");
}

/// What a row allows: just that in the long part; elsewhere a machine that is
/// busy with something else gets three times as much.
pub fn at_most<T: Mul<u32, Output = T>>(row: T) -> T {
    row * if is_long() { 1 } else { 3 }
}

/// A server inside the test's process, on a port of its own.
pub struct TestServer {
    server: Option<ChatServer>,
    pub addr: SocketAddr,
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
        // As the program itself: some suites run once more this way.
        if std::env::var("THREADBARE_FAN_OUT").is_ok_and(|way| way == "writers") {
            config.server.fan_out = FanOut::Writers;
        }
        change(&mut config);
        let listener = socket::listen((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let addr = listener.local_addr().unwrap();
        let server = ChatServer::start(vec![listener].into(), config).unwrap();
        Self { server: Some(server), addr }
    }

    /// Somebody enters by `/ws`.
    pub fn joins(&self, name: &str) -> Person {
        self.joins_by(name, "/ws")
    }

    /// Somebody enters by `path`, and has been heard to be there.
    pub fn joins_by(&self, name: &str, path: &str) -> Person {
        Person::joins(self.addr, name, path)
    }

    /// Clients that the server counts now.
    pub fn clients(&self) -> usize {
        self.server.as_ref().unwrap().clients()
    }

    /// Waits until the server counts `count` clients.
    pub fn waits_for_clients(&self, count: usize) {
        eventually(&format!("{count} clients"), || self.clients() == count);
    }

    /// Stops the server; answers how many threads would not end.
    pub fn stops(mut self) -> usize {
        self.server.take().unwrap().stop()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let left = server.stop();
            if !std::thread::panicking() {
                assert_eq!(left, 0, "threads that would not end");
            }
        }
    }
}

/// Looks again and again until `happened` is true; fails after [`PATIENCE`].
pub fn eventually(what: &str, happened: impl FnMut() -> bool) {
    eventually_within(PATIENCE, what, happened);
}

/// As [`eventually`], with a patience of its own.
pub fn eventually_within(wait: Duration, what: &str, mut happened: impl FnMut() -> bool) {
    let until = Instant::now() + wait;
    while !happened() {
        assert!(Instant::now() < until, "waited in vain for: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}
