//! What a page without a script says about new and changed messages.

use serde_json::json;
use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, leads_to, link_without_time, somebody};
use crate::harness::{Numbered, ServerProcess};

#[test]
fn what_is_new_is_counted_from_what_the_address_says_and_is_what_others_said() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "first");
    assert!(!ann.page.contains("class=\"since\""), "{}", ann.page);
    let seen = ann.value("after").unwrap();
    bo.says_each(&["second", "third"]);
    bo.asks(json!({"type": "topic", "room": "lobby", "text": "soup"}));
    bo.hears("topic");
    ann.sends(&[("text", "my own")]);
    ann.refreshes(&seen);
    has_in_order(
        &ann.page,
        &["my own", "2 new messages since your last visit", "third", "second", "first"],
    );
    // If the address does not say what the reader has seen, the server cannot mark what is new.
    for page in ["/r/lobby", "/r/lobby?after=0000000000000000.1", "/r/lobby?before=9"] {
        ann.gets(page);
        assert!(!ann.page.contains("class=\"since\""), "{page}: {}", ann.page);
    }
    // With the setting `order=last`, the newest message is at the end, and the mark stands before
    // the first new message.
    let session = ann.cookie.clone().unwrap();
    ann.cookie = Some(format!("{session}; threadbare-look=order=last"));
    ann.refreshes(&seen);
    has_in_order(
        &ann.page,
        &["first", "2 new messages since your last visit", "second", "third", "my own"],
    );
    let seen_all = ann.value("after").unwrap();
    ann.refreshes(&seen_all);
    assert!(!ann.page.contains("class=\"since\""), "all of it was seen: {}", ann.page);
    for number in 0..limits::PAGE_LINES + 1 {
        bo.says_each(&[&number.to_string()]);
    }
    ann.refreshes(&seen);
    let all = format!("{} new messages since your last visit", limits::PAGE_LINES + 3);
    assert!(ann.page.contains(&all), "those of the older page are counted, too: {}", ann.page);
}

#[test]
fn a_changed_line_stands_once_where_it_was_and_says_so() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["frist", "a slip"]);
    let mut ann = somebody(server.addr, "Ann", "seen");
    for text in ["first, perhaps", "first"] {
        bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": text}));
        bo.hears("edit");
    }
    bo.asks(json!({"type": "delete", "room": "lobby", "seq": 2}));
    bo.hears("delete");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [3, 2, 1], "{}", ann.page);
    has_in_order(
        &ann.page,
        &["value=\"2\"", "Message deleted.", "value=\"1\"", "edited", ">first</div>"],
    );
    for (words, count) in
        [("Message deleted.", 1), (">(edited)<", 1), (">first<", 1), ("perhaps", 0)]
    {
        assert_eq!(ann.page.matches(words).count(), count, "{words}: {}", ann.page);
    }
    // If the changed message is on another page, this page reports the change, and only once.
    for number in 0..limits::PAGE_LINES - 2 {
        bo.says_each(&[&number.to_string()]);
    }
    for text in ["primero", "erster"] {
        bo.asks(json!({"type": "edit", "room": "lobby", "seq": 1, "text": text}));
        bo.hears("edit");
    }
    ann.gets("/r/lobby");
    let number = "<a href=\"/r/lobby?at=1#m1\">#1</a>";
    assert!(ann.page.contains(&format!("<i>changed {number} to:</i>")), "{}", ann.page);
    assert_eq!(ann.page.matches("erster").count(), 1, "{}", ann.page);
}

/// A phone opens its keyboard for a field with the focus.
#[test]
fn refresh_keeps_what_was_typed_and_the_field_has_the_focus_after_a_form_alone() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["second"]);
    let mut ann = somebody(server.addr, "Ann", "first");
    let has_focus = |page: &str| page.contains(" autofocus>");
    ann.gets("/r/lobby");
    assert!(!has_focus(&ann.page), "{}", ann.page);
    let answer = ann.sends(&[("text", "half a <thought>"), ("reply", "1"), ("refresh", "Refresh")]);
    assert_eq!(answer.status, 200, "{}", ann.page);
    has_in_order(
        &ann.page,
        // A browser would put the cursor before the text.
        &["Replying to", "value=\"half a &lt;thought&gt;\">", "first"],
    );
    assert!(!ann.page.contains("half a <"), "{}", ann.page);
    assert_eq!(ann.numbers().len(), 2, "nothing was sent");
    let answer = ann.sends(&[("to", "Bo"), ("text", "psst"), ("refresh", "Refresh")]);
    assert_eq!(answer.status, 200);
    has_in_order(&ann.page, &["Private chat with <bdi>Bo</bdi>", "value=\"psst\">"]);
    let answer = ann.sends(&[("text", "third")]);
    let next = answer.header("location").unwrap().to_owned();
    ann.gets(&next);
    assert!(has_focus(&ann.page), "{}", ann.page);
    for (page, is_writing) in
        [("/r/lobby?reply=1", true), ("/r/lobby?change=2", false), ("/r/lobby/now/1", false)]
    {
        ann.gets(page);
        assert_eq!(has_focus(&ann.page), is_writing, "{page}: {}", ann.page);
    }
}

#[test]
fn whoever_takes_a_name_is_told_once_how_it_is_kept() {
    let server = ServerProcess::start(&[]);
    let words = "Your name is kept for about a week.";
    for (name, is_told) in [("Ann", true), ("Bo#a long secret", false), ("", false)] {
        let mut person = Browser::opens(server.addr, "/r/lobby");
        let answer = person.sends(&[("name", name), ("text", "hello")]);
        person.gets(answer.header("location").unwrap());
        assert_eq!(person.page.contains(words), is_told, "{name}: {}", person.page);
        let answer = person.sends(&[("text", "me again")]);
        person.gets(answer.header("location").unwrap());
        assert!(!person.page.contains(words), "{name}: {}", person.page);
    }
}

#[test]
fn with_the_newest_message_last_forms_and_links_lead_to_it() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["tea?"; 60]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "psst"}));
    bo.hears_until(|line| line["text"] == "psst");
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("#end"), "the newest message is at the top: {}", ann.page);
    ann.look = Some("threadbare-look=order=last".to_owned());
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["tea?", "id=\"end\"", "id=\"say\""]);
    for (words, to) in [
        ("Open", "/r/lobby/private?to=Bo#end"),
        ("Older messages", "/r/lobby?before=37#end"),
        ("<bdi>lobby</bdi>", "/r/lobby#end"),
    ] {
        assert_eq!(link_without_time(&ann.page, words), to);
    }
    ann.gets("/r/lobby/private?to=Bo");
    has_in_order(&ann.page, &["psst", "id=\"end\"", "id=\"say\""]);
    let (before, _) = ann.page.split_once("Back to <bdi>lobby</bdi>").unwrap();
    let (_, back) = before.rsplit_once("href=\"").unwrap();
    assert!(back.contains("#end\""), "{back}");
    for (fields, to) in [
        (vec![("text", "hi")], "/r/lobby#end"),
        (vec![("text", "/me waves")], "/r/lobby#end"),
        (vec![("text", "hallo"), ("change", "62")], "/r/lobby#end"),
        (vec![("text", "hush"), ("to", "Bo")], "/r/lobby/private?to=Bo#end"),
        // What was done is said at the top of the page.
        (vec![("text", "/away")], "/r/lobby?did=away"),
    ] {
        let answer = ann.sends(&fields);
        assert_eq!(leads_to(&answer), to, "{fields:?}: {}", ann.page);
    }
}

#[test]
fn whoever_signs_in_on_another_device_sees_there_what_is_new() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let signs_in = || {
        let mut device = Browser::opens(server.addr, "/r/lobby?sign-in=1");
        let form = [("enter", "sign-in"), ("name", "Ann"), ("secret", "owl")];
        let answer = device.sends(&form);
        device.gets(answer.header("location").unwrap());
        device
    };
    let mut laptop = somebody(server.addr, "Ann#owl", "hello");
    laptop.gets("/r/lobby/now/1");
    assert!(!laptop.page.contains("class=\"since\""), "{}", laptop.page);
    bo.says_each(&["second", "third"]);
    let mut phone = signs_in();
    let told = "2 new messages since your last visit";
    has_in_order(&phone.page, &[told, "third", "second"]);
    phone.gets("/r/lobby/now/1");
    assert!(!phone.page.contains(told), "{}", phone.page);
}
