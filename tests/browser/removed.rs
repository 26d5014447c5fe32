//! Somebody leaves for good while pages are open: from then on these pages have neither a text nor
//! the name of that person.

use crate::ends::says_and_holds_the_socket;
use crate::found::Keeping;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, Person};
use crate::people::{is_called, opens_panel};
use crate::sessions::is_nobody;

/// All that a page has: its document, what is typed in it, and what its browser stores.
const ALL: &str = "(document.documentElement.outerHTML + document.querySelector('#field').value \
    + JSON.stringify({ ...localStorage, ...sessionStorage }))";

/// The texts of the results of a search.
const FOUND: &str =
    "[...document.querySelectorAll('#results .text')].map(it => it.textContent).join('|')";

/// What stands over the field.
const STRIP: &str =
    "(strip => strip.hidden ? '' : strip.innerText)(document.querySelector('#editing'))";

/// Counts the notifications that are shown, and those that are closed.
const WATCHES: &str = "(() => { window.shown = 0; window.ended = 0; const Real = window.Notification; \
    window.Notification = class extends Real { \
      constructor(...all) { super(...all); window.shown += 1; } \
      close() { window.ended += 1; super.close(); } }; })()";

fn leaves_for_good(person: &Person<'_>, name: &str) {
    person.says(&format!("/forgetme {name}"));
    let told = "Your messages and your name are removed.";
    person.waits_until(&format!("document.body.innerText.includes('{told}')"));
    is_nobody(person);
}

fn enters(person: &Person<'_>, room: &str) {
    person.says(&format!("/join {room}"));
    person.waits_until(&format!("location.pathname === '/r/{room}'"));
    person.is_whole();
}

fn seeks(person: &Person<'_>, words: &str) {
    opens_panel(person, "search");
    person.sees(&format!("document.querySelector('#search form input').value = '{words}'"));
    person.clicks("#search form .send");
}

#[test]
fn whoever_leaves_for_good_is_nowhere_on_the_open_page_of_somebody_else() {
    let keeping = Keeping::start("removed", &[]);
    let server = &keeping.server;
    let browser = Browser::start_whole();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    enters(&bo, "den");
    let zoe = browser.opens(&server.url());
    is_called(&zoe, "Zoe");
    zoe.says("Bo, soup here");
    bo.waits_until("document.querySelector('#rows').innerText.includes('mentioned you in')");
    enters(&zoe, "den");
    bo.waits_until("document.querySelector('#rows').innerText.includes('Zoe joined')");
    zoe.says("soup at noon");
    zoe.mark_will_be("soup at noon", "sent");
    zoe.says("/msg Bo a soup for two");
    bo.waits_until("document.querySelector('#rows').innerText.includes('private message from')");
    bo.waits_until("document.querySelector('#talks').textContent.includes('Zoe')");
    bo.says("/pin #1");
    bo.waits_until("document.querySelector('#pinned')?.innerText.includes('soup at noon')");
    bo.says("/reply #1 fine");
    bo.mark_will_be("fine", "sent");
    assert!(bo.reads("document.querySelector('.own .quote').innerText").contains("soup"));
    // A notification has a text of Zoe, and a screen reader has heard it.
    bo.may_be_notified();
    bo.sees(WATCHES);
    bo.sees("localStorage['threadbare.notice'] = 'yes'");
    bo.looks_away(true);
    zoe.says("Bo, more soup?");
    bo.waits_until("window.shown === 1");
    bo.looks_away(false);
    bo.hears("Bo, more soup?");
    bo.waits_until("document.querySelector('#speaker').textContent.includes('more soup')");
    // Bo has read the private message, and is about to reply to the other.
    opens_panel(&bo, "private");
    bo.waits_until("document.querySelector('#letters').innerText.includes('a soup for two')");
    bo.presses("Escape");
    bo.waits_until("document.querySelector('#letters').hidden");
    let row = "[...document.querySelectorAll('#rows .said')].find(it => it.innerText.includes('more soup'))";
    bo.sees(&format!("{row}.focus()"));
    bo.clicks("#rows .actions button");
    bo.waits_until(&format!("{STRIP}.startsWith('Replying to Zoe: Bo, more soup?')"));
    bo.types("yes, and");
    bo.draft_is_kept("yes, and");
    seeks(&bo, "noon");
    bo.waits_until(&format!("{FOUND} === 'soup at noon'"));
    leaves_for_good(&zoe, "Zoe");
    // The results stand over the log.
    bo.waits_until("document.querySelector('#rows').textContent.includes('removed all their')");
    bo.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    bo.draws_a_frame();
    for word in ["soup", "Zoe", "zoe"] {
        let around = format!("{ALL}.match(/.{{0,90}}{word}.{{0,90}}/)?.[0] ?? ''");
        assert_eq!(bo.reads(&around), "", "{word}");
    }
    bo.waits_until("window.ended === 1");
    let lobby = "document.querySelector('#rooms a[data-room=lobby] .count').innerText";
    assert!(!bo.reads(lobby).contains("to you"), "{}", bo.reads(lobby));
    bo.waits_until(
        "document.querySelector('#results p').innerText.startsWith('No messages found')",
    );
    // What Bo wrote stays, and is not said before Bo sends it.
    assert!(bo.reads(STRIP).starts_with("Replying to #4:"), "{}", bo.reads(STRIP));
    assert_eq!(bo.field(), "yes, and");
    keep_picture(&bo, "1280-removed.png");
    bo.clicks("#results .close");
    assert_eq!(bo.log(), ["Message deleted.", "fine", "Message deleted."]);
    let head = "document.querySelector('#rows .said:not(.own) .head b').innerText";
    assert_eq!(bo.reads(head), "Somebody who left");
    let quote = "document.querySelector('.own .quote').innerText";
    assert!(bo.reads(quote).ends_with("Message deleted."), "{}", bo.reads(quote));
}

#[test]
fn older_lines_and_results_that_may_be_of_somebody_who_left_go_and_come_again() {
    let keeping = Keeping::start("removed-older", &["--rate", "0"]);
    let server = &keeping.server;
    let browser = Browser::start();
    let zoe = browser.opens(&server.url());
    is_called(&zoe, "Zoe");
    zoe.says("the first soup");
    zoe.mark_will_be("the first soup", "sent");
    let mut voice = server.voice();
    // More lines than the server has in memory.
    for number in 0..1200 {
        voice.says(&format!("line {number}{}", if number == 5 { " of soup" } else { "" }));
    }
    voice.hears("line 1199");
    zoe.hears("line 1199");
    zoe.says("the last soup");
    zoe.mark_will_be("the last soup", "sent");
    let bo = browser.opens(&format!("{}r/lobby?at=1#m1", server.url()));
    let cy = browser.opens(&server.url());
    bo.waits_until("document.querySelector('#rows').innerText.includes('the first soup')");
    cy.is_whole();
    seeks(&cy, "soup");
    let before = "the first soup|line 5 of soup|the last soup";
    cy.waits_until(&format!("{FOUND} === '{before}'"));
    leaves_for_good(&zoe, "Zoe");
    cy.waits_until(&format!("{FOUND} === 'line 5 of soup'"));
    cy.waits_until(
        "document.querySelector('#results p').innerText === '1 message found in lobby: soup'",
    );
    bo.waits_until(&format!("!{ALL}.includes('the first soup') && !{ALL}.includes('Zoe')"));
    // The log is not empty, and goes on up to the newest line and down to the first.
    bo.waits_until("document.querySelectorAll('#rows .said').length > 20");
    bo.clicks("#pill");
    bo.hears("line 1199");
    bo.says("see #1");
    bo.mark_will_be("see #1", "sent");
    bo.sees("[...document.querySelectorAll('#rows .own a')].pop().click()");
    bo.waits_until("document.querySelector('#rows').innerText.includes('line 5 of soup')");
    assert!(!bo.reads(ALL).contains("the first soup"));
}

/// From here on the page gets each `history` only when the test calls `held.shift()()`.
const HOLDS_HISTORY: &str = "window.held = []; socket.onmessage = (take => event => \
    (JSON.parse(event.data).type === 'history' ? held.push(() => take(event)) : take(event)))\
    (socket.onmessage)";

#[test]
fn older_lines_that_are_being_loaded_are_asked_for_again_when_somebody_leaves_for_good() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let zoe = browser.opens(&server.url());
    is_called(&zoe, "Zoe");
    let mut voice = server.voice();
    let mut lines = |from: u32, to: u32| {
        (from..to).for_each(|number| voice.says(&format!("line {number}")));
        voice.hears(&format!("line {}", to - 1));
    };
    lines(0, 300);
    zoe.hears("line 299");
    zoe.says("a soup");
    zoe.mark_will_be("a soup", "sent");
    lines(300, 400);
    let bo = browser.opens(&server.url());
    says_and_holds_the_socket(&bo);
    bo.sees(HOLDS_HISTORY);
    // The line is 180 lines further up, so the page asks twice. Zoe's is in the first answer.
    bo.says("see #180");
    bo.mark_will_be("see #180", "sent");
    bo.sees("[...document.querySelectorAll('#rows .own a')].pop().click()");
    bo.waits_until("held.length === 1");
    bo.sees("held.shift()()");
    bo.waits_until("held.length === 1");
    leaves_for_good(&zoe, "Zoe");
    bo.waits_until("document.querySelector('#rows').innerText.includes('removed all their')");
    let is_there = "!!document.querySelector('#rows .sought')";
    while bo.sees(is_there) == false {
        bo.sees("held.shift()()");
        bo.waits_until(&format!("held.length === 1 || {is_there}"));
    }
    assert_eq!(bo.reads("document.querySelector('#rows .sought .text').textContent"), "line 179");
    let rows = bo.reads("document.querySelector('#rows').innerText");
    assert!(rows.contains("Message deleted.") && !rows.contains("a soup"), "{rows}");
    assert!(rows.contains("line 299") && rows.contains("line 300"), "{rows}");
}

#[test]
fn notes_name_nobody_who_has_left_for_good_and_a_talk_with_them_is_over() {
    let keeping = Keeping::start("removed-notes", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let zoe = browser.opens(&server.url());
    is_called(&zoe, "Zoe");
    bo.waits_until("document.querySelector('#rows').innerText.includes('Zoe')");
    zoe.says("/msg Bo a soup for two");
    opens_panel(&bo, "private");
    bo.waits_until("document.querySelector('#letters').innerText.includes('a soup for two')");
    leaves_for_good(&zoe, "Zoe");
    bo.waits_until("document.querySelector('#letters').hidden");
    bo.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    bo.draws_a_frame();
    let around = format!("{ALL}.match(/.{{0,90}}Zoe.{{0,90}}/)?.[0] ?? ''");
    bo.waits_until(&format!("{around} === ''"));
}

#[test]
fn another_device_of_somebody_who_left_for_good_says_so_and_shows_nothing_private() {
    let keeping = Keeping::start("removed-device", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let [laptop, phone] = [(), ()].map(|()| browser.opens(&server.url()));
    for device in [&laptop, &phone] {
        device.says("/name Zoe#fish");
        device.waits_until("document.querySelector('#me summary').innerText === 'Zoe'");
        device.is_whole();
    }
    bo.says("/msg Zoe a soup for two");
    opens_panel(&phone, "private");
    phone.waits_until("document.querySelector('#letters').innerText.includes('a soup for two')");
    phone.says("half a secret");
    phone.waits_until("document.querySelector('#letters').innerText.includes('half a secret')");
    // A message that the server does not have yet goes back to the person's own draft.
    phone
        .waits_until("[...document.querySelectorAll('#letters .mark')].pop().innerText === 'sent'");
    leaves_for_good(&laptop, "Zoe");
    phone.line_will_say("You signed out or removed all your messages elsewhere");
    phone.draws_a_frame();
    for words in ["soup for two", "half a secret"] {
        let around =
            phone.reads(&format!("{ALL}.match(/[^]{{0,900}}{words}[^]{{0,300}}/)?.[0] ?? ''"));
        assert!(around.is_empty(), "{around}");
    }
}
