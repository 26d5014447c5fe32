//! Row 113: the server listens at a Unix socket, which a proxy on this machine uses.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use crate::harness::raw::{Answer, Connection, get, handshake, unix};
use crate::harness::{Folder, Numbered, Person, ServerProcess, Signal, program};

/// The name by which a peer of a Unix socket may call this server.
const HOST: &str = "localhost";

/// A folder, and the path of a Unix socket in it.
struct Place {
    folder: Folder,
    path: String,
}

impl Place {
    fn new() -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path()).unwrap();
        let path = format!("{}/chat.sock", folder.path());
        Self { folder, path }
    }

    fn addr(&self) -> String {
        format!("unix:{}", self.path)
    }

    /// A server at this place and at a port.
    fn starts(&self, flags: &[&str]) -> ServerProcess {
        let both = ["--addr", "127.0.0.1:0", "--addr", &self.addr()];
        ServerProcess::start(&[&both, flags].concat())
    }

    /// One request, with these headers.
    fn asks(&self, request: &str, headers: &str, body: &str) -> Answer {
        let mut connection = Connection::open_at(&self.path);
        let length = body.len();
        let head = format!("{request} HTTP/1.1\r\nHost: {HOST}\r\n{headers}");
        let head = format!("{head}Content-Length: {length}\r\n\r\n");
        connection.sends(format!("{head}{body}").as_bytes()).answer()
    }

    fn gets(&self, path: &str) -> Answer {
        self.asks(&format!("GET {path}"), "", "")
    }

    /// One more client by WebSocket, whose request has these headers.
    fn knocks(&self, headers: &str) -> (Connection, u16) {
        let mut client = Connection::open_at(&self.path);
        client.sends(handshake("/ws", headers).replace("{host}", HOST).as_bytes());
        let status = client.answer().status;
        (client, status)
    }
}

#[test]
fn row_113_a_page_a_form_and_a_chat_come_through_a_unix_socket() {
    let place = Place::new();
    let server = place.starts(&[]);
    let mode = fs::metadata(&place.path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let line = server.greeting.iter().find(|line| line.contains(&place.addr())).unwrap();
    assert!(line.contains("--trust-proxy unix"), "{line}");

    let page = place.gets("/");
    assert!(page.status == 200 && page.text().contains("<html"), "{page:?}");
    assert!(get(server.addr, "/").status == 200);
    let form = "Content-Type: application/x-www-form-urlencoded\r\nAccept: text/html\r\n";
    let said = place.asks("POST /r/lobby", form, "name=Ann&text=from+a+form");
    assert!([200, 303].contains(&said.status), "{said:?}");
    // The checks of the door hold here, too.
    let foreign = format!("{form}Origin: http://evil.example\r\n");
    assert_eq!(place.asks("POST /r/lobby", &foreign, "name=Ann&text=x").status, 403);
    let mut rebound = Connection::open_at(&place.path);
    rebound.sends(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert_eq!(rebound.answer().status, 421);
    let mut nameless = Connection::open_at(&place.path);
    nameless.sends(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(nameless.answer().status, 200);

    let mut far = Person::joins(server.addr, "far", "/ws");
    let mut near = Person::over(unix(&place.path), server.addr, "near", "/ws");
    near.says("through a file");
    near.hears("through a file");
    far.hears("through a file");
    far.says("through a port");
    near.hears("through a port");
    let mut stream = Connection::open_at(&place.path);
    stream.sends(format!("GET /r/lobby/stream HTTP/1.1\r\nHost: {HOST}\r\n\r\n").as_bytes());
    stream.hears("through a port");
    far.says("to a stream");
    stream.hears("to a stream");
}

#[test]
fn row_113_a_unix_socket_alone_is_enough_and_its_file_goes_with_the_server() {
    let place = Place::new();
    let mut server = ServerProcess::start(&["--addr", &place.addr()]);
    assert_eq!(server.addresses(), [] as [SocketAddr; 0], "{:?}", server.greeting);
    let (mut client, status) = place.knocks("");
    assert_eq!(status, 101);
    server.gets_signal(Signal::TERM);
    // A client is told that the server goes.
    let close_1001 = [0x88, 2, 0x03, 0xe9];
    assert!(client.rest().windows(4).any(|bytes| bytes == close_1001));
    assert!(server.ends().success());
    assert!(!Path::new(&place.path).exists());
}

#[test]
fn row_113_a_client_that_does_not_read_is_ended_by_the_deadline_of_a_write() {
    let place = Place::new();
    let server = place.starts(&["--write-timeout", "100ms", "--outbox", "65536"]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let _deaf = Person::over(unix(&place.path), server.addr, "deaf", "/ws");
    let ended = || server.log().iter().any(|line| line.contains("write_timeout"));
    // Short messages: a frame has a second more for each 512 bytes.
    ann.talks_until(400, ended);
}

#[test]
fn row_113_a_slow_request_meets_the_deadline_of_its_head() {
    let place = Place::new();
    let _server = place.starts(&["--head-timeout", "200ms"]);
    let mut slow = Connection::open_at(&place.path);
    slow.sends(b"GET / HTTP/1.1\r\nHost:");
    assert_eq!(slow.answer().status, 408);
    assert!(slow.is_closed());
}

#[test]
fn row_113_only_the_file_of_a_dead_server_is_replaced() {
    let place = Place::new();
    drop(UnixListener::bind(&place.path).unwrap());
    let mut killed = place.starts(&[]);
    let refused = || {
        let mut second = Command::new(program());
        second.args(["--data", "none", "--addr", &place.addr()]);
        let ended = second.output().unwrap();
        (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
    };
    let (code, words) = refused();
    assert!(code == Some(1) && words.contains("a server is running there"), "{code:?} {words}");
    assert_eq!(place.gets("/healthz").status, 200, "the first one goes on");
    killed.gets_signal(Signal::KILL);
    killed.ends();
    assert!(Path::new(&place.path).exists());
    drop(place.starts(&[]));
    fs::remove_file(&place.path).ok();
    fs::write(&place.path, "a letter").unwrap();
    let (code, words) = refused();
    assert!(code == Some(1) && words.contains("it is no socket"), "{code:?} {words}");
    assert_eq!(fs::read(&place.path).unwrap(), b"a letter");
}

#[test]
fn row_113_without_trust_all_peers_count_as_one_that_is_no_stranger() {
    let place = Place::new();
    let server = place.starts(&["--clients-per-address", "2", "--glass"]);
    let of = |person: u8| place.knocks(&format!("X-Forwarded-For: 203.0.113.{person}\r\n"));
    let inside: Vec<_> = (0..2).map(of).collect();
    assert!(inside.iter().all(|(_, status)| *status == 101));
    assert_eq!(of(3).1, 503);
    // An address of TCP has its own places.
    drop(Person::joins(server.addr, "ann", "/ws"));
    server.logs(&["peer=0.0.0.0:"]);
    // A proxy may come from everywhere, so nobody behind it looks into the glass box.
    assert_eq!(get(server.addr, "/glass").status, 200);
    assert_eq!(place.gets("/glass").status, 404);
}

#[test]
fn row_113_with_trust_each_person_behind_the_proxy_counts() {
    let place = Place::new();
    let flags =
        ["--clients-per-address", "1", "--trust-proxy", "unix", "--host", "chat.example.org"];
    let server = place.starts(&flags);
    let line = server.greeting.iter().find(|line| line.contains(&place.addr())).unwrap();
    assert!(line.ends_with("(for a proxy)"), "{line}");
    let of = |person: &str| place.knocks(&format!("X-Forwarded-For: {person}\r\n"));
    let (_one, status) = of("203.0.113.9");
    assert_eq!(status, 101);
    assert_eq!(of("203.0.113.9").1, 503);
    assert_eq!(of("198.51.100.7").1, 101);
    server.logs(&["peer=203.0.113.9:"]);
    // A peer of the port is not trusted.
    let lie = "GET /ws HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n";
    Connection::open(server.addr).sends(lie.as_bytes()).answer();
    server.logs(&["peer=127.0.0.1:", "/ws"]);
    assert!(!server.log().iter().any(|line| line.contains("peer=192.0.2.1")));
    let headers = "Content-Type: application/x-www-form-urlencoded\r\nAccept: text/html\r\n\
                   X-Forwarded-Proto: https\r\nX-Forwarded-Host: chat.example.org\r\n\
                   Origin: https://chat.example.org\r\n";
    let said = place.asks("POST /r/lobby", headers, "name=Ann&text=hi");
    assert!(said.header("Set-Cookie").unwrap().ends_with("; Secure"), "{said:?}");
}

/// A saved room, as it comes through the Unix socket.
fn saves(place: &Place, version: &str) -> Connection {
    let mut saver = Connection::open_at(&place.path);
    let request = format!("GET /r/lobby/save?as=jsonl HTTP/{version}\r\nHost: {HOST}\r\n\r\n");
    saver.sends(request.as_bytes());
    saver
}

#[test]
fn row_113_half_a_saved_room_does_not_look_like_a_whole_one() {
    needs!(Pages);
    let place = Place::new();
    let mut server = place.starts(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("hello");
    ann.hears("sent");
    let whole = String::from_utf8(saves(&place, "1.1").rest()).unwrap();
    assert!(whole.contains("Transfer-Encoding: chunked\r\n"), "{whole}");
    let (_, body) = whole.split_once("\r\n\r\n").unwrap();
    assert!(body.ends_with("}\n\r\n0\r\n\r\n"), "{body}");
    let mut lines = String::new();
    let mut rest = body;
    while let Some((size, more)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        lines += &more[..size];
        assert!(more[size..].starts_with("\r\n"));
        rest = &more[size + 2..];
    }
    assert_eq!(rest, "");
    assert!(lines.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{lines}");
    assert!(lines.contains("\"hello\""), "{lines}");
    // HTTP/1.0 has no chunks. The end of a text says that it is the end.
    let old = String::from_utf8(saves(&place, "1.0").rest()).unwrap();
    assert!(!old.contains("chunked") && old.ends_with("}\n"), "{old}");

    for _ in 0..300 {
        ann.says(&"x".repeat(1000));
        ann.hears("sent");
    }
    let mut half = saves(&place, "1.1");
    half.hears(&"x".repeat(1000));
    server.gets_signal(Signal::KILL);
    server.ends();
    let half = half.rest();
    assert!(!half.ends_with(b"0\r\n\r\n"), "{}", half.len());
}

#[test]
fn row_113_a_service_manager_may_pass_a_unix_socket() {
    let place = Place::new();
    let listener = UnixListener::bind(&place.path).unwrap();
    let mut server = ServerProcess::start_on(&listener, &["--trust-proxy", "unix"], &[]);
    assert!(
        server.greeting.iter().any(|line| line.contains(&place.addr())),
        "{:?}",
        server.greeting
    );
    assert_eq!(place.gets("/healthz").status, 200);
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    // Whoever comes now waits for the next server: the file is the service manager's.
    let mut early = Connection::open_at(&place.path);
    early.sends(b"GET /healthz HTTP/1.0\r\n\r\n");
    let _server = ServerProcess::start_on(&listener, &[], &[]);
    assert_eq!(early.answer().status, 200);
}

#[test]
fn row_113_plain_lines_come_through_a_unix_socket() {
    let place = Place::new();
    let server = ServerProcess::start(&["--lines", &place.addr()]);
    let told = format!("Plain lines: nc -U {}", place.path);
    assert!(server.greeting.iter().any(|line| line.trim() == told), "{:?}", server.greeting);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let mut lines = Connection::open_at(&place.path);
    lines.sends(b"a plain line\n").hears("a plain line");
    while !ann.hears_something().contains("a plain line") {}
    assert!(place.folder.0.exists());
}
