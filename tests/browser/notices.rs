//! How the page calls a reader who is elsewhere: only if the reader has chosen that, and only for
//! messages to them.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, PHONE, Person};
use crate::people::{is_called, opens_panel};
use crate::rooms::stands_in;

/// Records the real notifications and tones.
const WATCH: &str = "(() => { window.called = []; window.tones = 0; \
    const Real = window.Notification; \
    window.Notification = class extends Real { \
      constructor(title, more) { super(title, more); window.called.push(`${title}: ${more.body}`); } }; \
    const start = OscillatorNode.prototype.start; \
    OscillatorNode.prototype.start = function (...all) { window.tones += 1; \
      return start.apply(this, all); }; })()";

fn ticks(person: &Person<'_>, name: &str) {
    person.finds_and_clicks(&format!("#me [name={name}]"));
    person.waits_until(&format!("document.querySelector('#me [name={name}]').checked"));
}

#[test]
fn a_notice_and_a_tone_come_after_a_tick_for_words_to_oneself_and_no_others() {
    let server = Server::start();
    let browser = Browser::start_whole();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.may_be_notified();
    ann.sees(WATCH);
    ann.looks_away(true);
    bo.says("Ann, before the tick");
    ann.hears("Ann, before the tick");
    ann.looks_away(false);
    opens_panel(&ann, "me");
    ticks(&ann, "notice");
    ticks(&ann, "sound");
    ann.waits_until("window.tones === 1");
    bo.says("Ann, while you look");
    ann.hears("Ann, while you look");
    ann.looks_away(true);
    bo.says("not for anybody");
    bo.says("Ann, tea?");
    ann.hears("Ann, tea?");
    bo.says("/msg Ann the cake is a secret");
    ann.waits_until("window.called.length === 2");
    assert_eq!(
        ann.reads("window.called.join('; ')"),
        "lobby: Bo: Ann, tea?; lobby: New private message from \u{2068}Bo\u{2069}."
    );
    ann.waits_until("window.tones === 3");
    // The page is in sight, but another window has the focus.
    ann.looks_away(false);
    ann.sees("document.hasFocus = () => false; 0");
    bo.says("Ann, over here");
    ann.waits_until("window.called.length === 3 && window.tones === 4");
}

#[test]
fn a_room_s_menu_says_for_which_messages_there_are_notices() {
    let server = Server::start();
    let browser = Browser::start_whole();
    let in_kitchen = format!("{}r/kitchen", server.url());
    let (ann, bo) = (browser.opens(&in_kitchen), browser.opens(&server.url()));
    let cleo = browser.opens(&in_kitchen);
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    is_called(&cleo, "Cleo");
    let chooses = |word: &str| {
        opens_panel(&ann, "room-menu");
        ann.sees(&format!(
            "(list => {{ list.value = '{word}'; \
             list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})\
             (document.querySelector('#room-menu [name=notices]'))"
        ));
    };
    let how = "document.querySelector('#room-menu .how').offsetParent !== null";
    // Nothing would come of it: the menu says how to have notices, and leads there.
    chooses("all");
    ann.waits_until(how);
    keep_picture(&ann, "1280-room-notices.png");
    ann.clicks("#room-menu .how button");
    ann.waits_until(
        "document.querySelector('#me').open && !document.querySelector('#room-menu').open",
    );
    ann.may_be_notified();
    ann.waits_until("!!document.querySelector('#me [name=notice]')");
    ticks(&ann, "notice");
    opens_panel(&ann, "room-menu");
    ann.waits_until(&format!("!({how})"));
    ann.sees(WATCH);
    ann.looks_away(true);
    cleo.says("tea is ready");
    ann.waits_until("window.called.join() === 'kitchen: Cleo: tea is ready'");
    // None, not even for a mention; a private message still comes.
    chooses("none");
    cleo.says("Ann, tea!");
    ann.hears("Ann, tea!");
    bo.says("/msg Ann psst");
    ann.waits_until("window.called.length === 2 && window.called[1].includes('private')");
    // From another room it is the same: nothing is told, and the rest of the page is calm.
    ann.looks_away(false);
    ann.says("/join lobby");
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_connected();
    ann.is_whole();
    ann.sees(WATCH);
    ann.looks_away(true);
    let row = "document.querySelector('#rooms [data-room=kitchen] .count')";
    cleo.says("Ann, cake!");
    ann.waits_until(&format!("{row}?.textContent === '@1 1 to you, 1 new'"));
    let only_bo = "Chats (1)";
    assert_eq!(ann.sees(&format!("{row}.matches('.fresh')")), false);
    assert_eq!(ann.reads("document.querySelector('#places summary').textContent"), only_bo);
    let told = "document.querySelector('#rows').innerText.includes('mentioned you')";
    assert_eq!(ann.sees(told), false);
    // All messages, from another room, too; the setting is the browser's.
    ann.sees("localStorage['threadbare.notices.kitchen'] = 'all'");
    cleo.says("anybody?");
    ann.waits_until("window.called.join() === 'kitchen: Cleo: anybody?'");
    ann.waits_until("document.querySelector('#places summary').textContent === 'Chats (3)'");
}

#[test]
fn private_messages_of_one_person_have_one_note_until_they_are_read() {
    let server = Server::start();
    let browser = Browser::start();
    let [ann, bo, cleo] = [(); 3].map(|()| browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    is_called(&cleo, "Cleo");
    let notes = "[...document.querySelectorAll('#rows .alone p')]\
        .map(note => note.textContent).join('|')";
    bo.says("/msg Ann one");
    ann.waits_until(&format!("{notes} === 'New private message from Bo.'"));
    cleo.says("/msg Ann me, too");
    ann.waits_until(&format!("{notes}.endsWith('|New private message from Cleo.')"));
    bo.says("/msg Ann two");
    bo.says("/msg Ann three");
    ann.waits_until(&format!(
        "{notes} === '3 new private messages from Bo.|New private message from Cleo.'"
    ));
    // The room has no message: it says so first.
    let above = "document.querySelector('#empty').getBoundingClientRect().bottom \
        <= document.querySelector('#rows .alone').getBoundingClientRect().top";
    assert_eq!(ann.sees(above), true);
    keep_picture(&ann, "1280-private-notes.png");
    ann.clicks("#rows .alone button");
    ann.waits_until("!document.querySelector('#letters').hidden");
    ann.waits_until(&format!("{notes} === 'New private message from Cleo.'"));
    // In the open talk nothing is noted; behind it, it is.
    bo.says("/msg Ann four");
    ann.waits_until("document.querySelector('#letters').innerText.includes('four')");
    cleo.says("/msg Ann and again");
    ann.waits_until(&format!("{notes} === '2 new private messages from Cleo.'"));
    // After a reload what is not read has one note.
    ann.reloads();
    ann.is_connected();
    ann.waits_until(&format!("{notes} === '2 new private messages from Cleo.'"));
    // The note does not follow the reader into other rooms, where the list of chats counts. A new
    // message is told of there.
    for room in ["den", "lobby"] {
        ann.says(&format!("/join {room}"));
        stands_in(&ann, room);
        ann.is_whole();
        ann.waits_until("/[1-9]/.test(document.querySelector('#places summary').innerText)");
        let n = if room == "den" { 3 } else { 4 };
        assert_eq!(ann.sees(notes), "");
        cleo.says("/msg Ann come back");
        ann.waits_until(&format!("{notes} === '{n} new private messages from Cleo.'"));
    }
}

#[test]
fn over_plain_http_the_tick_says_what_it_needs() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at_as_over_plain_http(&server.url());
    ann.is_connected();
    opens_panel(&ann, "me");
    assert_eq!(ann.sees("document.querySelector('#me [name=notice]').disabled"), true);
    let words = ann.reads("document.querySelector('#me [name=notice]').parentNode.innerText");
    assert!(words.contains("needs https"), "{words}");
    ticks(&ann, "sound");
}

#[test]
fn a_browser_that_blocks_notifications_is_named_with_the_way_out() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    for (answer, words) in [("denied", "Your browser blocks"), ("default", "Your browser asks")] {
        ann.sees(&format!("Notification.requestPermission = async () => '{answer}'; 0"));
        opens_panel(&ann, "me");
        ann.waits_until("!!document.querySelector('#me [name=notice]')");
        ann.sees("document.querySelector('#me [name=notice]').click()");
        ann.waits_until(&format!(
            "document.querySelector('#me .ticks .problem').innerText.startsWith('{words}')"
        ));
        assert_eq!(ann.sees("document.querySelector('#me [name=notice]').checked"), false);
        ann.sees("document.querySelector('#me .ticks').scrollIntoView({ block: 'center' })");
        keep_picture(&ann, &format!("360-notices-{answer}.png"));
    }
}
