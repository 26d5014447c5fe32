//! How fast the page is: on a slow connection and a slow device until it is seen and live, and in a
//! long log while somebody scrolls. `tests/browser/bench` runs this; it prints a table.
//!
//! Other programs disturb it, so each figure is the median of several rounds, and the table has the
//! least and the most, too. Nothing fails here: the bounds that a test can hold are in `weight.rs`,
//! `starts.rs` and `long.rs`.

use serde_json::Value;

use crate::host::Server;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::people::is_called;

/// A slow connection: 400 ms for the way there and back, 400 kbit/s each way.
const ROUND_TRIP_MS: u32 = 400;
const BYTES_A_SECOND: u32 = 400_000 / 8;
/// A slow device: as if the processor had a quarter of its speed.
const SLOWED: u32 = 4;
/// Lines of the long log.
const LINES: usize = 10_000;
/// So many frames are scrolled, 120 px each: first lines from memory, then lines from the server.
const FRAMES: usize = 600;

/// Notes when something happens (in ms since the reader asked for the page): the first frame in
/// which a message is in sight, the page is live, all its parts are there. Adds up how far what is
/// in sight is moved.
const WATCHES: &str = "
    window.times = {};
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { shift += value; }))
        .observe({ type: 'layout-shift', buffered: true });
    const isSeen = (text) => {
        const { top, bottom, height } = text.getBoundingClientRect();
        return height > 0 && top < innerHeight && bottom > 0
            && text.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    };
    const what = {
        seen: () => [...document.querySelectorAll('.text')].some(isSeen),
        live: () => document.documentElement.dataset.line === 'open',
        whole: () => document.documentElement.dataset.parts === 'all',
    };
    // What a frame begins with is drawn when the next one begins.
    const look = (before) => {
        before.forEach((name) => { times[name] = performance.now(); });
        const now = Object.keys(what).filter((name) => !(name in times) && document.documentElement && what[name]());
        requestAnimationFrame(() => look(now));
    };
    look([]);";

/// Scrolls up, and answers how long each frame took, in ms.
const SCROLLS: &str = "new Promise((done) => {
    const box = document.querySelector('#box');
    const at = [];
    const step = (now) => {
        at.push(now);
        box.scrollTop -= 120;
        if (at.length <= FRAMES) requestAnimationFrame(step);
        else done(at.slice(1).map((one, nth) => one - at[nth]));
    };
    requestAnimationFrame(step);
})";

/// One row of the table.
struct Row {
    what: &'static str,
    wanted: Option<f64>,
    unit: &'static str,
    digits: usize,
    /// On each of the two devices.
    values: [Vec<f64>; 2],
}

/// The table, in the order in which its rows first got a value.
#[derive(Default)]
struct Table(Vec<Row>);

impl Table {
    /// Adds what was measured on device `nth`. The row's head is the words, what is wanted at most,
    /// the unit, and how many digits follow the point.
    fn add(
        &mut self,
        nth: usize,
        (what, wanted, unit, digits): (&'static str, Option<f64>, &'static str, usize),
        value: f64,
    ) {
        let place = self.0.iter().position(|row| row.what == what).unwrap_or_else(|| {
            self.0.push(Row { what, wanted, unit, digits, values: [vec![], vec![]] });
            self.0.len() - 1
        });
        self.0[place].values[nth].push(value);
    }

    fn print(self) {
        eprintln!("\n| what | wanted | 1280 px | 360 px |\n| --- | --- | --- | --- |");
        for Row { what, wanted, unit, digits, values } in self.0 {
            let shown = |value: f64| format!("{value:.digits$}");
            let cells = values.map(|mut values| {
                values.sort_by(f64::total_cmp);
                let (Some(least), Some(most)) = (values.first(), values.last()) else {
                    return String::new();
                };
                let median = values[values.len() / 2];
                let is_met = wanted.map(|wanted| median <= wanted);
                let spread = if shown(*least) == shown(*most) {
                    String::new()
                } else {
                    format!(" ({} to {})", shown(*least), shown(*most))
                };
                match is_met {
                    Some(true) => format!("**{}**{unit}{spread}, met", shown(median)),
                    Some(false) => format!("{}{unit}{spread}, missed", shown(median)),
                    None => format!("{}{unit}{spread}", shown(median)),
                }
            });
            let wanted = wanted.map(|most| format!("≤ {}{unit}", shown(most))).unwrap_or_default();
            eprintln!("| {what} | {wanted} | {} | {} |", cells[0], cells[1]);
        }
    }
}

/// A room with as many messages as the server's page shows.
fn talk(browser: &Browser, server: &Server) {
    let bo = browser.opens(&server.url());
    is_called(&bo, "Bo");
    for number in 0..25 {
        let text = format!("{number} of them: the server in the cellar is slow at {number}");
        bo.says(&text);
        bo.mark_will_be(&text, "sent");
    }
}

/// Opens the room as somebody who has never been there, on a slow connection and a slow device.
fn first_load(browser: &Browser, server: &Server, nth: usize, visit: Visit, table: &mut Table) {
    let ann = browser.looks_at("about:blank", visit);
    ann.has_slow_connection(ROUND_TRIP_MS, BYTES_A_SECOND);
    ann.is_slowed(SLOWED);
    ann.begins_with(WATCHES);
    ann.goes_to(&format!("{}r/lobby", server.url()));
    ann.waits_patiently_until("!!window.times?.whole && document.getAnimations().length === 0");
    ann.draws_a_frame();
    let seconds = |name: &str| ann.measures(&format!("times.{name}")) / 1000.0;
    let (bytes_live, _) = ann.bytes_until_live();
    let (bytes, _) = ann.bytes_and_requests();
    let mut add = |row, value| table.add(nth, row, value);
    add(("a message is seen", Some(1.2), " s", 2), seconds("seen"));
    add(("the page is live", Some(3.7), " s", 2), seconds("live"));
    add(("all its parts are there", None, " s", 2), seconds("whole"));
    add(("layout shift", Some(0.05), "", 3), ann.measures("shift"));
    #[expect(clippy::cast_precision_loss, reason = "a few requests")]
    add(("requests, with the socket", Some(12.0), "", 0), ann.requests().len() as f64);
    add(("bytes until it is live", Some(60.0), " KB", 1), bytes_live / 1000.0);
    add(("bytes of all its parts", None, " KB", 1), bytes / 1000.0);
    ann.closes();
}

/// The time that 95 of 100 frames did not exceed.
fn scrolls(ann: &Person<'_>) -> f64 {
    ann.sees("document.querySelector('#box').scrollTop = 1e9");
    ann.draws_a_frame();
    let frames = ann.sees(&SCROLLS.replace("FRAMES", &FRAMES.to_string()));
    let mut frames: Vec<_> = frames.as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    frames.sort_by(f64::total_cmp);
    frames[frames.len() * 95 / 100]
}

fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(5)
}

#[test]
#[ignore = "measured"]
fn the_page_on_a_slow_connection_and_in_a_long_log() {
    let mut table = Table::default();
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    talk(&browser, &server);
    for _ in 0..rounds() {
        for (nth, visit) in [DESKTOP, PHONE].into_iter().enumerate() {
            first_load(&browser, &server, nth, visit, &mut table);
        }
    }
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let people = [DESKTOP, PHONE].map(|visit| browser.comes(&server.url(), visit));
    let mut voice = server.voice();
    let line = |number| format!("line {number} of some words about the heater and the kettle");
    for number in 0..LINES {
        voice.says(&line(number));
        if number % 100 == 99 {
            // A client that does not read would be evicted.
            voice.hears(&line(number));
            people.iter().for_each(|ann| ann.hears(&line(number)));
        }
    }
    for _ in 0..rounds() {
        for (nth, ann) in people.iter().enumerate() {
            for (slowed, what) in [
                (SLOWED, "95 of 100 frames while scrolling, slow device"),
                (1, "the same on this machine"),
            ] {
                ann.is_slowed(slowed);
                table.add(nth, (what, Some(50.0), " ms", 0), scrolls(ann));
            }
        }
    }
    table.print();
}
