//! The connection breaks and comes back: nothing typed is lost, nothing is said twice, no gap is
//! silent.

use std::time::{Duration, Instant};

use crate::host::{Proxy, Server};
use crate::page::Browser;

#[test]
fn a_connection_cut_while_typing_changes_neither_text_nor_focus_nor_place() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    for number in 0..60 {
        raw.says(&format!("line {number}"));
    }
    ann.hears("line 59");
    ann.scrolls_to(300);
    ann.goes_to_field();
    ann.types("half a sen");
    proxy.cut();
    ann.line_will_say("Connection closed. Reconnecting in");
    ann.types("tence");
    assert_eq!(ann.field(), "half a sentence");
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    assert_eq!(ann.measures("document.querySelector('#box').scrollTop"), 300.0);
}

#[test]
fn what_waited_goes_out_once_and_in_order_when_the_connection_is_back() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    ann.says("before");
    raw.hears("before");
    // Others may hear it before her page has the confirmation; a cut at that moment would leave
    // that open.
    ann.mark_will_be("before", "sent");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("one");
    ann.says("two");
    ann.says("two");
    ann.mark_will_be("two", "will send when reconnected");
    proxy.heal();
    ann.is_connected();
    assert_eq!([raw.hears_next(), raw.hears_next(), raw.hears_next()], ["one", "two", "two"]);
    ann.mark_will_be("two", "sent");
    assert_eq!(ann.log(), ["before", "one", "two", "two"]);
    raw.says("that was all");
    assert_eq!(raw.hears_next(), "that was all");
}

#[test]
fn what_was_missed_comes_when_the_connection_is_back_and_is_counted() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    raw.says("heard");
    ann.hears("heard");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    (1..=3).for_each(|number| raw.says(&format!("missed {number}")));
    raw.hears("missed 3");
    proxy.heal();
    ann.hears("missed 3");
    assert_eq!(ann.log(), ["heard", "missed 1", "missed 2", "missed 3"]);
    ann.waits_until(
        "document.querySelector('.stitch')?.innerText === '3 messages while you were away'",
    );
    let next = "document.querySelector('.stitch').nextElementSibling.querySelector('.text')";
    assert_eq!(ann.reads(&format!("{next}.innerText")), "missed 1");
    // A cut during which nothing was said leaves no trace.
    proxy.cut();
    ann.line_will_say("Connection closed.");
    proxy.heal();
    ann.is_connected();
    raw.says("heard again");
    ann.hears("heard again");
    assert_eq!(ann.measures("document.querySelectorAll('.stitch, .gap').length"), 1.0);
}

#[test]
fn while_nobody_knows_who_is_here_the_page_does_not_say_it() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let headings = "['#people summary', '#people h2'].map(one => \
        document.querySelector(one).textContent).join()";
    let count = "getComputedStyle(document.querySelector('#rooms .count')).visibility";
    ann.waits_until(&format!("{headings} === '1 here,1 here'"));
    ann.waits_until(&format!("{count} === 'visible'"));
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.waits_until(&format!("{headings} === 'People,People' && {count} === 'hidden'"));
    proxy.heal();
    ann.is_connected();
    ann.waits_until(&format!("{headings} === '1 here,1 here' && {count} === 'visible'"));
}

#[test]
fn a_message_without_its_answer_goes_out_again_and_is_there_once() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    proxy.go_deaf();
    ann.says("did you get this?");
    raw.hears("did you get this?");
    ann.mark_will_be("did you get this?", "sending");
    proxy.cut();
    ann.mark_will_be("did you get this?", "will send when reconnected");
    proxy.heal();
    ann.mark_will_be("did you get this?", "sent");
    assert_eq!(ann.times_in_log("did you get this?"), 1);
    raw.says("a word in between");
    assert_eq!(raw.hears_next(), "a word in between", "it was said twice");
}

#[test]
fn a_message_without_its_answer_outlives_the_page_and_is_there_once() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    let mut raw = server.voice();
    proxy.go_deaf();
    ann.says("and this?");
    raw.hears("and this?");
    proxy.cut();
    ann.mark_will_be("and this?", "will send when reconnected");
    proxy.heal();
    ann.reloads();
    ann.mark_will_be("and this?", "sent");
    assert_eq!(ann.times_in_log("and this?"), 1);
    raw.says("a word in between");
    assert_eq!(raw.hears_next(), "a word in between", "it was said twice");
    ann.waits_until("!Object.keys(localStorage).some(key => key.includes('.unsent.'))");
}

#[test]
fn messages_that_wait_survive_a_reload_and_two_tabs_send_them_once() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let second = ann.opens_another_tab(&server.url());
    let mut raw = server.voice();
    ann.thinks_that_the_connection_is_gone();
    ann.says("kept over a reload");
    ann.mark_will_be("kept over a reload", "will send when reconnected");
    // The message has an id, so the server takes it only from the first of the two tabs.
    second.reloads();
    ann.reloads();
    assert_eq!(raw.hears_next(), "kept over a reload");
    ann.mark_will_be("kept over a reload", "sent");
    second.mark_will_be("kept over a reload", "sent");
    raw.says("only once");
    assert_eq!(raw.hears_next(), "only once");
}

#[test]
fn messages_that_wait_in_a_closed_tab_are_taken_over_by_the_next_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let second = ann.opens_another_tab(&server.url());
    let mut raw = server.voice();
    ann.thinks_that_the_connection_is_gone();
    ann.says("left behind");
    ann.mark_will_be("left behind", "will send when reconnected");
    ann.closes();
    second.reloads();
    assert_eq!(raw.hears_next(), "left behind");
    second.mark_will_be("left behind", "sent");
}

#[test]
fn now_reconnects_at_once() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    // Every pause gets its greatest length.
    ann.sees("Math.random = () => 0.999");
    proxy.cut();
    // After some failures the pauses are long enough to press a button in.
    ann.waits_until("/in [4-9] s/.test(document.querySelector('#state').innerText)");
    proxy.heal();
    ann.clicks("#state button");
    ann.is_connected();
    assert_eq!(ann.reads("document.activeElement.id"), "field", "the focus is not lost");
}

#[test]
fn a_server_that_stops_is_named_and_its_successor_is_found() {
    let server = Server::start();
    let browser = Browser::start();
    let address = server.address().to_string();
    let ann = browser.opens(&server.url());
    ann.sees("Math.random = () => 0.999");
    ann.sees(
        "window.seen = []; new MutationObserver(() => seen.push(document.querySelector('#state')\
         .innerText)).observe(document.querySelector('#state'), { childList: true, subtree: true })",
    );
    server.stop();
    ann.waits_until(
        "seen.some(words => words.includes('The server stopped. Trying to reconnect.'))",
    );
    ann.waits_until("seen.some(words => words.includes('Reconnecting in'))");
    let _next = Server::start_with(&address, &[]);
    ann.is_connected();
    ann.says("still here");
    ann.mark_will_be("still here", "sent");
}

#[test]
fn a_device_that_comes_online_reconnects_at_once() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.sees("Math.random = () => 0.999");
    proxy.cut();
    ann.waits_until("/in [4-9] s/.test(document.querySelector('#state').innerText)");
    proxy.heal();
    let before = ann.measures("performance.now()");
    ann.sees("dispatchEvent(new Event('online'))");
    ann.is_connected();
    assert!(ann.measures("performance.now()") - before < 2500.0);
}

#[test]
fn a_connection_that_answers_nothing_is_given_up_and_the_text_is_kept() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    // Shortens the page's wait of a quarter of a minute.
    ann.sees(
        "window.patient = setTimeout; \
         window.setTimeout = (work, ms) => patient(work, ms === 15000 ? 200 : ms)",
    );
    // After this answer the page waits for none, so the next wait is a short one.
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
    proxy.go_deaf();
    ann.says("into the void");
    ann.mark_will_be("into the void", "will send when reconnected");
    assert!(ann.sees("document.documentElement.dataset.line !== 'open'") == true);
}

#[test]
fn what_is_changed_without_a_connection_is_said_to_wait_and_comes_through() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.says("frist");
    ann.mark_will_be("frist", "sent");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    for (nth, typed) in ["/topic soup, at six", "/edit first"].into_iter().enumerate() {
        ann.says(typed);
        ann.waits_until(&format!(
            "[...document.querySelectorAll('.note')].filter((note) => \
             note.innerText.startsWith('Saved; applied')).length === {}",
            nth + 1
        ));
    }
    proxy.heal();
    ann.hears("first");
    ann.waits_until("document.querySelector('#topic').textContent === 'soup, at six'");
}

#[test]
fn what_one_tab_has_said_or_taken_back_waits_in_no_other() {
    let server = Server::start();
    let browser = Browser::start();
    let mut raw = server.voice();
    let ann = browser.opens(&server.url());
    crate::ends::says_and_holds_the_socket(&ann);
    raw.hears("#");
    ann.thinks_that_the_connection_is_gone();
    ann.says("one");
    ann.mark_will_be("one", "will send when reconnected");
    ann.sees("socket.onclose({ code: 1002 })");
    ann.waits_until("document.querySelector('.mark[data-look=notSent]')");
    let second = ann.opens_another_tab(&server.url());
    raw.hears("one");
    second.mark_will_be("one", "sent");
    ann.waits_until("!document.querySelector('.mark[data-look=notSent]')");
    assert_eq!(ann.log(), ["#"]);
    // A message that both tabs could still send, and that one of them takes back.
    ann.sees("document.querySelector('#state button').click()");
    ann.is_connected();
    ann.says("two");
    ann.mark_will_be("two", "will send when reconnected");
    second
        .begins_with("Object.defineProperty(WebSocket.prototype, 'readyState', { get: () => 3 })");
    second.reloads();
    second.mark_will_be("two", "will send when reconnected");
    ann.sees("socket.onclose({ code: 1002 })");
    ann.waits_until("document.querySelector('.mark[data-look=notSent]')");
    ann.sees("document.querySelectorAll('.mark button')[1].click()");
    second.waits_until("!document.querySelector('.mark[data-look=waits]')");
    assert_eq!(second.times_in_log("two"), 0);
    assert_eq!(ann.field(), "two");
    raw.says("only once");
    assert_eq!(raw.hears_next(), "only once");
}

#[test]
fn a_device_that_goes_offline_says_so_at_once_and_is_connected_when_it_is_back() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("before");
    ann.mark_will_be("before", "sent");
    // Nothing is sent, so no missing answer tells the page.
    let at = Instant::now();
    ann.is_offline(true);
    ann.line_will_say("This device is offline.");
    assert!(at.elapsed() < Duration::from_secs(5), "{:?}", at.elapsed());
    ann.says("meanwhile");
    ann.mark_will_be("meanwhile", "will send when reconnected");
    ann.is_offline(false);
    ann.is_connected();
    ann.mark_will_be("meanwhile", "sent");
}

#[test]
fn a_full_shelf_lets_go_of_what_was_said() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    ann.says("before");
    ann.mark_will_be("before", "sent");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("one");
    ann.mark_will_be("one", "will send when reconnected");
    ann.sees("(Storage.prototype.setItem = () => { throw new Error('full'); }, 1)");
    ann.says("two");
    ann.mark_will_be("two", "will send when reconnected");
    proxy.heal();
    crate::cuts::comes_back(&ann);
    ann.mark_will_be("two", "sent");
    assert_eq!(ann.log(), ["before", "one", "two"]);
    ann.waits_until("!Object.keys(localStorage).some(name => name.includes('.unsent.'))");
}
