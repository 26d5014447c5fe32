//! What a page without a script says of the reader's other rooms and private talks.

use serde_json::json;

use crate::harness::browser::{Browser, has_in_order, leads_to, link, link_without_time, somebody};
use crate::harness::raw::{Connection, listens};
use crate::harness::{Numbered, ServerProcess};

pub(super) fn joins(person: &mut Numbered, room: &str) {
    person.asks(json!({"type": "join", "room": room}));
    person.hears_until(|told| told["type"] == "caught-up" && told["room"] == room);
}

pub(super) fn says(person: &mut Numbered, room: &str, text: &str) {
    assert!(person.tries_to_say(room, text));
    person.hears("sent");
}

#[test]
fn a_mention_in_another_room_is_told_until_that_room_is_opened() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby/now/1", "/r/trip", "/r/lobby"] {
        ann.gets(page);
        assert!(!ann.page.contains("mentioned you"), "{page}: {}", ann.page);
    }
    says(&mut cid, "trip", "the bus is late");
    says(&mut cid, "trip", "@Ann are you there?");
    let told = "<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.";
    for page in ["/r/lobby", "/r/lobby/private", "/r/lobby/private?to=Cid", "/rooms"] {
        ann.gets(page);
        assert_eq!(ann.page.matches(told).count(), 1, "{page}: {}", ann.page);
        assert!(!ann.page.contains("are you there"), "{page}: {}", ann.page);
        has_in_order(&ann.page, &[told, "<bdi>trip</bdi>", "(2 new, 1 to you)"]);
        assert!(!ann.page.contains("<bdi>lobby</bdi></a> <small>"), "{page}: {}", ann.page);
        let (_, notice) = ann.page.split_once(told).unwrap();
        assert_eq!(link_without_time(notice, "Open"), "/r/trip?at=2#m2");
    }
    // The list in a frame says so, and not also the page around it.
    for page in [
        "/r/lobby/list?every=30",
        "/r/lobby?every=30",
        "/r/lobby?live=1",
        "/r/lobby/list?to=Cid&every=30",
        "/r/lobby/private?to=Cid&every=30",
    ] {
        ann.gets(page);
        assert_eq!(ann.page.matches(told).count(), 1, "{page}: {}", ann.page);
    }
    // The link leads to the first of them. The others must not be missed.
    says(&mut cid, "trip", "@Ann we leave at ten");
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &[told, "<small>(2 to you)</small>", "Open"]);
    ann.gets("/r/trip/now/2");
    assert!(!ann.page.contains("mentioned you"), "{}", ann.page);
    for page in ["/r/lobby", "/rooms"] {
        ann.gets(page);
        assert!(!ann.page.contains("mentioned you"), "{page}: {}", ann.page);
        assert!(!ann.page.contains("(2 new"), "{page}: {}", ann.page);
    }
}

#[test]
fn a_reply_in_another_room_is_told_as_a_reply() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/trip", &[("text", "who drives?")]).status, 303);
    for page in ["/r/trip/now/1", "/r/lobby"] {
        ann.gets(page);
    }
    cid.asks(json!({"type": "say", "room": "trip", "id": "r", "text": "I do", "reply": 1}));
    cid.hears("sent");
    for page in ["/r/lobby", "/r/lobby/private", "/rooms"] {
        ann.gets(page);
        let told = "<bdi>Cid</bdi> replied to you in <bdi>trip</bdi>.";
        assert_eq!(ann.page.matches(told).count(), 1, "{page}: {}", ann.page);
        assert!(!ann.page.contains("mentioned you"), "{page}: {}", ann.page);
    }
}

#[test]
fn a_mention_is_told_until_it_is_read_however_much_is_said_after_it() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/trip/now/1", "/r/lobby"] {
        ann.gets(page);
    }
    says(&mut cid, "trip", "@Ann are you there?");
    for (said, told) in [(150, "(151 new, 1 to you)"), (500, "(500+ new)")] {
        for number in 0..said {
            says(&mut cid, "trip", &number.to_string());
        }
        ann.gets("/r/lobby");
        assert!(ann.page.contains(told), "{told}: {}", ann.page);
    }
    // The link leads to a page that says where the new messages begin.
    ann.gets(&link(&ann.page, "<bdi>trip</bdi>"));
    let most = "500 or more new messages since your last visit";
    assert!(ann.page.contains(most), "{}", ann.page);
    says(&mut cid, "trip", "one more");
    ann.gets("/r/trip");
    has_in_order(&ann.page, &["1 new message since your last visit", "one more"]);
}

#[test]
fn a_notice_of_a_mention_leads_to_it_and_stays_until_it_was_shown() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/trip/now/1", "/r/lobby"] {
        ann.gets(page);
    }
    for number in 1..=110 {
        let text = match number {
            12 => "@Ann are you there?".to_owned(),
            60 => "@Ann and now?".to_owned(),
            _ => number.to_string(),
        };
        says(&mut cid, "trip", &text);
    }
    ann.gets("/r/lobby");
    assert!(ann.page.contains("(110 new, 2 to you)"), "{}", ann.page);
    // The newest messages do not show the mention.
    let told = "<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.";
    for page in ["/r/trip", "/r/lobby", "/r/trip", "/rooms"] {
        ann.gets(page);
        assert_eq!(ann.page.matches(told).count(), 1, "{page}: {}", ann.page);
        let (_, notice) = ann.page.split_once(told).unwrap();
        assert_eq!(link(notice, "Open"), "/r/trip?at=12#m12", "{page}");
    }
    ann.gets("/r/lobby");
    assert!(ann.page.contains("(2 to you)"), "{}", ann.page);
    // Another page of the room does not show it, either.
    ann.gets("/r/trip?at=80");
    ann.gets("/r/trip?at=12");
    assert!(ann.numbers().contains(&12), "{}", ann.page);
    // The next mention is told then.
    ann.gets("/r/lobby");
    assert!(ann.page.contains("(1 to you)"), "{}", ann.page);
    let (_, notice) = ann.page.split_once(told).unwrap();
    ann.gets(&link(notice, "Open").replace("#m60", ""));
    assert!(ann.numbers().contains(&60), "{}", ann.page);
    for page in ["/r/lobby", "/r/trip", "/rooms"] {
        ann.gets(page);
        assert!(!ann.page.contains("mentioned you"), "{page}: {}", ann.page);
        assert!(!ann.page.contains("1 to you"), "{page}: {}", ann.page);
    }
}

#[test]
fn the_link_to_the_list_of_rooms_counts_new_messages_as_the_list_does() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/trip/now/1", "/r/lobby"] {
        ann.gets(page);
    }
    assert!(ann.page.contains(">2 rooms</a>"), "{}", ann.page);
    says(&mut cid, "trip", "the bus is late");
    for page in ["/r/lobby", "/r/lobby/private"] {
        ann.gets(page);
        assert!(ann.page.contains(">2 rooms (1 new)</a>"), "{page}: {}", ann.page);
    }
    says(&mut cid, "trip", "it is here");
    says(&mut cid, "trip", "@Ann come!");
    ann.gets("/r/lobby");
    assert!(ann.page.contains(">2 rooms (3 new, 1 to you)</a>"), "{}", ann.page);
    ann.gets("/r/lobby?every=7");
    assert!(ann.page.contains(">2 rooms</a>"), "it would soon be wrong: {}", ann.page);
}

/// The live page shows the news itself.
#[test]
fn a_browser_that_has_used_no_page_without_a_script_is_told_nothing() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/trip", "/r/lobby"] {
        let answer = ann.gets(page);
        assert!(!answer.head.contains("threadbare-rooms"), "{page}: {}", answer.head);
    }
}

#[test]
fn a_locked_room_tells_its_news_only_to_who_may_read_it() {
    let server = ServerProcess::start(&[]);
    let mut vera = Numbered::makes_locked(server.addr, "den", "owl");
    let epoch = vera.view("den").epoch.clone();
    says(&mut vera, "den", "@Ann are you there?");
    let mut ann = somebody(server.addr, "Ann", "hello");
    let session = ann.cookie.clone().unwrap();
    ann.cookie = Some(format!("{session}; threadbare-rooms=den.{epoch}.0"));
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("mentioned you"), "{}", ann.page);
    let answer = ann.sends_to("/r/den", &[("enter", "1"), ("room-password", "owl")]);
    assert_eq!(answer.status, 303, "{}", ann.page);
    let session = ann.cookie.clone().unwrap();
    ann.cookie = Some(format!("{session}; threadbare-rooms=den.{epoch}.0"));
    ann.gets("/r/lobby");
    assert!(ann.page.contains("mentioned you in <bdi>den</bdi>"), "{}", ann.page);
}

#[test]
fn a_private_message_is_told_on_the_page_of_another_talk_and_beside_the_list_of_rooms() {
    let server = ServerProcess::start(&[]);
    let [mut bo, mut cid] = ["Bo", "Cid"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    says(&mut bo, "@Ann", "psst");
    says(&mut cid, "@Ann", "hush");
    let of = |name: &str| format!("New private message from <bdi>{name}</bdi>.");
    ann.gets("/rooms");
    has_in_order(&ann.page, &[&of("Bo"), &of("Cid"), "or go to"]);
    ann.gets("/r/lobby/private?to=bo");
    assert!(ann.page.contains(&of("Cid")), "{}", ann.page);
    assert!(!ann.page.contains(&of("Bo")), "this talk is open: {}", ann.page);
    assert!(!ann.page.contains("hush"), "{}", ann.page);
    ann.gets("/r/lobby/private?to=Cid");
    for page in ["/r/lobby/private?to=Bo", "/r/lobby/private", "/rooms"] {
        ann.gets(page);
        assert!(!ann.page.contains("New private message"), "{page}: {}", ann.page);
    }
}

/// The stream in the frame of this page, as the browser asks for it.
fn stream_of(page: &Browser, addr: std::net::SocketAddr) -> Connection {
    let (_, frame) = page.page.split_once("src=\"/r/lobby/stream").unwrap();
    let (query, _) = frame.split_once('"').unwrap();
    let cookie = page.cookie.as_deref().unwrap();
    listens(addr, &query.replace("&amp;", "&"), &format!("Cookie: {cookie}\r\n"))
}

#[test]
fn a_page_that_never_ends_tells_once_what_calls_its_reader_elsewhere() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/trip/now/1");
    assert_eq!(ann.sends_to("/r/trip", &[("text", "who drives?")]).status, 303);
    for page in ["/r/trip/now/2", "/r/lobby"] {
        ann.gets(page);
    }
    says(&mut cid, "trip", "@Ann, before the page");
    ann.gets("/r/lobby?live=1");
    let mut stream = stream_of(&ann, server.addr);
    let mut heard = stream.hears("hello");
    says(&mut cid, "trip", "the bus is late");
    says(&mut cid, "trip", "@Ann are you there?");
    heard += &stream.hears("<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.");
    heard += &stream.hears("href=\"/r/trip?at=4#m4\" target=\"_parent\"");
    let reply = json!({"type": "say", "room": "trip", "id": "r", "text": "I do", "reply": 1});
    cid.asks(reply);
    heard += &stream.hears("<bdi>Cid</bdi> replied to you in <bdi>trip</bdi>.");
    heard += &stream.hears("href=\"/r/trip?at=5#m5\" target=\"_parent\"");
    says(&mut cid, "@Ann", "psst");
    heard += &stream.hears("New private message from <bdi>Cid</bdi>.");
    says(&mut cid, "lobby", "the end");
    heard += &stream.hears("the end");
    for silent in ["bus is late", "are you there", "I do", "psst", "before the page", "at=2#"] {
        assert!(!heard.contains(silent), "{silent}: {heard}");
    }
    // Others do not see that the page listens to a room that its reader has not opened.
    assert_eq!(heard.matches("mentioned you").count(), 1, "{heard}");
    assert_eq!(heard.matches("New private").count(), 1, "{heard}");
}

#[test]
fn a_page_that_never_ends_says_where_new_messages_begin() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/now/1");
    for text in ["one", "two"] {
        says(&mut cid, "lobby", text);
    }
    ann.gets("/r/lobby?live=1");
    let mut stream = stream_of(&ann, server.addr);
    let mut heard = stream.hears("two");
    says(&mut cid, "lobby", "three");
    heard += &stream.hears("three");
    has_in_order(&heard, &["hello", "New messages begin here.", "one", "two", "three"]);
    assert_eq!(heard.matches("New messages begin here.").count(), 1, "{heard}");
    // Where nothing is new, what comes later is not either.
    ann.gets("/r/lobby");
    ann.gets("/r/lobby?live=1");
    let mut stream = stream_of(&ann, server.addr);
    let mut heard = stream.hears("three");
    says(&mut cid, "lobby", "four");
    heard += &stream.hears("four");
    assert!(!heard.contains("New messages"), "{heard}");
}

#[test]
fn a_page_that_never_ends_brings_nobody_back_into_a_room_that_was_left() {
    let server = ServerProcess::start(&[]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/trip/now/1");
    assert_eq!(leads_to(&ann.sends_to("/r/trip", &[("leave", "1")])), "/rooms?left=trip");
    let left = cid.hears_who_is_gone();
    assert_eq!((&left["name"], &left["room"]), (&"Ann".into(), &"trip".into()));
    for page in ["/rooms?left=trip", "/r/lobby", "/r/lobby?live=1"] {
        ann.gets(page);
    }
    let mut stream = stream_of(&ann, server.addr);
    stream.hears("hello");
    cid.asks(json!({"type": "who", "room": "trip"}));
    let who = cid.hears("who");
    assert_eq!((&who["names"], &who["people"]), (&json!(["Cid"]), &json!(1)));
    // Whoever is called there hears of it all the same.
    says(&mut cid, "trip", "@Ann are you there?");
    stream.hears("<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.");
}

/// Makes a link to another device of this person, and follows it in another browser.
fn on_another_device(server: &ServerProcess, browser: &mut Browser) -> Browser {
    browser.gets("/device?room=lobby");
    let answer = browser.sends_to("/device", &[("room", "lobby")]);
    let text = answer.text();
    let (_, code) = text.split_once("/device?code=").unwrap();
    let code = &code[..32];
    let mut other = Browser::opens(server.addr, &format!("/device?code={code}"));
    let answer = other.sends_to("/device", &[("code", code), ("room", "lobby")]);
    assert_eq!(answer.status, 303);
    let (_, path) = answer.header("location").unwrap().split_once("/r/").unwrap();
    let answer = other.gets(&format!("/r/{path}"));
    assert_eq!(answer.status, 200, "{}", answer.head);
    other
}

#[test]
fn what_is_new_is_the_same_on_all_devices_of_a_person() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    says(&mut cid, "trip", "one");
    for page in ["/r/trip/now/1", "/r/lobby"] {
        ann.gets(page);
    }
    says(&mut cid, "trip", "two");
    says(&mut cid, "trip", "@Ann are you there?");
    let told = "<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.";
    let mut phone = on_another_device(&server, &mut ann);
    for (browser, which) in [(&mut ann, "first"), (&mut phone, "phone")] {
        browser.gets("/r/lobby");
        has_in_order(&browser.page, &[told, "<bdi>trip</bdi>", "(2 new, 1 to you)"]);
        assert!(
            !browser.page.contains("<bdi>lobby</bdi></a> <small>"),
            "{which}: {}",
            browser.page
        );
    }
    // What was read on the phone is not new here.
    phone.gets("/r/trip");
    says(&mut cid, "trip", "three");
    for browser in [&mut ann, &mut phone] {
        browser.gets("/r/lobby");
        assert!(!browser.page.contains(told), "{}", browser.page);
        has_in_order(&browser.page, &["<bdi>trip</bdi>", "(1 new)"]);
    }
    ann.gets("/r/trip");
    has_in_order(&ann.page, &["1 new message since your last visit", "three"]);
}

#[test]
fn a_mention_of_the_name_before_is_one_of_the_reader() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby/now/1", "/r/trip"] {
        ann.gets(page);
    }
    says(&mut cid, "trip", "@Ann are you there?");
    assert_eq!(ann.sends_to("/r/lobby", &[("text", "/name Anna")]).status, 303);
    let told = "<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.";
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &[told, "<bdi>trip</bdi>", "(1 new, 1 to you)"]);
    ann.gets("/r/trip");
    has_in_order(&ann.page, &["class=\"hit\"", "@<b>Ann</b> are you there?"]);
    // With the next new name, nobody keeps that one for the reader.
    assert_eq!(ann.sends_to("/r/lobby", &[("text", "/name Susan")]).status, 303);
    ann.gets("/r/trip");
    assert!(!ann.page.contains("class=\"hit\""), "{}", ann.page);
}

/// The room has more messages than its page, and the reader comes by the room's own address.
#[test]
fn a_mention_deep_in_a_room_that_the_reader_has_not_seen_is_told_on_its_page() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut cid = Numbered::joins(server.addr, "Cid");
    joins(&mut cid, "trip");
    says(&mut cid, "trip", "@Ann are you there?");
    for number in 0..60 {
        says(&mut cid, "trip", &number.to_string());
    }
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/now/1");
    let told = "<bdi>Cid</bdi> mentioned you in <bdi>trip</bdi>.";
    for _ in 0..2 {
        ann.gets("/r/trip");
        assert_eq!(ann.page.matches(told).count(), 1, "until it is shown: {}", ann.page);
        assert!(!ann.page.contains("since your last visit"), "{}", ann.page);
    }
    let (_, notice) = ann.page.split_once(told).unwrap();
    assert_eq!(link(notice, "Open"), "/r/trip?at=1#m1");
    ann.gets("/r/trip?at=1");
    for page in ["/r/trip", "/r/lobby"] {
        ann.gets(page);
        assert!(!ann.page.contains("mentioned you"), "{page}: {}", ann.page);
    }
    // In the first room of all, the name may have been somebody else's.
    let mut newcomer = somebody(server.addr, "Bo", "hello");
    for text in ["Bo!"].into_iter().chain(["more"; 60]) {
        says(&mut cid, "lobby", text);
    }
    newcomer.gets("/r/trip/now/1");
    assert!(!newcomer.page.contains("mentioned you"), "{}", newcomer.page);
}
