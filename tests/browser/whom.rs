//! Forms that help: whom to write to, what a new room will be called; and the day above the log.

use serde_json::json;

use crate::ends::{is_told, says_and_holds_the_socket};
use crate::found::Keeping;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE};
use crate::people::{is_called, opens_panel};
use crate::scene::Caller;
use crate::sessions::has_left;

const FOCUS: &str = "document.activeElement.id";

/// What is wrong with the name in the form.
const PROBLEM: &str =
    r"document.querySelector('#whom-form .problem').innerText.replace(/[\u2068\u2069]/g, '')";

#[test]
fn a_new_message_offers_people_and_then_the_field_has_the_focus() {
    let server = Server::start();
    let browser = Browser::start();
    let (bo, cy) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    is_called(&cy, "Cy");
    for (visit, name) in [(DESKTOP, "Ann"), (PHONE, "Abe")] {
        let ann = browser.comes(&server.url(), visit);
        is_called(&ann, name);
        cy.says(&format!("/msg {name} soup?"));
        opens_panel(&ann, "places");
        ann.waits_until("document.querySelector('#talks').textContent.includes('Cy')");
        ann.sees("document.querySelector('.unfold.whom').click()");
        let offers = "[...document.querySelectorAll('#whom-form li bdi')].map((it) => it.innerText).sort().join()";
        ann.waits_until(&format!("{offers}.includes('Bo') && {offers}.match(/Cy/g).length === 1"));
        ann.sees("[...document.querySelectorAll('#whom-form li button')].find((it) => it.innerText === 'Bo').click()");
        ann.waits_until("!document.querySelector('#letters').hidden");
        ann.waits_until(&format!("{FOCUS} === 'field'"));
        // So it is from the menu of a person.
        ann.sees("history.back()");
        ann.waits_until("document.querySelector('#letters').hidden");
        opens_panel(&ann, "people");
        ann.sees("document.querySelector('#people li[data-name=Bo] button').click()");
        ann.waits_until("!!document.querySelector('#person-menu button')");
        ann.sees("document.querySelector('#person-menu button').click()");
        ann.waits_until(&format!(
            "!document.querySelector('#letters').hidden && {FOCUS} === 'field'"
        ));
        ann.closes();
    }
    // Who has gone is offered, too, to whom they have written.
    bo.says("/msg Cy soup");
    cy.waits_until("document.querySelector('#talks').textContent.includes('Bo')");
    bo.says("/quit");
    has_left(&bo);
    cy.waits_until("!document.querySelector('#people li[data-name=Bo]')");
    cy.sees("document.querySelector('.unfold.whom').click()");
    cy.waits_until("document.querySelector('#whom-form').innerText.includes('Bo')");
}

#[test]
fn a_new_message_to_nobody_is_told_in_the_form_and_one_to_somebody_elsewhere_opens() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Bo");
    ann.sees("document.querySelector('.unfold.whom').click()");
    ann.waits_until("document.activeElement.name === 'to'");
    ann.types("Nemo");
    ann.presses("Enter");
    ann.waits_until(&format!(
        "{PROBLEM} === 'Nobody is called exactly \u{201c}Nemo\u{201d}. Type the whole name.'"
    ));
    assert_eq!(ann.sees("document.querySelector('#letters').hidden"), true);
    ann.sees("document.querySelector('#whom-form [name=to]').select()");
    ann.types("bo");
    ann.presses("Enter");
    ann.waits_until(&format!("!document.querySelector('#letters').hidden && {FOCUS} === 'field'"));
    assert_eq!(
        ann.reads("document.querySelector('#talk-title h1').innerText"),
        "Private chat with Bo"
    );
}

#[test]
fn the_beginning_of_a_name_opens_the_only_talk_that_is_offered_unless_it_is_a_whole_name() {
    let server = Server::start();
    let browser = Browser::start();
    let _ruth = Caller::comes(&server, "Ruth", &["kitchen", "lobby"]);
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let begins = |typed: &str| {
        ann.sees("document.querySelector('.unfold.whom').click()");
        ann.waits_until("document.activeElement.name === 'to'");
        ann.types(typed);
        ann.presses("Enter");
    };
    let title = "document.querySelector('#talk-title').innerText";
    begins("ru");
    ann.waits_until(&format!("{title} === 'Private chat with Ruth'"));
    ann.presses("Escape");
    ann.waits_until("document.querySelector('#letters').hidden");
    // Somebody who is elsewhere is called just so: they are meant.
    let _ru = Caller::comes(&server, "Ru", &["cellar"]);
    begins("ru");
    ann.waits_until(&format!("{title} === 'Private chat with Ru'"));
}

#[test]
fn a_new_message_offers_the_people_of_the_reader_s_other_rooms() {
    let server = Server::start();
    let browser = Browser::start();
    let _ruth = Caller::comes(&server, "Ruth", &["kitchen"]);
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_connected();
    ann.is_whole();
    ann.sees("document.querySelector('.unfold.whom').click()");
    ann.waits_until("document.querySelector('#whom-form ul')?.innerText.trim() === 'Ruth'");
    assert!(ann.console().is_empty(), "{:?}", ann.console());
}

#[test]
fn a_new_room_s_name_is_told_while_it_is_typed() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    opens_panel(&ann, "places");
    ann.sees("document.querySelector('.unfold.goto').click()");
    ann.waits_until("document.activeElement.name === 'room'");
    ann.types("Kitchen team");
    let words = r"document.querySelector('#goto-form [role=status]').textContent.replace(/[\u2068\u2069]/g, '')";
    ann.waits_until(&format!(
        "{words} === 'Room names have lower-case letters and no spaces: kitchen-team'"
    ));
    ann.presses("Enter");
    ann.waits_until("location.pathname === '/r/kitchen-team'");
    ann.is_live();
    opens_panel(&ann, "places");
    ann.sees("document.querySelector('.unfold.goto').click()");
    ann.waits_until("document.activeElement.name === 'room'");
    ann.types("cellar");
    assert_eq!(ann.reads(words), "If the room exists already, you join it.");
}

#[test]
fn the_day_of_the_first_row_in_sight_is_in_sight() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    says_and_holds_the_socket(&ann);
    for seq in 2..80_u64 {
        let time = 1_795_000_000_000_u64 + seq / 40 * 86_400_000;
        is_told(
            &ann,
            &json!({ "type": "message", "room": "lobby", "seq": seq, "time": time, "from": "Bo", "text": format!("line {seq}") }),
        );
    }
    ann.hears("line 79");
    let day = "(box => document.elementFromPoint(box.left + box.width / 2, box.top + 8).closest('.day')?.innerText ?? '')\
               (document.querySelector('#box').getBoundingClientRect())";
    let last = "[...document.querySelectorAll('#rows .day')].pop().innerText";
    ann.waits_until(&format!("{day} !== '' && {day} === {last}"));
    keep_picture(&ann, "1280-day.png");
    ann.sees("(row => document.querySelector('#box').scrollTop = row.offsetTop + 5)\
              ([...document.querySelectorAll('.said')].find((it) => it.innerText.includes('line 20')))");
    ann.draws_a_frame();
    ann.waits_until(&format!("{day} !== '' && {day} !== {last}"));
}

#[test]
fn on_touch_nothing_floats_over_a_found_message() {
    let keeping = Keeping::start("whom", &[]);
    let browser = Browser::start();
    let mut voice = keeping.server.voice();
    (0..30).for_each(|number| voice.says(&format!("line {number}")));
    voice.hears("line 29");
    let ann = browser.comes(&keeping.server.url(), PHONE);
    ann.is_whole();
    // When this is stored, the lines before it are stored, too, and can be found.
    ann.says("the last one");
    ann.mark_will_be("the last one", "sent");
    opens_panel(&ann, "search");
    // By the key of the keyboard: the form may still grow below a finger.
    ann.sees("document.querySelector('#search form [name=text]').focus()");
    ann.types("line 12");
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('#results .said .text')");
    ann.clicks("#results .said .text");
    ann.waits_until("!!document.querySelector('#rows .sought')");
    ann.draws_a_frame();
    assert_eq!(ann.sees("!!document.querySelector('#rows .actions')"), false);
    ann.clicks("#rows .sought .text");
    ann.waits_until("!!document.querySelector('#rows .actions.below')");
}
