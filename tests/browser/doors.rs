//! Into a room and out of it: passwords, its topic, its history, leaving it; by buttons, too.

use serde_json::json;

use crate::ends::{is_told, says_and_holds_the_socket};
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::ways::{SOCKETS, STREAMS};

/// The question in the panel of rooms.
const WORDS: &str = "document.querySelector('.door p').innerText";

fn stands_in(person: &Person<'_>, room: &str) {
    person.waits_until(&format!(
        "location.pathname === '/r/{room}' && document.documentElement.dataset.line === 'open'"
    ));
}

/// A person who made a room with the password `swordfish`.
fn has_a_den<'b>(browser: &'b Browser, server: &Server) -> Person<'b> {
    let bo = comes_to_the_den(browser, server);
    is_called(&bo, "Bo");
    bo.says("soup, at six");
    bo.mark_will_be("soup, at six", "sent");
    bo
}

/// A person who knows the password; the first one makes the room with it.
fn comes_to_the_den<'b>(browser: &'b Browser, server: &Server) -> Person<'b> {
    let person = browser.opens(&server.url());
    person.says("/join den swordfish");
    stands_in(&person, "den");
    person
}

fn answers(person: &Person<'_>, password: &str) {
    person.waits_until("document.activeElement.name === 'password'");
    person.types(password);
    person.presses("Enter");
}

#[test]
fn a_password_goes_into_a_room_and_into_no_address() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = has_a_den(&browser, &server);
    let ann = comes_to_the_den(&browser, &server);
    ann.hears("soup, at six");
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
    for person in [&ann, &bo] {
        let requests = person.requests();
        assert!(!requests.iter().any(|url| url.contains("swordfish")), "{requests:?}");
        assert!(!person.reads("location.href").contains("swordfish"));
        let kept = person.reads("JSON.stringify({ ...localStorage, ...sessionStorage })");
        assert!(!kept.contains("swordfish"), "{kept}");
    }
    // A person who was let in once may come again.
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    ann.says("/join den");
    stands_in(&ann, "den");
}

#[test]
fn a_room_asks_for_its_password_in_place() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = has_a_den(&browser, &server);
    let ann = browser.comes(&server.url(), PHONE);
    ann.says("/join den");
    ann.waits_until(&format!("{WORDS} === 'den needs a password.'"));
    assert_eq!([ann.reads("location.pathname"), ann.field()], ["/", ""]);
    keep_picture(&ann, "360-password.png");
    answers(&ann, "catfish");
    ann.waits_until(&format!("{WORDS} === 'That is not the password.'"));
    answers(&ann, "swordfish");
    stands_in(&ann, "den");
    ann.hears("soup, at six");
    // The link in the list of rooms asks as well, and so does the field there.
    let cleo = browser.opens(&server.url());
    cleo.goes_to_field();
    cleo.types("half a sentence");
    cleo.waits_until("!!document.querySelector('#rooms li a[href=\"/r/den\"]')");
    cleo.clicks("#rooms li a[href=\"/r/den\"]");
    cleo.waits_until(&format!("{WORDS} === 'den needs a password.'"));
    assert_eq!([cleo.reads("location.pathname"), cleo.field()], ["/", "half a sentence"]);
    cleo.clicks(".unfold.goto");
    cleo.waits_until("document.activeElement.name === 'room'");
    cleo.types("b*d");
    cleo.presses("Enter");
    let problem = "document.querySelector('#goto-form .problem').innerText";
    cleo.waits_until(&format!("{problem}.startsWith('Only letters, digits')"));
    cleo.sees("document.querySelector('#goto-form [name=room]').select()");
    cleo.types("kitchen");
    cleo.presses("Enter");
    stands_in(&cleo, "kitchen");
}

#[test]
fn a_command_without_anybody_to_ask_stays_with_its_reason() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = has_a_den(&browser, &server);
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.waits_until("!!document.querySelector('#rooms li a[href=\"/r/den\"]')");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("/join den swordfish");
    // The command stays without its password, because a password is stored nowhere.
    ann.waits_until("document.querySelector('#field').value === '/join den'");
    ann.waits_until(
        "document.querySelector('#note').innerText.startsWith('You are not connected, so you stay')",
    );
    // Another room is pressed in the list. When there is a connection, nothing says that it is not.
    let mut voice = server.voice();
    ann.sees("document.querySelector('#places').open = true");
    ann.waits_until("!!document.querySelector('#rooms li a[href=\"/r/den\"]')");
    ann.sees("document.querySelector('#note').innerText = ''");
    ann.clicks("#rooms li a[href=\"/r/den\"]");
    ann.waits_until(
        "document.querySelector('#note').innerText.startsWith('You are not connected, so you stay')",
    );
    keep_picture(&ann, "1280-no-way-to-rooms.png");
    proxy.heal();
    ann.is_connected();
    ann.waits_until("document.querySelector('#note').hidden");
    voice.says("you are back");
    ann.hears("you are back");
    assert_eq!(ann.field(), "/join den");
}

#[test]
fn who_is_shut_out_of_a_room_is_asked_there_and_comes_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = has_a_den(&browser, &server);
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.says("/join den swordfish");
    stands_in(&ann, "den");
    ann.hears("soup, at six");
    // For example, the server was restarted and has forgotten who had access; or the password has
    // changed.
    for (reason, why) in [
        ("password-needed", "den needs a password."),
        ("wrong-password", "That is not the password."),
    ] {
        ann.sees(&format!(
            "window.parse = JSON.parse; JSON.parse = (text) => {{ const read = parse(text); \
             return read && read.type === 'joined' && read.room === 'den' \
             ? {{ type: 'refused', room: 'den', id: null, reason: '{reason}', text: '' }} : read; }}",
        ));
        proxy.cut();
        ann.line_will_say("Connection closed.");
        proxy.heal();
        ann.line_will_say(&format!("{why} You can still send private messages. Join again"));
        ann.waits_until(&format!("{WORDS} === 'den needs a password.'"));
        ann.sees("JSON.parse = window.parse");
        answers(&ann, "swordfish");
        ann.is_connected();
        ann.waits_until("document.querySelector('#rooms .door').hidden");
        assert_eq!(ann.reads("document.querySelector('#rooms [name=password]').value"), "");
    }
    bo.says("there you are");
    ann.hears("there you are");
}

#[test]
fn who_enters_in_another_tab_is_asked_no_more_in_this_one() {
    let server = Server::start();
    let browser = Browser::start();
    let browser_of_bo = Browser::start();
    has_a_den(&browser_of_bo, &server);
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let is_asked = "!document.querySelector('#rooms .door').hidden";
    // In the list of rooms: the password is for another room.
    ann.says("/join den");
    ann.waits_until(is_asked);
    let other = ann.opens_another_tab(&proxy.url());
    other.says("/join den swordfish");
    stands_in(&other, "den");
    ann.waits_until(&format!("!({is_asked})"));
    drop(ann);
    // In the room itself: the server has forgotten who had access.
    let ann = other;
    let address = server.address().to_string();
    proxy.cut();
    // Bo's page would make the room again, without a password.
    drop(browser_of_bo);
    server.stop();
    let server = Server::start_with(&address, &[]);
    let _maker = comes_to_the_den(&browser, &server);
    proxy.heal();
    // It does not wait for the next attempt of the page.
    let again = "document.querySelector('#state button:not([hidden])')?.click()";
    ann.waits_until(&format!("{is_asked} || ({again}, false)"));
    let other = ann.opens_another_tab(&format!("{}r/lobby", proxy.url()));
    other.says("/join den swordfish");
    stands_in(&other, "den");
    ann.waits_until(&format!("!({is_asked})"));
    ann.is_connected();
}

#[test]
fn who_is_shut_out_is_asked_over_a_private_talk_too_and_writes_there_all_the_while() {
    let data = std::env::temp_dir().join(format!("threadbare-doors-{}", std::process::id()));
    let more = ["--data", data.to_str().unwrap()];
    let server = Server::start_with("127.0.0.1:0", &more);
    let browser = Browser::start();
    let _bo = has_a_den(&browser, &server);
    let people = [PHONE, DESKTOP].map(|device| {
        let person = browser.comes(&server.url(), device);
        person.says("/join den swordfish");
        stands_in(&person, "den");
        person.hears("soup, at six");
        person
    });
    // As after damage of the history, the server asks all of them for the password again.
    let address = server.address().to_string();
    server.stop();
    let file = rusqlite::Connection::open(data.join("threadbare.sqlite")).unwrap();
    file.execute("UPDATE rooms SET people_let_in = NULL, sessions_let_in = NULL", []).unwrap();
    drop(file);
    let server = Server::start_with(&address, &more);
    for person in people {
        person.waits_until(&format!("{WORDS} === 'den needs a password.'"));
        person
            .line_will_say("den needs a password. You can still send private messages. Join again");
        opens_panel(&person, "private");
        person.waits_until("document.querySelector('#talk-title').innerText.includes('Bo')");
        person.goes_to_field();
        person.says("psst");
        let last = "[...document.querySelectorAll('#letters .mark')].pop().innerText";
        person.waits_until(&format!("{last} === 'sent'"));
        person.types("half a letter");
        person.clicks("#state button");
        answers(&person, "swordfish");
        person.is_connected();
        person.waits_until("document.querySelector('#rooms .door').hidden");
        assert_eq!(person.field(), "half a letter");
        person.sees("document.querySelector('.back').click()");
        person.waits_until("document.querySelector('#letters').hidden");
        person.says("here again");
        person.mark_will_be("here again", "sent");
        person.closes();
    }
    server.stop();
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn the_room_s_menu_ends_in_sight_and_what_programs_need_is_folded() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    ann.resizes(1280, 720);
    opens_panel(&ann, "room-menu");
    ann.waits_until("!!document.querySelector('.advanced')");
    let ends = "document.querySelector('#room-menu .sheet').lastElementChild";
    assert_eq!(ann.reads(&format!("{ends}.innerText")), "For programs");
    let sheet = "(sheet => sheet.scrollHeight <= sheet.clientHeight)\
        (document.querySelector('#room-menu .sheet'))";
    assert_eq!(ann.sees(sheet), true, "all of it is in sight");
    assert_eq!(
        ann.sees("document.querySelector('.leave').getBoundingClientRect().bottom < 700"),
        true
    );
    keep_picture(&ann, "1280-room-menu.png");
    let words = "document.querySelector('#room-menu .sheet').innerText";
    let said = ann.reads(words);
    assert!(said.starts_with("kitchen\n"), "the whole name, and then what is done most: {said}");
    let first = "[...document.querySelectorAll('#room-menu .buttons')[0].children].map(it => it.innerText).join()";
    assert_eq!(ann.reads(first), "Search,Save as text,Commands");
    let shared =
        "[...document.querySelectorAll('#room-menu .share > *')].map(it => it.innerText).join()";
    assert_eq!(ann.reads(shared), "Invite,Copy link");
    assert!(!said.contains("curl") && !said.contains("JSON"), "{said}");
    ann.clicks("#room-menu .advanced > summary");
    ann.waits_until(&format!(
        "{words}.includes(\"curl -d 'hello' http\") && {words}.includes('JSON lines')"
    ));
    assert_eq!(ann.sees("document.querySelector('#room-menu').open"), true);
}

#[test]
fn topic_and_leaving_are_in_the_room_s_menu() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    let bo = browser.comes(&format!("{}r/kitchen", server.url()), PHONE);
    opens_panel(&ann, "room-menu");
    opens_panel(&bo, "room-menu");
    bo.sees("document.querySelector('.topic input').focus()");
    bo.types("tea, at four");
    bo.clicks(".topic button");
    ann.waits_until("document.querySelector('#topic').textContent === 'tea, at four'");
    ann.waits_until("document.querySelector('.topic input').value === 'tea, at four'");
    bo.waits_until("!document.querySelector('#room-menu').open");
    // An empty topic removes the topic.
    ann.sees("document.querySelector('.topic input').value = ''");
    ann.clicks(".topic button");
    bo.waits_until("document.querySelector('#topic').textContent === ''");
    opens_panel(&bo, "room-menu");
    bo.sees("document.querySelector('.leave').scrollIntoView()");
    assert_eq!(bo.reads("document.querySelector('.leave').innerText"), "Leave kitchen");
    bo.clicks(".leave");
    bo.waits_until("location.pathname === '/r/lobby'");
    bo.waits_until("document.querySelector('#rows').innerText.includes('You left kitchen.')");
    ann.waits_until("document.querySelector('#people summary').innerText === '1 here'");
    ann.says("soup, at six");
    ann.mark_will_be("soup, at six", "sent");
}

#[test]
fn older_messages_come_by_themselves_to_the_beginning() {
    let server = Server::start();
    let browser = Browser::start();
    let mut raw = server.voice();
    (1..=70).for_each(|number| raw.says(&format!("line {number}")));
    raw.hears("line 70");
    let ann = browser.opens(&server.url());
    ann.hears("line 70");
    ann.waits_until("!document.querySelector('#older').hidden");
    let beginning = "document.querySelector('#older').innerText";
    assert_eq!(ann.reads(beginning), "Older messages");
    ann.scrolls_to(0);
    ann.hears("line 1");
    ann.waits_until(&format!("{beginning} === 'The beginning of lobby'"));
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    bo.says("first");
    bo.mark_will_be("first", "sent");
    bo.waits_until(&format!("{beginning} === 'The beginning of kitchen'"));
}

#[test]
fn many_who_come_are_one_line_with_two_names() {
    let server = Server::start();
    let browser = Browser::start();
    let rows = "document.querySelector('#rows').innerText";
    for (languages, few, folded) in [
        ("en", "Bo, Cleo joined", "Bo, Cleo and 2 more joined"),
        ("zh-CN", "Bo、Cleo 加入了", "Bo、Cleo 等 4 人加入了"),
    ] {
        let ann = browser.comes(&server.url(), Visit { languages, ..DESKTOP });
        says_and_holds_the_socket(&ann);
        let comes = |names: [&str; 2]| {
            for name in names {
                is_told(
                    &ann,
                    &json!({ "type": "presence", "room": "lobby", "name": name, "here": true,
                             "people": 5 }),
                );
            }
        };
        comes(["Bo", "Cleo"]);
        ann.waits_until(&format!("{rows}.includes('{few}')"));
        comes(["Dora", "Emil"]);
        ann.waits_until(&format!("{rows}.includes('{folded}')"));
        assert_eq!(ann.sees(&format!("{rows}.includes('{few}\\n')")), false);
    }
}

/// The log shows these words so many times.
fn is_told_of_it(person: &Person<'_>, words: &str, times: usize) {
    let rows = "document.querySelector('#rows').innerText";
    person.waits_until(&format!("{rows}.split('{words}').length === {times} + 1"));
}

/// Waits for these words below the field.
fn is_refused(person: &Person<'_>, words: &str) {
    person.waits_until(&format!("document.querySelector('#note').innerText.startsWith('{words}')"));
}

const HIDDEN_LOCKED: &str = "den is now hidden and needs a password.";
const RENEWED: &str = "den has a new password. People here now stay; earlier invites have ended.";
const KEPT: &str = "JSON.stringify({ ...localStorage, ...sessionStorage })";

#[test]
fn who_made_a_room_hides_it_and_changes_its_password() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = has_a_den(&browser, &server);
    let ann = comes_to_the_den(&browser, &server);
    bo.says("/hide");
    bo.says("/password cat fish");
    for person in [&bo, &ann] {
        is_told_of_it(person, HIDDEN_LOCKED, 1);
        is_told_of_it(person, RENEWED, 1);
    }
    bo.sees("document.querySelector('#room-menu').open = true");
    let menu = "document.querySelector('#room-menu').innerText";
    bo.waits_until(&format!(
        "{menu}.includes('at this moment stay. All others need it, and earlier')"
    ));
    bo.sees("document.querySelector('#room-menu').open = false");
    // Another person may not do that, and a mistyped command changes nothing.
    ann.says("/show");
    is_refused(
        &ann,
        "Only the person who created this room, a keeper of it, or a host can do that.",
    );
    for (typed, why) in [
        ("/password", "Type it like this: /password"),
        ("/hide Ann", "Type it like this: /hide"),
        ("/msg", "Type it like this: /msg NAME TEXT"),
        // The name of a room is one word, and a typo makes no room.
        ("/join two words here", "Type it like this: /join ROOM [PASSWORD]"),
    ] {
        bo.says(typed);
        is_refused(&bo, why);
        assert_eq!(bo.field(), typed);
        bo.sees("document.querySelector('#field').value = ''");
    }
    // People inside stay. A newcomer needs the new password and the room's name.
    ann.says("still here");
    bo.hears("still here");
    let cleo = browser.opens(&server.url());
    opens_panel(&cleo, "places");
    assert_eq!(cleo.sees("!!document.querySelector('#rooms li a[href=\"/r/den\"]')"), false);
    cleo.says("/join den swordfish");
    cleo.waits_until(&format!("{WORDS} === 'That is not the password.'"));
    cleo.says("/join den \"cat fish\"");
    stands_in(&cleo, "den");
    bo.says("/password -");
    bo.says("/show");
    is_told_of_it(&ann, "den is now hidden. It needs no password.", 1);
    is_told_of_it(&ann, "den is now public. It is in the list of rooms and needs no password.", 1);
}

#[test]
fn a_new_password_is_kept_nowhere_and_said_on_the_next_line() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let bo = browser.opens(&format!("{}r/den", proxy.url()));
    is_called(&bo, "Bo");
    bo.says("/hide");
    bo.says("/password swordfish");
    is_told_of_it(&bo, HIDDEN_LOCKED, 1);
    bo.sees(
        "window.hellos = []; window.send = WebSocket.prototype.send; \
         WebSocket.prototype.send = function (text) { hellos.push(text); return send.call(this, text); }",
    );
    proxy.cut();
    bo.line_will_say("Connection closed.");
    // Without a connection, the page refuses the command, so that it is not sent later, unseen.
    bo.says("/password catfish");
    is_refused(&bo, "You are not connected");
    proxy.heal();
    bo.is_connected();
    bo.waits_until("hellos.some(text => JSON.parse(text).type === 'hello')");
    let hello =
        bo.sees("JSON.parse(hellos.find(text => JSON.parse(text).type === 'hello')).rooms[0]");
    assert_eq!((&hello["hidden"], &hello["password"]), (&json!(true), &json!("swordfish")));
    // The command is still in the field. The draft of a half-typed command is stored without the
    // password.
    assert_eq!(bo.field(), "/password catfish");
    bo.draft_is_kept("/password");
    let kept = bo.reads(KEPT);
    assert!(!kept.contains("catfish") && !kept.contains("swordfish"), "{kept}");
    bo.reloads();
    bo.is_connected();
    assert_eq!(bo.field(), "/password");
    for (typed, kept) in [
        ("/join attic catfish", "/join attic"),
        (" /password catfish", " /password"),
        ("/name Bo#catfish", "/name Bo"),
    ] {
        bo.sees("document.querySelector('#field').value = ''");
        bo.goes_to_field();
        bo.types(typed);
        bo.draft_is_kept(kept);
        assert!(!bo.reads(KEPT).contains("catfish"), "{typed}");
    }
    let requests = bo.requests();
    assert!(!requests.iter().any(|url| url.contains("fish")), "{requests:?}");
}

#[test]
fn by_a_lesser_way_one_s_own_change_is_told_once() {
    for forbidden in [&[SOCKETS][..], &[SOCKETS, STREAMS]] {
        let server = Server::start();
        let browser = Browser::start();
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let bo = browser.opens(&format!("{}r/den", proxy.url()));
        is_called(&bo, "Bo");
        bo.says("/hide");
        is_told_of_it(&bo, "den is now hidden. It needs no password.", 1);
        bo.says("/password swordfish");
        is_told_of_it(&bo, HIDDEN_LOCKED, 1);
        bo.says("there");
        bo.mark_will_be("there", "sent");
        is_told_of_it(&bo, "den is now hidden", 2);
        let requests = bo.requests();
        assert!(!requests.iter().any(|url| url.contains("swordfish")), "{requests:?}");
    }
}

#[test]
fn a_link_to_another_device_is_made_in_the_settings_and_says_who_goes_on_and_for_how_long() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&format!("{}r/den", server.url()), PHONE);
    is_called(&ann, "Ann");
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#me a[href^=\"/device\"]').click()");
    ann.waits_until("!!document.querySelector('#me .made code')");
    let said = ann.reads("document.querySelector('#me .made p').innerText");
    assert!(said.contains("Ann") && said.contains("within 5 minutes"), "{said}");
    assert_eq!(ann.reads("document.querySelector('#me .made button').innerText"), "Copy link");
    keep_picture(&ann, "360-device-link.png");
    let link = ann.reads("document.querySelector('#me .made code').innerText");
    assert!(link.starts_with(&format!("{}device?code=", server.url())), "{link}");
    let tablet = browser.looks_at(&link, PHONE);
    tablet.clicks("main form button");
    tablet.waits_until("location.pathname === '/r/den'");
    tablet.is_connected();
    tablet.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
}

#[test]
fn a_new_room_s_name_is_told_of_while_one_types_and_may_not_be_missing() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.is_whole();
    // The button stands below the list of rooms, which moves it when it comes.
    ann.waits_until("!!document.querySelector('#rooms li')");
    ann.clicks(".unfold.goto");
    ann.waits_until("document.activeElement.name === 'room'");
    let hint = "document.querySelector('#goto-form [role=status]').innerText";
    let problem = "document.querySelector('#goto-form .problem').innerText";
    ann.types(&"n".repeat(32));
    assert_eq!(ann.reads(hint), "If the room exists already, you join it.");
    ann.types(" garden");
    ann.waits_until(&format!("{hint} === 'Too long: 39 of 32 characters'"));
    ann.presses("Enter");
    ann.waits_until(&format!("{problem} === 'Too long: 39 of 32 characters'"));
    ann.sees("document.querySelector('#goto-form [name=room]').select()");
    ann.types("The Garden");
    ann.waits_until(&format!("{hint}.endsWith('the-garden') && {problem} === ''"));
    ann.sees("document.querySelector('#goto-form [name=room]').select()");
    ann.types("Nina's shed");
    let no = "Only letters, digits, - and _, and no '";
    ann.waits_until(&format!("{hint} === \"{no}\""));
    ann.presses("Enter");
    ann.waits_until(&format!("{problem} === \"{no}\""));
    ann.sees("document.querySelector('#goto-form [name=room]').value = ''");
    ann.clicks("#goto-form .send");
    ann.waits_until(&format!("{problem} === 'Give the room a name.'"));
    assert_eq!(ann.reads("document.activeElement.name"), "room");
}

#[test]
fn who_gives_a_password_for_a_room_that_exists_without_one_is_told_so() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/garden", server.url()));
    bo.is_connected();
    let ann = browser.opens(&server.url());
    ann.is_whole();
    let creates = |room: &str| {
        // The button stands below the list of rooms, which moves it when it comes.
        ann.waits_until("!!document.querySelector('#rooms li')");
        ann.clicks(".unfold.goto");
        ann.waits_until("document.activeElement.name === 'room'");
        ann.types(room);
        ann.sees("document.querySelector('#goto-form [name=password]').focus()");
        ann.types("swordfish");
        ann.presses("Enter");
        stands_in(&ann, room);
        ann.is_whole();
    };
    let told = "document.querySelector('#rows').innerText.includes(\
                'garden exists already, and has no password. You joined it.')";
    creates("garden");
    ann.waits_until(told);
    ann.reloads();
    ann.is_whole();
    assert_eq!(ann.sees(told), false);
    creates("den");
    assert_eq!(ann.sees("document.querySelector('#rows').innerText.includes('already')"), false);
}

#[test]
fn leaving_a_locked_or_a_hidden_room_by_the_menu_is_asked_first() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    for how in ["/join den swordfish", "/join attic"] {
        ann.says(how);
        let path = format!("/r/{}", how.split(' ').nth(1).unwrap());
        ann.waits_until(&format!("location.pathname === '{path}'"));
        ann.is_whole();
        if path == "/r/attic" {
            ann.says("/hide");
            ann.waits_until("!!document.querySelector('#room-menu summary .unlisted')");
        }
        opens_panel(&ann, "room-menu");
        ann.waits_until("document.querySelector('#leave-closed')?.checkVisibility()");
        assert_eq!(ann.sees("document.querySelector('.leave').checkVisibility()"), false);
        ann.finds_and_clicks("#leave-closed button");
        let asked = "document.querySelector('#leave-closed').innerText";
        ann.waits_until(&format!("{asked}.startsWith('To come back, you may need its address')"));
        ann.finds_and_clicks("#leave-closed .buttons button:nth-of-type(1)");
        ann.waits_until(&format!("{asked}.startsWith('Leave ')"));
        ann.finds_and_clicks("#leave-closed button");
        ann.finds_and_clicks("#leave-closed .buttons button:nth-of-type(2)");
        ann.waits_until("location.pathname === '/r/lobby'");
        ann.is_whole();
    }
}
