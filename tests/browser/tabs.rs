//! Several tabs of one person: the tabs in sight hold a connection, which works for the others,
//! too.

use crate::host::{Proxy, Server};
use crate::page::{Browser, Person};
use crate::people::is_called;

fn line_is(person: &Person<'_>, state: &str) {
    person.waits_until(&format!("document.documentElement.dataset.line === '{state}'"));
}

#[test]
fn a_tab_that_nobody_sees_rests_while_another_s_connection_counts_for_it() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let lobby = browser.opens(&format!("{}r/lobby", server.url()));
    is_called(&lobby, "Ann");
    lobby.says("before");
    lobby.mark_will_be("before", "sent");
    lobby.looks_away(true);
    let kitchen = lobby.opens_another_tab(&format!("{}r/kitchen", server.url()));
    kitchen.is_connected();
    line_is(&lobby, "resting");
    bo.says("tea?");
    bo.says("Ann, tea?");
    // The connection of the other tab carries this room, too.
    lobby.waits_until("document.title === '(2) lobby'");
    kitchen.waits_until("document.querySelector('.note').innerText.includes('mentioned you')");
    line_is(&lobby, "resting");
    assert_eq!(lobby.log(), ["before"]);
    lobby.looks_away(false);
    line_is(&lobby, "open");
    lobby.hears("Ann, tea?");
    assert_eq!(lobby.log(), ["before", "tea?", "Ann, tea?"]);
    lobby.waits_until("document.title === 'lobby'");
    // For Bo, Ann was there all the time.
    assert_eq!(bo.reads("document.querySelector('#people summary').innerText"), "2 here");
    assert!(!bo.reads("document.querySelector('#rows').innerText").contains("Ann left"));
    lobby.says("gladly");
    bo.hears("gladly");
}

#[test]
fn a_page_that_the_browser_keeps_for_the_way_back_has_no_connection_meanwhile() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let here = "document.querySelector('#people summary').innerText";
    bo.waits_until(&format!("{here} === '2 here'"));
    // A browser without a window keeps no page, so the test says what the others say to a page.
    let tells = |event: &str| {
        ann.sees(&format!(
            "dispatchEvent(new PageTransitionEvent('{event}', {{ persisted: true }}))"
        ));
    };
    tells("pagehide");
    line_is(&ann, "resting");
    bo.says("tea?");
    bo.mark_will_be("tea?", "sent");
    assert!(ann.log().is_empty());
    tells("pageshow");
    ann.hears("tea?");
    bo.waits_until(&format!("{here} === '2 here'"));
    ann.says("gladly");
    bo.hears("gladly");
}

#[test]
fn when_the_tab_with_the_connection_goes_one_that_rests_takes_its_place() {
    let server = Server::start();
    let browser = Browser::start();
    let room = format!("{}r/lobby", server.url());
    let first = browser.opens(&room);
    first.looks_away(true);
    let second = first.opens_another_tab(&room);
    second.is_connected();
    line_is(&first, "resting");
    second.looks_away(true);
    let third = first.opens_another_tab(&room);
    third.is_connected();
    line_is(&second, "resting");
    // Now no tab is in sight: one keeps its connection.
    third.looks_away(true);
    let mut bo = server.voice();
    bo.says("is anybody there?");
    third.hears("is anybody there?");
    third.closes();
    let mut open = 0;
    crate::cdp::wait_for("one of those that rest", || {
        open = [&first, &second]
            .iter()
            .filter(|tab| tab.sees("document.documentElement.dataset.line === 'open'") == true)
            .count();
        (open == 1).then_some(())
    });
    // The mark of a tab that has crashed does not block the others.
    first.sees("localStorage.setItem('threadbare.held.00', `holds ${Date.now()}`)");
    first.looks_away(false);
    second.looks_away(false);
    line_is(&first, "open");
    line_is(&second, "open");
    second.closes();
    first.looks_away(true);
    first.sees("new Promise(done => setTimeout(done, 8000))");
    line_is(&first, "open");
}

fn is_ann(tab: &Person<'_>) {
    tab.waits_until("document.querySelector('#me summary').innerText === 'Ann'");
}

/// Holds back what a tab sends over its connection that has this text in it, and its requests to
/// `/session`, until `release()`.
const HOLDS_BACK: &str = "(text) => {
    const [send, ask] = [WebSocket.prototype.send, window.fetch];
    const held = [];
    window.asked = 0;
    WebSocket.prototype.send = function (frame) {
        if (String(frame).includes(text)) held.push(() => send.call(this, frame));
        else send.call(this, frame);
    };
    window.fetch = (...request) => {
        if (!String(request[0]).includes('/session')) return ask(...request);
        window.asked += 1;
        return ask(...request);
    };
    window.held = held;
    window.release = () => { WebSocket.prototype.send = send; held.splice(0).forEach((go) => go()); };
}";

/// A new token and a hello with the old one cross each other: in the first tab the person gains a
/// right, while the second tab waits for its welcome.
#[test]
fn a_tab_that_waits_for_its_welcome_shows_no_new_token_that_would_make_it_a_guest() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let bo = browser.opens(&server.url());
    let first = browser.opens(&proxy.url());
    is_called(&first, "Ann");
    let second = first.opens_another_tab(&proxy.url());
    is_ann(&second);
    // The second tab's next hello does not leave the browser.
    second.sees(&format!("({HOLDS_BACK})('\"hello\"')"));
    first.sees(&format!("({HOLDS_BACK})('\"session\"')"));
    proxy.cut();
    first.line_will_say("Connection closed.");
    proxy.heal();
    first.is_connected();
    second.waits_until("window.held.length === 1");
    first.says("/name Ann#fish");
    let stored = "localStorage['threadbare.before']";
    second.waits_until(&format!("!!{stored}"));
    assert_eq!(second.measures("window.asked"), 0.0, "the server has not seen the new token");
    second.sees("window.release()");
    second.is_connected();
    is_ann(&second);
    first.sees("window.release()");
    first.is_connected();
    bo.waits_until("document.querySelector('#people summary').innerText === '2 here'");
}
