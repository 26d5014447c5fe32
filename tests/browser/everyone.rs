//! One of each browser, and the programs that are not browsers, in one room.
//!
//! Goal: all of them see the same, in the same order, each line once; and each of them goes on
//! after a restart of the server. Method: one after another says something in its own way, then the
//! test looks at what each one shows.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::cdp::wait_for;
use crate::cuts::comes_back;
use crate::firefox;
use crate::host::{Proxy, Server, in_thread};
use crate::page::{Browser, DESKTOP, PHONE, Person};
use crate::scriptless;
use crate::terminal::{ELINKS, LINKS, LYNX, Terminal, W3M};
use crate::textual;

/// The number of messages on a page.
const PAGE_LINES: usize = 25;

trait Visitor {
    fn says(&mut self, text: &str);
    /// Waits for the last of `texts`; returns which of them it sees, oldest first, as indexes.
    fn order(&mut self, texts: &[String]) -> Vec<usize>;
    /// A page without scripts shows only the newest messages, and a link to the older ones.
    fn sees_at_most(&self) -> usize {
        usize::MAX
    }
    /// The server is back: reconnects, if the visitor would do that too late by itself.
    fn tries_again(&mut self) {}
}

fn places<'a>(seen: impl Iterator<Item = &'a str>, texts: &[String]) -> Vec<usize> {
    seen.filter_map(|line| texts.iter().position(|text| line == text)).collect()
}

/// A live page, with any way to connect.
struct Live<'b>(Person<'b>);

impl Visitor for Live<'_> {
    fn says(&mut self, text: &str) {
        self.0.says(text);
    }

    /// It would reconnect by itself, but after a pause that grows.
    fn tries_again(&mut self) {
        comes_back(&self.0);
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        self.0.hears(texts.last().unwrap());
        places(self.0.log().iter().map(String::as_str), texts)
    }
}

/// The same browser with its scripts off.
struct Scriptless<'b>(Person<'b>);

impl Visitor for Scriptless<'_> {
    fn sees_at_most(&self) -> usize {
        PAGE_LINES
    }

    fn says(&mut self, text: &str) {
        scriptless::says(&self.0, text);
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        self.0.clicks(".ways input");
        scriptless::sees_line(&self.0, texts.last().unwrap());
        let list = self.0.reads(scriptless::LIST);
        places(list.lines().rev().map(str::trim), texts)
    }
}

/// A Firefox with its scripts on.
struct LiveFox(firefox::Person);

impl Visitor for LiveFox {
    fn says(&mut self, text: &str) {
        self.0.says(text);
    }

    fn tries_again(&mut self) {
        self.0.is_back();
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        self.0.hears(texts.last().unwrap());
        places(self.0.log().iter().map(String::as_str), texts)
    }
}

/// A Firefox with its scripts off.
struct ScriptlessFox(firefox::Person);

impl ScriptlessFox {
    fn comes_in(room: &str, name: &str) -> Self {
        let person = firefox::Person::sits_down(false);
        person.opens(room);
        person.waits_until("document.readyState === 'complete'");
        person.clicks("input[name=name]");
        person.types(name);
        Self(person)
    }
}

impl Visitor for ScriptlessFox {
    fn sees_at_most(&self) -> usize {
        PAGE_LINES
    }

    fn says(&mut self, text: &str) {
        self.0.posts(text);
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        self.0.clicks(".ways input");
        wait_for(texts.last().unwrap(), || {
            self.0.list().contains(texts.last().unwrap()).then_some(())
        });
        places(self.0.list().iter().rev().map(String::as_str), texts)
    }
}

impl Visitor for Terminal {
    fn sees_at_most(&self) -> usize {
        PAGE_LINES
    }

    fn says(&mut self, text: &str) {
        textual::says(self, text);
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        let mut order = textual::order(self, texts);
        order.reverse();
        order
    }
}

/// A program that prints lines, and what it printed.
struct Reading {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Reading {
    fn starts(program: &str, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("tests/run installs what is missing");
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let (kept, printed) = (Arc::clone(&lines), BufReader::new(child.stdout.take().unwrap()));
        in_thread(move || {
            for line in printed.lines().map_while(Result::ok) {
                kept.lock().push(line);
            }
        });
        Self { child, lines }
    }

    /// Each printed line is `name: text`.
    fn order(&self, texts: &[String]) -> Vec<usize> {
        let said = |line: &str| line.split_once(": ").map_or(String::new(), |it| it.1.to_owned());
        let last = texts.last().unwrap();
        wait_for(last, || self.lines.lock().iter().any(|line| said(line) == *last).then_some(()));
        let said: Vec<_> = self.lines.lock().iter().map(|line| said(line)).collect();
        places(said.iter().map(String::as_str), texts)
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// `curl -d` to speak, `curl -N` to listen.
struct Curl(String);

impl Visitor for Curl {
    fn says(&mut self, text: &str) {
        let said = Command::new("curl").args(["-sS", "-d", text, &self.0]).output().unwrap();
        let said = String::from_utf8(said.stdout).unwrap();
        assert!(said.starts_with("Sent to lobby as #"), "{said}");
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        Reading::starts("curl", &["-sSN", &format!("{}/stream", self.0)]).order(texts)
    }
}

/// `nc` to the port for plain lines.
struct Nc {
    at: SocketAddr,
    nc: Reading,
}

impl Nc {
    fn dials(at: SocketAddr) -> Self {
        let nc = Reading::starts("nc", &[&at.ip().to_string(), &at.port().to_string()]);
        Self { at, nc }
    }
}

impl Visitor for Nc {
    fn says(&mut self, text: &str) {
        writeln!(self.nc.child.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    fn order(&mut self, texts: &[String]) -> Vec<usize> {
        self.nc.order(texts)
    }

    fn tries_again(&mut self) {
        *self = Self::dials(self.at);
    }
}

#[test]
fn one_of_each_is_in_one_room_sees_one_order_and_goes_on_after_a_restart() {
    let data = std::env::temp_dir().join(format!("threadbare-everyone-{}", std::process::id()));
    let data = data.to_str().unwrap();
    let start = |address: &str, lines: &str| {
        Server::start_with(address, &["--guests", "--lines", lines, "--data", data])
    };
    let mut server = start("127.0.0.1:0", "127.0.0.1:0");
    let (address, lines) = (server.address(), server.lines());
    let room = format!("{}r/lobby", server.url());
    let browser = Browser::start();
    let through = Proxy::to(address);
    through.forbid(&["upgrade: websocket"]);

    let named = |name: &str| format!("{name} comes in");
    let off = scriptless::opens(&browser, &server, PHONE);
    scriptless::fills(&off, "name", "off");
    let mut everyone: Vec<(&str, Box<dyn Visitor + '_>)> = vec![
        ("chromium", Box::new(Live(browser.comes(&room, DESKTOP)))),
        ("chromium without sockets", Box::new(Live(browser.opens(&through.url())))),
        ("chromium without scripts", Box::new(Scriptless(off))),
        (
            "firefox",
            Box::new(LiveFox({
                let person = firefox::Person::sits_down(true);
                person.opens(&room);
                person.is_back();
                person
            })),
        ),
        ("firefox without scripts", Box::new(ScriptlessFox::comes_in(&room, "fox"))),
        ("curl", Box::new(Curl(room.clone()))),
        ("nc", Box::new(Nc::dials(lines))),
    ];
    let mut texts = Vec::new();
    for kind in [W3M, LYNX, LINKS, ELINKS] {
        let text = named(kind.program);
        let visitor = textual::comes_in(kind, &room, &format!("{}-user", kind.program), &text);
        everyone.push((kind.program, Box::new(visitor)));
        texts.push(text);
    }
    for round in ["one", "two"] {
        let mut voice = server.voice();
        for (name, visitor) in &mut everyone {
            let text = format!("{name} says {round}");
            visitor.says(&text);
            while !voice.hears_next().ends_with(&text) {}
            texts.push(text);
        }
        // A message that no visitor has yet: a visitor that shows it has looked again.
        let last = format!("that was round {round}");
        voice.says(&last);
        voice.hears(&last);
        texts.push(last);
        let all: Vec<_> = (0..texts.len()).collect();
        for (name, visitor) in &mut everyone {
            let seen = &all[all.len().saturating_sub(visitor.sees_at_most())..];
            assert_eq!(visitor.order(&texts), seen, "what {name} sees");
        }
        if round == "one" {
            server.stop();
            server = start(&address.to_string(), &lines.to_string());
            everyone.iter_mut().for_each(|(_, visitor)| visitor.tries_again());
        }
    }
    std::fs::remove_dir_all(data).ok();
}
