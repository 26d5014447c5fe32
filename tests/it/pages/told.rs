//! What a page without scripts says after a form, and what it asks before one.

use crate::harness::browser::{Browser, has_in_order, leads_to, link, somebody};
use crate::harness::{Numbered, TestServer};

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
        let told = "<b>Cleo is here already: choose another name.</b>";
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
