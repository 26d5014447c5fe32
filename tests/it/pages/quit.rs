//! What `/quit` in a form ends, and what a form from before it still does.

use crate::harness::browser::{Browser, has_in_order, leads_to, link};
use crate::harness::{Data, Numbered, Signal, TestServer};

#[test]
fn quit_in_a_form_makes_a_name_free_unless_it_has_a_secret() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for name in ["Ann", "Cleo"] {
        let mut browser = Browser::opens(server.addr, "/r/lobby");
        browser.sends(&[("name", name), ("text", "hello")]);
        bo.hears("message");
        browser.gets("/r/lobby");
        if name == "Cleo" {
            let answer = browser.sends(&[("text", "/name Cleo#fish")]);
            browser.gets(&leads_to(&answer));
            assert!(browser.page.contains("Cleo has a new password"), "{}", browser.page);
        }
        let session = browser.cookie.clone();
        assert_eq!(browser.sends(&[("text", "/quit")]).status, 303);
        bo.hears_until(|line| line["name"] == name && line["here"] == false);
        // The browser uses its old session again. Without a secret, the session has ended.
        browser.cookie = session;
        browser.gets("/r/lobby");
        let is_stranger = browser.page.contains("name=\"name\"");
        assert_eq!(is_stranger, name == "Ann", "{name}: {}", browser.page);
    }
    // The same is true after a restart of the server.
    server.gets_signal(Signal::TERM);
    server.ends();
    let server = data.start(&[]);
    assert_eq!(Numbered::joins(server.addr, "Ann").name, "Ann");
    assert!(Numbered::joins(server.addr, "Cleo").name.starts_with("guest-"), "it has a secret");
}

#[test]
fn whoever_has_left_is_told_so_and_nobody_who_follows_a_link() {
    let server = TestServer::start();
    let words = "You are signed out.";
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    ann.gets("/settings?room=lobby");
    assert!(!ann.page.contains("/quit"), "it is asked first: {}", ann.page);
    ann.gets(&link(&ann.page, "Sign out"));
    let question =
        ["This browser will forget who you are", "\"/quit\"", "Sign out</button>", "Cancel</a>"];
    has_in_order(&ann.page, &question);
    assert_eq!(link(&ann.page, "Cancel"), "/settings?room=lobby");
    let behind = leads_to(&ann.sends(&[("text", "/quit")]));
    ann.comes_from = Some(format!("http://{}/r/lobby", server.addr));
    ann.gets(&behind);
    assert!(ann.page.contains(words), "{}", ann.page);
    // As a guest, or with a password as the same person.
    has_in_order(
        &ann.page,
        &["name=\"name\"", "name=\"secret\"", "Sign in</button>", "Join without signing in"],
    );
    // What goes wrong with that is told here, and no page of a room takes its place.
    let mut dora = Browser::opens(server.addr, "/r/lobby");
    dora.sends(&[("name", "Dora"), ("secret", "cat"), ("text", "hello")]);
    for (name, why) in [("Dora", "password"), ("", "name"), ("Dara", "Nobody has the name")] {
        let fields = [("name", name), ("secret", "fish"), ("enter", "sign-in"), ("left", "1")];
        let again = ann.sends(&fields).text();
        has_in_order(&again, &["role=\"alert\"", why, words, "name=\"left\"", "Join without"]);
        assert!(again.contains(&format!("value=\"{name}\"")), "{again}");
        assert!(!again.contains("name=\"text\""), "{again}");
    }
    let mut bo = Browser::at(server.addr);
    bo.comes_from = Some("http://elsewhere.example/".to_owned());
    bo.gets(&behind);
    assert!(!bo.page.contains(words), "{}", bo.page);
    // A browser that has a session does not see the words either.
    let mut cleo = Browser::opens(server.addr, "/r/lobby");
    cleo.sends(&[("name", "Cleo"), ("text", "hello")]);
    cleo.comes_from = Some(format!("http://{}/r/lobby", server.addr));
    cleo.gets(&behind);
    assert!(!cleo.page.contains(words), "{}", cleo.page);
}

#[test]
fn a_form_from_before_quit_says_nothing_and_is_told_what_is_so() {
    let server = TestServer::start();
    let mut vera = Numbered::joins(server.addr, "Vera");
    for keeps_cookies in [true, false] {
        let mut ann = Browser::opens(server.addr, "/r/lobby");
        if !keeps_cookies {
            ann = ann.without_cookies();
        }
        let answer = ann.sends(&[("name", "Ann"), ("text", "hello")]);
        vera.hears_until(|line| line["text"] == "hello");
        ann.gets(&leads_to(&answer));
        let before = ann.page.clone();
        assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
        vera.hears_who_is_gone();
        let forms: [&[(&str, &str)]; 3] = [
            &[("text", "from an old page")],
            &[("text", "/me waves")],
            &[("to", "Vera"), ("text", "psst")],
        ];
        for fields in forms {
            let text = fields[fields.len() - 1].1;
            ann.page.clone_from(&before);
            assert_eq!(ann.sends(fields).status, 403, "{text}: {}", ann.page);
            let told = ["You are not signed in here any more.", "name=\"secret\"", "Sign in"];
            has_in_order(&ann.page, &told);
            assert_eq!(ann.value("text").as_deref(), Some(text), "{}", ann.page);
        }
        vera.says("nothing came before this");
        let line = vera.hears_until(|line| line["type"] != "sent" && line["type"] != "presence");
        assert_eq!(line["text"], "nothing came before this");
        // Sent again, the text comes from a new person.
        assert_eq!(ann.sends(&[("text", "and now")]).status, 303);
        vera.hears_until(|line| line["text"] == "and now");
    }
}

#[test]
fn a_form_of_somebody_else_s_says_who_one_is_now() {
    let server = TestServer::start();
    let mut vera = Numbered::joins(server.addr, "Vera");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "hello")]);
    ann.gets("/r/lobby");
    let before = ann.page.clone();
    assert_eq!(ann.sends(&[("text", "/quit")]).status, 303);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("name", "Cleo"), ("text", "somebody else")]).status, 303);
    vera.hears_until(|line| line["text"] == "somebody else");
    let forms: [&[(&str, &str)]; 3] =
        [&[("text", "Ann's words")], &[("text", "/me waves")], &[("to", "Vera"), ("text", "psst")]];
    for fields in forms {
        let text = fields[fields.len() - 1].1;
        ann.page.clone_from(&before);
        assert_eq!(ann.sends(fields).status, 403, "{text}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text), "{}", ann.page);
        has_in_order(&ann.page, &["You are now Cleo", "send it again to send it as Cleo"]);
    }
    vera.says("nothing came before this");
    let line = vera.hears_until(|line| line["type"] != "sent" && line["type"] != "presence");
    assert_eq!(line["text"], "nothing came before this");
}
