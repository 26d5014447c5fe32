//! How one comes from a message to the form of a reply, on pages without a script.

use serde_json::json;

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::raw::listens;
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

#[test]
fn on_the_live_page_a_reply_is_chosen_beside_the_form_and_the_text_stays() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let (mut ann, mut bo) = of_two(&server);
    ann.gets("/r/lobby?live=1");
    let (page, form) = (ann.page.clone(), ann.value("once").unwrap());
    let mark = page.split("name=\"reply\"").nth(1).unwrap();
    let mark = mark.split("form=").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let frame = |to: u64, mark: &str| format!("/r/lobby/reply-frame?to={to}&form={mark}");
    // The links of the stream open in that frame.
    let (_, stream) = page.split_once("<iframe class=\"stream\" src=\"").unwrap();
    let stream = stream.split('"').next().unwrap().replace("&amp;", "&");
    assert!(stream.contains(&format!("&form={mark}")), "{stream}");
    let query = stream.split_once('?').unwrap().1.to_owned();
    let head = format!("Cookie: {}\r\nAccept-Language: en\r\n", ann.cookie.clone().unwrap());
    let heard = listens(server.addr, &format!("?{query}"), &head).hears("tea?");
    let link = format!("href=\"{}\" target=\"reply\">", frame(1, &mark).replace('&', "&amp;"));
    assert!(heard.contains(&link), "{heard}");

    ann.gets(&frame(1, &mark));
    has_in_order(&ann.page, &["Replying to <bdi>Bo</bdi>: ", "<bdi>tea?</bdi>", ">Cancel</a>"]);
    ann.page = page.clone();
    let live = ("live", "1");
    assert_eq!(ann.sends(&[("text", "yes"), live]).status, 303, "{}", ann.page);
    let heard = bo.hears_until(|line| line["from"] == "Ann" && line["text"] == "yes");
    assert_eq!(heard["reply"], 1);
    // Another form does not reply to it, though the browser still has the cookie.
    ann.gets("/r/lobby?live=1");
    assert!(ann.reply.is_some() && ann.value("once").unwrap() != form);
    ann.sends(&[("text", "and now"), live]);
    let heard = bo.hears_until(|line| line["from"] == "Ann" && line["text"] == "and now");
    assert!(heard["reply"].is_null(), "{heard}");
    // It can be given up, and a page of another site chooses nothing.
    ann.gets(&frame(0, &mark));
    assert!(ann.page.contains("Leaving this page") && ann.reply.is_none(), "{}", ann.page);
    ann.gets(&frame(1, &mark));
    ann.comes_from = Some("http://elsewhere.example/".to_owned());
    ann.gets(&frame(2, &mark));
    assert!(ann.reply.is_none(), "{}", ann.page);
    ann.comes_from = None;
    // A text that cannot be sent keeps its reply.
    ann.gets(&frame(1, &mark));
    ann.page = page;
    let long = "x".repeat(5000);
    assert_ne!(ann.sends(&[("text", &long), live]).status, 303);
    has_in_order(&ann.page, &["Replying to", "xxxx"]);
    // What is gone is said to be gone.
    bo.asks(json!({"type": "delete", "room": "lobby", "seq": 1}));
    bo.hears_until(|line| line["type"] == "delete");
    ann.gets(&frame(1, &mark));
    assert!(ann.page.contains("The message you want to reply to is gone."), "{}", ann.page);
    assert!(ann.reply.is_none());
}
