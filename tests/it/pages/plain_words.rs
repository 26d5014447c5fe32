//! What people without scripts asked about: to whom a message is, how one comes back, which link
//! does what.

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::get;
use crate::harness::{Numbered, ServerProcess};

#[test]
fn a_browser_that_was_signed_out_is_told_so_and_signs_in_again() {
    let server = ServerProcess::start(&[]);
    let mut first = Browser::opens(server.addr, "/r/lobby");
    assert!(!first.page.contains("Sign in"), "{}", first.page);
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
            "You are signed out on this device:",
            "name=\"secret\"",
            "Sign in</button>",
            "id=\"say\"",
        ],
    );
    let answer = first.sends(&[("enter", "1"), ("name", "Ann"), ("secret", "tulip")]);
    assert_eq!(answer.status, 303, "{}", first.page);
    first.gets("/r/lobby");
    assert!(!first.page.contains("signed out"), "{}", first.page);
    assert!(first.page.contains("<bdi>Ann</bdi></span> (you)"), "{}", first.page);
    // The code beside the name says what it is.
    assert!(first.page.contains("class=\"mark\" title=\"Code of this name's password: "));
    first.gets("/settings?room=lobby");
    assert!(first.page.contains("a code of your password"), "{}", first.page);
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
    assert_eq!(ann.page.matches("?to=Bo\"").count(), 1, "{}", ann.page);
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
    has_in_order(&ann.page, &["(to you)", "Reply", "Ann</b>, tea?", ">Edit</a> ", ">Delete</a>"]);
    ann.gets("/r/lobby?change=1&delete=1");
    assert!(ann.page.contains("Delete this message?"), "it asks: {}", ann.page);
    let page = get(server.addr, "/r/lobby?reply=1").text();
    assert!(page.contains("href=\"#text\"") && page.contains("id=\"text\""), "{page}");
    let page = get(server.addr, "/r/lobby?find=tea").text();
    assert!(page.contains("Day<small class=\"empty\"> (YYYY-MM-DD)</small>"), "{page}");
}
