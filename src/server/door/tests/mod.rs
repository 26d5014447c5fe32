//! The door on a loopback port, with the classic chat's site, against browsers that are correct,
//! slow, or hostile. The tests of the chat with rooms put the site of that chat behind the same
//! door (`site/tests.rs`).
//!
//! Goal: every mistake that a stranger can make gets its answer, and no other browser notices.
//! Method: raw bytes over real sockets at port 0; doors run on the threads of the program's own
//! pool, with their small stacks.

#[cfg(feature = "tls")]
#[path = "../../../../tests/it/harness/any_certificate.rs"]
#[expect(unreachable_pub, reason = "the tests from outside have this file, too")]
mod any_certificate;
mod heads;
mod pages;
mod private;
mod targets;
#[cfg(feature = "tls")]
#[path = "../../../../tests/it/harness/tls_relay.rs"]
#[expect(unreachable_pub, dead_code, reason = "most of it is for the tests from outside")]
mod tls_relay;
mod upgrades;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use socket2::{Domain, Socket, Type};

use crate::admission::{Admission, Budget, PerNetwork};
use crate::assets::FrontPage;
use crate::base::socket::{self, deadline, deadline::Deadline};
use crate::base::threads::{self, Pool};
#[cfg(feature = "tls")]
use crate::base::tls::ServerCertificate;
use crate::base::{language::Language, limits};
use crate::classic::ClassicSite;
use crate::classic::everybody::Everybody;
use crate::classic::format::Classic;
use crate::server::accept::WayIn;
use crate::server::client::{ClientFormat, Clients};
use crate::server::config::{DoorConfig, ServerConfig};
use crate::server::door::Door;
use crate::server::http::Http;
use crate::server::http::refusal::Refusal;
use crate::server::http::request::HttpRequest;
use crate::server::http::response::Response;
use crate::server::http::site::{Site, TargetState};
use crate::server::hub::health::HubHealth;
use crate::server::hub::{self};
#[cfg(feature = "tls")]
use tls_relay::TlsRelay;

/// How long anything that must happen may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// If something must happen at once or at a deadline, how late it may be on a busy machine.
const ON_A_BUSY_MACHINE: Duration = Duration::from_secs(3);

/// Makes tiny_http seem dead: its socket file exists, but no thread listens on it. A tiny_http that
/// finds the file table full dies like this, without a report.
pub(crate) fn dies(http: &Http) {
    let path = http.listener().unwrap().path;
    // If the folder is gone, no thread listens either.
    if std::fs::rename(&path, path.with_extension("dead")).is_ok() {
        drop(UnixListener::bind(&path).unwrap());
    }
}

/// A door that listens on a loopback port.
pub(crate) struct Trial<F: ClientFormat = Classic> {
    pub(crate) door: Arc<Door>,
    pub(crate) http: Arc<Http>,
    clients: Arc<Clients<F>>,
    /// The health that the site shows. No hub changes it; a test changes it.
    health: Arc<HubHealth>,
    listener: Arc<TcpListener>,
    #[cfg(feature = "tls")]
    relay: Option<TlsRelay>,
    accept: Option<JoinHandle<()>>,
    pool: Pool,
}

/// The classic chat's site, and one URL whose route panics.
struct Breakable(ClassicSite);

impl Site for Breakable {
    fn answer(&self, asked: &HttpRequest<'_>) -> Response {
        assert_ne!(asked.target, "/panic", "a route may panic");
        self.0.answer(asked)
    }

    fn refusal_answer(&self, why: Refusal, head: &[u8], body: &[u8]) -> Option<Response> {
        self.0.refusal_answer(why, head, body)
    }

    fn loggable(&self, target: &str, state: TargetState) -> String {
        self.0.loggable(target, state)
    }
}

impl Trial {
    fn start() -> Self {
        Self::with(DoorConfig::default())
    }

    fn with(config: DoorConfig) -> Self {
        Self::serving(config, &ServerConfig::new(Language::English))
    }

    /// Makes a door to the classic chat. The hub of that chat ends when its last handle is dropped.
    fn serving(config: DoorConfig, server: &ServerConfig) -> Self {
        let (pool, health) = (Pool::new(), Arc::new(HubHealth::default()));
        let rule = |_| Everybody::new(server.fan_out, server.client.outbox_messages_max);
        let (hub, _) = hub::spawn(rule, never(), Arc::default()).unwrap();
        let admission =
            Admission::new(Budget::of_this_machine(None, false).unwrap(), PerNetwork::default());
        let (client, seats) = (server.client.clone(), Arc::clone(&admission));
        let clients = Arc::new(Clients::new(client, (), hub, pool.clone(), seats));
        let front_page = FrontPage::of(server.assets.as_deref()).unwrap();
        let site = ClassicSite::new(front_page, server, Arc::clone(&health), Arc::clone(&clients));
        Self::open(config, (Arc::new(Breakable(site)), clients, admission, health), pool)
    }
}

/// What [`Trial::open`] needs for a door: a site, its clients, the admission and the hub's health.
pub(crate) type Behind<F> = (Arc<dyn Site>, Arc<Clients<F>>, Arc<Admission>, Arc<HubHealth>);

impl<F: ClientFormat> Trial<F> {
    /// Makes a door to the site in `behind`.
    pub(crate) fn open(mut config: DoorConfig, behind: Behind<F>, pool: Pool) -> Self {
        let (site, clients, admission, health) = behind;
        let words = Language::English.words();
        let listener = Arc::new(socket::listen(([127, 0, 0, 1], 0).into()).unwrap());
        #[cfg(feature = "tls")]
        let relay = is_over_tls(&mut config).then(|| TlsRelay::to(listener.local_addr().unwrap()));
        let http = Http::start(Arc::clone(&site)).unwrap();
        let exchanges_max = limits::EXCHANGES_MAX;
        let http_too = Arc::clone(&http);
        let door = Door::new(config, exchanges_max, words, http_too, admission, site);
        let door = Arc::new(door);
        let (doors, listening, threads) = (Arc::clone(&door), Arc::clone(&listener), pool.clone());
        let accept = threads::spawn("accept", move || {
            while let Ok((socket, peer)) = listening.accept() {
                let door = Arc::clone(&doors);
                let serve = move || {
                    if let Some(stay) = door.serve(Arc::new(socket.into()), peer) {
                        stay();
                    }
                };
                threads.run(serve).unwrap();
            }
        });
        Self {
            door,
            http,
            clients,
            health,
            listener,
            #[cfg(feature = "tls")]
            relay,
            accept: Some(accept.unwrap()),
            pool,
        }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { socket: TcpStream::connect(self.addr()).unwrap(), arrived: Vec::new() }
    }

    /// Connects a browser whose kernel buffers few bytes.
    fn narrow_browser(&self) -> Browser {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(1024).unwrap();
        socket.connect(&self.addr().into()).unwrap();
        Browser { socket: socket.into(), arrived: Vec::new() }
    }

    /// Waits until every connection has ended.
    fn waits_until_no_door_is_open(&self) {
        let until = Instant::now() + PATIENCE;
        // This trial and its thread `accept` hold one reference each.
        while Arc::strong_count(&self.door) > 2 {
            assert!(Instant::now() < until, "a door stays open");
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }

    fn addr(&self) -> SocketAddr {
        #[cfg(feature = "tls")]
        if let Some(relay) = &self.relay {
            return relay.addr;
        }
        self.listener.local_addr().unwrap()
    }

    /// Opens a new connection, sends one request and returns the answer.
    pub(crate) fn ask(&self, request: &str) -> Answer {
        let mut browser = self.browser();
        browser.send(request);
        browser.answer_to(request)
    }

    /// Sends a GET with the headers that any browser sends.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }

    fn status(&self, request: &str) -> u16 {
        self.ask(request).status
    }
}

/// Gives the door a certificate if the tests run over TLS this time.
#[cfg(feature = "tls")]
fn is_over_tls(config: &mut DoorConfig) -> bool {
    if tls_relay::is_wanted() {
        let certificate = ServerCertificate::self_made(None, vec!["localhost".to_owned()]);
        config.certificate = Some(certificate.unwrap());
    }
    tls_relay::is_wanted()
}

impl<F: ClientFormat> Drop for Trial<F> {
    fn drop(&mut self) {
        socket::stop_listening(&self.listener);
        self.accept.take().unwrap().join().unwrap();
        let left = self.pool.shut_down(Instant::now() + PATIENCE);
        self.http.shut_down(Instant::now() + PATIENCE);
        if !std::thread::panicking() {
            assert_eq!(left, 0, "a door is still open");
        }
    }
}

/// The end of a public connection that the browser has.
pub(crate) struct Browser {
    socket: TcpStream,
    arrived: Vec<u8>,
}

/// What a browser got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap()
    }
}

impl Browser {
    pub(crate) fn send(&self, bytes: impl AsRef<[u8]>) {
        self.try_send(bytes).unwrap();
    }

    fn try_send(&self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        deadline::write_all(&self.socket, bytes.as_ref(), Deadline::after(PATIENCE))
    }

    /// Reads one whole answer to a GET.
    pub(crate) fn answer(&mut self) -> Answer {
        self.answer_to("GET")
    }

    /// Reads one whole answer; an answer to a HEAD has no body.
    fn answer_to(&mut self, request: &str) -> Answer {
        let deadline = Deadline::after(PATIENCE);
        let end = loop {
            if let Some(end) = self.arrived.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            assert!(self.read(deadline) > 0, "ended after {:?}", self.text());
        };
        let head = String::from_utf8(self.arrived.drain(..end).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer { status, head, body: Vec::new() };
        let length = answer.header("Content-Length").map_or(0, |it| it.parse().unwrap());
        if !request.starts_with("HEAD") {
            while self.arrived.len() < length {
                assert!(self.read(deadline) > 0, "ended inside a body of {length}");
            }
            answer.body = self.arrived.drain(..length).collect();
        }
        answer
    }

    /// Reads to the end; panics if the connection is reset instead.
    fn rest(&mut self) -> Vec<u8> {
        let deadline = Deadline::after(PATIENCE);
        while self.read(deadline) > 0 {}
        std::mem::take(&mut self.arrived)
    }

    fn read(&mut self, deadline: Deadline) -> usize {
        let mut chunk = [0; 4096];
        let count = deadline::read(&self.socket, &mut chunk, deadline)
            .unwrap_or_else(|error| panic!("{error} after {:?}", self.text()));
        self.arrived.extend_from_slice(&chunk[..count]);
        count
    }

    fn text(&self) -> String {
        self.arrived.escape_ascii().to_string()
    }
}
