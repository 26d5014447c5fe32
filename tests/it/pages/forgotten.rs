//! A person leaves for good, by a page without scripts or by a WebSocket; the others' pages and
//! clients have nothing of theirs any more.

use serde_json::json;

use crate::harness::browser::{Browser, somebody};
use crate::harness::{Numbered, TestServer};

#[test]
fn row_18_whoever_leaves_for_good_by_a_page_is_gone_from_every_page_and_client() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "a sentence of mine");
    bo.hears("message");
    bo.says("yours, Ann?");
    ann.gets("/settings");
    assert!(ann.page.contains("/settings?forget=1"), "{}", ann.page);
    ann.gets("/settings?forget=1");
    assert!(ann.page.contains("This cannot be undone."), "{}", ann.page);
    // Another name is no confirmation, nor does a form without the session's key remove anything.
    ann.sends(&[("text", ""), ("forget", "Bo")]);
    assert!(ann.page.contains("Nothing was removed."), "{}", ann.page);
    let answer = ann.posts("text=&forget=Ann");
    assert_eq!(answer.status, 403, "{}", answer.text());
    ann.gets("/settings?forget=1");
    let answer = ann.sends(&[("text", ""), ("forget", "Ann")]);
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert!(answer.header("location").unwrap().ends_with("/?left=all"));
    let removed = bo.hears("removed");
    assert_eq!((&removed["room"], &removed["lines"]), (&json!("lobby"), &json!([1])));
    assert_eq!((&removed["from"], &removed["seq"]), (&json!("@removed"), &json!(3)));
    let page = Browser::opens(server.addr, "/r/lobby").page;
    assert!(!page.contains("a sentence of mine"), "{page}");
    assert!(page.contains("Message deleted.") && page.contains("Somebody who left"), "{page}");
    assert!(page.contains("yours, Ann?"), "what others wrote stays: {page}");
    bo.asks(json!({"type": "history", "room": "lobby", "count": 9}));
    let lines = bo.hears("history")["lines"].clone();
    let of_line = |nth: usize, what: &str| lines[nth][what].clone();
    assert_eq!((of_line(0, "type"), of_line(0, "from")), (json!("delete"), json!("@removed")));
    assert_eq!((of_line(1, "text"), of_line(2, "type")), (json!("yours, Ann?"), json!("removed")));
    assert_eq!(Numbered::joins(server.addr, "Ann").name, "Ann", "the name is free");
}

#[test]
fn whoever_leaves_for_good_by_a_client_takes_private_messages_along() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = Numbered::joins(server.addr, "Bo");
    ann.asks(json!({"type": "private", "to": "Bo", "id": "p1", "text": "between us"}));
    bo.hears("private");
    ann.asks(json!({"type": "forget-me", "name": "Bo"}));
    assert_eq!(ann.hears("refused")["reason"], "not-your-name");
    ann.asks(json!({"type": "forget-me", "name": "Ann"}));
    ann.hears("forgotten");
    assert_eq!(ann.hears("bye")["reason"], "session_left");
    let removed = bo.hears("removed");
    assert_eq!((&removed["room"], &removed["lines"]), (&json!(null), &json!([1])));
    bo.asks(json!({"type": "history", "room": null, "count": 9}));
    let lines = bo.hears("history")["lines"].clone();
    assert_eq!((&lines[0]["type"], &lines[0]["text"]), (&json!("delete"), &json!(null)));
}

#[test]
fn a_person_who_left_has_no_inner_name_on_the_pages_of_others_and_cannot_be_written_to() {
    let server = TestServer::start();
    let mut ann = Numbered::joins(server.addr, "Ann");
    let mut bo = somebody(server.addr, "Bo", "hello");
    ann.asks(json!({"type": "private", "to": "Bo", "id": "p1", "text": "between us"}));
    ann.hears("sent");
    ann.asks(json!({"type": "topic", "room": "lobby", "id": "t1", "text": "soup"}));
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "t1");
    ann.asks(json!({"type": "forget-me", "name": "Ann"}));
    ann.hears("forgotten");
    for path in ["/r/lobby", "/r/lobby/private", "/r/lobby/private?to=%40removed"] {
        bo.gets(path);
        assert!(!bo.page.replace("?to=%40removed", "").contains("@removed"), "{}", bo.page);
        assert!(bo.page.contains("Somebody who left"), "{path}: {}", bo.page);
        assert!(!bo.page.contains("private?to=%40removed\""), "{path}: {}", bo.page);
    }
    assert!(!bo.page.contains("name=\"text\""), "nobody reads it: {}", bo.page);
}
