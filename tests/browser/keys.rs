//! Question 15 of `docs/PAGE.md`: everything can be done by keys alone, the focus is always in
//! sight, and nothing traps it.
//!
//! Method: no test here clicks, and none moves the focus by a script.

use serde_json::json;

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, Person, Visit};
use crate::people::is_called;
use crate::sight::IS_SEEN;

const SHIFT: u32 = 8;
/// More stops than any page here has.
const STOPS_MAX: usize = 60;

/// Where the focus is: the part of the page that has a name, and which element in it.
const STOP: &str =
    "(one => `${one.closest('[id]')?.id ?? ''} ${one.tagName}`)(document.activeElement)";

/// The focused element is in sight, covered by nothing, with an outline.
fn is_shown(person: &Person<'_>) {
    let stop = person.sees(&format!(
        "(one => {{ const style = getComputedStyle(one); \
         return [one.outerHTML.slice(0, 90), {IS_SEEN}(one), style.outlineStyle, \
             parseFloat(style.outlineWidth) >= 2]; }})(document.activeElement)"
    ));
    assert_eq!(
        [&stop[1], &stop[2], &stop[3]],
        [&json!(true), &json!("solid"), &json!(true)],
        "{stop}"
    );
}

/// All stops from this one round to itself; each of them is shown.
fn goes_round(person: &Person<'_>, modifiers: u32) -> Vec<String> {
    person.sees("(window.start = document.activeElement, 1)");
    let mut stops = Vec::new();
    while stops.len() < STOPS_MAX {
        person.presses_with("Tab", modifiers);
        let stop = person.reads(STOP);
        // Between the page's end and its beginning, the focus is in the browser itself.
        if person.sees("document.activeElement === document.body") == false {
            is_shown(person);
            stops.push(stop.clone());
        }
        // A date field is one element with three stops.
        if person.sees("document.activeElement === window.start") == true {
            return stops;
        }
    }
    panic!("a trap: {stops:?}");
}

/// Presses Tab until `selector` has the focus; each stop on the way is shown.
fn goes_by_tab(person: &Person<'_>, selector: &str) {
    for _ in 0..STOPS_MAX {
        if person.sees(&format!("document.activeElement.matches('{selector}')")) == true {
            return;
        }
        person.presses("Tab");
        if person.sees("document.activeElement === document.body") == false {
            is_shown(person);
        }
    }
    panic!("no way to {selector} by keys");
}

#[test]
fn every_stop_of_the_keys_is_in_sight_and_none_is_a_trap() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let visit = Visit { width: 900, height: 700, ..DESKTOP };
    let ann = browser.comes(&proxy.url(), visit);
    // The log is one stop, even if it contains things to press.
    let words = "The kettle is on: https://example.org/kettle";
    ann.says(words);
    ann.mark_will_be(words, "sent");
    assert_eq!(ann.reads(STOP), "field TEXTAREA", "who has keys begins where one writes");
    let there = goes_round(&ann, 0);
    let agreed = [
        "send BUTTON",
        "skip A",
        "room-menu SUMMARY",
        "places SUMMARY",
        "people SUMMARY",
        "search SUMMARY",
        "me SUMMARY",
        "box DIV",
        "field TEXTAREA",
    ];
    assert_eq!(there, agreed);
    let mut back = goes_round(&ann, SHIFT);
    back.rotate_right(1);
    back.reverse();
    assert_eq!(back, there, "the same way back");
    // In every panel, Tab leads further, and Escape leads out.
    for (panel, controls) in [("people", 1), ("places", 2), ("room-menu", 5), ("me", 10)] {
        goes_by_tab(&ann, &format!("#{panel} > summary"));
        ann.presses("Enter");
        ann.waits_until(&format!("document.querySelector('#{panel}').open"));
        let inside = goes_round(&ann, 0).len() - there.len();
        assert!(inside >= controls, "{panel}: {inside} stops");
        // It has closed when the focus left it.
        assert_eq!(ann.sees(&format!("document.querySelector('#{panel}').open")), false);
        ann.presses("Enter");
        ann.waits_until(&format!("document.querySelector('#{panel}').open"));
        ann.presses("Tab");
        ann.presses("Escape");
        ann.waits_until(&format!("!document.querySelector('#{panel}').open"));
        assert_eq!(ann.reads(STOP), format!("{panel} SUMMARY"), "the focus is not lost");
    }
    // In a wide window, the panels are columns next to the chat.
    ann.resizes(1280, 800);
    ann.waits_until("document.querySelectorAll('details[open]').length === 2");
    // The server is asked for the list of rooms when the column opens.
    ann.waits_until("!!document.querySelector('#rooms a')");
    goes_by_tab(&ann, "#field");
    let wide = goes_round(&ann, 0);
    let [people, skip, me, rooms, log] =
        ["people BUTTON", "skip A", "me SUMMARY", "rooms A", "box DIV"].map(|stop| {
            wide.iter().position(|it| it == stop).unwrap_or_else(|| panic!("{stop}: {wide:?}"))
        });
    assert!(people < skip, "people come last: {wide:?}");
    assert!(me < rooms && rooms < log, "rooms come before the log: {wide:?}");
    // In a narrow window, the panels are in the header again.
    ann.resizes(900, 700);
    ann.waits_until("document.querySelectorAll('header .column:not([open])').length === 2");
    assert_eq!(goes_round(&ann, 0), agreed);
    // While the connection is closed, the buttons of the state row come after Send.
    ann.sees("Math.random = () => 0.999");
    proxy.cut();
    ann.waits_until("/in [4-9] s/.test(document.querySelector('#state').innerText)");
    ann.presses("Tab");
    ann.presses("Tab");
    assert_eq!(ann.reads(STOP), "state BUTTON");
    is_shown(&ann);
    proxy.heal();
    ann.presses("Enter");
    ann.is_connected();
    assert_eq!(ann.reads(STOP), "field TEXTAREA", "the focus is not lost");
}

#[test]
fn in_the_row_that_has_the_focus_each_thing_is_a_stop() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    // Who has a name is not asked for one over the field.
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    for number in 1..=2 {
        bo.says(&format!("https://example.org/{number} and https://example.net/{number}"));
        ann.hears(&format!("https://example.org/{number} and https://example.net/{number}"));
    }
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(STOP), "box DIV", "past what was said");
    let words = "document.activeElement.innerText";
    ann.presses("ArrowUp");
    ann.presses("ArrowUp");
    ann.waits_until("!!document.activeElement.querySelector('.actions')");
    ann.presses("Enter");
    // Enter goes to what can be done with it. Before that, a Tab reaches its author and its links.
    assert_eq!(ann.reads(words), "Reply");
    for before in ["https://example.net/1", "https://example.org/1"] {
        ann.presses_with("Tab", SHIFT);
        assert_eq!(ann.reads(words), before);
        is_shown(&ann);
    }
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(words), "Bo");
    for next in ["https://example.org/1", "https://example.net/1", "Reply", "More"] {
        ann.presses("Tab");
        assert_eq!(ann.reads(words), next);
        is_shown(&ann);
    }
    // Tab leaves the row and the log, in both directions.
    ann.presses("Tab");
    assert_eq!(ann.reads(STOP), "field TEXTAREA");
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(STOP), "box DIV");
}

#[test]
fn a_message_is_said_changed_taken_back_and_answered_by_keys_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    // Says something, cancels a change, and makes one.
    ann.types("frist");
    ann.presses("Enter");
    ann.mark_will_be("frist", "sent");
    ann.presses("ArrowUp");
    assert_eq!(ann.field(), "frist");
    ann.presses("Escape");
    assert_eq!(ann.field(), "");
    ann.presses("ArrowUp");
    ann.types(", and more");
    ann.presses("Enter");
    bo.hears("frist, and more");
    ann.hears("frist, and more");
    // Deletes it: into the log, to its row, to the row's actions.
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(STOP), "box DIV");
    ann.presses("ArrowUp");
    is_shown(&ann);
    let row = "document.activeElement.closest('.said').querySelector('.text').innerText";
    assert_eq!(ann.reads(row), "frist, and more");
    ann.presses("Enter");
    ann.waits_until("document.activeElement.closest('.actions')");
    ann.presses("Tab");
    ann.presses("Tab");
    is_shown(&ann);
    assert_eq!(ann.reads("document.activeElement.innerText"), "Delete");
    ann.presses("Enter");
    assert_eq!(
        ann.reads("document.activeElement.parentNode.innerText.split('?')[0]"),
        "Delete this message"
    );
    assert_eq!(ann.reads("document.activeElement.innerText"), "Cancel");
    ann.presses("Tab");
    assert_eq!(ann.reads("document.activeElement.innerText"), "Delete");
    is_shown(&ann);
    ann.presses("Enter");
    bo.hears("Message deleted.");
    ann.presses("Escape");
    assert_eq!(ann.reads(STOP), "box DIV");
    // Replies to a message.
    bo.says("Who can look?");
    ann.hears("Who can look?");
    ann.presses("ArrowUp");
    ann.presses("Enter");
    ann.waits_until("document.activeElement.innerText === 'Reply'");
    ann.presses("Enter");
    assert_eq!(ann.reads(STOP), "field TEXTAREA");
    ann.types("me");
    ann.presses("Enter");
    bo.hears("me");
    ann.waits_until("document.querySelector('.own .quote').innerText.includes('Who can look?')");
}

#[test]
fn names_choices_private_talks_rooms_and_settings_are_reached_by_keys_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    // Takes a name, and changes a choice.
    goes_by_tab(&ann, "#me > summary");
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('#me [name=name]')");
    goes_by_tab(&ann, "#me [name=name]");
    ann.types("Ann");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    goes_by_tab(&ann, "#me > summary");
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('#me [name=name]')");
    goes_by_tab(&ann, "#me [name=comings]");
    let comings = ann.sees("document.activeElement.checked");
    ann.presses(" ");
    assert_ne!(ann.sees("document.activeElement.checked"), comings);
    ann.presses("Escape");
    // Writes a private message, and comes back.
    goes_by_tab(&ann, ".unfold.whom");
    ann.presses("Enter");
    ann.waits_until("document.activeElement.name === 'to'");
    ann.types("Bo");
    ann.presses("Enter");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.waits_until("document.querySelector('#field').placeholder.includes('Bo')");
    ann.waits_until("document.activeElement.id === 'field'");
    ann.types("a secret");
    ann.presses("Enter");
    bo.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    ann.presses("Escape");
    ann.waits_until("document.querySelector('#letters').hidden");
    // Goes into another room by its name; then skips the header and goes to the field.
    goes_by_tab(&ann, ".unfold.goto");
    ann.presses("Enter");
    ann.waits_until("document.activeElement.name === 'room'");
    ann.types("kitchen");
    ann.presses("Enter");
    ann.waits_until("location.pathname === '/r/kitchen' && !!document.querySelector('#field')");
    ann.is_connected();
    goes_by_tab(&ann, "#skip");
    ann.presses("Enter");
    assert_eq!(ann.reads(STOP), "field TEXTAREA");
    // Chooses a light page.
    goes_by_tab(&ann, "#me > summary");
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('#me [name=name]')");
    goes_by_tab(&ann, "#me [name=theme]");
    ann.presses("ArrowDown");
    ann.waits_until("document.querySelector('[name=theme]').value === 'light'");
    assert_eq!(ann.reads("document.documentElement.dataset.theme"), "light");
}

#[test]
fn without_scripts_every_stop_is_in_sight_too() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("see https://example.org/");
    let ann = browser.looks_at("about:blank", DESKTOP);
    for page in ["r/lobby", "settings"] {
        ann.opens_without_scripts(&format!("{}{page}", server.url()));
        ann.waits_until("!!document.querySelector('form button')");
        ann.presses("Tab");
        let stops = goes_round(&ann, 0);
        assert!(stops.len() >= 5, "{page}: {stops:?}");
    }
}

#[test]
fn an_excuse_the_devices_an_invite_and_the_way_to_leave_for_good_are_used_by_keys_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/den", server.url()));
    is_called(&ann, "Ann");
    let opens = |panel: &str, part: &str| {
        goes_by_tab(&ann, &format!("#{panel} > summary"));
        ann.presses("Enter");
        ann.waits_until(&format!("!!document.querySelector('#{panel} {part}')"));
        goes_by_tab(&ann, &format!("#{panel} {part}"));
    };
    let is_back_at = |panel: &str| {
        ann.presses("Escape");
        ann.waits_until(&format!("!document.querySelector('#{panel}').open"));
        assert_eq!(ann.reads(STOP), format!("{panel} SUMMARY"), "the focus is not lost");
    };
    // Says why they do not answer, and that they do again.
    let excuse = "document.querySelector('#people [data-name=Ann] .count').innerText";
    opens("me", "[name=away]");
    ann.types("lunch");
    ann.presses("Enter");
    ann.waits_until(&format!("{excuse} === 'you; away: lunch'"));
    is_back_at("me");
    // Is asked whether to leave for good: Escape and the button lead back to where that began.
    opens("me", "#forget-me button");
    let words = "document.activeElement.innerText";
    let first = ann.reads(words);
    for leaves in ["Escape", "Enter"] {
        ann.presses("Enter");
        assert_eq!(ann.reads(words), "Cancel");
        is_shown(&ann);
        ann.presses(leaves);
        assert_eq!(ann.reads(words), first);
        assert_eq!(ann.sees("document.querySelector('#me').open"), true);
    }
    is_back_at("me");
    // Makes an invite.
    opens("room-menu", "a[href$=\"/invite\"]");
    is_shown(&ann);
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('.made code')");
    goes_by_tab(&ann, ".made button");
    is_back_at("room-menu");
    // Makes a link to another device in its place.
    opens("me", "a[href^=\"/device\"]");
    is_shown(&ann);
    ann.presses("Enter");
    ann.waits_until("!!document.querySelector('#me .made code')");
    goes_by_tab(&ann, "#me .made button");
    is_back_at("me");
    // Signs out the other devices, after a question.
    opens("me", "#elsewhere button");
    is_shown(&ann);
    ann.presses("Enter");
    goes_by_tab(&ann, "#elsewhere button:last-child");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#elsewhere + p').innerText.includes('signed out')");
    is_shown(&ann);
    is_back_at("me");
    // The page of that makes a link, too, and leads back to the room.
    ann.sees("location.assign(document.querySelector('#me a[href^=\"/device\"]').href)");
    ann.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    goes_by_tab(&ann, "main form button");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('main p a')?.href.includes('code=')");
    goes_by_tab(&ann, "main p a");
    goes_by_tab(&ann, "nav a");
    ann.presses("Enter");
    ann.waits_until("location.pathname === '/r/den' && !!document.querySelector('#field')");
    ann.is_connected();
}

#[test]
fn a_message_is_pinned_found_and_unpinned_by_keys_alone_and_the_focus_is_never_lost() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/den", server.url()));
    is_called(&ann, "Ann");
    let bo = browser.opens(&format!("{}r/den", server.url()));
    is_called(&bo, "Bo");
    bo.says("soup at noon");
    ann.hears("soup at noon");
    let words = "document.activeElement.innerText";
    let presses_in_more = |word: &str| {
        ann.presses("Enter");
        ann.waits_until(&format!("{words} === 'Reply'"));
        ann.presses("Tab");
        ann.presses("Enter");
        for _ in 0..STOPS_MAX {
            if ann.reads(words) == word {
                break;
            }
            ann.presses("Tab");
        }
        is_shown(&ann);
        assert_eq!(ann.reads(words), word);
    };
    ann.presses_with("Tab", SHIFT);
    ann.presses("ArrowUp");
    ann.waits_until("!!document.activeElement.querySelector('.actions')");
    // Escape leaves the words, for the row from which they opened.
    presses_in_more("Pin");
    ann.presses("Escape");
    assert_eq!(ann.reads("document.activeElement.tagName"), "LI");
    presses_in_more("Pin");
    ann.presses("Enter");
    assert_eq!(ann.reads("document.activeElement.tagName"), "LI");
    ann.waits_until("document.querySelector('#pinned')?.innerText.includes('soup at noon')");
    // The line is a stop above the log; it leads to the message, and Escape from there to the log.
    ann.presses("Escape");
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(STOP), "pinned A");
    is_shown(&ann);
    ann.presses("Enter");
    ann.waits_until("document.activeElement.matches('#rows .sought')");
    ann.presses("Escape");
    assert_eq!(ann.reads(STOP), "box DIV");
    // The line goes while it has the focus: its message is deleted.
    ann.presses_with("Tab", SHIFT);
    assert_eq!(ann.reads(STOP), "pinned A");
    bo.says("/delete #1");
    ann.waits_until("!document.querySelector('#pinned')");
    assert_eq!(ann.reads(STOP), "box DIV", "the focus is not lost");
}
