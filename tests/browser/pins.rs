//! A room's pinned message, above the log of the live page.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, Person};
use crate::people::is_called;

/// The line about the pinned message; empty if there is none.
const PIN: &str = "(document.querySelector('#pinned')?.innerText || '')";
/// The words of the open row's actions.
const ACTIONS: &str =
    "[...document.querySelectorAll('.actions button')].map((it) => it.innerText).join('|')";

fn stands_in(person: &Person<'_>, room: &str) {
    person.waits_until(&format!(
        "location.pathname === '/r/{room}' && document.documentElement.dataset.line === 'open'"
    ));
}

/// Opens all that can be done with the room's first message.
fn opens_more(person: &Person<'_>) {
    person.waits_until(
        "document.documentElement.dataset.parts === 'all' && !!document.querySelector('.said')",
    );
    person.sees("document.querySelector('.said').focus()");
    person.waits_until("!!document.querySelector('.said .actions')");
    person.sees("[...document.querySelectorAll('.actions button')].pop().click()");
}

/// Presses the word of the open row's actions.
fn presses(person: &Person<'_>, word: &str) {
    person.sees(&format!(
        "[...document.querySelectorAll('.actions button')].find((it) => it.innerText === '{word}').click()"
    ));
}

#[test]
fn the_maker_pins_a_message_and_a_press_on_the_line_goes_to_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    ann.says("soup at noon");
    ann.mark_will_be("soup at noon", "sent");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    bo.hears("soup at noon");
    opens_more(&bo);
    assert!(!bo.reads(ACTIONS).contains("Pin"), "{}", bo.reads(ACTIONS));
    opens_more(&ann);
    assert!(ann.reads(ACTIONS).contains("|Pin|"), "{}", ann.reads(ACTIONS));
    presses(&ann, "Pin");
    for person in [&ann, &bo] {
        person.waits_until(&format!("{PIN} === 'Pinned by Ann: soup at noon'"));
    }
    // Somebody who comes later is told of it, and a press goes to the message.
    ann.says(&["line"; 60].join("\n"));
    let cy = browser.opens(&format!("{}r/den", server.url()));
    cy.waits_until(&format!("{PIN} === 'Pinned by Ann: soup at noon'"));
    keep_picture(&cy, "1280-pinned.png");
    cy.clicks("#pinned");
    let place = "document.querySelector('.said').getBoundingClientRect().top \
                 - document.querySelector('#box').getBoundingClientRect().top";
    cy.waits_until(&format!("{place} >= 0 && {place} < 400"));
    ann.says("/edit #1 soup at one");
    cy.waits_until(&format!("{PIN} === 'Pinned by Ann: soup at one'"));
    opens_more(&ann);
    presses(&ann, "Unpin");
    for person in [&ann, &bo, &cy] {
        person.waits_until(&format!("{PIN} === ''"));
    }
    ann.says("/pin #1");
    bo.waits_until(&format!("{PIN} === 'Pinned by Ann: soup at one'"));
    ann.says("/delete #1");
    bo.waits_until(&format!("{PIN} === ''"));
}
