//! Messages are found on pages without a script, and shown in their conversation.

use threadbare::base::limits;

use crate::harness::browser::{Browser, has_in_order, link, link_without_time, somebody};
use crate::harness::{Data, Numbered, ServerProcess};

#[test]
fn what_was_said_is_found_by_its_words() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for text in ["hot soup", "cold tea", "soup again", "面包和汤"] {
        bo.says(text);
    }
    bo.hears_over_any_connection_until(Numbered::is_answered);
    let mut ann = Browser::opens(server.addr, "/r/lobby?find=SOUP");
    assert_eq!(ann.numbers(), [3, 1]);
    assert!(ann.page.contains("hot <b class=\"found\">soup</b>"), "it is marked: {}", ann.page);
    assert!(
        ann.page.contains("2 messages found") && ann.value("find").as_deref() == Some("SOUP"),
        "{}",
        ann.page
    );
    ann.gets("/r/lobby?find=%E6%B1%A4");
    assert_eq!(ann.numbers(), [4]);
    ann.gets("/r/lobby?find=bread");
    has_in_order(&ann.page, &["No messages found.", "must have all the words", "fewer words"]);
    assert!(!ann.page.contains("Save as"), "it saves the whole room: {}", ann.page);
    // Search by author, and by day.
    ann.gets("/r/lobby?from=bo&find=soup");
    assert_eq!(ann.numbers(), [3, 1]);
    ann.gets("/r/lobby?from=Ann");
    assert!(ann.page.contains("No messages found."), "{}", ann.page);
    ann.gets("/r/lobby?day=2026-01-01&find=soup");
    assert!(ann.page.contains("No messages found."), "{}", ann.page);
    let today = humantime::format_rfc3339(std::time::SystemTime::now()).to_string();
    ann.gets(&format!("/r/lobby?find=&from=&day={}", &today[..10]));
    assert!(ann.page.contains("4 messages found"), "{}", ann.page);
    // If a search term is invalid, the page says so, and the field keeps it.
    ann.gets("/r/lobby?find=soup&day=yesterday");
    assert!(ann.page.contains("Write the date as"), "{}", ann.page);
    assert!(ann.value("day").as_deref() == Some("yesterday"), "{}", ann.page);
    assert!(!ann.page.contains("No messages found."), "nothing was sought: {}", ann.page);
    ann.gets("/r/lobby?find=&from=&day=");
    has_in_order(&ann.page, &["Type words, a name or a day.", "name=\"find\"", "name=\"day\""]);
    assert!(!ann.page.contains("No messages found.") && ann.numbers().is_empty(), "{}", ann.page);
    ann.gets("/r/lobby?from=%40%40");
    assert!(ann.page.contains("You cannot use this name"), "{}", ann.page);
}

#[test]
fn what_was_found_is_seen_in_context_and_the_history_has_no_field() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    for number in 1..=60 {
        bo.says_each(&[&format!("{} {number}", if number % 2 == 0 { "soup" } else { "tea" })]);
    }
    let mut ann = Browser::opens(server.addr, "/r/lobby");
    let history = link_without_time(&ann.page, "History");
    assert_eq!(history, "/r/lobby/history");
    ann.gets(&history);
    assert_eq!(ann.numbers(), (36..=60).rev().collect::<Vec<_>>());
    assert!(!ann.page.contains("name=\"text\""), "{}", ann.page);
    let fields = ["name=\"find\"", "name=\"from\"", "name=\"day\""];
    has_in_order(&ann.page, &[&fields[..], &["id=\"m60\"", "Older messages"]].concat());
    has_in_order(&ann.page, &["<p class=\"day\">", "Times are", "id=\"m60\""]);
    ann.gets("/r/lobby?find=soup");
    assert_eq!(ann.numbers().len(), limits::PAGE_LINES);
    assert_eq!(ann.page.matches("Show in the conversation").count(), limits::PAGE_LINES);
    let context = link(&ann.page, "Show in the conversation");
    assert_eq!(context, "/r/lobby?at=60#m60");
    ann.gets(&link(&ann.page, "Older messages"));
    assert_eq!(ann.numbers(), [10, 8, 6, 4, 2]);
    // The message that was asked for has an arrow, which text browsers show, too.
    let arrow = "<b>\u{2192}</b>";
    assert!(!ann.page.contains(arrow), "{}", ann.page);
    ann.gets("/r/lobby?at=30");
    has_in_order(&ann.page, &["id=\"m31\"", "id=\"m30\"", arrow, "<bdi>Bo</bdi>", "id=\"m29\""]);
    assert_eq!(ann.page.matches(arrow).count(), 1, "{}", ann.page);
    assert!(ann.numbers().contains(&30) && ann.numbers().contains(&31), "{}", ann.page);
}

#[test]
fn a_form_to_search_says_in_which_room() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    assert_eq!(ann.sends_to("/r/den", &[("text", "soup")]).status, 303);
    for page in ["/r/den", "/r/den/history", "/r/den?find=soup"] {
        ann.gets(page);
        has_in_order(&ann.page, &["Search in <bdi>den</bdi>", "name=\"find\"", ">Search</button>"]);
    }
}
