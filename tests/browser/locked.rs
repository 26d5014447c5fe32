//! Rooms with a password: their mark, an invite in the room's menu, and a password that was changed
//! while somebody was cut off.

use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::sessions::has_its_session_in_the_cookie;

const HEADER: &str =
    "(document.querySelector('#room-menu summary .lock')?.getAttribute('aria-label') ?? '')";

/// The mark of this room in the list of rooms; empty if it has none.
fn listed(room: &str) -> String {
    format!(
        "(mark => mark ? mark.getAttribute('aria-label') : '')\
         (document.querySelector('#rooms a[data-room={room}] .lock'))"
    )
}

fn makes_a_den(bo: &Person<'_>) {
    is_called(bo, "Bo");
    bo.says("/join den swordfish");
    bo.waits_until(
        "location.pathname === '/r/den' && document.documentElement.dataset.parts === 'all'",
    );
    bo.is_connected();
}

#[test]
fn a_locked_room_has_a_mark_behind_its_name_for_its_maker_and_for_strangers() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    makes_a_den(&bo);
    bo.waits_until(&format!("{HEADER} === 'locked'"));
    bo.waits_until(&format!("{} === 'locked'", listed("den")));
    let ann = browser.opens(&server.url());
    ann.waits_until(&format!("{} === 'locked'", listed("den")));
    assert_eq!(ann.reads(&listed("lobby")), "");
    assert_eq!(ann.reads(HEADER), "");
    keep_picture(&bo, "1280-locked.png");
    bo.says("/password -");
    bo.waits_until(&format!("{HEADER} === '' && {} === ''", listed("den")));
}

/// The maker gives the name a password and loads the page again, before the room is made.
#[test]
fn who_signs_in_elsewhere_is_let_into_the_room_and_is_its_maker() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("/name Bo#tulip");
    bo.waits_until("document.body.innerText.includes('Bo has a password now')");
    has_its_session_in_the_cookie(&bo);
    bo.reloads();
    bo.is_connected();
    bo.says("/join den swordfish");
    bo.waits_until("location.pathname === '/r/den'");
    bo.is_connected();
    bo.waits_until(&format!("{HEADER} === 'locked'"));
    has_its_session_in_the_cookie(&bo);
    bo.says("/quit");
    bo.waits_until("document.documentElement.dataset.line !== 'open'");
    let again = browser.opens(&server.url());
    again.says("/name Bo#tulip");
    again.waits_until("document.querySelector('#me summary').innerText === 'Bo'");
    again.goes_to(&format!("{}r/den", server.url()));
    again.waits_until(&format!("location.pathname === '/r/den' && {HEADER} === 'locked'"));
    again.is_connected();
    again.says("/password -");
    again.waits_until(&format!("{HEADER} === ''"));
}

#[test]
fn the_start_of_a_locked_room_leads_to_an_invite_first() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    let inviting = "[...document.querySelectorAll('#empty p')].find(it => it.innerText.includes('Only people with the password or an invite can come in.'))";
    let is_offered = format!("Boolean({inviting})");
    bo.waits_until("document.documentElement.dataset.parts === 'all'");
    assert_eq!(bo.sees(&format!("{inviting}?.checkVisibility() ?? false")), false);
    makes_a_den(&bo);
    bo.waits_until(&is_offered);
    keep_picture(&bo, "1280-locked-empty.png");
    assert_eq!(bo.reads("document.querySelector('#empty button').innerText"), "Invite");
    bo.clicks("#empty button");
    bo.waits_until("!!document.querySelector('.made code')");
    bo.says("/password -");
    bo.waits_until(&format!("!{inviting}?.checkVisibility()"));
}

#[test]
fn an_invite_is_made_in_the_room_s_menu() {
    let server = Server::start();
    let browser = Browser::start();
    for visit in [crate::page::DESKTOP, PHONE] {
        let bo = browser.comes(&format!("{}r/cellar{}", server.url(), visit.width), visit);
        opens_panel(&bo, "room-menu");
        let hint = "[...document.querySelectorAll('#room-menu .small:not([hidden])')].some((it) => it.innerText.includes('lets nobody in'))";
        assert_eq!(bo.sees(hint), false);
        bo.sees("document.querySelector('#room-menu .share a').click()");
        bo.waits_until("!!document.querySelector('.made code')");
        let link = bo.reads("document.querySelector('.made code').innerText");
        assert!(
            link.starts_with(&format!("{}r/cellar{}/invite?code=", server.url(), visit.width)),
            "{link}"
        );
        assert_eq!(
            bo.reads("document.querySelector('.made button').innerText"),
            "Copy invite link"
        );
        assert_eq!(bo.reads("location.pathname"), format!("/r/cellar{}", visit.width));
        // The link is in sight, and what one does next is to copy it.
        assert_eq!(bo.reads("document.activeElement.innerText"), "Copy invite link");
        let is_in_sight = "['code', 'button'].every((part) => { \
            const it = document.querySelector(`.made ${part}`).getBoundingClientRect(); \
            return it.top >= 0 && it.bottom <= innerHeight; })";
        assert_eq!(bo.sees(is_in_sight), true);
        keep_picture(&bo, &format!("{}-invite.png", visit.width));
        // No other device could open what stands in a QR code of this address.
        assert_eq!(bo.sees("!!document.querySelector('.made img')"), false);
        bo.sees("document.documentElement.dataset.share = 'http://192.0.2.1:8080'");
        bo.sees("document.querySelector('#room-menu .share a').click()");
        bo.waits_until("document.querySelector('.made img')?.naturalWidth === 240");
        assert_eq!(bo.sees(is_in_sight), true);
        keep_picture(&bo, &format!("{}-invite-code.png", visit.width));
        bo.presses("Escape");
        bo.says("/password soup");
        opens_panel(&bo, "room-menu");
        bo.waits_until(hint);
    }
}

/// Bo makes the room, and Ann comes into it over this line.
fn comes_into_den<'b>(browser: &'b Browser, bo: &Person<'_>, proxy: &Proxy) -> Person<'b> {
    makes_a_den(bo);
    let ann = browser.opens(&proxy.url());
    is_called(&ann, "Ann");
    ann.says("/join den swordfish");
    ann.waits_until(
        "location.pathname === '/r/den' && document.documentElement.dataset.parts === 'all'",
    );
    ann.is_connected();
    ann
}

#[test]
fn after_a_long_break_a_room_asks_for_its_password_in_place_and_the_rest_lives_on() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    let proxy = Proxy::to(server.address());
    let ann = comes_into_den(&browser, &bo, &proxy);
    // The server does not know any more that Ann may enter.
    ann.sees(
        "window.parse = JSON.parse; JSON.parse = (text) => { const read = parse(text); \
         return read && read.type === 'joined' && read.room === 'den' \
         ? { type: 'refused', room: 'den', id: null, reason: 'password-needed', text: '' } : read; }",
    );
    // A long break: sockets have failed, and the page tries streams.
    ann.sees(
        "window.streams = 0; window.EventSource = class extends EventSource { \
              constructor(...all) { super(...all); window.streams += 1; } }",
    );
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("soup?");
    ann.waits_until("window.streams > 0");
    proxy.heal();
    ann.line_will_say("den needs a password. You can still send private messages.");
    ann.waits_until("document.querySelector('.door p').innerText === 'den needs a password.'");
    // Nobody has done anything wrong yet.
    let colour = |part: &str| {
        ann.reads(&format!("getComputedStyle(document.querySelector('{part}')).color"))
    };
    assert_eq!(colour(".door p"), colour(".door label"));
    // The lobby lives.
    let mut voice = server.voice();
    voice.says("lobby soup");
    ann.waits_until(
        "document.querySelector('#rooms a[data-room=lobby] .count').innerText === '1 new'",
    );
    // Ann comes in again, and what she wrote is there.
    ann.sees("JSON.parse = window.parse");
    ann.sees("document.querySelector('.door [name=password]').focus()");
    ann.types("swordfish");
    ann.presses("Enter");
    ann.mark_will_be("soup?", "sent");
    bo.hears("soup?");
}
