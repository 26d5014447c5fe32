//! Tests that take too long, or too much of a machine, for every run: question 24 of
//! `docs/PAGE.md`, by `tests/run --long`. They count the time of the page's own thread, so a busy
//! machine changes nothing.

use crate::host::Server;
use crate::page::{Browser, DESKTOP, Person};

#[test]
#[ignore = "takes an hour"]
fn a_page_that_nobody_touches_for_an_hour_does_nothing() {
    let server = Server::start();
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.says("The kettle is on.");
    ann.mark_will_be("The kettle is on.", "sent");
    // A page with nothing but a field shows how much work the browser does by itself and for the
    // test's questions: for example, a caret blinks.
    let nothing = browser.looks_at("data:text/html,<textarea></textarea>", DESKTOP);
    nothing.waits_until("!!document.querySelector('textarea')");
    nothing.sees("document.querySelector('textarea').focus()");
    let pages = [&ann, &nothing];
    let part = "new Promise(done => setTimeout(done, 25 * 1000))";
    let parts = std::env::var("IDLE_PARTS").ok().and_then(|text| text.parse().ok()).unwrap_or(72);
    let pause = || pages.iter().for_each(|page| drop(page.sees(part)));
    // Waits until marks and lines that are there only for some seconds have gone.
    pause();
    let before = pages.map(Person::work_of_its_thread);
    (0..parts).for_each(|_| pause());
    let after = pages.map(Person::work_of_its_thread);
    let [ours, bare] = [0, 1].map(|page| after[page].0 - before[page].0);
    let layouts = after[0].1 - before[0].1;
    let minutes = parts * 50 / 60;
    eprintln!(
        "{minutes} idle minutes: {ours:.3} s of work, {bare:.3} s of none; {layouts} layouts"
    );
    assert!(layouts <= 1.0, "{layouts} layouts");
    assert!(ours < 1.5 * bare + 0.5, "{ours} s, {bare} s with nothing");
}

#[test]
#[ignore = "measured"]
fn ten_thousand_messages_scroll_smoothly_at_a_quarter_of_the_speed() {
    const FRAMES: u32 = 600;
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let ann = browser.comes(&server.url(), DESKTOP);
    let mut raw = server.voice();
    let line = |number| format!("line {number} of some words about the heater and the kettle");
    for block in 0..100 {
        (0..100).for_each(|number| raw.says(&line(block * 100 + number)));
        // A client that does not read would be evicted.
        raw.hears(&line(block * 100 + 99));
        ann.hears(&line(block * 100 + 99));
    }
    let before = ann.work_of_its_thread();
    // Scrolls up, a large step a frame; rows come from memory, and then from the server.
    ann.sees(&format!(
        "new Promise(done => {{ const box = document.querySelector('#box'); let frames = 0; \
         const step = () => {{ frames += 1; box.scrollTop -= 120; \
         if (frames < {FRAMES}) requestAnimationFrame(step); else done(); }}; \
         requestAnimationFrame(step); }})",
    ));
    let after = ann.work_of_its_thread();
    let a_frame = 1000.0 * (after.0 - before.0) / f64::from(FRAMES);
    let elements = ann.measures("document.querySelectorAll('*').length");
    eprintln!("scrolling: {a_frame:.2} ms of work a frame, {elements} elements");
    assert!(elements < 4500.0, "{elements} elements");
    // At a quarter of the speed, it still fits between two frames.
    assert!(a_frame < 4.0, "{a_frame} ms");
}
