//! What the door does when tiny_http dies, answers nonsense or does not answer. A browser that does
//! not read its answer must block only itself.

use std::io::{Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Browser, ON_A_BUSY_MACHINE, PATIENCE, Trial, dies};
use crate::base::language::Language;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;
use crate::classic::format::Classic;
use crate::server::client::AdoptSocket;
use crate::server::config::{DoorConfig, ServerConfig};
use crate::server::http::refusal::Refusal;
use crate::server::http::ticket::{Decision, Issued, Late, TICKET_HEADER, Taken};
use crate::server::http::verdict::Verdict;
use crate::server::http::{Http, RESPONDERS};

/// Sends a browser's request and accepts the door's connection in tiny_http's place, but does not
/// read the request. Returns the browser and the private socket.
fn untaken(trial: &Trial) -> (Browser, UnixStream) {
    let stand = StandIn::of(&trial.http);
    let browser = trial.browser();
    browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
    (browser, stand.takes_one())
}

/// Like `untaken`, but also reads the request, and takes its ticket as a responder does.
fn instead(trial: &Trial) -> (Browser, UnixStream, Taken) {
    let (browser, mut socket) = untaken(trial);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0; 1];
        socket.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let (_, number) = request.split_once(&format!("{TICKET_HEADER}: ")).unwrap();
    let number = number.lines().next().unwrap().parse().unwrap();
    (browser, socket, trial.http.tickets().take(number).unwrap())
}

/// Returns the status that the browser gets if a responder decides `verdict` and sends `answer`; 0:
/// the browser gets no answer.
fn status_of(trial: &Trial, verdict: Verdict, answer: &str) -> u16 {
    let (mut browser, mut socket, ticket) = instead(trial);
    ticket.decide(Decision { verdict, body: None }).unwrap();
    socket.write_all(answer.as_bytes()).unwrap();
    drop(socket);
    if browser.read(Deadline::after(PATIENCE)) == 0 {
        return 0;
    }
    browser.answer().status
}

fn adopt(trial: &Trial) -> Verdict {
    let clients = Arc::clone(&trial.clients);
    Verdict::Upgrade(Box::new(AdoptSocket { clients, format: Classic }))
}

/// Listens in tiny_http's place, at the path that doors connect to. tiny_http itself still listens,
/// but the file of its socket has been renamed, so no door reaches it.
struct StandIn {
    listener: UnixListener,
    path: PathBuf,
    aside: PathBuf,
}

impl StandIn {
    fn of(http: &Http) -> Self {
        let path = http.listener().unwrap().path;
        let aside = path.with_extension("aside");
        std::fs::rename(&path, &aside).unwrap();
        Self { listener: UnixListener::bind(&path).unwrap(), path, aside }
    }

    /// Accepts one connection of the door. The door's next connection goes to tiny_http again.
    fn takes_one(self) -> UnixStream {
        let (socket, _) = self.listener.accept().unwrap();
        std::fs::rename(&self.aside, &self.path).unwrap();
        socket
    }
}

#[test]
fn a_tiny_http_that_died_in_silence_is_started_anew() {
    let trial = Trial::start();
    for _ in 0..2 {
        let dead = trial.http.listener().unwrap();
        dies(&trial.http);
        serves_again(&trial);
        let alive = trial.http.listener().unwrap();
        assert!(alive.number > dead.number);
        // The old tiny_http ends when the last responder has stopped using it, and then the file of
        // its socket is removed.
        let patience = Instant::now() + PATIENCE;
        while dead.path.exists() {
            assert!(Instant::now() < patience, "the old socket's file is still there");
            std::thread::yield_now();
        }
    }
}

/// Sends requests until the door answers with the page. Until then the door may answer 503, because
/// within a short time it starts tiny_http anew only one time.
fn serves_again(trial: &Trial) {
    let patience = Instant::now() + PATIENCE;
    loop {
        match trial.get("/").status {
            200 => return,
            status => assert_eq!(status, 503),
        }
        assert!(Instant::now() < patience, "no page any more");
    }
}

#[test]
fn a_tiny_http_that_dies_at_once_is_not_started_for_each_request() {
    let trial = Trial::start();
    dies(&trial.http);
    assert_eq!(trial.get("/").status, 200);
    dies(&trial.http);
    let first = Instant::now();
    while trial.get("/").status == 503 {
        assert_eq!(trial.http.listener().unwrap().number, 1);
        assert!(first.elapsed() < PATIENCE);
    }
    assert_eq!(trial.http.listener().unwrap().number, 2);
}

#[test]
fn after_the_end_of_the_routes_a_door_says_so_and_nothing_is_left() {
    let trial = Trial::start();
    let folder = trial.http.listener().unwrap().path.parent().unwrap().to_owned();
    assert!(folder.exists());
    trial.http.shut_down(Instant::now() + PATIENCE);
    assert!(!folder.exists());
    assert_eq!(trial.http.listener(), None);
    assert_eq!(trial.get("/").status, 503);
}

#[test]
fn a_tiny_http_whose_socket_was_removed_is_started_anew() {
    let trial = Trial::start();
    std::fs::remove_file(trial.http.listener().unwrap().path).unwrap();
    assert_eq!(trial.get("/").status, 200);
}

#[test]
fn many_who_find_it_dead_start_it_once() {
    let trial = Trial::start();
    dies(&trial.http);
    let mut browsers: Vec<_> = (0..20).map(|_| trial.browser()).collect();
    for browser in &browsers {
        browser.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for browser in &mut browsers {
        assert_eq!(browser.answer().status, 200);
    }
    assert_eq!(trial.http.listener().unwrap().number, 1);
}

#[test]
fn nobody_hangs_when_it_cannot_be_started_anew() {
    let trial = Trial::start();
    let folder = trial.http.listener().unwrap().path.parent().unwrap().to_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "in the way").unwrap();
    dies(&trial.http);
    for _ in 0..3 {
        let answer = trial.get("/");
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("5")));
    }
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(trial.get("/").status, 200, "the next who asks tries again");
}

#[test]
fn a_private_folder_that_was_removed_is_made_anew_and_goes_with_the_server() {
    let trial = Trial::start();
    let folder = trial.http.listener().unwrap().path.parent().unwrap().to_owned();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(trial.get("/").status, 200);
    let next = trial.http.listener().unwrap().path.parent().unwrap().to_owned();
    assert_ne!(next, folder);
    drop(trial);
    assert!(!next.exists());
}

#[test]
fn an_empty_answer_is_repeated_only_if_nothing_ran() {
    let trial = Trial::start();
    let (mut browser, socket, ticket) = instead(&trial);
    drop((socket, ticket));
    assert_eq!(browser.answer().status, 500);
    let (mut browser, socket) = untaken(&trial);
    drop(socket);
    assert_eq!(browser.answer().status, 200, "the ticket was untaken");
    assert_eq!(trial.http.listener().unwrap().number, 1);
}

/// A tiny_http that ends drops the requests that still wait in its queue, and a dropped request is
/// answered with 500.
#[test]
fn a_request_that_ended_in_the_queue_of_a_dead_tiny_http_is_asked_again() {
    let trial = Trial::start();
    let (mut browser, mut socket) = untaken(&trial);
    socket.write_all(b"HTTP/1.0 500 x\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert_eq!(browser.answer().status, 200);
    assert_eq!(trial.http.listener().unwrap().number, 1);
}

#[test]
fn what_tiny_http_finds_wrong_with_a_request_by_itself_starts_nothing_anew() {
    let trial = Trial::start();
    let (mut browser, mut socket) = untaken(&trial);
    socket.write_all(b"HTTP/1.0 400 x\r\nContent-Length: 0\r\n\r\n").unwrap();
    assert_eq!(browser.answer().status, 500);
    assert_eq!(trial.http.listener().unwrap().number, 0);
}

#[test]
fn an_answer_that_is_cut_or_nonsense_is_not_passed_on() {
    let trial = Trial::start();
    for answer in [
        "HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.0 200 OK\r\nContent-Le",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "hello\r\n\r\n",
    ] {
        assert_eq!(status_of(&trial, Verdict::Answer(200), answer), 500, "{answer:?}");
    }
    let huge = format!("HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n", limits::ANSWER_BYTES_MAX);
    assert_eq!(status_of(&trial, Verdict::Answer(200), &huge), 500);
}

#[test]
fn the_verdict_decides_the_status_whatever_tiny_http_sends() {
    let trial = Trial::start();
    let switch = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\n\r\n";
    let page = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    assert_eq!(status_of(&trial, adopt(&trial), page), 101);
    assert_eq!(status_of(&trial, Verdict::Answer(200), switch), 200);
    assert_eq!(status_of(&trial, Verdict::Answer(404), page), 404);
}

#[test]
fn a_handler_that_is_late_decides_nothing() {
    // Short enough to wait for, and long enough for an answer on a busy machine.
    let config = DoorConfig { exchange_wait: Duration::from_secs(2), ..DoorConfig::default() };
    let trial = Trial::with(config);
    let (mut browser, socket, ticket) = instead(&trial);
    assert_eq!(browser.answer().status, 503, "the deadline does not wait for it");
    let adopt = Decision { verdict: adopt(&trial), body: None };
    assert_eq!(ticket.decide(adopt), Err(Late));
    drop(socket);
    assert_eq!(trial.get("/").status, 200);
}

#[test]
fn a_route_that_panics_is_the_end_of_that_request_only() {
    let trial = Trial::start();
    for _ in 0..=RESPONDERS {
        let answer = trial.get("/panic");
        assert_eq!(answer.status, 500);
        assert!(answer.text().starts_with("Internal error"));
    }
    assert_eq!(trial.get("/").status, 200);
}

#[test]
fn whoever_finds_no_place_for_an_exchange_is_told_to_come_back() {
    let config = DoorConfig { exchange_wait: Duration::from_secs(2), ..DoorConfig::default() };
    let trial = Trial::with(config);
    let places: Vec<_> = (0..limits::EXCHANGES_MAX)
        .map(|_| trial.door.exchange_places.take(Instant::now()).unwrap())
        .collect();
    let answer = trial.get("/");
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("5")));
    drop(places);
    assert_eq!(trial.get("/").status, 200);
}

#[test]
fn a_stranger_on_the_private_socket_gets_nothing() {
    let trial = Trial::start();
    for number in ["", "X-Threadbare-Ticket: 0\r\n", "X-Threadbare-Ticket: x\r\n"] {
        let path = trial.http.listener().unwrap().path;
        let mut socket = UnixStream::connect(path).unwrap();
        socket.write_all(format!("GET / HTTP/1.0\r\n{number}\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 500 "), "{answer}");
        assert!(answer.contains("Content-Length: 0"), "{answer}");
    }
}

#[test]
fn a11_browsers_that_do_not_read_a_large_answer_hold_nobody_else_and_are_cut() {
    assert_eq!(limits::ANSWER_WAIT, Duration::from_secs(30), "where nobody says otherwise");
    let folder = std::env::temp_dir().join(format!("threadbare-large-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("home.html"), "page at {{$}}").unwrap();
    let large = vec![7; usize::try_from(limits::OWN_FILE_BYTES_MAX).unwrap()];
    std::fs::write(folder.join("large.bin"), &large).unwrap();
    // Long enough for the other browsers to read their answers on a busy machine.
    let answer_wait = ON_A_BUSY_MACHINE;
    let config = DoorConfig { answer_wait, ..DoorConfig::default() };
    let mut server = ServerConfig::new(Language::English);
    server.assets = Some(folder.clone());
    let trial = Trial::serving(config, &server);
    let mut lazy: Vec<_> = (0..limits::EXCHANGES_MAX * 4).map(|_| trial.narrow_browser()).collect();
    let started = Instant::now();
    for browser in &lazy {
        browser.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for _ in 0..10 {
        let asked = Instant::now();
        assert_eq!(trial.get("/").text(), "page at localhost");
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    }
    assert!(trial.get("/large.bin").body == large, "somebody else's whole file");
    trial.waits_until_no_door_is_open();
    assert!(started.elapsed() >= answer_wait, "cut after {:?}", started.elapsed());
    for browser in &mut lazy {
        let taken = browser.rest().len();
        assert!(taken < large.len() / 2, "{taken} bytes were sent to one who did not read");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Sends the request `line` to tiny_http, as a door does. Returns tiny_http's answer, and the
/// length of the body if the ticket carried the body instead.
fn card(trial: &Trial, line: &str) -> (String, Option<usize>) {
    let (mut socket, issued) = asked_for_card(trial, line);
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    let beside = issued.finish().unwrap().body.map(|body| body.sent().len());
    (String::from_utf8(answer).unwrap(), beside)
}

fn asked_for_card(trial: &Trial, line: &str) -> (UnixStream, Issued) {
    let issued = trial.http.tickets().issue((Ipv4Addr::LOCALHOST, 7).into());
    let mut socket = UnixStream::connect(trial.http.listener().unwrap().path).unwrap();
    let number = issued.number();
    let request = format!("{line} HTTP/1.0\r\nHost: a\r\n{TICKET_HEADER}: {number}\r\n\r\n");
    socket.write_all(request.as_bytes()).unwrap();
    (socket, issued)
}

/// Makes an operator's page with two files: the longest that may travel through tiny_http, and one
/// that is a byte longer.
fn with_files(name: &str) -> (Trial, PathBuf) {
    let folder = std::env::temp_dir().join(format!("threadbare-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("home.html"), "page").unwrap();
    let more = vec![b'x'; limits::PRIVATE_BODY_BYTES_MAX + 1];
    std::fs::write(folder.join("most.txt"), &more[1..]).unwrap();
    std::fs::write(folder.join("more.txt"), &more).unwrap();
    let mut server = ServerConfig::new(Language::English);
    server.assets = Some(folder.clone());
    (Trial::serving(DoorConfig::default(), &server), folder)
}

#[test]
fn tiny_http_answers_whole_what_fits_and_leaves_longer_bodies_in_the_ticket() {
    let (trial, folder) = with_files("card");
    let (most, none) = (limits::PRIVATE_BODY_BYTES_MAX, Refusal::NotFound.text().len());
    for (line, status, length, sent, left) in [
        ("GET /none", 404, none, none, None),
        ("HEAD /none", 404, none, 0, None),
        ("GET /most.txt", 200, most, most, None),
        ("HEAD /most.txt", 200, most, 0, None),
        ("GET /more.txt", 200, 0, 0, Some(most + 1)),
        ("HEAD /more.txt", 200, 0, 0, Some(most + 1)),
    ] {
        let (answer, beside) = card(&trial, line);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.0 {status} ")), "{line}: {head}");
        assert!(head.contains(&format!("Content-Length: {length}")), "{line}: {head}");
        assert!(!head.contains("Transfer-Encoding"), "{line}: {head}");
        assert_eq!((body.len(), beside), (sent, left), "{line}");
    }
    // A browser cannot tell whether the ticket carried the body.
    for (path, length) in [("/most.txt", most), ("/more.txt", most + 1)] {
        let answer = trial.get(path);
        assert!(answer.status == 200 && answer.body == vec![b'x'; length], "{path}");
        let head = trial.ask(&format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(head.header("Content-Length"), Some(&*length.to_string()), "{path}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_whole_answer_that_nobody_takes_holds_no_responder() {
    let (trial, folder) = with_files("untaken");
    let asked: Vec<_> = (0..=RESPONDERS).map(|_| asked_for_card(&trial, "GET /most.txt")).collect();
    assert_eq!(trial.get("/").text(), "page");
    for (mut socket, issued) in asked {
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        assert!(answer.len() > limits::PRIVATE_BODY_BYTES_MAX);
        assert!(issued.finish().is_some());
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
