//! The true state of the connection and of a message, and whether the page shows exactly that.
//! Questions 2, 9 and 11 of `docs/PAGE.md`.

use serde_json::json;

use crate::cdp::wait_for;
use crate::cuts::comes_back;
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::is_called;

/// A connection whose messages a test can hold back (`holds(told)`, `letGo()`) or make up
/// (`tells(told)`), before the page gets them.
pub(crate) const HELD_LINE: &str = "{ const held = []; window.holds = () => false; \
    window.letGo = () => { window.holds = () => false; held.splice(0).forEach(go => go()); }; \
    window.WebSocket = class extends WebSocket { \
        set onmessage(handler) { \
            if (handler) window.tells = told => handler({ data: JSON.stringify(told) }); \
            super.onmessage = handler && (event => { \
                if (window.holds(JSON.parse(event.data))) held.push(() => handler(event)); \
                else handler(event); }); } }; }";

/// A person on a connection that a test can hold back.
fn comes_by_a_held_line<'b>(browser: &'b Browser, url: &str) -> Person<'b> {
    let person = browser.looks_at("about:blank", DESKTOP);
    person.begins_with(HELD_LINE);
    person.goes_to(url);
    person.is_connected();
    person
}

/// How the thread and its end look now, and the words of the state.
const LOOKS: &str = "(() => { const drawn = (selector, part) => \
        getComputedStyle(document.querySelector(selector), part); \
    const dash = drawn('#state', '::before'); const loose = drawn('main', '::after'); \
    const colour = dash.borderBottomColor; \
    return { words: document.querySelector('#state').innerText, dash: dash.borderBottomStyle, \
        colour: colour === drawn('main', '::before').borderInlineStartColor ? 'thread' \
            : colour === loose.borderInlineStartColor ? 'slack' : colour, \
        end: loose.display === 'none' ? 'fast' : `${loose.height} ${loose.borderInlineStartStyle}` }; })()";

/// Waits for these words, and compares the shape with them.
fn says_and_shows(person: &Person<'_>, words: &str, is_whole: bool) {
    // Words and shape must be of the same moment.
    let looks = wait_for(words, || {
        let looks = person.sees(LOOKS);
        looks["words"].as_str()?.contains(words).then_some(looks)
    });
    assert_eq!(looks["words"].as_str().unwrap().starts_with("connected"), is_whole, "{looks}");
    let (dash, colour, end) =
        if is_whole { ("solid", "thread", "fast") } else { ("dashed", "slack", "24px dashed") };
    assert_eq!([&looks["dash"], &looks["colour"], &looks["end"]], [dash, colour, end], "{looks}");
}

#[test]
fn whose_name_is_kept_for_minutes_only_reads_so_beside_the_line() {
    // With a rate on the command line, the limits hold for this machine's address, too.
    let server = Server::start_with("127.0.0.1:0", &["--burst", "10000", "--rate", "10000"]);
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let hello = "fetch('/r/lobby', { method: 'POST', credentials: 'omit', \
        headers: { 'Content-Type': 'application/json' }, body: '{\"type\": \"hello\"}' })";
    ann.sees(&format!(
        "(async () => {{ for (let n = 0; n < 130; n += 1) (await {hello}).text(); }})()"
    ));
    let bo = browser.opens(&server.url());
    says_and_shows(&bo, "many new people in your network", true);
    assert!(!ann.line_says().contains("minutes"), "{}", ann.line_says());
}

#[test]
fn in_each_state_of_the_connection_its_shape_agrees_with_its_words() {
    let server = Server::start();
    let address = server.address();
    let browser = Browser::start();
    let proxy = Proxy::to(address);
    let ann = comes_by_a_held_line(&browser, &proxy.url());
    ann.sees("Math.random = () => 0.999");
    // Records all states, also those between the states that the test waits for.
    ann.sees(&format!(
        "(window.seen = [], new MutationObserver(() => seen.push({LOOKS})).observe(document.documentElement, \
         {{ subtree: true, childList: true, characterData: true, attributeFilter: ['data-line'] }}), 1)"
    ));
    says_and_shows(&ann, "connected", true);
    proxy.cut();
    says_and_shows(&ann, "Reconnecting in", false);
    // This state is short, so the test checks its shape below, with all recorded ones.
    ann.waits_until("seen.some(looks => looks.words.includes('Reconnecting now.'))");
    ann.sees(
        "(Object.defineProperty(navigator, 'onLine', { get: () => false, configurable: true }), \
              dispatchEvent(new Event('offline')))",
    );
    says_and_shows(&ann, "This device is offline.", false);
    proxy.heal();
    ann.sees("(delete navigator.onLine, dispatchEvent(new Event('online')))");
    // At first, the page may be connected another way, and `tells` does not work there.
    says_and_shows(&ann, "connected", true);
    // The end for good: the typed text stays, the page shows the reason, and there is a way back.
    ann.goes_to_field();
    ann.types("half a word");
    ann.sees("tells({ type: 'bye', reason: 'talked_too_fast' })");
    says_and_shows(
        &ann,
        "The server closed the connection: too many messages in a short time.",
        false,
    );
    assert_eq!(ann.reads("document.querySelector('#state button').innerText"), "Join again");
    assert_eq!(ann.field(), "half a word");
    keep_picture(&ann, "1280-ended.png");
    ann.clicks("#state button");
    says_and_shows(&ann, "connected", true);
    assert_eq!(ann.field(), "half a word");
    // The server stops, and another takes its place.
    server.stop();
    ann.waits_until(
        "seen.some(looks => looks.words.includes('The server stopped. Trying to reconnect.'))",
    );
    let _server = Server::start_with(&address.to_string(), &[]);
    comes_back(&ann);
    says_and_shows(&ann, "connected", true);
    let lies = "seen.filter(({ words, dash, end }) => words && !words.startsWith('catching up') \
        && words.startsWith('connected') !== (dash === 'solid' && end === 'fast'))";
    assert_eq!(ann.sees(lies), json!([]), "shapes and words that do not agree");
    let hasty = "seen.filter(({ words }, at) => words.startsWith('catching up') \
        && at > 0 && seen[at - 1].words.startsWith('connected')).length";
    assert_eq!(ann.sees(hasty), 0, "called connected before everything was there");
    assert!(ann.measures("seen.length") > 8.0, "{}", ann.measures("seen.length"));
}

#[test]
fn a_message_is_called_sent_when_the_server_has_said_so_and_not_before() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_held_line(&browser, &server.url());
    let mut raw = server.voice();
    ann.sees("(holds = told => told.type === 'sent', 1)");
    ann.says("The kettle is on.");
    // All clients have the message, and it is in its place; but it is not known whether it is
    // stored.
    raw.hears("The kettle is on.");
    ann.waits_until("!!document.querySelector('.own .text[data-seq]')");
    ann.mark_will_be("The kettle is on.", "sending");
    // Later messages do not change that.
    raw.says("Coming!");
    ann.hears("Coming!");
    assert_eq!(ann.mark_of("The kettle is on."), "sending");
    assert_eq!(ann.sees("document.querySelector('#rows').innerText.includes('sent')"), false);
    ann.sees("letGo()");
    ann.mark_will_be("The kettle is on.", "sent");
    // A message that the server has not even received is not called sent either.
    ann.thinks_that_the_connection_is_gone();
    ann.says("Two cups?");
    ann.mark_will_be("Two cups?", "will send when reconnected");
    assert_eq!(
        ann.sees("document.querySelector('#rows').innerText.match(/sent/g)?.length ?? 0"),
        1
    );
    assert_eq!(ann.times_in_log("Two cups?"), 1);
}

#[test]
fn what_the_server_has_lost_is_said_to_be_not_kept_and_goes_out_again() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_held_line(&browser, &server.url());
    ann.says("The kettle is on.");
    ann.mark_will_be("The kettle is on.", "sent");
    ann.sees(
        "(window.said = [], window.talk = WebSocket.prototype.send, \
         WebSocket.prototype.send = function (text) { said.push(JSON.parse(text)); return talk.call(this, text); }, 1)",
    );
    ann.sees(
        "(holds = told => told.id, tells({ type: 'not-kept', room: 'lobby', from: 1, to: 1 }))",
    );
    ann.mark_will_be("The kettle is on.", "lost; sending again");
    let told = "document.querySelector('.gap').innerText";
    assert_eq!(ann.reads(told), "The last message was lost: the server stopped before saving it.");
    ann.waits_until(
        "said.some(({ type, text, id }) => type === 'say' && id && text === 'The kettle is on.')",
    );
    // The message comes again, and takes the place of the old row.
    ann.sees(
        "(again => tells({ ...again, type: 'message', room: 'lobby', seq: 2, time: Date.now(), \
         from: document.querySelector('#me summary').innerText }))(said.find(({ type }) => type === 'say'))",
    );
    ann.waits_until("document.querySelector('.own .text').dataset.seq === '2'");
    assert_eq!(ann.times_in_log("The kettle is on."), 1);
}

#[test]
fn after_a_gap_it_is_told_in_words_once_and_nothing_is_there_twice() {
    let server = Server::start();
    let address = server.address();
    let browser = Browser::start();
    let proxy = Proxy::to(address);
    let ann = browser.opens(&proxy.url());
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("before");
    bo.mark_will_be("before", "sent");
    ann.hears("before");
    ann.says("and me");
    ann.mark_will_be("and me", "sent");
    // A gap that can be filled: counted, in order, once.
    proxy.cut();
    ann.line_will_say("Connection closed.");
    (1..=3).for_each(|number| bo.says(&format!("missed {number}")));
    bo.mark_will_be("missed 3", "sent");
    proxy.heal();
    comes_back(&ann);
    ann.waits_until(
        "document.querySelector('.stitch')?.innerText === '3 messages while you were away'",
    );
    assert_eq!(ann.log(), ["before", "and me", "missed 1", "missed 2", "missed 3"]);
    // A gap that cannot be filled: the new server has nothing of the old one, and says so.
    server.stop();
    ann.line_will_say("Connection closed.");
    let _server = Server::start_with(&address.to_string(), &[]);
    comes_back(&bo);
    bo.says("after");
    bo.mark_will_be("after", "sent");
    comes_back(&ann);
    ann.hears("after");
    let gaps = "[...document.querySelectorAll('.gap')].map(gap => gap.innerText)";
    assert_eq!(
        ann.sees(gaps),
        json!(["The server started a new history. Earlier messages are not available."])
    );
    let between = "(gap => [gap.previousElementSibling, gap].every(Boolean) \
        && gap.compareDocumentPosition([...document.querySelectorAll('.text')].pop()) === 4)\
        (document.querySelector('.gap'))";
    assert_eq!(ann.sees(between), true, "it stands where the hole is");
    assert_eq!(ann.log(), ["before", "and me", "missed 1", "missed 2", "missed 3", "after"]);
    keep_picture(&ann, "1280-gap.png");
}

/// Asserts that the page has thrown no error.
fn has_thrown_nothing(person: &Person<'_>) {
    let thrown: Vec<_> = person
        .console()
        .into_iter()
        .filter(|entry| {
            !entry["params"]["exceptionDetails"].is_null() || !entry["exceptionDetails"].is_null()
        })
        .collect();
    assert!(thrown.is_empty(), "{thrown:#?}");
}

#[test]
fn older_lines_that_were_asked_for_twice_are_there_once() {
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let mut raw = server.voice();
    (0..120).for_each(|number| raw.says(&format!("line {number}")));
    raw.hears("line 119");
    let ann = comes_by_a_held_line(&browser, &server.url());
    ann.hears("line 119");
    ann.sees("window.answers = 0; holds = told => told.type === 'history' && (answers += 1, true)");
    ann.scrolls_to(0);
    ann.waits_until("answers === 1");
    // The end of a reconnect, during which the page had already asked for older lines.
    ann.sees("tells({ type: 'caught-up', room: 'lobby' })");
    ann.waits_until("answers === 2");
    ann.sees("letGo()");
    ann.hears("line 30");
    ann.scrolls_to(0);
    ann.hears("line 0");
    let expected: Vec<_> = (0..120).map(|number| format!("line {number}")).collect();
    assert_eq!(ann.log(), expected, "each once, in order");
}

#[test]
fn what_everybody_has_already_is_never_back_in_the_field() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_held_line(&browser, &server.url());
    ann.sees("(holds = told => told.type === 'sent', 1)");
    ann.says("The kettle is on.");
    ann.waits_until("!!document.querySelector('.own .text[data-seq]')");
    let id = ann.reads(
        "Object.keys(localStorage).find(name => name.includes('.unsent.')).split('.').pop()",
    );
    for (reason, wait) in [("too-many-devices", 0), ("too-fast", 4900)] {
        ann.sees(&format!(
            "tells({{ type: 'refused', room: 'lobby', id: '{id}', reason: '{reason}', wait: {wait} }})"
        ));
        assert_eq!(ann.field(), "", "{reason}");
        assert_eq!(ann.reads("document.querySelector('#note').innerText"), "", "{reason}");
    }
    ann.mark_will_be("The kettle is on.", "sending");
    ann.sees("letGo()");
    ann.mark_will_be("The kettle is on.", "sent");
    assert_eq!(ann.times_in_log("The kettle is on."), 1);
}

#[test]
fn what_is_kept_is_not_called_unsent_for_want_of_its_line() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = comes_by_a_held_line(&browser, &proxy.url());
    // As with requests, whose answer can come before the message's line.
    ann.sees(
        "(holds = told => { window.isKept = window.isKept || told.type === 'sent'; return told.type === 'message'; }, 1)",
    );
    ann.says("The kettle is on.");
    ann.waits_until("window.isKept");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.mark_will_be("The kettle is on.", "sending");
    ann.sees("(holds = () => false, 1)");
    proxy.heal();
    comes_back(&ann);
    ann.mark_will_be("The kettle is on.", "sent");
    assert_eq!(ann.times_in_log("The kettle is on."), 1);
}

#[test]
fn what_was_deleted_before_it_was_kept_is_not_said_again() {
    let server = Server::start();
    let browser = Browser::start();
    let proxy = Proxy::to(server.address());
    let ann = comes_by_a_held_line(&browser, &proxy.url());
    ann.sees("(holds = told => told.type === 'sent', 1)");
    ann.says("The kettle is on.");
    ann.waits_until("!!document.querySelector('.own .text[data-seq]')");
    ann.says("/delete");
    ann.hears("Message deleted.");
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.sees("(holds = () => false, 1)");
    proxy.heal();
    comes_back(&ann);
    ann.waits_until("!Object.keys(localStorage).some(name => name.includes('.unsent.'))");
    ann.says("Two cups?");
    ann.mark_will_be("Two cups?", "sent");
    assert_eq!(ann.log(), ["Message deleted.", "Two cups?"]);
    has_thrown_nothing(&ann);
}

#[test]
fn a_change_of_what_was_said_in_an_old_log_stays_in_the_field() {
    let server = Server::start();
    let address = server.address();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is off.");
    ann.mark_will_be("The kettle is off.", "sent");
    ann.presses("ArrowUp");
    ann.waits_until("!document.querySelector('#editing').hidden");
    ann.types(" Or on.");
    server.stop();
    ann.line_will_say("Connection closed.");
    let _server = Server::start_with(&address.to_string(), &[]);
    comes_back(&ann);
    ann.waits_until("!!document.querySelector('.gap')");
    ann.goes_to_field();
    ann.presses("Enter");
    ann.waits_until(
        "document.querySelector('#note').innerText.startsWith('You can edit or delete only your own')",
    );
    assert_eq!(ann.field(), "The kettle is off. Or on.");
}

#[test]
fn a_change_that_waited_for_an_old_log_is_not_made_in_a_new_one() {
    let server = Server::start();
    let address = server.address();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is off.");
    ann.mark_will_be("The kettle is off.", "sent");
    server.stop();
    ann.line_will_say("Connection closed.");
    ann.presses("ArrowUp");
    ann.waits_until("!document.querySelector('#editing').hidden");
    ann.types(" Or on.");
    ann.presses("Enter");
    ann.mark_will_be("The kettle is off.", "Edit: will send when reconnected");
    let token = ann.reads("localStorage['threadbare.session']");
    // She leaves the page before the server is back, and another device of hers says the first line
    // of the new log.
    ann.goes_to("about:blank");
    let server = Server::start_with(&address.to_string(), &[]);
    let phones = Browser::start();
    let phone = phones.opens(&format!("{}?s={token}", server.url()));
    phone.says("The tea is green.");
    phone.mark_will_be("The tea is green.", "sent");
    ann.goes_to(&server.url());
    ann.is_connected();
    ann.waits_until("!Object.keys(localStorage).some(name => name.includes('.unsent.'))");
    ann.says(" (That was before.)");
    let both = ["The tea is green.", "The kettle is off. Or on. (That was before.)"];
    phone.hears(both[1]);
    assert_eq!(phone.log(), both, "the words are the author's again, and change nothing");
}

#[test]
fn a_change_that_waits_for_an_old_log_marks_no_line_of_the_new_one() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = comes_by_a_held_line(&browser, &server.url());
    is_called(&ann, "Ann");
    ann.says("The kettle is off.");
    ann.mark_will_be("The kettle is off.", "sent");
    ann.sees("(holds = told => ['edit', 'sent'].includes(told.type), 1)");
    ann.presses("ArrowUp");
    ann.waits_until("!document.querySelector('#editing').hidden");
    ann.types(" Or on.");
    ann.presses("Enter");
    ann.mark_will_be("The kettle is off.", "Edit: sending");
    // The server has a new log; another device of hers has said its first line.
    ann.sees(
        "[{ type: 'joined', room: 'lobby', epoch: 'new', seq: 1, from: 1, topic: '', people: 1 }, \
          { type: 'message', room: 'lobby', seq: 1, time: Date.now(), from: 'Ann', own: true, text: 'The tea is green.' }] \
         .forEach(told => tells(told))",
    );
    ann.hears("The tea is green.");
    assert_eq!(ann.mark_of("The tea is green."), "sent");
    assert_eq!(ann.log(), ["The kettle is off.", "The tea is green."]);
}
