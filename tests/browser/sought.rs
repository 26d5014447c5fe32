//! A search in all chats: it goes on to its oldest result, and what was chosen for it ends with it.

use crate::found::{Keeping, comes_to_two_rooms};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;
use crate::scene::Caller;

const FOUND: &str =
    "[...document.querySelectorAll('#results .text')].map(t => t.innerText).join('|')";
const WORDS: &str = "document.querySelector('#results p').textContent";

#[test]
fn a_search_everywhere_goes_on_to_its_oldest_result_in_the_order_of_time() {
    let keeping = Keeping::start("sought-on", &[]);
    let url = keeping.server.url();
    let browser = Browser::start();
    let bo = Caller::comes(&keeping.server, "Bo", &["lobby", "kitchen"]);
    let ann = browser.opens(&format!("{url}r/kitchen"));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    ann.is_whole();
    // The kitchen has been silent for a while: its newest is older than much of the lobby.
    for number in 0..260 {
        let room = if number < 160 && number % 2 == 0 { "kitchen" } else { "lobby" };
        bo.says(room, &format!("soup {number}."));
    }
    opens_panel(&ann, "search");
    ann.types("soup");
    ann.presses("Enter");
    ann.waits_until(&format!("{FOUND}.endsWith('soup 259.')"));
    ann.waits_until(&format!("{WORDS}.includes('messages found so far')"));
    keep_picture(&ann, "1280-search-goes-on.png");
    // Whoever scrolls up gets the rest.
    let goes_up = "document.querySelector('#results .box').scrollTop = 0";
    ann.waits_until(&format!("({goes_up}, {FOUND}.startsWith('soup 0.|'))"));
    ann.waits_until(&format!("{WORDS} === '260 messages found in all your chats: soup'"));
    let numbers = "[...document.querySelectorAll('#results .text')]\
        .map(t => parseInt(t.innerText.slice(5)))";
    // Two messages of one millisecond, each in its own room, may stand in either order.
    ann.waits_until(&format!("{numbers}.every((n, nth) => Math.abs(n - nth) < 8)"));
    ann.waits_until(&format!("new Set({numbers}).size === 260"));
}

#[test]
fn what_was_chosen_for_a_search_ends_when_it_is_closed() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let keeping = Keeping::start(&format!("sought-closed-{}", visit.width), &[]);
        let bo = Caller::comes(&keeping.server, "Bo", &["lobby", "kitchen"]);
        let ann = browser.comes(&format!("{}r/kitchen", keeping.server.url()), visit);
        is_called(&ann, "Ann");
        ann.says("/join lobby");
        stands_in(&ann, "lobby");
        ann.is_whole();
        bo.says("lobby", "soup");
        let form = |field: &str| format!("document.querySelector('#search [name={field}]')");
        let fills = |field: &str, value: &str| {
            ann.sees(&format!(
                "(one => {{ one.value = '{value}'; one.dispatchEvent(new Event('change')); }})({})",
                form(field)
            ));
        };
        let is = |text: &str, from: &str, place: &str| {
            let [its, whose, there] = ["text", "from", "place"].map(form);
            ann.waits_until(&format!(
                "[{its}, {whose}, {there}].map(one => one.value).join() === '{text},{from},{place}'"
            ));
        };
        for closes_by_key in [false, true] {
            opens_panel(&ann, "search");
            is("", "", "all");
            fills("text", "soup");
            fills("from", "Bo");
            fills("place", "");
            ann.clicks("#search form .send");
            ann.waits_until(&format!("{FOUND} === 'soup'"));
            // Who changes the search finds all of it.
            opens_panel(&ann, "search");
            is("soup", "Bo", "");
            ann.presses("Escape");
            if closes_by_key {
                ann.presses("Escape");
            } else {
                ann.clicks("#results .close");
            }
            ann.waits_until("document.querySelector('#results').hidden");
        }
        if visit.width == PHONE.width {
            // The list of chats leads to the same form.
            opens_panel(&ann, "places");
            ann.clicks("#rooms .find");
            is("", "", "all");
            ann.presses("Escape");
        }
        // A command searches in the room. Then the form says so.
        ann.says("/search soup");
        ann.waits_until(&format!("{FOUND} === 'soup'"));
        opens_panel(&ann, "search");
        is("soup", "", "");
    }
}

#[test]
fn back_from_a_message_of_the_room_leads_to_the_results_over_the_talk_of_the_address() {
    let keeping = Keeping::start("found-back-to-talk", &[]);
    let browser = Browser::start();
    let [ann, _bo] = comes_to_two_rooms(&browser, &keeping.server.url(), PHONE);
    ann.sees("document.querySelector('#talks button').click()");
    ann.waits_until("location.hash === '#private/Bo'");
    ann.says("/search soup");
    ann.waits_until(&format!("{FOUND} === 'soup for two'"));
    ann.clicks("#results .scope button:nth-of-type(2)");
    ann.waits_until(&format!("{FOUND}.includes('soup in the lobby')"));
    ann.sees(
        "[...document.querySelectorAll('#results .said')]\
         .find((row) => row.innerText.includes('soup in the lobby')).querySelector('.text').click()",
    );
    ann.waits_until("location.hash === '' && !!document.querySelector('#rows .sought')");
    ann.sees("history.back()");
    ann.waits_until("!document.querySelector('#results').hidden");
    // The address, the heading and the field are of one place.
    assert_eq!(ann.reads("location.hash"), "#private/Bo");
    assert_eq!(ann.sees("document.querySelector('#talk-title').hidden"), false);
    let label = ann.reads("document.querySelector('#composer label').textContent");
    assert!(label.contains("Bo"), "{label}");
    // The next press leads to the talk, and the one after that to the room.
    ann.sees("history.back()");
    ann.waits_until("document.querySelector('#results').hidden");
    assert_eq!(ann.sees("document.querySelector('#letters').hidden"), false);
    ann.sees("history.back()");
    ann.waits_until("document.querySelector('#letters').hidden && location.hash === ''");
}
