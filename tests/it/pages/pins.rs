//! A room's pinned message: over a WebSocket, on a page without scripts, in a terminal, and after a
//! restart.

use serde_json::json;

use crate::harness::browser::Browser;
use crate::harness::{Data, Numbered};

#[test]
fn a_pinned_message_stands_on_the_page_and_is_there_after_a_kill_until_it_is_deleted() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.asks(json!({"type": "join", "room": "den"}));
    assert_eq!(ann.hears("joined")["maker"], true);
    // The right to the room is stored only when Ann has shown the token that she got for it.
    ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    ann.comes_back();
    assert_eq!(ann.hears_until(|line| line["room"] == "den")["maker"], true);
    assert!(ann.tries_to_say("den", "soup at <noon>"));
    ann.hears_until(|line| line["type"] == "sent" && line["room"] == "den");
    ann.asks(json!({"type": "pin", "room": "den", "id": "p", "seq": 1}));
    let pin = ann.hears("pin");
    assert_eq!((&pin["of"], &pin["from"]), (&1.into(), &"Ann".into()));
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "p");
    let server = data.after_a_crash(server);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den"}));
    let joined = bo.hears_until(|line| line["type"] == "joined" && line["room"] == "den");
    assert_eq!(
        (&joined["pinned"]["text"], &joined["pinned_by"]),
        (&"soup at <noon>".into(), &"Ann".into())
    );
    assert!(joined["maker"].is_null(), "{joined}");
    bo.asks(json!({"type": "pin", "room": "den", "id": "q"}));
    assert_eq!(bo.hears("refused")["reason"], "not-your-room");
    let page = Browser::opens(server.addr, "/r/den").page;
    let line = page.split_once("class=\"pinned\"").expect("the page has it").1;
    assert!(line.contains("/r/den?at=1#m1") && line.contains("soup at &lt;noon&gt;"), "{line}");
    assert!(line.contains("Pinned by Ann") && line.contains("<bdi>Ann</bdi></b>: "), "{line}");
    assert!(page.contains("<i>pinned a message</i>"), "{page}");
    ann.comes_back();
    ann.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    ann.asks(json!({"type": "delete", "room": "den", "id": "d", "seq": 1}));
    ann.hears_until(|line| line["type"] == "sent" && line["id"] == "d");
    assert!(!Browser::opens(server.addr, "/r/den").page.contains("class=\"pinned\""));
}

#[test]
fn f8_a_pinned_message_that_is_thrown_away_is_pinned_no_more_and_everybody_is_told() {
    let data = Data::new();
    let server = data.start(&["--keep-lines", "10", "--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.asks(json!({"type": "join", "room": "den"}));
    assert!(ann.tries_to_say("den", "soup at noon"));
    ann.hears_until(|line| line["type"] == "sent" && line["room"] == "den");
    ann.asks(json!({"type": "pin", "room": "den", "id": "p", "seq": 1}));
    ann.hears("pin");
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "den"}));
    bo.hears_until(|line| line["room"] == "den" && line["pinned"]["seq"] == 1);
    for number in 0..30 {
        assert!(ann.tries_to_say("den", &format!("line {number}")));
    }
    let gone = bo.hears_until(|line| line["type"] == "pin" && line["of"].is_null());
    assert_eq!((&gone["from"], gone["classic"].is_null()), (&"@server".into(), true));
    let page = Browser::opens(server.addr, "/r/den").page;
    assert!(!page.contains("class=\"pinned\""), "{page}");
    assert!(page.contains("The pinned message is no longer stored."), "{page}");
    assert!(!page.contains("@server"), "{page}");
    // The line is the same when it comes from the file.
    let server = data.after_a_crash(server);
    bo.comes_back();
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "den");
    bo.asks(json!({"type": "history", "room": "den", "count": 30}));
    let told = bo.hears("history");
    let lines = told["lines"].as_array().unwrap();
    // If the server was slow to throw the message away, this line is soon among the oldest, and
    // may be thrown away, too.
    let is_older = gone["seq"].as_u64() < lines[0]["seq"].as_u64();
    assert!(is_older || lines.contains(&gone), "{told}");
    assert!(!Browser::opens(server.addr, "/r/den").page.contains("class=\"pinned\""));
}
