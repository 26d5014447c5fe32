//! Backgrounds, gaps and paper: what is next to the thread and never over it, and what of a room is
//! printed.

use serde_json::json;

use crate::ends::{is_told, says_and_holds_the_socket};
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Visit};
use crate::people::is_called;

#[test]
fn every_ground_stands_beside_the_thread() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for (nth, visit) in [DESKTOP, PHONE, Visit { dark: true, ..DESKTOP }].into_iter().enumerate() {
        let ann = browser.comes(&server.url(), visit);
        let name = format!("Ann{nth}");
        is_called(&ann, &name);
        says_and_holds_the_socket(&ann);
        bo.says(&format!("{name}, is the soup hot?"));
        bo.says(&format!("/msg {name} psst"));
        ann.waits_until("!!document.querySelector('.hit') && !!document.querySelector('.alone')");
        is_told(&ann, &json!({ "type": "too-old", "room": "lobby", "from": 900, "to": 937 }));
        ann.waits_until("!!document.querySelector('.gap')");
        let edges = |selector: &str, ground: &str| {
            ann.reads(&format!(
                "(() => {{ const row = [...document.querySelectorAll('{selector}')].pop(); \
                 const [a, b] = [row, document.querySelector('main')].map(e => e.getBoundingClientRect()); \
                 const token = document.createElement('i'); token.style.color = 'var(--{ground})'; \
                 document.body.append(token); const is = getComputedStyle(token).color; token.remove(); \
                 return [a.left - b.left, b.right - a.right, getComputedStyle(row).backgroundColor === is].join(); }})()"
            ))
        };
        assert_eq!(edges("#rows .own", "own"), "32,16,true");
        assert_eq!(edges("#rows .hit", "hit"), "32,16,true");
        assert_eq!(edges("#rows .alone", "whisper"), "32,16,true");
        let colour_of = |place: &str| ann.reads(&format!("getComputedStyle({place}).color"));
        ann.sees(
            "document.body.insertAdjacentHTML('beforeend', '<p id=\"warn\" class=\"bad\"></p>')",
        );
        ann.sees("document.querySelector('#warn').style.color = 'var(--warn)'");
        assert_eq!(
            colour_of("document.querySelector('.gap p')"),
            colour_of("document.querySelector('#warn')")
        );
        ann.sees("document.querySelector('#warn').remove()");
        keep_picture(&ann, &format!("grounds-{nth}.png"));
        ann.sees("document.querySelector('.alone button').click()");
        ann.waits_until("!!document.querySelector('#letters .said')");
        assert_eq!(edges("#letters .said", "whisper"), "32,16,true");
        // Under the double thread is the paper colour, and everything drawn is a border.
        let drawn = "[['#letters', '::before'], ['main', '::before'], ['#state', '::before'], \
            ['.gap', '::after'], ['#rows .own.turn', '::before'], ['#rows .said.turn:not(.own)', '::before']]\
            .every(([of, part]) => { const s = getComputedStyle(document.querySelector(of), part); \
            return ['Left', 'Right', 'Top', 'Bottom'].some(side => s[`border${side}Style`] !== 'none' \
            && parseFloat(s[`border${side}Width`]) >= 2); })";
        assert_eq!(ann.sees(drawn), true);
        keep_picture(&ann, &format!("grounds-{nth}-private.png"));
        ann.closes();
    }
}

#[test]
fn on_paper_there_is_what_was_said_and_nothing_to_press() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&server.url(), Visit { dark: true, ..DESKTOP });
    is_called(&ann, "Ann");
    bo.says("Shall we start? The kettle is on.");
    ann.hears("Shall we start? The kettle is on.");
    ann.says(&(1..=20).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n"));
    ann.waits_until("!!document.querySelector('.own .long')");
    ann.mark_will_be(&(1..=20).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n"), "sent");
    ann.prints(true);
    let day = "document.querySelector('.day').innerText";
    ann.waits_until(&format!("'Today, ' + document.querySelector('#span').innerText === {day}"));
    keep_picture(&ann, "1280-paper.png");
    // The room and the day; of each message its number, name and time, and its whole text.
    let words = ann.reads("document.body.innerText");
    for told in ["lobby", "Bo", "Shall we start?", "line 1\n", "line 20"] {
        assert!(words.contains(told), "{told}: {words}");
    }
    let whole = "(t => t.scrollHeight <= t.clientHeight + 1)(document.querySelector('.own .text'))";
    assert_eq!(ann.sees(whole), true);
    assert_eq!(ann.reads("document.querySelector('.own .head').innerText.split(' ')[0]"), "Ann");
    assert!(!words.contains("you"), "{words}");
    let left = "[...document.querySelectorAll('a, button, input, textarea, summary, svg')]\
        .filter(one => one.checkVisibility() && !one.closest('.text, .quote, .who, #room-menu') && one.id !== 'skip')\
        .map(one => one.tagName + one.id).join()";
    assert_eq!(ann.reads(left), "");
    // Black on white, even if the screen is dark.
    let colours = "[...new Set([...document.querySelectorAll('body, body *')].filter(one => \
        one.checkVisibility()).map(one => getComputedStyle(one).color))].join(';')";
    assert_eq!(ann.reads(colours), "rgb(0, 0, 0)");
    assert_eq!(ann.reads("getComputedStyle(document.body).backgroundColor"), "rgb(255, 255, 255)");
    let thread = "getComputedStyle(document.querySelector('main'), '::before').display";
    assert_eq!(ann.reads(thread), "none");
    // A message of fewer than ten lines is not broken: each side of a break needs five lines.
    let together = "(s => Number(s.orphans) + Number(s.widows))\
        (getComputedStyle(document.querySelector('.own .text')))";
    assert_eq!(ann.measures(together), 10.0);
    ann.prints(false);
    ann.waits_until("document.querySelector('nav').checkVisibility()");
}
