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
    bo.says("loud");
    is_told(&bo, "You cannot write in this room");
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
    is_told(&bo, "This room is frozen");
    assert_eq!(bo.reads("document.querySelector('#field').value"), "but");
    ann.says("listen");
    bo.hears("listen");
    ann.says("/unfreeze");
    is_told(&bo, "Everybody can write here again, says Ann.");
}
