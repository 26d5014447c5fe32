//! What a person must know: a name's secret, a room's password, the server's. None of them is ever
//! in the log (I3).

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::browser::somebody;
use crate::harness::raw::{Connection, handshake, request};
use crate::harness::{Numbered, Person, ServerProcess, TestServer};

/// Says hello with these fields, into the lobby; returns the client and the answer.
fn hello(addr: SocketAddr, fields: Value) -> (Numbered, Value) {
    let mut person = Numbered::connects(addr);
    let welcome = greets(&mut person, fields);
    (person, welcome)
}

fn greets(person: &mut Numbered, fields: Value) -> Value {
    let mut hello = json!({"type": "hello", "rooms": [{"room": "lobby"}]});
    hello.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    person.asks(hello);
    person.hears_until(|line| line["type"] == "welcome" || line["type"] == "error")
}

#[test]
fn a_name_with_a_secret_has_a_mark_and_is_its_owner_s_on_a_device_without_a_token() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let (mut ann, welcome) = hello(server.addr, json!({"name": "Ann#swordfish"}));
    assert_eq!(welcome["name"], "Ann");
    let mark = welcome["mark"].as_str().unwrap().to_owned();
    ann.says("it is me");
    let line = bo.hears("message");
    assert_eq!((line["from"].as_str(), line["mark"].as_str()), (Some("Ann"), Some(&*mark)));
    let (_, elsewhere) = hello(server.addr, json!({"name": "Ann#swordfish"}));
    assert_eq!(
        (elsewhere["name"].as_str(), elsewhere["mark"].as_str()),
        (Some("Ann"), Some(&*mark))
    );
    assert_ne!(elsewhere["token"], welcome["token"], "only a digest is kept, so it has its own");
    let (mut thief, other) = hello(server.addr, json!({"name": "Ann#catfish"}));
    assert_ne!(other["name"], "Ann");
    assert_eq!(thief.hears("refused")["reason"], "wrong-secret");
    let (_, bad) = hello(server.addr, json!({"name": "Ann#"}));
    assert_eq!((&bad["reason"], &bad["why"]), (&json!("bad-name"), &json!("no-secret")));
}

#[test]
fn whoever_has_come_as_a_guest_is_somebody_by_their_name_and_its_secret() {
    let server = ServerProcess::start(&[]);
    let (mut ann, welcome) = hello(server.addr, json!({"name": "Ann#swordfish"}));
    let mut phone = Numbered::joins(server.addr, "Phone");
    let mut bo = Numbered::joins(server.addr, "Bo");
    phone.asks(json!({"type": "name", "name": "Ann#catfish"}));
    assert_eq!(phone.hears("refused")["reason"], "wrong-secret");
    phone.asks(json!({"type": "name", "name": "Ann#swordfish"}));
    let told = phone.hears("renamed");
    assert_eq!((&told["from"], &told["to"]), (&json!("Phone"), &json!("Ann")));
    phone.says("from the phone");
    let line = bo.hears("message");
    assert_eq!((&line["from"], &line["mark"]), (&json!("Ann"), &welcome["mark"]));
    bo.asks(json!({"type": "private", "to": "Ann", "id": "p", "text": "psst"}));
    assert_eq!(ann.hears("private")["text"], "psst");
    assert_eq!(phone.hears("private")["text"], "psst");
    // After a reconnect, the phone's session is Ann's. The name "Phone" is kept for a while, so a
    // newcomer cannot have it.
    phone.comes_back();
    phone.says("and back");
    assert_eq!(bo.hears_until(|line| line["text"] == "and back")["from"], "Ann");
    let (_, other) = hello(server.addr, json!({"name": "Phone"}));
    assert_ne!(other["name"], "Phone");
    // A form can do it, too.
    let mut tablet = somebody(server.addr, "Tablet", "hello");
    let answer = tablet.sends(&[("text", "/name Ann#swordfish")]);
    assert_eq!(answer.status, 303, "{}", tablet.page);
    tablet.gets("/r/lobby");
    tablet.sends(&[("text", "from the tablet")]);
    assert_eq!(bo.hears_until(|line| line["text"] == "from the tablet")["from"], "Ann");
}

#[test]
fn a_locked_room_lets_in_who_knows_its_password_and_who_was_there_before() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let den = json!({"type": "join", "room": "den", "password": "soup", "hidden": true});
    ann.asks(den.clone());
    let joined = ann.hears("joined");
    assert_eq!((&joined["locked"], &joined["hidden"]), (&json!(true), &json!(true)));
    for (password, reason) in [("", "password-needed"), ("salad", "wrong-password")] {
        bo.asks(json!({"type": "join", "room": "den", "password": password}));
        assert_eq!(bo.hears("refused")["reason"], reason);
    }
    bo.asks(json!({"type": "rooms"}));
    assert!(!bo.hears("rooms")["rooms"].to_string().contains("den"));
    bo.asks(den);
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    // After a lost connection, Bo needs no password again.
    bo.vanishes();
    assert!(ann.tries_to_say("den", "meanwhile"));
    ann.hears("sent");
    bo.comes_back();
    bo.hears_until(|line| line["text"] == "meanwhile");
    ann.asks(json!({"type": "set", "room": "den", "password": "", "hidden": false}));
    let set = bo.hears("set");
    assert_eq!((&set["locked"], &set["hidden"]), (&json!(false), &json!(false)));
    bo.asks(json!({"type": "set", "room": "den", "password": "mine"}));
    assert_eq!(bo.hears("refused")["reason"], "not-your-room");
}

#[test]
fn i3_a_server_with_a_password_lets_in_who_gives_it_and_says_it_to_nobody() {
    let server = ServerProcess::start(&["--password", "swordfish", "--log-level", "trace"]);
    let addr = server.addr;
    let knocks = |path: &str| {
        let request = handshake(path, "").replace("{host}", &addr.to_string());
        Connection::open(addr).sends(request.as_bytes()).answer()
    };
    for path in ["/ws", "/chat?password=catfish"] {
        let answer = knocks(path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.text().contains("password"), "{}", answer.text());
    }
    let mut old = Person::joins(addr, "old", "/ws?password=swordfish");
    let (mut ann, needed) = hello(addr, json!({"name": "Ann"}));
    assert_eq!(needed["reason"], "password-needed");
    let wrong = greets(&mut ann, json!({"name": "Ann", "password": "catfish"}));
    assert_eq!(wrong["reason"], "wrong-password");
    let welcome = greets(&mut ann, json!({"name": "Ann#sole", "password": "swordfish"}));
    assert_eq!(welcome["name"], "Ann");
    ann.says("inside");
    old.hears("Ann: inside");
    server.logs(&["/ws?password=..", "101"]);
    let log = server.log().join("\n");
    for secret in ["swordfish", "catfish", "sole", welcome["token"].as_str().unwrap(), "inside"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[test]
fn whoever_guesses_the_server_s_password_is_soon_told_nothing_more() {
    let server = ServerProcess::start(&["--password", "swordfish"]);
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let request = handshake("/ws?password=guess", "");
        let request = request.replace("{host}", &server.addr.to_string());
        let answer = Connection::open(server.addr).sends(request.as_bytes()).answer();
        // The server checks one guess in six seconds, and does not ask for a longer wait.
        if answer.status == 429 {
            assert_eq!(answer.header("Retry-After"), Some("6"), "{answer:?}");
            assert!(answer.text().ends_with("please try again in 6 seconds.\n"), "{answer:?}");
        }
        statuses.push(answer.status);
    }
    assert_eq!((statuses[0], statuses.last()), (403, Some(&429)), "{statuses:?}");
    let (_, answer) = hello(server.addr, json!({"password": "swordfish"}));
    assert_eq!(answer["reason"], "too-many-guesses");
    assert_eq!(answer["wait"], 6000);
    let text = answer["text"].as_str().unwrap();
    assert!(text.ends_with("wait 6 seconds and try again"), "{text}");
    let page = "GET /r/lobby?password-was=not-read HTTP/1.1\r\nAccept: text/html\r\nHost: ";
    let page = request(server.addr, &format!("{page}{}\r\n\r\n", server.addr)).text();
    assert!(page.contains("Too many wrong passwords. Try again in 6 s."), "{page}");
}

#[test]
fn the_server_s_password_may_be_in_a_file() {
    let file = std::env::temp_dir().join(format!("threadbare-password-{}", std::process::id()));
    std::fs::write(&file, "swordfish\n").unwrap();
    let server = ServerProcess::start(&["--password-file", file.to_str().unwrap()]);
    std::fs::remove_file(&file).unwrap();
    Person::joins(server.addr, "ann", "/chat?password=swordfish");
}
