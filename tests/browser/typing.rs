//! Typed text is never lost, and is sent only when the person means it.

use crate::host::Server;
use crate::page::{Browser, PHONE};

/// The note below the field.
const NOTE: &str = "(n => n.hidden ? '' : n.innerText)(document.querySelector('#note'))";
const CTRL: u32 = 2;
const SHIFT: u32 = 8;

#[test]
fn a_draft_survives_a_reload() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("not quite done");
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.field(), "not quite done");
    ann.presses("Enter");
    ann.hears("not quite done");
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.field(), "", "what was sent is no draft");
}

#[test]
fn enter_in_a_composition_does_not_send() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.composes("ni hao");
    // Chromium and Firefox mark this Enter as composing; Safari gives it a code.
    let composing = "{ key: 'Enter', isComposing: true, bubbles: true, cancelable: true }";
    ann.sees(&format!(
        "document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {composing}))"
    ));
    ann.presses_enter_of_the_input_method();
    assert_eq!(ann.field(), "ni hao");
    ann.composes("");
    ann.types("你好");
    ann.presses_enter_of_the_input_method();
    assert_eq!(ann.field(), "你好");
    assert!(ann.log().is_empty());
    ann.presses("Enter");
    ann.hears("你好");
}

#[test]
fn shift_enter_breaks_the_line_and_ctrl_enter_sends() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("one");
    ann.presses_with("Enter", SHIFT);
    ann.types("two");
    assert_eq!(ann.field(), "one\ntwo");
    ann.presses_with("Enter", CTRL);
    ann.hears("one\ntwo");
}

#[test]
fn on_touch_enter_breaks_the_line_and_send_sends() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    ann.goes_to_field();
    ann.types("one");
    ann.presses("Enter");
    ann.types("two");
    assert_eq!(ann.field(), "one\ntwo");
    assert_eq!(ann.reads("document.querySelector('#field').enterKeyHint"), "enter");
    ann.clicks("#send");
    ann.hears("one\ntwo");
}

#[test]
fn the_counter_comes_near_the_limit_and_errors_behind_it() {
    let server = Server::start_with("127.0.0.1:0", &["--message-limit", "20"]);
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("one\ntwo");
    assert_eq!(ann.reads(NOTE), "");
    ann.types(" and three");
    assert_eq!(ann.reads(NOTE), "3 bytes left");
    ann.types(" m");
    assert_eq!(ann.reads(NOTE), "1 byte left");
    ann.types("ore");
    assert_eq!(ann.reads(NOTE), "Too long by 2 bytes.");
    ann.presses("Enter");
    assert_eq!(ann.reads(NOTE), "Too long by 2 bytes. Not sent.");
    assert_eq!(ann.reads("document.querySelector('#note').className"), "bad");
}

#[test]
fn the_field_grows_to_six_rows_and_the_log_stays_at_the_bottom() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    (0..60).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 59");
    let height = "document.querySelector('#field').offsetHeight";
    let one = ann.measures(height);
    ann.types("1\n2\n3\n4\n5\n6");
    let six = ann.measures(height);
    assert!(six > one + 100.0, "{one} {six}");
    ann.types("\n7\n8\n9");
    assert!((ann.measures(height) - six).abs() < 12.0, "it grew past six rows");
    ann.waits_until(
        "(b => b.scrollHeight - b.scrollTop - b.clientHeight < 1)(document.querySelector('#box'))",
    );
}

#[test]
fn a_message_at_the_limit_goes_out_and_one_byte_more_stays_in_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let limit = threadbare::base::limits::MESSAGE_TEXT_BYTES_MAX;
    ann.types(&"x".repeat(limit * 8 / 10 - 1));
    assert_eq!(ann.reads(NOTE), "");
    ann.types("xx");
    assert!(ann.reads(NOTE).ends_with("bytes left"), "{}", ann.reads(NOTE));
    // Each of these signs has three bytes: the limit counts bytes, not what the screen shows.
    ann.sees("document.querySelector('#field').value = ''");
    let long = format!("{}{}", "雨".repeat(limit / 3), "x".repeat(limit % 3));
    ann.types(&long);
    assert_eq!(ann.reads(NOTE), "0 bytes left");
    ann.types("x");
    assert_eq!(ann.reads(NOTE), "Too long by 1 byte.");
    ann.presses("Enter");
    assert_eq!(ann.reads(NOTE), "Too long by 1 byte. Not sent.");
    assert_eq!(ann.field(), format!("{long}x"));
    assert!(ann.log().is_empty());
    ann.sees(&format!("document.querySelector('#field').value = '{long}'"));
    ann.presses("Enter");
    ann.hears(&long);
    ann.mark_will_be(&long, "sent");
    assert_eq!(ann.field(), "");
}

#[test]
fn a_message_that_the_server_finds_too_long_comes_back_with_the_reason() {
    let server = Server::start_with("127.0.0.1:0", &["--message-limit", "64"]);
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    // Makes the page count differently from its server.
    ann.sees("void (TextEncoder.prototype.encode = () => new Uint8Array(1))");
    ann.says(&"x".repeat(65));
    ann.waits_until("document.querySelector('#note').innerText.startsWith('Too long.')");
    assert_eq!(ann.field(), "x".repeat(65));
    ann.waits_until("document.querySelectorAll('#rows .text').length === 0");
}

#[test]
fn escape_goes_to_the_bottom_and_page_keys_scroll_from_a_one_line_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    (0..80).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 79");
    let top = "document.querySelector('#box').scrollTop";
    let bottom = ann.measures(top);
    ann.presses("PageUp");
    ann.waits_until(&format!("{top} < {}", bottom - 200.0));
    ann.presses("Escape");
    ann.waits_until(&format!("{top} === {bottom}"));
    assert_eq!(ann.reads("document.activeElement.id"), "field");
}
