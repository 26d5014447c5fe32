//! Something between the page and its server breaks one way to connect, and the page takes another.

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, Person};
use crate::people::{is_called, opens_panel};
use crate::scriptless;

/// A word in the request for a WebSocket that a proxy may not know.
pub(crate) const SOCKETS: &str = "upgrade: websocket";
/// A word in the request for a stream that a proxy may not know.
pub(crate) const STREAMS: &str = "/stream?";

fn talks_by(person: &Person<'_>, way: &str) {
    person.is_connected_by(way);
}

/// Each of the two hears the other's messages once, in one order.
fn they_talk(ann: &Person<'_>, server: &Server) {
    let mut raw = server.voice();
    let before = ann.log().len();
    ann.says("from the page");
    raw.hears("from the page");
    raw.says("to the page");
    ann.hears("to the page");
    ann.says("one");
    ann.says("two");
    ann.mark_will_be("two", "sent");
    assert_eq!(ann.log()[before..], ["from the page", "to the page", "one", "two"]);
}

#[test]
fn without_sockets_a_page_talks_by_a_stream_and_climbs_back() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS]);
    let ann = browser.opens(&proxy.url());
    talks_by(&ann, "stream");
    they_talk(&ann, &server);
    // The page resumes a cut connection the same way, and misses nothing.
    let mut raw = server.voice();
    proxy.cut();
    ann.line_will_say("Connection closed.");
    raw.says("missed");
    proxy.heal();
    ann.hears("missed");
    assert_eq!(ann.times_in_log("missed"), 1);
    assert!(ann.reads("document.body.innerText").contains("1 message while you were away"));
}

#[test]
fn without_sockets_and_streams_a_page_polls() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS, STREAMS]);
    let ann = browser.opens(&proxy.url());
    talks_by(&ann, "poll");
    they_talk(&ann, &server);
    assert_eq!(ann.measures("document.querySelectorAll('.stitch').length"), 0.0);
}

#[test]
fn a_page_climbs_back_to_its_best_way_without_a_word() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS]);
    let ann = browser.looks_at(&proxy.url(), crate::page::DESKTOP);
    // Shortens the page's pause of a minute.
    ann.waits_until("document.documentElement.dataset.room === 'lobby'");
    ann.sees(
        "window.patient = setTimeout; \
         window.setTimeout = (work, ms, ...more) => patient(work, ms === 60000 ? 300 : ms, ...more)",
    );
    talks_by(&ann, "stream");
    ann.sees(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('#state')\
         .innerText)).observe(document.querySelector('#state'), { childList: true, subtree: true })",
    );
    ann.types("half a word");
    proxy.forbid_nothing();
    talks_by(&ann, "live");
    assert_eq!(ann.field(), "half a word");
    assert!(ann.sees("seen.every(words => !words.includes('closed'))") == true);
}

#[test]
fn a_way_that_has_worked_is_soon_tried_again() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    talks_by(&ann, "live");
    // As after a long restart: the first tries fail.
    proxy.forbid(&[SOCKETS]);
    ann.line_will_say("Connection closed.");
    crate::cuts::comes_back(&ann);
    talks_by(&ann, "stream");
    proxy.forbid_nothing();
    talks_by(&ann, "live");
    they_talk(&ann, &server);
}

#[test]
fn whoever_comes_back_by_a_stream_or_by_polls_is_no_guest_after_a_restart() {
    for forbidden in [&[SOCKETS][..], &[SOCKETS, STREAMS]] {
        let server = Server::start();
        let address = server.address().to_string();
        let browser = Browser::start();
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let bo = browser.opens(&proxy.url());
        is_called(&bo, "Bo");
        bo.says("before");
        bo.mark_will_be("before", "sent");
        // The next server knows nobody.
        server.stop();
        bo.line_will_say("Connection closed.");
        bo.says("while it is away");
        let _server = Server::start_with(&address, &[]);
        crate::cuts::comes_back(&bo);
        bo.mark_will_be("while it is away", "sent");
        let saved = bo.reads("fetch('/r/lobby/save?as=text').then(answer => answer.text())");
        assert!(saved.contains("Bo: while it is away"), "{saved}");
        bo.waits_until("document.querySelector('#me summary').innerText === 'Bo'");
    }
}

#[test]
fn a_way_can_be_chosen_and_is_remembered() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    opens_panel(&ann, "me");
    ann.sees(
        "(s => { s.value = 'poll'; s.dispatchEvent(new Event('change', { bubbles: true })); })\
         (document.querySelector('#me [name=way]'))",
    );
    ann.line_will_say("connected, slower than usual (your choice)");
    ann.reloads();
    ann.line_will_say("connected, slower than usual (your choice)");
    they_talk(&ann, &server);
}

#[test]
fn tabs_in_several_rooms_by_a_lesser_way_leave_each_other_alone() {
    let server = Server::start();
    let browser = Browser::start();
    for (way, forbidden) in [("stream", &[SOCKETS][..]), ("poll", &[SOCKETS, STREAMS])] {
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let lobby = browser.opens(&format!("{}r/lobby", proxy.url()));
        talks_by(&lobby, way);
        lobby.sees(
            "window.asked = []; const real = fetch; window.fetch = (url, more) => { \
             if (more?.body) asked.push(JSON.parse(more.body).type); return real(url, more); }; 0",
        );
        let kitchen = lobby.opens_another_tab(&format!("{}r/kitchen", proxy.url()));
        talks_by(&kitchen, way);
        lobby.waits_until("localStorage['threadbare.rooms'].includes('kitchen')");
        kitchen.says("soup");
        kitchen.mark_will_be("soup", "sent");
        lobby.says("tea");
        lobby.mark_will_be("tea", "sent");
        // The page does not ask for what such a connection cannot carry.
        assert_eq!(lobby.sees("asked.includes('join')"), false, "by {way}");
        assert_eq!(lobby.sees("document.querySelector('#note').hidden"), true);
        assert_eq!(lobby.log().last().map(String::as_str), Some("tea"));
    }
}

#[test]
fn a_request_without_a_result_is_made_again() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS]);
    let ann = browser.opens(&proxy.url());
    talks_by(&ann, "stream");
    // Shortens the page's pause of three seconds. The server stores the first request, but the page
    // gets no result.
    ann.sees(
        "window.patient = setTimeout; \
         window.setTimeout = (work, ms, ...more) => patient(work, ms === 3000 ? 30 : ms, ...more); \
         window.asked = []; const real = fetch; window.fetch = (url, more) => { \
         const { id } = JSON.parse((more && more.body) || '{}'); if (id) asked.push(id); \
         return asked.length === 1 ? real(url, more).then(() => new Response('[]', { status: 503 })) \
         : real(url, more); }; 0",
    );
    let mut raw = server.voice();
    ann.says("one");
    raw.hears("one");
    ann.mark_will_be("one", "sent");
    assert_eq!(ann.sees("asked.length === 2 && asked[0] === asked[1]"), true);
    raw.says("only once");
    assert_eq!(raw.hears_next(), "only once");
    assert_eq!(ann.field(), "");
}

#[test]
fn a_poll_ends_what_the_last_one_has_begun() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&[SOCKETS, STREAMS]);
    let ann = browser.opens(&proxy.url());
    talks_by(&ann, "poll");
    ann.sees(
        "window.adds = []; const real = fetch; window.fetch = (url, more) => { \
         const asked = real(url, more); return !url.includes('/poll?') ? asked : \
         asked.then(answer => answer.json()).then(all => new Response(JSON.stringify([...all, \
         ...adds.splice(0).flat()]))); }; 0",
    );
    let mut raw = server.voice();
    // The poll that is open now is the last one without an addition.
    raw.says("one");
    ann.hears("one");
    ann.sees(
        "adds.push([{ type: 'behind', room: 'lobby' }, { type: 'caught-up', room: 'lobby' }])",
    );
    raw.says("two");
    ann.hears("two");
    ann.waits_until("!adds.length");
    talks_by(&ann, "poll");
    // Meanwhile the server stores messages again; the page missed that notice.
    ann.sees("adds.push([{ type: 'keeping', kept: false }])");
    raw.says("three");
    ann.line_will_say("new messages are not being saved");
    raw.says("four");
    ann.hears("four");
    ann.waits_until("!document.querySelector('#state').innerText.includes('kept')");
}

#[test]
fn a_search_that_is_under_way_when_the_page_climbs_is_over() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.sees(
        "window.patient = setTimeout; \
         window.setTimeout = (work, ms, ...more) => patient(work, ms === 3000 || ms === 60000 ? 200 : ms, ...more); \
         const real = fetch; window.fetch = (url, more) => more && more.body && more.body.includes('search') \
         ? new Promise(() => {}) : real(url, more); 0",
    );
    proxy.forbid(&[SOCKETS]);
    crate::cuts::comes_back(&ann);
    talks_by(&ann, "stream");
    ann.says("/search soup");
    let told = "document.querySelector('#results [role=status]').innerText";
    ann.waits_until(&format!("{told} === 'Searching ...'"));
    proxy.forbid_nothing();
    talks_by(&ann, "live");
    ann.waits_until(&format!("{told} !== 'Searching ...'"));
    ann.says("/search soup");
    ann.waits_until(&format!("{told}.startsWith('There is no search here')"));
}

/// What a page shows of changed names.
const CHANGED_NAMES: &str = "[...document.querySelectorAll('#rows li')].map(row => row.innerText)\
    .filter(words => words.includes('is now')).join('|')";

#[test]
fn whoever_comes_back_by_any_way_after_a_restart_has_the_name_at_once() {
    let data = std::env::temp_dir().join(format!("threadbare-named-{}", std::process::id()));
    let stores = ["--data", data.to_str().unwrap()];
    // A server that stores nothing knows nobody after its restart.
    for (forbidden, more) in [
        (&[][..], &[][..]),
        (&[], &stores),
        (&[SOCKETS], &[]),
        (&[SOCKETS], &stores),
        (&[SOCKETS, STREAMS], &[]),
    ] {
        let server = Server::start_with("127.0.0.1:0", more);
        let address = server.address().to_string();
        let browser = Browser::start();
        let proxy = Proxy::to(server.address());
        proxy.forbid(forbidden);
        let bo = browser.opens(&server.url());
        is_called(&bo, "Bo");
        let anna = browser.opens(&proxy.url());
        is_called(&anna, "Anna");
        bo.waits_until("document.querySelector('#rows').innerText.includes('Anna')");
        anna.waits_until(&format!("{CHANGED_NAMES}.includes('is now Anna')"));
        let before = (bo.reads(CHANGED_NAMES), anna.reads(CHANGED_NAMES));
        server.stop();
        anna.line_will_say("Connection closed.");
        let server = Server::start_with(&address, more);
        crate::cuts::comes_back(&anna);
        crate::cuts::comes_back(&bo);
        anna.says("here I am");
        bo.hears("here I am");
        anna.waits_until("document.querySelector('#me summary').innerText === 'Anna'");
        let after = (bo.reads(CHANGED_NAMES), anna.reads(CHANGED_NAMES));
        assert_eq!(after, before, "without {forbidden:?}, {more:?}");
        drop(server);
        std::fs::remove_dir_all(&data).ok();
    }
}

#[test]
fn scripts_off_a_live_page_whose_connection_is_silent_says_so_until_a_ping_comes() {
    let server = Server::start_with("127.0.0.1:0", &["--ping-interval", "1s"]);
    let browser = Browser::start();
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    scriptless::fills(&ann, "name", "Ann");
    scriptless::says(&ann, "hello");
    ann.clicks(".ways input[name=to-live]");
    let page = "document.querySelector('iframe.stream').contentDocument";
    let is_shown = "beat => getComputedStyle(beat).display !== 'none'";
    let shown = format!("[...{page}.querySelectorAll('.beat')].filter({is_shown})");
    let told = format!("{page}.body.innerText.includes('Live updates have stopped.')");
    // Only the newest ping counts, and a message after it changes nothing.
    ann.waits_until(&format!("{page}?.querySelectorAll('.beat').length > 2"));
    scriptless::says(&ann, "more");
    ann.waits_until(&format!("{page}?.querySelectorAll('.beat').length > 1"));
    ann.waits_until(&format!("{shown}.length === 1 && !{told}"));
    // A minute and more passes at once.
    let passes = format!("{shown}[0].getAnimations()[0].finish() ?? {told}");
    assert_eq!(ann.sees(&passes), true);
    ann.waits_until(&format!("{shown}.length === 1 && !{told}"));
    ann.closes();
}

#[test]
fn scripts_off_a_reply_on_the_live_page_leaves_the_typed_text_in_its_field() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("tea?");
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    scriptless::fills(&ann, "name", "Ann");
    scriptless::says(&ann, "hello");
    ann.clicks(".ways input[name=to-live]");
    let page = |frame: &str| format!("document.querySelector('iframe.{frame}').contentDocument");
    let stream = page("stream");
    ann.waits_until(&format!("{stream}?.querySelectorAll('li a.change').length > 1"));
    scriptless::fills(&ann, "text", "with milk");
    ann.sees(&format!("{stream}.querySelector('li a.change').click()"));
    let strip = page("strip");
    ann.waits_until(&format!("{strip}?.body?.innerText.includes('tea?')"));
    assert_eq!(ann.sees("document.querySelector('#message').value"), "with milk");
    // Nothing of it is cut off, and it has no scroll bar.
    let fits = format!("{strip}.documentElement.scrollHeight <= 28");
    assert_eq!(ann.sees(&fits), true);
    ann.sees("document.querySelector('#say button').click()");
    ann.waits_until(&format!(
        "{stream}?.querySelector('li:last-child .quote')?.innerText.includes('tea?')"
    ));
    ann.closes();
}
