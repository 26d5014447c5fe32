//! Private messages over real connections: who gets them, and where they must not appear.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::console::{Console, Folder};
use crate::harness::{Data, Numbered, TestServer, program};

/// The private messages that a client knows, oldest first.
fn read_by(person: &Numbered) -> Vec<&str> {
    person.view("").lines.values().map(String::as_str).collect()
}

fn is_private(text: &str) -> impl Fn(&Value) -> bool {
    move |line| line["type"] == "private" && line["text"] == text
}

#[test]
fn a_private_message_comes_to_every_device_of_two_people_and_to_nobody_else() {
    let server = TestServer::start();
    let [mut ann, mut bo, mut cleo] =
        ["Ann", "Bo", "Cleo"].map(|name| Numbered::joins(server.addr, name));
    assert!(ann.tries_to_say("@Bo", "psst"));
    let line = bo.hears_until(is_private("psst"));
    assert_eq!((line["from"].as_str(), line["to"].as_str()), (Some("Ann"), Some("Bo")));
    ann.hears_until(is_private("psst"));
    // On another device of his, and after his connection was lost.
    let mut other = bo.on_another_device();
    other.hears_until(is_private("psst"));
    bo.vanishes();
    assert!(ann.tries_to_say("@bo", "again"));
    bo.comes_back();
    for device in [&mut bo, &mut other] {
        device.hears_until(is_private("again"));
        assert_eq!(read_by(device), ["psst", "again"]);
    }
    bo.says("good morning");
    loop {
        let line = cleo.hears_next().unwrap();
        assert!(!line.to_string().contains("psst") && line["room"] == "lobby", "{line}");
        if line["text"] == "good morning" {
            break;
        }
    }
}

#[test]
fn the_sent_of_a_private_message_says_that_who_it_is_for_is_away() {
    let server = TestServer::start();
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    let mut sent = |text: &str| {
        assert!(ann.tries_to_say("@Bo", text));
        ann.hears("sent")
    };
    assert_eq!(sent("are you there?").get("away"), None);
    bo.asks(json!({"type": "leave", "room": "lobby"}));
    bo.hears("left");
    assert_eq!(sent("anywhere?").get("away"), None, "he is on his line, in no room");
    bo.vanishes();
    // The server learns only a moment later that his connection has ended.
    let is_told = (0..1000).any(|number| sent(&format!("{number}"))["away"] == true);
    assert!(is_told, "he is gone");
    bo.comes_back();
    bo.hears("welcome");
    assert_eq!(sent("back again?").get("away"), None);
}

#[test]
fn a_private_message_is_its_writers_own_whatever_they_are_called_by_now() {
    let data = Data::new();
    let server = data.start(&[]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    assert!(ann.tries_to_say("@Bo", "psst"));
    ann.hears("sent");
    assert_eq!(bo.hears_until(is_private("psst")).get("own"), None);
    ann.asks(json!({"type": "name", "name": "Anna"}));
    ann.hears("renamed");
    let is_told = |ann: &Numbered| {
        let own = ann.on_another_device().hears_until(is_private("psst"));
        assert_eq!((&own["from"], &own["own"]), (&json!("Ann"), &json!(true)));
    };
    is_told(&ann);
    let _server = data.after_a_crash(server);
    is_told(&ann);
    let mut bo = bo.on_another_device();
    assert_eq!(bo.hears_until(is_private("psst")).get("own"), None);
    // Older lines from `history` say so, too.
    let mut ann = ann.on_another_device();
    ann.hears_until(is_private("psst"));
    ann.asks(json!({"type": "history", "room": null, "before": 2}));
    assert_eq!(ann.hears("history")["lines"][0]["own"], true);
}

#[test]
fn a_private_message_goes_to_nobody_who_took_the_name_without_its_sender_s_knowledge() {
    let data = Data::new();
    let server = data.start(&[]);
    let [mut ann, mut bo, mut eve] =
        ["Ann", "Bo", "Eve"].map(|name| Numbered::joins(server.addr, name));
    assert!(ann.tries_to_say("@Bo", "are you there?"));
    ann.hears("sent");
    let is_now = |person: &mut Numbered, name: &str| {
        person.asks(json!({"type": "name", "name": name}));
        person.hears_until(|told| told["type"] == "renamed" && told["to"] == name);
    };
    // His second new name frees the name Bo.
    is_now(&mut bo, "Robert");
    is_now(&mut bo, "Rob");
    is_now(&mut eve, "Bo");
    let says = |ann: &mut Numbered, id: &str, more: Value| {
        let mut asked = json!({"type": "private", "to": "Bo", "id": id, "text": "it is 4711"});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ann.asks(asked);
        ann.hears_until(|told| told["id"] == id && told["type"] != "private")
    };
    let minute = 60 * 1000;
    for (id, more) in [("a", json!({})), ("b", json!({"anew": true, "waited": minute}))] {
        let told = says(&mut ann, id, more);
        assert_eq!((&told["type"], &told["reason"]), (&json!("refused"), &json!("another-person")));
    }
    // It is the same in the server's next life: what came before a *sent* is stored.
    eve.says("good morning");
    eve.hears("sent");
    let _server = data.after_a_crash(server);
    let mut ann = ann.on_another_device();
    let mut eve = eve.on_another_device();
    assert_eq!(says(&mut ann, "c", json!({"waited": 60 * minute}))["reason"], "another-person");
    assert_eq!(says(&mut ann, "d", json!({"anew": true}))["type"], "sent");
    assert_eq!(eve.hears("private")["text"], "it is 4711");
    assert_eq!(says(&mut ann, "e", json!({}))["type"], "sent", "with her one has written last");
}

/// The time that the server tells a new client.
fn server_time(addr: SocketAddr) -> Value {
    let mut client = Numbered::connects(addr);
    client.asks(json!({"type": "hello", "rooms": []}));
    client.hears("welcome")["time"].clone()
}

/// However long the request is on its way, the time at which it was typed does not change.
#[test]
fn a_private_message_goes_to_nobody_who_took_the_name_while_it_was_on_its_way() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    let typed = server_time(server.addr);
    let mut eve = Numbered::joins(server.addr, "Eve");
    // His second new name frees the name Bo.
    let becomes = |person: &mut Numbered, name: &str| {
        person.asks(json!({"type": "name", "name": name}));
        person.hears_until(|told| told["type"] == "renamed" && told["to"] == name);
    };
    becomes(&mut bo, "Robert");
    becomes(&mut bo, "Rob");
    becomes(&mut eve, "Bo");
    let mut says = |id: &str, as_of: &Value| {
        let (to, text) = ("Bo", "it is 4711");
        ann.asks(json!({"type": "private", "to": to, "id": id, "text": text, "as_of": as_of}));
        ann.hears_until(|told| told["id"] == id && told["type"] != "private")
    };
    assert_eq!(says("a", &typed)["reason"], "another-person");
    assert_eq!(says("b", &server_time(server.addr))["type"], "sent");
}

#[test]
fn private_messages_outlive_a_crash_and_are_in_no_log_and_no_export() {
    let data = Data::new();
    let server = data.start(&["--log-level", "trace"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.vanishes();
    assert!(ann.tries_to_say("@Bo", "the treasure is under the oak"));
    ann.hears("sent");
    let log = server.log();
    assert!(!log.iter().any(|line| line.contains("treasure")), "{log:?}");
    let server = data.after_a_crash(server);
    bo.comes_back();
    bo.hears_until(is_private("the treasure is under the oak"));
    let exported = std::process::Command::new(program())
        .args(["export", "--as", "jsonl", "--data"])
        .arg(data.folder())
        .output()
        .unwrap();
    assert!(exported.status.success(), "{exported:?}");
    assert!(!String::from_utf8_lossy(&exported.stdout).contains("treasure"), "{exported:?}");
    // He gets a page of it, and another person gets none.
    let mut cleo = Numbered::joins(server.addr, "Cleo");
    for (person, count) in [(&mut bo, 1), (&mut cleo, 0)] {
        person.asks(json!({"type": "history", "room": null}));
        let page = person.hears("history");
        assert_eq!(page["lines"].as_array().map(Vec::len), Some(count), "{page}");
    }
}

#[test]
fn an_edit_and_a_deletion_of_a_private_message_outlive_a_crash_in_both_logs() {
    let data = Data::new();
    let server = data.start(&[]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    // Ann's log has a note to herself before it, so the numbers of the two logs differ.
    for (to, text) in [("@Ann", "a note"), ("@Bo", "frist"), ("@Bo", "the treasure")] {
        assert!(ann.tries_to_say(to, text));
        ann.hears("sent");
    }
    ann.asks(json!({"type": "edit", "room": null, "id": "e", "seq": 2, "text": "first"}));
    assert_eq!(ann.hears("sent")["room"], Value::Null);
    let edit = bo.hears("edit");
    let what = ["room", "seq", "of", "from", "text"].map(|field| edit[field].clone());
    assert_eq!(json!(what), json!([null, 3, 1, "Ann", "first"]));
    bo.vanishes();
    ann.asks(json!({"type": "delete", "room": null, "id": "d", "seq": 3}));
    ann.hears("sent");
    assert_eq!(ann.last(""), 5);
    let _server = data.after_a_crash(server);
    // Who comes on another device gets the new text only, and a deleted message as its deletion.
    for (person, owns) in [(&ann, json!(true)), (&bo, Value::Null)] {
        let mut device = person.on_another_device();
        let first = device.hears_until(|line| line["text"] == "first");
        assert_eq!((&first["type"], &first["own"]), (&json!("private"), &owns));
        let gone = device.hears("delete");
        assert_eq!((&gone["of"], &gone["to"], &gone["own"]), (&gone["seq"], &json!("Bo"), &owns));
        for (text, count) in [("first", 1), ("frist", 0), ("treasure", 0)] {
            device.asks(json!({"type": "search", "room": null, "text": text}));
            let found = device.hears("found");
            assert_eq!(found["lines"].as_array().map(Vec::len), Some(count), "{text}");
        }
        device.asks(json!({"type": "search", "room": null, "from": "Ann"}));
        let found = device.hears("found");
        let texts = found["lines"].as_array().unwrap().iter().map(|line| &line["text"]);
        assert!(texts.clone().all(|text| text != &Value::Null), "{found}");
    }
    ann.comes_back();
    ann.asks(json!({"type": "edit", "room": null, "id": "x", "seq": 3, "text": "again"}));
    assert_eq!(ann.hears("refused")["reason"], "not-yours");
    // Without a number such a request names no message.
    ann.sends_raw(r#"{"type": "edit", "id": "y", "text": "again"}"#);
    assert_eq!(ann.hears("error")["reason"], "missing");
}

#[test]
fn nobody_is_written_to_who_is_not_there_and_that_is_said() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let classic = server.joins("bo");
    for to in ["Bo", "guest-002"] {
        ann.asks(json!({"type": "private", "to": to, "id": "a", "text": "psst"}));
        let refused = ann.hears("refused");
        assert_eq!((&refused["reason"], &refused["id"]), (&json!("no-such-person"), &json!("a")));
    }
    for (request, reason) in [
        (json!({"type": "private", "text": "psst"}), "missing"),
        (json!({"type": "private", "to": "Bo"}), "missing"),
        (json!({"type": "private", "to": "a/b", "text": "psst"}), "bad-name"),
        (json!({"type": "private", "to": "guest-x", "text": "psst"}), "no-such-person"),
    ] {
        // Sent raw, because the schema has no such request.
        ann.sends_raw(&request.to_string());
        let line = ann.hears_until(|line| line["type"] == "error" || line["type"] == "refused");
        assert_eq!(line["reason"], reason);
    }
    drop(classic);
}

#[test]
fn two_consoles_write_to_each_other_in_private() {
    let (server, anns, bos) = (TestServer::start(), Folder::new(), Folder::new());
    let join = |name: &str, state: &Folder| {
        let line = format!("join ws://{}/ws --name {name}", server.addr);
        let mut console = Console::in_a_terminal(&line, &[("XDG_STATE_HOME", state.path())]);
        // The last line that a newcomer gets.
        console.shows("in lobby: ");
        console
    };
    let (mut ann, mut bo) = (join("Ann", &anns), join("Bo", &bos));
    ann.types("/msg Bo psst\r");
    bo.shows("[private] Ann: psst");
    ann.shows("[private, to Bo] psst");
    bo.types("/msg Ann yes?\r");
    ann.shows("[private] Bo: yes?");
    for mut console in [ann, bo] {
        console.types("/quit\r");
        assert_eq!(console.waits().code, 0);
    }
}
