//! What calls the reader, and the ways to it: the button over the log, the tab's title, and the
//! notices.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;
use crate::rooms::stands_in;
use crate::scene::Caller;

/// The button that leads to what calls the reader.
const CALL: &str = "(b => b && b.checkVisibility() ? b.innerText : '')(document.querySelector('main > .calls button'))";
const TITLE: &str = "document.title";
const PILL: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#pill'))";
const NOTES: &str = "[...document.querySelectorAll('#rows .note:has(button) p')]\
    .map(one => one.innerText.replace(/[\\u2068\\u2069]/g, '')).join('|')";
/// The notice over the log.
const STRIP: &str = "(s => s && s.checkVisibility() \
    ? s.querySelector('p').innerText.replace(/[\\u2068\\u2069]/g, '') : '')\
    (document.querySelector('main > .news'))";

/// Ann, who stands in the lobby, and is in the kitchen, too; there she has said "is there soup?".
fn ann_comes<'b>(browser: &'b Browser, server: &Server, visit: Visit) -> Person<'b> {
    let ann = browser.comes(&format!("{}r/kitchen", server.url()), visit);
    is_called(&ann, "Ann");
    ann.says("is there soup?");
    ann.mark_will_be("is there soup?", "sent");
    ann.says("/join lobby");
    stands_in(&ann, "lobby");
    ann.is_whole();
    ann
}

fn is_in_sight(person: &Person<'_>, text: &str) {
    let text = json!(text);
    person.waits_until(&format!(
        "(row => row && (r => r.top > 40 && r.bottom < innerHeight)(row.getBoundingClientRect()))\
         ([...document.querySelectorAll('#rows .said')].find(one => one.innerText.includes({text})))"
    ));
}

#[test]
fn a_button_leads_to_each_message_that_calls_the_reader_until_all_were_seen() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let server = Server::start();
        let ann = ann_comes(&browser, &server, visit);
        let bo = Caller::comes(&server, "Bo", &["kitchen"]);
        for number in 0..62 {
            match number {
                20 => bo.says("kitchen", "@Ann bring bread"),
                40 => bo.sends(
                    json!({ "type": "say", "room": "kitchen", "text": "it is hot", "reply": 1 }),
                ),
                _ => bo.says("kitchen", &format!("noise {number}")),
            };
        }
        let count = "document.querySelector('#places summary').getAttribute('aria-label')";
        ann.waits_until(&format!("{count} === 'Chats, 62 new, 2 to you'"));
        ann.goes_to(&format!("{}r/kitchen", server.url()));
        stands_in(&ann, "kitchen");
        ann.is_whole();
        ann.waits_until(&format!("{CALL} === '2 messages to you. Show the first'"));
        keep_picture(&ann, &format!("{}-way-to-calls.png", visit.width));
        // Beside the button, a press reaches what is below.
        let beside = "(r => document.elementFromPoint(r.left + 2, r.top + r.height / 2))\
             (document.querySelector('main > .calls').getBoundingClientRect()).className";
        assert_ne!(ann.reads(beside), "first-new calls");
        // At the beginning of the room, the line with the day is below the button, not over it.
        let is_on_top = "(b => (r => document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2) === b)\
             (b.getBoundingClientRect()))(document.querySelector('main > .calls button'))";
        let overlap = "((b, d) => b.top < d.bottom && d.top < b.bottom)\
             (...['main > .calls button', '#rows .day'].map(one => document.querySelector(one).getBoundingClientRect()))";
        ann.sees("(document.querySelector('#box').scrollTop = 0, 0)");
        ann.waits_until(overlap);
        assert_eq!(ann.sees(is_on_top), true);
        ann.clicks("main > .calls button");
        is_in_sight(&ann, "bring bread");
        ann.waits_until(&format!("{CALL} === '1 more message to you. Show it'"));
        keep_picture(&ann, &format!("{}-way-to-next-call.png", visit.width));
        ann.clicks("main > .calls button");
        is_in_sight(&ann, "it is hot");
        ann.waits_until(&format!("{CALL} === ''"));
    }
}

#[test]
fn the_tab_s_title_counts_calls_in_other_rooms_and_private_messages_until_they_are_read() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_comes(&browser, &server, DESKTOP);
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
    bo.says("kitchen", "nobody is meant");
    bo.says("kitchen", "@Ann soup");
    ann.waits_until(&format!("{TITLE} === '(@1) lobby'"));
    bo.sends(json!({ "type": "private", "to": "Ann", "text": "for you" }));
    ann.waits_until(&format!("{TITLE} === '(@2) lobby'"));
    ann.looks_away(true);
    bo.says("lobby", "hello all");
    bo.says("lobby", "@Ann hello");
    ann.waits_until(&format!("{TITLE} === '(@3 4) lobby'"));
    ann.looks_away(false);
    ann.waits_until(&format!("{TITLE} === '(@2) lobby'"));
    ann.says("/msg Bo");
    ann.waits_until(&format!("{TITLE} === '(@1) lobby'"));
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    stands_in(&ann, "kitchen");
    ann.is_whole();
    ann.waits_until(&format!("{TITLE} === 'kitchen'"));
}

#[test]
fn a_reply_is_called_a_reply_and_the_pill_counts_in_words_of_one_and_of_many() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    ann.says("is there soup?");
    ann.mark_will_be("is there soup?", "sent");
    (0..60).for_each(|number| {
        bo.says("lobby", &format!("noise {number}"));
    });
    ann.hears("noise 59");
    ann.scrolls_to(0);
    ann.waits_until(&format!("{PILL} === 'Back to newest'"));
    bo.sends(json!({ "type": "say", "room": "lobby", "text": "it is hot", "reply": 1 }));
    ann.waits_until(&format!("{PILL} === '1 new message, 1 mention'"));
    bo.says("lobby", "@Ann come");
    ann.waits_until(&format!("{PILL} === '2 new messages, 2 mentions'"));
    ann.says("/msg Bo");
    ann.waits_until("!document.querySelector('#letters').hidden");
    bo.sends(json!({ "type": "say", "room": "lobby", "text": "and good", "reply": 1 }));
    ann.waits_until(
        "document.querySelector('#letters .note p')?.innerText.includes('replied to you')",
    );
}

#[test]
fn notices_of_one_room_are_one_with_a_count_and_lead_to_the_first() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = ann_comes(&browser, &server, DESKTOP);
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen", "attic"]);
    bo.says("kitchen", "@Ann one");
    ann.waits_until(&format!("{NOTES} === 'Bo mentioned you in kitchen.'"));
    bo.sends(json!({ "type": "say", "room": "kitchen", "text": "two", "reply": 1 }));
    bo.says("kitchen", "@Ann three");
    ann.waits_until(&format!("{NOTES} === '3 messages to you in kitchen. The newest is from Bo.'"));
    keep_picture(&ann, "1280-notices-of-a-room.png");
    ann.clicks("#rows .note button");
    stands_in(&ann, "kitchen");
    ann.waits_until("document.querySelector('#rows .sought')?.innerText.includes('one')");
}

#[test]
fn a_notice_is_shown_where_a_reader_who_has_scrolled_up_sees_it() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let server = Server::start();
        let ann = ann_comes(&browser, &server, visit);
        let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
        (0..60).for_each(|number| {
            bo.says("lobby", &format!("noise {number}"));
        });
        ann.hears("noise 59");
        ann.scrolls_to(0);
        ann.waits_until(&format!("{PILL} === 'Back to newest'"));
        bo.says("kitchen", "@Ann soup");
        ann.waits_until(&format!("{STRIP} === 'Bo mentioned you in kitchen.'"));
        keep_picture(&ann, &format!("{}-notice-above.png", visit.width));
        // At the end of the log the note itself is in sight.
        ann.clicks("#pill");
        ann.waits_until(&format!("{STRIP} === '' && {NOTES}.endsWith('in kitchen.')"));
        ann.scrolls_to(0);
        ann.waits_until(&format!("{PILL} === 'Back to newest' && {STRIP} === ''"));
        bo.sends(json!({ "type": "private", "to": "Ann", "text": "for you" }));
        ann.waits_until(&format!("{STRIP} === 'New private message from Bo.'"));
        ann.clicks("main > .news button");
        ann.waits_until(&format!("!document.querySelector('#letters').hidden && {STRIP} === ''"));
    }
}
