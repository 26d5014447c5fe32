//! The reader's choices for the page: what Enter does, what is read aloud, which people are
//! announced.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};

fn chooses(person: &Person<'_>, name: &str, value: &str) {
    opens_panel(person, "me");
    person.sees(&format!(
        "(list => {{ list.value = '{value}'; list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})\
         (document.querySelector('#me [name={name}]'))"
    ));
    person.presses("Escape");
}

fn breaks_lines(person: &Person<'_>) -> bool {
    person.goes_to_field();
    person.types("a");
    person.presses("Enter");
    person.waits_until("document.querySelector('#field').value !== 'a'");
    let breaks = person.field() == "a\n";
    person.sees("document.querySelector('#field').value = ''");
    breaks
}

#[test]
fn enter_does_what_the_reader_wants_of_it() {
    let server = Server::start();
    let browser = Browser::start();
    for (visit, usual) in [(DESKTOP, false), (PHONE, true)] {
        let ann = browser.comes(&server.url(), visit);
        assert_eq!(breaks_lines(&ann), usual);
        chooses(&ann, "enter", if usual { "sends" } else { "breaks" });
        assert_eq!(breaks_lines(&ann), !usual);
        let hint = if usual { "send" } else { "enter" };
        ann.waits_until(&format!("document.querySelector('#field').enterKeyHint === '{hint}'"));
        ann.reloads();
        ann.is_connected();
        assert_eq!(breaks_lines(&ann), !usual, "it is kept");
        chooses(&ann, "enter", "");
        assert_eq!(breaks_lines(&ann), usual);
    }
}

#[test]
fn what_is_chosen_without_a_connection_is_saved_with_the_next_one() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    opens_panel(&ann, "me");
    ann.waits_until("document.querySelector('#me [name=theme]')");
    ann.is_offline(true);
    ann.line_will_say("This device is offline.");
    chooses(&ann, "theme", "dark");
    chooses(&ann, "size", "l");
    let problem = "document.querySelector('#me .choice ~ .problem').textContent";
    ann.waits_until(&format!("{problem}.startsWith('Not saved yet')"));
    let looks = "(root => `${root.theme} ${root.size}`)(document.documentElement.dataset)";
    assert_eq!(ann.sees(looks), "dark l", "it is seen at once");
    ann.is_offline(false);
    ann.is_connected();
    ann.waits_until(&format!("{problem} === ''"));
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.sees(looks), "dark l", "the server has it");
}

#[test]
fn who_comes_and_goes_is_told_to_whoever_wants_to_know() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    opens_panel(&ann, "me");
    ann.sees("document.querySelector('#me [name=comings]').scrollIntoView()");
    ann.clicks("#me [name=comings]");
    keep_picture(&ann, "1280-choices.png");
    let bo = browser.opens(&server.url());
    bo.says("here I am");
    ann.hears("here I am");
    assert_eq!(ann.sees("document.querySelectorAll('#rows .note').length"), 0);
    ann.clicks("#me [name=comings]");
    let cleo = browser.opens(&server.url());
    is_called(&cleo, "Cleo");
    ann.waits_until("document.querySelector('#rows').innerText.includes('joined')");
}

#[test]
fn aloud_comes_what_the_reader_wants_to_hear() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let aloud = || ann.reads("document.querySelector('#speaker').innerText");
    chooses(&ann, "aloud", "me");
    bo.says("tea?");
    bo.says("Ann, tea?");
    ann.hears("Ann, tea?");
    ann.waits_until("document.querySelector('#speaker').innerText.includes('Bo: Ann, tea?')");
    assert!(!aloud().contains("Bo: tea?"), "{}", aloud());
    chooses(&ann, "aloud", "counts");
    bo.says("with milk");
    bo.says("or without");
    ann.waits_until("document.querySelector('#speaker').innerText.includes('2 new messages')");
    assert!(!aloud().contains("milk"), "{}", aloud());
}

#[test]
fn the_choices_fit_on_the_narrowest_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), Visit { width: 320, height: 568, ..PHONE });
    opens_panel(&ann, "me");
    keep_picture(&ann, "320-choices.png");
    assert_eq!(ann.sees("document.documentElement.scrollWidth <= innerWidth"), true);
    let fits = "(sheet => sheet.scrollWidth <= sheet.clientWidth)\
        (document.querySelector('#me .sheet'))";
    assert_eq!(ann.sees(fits), true);
}

#[test]
fn on_a_phone_no_choice_is_cut_and_no_heading_is_glued_to_what_stands_above_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&format!("{}r/attic", server.url()), PHONE);
    opens_panel(&ann, "me");
    ann.waits_until("!!document.querySelector('#me [name=enter]')");
    // The arrow at the end of a list takes some 20 px.
    let cut = "(pen => [...document.querySelectorAll('#me .choice select')].filter(list => {
        pen.font = getComputedStyle(list).font;
        return list.checkVisibility() && [...list.options].some(one =>
            pen.measureText(one.text).width + 20 > list.clientWidth - 12);
    }).map(list => list.name).join())(document.createElement('canvas').getContext('2d'))";
    assert_eq!(ann.reads(cut), "");
    ann.sees("document.querySelector('#me [name=enter]').scrollIntoView({ block: 'center' })");
    keep_picture(&ann, "360-choices.png");
    opens_panel(&ann, "room-menu");
    let heading = "[...document.querySelectorAll('#room-menu h2')]\
        .find(one => one.innerText === 'Who can join')";
    ann.waits_until(&format!("!!{heading}"));
    let above = "document.querySelector('#room-menu .share').getBoundingClientRect().bottom";
    let top = format!("{heading}.getBoundingClientRect().top");
    assert!(ann.measures(&format!("{top} - {above}")) >= 12.0);
    ann.sees(&format!("{heading}.scrollIntoView({{ block: 'center' }})"));
    keep_picture(&ann, "360-room-menu-maker.png");
}

#[test]
fn the_password_of_a_room_is_removed_only_after_a_question() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&format!("{}r/attic", server.url()), DESKTOP);
    opens_panel(&ann, "room-menu");
    ann.clicks("#room-menu form.password input");
    ann.types("bread");
    ann.presses("Enter");
    let locked = "document.querySelector('#room-menu [name=password]').placeholder";
    ann.waits_until(&format!("{locked} === 'A password is set'"));
    let asks = "document.querySelector('#no-password').innerText";
    ann.clicks("#no-password button");
    ann.waits_until(&format!("{asks}.includes('then, and read all its messages.')"));
    ann.clicks("#no-password button:first-child");
    ann.waits_until(&format!("{asks} === 'Remove password'"));
    assert_eq!(ann.reads(locked), "A password is set");
    ann.clicks("#no-password button");
    ann.clicks("#no-password .buttons button:last-child");
    ann.waits_until(&format!("{locked} === ''"));
    ann.waits_until("document.querySelector('#rows').innerText.includes('is now public')");
}
