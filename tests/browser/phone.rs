//! The page on a phone: what the header, the panel of places and the strip for somebody who is new
//! have room for.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;
use crate::scene::Caller;

const TALL_PHONE: Visit = Visit { height: 740, ..PHONE };

/// Whether the element is within the window.
fn is_in_sight(person: &Person<'_>, element: &str) -> bool {
    let sight = format!(
        "(place => place.height > 0 && place.top >= 0 && place.bottom <= innerHeight)\
         (document.querySelector('{element}').getBoundingClientRect())"
    );
    person.sees(&sight) == true
}

/// Two people, who are in 28 rooms together; Bo is in the first of them.
fn come_to_many_rooms(server: &Server) -> [Caller; 2] {
    let rooms: Vec<_> = (1..=28).map(|nth| format!("room-{nth}")).collect();
    let rooms: Vec<_> = rooms.iter().map(String::as_str).collect();
    let (some, others) = rooms.split_at(14);
    [Caller::comes(server, "Bo", some), Caller::comes(server, "Cleo", others)]
}

#[test]
fn with_many_rooms_a_new_private_talk_comes_first_in_the_panel() {
    let server = Server::start();
    let browser = Browser::start();
    let [bo, _cleo] = come_to_many_rooms(&server);
    let ann = browser.comes(&format!("{}r/zoo", server.url()), TALL_PHONE);
    is_called(&ann, "Ann");
    bo.sends(json!({ "type": "private", "to": "Ann", "text": "psst" }));
    ann.waits_until("!!document.querySelector('#talks .fresh')");
    opens_panel(&ann, "places");
    ann.waits_until("document.querySelectorAll('#rooms li').length > 27");
    for element in ["#talks button", ".unfold.whom", ".unfold.goto"] {
        assert!(is_in_sight(&ann, element), "{element}");
    }
    keep_picture(&ann, "360-places.png");
    // Keys and screen readers come to the talk first, too.
    let first = "[...document.querySelectorAll('#places .sheet :is(a, button)')]\
        .find(one => one.checkVisibility()).closest('#talks') !== null";
    assert_eq!(ann.sees(first), true);
    // When the talk is read, the rooms are first again, those of the reader before all others.
    ann.clicks("#talks button");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.waits_until("!document.querySelector('#talks .fresh')");
    opens_panel(&ann, "places");
    ann.waits_until("document.querySelector('#places .sheet').firstElementChild.id === 'rooms'");
    assert!(is_in_sight(&ann, "#rooms [aria-current]"));
}

#[test]
fn beside_many_rooms_the_button_of_the_form_for_a_new_one_is_in_sight() {
    let server = Server::start();
    let browser = Browser::start();
    let _others = come_to_many_rooms(&server);
    for visit in [DESKTOP, TALL_PHONE] {
        let ann = browser.comes(&server.url(), visit);
        opens_panel(&ann, "places");
        ann.waits_until("document.querySelectorAll('#rooms li').length > 27");
        ann.clicks(".unfold.goto");
        ann.waits_until("document.activeElement.name === 'room'");
        assert!(is_in_sight(&ann, "#goto-form .send"), "{}", visit.width);
        keep_picture(&ann, &format!("{}-new-room.png", visit.width));
    }
}

#[test]
fn a_room_s_long_name_is_whole_on_two_lines() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&format!("{}r/birthday-planning", server.url()), PHONE);
    let name = "document.querySelector('h1')";
    ann.waits_until(&format!("{name}.innerText === 'birthday-planning'"));
    let is_whole = format!(
        "(name => name.scrollWidth <= name.clientWidth && name.scrollHeight <= name.clientHeight)\
         ({name})"
    );
    assert_eq!(ann.sees(&is_whole), true);
    keep_picture(&ann, "360-header-long.png");
    assert!(ann.measures("document.querySelector('header').offsetHeight") <= 49.0);
    // It has some air above it.
    assert!(ann.measures(&format!("{name}.getBoundingClientRect().top")) >= 5.0);
}

#[test]
fn a_room_s_name_of_twelve_letters_has_one_line_beside_news_and_a_guest_s_name() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["summer-party"]);
    let ann = browser.comes(&format!("{}r/summer-party", server.url()), TALL_PHONE);
    let name = "document.querySelector('h1')";
    let lines = format!(
        "Math.round({name}.offsetHeight / parseFloat(getComputedStyle({name}).lineHeight))"
    );
    let guest = ann.reads("document.querySelector('#me summary').innerText");
    assert!(guest.starts_with("guest-"), "{guest}");
    keep_picture(&ann, "360-header-guest.png");
    assert_eq!(ann.measures(&lines), 1.0);
    bo.sends(json!({ "type": "private", "to": guest, "text": "psst" }));
    ann.waits_until("document.querySelector('#places summary').innerText === 'Chats (1)'");
    keep_picture(&ann, "360-header-guest-news.png");
    assert_eq!(ann.measures(&lines), 1.0);
    let is_whole = format!("{name}.scrollWidth <= {name}.clientWidth");
    assert_eq!(ann.sees(&is_whole), true);
    assert_eq!(ann.measures("document.documentElement.scrollWidth"), 360.0);
    // A topic takes no room from the words beside it.
    bo.sends(json!({ "type": "topic", "room": "summer-party", "text": "cakes, and lamps, and more cakes, and lamps" }));
    ann.waits_until("document.querySelector('#topic').innerText !== ''");
    keep_picture(&ann, "360-header-guest-topic.png");
    assert_eq!(ann.sees(&is_whole), true);
    assert!(ann.measures("document.querySelector('header').offsetHeight") <= 49.0);
}

#[test]
fn a_room_s_name_of_eight_letters_is_whole_beside_what_is_new() {
    let server = Server::start();
    let browser = Browser::start();
    let _others = ["Cleo", "Dora", "Emil", "Fay", "Gus", "Hal", "Ida", "Jo", "Kim", "Lea"]
        .map(|name| Caller::comes(&server, name, &["workshop"]));
    let bo = Caller::comes(&server, "Bo", &["workshop"]);
    let ann = browser.comes(&format!("{}r/workshop", server.url()), TALL_PHONE);
    is_called(&ann, "Mara");
    for text in ["one", "two", "three", "four"] {
        bo.sends(json!({ "type": "private", "to": "Mara", "text": text }));
    }
    let word = "document.querySelector('#places summary')";
    ann.waits_until(&format!("{word}.innerText === 'Chats (4)'"));
    assert_eq!(ann.reads(&format!("{word}.getAttribute('aria-label')")), "Chats, 4 new");
    ann.waits_until("document.querySelector('#people summary').innerText === '12 here'");
    keep_picture(&ann, "360-header-news.png");
    assert_eq!(
        ann.sees("(name => name.scrollWidth <= name.clientWidth)(document.querySelector('h1'))"),
        true
    );
    assert_eq!(ann.measures("document.documentElement.scrollWidth"), 360.0);
    // A page that is a bit wider has a word for the search.
    let search = "document.querySelector('#search > summary').checkVisibility()";
    assert_eq!(ann.sees(search), false);
    ann.resizes(500, 740);
    ann.waits_until(search);
    assert!(ann.measures("document.querySelector('header').offsetHeight") <= 49.0);
    assert_eq!(ann.measures("document.documentElement.scrollWidth"), 500.0);
}

#[test]
fn the_strip_for_somebody_new_leaves_room_for_the_messages() {
    let server = Server::start();
    let browser = Browser::start();
    for languages in ["en", "zh-CN"] {
        let ann = browser.comes(&server.url(), Visit { languages, ..TALL_PHONE });
        ann.waits_until("!document.querySelector('#hello').hidden");
        let height = ann.measures("document.querySelector('#composer').offsetHeight");
        assert!(height < 200.0, "{languages}: {height}");
        keep_picture(&ann, &format!("360-strip-{languages}.png"));
    }
    // While somebody searches it says less.
    let ann = browser.comes(&server.url(), TALL_PHONE);
    ann.says("/search soup");
    ann.waits_until("!document.querySelector('#results').hidden");
    let first = "document.querySelector('#hello > p').checkVisibility()";
    assert_eq!(ann.sees(first), false);
}

#[test]
fn a_page_that_was_loaded_again_under_an_open_panel_is_left_by_one_step_back() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at(&format!("{}settings", server.url()), PHONE);
    ann.goes_to(&format!("{}r/den", server.url()));
    ann.waits_until("location.pathname === '/r/den'");
    ann.is_connected();
    opens_panel(&ann, "me");
    ann.waits_until("history.state?.isCovered");
    ann.presses_reload();
    ann.is_connected();
    ann.waits_until("!history.state?.isCovered");
    ann.sees("history.back()");
    ann.waits_until("location.pathname === '/settings'");
}

#[test]
fn the_header_fits_with_large_letters_long_names_and_counts_of_news() {
    let server = Server::start();
    let browser = Browser::start();
    let room = "w".repeat(32);
    let crowd: Vec<_> =
        (0..11).map(|nth| Caller::comes(&server, &format!("P{nth}"), &[&room, "den"])).collect();
    for (nth, (size, width)) in
        [("m", 320), ("m", 360), ("l", 320), ("l", 360), ("xl", 320), ("xl", 360), ("xl", 412)]
            .into_iter()
            .enumerate()
    {
        let what = format!("{size} {width}");
        let visit = Visit { width, height: 740, dark: nth % 2 == 1, ..PHONE };
        let ann = browser.comes(&format!("{}r/den", server.url()), visit);
        let name = format!("{}{nth}", "W".repeat(18));
        is_called(&ann, &name);
        ann.goes_to(&format!("{}r/{room}", server.url()));
        stands_in(&ann, &room);
        ann.sees(&format!("document.documentElement.dataset.size = '{size}'"));
        ann.is_whole();
        for other in &crowd {
            other.says("den", &format!("@{name} tea?"));
        }
        let chats = "document.querySelector('#places summary').textContent";
        ann.waits_until(&format!("{chats} === 'Chats (11)'"));
        ann.draws_a_frame();
        keep_picture(&ann, &format!("{width}-header-{size}.png"));
        let out = "[...document.querySelectorAll('header, header summary, h1')]\
            .map(part => [part, part.getBoundingClientRect()])\
            .filter(([, { left, right }]) => left < 0 || right > innerWidth + 0.5)\
            .map(([part]) => part.outerHTML)";
        assert_eq!(ann.sees(out), json!([]), "{what}");
        let rows = ann.measures("document.querySelector('header').offsetHeight / 45");
        assert!(rows < 2.1, "{what}: {rows} rows");
        let of_room = ann.measures("document.querySelector('h1').offsetWidth");
        assert!(of_room >= 60.0, "{what}: {of_room}");
        let of_me = ann.measures("document.querySelector('#me').offsetWidth");
        assert!(of_me >= 44.0, "{what}: {of_me}");
        if size != "m" {
            let lines = "(h => h.offsetHeight / parseFloat(getComputedStyle(h).lineHeight))\
                (document.querySelector('h1'))";
            assert!(ann.measures(lines) < 1.5, "{what}: the name is on one line");
        }
    }
}
