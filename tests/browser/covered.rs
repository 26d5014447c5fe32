//! The room behind a private talk, or behind results: what the reader learns of it meanwhile.

use crate::found::Keeping;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::is_called;
use crate::scene::Caller;

const WORD: &str = "document.querySelector('#places summary').textContent";
const COUNT: &str = "document.querySelector('#rooms [data-room=lobby] .count')";
const TALK_IS_CLOSED: &str = "document.querySelector('#letters').hidden";

/// A note in sight about a mention, in this part of the page.
fn note_in(part: &str) -> String {
    format!(
        "[...document.querySelectorAll('{part} .note p')].filter(it => it.checkVisibility())\
         .map(it => it.innerText.replace(/[\\u2068\\u2069]/g, '')).join('|')"
    )
}

fn opens_talk_with_bo(ann: &Person<'_>) {
    ann.waits_until("document.querySelector('#people').textContent.includes('Bo')");
    ann.says("/msg Bo");
    ann.waits_until(&format!("!{TALK_IS_CLOSED}"));
}

#[test]
fn what_is_new_in_the_room_behind_a_private_talk_is_counted_until_the_reader_goes_back() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for (visit, name) in [(DESKTOP, "Ann"), (PHONE, "Abe")] {
        let ann = browser.comes(&server.url(), visit);
        is_called(&ann, name);
        opens_talk_with_bo(&ann);
        assert_eq!(ann.reads(WORD), "Chats");
        bo.says("lobby", "The kettle is on.");
        ann.waits_until(&format!("{WORD} === 'Chats (1)'"));
        if !visit.touch {
            ann.waits_until(&format!("{COUNT}.innerText === '1 new' && {COUNT}.matches('.fresh')"));
        }
        assert_eq!(ann.reads(&note_in("#letters")), "");
        bo.says("lobby", &format!("@{name}, tea?"));
        ann.waits_until(&format!("{WORD} === 'Chats (2)'"));
        ann.waits_until(&format!("{} === 'Bo mentioned you in lobby.'", note_in("#letters")));
        if !visit.touch {
            ann.waits_until(&format!("{COUNT}.textContent === '@1 1 to you, 2 new'"));
        }
        keep_picture(&ann, &format!("{}-covered-mention.png", visit.width));
        // The note leads to the message. By that everything is read, and the note is gone.
        ann.clicks("#letters .note button");
        ann.waits_until(&format!("{TALK_IS_CLOSED} && {WORD} === 'Chats'"));
        ann.waits_until("document.activeElement.innerText.includes('tea?')");
        assert_eq!(ann.sees(&format!("{COUNT}?.matches('.fresh') ?? false")), false);
        opens_talk_with_bo(&ann);
        assert_eq!(ann.reads(&note_in("#letters")), "");
        // Whoever goes back has read what is in sight.
        bo.says("lobby", "It boils.");
        ann.waits_until(&format!("{WORD} === 'Chats (1)'"));
        ann.presses("Escape");
        ann.waits_until(&format!("{TALK_IS_CLOSED} && {WORD} === 'Chats'"));
        ann.closes();
    }
}

#[test]
fn what_is_new_in_the_room_behind_results_is_counted_until_they_are_closed() {
    let keeping = Keeping::start("covered", &[]);
    let browser = Browser::start();
    let bo = Caller::comes(&keeping.server, "Bo", &["lobby"]);
    let ann = browser.opens(&keeping.server.url());
    is_called(&ann, "Ann");
    bo.says("lobby", "soup");
    ann.hears("soup");
    ann.says("/search soup");
    ann.waits_until("!!document.querySelector('#results .said')");
    bo.says("lobby", "@Ann, tea?");
    ann.waits_until(&format!(
        "{WORD} === 'Chats (1)' && {COUNT}.textContent === '@1 1 to you, 1 new'"
    ));
    ann.waits_until(&format!("{} === 'Bo mentioned you in lobby.'", note_in("#results")));
    ann.clicks("#results .note button");
    ann.waits_until(&format!("document.querySelector('#results').hidden && {WORD} === 'Chats'"));
}

#[test]
fn a_mention_in_another_room_is_told_in_the_private_talk_too() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    is_called(&ann, "Ann");
    ann.says("/join lobby");
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_connected();
    ann.is_whole();
    opens_talk_with_bo(&ann);
    bo.says("kitchen", "@Ann, tea?");
    ann.waits_until(&format!("{} === 'Bo mentioned you in kitchen.'", note_in("#letters")));
    // It stays in the room, as a mention does that comes there.
    ann.presses("Escape");
    ann.waits_until(&format!("{} === 'Bo mentioned you in kitchen.'", note_in("#rows")));
}

#[test]
fn on_a_narrow_page_a_private_talk_has_the_search_of_its_messages() {
    let server = Server::start();
    let browser = Browser::start();
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.comes(&server.url(), PHONE);
    opens_talk_with_bo(&ann);
    keep_picture(&ann, "360-talk-search.png");
    ann.clicks("#letters .find");
    ann.waits_until(
        "document.querySelector('#search label').innerText.trim() === \
         'Search your messages with Bo' && document.activeElement.name === 'text'",
    );
    assert_eq!(ann.measures("document.documentElement.scrollWidth"), 360.0);
    // A wider page has the word in its header.
    ann.resizes(500, 640);
    ann.waits_until("!document.querySelector('#letters .find').checkVisibility()");
    ann.waits_until("document.querySelector('#search > summary').checkVisibility()");
}
