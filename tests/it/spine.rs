//! The server's spine without the chat: a real hub with the smallest rule, real clients with the
//! smallest format, and nothing else. It shows that the code a student reads first runs alone. Then
//! the same with its port open, from `accept` on.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::never;
use parking_lot::Mutex;
use threadbare::admission::{Admission, Budget, PerNetwork};
use threadbare::base::language::Language;
use threadbare::base::socket;
use threadbare::base::threads::{self, Pool};
use threadbare::classic::ClassicServer;
use threadbare::classic::everybody::Everybody;
use threadbare::classic::format::Classic;
use threadbare::server::client::Clients;
use threadbare::server::config::{ClientConfig, FanOut, ServerConfig};
use threadbare::server::http::verdict::ReservedSeat;
use threadbare::server::hub::{self, HubHandle};
use threadbare::server::probe::{self, Wait};
use threadbare::server::serve::Service;
use tungstenite::protocol::{CloseFrame, Role};
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::harness::raw::{get, request};
use crate::harness::{eventually, next_message};

/// A hub and its clients.
struct Spine {
    /// Connections to it become clients without a door.
    listener: TcpListener,
    clients: Arc<Clients<Classic>>,
    admission: Arc<Admission>,
    hub: HubHandle<Classic>,
    hub_thread: JoinHandle<()>,
    pool: Pool,
}

impl Spine {
    fn start(way: FanOut, outbox_messages_max: usize) -> Self {
        let config = ClientConfig { outbox_messages_max, ..ClientConfig::new(Language::English) };
        let rule = |_| Everybody::new(way, outbox_messages_max);
        let (hub, hub_thread) = hub::spawn(rule, never(), Arc::default()).unwrap();
        let pool = Pool::new();
        let admission =
            Admission::new(Budget::of_this_machine(None, false).unwrap(), PerNetwork::default());
        let places = Arc::clone(&admission);
        let clients = Arc::new(Clients::new(config, (), hub.clone(), pool.clone(), places));
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        Self { listener, clients, admission, hub, hub_thread, pool }
    }

    /// An open WebSocket between a client and the server, as after a handshake.
    fn joins(&self) -> WebSocket<TcpStream> {
        let theirs = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        theirs.set_nodelay(true).unwrap();
        let (ours, peer) = self.listener.accept().unwrap();
        let mut seat = self.clients.reserve(&Arc::new(ours.into()), peer, Classic).unwrap();
        seat.register_early();
        self.pool.run(move || seat.run(Vec::new())).unwrap();
        WebSocket::from_raw_socket(theirs, Role::Client, None)
    }

    /// Stops the spine; after that, every thread has ended.
    fn stops(self) {
        self.hub.stop();
        assert_eq!(self.pool.shut_down(Instant::now() + Duration::from_secs(10)), 0);
        self.hub_thread.join().unwrap();
    }
}

/// The program that is the spine alone, inside this process.
struct OpenSpine {
    server: ClassicServer,
    addr: SocketAddr,
}

impl OpenSpine {
    fn start(way: FanOut, per_network: PerNetwork) -> Self {
        let config = ServerConfig::new(Language::English);
        let config = ServerConfig { fan_out: way, per_network, ..config };
        let listener = socket::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let addr = listener.local_addr().unwrap();
        Self { server: ClassicServer::start(vec![listener.into()], &config).unwrap(), addr }
    }

    /// A WebSocket that came in through the port.
    fn joins(&self, path: &str) -> WebSocket<TcpStream> {
        self.tries(path).unwrap()
    }

    /// The same, or the status of the refusal.
    fn tries(&self, path: &str) -> Result<WebSocket<TcpStream>, u16> {
        let stream = TcpStream::connect(self.addr).unwrap();
        stream.set_nodelay(true).unwrap();
        match tungstenite::client(format!("ws://{}{path}", self.addr), stream) {
            Ok((client, _)) => Ok(client),
            Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    fn stops(self) {
        assert_eq!(self.server.stop(), 0);
    }
}

fn says(client: &mut WebSocket<TcpStream>, text: &str) {
    client.send(Message::text(text)).unwrap();
}

fn hears(client: &mut WebSocket<TcpStream>) -> String {
    next_message(client).unwrap().into_text().unwrap().to_string()
}

/// The waits in this process so far: the kind of thread, and what it waited for.
static WAITS: Mutex<BTreeSet<(String, &str)>> = Mutex::new(BTreeSet::new());

fn note_wait(wait: Wait<'_>) {
    let what = match wait {
        Wait::Select => "select",
        Wait::Read => "read",
        Wait::Ask => "ask",
        Wait::Take => "take",
        Wait::Write(_) => "write",
    };
    let thread = threads::name();
    WAITS.lock().insert((thread.split('-').next().unwrap().to_owned(), what));
}

fn both_ways(scene: impl Fn(FanOut)) {
    [FanOut::Express, FanOut::Writers].into_iter().for_each(scene);
}

#[test]
fn two_sockets_hear_each_other_and_themselves_without_any_of_the_chat() {
    both_ways(|way| {
        let spine = Spine::start(way, 64);
        let (mut ann, mut bo) = (spine.joins(), spine.joins());
        says(&mut ann, "is anybody here?");
        assert_eq!(hears(&mut ann), "is anybody here?");
        eventually("both to be in", || spine.admission.clients() == 2);
        says(&mut bo, "  hi\nthere \n");
        bo.send(Message::binary("as bytes".as_bytes())).unwrap();
        says(&mut ann, " \n ");
        for client in [&mut ann, &mut bo] {
            while hears(client) != "hi there" {}
            assert_eq!(hears(client), "as bytes");
        }
        drop((ann, bo));
        spine.stops();
    });
}

#[test]
fn a_goodbye_is_answered_and_the_others_go_on() {
    both_ways(|way| {
        let spine = Spine::start(way, 64);
        let (mut ann, mut bo) = (spine.joins(), spine.joins());
        says(&mut ann, "last words");
        ann.close(Some(CloseFrame { code: 1000.into(), reason: "".into() })).unwrap();
        assert_eq!(hears(&mut ann), "last words", "its own last words come first");
        let Message::Close(Some(answer)) = next_message(&mut ann).unwrap() else {
            panic!("no close frame")
        };
        assert_eq!(u16::from(answer.code), 1000);
        eventually("its threads to be gone", || spine.admission.clients() == 1);
        says(&mut bo, "alone");
        while hears(&mut bo) != "alone" {}
        drop(bo);
        spine.stops();
    });
}

#[test]
fn whoever_does_not_read_is_evicted_and_nobody_else_waits() {
    both_ways(|way| {
        let spine = Spine::start(way, 64);
        let (mut ann, slow) = (spine.joins(), spine.joins());
        let text = "x".repeat(4000);
        // The slow client is in, and reads nothing.
        eventually("both to be in", || spine.admission.clients() == 2);
        for _ in 0..2000 {
            says(&mut ann, &text);
            assert_eq!(hears(&mut ann), text);
            if spine.admission.clients() == 1 {
                break;
            }
        }
        eventually("it to be evicted", || spine.admission.clients() == 1);
        says(&mut ann, "on we go");
        assert_eq!(hears(&mut ann), "on we go");
        drop((ann, slow));
        spine.stops();
    });
}

#[test]
fn a_hub_that_stops_says_goodbye_with_its_reason() {
    both_ways(|way| {
        let spine = Spine::start(way, 64);
        let mut ann = spine.joins();
        says(&mut ann, "hi");
        assert_eq!(hears(&mut ann), "hi");
        spine.hub.stop();
        let Message::Close(Some(goodbye)) = next_message(&mut ann).unwrap() else {
            panic!("no close frame")
        };
        assert_eq!(u16::from(goodbye.code), 1001);
        drop(ann);
        spine.stops();
    });
}

#[test]
fn each_thread_says_before_it_waits_and_waits_for_nothing_of_another_s() {
    assert!(probe::set(note_wait), "nobody else in this process looks");
    both_ways(|way| {
        let spine = Spine::start(way, 64);
        let mut ann = spine.joins();
        says(&mut ann, "hi");
        assert_eq!(hears(&mut ann), "hi");
        drop(ann);
        spine.stops();
    });
    let all = [("hub", "select"), ("r", "ask"), ("r", "read"), ("w", "take"), ("w", "write")];
    let all: BTreeSet<_> = all.map(|(thread, wait)| (thread.to_owned(), wait)).into();
    assert_eq!(*WAITS.lock(), all);
}

#[test]
fn classic_b5_b7_b8_b24_the_spine_with_an_open_port_is_the_classic_chat() {
    both_ways(|way| {
        let spine = OpenSpine::start(way, PerNetwork::default());
        let page = get(spine.addr, "/");
        assert_eq!(page.status, 200);
        assert!(page.text().contains("<title>Threadbare</title>"), "{}", page.text());
        let script = get(spine.addr, "/classic.js");
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert!(get(spine.addr, "/nowhere").text().starts_with("Not found"));
        let post =
            request(spine.addr, "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n");
        assert_eq!((post.status, post.header("allow")), (405, Some("GET, HEAD")));
        assert_eq!(get(spine.addr, "/ws").status, 426);
        assert_eq!(spine.tries("/").err(), Some(404), "a WebSocket begins elsewhere");

        let (mut ann, mut bo) = (spine.joins("/ws"), spine.joins("/chat"));
        // A client that hears itself is in.
        says(&mut bo, "ho");
        assert_eq!(hears(&mut bo), "ho");
        says(&mut ann, " hi\nthere ");
        assert_eq!(hears(&mut bo), "hi there");
        while hears(&mut ann) != "hi there" {}
        ann.close(None).unwrap();
        assert!(matches!(next_message(&mut ann), Ok(Message::Close(_))));
        eventually("its threads to be gone", || spine.server.clients() == 1);
        says(&mut bo, "alone");
        assert_eq!(hears(&mut bo), "alone");
        drop((ann, bo));
        spine.stops();
    });
}

#[test]
fn whoever_finds_no_seat_is_told_so_in_plain_words_and_may_come_when_there_is_one() {
    let spine = OpenSpine::start(FanOut::Express, PerNetwork::at_most(1));
    let mut ann = spine.joins("/ws");
    says(&mut ann, "hi");
    assert_eq!(hears(&mut ann), "hi");
    assert_eq!(spine.tries("/ws").err(), Some(503));
    assert_eq!(get(spine.addr, "/").status, 200, "a page needs no seat");
    drop(ann);
    eventually("its seat to be free", || spine.server.clients() == 0);
    drop(spine.joins("/chat"));
    spine.stops();
}

#[test]
fn a_client_that_comes_while_the_server_stops_is_not_told_that_the_server_is_full() {
    let spine = Spine::start(FanOut::Express, 16);
    spine.admission.close_doors();
    let client = TcpStream::connect(spine.listener.local_addr().unwrap()).unwrap();
    let (socket, peer) = spine.listener.accept().unwrap();
    let refused = spine.clients.reserve(&Arc::new(socket.into()), peer, Classic).err().unwrap();
    assert_eq!(refused.to_string(), "the server is stopping");
    drop(client);
    spine.stops();
}

#[test]
fn an_open_port_that_closes_says_goodbye_to_clients_and_ends_what_only_waits() {
    let spine = OpenSpine::start(FanOut::Express, PerNetwork::default());
    let mut ann = spine.joins("/ws");
    says(&mut ann, "hi");
    assert_eq!(hears(&mut ann), "hi");
    let silent = TcpStream::connect(spine.addr).unwrap();
    // This later connection gets its answer, so the silent one was accepted before.
    assert_eq!(get(spine.addr, "/healthz").text(), "ok\n");
    spine.stops();
    let Message::Close(Some(goodbye)) = next_message(&mut ann).unwrap() else {
        panic!("no close frame")
    };
    assert_eq!(u16::from(goodbye.code), 1001);
    drop(silent);
}
