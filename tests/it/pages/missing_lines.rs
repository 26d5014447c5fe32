//! Pages that need no script show what is missing on them, and what is addressed to their reader.

use threadbare::base::limits::NUMBERS_BLOCK;

use crate::harness::browser::{Browser, has_in_order, link, somebody};
use crate::harness::raw::Connection;
use crate::harness::{Data, Numbered, ServerProcess};

#[test]
fn a_page_says_where_a_crash_has_skipped_numbers() {
    let data = Data::new();
    let server = data.start(&[]);
    Numbered::joins(server.addr, "Bo").says_each(&["one", "two"]);
    let server = data.after_a_crash(server);
    let mut bo = Numbered::joins(server.addr, "Bo");
    bo.says_each(&["three", "four"]);
    let first = bo.last("lobby") - 1;
    assert_eq!(first, NUMBERS_BLOCK + 1, "a block is skipped, and no more");
    let words =
        format!("The server restarted, or its disk failed. Numbering continues at {first}.");
    let mut ann = Browser::at(server.addr);
    for page in ["/r/lobby", "/r/lobby/list?every=10", "/r/lobby/history"] {
        ann.gets(page);
        has_in_order(&ann.page, &["four", "three", &words, "two", "one"]);
        assert_eq!(ann.page.matches(&words).count(), 1, "{}", ann.page);
    }
    ann.look = Some("threadbare-look=order=last".to_owned());
    ann.gets("/r/lobby");
    has_in_order(&ann.page, &["one", "two", &words, "three", "four"]);
    ann.look = None;
    // Also if the gap is at the page's end.
    ann.gets(&format!("/r/lobby?before={first}"));
    has_in_order(&ann.page, &[&words, "two", "one"]);
    // A link to a line shows the lines around it; nothing is missing at the end of that page.
    for page in ["/r/lobby?at=1", "/r/lobby?find=o"] {
        ann.gets(page);
        assert!(!ann.page.contains("Numbering continues"), "{page}: {}", ann.page);
    }
}

#[test]
fn a_page_of_another_log_says_that_it_is_one() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "first");
    let words = "The server started a new history. Earlier messages are not available.";
    let seen = ann.value("after").unwrap();
    ann.refreshes(&seen);
    assert!(!ann.page.contains(words), "{}", ann.page);
    ann.gets("/r/lobby?every=10");
    let (_, frame) = ann.page.split_once("<iframe class=\"stream\" src=\"").unwrap();
    let list = frame.split_once('"').unwrap().0.replace("&amp;", "&");
    assert!(list.starts_with("/r/lobby/list?every=10&log="), "{list}");
    ann.gets(&list);
    assert!(ann.page.contains("first") && !ann.page.contains(words), "{}", ann.page);
    // A server without a history was restarted.
    let addr = server.addr.to_string();
    drop(server);
    let server = ServerProcess::start(&["--addr", &addr]);
    Numbered::joins(server.addr, "Bo").says_each(&["second"]);
    ann.refreshes(&seen);
    has_in_order(&ann.page, &[words, "second"]);
    ann.gets(&list);
    has_in_order(&ann.page, &[words, "second"]);
    // A reader who follows a link on that page has already seen the note.
    ann.gets(&link(&ann.page, "Plain page"));
    let seen = ann.value("after").unwrap_or_default();
    ann.refreshes(&seen);
    assert!(!ann.page.contains(words), "{}", ann.page);
}

#[test]
fn what_speaks_to_the_reader_says_so_and_the_name_stands_out() {
    let server = ServerProcess::start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "I am Ann");
    bo.says_each(&["tea, @ann?", "Anna is not here", "a line to change"]);
    let last = bo.last("lobby");
    bo.asks(serde_json::json!({"type": "edit", "room": "lobby", "seq": last, "text": "ANN, yes"}));
    bo.hears("edit");
    ann.gets("/r/lobby");
    assert_eq!(ann.page.matches("class=\"hit\"").count(), 2, "{}", ann.page);
    has_in_order(
        &ann.page,
        &["(to you)", "<b>ANN</b>, yes", "Anna is not", "(to you)", "tea, @<b>ann</b>?"],
    );
    // For all others, it is an ordinary line.
    let mut cy = Browser::at(server.addr);
    cy.gets("/r/lobby");
    assert!(!cy.page.contains("(to you)") && !cy.page.contains("hit"), "{}", cy.page);
    // The same on a page without an end.
    let mut page = Connection::open(server.addr);
    let cookie = ann.cookie.clone().unwrap();
    let head = format!("Host: {}\r\nCookie: {cookie}\r\nAccept-Language: en\r\n", server.addr);
    page.sends(format!("GET /r/lobby/stream?as=html HTTP/1.1\r\n{head}\r\n").as_bytes());
    bo.says_each(&["Ann again"]);
    let heard = page.hears("again");
    assert!(heard.contains("(to you)"), "{heard}");
}
