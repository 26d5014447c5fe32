//! The way to the first new message and back to the newest one, in rooms and private talks; names
//! in a long run of one person; what a reader sees of a hidden room, and after the session's end.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;

const TO_FIRST: &str = "(place => !place || place.hidden ? '' : place.firstChild.innerText)\
     (document.querySelector('main > .first-new'))";

fn to_first_of_talk() -> String {
    "(place => place.hidden ? '' : place.firstChild.innerText)\
     (document.querySelector('#letters .first-new'))"
        .to_owned()
}

/// Whether the unread line is in sight in this box.
fn sees_line(in_box: &str) -> String {
    format!(
        "((row, box) => Boolean(row) && row.getBoundingClientRect().top > box.top + 20 \
         && row.getBoundingClientRect().bottom < box.bottom)\
         (document.querySelector('{in_box} .unread'), \
         document.querySelector('{in_box}').getBoundingClientRect())"
    )
}

/// Goes away, and comes again after this room has had so many new messages.
fn comes_again<'b>(server: &Server, ann: Person<'b>, count: usize) -> Person<'b> {
    let mut raw = server.voice();
    raw.says("seen");
    ann.hears("seen");
    ann.waits_until(
        "Object.keys(localStorage).some(key => key.startsWith('threadbare.seen.') \
         && localStorage[key].endsWith('.1'))",
    );
    let other = ann.opens_another_tab(&format!("{}r/elsewhere", server.url()));
    ann.closes();
    (0..count).for_each(|number| raw.says(&format!("unseen {number}")));
    raw.hears(&format!("unseen {}", count - 1));
    other.opens_another_tab(&server.url())
}

#[test]
fn a_button_leads_to_the_first_of_many_new_messages_and_stays_until_that_is_seen() {
    let browser = Browser::start();
    for visit in [DESKTOP, PHONE] {
        let server = Server::start();
        let ann = comes_again(&server, browser.comes(&server.url(), visit), 40);
        ann.waits_until(&format!("{TO_FIRST} === '40 new messages, go to the first'"));
        // The unread line goes when the newest messages have been in sight; the button stays.
        ann.waits_patiently_until("!document.querySelector('#rows .unread')");
        assert_eq!(ann.reads(TO_FIRST), "40 new messages, go to the first");
        ann.clicks(".first-new button");
        ann.waits_until(&sees_line("#box"));
        ann.waits_until("document.activeElement.innerText.includes('unseen 0')");
        ann.waits_until(&format!("{TO_FIRST} === ''"));
        ann.clicks("#pill");
        ann.waits_until("document.querySelector('#pill').hidden");
        assert_eq!(ann.reads(TO_FIRST), "", "it has led there");
    }
}

#[test]
fn the_button_to_the_first_new_message_is_put_away_with_keys_and_few_messages_need_none() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_again(&server, browser.opens(&server.url()), 80);
    ann.waits_until(&format!("{TO_FIRST} !== ''"));
    ann.sees("document.querySelector('.first-new :last-child').focus()");
    ann.presses("Enter");
    ann.waits_until(&format!("{TO_FIRST} === '' && document.activeElement.id === 'box'"));
    let server = Server::start();
    let ann = comes_again(&server, browser.opens(&server.url()), 3);
    ann.is_whole();
    ann.waits_until(&sees_line("#box"));
    assert_eq!(ann.reads(TO_FIRST), "");
}

#[test]
fn a_private_talk_has_the_ways_to_the_first_new_message_and_to_the_newest() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), Visit { height: 740, ..PHONE });
    is_called(&ann, "Ann");
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    (0..40).for_each(|number| bo.says(&format!("/msg Ann private {number}")));
    ann.waits_until("document.querySelector('#private').textContent === 'Private, 40 new'");
    ann.sees("document.querySelector('#talks button').click()");
    let to_first = to_first_of_talk();
    ann.waits_until(&format!("{to_first} === '40 new messages, go to the first'"));
    ann.clicks("#letters .first-new button");
    ann.waits_until(&sees_line("#letters .box"));
    ann.waits_until(&format!("{to_first} === ''"));
    let back = "(it => it.hidden ? '' : it.innerText)(document.querySelector('#letters .pill'))";
    ann.waits_until(&format!("{back} === 'Back to newest'"));
    bo.says("/msg Ann one more");
    ann.waits_until(&format!("{back} === '1 new message'"));
    ann.clicks("#letters .pill");
    ann.waits_until(&format!("{back} === ''"));
    ann.waits_until(
        "[...document.querySelectorAll('#letters .text')].pop().innerText === 'one more'",
    );
}

#[test]
fn each_screen_of_a_long_run_of_one_person_has_the_name() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let mut raw = server.voice();
    (0..60).for_each(|number| raw.says(&format!("line {number}")));
    ann.hears("line 59");
    let heads = "[...document.querySelectorAll('#rows .turn')].map(row => row.offsetTop)";
    let far = format!(
        "Math.max(...{heads}.slice(1).map((top, nth) => top - {heads}[nth])) \
         <= document.querySelector('#box').clientHeight"
    );
    ann.waits_until(&format!("{heads}.length >= 7"));
    assert_eq!(ann.sees(&far), true);
}

#[test]
fn a_hidden_room_has_a_mark_in_the_header_and_in_the_list_and_an_invite_at_its_start() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/den", server.url()));
    bo.is_whole();
    let marks = "[...document.querySelectorAll('#room-menu summary .unlisted, \
        #rooms a[data-room=den] .unlisted')].map(mark => mark.getAttribute('aria-label')).join()";
    assert_eq!(bo.reads(marks), "");
    bo.says("/hide");
    bo.waits_until(&format!("{marks} === 'hidden,hidden'"));
    bo.sees(
        "[...document.querySelectorAll('#empty button')]\
         .find(one => one.textContent === 'Invite').click()",
    );
    bo.waits_until("!!document.querySelector('#room-menu .made code')");
    // On a phone a locked one has two marks, and all of the title stands in one line.
    bo.says("/password soup");
    bo.waits_until("!!document.querySelector('#room-menu summary .lock + .unlisted')");
    bo.resizes(360, 740);
    bo.waits_until("!document.documentElement.matches('.columns')");
    let tops = "[...document.querySelectorAll('h1, #room-menu summary .lock, .caret')]\
        .map(it => it.getBoundingClientRect()).map(it => (it.top + it.bottom) / 2)";
    let differ = format!("(all => Math.max(...all) - Math.min(...all))({tops})");
    assert!(bo.measures(&differ) < 8.0, "{:?}", bo.sees(tops));
    bo.resizes(1280, 800);
    bo.says("/show");
    bo.waits_until(&format!("{marks} === ''"));
}

#[test]
fn a_locked_room_is_not_shown_any_more_after_the_session_has_ended_elsewhere() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("/join den swordfish");
    bo.waits_until("location.pathname === '/r/den'");
    bo.is_whole();
    bo.says("a secret");
    bo.mark_will_be("a secret", "sent");
    let other = bo.opens_another_tab(&server.url());
    other.is_whole();
    other.says("/quit");
    bo.waits_until("!document.querySelector('main').innerText.includes('a secret')");
    assert_eq!(bo.log(), Vec::<String>::new());
}

#[test]
fn more_unread_messages_than_a_page_loads_are_counted_and_survive_a_reload() {
    let browser = Browser::start();
    let server = Server::start();
    let ann = comes_again(&server, browser.opens(&server.url()), 120);
    ann.waits_until(&format!("{TO_FIRST} === '120 new messages, go to the first'"));
    // The newest ones have been in sight; the first ones have not.
    ann.waits_patiently_until("!document.querySelector('#rows .unread')");
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{TO_FIRST} === '120 new messages, go to the first'"));
    ann.clicks(".first-new button");
    ann.waits_until("document.activeElement.innerText.includes('unseen 0')");
    ann.waits_until(&format!("{TO_FIRST} === ''"));
    ann.clicks("#pill");
    ann.waits_until("document.querySelector('#pill').hidden");
    ann.reloads();
    ann.is_connected();
    ann.is_whole();
    assert_eq!(ann.reads(TO_FIRST), "");
}

#[test]
fn unread_messages_that_are_very_many_have_a_plus_and_the_way_leads_to_the_first() {
    let browser = Browser::start();
    let server = Server::start();
    let ann = comes_again(&server, browser.comes(&server.url(), PHONE), 420);
    ann.waits_until(&format!("{TO_FIRST} === '50+ new messages, go to the first'"));
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{TO_FIRST} === '50+ new messages, go to the first'"));
    ann.clicks(".first-new button");
    ann.waits_until("document.activeElement.innerText.includes('unseen 0')");
    ann.waits_until(&sees_line("#box"));
    ann.waits_until(&format!("{TO_FIRST} === ''"));
}
