//! What a private talk without a script says of its people, and of what is new in it.

use serde_json::json;

use crate::harness::browser::{Browser, has_in_order, link_without_time, somebody};
use crate::harness::{Data, Numbered, ServerProcess};

const QUESTION: &str = "Another person may have this name now.";

/// Two people have the name Gus, one after the other, and both write to Wanda.
fn two_of_one_name(server: &ServerProcess) -> Browser {
    let mut wanda = somebody(server.addr, "Wanda", "hello");
    for text in ["the key is under the mat", "where is the key?"] {
        let mut gus = somebody(server.addr, "Gus", "hello");
        gus.gets("/r/lobby");
        assert_eq!(gus.sends(&[("text", &format!("/msg Wanda {text}"))]).status, 303);
        gus.gets("/r/lobby");
        assert_eq!(gus.sends(&[("text", "/quit")]).status, 303);
    }
    let _gus = somebody(server.addr, "Gus", "back");
    wanda.gets("/r/lobby/private?to=Gus");
    wanda
}

#[test]
fn where_another_person_has_the_name_a_talk_has_a_line_that_says_so() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut wanda = two_of_one_name(&server);
    let line = "Above this line, another person has the name <bdi>Gus</bdi>.";
    has_in_order(&wanda.page, &["where is the key?", line, "under the mat"]);
    assert_eq!(wanda.page.matches("another person has").count(), 1, "{}", wanda.page);
    let session = wanda.cookie.clone().unwrap();
    wanda.cookie = Some(format!("{session}; threadbare-look=order=last"));
    wanda.gets("/r/lobby/private?to=Gus");
    let line = "From here on, another person has the name <bdi>Gus</bdi>.";
    has_in_order(&wanda.page, &["under the mat", line, "where is the key?"]);
}

#[test]
fn a_reply_to_somebody_who_had_the_name_before_is_not_sent_without_a_question() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let [mut bo, mut eve] = ["Bo", "Eve"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = Numbered::joins(server.addr, "Ann");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "the key?"}));
    ann.hears("private");
    // The second new name frees the first one.
    for (is_bo, name) in [(true, "Rob"), (true, "Robert"), (false, "Bo")] {
        let person = if is_bo { &mut bo } else { &mut eve };
        person.asks(json!({"type": "name", "name": name}));
        person.hears_until(|told| told["type"] == "renamed" && told["to"] == name);
    }
    eve.asks(json!({"type": "private", "to": "Ann", "text": "me again"}));
    let newer = ann.hears_until(|told| told["text"] == "me again");
    let reply = |seq| json!({"type": "private", "to": "Bo", "reply": seq, "text": "under the mat"});
    ann.asks(reply(1));
    assert_eq!(ann.hears("refused")["reason"], "another-person");
    ann.asks(reply(newer["seq"].as_u64().unwrap()));
    assert_eq!(eve.hears_until(|told| told["from"] == "Ann")["text"], "under the mat");
}

#[test]
fn the_form_of_such_a_reply_is_asked_for_again_and_then_sent() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut wanda = two_of_one_name(&server);
    // The oldest message is the last one of the page.
    let (_, oldest) = wanda.page.split_once("Above this line").unwrap();
    let (_, reply) = oldest.split_once("name=\"reply-").unwrap();
    let seq = reply.split_once('"').unwrap().0.to_owned();
    wanda.sends(&[("to", "Gus"), ("text", "it is"), (&format!("reply-{seq}"), "Reply")]);
    assert_eq!(wanda.value("reply").as_deref(), Some(&*seq), "{}", wanda.page);
    let fields = [("to", "Gus"), ("reply", &*seq), ("text", "it is there")];
    assert_eq!(wanda.sends(&fields).status, 409, "{}", wanda.page);
    assert!(wanda.page.contains(QUESTION), "{}", wanda.page);
    assert_eq!(wanda.value("text").as_deref(), Some("it is there"));
    assert_eq!(wanda.value("drawn"), None);
    assert_eq!(wanda.sends(&fields).status, 303, "{}", wanda.page);
}

#[test]
fn the_page_of_all_talks_counts_what_is_new_until_the_talk_is_opened() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let [mut bo, mut cy] = ["Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (from_bo, text) in [(true, "first"), (false, "shalom"), (true, "second")] {
        let other = if from_bo { &mut bo } else { &mut cy };
        assert!(other.tries_to_say("@Ann", text));
        other.hears("sent");
    }
    for _ in 0..2 {
        ann.gets("/r/lobby/private");
        has_in_order(
            &ann.page,
            &[
                ">Private (2)</a>",
                "<bdi>Bo</bdi></a> <small>(2 new)</small>",
                "<bdi>Cy</bdi></a> <small>(1 new)</small>",
                "second",
            ],
        );
        assert!(!ann.page.contains("New private message"), "{}", ann.page);
    }
    // The name beside a message leads to its talk.
    let (_, messages) = ann.page.split_once("<ol").unwrap();
    assert_eq!(link_without_time(messages, "<bdi>Bo</bdi>"), "/r/lobby/private?to=Bo");
    ann.gets("/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["2 new messages since your last visit", "second", "first"]);
    ann.gets("/r/lobby/private?to=Bo");
    assert!(!ann.page.contains("since your last visit"), "{}", ann.page);
    ann.gets("/r/lobby/private");
    has_in_order(&ann.page, &["<bdi>Bo</bdi></a> <a", "<bdi>Cy</bdi></a> <small>(1 new)</small>"]);
}

#[test]
fn after_a_message_to_nobody_the_list_of_people_is_still_there() {
    let server = ServerProcess::start(&[]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for to in ["", " "] {
        ann.gets("/r/lobby/private");
        assert_eq!(ann.sends(&[("to", to), ("text", "for whom?")]).status, 422);
        has_in_order(&ann.page, &["Choose a person in &quot;To&quot;.", "Choose a person <a"]);
        assert_eq!(ann.value("text").as_deref(), Some("for whom?"));
    }
}

#[test]
fn the_page_of_a_talk_says_before_one_writes_whether_the_message_can_arrive() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = somebody(server.addr, "Bo", "hello");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(bo.sends(&[("to", "Ann"), ("text", "psst")]).status, 303);
    let page = "/r/lobby/private?to=Bo";
    let field = "<span>Private message to <bdi>Bo</bdi></span>";
    ann.gets(page);
    has_in_order(&ann.page, &["<bdi>Bo</bdi> is here.", field, "psst"]);
    // Where the newest message is the last one, the field is at the end, and so is that.
    ann.saves(&[("order", "last"), ("show", "1"), ("times", "yes")]);
    ann.gets(page);
    has_in_order(&ann.page, &["psst", "<bdi>Bo</bdi> is here.", field]);
    // Bo signs out, and the name has no password.
    bo.sends(&[("text", "/quit")]);
    let told = "Nobody has the name <bdi>Bo</bdi> now. You cannot send a message to it.";
    ann.gets(page);
    has_in_order(&ann.page, &["psst", told, field]);
    assert_eq!(ann.sends(&[("to", "Bo"), ("text", "hello?")]).status, 409, "{}", ann.page);
    // A name that comes back is somebody again.
    let _bo = Numbered::joins(server.addr, "Bo");
    ann.gets(page);
    assert!(!ann.page.contains(told), "{}", ann.page);
}

#[test]
fn many_messages_of_another_talk_hide_neither_a_talk_nor_what_is_new_in_it() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let [mut bo, mut cy] = ["Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert!(cy.tries_to_say("@Ann", "the key?"));
    cy.hears("sent");
    let many = |bo: &mut Numbered, count| {
        for number in 0..count {
            assert!(bo.tries_to_say("@Ann", &format!("noise {number}")));
            bo.hears("sent");
        }
    };
    // More than a page has, but not more than the server has in memory.
    many(&mut bo, 30);
    for page in ["/r/lobby", "/r/lobby/private"] {
        ann.gets(page);
        assert!(ann.page.contains(">Private (2)</a>"), "{page}: {}", ann.page);
    }
    ann.gets("/r/lobby/private");
    has_in_order(&ann.page, &["<bdi>Bo</bdi></a> <small>(30 new)", "<bdi>Cy</bdi></a> <small>(1"]);
    // The talk of many more: the page counts also what it does not show.
    ann.gets("/r/lobby/private?to=Bo");
    assert!(ann.page.contains("30 new messages since your last visit"), "{}", ann.page);
    many(&mut bo, 250);
    ann.gets("/r/lobby/private?to=Cy");
    assert!(ann.page.contains("the key?"), "{}", ann.page);
    assert!(!ann.page.contains("No messages yet"), "{}", ann.page);
}

#[test]
fn a_talk_that_is_opened_from_the_list_of_rooms_leads_back_to_the_reader_s_room() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/trip", &[("text", "who drives?")]).status, 303);
    assert!(bo.tries_to_say("@Ann", "psst"));
    bo.hears("sent");
    ann.gets("/r/trip");
    let rooms = ann.page.split("href=\"").find(|link| link.starts_with("/rooms")).unwrap();
    let rooms = rooms.split('"').next().unwrap().replace("&amp;", "&");
    ann.gets(&rooms);
    assert!(ann.page.contains("Back to <bdi>trip") || ann.page.contains("Back to trip"));
    assert_eq!(link_without_time(&ann.page, "Open"), "/r/trip/private?to=Bo", "{}", ann.page);
}

fn writes_many(from: &mut Numbered, to: &str, count: usize) {
    for number in 0..count {
        let text = format!("many {number}");
        from.asks(json!({"type": "private", "to": to, "text": text}));
        from.hears_until(|told| told["text"] == text);
    }
}

#[test]
fn a_short_talk_is_whole_and_a_new_one_is_told_after_many_messages_of_another() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let [mut bo, mut cid] = ["Bo", "Cid"].map(|name| Numbered::joins(server.addr, name));
    let mut ann = somebody(server.addr, "Ann", "hello");
    for text in ["is it you?", "the key is here", "come at ten"] {
        cid.asks(json!({"type": "private", "to": "Ann", "text": text}));
        cid.hears_until(|told| told["text"] == text);
    }
    writes_many(&mut bo, "Ann", 200);
    let told = "New private message from <bdi>Cid</bdi>.";
    for page in ["/r/lobby", "/rooms"] {
        ann.gets(page);
        assert!(ann.page.contains(told), "{page}: {}", ann.page);
    }
    ann.gets("/r/lobby/private");
    has_in_order(&ann.page, &["<bdi>Cid</bdi></a> <small>(3 new)</small>"]);
    ann.gets("/r/lobby/private?to=Cid");
    for text in ["is it you?", "the key is here", "come at ten"] {
        assert!(ann.page.contains(text), "{text}: {}", ann.page);
    }
    assert!(!ann.page.contains("many "), "{}", ann.page);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains(told), "{}", ann.page);
}
