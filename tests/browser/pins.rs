//! What the maker of a room does with its messages on the live page: one is pinned above the log,
//! and what nobody should read is deleted.

use serde_json::json;

use crate::found::Keeping;
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
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("soup at noon");
    bo.mark_will_be("soup at noon", "sent");
    ann.hears("soup at noon");
    opens_more(&bo);
    assert!(!bo.reads(ACTIONS).contains("Pin"), "{}", bo.reads(ACTIONS));
    opens_more(&ann);
    assert!(ann.reads(ACTIONS).contains("|Pin|"), "{}", ann.reads(ACTIONS));
    presses(&ann, "Pin");
    for person in [&ann, &bo] {
        person.waits_until(&format!("{PIN} === 'Pinned: Bo: soup at noon'"));
        person.waits_until("document.querySelector('#pinned').title.includes('Pinned by')");
    }
    // Somebody who comes later is told of it, and a press goes to the message.
    ann.says(&["line"; 60].join("\n"));
    let cy = browser.opens(&format!("{}r/den", server.url()));
    cy.waits_until(&format!("{PIN} === 'Pinned: Bo: soup at noon'"));
    // No panel was opened, and the line has its style.
    let bottom = |part: &str| {
        cy.measures(&format!("document.querySelector('{part}').getBoundingClientRect().bottom"))
    };
    assert!(bottom("#box") <= bottom("main"), "{} {}", bottom("#box"), bottom("main"));
    assert_eq!(
        cy.reads("getComputedStyle(document.querySelector('#pinned')).whiteSpace"),
        "nowrap"
    );
    keep_picture(&cy, "1280-pinned.png");
    cy.clicks("#pinned");
    let place = "document.querySelector('.said').getBoundingClientRect().top \
                 - document.querySelector('#box').getBoundingClientRect().top";
    cy.waits_until(&format!("{place} >= 0 && {place} < 400"));
    // So does a press on the note about it, which has no number.
    cy.sees("document.querySelector('#box').scrollTop = 1e9");
    let note = "[...document.querySelectorAll('#rows .note')].find((it) => it.innerText === 'Ann pinned a message')";
    cy.sees(&format!("{note}.querySelector('a').click()"));
    cy.waits_until(&format!("{place} >= 0 && {place} < 400"));
    bo.says("/edit #1 soup at one");
    cy.waits_until(&format!("{PIN} === 'Pinned: Bo: soup at one'"));
    opens_more(&ann);
    presses(&ann, "Unpin");
    for person in [&ann, &bo, &cy] {
        person.waits_until(&format!("{PIN} === ''"));
    }
    ann.says("/pin #1");
    bo.waits_until(&format!("{PIN} === 'Pinned: Bo: soup at one'"));
    bo.says("/delete #1");
    bo.waits_until(&format!("{PIN} === ''"));
}

#[test]
fn row_72_the_maker_deletes_what_somebody_else_has_said_after_a_question() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    let [bo, cy] = ["Bo", "Cy"].map(|name| {
        let person = browser.opens(&format!("{}r/den", server.url()));
        is_called(&person, name);
        person
    });
    bo.says("what nobody wants to read");
    bo.mark_will_be("what nobody wants to read", "sent");
    for person in [&ann, &cy] {
        person.hears("what nobody wants to read");
        opens_more(person);
    }
    assert!(!cy.reads(ACTIONS).contains("Delete"), "{}", cy.reads(ACTIONS));
    assert!(ann.reads(ACTIONS).contains("|Delete|"), "{}", ann.reads(ACTIONS));
    presses(&ann, "Delete");
    ann.waits_until(&format!("{ACTIONS} === 'Cancel|Delete'"));
    presses(&ann, "Delete");
    for person in [&ann, &bo, &cy] {
        person.hears("Message deleted.");
        let left = "[...document.querySelectorAll('*')].filter((part) => [...part.childNodes].some(\
            ({ nodeType, data }) => nodeType === 3 && data.includes('nobody wants')) || [...part.attributes]\
            .some(({ value }) => value.includes('nobody wants'))).map((part) => part.outerHTML)";
        assert_eq!(person.sees(left), json!([]));
    }
    // The command does the same, for the maker alone. The deletion above was number 2.
    bo.says("once more");
    bo.mark_will_be("once more", "sent");
    ann.hears("once more");
    cy.says("/delete #3");
    cy.waits_until("document.querySelector('#note').innerText.includes('only your own')");
    ann.says("/delete #3");
    bo.waits_until(
        "[...document.querySelectorAll('#rows li')].pop().innerText.includes('Message deleted.')",
    );
}

#[test]
fn a_pinned_message_that_is_thrown_away_is_told_of_without_an_inner_name() {
    let keeping = Keeping::start("pins-lost", &["--keep-lines", "10", "--rate", "0"]);
    let browser = Browser::start();
    let ann = browser.opens(&keeping.server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    ann.says("soup at noon");
    ann.mark_will_be("soup at noon", "sent");
    ann.says("/pin #1");
    ann.waits_until(&format!("{PIN} === 'Pinned: Ann: soup at noon'"));
    for number in 0..30 {
        ann.says(&format!("line {number}"));
        ann.mark_will_be(&format!("line {number}"), "sent");
    }
    ann.waits_until(&format!("{PIN} === ''"));
    let rows = "document.querySelector('#rows').innerText";
    ann.waits_until(&format!("{rows}.includes('The pinned message is no longer stored.')"));
    assert!(!ann.reads(rows).contains("@server"), "{}", ann.reads(rows));
}
