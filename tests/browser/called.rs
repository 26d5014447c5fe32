//! Who is called notices it: replies to one's messages in other rooms, to messages far back, and
//! how many messages are unread.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;
use crate::scene::Caller;
use crate::sessions::makes_a_device_link;

const KITCHEN: &str = "document.querySelector('#rooms [data-room=kitchen] .count')";
const LOBBY: &str = "document.querySelector('#rooms [data-room=lobby] .count')";
const SUMMARY: &str = "document.querySelector('#places summary')";
const QUOTE: &str =
    "document.querySelector('#rows .quote')?.textContent.replace('In reply to ', '')";

/// The text of the page, without the signs that isolate names.
const PLAIN_TEXT: &str = "document.body.innerText.replace(/[\\u2068\\u2069]/g, '')";

#[test]
fn a_reply_in_another_room_is_marked_and_told_and_stays_so_after_a_reload() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("is there soup?");
    ann.mark_will_be("is there soup?", "sent");
    ann.says("/name Anna");
    ann.waits_until("document.querySelector('#me summary').innerText.includes('Anna')");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&bo, "Bo");
    bo.says("nobody is meant");
    bo.says("/reply #1 it is hot");
    ann.waits_until(&format!("{KITCHEN}?.textContent === '@1 1 to you, 2 new'"));
    ann.waits_until(&format!("{SUMMARY}.getAttribute('aria-label') === 'Chats, 2 new, 1 to you'"));
    let note =
        "document.querySelector('#rows .note p')?.innerText.replace(/[\\u2068\\u2069]/g, '')";
    ann.waits_until(&format!("{note} === 'Bo replied to you in kitchen.'"));
    keep_picture(&ann, "1280-replied-elsewhere.png");
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{KITCHEN}?.textContent === '@1 1 to you, 2 new'"));
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    stands_in(&ann, "kitchen");
    ann.waits_until("document.querySelectorAll('.hit').length === 1");
    // Bo's own device is not called by it.
    assert_eq!(bo.measures("document.querySelectorAll('.hit').length"), 0.0);
}

#[test]
fn a_reply_to_what_is_far_back_shows_its_words_and_calls_its_author() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("tea?");
    bo.mark_will_be("tea?", "sent");
    let mut voice = server.voice();
    (0..90).for_each(|nth| voice.says(&format!("noise {nth}")));
    voice.hears("noise 89");
    let cleo = browser.opens(&server.url());
    is_called(&cleo, "Cleo");
    cleo.says("/reply #1 yes");
    cleo.mark_will_be("yes", "sent");
    // A page that has not loaded the message asks for it.
    let ann = browser.comes(&server.url(), PHONE);
    ann.waits_until(&format!("{QUOTE} === 'Bo tea?'"));
    keep_picture(&ann, "360-reply-far-back.png");
    bo.says("/edit #1 tea or soup?");
    ann.waits_until(&format!("{QUOTE} === 'Bo tea or soup?'"));
    // A press leads there.
    ann.clicks("#rows .quote");
    ann.waits_until("document.activeElement.querySelector('.text')?.innerText === 'tea or soup?'");
    // Its author is called, also on a page that has loaded anew.
    bo.waits_until("document.querySelectorAll('.hit').length === 1");
    bo.reloads();
    bo.is_connected();
    bo.waits_until(&format!("document.querySelectorAll('.hit').length === 1 && {QUOTE} !== '#1'"));
    assert_eq!(cleo.measures("document.querySelectorAll('.hit').length"), 0.0);
}

#[test]
fn the_search_of_the_list_of_chats_is_in_all_of_them() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.comes(&format!("{}r/kitchen", server.url()), PHONE);
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    ann.is_whole();
    let finds = |value: &str| {
        let place = "document.querySelector('#search select').value";
        ann.waits_until(&format!(
            "document.querySelector('#search').open && {place} === '{value}'"
        ));
    };
    let finds_from_list = || {
        opens_panel(&ann, "places");
        ann.clicks("#rooms .find");
        finds("all");
    };
    finds_from_list();
    // What the reader chooses is for the search that they have opened.
    ann.sees(
        "(choice => { choice.value = ''; choice.dispatchEvent(new Event('change')); })\
         (document.querySelector('#search select'))",
    );
    finds("");
    ann.presses("Escape");
    finds_from_list();
    ann.presses("Escape");
    ann.says("/msg @Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.clicks("#letters .find");
    finds("");
}

#[test]
fn what_was_read_on_one_device_is_not_new_on_another() {
    let server = Server::start();
    let (browser, pocket) = (Browser::start(), Browser::start());
    let bo = Caller::comes(&server, "Bo", &["kitchen"]);
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    let phone = pocket.looks_at(&makes_a_device_link(&ann), PHONE);
    phone.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    phone.clicks("main form button");
    phone.is_live();
    ann.goes_to(&format!("{}r/lobby", server.url()));
    stands_in(&ann, "lobby");
    phone.goes_to(&format!("{}r/kitchen", server.url()));
    stands_in(&phone, "kitchen");
    phone.says("/join lobby");
    stands_in(&phone, "lobby");
    phone.is_whole();
    bo.says("kitchen", "soup is ready");
    bo.says("kitchen", "@Ann come");
    phone.waits_until(&format!("{SUMMARY}.textContent === 'Chats (2)'"));
    ann.waits_until(&format!("{SUMMARY}.textContent === 'Chats (2)'"));
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    stands_in(&ann, "kitchen");
    phone.waits_until(&format!("{SUMMARY}.textContent === 'Chats'"));
    phone.reloads();
    phone.is_connected();
    phone.is_whole();
    assert_eq!(phone.reads(&format!("{SUMMARY}.textContent")), "Chats");
}

/// Lets the person go on with a phone, too, by a device link. Both then show the lobby.
fn goes_on_with_a_phone<'a>(
    person: &Person<'_>,
    pocket: &'a Browser,
    server: &Server,
) -> Person<'a> {
    let phone = pocket.looks_at(&makes_a_device_link(person), PHONE);
    phone.waits_until("location.pathname === '/device' && document.readyState === 'complete'");
    phone.clicks("main form button");
    phone.is_live();
    phone.is_whole();
    person.goes_to(&format!("{}r/lobby", server.url()));
    stands_in(person, "lobby");
    person.is_whole();
    phone
}

#[test]
fn who_has_written_here_and_is_away_is_offered_for_a_private_talk() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    bo.says("lobby", "see you");
    ann.hears("see you");
    bo.asks(json!({ "type": "leave", "room": "lobby" }));
    ann.waits_until("!document.querySelector('#people ul').textContent.includes('Bo')");
    ann.clicks(".unfold.whom");
    let offers = "[...document.querySelectorAll('#whom-form li')].map(it => it.innerText).join()";
    ann.waits_until(&format!("{offers} === 'Bo'"));
    ann.clicks("#whom-form li button");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.says("psst");
    ann.waits_until(
        "[...document.querySelectorAll('#letters .mark')].some(it => it.innerText === 'sent')",
    );
}

#[test]
fn what_was_read_on_one_device_is_no_more_in_the_title_of_another_that_shows_the_room() {
    let server = Server::start();
    let (browser, pocket) = (Browser::start(), Browser::start());
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let phone = goes_on_with_a_phone(&ann, &pocket, &server);
    // On both a private talk stands over the room.
    phone.says("/msg Bo");
    phone.waits_until("!document.querySelector('#letters').hidden");
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    bo.says("lobby", "@Ann come");
    for device in [&ann, &phone] {
        device.waits_until("document.title === '(@1) lobby'");
    }
    ann.sees("history.back()");
    ann.waits_until("document.title === 'lobby'");
    phone.waits_until("document.title === 'lobby'");
}

#[test]
fn private_messages_that_were_read_on_one_device_are_not_new_on_another() {
    let server = Server::start();
    let (browser, pocket) = (Browser::start(), Browser::start());
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let phone = goes_on_with_a_phone(&ann, &pocket, &server);
    bo.says("/msg Ann psst");
    let note = "[...document.querySelectorAll('#rows .note')].some((it) => /private message/.test(it.innerText))";
    phone.waits_until(note);
    phone.waits_until(&format!("{SUMMARY}.textContent === 'Chats (1)'"));
    ann.says("/msg Bo");
    phone.waits_until(&format!("!{note} && {SUMMARY}.textContent === 'Chats'"));
    phone.reloads();
    phone.is_connected();
    phone.is_whole();
    phone.waits_until("document.querySelector('#talks').textContent.includes('Bo')");
    assert_eq!(phone.reads(&format!("{SUMMARY}.textContent")), "Chats");
}

#[test]
fn on_a_new_device_what_is_unread_in_another_room_is_new() {
    let server = Server::start();
    let [desk, pocket] = [Browser::start(), Browser::start()];
    let ann = desk.opens(&server.url());
    is_called(&ann, "Ann");
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    bo.says("lobby", "this is read");
    ann.hears("this is read");
    ann.says("/join kitchen");
    stands_in(&ann, "kitchen");
    let link = makes_a_device_link(&ann);
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    stands_in(&ann, "kitchen");
    bo.says("lobby", "soup is ready");
    bo.says("lobby", "@Ann come");
    let is_new = format!("{LOBBY}?.textContent === '@1 1 to you, 2 new'");
    ann.waits_until(&is_new);
    let phone = pocket.looks_at(&link, PHONE);
    phone.clicks("main form button");
    stands_in(&phone, "kitchen");
    phone
        .waits_until(&format!("{SUMMARY}.getAttribute('aria-label') === 'Chats, 2 new, 1 to you'"));
    opens_panel(&phone, "places");
    phone.waits_until(&is_new);
    keep_picture(&phone, "360-new-device.png");
}

#[test]
fn after_a_sign_in_with_a_password_the_page_has_what_is_unread_of_that_person() {
    let server = Server::start();
    let [desk, pocket] = [Browser::start(), Browser::start()];
    let ann = desk.opens(&server.url());
    ann.says("/name Ann#swordfish");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
    bo.says("lobby", "this is read");
    ann.hears("this is read");
    ann.says("/join kitchen");
    stands_in(&ann, "kitchen");
    bo.says("kitchen", "this is read, too");
    ann.hears("this is read, too");
    ann.goes_to(&format!("{}r/attic", server.url()));
    stands_in(&ann, "attic");
    ann.is_whole();
    bo.says("lobby", "soup is ready");
    bo.says("kitchen", "@Ann come");
    let phone = pocket.comes(&server.url(), PHONE);
    phone.hears("soup is ready");
    phone.says("/name Ann#swordfish");
    phone.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    phone.waits_until("document.querySelector('.unread')?.innerText === '1 new message'");
    opens_panel(&phone, "places");
    phone.waits_until(&format!("{KITCHEN}?.textContent === '@1 1 to you, 1 new'"));
    keep_picture(&phone, "360-signed-in.png");
}

#[test]
fn whoever_came_by_an_invite_finds_the_line_above_what_is_new_in_a_room() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/tea-room", server.url()));
    is_called(&bo, "Bo");
    bo.is_whole();
    bo.says("/invite");
    let made = "document.querySelector('#room-menu .made code')?.textContent";
    bo.waits_until(&format!("!!{made}"));
    let caller = Caller::comes(&server, "Cleo", &["lobby"]);
    caller.says("lobby", "before Quinn came");
    let quinn = browser.looks_at(&bo.reads(made), DESKTOP);
    quinn.waits_until(
        "document.readyState === 'complete' && !!document.querySelector('main form [name=name]')",
    );
    quinn.sees("document.querySelector('main form [name=name]').value = 'Quinn'");
    quinn.clicks("main form button, main form [type=submit]");
    stands_in(&quinn, "tea-room");
    quinn.says("/leave");
    stands_in(&quinn, "lobby");
    quinn.says("hello");
    quinn.mark_will_be("hello", "sent");
    quinn.says("/join garden");
    stands_in(&quinn, "garden");
    quinn.is_whole();
    for text in ["one", "two", "three"] {
        caller.says("lobby", text);
    }
    quinn.waits_until(&format!("{LOBBY}?.textContent === '3 new'"));
    quinn.sees("document.querySelector('#rooms [data-room=lobby]').click()");
    stands_in(&quinn, "lobby");
    quinn.waits_until("document.querySelector('.unread')?.innerText === '3 new messages'");
}

#[test]
fn what_called_the_reader_by_the_name_before_still_does_after_a_reload() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
    bo.says("kitchen", "@Ann come");
    bo.says("lobby", "@Ann hello");
    ann.waits_until(&format!("{KITCHEN}?.textContent === '@1 1 to you, 1 new'"));
    is_called(&ann, "Anna");
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{KITCHEN}?.textContent === '@1 1 to you, 1 new'"));
    let hit = "document.querySelector('#rows .hit')?.innerText.includes('@Ann hello')";
    ann.waits_until(&format!("{hit} === true"));
}

#[test]
fn who_is_in_another_room_of_the_reader_is_suggested_for_an_invite() {
    let server = Server::start();
    let browser = Browser::start();
    let gus = browser.opens(&server.url());
    is_called(&gus, "Gus");
    let other = Browser::start();
    let ann = other.opens(&server.url());
    is_called(&ann, "Ann");
    ann.says("/join den");
    stands_in(&ann, "den");
    ann.is_whole();
    ann.goes_to_field();
    ann.types("/invite gu");
    ann.waits_until("document.querySelector('#offers').innerText.trim() === 'Gus'");
    ann.sees("document.querySelector('#offers button').click()");
    ann.waits_until("document.querySelector('#field').value === '/invite Gus '");
    // A person who is in the room needs no invite.
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#rows').innerText.includes('an invite to')");
    ann.says("/invite ann");
    ann.waits_until(&format!("{PLAIN_TEXT}.includes('ann is in den already.')"));
    // The room's menu suggests the same people.
    ann.sees("(document.querySelector('#field').value = '', 0)");
    ann.says("/invite");
    let whom = "document.querySelector('#room-menu [name=whom]')";
    ann.waits_until(&format!("!!{whom}"));
    ann.sees(&format!("{whom}.focus()"));
    ann.waits_until(&format!("[...{whom}.list.options].map(one => one.value).join() === 'Gus'"));
}

#[test]
fn whoever_has_written_here_and_left_is_suggested_behind_an_at_sign() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{}r/den", server.url()));
    is_called(&ann, "Ann");
    let gus = browser.opens(&format!("{}r/den", server.url()));
    is_called(&gus, "Gus");
    gus.says("back soon");
    ann.hears("back soon");
    gus.says("/leave");
    ann.waits_until("!document.querySelector('#people li[data-name=Gus]')");
    ann.goes_to_field();
    ann.types("well @g");
    ann.waits_until("document.querySelector('#offers').innerText.trim() === 'Gus'");
}

#[test]
fn an_invite_goes_to_somebody_by_name_from_the_menu_and_by_a_command() {
    let server = Server::start();
    let browser = Browser::start();
    let gus = browser.opens(&server.url());
    is_called(&gus, "Gus");
    let other = Browser::start();
    let ann = other.opens(&format!("{}r/den", server.url()));
    is_called(&ann, "Ann");
    ann.is_whole();
    ann.says("/password soup");
    ann.waits_until("document.body.innerText.includes('needs a password')");
    // Nobody has this name, so there is no link that could end an older one. The command is in the
    // field again, and no menu has covered that field.
    ann.says("/invite Guss");
    ann.waits_until("document.querySelector('#field').value === '/invite Guss'");
    ann.waits_until(&format!("{PLAIN_TEXT}.includes('Nobody has the name Guss.')"));
    assert_eq!(ann.sees("document.querySelector('#room-menu').open"), false);
    ann.sees("(document.querySelector('#field').value = '', 0)");
    ann.says("/invite \"Gus\"");
    ann.waits_until(&format!("{PLAIN_TEXT}.includes('You sent Gus an invite to den.')"));
    // The menu's form says what became of it.
    let told = "document.querySelector('#room-menu .made > p:last-child').textContent";
    let whom = "document.querySelector('#room-menu [name=whom]')";
    ann.says("/invite");
    ann.waits_until(&format!("!!{whom}"));
    ann.sees(&format!("{whom}.focus()"));
    ann.types("Guss");
    ann.presses("Enter");
    ann.waits_until(&format!(
        "{told}.replace(/[\\u2068\\u2069]/g, '') === 'Nobody has the name Guss.'"
    ));
    assert_eq!(ann.sees(&format!("{whom}.value")), "Guss");
    assert_eq!(ann.sees("document.querySelector('#field').value"), "");
    ann.sees(&format!("({whom}.value = '', 0)"));
    ann.types("Gus");
    ann.presses("Enter");
    ann.waits_until(&format!(
        "{told}.replace(/[\\u2068\\u2069]/g, '') === 'You sent Gus an invite to den.'"
    ));
    assert_eq!(ann.sees(&format!("{whom}.value")), "");
    let note = "[...document.querySelectorAll('.note')]\
                .find(one => one.innerText.includes('Ann') && one.querySelector('button'))";
    gus.waits_until(&format!("!!{note}"));
    gus.sees(&format!("{note}.querySelector('button').click()"));
    let links = "document.querySelectorAll('#letters .text a[href*=\"/invite?code=\"]')";
    gus.waits_until(&format!("{links}.length === 2"));
    gus.sees(&format!("{links}[1].click()"));
    gus.waits_until("location.pathname === '/r/den/invite' && document.readyState === 'complete'");
    gus.clicks("main form button, main form [type=submit]");
    gus.is_live();
    gus.waits_until("location.pathname === '/r/den'");
}
