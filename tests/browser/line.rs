//! The line breaks and comes back: nothing typed is lost, nothing is said
//! twice, no hole is silent.
//!
//! Next: `typing.rs`.

use crate::host::{Line, Server};
use crate::page::{Browser, DESKTOP, Visit};

/// A message whose echo did not come is marked.
const UNSURE: &str =
    "document.querySelector('.failed .mark')?.innerText.startsWith('perhaps not sent:')";

#[test]
fn a_line_cut_while_typing_changes_neither_text_nor_focus_nor_place() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    let mut raw = server.voice();
    for number in 0..60 {
        raw.says(&format!("line {number}"));
    }
    ann.hears("line 59");
    ann.scrolls_to(300);
    ann.goes_to_field();
    ann.types("half a sen");
    line.cut();
    ann.line_will_say("Connection closed. Reconnecting in");
    ann.types("tence");
    assert_eq!(ann.field(), "half a sentence");
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    assert_eq!(ann.measures("document.querySelector('#box').scrollTop"), 300.0);
}

#[test]
fn what_waited_goes_out_once_and_in_order_when_the_line_is_back() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    let mut raw = server.voice();
    ann.says("before");
    raw.hears("before");
    // Others may hear it before she does, and a line that is cut then leaves it open.
    ann.mark_will_be("before", "sent");
    line.cut();
    ann.line_will_say("Connection closed.");
    ann.says("one");
    ann.says("two");
    ann.says("two");
    ann.mark_will_be("two", "waits for the connection");
    line.heal();
    ann.is_connected();
    assert_eq!([raw.hears_next(), raw.hears_next(), raw.hears_next()], ["one", "two", "two"]);
    ann.mark_will_be("two", "sent");
    assert_eq!(ann.log(), ["before", "one", "two", "two"]);
    raw.says("that was all");
    assert_eq!(raw.hears_next(), "that was all");
}

#[test]
fn a_gap_is_told_in_the_log() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    let gaps = "[...document.querySelectorAll('.gap')].map(g => g.innerText).join('|')";
    ann.waits_until("document.querySelectorAll('.gap').length === 1");
    assert_eq!(ann.reads(gaps), "What was said before you came is not here.");
    line.cut();
    ann.line_will_say("Connection closed.");
    server.voice().says("unheard");
    line.heal();
    ann.is_connected();
    ann.waits_until("document.querySelectorAll('.gap').length === 2");
    let told = ann.reads(gaps);
    assert!(told.contains("The line was cut for "), "{told}");
    assert!(told.ends_with("What was said meanwhile is not here."), "{told}");
}

#[test]
fn a_message_whose_echo_never_came_is_not_sent_again_by_itself() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    let mut raw = server.voice();
    line.go_deaf();
    ann.says("did you get this?");
    raw.hears("did you get this?");
    ann.mark_will_be("did you get this?", "sending");
    line.cut();
    // It was heard, and it might not have been: the words say no more than that.
    ann.waits_until(UNSURE);
    assert_eq!(
        ann.reads("document.querySelector('#alarm').innerText"),
        "Perhaps not sent: did you get this?"
    );
    line.heal();
    ann.is_connected();
    // It also outlives the page, and is still the person's to decide.
    ann.reloads();
    ann.is_connected();
    ann.waits_until("document.querySelectorAll('.failed button').length === 2");
    raw.says("a word in between");
    assert_eq!(raw.hears_next(), "a word in between", "it was said again by itself");
    // It moves the row that is pressed next.
    ann.hears("a word in between");
    ann.clicks(".failed button");
    raw.hears("did you get this?");
    ann.mark_will_be("did you get this?", "sent");
    assert_eq!(ann.times_in_log("did you get this?"), 1);
}

#[test]
fn a_message_without_its_echo_is_as_unsure_in_chinese() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.comes(&line.url(), Visit { languages: "zh-CN", ..DESKTOP });
    line.go_deaf();
    ann.says("听到了吗？");
    line.cut();
    ann.waits_until(
        "document.querySelector('.failed .mark')?.innerText.startsWith('可能未发送：')",
    );
    let said = ann.reads("document.querySelector('#alarm').innerText");
    assert_eq!(said, "可能未发送：听到了吗？");
}

#[test]
fn a_message_that_was_perhaps_not_sent_can_be_taken_back_in_front_of_the_draft() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    line.go_deaf();
    ann.says("first thought");
    line.cut();
    ann.waits_until("document.querySelectorAll('.failed button').length === 2");
    ann.types("second thought");
    ann.clicks(".failed button:last-child");
    assert_eq!(ann.field(), "first thought\nsecond thought");
    ann.waits_until("document.querySelectorAll('.own').length === 0");
}

#[test]
fn messages_that_wait_survive_a_reload_and_two_tabs_send_them_once() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let second = ann.opens_another_tab(&server.url());
    let mut raw = server.voice();
    ann.thinks_that_the_line_is_gone();
    ann.says("kept over a reload");
    ann.mark_will_be("kept over a reload", "waits for the connection");
    // The list of a tab that is alive is nobody else's.
    second.reloads();
    second.is_connected();
    raw.says("nobody else has said it");
    assert_eq!(raw.hears_next(), "nobody else has said it");
    ann.reloads();
    ann.is_connected();
    assert_eq!(raw.hears_next(), "kept over a reload");
    ann.mark_will_be("kept over a reload", "sent");
    raw.says("only once");
    assert_eq!(raw.hears_next(), "only once");
}

#[test]
fn messages_that_wait_in_a_closed_tab_are_taken_over_by_the_next_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let second = ann.opens_another_tab(&server.url());
    let mut raw = server.voice();
    ann.thinks_that_the_line_is_gone();
    ann.says("left behind");
    ann.mark_will_be("left behind", "waits for the connection");
    ann.closes();
    second.reloads();
    assert_eq!(raw.hears_next(), "left behind");
    second.mark_will_be("left behind", "sent");
}

#[test]
fn now_reconnects_at_once() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    // Without luck: every pause is as long as it may be.
    ann.sees("Math.random = () => 0.999");
    line.cut();
    // After some failures the pauses are long enough to press a button in.
    ann.waits_until("/in [4-9] s/.test(document.querySelector('#state').innerText)");
    line.heal();
    ann.clicks("#state button");
    ann.is_connected();
    assert_eq!(ann.reads("document.activeElement.id"), "field", "the focus is not lost");
}

#[test]
fn a_server_that_stops_is_named_and_its_successor_is_found() {
    let server = Server::start();
    let browser = Browser::start();
    let address = server.address().to_string();
    let ann = browser.opens(&server.url());
    ann.sees("Math.random = () => 0.999");
    ann.sees(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('#state')\
         .innerText)).observe(document.querySelector('#state'), { childList: true, subtree: true })",
    );
    server.stop();
    ann.waits_until("seen.some(words => words.includes('The box is restarting.'))");
    ann.waits_until("seen.some(words => words.includes('Reconnecting in'))");
    let _next = Server::start_with(&address, &[]);
    ann.is_connected();
    ann.says("still here");
    ann.mark_will_be("still here", "sent");
}

#[test]
fn a_device_that_comes_online_reconnects_at_once() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    ann.sees("Math.random = () => 0.999");
    line.cut();
    ann.waits_until("/in [4-9] s/.test(document.querySelector('#state').innerText)");
    line.heal();
    let before = ann.measures("performance.now()");
    ann.sees("dispatchEvent(new Event('online'))");
    ann.is_connected();
    assert!(ann.measures("performance.now()") - before < 2500.0);
}

#[test]
fn a_line_that_answers_nothing_is_given_up_and_the_text_is_kept() {
    let server = Server::start();
    let browser = Browser::start();
    let line = Line::to(server.address());
    let ann = browser.opens(&line.url());
    // Nobody waits a quarter of a minute here.
    ann.sees(
        "window.patient = setTimeout; \
         window.setTimeout = (work, ms) => patient(work, ms === 15000 ? 200 : ms)",
    );
    line.go_deaf();
    ann.says("into the void");
    ann.waits_until(UNSURE);
    assert!(ann.sees("document.documentElement.dataset.line !== 'open'") == true);
}
