//! How one comes from a message to the form of a reply, on pages without a script.

use serde_json::json;

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::{Numbered, ServerProcess};

const W3M: &str = "w3m/0.5.3+git20230121";

/// Ann, in a room in which Bo has said something, and with a private message from Bo.
fn of_two(server: &ServerProcess) -> (Browser, Numbered) {
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["tea?"]);
    let ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "psst"}));
    bo.hears_until(|line| line["text"] == "psst");
    (ann, bo)
}

#[test]
fn the_typed_text_comes_along_to_the_form_of_a_reply() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let (mut ann, mut bo) = of_two(&server);
    for agent in [None, Some(W3M.to_owned())] {
        ann.agent = agent;
        for (page, to) in [("/r/lobby", None), ("/r/lobby/private?to=Bo", Some(("to", "Bo")))] {
            ann.gets(page);
            // The Enter key presses the first button of a form.
            has_in_order(&ann.page, &["Send", "name=\"reply-1\" value=\"Reply\""]);
            // A browser in a terminal knows no button outside its form.
            let (_, form) = ann.page.split_once("<form id=\"say\"").unwrap();
            let (form, _) = form.split_once("</form>").unwrap();
            assert_eq!(form.contains("reply-1"), ann.agent.is_some(), "{page}: {}", ann.page);
            let fields: Vec<_> =
                to.into_iter().chain([("text", "half a"), ("reply-1", "Reply")]).collect();
            assert_eq!(ann.sends(&fields).status, 200, "{page}: {}", ann.page);
            has_in_order(&ann.page, &["Replying to", "name=\"text\"", "value=\"half a\""]);
            assert_eq!(ann.value("reply").as_deref(), Some("1"), "{page}: {}", ann.page);
            assert_eq!(ann.value("to").is_some(), to.is_some(), "{page}: {}", ann.page);
            // Another message can be chosen on this page, too; nothing was sent yet.
            assert!(ann.page.contains("name=\"reply-1\""), "{page}: {}", ann.page);
            let fields: Vec<_> =
                to.into_iter().chain([("text", "a whole"), ("reply", "1")]).collect();
            assert_eq!(ann.sends(&fields).status, 303, "{page}: {}", ann.page);
            let heard = bo.hears_until(|line| line["from"] == "Ann");
            assert_eq!((&heard["text"], &heard["reply"]), (&json!("a whole"), &json!(1)), "{page}");
        }
    }
}

#[test]
fn where_a_button_would_be_lost_or_pressed_by_the_enter_key_reply_is_a_link() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let (mut ann, _bo) = of_two(&server);
    let is_link = |ann: &mut Browser, place: &str| {
        ann.gets("/r/lobby");
        assert!(!ann.page.contains("name=\"reply-"), "{}", ann.page);
        let link = format!("href=\"/r/lobby?reply=1{place}\">Reply</a>");
        assert!(ann.page.contains(&link), "{}", ann.page);
    };
    for agent in ["Dillo/3.0.5", "Mozilla/5.0 (X11; Linux) NetSurf/3.10"] {
        ann.agent = Some(agent.to_owned());
        is_link(&mut ann, "");
    }
    ann.agent = None;
    ann.saves(&[("order", "last"), ("show", "1"), ("times", "yes")]);
    is_link(&mut ann, "#end");
}

#[test]
fn where_a_link_leaves_the_typed_text_the_next_page_says_how_to_get_it_back() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let (mut ann, _bo) = of_two(&server);
    let told = "If you had typed something, your browser's Back button brings it back.";
    // On a page with buttons, the typed text comes along.
    ann.gets("/r/lobby");
    assert!(!ann.page.contains(told), "{}", ann.page);
    ann.sends(&[("text", "half a"), ("reply-1", "Reply")]);
    assert!(ann.page.contains("value=\"half a\"") && !ann.page.contains(told), "{}", ann.page);
    // The links of Live cannot take it along.
    ann.comes_from = Some(format!("http://{}/r/lobby/stream?as=html&after=1.1", server.addr));
    for link in ["/r/lobby?reply=1", "/r/lobby?change=2"] {
        ann.gets(link);
        assert!(ann.page.contains(told), "{link}: {}", ann.page);
    }
    // Without a field of the page before, there is nothing to bring back.
    ann.gets("/r/lobby");
    assert!(!ann.page.contains(told), "{}", ann.page);
    ann.comes_from = None;
    ann.agent = Some("Dillo/3.0.5".to_owned());
    ann.gets("/r/lobby?reply=1");
    assert!(ann.page.contains(told), "{}", ann.page);
}

#[test]
fn a_message_that_is_gone_is_told_of_before_one_replies_and_one_can_write() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let (mut ann, mut bo) = of_two(&server);
    let told = "The message you want to reply to is gone. You can write without a reply.";
    for (page, room, to) in [
        ("/r/lobby?reply=1", Some("lobby"), None),
        ("/r/lobby/private?to=Bo&reply=1", None, Some(("to", "Bo"))),
    ] {
        ann.gets(page);
        assert!(!ann.page.contains(told), "{page}: {}", ann.page);
        bo.asks(json!({"type": "delete", "room": room, "seq": 1}));
        bo.hears_until(|line| line["type"] == "delete");
        for page in [page, &page.replace("reply=1", "reply=99")] {
            ann.gets(page);
            has_in_order(&ann.page, &[told, "name=\"text\""]);
            for gone in ["Replying to", "name=\"reply\"", "name=\"cancel\""] {
                assert!(!ann.page.contains(gone), "{page}, {gone}: {}", ann.page);
            }
        }
        let fields: Vec<_> = to.into_iter().chain([("text", "tea for me")]).collect();
        assert_eq!(ann.sends(&fields).status, 303, "{page}: {}", ann.page);
        bo.hears_until(|line| line["text"] == "tea for me");
    }
}
