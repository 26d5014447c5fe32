//! More tabs of one person than a browser opens connections to one server.

use crate::cdp::wait_for;
use crate::host::{Proxy, Server};
use crate::page::{Browser, DESKTOP, Person};
use crate::ways::{SOCKETS, STREAMS};

#[test]
fn ten_tabs_by_streams_hang_none_of_them() {
    ten_tabs_talk_by("stream", &[SOCKETS]);
}

#[test]
fn ten_tabs_by_polls_hang_none_of_them() {
    ten_tabs_talk_by("poll", &[SOCKETS, STREAMS]);
}

fn ten_tabs_talk_by(way: &str, forbidden: &[&'static str]) {
    let server = Server::start();
    let browser = Browser::start();
    let text = |number: usize| format!("tab {number} by {way}");
    let proxy = Proxy::to(server.address());
    proxy.forbid(forbidden);
    let first = browser.opens(&proxy.url());
    let mut tabs = Vec::new();
    for number in 0..9 {
        let hidden: &Person<'_> = tabs.last().unwrap_or(&first);
        hidden.looks_away(true);
        let tab = first.opens_another_tab(&proxy.url());
        tab.is_connected();
        tab.says(&text(number));
        tab.mark_will_be(&text(number), "sent");
        tabs.push(tab);
    }
    let rests =
        |tab: &Person<'_>| tab.sees("document.documentElement.dataset.line === 'resting'") == true;
    wait_for("most of those that nobody sees to rest", || {
        (tabs.iter().filter(|tab| rests(tab)).count() >= 5).then_some(())
    });
    // When the person comes back to a tab, it has every message once, and the person can talk.
    tabs.last().unwrap().looks_away(true);
    first.looks_away(false);
    first.hears(&text(8));
    let said = first.log().into_iter().filter(|said| said.ends_with(way));
    assert_eq!(said.collect::<Vec<_>>(), (0..9).map(text).collect::<Vec<_>>());
    first.says("back again");
    first.mark_will_be("back again", "sent");
}

#[test]
fn a_full_server_is_called_full_before_the_page_is_live_and_later() {
    let server = Server::start_with("127.0.0.1:0", &["--clients", "1"]);
    let browser = Browser::start();
    let voice = server.voice();
    let ann = browser.looks_at(&server.url(), DESKTOP);
    let full = "document.querySelector('#shut')?.innerText ?? ''";
    ann.waits_until(&format!("({full}).includes('The server is full.')"));
    let words = ann.reads(full);
    assert!(words.contains("tries again") && words.contains("form"), "{words}");
    // The page says it once, even if it tries several times.
    ann.sees("dispatchEvent(new Event('online'))");
    assert_eq!(ann.measures("document.querySelectorAll('#shut').length"), 1.0);
    // The person can talk meanwhile, by the form.
    ann.sees("document.querySelector('#say [name=text]').value = 'by the form'");
    ann.clicks("#say button");
    ann.waits_until("document.body.innerText.includes('by the form')");
    ann.waits_until(&format!("({full}).includes('The server is full.')"));
    drop(voice);
    ann.is_connected();
    assert_eq!(ann.reads(full), "");
    ann.hears("by the form");
}

#[test]
fn whoever_finds_their_place_taken_reads_that_the_server_is_full() {
    let server = Server::start_with("127.0.0.1:0", &["--clients", "1"]);
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = browser.opens(&proxy.url());
    proxy.cut();
    ann.line_will_say("Connection closed.");
    let voice = wait_for("a free place", || server.voice_if_there_is_a_place());
    proxy.heal();
    ann.line_will_say("The server is full.");
    assert!(ann.line_says().contains("Reconnecting"), "{}", ann.line_says());
    drop(voice);
    ann.line_will_say("connected");
}
