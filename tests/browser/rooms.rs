//! Several rooms at once, on one connection: what is new elsewhere, and how to get there.

use serde_json::Value;

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::sessions::makes_a_device_link;
use crate::ways::{SOCKETS, STREAMS};

const WORD: &str = "document.querySelector('#places summary').innerText";

/// Makes a room with a password by a raw WebSocket, and keeps that open.
const MAKES_A_VAULT: &str = "new Promise((made) => { \
    window.held = new WebSocket(`ws://${location.host}/ws`, 'threadbare.v1'); \
    held.onopen = () => held.send(JSON.stringify({ type: 'hello', versions: [1], name: 'Vera', \
        rooms: [{ room: 'vault', password: 'soup' }] })); \
    held.onmessage = (event) => { if (JSON.parse(event.data).type === 'caught-up') made(true); }; })";

/// Ways to connect that carry only one room, and what the proxy forbids to make the page use them.
const LESSER: [(&str, &[&str]); 2] = [("stream", &[SOCKETS]), ("poll", &[SOCKETS, STREAMS])];

/// Shortens the pauses between occasional requests, so that the test does not wait. Counts how many
/// such requests were open at the same time.
const COUNTS_LOOKS: &str = "{ const patient = setTimeout; \
    window.setTimeout = (work, ms, ...more) => { if ([20000, 60000].includes(ms)) window.pause = ms; \
    return patient(work, ms === 20000 ? 200 : ms, ...more); }; \
    window.looks = 0; window.atOnce = 0; window.mostAtOnce = 0; const real = fetch; \
    window.fetch = (url, more) => { if (!/^.r.(kitchen|attic).poll.*wait=0/.test(url)) return real(url, more); \
    looks += 1; atOnce += 1; mostAtOnce = Math.max(mostAtOnce, atOnce); \
    return real(url, more).finally(() => { atOnce -= 1; }); }; }";

/// The browser reports each request that did not get through. There are no other errors; its advice
/// on forms is none.
pub(crate) fn complains_of_the_connection_only(person: &Person<'_>) {
    let console = person.console();
    let is_of_the_line = |said: &Value| {
        said["entry"]["source"] == "network" || said["entry"]["source"] == "recommendation"
    };
    assert!(console.iter().all(is_of_the_line), "{console:?}");
}

pub(crate) fn stands_in(person: &Person<'_>, room: &str) {
    person.waits_until(&format!(
        "decodeURIComponent(location.pathname) === '/r/{room}' \
         && document.documentElement.dataset.line === 'open'"
    ));
}

/// A person who has said something in the kitchen.
fn speaks_in_the_kitchen<'b>(browser: &'b Browser, server: &Server) -> Person<'b> {
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Bo");
    bo.says("before she came");
    bo
}

/// The person reads what was said, so it is not new any more.
fn has_read_it(person: &Person<'_>) {
    person.hears("before she came");
    person.waits_until("(localStorage['threadbare.seen.kitchen'] || '').endsWith('.1')");
}

#[test]
fn a_mention_in_another_room_leads_to_its_message() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = speaks_in_the_kitchen(&browser, &server);
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    bo.says("Ann, is the soup hot?");
    ann.waits_until("!!document.querySelector('.note button')");
    ann.clicks(".note button");
    stands_in(&ann, "kitchen");
    let sought = "document.activeElement.querySelector('.text')?.innerText";
    ann.waits_until(&format!("{sought} === 'Ann, is the soup hot?'"));
}

#[test]
fn how_many_people_are_in_ones_other_rooms_is_always_of_now() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    let count = "document.querySelector('#rooms [data-room=kitchen] .count')?.innerText";
    ann.waits_until(&format!("{count} === '1 here'"));
    for people in ["2", "3"] {
        let next = browser.opens(&format!("{}r/kitchen", server.url()));
        ann.waits_until(&format!("{count} === '{people} here'"));
        drop(next);
    }
}

#[test]
fn what_is_new_in_other_rooms_is_counted_and_gone_once_it_was_seen() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = speaks_in_the_kitchen(&browser, &server);
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&format!("{}r/kitchen", proxy.url()));
    is_called(&ann, "Ann");
    has_read_it(&ann);
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    assert_eq!(ann.reads(WORD), "Chats", "what she has read is not new");
    bo.says("is the soup hot?");
    bo.says("Ann, is it?");
    ann.waits_until(&format!("{WORD} === 'Chats (2)'"));
    assert!(ann.log().is_empty(), "{:?}", ann.log());
    let note = "Bo mentioned you in kitchen.";
    ann.waits_until(&format!("document.querySelector('.note p').innerText === '{note}'"));
    opens_panel(&ann, "places");
    ann.waits_until(
        "document.querySelector('#rooms li a[href=\"/r/kitchen\"]').parentNode\
         .innerText.includes('1 to you')",
    );
    keep_picture(&ann, "1280-rooms-new.png");
    // A cut changes no count, and missed messages are counted once.
    proxy.cut();
    ann.line_will_say("Connection closed.");
    bo.says("hello?");
    bo.mark_will_be("hello?", "sent");
    proxy.heal();
    ann.waits_until(&format!("{WORD} === 'Chats (3)'"));
    // The page does not announce again what was there before.
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{WORD} === 'Chats (3)'"));
    assert!(!ann.reads("document.querySelector('#rows').innerText").contains("mentioned you"));
    // Two tabs with something new in a third room stay quiet.
    let hall = ann.opens_another_tab(&format!("{}r/hall", proxy.url()));
    hall.waits_until(&format!("{WORD} === 'Chats (3)'"));
    hall.goes_to_field();
    hall.types("a draft");
    hall.draft_is_kept("a draft");
    ann.sees("window.writes = 0; addEventListener('storage', () => { window.writes += 1; })");
    // Waits for 60 frames of the tab in front; a tab in the background has none.
    hall.sees(
        "new Promise((done) => { let frames = 0; const next = () => { frames += 1; \
         if (frames < 60) requestAnimationFrame(next); else done(); }; next(); })",
    );
    assert!(ann.measures("window.writes") < 10.0, "{} writes", ann.measures("window.writes"));
    hall.closes();
    // Another tab reads that room; then both tabs show the same.
    let other = ann.opens_another_tab(&format!("{}r/kitchen", proxy.url()));
    other.hears("hello?");
    ann.waits_until(&format!("{WORD} === 'Chats'"));
    assert_eq!(bo.reads("document.querySelector('#people summary').innerText"), "2 here");
    other.closes();
    // A person who is only in the kitchen has a new name: the lobby does not show that.
    is_called(&bo, "Boris");
    bo.says("I am Boris");
    ann.waits_until("document.querySelector('#places summary').innerText === 'Chats (1)'");
    assert!(!ann.reads("document.querySelector('#rows').innerText").contains("is now"));
}

#[test]
fn by_a_lesser_way_too_what_is_new_in_other_rooms_is_counted_and_calls() {
    for (way, forbidden) in LESSER {
        let server = Server::start();
        let browser = Browser::start();
        let bo = speaks_in_the_kitchen(&browser, &server);
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let ann = browser.opens(&format!("{}r/kitchen", proxy.url()));
        is_called(&ann, "Ann");
        ann.begins_with(COUNTS_LOOKS);
        has_read_it(&ann);
        for room in ["attic", "lobby"] {
            ann.says(&format!("/join {room}"));
            stands_in(&ann, room);
        }
        ann.is_connected_by(way);
        // The page has polled the other rooms, and found nothing new.
        ann.waits_until("looks > 2");
        assert_eq!(ann.reads(WORD), "Chats", "by {way}");
        bo.says("is the soup hot?");
        bo.says("Ann, is it?");
        ann.waits_until(&format!("{WORD} === 'Chats (2)'"));
        ann.waits_until(
            "document.querySelector('.note p')?.innerText === 'Bo mentioned you in kitchen.'",
        );
        assert!(ann.log().is_empty(), "{:?}", ann.log());
        // A cut changes no count. Missed messages are counted once, and the page does not call the
        // reader again.
        proxy.cut();
        ann.line_will_say("Connection closed.");
        bo.says("Ann, hello?");
        bo.mark_will_be("Ann, hello?", "sent");
        proxy.heal();
        ann.waits_until(&format!("{WORD} === 'Chats (3)'"));
        assert_eq!(ann.measures("document.querySelectorAll('.note').length"), 1.0, "by {way}");
        assert_eq!(ann.measures("mostAtOnce"), 1.0, "one after the other, by {way}");
        // For the people there, Ann is present all the time, and does not join again with each
        // poll.
        assert_eq!(bo.reads("document.querySelector('#people summary').innerText"), "2 here");
        let told = bo.reads("document.querySelector('#rows').innerText");
        assert!(!told.contains("Ann joined") && !told.contains("Ann left"), "by {way}: {told}");
        // A hidden tab polls more rarely. When the reader comes back, the page polls at once.
        ann.looks_away(true);
        ann.waits_until("pause === 60000 && !atOnce");
        bo.says("Ann, are you there?");
        bo.mark_will_be("Ann, are you there?", "sent");
        assert_eq!(ann.reads(WORD), "Chats (3)");
        ann.looks_away(false);
        ann.waits_until(&format!("{WORD} === 'Chats (4)'"));
        complains_of_the_connection_only(&ann);
    }
}

#[test]
fn alt_with_arrows_goes_from_room_to_room_and_leave_leaves() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/attic", server.url()));
    for room in ["kitchen", "lobby"] {
        ann.says(&format!("/join {room}"));
        stands_in(&ann, room);
    }
    const ALT: u32 = 1;
    for (key, room) in
        [("ArrowUp", "kitchen"), ("ArrowUp", "attic"), ("ArrowUp", "lobby"), ("ArrowDown", "attic")]
    {
        ann.goes_to_field();
        ann.presses_with(key, ALT);
        stands_in(&ann, room);
    }
    // If the field has text, the keys belong to the field.
    ann.goes_to_field();
    ann.types("half a word");
    ann.presses_with("ArrowDown", ALT);
    assert_eq!([ann.field(), ann.reads("location.pathname")], ["half a word", "/r/attic"]);
    ann.sees("document.querySelector('#field').value = ''");
    let bo = browser.opens(&format!("{}r/attic", server.url()));
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    ann.says("/leave");
    stands_in(&ann, "lobby");
    bo.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    ann.goes_to_field();
    ann.presses_with("ArrowDown", ALT);
    stands_in(&ann, "kitchen");
}

#[test]
fn whoever_leaves_a_room_is_told_where_they_are_now_and_why_they_stay() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/attic", server.url()));
    is_called(&bo, "Bo");
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    // Nobody leaves the only room.
    let why = "You are only in lobby, so you cannot leave it.";
    ann.says("/leave");
    ann.waits_until(&format!("document.querySelector('#note').innerText.startsWith('{why}')"));
    assert_eq!(ann.field(), "/leave", "it was not done");
    ann.sees("document.querySelector('#field').value = ''");
    opens_panel(&ann, "room-menu");
    ann.clicks(".leave");
    ann.waits_until(&format!("document.querySelector('.leave + p').innerText.startsWith('{why}')"));
    assert_eq!(ann.reads("location.pathname"), "/");
    // From another room one gets to the room before, which says so.
    ann.says("/join attic");
    stands_in(&ann, "attic");
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    ann.says("/leave");
    stands_in(&ann, "lobby");
    ann.waits_until("document.querySelector('#rows').innerText.includes('You left attic.')");
    bo.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    // The same from a room that was the only one.
    let cleo = browser.opens(&format!("{}r/attic", server.url()));
    opens_panel(&cleo, "room-menu");
    cleo.clicks(".leave");
    stands_in(&cleo, "lobby");
    cleo.waits_until("document.querySelector('#rows').innerText.includes('You left attic.')");
    // It is said once.
    cleo.reloads();
    cleo.is_connected();
    assert!(!cleo.reads("document.querySelector('#rows').innerText").contains("You left"));
}

#[test]
fn a_room_that_lets_nobody_in_any_more_is_forgotten_without_a_word() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/cellar", server.url()));
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    // Meanwhile the room belongs to another person and has a password.
    ann.sees("localStorage['threadbare.rooms'] = JSON.stringify(['vault', 'cellar', 'lobby'])");
    let bo = browser.opens(&server.url());
    bo.sees(MAKES_A_VAULT);
    ann.reloads();
    ann.is_connected();
    ann.waits_until("!localStorage['threadbare.rooms'].includes('vault')");
    ann.says("all is well");
    ann.mark_will_be("all is well", "sent");
    assert_eq!(ann.reads("document.querySelector('#note').innerText"), "");
}

#[test]
fn what_waits_to_be_said_in_another_room_goes_out_from_here() {
    what_waits_goes_out_by("live", &[]);
}

#[test]
fn by_a_lesser_way_too_what_waits_to_be_said_in_another_room_goes_out_from_here() {
    for (way, forbidden) in LESSER {
        what_waits_goes_out_by(way, forbidden);
    }
}

fn what_waits_goes_out_by(way: &str, forbidden: &[&'static str]) {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(forbidden);
    let kitchen = browser.opens(&format!("{}r/kitchen", proxy.url()));
    kitchen.is_connected_by(way);
    is_called(&kitchen, "Ann");
    let mut bo = server.voice();
    let lobby = kitchen.opens_another_tab(&format!("{}r/lobby", proxy.url()));
    lobby.is_connected();
    proxy.cut();
    lobby.line_will_say("Connection closed.");
    lobby.says("is anybody there?");
    lobby.says("#");
    lobby.mark_will_be("#", "will send when reconnected");
    lobby.closes();
    proxy.heal();
    kitchen.reloads();
    kitchen.is_connected();
    bo.hears("Ann: is anybody there?");
    bo.hears("Ann: #");
    kitchen.waits_until("!Object.keys(localStorage).some(name => name.includes('.unsent.'))");
    assert!(kitchen.log().is_empty(), "{:?}", kitchen.log());
}

/// The rooms of the list, as they stand there.
const LISTED: &str =
    "[...document.querySelectorAll('#rooms li bdi')].map(it => it.textContent).join('|')";

#[test]
fn a_new_room_comes_into_the_lists_of_all_at_once_and_none_changes_its_place() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.waits_until(&format!("{LISTED} === 'lobby'"));
    // Ann does nothing meanwhile, and her page asks for nothing.
    ann.sees(
        "window.asked = 0; const send = WebSocket.prototype.send; \
         WebSocket.prototype.send = function (text) { \
         window.asked += text.includes('\"rooms\"'); return send.call(this, text); }; 0",
    );
    let bo = browser.opens(&format!("{}r/zebra", server.url()));
    ann.waits_until(&format!("{LISTED} === 'lobby|zebra'"));
    bo.says("/join secrets soup");
    bo.waits_until("document.querySelector('h1').textContent === 'secrets'");
    ann.waits_until(&format!("{LISTED} === 'lobby|secrets|zebra'"));
    ann.waits_until("!!document.querySelector('#rooms [data-room=secrets] svg')");
    bo.says("/hide");
    ann.waits_until(&format!("{LISTED} === 'lobby|zebra'"));
    // Bo is not in the lobby, and his rooms come first.
    bo.waits_until(&format!("{LISTED} === 'secrets|zebra|lobby'"));
    bo.says("/show");
    ann.waits_until(&format!("{LISTED} === 'lobby|secrets|zebra'"));
    assert_eq!(ann.sees("window.asked"), 0);
    // The server's list begins with the rooms that have most people.
    let _cleo = browser.opens(&format!("{}r/zebra", server.url()));
    let _dora = browser.opens(&format!("{}r/zebra", server.url()));
    ann.points_at("#composer");
    ann.points_at("#rooms h2");
    ann.waits_until(
        "document.querySelector('#rooms [data-room=zebra] .count').innerText === '3 here'",
    );
    assert_eq!(ann.reads(LISTED), "lobby|secrets|zebra");
}

#[test]
fn a_new_device_is_in_the_rooms_of_the_others_and_counts_what_is_new_there() {
    let server = Server::start();
    let (laptop, pocket) = (Browser::start(), Browser::start());
    let bo = speaks_in_the_kitchen(&laptop, &server);
    let desk = Browser::start();
    let ann = desk.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join kitchen");
    stands_in(&ann, "kitchen");
    has_read_it(&ann);
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    let tab = ann.opens_another_tab(&server.url());
    tab.is_connected();
    let phone = pocket.looks_at(&makes_a_device_link(&ann), DESKTOP);
    phone.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    phone.clicks("main form button");
    phone.is_live();
    opens_panel(&phone, "places");
    phone.waits_until("!!document.querySelector('#rooms li a[href=\"/r/kitchen\"]')");
    // What comes before the server has let the phone in is not new there.
    crate::cdp::wait_for("a count of what calls Ann", || {
        bo.says("Ann, where are you?");
        phone.reads("document.querySelector('#rooms').innerText").contains(" to you").then_some(())
    });
    // A room that she makes later is hers on the phone, too.
    tab.says("/join cellar");
    stands_in(&tab, "cellar");
    phone.waits_until("localStorage['threadbare.rooms'].includes('cellar')");
    // A room that the reader left here stays left here.
    phone.says("/join kitchen");
    stands_in(&phone, "kitchen");
    phone.says("/leave");
    stands_in(&phone, "lobby");
    phone.reloads();
    phone.is_connected();
    phone.waits_until("!localStorage['threadbare.rooms'].includes('kitchen')");
}

#[test]
fn without_a_connection_a_link_to_another_room_says_so_and_leads_nowhere() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let _bo = speaks_in_the_kitchen(&browser, &server);
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&format!("{}r/attic", proxy.url()), visit);
        ann.goes_to(&format!("{}r/den", proxy.url()));
        stands_in(&ann, "den");
        ann.is_whole();
        // Without a list from the server the reader's own rooms are there.
        proxy.cut();
        ann.line_will_say("Connection closed.");
        opens_panel(&ann, "places");
        let rooms = "[...document.querySelectorAll('#rooms li bdi')].map(one => one.innerText)";
        ann.waits_until(&format!("['attic', 'den'].every(one => {rooms}.includes(one))"));
        proxy.heal();
        ann.is_connected();
        ann.waits_until("!!document.querySelector('#rooms [data-room=kitchen]')");
        proxy.cut();
        ann.line_will_say("Connection closed.");
        ann.sees("document.querySelector('#rooms [data-room=kitchen]').click()");
        let told = "document.querySelector('#note').innerText";
        ann.waits_until(&format!(
            "{told} === 'You are not connected, so you stay in this room. What you write goes here.'"
        ));
        assert_eq!(ann.reads("location.pathname"), "/r/den");
        proxy.heal();
        ann.is_connected();
        ann.waits_until(&format!("{told} === ''"));
        ann.sees("document.querySelector('#rooms [data-room=kitchen]').click()");
        ann.waits_until("location.pathname === '/r/kitchen'");
    }
}

#[test]
fn in_a_room_of_one_s_own_the_unread_line_says_where_the_new_begins_however_one_comes() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let [lobby, kitchen] = ["lobby", "kitchen"].map(|room| format!("{}r/{room}", server.url()));
    // The kitchen is empty when Ann is there for the first time.
    ann.goes_to(&kitchen);
    stands_in(&ann, "kitchen");
    ann.is_whole();
    bo.goes_to(&kitchen);
    stands_in(&bo, "kitchen");
    for (nth, way) in ["link", "list", "join", "back", "list"].iter().enumerate() {
        ann.goes_to(&lobby);
        stands_in(&ann, "lobby");
        ann.is_whole();
        let text = format!("soup {nth}");
        bo.says(&text);
        ann.waits_until(&format!("{WORD} !== 'Chats'"));
        match *way {
            "link" => ann.goes_to(&kitchen),
            "join" => ann.says("/join kitchen"),
            "back" => drop(ann.goes_back()),
            _ => {
                opens_panel(&ann, "places");
                ann.waits_until("document.querySelector('#rooms .fresh')");
                ann.clicks("#rooms a:not([aria-current])");
            }
        }
        stands_in(&ann, "kitchen");
        ann.hears(&text);
        ann.waits_until("document.querySelector('#rows .unread')?.innerText === '1 new message'");
    }
}

#[test]
fn from_the_list_of_chats_the_unread_line_says_where_many_new_messages_begin() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("hello");
    ann.hears("hello");
    ann.says("hello Bo");
    bo.hears("hello Bo");
    ann.says("/join kitchen");
    stands_in(&ann, "kitchen");
    ann.is_whole();
    for text in ["one", "two", "three"] {
        bo.says(text);
    }
    ann.waits_until(&format!("{WORD} === 'Chats (3)'"));
    opens_panel(&ann, "places");
    ann.waits_until("document.querySelector('#rooms .fresh')");
    ann.clicks("#rooms a:not([aria-current])");
    stands_in(&ann, "lobby");
    ann.hears("three");
    ann.waits_until("document.querySelector('#rows .unread')?.innerText === '3 new messages'");
}
