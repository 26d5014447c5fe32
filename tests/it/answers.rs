//! E9: a message that answers another one says so in every format, and goes on saying so.

use serde_json::{Value, json};

use crate::harness::browser::{has_in_order, leads_to, somebody};
use crate::harness::raw::{Connection, listens};
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Data, Folder, Numbered, Person, ServerProcess};
use crate::past::export::exported;

/// Says a text that answers this message.
fn answers(person: &mut Numbered, seq: u64, text: &str) -> Value {
    let id = format!("{}-to-{seq}", person.name);
    person.asks(json!({"type": "say", "room": "lobby", "id": id, "reply": seq, "text": text}));
    person.hears_until(|line| line["type"] == "message" && line["text"] == text)
}

#[test]
fn e9_an_answer_names_its_message_in_each_format() {
    let (server, lines) = with_lines(&["--rate", "0"]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    let mut classic = Person::connects(server.addr, "classic", "/ws");
    let mut webchat = Person::connects(server.addr, "webchat", "/webchat");
    webchat.hears_something();
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    ann.says("tea?");
    ann.hears("sent");
    let line = answers(&mut bo, 1, "yes");
    assert_eq!((&line["reply"], &line["text"]), (&json!(1), &json!("yes")));
    bo.asks(json!({"type": "me", "room": "lobby", "reply": 2, "text": "nods"}));
    assert_eq!(ann.hears("me")["reply"], 2);
    // A person who types lines knows no numbers: the newest message of somebody else is meant.
    nc.sends(b"/name Cleo\n/reply me too\n/reply #1 milk\n");
    assert_eq!(ann.hears_until(|line| line["text"] == "me too")["reply"], 3);
    assert_eq!(ann.hears_until(|line| line["text"] == "milk")["reply"], 1);
    let shown = ["Bo (to Ann #1): yes", "* Bo (to Bo #2) nods", "Cleo (to Bo #3): me too"];
    let heard = nc.hears("Cleo (to Ann #1): milk\n");
    has_in_order(&heard, &shown);
    classic.hears("Ann: tea?");
    shown.iter().for_each(|text| classic.hears(text));
    while !webchat.hears_something().contains(r#""content":"(to Ann #1) yes""#) {}
    // An edit keeps it, and older lines have it, too.
    bo.asks(json!({"type": "edit", "room": "lobby", "seq": 2, "text": "no"}));
    bo.hears("edit");
    nc.sends(b"/history 9\n");
    nc.hears("#2 Bo (to Ann #1): no\n");
    ann.asks(json!({"type": "history", "room": "lobby"}));
    assert_eq!(ann.hears("history")["lines"][1]["reply"], 1);
}

#[test]
fn e9_what_cannot_be_answered_is_refused_and_its_text_comes_back() {
    let (server, lines) = with_lines(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("a slip");
    ann.hears("sent");
    ann.asks(json!({"type": "delete", "room": "lobby", "seq": 1}));
    ann.hears("delete");
    for seq in [0, 1, 2, 9] {
        // No schema allows 0, so this is not recorded as a line of the protocol.
        let say = json!({"type": "say", "room": "lobby", "id": "x", "reply": seq, "text": "yes"});
        ann.sends_raw(&say.to_string());
        let refused = ann.hears("refused");
        let expected = json!(["no-such-message", "yes", "x", "lobby"]);
        assert_eq!(
            json!([refused["reason"], refused["said"], refused["id"], refused["room"]]),
            expected
        );
    }
    let say = json!({"type": "say", "room": "lobby", "id": "y", "reply": "1", "text": "yes"});
    ann.sends_raw(&say.to_string());
    assert_eq!(ann.hears("error")["reason"], "bad-json");
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/reply hello?\n");
    nc.hears("* not sent (there is no message with that number here)");
}

#[test]
fn e9_an_answer_outlives_the_server_and_is_in_its_exports() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    ann.says("tea?");
    ann.hears("sent");
    answers(&mut bo, 1, "yes");
    bo.hears("sent");
    let server = data.after_a_crash(server);
    let mut cleo = Numbered::connects(server.addr);
    cleo.asks(json!({"type": "hello", "name": "Cleo", "rooms": [{"room": "lobby"}]}));
    assert_eq!(cleo.hears_until(|line| line["text"] == "yes")["reply"], 1);
    cleo.hears("caught-up");
    let line = answers(&mut cleo, 2, "when?");
    assert_eq!(line["reply"], 2);
    cleo.hears("sent");
    let text = exported(&data, &[]);
    has_in_order(&text, &[" Ann: tea?\n", " Bo (to Ann #1): yes\n", " Cleo (to Bo #2): when?\n"]);
    let json = exported(&data, &["--as", "jsonl"]);
    let replies = json.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let replies: Vec<_> = replies.map(|line| line["reply"].as_u64()).collect();
    assert_eq!(replies, [None, Some(1), Some(2)]);
    let (_, saved) = crate::past::saved::saved(server.addr, "lobby/save?as=text");
    assert!(saved.contains(" Bo (to Ann #1): yes\n"), "{saved}");
}

#[test]
fn e9_a_terminal_and_a_script_answer_too() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let state = Folder::new();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = crate::console::person(server.addr, "--name Bo", &state);
    bo.shows("in lobby");
    ann.says("tea?");
    bo.shows("Ann: tea?");
    bo.types("/reply yes\r");
    assert_eq!(ann.hears_until(|line| line["text"] == "yes")["reply"], 1);
    bo.shows("Bo (to Ann #1): yes");
    answers(&mut ann, 2, "good");
    bo.shows("Ann (to Bo #2): good");
    let url = format!("ws://{}/ws", server.addr);
    let folder = Folder::new();
    let arguments = ["send", "--url", &url, "--reply", "3", "lobby", "door open"];
    let ended = Console::runs(&arguments, &[("XDG_STATE_HOME", folder.path())]).waits();
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(ann.hears_until(|line| line["text"] == "door open")["reply"], 3);
}

#[test]
fn e9_a_page_without_scripts_answers_by_its_form_and_quotes_what_is_answered() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("tea <or> coffee?");
    bo.hears("sent");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // The newest first.
    has_in_order(&ann.page, &["name=\"reply-2\" value=\"Reply\"", "name=\"reply-1\""]);
    ann.gets("/r/lobby?reply=1");
    has_in_order(&ann.page, &["Replying to", "<bdi>Bo</bdi>: <bdi>tea &lt;or&gt; coffee?</bdi>"]);
    assert_eq!(ann.value("reply").as_deref(), Some("1"));
    let answer = ann.sends(&[("reply", "1"), ("text", "tea")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby"));
    assert_eq!(bo.hears_until(|line| line["text"] == "tea")["reply"], 1);
    ann.gets("/r/lobby");
    let quotes = |page: &str, words: &str| {
        let begins = ["<div class=\"quote\">", "&gt; ", "<a href=\"#m1\">", "<bdi>Bo</bdi>", ":"];
        has_in_order(page, &[&begins[..], &[&format!("<bdi>{words}</bdi></a>")]].concat());
    };
    quotes(&ann.page, "tea &lt;or&gt; coffee?");
    // Commands of the form are answers, too, and one command names its message itself.
    ann.gets("/r/lobby?reply=1");
    ann.sends(&[("reply", "1"), ("text", "/me pours")]);
    assert_eq!(bo.hears("me")["reply"], 1);
    ann.gets("/r/lobby");
    ann.sends(&[("text", "/reply there")]);
    assert_eq!(bo.hears_until(|line| line["text"] == "there")["reply"], 1);
    // If the message was deleted meanwhile, the text stays in the form.
    bo.asks(json!({"type": "delete", "room": "lobby", "seq": 1}));
    bo.hears("delete");
    ann.gets("/r/lobby");
    quotes(&ann.page, "Message deleted.");
    let answer = ann.sends(&[("reply", "1"), ("text", "more tea")]);
    assert_eq!(answer.status, 409);
    assert!(ann.page.contains("The message you reply to is gone."), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("more tea"));
}

#[test]
fn e9_a_private_talk_has_answers_of_its_own() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "id": "p1", "text": "the code?"}));
    bo.hears("private");
    ann.gets("/r/lobby/private?to=Bo");
    assert!(ann.page.contains("name=\"reply-1\" value=\"Reply\""), "{}", ann.page);
    ann.gets("/r/lobby/private?to=Bo&reply=1");
    has_in_order(&ann.page, &["Replying to", "<bdi>Bo</bdi>: <bdi>the code?</bdi>"]);
    let answer = ann.sends(&[("to", "Bo"), ("reply", "1"), ("text", "4711")]);
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
    let line = bo.hears("private");
    assert_eq!((&line["text"], &line["reply"]), (&json!("4711"), &json!(1)));
    // In a talk the command of the room would be heard by all, so it is refused.
    ann.gets("/r/lobby/private?to=Bo");
    assert_eq!(ann.sends(&[("to", "Bo"), ("text", "/reply 4712")]).status, 422);
    bo.asks(json!({"type": "private", "to": "Ann", "id": "p2", "reply": 9, "text": "thanks"}));
    assert_eq!(bo.hears("refused")["reason"], "no-such-message");
}

#[test]
fn e9_whom_a_reply_answers_is_told_to_all_devices_and_after_a_new_name() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Numbered::joins(server.addr, name));
    ann.says("tea?");
    ann.hears("sent");
    ann.asks(json!({"type": "name", "name": "Anna"}));
    bo.hears("renamed");
    // The frame is the same for all, and names the person as they are called now.
    let line = answers(&mut bo, 1, "yes");
    assert_eq!((&line["reply_to"], &line["to_you"]), (&json!("Anna"), &Value::Null));
    assert_eq!(ann.hears_until(|line| line["text"] == "yes"), line);
    bo.hears("sent");
    let is_to = |person: &mut Numbered, room: Value| {
        person.asks(room);
        let lines = person.hears("history")["lines"].clone();
        let line = lines.as_array().unwrap().iter().find(|line| line["text"] == "yes").unwrap();
        (line["to_you"].clone(), line["reply_to"].clone())
    };
    // An older line says of itself whether it is to the one who reads it, from memory and from the
    // file, whoever is called Ann now.
    let history = json!({"type": "history", "room": "lobby"});
    assert_eq!(is_to(&mut ann, history.clone()), (json!(true), Value::Null));
    assert_eq!(is_to(&mut bo, history.clone()), (Value::Null, Value::Null));
    let mut other = Numbered::joins(server.addr, "Ann");
    assert_eq!(is_to(&mut other, history.clone()), (Value::Null, Value::Null));
    let token = ann.token.clone();
    let server = data.after_a_crash(server);
    let mut ann = Numbered::connects(server.addr);
    ann.asks(json!({"type": "hello", "token": token, "rooms": [{"room": "lobby"}]}));
    assert_eq!(ann.hears_until(|line| line["text"] == "yes")["to_you"], json!(true));
    ann.hears("caught-up");
    assert_eq!(is_to(&mut ann, history), (json!(true), Value::Null));
}

#[test]
fn e9_a_page_without_an_end_quotes_a_message_from_before_it_began() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["soup at noon", "a line"]);
    let ann = somebody(server.addr, "Ann", "hello");
    answers(&mut bo, 1, "said while nobody looks");
    // The first line of the page is that reply.
    let after = format!("?as=html&after={}.3", bo.view("lobby").epoch());
    let head = format!("Accept-Language: en\r\nCookie: {}\r\n", ann.cookie.unwrap());
    let mut page = listens(server.addr, &after, &head);
    let heard = page.hears("said while nobody looks");
    assert!(heard.contains("<bdi>soup at noon</bdi>"), "{heard}");
    answers(&mut bo, 2, "said now");
    let heard = page.hears("said now");
    assert!(heard.contains("<bdi>a line</bdi>"), "{heard}");
    // A message is quoted as it is now.
    bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": "soup at one"}));
    page.hears("soup at one</div>");
    let later = json!({"type": "say", "room": "lobby", "text": "said later", "reply": 1});
    bo.asks(later);
    let heard = page.hears("said later");
    assert!(heard.contains("<bdi>soup at one</bdi>") && !heard.contains("noon"), "{heard}");
}
