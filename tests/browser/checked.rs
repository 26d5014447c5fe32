//! Questions of `docs/PAGE.md` that no other test asks.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};

/// The edges of an element, in px from the left.
fn edges(person: &Person<'_>, selector: &str) -> (f64, f64) {
    let edge = |side: &str| {
        person.measures(&format!(
            "document.querySelector('{selector}').getBoundingClientRect().{side}"
        ))
    };
    (edge("left"), edge("right"))
}

#[test]
fn where_there_is_room_people_and_rooms_stand_beside_the_talk() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Bo");
    let ann = browser.opens(&server.url());
    ann.waits_until("!!document.querySelector('#rooms li a[href=\"/r/kitchen\"]')");
    bo.says("/join lobby");
    bo.is_connected();
    ann.waits_until("document.querySelector('#people ul').innerText.includes('Bo')");
    let (talk, rooms, people) =
        (edges(&ann, "main"), edges(&ann, "#places .sheet"), edges(&ann, "#people .sheet"));
    assert!(talk.1 - talk.0 <= 47.0 * 16.0, "{talk:?}");
    assert!(rooms.0 >= 0.0 && rooms.1 <= talk.0, "{rooms:?} {talk:?}");
    assert!(people.0 >= talk.1 && people.1 <= 1280.0, "{people:?} {talk:?}");
    assert_eq!(ann.sees("document.activeElement.id"), "field", "it took no focus");
    // Both panels say the same of this room.
    ann.waits_until(
        "document.querySelector('#rooms [aria-current]').parentNode.innerText.includes('2 here')",
    );
    assert_eq!(ann.reads("document.querySelector('#people summary').innerText"), "2 here");
    // Another panel opens in addition, and closes alone.
    opens_panel(&ann, "me");
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('#me').open");
    assert_eq!(ann.sees("document.querySelectorAll('details[open]').length"), 2);
    // The dash and the words below the field are aligned with the thread and the text.
    let (state, box_) = (edges(&ann, "#state"), edges(&ann, "#box"));
    assert!((state.0 - box_.0).abs() < 1.0, "{state:?} {box_:?}");
    ann.resizes(950, 700);
    ann.waits_until("document.querySelectorAll('details[open]').length === 0");
    ann.resizes(1280, 700);
    ann.waits_until("document.querySelectorAll('details[open]').length === 2");
}

#[test]
fn the_largest_text_fits_on_the_narrowest_page() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("Shall we start? The kettle is on.");
    for (languages, size) in [("en", "xl"), ("zh-CN", "xl"), ("en", "s")] {
        let visit = Visit { width: 320, height: 568, languages, ..PHONE };
        let settings = browser.looks_at(&format!("{}settings", server.url()), visit);
        settings.waits_until("document.readyState === 'complete' && !!document.forms[0]");
        settings.clicks(&format!("[name=size][value={size}]"));
        settings.waits_until(&format!("document.querySelector('[value={size}]').checked"));
        settings.sees("document.querySelector('form button').scrollIntoView()");
        settings.clicks("form button");
        settings.waits_until("document.body.innerText.includes('Saved') || document.body.innerText.includes('已保存')");
        let ann = settings;
        ann.goes_to(&server.url());
        ann.is_connected();
        assert_eq!(ann.reads("document.documentElement.dataset.size"), size);
        ann.hears("Shall we start? The kettle is on.");
        keep_picture(&ann, &format!("320-{size}-{languages}.png"));
        let sideways = "[document.documentElement, document.body, document.querySelector('#box')]\
                        .every(e => e.scrollWidth <= e.clientWidth)";
        assert_eq!(ann.sees(sideways), true, "{languages} {size}");
        // The room's name is visible, all of it.
        let whole = "(h => h.scrollWidth <= h.clientWidth + 1)(document.querySelector('h1'))";
        assert_eq!(ann.sees(whole), true, "{languages} {size}");
        for panel in ["people", "places", "search", "me", "private"] {
            opens_panel(&ann, panel);
            assert_eq!(ann.sees(sideways), true, "{languages} {size} {panel}");
        }
    }
}

#[test]
fn where_large_letters_leave_no_room_for_columns_there_are_none() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at(&format!("{}settings", server.url()), DESKTOP);
    ann.waits_until("document.readyState === 'complete' && !!document.forms[0]");
    ann.clicks("[name=size][value=xl]");
    ann.clicks("form button");
    ann.waits_until("document.body.innerText.includes('Saved')");
    ann.goes_to(&server.url());
    ann.is_connected();
    assert_eq!(ann.sees("document.querySelectorAll('details[open]').length"), 0);
    ann.resizes(1700, 800);
    ann.waits_until("document.querySelectorAll('details[open]').length === 2");
    let (rooms, talk) = (edges(&ann, "#places .sheet"), edges(&ann, "main"));
    assert!(rooms.0 >= 0.0 && rooms.1 <= talk.0 + 1.0, "{rooms:?} {talk:?}");
}

#[test]
fn without_colours_all_that_differs_is_told_apart_by_its_words_and_shape() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&proxy.url(), DESKTOP);
    is_called(&ann, "Ann");
    bo.says("Shall we start?");
    bo.says("Ann, the kettle?");
    ann.hears("Ann, the kettle?");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", "sent");
    bo.says("/msg Ann the cake is a secret");
    ann.waits_until("document.querySelector('#private').innerText.includes('1 new')");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("This one waits.");
    ann.sees_no_colours(true);
    keep_picture(&ann, "1280-grey.png");
    let words = ann.reads("document.querySelector('#rows').innerText");
    for told in ["you", "sent", "will send when reconnected", "New private message from Bo."] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(ann.reads("document.querySelector('.hit .text b').innerText"), "Ann");
    assert_eq!(ann.reads("document.querySelector('.hit .heard').textContent"), "to you: ");
    let differs = "(a => b => getComputedStyle(a, '::before').borderWidth !== \
        getComputedStyle(b, '::before').borderWidth)\
        (document.querySelector('.own.turn'))(document.querySelector('.said.turn:not(.own)'))";
    assert_eq!(ann.sees(differs), true, "a full dot and a ring");
}

#[test]
fn a_page_that_nobody_touches_does_nothing() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is on.");
    ann.mark_will_be("The kettle is on.", "sent");
    // Waits until marks and lines that are there only for some seconds have gone.
    let pause = |seconds: u32| {
        ann.sees(&format!("new Promise(done => setTimeout(done, {seconds} * 1000))"));
    };
    pause(6);
    let before = ann.work();
    pause(10);
    let after = ann.work();
    let (seconds, layouts) = (after.0 - before.0, after.1 - before.1);
    assert!(layouts <= 1.0, "{layouts} layouts");
    // On a busy machine, even small work takes some time.
    assert!(seconds < 0.5, "{seconds} s of 10 s");
}
