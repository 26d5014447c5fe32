//! Letters that are typed while nothing has the focus go to the field, and no other keys do; but
//! those for a form, perhaps a password, go to no other field.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};

const FOCUS: &str = "document.activeElement.id || document.activeElement.localName";

#[test]
fn a_letter_typed_while_nothing_has_the_focus_goes_to_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.is_whole();
    let leaves = || {
        ann.sees("document.activeElement.blur()");
        assert_eq!(ann.reads(FOCUS), "body");
    };
    leaves();
    ann.presses("h");
    ann.presses("i");
    ann.waits_until("document.querySelector('#field').value === 'hi'");
    // The keys of the browser stay its own.
    leaves();
    for (key, modifiers) in [(" ", 0), ("/", 0), ("'", 0), ("b", 2), ("b", 1), ("b", 4)] {
        ann.presses_with(key, modifiers);
        assert_eq!(ann.reads(FOCUS), "body", "{key} {modifiers}");
    }
    assert_eq!(ann.field(), "hi");
    // With an open panel nothing is written, and with a closed one the word that opens it is idle.
    opens_panel(&ann, "room-menu");
    leaves();
    ann.presses("b");
    assert_eq!(ann.reads(FOCUS), "body");
    ann.sees("document.querySelector('#room-menu summary').focus()");
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('#room-menu').open");
    assert_eq!(ann.reads(FOCUS), "summary");
    ann.presses("b");
    ann.waits_until("document.querySelector('#field').value === 'hib'");
    // A row of the log is idle, too.
    ann.presses("Enter");
    ann.mark_will_be("hib", "sent");
    ann.sees("document.querySelector('#rows .said').focus()");
    ann.presses("c");
    ann.waits_until("document.querySelector('#field').value === 'c'");
}

#[test]
fn a_touch_screen_does_not_open_its_keyboard_for_a_letter() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    ann.is_whole();
    ann.sees("document.activeElement.blur()");
    ann.presses("h");
    assert_eq!(ann.reads(FOCUS), "body");
}

/// Where the upper edge of this element is.
fn top(person: &Person<'_>, selector: &str) -> f64 {
    person.measures(&format!("document.querySelector('{selector}').getBoundingClientRect().top"))
}

/// The password for a form is typed while nothing has the focus: it gets there, and nowhere else.
fn types_a_password_without_focus(person: &Person<'_>, beside: &str) {
    person.clicks(beside);
    assert_ne!(person.reads("document.activeElement.type || ''"), "password", "{beside}");
    person.presses("t");
    person.waits_until("document.activeElement.type === 'password'");
    assert_eq!(person.field(), "");
}

#[test]
fn a_room_s_password_is_not_said_when_its_field_has_lost_the_focus() {
    const ROOM: &str = "the-long-winter-meeting-of-ours";
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    bo.says(&format!("/join {ROOM} swordfish"));
    bo.waits_until(&format!("location.pathname === '/r/{ROOM}'"));
    let ann = browser.opens(&server.url());
    ann.is_whole();
    ann.says(&format!("/join {ROOM}"));
    let words = "document.querySelector('.door p').innerText";
    ann.waits_until(&format!("{words} === '{ROOM} needs a password.'"));
    ann.waits_until("document.activeElement.name === 'password'");
    let before = top(&ann, ".door input");
    ann.types("catfish");
    ann.presses("Enter");
    ann.waits_until(&format!("{words} === 'That is not the password.'"));
    assert_eq!(top(&ann, ".door input"), before);
    types_a_password_without_focus(&ann, ".door p");
    types_a_password_without_focus(&ann, "#box");
    // The reader goes on with something else.
    ann.clicks(".door .plain");
    ann.sees("document.activeElement.blur()");
    ann.presses("h");
    ann.waits_until("document.querySelector('#field').value === 'h'");
}

#[test]
fn a_name_s_password_is_not_said_and_nothing_moves_away_below_the_pointer() {
    let server = Server::start();
    let browser = Browser::start();
    let owner = browser.opens(&server.url());
    is_called(&owner, "Mara");
    owner.says("/name Mara#tulip");
    let has_password = "document.querySelector('#rows').innerText.includes('tulip')";
    assert_eq!(owner.sees(has_password), false);
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.is_whole();
        ann.waits_until("!document.querySelector('#hello').hidden");
        let field = top(&ann, "#hello-name");
        ann.clicks("#hello-name");
        ann.types("Mara");
        ann.presses("Enter");
        ann.waits_until("document.activeElement.type === 'password'");
        assert_eq!(top(&ann, "#hello-name"), field, "{}", visit.width);
        let other = top(&ann, "#hello .other");
        keep_picture(&ann, &format!("{}-hello-taken.png", visit.width));
        let apart = ann.measures(
            "document.querySelector('#hello-name').getBoundingClientRect().top \
             - document.querySelector('#hello .other').getBoundingClientRect().bottom",
        );
        assert!(apart >= 12.0, "{} {apart}", visit.width);
        ann.types("rose");
        ann.presses("Enter");
        ann.waits_until(
            "document.querySelector('#hello [role=alert]').innerText.startsWith('That is not')",
        );
        assert_eq!(top(&ann, "#hello-name"), field, "{}", visit.width);
        assert_eq!(top(&ann, "#hello .other"), other, "{}", visit.width);
        keep_picture(&ann, &format!("{}-hello-wrong.png", visit.width));
        if visit.width == DESKTOP.width {
            types_a_password_without_focus(&ann, "#hello [role=alert]");
            types_a_password_without_focus(&ann, "#box");
        }
    }
}
