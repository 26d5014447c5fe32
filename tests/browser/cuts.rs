//! Fifty cuts over all ways of a page: nothing is lost, and nothing is there twice.
//!
//! Method: six people, each with their own proxied connection. Three have scripts: one talks by a
//! socket, one by a stream, one polls. Three have no scripts: one has the stream in a frame, one a
//! list in a frame that reloads, one presses Refresh. They talk, and in turn a connection is cut at
//! some moment, from a seed that is printed. In the end, what each of them was shown must be the
//! log. `tests/it/cuts.rs` cuts the programs.

use crate::cdp::wait_for;
use crate::cut_pages::Reader;
use crate::host::{Proxy, Server, Voice};
use crate::page::{Browser, Person};

const CUTS: usize = 54;
/// The people with scripts, and what their proxies do not let through.
const LIVE: [(&str, &[&str]); 3] = [
    ("live", &[]),
    ("stream", &["upgrade: websocket"]),
    ("poll", &["upgrade: websocket", "/stream?"]),
];
/// The people without scripts, and the page that they ask for.
const READERS: [(&str, &str); 3] = [("frame", "?live=1"), ("every", "?every=5"), ("by hand", "")];

/// Random numbers that can be repeated: the seed `STREET_SEED` is printed.
pub(crate) struct Rng(u64);

impl Rng {
    #[expect(clippy::print_stdout, reason = "a failing test says how to have it again")]
    fn new() -> Self {
        let given = std::env::var("STREET_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = || u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_micros()).unwrap();
        let seed = given.unwrap_or_else(now) | 1;
        println!("STREET_SEED={seed}");
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }
}

/// Says something while the connection is cut: before the message, during it, or after it.
fn says_over_a_cut(person: &Person<'_>, proxy: &Proxy, text: &str, rng: &mut Rng) {
    match rng.below(5) {
        0 => {
            proxy.cut();
            person.says(text);
        }
        1 => {
            person.says(text);
            proxy.cut();
        }
        // The message may arrive, but the page gets no confirmation.
        2 => {
            proxy.go_deaf();
            person.says(text);
            proxy.cut();
        }
        // Cuts in the middle of what comes back; the page's own message alone is longer.
        3 => {
            proxy.tears_behind(rng.below(100));
            person.says(text);
            wait_for("a connection that is torn", || proxy.is_torn().then_some(()));
            proxy.cut();
        }
        _ => {
            person.says(text);
            person.mark_will_be(text, "sent");
            proxy.cut();
        }
    }
}

fn has_said_all(person: &Person<'_>) {
    let marks = "[...document.querySelectorAll('#rows .own .mark')]";
    person.waits_until(&format!("{marks}.every(mark => ['', 'sent'].includes(mark.innerText))"));
}

/// A person whose connection is often cut presses "Now" and does not wait.
pub(crate) fn comes_back(person: &Person<'_>) {
    wait_for("a connection that is back", || {
        let is_back = person.sees("document.documentElement.dataset.line === 'open'") == true;
        person.sees("document.querySelector('#state button:not([hidden])')?.click()");
        is_back.then_some(())
    });
}

/// A client whose connection is never cut, and everything that it heard: the log.
pub(crate) struct Witness {
    voice: Voice,
    heard: Vec<String>,
}

impl Witness {
    /// Reads until this text comes.
    pub(crate) fn hears(&mut self, text: &str) {
        while self.heard.last().is_none_or(|last| last != text) {
            let heard = self.voice.hears_next();
            // Joins and leaves are not in the log.
            self.heard.extend(Some(heard).filter(|heard| !heard.starts_with("* ")));
        }
    }

    fn says(&mut self, text: &str) {
        self.voice.says(text);
        self.hears(text);
    }
}

/// One of the six people.
enum Cut<'b> {
    Live(Person<'b>),
    Reader(Reader<'b>),
}

impl Cut<'_> {
    /// Says something over a connection that is not cut.
    fn says(&mut self, text: &str) {
        match self {
            Self::Live(person) => person.says(text),
            Self::Reader(reader) => reader.says(text),
        }
    }
}

#[test]
fn fifty_cuts_over_all_ways_lose_nothing_and_double_nothing() {
    let mut rng = Rng::new();
    let server = Server::start_with("127.0.0.1:0", &["--rate", "0"]);
    let browser = Browser::start();
    let ways: Vec<_> = LIVE.iter().map(|it| it.0).chain(READERS.iter().map(|it| it.0)).collect();
    let lines: Vec<_> = ways.iter().map(|_| Proxy::to(server.address())).collect();
    let mut witness = Witness { voice: server.voice(), heard: Vec::new() };
    let mut said = Vec::new();
    let mut people = Vec::new();
    for ((way, forbidden), line) in LIVE.iter().zip(&lines) {
        line.forbid(forbidden);
        let person = browser.opens(&line.url());
        person.is_connected_by(way);
        people.push(Cut::Live(person));
    }
    for ((way, asked), line) in READERS.iter().zip(&lines[LIVE.len()..]) {
        // The form of a stranger is another matter, so these people have already come in.
        said.push(format!("{way} comes in"));
        people.push(Cut::Reader(Reader::comes(&browser, line, asked, said.last().unwrap())));
    }
    let first_turn = rng.below(CUTS);
    for cut in 0..CUTS {
        let (who, other) = (cut % ways.len(), (cut + 1 + cut / ways.len()) % ways.len());
        let [text, meanwhile] = [who, other].map(|it| format!("{} says {cut}", ways[it]));
        let line = &lines[who];
        let mut may_go_back = rng.below(2) == 0;
        match &mut people[who] {
            Cut::Live(person) => {
                // The page may have noticed the last cut only after the connection worked again.
                comes_back(person);
                says_over_a_cut(person, line, &text, &mut rng);
            }
            Cut::Reader(reader) => {
                let turn = first_turn + cut / ways.len();
                may_go_back &= reader.says_over_a_cut(line, &text, turn, &mut rng, &mut witness);
            }
        }
        if other != who {
            people[other].says(&meanwhile);
            said.push(meanwhile);
        }
        let last = format!("so far {cut}");
        witness.says(&last);
        line.heal();
        match &mut people[who] {
            Cut::Live(person) => comes_back(person),
            Cut::Reader(reader) => reader.comes_back(&text, &last, may_go_back),
        }
        said.extend([text, last]);
    }
    for person in &people {
        if let Cut::Live(person) = person {
            comes_back(person);
            has_said_all(person);
        }
    }
    witness.says("the end");
    said.push("the end".to_owned());
    for (person, way) in people.iter_mut().zip(ways) {
        let seen = match person {
            Cut::Live(person) => {
                person.hears("the end");
                person.log()
            }
            Cut::Reader(reader) => reader.has_seen_all_up_to("the end"),
        };
        assert_eq!(seen, witness.heard, "what {way} has seen");
    }
    said.sort();
    witness.heard.sort();
    assert_eq!(witness.heard, said, "each once");
}
