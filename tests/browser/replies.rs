//! Replies: what a person replies to stands over the field, and over the reply.

use serde_json::json;

use crate::ends::{is_told, says_and_holds_the_socket};
use crate::host::Server;
use crate::look::keep_picture;
use crate::offers::OFFERED;
use crate::page::{Browser, DESKTOP, PHONE};
use crate::people::is_called;
use crate::scene::Caller;

const NOTE: &str = "document.querySelector('#note').innerText";

/// What stands over the field.
const STRIP: &str =
    "(strip => strip.hidden ? '' : strip.innerText)(document.querySelector('#editing'))";

/// Focuses the first message and presses its first action. The log may just move under the pointer,
/// which takes the bar away: then once more.
const REPLIES_TO_FIRST: &str = "(row => { row.focus(); \
    const one = row.querySelector('.actions button'); \
    if (one) one.click(); return Boolean(one); })(document.querySelector('.said'))";

#[test]
fn a_reply_shows_the_first_words_of_its_message_and_leads_there() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    bo.says("Shall we start?\nThe kettle is on.");
    ann.hears("Shall we start?\nThe kettle is on.");
    for nth in 0..30 {
        server.voice().says(&format!("noise {nth}"));
    }
    ann.hears("noise 29");
    ann.waits_until(REPLIES_TO_FIRST);
    let strip = "Replying to Bo: Shall we start? The kettle is on.";
    ann.waits_until(&format!("{STRIP}.startsWith('{strip}')"));
    keep_picture(&ann, "1280-replying.png");
    // Cancel and Escape end it, and the text stays.
    ann.types("Yes");
    ann.clicks("#editing button");
    ann.waits_until(&format!("{STRIP} === ''"));
    ann.waits_until(REPLIES_TO_FIRST);
    ann.waits_until(&format!("{STRIP} !== ''"));
    ann.presses("Escape");
    ann.waits_until(&format!("{STRIP} === ''"));
    assert_eq!(ann.field(), "Yes");
    ann.waits_until(REPLIES_TO_FIRST);
    ann.presses("Enter");
    bo.hears("Yes");
    ann.mark_will_be("Yes", "sent");
    assert_eq!(ann.reads(STRIP), "");
    let quote = "document.querySelector('.own .quote')";
    assert_eq!(ann.reads(&format!("{quote}.querySelector('.who').innerText")), "Bo");
    // A screen reader says what the words are.
    let heard = format!("{quote}.querySelector('.heard')?.textContent");
    assert_eq!(ann.reads(&heard), "In reply to ");
    assert!(
        ann.reads(&format!("{quote}.innerText")).ends_with("Shall we start? The kettle is on.")
    );
    keep_picture(&ann, "1280-reply.png");
    // A press goes to the message, in the live log.
    ann.sees("window.same = true");
    ann.clicks(".own .quote");
    ann.waits_until("document.activeElement.querySelector('.text').innerText.startsWith('Shall')");
    ann.waits_until("document.activeElement.getBoundingClientRect().top > 0 && window.same");
    // What follows is no reply.
    ann.goes_to_field();
    ann.says("and more");
    ann.mark_will_be("and more", "sent");
    assert_eq!(ann.measures("document.querySelectorAll('.quote').length"), 1.0);
}

#[test]
fn who_replies_to_a_person_speaks_to_them_and_what_is_not_here_is_a_number() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    says_and_holds_the_socket(&ann);
    ann.mark_will_be("#", "sent");
    let line = |seq: u64, reply: u64, text: &str| {
        is_told(
            &ann,
            &json!({ "type": "message", "room": "lobby", "seq": seq, "from": "Bo", "text": text,
                     "time": 1_700_000_000_000_u64 + seq, "reply": reply }),
        );
        ann.hears(text);
    };
    let quote = |nth: usize| format!("document.querySelectorAll('.quote > bdi')[{nth}].innerText");
    line(2, 1, "to you");
    assert_eq!(ann.measures("document.querySelectorAll('.hit').length"), 1.0);
    assert_eq!(ann.reads(&quote(0)), "#");
    line(3, 2, "to myself");
    line(4, 3999, "to what is not here");
    assert_eq!(ann.reads(&quote(1)), "to you");
    assert_eq!(ann.reads(&quote(2)), "#3999");
    assert_eq!(ann.measures("document.querySelectorAll('.hit').length"), 1.0);
}

#[test]
fn a_reply_is_typed_as_a_command_to_the_last_message_or_to_a_number() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    ann.says("/reply to nobody");
    ann.waits_until(&format!("{NOTE} === 'Nobody else has written here yet.'"));
    assert_eq!(ann.field(), "/reply to nobody");
    ann.sees("document.querySelector('#field').value = ''");
    for text in ["tea?", "or coffee?"] {
        bo.says(text);
        ann.hears(text);
    }
    let quote = "[...document.querySelectorAll('.own .quote > bdi')].map(q => q.innerText).join()";
    ann.says("/reply both");
    ann.mark_will_be("both", "sent");
    assert_eq!(ann.reads(quote), "or coffee?");
    ann.says("/reply #1 yes");
    ann.mark_will_be("yes", "sent");
    assert_eq!(ann.reads(quote), "or coffee?,tea?");
    for text in ["/reply", "/reply #1"] {
        ann.says(text);
        ann.waits_until(&format!(
            "{NOTE}.startsWith('Type it like this: /reply TEXT or /reply #42')"
        ));
        ann.sees("document.querySelector('#field').value = ''");
    }
    // What the server refuses comes back as it was typed.
    ann.says("/reply #99 to what is not there");
    ann.waits_until(&format!("{NOTE}.startsWith('There is no such message to reply to.')"));
    assert_eq!(ann.field(), "/reply #99 to what is not there");
    ann.sees("document.querySelector('#field').value = ''");
    // Commands are completed by Tab, and listed.
    ann.types("/repl");
    ann.waits_until(&format!("{OFFERED} === '/reply'"));
    ann.presses("Tab");
    assert_eq!(ann.field(), "/reply ");
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("/help");
    ann.waits_until("document.querySelector('#rows').innerText.includes('/reply #42 TEXT')");
    // The list is there once, and can be closed.
    ann.says("/help");
    let lists = "[...document.querySelectorAll('.note')].filter(it => it.innerText.includes('/reply #42 TEXT'))";
    ann.waits_until(&format!(
        "document.querySelector('#field').value === '' && {lists}.length === 1"
    ));
    ann.sees(&format!("{lists}[0].querySelector('button').click()"));
    ann.waits_until(&format!("{lists}.length === 0"));
}

#[test]
fn a_quote_follows_its_message_when_that_is_changed_or_deleted() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    bo.says("tea?");
    ann.hears("tea?");
    ann.says("/reply #1 yes");
    bo.hears("yes");
    // One's own name has one colour in messages and in quotes, whoever quotes.
    bo.says("/reply #2 good");
    ann.hears("good");
    ann.says("/reply #2 I mean");
    let names = "['.own .head .who', '.said:not(.own) .quote .who', '.own:last-child .quote .who']";
    let colours =
        format!("new Set({names}.map(it => getComputedStyle(document.querySelector(it)).color))");
    ann.waits_until(&format!("{colours}.size === 1"));
    // What stands over the field quotes it, too.
    ann.waits_until(REPLIES_TO_FIRST);
    ann.waits_until(&format!("{STRIP}.startsWith('Replying to Bo: tea?')"));
    let quote = "document.querySelector('.quote > bdi').innerText";
    for (text, words) in [("/edit #1 cake?", "cake?"), ("/delete #1", "Message deleted.")] {
        bo.says(text);
        for person in [&ann, &bo] {
            person.hears(words);
            person.waits_until(&format!("{quote} === '{words}'"));
        }
        ann.waits_until(&format!("{STRIP}.startsWith('Replying to Bo: {words}')"));
    }
    // One's own message, deleted by its row.
    ann.presses("Escape");
    ann.says("mine");
    ann.mark_will_be("mine", "sent");
    let own = "document.querySelector('.own:last-child')";
    ann.sees(&format!("{own}.focus()"));
    ann.waits_until(&format!("!!{own}.querySelector('.actions')"));
    ann.clicks(".actions button");
    ann.types("to myself");
    ann.presses("Enter");
    ann.mark_will_be("to myself", "sent");
    ann.sees(
        "[...document.querySelectorAll('.own')].find(it => it.innerText.includes('mine')).focus()",
    );
    ann.waits_until("!!document.activeElement.querySelector('.actions')");
    ann.clicks(".actions button:nth-child(3)");
    ann.clicks(".actions button:nth-child(3)");
    ann.waits_until("[...document.querySelectorAll('.own .quote > bdi')].pop().innerText === 'Message deleted.'");
}

#[test]
fn a_deleted_message_calls_nobody_and_no_quote_has_its_words() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    ann.says("soup?");
    bo.hears("soup?");
    bo.says("/reply #1 Ann, it is hot");
    ann.hears("Ann, it is hot");
    ann.says("/reply #2 good");
    bo.hears("good");
    ann.waits_until("document.querySelectorAll('#rows .hit').length === 1");
    bo.says("/delete #2");
    for person in [&ann, &bo] {
        person.hears("Message deleted.");
        let quotes =
            "[...document.querySelectorAll('.quote > bdi')].map(it => it.innerText).join('|')";
        person.waits_until(&format!("{quotes} === 'Message deleted.'"));
        let calls = "[...document.querySelectorAll('.hit .text')].some(it => it.innerText.includes('deleted'))";
        person.waits_until(&format!("!{calls}"));
        let rows = person.reads("document.querySelector('#rows').innerText");
        assert!(!rows.contains("it is hot"), "{rows}");
    }
}

#[test]
fn a_quote_is_as_long_and_looks_the_same_with_scripts_and_without() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&ann, "Ann");
    is_called(&bo, "Bo");
    let long = "🍵 tea and \u{202e}coffee, ".repeat(10);
    bo.says(&long);
    ann.waits_until("!!document.querySelector('.said')");
    ann.says("/reply #1 both");
    ann.mark_will_be("both", "sent");
    let words = "document.querySelector('.quote > bdi, .quote a > bdi:last-child').textContent";
    let look = "(q => [q, q.querySelector('.who'), q.querySelector('bdi:last-child')].map(one => \
        (({ fontSize, fontWeight, color }) => [fontSize, fontWeight, color].join(' '))\
        (getComputedStyle(one))).join('; '))(document.querySelector('.quote'))";
    for visit in [DESKTOP, PHONE] {
        let live = browser.comes(&server.url(), visit);
        live.hears("both");
        let plain = browser.looks_at("about:blank", visit);
        plain.opens_without_scripts(&format!("{}r/lobby", server.url()));
        assert_eq!(live.reads(words), plain.reads(words));
        assert!(live.reads(words).contains("[U+202E]coffee"), "{}", live.reads(words));
        assert_eq!(live.reads(look), plain.reads(look));
        // One line, which ends in dots.
        for page in [&live, &plain] {
            let height = page.measures("document.querySelector('.quote').offsetHeight");
            assert!(height <= if visit.touch { 50.0 } else { 24.0 }, "{height}");
        }
        keep_picture(&live, &format!("{}-quote.png", visit.width));
        keep_picture(&plain, &format!("{}-quote-plain.png", visit.width));
    }
}

#[test]
fn who_takes_their_name_sees_at_once_what_is_to_them_and_what_they_replied_to() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let laptop = browser.opens(&server.url());
    laptop.says("/name Ivo#fish");
    laptop.waits_until("document.querySelector('#me summary').innerText === 'Ivo'");
    bo.says("lobby", "Shall we start?");
    laptop.hears("Shall we start?");
    laptop.waits_until(REPLIES_TO_FIRST);
    laptop.waits_until(&format!("{STRIP} !== ''"));
    laptop.types("Yes, now");
    laptop.presses("Enter");
    laptop.mark_will_be("Yes, now", "sent");
    bo.says("lobby", "@Ivo, tea?");
    let answer = json!({ "type": "say", "room": "lobby", "reply": 2, "text": "Not yet" });
    bo.sends(answer);
    let phone = browser.comes(&server.url(), PHONE);
    phone.hears("Not yet");
    let look = "[...document.querySelectorAll('#rows .said')].map(row => \
        [row.matches('.own') ? 'own' : row.matches('.hit') ? 'hit' : '', \
         row.querySelector('.quote > bdi')?.innerText, \
         row.querySelector('.text b')?.innerText, row.querySelector('.called')?.textContent]\
        .filter(Boolean).join(' ')).join('|')";
    assert_eq!(phone.reads(look), "|Shall we start?||Yes, now");
    phone.says("/name Ivo#fish");
    phone.waits_until("document.querySelector('#me summary').innerText === 'Ivo'");
    let right = "|own Shall we start?|hit Ivo to you: |hit Yes, now to you: ";
    phone.waits_until(&format!("{look}.startsWith('|own')"));
    assert_eq!(phone.reads(look), right);
    phone.reloads();
    phone.is_connected();
    phone.waits_until(&format!("{look} === '{right}'"));
}

#[test]
fn after_a_reload_a_quote_of_a_line_far_back_has_its_words_for_everybody() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    is_called(&ann, "Ann");
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    for number in 1..=130 {
        bo.says("lobby", &format!("line {number}"));
    }
    ann.hears("line 130");
    // One is among the first lines of the room, the other is not.
    for (nth, words) in [(16, "early"), (70, "late")] {
        bo.sends(json!({ "type": "say", "room": "lobby", "reply": nth, "text": words }));
    }
    ann.hears("late");
    let quotes = "[...document.querySelectorAll('.quote > bdi')].map(q => q.innerText).join()";
    ann.reloads();
    for person in [&ann, &browser.opens(&server.url())] {
        person.waits_until(&format!("{quotes} === 'line 16,line 70'"));
    }
}
