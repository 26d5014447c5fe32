//! A page without a script has a field of several lines for whoever wants it.

use crate::harness::browser::{Browser, has_in_order, somebody};
use crate::harness::{Numbered, ServerProcess};

const TWO_LINES: &str = "first\r\n  second";

/// Returns the text in the field of several lines.
fn lines(browser: &Browser) -> String {
    let (_, rest) = browser.page.split_once("<textarea name=\"text\"").unwrap();
    let (_, text) = rest.split_once(">\n").unwrap();
    text.split_once("</textarea>").unwrap().0.replace("\r\n", "\n")
}

#[test]
fn several_lines_are_written_in_a_field_that_a_button_asks_for() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    // Enter presses the first button, which sends.
    has_in_order(&ann.page, &["type=\"text\" name=\"text\"", ">Send</button>", "more-lines"]);
    let pressed = [("text", "first"), ("more-lines", "Several lines")];
    assert_eq!(ann.sends(&pressed).status, 200);
    assert_eq!(lines(&ann), "first");
    // The way back is there until the text has several lines.
    let back = [("text", "first"), ("lines", "1"), ("one-line", "One line")];
    assert_eq!(ann.sends(&back).status, 200);
    assert_eq!(ann.value("text").as_deref(), Some("first"));
    assert!(!ann.page.contains("<textarea"), "{}", ann.page);
    ann.sends(&pressed);
    assert!(!ann.page.contains("type=\"module\""), "the live page would take the field away");
    assert!(ann.page.len() < 6 * 1024, "{}", ann.page.len());
    // What the page is loaded for again, and a refusal, keep the field.
    ann.sends(&[("text", TWO_LINES), ("lines", "1"), ("refresh", "Refresh")]);
    assert_eq!(lines(&ann), "first\n  second");
    assert!(!ann.page.contains("one-line"), "{}", ann.page);
    let long = "x".repeat(10_000);
    assert_eq!(ann.sends(&[("text", &long), ("lines", "1")]).status, 413);
    assert_eq!(lines(&ann), long);
    assert_eq!(ann.sends(&[("text", TWO_LINES), ("lines", "1")]).status, 303);
    bo.hears_until(|line| line["text"] == "first\n  second");
    ann.gets("/r/lobby");
    assert!(!ann.page.contains("<textarea"), "{}", ann.page);
}

#[test]
fn a_message_with_line_ends_keeps_them_when_it_is_edited() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.sends(&[("text", TWO_LINES)]);
    ann.gets("/r/lobby");
    assert_eq!(ann.sends(&[("text", ""), ("edit-2", "Edit")]).status, 200);
    assert_eq!(lines(&ann), "first\n  second");
    let change = ann.value("change").unwrap();
    ann.sends(&[("change", &change), ("text", "first\r\nlast")]);
    bo.hears_until(|line| line["type"] == "edit" && line["text"] == "first\nlast");
}

#[test]
fn a_private_talk_has_such_a_field_too() {
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let mut ann = somebody(server.addr, "Ann", "hello");
    ann.gets("/r/lobby/private?to=Bo");
    ann.sends(&[("to", "Bo"), ("text", ""), ("more-lines", "Several lines")]);
    has_in_order(&ann.page, &["Private chat with <bdi>Bo</bdi>", "name=\"to\" value=\"Bo\""]);
    assert_eq!(lines(&ann), "");
    assert_eq!(ann.sends(&[("to", "Bo"), ("text", TWO_LINES), ("lines", "1")]).status, 303);
    assert_eq!(bo.hears("private")["text"], "first\n  second");
    // Nobody has this name; the field stays as it is.
    let to_nobody = [("to", "Nobody"), ("text", "one line"), ("lines", "1")];
    assert_eq!(ann.sends(&to_nobody).status, 409);
    assert_eq!(lines(&ann), "one line");
}
