//! Each tab has a draft of its own, and none of them is lost.

use crate::host::Server;
use crate::page::Browser;

#[test]
fn half_an_edit_outlives_its_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("frist");
    ann.mark_will_be("frist", "sent");
    ann.presses("ArrowUp");
    ann.types(" of all");
    ann.reloads();
    assert_eq!(ann.field(), "/edit #1 frist of all");
    ann.presses("Enter");
    ann.hears("frist of all");
    ann.presses("ArrowUp");
    ann.types(", no");
    ann.presses("Escape");
    ann.reloads();
    assert_eq!(ann.field(), "");
}

#[test]
fn drafts_of_closed_tabs_come_back_one_by_one_in_new_tabs() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let first = ann.opens_another_tab(&server.url());
    let second = ann.opens_another_tab(&server.url());
    first.types("ONE");
    first.draft_is_kept("ONE");
    second.types("TWO");
    second.closes();
    first.closes();
    let third = ann.opens_another_tab(&server.url());
    assert_eq!(third.field(), "TWO", "the latest that was typed comes first");
    let fourth = ann.opens_another_tab(&server.url());
    assert_eq!(fourth.field(), "ONE", "the other waits for the next tab");
    assert_eq!(ann.opens_another_tab(&server.url()).field(), "", "nothing comes back twice");
    // A tab that has taken over a draft treats it like one typed there.
    third.reloads();
    third.is_connected();
    assert_eq!(third.field(), "TWO");
    assert_eq!(ann.field(), "");
}

#[test]
fn a_tab_that_sends_leaves_the_draft_of_another_alone() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("ONE");
    ann.draft_is_kept("ONE");
    let second = ann.opens_another_tab(&server.url());
    assert_eq!(second.field(), "", "the draft of a tab that is open is nobody else's");
    second.types("TWO");
    second.draft_is_kept("TWO");
    second.presses("Enter");
    second.mark_will_be("TWO", "sent");
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.field(), "ONE");
    second.reloads();
    second.is_connected();
    assert_eq!(second.field(), "", "what was sent is no draft");
}

#[test]
fn a_reload_keeps_what_its_own_tab_had() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let empty = ann.opens_another_tab(&server.url());
    let closed = ann.opens_another_tab(&server.url());
    ann.types("ONE");
    closed.types("TWO");
    closed.closes();
    for (tab, draft) in [(&ann, "ONE"), (&empty, "")] {
        tab.reloads();
        tab.is_connected();
        assert_eq!(tab.field(), draft);
    }
    assert_eq!(ann.opens_another_tab(&server.url()).field(), "TWO");
}

#[test]
fn a_copy_of_a_tab_goes_its_own_way() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    // Nothing is typed yet that could distinguish the two.
    let copy = ann.duplicates();
    ann.types("ONE");
    ann.draft_is_kept("ONE");
    copy.goes_to_field();
    copy.types("TWO");
    copy.draft_is_kept("TWO");
    for (tab, draft) in [(&ann, "ONE"), (&copy, "TWO")] {
        tab.reloads();
        tab.is_connected();
        assert_eq!(tab.field(), draft);
    }
    let later = ann.duplicates();
    assert_eq!(later.field(), "ONE", "a copy begins as its original is");
    later.goes_to_field();
    later.presses("Enter");
    later.mark_will_be("ONE", "sent");
    ann.reloads();
    ann.is_connected();
    assert_eq!(ann.field(), "ONE", "only the person decides that it was said");
}

#[test]
fn who_says_that_they_are_nobody_any_more_leaves_nothing_that_was_begun() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.types("a half thought");
    ann.draft_is_kept("a half thought");
    let session = ann.reads("localStorage['threadbare.session']");
    // Any site can have a link with `left=1`, so it changes nothing.
    let other = ann.opens_another_tab(&format!("{}?left=1", server.url()));
    other.is_connected();
    assert_eq!(other.reads("localStorage['threadbare.session']"), session);
    ann.draft_is_kept("a half thought");
    ann.sees("document.cookie = 'threadbare-left=1; path=/; samesite=lax'");
    let next = ann.opens_another_tab(&format!("{}?left=1", server.url()));
    next.is_connected();
    assert_eq!(next.sees("document.cookie.includes('threadbare-left')"), false);
    let kept = "Object.keys(localStorage).some(name => localStorage[name].includes('half'))";
    assert_eq!(next.sees(kept), false);
    assert_eq!(next.field(), "");
}
