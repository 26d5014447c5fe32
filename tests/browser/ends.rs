//! What the connection, the server and the page report about themselves: the end for good and its
//! reasons, what is still to come, a page that is older than the server. Also what a person can do
//! about a message that does not get out.

use serde_json::json;

use crate::cdp::wait_for;
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::ways::SOCKETS;

const NOTE: &str = "document.querySelector('#note').innerText";
const STATE: &str = "document.querySelector('#state').innerText";

/// Keeps the page's socket in `window.socket` from the next message on.
const HOLDS_THE_SOCKET: &str = "WebSocket.prototype.send = (send => function (text) { \
    window.socket = this; return send.call(this, text); })(WebSocket.prototype.send)";

pub(crate) fn says_and_holds_the_socket(person: &Person<'_>) {
    person.sees(HOLDS_THE_SOCKET);
    person.says("#");
    person.waits_until("!!window.socket && !!document.querySelector('.own .mark').innerText");
}

/// Makes the page believe that the server sent this.
pub(crate) fn is_told(person: &Person<'_>, told: &serde_json::Value) {
    person.sees(&format!("socket.onmessage({{ data: JSON.stringify({told}) }})"));
}

/// Every pause gets its greatest length, and what is due in three seconds waits for
/// [`SOME_SECONDS_LATER`].
const PATIENT: &str = "Math.random = () => 0.999; window.patient = setTimeout; window.later = []; \
    window.setTimeout = (work, ms) => (ms === 3000 ? later.push(work) : patient(work, ms))";

/// Runs now what was due in three seconds.
const SOME_SECONDS_LATER: &str =
    "Date.now = (now => () => now() + 3000)(Date.now), later.shift()()";

/// The id of the only message that is not stored yet.
fn unsent_id(person: &Person<'_>) -> String {
    person
        .reads("Object.keys(localStorage).find(name => name.includes('.unsent.')).split('.').pop()")
}

#[test]
fn who_talks_far_too_fast_is_told_so_keeps_the_text_and_joins_again() {
    let server = Server::start_with("127.0.0.1:0", &["--burst", "1", "--rate", "1"]);
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    says_and_holds_the_socket(&ann);
    ann.goes_to_field();
    ann.types("half a sentence");
    ann.sees(
        "for (let n = 0; n < 200; n += 1) socket.send('{\"type\":\"who\",\"room\":\"lobby\"}')",
    );
    ann.waits_until("document.documentElement.dataset.line === 'ended'");
    ann.waits_until(&format!(
        "{STATE}.startsWith('Connection closed. The server closed the connection: too many messages in a short time.')"
    ));
    assert_eq!(ann.reads("document.querySelector('#state b').innerText"), "Connection closed.");
    // Send is off and the page says why; what is typed is not sent.
    ann.waits_until(&format!("{NOTE}.startsWith('You cannot send until you join again.')"));
    assert_eq!(ann.sees("document.querySelector('#send').disabled"), true);
    ann.sees("document.querySelector('#composer').requestSubmit()");
    assert_eq!(ann.field(), "half a sentence");
    keep_picture(&ann, "360-ended.png");
    ann.clicks("#state button");
    ann.is_connected();
    assert_eq!([ann.field(), ann.reads(NOTE)], ["half a sentence", ""]);
    assert_eq!(ann.sees("document.querySelector('#send').disabled"), false);
}

#[test]
fn each_end_for_good_has_its_reason_in_both_languages() {
    let server = Server::start();
    let browser = Browser::start();
    for languages in ["en", "zh-CN"] {
        let ann = browser.comes(&server.url(), Visit { languages, ..DESKTOP });
        says_and_holds_the_socket(&ann);
        let mut told = Vec::new();
        for code in [1002, 1007, 1009] {
            ann.sees(&format!("socket.onclose({{ code: {code} }})"));
            ann.waits_until("document.documentElement.dataset.line === 'ended'");
            let words = ann.line_says();
            let is_whole = !words.contains("undefined") && !words.contains(&code.to_string());
            assert!(is_whole, "{words}");
            let has_latin = words.chars().any(|letter| letter.is_ascii_alphabetic());
            assert_eq!(has_latin, languages == "en", "{words}");
            told.push(ann.reads("document.querySelector('#state i').innerText"));
            ann.clicks("#state button");
            ann.is_connected();
            ann.sees("window.socket = null");
            ann.says("//");
            ann.waits_until("!!window.socket");
        }
        told.dedup();
        assert_eq!(told.len(), 2, "what is no text and what is no frame is one: {told:?}");
    }
}

#[test]
fn a_connection_that_only_breaks_is_opened_again_by_itself() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    says_and_holds_the_socket(&ann);
    for code in [1000, 1001, 1006, 1011] {
        ann.sees(&format!("window.last = socket; socket.onclose({{ code: {code} }})"));
        assert!(ann.sees("document.documentElement.dataset.line !== 'ended'") == true, "{code}");
        ann.is_connected();
        ann.says("//");
        ann.waits_until("window.socket !== window.last");
    }
}

#[test]
fn a_page_that_is_older_than_the_server_says_so_and_is_loaded_anew_with_its_text() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.sees(
        "JSON.parse = (parse => (text) => { const read = parse(text); \
         if (read && read.type === 'welcome') read.server = 'threadbare/99'; return read; })(JSON.parse)",
    );
    ann.goes_to_field();
    ann.types("half a sentence");
    assert!(!ann.line_says().contains("older"), "{}", ann.line_says());
    proxy.cut();
    ann.line_will_say("Connection closed.");
    proxy.heal();
    ann.line_will_say("connected; this page is out of date. Reload");
    keep_picture(&ann, "1280-older-page.png");
    ann.sees("window.old = true");
    ann.clicks("#state button");
    ann.waits_until("!window.old && document.readyState === 'complete'");
    ann.is_connected();
    ann.waits_until("document.querySelector('#field').value === 'half a sentence'");
    assert!(!ann.line_says().contains("older"), "{}", ann.line_says());
}

#[test]
fn what_is_still_to_come_is_counted_down() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    ann.sees(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('#state')\
         .innerText.trim())).observe(document.querySelector('#state'), { childList: true, subtree: true })",
    );
    proxy.cut();
    ann.line_will_say("Connection closed.");
    (1..=60).for_each(|number| raw.says(&format!("missed {number}")));
    raw.hears("missed 60");
    proxy.heal();
    ann.hears("missed 60");
    ann.waits_until("seen.includes('catching up, 60 to go')");
    ann.waits_until("seen.pop() === 'connected'");
    assert_eq!(ann.sees("document.documentElement.hasAttribute('data-behind')"), false);
}

#[test]
fn what_waits_for_the_connection_goes_out_by_itself_or_is_taken_back() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.comes(&proxy.url(), Visit { width: 320, height: 568, ..DESKTOP });
    let mut raw = server.voice();
    ann.says("before");
    raw.hears("before");
    ann.mark_will_be("before", "sent");
    ann.sees(PATIENT);
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("one");
    ann.says("two");
    ann.mark_will_be("two", "will send when reconnected");
    ann.sees(SOME_SECONDS_LATER);
    ann.waits_until("document.querySelectorAll('.mark[data-look=waitsLong]').length === 2");
    // They go out by themselves, so this is no alarm.
    assert_eq!(ann.reads("document.querySelector('#alarm').innerText.trim()"), "");
    ann.says("three");
    ann.waits_until("document.querySelectorAll('.mark[data-look=waitsLong]').length === 3");
    let mark = ann.mark_of("one").replace('\n', " ");
    assert_eq!(mark, "will send when reconnected Take back");
    let sideways = "document.documentElement.scrollWidth <= document.documentElement.clientWidth";
    assert_eq!(ann.sees(sideways), true);
    keep_picture(&ann, "320-not-sent.png");
    // The text comes back before the text that is in the field by now, and it waits in no queue any
    // more.
    ann.types("and more");
    let press = |text: &str, nth: usize| {
        ann.sees(&format!(
            "[...document.querySelectorAll('.own')].find(row => row.querySelector('.text')\
             .textContent === '{text}').querySelectorAll('button')[{nth}].click()"
        ));
    };
    press("one", 0);
    ann.waits_until("document.querySelector('#field').value === 'one\\nand more'");
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    wait_for("a log without it", || (ann.log() == ["before", "two", "three"]).then_some(()));
    proxy.heal();
    ann.sees("document.querySelector('#state button').click()");
    ann.is_connected();
    assert_eq!([raw.hears_next(), raw.hears_next()], ["two", "three"]);
    ann.mark_will_be("three", "sent");
    assert_eq!(ann.field(), "one\nand more");
}

#[test]
fn a_change_that_does_not_get_out_says_so_where_it_will_be() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    for text in ["The kettle is off.", "Two cups?"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    assert_eq!(ann.mark_of("The kettle is off."), "");
    ann.sees(PATIENT);
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("/edit #1 The kettle is on.");
    ann.mark_will_be("The kettle is off.", "Edit: will send when reconnected");
    ann.says("/delete #2");
    ann.mark_will_be("Two cups?", "Delete: will send when reconnected");
    ann.sees(SOME_SECONDS_LATER);
    let mark = || ann.mark_of("The kettle is off.").replace('\n', " ");
    let waits = "Edit: will send when reconnected Take back";
    wait_for(waits, || (mark() == waits).then_some(()));
    // The person can take it back, like any message that does not get out.
    ann.sees("document.querySelectorAll('.mark button')[0].click()");
    ann.waits_until("document.querySelector('#field').value === '/edit #1 The kettle is on.'");
    ann.mark_will_be("The kettle is off.", "");
    ann.presses("Enter");
    wait_for(waits, || (mark() == waits).then_some(()));
    proxy.heal();
    ann.sees("document.querySelector('#state button').click()");
    // Once it is sent, the mark is the message's own again.
    ann.waits_until("document.querySelector('[data-seq=\"2\"].text').innerText !== 'Two cups?'");
    ann.hears("The kettle is on.");
    ann.waits_until("document.querySelectorAll('.mark:empty').length >= 1");
    ann.waits_until(
        "!document.querySelector('[data-look=waitsLong], [data-look=waits], [data-look=sending]')",
    );
}

#[test]
fn what_is_too_fast_waits_its_turn_or_is_back_in_the_field_and_says_how_long() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    says_and_holds_the_socket(&ann);
    ann.mark_will_be("#", "sent");
    proxy.go_deaf();
    let refuses = |wait: u32| {
        let id = unsent_id(&ann);
        is_told(
            &ann,
            &json!({ "type": "refused", "room": "lobby", "id": id, "reason": "too-fast",
                     "text": "too fast", "wait": wait }),
        );
    };
    ann.says("a quick word");
    ann.waits_until("Object.keys(localStorage).some(name => name.includes('.unsent.'))");
    refuses(2900);
    ann.waits_until(&format!("{NOTE} === 'Sending in 3 s (you are sending quickly).'"));
    // The message waits for its turn, not for a connection.
    ann.mark_will_be("a quick word", "sending");
    keep_picture(&ann, "1280-fast.png");
    ann.waits_until(&format!("{NOTE} === 'Sending in 1 s (you are sending quickly).'"));
    ann.waits_until(&format!("{NOTE} === ''"));
    assert_eq!(ann.mark_of("a quick word"), "sending");
    ann.types("and");
    refuses(4900);
    ann.waits_until(&format!(
        "{NOTE} === 'Slow down: your text is back in the field. Try again in 5 s.'"
    ));
    assert_eq!(ann.field(), "a quick word\nand");
    // The page draws its rows in the next frame.
    ann.waits_until("document.querySelectorAll('#rows .said').length === 1");
    assert_eq!(ann.log(), ["#"]);
    ann.waits_until(&format!("{NOTE}.endsWith('in 4 s.')"));
}

#[test]
fn the_word_for_the_way_leads_to_where_another_is_chosen() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    assert_eq!(ann.line_says().trim(), "connected");
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS]);
    let ann = browser.opens(&proxy.url());
    ann.is_connected_by("stream");
    ann.clicks("#state a");
    ann.waits_until("document.querySelector('#me').open && document.activeElement.name === 'way'");
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('#me').open");
}

#[test]
fn while_a_message_is_being_edited_the_page_says_which_and_how_it_ends() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    for text in ["The kettle is on.", "Two cups?"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    let grounds =
        "[...document.querySelectorAll('.own')].map(row => getComputedStyle(row).backgroundColor)";
    let marked = format!("({grounds}).filter(one => one !== ({grounds})[0]).length");
    assert_eq!(ann.measures(&marked), 0.0);
    let send = "document.querySelector('#send').innerText";
    for end in ["Escape", "Enter"] {
        ann.goes_to_field();
        ann.presses("ArrowUp");
        ann.waits_until(
            "document.querySelector('#editing').innerText.replace(/\\s+/g, ' ') === \
             `Editing your message of ${[...document.querySelectorAll('.own time')].at(-1).innerText}: \
             Two cups? Cancel (Esc)`",
        );
        assert_eq!(ann.reads(send), "Save");
        ann.waits_until(&format!("{marked} === 1"));
        keep_picture(&ann, "1280-editing.png");
        ann.types(" Three.");
        ann.presses(end);
        ann.waits_until(&format!("{marked} === 0 && document.querySelector('#editing').hidden"));
        assert_eq!(ann.reads(send), "Send");
    }
    ann.hears("Two cups? Three.");
    // A text that is gone is no deletion, and the page says how to delete.
    ann.presses("ArrowUp");
    ann.waits_until("!document.querySelector('#editing').hidden");
    ann.sees("document.querySelector('#field').value = ''");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#note').innerText.includes('cannot be empty')");
    ann.presses("Escape");
    ann.waits_until("document.querySelector('#note').hidden");
    ann.hears("Two cups? Three.");
}

#[test]
fn what_the_room_refuses_during_a_private_talk_is_in_the_room_s_field() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    says_and_holds_the_socket(&ann);
    ann.mark_will_be("#", "sent");
    // The form for a private talk is loaded while the server still answers.
    ann.clicks(".unfold.whom");
    ann.waits_until("document.activeElement.name === 'to'");
    ann.clicks(".unfold.whom");
    proxy.go_deaf();
    ann.says("/topic soup");
    ann.waits_until("Object.keys(localStorage).some(name => name.includes('.unsent.'))");
    crate::people::opens_panel(&ann, "private");
    let id = unsent_id(&ann);
    is_told(
        &ann,
        &json!({ "type": "refused", "room": "lobby", "id": id, "reason": "not-in-room" }),
    );
    assert_eq!(ann.field(), "", "this field is for Bo alone");
    ann.presses("Escape");
    ann.waits_until("document.querySelector('#letters').hidden");
    assert_eq!(ann.field(), "/topic soup");
    ann.draft_is_kept("/topic soup");
}

#[test]
fn what_is_to_change_waits_and_a_deletion_is_taken_back_as_none() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    for text in ["The kettle is off.", "Two cups?"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    // Who has come near a row can do this without a connection.
    ann.sees("document.querySelector('.own').focus()");
    ann.waits_until("!!document.querySelector('.own .actions')");
    ann.sees(PATIENT);
    proxy.cut();
    ann.line_will_say("Connection closed.");
    // By the buttons of a row, because nothing else makes the page draw it again.
    let press = |seq: u32, nth: u32| {
        ann.sees(&format!(
            "document.querySelector('[data-seq=\"{seq}\"].text').closest('li').focus()"
        ));
        let row = format!("document.querySelector('[data-seq=\"{seq}\"].text').closest('li')");
        ann.waits_until(&format!("!!{row}.querySelector('.actions')"));
        ann.sees(&format!("{row}.querySelectorAll('.actions button')[{nth}].click()"));
    };
    press(1, 1);
    ann.waits_until("document.querySelector('#field').value === 'The kettle is off.'");
    ann.types(" Or on.");
    // A second edit does not replace the text of this one.
    press(2, 1);
    ann.waits_until(&format!("{NOTE}.startsWith('Save or cancel your edit')"));
    assert_eq!(ann.field(), "The kettle is off. Or on.");
    ann.goes_to_field();
    ann.presses("Enter");
    ann.mark_will_be("The kettle is off.", "Edit: will send when reconnected");
    press(2, 2);
    ann.waits_until("!!document.querySelector('.actions span')");
    ann.sees("document.querySelector('.actions button + button').click()");
    ann.mark_will_be("Two cups?", "Delete: will send when reconnected");
    ann.sees(SOME_SECONDS_LATER);
    ann.waits_until("document.querySelectorAll('.mark[data-look=waitsLong]').length === 2");
    ann.sees("document.querySelectorAll('.mark button')[1].focus()");
    ann.sees("document.activeElement.click()");
    ann.mark_will_be("Two cups?", "sent");
    assert_eq!(ann.field(), "", "nothing that an Enter would do");
    assert_eq!(ann.reads("document.activeElement.querySelector('.text').innerText"), "Two cups?");
    proxy.heal();
    ann.sees("document.querySelector('#state button').click()");
    ann.hears("The kettle is off. Or on.");
    assert_eq!(ann.times_in_log("Two cups?"), 1);
}

#[test]
fn what_waits_to_be_said_is_one_s_last_message_and_no_older_one_is_changed_for_it() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.says("The kettle is off.");
    ann.mark_will_be("The kettle is off.", "sent");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("Two cups?");
    ann.mark_will_be("Two cups?", "will send when reconnected");
    ann.presses("ArrowUp");
    assert_eq!(ann.field(), "", "it is no edit of the older one");
    for command in ["/edit Three cups?", "/delete"] {
        ann.says(command);
        ann.waits_until(&format!("{NOTE}.startsWith('Your last message is not sent yet.')"));
        assert_eq!(ann.field(), command);
        ann.sees("document.querySelector('#field').value = ''");
    }
    proxy.heal();
    ann.mark_will_be("Two cups?", "sent");
    assert_eq!(ann.log(), ["The kettle is off.", "Two cups?"]);
    // Now it has a number, so it can be changed.
    ann.says("/edit Three cups?");
    ann.hears("Three cups?");
    assert_eq!(ann.log()[0], "The kettle is off.");
}

#[test]
fn an_edit_that_cannot_get_out_is_marked_at_once() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is off.");
    ann.mark_will_be("The kettle is off.", "sent");
    // Nothing is under way that would make the page draw the rows again.
    ann.reloads();
    ann.is_connected();
    ann.mark_will_be("The kettle is off.", "sent");
    ann.thinks_that_the_connection_is_gone();
    ann.presses("ArrowUp");
    ann.waits_until("document.querySelector('#field').value === 'The kettle is off.'");
    ann.types(" Or on.");
    ann.presses("Enter");
    ann.mark_will_be("The kettle is off.", "Edit: will send when reconnected");
}
