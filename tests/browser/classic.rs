//! What every classic page of this kind did (rows classic B24 and B32 to B37).

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, PHONE};

#[test]
fn classic_b24_two_people_hear_each_other_and_themselves_once() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bob) = (browser.opens(&server.url()), browser.opens(&server.url()));
    ann.says("hi");
    bob.hears("hi");
    bob.says("hello Ann");
    ann.hears("hello Ann");
    ann.mark_will_be("hi", "sent");
    assert_eq!(ann.log(), ["hi", "hello Ann"]);
    assert_eq!(bob.log(), ["hi", "hello Ann"]);
    // Words distinguish one's own messages from those of others, not only the dot.
    assert!(ann.reads("document.querySelector('.own .head').innerText").contains("· you"));
    assert_eq!(ann.measures("document.querySelectorAll('.said:not(.own)').length"), 1.0);
}

#[test]
fn classic_b32_log_above_form_below_with_send_and_focus_in_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        let edge = |of: &str, side: &str| {
            ann.measures(&format!("document.querySelector('{of}').getBoundingClientRect().{side}"))
        };
        assert!(edge("#box", "bottom") <= edge("#field", "top"));
        assert!(edge("#field", "right") < edge("#send", "left"));
        assert_eq!(ann.reads("document.querySelector('#send').innerText"), "Send");
        let focused = ann.reads("document.activeElement.id");
        // On a touch screen, the focus would open the keyboard over the log.
        assert_eq!(focused, if visit.touch { "" } else { "field" });
        ann.goes_to_field();
        ann.types("by the button");
        ann.clicks("#send");
        ann.hears("by the button");
        assert_eq!(ann.reads("document.activeElement.id"), "field", "Send took the focus");
    }
}

#[test]
fn classic_b33_empty_text_is_not_sent_and_the_field_is_cleared_after_sending() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    ann.says("");
    ann.says(" \t ");
    assert_eq!(ann.field(), " \t ", "what is not sent stays");
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("  first\nsecond ");
    assert_eq!(ann.field(), "");
    assert_eq!(raw.hears_next(), "first second");
    assert_eq!(ann.log(), ["first\nsecond"]);
}

#[test]
fn classic_b33_nothing_is_sent_without_a_connection() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("too early");
    ann.mark_will_be("too early", "will send when reconnected");
    raw.says("others go on");
    assert_eq!(raw.hears_next(), "others go on");
}

#[test]
fn classic_b34_connection_closed_is_shown_in_bold_with_a_countdown() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    assert_eq!(ann.line_says().trim(), "connected");
    proxy.cut();
    ann.waits_until("document.querySelector('#state b')?.innerText === 'Connection closed.'");
    let weight = ann.measures("+getComputedStyle(document.querySelector('#state b')).fontWeight");
    assert!(weight >= 600.0, "weight {weight}");
    // Between two attempts, the page counts down and offers to try at once.
    ann.waits_until(
        "/Reconnecting in \\d+ s\\./.test(document.querySelector('#state').innerText) \
         && !document.querySelector('#state button').hidden",
    );
}

#[test]
fn classic_b35_the_words_about_missing_websockets_never_appear() {
    for name in ["words/en.js", "js/main.js", "js/connection/connection.js"] {
        let path = format!("{}/web/{name}", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("does not support WebSockets"), "{name}");
    }
}

#[test]
fn classic_b36_the_log_follows_only_a_reader_at_the_bottom() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    for number in 0..60 {
        raw.says(&format!("line {number}"));
    }
    ann.hears("line 59");
    let distance = "(b => b.scrollHeight - b.scrollTop - b.clientHeight)\
                    (document.querySelector('#box'))";
    ann.waits_until(&format!("{distance} < 1"));
    ann.scrolls_to(200);
    let first_row = "(() => { const top = document.querySelector('#box').getBoundingClientRect().top; \
                     const row = [...document.querySelectorAll('#rows li')]\
                     .find(r => r.getBoundingClientRect().bottom > top); \
                     return row.innerText + row.getBoundingClientRect().top; })()";
    let before = ann.reads(first_row);
    for number in 60..160 {
        raw.says(&format!("line {number}"));
    }
    ann.waits_until("document.querySelector('#pill').innerText === '100 new messages'");
    assert_eq!(ann.reads(first_row), before, "a visible row moved");
}

#[test]
fn classic_b37_text_is_shown_as_text_and_never_as_html() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    let evil = "<img src=x onerror=\"document.title='caught'\"><b>bold</b> &amp; \u{202e}drawkcab";
    // A control character that reverses the writing is shown by its number.
    let shown = &evil.replace('\u{202e}', "[U+202E]");
    raw.says(evil);
    ann.hears(shown);
    ann.says(evil);
    ann.mark_will_be(shown, "sent");
    assert_eq!(ann.measures("document.querySelectorAll('#rows img, #rows .text b').length"), 0.0);
    assert_ne!(ann.reads("document.title"), "caught");
    let modules = concat!(env!("CARGO_MANIFEST_DIR"), "/web/js");
    for file in crate::look::files_below(modules.as_ref()) {
        let text = std::fs::read_to_string(file).unwrap();
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
            assert!(!text.contains(way), "{way}");
        }
    }
}

#[test]
fn a_classic_client_has_the_name_that_all_other_pages_give_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    server.voice().says("from afar");
    ann.hears("from afar");
    let live = ann.reads("document.querySelector('.said:not(.own) .who').innerText");
    let colour = "(element => [...element.classList].find(name => /^p\\d+$/.test(name)) || '')";
    let coloured = ann.reads(&format!("{colour}(document.querySelector('.said:not(.own)'))"));
    let plain = crate::scriptless::opens(&browser, &server, DESKTOP);
    plain.opens_without_scripts(&format!("{}r/lobby?before=9999", server.url()));
    let name = "document.querySelector('li[value] .name')";
    plain.waits_until(&format!("document.readyState !== 'loading' && !!{name}"));
    assert_eq!(live, plain.reads(&format!("{name}.innerText")));
    assert!(live.starts_with("guest-"), "{live}");
    assert_eq!(coloured, plain.reads(&format!("{colour}({name})")));
}
