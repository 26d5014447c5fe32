//! Fifty cuts over all ways of a page: nothing is lost, nothing is there twice.
//!
//! Method: three people, one by a socket, one by a stream, one who polls, each behind a
//! line of their own. They talk, and in turn a line is cut at some moment of it, from a
//! seed that is printed. In the end all three must have the same.
//!
//! Next: `scriptless.rs`.

use crate::cdp::wait_for;
use crate::host::{Line, Server};
use crate::page::{Browser, Person};

const CUTS: usize = 51;
const WAYS: [(&str, &[&str]); 3] = [
    ("live", &[]),
    ("stream", &["upgrade: websocket"]),
    ("poll", &["upgrade: websocket", "/stream?"]),
];

/// Numbers that can be had again: by `STREET_SEED`, which is printed.
struct Luck(u64);

impl Luck {
    #[expect(clippy::print_stdout, reason = "a failing test says how to have it again")]
    fn new() -> Self {
        let given = std::env::var("STREET_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = || u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        let seed = given.unwrap_or_else(now) | 1;
        println!("STREET_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }
}

/// Says something while the line is cut before it, in it, or behind it.
fn says_over_a_cut(person: &Person<'_>, line: &Line, text: &str, luck: &mut Luck) {
    match luck.below(4) {
        0 => {
            line.cut();
            person.says(text);
        }
        1 => {
            person.says(text);
            line.cut();
        }
        // It may arrive, and nobody is told so.
        2 => {
            line.go_deaf();
            person.says(text);
            line.cut();
        }
        _ => {
            person.says(text);
            person.mark_will_be(text, "sent");
            line.cut();
        }
    }
}

fn has_said_all(person: &Person<'_>) {
    let marks = "[...document.querySelectorAll('#rows .own .mark')]";
    person.waits_until(&format!("{marks}.every(mark => ['', 'sent'].includes(mark.innerText))"));
}

/// Whose line is often cut presses "Now" and does not wait.
pub(crate) fn comes_back(person: &Person<'_>) {
    wait_for("a line that is back", || {
        let is_back = person.sees("document.documentElement.dataset.line === 'open'") == true;
        person.sees("document.querySelector('#state button:not([hidden])')?.click()");
        is_back.then_some(())
    });
}

#[test]
fn fifty_cuts_over_all_ways_lose_nothing_and_double_nothing() {
    let mut luck = Luck::new();
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let lines: Vec<_> = WAYS.iter().map(|_| Line::to(server.address())).collect();
    let people: Vec<_> = WAYS
        .iter()
        .zip(&lines)
        .map(|((way, forbidden), line)| {
            line.forbid(forbidden);
            let person = browser.opens(&line.url());
            person.line_will_say(&format!("connected, {way}"));
            person
        })
        .collect();
    let mut said = Vec::new();
    for cut in 0..CUTS {
        let who = cut % WAYS.len();
        for (number, person) in people.iter().enumerate() {
            let text = format!("{} says {cut}", WAYS[number].0);
            if number == who {
                comes_back(person);
                says_over_a_cut(person, &lines[who], &text, &mut luck);
            } else {
                person.says(&text);
            }
            said.push(text);
        }
        lines[who].heal();
    }
    said.sort();
    people.iter().for_each(comes_back);
    people.iter().for_each(has_said_all);
    let logs: Vec<_> = people
        .iter()
        .map(|person| {
            said.iter().for_each(|text| person.hears(text));
            person.log()
        })
        .collect();
    for (log, (way, _)) in logs.iter().zip(WAYS) {
        assert_eq!(*log, logs[0], "another order by {way}");
    }
    let mut log = logs[0].clone();
    log.sort();
    assert_eq!(log, said, "each once");
}
