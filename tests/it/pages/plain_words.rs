//! What people without scripts asked about: to whom a message is, how one comes back, which link
//! does what.

use serde_json::json;
use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::get;
use crate::harness::{Data, Numbered, ServerProcess};

#[test]
fn a_browser_that_was_signed_out_is_told_so_and_signs_in_again() {
    let server = ServerProcess::start(&[]);
    let mut first = Browser::opens(server.addr, "/r/lobby");
    assert!(!first.page.contains("Sign in</button>"), "{}", first.page);
    first.sends(&[("name", "Ann#tulip"), ("text", "hello")]);
    let mut second = Browser::opens(server.addr, "/r/lobby");
    second.sends(&[("name", "Ann"), ("secret", "tulip"), ("text", "from the phone")]);
    // The other device signs this one out.
    second.gets("/device");
    assert_eq!(second.sends_to("/device", &[("elsewhere", "1")]).status, 200);
    first.gets("/r/lobby");
    has_in_order(
        &first.page,
        &[
            "You are not signed in any more.",
            "id=\"say\"",
            "name=\"secret\"",
            "Sign in</button>",
            "id=\"text\"",
            "Send</button>",
        ],
    );
    assert_eq!(first.page.matches("name=\"name\"").count(), 1, "one form: {}", first.page);
    let answer = first.sends(&[("enter", "1"), ("name", "Ann"), ("secret", "tulip")]);
    assert_eq!(answer.status, 303, "{}", first.page);
    first.gets("/r/lobby");
    assert!(!first.page.contains("not signed in"), "{}", first.page);
    assert!(first.page.contains("<bdi>Ann</bdi></span> (you)"), "{}", first.page);
    // The list of people says what the code of the name is.
    let marks = "A name with a password has a code beside it, once the person has written here.";
    assert!(first.page.contains(marks), "{}", first.page);
    first.gets("/settings?room=lobby");
    assert!(first.page.contains("a code with your name"), "{}", first.page);
    assert!(first.page.contains("the number of each message"), "{}", first.page);
}

#[test]
fn private_messages_say_to_whom_they_are_and_offer_each_person_once() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert!(bo.tries_to_say("@Ann", "psst"));
    bo.hears("sent");
    ann.gets("/r/lobby/private");
    assert!(
        ann.page.contains("<i>to you:</i>") && !ann.page.contains("to <bdi>Ann"),
        "{}",
        ann.page
    );
    let (_, choice) = ann.page.split_once("Choose a person").unwrap();
    let (choice, _) = choice.split_once("</p>").unwrap();
    assert_eq!(choice.matches("?to=Bo\"").count(), 1, "{choice}");
    for words in ["2 here", "Invite", "Write privately"] {
        let (_, page) = ann.page.split_once("<main").unwrap();
        let page = page.split("id=\"rooms\"").next().unwrap();
        assert!(!page.contains(words), "{words}: {page}");
    }
    assert!(!ann.page.contains("Invite"), "{}", ann.page);
}

#[test]
fn a_live_page_tells_of_private_messages_until_they_are_read() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert!(bo.tries_to_say("@Ann", "psst"));
    bo.hears("sent");
    ann.gets("/r/lobby?live=1");
    let notice = "New private message from <bdi>Bo</bdi>.";
    assert_eq!(ann.page.matches(notice).count(), 1, "{}", ann.page);
    let (_, frame) = ann.page.split_once("src=\"/r/lobby/stream?").unwrap();
    let frame = frame.split('"').next().unwrap();
    assert!(frame.contains("&amp;private="), "the stream has only newer ones: {frame}");
    ann.gets("/r/lobby/private?to=Bo");
    ann.gets("/r/lobby?live=1");
    assert!(!ann.page.contains(notice), "{}", ann.page);
}

#[test]
fn one_s_own_message_has_edit_and_delete_and_what_is_said_to_one_says_so_apart() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.says_each(&["Ann, tea?"]);
    ann.gets("/r/lobby");
    has_in_order(
        &ann.page,
        &["(to you)", "Reply", "Ann</b>, tea?", "value=\"Edit\"> ", "value=\"Delete\"> "],
    );
    ann.gets("/r/lobby?change=1&delete=1");
    // The buttons come before the text, which may be long.
    has_in_order(&ann.page, &["Delete this message?", "Delete</button>", "Cancel", "<bdi>hello"]);
    let page = get(server.addr, "/r/lobby?reply=1").text();
    // The link leads into the field; in a terminal to what is right before it, because w3m puts its
    // cursor behind a field.
    has_in_order(&page, &["href=\"#message\"", "<label>Message", "name=\"text\" id=\"message\""]);
    ann.agent = Some("w3m/0.5.3".to_owned());
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["href=\"#text\"", "<p id=\"text\"><label>Message", "name=\"text\""]);
    assert!(!ann.page.contains("id=\"message\""), "{}", ann.page);
    let page = get(server.addr, "/r/lobby?find=tea").text();
    assert!(page.contains("Day<small class=\"empty\"> (YYYY-MM-DD)</small>"), "{page}");
}

#[test]
fn an_edited_message_says_so_on_every_page() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut ann = somebody(server.addr, "Ann", "frist tea");
    ann.gets("/r/lobby?change=1");
    assert_eq!(ann.sends(&[("change", "1"), ("text", "first tea")]).status, 303, "{}", ann.page);
    let mut bo = Numbered::joins(server.addr, "Bo");
    // So many lines later, the edit is on another page than the message.
    for number in 0..120 {
        bo.says(&format!("line {number}"));
    }
    for page in ["/r/lobby?find=first", "/r/lobby?at=1", "/r/lobby?before=9"] {
        ann.gets(page);
        has_in_order(&ann.page, &["value=\"1\"", "(edited)", "tea"]);
    }
}

#[test]
fn the_settings_say_whether_the_name_has_a_password() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/settings");
    has_in_order(&ann.page, &["Your name has no password yet", "Set password", "name=\"secret\""]);
    let form = [("name", "Ann"), ("secret", "marmalade"), ("show", "1")];
    assert_eq!(ann.sends_to("/settings", &form).status, 303, "{}", ann.page);
    ann.gets("/settings");
    has_in_order(&ann.page, &["Your name has a password.", "Change password", "name=\"secret\""]);
    assert!(!ann.page.contains("no password yet"), "{}", ann.page);
}

#[test]
fn saving_a_message_unchanged_changes_nothing() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (text, is_edited) in [("hello", false), ("hullo", true), ("hullo", true)] {
        ann.gets("/r/lobby?change=1");
        assert_eq!(ann.sends(&[("change", "1"), ("text", text)]).status, 303, "{}", ann.page);
        ann.gets("/r/lobby");
        assert_eq!(ann.page.contains("(edited)"), is_edited, "{text}: {}", ann.page);
        let next = if is_edited { ".2" } else { ".1" };
        assert!(ann.value("after").unwrap().ends_with(next), "{text}: {}", ann.page);
    }
}

#[test]
fn the_link_to_older_messages_stands_where_the_oldest_message_is() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    for _ in 0..=limits::PAGE_LINES {
        bo.says_each(&["tea"]);
    }
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["newest first", "<ol", "Older messages"]);
    ann.look = Some("threadbare-look=order=last".to_owned());
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["newest last", "Older messages", "<ol"]);
    assert_eq!(ann.page.matches("Older messages").count(), 1, "{}", ann.page);
    ann.gets("/r/lobby/history");
    has_in_order(&ann.page, &["newest last", "Older messages", "<ol", "Newest messages"]);
}

#[test]
fn where_the_newest_message_is_the_last_one_all_that_is_told_stands_at_the_field() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.look = Some("threadbare-look=order=last".to_owned());
    ann.gets("/r/lobby");
    assert!(ann.page.contains("?reply=1#end\""), "{}", ann.page);
    for (text, told) in [("/foo", "Unknown command"), ("/who", "1 here"), ("/away soup", "away")] {
        let answer = ann.sends(&[("text", text)]);
        if answer.status == 303 {
            ann.gets(answer.header("location").unwrap());
        }
        has_in_order(&ann.page, &["hello", "id=\"end\"", told, "name=\"text\""]);
        assert_eq!(ann.page.matches("role=\"").count(), 1, "{}", ann.page);
        ann.gets("/r/lobby");
    }
}

#[test]
fn a_page_says_once_who_its_reader_is_and_whom_its_address_makes_so() {
    let server = ServerProcess::start(&[]);
    let ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.page.matches("You are <bdi>Ann</bdi>.").count(), 1, "{}", ann.page);
    assert!(!ann.page.contains("keeps no cookies"), "{}", ann.page);
    let mut bo = Browser::opens(server.addr, "/r/lobby").without_cookies();
    assert!(!bo.page.contains("You are <bdi>"), "{}", bo.page);
    let answer = bo.sends(&[("name", "Bo"), ("text", "hello")]);
    bo.gets(answer.header("location").unwrap());
    let words = "Your browser keeps no cookies: whoever has the address of this page is you.";
    assert_eq!(bo.page.matches(words).count(), 1, "{}", bo.page);
}

#[test]
fn a_page_with_a_frame_does_not_contradict_what_stands_in_the_frame_without_frames() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    for page in ["/r/lobby?live=1", "/r/lobby?every=10"] {
        ann.gets(page);
        has_in_order(&ann.page, &["<iframe", "This browser cannot update the page"]);
        assert_eq!(ann.page.matches("update").count(), 1, "{page}: {}", ann.page);
        assert!(!ann.page.contains("This page updates by itself"), "{}", ann.page);
    }
}

#[test]
fn whoever_signs_out_is_told_whether_the_name_has_a_way_back() {
    let server = ServerProcess::start(&[]);
    for (name, way_back) in [
        ("Ann", "Without a password you cannot come back to your name."),
        ("Bo#owl", "you come back to it with its password."),
    ] {
        let mut person = somebody(server.addr, name, "hello");
        person.gets("/settings?sign-out=1&room=lobby");
        has_in_order(&person.page, &[way_back, "value=\"/quit\""]);
    }
}

#[test]
fn a_name_that_nobody_can_have_has_no_password() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(ann.sends(&[("name", "Ann/Bo"), ("text", "hello")]).status, 422);
    assert_eq!(ann.value("name").as_deref(), Some("Ann/Bo"));
    assert!(!ann.page.contains("name=\"secret\""), "{}", ann.page);
}

#[test]
fn a_person_is_told_how_a_locked_room_comes_along_to_another_device() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.asks(json!({"type": "join", "room": "kitchen", "password": "stew"}));
    bo.hears_until(|line| line["type"] == "caught-up" && line["room"] == "kitchen");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/kitchen");
    has_in_order(&ann.page, &["name=\"room-password\"", "On a new device you may need it once;"]);
    ann.gets("/device?room=lobby");
    assert!(
        ann.page.contains("a room that you entered long ago may ask for its password once more."),
        "{}",
        ann.page
    );
}

#[test]
fn the_help_says_how_to_write_lines_and_code_and_that_there_is_no_more() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends(&[("text", "/help")]);
    let told =
        ["press the button Several lines", "`back-ticks`", "a line ``` and another line ```"];
    has_in_order(&ann.page, &[&told[..], &["no other formatting, such as *bold*"]].concat());
}
