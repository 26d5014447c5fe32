//! How the page calls a reader who is elsewhere: only if the reader has chosen that, and only for
//! messages to them.

use crate::host::Server;
use crate::page::{Browser, Person};
use crate::people::{is_called, opens_panel};

/// Records the real notifications and tones.
const WATCH: &str = "(() => { window.called = []; window.tones = 0; \
    const Real = window.Notification; \
    window.Notification = class extends Real { \
      constructor(title, more) { super(title, more); window.called.push(`${title}: ${more.body}`); } }; \
    const start = OscillatorNode.prototype.start; \
    OscillatorNode.prototype.start = function (...all) { window.tones += 1; \
      return start.apply(this, all); }; })()";

fn ticks(person: &Person<'_>, name: &str) {
    person.clicks(&format!("#me [name={name}]"));
    person.waits_until(&format!("document.querySelector('#me [name={name}]').checked"));
}

#[test]
fn a_notice_and_a_tone_come_after_a_tick_for_words_to_oneself_and_no_others() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.may_be_notified();
    ann.sees(WATCH);
    ann.looks_away(true);
    bo.says("Ann, before the tick");
    ann.hears("Ann, before the tick");
    ann.looks_away(false);
    opens_panel(&ann, "me");
    ticks(&ann, "notice");
    ticks(&ann, "sound");
    ann.waits_until("window.tones === 1");
    bo.says("Ann, while you look");
    ann.hears("Ann, while you look");
    ann.looks_away(true);
    bo.says("not for anybody");
    bo.says("Ann, tea?");
    ann.hears("Ann, tea?");
    bo.says("/msg Ann the cake is a secret");
    ann.waits_until("window.called.length === 2");
    assert_eq!(
        ann.reads("window.called.join('; ')"),
        "lobby: Bo: Ann, tea?; lobby: New private message from \u{2068}Bo\u{2069}."
    );
    ann.waits_until("window.tones === 3");
    // The page is in sight, but another window has the focus.
    ann.looks_away(false);
    ann.sees("document.hasFocus = () => false; 0");
    bo.says("Ann, over here");
    ann.waits_until("window.called.length === 3 && window.tones === 4");
}

#[test]
fn over_plain_http_the_tick_says_what_it_needs() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at_as_over_plain_http(&server.url());
    ann.is_connected();
    opens_panel(&ann, "me");
    assert_eq!(ann.sees("document.querySelector('#me [name=notice]').disabled"), true);
    let words = ann.reads("document.querySelector('#me [name=notice]').parentNode.innerText");
    assert!(words.contains("needs https"), "{words}");
    ticks(&ann, "sound");
}
