//! Question 19 of `docs/PAGE.md`: a page that is written from right to left, and messages
//! of all directions in either kind of page.

use serde_json::{Value, json};

use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, Person};
use crate::people::is_called;
use crate::scriptless;

/// Three people with names in three scripts, and their messages; each text ends in a sign of its
/// own direction.
const TALK: [(&str, &str, bool); 3] = [
    ("ليلى", "مرحبا، Bo و 小明!", true),
    ("Bo", "Hello ليلى, all 3 of you!", false),
    ("小明", "你好 ليلى (hello)!", false),
];

/// For each message: where its name, its time and its text begin and end, in px from the side where
/// the page begins; and on which side of the sign before it the last sign is.
const PLACES: &str = "(rows => { const page = document.documentElement.dir === 'rtl'; \
    const column = rows[0].closest('main').getBoundingClientRect(); \
    const from = r => page ? [column.right - r.right, column.right - r.left] \
        : [r.left - column.left, r.right - column.left]; \
    const sign = (node, nth) => { const range = document.createRange(); range.setStart(node, nth); \
        range.setEnd(node, nth + 1); return range.getBoundingClientRect(); }; \
    return rows.map(row => { const text = row.querySelector('.text'); \
        const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT); let last; \
        while (nodes.nextNode()) last = nodes.currentNode; \
        const [one, end] = [last.length - 2, last.length - 1].map(nth => sign(last, nth)); \
        const words = document.createRange(); words.selectNodeContents(text); \
        return { name: from(row.querySelector('bdi').getBoundingClientRect()), \
            time: from(row.querySelector('time').getBoundingClientRect()), \
            text: from(words.getBoundingClientRect()), textIs: getComputedStyle(text).direction, \
            endIsRight: end.left >= one.right - 1, endIsLeft: end.right <= one.left + 1, \
            words: text.textContent }; }); })";

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// Name, time and text of each message are in place, in a page of either direction.
fn are_in_place(person: &Person<'_>, rows: &str, is_rtl: bool) {
    let places = person.sees(&format!("{PLACES}([...document.querySelectorAll('{rows}')])"));
    for (_, text, text_is_rtl) in TALK {
        let row = places.as_array().unwrap().iter().find(|row| row["words"] == text);
        let row = row.unwrap_or_else(|| panic!("no {text} in {places}"));
        // Name and time are at the page's beginning, in this order.
        assert!(number(&row["name"][0]) < 48.0, "{text}: {row}");
        assert!(number(&row["time"][0]) >= number(&row["name"][1]), "{text}: {row}");
        assert!(number(&row["time"][1]) < 300.0, "{text}: {row}");
        // Each text has its own direction, and its last sign is at its end.
        assert_eq!(row["textIs"], if text_is_rtl { "rtl" } else { "ltr" }, "{text}: {row}");
        let end = if text_is_rtl { "endIsLeft" } else { "endIsRight" };
        assert_eq!(row[end], true, "{text}: {row}");
        if text_is_rtl == is_rtl {
            let apart = number(&row["text"][0]) - number(&row["name"][0]);
            assert!(apart.abs() < 1.0, "{text} begins where its name does: {row}");
        }
    }
}

#[test]
fn names_keep_their_order_in_a_sentence_of_the_other_direction() {
    let server = Server::start();
    let browser = Browser::start();
    let kitchen = format!("{}r/kitchen", server.url());
    let ann = browser.opens(&kitchen);
    for (name, told) in [("نور", "نور joined"), ("هدى", "نور, هدى joined")] {
        let person = browser.opens(&server.url());
        is_called(&person, name);
        person.goes_to(&kitchen);
        person.waits_until("location.pathname === '/r/kitchen'");
        person.is_connected();
        ann.waits_until(&format!(
            "[...document.querySelectorAll('.note')].some(note => note.innerText === '{told}')"
        ));
    }
    let note = "[...document.querySelectorAll('.note')].pop()";
    let place = |nth: usize| {
        let name = format!("{note}.querySelectorAll('bdi')[{nth}]");
        ann.measures(&format!("{name}.getBoundingClientRect().left"))
    };
    assert!(place(0) < place(1), "{} {}", place(0), place(1));
}

#[test]
fn names_texts_and_their_ends_are_in_place_in_pages_of_both_directions() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    for (name, text, _) in TALK {
        let person = browser.opens(&server.url());
        is_called(&person, name);
        person.says(text);
        person.mark_will_be(text, "sent");
    }
    ann.says("نعم!");
    ann.mark_will_be("نعم!", "sent");
    ann.hears(TALK[2].1);
    are_in_place(&ann, ".said:not(.own)", false);
    ann.sees("document.documentElement.dir = 'rtl'");
    are_in_place(&ann, ".said:not(.own)", true);
    // The thread, its knots, its end and the words next to them: the same, from the right.
    let places = ann.sees(
        "(() => { const at = selector => document.querySelector(selector); \
         const end = at('main').getBoundingClientRect().right; \
         const right = selector => end - at(selector).getBoundingClientRect().right; \
         const drawn = selector => right(selector) + parseFloat(getComputedStyle(at(selector), '::before').right); \
         const words = selector => { const range = document.createRange(); \
             range.selectNodeContents(at(selector)); return end - range.getBoundingClientRect().right; }; \
         return [drawn('main'), drawn('#state'), drawn('.said.turn:not(.own)'), drawn('.own.turn'), \
             words('#state .words'), words('.own .text'), words('h1'), right('#field')]; })()",
    );
    let agreed = [21.0, 21.0, 16.0, 16.0, 44.0, 44.0, 44.0, 16.0];
    for (nth, px) in agreed.into_iter().enumerate() {
        assert!((number(&places[nth]) - px).abs() < 1.0, "{nth} of {places} is not at {px}");
    }
    // Things at the end of a row are on the left now: the mark, Send.
    let end = "document.querySelector('.own .mark').getBoundingClientRect().left \
        - document.querySelector('main').getBoundingClientRect().left";
    assert!(ann.measures(end) < 48.0, "{}", ann.measures(end));
    let send = "document.querySelector('#send').getBoundingClientRect().right \
        < document.querySelector('#field').getBoundingClientRect().left";
    assert_eq!(ann.sees(send), true);
    assert_eq!(ann.sees("document.documentElement.scrollWidth <= innerWidth"), true);
    keep_picture(&ann, "1280-rtl.png");

    // The same without scripts.
    let plain = scriptless::opens(&browser, &server, DESKTOP);
    scriptless::sees_line(&plain, "نعم!");
    are_in_place(&plain, "ol > li[value]", false);
    plain.sees("document.documentElement.dir = 'rtl'");
    are_in_place(&plain, "ol > li[value]", true);
    let thread = plain.sees(
        "(list => { const right = list.getBoundingClientRect().right; \
         const drawn = element => { const style = getComputedStyle(element, '::before'); \
             return parseFloat(style.right) + parseFloat(style.width) / 2; }; \
         const name = list.querySelector('.name'); \
         const row = right - name.closest('li').getBoundingClientRect().right; \
         return [drawn(list), row + drawn(name)]; })(document.querySelector('ol'))",
    );
    let [line, knot] = [0, 1].map(|nth| number(&thread[nth]));
    assert!(line < 24.0 && (line - knot).abs() <= 1.0, "the knots hang on the thread: {thread}");
    keep_picture(&plain, "1280-rtl-scriptless.png");
    assert_eq!(plain.sees("document.documentElement.scrollWidth <= innerWidth"), json!(true));
}

/// The signs of an element as a reader sees them, from left to right, all on one line.
const READS: &str = "(element => { const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT); \
    const signs = []; \
    while (nodes.nextNode()) for (let nth = 0; nth < nodes.currentNode.length; nth += 1) { \
        const range = document.createRange(); range.setStart(nodes.currentNode, nth); \
        range.setEnd(nodes.currentNode, nth + 1); const place = range.getBoundingClientRect(); \
        if (place.width) signs.push([place.left, nodes.currentNode.data[nth]]); } \
    return signs.sort((one, other) => one[0] - other[0]).map(sign => sign[1]).join(''); })";

/// Without protection, each would look like an address of the bank: after a link, before one,
/// around one, and within one.
const MASKS: [(&str, &[&str]); 5] = [
    ("http://example.org/\u{202e}gro.knab.live//:ptth", &["http://example.org/"]),
    (
        "\u{202e}http://example.org/gro.knab.live//:ptth",
        &["http://example.org/gro.knab.live//:ptth"],
    ),
    ("\u{200f}\u{202d}see \u{202e}http://example.org/b", &["http://example.org/b"]),
    ("\u{2067}http://example.org/\u{200f}bank\u{200f}.live\u{2069}", &["http://example.org/"]),
    (
        "\u{2068}http://example.org/c\u{2069} \u{202e}gro.knab.live//:ptth",
        &["http://example.org/c"],
    ),
];

/// Each link looks like the address to which it leads, and no text looks like an address that it is
/// not.
fn nothing_is_masked(person: &Person<'_>, page: &str) {
    let texts = "[...document.querySelectorAll('.text')].filter(text => text.querySelector('a'))";
    person.waits_until(&format!("{texts}.length >= {}", MASKS.len()));
    let links = person.sees(&format!(
        "{texts}.map(text => [...text.querySelectorAll('a')].map(a => [{READS}(a), a.href]))"
    ));
    let mut expected: Vec<Value> = MASKS.iter().map(|(_, links)| json!(links)).collect();
    let read = links.as_array().unwrap().iter();
    let read = read.map(|of| of.as_array().unwrap().iter().map(|link| &link[0]).collect());
    let mut read: Vec<Value> = read.map(|of: Vec<_>| json!(of)).collect();
    [&mut expected, &mut read].into_iter().for_each(|all| all.sort_by_key(Value::to_string));
    assert_eq!(read, expected, "{page}");
    for link in links.as_array().unwrap().iter().flat_map(|of| of.as_array().unwrap()) {
        assert_eq!(link[0], link[1], "{page}: a link reads otherwise than it leads");
    }
    let texts = person.sees(&format!("[...document.querySelectorAll('.text')].map({READS})"));
    for text in texts.as_array().unwrap() {
        assert!(!text.as_str().unwrap().contains("evil.bank"), "{page}: {text}");
    }
}

#[test]
fn a_link_shows_where_it_leads_whatever_turns_the_writing_around_it() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    let mut raw = server.voice();
    MASKS.iter().for_each(|(text, _)| raw.says(text));
    raw.hears(MASKS[4].0);
    nothing_is_masked(&ann, "live");
    let plain = scriptless::opens(&browser, &server, DESKTOP);
    plain.opens_without_scripts(&format!("{}r/lobby/history?before=9999", server.url()));
    nothing_is_masked(&plain, "history");
    // The topic of a room: in its head, in the chat and in the list of rooms.
    ann.says("/topic \u{202e}gro.knab.live//:ptth");
    ann.waits_until("document.querySelector('#topic').innerText !== ''");
    for place in ["#topic", ".note:last-child p", "#state"] {
        let read = ann.reads(&format!(
            "(place => place ? {READS}(place) : '')([...document.querySelectorAll('{place}')].pop())"
        ));
        assert!(!read.contains("evil.bank"), "{place}: {read}");
    }
    for page in ["r/lobby", "rooms"] {
        plain.opens_without_scripts(&format!("{}{page}", server.url()));
        plain.waits_until("document.readyState !== 'loading' && !!document.querySelector('small')");
        let read = plain.sees(&format!("[...document.querySelectorAll('small, i')].map({READS})"));
        assert!(!read.to_string().contains("evil.bank"), "{page}: {read}");
    }
    // The page before an outside link does not show such an address as a link either.
    plain.opens_without_scripts(&format!(
        "{}out?to=http://example.org/%E2%80%AEgro.knab.live//:ptth",
        server.url()
    ));
    plain.waits_until("document.readyState !== 'loading' && location.pathname === '/out'");
    assert_eq!(plain.sees("document.querySelectorAll('a[href*=example]').length"), json!(0));
    // Neither a person nor a room can have such a name.
    for wrong in ["/name \u{202e}nnA", "/join \u{202e}nehctik"] {
        ann.says(wrong);
        ann.waits_until("document.querySelector('#note').innerText !== ''");
        ann.sees("document.querySelector('#field').value = ''");
    }
}
