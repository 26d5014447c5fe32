//! A whole room as a file, over plain HTTP.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::raw::{Answer, Connection, get, narrow, request};
use crate::harness::{Data, Numbered, ServerProcess, Signal, eventually, read_some};
use crate::past::export::exported;

/// Asks for a room as a file; `what` is the end of the address.
fn asks(
    connection: TcpStream,
    addr: SocketAddr,
    what: &str,
    headers: &str,
) -> (String, Connection) {
    let mut connection = Connection::over(connection);
    connection.sends(format!("GET /r/{what} HTTP/1.1\r\nHost: {addr}\r\n{headers}\r\n").as_bytes());
    (connection.hears("\r\n\r\n"), connection)
}

/// The file as far as it comes, and whether it ended in order.
fn taken(connection: Connection) -> (String, bool) {
    let (mut file, mut part) = (connection.heard_so_far(), [0; 4096]);
    let mut stream = connection.into_stream();
    loop {
        match read_some(&mut stream, &mut part) {
            Ok(0) => return (String::from_utf8(file).unwrap(), true),
            Ok(count) => file.extend(&part[..count]),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::ConnectionReset);
                return (String::from_utf8_lossy(&file).into_owned(), false);
            }
        }
    }
}

/// The head and the file, which must be complete.
pub fn saved(addr: SocketAddr, what: &str) -> (String, String) {
    let (head, line) = asks(TcpStream::connect(addr).unwrap(), addr, what, "");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("Connection: close") && !head.contains("Content-Length"), "{head}");
    let (file, is_whole) = taken(line);
    assert!(is_whole, "cut: {file}");
    (head, file)
}

fn refused(addr: SocketAddr, what: &str) -> Answer {
    let answer = get(addr, &format!("/r/{what}"));
    assert_eq!(answer.header("content-disposition"), None, "{answer:?}");
    answer
}

/// Says so many things, and waits for a `sent` for each.
fn says_some(person: &mut Numbered, count: usize, text: impl Fn(usize) -> String) {
    (0..count).for_each(|number| person.says(&text(number)));
    let sent = person.sent.len() + count;
    while person.sent.len() < sent {
        person.hears("sent");
    }
}

/// The text without the lines that contain one of these.
fn without(text: &str, parts: &[&str]) -> String {
    let stays = |line: &&str| !parts.iter().any(|part| line.contains(part));
    text.lines().filter(stays).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_saved_room_is_what_an_export_writes_with_changes_as_lines_of_their_own() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let change = |ann: &mut Numbered, what: serde_json::Value| {
        ann.asks(what);
        ann.hears("sent");
    };
    for round in 0..40 {
        says_some(&mut ann, 50, |number| format!("<line> {round}-{number}\nand more"));
        if matches!(round, 1 | 39) {
            let seq = round * 50 + 7;
            change(
                &mut ann,
                json!({"type": "edit", "room": "lobby", "id": format!("e{round}"), "seq": seq, "text": "other words"}),
            );
            change(
                &mut ann,
                json!({"type": "delete", "room": "lobby", "id": format!("d{round}"), "seq": seq + 1}),
            );
        }
    }
    change(&mut ann, json!({"type": "topic", "room": "lobby", "id": "t", "text": "tea & cake"}));
    change(&mut ann, json!({"type": "me", "room": "lobby", "id": "m", "text": "waves"}));
    // Rounds 1 and 39 changed two messages each, and each change is a line.
    let last = 2000 + 4 + 2;
    let (head, lines) = saved(server.addr, "lobby/save?as=jsonl");
    assert!(head.contains("Content-Type: application/x-ndjson\r\n"), "{head}");
    assert!(head.contains("Content-Disposition: attachment; filename=\"lobby-20"), "{head}");
    assert_eq!(lines.lines().count(), last);
    assert_eq!(lines, exported(&data, &["--room", "lobby", "--as", "jsonl"]));
    let end = format!("End: this is everything, up to #{last}.");
    let (head, text) = saved(server.addr, "lobby/save?as=text");
    assert!(head.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{head}");
    assert!(text.starts_with("Times are UTC.\n\n# lobby: tea & cake\n\n20"), "{text}");
    assert!(text.contains(" * Ann edited #57: other words\n"), "{text}");
    assert!(text.contains(" * Ann deleted #58\n") && text.contains(" Ann: (deleted)\n"), "{text}");
    let expected = exported(&data, &["--room", "lobby"]).replace(" (edited)\n", "\n");
    let changes = ["* Ann edited #", "* Ann deleted #"];
    assert_eq!(without(&text, &changes), format!("{expected}\n{end}\n"));
}

#[test]
fn whoever_saves_a_room_is_not_there() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("hello");
    bo.hears("sent");
    let (_, line) = asks(TcpStream::connect(server.addr).unwrap(), server.addr, "lobby/save", "");
    assert!(taken(line).0.ends_with("Bo: hello\n\nEnd: this is everything, up to #1.\n"));
    server.logs(&["client left", "told_all"]);
    bo.asks(json!({"type": "who", "room": "lobby"}));
    // Before that, no person came or left.
    let next = bo.hears_until(|line| line["type"] == "who" || line["type"] == "presence");
    assert_eq!((&next["type"], &next["people"]), (&json!("who"), &json!(1)), "{next}");
    server.waits_for_threads(&["parked", "parked", "r-1", "w-1"]);
}

/// A client that reads the head of a large file, and nothing more for now.
fn takes_its_time(server: &ServerProcess) -> (Numbered, Connection) {
    let mut bo = Numbered::joins(server.addr, "Bo");
    // As many lines as memory keeps of a room.
    (0..200).for_each(|_| says_some(&mut bo, 1, |_| "x".repeat(1000)));
    let (head, line) = asks(narrow(server.addr), server.addr, "lobby/save?as=text", "");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    server.logs(&["client joined", "client=2"]);
    (bo, line)
}

#[test]
fn street_d1_a_file_that_is_taken_slowly_holds_nobody_up_and_is_whole() {
    needs!(Pages);
    let server = ServerProcess::start(&["--outbox", "16", "--rate", "0"]);
    let (mut bo, line) = takes_its_time(&server);
    (0..50).for_each(|_| says_some(&mut bo, 1, |_| "meanwhile".to_owned()));
    let (file, is_whole) = taken(line);
    assert!(is_whole && file.contains("End: this is everything"), "{}", file.len());
    assert_eq!(file.matches("Bo: xxx").count(), 200);
}

#[test]
fn a_file_that_is_cut_off_ends_with_a_reset() {
    for signal in [Signal::TERM, Signal::KILL] {
        let mut server = ServerProcess::start(&["--rate", "0"]);
        let (bo, line) = takes_its_time(&server);
        server.gets_signal(signal);
        drop(bo);
        server.ends();
        let (file, is_whole) = taken(line);
        assert!(!is_whole && !file.contains("End: "), "{}", file.len());
    }
}

#[test]
fn street_d2_a_file_that_nobody_takes_is_cut_by_the_write_deadline() {
    needs!(Pages);
    let server = ServerProcess::start(&["--rate", "0", "--write-timeout", "200ms"]);
    let (_bo, line) = takes_its_time(&server);
    // The deadline of a piece of the file is the timeout, and a second for each 512 of its bytes. A
    // piece is many lines long where writers are only woken.
    server.logs_within(Duration::from_secs(40), &["client=2", "write_timeout"]);
    assert!(!taken(line).1);
}

#[test]
fn a_room_is_saved_by_whoever_may_look_at_it() {
    let server = ServerProcess::start(&[]);
    let mut ann = Numbered::connects(server.addr);
    let den = json!({"room": "den", "password": "swordfish", "hidden": true});
    ann.asks(json!({"type": "hello", "name": "Ann", "rooms": [den]}));
    let token = ann.hears("welcome")["token"].as_str().unwrap().to_owned();
    assert!(ann.tries_to_say("den", "psst"));
    ann.hears("sent");
    let answer = refused(server.addr, "den/save?as=jsonl");
    assert!(answer.status == 403 && answer.text().contains("password"), "{answer:?}");
    let (_, file) = saved(server.addr, &format!("den/save?s={token}"));
    assert!(file.contains("# den (hidden, with a password)\n\n"), "{file}");
    assert!(file.contains("Ann: psst\n"), "{file}");
    assert_eq!(refused(server.addr, "attic/save").status, 404);
    let odd = refused(server.addr, "den/save?as=pdf");
    assert_eq!((odd.status, odd.text().contains("?as=jsonl")), (422, true), "{odd:?}");
    let head = "HEAD /r/lobby/save?as=jsonl HTTP/1.1\r\nHost: {host}\r\n\r\n";
    let head = request(server.addr, head);
    assert_eq!((head.status, head.header("content-length")), (200, None), "{head:?}");
    assert!(head.header("content-disposition").unwrap().contains("lobby-20"), "{head:?}");
}

#[test]
fn the_pages_of_what_was_said_before_and_of_what_was_found_lead_to_the_files() {
    let data = Data::new();
    let server = data.start(&[]);
    Numbered::joins(server.addr, "Bo").says_each(&["hello"]);
    for page in ["?before=7", "?find=hello"] {
        let page = get(server.addr, &format!("/r/lobby{page}")).text();
        for form in ["text", "csv", "jsonl"] {
            let link = format!("<a href=\"/r/lobby/save?as={form}\" download>");
            assert!(page.contains(&link), "{page}");
        }
    }
    for page in ["", "?find=bread"] {
        assert!(!get(server.addr, &format!("/r/lobby{page}")).text().contains("/save"), "{page}");
    }
}

#[test]
fn row_12_a_server_with_a_password_gives_no_room_to_strangers() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    for what in ["lobby/save", "lobby/save?password=catfish"] {
        assert_eq!(refused(server.addr, what).status, 403, "{what}");
    }
    let (_, file) = saved(server.addr, "lobby/save?password=swordfish");
    assert_eq!(file, "Times are UTC.\n\n# lobby\n\n\nEnd: there are no messages.\n");
}

#[test]
fn whoever_is_refused_a_file_is_told_so_as_who_they_are() {
    let server = ServerProcess::start(&[]);
    let _vera = Numbered::makes_locked(server.addr, "den", "swordfish");
    let mut ann = Browser::opens(server.addr, "/r/lobby").without_cookies();
    let to = ann.sends(&[("name", "Ann"), ("text", "hello")]);
    let session = to.header("location").unwrap().split_once("s=").unwrap().1.to_owned();
    for (what, status) in [("den/save?as=text", 403), ("attic/save?as=text", 404)] {
        assert_eq!(ann.gets(&format!("/r/{what}&s={session}")).status, status, "{what}");
        assert!(ann.value("s").as_ref() == Some(&session), "{what}: {}", ann.page);
        assert!(!ann.page.contains("name=\"name\""), "she has one: {}", ann.page);
        // Every link on this page keeps the session.
        for link in ann.page.split("<a href=\"/").skip(1) {
            let link = link.split_once('"').unwrap().0;
            assert!(link.contains(&format!("s={session}")), "{what}: {link}");
        }
        assert!(ann.page.contains("<bdi>lobby</bdi>"), "{what}: {}", ann.page);
    }
    // The room does not exist after the request either.
    assert_eq!(get(server.addr, "/r/attic/save").status, 404);
    // With a cookie it is the same, and no address has the session.
    ann.cookie = Some(format!("threadbare={session}"));
    assert_eq!(ann.gets("/r/den/save").status, 403);
    assert!(ann.page.contains("name=\"key\"") && !ann.page.contains(&session), "{}", ann.page);
}

#[test]
fn whoever_saves_a_room_takes_the_place_of_a_client() {
    let server = ServerProcess::start(&["--clients", "1"]);
    let bo = Numbered::joins(server.addr, "Bo");
    let full = refused(server.addr, "lobby/save");
    assert_eq!(full.status, 503, "{full:?}");
    drop(bo);
    eventually("a place", || get(server.addr, "/r/lobby/save").status == 200);
}
