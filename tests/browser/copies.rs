//! What is copied: the panel or the bar stays if the browser does not allow it, and goes if it is
//! done.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};

/// The browser refuses each way of copying.
const REFUSES: &str = "(() => { navigator.clipboard.writeText = async () => { throw new Error(); }; \
    document.execCommand = () => false; })()";
const SELECTED: &str = "(one => one.value?.slice(one.selectionStart, one.selectionEnd) \
    || getSelection().toString())(document.activeElement)";

/// Presses the button of the room's menu in this place with these words.
fn presses(person: &Person<'_>, place: &str, words: &str) {
    let button = format!(
        "[...document.querySelectorAll('{place} button, {place} a')]\
         .find(one => one.innerText === '{words}' && one.checkVisibility())"
    );
    person.waits_until(&format!("!!{button}"));
    // With a mouse a pressed button gets the focus.
    person.sees(&format!("{button}.focus(), {button}.click()"));
}

fn asks_by_hand(person: &Person<'_>, place: &str) {
    person.waits_until(&format!(
        "document.querySelector('{place}')?.innerText.includes('Copy it by hand')"
    ));
}

#[test]
fn a_link_that_the_browser_does_not_copy_is_selected_in_the_panel_which_stays() {
    let server = Server::start();
    let browser = Browser::start();
    for (width, visit) in [(1280, DESKTOP), (360, PHONE)] {
        let ann = browser.comes(&format!("{}r/attic", server.url()), visit);
        ann.is_whole();
        ann.sees(REFUSES);
        opens_panel(&ann, "room-menu");
        presses(&ann, "#room-menu", "Copy link");
        asks_by_hand(&ann, "#room-menu");
        ann.waits_until(&format!("{SELECTED}.endsWith('/r/attic')"));
        assert_eq!(ann.sees("document.querySelector('#room-menu').open"), true);
        keep_picture(&ann, &format!("{width}-copy-by-hand.png"));
        presses(&ann, "#room-menu", "Invite");
        ann.waits_until("!!document.querySelector('#room-menu .made code')");
        presses(&ann, "#room-menu", "Copy invite link");
        asks_by_hand(&ann, "#room-menu .made");
        ann.waits_until(&format!("{SELECTED}.includes('/invite?code=')"));
        assert_eq!(ann.sees("document.querySelector('#room-menu').open"), true);
        keep_picture(&ann, &format!("{width}-invite-by-hand.png"));
    }
}

#[test]
fn what_is_copied_from_a_message_is_said_for_a_moment_and_then_the_bar_goes() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.sees(
        "window.copied = []; navigator.clipboard.writeText = async (it) => { copied.push(it); }",
    );
    ann.says("worth copying");
    ann.mark_will_be("worth copying", "sent");
    for (nth, words) in ["Copy text", "Copy link"].into_iter().enumerate() {
        ann.sees("document.querySelector('#rows .said').focus()");
        presses(&ann, ".actions", "More");
        presses(&ann, ".actions", words);
        ann.waits_until("document.querySelector('.actions')?.innerText.includes('Copied')");
        ann.waits_until("!document.querySelector('.actions')?.innerText.includes('Cop')");
        assert_eq!(ann.sees("window.copied.length"), nth + 1);
        assert_eq!(ann.sees("document.activeElement.matches('#rows .said')"), true, "{words}");
    }
    ann.sees(REFUSES);
    presses(&ann, ".actions", "More");
    presses(&ann, ".actions", "Copy link");
    asks_by_hand(&ann, ".actions");
    ann.waits_until(&format!("{SELECTED}.includes('?at=')"));
}
