//! What a person reads and hears: the pill, the mark of unread messages, links, long texts, how
//! many rows there are, and what a screen reader gets.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE, Person};

const SHIFT: u32 = 8;

/// The element that gets the keys.
const FOCUS: &str = "document.activeElement.id";
const PILL: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#pill'))";

#[test]
fn the_pill_goes_to_the_unread_line_and_then_to_the_bottom() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    (0..80).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 79");
    ann.scrolls_to(0);
    ann.waits_until(&format!("{PILL} === 'Back to newest'"));
    (80..140).for_each(|number| raw.says(&format!("line {number}")));
    ann.waits_until(&format!("{PILL} === '60 new messages'"));
    assert_eq!(ann.reads("document.title"), "(60) lobby");
    let icon = "document.querySelector('link[rel=icon]').href";
    assert!(ann.reads(icon).contains("r='3' fill='currentColor'"));
    let next = "document.querySelector('.unread').nextElementSibling.querySelector('.text')";
    assert_eq!(ann.reads(&format!("{next}.innerText")), "line 80");
    ann.clicks("#pill");
    ann.waits_until(
        "(r => r.top > 40 && r.bottom < innerHeight)\
         (document.querySelector('.unread').getBoundingClientRect())",
    );
    assert_eq!(ann.reads("document.querySelector('.unread').innerText"), "60 new messages");
    ann.clicks("#pill");
    ann.waits_until(&format!("{PILL} === '' && document.title === 'lobby'"));
    assert!(!ann.reads(icon).contains("r='3' fill='currentColor'"));
    // After five seconds in sight, the mark of unread messages goes away.
    ann.waits_until("!document.querySelector('.unread')");
}

#[test]
fn the_unread_line_stays_under_a_moving_pointer_and_goes_with_an_answer() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    (0..80).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 79");
    // The test decides when these times are over: five seconds in sight, two without the pointer.
    ann.sees(
        "window.held = []; window.wait = setTimeout; \
         window.setTimeout = (act, ms, ...more) => (ms === 5000 || (ms > 1000 && ms <= 2000)) \
         ? held.push(act) : wait(act, ms, ...more); 0",
    );
    let comes_down = "(box => { box.dispatchEvent(new Event('pointermove')); \
        box.scrollTop = box.scrollHeight; })(document.querySelector('#box'))";
    let lets_time_pass = "held.splice(0).forEach(act => act()); 0";
    let is_there = "!!document.querySelector('#rows .unread')";
    ann.scrolls_to(0);
    raw.says("line 80");
    ann.waits_until(&format!("{PILL} === '1 new message'"));
    ann.sees(comes_down);
    ann.waits_until("document.title === 'lobby' && held.length > 0");
    ann.sees("document.querySelector('#box').dispatchEvent(new Event('pointermove')); 0");
    ann.sees(lets_time_pass);
    ann.draws_a_frame();
    assert_eq!(ann.sees(is_there), true, "the pointer moves");
    ann.sees("window.now = Date.now; Date.now = () => now() + 3000; 0");
    ann.sees(lets_time_pass);
    ann.waits_until(&format!("!{is_there}"));
    // Ann answers before the time is over.
    ann.scrolls_to(0);
    raw.says("line 81");
    ann.waits_until(&format!("{PILL} === '1 new message'"));
    ann.sees(comes_down);
    ann.waits_until("document.title === 'lobby'");
    assert_eq!(ann.sees(is_there), true);
    ann.says("so it is");
    ann.waits_until(&format!("!{is_there}"));
}

/// Fills the log, reads further up, and gets the pill.
fn reads_until_the_pill_comes(ann: &Person<'_>, server: &Server) {
    let mut raw = server.voice();
    (0..80).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 79");
    ann.scrolls_to(0);
    (80..140).for_each(|number| raw.says(&format!("line {number}")));
    ann.waits_until(&format!("{PILL} === '60 new messages'"));
}

#[test]
fn a_pill_pressed_with_a_mouse_or_a_finger_leaves_the_focus_in_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        reads_until_the_pill_comes(&ann, &server);
        ann.goes_to_field();
        ann.types("half a ");
        ann.clicks("#pill");
        ann.waits_until("document.querySelector('#box').scrollTop > 500");
        assert_eq!(ann.reads(FOCUS), "field");
        ann.clicks("#pill");
        ann.waits_until(&format!("{PILL} === ''"));
        ann.types("sentence");
        assert_eq!(ann.field(), "half a sentence");
    }
}

#[test]
fn a_pill_that_goes_while_it_has_the_focus_hands_it_on() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    // Who has a name is not asked for one between the log and the field.
    crate::people::is_called(&ann, "Ann");
    reads_until_the_pill_comes(&ann, &server);
    ann.goes_to_field();
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(FOCUS), "pill", "it comes before the field");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#box').scrollTop > 500");
    assert_eq!(ann.reads(FOCUS), "pill", "it is still there for a second press");
    ann.presses("Enter");
    ann.waits_until(&format!("{PILL} === ''"));
    assert_eq!(ann.reads(FOCUS), "field");
    ann.types("typed at once");
    assert_eq!(ann.field(), "typed at once");
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(FOCUS), "box", "without a pill the log comes before the field");
    // Escape takes the pill away as well.
    let ann = browser.opens(&server.url());
    // Who has a name is not asked for one between the log and the field.
    crate::people::is_called(&ann, "Cleo");
    reads_until_the_pill_comes(&ann, &server);
    ann.goes_to_field();
    ann.presses_with("Tab", SHIFT);
    ann.presses("Escape");
    ann.waits_until(&format!("{PILL} === ''"));
    assert_eq!(ann.reads(FOCUS), "field");
}

#[test]
fn on_touch_the_pill_hands_its_focus_to_the_log() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    reads_until_the_pill_comes(&ann, &server);
    ann.sees("document.querySelector('#pill').focus()");
    ann.presses("Escape");
    ann.waits_until(&format!("{PILL} === ''"));
    assert_eq!(ann.reads(FOCUS), "box", "in the field it would open the keyboard");
}

#[test]
fn a_hidden_tab_counts_in_its_title_and_shows_the_line_on_return() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    raw.says("seen");
    ann.hears("seen");
    ann.looks_away(true);
    (1..=3).for_each(|number| raw.says(&format!("unseen {number}")));
    ann.waits_until("document.title === '(3) lobby'");
    ann.looks_away(false);
    ann.waits_until("document.title === 'lobby'");
    assert_eq!(ann.reads("document.querySelector('.unread').innerText"), "3 new messages");
    let next = "document.querySelector('.unread').nextElementSibling.querySelector('.text')";
    assert_eq!(ann.reads(&format!("{next}.innerText")), "unseen 1");
    assert_eq!(ann.reads(PILL), "", "one is at the bottom");
}

#[test]
fn sending_is_a_wish_to_be_at_the_bottom() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    (0..80).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 79");
    ann.scrolls_to(0);
    ann.says("back");
    ann.mark_will_be("back", "sent");
    ann.waits_until(
        "(b => b.scrollHeight - b.scrollTop - b.clientHeight < 1)(document.querySelector('#box'))",
    );
}

#[test]
fn a_turned_window_keeps_the_bottom_at_the_bottom_and_a_read_row_in_its_place() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    let long = "and so it went on and on about the heater ".repeat(4);
    (0..60).for_each(|number| raw.says(&format!("line {number} {long}")));
    ann.waits_until("document.querySelectorAll('.text').length === 60");
    let at_bottom =
        "(b => b.scrollHeight - b.scrollTop - b.clientHeight < 1)(document.querySelector('#box'))";
    for (width, height) in [(400, 800), (800, 400), (400, 500)] {
        ann.resizes(width, height);
        ann.waits_until(&format!("innerWidth === {width} && {at_bottom}"));
    }
    // A scroll event from just before the change of size does not count as the reader's.
    ann.sees(
        "(() => { const box = document.querySelector('#box'); box.style.width = '300px'; \
         box.dispatchEvent(new Event('scroll')); })()",
    );
    ann.waits_until(&format!("document.querySelector('#box').clientWidth <= 300 && {at_bottom}"));
    ann.sees("document.querySelector('#box').style.width = ''");
    ann.scrolls_to(1500);
    let first = "(() => { const top = document.querySelector('#box').getBoundingClientRect().top; \
                 return [...document.querySelectorAll('.said')]\
                 .find(r => r.getBoundingClientRect().bottom > top).innerText; })()";
    let before = ann.reads(first);
    ann.resizes(900, 400);
    ann.waits_until(&format!("innerWidth === 900 && {first} === {}", serde_json::json!(before)));
}

#[test]
fn rows_in_the_document_are_bounded_and_come_back_from_memory() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    for block in 0..8 {
        (0..100).for_each(|number| raw.says(&format!("line {}", block * 100 + number)));
        ann.hears(&format!("line {}", block * 100 + 99));
    }
    let rows = "document.querySelectorAll('#rows li').length";
    // 300 messages, and the row with the day.
    assert_eq!(ann.measures(rows), 301.0);
    assert!(ann.measures("document.querySelectorAll('*').length") < 4500.0);
    for _ in 0..40 {
        ann.scrolls_to(0);
        if ann.log()[0] == "line 0" {
            break;
        }
    }
    assert_eq!(ann.log()[0], "line 0");
    assert_eq!(ann.measures(rows), 601.0);
    ann.presses("Escape");
    ann.waits_until(&format!("{rows} === 301"));
    assert_eq!(ann.log().last().unwrap(), "line 799");
}

#[test]
fn rows_added_above_do_not_move_what_is_read() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    for block in 0..4 {
        (0..100).for_each(|number| raw.says(&format!("line {}", block * 100 + number)));
        ann.hears(&format!("line {}", block * 100 + 99));
    }
    // The first scroll up makes the page add rows above, a frame later.
    let moved = ann.measures(
        "new Promise(done => { const box = document.querySelector('#box'); box.scrollTop = 900; \
         const row = [...document.querySelectorAll('#rows li')].find(r => r.offsetTop > 900); \
         const before = row.getBoundingClientRect().top; \
         requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => \
         done(Math.abs(row.getBoundingClientRect().top - before))))); })",
    );
    assert!(ann.measures("document.querySelectorAll('#rows li').length") > 300.0);
    assert!(moved < 1.0, "moved by {moved} px");
}

#[test]
fn addresses_become_links_and_nothing_else_does() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    let cases = [
        ("see https://example.org/a_(b).", "https://example.org/a_(b)"),
        ("(http://example.org/x?y=1)!", "http://example.org/x?y=1"),
        ("看https://example.org/日志，好", "https://example.org/日志"),
        ("mailto:ann@example.org;", "mailto:ann@example.org"),
        ("https://еxample.org/", "https://xn--xample-2of.org/"),
        ("https://good.org:pw@example.org/x https://good.org@example.org", ""),
        ("javascript:alert(1) data:text/html,x //example.org ftp://example.org", ""),
    ];
    for (text, _) in cases {
        raw.says(text);
        let last = cases[cases.len() - 1].0;
        if text == last {
            ann.hears(last);
        }
    }
    let links =
        "[...document.querySelectorAll('.said')].map(r => r.querySelector('a')?.innerText ?? '')";
    let links = ann.sees(links);
    for (place, (text, link)) in cases.iter().enumerate() {
        assert_eq!(links[place], **link, "{text}");
    }
    let rel = ann.reads("document.querySelector('#rows a').rel");
    assert_eq!(rel, "noopener noreferrer nofollow ugc");
    assert_eq!(ann.reads("document.querySelector('#rows a').target"), "_blank");
}

#[test]
fn a_long_text_is_shortened_and_can_be_shown_whole() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let text = "word ".repeat(500).trim().to_owned();
    server.voice().says(&text);
    ann.hears(&text);
    let height = "document.querySelector('.text').offsetHeight";
    let short = ann.measures(height);
    assert!(short <= 8.0 * 24.0 + 1.0, "{short}");
    assert_eq!(
        ann.reads("document.querySelector('.said .all').innerText"),
        "Show all, 2,499 characters"
    );
    ann.clicks(".said .all");
    ann.waits_until(&format!("{height} > {short}"));
}

#[test]
fn a_screen_reader_hears_each_message_once_and_a_flood_as_a_count() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    let spoken = "[...document.querySelectorAll('#speaker p')] \
        .map(p => p.innerText.replace(/^guest-\\d+/, 'guest')).join('|')";
    assert_eq!(ann.reads("document.querySelector('#box').ariaLive"), "off");
    ann.says("my own words");
    ann.mark_will_be("my own words", "sent");
    raw.says("one");
    raw.says("two");
    ann.hears("two");
    assert_eq!(ann.reads(spoken), "guest: one|guest: two");
    (0..20).for_each(|number| raw.says(&format!("flood {number}")));
    ann.hears("flood 19");
    assert_eq!(
        ann.reads(spoken),
        "guest: one|guest: two|guest: flood 0",
        "three are read, the flood is counted"
    );
    ann.waits_until(&format!("{spoken}.endsWith('|19 new messages')"));
}

#[test]
fn rows_are_reached_by_arrows_and_left_by_escape() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    raw.says("one");
    raw.says("https://example.org/");
    ann.hears("https://example.org/");
    ann.sees("document.querySelector('#box').focus()");
    ann.presses("ArrowUp");
    assert_eq!(
        ann.reads("document.activeElement.querySelector('.text').innerText"),
        "https://example.org/"
    );
    // Enter goes to what can be done with it.
    ann.waits_until("!!document.activeElement.querySelector('.actions')");
    ann.presses("Enter");
    assert_eq!(ann.reads("document.activeElement.innerText"), "Reply");
    ann.presses("ArrowUp");
    assert_eq!(ann.reads("document.activeElement.querySelector('.text').innerText"), "one");
    ann.presses("Escape");
    assert_eq!(ann.reads("document.activeElement.id"), "box");
}
