//! Letters that are typed while nothing has the focus go to the field, and no other keys do.

use crate::host::Server;
use crate::page::{Browser, PHONE};
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
