//! The number of a message: a link where a person writes it, and printed next to the message on
//! paper.

use serde_json::json;

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP};
use crate::people::is_called;
use crate::scriptless;

#[test]
fn a_number_leads_to_its_line_which_stands_out_until_one_leaves_it() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    bo.says("The kettle is on.");
    bo.mark_will_be("The kettle is on.", "sent");
    // So many that the page has no row for the first message any more.
    let mut raw = server.voice();
    (0..340).for_each(|number| raw.says(&format!("line {number}")));
    bo.hears("line 339");
    ann.hears("line 339");
    bo.says("see #1, not #1a or &#1;");
    ann.hears("see #1, not #1a or &#1;");
    let links = "[...document.querySelectorAll('.said .text a')]";
    assert_eq!(ann.reads(&format!("{links}.map(a => a.innerText).join()")), "#1");
    let first = "[...document.querySelectorAll('.said')]\
        .find(row => row.innerText.includes('The kettle is on.'))";
    assert_eq!(ann.sees(&format!("!{first}")), true, "it is far above");
    let in_sight = format!("{first}.getBoundingClientRect().top > 0");
    ann.clicks(".said:last-child .text a");
    ann.waits_until(&format!("{in_sight} && {first}.matches('.sought:focus')"));
    keep_picture(&ann, "1280-number.png");
    // It has a ground and an edge, in a colour that `colours.rs` compares with all grounds. They
    // are there a moment longer than the focus, so that they are seen at all.
    let edge = "(row => getComputedStyle(row).boxShadow.startsWith(getComputedStyle(Object.assign(\
        row.appendChild(document.createElement('i')), { style: 'color: var(--warn)' })).color + ' 4px 0px 0px 0px inset'))";
    assert_eq!(ann.sees(&format!("{edge}(document.querySelector('.sought'))")), true);
    ann.goes_to_field();
    assert_eq!(ann.sees("!!document.querySelector('.sought')"), true);
    ann.waits_until("!document.querySelector('.sought')");
    assert_eq!(ann.sees("location.pathname === '/r/lobby' || location.pathname === '/'"), true);
}

#[test]
fn without_scripts_a_number_leads_to_the_page_of_its_line() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    (1..=40).for_each(|number| bo.says(&format!("line {number}")));
    bo.says("as I said in #2");
    bo.hears("as I said in #2");
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    scriptless::sees_line(&ann, "as I said in");
    assert_eq!(ann.sees("document.body.innerText.includes('line 2\\n')"), false);
    ann.clicks("ol .text a");
    ann.waits_until("location.hash === '#m2' && document.querySelector('#m2:target')");
    scriptless::sees_line(&ann, "line 2");
}

#[test]
fn in_a_page_without_an_end_a_number_leads_out_of_its_frame() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says("The kettle is on.");
    let ann = scriptless::opens(&browser, &server, DESKTOP);
    // A person who has said something has a session, and may open a stream.
    scriptless::says(&ann, "Is it?");
    ann.clicks("input[name=to-live]");
    ann.waits_until("!!document.querySelector('iframe.stream')");
    bo.says("as I said in #1");
    let link = "document.querySelector('iframe.stream').contentDocument.querySelector('.text a')";
    ann.waits_until(&format!("{link}?.innerText === '#1'"));
    ann.sees(&format!("{link}.click()"));
    ann.waits_until("location.hash === '#m1' && document.querySelector('#m1:target')");
}

#[test]
fn numbers_are_shown_and_times_are_not_as_somebody_likes_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.looks_at(&format!("{}settings", server.url()), DESKTOP);
    ann.waits_until("document.readyState === 'complete' && !!document.forms[0]");
    ann.clicks("[name=times]");
    ann.clicks("[name=numbers]");
    ann.clicks("form button");
    ann.waits_until("document.querySelector('[role=status] b')?.innerText === 'Saved.'");
    ann.clicks("[role=status] a");
    ann.is_connected();
    ann.says("The kettle is on.");
    ann.mark_will_be("The kettle is on.", "sent");
    let number = "getComputedStyle(document.querySelector('.own .text'), '::after').content";
    assert!(ann.reads(number).contains('#'), "{}", ann.reads(number));
    assert_eq!(ann.reads("document.querySelector('.own time').innerText"), "···");
    keep_picture(&ann, "1280-numbers.png");
    // The actions of a message are still there.
    ann.clicks(".own time");
    ann.waits_until("!!document.querySelector('.actions')");
}

#[test]
fn on_paper_each_line_has_its_number() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is on.");
    ann.mark_will_be("The kettle is on.", "sent");
    ann.says("It boils.");
    ann.mark_will_be("It boils.", "sent");
    let shown = "[...document.querySelectorAll('.said .head time')] \
        .map(t => getComputedStyle(t, '::after').content).join(';')";
    assert_eq!(ann.reads(shown), "none;none");
    ann.prints(true);
    ann.waits_until(&format!("{shown} === {}", json!("\" #1\";\" #2\"")));
    let heads = "[...document.querySelectorAll('.said .head')] \
        .every(h => h.getBoundingClientRect().height > 8)";
    assert_eq!(ann.sees(heads), true);
    keep_picture(&ann, "1280-print.png");
}
