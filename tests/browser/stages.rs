//! The two stages of the live page: what the reader does before the second one is there, and what
//! the server sends, is done when it is there. Nothing is lost, nothing is done twice.

use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::is_called;

/// How often a text stands in the log of the room.
fn times_said(person: &Person<'_>, text: &str) -> usize {
    person.log().iter().filter(|row| row.contains(text)).count()
}

#[test]
fn commands_wait_for_the_second_stage_in_their_order_and_are_done_once() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.holds_second_stage();
    ann.goes_to(&server.url());
    ann.is_live();
    // The room is there, and goes on.
    ann.says("before");
    ann.mark_will_be("before", "sent");
    bo.hears("before");
    bo.says("hello to you");
    ann.hears("hello to you");
    assert_eq!(ann.sees("'parts' in document.documentElement.dataset"), false);
    ann.says("/me waves");
    assert_eq!(ann.field(), "");
    ann.says("behind it");
    ann.says("/name Ann");
    assert_eq!(times_said(&ann, "behind it"), 0);
    // Its page may go before the second stage comes.
    ann.draft_is_kept("/me waves");
    ann.draft_is_kept("behind it");
    ann.lets_second_stage_come();
    ann.mark_will_be("behind it", "sent");
    bo.hears("behind it");
    ann.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
    for person in [&ann, &bo] {
        let log = person.log();
        let place = |text: &str| log.iter().position(|row| row.contains(text)).unwrap();
        assert!(place("waves") < place("behind it"), "{log:#?}");
        assert_eq!([times_said(person, "waves"), times_said(person, "behind it")], [1, 1]);
    }
    assert_eq!(ann.field(), "");
    ann.reloads();
    ann.is_live();
    assert_eq!(ann.field(), "", "what was done is no draft");
}

#[test]
fn what_is_pressed_and_what_the_server_sends_waits_for_the_second_stage() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("come in");
    bo.mark_will_be("come in", "sent");
    let cleo = browser.opens(&server.url());
    is_called(&cleo, "Cleo");
    let ann = browser.looks_at("about:blank", PHONE);
    ann.holds_second_stage();
    ann.goes_to(&server.url());
    ann.is_live();
    ann.hears("come in");
    let name = ann.reads("document.querySelector('#me summary').innerText");
    // People, private messages and a name in the log are for the second stage.
    bo.says(&format!("/msg {name} for you alone"));
    bo.says("that is all");
    ann.hears("that is all");
    cleo.says("/name Cora");
    ann.waits_until("document.querySelector('#people summary').innerText === '3 here'");
    ann.clicks(".said:not(.own) .head .who");
    ann.clicks("#places summary");
    ann.lets_second_stage_come();
    ann.waits_until("!!document.querySelector('#person-menu')");
    ann.waits_until("document.querySelector('#talks').textContent.includes('Bo')");
    ann.waits_until("document.querySelector('#rooms .list').textContent.includes('lobby')");
    let here = "[...document.querySelectorAll('#people li bdi')].map(one => one.textContent).sort().join()";
    ann.waits_until(&format!("{here} === 'Bo,Cora,{name}'"));
    let notes = "[...document.querySelectorAll('#rows .note')].map(one => one.textContent)";
    let count =
        |words: &str| ann.measures(&format!("{notes}.filter(n => n.includes('{words}')).length"));
    assert_eq!(count("Cora"), 1.0, "{}", ann.sees(notes));
    assert_eq!(count("New private message"), 1.0, "{}", ann.sees(notes));
}

#[test]
fn a_second_stage_that_cannot_be_loaded_is_loaded_again() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&["js/more.js"]);
    let ann = browser.looks_at(&proxy.url(), DESKTOP);
    ann.is_live();
    ann.says("/me waves");
    // Nobody can say now what it does: it is back, with the reason.
    ann.waits_until("document.querySelector('#field').value === '/me waves'");
    ann.waits_until(
        "document.querySelector('#note').textContent.includes('You are not connected')",
    );
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#field').value === '/me waves'");
    proxy.forbid_nothing();
    ann.is_whole();
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#rows .acted')?.textContent.includes('waves')");
    assert_eq!(ann.measures("document.querySelectorAll('#rows .acted').length"), 1.0);
    assert_eq!(ann.field(), "");
}

#[test]
fn a_second_stage_that_was_cut_comes_with_the_next_connection() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    proxy.forbid(&["js/more.js"]);
    let ann = browser.looks_at(&proxy.url(), DESKTOP);
    ann.is_live();
    proxy.cut();
    ann.line_will_say("Connection closed.");
    // What the first stage does goes on without a connection.
    ann.says("hello");
    ann.mark_will_be("hello", "will send when reconnected");
    ann.says("/topic soup");
    ann.waits_until("document.querySelector('#field').value === '/topic soup'");
    proxy.forbid_nothing();
    proxy.heal();
    ann.is_connected();
    ann.mark_will_be("hello", "sent");
    ann.presses("Enter");
    ann.waits_until("document.querySelector('#topic').textContent === 'soup'");
}

#[test]
fn the_second_stage_moves_nothing_that_is_in_sight() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for number in 0..30 {
        bo.says(&format!("line {number}"));
        bo.mark_will_be(&format!("line {number}"), "sent");
    }
    for visit in [DESKTOP, PHONE] {
        let ann = browser.looks_at("about:blank", visit);
        ann.holds_second_stage();
        ann.goes_to(&server.url());
        ann.is_live();
        ann.hears("line 29");
        let places = "JSON.stringify(['#box', '#composer', 'h1', '#me', '#places', '#people', '#rows li:last-child'] \
            .map(one => document.querySelector(one).getBoundingClientRect()) \
            .map(({ left, top, width }) => [left, top, width].map(Math.round)))";
        ann.waits_until("document.getAnimations().length === 0");
        let before = ann.sees(places);
        ann.sees(
            "window.shift = 0; new PerformanceObserver((list) => list.getEntries() \
            .forEach(({ value }) => { window.shift += value; })).observe({ type: 'layout-shift' })",
        );
        ann.lets_second_stage_come();
        ann.waits_until("document.querySelector('#rooms .list').childElementCount > 0 || !document.querySelector('#places').open");
        ann.sees("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
        assert_eq!(ann.sees(places), before);
        assert!(ann.measures("shift") < 0.05);
    }
}

#[test]
fn an_invite_into_a_room_of_one_s_own_that_is_pressed_at_once_leads_into_the_room() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&format!("{}r/kitchen", server.url()));
    bo.is_whole();
    bo.says("/invite");
    let address = "document.querySelector('#room-menu .made code')?.textContent";
    bo.waits_until(&format!("!!{address}"));
    let invite = bo.reads(address);
    let mut raw = server.voice();
    raw.says(&invite);
    raw.hears(&invite);
    let ann = browser.looks_at("about:blank", DESKTOP);
    ann.holds_second_stage();
    // She is in both rooms.
    ann.begins_with(
        "if (location.pathname === '/r/lobby') localStorage['threadbare.rooms'] = '[\"kitchen\", \"lobby\"]'",
    );
    ann.goes_to(&format!("{}r/lobby", server.url()));
    ann.is_live();
    ann.waits_until("!!document.querySelector('#rows .text a')");
    ann.sees("document.querySelector('#rows .text a').click()");
    ann.lets_second_stage_come();
    ann.waits_until("location.pathname === '/r/kitchen'");
}
