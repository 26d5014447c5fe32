//! What is in sight: questions 1, 3, 4, 13, 18 and 25 of `docs/PAGE.md`.
//!
//! Method: the test asks the browser where things are, and what a click there would hit. A page at
//! 400 % of 1280 px is one of 320 px, at 200 % one of 640 px, and both are low.

use serde_json::{Value, json};

use crate::cdp::wait_for;
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::{is_called, opens_panel};

/// Whether the whole element is visible: in the window, in the box that scrolls around it, and
/// covered by nothing. (The area to press in a row is larger than it looks.)
pub(crate) const IS_SEEN: &str = "(element => { const r = element.getBoundingClientRect(); \
    const around = element.parentElement.closest('.box, .sheet'); \
    const place = around ? around.getBoundingClientRect() : { top: 0, bottom: innerHeight }; \
    const at = document.elementFromPoint(r.left + Math.min(r.width / 2, 20), r.top + r.height / 2); \
    const row = element.closest('.said'); \
    return r.height > 0 && r.left >= 0 && r.right <= innerWidth + 0.5 && r.top >= place.top - 0.5 \
        && r.bottom <= Math.min(innerHeight, place.bottom) + 0.5 \
        && Boolean(at) && (element.contains(at) || at.contains(element) || (row && row.contains(at))); })";

/// Elements that extend over an edge of the page, or are cut at an edge of their own. Boxes that
/// are meant to scroll, and fields, are allowed.
const OVER: &str = "[...document.querySelectorAll('html, body, body *')].filter(element => { \
    if (!element.checkVisibility({ visibilityProperty: true })) return false; \
    if (element.closest('.heard, .order, #skip, code.block, input, textarea, .said:not(.turn) .head')) return false; \
    const r = element.getBoundingClientRect(); \
    const cuts = getComputedStyle(element).overflowX !== 'visible' || !element.parentElement; \
    return r.right > innerWidth + 1 || r.left < -1 \
        || (cuts && element.scrollWidth > element.clientWidth + 1); \
    }).map(element => element.outerHTML.slice(0, 90))";

/// The controls below `scope` that cannot be scrolled into sight, or are covered.
fn out_of_reach(person: &Person<'_>, scope: &str) -> Value {
    person.sees(&format!(
        "[...document.querySelectorAll('{scope}')].flatMap(part => \
         [...part.querySelectorAll('a, button, summary, input, select, textarea')]).filter(one => {{ \
         if (!one.checkVisibility({{ visibilityProperty: true }}) || one.id === 'skip') return false; \
         const shown = one.closest('label') ?? one; shown.scrollIntoView({{ block: 'nearest' }}); \
         const [r] = one.getClientRects(); \
         const at = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2); \
         return !at || !(one.contains(at) || shown.contains(at)); \
         }}).map(one => one.outerHTML.slice(0, 90))"
    ))
}

fn are_seen(person: &Person<'_>, elements: &str, what: &str) {
    // A new page draws its rows one frame before it scrolls to the end.
    for element in elements.split(", ") {
        let all = format!("[...document.querySelectorAll('{element}')]");
        wait_for(&format!("{what}: {element} in sight"), || {
            let are = person.sees(&format!("{all}.length > 0 && {all}.every({IS_SEEN})"));
            (are == true).then_some(())
        });
    }
}

/// Three turns of two people, the last of them Bo's.
fn talk(ann: &Person<'_>, bo: &Person<'_>) {
    let is_chinese = ann.reads("document.documentElement.lang").starts_with("zh");
    let bo_says = |text: &str| {
        bo.says(text);
        bo.mark_will_be(text, "sent");
        ann.hears(text);
    };
    bo_says("Shall we start? The kettle is on, and the second box answers again.");
    ann.says("Looking now.");
    ann.mark_will_be("Looking now.", if is_chinese { "已发送" } else { "sent" });
    bo_says("Good. 找到了就好，谢谢！");
}

#[test]
fn at_320_room_three_turns_field_and_state_are_in_sight_at_once() {
    let browser = Browser::start();
    for languages in ["en", "zh-CN"] {
        let server = Server::start();
        let bo = browser.opens(&server.url());
        is_called(&bo, "Bo");
        let visit = Visit { width: 320, height: 568, languages, ..PHONE };
        let ann = browser.comes(&server.url(), visit);
        talk(&ann, &bo);
        assert_eq!(ann.measures("document.querySelectorAll('.said.turn').length"), 3.0);
        are_seen(&ann, "h1, .said.turn, .said .text, #field, #send, #state .words", languages);
        assert_eq!(ann.sees(OVER), json!([]), "{languages}");
        keep_picture(&ann, &format!("320-turns-{languages}.png"));
    }
}

#[test]
fn a_first_look_tells_where_one_is_who_spoke_last_and_where_to_write() {
    let server = Server::start();
    let browser = Browser::start();
    let (cleo, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    talk(&cleo, &bo);
    for visit in [Visit { width: 320, height: 568, ..PHONE }, DESKTOP] {
        // A newcomer who has done nothing yet.
        let ann = browser.comes(&server.url(), visit);
        let width = visit.width.to_string();
        ann.hears("Good. 找到了就好，谢谢！");
        ann.waits_until("document.querySelectorAll('.said.turn').length === 3");
        are_seen(&ann, "h1, .said.turn:nth-last-child(1) .who, #field, #send", &width);
        assert_eq!(ann.reads("document.querySelector('h1').innerText"), "lobby");
        let last = "[...document.querySelectorAll('.said')].pop().querySelector('.who').innerText";
        assert_eq!(ann.reads(last), "Bo");
        // The empty field shows its purpose; a screen reader always reads it.
        let field = "document.querySelector('#field')";
        assert_eq!(ann.reads(&format!("{field}.placeholder")), "Message to lobby");
        assert_eq!(ann.reads(&format!("{field}.labels[0].innerText")), "Message to lobby");
        assert_eq!(ann.reads("document.title"), "lobby");
        keep_picture(&ann, &format!("{width}-first-look.png"));
    }
}

#[test]
fn nothing_that_is_drawn_is_there_for_ornament() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    talk(&ann, &bo);
    let plain = browser.looks_at("about:blank", DESKTOP);
    plain.opens_without_scripts(&format!("{}r/lobby", server.url()));
    // Round corners belong to fields, buttons, the pill, code, and knots only.
    let drawn = "[...document.querySelectorAll('*')].flatMap(element => \
        [null, '::before', '::after'].map(part => [element, part, getComputedStyle(element, part)]))\
        .filter(([element, part, style]) => element.checkVisibility() && (!part || style.content !== 'none'))\
        .filter(([element, part, style]) => ['boxShadow', 'textShadow', 'backgroundImage', 'transform', \
        'filter', 'maskImage', 'borderImageSource'].some(one => style[one] !== 'none') \
        || !['0px', '3px', '6px', '22px', '50%'].includes(style.borderStartStartRadius) \
        || (style.borderStartStartRadius === '50%' && part !== '::before' && element.className !== `ring ${element.classList[1]}`))\
        .map(([element, part]) => `${part} ${element.outerHTML.slice(0, 80)}`)";
    let pictures = "[...document.querySelectorAll('img, picture, canvas, video, svg, object')]\
        .map(one => one.parentElement.tagName)";
    for (person, mark) in [(&ann, json!(["DIV"])), (&plain, json!(["HEADER"]))] {
        assert_eq!(person.sees(drawn), json!([]));
        assert_eq!(person.sees(pictures), mark, "the mark of the house, and no other picture");
    }
    // No control is only a symbol: each one has words.
    let wordless = "[...document.querySelectorAll('button, a, summary')]\
        .filter(one => one.checkVisibility() && !/[\\p{L}\\p{N}]/u.test(one.innerText)).length";
    assert_eq!(ann.sees(wordless), 0);
}

/// Where elements begin, in px from the start of the text column.
const BEGINNINGS: &str = "(() => { const at = selector => document.querySelector(selector); \
    const start = at('main').getBoundingClientRect().left; \
    const left = selector => at(selector).getBoundingClientRect().left - start; \
    const drawn = selector => left(selector) + parseFloat(getComputedStyle(at(selector), '::before').left); \
    const words = selector => { const range = document.createRange(); \
        range.selectNodeContents(at(selector)); return range.getBoundingClientRect().left - start; }; \
    return { thread: drawn('main'), dash: drawn('#state'), ring: drawn('.said.turn:not(.own)'), \
        dot: drawn('.own.turn'), text: words('.said:not(.own) .text'), own: words('.own .text'), \
        name: words('.said:not(.own) .who'), words: words('#state .words'), room: words('h1'), \
        field: left('#field') }; })()";

#[test]
fn dash_and_state_words_are_in_line_with_thread_and_text() {
    let server = Server::start();
    let browser = Browser::start();
    let (ann, bo) = (browser.opens(&server.url()), browser.opens(&server.url()));
    is_called(&bo, "Bo");
    talk(&ann, &bo);
    let agreed = [
        ("field", 16.0),
        ("ring", 16.0),
        ("dot", 16.0),
        ("thread", 21.0),
        ("dash", 21.0),
        ("room", 44.0),
        ("name", 44.0),
        ("text", 44.0),
        ("own", 44.0),
        ("words", 44.0),
    ];
    for (width, height) in [(1280, 800), (768, 700), (320, 568)] {
        ann.resizes(width, height);
        ann.waits_until(&format!("innerWidth === {width}"));
        let column = ann.measures("document.querySelector('main').getBoundingClientRect().width");
        assert!(column <= 47.0 * 16.0, "{width}: {column} px");
        let begins = ann.sees(BEGINNINGS);
        for (name, px) in agreed {
            let at = begins[name].as_f64().unwrap();
            assert!((at - px).abs() < 1.0, "{width}: {name} begins at {at}, not at {px}");
        }
        // The thread reaches down to the field, and continues as the dash.
        let gap = "document.querySelector('#composer').getBoundingClientRect().top \
            - document.querySelector('main').getBoundingClientRect().bottom";
        assert!(ann.measures(gap).abs() < 1.0, "{width}: the thread ends in the air");
    }
}

#[test]
fn zoomed_pages_have_everything_and_nothing_scrolls_sideways() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for languages in ["en", "zh-CN"] {
        let ann = browser.comes(&server.url(), Visit { languages, ..DESKTOP });
        talk(&ann, &bo);
        let all = [(640, 400, ""), (640, 400, "xl"), (320, 256, ""), (320, 256, "xl")];
        // All sizes are tested in English; in Chinese, only the smallest page.
        let these = if languages == "en" { &all[..] } else { &all[3..] };
        for &(width, height, size) in these {
            let what = format!("{languages} {width} {size}");
            ann.resizes(width, height);
            ann.sees(&format!("document.documentElement.dataset.size = '{size}'"));
            ann.waits_until(&format!(
                "innerWidth === {width} && !document.querySelector('.columns')"
            ));
            assert_eq!(ann.sees(OVER), json!([]), "{what}");
            are_seen(&ann, "h1, #field, #send, #state .words", &what);
            let down = "document.documentElement.scrollHeight <= innerHeight";
            assert_eq!(ann.sees(down), true, "{what}: what scrolls is the log");
            // At least two lines of the log can be read; with the largest letters, one.
            let least = if size == "xl" { 1.0 } else { 2.0 };
            let lines = "(box => box.clientHeight / parseFloat(getComputedStyle(box).lineHeight))\
                (document.querySelector('#box'))";
            assert!(ann.measures(lines) >= least, "{what}: {} lines", ann.measures(lines));
            assert_eq!(out_of_reach(&ann, "header, #composer"), json!([]), "{what}");
            for panel in ["people", "places", "search", "me", "private"] {
                opens_panel(&ann, panel);
                assert_eq!(ann.sees(OVER), json!([]), "{what} {panel}");
                let scope = if panel == "private" { "#letters .with" } else { "details[open]" };
                assert_eq!(out_of_reach(&ann, scope), json!([]), "{what} {panel}");
            }
            ann.presses("Escape");
            ann.waits_until("document.querySelector('#letters').hidden");
        }
        keep_picture(&ann, &format!("zoom-400-xl-{languages}.png"));
        ann.closes();
    }
}

#[test]
fn zoomed_pages_without_scripts_have_everything_too() {
    let server = Server::start();
    let browser = Browser::start();
    let mut bo = server.voice();
    bo.says(&format!("see https://example.org/{}", "long".repeat(60)));
    let ann = browser.looks_at("about:blank", DESKTOP);
    for page in ["r/lobby", "r/lobby?find=see", "r/lobby?every=30", "settings"] {
        ann.opens_without_scripts(&format!("{}{page}", server.url()));
        ann.waits_until("!!document.querySelector('form button')");
        for (width, height, size) in [(640, 400, ""), (320, 256, ""), (320, 256, "xl")] {
            let what = format!("{page} {width} {size}");
            ann.resizes(width, height);
            ann.sees(&format!("document.documentElement.dataset.size = '{size}'"));
            ann.waits_until(&format!("innerWidth === {width}"));
            assert_eq!(ann.sees(OVER), json!([]), "{what}");
            assert_eq!(out_of_reach(&ann, "body"), json!([]), "{what}");
        }
    }
    keep_picture(&ann, "zoom-400-settings.png");
}

#[test]
fn at_the_bottom_one_stays_there_when_a_keyboard_opens() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), PHONE);
    let mut bo = server.voice();
    (0..40).for_each(|number| bo.says(&format!("line {number}")));
    ann.hears("line 39");
    ann.goes_to_field();
    let last = "[...document.querySelectorAll('.said')].pop()";
    let is_at_bottom = |height: u32| {
        ann.waits_until(&format!(
            "document.querySelector('#state').getBoundingClientRect().bottom <= {height} \
             && {last}.getBoundingClientRect().bottom <= document.querySelector('#composer')\
             .getBoundingClientRect().top && {IS_SEEN}({last})"
        ));
        // The page learns of a new size after the frame that has it. No keyboard is quicker than
        // that.
        ann.sees("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))");
    };
    is_at_bottom(640);
    // Some keyboards make the window lower.
    ann.resizes(360, 340);
    is_at_bottom(340);
    ann.resizes(360, 640);
    is_at_bottom(640);
    // Others cover the page, and only its visual viewport gets lower.
    for height in [340, 640] {
        ann.sees(&format!(
            "(Object.defineProperty(visualViewport, 'height', {{ get: () => {height}, configurable: true }}), \
             visualViewport.dispatchEvent(new Event('resize')))"
        ));
        is_at_bottom(height);
    }
    // A reader who has scrolled up keeps their place.
    ann.scrolls_to(200);
    let first = "(() => { const top = document.querySelector('#box').getBoundingClientRect().top; \
        return [...document.querySelectorAll('.said')].find(row => row.getBoundingClientRect().bottom > top)\
        .innerText; })()";
    let before = ann.reads(first);
    ann.resizes(360, 340);
    ann.waits_until(&format!("innerHeight === 340 && {first} === {}", json!(before)));
}
