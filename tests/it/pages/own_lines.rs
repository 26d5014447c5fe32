//! Who owns a line: its author, and not a person who has the same name later.

use serde_json::{Value, json};

use crate::harness::browser::{Browser, leads_to};
use crate::harness::raw::get;
use crate::harness::{Data, Numbered};

/// The numbers of the lines that the page marks as the reader's own, and of those that the reader
/// may change.
fn own(page: &str) -> (Vec<u64>, Vec<u64>) {
    let items = || page.split("<li value=\"").skip(1);
    let number = |item: &str| item.split_once('"').unwrap().0.parse().unwrap();
    let with = |sign| items().filter(|item| item.contains(sign)).map(number).collect();
    let deletes: Vec<u64> = with("name=\"delete-");
    (with("class=\"own\""), [deletes, with("&amp;delete=1\"")].concat())
}

/// The numbers of those lines that the server marks as the client's own.
fn own_of(lines: &Value) -> Vec<u64> {
    let lines = lines.as_array().unwrap().iter().filter(|line| line["own"] == true);
    lines.map(|line| line["seq"].as_u64().unwrap()).collect()
}

#[test]
fn a_page_calls_nothing_own_that_somebody_of_the_same_name_has_said_before() {
    let folder = Data::new();
    let server = folder.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut first = Browser::opens(server.addr, "/r/lobby");
    let answer = first.sends(&[("name", "Ann"), ("text", "I was here first")]);
    first.gets(&leads_to(&answer));
    assert_eq!(own(&first.page), (vec![1], vec![1]), "{}", first.page);
    assert_eq!(first.sends(&[("text", "/quit")]).status, 303);
    bo.hears_who_is_gone();
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let answer = ann.sends(&[("name", "Ann"), ("text", "and I came second")]);
    assert_eq!(answer.status, 303);
    ann.gets(&leads_to(&answer));
    assert_eq!(own(&ann.page), (vec![2], vec![2]), "{}", ann.page);
    // What she has said under an earlier name stays hers, and so are the lines about the new ones.
    for name in ["/name Anni", "/name Anna"] {
        assert_eq!(ann.sends(&[("text", name)]).status, 303);
        ann.gets("/r/lobby");
    }
    assert_eq!(own(&ann.page), (vec![4, 3, 2], vec![2]), "{}", ann.page);
    // When this message is called sent, everything before it is stored, too.
    bo.says("now it may crash");
    bo.hears("sent");
    drop(bo);
    let server = folder.after_a_crash(server);
    ann.addr = server.addr;
    ann.gets("/r/lobby");
    assert_eq!(own(&ann.page), (vec![4, 3, 2], vec![2]), "{}", ann.page);
    // The name that she gave up last is kept for her, also after the crash.
    let mut second = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(second.sends(&[("name", "Anni"), ("text", "I look like her")]).status, 409);
    assert!(second.page.contains("is kept for them. Choose another name."), "{}", second.page);
    // A person who takes the name that she has given up owns none of her lines.
    let mut third = Browser::opens(server.addr, "/r/lobby");
    let answer = third.sends(&[("name", "Ann"), ("text", "and I am the third")]);
    third.gets(&leads_to(&answer));
    let newest = third.numbers()[0];
    assert_eq!(own(&third.page), (vec![newest], vec![newest]), "{}", third.page);
    // The same if the server must read the file.
    third.gets("/r/lobby?find=first");
    assert_eq!(own(&third.page), (vec![], vec![]), "{}", third.page);
    third.gets("/r/lobby?find=third");
    assert_eq!(own(&third.page), (vec![newest], vec![newest]), "{}", third.page);
}

#[test]
fn a_client_is_told_which_lines_of_the_past_are_its_own() {
    let folder = Data::new();
    let server = folder.start(&[]);
    let mut first = Numbered::joins(server.addr, "Ann");
    first.says("I was here first");
    first.hears("sent");
    let browser = format!("/r/lobby?s={}", first.token);
    let mut page = Browser::opens(server.addr, &browser).without_cookies();
    page.gets(&browser);
    assert_eq!(page.sends(&[("text", "/quit")]).status, 303);
    first.hears("bye");
    drop(first);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says("she has left");
    bo.hears("sent");
    let mut ann = Numbered::joins(server.addr, "Ann");
    assert_eq!(ann.name, "Ann");
    ann.says("and I came second");
    // A new message is the same for all who hear it, so it has no `own`.
    assert!(ann.hears("message").get("own").is_none());
    ann.hears("sent");
    ann.asks(serde_json::json!({"type": "history", "room": "lobby"}));
    assert_eq!(own_of(&ann.hears("history")["lines"]), [3]);
    ann.asks(serde_json::json!({"type": "search", "room": "lobby", "from": "Ann"}));
    let found = ann.hears("found");
    assert_eq!(found["lines"].as_array().unwrap().len(), 2, "{found}");
    assert_eq!(own_of(&found["lines"]), [3]);
    let mut again = ann.on_another_device();
    let told = std::iter::repeat_with(|| again.hears_next().unwrap());
    let told = told.take_while(|line| line["type"] != "caught-up").collect();
    assert_eq!(own_of(&Value::Array(told)), [3]);
    let session = format!("s={}", ann.token);
    let polled = get(server.addr, &format!("/r/lobby/poll?wait=0&{session}")).text();
    assert_eq!(own_of(&serde_json::from_str(&polled).unwrap()), [3], "{polled}");
    // Another client gets no `own` for her lines.
    bo.asks(serde_json::json!({"type": "history", "room": "lobby"}));
    assert_eq!(own_of(&bo.hears("history")["lines"]), [2]);
}

#[test]
fn a_deletion_is_shown_only_in_the_place_of_its_message() {
    let folder = Data::new();
    let server = folder.start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for number in 1..=30 {
        bo.says_each(&[&format!("number {number}")]);
    }
    let mut delete = |seq: u64| {
        bo.asks(json!({"type": "delete", "room": "lobby", "seq": seq, "id": format!("d{seq}")}));
        bo.hears_until(|line| line["type"] == "sent" && line["id"] == format!("d{seq}"));
    };
    delete(30);
    delete(1);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    for page in ["/r/lobby", "/r/lobby/list?every=30", "/r/lobby/history"] {
        ann.gets(page);
        assert_eq!(ann.numbers()[0], 30, "{page}: {}", ann.page);
        assert_eq!(ann.page.matches("Message deleted.").count(), 1, "{page}: {}", ann.page);
    }
    ann.gets("/r/lobby?before=3");
    assert_eq!(ann.page.matches("Message deleted.").count(), 1, "{}", ann.page);
    // All that the page would show is deletions of older messages.
    (2..=29).for_each(delete);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("No messages yet"), "{}", ann.page);
}
