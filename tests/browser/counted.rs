//! What counts as new, and where the pill with the count leads.

use serde_json::json;

use crate::host::Server;
use crate::page::{Browser, Person};
use crate::people::is_called;
use crate::scene::Caller;

const PILL: &str = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#pill'))";

/// Whether a row of the log `box` with this text is in sight, and clear of what stands over it.
fn is_in_sight(log: &str, text: &str) -> String {
    format!(
        "(row => !!row && row.getBoundingClientRect().top > 40 \
         && row.getBoundingClientRect().top < innerHeight - 60)\
         ([...document.querySelectorAll('{log} .said')]\
         .find(row => row.querySelector('.text')?.textContent.startsWith('{text}')))"
    )
}

/// A text of this beginning that is higher than most.
fn high(beginning: &str) -> String {
    (1..12).fold(beginning.to_owned(), |text, line| format!("{text}\n{line}"))
}

#[test]
fn a_message_that_was_deleted_is_not_counted_as_new() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby", "kitchen"]);
    let ann = browser.opens(&format!("{}r/kitchen", server.url()));
    ann.is_whole();
    ann.goes_to(&server.url());
    ann.is_connected();
    ann.is_whole();
    for number in 0..6 {
        bo.says("lobby", &high(&format!("high {number}")));
    }
    ann.waits_until(&is_in_sight("#box", "high 5"));
    ann.scrolls_to(0);
    let [_, two] = ["one", "two"].map(|text| bo.says("lobby", text));
    ann.waits_until(&format!("{PILL} === '2 new messages' && document.title === '(2) lobby'"));
    let deletes = |room: &str, seq: u64| {
        bo.sends(json!({ "type": "delete", "room": room, "seq": seq }));
    };
    deletes("lobby", two);
    ann.waits_until(&format!("{PILL} === '1 new message' && document.title === '(1) lobby'"));
    // The line is drawn with the next frame.
    ann.waits_until("document.querySelector('.unread').innerText === '1 new message'");
    // In another room.
    let count = "document.querySelector('#rooms a[data-room=kitchen] .count').textContent";
    let three = bo.says("kitchen", "three");
    ann.waits_until(&format!("{count} === '1 new'"));
    deletes("kitchen", three);
    ann.waits_until(&format!("!{count}.includes('new')"));
    // While the reader is away.
    ann.sees("document.querySelector('#box').scrollTop = 1e6");
    ann.waits_until(&format!("{PILL} === '' && document.title === 'lobby'"));
    ann.goes_to("about:blank");
    let [_, five] = ["four", "five"].map(|text| bo.says("lobby", text));
    deletes("lobby", five);
    ann.goes_to(&server.url());
    ann.hears("four");
    ann.waits_until("document.querySelector('.unread')?.innerText === '1 new message'");
}

#[test]
fn the_pill_leads_to_what_came_since_though_the_unread_line_is_above() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.opens(&server.url());
    let says = |texts: &str| {
        for number in 0..6 {
            bo.says("lobby", &high(&format!("{texts} {number}")));
        }
    };
    bo.says("lobby", "before");
    ann.hears("before");
    // A line is read when it has been in sight for a moment.
    ann.waits_until("(localStorage['threadbare.seen.lobby'] || '').endsWith('.1')");
    ann.goes_to("about:blank");
    // Until it is left, the page reads.
    ann.waits_until("location.href === 'about:blank'");
    says("away");
    ann.goes_to(&server.url());
    ann.waits_until(&is_in_sight("#box", "away 5"));
    ann.waits_until("!!document.querySelector('.unread')");
    // The reader is between the line and the end.
    ann.sees("document.querySelector('#box').scrollTop -= 300; 0");
    ann.waits_until(&format!("{PILL} === 'Back to newest'"));
    says("since");
    ann.waits_until(&format!("{PILL} === '6 new messages'"));
    ann.clicks("#pill");
    ann.waits_until(&is_in_sight("#box", "since 0"));
    assert_eq!(ann.sees(&is_in_sight("#box", "since 5")), false);
    ann.clicks("#pill");
    ann.waits_until(&format!("{PILL} === ''"));
}

#[test]
fn the_pill_of_a_private_talk_leads_to_the_first_new_message_and_then_to_the_last() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let writes = |texts: &str, person: &Person<'_>| {
        for number in 0..6 {
            let text = high(&format!("{texts} {number}"));
            bo.sends(json!({ "type": "private", "to": "Ann", "text": text }));
        }
        person.waits_until(&format!(
            "document.querySelector('#letters').textContent.includes('{texts} 5') \
             || document.querySelector('#talks').textContent.includes('6 new')"
        ));
    };
    writes("before", &ann);
    ann.clicks("#talks button");
    ann.waits_until(&is_in_sight("#letters", "before 5"));
    ann.sees("document.querySelector('#letters .box').scrollTop = 0");
    let pill = "(p => p.hidden ? '' : p.innerText)(document.querySelector('#letters .pill'))";
    ann.waits_until(&format!("{pill} === 'Back to newest'"));
    writes("since", &ann);
    ann.waits_until(&format!("{pill} === '6 new messages'"));
    ann.clicks("#letters .pill");
    ann.waits_until(&is_in_sight("#letters", "since 0"));
    assert_eq!(ann.sees(&is_in_sight("#letters", "since 5")), false);
    ann.clicks("#letters .pill");
    ann.waits_until(&format!("{pill} === ''"));
}
