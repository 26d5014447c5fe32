//! Ignoring people that the reader does not want to hear.

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::Browser;
use crate::people::{is_called, opens_panel};
use crate::sessions::has_left;

#[test]
fn who_is_ignored_is_not_heard_in_any_tab_nor_by_another_name_until_heard_again() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo, dave) =
        (browser.opens(&server.url()), browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    is_called(&dave, "Dave");
    let other = ann.opens_another_tab(&format!("{}r/kitchen", server.url()));
    dave.says("buy this");
    ann.hears("buy this");
    // Whoever is ignored by mistake is heard again by a press on the note that says so.
    ann.says("/ignore Dave");
    ann.waits_until("document.querySelector('.note button')?.innerText === 'Undo'");
    assert_eq!(ann.log(), Vec::<String>::new());
    ann.clicks(".note button");
    ann.hears("buy this");
    ann.waits_until("document.body.innerText.includes('You are no longer ignoring Dave.')");
    assert!(!ann.reads("document.querySelector('#rows').innerText").contains("Undo"));
    // Ignores Dave by the button of a message.
    ann.sees("document.querySelector('.said').focus()");
    ann.clicks(".actions button:nth-child(2)");
    ann.clicks(".actions button:nth-child(3)");
    bo.says("finally");
    ann.hears("finally");
    assert_eq!(ann.log(), ["finally"]);
    dave.says("Ann, buy this");
    dave.says("/msg Ann buy this");
    dave.says("/name Not Dave");
    ann.waits_until("document.body.innerText.includes('Dave is now Not Dave')");
    dave.says("and now?");
    dave.mark_will_be("and now?", "sent");
    bo.says("peace");
    ann.hears("peace");
    assert_eq!(ann.log(), ["finally", "peace"]);
    assert_eq!(ann.reads("document.querySelector('#speaker').innerText").matches("buy").count(), 1);
    assert_eq!(ann.reads("document.querySelector('#private').innerText"), "Private");
    // The other tab knows it, and a reload does not forget it.
    opens_panel(&other, "me");
    other.waits_until("document.querySelector('#ignored').innerText.includes('Dave')");
    keep_picture(&other, "1280-me.png");
    ann.reloads();
    ann.is_connected();
    ann.hears("peace");
    assert_eq!(ann.log(), ["finally", "peace"]);
    // After ignoring ends, all his messages are back in their places.
    ann.says("/ignore not dave");
    ann.says("/ignore dave");
    ann.hears("and now?");
    ann.hears("buy this");
    assert_eq!(ann.log(), ["buy this", "finally", "Ann, buy this", "and now?", "peace"]);
    ann.waits_until("document.querySelector('#private').innerText === 'Private, 1 new'");
    other.waits_until("document.querySelector('#ignored').hidden");
}

#[test]
fn a_name_that_an_ignored_person_had_for_a_while_is_somebody_else_s_later() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, dave) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&dave, "Dave");
    ann.waits_until("!!document.querySelector('#people li[data-name=Dave]')");
    ann.says("/ignore Dave");
    for name in ["Boss", "Teacher", "Dave2"] {
        dave.says(&format!("/name {name}"));
        ann.waits_until(&format!("document.body.innerText.includes('is now {name}')"));
        dave.says(&format!("noise of {name}"));
        dave.mark_will_be(&format!("noise of {name}"), "sent");
    }
    dave.says("/away harassment");
    let row = "document.querySelector('#people li[data-name=Dave2]')?.innerText ?? ''";
    ann.waits_until(&format!("({row}).includes('ignored')"));
    let boss = browser.opens(&server.url());
    is_called(&boss, "Boss");
    boss.says("the class begins");
    ann.hears("the class begins");
    assert_eq!(ann.log(), ["the class begins"]);
    assert!(!ann.reads(row).contains("harassment"), "{}", ann.reads(row));
    // After the ignored person has left, the last name is free, too.
    dave.says("/quit");
    has_left(&dave);
    ann.waits_until("!document.querySelector('#people li[data-name=Dave2]')");
    is_called(&boss, "Dave2");
    boss.says("and ends");
    ann.hears("and ends");
    ann.reloads();
    ann.is_connected();
    ann.hears("and ends");
    assert_eq!(ann.log(), ["the class begins", "and ends"]);
}

#[test]
fn a_room_full_of_ignored_words_shows_what_others_said_however_long_ago() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let (ann, dave) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&dave, "Dave");
    let mut bo = server.voice();
    bo.says("long ago");
    ann.hears("long ago");
    ann.says("/ignore Dave");
    // More than the page has rows, in portions small enough for the queue.
    for portion in 0..7 {
        dave.sees(&format!(
            "for (let n = 0; n < 50; n += 1) {{ \
               document.querySelector('#field').value = `noise ${{{portion} * 50 + n}}`; \
               document.querySelector('#composer').requestSubmit(); }}"
        ));
        dave.mark_will_be(&format!("noise {}", portion * 50 + 49), "sent");
    }
    bo.says("now");
    ann.hears("now");
    assert_eq!(ann.log(), ["long ago", "now"]);
    // The page does not draw again and again because of it.
    let drawn = ann.measures(
        "new Promise((done) => { let drawn = 0; \
           const real = window.requestAnimationFrame; \
           window.requestAnimationFrame = (f) => { drawn += 1; return real(f); }; \
           let left = 30; const next = () => { left -= 1; \
             if (left) real(next); else { window.requestAnimationFrame = real; done(drawn); } }; \
           real(next); })",
    );
    assert!(drawn < 5.0, "{drawn} frames were asked for");
}
