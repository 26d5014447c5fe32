//! Fifty cuts over all ways in that are no page: nothing is lost, and nothing is there twice.
//!
//! Method: five clients, each with its own proxied connection: one reads the text stream and one
//! reads events (both speak by requests), one polls, one is at the console, and one has a WebSocket
//! of `threadbare.v1`. They talk, and in turn a connection is cut after a number of bytes, from a
//! seed that is printed. In the end, what each of them was shown must be the log. `nc` and a
//! classic client have no numbers and cannot resume. Over each of their connections they receive a
//! part of the log, without a gap and nothing twice. `tests/browser/cuts.rs` cuts the pages.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::harness::raw::{Connection, asks};
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Fault, Folder, Numbered, Person, Proxy, Rng, ServerProcess};

/// How often the connection of each of the five is cut.
const CUTS_OF_EACH: usize = 10;

/// A client that talks over a connection that is cut.
trait Visitor {
    /// A message causes at least this many bytes on the connection. A cut after fewer bytes happens
    /// while the client says it, or during what follows from it.
    fn bytes_of_a_message(&self) -> u64;
    /// Says it once, even if the connection is cut.
    fn says(&mut self, text: &str);
    /// The connection works again: says again what got no answer, and reads up to `last`.
    fn comes_back(&mut self, last: &str);
    /// All that this client was shown.
    fn was_shown(self: Box<Self>) -> Vec<String>;
}

/// A program's session, and the messages whose result it does not know.
struct Speaker {
    addr: SocketAddr,
    session: String,
    epoch: String,
    unanswered: Option<String>,
    last_id: u32,
}

impl Speaker {
    fn comes(addr: SocketAddr, name: &str) -> Self {
        let (_, told) = asks(addr, "/r/lobby", &json!({"type": "hello", "name": name}));
        let text = |at: usize, field: &str| told[at][field].as_str().unwrap().to_owned();
        let (session, epoch) = (text(0, "token"), text(1, "epoch"));
        Self { addr, session, epoch, unanswered: None, last_id: 0 }
    }

    fn says(&mut self, text: &str) {
        self.last_id += 1;
        let id = self.last_id.to_string();
        let say = json!({"type": "say", "room": "lobby", "id": id, "text": text});
        self.unanswered = Some(say.to_string());
        self.tries_to_say();
    }

    fn tries_to_say(&mut self) {
        let Some(say) = &self.unanswered else { return };
        let (host, bytes) = (self.addr, say.len());
        let head = format!(
            "POST /r/lobby?s={} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
             Content-Length: {bytes}\r\n\r\n",
            self.session
        );
        let mut connection = Connection::open(self.addr);
        connection.tries_to_send(format!("{head}{say}").as_bytes());
        if let Some(answer) = connection.answer_if_whole() {
            assert_eq!(answer.status, 200, "{answer:?}");
            self.unanswered = None;
        }
    }

    /// A GET request for the lobby that resumes after the line with this number.
    fn asks_for(&self, what: &str, seq: usize) -> Connection {
        let (addr, session, epoch) = (self.addr, &self.session, &self.epoch);
        let path = format!("/r/lobby/{what}&s={session}&after={epoch}.{seq}");
        let mut connection = Connection::open(addr);
        connection.tries_to_send(format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\n\r\n").as_bytes());
        connection
    }
}

const TEXT: &str = "stream?as=text";
const EVENTS: &str = "stream?as=events";
const POLL: &str = "poll?";

/// The text of a message.
fn text_of(told: &Value) -> Option<String> {
    let text = Some(told).filter(|told| told["type"] == "message")?;
    Some(text["text"].as_str().unwrap().to_owned())
}

/// A client that asks for what is said: `curl` that counts the lines of a stream, a program that
/// reads events, or one that polls.
struct Asker {
    speaker: Speaker,
    form: &'static str,
    shown: Vec<String>,
    /// The stream, or the open poll.
    connection: Connection,
}

impl Asker {
    fn comes(addr: SocketAddr, name: &str, form: &'static str) -> Self {
        let speaker = Speaker::comes(addr, name);
        let mut connection = speaker.asks_for(form, 0);
        if form != POLL {
            connection.head_if_whole().unwrap();
        }
        Self { speaker, form, shown: Vec::new(), connection }
    }

    /// Takes a complete line of a stream as shown; a partial line is dropped.
    fn hears_a_line(&mut self) {
        let Some(line) = self.connection.line_if_whole() else {
            self.connection = self.speaker.asks_for(self.form, self.shown.len());
            let head = self.connection.head_if_whole();
            assert!(head.is_none_or(|head| head.starts_with("HTTP/1.1 200 ")));
            return;
        };
        let text = if self.form == TEXT {
            let talk = Some(&line).filter(|line| !line.starts_with("* "));
            talk.map(|line| line.split_once(": ").unwrap().1.to_owned())
        } else {
            line.strip_prefix("data: ")
                .and_then(|event| text_of(&serde_json::from_str(event).unwrap()))
        };
        self.shown.extend(text);
    }

    /// Takes the answer of a poll, and asks again.
    fn hears_an_answer(&mut self) {
        if let Some(answer) = self.connection.answer_if_whole() {
            assert_eq!(answer.status, 200, "{answer:?}");
            let told: Vec<Value> = serde_json::from_slice(&answer.body).unwrap();
            self.shown.extend(told.iter().filter_map(text_of));
        }
        self.connection = self.speaker.asks_for(POLL, self.shown.len());
    }
}

impl Visitor for Asker {
    fn bytes_of_a_message(&self) -> u64 {
        500
    }

    fn says(&mut self, text: &str) {
        self.speaker.says(text);
    }

    fn comes_back(&mut self, last: &str) {
        self.speaker.tries_to_say();
        while !self.shown.iter().any(|shown| shown == last) {
            if self.form == POLL {
                self.hears_an_answer();
            } else {
                self.hears_a_line();
            }
        }
    }

    fn was_shown(self: Box<Self>) -> Vec<String> {
        self.shown
    }
}

/// `threadbare join`, fed by a script.
struct AtTheConsole {
    console: Console,
    _state: Folder,
}

impl AtTheConsole {
    fn comes(addr: SocketAddr) -> Self {
        let (url, state) = (format!("ws://{addr}/ws"), Folder::new());
        let environment = [("XDG_STATE_HOME", state.path())];
        let console = Console::runs(&["join", &url, "--name", "console"], &environment);
        Self { console, _state: state }
    }
}

impl Visitor for AtTheConsole {
    fn bytes_of_a_message(&self) -> u64 {
        200
    }

    fn says(&mut self, text: &str) {
        self.console.types(&format!("{text}\n"));
    }

    fn comes_back(&mut self, last: &str) {
        self.console.shows(&format!(": {last}\n"));
    }

    fn was_shown(self: Box<Self>) -> Vec<String> {
        let outcome = self.console.ends();
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert!(outcome.notes.contains("reconnecting"), "{outcome:?}");
        let said = outcome.output.lines().filter_map(|line| line.split_once(": "));
        said.map(|(_, text)| text.to_owned()).collect()
    }
}

impl Visitor for Numbered {
    fn bytes_of_a_message(&self) -> u64 {
        200
    }

    fn says(&mut self, text: &str) {
        self.tries_to_say("lobby", text);
    }

    fn comes_back(&mut self, last: &str) {
        self.hears_over_any_connection_until(|socket| has(socket, last) && socket.is_answered());
    }

    fn was_shown(self: Box<Self>) -> Vec<String> {
        self.view("lobby").lines.values().cloned().collect()
    }
}

#[test]
fn fifty_cuts_over_all_ways_of_programs_lose_nothing_and_double_nothing() {
    let mut rng = Rng::new();
    let server = ServerProcess::start(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let lines: Vec<_> = (0..5).map(|_| Proxy::to(server.addr)).collect();
    let mut visitors: Vec<(&str, Box<dyn Visitor>)> = vec![
        // A console client receives no history, so it comes in before all others.
        ("console", Box::new(AtTheConsole::comes(lines[0].addr))),
        ("text", Box::new(Asker::comes(lines[1].addr, "text", TEXT))),
        ("events", Box::new(Asker::comes(lines[2].addr, "events", EVENTS))),
        ("poll", Box::new(Asker::comes(lines[3].addr, "poll", POLL))),
        ("socket", Box::new(Numbered::joins(lines[4].addr, "socket"))),
    ];
    let mut said = Vec::new();
    for (name, visitor) in &mut visitors {
        let text = format!("{name} comes in");
        visitor.says(&text);
        visitor.comes_back(&text);
        said.push(text);
    }
    for cut in 0..CUTS_OF_EACH * visitors.len() {
        let who = cut % visitors.len();
        let ((name, visitor), line) = (&mut visitors[who], &lines[who]);
        let bytes = usize::try_from(rng.below(visitor.bytes_of_a_message())).unwrap();
        let is_reset = rng.below(2) == 0;
        line.does(if is_reset { Fault::ResetAfter(bytes) } else { Fault::CutAfter(bytes) });
        let text = format!("{name} says {cut}");
        visitor.says(&text);
        let meanwhile = format!("meanwhile {cut}");
        bo.says(&meanwhile);
        line.waits_for_the_cut(bytes);
        line.does(Fault::None);
        visitor.comes_back(&meanwhile);
        bo.hears_over_any_connection_until(|bo| has(bo, &text));
        said.extend([text, meanwhile]);
    }
    bo.says("the end");
    said.push("the end".to_owned());
    bo.hears_over_any_connection_until(|bo| has(bo, "the end"));
    let mut log: Vec<_> = bo.view("lobby").lines.values().cloned().collect();
    for (name, mut visitor) in visitors {
        visitor.comes_back("the end");
        assert_eq!(visitor.was_shown(), log, "what {name} was shown");
    }
    log.sort();
    said.sort();
    assert_eq!(log, said, "each once");
}

fn has(person: &Numbered, text: &str) -> bool {
    person.view("lobby").lines.values().any(|it| it == text)
}

#[test]
fn whoever_has_no_numbers_hears_nothing_twice_over_a_connection_until_it_is_cut() {
    let mut rng = Rng::new();
    let (server, lines) = with_lines(&["--rate", "0"]);
    let mut bo = Numbered::joins(server.addr, "Bo");
    let [to_lines, to_sockets] = [lines, server.addr].map(Proxy::to);
    let mut heard: Vec<Vec<String>> = Vec::new();
    for cut in 0..10 {
        let mut nc = Connection::open(to_lines.addr);
        nc.hears("* this is lobby");
        nc.hears("\n");
        let mut classic = Person::joins(to_sockets.addr, &format!("classic {cut}"), "/ws");
        for line in [&to_lines, &to_sockets] {
            line.does(Fault::CutAfter(usize::try_from(rng.below(200)).unwrap()));
        }
        nc.tries_to_send(format!("nc says {cut}\n").as_bytes());
        classic.tries_to_say(&format!("classic says {cut}"));
        for number in 0..10 {
            bo.says(&format!("meanwhile {cut}-{number}"));
        }
        heard.push(std::iter::from_fn(|| nc.line_if_whole()).collect());
        // More messages than there are.
        assert!(classic.hears_as_many_as(usize::MAX).is_some());
        heard.push(classic.heard().to_vec());
        to_lines.does(Fault::None);
        to_sockets.does(Fault::None);
        bo.hears_over_any_connection_until(Numbered::is_answered);
    }
    bo.says("the end");
    bo.hears_over_any_connection_until(|bo| has(bo, "the end"));
    let log: Vec<_> = bo.view("lobby").lines.values().collect();
    assert!(heard.iter().flatten().count() > log.len() / 2, "{heard:?}");
    for heard in heard {
        // Joins and leaves are not in the log.
        let said = heard.iter().filter(|line| !line.starts_with("* "));
        let text = |line: &String| line.split_once(": ").map_or(line.clone(), |it| it.1.into());
        let said: Vec<_> = said.map(text).collect();
        let place = |text: &String| log.iter().position(|it| *it == text).unwrap();
        let places: Vec<_> = said.iter().map(place).collect();
        assert!(
            places.windows(2).all(|pair| pair[0] + 1 == pair[1]),
            "a hole, or one twice: {said:?}"
        );
    }
}
