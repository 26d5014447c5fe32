//! Whoever looks after a room mutes somebody, puts somebody out and freezes it, on the live page.

use crate::host::Server;
use crate::page::{Browser, Person};
use crate::people::is_called;
use crate::rooms::stands_in;

/// Waits until the page says this, in a note or below the field.
fn is_told(person: &Person<'_>, words: &str) {
    person.waits_until(&format!("document.body.innerText.includes('{words}')"));
}

/// Opens the menu of somebody in the list of people, and presses this.
fn presses_in_menu(person: &Person<'_>, name: &str, words: &str) {
    let row = format!("#people li[data-name={name}] button");
    person.waits_until(&format!("!!document.querySelector('{row}')"));
    person.clicks(&row);
    let item = format!(
        "[...document.querySelectorAll('#person-menu button')].find(b => b.innerText === '{words}')"
    );
    person.waits_until(&format!("!!{item}"));
    person.sees(&format!("{item}.click()"));
}

#[test]
fn row_69_row_71_the_menu_of_a_person_mutes_and_puts_out_and_the_note_undoes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("hello");
    ann.hears("hello");
    presses_in_menu(&ann, "Bo", "Mute for 10 min");
    for person in [&ann, &bo] {
        is_told(person, "Ann muted Bo for 10 min.");
    }
    // It stands above the field, also after the page is loaded again.
    let ruled = "(document.querySelector('#ruled') || { innerText: '' }).innerText";
    bo.waits_until(&format!("{ruled}.startsWith('You cannot write in this room for 10 min.')"));
    bo.reloads();
    bo.waits_until(&format!("{ruled}.startsWith('You cannot write in this room for 10 min.')"));
    bo.says("loud");
    is_told(&bo, "You cannot write in this room at the moment");
    // The text is not lost.
    assert_eq!(bo.reads("document.querySelector('#field').value"), "loud");
    assert!(!ann.reads("document.querySelector('#rows').innerText").contains("loud"));
    ann.sees(
        "[...document.querySelectorAll('#rows button')].find(b => b.innerText.trim() === 'Undo').click()",
    );
    is_told(&bo, "Ann lets Bo write here again.");
    bo.sees("document.querySelector('#field').value = ''");
    bo.says("thanks");
    ann.hears("thanks");
    presses_in_menu(&ann, "Bo", "Put out of the room for 10 min");
    is_told(&bo, "You were put out of the room");
}

#[test]
fn row_78_a_frozen_room_says_so_and_keeps_what_was_typed() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    ann.says("/freeze");
    is_told(&bo, "Ann froze this room: only those who look after it can write.");
    bo.says("but");
    is_told(&bo, "This room is frozen: only those who look after it can write. Your text is kept.");
    assert_eq!(bo.reads("document.querySelector('#field').value"), "but");
    ann.says("listen");
    bo.hears("listen");
    ann.says("/unfreeze");
    is_told(&bo, "Everybody can write here again, says Ann.");
}

/// Ticks a box of the room's menu, or takes the tick away.
fn ticks(person: &Person<'_>, name: &str) {
    person.waits_until("!!document.querySelector('#room-menu summary')");
    person.sees("document.querySelector('#room-menu').open = true");
    let wanted = format!("document.querySelector('#room-menu input[name={name}]')");
    let opener = "document.querySelector('#room-menu .titled [aria-expanded]')";
    person.waits_until(&format!("{opener} && !{opener}.hidden"));
    person.sees(&format!("{opener}.getAttribute('aria-expanded') === 'true' || {opener}.click()"));
    person.waits_until(&format!("{wanted}.offsetParent && !{wanted}.disabled"));
    person.sees(&format!("{wanted}.click()"));
}

#[test]
fn row_13_the_menu_of_the_room_closes_it_and_a_note_lets_in_who_waits() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    ticks(&ann, "closed");
    is_told(&ann, "Ann closed this room");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.goes_to(&format!("{}r/den", server.url()));
    is_told(&bo, "Somebody who looks after this room must let you in");
    is_told(&ann, "Bo waits to come in.");
    // The list in the menu has the same button.
    ann.sees("document.querySelector('#room-menu').open = false");
    ann.sees("document.querySelector('#room-menu').open = true");
    let let_in = "document.querySelector('#room-menu .kept button')";
    ann.waits_until(&format!("{let_in} && {let_in}.innerText === 'Let them in'"));
    ann.sees(&format!("{let_in}.click()"));
    is_told(&ann, "Ann let Bo into the room.");
    // The page of whoever waits looks again by itself each ten seconds; nobody waits here for that.
    bo.goes_to(&format!("{}r/den", server.url()));
    bo.waits_until("!!document.querySelector('#field')");
    bo.says("thanks");
    ann.hears("thanks");
}

#[test]
fn row_78_slow_mode_and_a_freeze_stand_above_the_field_and_a_keeper_ends_them() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    ticks(&ann, "slow");
    let ruled = "(document.querySelector('#ruled') || { innerText: '' }).innerText";
    bo.waits_until(&format!("{ruled} === 'Slow mode: each person can write one message in 30 s.'"));
    bo.says("one");
    ann.hears("one");
    bo.says("two");
    is_told(&bo, "Slow mode: you can write again in");
    assert_eq!(bo.reads("document.querySelector('#field').value"), "two");
    ann.says("/unslow");
    bo.waits_until(&format!("{ruled} === ''"));
    ann.says("/freeze");
    bo.waits_until(&format!("{ruled}.startsWith('This room is frozen')"));
    bo.sees("document.querySelector('#field').value = ''");
    bo.says("/state");
    is_told(&bo, "Keepers: ");
    // Whoever comes later sees it, too.
    let cy = browser.opens(&format!("{}r/den", server.url()));
    cy.waits_until(&format!("{ruled}.startsWith('This room is frozen')"));
    presses_in_menu(&ann, "Bo", "Make a keeper of this room");
    is_told(&bo, "Ann made Bo a keeper of this room.");
    cy.waits_until(
        "document.querySelector('#people li[data-name=Bo]').textContent.includes('keeper')",
    );
    bo.sees("document.querySelector('#field').value = ''");
    ticks(&bo, "frozen");
    cy.waits_until(&format!("{ruled} === ''"));
    is_told(&ann, "Everybody can write here again, says Bo.");
}
