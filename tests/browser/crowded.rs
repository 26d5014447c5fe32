//! More tabs of one person than a browser has connections to a box.
//!
//! Next: `tabs.rs`.

use crate::cdp::wait_for;
use crate::host::{Line, Server};
use crate::page::{Browser, Person};
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
    let line = Line::to(server.address());
    line.forbid(forbidden);
    let first = browser.opens(&line.url());
    let mut tabs = Vec::new();
    for number in 0..9 {
        let hidden: &Person<'_> = tabs.last().unwrap_or(&first);
        hidden.looks_away(true);
        let tab = first.opens_another_tab(&line.url());
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
    // Who comes back to one has all of it, each once, and talks.
    tabs.last().unwrap().looks_away(true);
    first.looks_away(false);
    first.hears(&text(8));
    let said = first.log().into_iter().filter(|said| said.ends_with(way));
    assert_eq!(said.collect::<Vec<_>>(), (0..9).map(text).collect::<Vec<_>>());
    first.says("back again");
    first.mark_will_be("back again", "sent");
}
