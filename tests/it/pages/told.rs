//! What a page without scripts says after a form, and what it asks before one.

use serde_json::{Value, json};

use crate::harness::browser::{Browser, has_in_order, leads_to, link, somebody};
use crate::harness::{Numbered, ServerProcess, TestServer};

/// Sends a form and shows the page that it leads to.
fn told(browser: &mut Browser, fields: &[(&str, &str)]) {
    let answer = browser.sends(fields);
    assert_eq!(answer.status, 303, "{}", browser.page);
    browser.gets(answer.header("location").unwrap());
}

#[test]
fn a_message_is_edited_on_a_page_of_its_own_and_deleted_after_a_question() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "frist");
    ann.gets("/r/lobby?change=1");
    has_in_order(&ann.page, &["<h1>Edit message</h1>", "<button>Save</button>", "Cancel</a>"]);
    let delete = "<p><a href=\"/r/lobby?change=1&amp;delete=1\">Delete</a></p>";
    assert!(ann.page.contains(delete) && !ann.page.contains("name=\"delete\""), "{}", ann.page);
    assert!(!ann.page.contains("Join a room"), "{}", ann.page);
    ann.gets("/r/lobby?change=1&delete=1");
    has_in_order(
        &ann.page,
        &["<h1>Delete this message?</h1>", "frist", "name=\"delete\"", "Cancel</a>"],
    );
    assert_eq!(ann.page.matches("<button").count(), 1, "{}", ann.page);
    let answer = ann.sends(&[("change", "1"), ("text", "frist"), ("delete", "1")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby"));
    assert_eq!(bo.hears("delete")["of"], 1);
}

#[test]
fn a_name_alone_is_taken_and_a_taken_one_asks_for_its_password() {
    let server = TestServer::start();
    let _bo = Numbered::joins(server.addr, "Bo#owl");
    let _cleo = Numbered::joins(server.addr, "Cleo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(ann.sends(&[("name", "Bo"), ("text", "")]).status, 409);
    has_in_order(&ann.page, &["Bo is taken.", "name=\"secret\"", "Only if this name is yours."]);
    // A name without a password is another person's, whatever one types.
    for (to, text) in [("/r/lobby", ("text", "")), ("/rooms", ("room", "den"))] {
        ann.gets(to);
        assert_eq!(ann.sends_to(to, &[("name", "Cleo"), text]).status, 409, "{to}");
        let told = "<b>Cleo is taken. Choose another name.</b>";
        has_in_order(&ann.page, &[told, "name=\"name\""]);
        let form =
            ann.page.split("<form id=\"say\"").nth(1).unwrap().split("</form>").next().unwrap();
        assert!(!form.to_lowercase().contains("password"), "{to}: {form}");
        assert_eq!(ann.value("name").as_deref(), Some("Cleo"), "{to}: {}", ann.page);
    }
    ann.gets("/r/lobby");
    told(&mut ann, &[("name", "Ann"), ("text", "")]);
    has_in_order(&ann.page, &["You are Ann now.", "<bdi>Ann</bdi></span> (you)"]);
    // Without a name, there is nothing to do yet.
    let mut cy = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(cy.sends(&[("name", ""), ("text", "")]).status, 422);
    assert!(cy.page.contains("Type a message first."), "{}", cy.page);
    // Where scripts may still be loading, the page after it is one that they can take over.
    let answer = cy.sends_to("/r/lobby/now/form", &[("name", ""), ("text", "")]);
    assert_eq!(answer.status, 303, "{}", cy.page);
    cy.gets(answer.header("location").unwrap());
    has_in_order(&cy.page, &["js/page.js", "role=\"status\">Type a message first."]);
}

#[test]
fn whoever_owns_a_name_signs_in_on_the_first_page() {
    let server = TestServer::start();
    let _bo = Numbered::joins(server.addr, "Bo#owl");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let door = link(&ann.page, "Sign in");
    ann.gets(&door);
    has_in_order(&ann.page, &["name=\"name\"", "name=\"secret\"", ">Sign in</button>"]);
    told(&mut ann, &[("name", "Bo"), ("secret", "owl"), ("text", "")]);
    has_in_order(&ann.page, &["You are Bo now.", "<bdi>Bo</bdi></span> (you)"]);
}

#[test]
fn a_page_says_what_a_command_without_a_message_has_done() {
    let server = TestServer::start();
    let mut ann = Browser::opens(server.addr, "/r/den");
    let answer = ann.sends_to("/r/den", &[("name", "Ann"), ("text", "soup at noon")]);
    ann.gets(answer.header("location").unwrap());
    for (text, words) in [
        ("/away lunch", "You are away: lunch."),
        ("/back", "You are back."),
        ("/away", "You are away."),
        ("/pin #1", "Pinned."),
        ("/pin -", "The pin is removed."),
    ] {
        let answer = ann.sends_to("/r/den", &[("text", text)]);
        assert_eq!(answer.status, 303, "{text}: {}", ann.page);
        ann.gets(answer.header("location").unwrap());
        assert!(ann.page.contains(&format!("role=\"status\">{words}")), "{text}: {}", ann.page);
    }
    // A link to such a page says nothing false.
    let mut bo = Browser::opens(server.addr, "/r/den?did=away");
    assert!(!bo.page.contains("role=\"status\""), "{}", bo.page);
    bo.gets("/r/den?did=name");
    assert!(!bo.page.contains("role=\"status\""), "{}", bo.page);
}

#[test]
fn whoever_deletes_everything_is_asked_for_the_name_again_and_told_that_it_is_done() {
    let server = TestServer::start();
    let mut ann = somebody(server.addr, "Ann", "hello");
    for (typed, status, words) in
        [("", 422, "Type your name to confirm."), ("Bo", 409, "Nothing was removed.")]
    {
        ann.gets("/settings?forget=1");
        assert_eq!(ann.sends(&[("text", ""), ("forget", typed)]).status, status);
        has_in_order(&ann.page, &["Delete my messages and my name", words, "name=\"forget\""]);
    }
    told(&mut ann, &[("text", ""), ("forget", "Ann")]);
    // The harness stores no cookie that a script can read.
    ann.comes_from = Some(format!("http://{}/settings", server.addr));
    ann.gets("/?left=all");
    assert!(ann.page.contains("Your messages and your name are removed."), "{}", ann.page);
}

#[test]
fn whoever_gives_up_a_reply_keeps_the_typed_text() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["tea?"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "psst"}));
    bo.hears_until(|line| line["text"] == "psst");
    for (page, fields) in [
        ("/r/lobby?reply=1", vec![("reply", "1")]),
        ("/r/lobby/private?to=Bo&reply=1", vec![("reply", "1"), ("to", "Bo")]),
    ] {
        ann.gets(page);
        // The Enter key presses the first button of a form.
        let buttons =
            ["name=\"text\"", "<button>Send</button>", "name=\"cancel\" value=\"Cancel\""];
        has_in_order(&ann.page, &buttons);
        let answer =
            ann.sends(&[&fields[..], &[("text", "half a"), ("cancel", "Cancel")]].concat());
        assert_eq!(answer.status, 200, "{page}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some("half a"), "{page}: {}", ann.page);
        assert_eq!(ann.value("reply"), None, "{page}: {}", ann.page);
        assert_eq!(ann.value("to").is_some(), page.contains("to="), "{page}: {}", ann.page);
    }
    // Nothing of it was sent.
    assert_eq!(ann.sends(&[("to", "Bo"), ("text", "the whole")]).status, 303, "{}", ann.page);
    let heard = bo.hears_until(|line| line["text"] != "psst" && line["type"] == "private");
    assert_eq!((&heard["text"], &heard["reply"]), (&json!("the whole"), &Value::Null));
}

#[test]
fn a_reply_to_a_message_that_is_gone_keeps_its_text_and_goes_out_without_the_reply() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["tea?"]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    bo.asks(json!({"type": "private", "to": "Ann", "text": "psst"}));
    bo.hears_until(|line| line["text"] == "psst");
    for (page, room, to) in [
        ("/r/lobby?reply=1", Some("lobby"), None),
        ("/r/lobby/private?to=Bo&reply=1", None, Some(("to", "Bo"))),
    ] {
        ann.gets(page);
        bo.asks(json!({"type": "delete", "room": room, "seq": 1}));
        bo.hears_until(|line| line["type"] == "delete");
        let fields: Vec<_> = to.into_iter().chain([("text", "yes, with milk")]).collect();
        let answer = ann.sends(&[&fields[..], &[("reply", "1")]].concat());
        assert_eq!(answer.status, 409, "{page}: {}", ann.page);
        has_in_order(&ann.page, &["The message you reply to is gone.", "name=\"text\""]);
        assert_eq!(ann.value("text").as_deref(), Some("yes, with milk"), "{page}: {}", ann.page);
        for gone in ["Replying to", "name=\"reply\"", "name=\"cancel\""] {
            assert!(!ann.page.contains(gone), "{page}, {gone}: {}", ann.page);
        }
        assert_eq!(ann.sends(&fields).status, 303, "{page}: {}", ann.page);
        let heard = bo.hears_until(|line| line["text"] == "yes, with milk");
        assert_eq!(heard["reply"], Value::Null, "{page}");
    }
}

#[test]
fn an_edit_without_a_text_keeps_the_old_one_and_says_how_to_delete() {
    let server = TestServer::start();
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "frist");
    ann.gets("/r/lobby/private?to=Bo");
    assert_eq!(ann.sends(&[("to", "Bo"), ("text", "pssst")]).status, 303, "{}", ann.page);
    for (page, fields, was) in [
        ("/r/lobby?change=1", vec![("change", "1")], "frist"),
        ("/r/lobby/private?to=Bo&change=1", vec![("change", "1"), ("to", "Bo")], "pssst"),
    ] {
        ann.gets(page);
        let answer = ann.sends(&[&fields[..], &[("text", "   ")]].concat());
        assert_eq!(answer.status, 422, "{page}: {}", ann.page);
        let told = "A message cannot be empty. To remove it, choose Delete.";
        has_in_order(&ann.page, &["Edit message", told, "Save</button>", ">Delete</a>"]);
        assert_eq!(ann.value("text").as_deref(), Some(was), "{page}: {}", ann.page);
        assert_eq!(ann.value("change").as_deref(), Some("1"), "{page}: {}", ann.page);
    }
    assert_eq!(ann.sends(&[("change", "1"), ("text", "first")]).status, 303, "{}", ann.page);
    let heard = bo.hears_until(|line| line["type"] == "edit");
    assert_eq!(heard["text"], "first");
}
