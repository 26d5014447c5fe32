//! What one sees after a jump to a message: the message, and nothing that covers it.

use serde_json::json;

use crate::found::Keeping;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;
use crate::scene::Caller;

const TALL_PHONE: Visit = Visit { height: 740, ..PHONE };

const PILL: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#pill'))";

/// The row that was sought is whole in the upper part of the log, no bar of actions is there, and
/// the pill, if there is one, is below the row and covered by nothing.
fn is_readable(person: &Person<'_>, text: &str) {
    let text = json!(text);
    person.waits_until(&format!(
        "document.querySelector('#rows .sought')?.innerText.includes({text})"
    ));
    person.draws_a_frame();
    person.draws_a_frame();
    assert_eq!(person.sees("document.querySelectorAll('#box .actions').length"), 0, "{text}");
    let faults = "((box, row, pill) => {
        const [log, at, over] = [box, row, pill].map((one) => one.getBoundingClientRect());
        const day = document.querySelector('#rows .day').getBoundingClientRect().bottom;
        const faults = [];
        if (at.top < day - 1 || at.bottom > log.bottom) faults.push(`row ${at.top} ${at.bottom}`);
        if (pill.hidden) return faults.join();
        if (at.bottom > over.top) faults.push(`pill ${at.bottom} ${over.top}`);
        for (let x = over.left + 12; x < over.right - 12; x += 6) {
            for (let y = over.top + 4; y < over.bottom - 4; y += 4) {
                if (document.elementFromPoint(x, y) !== pill) faults.push(`${x} ${y}`);
            }
        }
        return faults.join();
    })(...['#box', '#rows .sought', '#pill'].map((one) => document.querySelector(one)))";
    person.waits_until(&format!("{faults} === ''"));
}

#[test]
fn after_a_jump_nothing_covers_the_message() {
    let keeping = Keeping::start("landing", &["--rate", "0"]);
    let server = &keeping.server;
    let browser = Browser::start();
    let bo = Caller::comes(server, "Bo", &["lobby"]);
    let first =
        bo.says("lobby", "Who brings the soup on Friday, and who brings the bread for all of us?");
    for number in 0..60 {
        let text = format!("answer {number}, which is long enough for two lines on a phone");
        bo.sends(json!({ "type": "say", "room": "lobby", "text": text, "reply": first }));
    }
    for visit in [TALL_PHONE, DESKTOP] {
        let link = |seq: u64| format!("{}r/lobby?at={seq}#m{seq}", server.url());
        // The newest message is in sight after a jump to it, or to one just before it.
        for seq in [60, 61] {
            let ann = browser.comes(&link(first + seq - 1), visit);
            ann.waits_until("!!document.querySelector('#rows .sought:focus')");
            if visit.touch {
                is_readable(&ann, &format!("answer {},", seq - 2));
            }
            keep_picture(&ann, &format!("{}-landed-{seq}.png", visit.width));
            ann.waits_until(&format!("{PILL} === ''"));
        }
        let ann = browser.comes(&link(first + 30), visit);
        ann.waits_until("!!document.querySelector('#rows .sought:focus')");
        keep_picture(&ann, &format!("{}-landed.png", visit.width));
        ann.waits_until(&format!("{PILL} === 'Back to newest'"));
        if visit.touch {
            is_readable(&ann, "answer 29,");
        }
    }
    // A search leads there, too. The newest messages are drawn, and the message is at their edge.
    let ann = browser.comes(&server.url(), TALL_PHONE);
    is_called(&ann, "Ann");
    for number in (40..60).rev() {
        ann.says(&format!("/search answer {number},"));
        let text = format!("answer {number},");
        ann.waits_until(&format!(
            "document.querySelector('#results .said')?.innerText.includes('{text}')"
        ));
        ann.sees(&format!(
            "[...document.querySelectorAll('#results .said')].find(one => one.innerText.includes('{text}')).scrollIntoView()"
        ));
        let row = format!(
            "[...document.querySelectorAll('#results .said .text')].find(one => one.innerText.includes('{text}')).getBoundingClientRect()"
        );
        ann.taps_at(
            ann.measures(&format!("{row}.left")) + 20.0,
            ann.measures(&format!("{row}.top")) + 10.0,
        );
        is_readable(&ann, &text);
    }
    keep_picture(&ann, "360-landed-found.png");
}

#[test]
fn what_calls_from_another_room_is_read_after_open() {
    let keeping = Keeping::start("landing-called", &["--rate", "0"]);
    let server = &keeping.server;
    let browser = Browser::start();
    let bo = Caller::comes(server, "Bo", &["lobby"]);
    for number in 0..30 {
        bo.says("lobby", &format!("line {number}"));
    }
    let ann = browser.comes(&server.url(), TALL_PHONE);
    is_called(&ann, "Ann");
    ann.goes_to(&format!("{}r/kitchen", server.url()));
    ann.waits_until("location.pathname === '/r/kitchen'");
    ann.is_whole();
    bo.says("lobby", "Ann, are you there?");
    let opens = "[...document.querySelectorAll('#rows .note button')].pop()";
    ann.waits_until(&format!("{opens}?.innerText === 'Open'"));
    ann.sees(&format!("{opens}.id = 'opens'"));
    let place = |side: &str| ann.measures(&format!("{opens}.getBoundingClientRect().{side}"));
    ann.taps_at(place("left") + 8.0, place("top") + 12.0);
    ann.waits_until(
        "location.pathname === '/r/lobby' && !!document.querySelector('#rows .sought')",
    );
    ann.is_whole();
    is_readable(&ann, "Ann, are you there?");
    keep_picture(&ann, "360-landed-called.png");
    ann.waits_until(&format!("{PILL} === ''"));
}
