//! A room is written to by forms, without a script.

use std::time::{Duration, Instant};

use threadbare::base::limits;

use crate::harness::browser::{Browser, leads_to};
use crate::harness::raw::{get, request};
use crate::harness::strace::history_meets;
use crate::harness::{Data, Numbered, ServerProcess};

#[test]
fn a_stranger_says_something_with_html_alone_and_is_somebody_from_then_on() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert!(ann.page.contains("No messages yet"), "{}", ann.page);
    let answer = ann.sends(&[("name", "Ann"), ("text", "hello <b>Bo</b>")]);
    assert_eq!(answer.status, 303);
    let line = bo.hears("message");
    assert_eq!((&line["from"], &line["text"]), (&"Ann".into(), &"hello <b>Bo</b>".into()));
    // Until the cookie has come back, the address has the session, too.
    let to = answer.header("location").unwrap().to_owned();
    assert!(to.starts_with("/r/lobby/now/") && to.contains("?s="), "{to}");
    ann.gets(&to);
    assert!(ann.page.contains("hello &lt;b&gt;Bo&lt;/b&gt;"), "{}", ann.page);
    assert!(!ann.page.contains("name=\"s\""), "a browser with cookies has no session in its form");
    bo.says("hello Ann");
    bo.hears("sent");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1], "the newest first");
    assert_eq!(leads_to(&ann.sends(&[("text", "bye")])), "/r/lobby");
    assert_eq!(bo.hears_until(|line| line["text"] == "bye")["from"], "Ann");
}

#[test]
fn a_browser_that_says_where_it_is_gets_whole_addresses() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    // Lynx waits for seconds before it follows a relative address.
    let here = format!("http://{}", server.addr);
    ann.comes_from = Some(format!("{here}/r/lobby?after=1"));
    let to =
        ann.sends(&[("name", "Ann"), ("text", "hello")]).header("location").unwrap().to_owned();
    assert!(to.starts_with(&format!("{here}/r/lobby/now/")), "{to}");
    let asked = format!("GET /?room=kitchen HTTP/1.1\r\nHost: {}\r\n", server.addr);
    let answer = request(server.addr, &format!("{asked}Referer: {here}/r/lobby\r\n\r\n"));
    assert_eq!(answer.header("location").unwrap(), format!("{here}/r/kitchen"));
    // If a proxy before the server uses TLS, the address keeps it; and no answer leads to another
    // server.
    for (from, to) in [
        (format!("https://{}/r/lobby", server.addr), format!("https://{}/r/lobby", server.addr)),
        ("http://elsewhere/r/lobby".to_owned(), "/r/lobby".to_owned()),
        (format!("javascript://{}/", server.addr), "/r/lobby".to_owned()),
    ] {
        ann.comes_from = Some(from);
        ann.gets("/r/lobby");
        assert_eq!(leads_to(&ann.sends(&[("text", "hello")])), to);
    }
}

#[test]
fn a_form_that_is_sent_again_says_nothing_twice() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    for _ in 0..3 {
        assert_eq!(ann.sends(&[("text", "once")]).status, 303);
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1]);
}

#[test]
fn whoever_goes_back_to_a_form_says_something_else_with_it_and_nothing_twice() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut cy = Numbered::joins(server.addr, "Cy");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    for text in ["one", "two", "one", "/me waves", "/me waves", "two"] {
        // Text browsers have kept the page, and show it again.
        assert_eq!(ann.sends(&[("text", text)]).status, 303, "{text}");
    }
    // The same words in another notation are another message.
    ann.sends(&[("text", "//me waves")]);
    for to in ["Bo", "Bo", "Cy"] {
        ann.sends(&[("to", to), ("text", "psst")]);
    }
    assert_eq!(cy.hears("private")["text"], "psst");
    for _ in 0..2 {
        ann.sends(&[("change", "3"), ("text", "zwei")]);
        ann.sends(&[("change", "3"), ("text", "zwei"), ("delete", "1")]);
    }
    ann.sends(&[("text", "the end")]);
    let mut heard = Vec::new();
    let mut deleted = 0;
    while heard.last().is_none_or(|text| text != "the end") {
        let line = bo.hears_until(|line| line["text"].is_string() || line["type"] == "delete");
        deleted += usize::from(line["type"] == "delete");
        heard.extend(line["text"].as_str().map(str::to_owned));
    }
    assert_eq!(heard, ["first", "one", "two", "waves", "/me waves", "psst", "zwei", "the end"]);
    assert_eq!(deleted, 1);
}

#[test]
fn whoever_has_a_session_that_is_over_is_a_stranger_and_can_speak_again() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for (text, heard) in [("hello", "hello"), ("/me waves", "waves")] {
        let mut ann = Browser::at(server.addr);
        // As after a restart of a server without a history.
        ann.cookie = Some(format!("threadbare={}", "0".repeat(32)));
        ann.gets("/r/lobby");
        let name = format!("Ann-{heard}");
        let answer = ann.sends(&[("name", &name), ("text", text)]);
        assert_eq!(answer.status, 303, "{}", ann.page);
        let line = bo.hears_until(|line| line["text"] == heard);
        assert_eq!(line["from"], name);
        ann.gets("/r/lobby");
        assert!(ann.page.contains("(you)"), "it is somebody again: {}", ann.page);
        assert_eq!(ann.sends(&[("text", "and again")]).status, 303);
        assert_eq!(bo.hears_until(|line| line["text"] == "and again")["from"], name);
    }
}

#[test]
fn a_form_that_is_too_old_to_be_sure_of_asks_before_it_says_anything() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    ann.sends(&[("text", "yesterday")]);
    for _ in 0..limits::ROOM_LOG_ENTRIES_MAX {
        bo.says("much");
        bo.hears("sent");
    }
    // A day later, the browser loads its last page again.
    let last = ann.page.clone();
    for text in ["yesterday", "/me yawns"] {
        ann.page.clone_from(&last);
        assert_eq!(ann.sends(&[("text", text)]).status, 409);
        assert!(ann.page.contains("cannot tell"), "{}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text), "nothing is lost");
    }
    // The new form works like any other.
    assert_eq!(ann.sends(&[("text", "good morning")]).status, 303);
    bo.hears_until(|line| line["text"] == "good morning");
}

#[test]
fn without_cookies_the_session_is_in_the_links_and_the_form() {
    let server = ServerProcess::start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby").without_cookies();
    let answer = ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets(answer.header("location").unwrap());
    let session = ann.value("s").unwrap();
    assert_eq!(ann.sends(&[("text", "half"), ("to-live", "Live")]).status, 200);
    assert!(ann.page.contains("<iframe"), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("half"));
    let answer = ann.sends(&[("text", "second")]);
    assert!(answer.header("location").unwrap().ends_with(&format!("?s={session}")));
    ann.gets(&format!("/r/lobby?s={session}"));
    assert_eq!(ann.numbers(), [2, 1]);
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer, same-origin"));
}

#[test]
fn whatever_goes_wrong_the_text_is_back_in_its_field() {
    let server = ServerProcess::start(&["--message-limit", "512", "--rate", "1", "--burst", "2"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    for (name, text, status, words) in [
        ("Bo", "hello", 409, "Bo is taken. Choose another name."),
        ("a/b", "hello", 422, "because commands use it"),
        ("Ann", "x".repeat(513).as_str(), 413, "Too long by 1 byte"),
    ] {
        let answer = ann.sends(&[("name", name), ("text", text)]);
        assert_eq!(answer.status, status, "{words}");
        assert!(ann.page.contains(words), "{words}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text.trim()));
        assert_eq!(ann.value("name").as_deref(), Some(name));
    }
    assert_eq!(ann.sends(&[("name", ""), ("text", "  ")]).status, 422);
    assert!(ann.page.contains("Type a message first"), "{}", ann.page);
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "hello")]).status, 303);
    ann.gets("/r/lobby");
    // A form of another site has no valid key.
    assert_eq!(ann.posts("text=stolen&key=0").status, 403);
    assert_eq!(ann.value("text").as_deref(), Some("stolen"));
    assert!(ann.page.contains("You are now Ann."), "{}", ann.page);
    assert_eq!(ann.sends(&[("text", "stolen")]).status, 303, "and sent again, it is said");
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1]);
}

#[test]
fn street_b14_a_flood_of_forms_is_told_to_wait_and_loses_no_text() {
    needs!(Pages);
    let server = ServerProcess::start(&["--rate", "1", "--burst", "2"]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "0")]);
    ann.gets("/r/lobby");
    let (addr, cookie) = (ann.addr, ann.cookie.clone());
    let sends = &|number: usize| {
        let mut other = Browser::at(addr);
        other.cookie = cookie.clone();
        other.gets("/r/lobby");
        let text = number.to_string();
        let status = other.sends(&[("text", &text)]).status;
        (status, other.value("text").as_deref() == Some(text.as_str()))
    };
    let floods: Vec<_> = std::thread::scope(|scope| {
        let floods: Vec<_> = (1..=8).map(|number| scope.spawn(move || sends(number))).collect();
        floods.into_iter().map(|flood| flood.join().unwrap()).collect()
    });
    let said = floods.iter().filter(|(status, _)| *status == 303).count();
    assert!((1..8).contains(&said), "{floods:?}");
    for (status, is_back) in floods {
        assert!(status == 303 || (status == 429 && is_back), "{status} {is_back}");
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers().len(), said + 1, "what was said, and nothing else");
}

#[test]
fn what_others_do_by_a_script_is_done_by_forms() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "frist soup")]);
    ann.gets("/r/lobby");
    assert!(ann.page.contains("form=\"say\" name=\"edit-1\" value=\"Edit\""), "{}", ann.page);
    // A message can be changed in its place, and deleted.
    ann.gets("/r/lobby?change=1");
    assert_eq!(ann.value("text").as_deref(), Some("frist soup"));
    let answer = ann.sends(&[("change", "1"), ("text", "first soup")]);
    assert_eq!((answer.status, &*leads_to(&answer)), (303, "/r/lobby"));
    assert_eq!(bo.hears("edit")["text"], "first soup");
    ann.gets("/r/lobby");
    ann.sends(&[("text", "a slip")]);
    ann.gets("/r/lobby?change=3");
    assert_eq!(ann.sends(&[("change", "3"), ("text", "a slip"), ("delete", "1")]).status, 303);
    assert_eq!(bo.hears("delete")["of"], 3);
    bo.says("not yours");
    bo.hears("sent");
    ann.gets("/r/lobby?change=5");
    let answer = ann.sends(&[("change", "5"), ("text", "mine now")]);
    assert_eq!(answer.status, 409, "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("mine now"));
    // A private message stays private, even if something is wrong with it.
    ann.gets("/r/lobby/private?to=Bo");
    assert_eq!(ann.value("to").as_deref(), Some("Bo"));
    let answer = ann.sends(&[("to", "Nobody"), ("text", "psst")]);
    assert_eq!(answer.status, 409);
    assert_eq!(
        (ann.value("to").as_deref(), ann.value("text").as_deref()),
        (Some("Nobody"), Some("psst"))
    );
    let answer = ann.sends(&[("to", "Bo"), ("text", "psst")]);
    assert_eq!(leads_to(&answer), "/r/lobby/private?to=Bo");
    assert_eq!(bo.hears("private")["text"], "psst");
    ann.gets("/r/lobby/private");
    assert!(ann.page.contains("to <bdi>Bo</bdi>:") && ann.page.contains("psst"), "{}", ann.page);
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("psst"), "{}", ann.page);
}

#[test]
fn commands_do_in_a_form_what_they_do_at_a_terminal() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    assert_eq!(ann.sends(&[("name", "Ann"), ("text", "/me waves")]).status, 303);
    assert_eq!(bo.hears("me")["text"], "waves");
    for (text, place) in [
        ("/name Anna", "/r/lobby"),
        ("/topic soup, at six", "/r/lobby"),
        ("//etc", "/r/lobby"),
        ("/edit /usr", "/r/lobby"),
        ("/delete", "/r/lobby"),
        ("/join Kitchen", "/r/kitchen"),
        ("/at #2", "/r/lobby?before=13"),
        ("/search at Soup", "/r/lobby?find=at+soup"),
    ] {
        ann.gets("/r/lobby");
        let answer = ann.sends(&[("text", text)]);
        assert_eq!((answer.status, &*leads_to(&answer)), (303, place), "{text}");
    }
    assert_eq!(bo.hears("topic")["from"], "Anna");
    let said = bo.hears("message");
    assert_eq!(said["text"], "/etc");
    // Without a number, the command means one's last message.
    assert_eq!((&bo.hears("edit")["of"], &bo.hears("delete")["of"]), (&said["seq"], &said["seq"]));
    ann.gets("/r/lobby");
    for (text, words) in [
        ("/dance", "/dance"),
        ("/me", "/me TEXT"),
        ("/msg", "/msg NAME TEXT"),
        ("/join two words here", "/join ROOM [PASSWORD]"),
    ] {
        assert_eq!(ann.sends(&[("text", text)]).status, 422, "{text}");
        assert!(ann.page.contains(words), "{text}: {}", ann.page);
        assert_eq!(ann.value("text").as_deref(), Some(text));
    }
    assert!(!ann.page.contains("<bdi>two</bdi>"), "no room is made: {}", ann.page);
    assert_eq!(ann.sends(&[("text", "/help")]).status, 200);
    assert!(ann.page.contains("/msg NAME TEXT") && ann.page.contains("/quit - "), "{}", ann.page);
    assert_eq!(ann.value("text"), None, "the field is empty");
    // A room's name leads to its page, and the page lists the rooms.
    let answer = get(server.addr, "/?room=K%C3%BCche");
    assert_eq!((answer.status, answer.header("location")), (303, Some("/r/k%C3%BCche")));
    ann.gets("/r/lobby");
    assert!(
        ann.page.contains("<a href=\"/r/lobby\"><bdi>lobby</bdi></a></td><td>2 here</td>"),
        "{}",
        ann.page
    );
    let answer = ann.sends(&[("text", "/quit")]);
    assert!(answer.header("set-cookie").unwrap().contains("Max-Age=0"));
    ann.cookie = None;
    ann.gets("/r/lobby");
    assert!(ann.page.contains("name=\"name\""), "a stranger again: {}", ann.page);
}

#[test]
fn what_the_disk_does_not_keep_is_not_called_done_and_its_form_sent_again_does_it_once() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    ann.sends(&[("name", "Ann"), ("text", "first")]);
    ann.gets("/r/lobby");
    let full = history_meets(&server, &["pwrite64:error=ENOSPC", "write:error=ENOSPC"]);
    assert_eq!(ann.sends(&[("text", "/me waves")]).status, 503);
    assert!(ann.page.contains("Not saved yet"), "{}", ann.page);
    assert_eq!(ann.value("text").as_deref(), Some("/me waves"));
    drop(full);
    let deadline = Instant::now() + Duration::from_secs(60);
    while ann.sends(&[("text", "/me waves")]).status != 303 {
        assert!(Instant::now() < deadline, "{}", ann.page);
    }
    ann.gets("/r/lobby");
    assert_eq!(ann.numbers(), [2, 1], "once: {}", ann.page);
}
