//! What programs say by one request: `curl`, or any program that speaks JSON.

use serde_json::json;

use crate::harness::raw::{asks, posts, request};
use crate::harness::strace::history_meets;
use crate::harness::{Data, Numbered, ServerProcess};

/// The content type of `curl -d`: always that of a form.
const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn curl_says_something_where_the_host_allows_it() {
    let server = ServerProcess::start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let answer = posts(server.addr, "/r/lobby", FORM, "door open & shut=100%");
    assert_eq!((answer.status, answer.text().as_str()), (200, "Sent to lobby as #1.\n"));
    assert_eq!(bo.hears("message")["text"], "door open & shut=100%");
    let answer = posts(server.addr, "/r/lobby", "text/plain; charset=utf-8", "你好\n");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(bo.hears_until(|line| line["text"] == "你好")["seq"], 2);
    for (kind, text, status) in [
        (FORM, "", 422),
        ("text/plain", " \n", 422),
        ("text/plain", &"x".repeat(5000), 413),
        ("multipart/form-data; boundary=x", "--x--", 415),
        ("image/png", "x", 415),
    ] {
        let answer = posts(server.addr, "/r/lobby", kind, text);
        assert_eq!(answer.status, status, "{kind}: {answer:?}");
        assert!(answer.text().ends_with(".\n"), "{answer:?}");
    }
    assert_eq!(bo.view("lobby").lines.len(), 2);
    // No new person has come who could come back.
    bo.asks(json!({"type": "who", "room": "lobby"}));
    let who = bo.hears_until(|line| {
        assert_ne!(line["type"], "presence", "{line}");
        line["type"] == "who"
    });
    assert_eq!(who["names"], json!(["Bo"]));
}

#[test]
fn a_program_comes_into_a_room_that_asks_for_a_password() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den", "password": "swordfish"}));
    bo.hears("joined");
    let (_, told) = asks(server.addr, "/r/lobby", &json!({"type": "hello", "name": "Door"}));
    let path = format!("/r/den?s={}", told[0]["token"].as_str().unwrap());
    let knocks = |password: &str| {
        asks(server.addr, &path, &json!({"type": "join", "room": "den", "password": password}))
    };
    let (status, told) = knocks("catfish");
    assert_eq!((status, &told[0]["reason"]), (403, &"wrong-password".into()), "{told:?}");
    assert_eq!(posts(server.addr, &path, "text/plain", "open").status, 403);
    let (status, told) = knocks("swordfish");
    assert_eq!((status, told.len()), (200, 2), "{told:?}");
    assert_eq!((&told[1]["type"], &told[1]["room"]), (&"joined".into(), &"den".into()));
    // After it was let in, the program has a new session.
    let path = format!("/r/den?s={}", told[0]["token"].as_str().unwrap());
    assert_eq!(posts(server.addr, &path, "text/plain", "open").status, 200);
    let said = bo.hears_until(|line| line["text"] == "open");
    assert_eq!((&said["room"], &said["from"]), (&"den".into(), &"Door".into()));
}

#[test]
fn without_guests_a_program_says_hello_first() {
    let server = ServerProcess::start(&[]);
    let answer = posts(server.addr, "/r/lobby", FORM, "door open");
    assert_eq!(answer.status, 403, "{answer:?}");
    assert!(answer.text().contains("--guests"), "{answer:?}");
    let (status, told) = asks(server.addr, "/r/lobby", &json!({"type": "hello", "name": "Door"}));
    assert_eq!(
        (status, &told[0]["type"], &told[0]["name"]),
        (200, &"welcome".into(), &"Door".into())
    );
    let session = told[0]["token"].as_str().unwrap();
    let path = format!("/r/lobby?s={session}");
    assert_eq!(posts(server.addr, &path, FORM, "open").status, 200);
    let say = json!({"type": "say", "room": "lobby", "id": "a-1", "text": "shut"});
    for _ in 0..2 {
        let (status, told) = asks(server.addr, &path, &say);
        assert_eq!((status, told.len()), (200, 1), "{told:?}");
        assert_eq!((&told[0]["type"], &told[0]["seq"]), (&"sent".into(), &2.into()), "once");
    }
    // A `typing` request has no answer, and does not wait for one.
    let typing = asks(server.addr, &path, &json!({"type": "typing", "room": "lobby"}));
    assert_eq!(typing, (200, vec![]));
    let (_, told) = asks(server.addr, &path, &json!({"type": "history", "room": "lobby"}));
    let lines = told[0]["lines"].as_array().unwrap();
    assert_eq!(lines.iter().map(|line| &line["from"]).collect::<Vec<_>>(), ["Door", "Door"]);
}

#[test]
fn what_a_program_asks_wrongly_is_told_in_its_turn() {
    let server = ServerProcess::start(&["--guests"]);
    for (request, status, kind) in [
        (json!({"type": "nonsense"}), 400, "error"),
        (json!({"type": "say", "room": "lobby"}), 400, "error"),
        (json!({"type": "edit", "room": "lobby", "seq": 7, "text": "x"}), 409, "refused"),
        (json!({"type": "who", "room": "lobby"}), 200, "who"),
        (json!({"type": "rooms"}), 200, "rooms"),
        (json!({"type": "search", "room": "lobby", "text": "tea"}), 409, "refused"),
    ] {
        let (found, told) = asks(server.addr, "/r/lobby", &request);
        let last = told.last().unwrap();
        assert_eq!((found, last["type"].as_str().unwrap()), (status, kind), "{request}: {told:?}");
    }
    let gone = format!("/r/lobby?s={}", "0".repeat(32));
    let (status, told) = asks(server.addr, &gone, &json!({"type": "rooms"}));
    assert_eq!((status, &told[0]["reason"]), (403, &"session-over".into()));
}

#[test]
fn a_foreign_page_s_text_has_nobody_s_session() {
    let server = ServerProcess::start(&[]);
    let (_, told) = asks(server.addr, "/r/lobby", &json!({"type": "hello", "name": "Ann"}));
    let session = told[0]["token"].as_str().unwrap();
    let head = format!("Host: {}\r\nCookie: threadbare={session}\r\n", server.addr);
    let text = "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi";
    let answer = request(server.addr, &format!("POST /r/lobby HTTP/1.1\r\n{head}{text}"));
    assert_eq!(answer.status, 403, "{answer:?}");
}

#[test]
fn what_has_no_id_and_is_not_known_to_be_kept_is_not_called_safe_to_send_again() {
    let data = Data::new();
    let server = data.start(&["--guests"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let full = history_meets(&server, &["pwrite64:error=ENOSPC", "write:error=ENOSPC"]);
    let answer = posts(server.addr, "/r/lobby", "text/plain", "door open");
    assert_eq!(bo.hears("message")["text"], "door open", "it is there all the same");
    assert_eq!((answer.status, answer.header("Retry-After")), (503, None), "{answer:?}");
    assert!(answer.text().contains("check before you send it again"), "{answer:?}");
    // A form without its own number gets the same answer.
    let form = format!("s={}&text=door+shut", bo.token);
    let answer = posts(server.addr, "/r/lobby", FORM, &form);
    assert_eq!(bo.hears_until(|line| line["text"] == "door shut")["from"], "Bo");
    assert_eq!(answer.status, 503);
    assert!(answer.text().contains("check before you send it again"), "{}", answer.text());
    drop(full);
}
