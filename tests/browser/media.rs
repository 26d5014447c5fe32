//! The page for other eyes: in greys, without motion, in forced colours, on paper. Questions 6 and
//! 22 of `docs/PAGE.md`.

use serde_json::{Value, json};

use crate::cuts::comes_back;
use crate::host::{Proxy, Server};
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::{is_called, opens_panel};
use crate::scriptless;

/// What a row has besides colour and words: its knot, its background, its lines, its weight.
const SHAPE: &str = "(row => { const drawn = part => { const style = getComputedStyle(row, part); \
        return style.content === 'none' ? 'none' \
            : [style.borderTopWidth, style.borderInlineStartWidth, style.borderInlineStartStyle, style.width].join(' '); }; \
    const text = row.querySelector('.text b'); const mark = row.querySelector('.mark'); \
    return [drawn('::before'), drawn('::after'), getComputedStyle(row).borderStartStartRadius, \
        text ? getComputedStyle(text).fontWeight : '', mark ? mark.innerText : '', \
        row.querySelector('button:not(.who)') ? 'button' : ''].join('; '); })";

#[test]
fn in_greys_own_private_mention_not_sent_and_gap_differ_in_words_and_in_shape() {
    let server = Server::start();
    let address = server.address();
    let browser = Browser::start();
    let proxy = Proxy::to(address);
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    let ann = browser.comes(&proxy.url(), DESKTOP);
    is_called(&ann, "Ann");
    // The server begins a new log: the page says so, and the older messages are gone.
    server.stop();
    let _server = Server::start_with(&address.to_string(), &[]);
    [&ann, &bo].into_iter().for_each(comes_back);
    ann.waits_until("!!document.querySelector('.gap')");
    bo.says("Shall we start?");
    ann.hears("Shall we start?");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", "sent");
    bo.says("Ann, the kettle?");
    ann.hears("Ann, the kettle?");
    bo.says("/msg Ann the cake is a secret");
    let private = "[...document.querySelectorAll('.note')].find(note => note.innerText.includes('private message'))";
    ann.waits_until(&format!("!!{private}"));
    proxy.cut();
    ann.line_will_say("Connection closed.");
    ann.says("This one waits.");
    ann.mark_will_be("This one waits.", "will send when reconnected");
    ann.sees_no_colours(true);
    let waits = "[...document.querySelectorAll('.own')].pop()";
    let rows = [
        ("another's", "document.querySelector('.said.turn:not(.own)')", "Bo"),
        ("own", "document.querySelector('.own.turn')", "you"),
        ("mention", "document.querySelector('.hit')", "to you"),
        ("private", private, "New private message from Bo."),
        ("not sent", waits, "will send when reconnected"),
        ("gap", "document.querySelector('.gap')", "The server started a new history."),
    ];
    let shapes = rows.map(|(what, row, words)| {
        let text = ann.reads(&format!("{row}.textContent"));
        assert!(text.contains(words), "{what} says {words}: {text}");
        ann.reads(&format!("{SHAPE}({row})"))
    });
    for (nth, shape) in shapes.iter().enumerate() {
        let same = shapes[..nth].iter().position(|other| other == shape);
        assert_eq!(same.map(|other| rows[other].0), None, "{} looks like it: {shape}", rows[nth].0);
    }
    // After all checks, because a picture takes a while and after ten seconds the mark of a waiting
    // message changes.
    keep_picture(&ann, "1280-grey-five.png");
    // Private messages are shown next to a double thread.
    opens_panel(&ann, "private");
    let double = "(thread => [thread.borderInlineStartWidth, thread.borderInlineEndWidth])\
        (getComputedStyle(document.querySelector('#letters'), '::before'))";
    assert_eq!(ann.sees(double), json!(["2px", "2px"]));
}

/// Elements that move by themselves, or would.
const MOVES: &str = "[...document.querySelectorAll('*')].flatMap(element => \
    [null, '::before', '::after', '::placeholder'].map(part => [element, part, getComputedStyle(element, part)]))\
    .filter(([, , style]) => style.scrollBehavior !== 'auto' \
    || (style.animationName !== 'none' && parseFloat(style.animationDuration) > 0) \
    || (style.transitionProperty !== 'none' && style.transitionDuration.split(',').some(time => parseFloat(time) > 0)))\
    .map(([element, part]) => `${part} ${element.outerHTML.slice(0, 80)}`)";

#[test]
fn for_who_wants_no_motion_nothing_moves() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut bo = server.voice();
    (0..60).for_each(|number| bo.says(&format!("line {number}")));
    ann.hears("line 59");
    ann.scrolls_to(0);
    bo.says("more");
    ann.waits_until("!document.querySelector('#pill').hidden");
    // Only the pills of the room and of a private talk move, softly, and nothing else.
    let moving = ann.sees(MOVES);
    let is_pill = |one: &serde_json::Value| one.as_str().unwrap().contains("pill\"");
    assert_eq!(moving.as_array().unwrap().len(), 2, "{moving}");
    assert!(moving.as_array().unwrap().iter().all(is_pill), "{moving}");
    assert!(moving[0].as_str().unwrap().contains("id=\"pill\""), "{moving}");
    ann.prefers("prefers-reduced-motion", "reduce");
    assert_eq!(ann.sees(MOVES), json!([]));
    for panel in ["people", "places", "search", "me", "private"] {
        opens_panel(&ann, panel);
        assert_eq!(ann.sees(MOVES), json!([]), "{panel}");
        assert_eq!(ann.sees("document.getAnimations().length"), 0, "{panel}");
    }
    let plain = scriptless::opens(&browser, &server, DESKTOP);
    assert_eq!(plain.sees(MOVES), json!([]), "without scripts");
}

/// The width of each of these lines, and whether all of them stand out from the background that the
/// browser chose.
fn lines(person: &Person<'_>, drawn: &[(&str, &str, &str)]) -> Value {
    let all: Vec<_> = drawn
        .iter()
        .map(|(selector, part, side)| {
            format!(
                "(style => [parseFloat(style['border{side}Width']), style['border{side}Style'], \
                 style['border{side}Color'] !== ground])\
                 (getComputedStyle(document.querySelector('{selector}'), '{part}'))"
            )
        })
        .collect();
    person.sees(&format!(
        "(ground => [{}])(getComputedStyle(document.documentElement).backgroundColor)",
        all.join(", ")
    ))
}

#[test]
fn in_forced_colours_thread_knots_and_buttons_are_seen() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("The kettle is on.");
    let ann = browser.opens(&server.url());
    ann.hears("The kettle is on.");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", "sent");
    ann.prefers("forced-colors", "active");
    ann.waits_until("matchMedia('(forced-colors: active)').matches");
    let live = [
        ("main", "::before", "Left"),
        ("#state", "::before", "Bottom"),
        (".said.turn:not(.own)", "::before", "Top"),
        (".own.turn", "::before", "Top"),
        ("#field", "", "Top"),
        ("#send", "", "Top"),
    ];
    let seen = lines(&ann, &live);
    let thick = |width| json!([width, "solid", true]);
    let agreed = [2, 2, 2, 6, 1, 1].map(thick);
    assert_eq!(seen, json!(agreed));
    keep_picture(&ann, "1280-forced.png");
    let plain = scriptless::opens(&browser, &server, DESKTOP);
    scriptless::says(&plain, "So am I.");
    plain.prefers("forced-colors", "active");
    plain.waits_until("matchMedia('(forced-colors: active)').matches");
    let written = [
        ("ol", "::before", "Left"),
        ("li.own .name", "::before", "Top"),
        ("li:not(.own) .name", "::before", "Top"),
        ("#say input[name=text]", "", "Top"),
        ("#say button", "", "Top"),
    ];
    let seen = lines(&plain, &written);
    assert_eq!(seen, json!([2, 6, 2, 1, 1].map(thick)), "without scripts");
    keep_picture(&plain, "1280-forced-scriptless.png");
}

#[test]
fn on_paper_is_what_was_said_and_nothing_to_press() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut bo = server.voice();
    (0..60).for_each(|number| bo.says(&format!("line {number}")));
    ann.hears("line 59");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", "sent");
    opens_panel(&ann, "me");
    ann.scrolls_to(100);
    bo.says("more");
    ann.waits_until("!document.querySelector('#pill').hidden");
    let plain = scriptless::opens(&browser, &server, DESKTOP);
    let shown = "[...document.querySelectorAll('button:not(.who), input, textarea, form, nav, #pill, #state, .sheet, .ways')]\
        .filter(one => one.checkVisibility()).map(one => one.outerHTML.slice(0, 80))";
    // The first and the last message are on paper, wherever the reader was, and none is torn.
    let whole = "(rows => rows[0].getBoundingClientRect().top >= 0 \
        && rows[rows.length - 1].getBoundingClientRect().bottom \
            <= document.documentElement.scrollHeight + 1 \
        && rows.every(row => getComputedStyle(row).orphans >= 5 && getComputedStyle(row).widows >= 5 \
            && row.getBoundingClientRect().height > 0))\
        ([...document.querySelectorAll('.said')])";
    ann.prints(true);
    ann.waits_until("matchMedia('print').matches");
    assert_eq!(ann.sees(shown), json!([]));
    assert_eq!(ann.sees(whole), true);
    assert!(ann.measures("document.documentElement.scrollHeight") > 1200.0, "more than a window");
    let black = "[...document.querySelectorAll('.said .text, .said .head')].every(one => \
        getComputedStyle(one).color === 'rgb(0, 0, 0)') \
        && getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)' \
        && getComputedStyle(document.querySelector('main'), '::before').display === 'none'";
    assert_eq!(ann.sees(black), true, "black on white, and no thread");
    plain.prints(true);
    plain.waits_until("matchMedia('print').matches");
    let shown = shown.replace("form, nav", "nav").replace("input, ", "");
    assert_eq!(plain.sees(&shown), json!([]), "without scripts");
}
