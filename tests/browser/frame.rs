//! The frame of the live page: the header, the column of places, the menus of the room and of a
//! person, and the reader's panel behind the pill.

use serde_json::json;

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::scene::Caller;

/// The name that the reader has, on the pill.
const NAME: &str = "document.querySelector('#me summary').innerText";
/// What is wrong with the name, in the panel.
const PROBLEM: &str = "document.querySelector('#me form [role=alert]').innerText";

/// Asks for a name in the reader's panel, as with a mouse.
fn asks_for(person: &Person<'_>, name: &str, password: &str) {
    opens_panel(person, "me");
    for (field, text) in [("name", name), ("secret", password)] {
        person.clicks(&format!("#me [name={field}]"));
        person.sees(&format!("document.querySelector('#me [name={field}]').select()"));
        person.types(text);
        person.sees(&format!("document.querySelector('#me [name={field}]').value = '{text}'"));
    }
    person.presses("Enter");
}

#[test]
fn a_name_that_is_taken_is_told_of_at_its_field_and_the_panel_stays() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    asks_for(&ann, "Ann", "tulip");
    ann.waits_until(&format!("{NAME} === 'Ann'"));
    // The panel never closes in between.
    bo.sees(
        "window.closings = 0; document.querySelector('#me').addEventListener('toggle', \
             ({ target }) => { window.closings += target.open ? 0 : 1; }); 0",
    );
    asks_for(&bo, "Ann", "");
    bo.waits_until(&format!("{PROBLEM}.startsWith('That name is taken.')"));
    assert_eq!(bo.sees("[document.querySelector('#me').open, window.closings]"), json!([true, 0]));
    // The next thing typed is a password, and becomes nobody's name.
    assert_eq!(bo.reads("document.activeElement.name"), "secret");
    let label = "document.activeElement.closest('label').innerText.trim()";
    assert_eq!(bo.reads(label), "Password for Ann");
    // This signs in, and sets no password.
    let words = "(form => [form.querySelector('.send').innerText, form.innerText.includes(\
                 'reserves this name')].join('|'))(document.querySelector('#me form.name'))";
    assert_eq!(bo.reads(words), "Sign in|false");
    assert_eq!(bo.reads("document.activeElement.getAttribute('aria-invalid')"), "true");
    let tied = "document.getElementById(document.activeElement.getAttribute('aria-describedby').split(' ')[0])";
    assert_eq!(bo.sees(&format!("{tied}.getAttribute('role')")), "alert");
    keep_picture(&bo, "1280-name-taken.png");
    // With a wrong password it is told of at the password, and with the right one Bo is Ann.
    asks_for(&bo, "Ann", "rose");
    bo.waits_until(&format!("{PROBLEM}.startsWith('That is not the password for this name.')"));
    assert_eq!(bo.reads("document.activeElement.name"), "secret");
    asks_for(&bo, "Ann", "tulip");
    bo.waits_until(&format!("{NAME} === 'Ann' && !document.querySelector('#me').open"));
}

#[test]
fn each_name_that_cannot_be_had_has_its_reason() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let long = "x".repeat(40);
    for (name, why) in [
        ("", "Enter a name first."),
        (long.as_str(), "at most 32 characters"),
        ("a/b", "cannot contain the character “/”"),
        ("guest-001", "the server gives names like guest-041"),
    ] {
        asks_for(&ann, name, "");
        ann.waits_until(&format!("{PROBLEM}.includes('{why}')"));
        assert_eq!(ann.sees("document.querySelector('#me').open"), true, "{name}");
    }
}

#[test]
fn on_a_phone_the_header_is_one_row_and_what_does_not_fit_ends_in_dots() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Wilhelmina Featherstonehaugh");
    let topic = "the workshop chat, about all that is done there and all that is not";
    bo.says(&format!("/topic {topic}"));
    ann.waits_until(&format!("document.querySelector('#topic').textContent === '{topic}'"));
    bo.says("/msg Wilhelmina Featherstonehaugh psst");
    ann.waits_until("document.querySelector('#places summary').innerText === 'Chats (1)'");
    assert!(ann.measures("document.querySelector('header').offsetHeight") <= 49.0);
    keep_picture(&ann, "360-header.png");
    // The topic is in sight, below the room's name.
    let cut = "[...document.querySelectorAll('h1, #topic, nav summary, #me bdi')]\
        .filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)";
    assert_eq!(
        ann.sees(&format!("{cut}.map(one => getComputedStyle(one).textOverflow)")),
        json!(["ellipsis", "ellipsis"]),
        "the topic and the name"
    );
    let below = "document.querySelector('#topic').getBoundingClientRect().top \
        >= document.querySelector('h1').getBoundingClientRect().bottom - 1";
    assert_eq!(ann.sees(below), true);
    // As much is free at the end, behind the name, as before the mark (whose lines begin 4 px in).
    let free = "(edge => [edge('.brand svg').left + 4, innerWidth - edge('#me bdi').right])\
        (one => document.querySelector(one).getBoundingClientRect())";
    for (visit, name) in [
        (PHONE, "Wilhelmina Featherstone"),
        (Visit { languages: "zh-CN", ..PHONE }, "王小明"),
        (Visit { touch: false, languages: "zh-CN", ..PHONE }, "一个很长很长很长很长的名字"),
        (Visit { touch: false, ..PHONE }, "Al"),
    ] {
        let eve = browser.comes(&server.url(), visit);
        is_called(&eve, name);
        assert_eq!(eve.sees(free), json!([14, 14]), "{name}");
        assert_eq!(eve.measures("document.documentElement.scrollWidth"), 360.0);
        assert!(eve.measures("document.querySelector('header').offsetHeight") <= 49.0);
        eve.closes();
    }
}

#[test]
fn what_the_server_s_pages_have_too_is_chosen_in_the_panel_and_nothing_that_does_nothing() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at(&format!("{}settings", server.url()), DESKTOP);
    ann.waits_until("document.readyState === 'complete' && !!document.forms[0]");
    ann.clicks("[name=order][value=last]");
    ann.clicks("form button");
    ann.waits_until("document.querySelector('[role=status] b')?.innerText === 'Saved.'");
    ann.clicks("[role=status] a");
    ann.is_connected();
    assert_eq!(ann.reads("location.pathname + location.search"), "/r/lobby");
    opens_panel(&ann, "me");
    let names = "[...document.querySelectorAll('#me select, #me [type=checkbox], #me [type=radio]')]\
        .map(one => one.name).join()";
    assert_eq!(
        ann.reads(names),
        "shows,theme,size,lang,notice,sound,enter,aloud,comings,way,times,numbers"
    );
    let chooses = |name: &str, value: &str| {
        ann.sees(&format!(
            "(list => {{ list.value = '{value}'; \
             list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})\
             (document.querySelector('#me [name={name}]'))"
        ));
    };
    // The panel has fetched the form once; each change fetches it, and sends it back.
    let saved = |n: u32| {
        ann.waits_until(&format!(
            "performance.getEntriesByType('resource')\
             .filter(({{ name }}) => name.endsWith('/settings')).length >= {n}"
        ));
    };
    chooses("theme", "dark");
    ann.waits_until("document.documentElement.dataset.theme === 'dark'");
    saved(3);
    chooses("size", "l");
    ann.waits_until("document.documentElement.dataset.size === 'l'");
    saved(5);
    chooses("lang", "zh");
    ann.waits_until("document.documentElement.lang === 'zh-Hans'");
    ann.is_connected();
    assert_eq!(
        ann.sees("[document.documentElement.dataset.theme, document.documentElement.dataset.size]"),
        json!(["dark", "l"])
    );
    // What was chosen on the server's page stays.
    ann.goes_to(&format!("{}settings", server.url()));
    ann.waits_until("!!document.querySelector('[name=order][value=last]')?.checked");
}

#[test]
fn what_can_be_done_with_a_person_is_behind_their_name_in_the_list() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let order = "[...document.querySelectorAll('#people li')].map(row => row.innerText.trim())";
    ann.waits_until(&format!("/^Ann\\s+you,Bo$/.test({order}.join())"));
    let row = "#people li[data-name=Bo] button";
    let items = "[...document.querySelectorAll('#person-menu [role=menuitem]')]\
        .map(one => one.innerText).join()";
    ann.clicks(row);
    ann.waits_until(&format!("{items} === 'Message privately,Mention,Ignore Bo'"));
    keep_picture(&ann, "1280-person.png");
    // It has the focus; Escape gives it back.
    assert_eq!(ann.reads("document.activeElement.innerText"), "Message privately");
    ann.presses("ArrowDown");
    assert_eq!(ann.reads("document.activeElement.innerText"), "Mention");
    ann.presses("Escape");
    assert_eq!(ann.sees(&format!("document.activeElement.matches('{row}')")), true);
    assert_eq!(ann.sees("!!document.querySelector('#person-menu')"), false);
    let chooses = |nth: u32| {
        ann.clicks(row);
        ann.waits_until("!!document.querySelector('#person-menu')");
        ann.clicks(&format!("#person-menu :nth-child({nth})"));
    };
    chooses(2);
    assert_eq!(ann.field(), "@Bo ");
    // Who is ignored can be heard again, where it is said and in the menu.
    chooses(3);
    let note = "document.querySelector('#rows li:last-child').innerText";
    ann.waits_until(&format!("{note}.startsWith('You are ignoring Bo in all rooms.')"));
    bo.says("are you there?");
    bo.mark_will_be("are you there?", "sent");
    ann.clicks("#rows li:last-child button");
    ann.hears("are you there?");
    chooses(3);
    ann.clicks(row);
    ann.waits_until(&format!("{items} === 'Message privately,Mention,Stop ignoring'"));
    ann.clicks("#person-menu :nth-child(3)");
    ann.hears("are you there?");
    chooses(1);
    ann.waits_until("!document.querySelector('#letters').hidden");
    assert_eq!(ann.reads("document.querySelector('#talks [aria-current]').innerText.trim()"), "Bo");
    // One's own name leads to one's own panel.
    ann.clicks("#people li:first-child button");
    ann.waits_until("document.querySelector('#me').open");
}

#[test]
fn the_settings_have_headings_and_the_name_s_button_waits_for_another_name() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me .name')");
    let headings = "[...document.querySelectorAll('#me h2')].map(one => one.innerText).join()";
    assert_eq!(ann.reads(headings), "You,Look,Notifications,Messages,Devices");
    // Its two buttons look alike, what stands below the first has a space before it, and what
    // removes everything is the last.
    let sizes = "[...document.querySelectorAll('#me .name .send, #me .away .plain')]\
        .map(one => [one.offsetHeight, getComputedStyle(one).fontSize])";
    assert_eq!(ann.sees(&format!("{sizes}.every(one => `${{one}}` === `${{{sizes}[0]}}`)")), true);
    let space = "(([one, next]) => next.top - one.bottom)(['.name .send', '.away']\
        .map(one => document.querySelector(`#me ${one}`).getBoundingClientRect()))";
    assert!(ann.measures(space) >= 16.0);
    assert_eq!(ann.reads("document.querySelector('#me .sheet').lastElementChild.id"), "forget-me");
    keep_picture(&ann, "1280-settings.png");
    let is_quiet = "document.querySelector('#me .send').matches('.quiet')";
    assert_eq!(ann.sees(is_quiet), true);
    ann.sees("document.querySelector('#me [name=name]').focus()");
    ann.types("a");
    assert_eq!(ann.sees(is_quiet), false);
    ann.presses("Enter");
    ann.waits_until("!document.querySelector('#me').open");
    assert_eq!(ann.sees(is_quiet), true);
}

#[test]
fn in_a_private_talk_its_two_people_are_shown() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let _others = ["Bo", "Cleo"].map(|name| Caller::comes(&server, name, &["lobby"]));
    let shown = "[document.querySelector('#people h2').innerText, \
        ...[...document.querySelectorAll('#people li bdi')].map(one => one.innerText)].join()";
    ann.waits_until(&format!("{shown}.startsWith('3 here,Ann,')"));
    ann.says("/msg Bo psst");
    ann.waits_until("!!document.querySelector('#talks button')");
    ann.clicks("#talks button");
    ann.waits_until(&format!("{shown} === 'People,Ann,Bo'"));
    ann.clicks("#rooms [aria-current]");
    ann.waits_until(&format!("{shown}.startsWith('3 here,Ann,') && {shown}.includes('Cleo')"));
}

#[test]
fn with_many_rooms_private_talks_are_in_sight() {
    let server = Server::start();
    let browser = Browser::start();
    let rooms: Vec<_> = (1..=16).map(|nth| format!("room-{nth}")).collect();
    let rooms: Vec<_> = rooms.iter().map(String::as_str).collect();
    let _bo = Caller::comes(&server, "Bo", &rooms);
    let ann =
        browser.comes(&format!("{}r/room-16", server.url()), Visit { height: 800, ..DESKTOP });
    ann.waits_until("document.querySelectorAll('#rooms li').length > 15");
    let in_sight = |what: &str| {
        format!(
            "((one, end) => one.bottom <= end.bottom && one.height > 0)(...['{what}', 'main']\
             .map(one => document.querySelector(one).getBoundingClientRect()))"
        )
    };
    assert_eq!(ann.sees(&in_sight(".unfold.whom")), true);
    assert_eq!(ann.sees(&in_sight("#rooms [aria-current]")), true);
    keep_picture(&ann, "1280-rooms-and-talks.png");
}

/// The colour of each name in the list of people, as its class.
const COLOURS: &str = "Object.fromEntries([...document.querySelectorAll('#people li')].map(row => \
    [row.dataset.name, row.querySelector('.ring').className.split(' ')[1]]))";

#[test]
fn a_name_has_one_colour_on_each_screen_and_the_reader_one_mark() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    // Some of these names share a colour. Of others the capitals or the marks decide which it is.
    let names =
        ["Bo", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "STRASSE", "Élan", "ΣΊΣΥΦΟΣ"];
    let people = names.map(|name| {
        let rooms = ["lobby", "den"];
        Caller::comes(&server, name, if name < "Gus" { &rooms[..1] } else { &rooms })
    });
    ann.waits_until("document.querySelectorAll('#people .ring').length === 12");
    let in_lobby = ann.sees(COLOURS);
    // Another reader meets the people in another order.
    let zoe = browser.opens(&format!("{}r/den", server.url()));
    is_called(&zoe, "Zoe");
    let has_zoe = "Boolean(document.querySelector('#people [data-name=Zoe]'))";
    zoe.waits_until(&format!(
        "document.querySelectorAll('#people .ring').length === 7 && {has_zoe}"
    ));
    let in_den = zoe.sees(COLOURS);
    for (name, colour) in in_den.as_object().unwrap() {
        assert!(name == "Zoe" || in_lobby[name] == *colour, "{name}: {in_lobby} {in_den}");
    }
    // The log, and the list of chats.
    for (name, person) in names.into_iter().zip(people) {
        person.says("lobby", &format!("soup {name}"));
        ann.hears(&format!("soup {name}"));
        let row = "[...document.querySelectorAll('.said:not(.own)')].pop()";
        let class = "(one => [...one.classList].find(part => /^p\\d+$/.test(part)))";
        assert_eq!(ann.sees(&format!("{class}({row})")), in_lobby[name], "{name} in the log");
        person.sends(json!({"type": "private", "to": "Ann", "text": "psst"}));
        let talk = format!(
            "[...document.querySelectorAll('#talks button')]\
                 .find(one => one.querySelector('bdi').textContent === '{name}')"
        );
        ann.waits_until(&format!("Boolean({talk})"));
        let ring = format!("{talk}.querySelector('.ring')");
        assert_eq!(ann.sees(&format!("{class}({ring})")), in_lobby[name], "{name} in the chats");
    }
    // A page without scripts.
    let plain = crate::scriptless::opens(&browser, &server, DESKTOP);
    plain.opens_without_scripts(&format!("{}r/lobby?before=9999", server.url()));
    let rows = "[...document.querySelectorAll('li[value] .name')]";
    plain.waits_until(&format!("document.readyState !== 'loading' && {rows}.length === 11"));
    let class = "(one => [...one.classList].find(part => /^p\\d+$/.test(part)))";
    let on_page = plain.sees(&format!(
        "Object.fromEntries({rows}.map(one => [one.innerText.trim(), {class}(one)]))"
    ));
    for name in names {
        assert_eq!(on_page[name], in_lobby[name], "{name} without scripts: {on_page}");
    }
    // The reader has a full dot in the list, as in the log.
    ann.says("soup");
    ann.hears("soup");
    let dots = "[getComputedStyle(document.querySelector('#people [data-name=Ann] .ring')), \
        getComputedStyle(document.querySelector('.own.turn'), '::before')]\
        .map(one => `${one.borderTopWidth} ${one.borderTopColor} ${one.width}`)";
    assert_eq!(ann.sees(&format!("new Set({dots}).size")), 1);
}

#[test]
fn a_room_is_made_in_place_and_what_its_maker_alone_can_do_is_offered_to_nobody_else() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.is_whole();
    // The button stands below the list of rooms, which moves it when it comes.
    ann.waits_until("!!document.querySelector('#rooms li')");
    ann.clicks(".unfold.goto");
    ann.waits_until("document.activeElement.name === 'room'");
    ann.types("den");
    ann.sees("document.querySelector('#goto-form [name=password]').value = 'swordfish'");
    ann.clicks("#goto-form .send");
    ann.waits_until("location.pathname === '/r/den'");
    ann.is_connected();
    let bo = browser.opens(&server.url());
    bo.says("/join den swordfish");
    bo.waits_until("location.pathname === '/r/den'");
    bo.is_connected();
    opens_panel(&bo, "room-menu");
    bo.waits_until("document.querySelector('#leave-closed')?.checkVisibility()");
    let offered = "['hidden', 'password', 'topic'].filter((name) => \
        document.querySelector(`#room-menu [name=${name}]`).checkVisibility()).join()";
    assert_eq!(bo.reads(offered), "topic");
    keep_picture(&bo, "1280-room-menu-of-a-member.png");
    opens_panel(&ann, "room-menu");
    ann.waits_until("document.querySelector('#leave-closed')?.checkVisibility()");
    assert_eq!(ann.reads(offered), "hidden,password,topic");
    ann.clicks("#room-menu [name=hidden]");
    bo.waits_until("document.querySelector('#room-menu [name=hidden]').checked");
    // To whoever types it the server says whose it is.
    bo.says("/show");
    bo.waits_until(
        "document.body.innerText.includes('Only the person who created this room, a keeper of it, or a host can do that.')",
    );
    // The quiet way to what can be typed.
    ann.clicks("#room-menu .more button:last-child");
    ann.waits_until("document.querySelector('#rows').innerText.includes('/topic TEXT')");
}

#[test]
fn with_many_rooms_the_empty_ones_are_folded_and_all_are_found_by_name() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for nth in 1..=13 {
        bo.goes_to(&format!("{}r/room-{nth}", server.url()));
        bo.waits_until(&format!("location.pathname === '/r/room-{nth}'"));
        bo.is_connected();
        bo.says("soup");
        bo.mark_will_be("soup", "sent");
        bo.says("/leave");
        bo.waits_until("location.pathname === '/r/lobby' || location.pathname === '/'");
        bo.is_connected();
    }
    let ann = browser.comes(&server.url(), Visit { height: 900, ..DESKTOP });
    let rows = "[...document.querySelectorAll('#rooms li a')].map(row => row.innerText.trim())";
    ann.points_at("#places h2");
    ann.waits_until(&format!("{rows}.length === 1 && !document.querySelector('.empties').hidden"));
    ann.clicks(".empties");
    ann.waits_until(&format!("{rows}.length === 14"));
    ann.sees("document.querySelector('.filter input').focus()");
    ann.types("m-13");
    ann.waits_until(&format!("{rows}.length === 1 && {rows}[0].startsWith('room-13')"));
    keep_picture(&ann, "1280-many-rooms.png");
}

#[test]
fn many_people_stay_within_their_columns_beside_a_private_talk() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.sees(
        "Promise.all([...Array(24).keys()].map(nth => new Promise((came) => { \
             const one = new WebSocket(`ws://${location.host}/ws`, 'threadbare.v1'); \
             one.onopen = () => one.send(JSON.stringify({ type: 'hello', versions: [1], \
                 name: `Wilhelmina Featherstone ${nth}`, rooms: [{ room: 'lobby' }] })); \
             one.onmessage = ({ data }) => { if (data.includes('caught-up')) came(true); }; \
             (window.held = window.held || []).push(one); }))).then(all => all.length)",
    );
    ann.waits_until("document.querySelectorAll('#people li').length === 25");
    ann.clicks(".unfold.whom");
    ann.waits_until("document.querySelectorAll('.whom li').length > 4");
    let wide = "['#places .sheet', '#people .sheet', '#letters', '#letters .box', 'main']\
        .map(one => document.querySelector(one))\
        .filter(one => one.scrollWidth > one.clientWidth).map(one => one.className || one.tagName)";
    ann.clicks(".whom li button");
    ann.waits_until("!document.querySelector('#letters').hidden");
    assert_eq!(ann.sees(wide), json!([]));
    let edges = "[['.start', 'main'], ['main', '.end']].map(two => two.map(one => \
        document.querySelector(one).getBoundingClientRect())).every(([left, right]) => \
        left.right <= right.left)";
    assert_eq!(ann.sees(edges), true);
    keep_picture(&ann, "1280-many-people.png");
}

#[test]
fn who_asks_for_a_connection_in_vain_is_told_so() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.sees("Math.random = () => 0.999");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.waits_until("!document.querySelector('#state button').hidden");
    ann.clicks("#state button");
    ann.waits_until("document.querySelector('#note').innerText.startsWith('Still not connected.')");
}
