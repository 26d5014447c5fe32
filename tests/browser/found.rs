//! Search on the live page.

use std::path::PathBuf;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};

/// A server with a history, because the search finds only stored messages.
pub(crate) struct Keeping {
    pub(crate) server: Server,
    folder: PathBuf,
}

impl Keeping {
    pub(crate) fn start(name: &str, more: &[&str]) -> Self {
        let name = format!("threadbare-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let flags = ["--data", folder.to_str().unwrap()];
        let server = Server::start_with("127.0.0.1:0", &[&flags, more].concat());
        Self { server, folder }
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

const FOUND: &str =
    "[...document.querySelectorAll('#results .text')].map(t => t.innerText).join('|')";

/// What the page advises whoever has found nothing.
const LESS: &str = "Try fewer or other words, another person or another day.";

const WORDS: &str = "document.querySelector('#results p').textContent";

#[test]
fn what_was_said_is_found_by_its_words_and_its_link_shows_it_in_its_place() {
    let keeping = Keeping::start("found", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let mut raw = server.voice();
    for number in 0..120 {
        let heater = if number % 2 == 0 { " about the heater" } else { "" };
        raw.says(&format!("line {number}{heater}"));
    }
    raw.hears("line 119");
    let ann = browser.opens(&server.url());
    ann.says("/search HEATER line");
    ann.waits_until(&format!("{FOUND}.split('|').length >= 50"));
    let all = ann.reads(FOUND);
    assert!(all.ends_with("|line 116 about the heater|line 118 about the heater"), "{all}");
    ann.waits_until(&format!("{WORDS}.includes('found')"));
    keep_picture(&ann, "1280-search.png");
    let saved = "document.querySelector('#search a[download]').href";
    let file = ann.reads(&format!("fetch({saved}).then((answer) => answer.text())"));
    assert!(file.contains("line 0 about the heater") && file.contains("End: "), "{file}");
    // Who scrolls up gets the rest.
    ann.sees("document.querySelector('#results .box').scrollTop = 0");
    ann.waits_until(&format!("{FOUND}.startsWith('line 0 about the heater|')"));
    assert_eq!(ann.reads(FOUND).split('|').count(), 60, "each once");
    ann.waits_until(&format!("{WORDS} === '60 messages found in lobby: HEATER line'"));
    opens_panel(&ann, "search");
    ann.sees("document.querySelector('#search form input').value = 'nothing like it'");
    ann.clicks("#search form .send");
    // What was sought, and what can be done about it.
    ann.waits_until(&format!("{WORDS} === 'No messages found in lobby: nothing like it. {LESS}'"));
    keep_picture(&ann, "1280-search-none.png");
    // Without scripts the link of a result shows the message among the lines around it.
    ann.says("/search line 2 about");
    ann.waits_until(&format!("{FOUND}.includes('line 2 about')"));
    let link = ann.reads("document.querySelector('#results .head a').href");
    let there = browser.looks_at("about:blank", PHONE);
    there.opens_without_scripts(&link);
    there.waits_until("document.readyState === 'complete' && !!document.querySelector('#m1')");
    there.waits_until("document.body.innerText.includes('line 0 about the heater')");
}

#[test]
fn on_a_phone_the_way_to_the_search_is_in_the_room_s_menu() {
    let keeping = Keeping::start("found-by-hand", &[]);
    let server = &keeping.server;
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    ann.says("soup");
    ann.mark_will_be("soup", "sent");
    opens_panel(&ann, "search");
    ann.waits_until(
        "!document.querySelector('#room-menu').open && document.activeElement.closest('#search')",
    );
    ann.types("soup");
    ann.presses("Enter");
    ann.waits_until(&format!("{FOUND} === 'soup'"));
    keep_picture(&ann, "360-search.png");
    let again = "document.querySelector('#results .again').checkVisibility()";
    assert_eq!(ann.sees(again), true);
    // Whoever finds nothing goes on with the same words.
    ann.says("/search stew");
    ann.waits_until("!!document.querySelector('#results.none')");
    ann.waits_until(again);
    keep_picture(&ann, "360-search-again.png");
    ann.clicks("#results .again");
    ann.waits_until(
        "document.querySelector('#search').open && document.activeElement.name === 'text'",
    );
    assert_eq!(ann.reads("document.activeElement.value"), "stew");
    // The panel of chats leads there, too.
    ann.presses("Escape");
    ann.waits_until("!document.querySelector('#search').open");
    opens_panel(&ann, "places");
    keep_picture(&ann, "360-places-search.png");
    ann.clicks("#rooms .find");
    ann.waits_until(
        "document.querySelector('#search').open && document.activeElement.name === 'text'",
    );
}

/// Comes from the kitchen, where Ann has spoken of soup, to the lobby, where Bo has.
pub(crate) fn comes_to_two_rooms<'b>(
    browser: &'b Browser,
    url: &str,
    visit: Visit,
) -> [Person<'b>; 2] {
    let ann = browser.comes(&format!("{url}r/kitchen"), visit);
    is_called(&ann, "Ann");
    ann.says("soup in the kitchen");
    ann.mark_will_be("soup in the kitchen", "sent");
    ann.goes_to(&format!("{url}r/lobby"));
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_whole();
    let bo = browser.opens(url);
    is_called(&bo, "Bo");
    bo.says("soup in the lobby");
    bo.says("/msg Ann soup for two");
    ann.waits_until("document.querySelector('#private').textContent === 'Private, 1 new'");
    [ann, bo]
}

/// Types into the form of the search, and sends it.
fn searches(person: &Person<'_>, words: &str) {
    opens_panel(person, "search");
    person.sees(&format!(
        "document.querySelector('#search [name=text]').value = {}",
        serde_json::json!(words)
    ));
    person.clicks("#search form .send");
}

#[test]
fn where_to_search_is_chosen_in_the_form_and_the_page_remembers_it() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let keeping = Keeping::start(&format!("found-chosen-{}", visit.width), &[]);
        let url = keeping.server.url();
        let [ann, _bo] = comes_to_two_rooms(&browser, &url, visit);
        opens_panel(&ann, "search");
        let chosen = "document.querySelector('#search [name=place]')";
        let shown = format!("[...{chosen}.options].map(one => one.text).join()");
        ann.waits_until(&format!("{chosen}.value === 'all' && {shown} === 'lobby,Everywhere'"));
        keep_picture(&ann, &format!("{}-search-form.png", visit.width));
        ann.sees(&format!("{chosen}.value = 'all', {chosen}.dispatchEvent(new Event('change'))"));
        searches(&ann, "soup");
        ann.waits_until(&format!("{FOUND}.endsWith('soup in the lobby|soup for two')"));
        keep_picture(&ann, &format!("{}-search-hits.png", visit.width));
        // It is still so, until the reader chooses otherwise beside the results.
        searches(&ann, "kitchen");
        ann.waits_until(&format!("{FOUND}.endsWith('soup in the kitchen')"));
        ann.clicks("#results .scope button:nth-of-type(1)");
        ann.waits_until(&format!("{FOUND} === ''"));
        // What can be done now is one block.
        ann.waits_until("!!document.querySelector('#results.none')");
        keep_picture(&ann, &format!("{}-search-none.png", visit.width));
        let can = "[...document.querySelectorAll('#results .with :is(p, button)')]\
            .filter(one => one.checkVisibility()).map(one => one.innerText)";
        assert_eq!(
            ann.reads(&format!("{can}.slice(1).join()")),
            "Search everywhere,Change search,Close search"
        );
        let starts = "[...document.querySelectorAll('#results .with > :is(p, .scope)')]\
            .map(one => one.getBoundingClientRect().left).join()";
        let starts = ann.reads(starts);
        assert!(starts.split(',').all(|one| starts.starts_with(one)), "{starts}");
        assert_eq!(ann.sees(&format!("{chosen}.value")), "");
        ann.clicks("#results .scope button:nth-of-type(2)");
        ann.waits_until(&format!("{FOUND}.endsWith('soup in the kitchen')"));
    }
}

#[test]
fn the_browsers_back_leads_from_what_was_found_to_the_results() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let keeping = Keeping::start(&format!("found-back-{}", visit.width), &[]);
        let url = keeping.server.url();
        let [ann, _bo] = comes_to_two_rooms(&browser, &url, visit);
        ann.says("/search soup");
        ann.waits_until(&format!("{FOUND}.endsWith('soup in the lobby')"));
        ann.clicks("#results .scope button:nth-of-type(2)");
        let is_there = format!(
            "!document.querySelector('#results').hidden && {FOUND}.endsWith('|soup for two')"
        );
        ann.waits_until(&is_there);
        for (nth, place) in [("lobby", "#rows"), ("for two", "#letters")] {
            ann.sees(&format!(
                "[...document.querySelectorAll('#results .said .text')].filter(one => one.innerText.includes('{nth}')).pop().click()"
            ));
            ann.waits_until(&format!(
                "document.querySelector('{place} .sought')?.innerText.includes('{nth}')"
            ));
            let looks = format!(
                "(look => look.backgroundColor + (look.boxShadow.includes('inset') ? ' edge' : ''))\
                 (getComputedStyle(document.querySelector('{place} .sought')))"
            );
            ann.waits_until(&format!(
                "{looks} === (p => {{ document.body.append(p); p.style.background = 'var(--hit)'; \
                 const c = getComputedStyle(p).backgroundColor; p.remove(); return c + ' edge'; }})\
                 (document.createElement('p'))"
            ));
            assert_eq!(ann.sees("document.querySelector('#results').hidden"), true);
            keep_picture(&ann, &format!("{}-found-{}.png", visit.width, &place[1..]));
            ann.sees("history.back()");
            ann.waits_until(&is_there);
            assert_eq!(ann.sees("document.querySelector('#letters').hidden"), true);
        }
        // From another room, too.
        ann.sees(
            "[...document.querySelectorAll('#results .said .text')].find(one => one.innerText.includes('kitchen')).click()",
        );
        ann.waits_until(
            "location.pathname === '/r/kitchen' && document.querySelector('#rows .sought')",
        );
        ann.is_whole();
        ann.sees("history.back()");
        ann.waits_until("location.pathname === '/r/lobby'");
        ann.waits_until(&format!("{is_there} && {FOUND}.includes('kitchen')"));
        // And from the results to the room.
        ann.sees("history.back()");
        ann.waits_until("document.querySelector('#results').hidden");
        ann.waits_until("!history.state?.isCovered");
    }
}

#[test]
fn one_and_several_of_a_thing_find_each_other() {
    let keeping = Keeping::start("found-keys", &[]);
    let browser = Browser::start();
    let ann = browser.opens(&keeping.server.url());
    for text in ["Where is my Key?", "no keys here", "面包店s"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    let marked = "[...document.querySelectorAll('#results mark')].map(t => t.innerText).join('|')";
    for (words, found, shown) in [
        ("keys", "Where is my Key?|no keys here", "Key|key"),
        ("key", "Where is my Key?|no keys here", "Key|key"),
        ("面包店", "面包店s", "面包店"),
    ] {
        ann.says(&format!("/search {words}"));
        // The results of the search before may look the same: the words found come a little later.
        ann.waits_until(&format!("{FOUND} === '{found}' && {marked} === '{shown}'"));
    }
}

#[test]
fn what_somebody_said_on_a_day_is_found_without_its_words() {
    let keeping = Keeping::start("found-from", &[]);
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&keeping.server.url()), browser.opens(&keeping.server.url()));
    is_called(&bo, "Bo");
    bo.says("soup of Bo");
    bo.mark_will_be("soup of Bo", "sent");
    ann.says("soup of Ann");
    ann.mark_will_be("soup of Ann", "sent");
    opens_panel(&ann, "search");
    ann.clicks("#search [name=from]");
    ann.types("bo");
    ann.presses("Enter");
    ann.waits_until(&format!("{FOUND} === 'soup of Bo'"));
    keep_picture(&ann, "1280-search.png");
    // The day is one of the reader's time zone, and both messages were said on it.
    let today = "(now => [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(n => \
        String(n).padStart(2, '0')).join('-'))(new Date())";
    opens_panel(&ann, "search");
    ann.sees("document.querySelector('#search [name=from]').value = 'bo'");
    ann.sees(&format!("document.querySelector('#search [name=day]').value = {today}"));
    ann.clicks("#search form .send");
    ann.waits_until(&format!("{WORDS}.startsWith('1 message found in lobby: Written by bo, ')"));
    ann.waits_until(&format!("{FOUND} === 'soup of Bo'"));
    opens_panel(&ann, "search");
    ann.sees("document.querySelector('#search [name=day]').value = '2026-01-01'");
    ann.clicks("#search form .send");
    ann.waits_until(&format!(
        "{WORDS}.startsWith('No messages found in lobby: Written by bo, ') && {WORDS}.endsWith('2026. {LESS}')"
    ));
}

#[test]
fn a_search_behind_many_words_waits_for_its_turn() {
    let keeping = Keeping::start("found-in-its-turn", &["--burst", "1", "--rate", "1"]);
    let browser = Browser::start();
    let ann = browser.opens(&keeping.server.url());
    for number in 0..4 {
        ann.says(&format!("soup {number}"));
    }
    ann.says("/search soup 0");
    ann.waits_until(&format!("{FOUND} === 'soup 0'"));
    // The page shows the results of the last search.
    for number in 4..7 {
        ann.says(&format!("soup {number}"));
    }
    ann.says("/search soup 1");
    ann.says("/search soup 2");
    ann.waits_until(&format!("{FOUND} === 'soup 2'"));
}

#[test]
fn a_search_in_a_private_talk_finds_its_messages_and_stays_in_it() {
    let keeping = Keeping::start("found-privately", &[]);
    let url = keeping.server.url();
    let browser = Browser::start();
    let (ann, bo, cleo) = (browser.opens(&url), browser.opens(&url), browser.opens(&url));
    is_called(&ann, "Ann");
    is_called(&cleo, "Cleo");
    cleo.says("/msg Ann soup of Cleo");
    is_called(&bo, "Bo");
    bo.says("soup for all");
    bo.says("/msg Ann soup for two");
    ann.waits_until("document.querySelector('#private').innerText === 'Private, 2 new'");
    ann.sees("document.querySelector('#talks button').click()");
    ann.says("what soup?");
    ann.waits_until("[...document.querySelectorAll('#letters .mark')].pop().innerText === 'sent'");
    opens_panel(&ann, "search");
    let label = "document.querySelector('#search label').innerText.trim()";
    ann.waits_until(&format!("{label} === 'Search your messages with Bo'"));
    ann.types("soup");
    ann.presses("Enter");
    ann.waits_until(&format!("{FOUND} === 'soup for two|what soup?'"));
    ann.waits_until(&format!("{WORDS} === '2 messages found in your messages with Bo: soup'"));
    // The field is still for Bo, and what is found has no address in the room.
    let field = "document.querySelector('#composer label').textContent";
    assert!(ann.reads(field).contains("Bo"), "{}", ann.reads(field));
    assert_eq!(ann.sees("!document.querySelector('#results a')"), true);
    // A press shows the message in the talk.
    ann.clicks("#results .said .text");
    ann.waits_until("document.querySelector('#letters .sought').innerText.includes('for two')");
    assert_eq!(ann.sees("document.querySelector('#results').hidden"), true);
    // The browser's Back button leads from the results to the talk, and from there to the room.
    ann.says("/search two");
    ann.waits_until(&format!("{FOUND} === 'soup for two'"));
    ann.sees("history.back()");
    ann.waits_until("document.querySelector('#results').hidden");
    assert_eq!(ann.sees("document.querySelector('#letters').hidden"), false);
    ann.sees("history.back()");
    ann.waits_until("document.querySelector('#letters').hidden");
    opens_panel(&ann, "search");
    ann.waits_until(&format!("{label} === 'Search in all your chats'"));
}

#[test]
fn one_search_finds_what_was_said_in_all_rooms_and_privately_and_a_press_goes_there() {
    let keeping = Keeping::start("found-everywhere", &[]);
    let url = keeping.server.url();
    let browser = Browser::start();
    let ann = browser.opens(&format!("{url}r/kitchen"));
    is_called(&ann, "Ann");
    ann.says("soup in the kitchen");
    ann.mark_will_be("soup in the kitchen", "sent");
    ann.goes_to(&format!("{url}r/lobby"));
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_whole();
    let bo = browser.opens(&url);
    is_called(&bo, "Bo");
    bo.says("soup in the lobby");
    bo.says("/msg Ann soup for two");
    ann.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    ann.says("/search soup");
    ann.waits_until(&format!("{FOUND} === 'soup in the lobby'"));
    let scope = |nth: u8| format!("#results .scope button:nth-of-type({nth})");
    ann.clicks(&scope(2));
    ann.waits_until(&format!("{FOUND} === 'soup in the kitchen|soup in the lobby|soup for two'"));
    ann.waits_until(&format!("{WORDS} === '3 messages found in all your chats: soup'"));
    // Each says where it was said.
    let places =
        "[...document.querySelectorAll('#results .place')].map(t => t.innerText).join('|')";
    assert_eq!(ann.reads(places), "in kitchen|in lobby|in your messages with Bo");
    keep_picture(&ann, "1280-search-everywhere.png");
    // The other answers are here, and this room alone is one press away.
    ann.clicks(&scope(1));
    ann.waits_until(&format!("{FOUND} === 'soup in the lobby'"));
    assert_eq!(ann.reads(places), "");
    // A press goes to the private talk, or to the room.
    ann.clicks(&scope(2));
    ann.waits_until(&format!("{FOUND}.endsWith('soup for two')"));
    ann.clicks("#results li:last-child .text");
    ann.waits_until("document.querySelector('#letters .sought').innerText.includes('for two')");
    assert_eq!(ann.sees("document.querySelector('#results').hidden"), true);
    ann.says("/search soup");
    ann.waits_until(&format!("{FOUND} === 'soup for two'"));
    ann.clicks(&scope(2));
    ann.waits_until(&format!("{FOUND}.startsWith('soup in the kitchen')"));
    ann.clicks("#results .said .text");
    ann.waits_until(
        "location.pathname === '/r/kitchen' && document.querySelector('#rows .sought')",
    );
    ann.waits_until("document.querySelector('#rows .sought').innerText.includes('in the kitchen')");
}

#[test]
fn what_is_removed_in_another_room_goes_from_the_results_and_a_closed_room_has_none() {
    let keeping = Keeping::start("found-elsewhere-gone", &[]);
    let url = keeping.server.url();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{url}r/kitchen"));
    is_called(&bo, "Bo");
    bo.says("soup of Bo");
    bo.mark_will_be("soup of Bo", "sent");
    let ann = browser.opens(&format!("{url}r/kitchen"));
    is_called(&ann, "Ann");
    ann.goes_to(&format!("{url}r/lobby"));
    ann.waits_until("location.pathname === '/r/lobby'");
    ann.is_whole();
    ann.says("/search soup");
    // The answer moves the button that searches everywhere.
    ann.waits_until(&format!("{WORDS}.startsWith('No messages found in lobby')"));
    ann.clicks("#results .scope button:nth-of-type(2)");
    ann.waits_until(&format!("{FOUND} === 'soup of Bo'"));
    bo.says("/forgetme Bo");
    ann.waits_until(&format!("{FOUND} === ''"));
    ann.waits_until(&format!("{WORDS}.startsWith('No messages found in all your chats')"));
}

#[test]
fn what_is_changed_or_deleted_goes_from_open_results() {
    let keeping = Keeping::start("changed-results", &[]);
    let browser = Browser::start();
    let url = keeping.server.url();
    let (ann, bo) = (browser.opens(&url), browser.opens(&url));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    for text in ["pea soup", "leek soup", "hot soup"] {
        ann.says(text);
        ann.mark_will_be(text, "sent");
    }
    bo.says("/search soup");
    bo.waits_until(&format!("{FOUND} === 'pea soup|leek soup|hot soup'"));
    ann.says("/edit hot stew");
    bo.waits_until(&format!("{FOUND} === 'pea soup|leek soup'"));
    ann.says("/delete");
    ann.waits_until("document.querySelector('#rows').innerText.includes('Message deleted.')");
    ann.says("/edit leek pie");
    bo.waits_until(&format!("{FOUND} === 'pea soup'"));
}

#[test]
fn after_a_hit_and_another_search_each_press_of_back_changes_what_is_seen() {
    let browser = Browser::start();
    for visit in [Visit { height: 740, ..PHONE }, DESKTOP] {
        let keeping = Keeping::start(&format!("found-steps-{}", visit.width), &[]);
        let [ann, _bo] = comes_to_two_rooms(&browser, &keeping.server.url(), visit);
        let seen =
            "['#letters', '#results'].filter(one => !document.querySelector(one).hidden).join()";
        for (talk, by_button) in [("", false), ("/msg Bo", false), ("/msg Bo", true)] {
            if !talk.is_empty() {
                ann.says(talk);
                ann.waits_until(&format!("{seen} === '#letters'"));
                ann.says("soup tonight?");
            }
            ann.says("/search soup");
            // Before the answer, results of the search before may be there for one frame.
            let is_answered =
                format!("!document.querySelector('#results').hidden && {WORDS}.includes('found')");
            ann.waits_until(&is_answered);
            ann.draws_a_frame();
            ann.sees(
                "document.querySelector('#results .said .head a, #results .said .text').click()",
            );
            ann.waits_until(
                "!!document.querySelector('.sought') && document.querySelector('#results').hidden",
            );
            if by_button {
                // The talk's own way back leaves no step behind.
                ann.sees("document.querySelector('#talk-title .back').click()");
            } else {
                ann.says("/search soup");
                ann.waits_until(&is_answered);
                let before = ann.reads(seen);
                assert!(before.ends_with("#results"), "{before}");
                for left in before.split(',').rev() {
                    ann.sees("history.back()");
                    ann.waits_until(&format!("document.querySelector('{left}').hidden"));
                }
            }
            ann.waits_until(&format!(
                "{seen} === '' && !history.state?.isCovered && !history.state?.isInside"
            ));
        }
    }
}
