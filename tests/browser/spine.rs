//! The page of the spine alone: what every classic page did (rows classic B24 and B32 to B37), on
//! the server that has nothing else.

use std::net::SocketAddr;

use serde_json::json;
use threadbare::admission::Password;
use threadbare::admission::entrance::Entrance;
use threadbare::base::language::Language;
use threadbare::base::socket;
use threadbare::classic::ClassicServer;
use threadbare::server::config::ServerConfig;
use threadbare::server::serve::Service;

use crate::host::Proxy;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::terminal::{LYNX, Terminal, W3M};

/// The program that is the spine alone, inside this process.
struct Spine {
    server: Option<ClassicServer>,
    address: SocketAddr,
}

impl Spine {
    fn start() -> Self {
        Self::with(&ServerConfig::new(Language::English))
    }

    /// One that lets no browser in without this password.
    fn asking_for(password: &str) -> Self {
        let entrance = Entrance::asking_for(Password::new(password.to_owned()).unwrap());
        Self::with(&ServerConfig { entrance, ..ServerConfig::new(Language::English) })
    }

    fn with(config: &ServerConfig) -> Self {
        let listener = socket::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let server = ClassicServer::start(vec![listener.into()], config).unwrap();
        Self { server: Some(server), address }
    }

    fn proxy(&self) -> Proxy {
        Proxy::to(self.address)
    }
}

impl Drop for Spine {
    fn drop(&mut self) {
        let left = self.server.take().unwrap().stop();
        assert!(left == 0 || std::thread::panicking());
    }
}

const CONNECTED: &str = "!document.querySelector('#send').disabled";

fn opens<'b>(browser: &'b Browser, proxy: &Proxy, visit: Visit) -> Person<'b> {
    let person = browser.looks_at(&proxy.url(), visit);
    person.waits_until(CONNECTED);
    person
}

/// The rows of the log; rows of the page itself are in stars.
fn log(person: &Person<'_>) -> Vec<String> {
    let rows = person.sees(
        "[...document.querySelectorAll('#log > div')]\
         .map(row => row.querySelector('b') ? `*${row.textContent}*` : row.textContent)",
    );
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row.as_str().unwrap().to_owned()).collect()
}

fn hears(person: &Person<'_>, text: &str) {
    let last =
        format!("document.querySelector('#log > div:last-child')?.textContent === {}", json!(text));
    person.waits_until(&last);
}

#[test]
fn classic_b24_b32_b33_b37_two_people_hear_each_other_on_a_desktop_and_on_a_small_phone() {
    let spine = Spine::start();
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let (ann, bo) = (opens(&browser, &proxy, DESKTOP), opens(&browser, &proxy, PHONE));
    assert_eq!(ann.reads("document.activeElement.id"), "field");
    ann.says("hi");
    hears(&bo, "hi");
    let evil = "<img src=x onerror=\"document.title='caught'\"><b>bold</b> &amp; \u{1f600}";
    bo.says(evil);
    hears(&ann, evil);
    for text in ["", " \t "] {
        ann.says(text);
    }
    ann.sees("document.querySelector('#field').value = ''");
    ann.says("  bye ");
    for person in [&ann, &bo] {
        hears(person, "bye");
        assert_eq!(log(person), ["hi", evil, "bye"]);
        assert_eq!(person.reads("document.title"), "Threadbare");
        assert_eq!(person.field(), "");
        assert_eq!(person.sees("document.querySelector('#hint').hidden"), json!(true));
        assert_eq!(person.sees("document.documentElement.scrollWidth <= innerWidth"), json!(true));
        let edge = |of: &str, side: &str| {
            person
                .measures(&format!("document.querySelector('{of}').getBoundingClientRect().{side}"))
        };
        assert!(edge("#log", "bottom") <= edge("#field", "top"));
        assert!(edge("#field", "right") < edge("#send", "left"));
        assert!(edge("#send", "bottom") <= person.measures("innerHeight"));
        assert!(edge("#send", "height") >= 44.0);
        // The page tried nothing that its security policy forbids.
        assert_eq!(person.console(), Vec::<serde_json::Value>::new());
    }
}

#[test]
fn classic_b33_b34_a_lost_connection_is_told_in_bold_loses_no_text_and_comes_back() {
    let spine = Spine::start();
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let ann = opens(&browser, &proxy, DESKTOP);
    proxy.cut();
    ann.waits_until(
        "document.querySelector('#log b')?.textContent.startsWith('Connection closed.')",
    );
    ann.says("not yet");
    assert_eq!(ann.field(), "not yet", "nothing is sent without a connection");
    proxy.heal();
    ann.waits_until(CONNECTED);
    ann.presses("Enter");
    hears(&ann, "not yet");
    let told = [
        "*Connection closed. Connecting again...*",
        "*Connected again. What others said meanwhile is not here.*",
        "not yet",
    ];
    assert_eq!(log(&ann), told, "once each, however often it tried");
}

#[test]
fn what_was_sent_into_a_connection_that_ends_is_told() {
    let spine = Spine::start();
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let ann = opens(&browser, &proxy, DESKTOP);
    ann.says("heard");
    hears(&ann, "heard");
    // The page sends it, and the socket swallows it.
    ann.sees("void (socket.send = () => {})");
    ann.says("swallowed");
    proxy.cut();
    ann.waits_until("document.querySelector('#log').textContent.includes('Connection closed.')");
    assert_eq!(log(&ann)[1], "*This may not have been sent: swallowed*");
}

#[test]
fn whoever_lacks_the_password_is_told_where_it_belongs() {
    let spine = Spine::asking_for("open sesame");
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let bo = browser.looks_at(&proxy.url(), PHONE);
    bo.waits_until("document.querySelector('#log').textContent.includes('?password=')");
    let ann = browser.looks_at(&format!("{}?password=open+sesame", proxy.url()), PHONE);
    ann.waits_until(CONNECTED);
}

#[test]
fn a_text_that_is_too_long_comes_back_into_the_field() {
    let spine = Spine::start();
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let ann = opens(&browser, &proxy, DESKTOP);
    let long = "x".repeat(5000);
    ann.says(&long);
    ann.waits_until("document.querySelector('#log').textContent.includes('too long')");
    assert_eq!(ann.field(), long);
    ann.waits_until(CONNECTED);
    ann.sees("document.querySelector('#field').value = 'short'");
    ann.says("er");
    hears(&ann, "shorter");
}

#[test]
fn classic_b36_the_log_follows_only_a_reader_at_its_end_and_has_an_end() {
    let spine = Spine::start();
    let (proxy, browser) = (spine.proxy(), Browser::start());
    let (ann, bo) = (opens(&browser, &proxy, DESKTOP), opens(&browser, &proxy, DESKTOP));
    let say = "(from, to) => { for (let i = from; i < to; i += 1) socket.send(`line ${i}`); }";
    let distance =
        "(l => l.scrollHeight - l.scrollTop - l.clientHeight)(document.querySelector('#log'))";
    bo.sees(&format!("({say})(0, 100)"));
    hears(&ann, "line 99");
    assert!(ann.measures(distance) < 2.0);
    ann.sees("void (document.querySelector('#log').scrollTop = 0)");
    bo.sees(&format!("({say})(100, 200)"));
    hears(&ann, "line 199");
    assert_eq!(ann.measures("document.querySelector('#log').scrollTop"), 0.0);
    for hundred in 2..11 {
        bo.sees(&format!("({say})({hundred}00, {hundred}99)"));
        hears(&bo, &format!("line {hundred}98"));
    }
    hears(&ann, "line 1098");
    assert_eq!(log(&ann).len(), 1000);
}

#[test]
fn classic_b35_a_browser_that_runs_no_scripts_is_told_what_to_do() {
    let spine = Spine::start();
    let proxy = spine.proxy();
    for kind in [W3M, LYNX] {
        let terminal = Terminal::opens(kind, &proxy.url());
        terminal.sees("This page needs JavaScript and WebSockets.");
        terminal.sees("with /ws at its end");
        // The page has no control that does nothing.
        assert!(!terminal.screen().contains("Send"), "{}", terminal.screen());
    }
    let browser = Browser::start();
    let ann = browser.looks_at("about:blank", PHONE);
    ann.opens_without_scripts(&proxy.url());
    ann.waits_until("document.querySelector('#hint')?.innerText.includes('Turn JavaScript on')");
    assert_eq!(ann.sees("document.querySelector('#form') === null"), json!(true));
}
