//! Small manners of the live page: what closes is closed, what was typed stays, and one goes where
//! one was led.

use serde_json::json;

use crate::found::Keeping;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;
use crate::scene::Caller;

const TO_FIRST: &str = "(it => it && !it.hidden ? it.firstChild.innerText : '')\
     (document.querySelector('main > .first-new'))";

/// A person who is called Ann, in the kitchen and then in the lobby.
fn has_two_rooms<'b>(browser: &'b Browser, url: &str) -> Person<'b> {
    let ann = browser.opens(&format!("{url}r/kitchen"));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    ann.is_whole();
    ann.waits_until("!!document.querySelector('#rooms a[data-room=kitchen]')");
    ann
}

#[test]
fn letters_after_a_press_on_another_room_are_a_draft_of_the_room_in_sight() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = has_two_rooms(&browser, &server.url());
    // The page of the kitchen takes its time, which is here: it comes with the second press.
    ann.sees(
        "document.querySelector('#rooms a[data-room=kitchen]')\
        .addEventListener('click', (event) => event.preventDefault(), { once: true })",
    );
    ann.clicks("#rooms a[data-room=kitchen]");
    assert_eq!(ann.reads("document.activeElement.localName"), "a");
    for letter in ["s", "o", "u", "p"] {
        ann.presses(letter);
    }
    assert_eq!(ann.field(), "soup");
    ann.clicks("#rooms a[data-room=kitchen]");
    stands_in(&ann, "kitchen");
    ann.is_whole();
    assert_eq!(ann.field(), "");
    ann.clicks("#rooms a[data-room=lobby]");
    stands_in(&ann, "lobby");
    ann.waits_until("document.querySelector('#field').value === 'soup'");
}

#[test]
fn letters_that_are_typed_before_the_page_is_live_stand_in_its_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.holds("*/live.css*");
    ann.goes_to(&server.url());
    // The script has started, and the server's page is still there.
    ann.waits_until("document.documentElement.dataset.start === 'timed'");
    for letter in ["s", "o", "u", "p"] {
        ann.presses(letter);
    }
    ann.lets_second_stage_come();
    ann.waits_until("document.querySelector('#field').value === 'soup'");
}

#[test]
fn a_link_to_a_message_of_a_locked_room_leads_there_after_the_password() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("/join den swordfish");
    stands_in(&bo, "den");
    for number in 1..60 {
        bo.says(&format!("line {number}"));
        bo.mark_will_be(&format!("line {number}"), "sent");
    }
    let ann = browser.looks_at(&format!("{}r/den?at=5#m5", server.url()), DESKTOP);
    // The second time the password is right.
    for password in ["salmon", "swordfish"] {
        let field = "document.querySelector('[name=\"room-password\"]')";
        ann.waits_until(&format!("!!{field} && document.readyState === 'complete'"));
        ann.waits_until(&format!("document.activeElement === {field}"));
        ann.types(password);
        ann.presses("Enter");
        if password == "salmon" {
            ann.waits_until("!!document.querySelector('.bad')");
        }
    }
    ann.is_live();
    let fifth = "[...document.querySelectorAll('#box li')].find((it) => \
        it.innerText.includes('line 5\\n') || it.innerText.endsWith('line 5'))";
    ann.waits_until(&format!("{fifth}?.checkVisibility() && document.querySelector('.sought')"));
}

#[test]
fn how_much_is_new_is_true_after_a_private_talk() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let say = |numbers: std::ops::Range<u32>| {
        for number in numbers {
            bo.says(&format!("line {number}"));
            bo.mark_will_be(&format!("line {number}"), "sent");
        }
    };
    ann.looks_away(true);
    say(0..40);
    ann.hears("line 39");
    ann.looks_away(false);
    ann.waits_until(&format!("{TO_FIRST} === '40 new messages, go to the first'"));
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    say(40..50);
    ann.hears("line 49");
    ann.presses("Escape");
    ann.waits_until("document.querySelector('#letters').hidden");
    ann.draws_a_frame();
    assert_eq!(ann.reads(TO_FIRST), "50 new messages, go to the first");
}

#[test]
fn what_waits_for_a_second_press_waits_no_more_after_its_panel_was_closed() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    ann.is_whole();
    opens_panel(&ann, "me");
    let really = "[...document.querySelectorAll('#forget-me button')].length";
    ann.sees("document.querySelector('#forget-me button').click()");
    ann.waits_until(&format!("{really} === 2"));
    ann.sees("document.querySelector('#me .shut').click()");
    opens_panel(&ann, "me");
    ann.waits_until(&format!("{really} === 1"));
    ann.sees("document.querySelector('#me .shut').click()");
    opens_panel(&ann, "places");
    let form = "(document.querySelector('#whom-form')?.checkVisibility() ?? false)";
    ann.clicks(".unfold.whom");
    ann.waits_until(form);
    ann.sees("document.querySelector('#places .shut').click()");
    ann.waits_until("!document.querySelector('#places').open");
    opens_panel(&ann, "places");
    ann.waits_until(&format!("!{form}"));
    assert_eq!(
        ann.reads("document.querySelector('.unfold.whom').getAttribute('aria-expanded')"),
        "false"
    );
}

#[test]
fn a_tap_beside_an_open_panel_only_closes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), Visit { width: 600, ..PHONE });
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for number in 0..12 {
        bo.says(&format!("line {number}"));
    }
    ann.hears("line 11");
    ann.is_whole();
    for word in ["room-menu", "people"] {
        opens_panel(&ann, word);
        // A place of a message that the panel does not cover.
        let free = "[...document.querySelectorAll('#box .said')].flatMap((row) => { \
            const at = row.getBoundingClientRect(); \
            return [at.left + 20, at.right - 20].map((x) => [x, at.bottom - 8]); \
            }).find(([x, y]) => document.elementFromPoint(x, y)?.closest('.said'))";
        let [x, y] = [0, 1].map(|which| ann.measures(&format!("({free})[{which}]")));
        ann.taps_at(x, y);
        ann.waits_until(&format!("!document.querySelector('#{word}').open"));
        ann.draws_a_frame();
        assert_eq!(ann.sees("!!document.querySelector('.actions')"), false, "{word}");
        // The next tap is one again.
        ann.taps_at(x, y);
        ann.waits_until("!!document.querySelector('.actions')");
        ann.sees("document.querySelector('.actions').closest('li').querySelector('time').click()");
        ann.waits_until("!document.querySelector('.actions')");
    }
}

#[test]
fn a_wrong_password_of_a_name_is_selected_for_the_next_one() {
    let server = Server::start();
    let browser = Browser::start();
    let owner = browser.opens(&server.url());
    owner.says("/name Mara#tulip");
    owner.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
    let ann = browser.opens(&server.url());
    ann.is_whole();
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#me [name=name]').select()");
    ann.types("Mara");
    ann.sees("document.querySelector('#me [name=secret]').focus()");
    ann.types("rose");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#name-problem').textContent !== ''");
    ann.waits_until("document.activeElement.name === 'secret'");
    ann.types("tulip");
    assert_eq!(ann.reads("document.querySelector('#me [name=secret]').value"), "tulip");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
}

#[test]
fn who_signs_out_everywhere_else_stays_in_the_live_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let there = Browser::start();
    let other = there.looks_at(&crate::sessions::makes_a_device_link(&ann), DESKTOP);
    ann.goes_to(&server.url());
    ann.is_whole();
    other.waits_until("!!document.querySelector('main form button')");
    other.clicks("main form button");
    other.is_live();
    other.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    ann.sees("window.isSame = true");
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#elsewhere button').click()");
    ann.waits_until("document.querySelectorAll('#elsewhere button').length === 2");
    ann.sees("document.querySelector('#elsewhere').scrollIntoView({ block: 'center' })");
    keep_picture(&ann, "1280-elsewhere.png");
    ann.resizes(360, 740);
    ann.draws_a_frame();
    opens_panel(&ann, "me");
    if ann.sees("document.querySelectorAll('#elsewhere button').length") == 1 {
        ann.sees("document.querySelector('#elsewhere button').click()");
    }
    ann.sees("document.querySelector('#elsewhere').scrollIntoView({ block: 'center' })");
    keep_picture(&ann, "360-elsewhere.png");
    ann.sees("document.querySelector('#elsewhere button:last-child').click()");
    ann.waits_until(
        "document.querySelector('#elsewhere + p').innerText === 'You are signed out everywhere else.'",
    );
    other.waits_until("document.documentElement.dataset.line === 'ended'");
    ann.is_connected();
    ann.says("still me");
    ann.mark_will_be("still me", "sent");
    assert_eq!(ann.sees("window.isSame"), true);
    assert_eq!(ann.reads("document.querySelector('#me summary').innerText"), "Ann");
}

#[test]
fn what_called_one_by_the_name_before_still_calls_one() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    // Only the new name of a person who has written is a line of the log.
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    bo.says("@Ann: soup?");
    let called = "document.querySelectorAll('#box .called').length";
    ann.waits_until(&format!("{called} === 1"));
    is_called(&ann, "Anna");
    bo.says("@Ann: bread?");
    ann.hears("@Ann: bread?");
    ann.reloads();
    ann.hears("@Ann: bread?");
    ann.is_whole();
    // The name is kept for its person, so this calls nobody else.
    ann.waits_until(&format!("{called} === 2"));
}

#[test]
fn a_name_that_ends_in_a_full_stop_ends_a_sentence() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&ann, "Anna M.");
    ann.says("/msg Bo soup?");
    let all = "[...document.querySelectorAll('.note, #speaker, #alarm')]\
        .map((it) => it.textContent).join('|')";
    bo.waits_until(&format!("{all}.includes('New private message from Anna M.')"));
    assert!(!bo.reads(all).contains("M.."), "{}", bo.reads(all));
}

#[test]
fn a_result_that_is_a_reply_has_the_words_that_it_replies_to() {
    let keeping = Keeping::start("replies-found", &[]);
    let url = keeping.server.url();
    let browser = Browser::start();
    let bo = Caller::comes(&keeping.server, "Bo", &["lobby", "kitchen"]);
    let ann = has_two_rooms(&browser, &url);
    let question = bo.says("kitchen", "Who has the ladle?");
    bo.sends(
        json!({ "type": "say", "room": "kitchen", "text": "soup needs it", "reply": question }),
    );
    let other = bo.says("lobby", "And the spoons?");
    bo.sends(json!({ "type": "say", "room": "lobby", "text": "soup needs them", "reply": other }));
    ann.hears("soup needs them");
    let quotes =
        "[...document.querySelectorAll('#results .quote')].map(it => it.innerText).join('|')";
    opens_panel(&ann, "search");
    ann.types("soup");
    ann.presses("Enter");
    ann.waits_until("document.querySelectorAll('#results .said').length === 2");
    ann.waits_until(&format!(
        "{quotes}.includes('Who has the ladle?') && {quotes}.includes('And the spoons?')"
    ));
    keep_picture(&ann, "1280-replies-found.png");
    // In one room, too.
    ann.presses("Escape");
    ann.says("/search soup");
    ann.waits_until("document.querySelectorAll('#results .said').length === 1");
    ann.waits_until(&format!("{quotes}.includes('And the spoons?')"));
}
