//! What keeps its place while a person looks at it, and what goes when it was seen.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;
use crate::scene::Caller;

const TALL_PHONE: Visit = Visit { height: 740, ..PHONE };

/// A name of twenty wide letters.
const WIDE: &str = "WWWWWWWWWWWWWWWWWWWW";

/// The rows of the list of rooms, with its heading in capitals.
const ROOMS: &str = "[...document.querySelectorAll('#rooms li')].map(row => \
    row.querySelector('bdi')?.textContent ?? row.textContent.toUpperCase()).join()";

/// The names of the list of people.
const PEOPLE: &str = "[...document.querySelectorAll('#people li')].map(row => row.dataset.name)";

/// The upper edge of this element, and its lower one.
fn edges(person: &Person<'_>, selector: &str) -> [f64; 2] {
    ["top", "bottom"].map(|edge| {
        person.measures(&format!(
            "document.querySelector('{selector}').getBoundingClientRect().{edge}"
        ))
    })
}

#[test]
fn rooms_of_the_reader_come_first_and_a_hidden_one_that_was_left_keeps_its_mark() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = Caller::comes(&server, "Bo", &["attic", "zoo"]);
    for visit in [DESKTOP, TALL_PHONE] {
        let room = format!("lair-{}", visit.width);
        let ann = browser.comes(&format!("{}r/{room}", server.url()), visit);
        ann.is_whole();
        ann.says("/hide");
        let mark = format!("!!document.querySelector('#rooms [data-room={room}] .unlisted')");
        ann.waits_until("!!document.querySelector('#room-menu summary .unlisted')");
        ann.says("soup");
        ann.mark_will_be("soup", "sent");
        ann.goes_to(&format!("{}r/lobby", server.url()));
        stands_in(&ann, "lobby");
        ann.is_whole();
        opens_panel(&ann, "places");
        ann.waits_until(&format!("{ROOMS} === 'lobby,{room},OTHER ROOMS,attic,zoo' && {mark}"));
        keep_picture(&ann, &format!("{}-other-rooms.png", visit.width));
        ann.goes_to(&format!("{}r/{room}", server.url()));
        stands_in(&ann, &room);
        ann.is_whole();
        ann.says("/leave");
        stands_in(&ann, "lobby");
        ann.is_whole();
        opens_panel(&ann, "places");
        ann.waits_until(&format!("{ROOMS} === 'lobby,OTHER ROOMS,attic,{room},zoo' && {mark}"));
    }
}

#[test]
fn while_the_list_of_rooms_is_looked_at_a_new_room_comes_below_the_others() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["zoo"]);
    let ann = browser.comes(&server.url(), TALL_PHONE);
    ann.is_whole();
    opens_panel(&ann, "places");
    ann.waits_until(&format!("{ROOMS} === 'lobby,OTHER ROOMS,zoo'"));
    bo.asks(json!({ "type": "join", "room": "attic" }));
    ann.waits_until(&format!("{ROOMS} === 'lobby,OTHER ROOMS,zoo,attic'"));
    ann.sees("document.querySelector('#places').open = false");
    ann.waits_until(&format!("{ROOMS} === 'lobby,OTHER ROOMS,attic,zoo'"));
}

#[test]
fn no_name_moves_in_the_list_of_people_because_somebody_writes() {
    let server = Server::start();
    let browser = Browser::start();
    let [_, cleo] = ["Bo", "Cleo"].map(|name| Caller::comes(&server, name, &["lobby"]));
    for (visit, own) in [(DESKTOP, "Dan"), (TALL_PHONE, "Eve")] {
        let reader = browser.comes(&server.url(), visit);
        is_called(&reader, own);
        opens_panel(&reader, "people");
        reader.waits_until(&format!("{PEOPLE}.join().startsWith('{own},Bo,Cleo')"));
        let text = format!("hello {own}");
        cleo.says("lobby", &text);
        reader.hears(&text);
        reader.draws_a_frame();
        assert!(reader.reads(&format!("{PEOPLE}.join()")).starts_with(&format!("{own},Bo,Cleo")));
        reader.sees(
            "document.querySelector('#people').open = document.documentElement.matches('.columns')",
        );
    }
}

#[test]
fn who_comes_back_to_a_name_signs_in_from_the_first_page() {
    let server = Server::start();
    let browser = Browser::start();
    let owner = browser.opens(&server.url());
    owner.says("/name Mara#tulip");
    owner.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
    let label = "document.querySelector('#hello label').innerText";
    let problem = "document.querySelector('#hello [role=alert]').innerText\
        .replace(/[\\u2068\\u2069]/g, '')";
    for visit in [DESKTOP, TALL_PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.is_whole();
        let in_sight = "(one => one.checkVisibility() && one.innerText === 'Sign in')\
            (document.querySelector('#hello .come-back'))";
        ann.waits_until(in_sight);
        keep_picture(&ann, &format!("{}-come-back.png", visit.width));
        ann.clicks("#hello .come-back");
        ann.waits_until(&format!(
            "{label} === 'Sign in: type your name. Its password comes next.'"
        ));
        assert_eq!(ann.reads("document.activeElement.id"), "hello-name");
        assert_eq!(ann.sees(in_sight), false);
        keep_picture(&ann, &format!("{}-come-back-name.png", visit.width));
        // A name that nobody has does not become the reader's by an error.
        ann.types("Marra");
        ann.presses("Enter");
        ann.waits_until(&format!("{problem}.startsWith('Nobody is called exactly “Marra”.')"));
        assert!(ann.reads("document.querySelector('#me summary').innerText").starts_with("guest-"));
        // Who is new after all goes back.
        ann.clicks("#hello .other");
        ann.waits_until(&format!("{label}.startsWith('You are guest-') && {in_sight}"));
        ann.clicks("#hello .come-back");
        ann.waits_until(&format!("{label}.startsWith('Sign in')"));
        ann.types("Mara");
        ann.presses("Enter");
        ann.waits_until("document.activeElement.type === 'password'");
        assert_eq!(ann.reads(problem), "");
        ann.types("tulip");
        ann.presses("Enter");
        ann.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
        ann.waits_until("document.querySelector('#hello').hidden");
    }
}

#[test]
fn who_has_written_as_a_guest_signs_in_from_the_settings() {
    let server = Server::start();
    let browser = Browser::start();
    let owner = browser.opens(&server.url());
    owner.says("/name Mara#tulip");
    owner.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
    let ann = browser.comes(&server.url(), TALL_PHONE);
    ann.is_whole();
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    ann.waits_until("document.querySelector('#hello').hidden");
    opens_panel(&ann, "me");
    let button = "#me .name .plain:not(p .plain)";
    ann.waits_until(&format!("document.querySelector('{button}')?.checkVisibility()"));
    keep_picture(&ann, "360-come-back-settings.png");
    ann.clicks(button);
    ann.waits_until("document.activeElement.id === 'hello-name'");
    ann.types("Mara");
    ann.presses("Enter");
    ann.waits_until("document.activeElement.type === 'password'");
    ann.types("tulip");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Mara'");
    // Who has a password does not need the button.
    ann.is_whole();
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me .name')");
    assert_eq!(ann.sees(&format!("document.querySelector('{button}').hidden")), true);
}

#[test]
fn the_way_to_a_call_goes_when_the_message_was_behind_a_private_talk_and_is_in_sight_now() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    ann.is_whole();
    ann.says("/msg Bo psst");
    ann.waits_until("!!document.querySelector('#talks button')");
    ann.clicks("#talks button");
    ann.waits_until("!document.querySelector('#letters').hidden");
    bo.says("lobby", "Ann, tea?");
    let calls = "document.querySelector('main > .calls')";
    ann.waits_until(&format!(
        "{calls}.textContent === '1 message to you. Show it' && !{calls}.hidden"
    ));
    ann.sees("history.back()");
    ann.waits_until("document.querySelector('#letters').hidden");
    ann.waits_until(&format!("{calls}.hidden"));
}

/// Holds back each private message of the reader until the answer *sent* has come, as it may be on
/// a loaded machine.
const SENT_COMES_FIRST: &str = "const { set, get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onmessage'); \
     Object.defineProperty(WebSocket.prototype, 'onmessage', { get, set(take) { \
         let [held, isSent] = [null, false]; \
         set.call(this, take && ((event) => { \
             const { type, own } = JSON.parse(event.data); \
             if (type === 'private' && own && !isSent) { held = event; return; } \
             isSent ||= type === 'sent'; \
             take(event); \
             if (isSent && held) { take(held); held = null; } \
         })); \
     } });";

#[test]
fn no_row_of_a_list_is_replaced_when_a_private_message_of_the_reader_comes_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.begins_with(SENT_COMES_FIRST);
    ann.goes_to(&server.url());
    ann.is_connected();
    is_called(&ann, "Ann");
    // A press on a row does nothing if the row, or a part of it, is replaced before the release.
    ann.sees(
        "window.gone = []; document.querySelectorAll('#places ul').forEach(list => \
         new MutationObserver(all => all.forEach(({ removedNodes }) => gone.push(...removedNodes)))\
         .observe(list, { childList: true, subtree: true })); 0",
    );
    ann.says("/msg Bo psst");
    ann.waits_until("!!document.querySelector('#talks button')");
    bo.says("lobby", "tea?");
    ann.hears("tea?");
    assert_eq!(ann.sees("gone.map(part => part.outerHTML ?? part.data)"), json!([]));
}

#[test]
fn nothing_moves_while_somebody_types_however_long_the_names_are() {
    let server = Server::start();
    let browser = Browser::start();
    let other = format!("M{}", "m".repeat(19));
    let typists = [WIDE, &other].map(|name| Caller::comes(&server, name, &["lobby"]));
    for visit in [DESKTOP, TALL_PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.is_whole();
        let before = ["#box", "#field", "#state"].map(|part| edges(&ann, part));
        for typist in &typists {
            typist.asks(json!({ "type": "typing", "room": "lobby" }));
        }
        ann.waits_until("document.querySelector('#typing').innerText.endsWith('are typing')");
        keep_picture(&ann, &format!("{}-typing.png", visit.width));
        assert_eq!(["#box", "#field", "#state"].map(|part| edges(&ann, part)), before);
        // The words are whole, and only the names are cut.
        let is_whole = "(typing => typing.scrollWidth <= typing.clientWidth)\
            (document.querySelector('#typing'))";
        assert_eq!(ann.sees(is_whole), true, "{}", visit.width);
    }
}

#[test]
fn a_long_name_takes_one_line_on_a_phone_and_leaves_room_for_the_rest() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, &"M".repeat(20), &["lobby"]);
    let ann = browser.comes(&server.url(), TALL_PHONE);
    is_called(&ann, WIDE);
    ann.says("is there tea?");
    ann.mark_will_be("is there tea?", "sent");
    bo.sends(json!({ "type": "say", "room": "lobby", "text": "yes", "reply": 1 }));
    ann.waits_until("!!document.querySelector('#rows .quote')");
    keep_picture(&ann, "360-long-names.png");
    let heads = "[...document.querySelectorAll('#rows .turn > .head')].map(head => \
        head.offsetHeight / parseFloat(getComputedStyle(head).lineHeight))";
    assert_eq!(ann.sees(&format!("{heads}.map(Math.round)")), json!([1, 1]));
    // The quote has some of its words.
    let quoted = "(quote => quote.getBoundingClientRect().right \
        - quote.lastChild.getBoundingClientRect().left)(document.querySelector('#rows .quote'))";
    assert!(ann.measures(quoted) >= 60.0);
}

#[test]
fn a_topic_takes_no_room_from_the_reader_s_name() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.comes(&server.url(), TALL_PHONE);
    is_called(&ann, "Maximiliana");
    let width = "document.querySelector('#me').offsetWidth";
    let before = ann.measures(width);
    let topic = "cakes, and lamps, and more cakes, and lamps";
    bo.sends(json!({ "type": "topic", "room": "lobby", "text": topic }));
    ann.waits_until("document.querySelector('#topic').innerText !== ''");
    keep_picture(&ann, "360-topic-and-name.png");
    assert_eq!(ann.measures(width), before);
}

#[test]
fn no_field_of_the_form_for_a_new_room_moves_with_what_is_said_of_the_name() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, TALL_PHONE] {
        let ann = browser.comes(&server.url(), visit);
        ann.is_whole();
        opens_panel(&ann, "places");
        ann.clicks(".unfold.goto");
        ann.waits_until("document.activeElement.name === 'room'");
        let before = edges(&ann, "#goto-form .send");
        let said = "['.of-name', '.problem']\
            .map(part => document.querySelector(`#goto-form ${part}`))\
            .filter(one => one.checkVisibility()).map(one => one.innerText).join()";
        let says = |words: &str| {
            ann.waits_until(&format!("{said}.startsWith('{words}')"));
            keep_picture(&ann, &format!("{}-room-form.png", visit.width));
            assert_eq!(edges(&ann, "#goto-form .send"), before, "{} {words}", visit.width);
        };
        says("If the room exists already");
        ann.presses("Enter");
        says("Give the room a name.");
        ann.types("The Long Winter Meeting of Ours");
        says("Room names have lower-case letters");
        ann.types("!");
        ann.presses("Enter");
        says("Only letters, digits");
        ann.sees("document.querySelector('#goto-form [name=room]').value = 'a'");
        ann.types(&"n".repeat(40));
        says("Too long");
    }
}

#[test]
fn a_receipt_takes_no_room_from_the_text_of_a_later_message_of_a_turn() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [DESKTOP, TALL_PHONE] {
        let ann = browser.comes(&format!("{}r/w{}", server.url(), visit.width), visit);
        // The end of the text comes near the receipt in one of these.
        for count in [20, 21, 22, 23, 24, 25, 26] {
            let text = "wide ".repeat(count).trim().to_owned();
            ann.says(&text);
            ann.mark_will_be(&text, "sent");
        }
        let widths = "[...document.querySelectorAll('.own .text')].map(it => it.offsetWidth)";
        let widths = ann.sees(&format!("new Set({widths}).size"));
        assert_eq!(widths, 1, "{}", visit.width);
        let is_apart = "((row) => { const words = document.createRange(); \
            words.selectNodeContents(row.querySelector('.text')); \
            const mark = row.querySelector('.mark').getBoundingClientRect(); \
            return [...words.getClientRects()].every(({ right, top, bottom }) => \
                right <= mark.left || bottom <= mark.top + 4 || top >= mark.bottom - 4); })\
            (document.querySelector('.own:last-child'))";
        for count in [27, 28, 29, 30, 31] {
            let text = "wide ".repeat(count).trim().to_owned();
            ann.says(&text);
            ann.mark_will_be(&text, "sent");
            assert_eq!(ann.sees(is_apart), true, "{} {count}", visit.width);
        }
        keep_picture(&ann, &format!("{}-receipt.png", visit.width));
    }
}
