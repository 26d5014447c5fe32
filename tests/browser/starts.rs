//! From the first look to the live page: what is read stays where it is, and no time changes.

use serde_json::json;

use crate::host::{Proxy, Server};
use crate::look::keep;
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::people::is_called;

/// Adds up how far what is in sight is moved, and collects the times that are shown.
///
/// A list that grows at its top, out of sight, has moved nothing that is read: its end stays.
const WATCHES: &str = "
    window.shift = 0;
    window.moved = [];
    const moves = ({ node, previousRect: was, currentRect: is }) =>
        was.height > 0 && !(node?.nodeName === 'OL' && was.bottom === is.bottom);
    new PerformanceObserver((list) => list.getEntries().filter(({ sources }) =>
        sources.some(moves)).forEach((entry) => {
            window.shift += entry.value;
            window.moved.push(...entry.sources.map(({ node, previousRect: was, currentRect: is }) =>
                `${node && (node.id || node.nodeName)} from ${was.top}-${was.bottom} to ${is.top}-${is.bottom}`));
        })).observe({ type: 'layout-shift', buffered: true });
    window.times = new Set();
    const look = () => {
        document.querySelectorAll('time').forEach((time) => {
            if (getComputedStyle(time).visibility === 'visible' && time.offsetHeight) times.add(`${time.dateTime} ${time.innerText}`);
        });
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);";

/// Where an element is: its top and bottom, its start and end.
fn place_of(person: &Person<'_>, element: &str) -> [f64; 4] {
    let rect = person.sees(&format!(
        "(r => [r.top, r.bottom, r.left, r.right])({element}.getBoundingClientRect())"
    ));
    [0, 1, 2, 3].map(|nth| rect[nth].as_f64().unwrap_or(f64::NAN))
}

/// The element of this text in either page.
fn text(words: &str) -> String {
    format!("[...document.querySelectorAll('.text')].find(t => t.innerText === {})", json!(words))
}

#[test]
fn the_first_look_has_everything_where_the_live_page_has_it() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for number in 0..30 {
        bo.says(&format!("line {number}"));
        bo.mark_will_be(&format!("line {number}"), "sent");
    }
    for visit in [DESKTOP, PHONE] {
        // A first look: the page is there, and its script is not.
        let proxy = Proxy::to(server.address());
        proxy.forbid(&["page.js"]);
        let early = browser.looks_at("about:blank", visit);
        early.lives_in("Asia/Kathmandu");
        early.begins_with(WATCHES);
        early.goes_to(&format!("{}r/lobby", proxy.url()));
        early.waits_until("document.readyState === 'complete' && !!document.querySelector('#say')");
        keep(&early.picture(), &format!("{}-start.png", visit.width));
        let live = browser.looks_at("about:blank", visit);
        live.lives_in("Asia/Kathmandu");
        live.begins_with(WATCHES);
        live.goes_to(&format!("{}r/lobby", server.url()));
        live.is_connected();
        live.is_whole();
        live.hears("line 29");
        live.waits_until("document.getAnimations().length === 0");
        live.sees(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
        let shift = live.measures("shift");
        assert!(shift < 0.05, "{shift} of {}", live.sees("moved"));
        // The newest message stands last in both, near the field.
        let [newest, before] = ["line 29", "line 28"].map(text);
        let places = |element: &str| [place_of(&early, element), place_of(&live, element)];
        let [[top, bottom, left, _], [_, live_bottom, live_left, _]] = places(&newest);
        let [[end, ..], [live_end, ..]] = places("document.querySelector('#composer, #say')");
        let (gap, live_gap) = (end - bottom, live_end - live_bottom);
        assert!((gap - live_gap).abs() < 16.0, "{gap} and {live_gap}");
        assert!((left - live_left).abs() < 2.0, "{left} and {live_left}");
        assert!(place_of(&early, &before)[0] < top, "the older one is above");
        let field = "document.querySelector('#field, #say [name=text]')";
        let [early_field, live_field] = places(field);
        for (one, other) in early_field.iter().zip(live_field) {
            assert!((one - other).abs() < 4.0, "{early_field:?} and {live_field:?}");
        }
        // No other clock than the reader's is ever seen.
        assert_eq!(early.measures("times.size"), 0.0, "{}", early.sees("[...times]"));
        let wrong = "[...times].filter((time) => { const [at, shown] = time.split(' '); \
            return !shown.startsWith(new Date(at).toLocaleTimeString('en-GB', \
            { hour: '2-digit', minute: '2-digit' })); })";
        assert_eq!(live.sees(wrong), json!([]));
        assert!(live.measures("times.size") > 0.0);
    }
}

#[test]
fn a_first_look_that_arrives_in_pieces_moves_nothing() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for number in 0..30 {
        bo.says(&format!("line {number}"));
        bo.mark_will_be(&format!("line {number}"), "sent");
    }
    for visit in [DESKTOP, PHONE] {
        let proxy = Proxy::to(server.address());
        proxy.forbid(&["page.js"]);
        let early = browser.looks_at(&format!("{}r/lobby", proxy.url()), visit);
        early.waits_until("document.readyState === 'complete' && !!document.querySelector('#say')");
        early.begins_with(WATCHES);
        // The browser has the styles, so it shows each piece of the page as it arrives.
        proxy.slows();
        early.goes_to(&format!("{}r/lobby?again", proxy.url()));
        early.waits_until("document.readyState === 'complete' && !!document.querySelector('#say')");
        // An empty part may find its place; whatever has words in it stays.
        let shift = early.measures("shift");
        assert!(shift < 0.001, "{shift} of {}", early.sees("moved"));
    }
}

#[test]
fn few_messages_stand_near_the_field_from_the_first_look_on() {
    let server = Server::start();
    let browser = Browser::start();
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    bo.says("line 1");
    bo.mark_will_be("line 1", "sent");
    for visit in [DESKTOP, PHONE] {
        let proxy = Proxy::to(server.address());
        proxy.forbid(&["page.js"]);
        let early = browser.looks_at(&format!("{}r/lobby", proxy.url()), visit);
        early.waits_until("document.readyState === 'complete' && !!document.querySelector('#say')");
        let live = browser.comes(&format!("{}r/lobby", server.url()), visit);
        live.hears("line 1");
        for page in [&early, &live] {
            let [_, bottom, ..] = place_of(page, &text("line 1"));
            let [top, ..] = place_of(page, "document.querySelector('#composer, #say')");
            let gap = top - bottom;
            // Below it, somebody may have joined.
            assert!((0.0..64.0).contains(&gap), "{gap}");
        }
    }
}

#[test]
fn enter_before_the_page_is_live_leads_back_to_the_live_page() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    // The browser sends the form of the first look itself, as before the script is there.
    ann.sees(
        "(form => { form.method = 'post'; form.action = '/r/lobby/now/form'; \
         form.innerHTML = '<input name=text>'; document.body.append(form); form.submit(); }) \
         (document.createElement('form'))",
    );
    ann.waits_until("location.search.includes('did=nothing')");
    ann.is_connected();
    ann.says("hello");
    ann.mark_will_be("hello", "sent");
}

#[test]
fn a_first_look_that_stays_is_the_page_without_scripts() {
    let server = Server::start_with("127.0.0.1:0", &["--password", "sesame"]);
    let browser = Browser::start();
    let bo = browser.comes(&format!("{}?password=sesame", server.url()), DESKTOP);
    bo.says("The kettle is on.");
    bo.mark_will_be("The kettle is on.", "sent");
    // No connection comes about: after a while everything is there to be used.
    let proxy = Proxy::to(server.address());
    proxy.forbid(&["upgrade: websocket", "/stream", "/poll"]);
    let ann = browser.looks_at(&format!("{}?password=sesame", proxy.url()), PHONE);
    ann.waits_until("document.readyState === 'complete' && !!document.querySelector('#say')");
    let shown = "['#say', 'ol', 'nav a', '.rooms'].map((one) => \
        getComputedStyle(document.querySelector(one)).visibility).join()";
    ann.waits_until(&format!("{shown} === 'visible,visible,visible,visible'"));
    assert!(ann.measures("document.querySelector('.rooms').offsetHeight") > 0.0);
}
