//! What a press leads to, and what it leaves behind: nothing stays open that is over, nothing leads
//! the wrong way.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::scene::Caller;

const AT_BOTTOM: &str = "(box => box.scrollHeight - box.scrollTop - box.clientHeight < 3)\
     (document.querySelector('#box'))";

/// A page that is loaded again does not know this any more.
fn notes_that_it_is_this_page(person: &Person<'_>) {
    person.sees("window.isThisPage = true");
}

#[test]
fn a_press_on_the_room_in_sight_leads_to_its_newest_message_and_loads_nothing() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for number in 0..60 {
        bo.says("lobby", &format!("line {number}"));
    }
    for visit in [DESKTOP, PHONE] {
        let ann = browser.comes(&server.url(), visit);
        notes_that_it_is_this_page(&ann);
        ann.hears("line 59");
        ann.goes_to_field();
        ann.types("half a ");
        ann.scrolls_to(300);
        assert_eq!(ann.sees(AT_BOTTOM), false);
        let here = "#rooms a[aria-current=page]";
        for is_in_talk in [false, true] {
            if is_in_talk {
                ann.goes_to_field();
                ann.sees("document.querySelector('#field').value = ''");
                ann.says("/msg Bo");
                ann.waits_until("!document.querySelector('#letters').hidden");
            }
            opens_panel(&ann, "places");
            ann.waits_until(&format!("!!document.querySelector('{here}')"));
            ann.clicks(here);
            ann.waits_until("document.querySelector('#letters').hidden");
            ann.waits_until(AT_BOTTOM);
            if visit.touch {
                ann.waits_until("!document.querySelector('#places').open");
            } else if !is_in_talk {
                ann.waits_until("document.activeElement.id === 'field'");
                ann.presses("b");
                assert_eq!(ann.field(), "half a b");
            }
            assert_eq!(ann.sees("window.isThisPage === true"), true);
        }
    }
}

/// Opens "More" in the row of this text, with the mouse.
fn opens_more(person: &Person<'_>, text: &str) {
    person.sees(&format!(
        "[...document.querySelectorAll('#rows li.said')].forEach(row => {{ \
         const text = row.querySelector('.text').textContent; row.id = text.replace(' ', '-'); }}) \
         || document.querySelector('#{text}').scrollIntoView({{ block: 'nearest' }})"
    ));
    person.points_at(&format!("#{text} .text"));
    person.waits_until(&format!("!!document.querySelector('#{text} .actions')"));
    person.clicks(&format!("#{text} .actions button:last-child"));
    person.waits_until(&format!("document.querySelectorAll('#{text} .actions button').length > 3"));
}

#[test]
fn what_more_has_opened_goes_when_the_reader_goes_on() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for text in ["one", "two", "three"] {
        bo.says("lobby", text);
    }
    let ann = browser.opens(&server.url());
    ann.hears("three");
    let bars = |row: &str| format!("document.querySelectorAll('{row} .actions').length");
    // The mouse goes on to another message, which has its bar then.
    opens_more(&ann, "one");
    ann.points_at("#three .text");
    ann.waits_until(&format!("{} === 1 && {} === 0", bars("#three"), bars("#one")));
    // A press elsewhere.
    opens_more(&ann, "one");
    ann.clicks("#field");
    ann.waits_until(&format!("{} === 0", bars("#rows")));
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    // Escape, while the field has the focus.
    opens_more(&ann, "one");
    ann.goes_to_field();
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('.actions button:nth-child(4)')");
    // A message is sent.
    opens_more(&ann, "one");
    ann.says("four");
    ann.mark_will_be("four", "sent");
    ann.waits_until("!document.querySelector('.actions button:nth-child(4)')");
}

/// Where the last message of this text stands in the window.
fn height_of(person: &Person<'_>, text: &str) -> f64 {
    person.measures(&format!(
        "[...document.querySelectorAll('#rows li.said')].findLast(row => \
         row.querySelector('.text').textContent === '{text}').getBoundingClientRect().top"
    ))
}

#[test]
fn no_row_moves_under_what_the_reader_is_about_to_press() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for number in 0..40 {
        bo.says("lobby", &format!("line {number}"));
    }
    let ann = browser.opens(&server.url());
    ann.hears("line 39");
    ann.says("one");
    ann.mark_will_be("one", "sent");
    ann.waits_until(AT_BOTTOM);
    // The question before a deletion is open.
    let delete = "[...document.querySelectorAll('.actions button')].at(-1)";
    opens_more(&ann, "one");
    ann.sees("[...document.querySelectorAll('.actions button')].find(b => b.textContent === 'Delete').click()");
    ann.waits_until(&format!("{delete}.textContent === 'Delete' && document.querySelectorAll('.actions button').length === 2"));
    let before = height_of(&ann, "one");
    bo.says("lobby", "two");
    ann.waits_until("document.querySelector('#pill').checkVisibility()");
    assert_eq!(height_of(&ann, "one"), before);
    ann.sees(&format!("{delete}.click()"));
    // Then the log follows what comes, as before.
    ann.waits_until(AT_BOTTOM);
    ann.waits_until("!document.querySelector('#pill').checkVisibility()");
    bo.says("lobby", "three");
    ann.hears("three");
    ann.waits_until(AT_BOTTOM);
}

#[test]
fn the_pill_of_new_messages_never_leads_upwards() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for number in 0..60 {
        bo.says("lobby", &format!("line {number}"));
    }
    let ann = browser.opens(&server.url());
    ann.hears("line 59");
    ann.looks_away(true);
    for number in 60..120 {
        bo.says("lobby", &format!("line {number}"));
    }
    ann.hears("line 119");
    ann.looks_away(false);
    // The reader has been at the bottom, and reads back: the unread line is just above the screen.
    ann.scrolls_to(100_000);
    let line = "document.querySelector('#box .unread')";
    ann.waits_until(&format!("!!{line}"));
    ann.sees(&format!("document.querySelector('#box').scrollTop = {line}.offsetTop + 60"));
    ann.draws_a_frame();
    bo.says("lobby", "the newest");
    ann.waits_until("document.querySelector('#pill').innerText.startsWith('1 new message')");
    let before = ann.measures("document.querySelector('#box').scrollTop");
    ann.clicks("#pill");
    ann.draws_a_frame();
    let after = ann.measures("document.querySelector('#box').scrollTop");
    assert!(after > before, "{before} {after}");
    ann.waits_until(AT_BOTTOM);
    assert_eq!(ann.sees("document.querySelector('#pill').hidden"), true);
}

#[test]
fn on_a_phone_back_leaves_no_menu_of_a_person_behind() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.comes(&server.url(), PHONE);
    opens_panel(&ann, "people");
    let bo = "#people .list button[data-name=Bo], #people .list li:last-child button";
    ann.waits_until(&format!("!!document.querySelector('{bo}')"));
    ann.sees(
        "[...document.querySelectorAll('#people .list button')]\
         .find(one => one.innerText.includes('Bo')).click()",
    );
    ann.waits_until("!!document.querySelector('#person-menu')");
    ann.draws_a_frame();
    ann.goes_back();
    ann.waits_until("!document.querySelector('#people').open");
    ann.waits_until("!document.querySelector('#person-menu')");
}

#[test]
fn a_name_with_a_comma_is_refused_in_words_that_read_well() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("/name A,B");
    ann.waits_until("document.querySelector('#note').innerText.includes('commands use it')");
    let said = ann.reads("document.querySelector('#note').innerText");
    assert!(said.contains("the character “,” because commands use it"), "{said}");
}

#[test]
fn beside_calls_the_title_of_a_phone_keeps_its_two_lines() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["birthday-planning", "lobby"]);
    let ann = browser.comes(&server.url(), PHONE);
    is_called(&ann, "Ann");
    ann.says("/join birthday-planning");
    ann.waits_until("document.querySelector('h1')?.innerText === 'birthday-planning'");
    ann.is_connected();
    bo.says("lobby", "@Ann one");
    bo.says("lobby", "@Ann two");
    ann.waits_until("document.querySelector('#places summary').innerText === 'Chats (2)'");
    let name = "document.querySelector('h1')";
    let lines = format!(
        "Math.round({name}.offsetHeight / parseFloat(getComputedStyle({name}).lineHeight))"
    );
    keep_picture(&ann, "360-header-calls.png");
    assert_eq!(ann.measures(&lines), 2.0);
    assert_eq!(ann.measures("document.documentElement.scrollWidth"), 360.0);
}
