//! The glass box as a page: what the running server does, seen in a browser on the same machine.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};

use crate::cdp::{wait_for, wait_within};
use crate::host::Server;
use crate::look::keep_picture;
use crate::page::{Browser, DESKTOP, PHONE, Person, Visit};
use crate::program::program;
use crate::scene::Caller;
use crate::terminal::{Terminal, W3M};

/// How many looks the page has drawn.
pub(crate) const LOOKS: &str = "Number(document.documentElement.dataset.looks ?? 0)";

pub(crate) fn opens<'b>(browser: &'b Browser, server: &Server, visit: Visit) -> Person<'b> {
    let person = browser.looks_at(&format!("{}glass", server.url()), visit);
    person.waits_until(&format!("{LOOKS} >= 2"));
    person
}

/// One look, without a browser.
pub(crate) fn look(server: &Server) -> Value {
    let mut socket = TcpStream::connect(server.address()).unwrap();
    let host = server.address();
    write!(socket, "GET /glass?as=json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// How many messages the first client's outbox holds, and at most.
fn first_outbox(server: &Server) -> [u64; 2] {
    let contents = &look(server)["outboxes"][0]["contents"];
    ["unsent", "bound"].map(|field| contents[field].as_u64().unwrap_or(u64::MAX / 2))
}

/// A connection with a small buffer, so the server soon notices that its client does not read.
pub(crate) fn narrow(server: &Server) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(2048).unwrap();
    socket.connect(&server.address().into()).unwrap();
    socket.into()
}

/// Fails if the page asks for a look during the time of three.
pub(crate) fn asks_for_no_look(person: &Person<'_>, what: &str) {
    let asked = || person.requests().iter().filter(|url| url.contains("as=json")).count();
    // What was asked for before may still be under way.
    person.draws_a_frame();
    let before = asked();
    // The page's clock goes on for longer than the time between two looks.
    person.sees("new Promise(done => setTimeout(() => done(1), 1600))");
    assert_eq!(asked(), before, "{what}");
}

/// A crowd of twenty people. Its process ends when it is dropped.
struct Crowd(Child);

impl Crowd {
    fn talks(server: &Server) -> Self {
        let url = format!("ws://{}/chat", server.address());
        let mut command = Command::new(program());
        command.args(["crowd", &url, "--people", "20", "--rate", "5", "--for", "60s"]);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

#[test]
fn the_full_queue_of_a_client_that_never_reads_is_seen_within_a_second() {
    let server = Server::start_with(
        "127.0.0.1:0",
        &["--glass", "--outbox", "16", "--rate", "1000", "--burst", "1000"],
    );
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    let _deaf = Caller::comes_over(narrow(&server), &server, "Deaf", &["lobby"]);
    let bo = Caller::comes(&server, "Bo", &["lobby"]);
    let words = "x".repeat(4000);
    // One message more, and the server would take back what waits: the client would be behind.
    wait_within(Duration::from_secs(60), "a full outbox", || {
        bo.says("lobby", &words);
        let [unsent, bound] = first_outbox(&server);
        (unsent == bound).then_some(())
    });
    let full = "document.querySelector('#outboxes tbody tr .bad')?.innerText === 'full'";
    wait_within(Duration::from_secs(1), "the full queue on the page", || {
        (ann.sees(full) == true).then_some(())
    });
    // The page says who waits there, and in which call.
    let writer = "document.querySelector('#outboxes tbody tr td:last-child').innerText";
    ann.waits_until(&format!("{writer}.startsWith('sleeps in write')"));
    let slow = "document.querySelector('#threads tr.slow th').innerText.startsWith('w-')";
    ann.waits_until(slow);
    keep_picture(&ann, "1280-glass-full.png");
}

#[test]
fn a_page_that_nobody_sees_asks_for_nothing_and_goes_on_when_it_is_seen() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    ann.looks_away(true);
    asks_for_no_look(&ann, "the page is hidden");
    let seen = ann.measures(LOOKS);
    ann.looks_away(false);
    ann.waits_until(&format!("{LOOKS} >= {seen} + 2"));
    assert_eq!(json!(ann.console()), json!([]));
}

#[test]
fn freeze_keeps_what_is_seen_until_it_is_pressed_again() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    ann.clicks("#freeze");
    assert_eq!(ann.reads("document.querySelector('#freeze').ariaPressed"), "true");
    let shown = ann.reads("document.querySelector('main').innerText");
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    wait_for("Bo", || (look(&server)["limits"]["clients"]["taken"] == 1).then_some(()));
    asks_for_no_look(&ann, "the page is frozen");
    assert_eq!(ann.reads("document.querySelector('main').innerText"), shown);
    ann.clicks("#freeze");
    ann.waits_until("document.querySelector('[data-n=clients]').innerText === '1'");
}

#[test]
fn each_thread_has_its_row_and_behind_its_name_what_proves_it() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let ann = opens(&browser, &server, DESKTOP);
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    let row = |name: &str| {
        format!(
            "[...document.querySelectorAll('#threads tr')].find(row => row.querySelector('button')?.innerText === '{name}')"
        )
    };
    ann.waits_until(&format!("{}.children[2].innerText.startsWith('sleeps in futex')", row("w-1")));
    ann.sees(&format!("{}.querySelector('button').click()", row("w-1")));
    let (pid, tid) = {
        let look = look(&server);
        let threads = look["threads"].as_array().unwrap().clone();
        let writer = threads.into_iter().find(|thread| thread["name"] == "w-1").unwrap();
        (look["pid"].clone(), writer["tid"].clone())
    };
    let more = ann.reads("document.querySelector('#threads .more').innerText");
    for part in [&format!("cat /proc/{pid}/task/{tid}/syscall"), "its outbox", "writer.rs"] {
        assert!(more.contains(part), "{part}: {more}");
    }
    // The row stays open while the page looks on.
    let seen = ann.measures(LOOKS);
    ann.waits_until(&format!("{LOOKS} >= {seen} + 2"));
    assert_eq!(ann.sees("document.querySelectorAll('#threads .more').length"), 1);
    // A screen reader gets tables and words, and no strip.
    let canvases = "[...document.querySelectorAll('canvas, svg')]";
    assert_eq!(ann.sees(&format!("{canvases}.every(one => one.ariaHidden === 'true')")), true);
}

#[test]
fn the_page_of_a_chat_loads_nothing_of_the_glass_box() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let ann = browser.opens(&server.url());
    ann.is_connected();
    assert!(!ann.requests().iter().any(|url| url.contains("glass")), "{:?}", ann.requests());
}

#[test]
fn under_a_crowd_the_page_fits_and_shows_rates() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let _crowd = Crowd::talks(&server);
    let dark = |visit| Visit { dark: true, ..visit };
    let people = [DESKTOP, PHONE, dark(DESKTOP), dark(PHONE)].map(|visit| {
        let wide = if visit.width == 360 { 2400 } else { 1300 };
        let person = opens(&browser, &server, visit);
        person.resizes(visit.width, wide);
        (person, format!("{}-glass{}.png", visit.width, if visit.dark { "-dark" } else { "" }))
    });
    for (person, picture) in &people {
        person.waits_until(&format!("{LOOKS} >= 12"));
        let rate = "parseFloat(document.querySelector('[data-rate=express]').innerText)";
        person.waits_until(&format!("{rate} > 50"));
        let wide = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(person.sees(wide), true, "{picture} is too wide");
        keep_picture(person, picture);
        assert_eq!(json!(person.console()), json!([]));
    }
}

#[test]
fn without_scripts_the_page_has_the_same_facts_and_fits_a_phone() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    let _bo = Caller::comes(&server, "Bo", &["lobby"]);
    let ann = browser.looks_at("about:blank", PHONE);
    ann.opens_without_scripts(&format!("{}glass", server.url()));
    ann.waits_until("document.querySelectorAll('#threads tbody tr').length > 8");
    assert_eq!(ann.sees("document.documentElement.scrollWidth <= innerWidth"), true);
    assert_eq!(ann.sees("getComputedStyle(document.querySelector('noscript p')).display"), "block");
    keep_picture(&ann, "360-glass-scriptless.png");
    ann.goes_to(&format!("{}glass?every=2", server.url()));
    ann.waits_until("document.querySelector('noscript meta')?.content === '2'");
}

/// Plays the schedule of level 1 that breaks it, by links alone, and then the cured program.
fn breaks_level_1(person: &Person<'_>, size: &str) {
    let made = |run: &str| format!("new URLSearchParams(location.search).get('run') === '{run}'");
    let run = "aaabbbba";
    for (index, letter) in run.char_indices() {
        let column = if letter == 'a' { 2 } else { 3 };
        person.clicks(&format!(".threads td:nth-child({column}) .go"));
        person.waits_until(&format!(
            "{} && document.readyState === 'complete'",
            made(&run[..=index])
        ));
        let wide = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(person.sees(wide), true, "{} is too wide", &run[..=index]);
        if index == 0 {
            let waits = "document.querySelector('.threads tbody td:nth-child(3)').innerText";
            assert_eq!(person.reads(waits), "The hub waits for the lock, which the writer has.");
        }
        if index == 4 {
            keep_picture(person, &format!("{size}-schedule.png"));
        }
    }
    person.waits_until("document.querySelector('.end').innerText.startsWith('Broken: you win.')");
    assert_eq!(person.sees("document.querySelectorAll('.go').length"), 0);
    keep_picture(person, &format!("{size}-schedule-broken.png"));
    person.clicks(".end a");
    person.waits_until("document.querySelector('h2').innerText.includes('the cured program')");
    person.waits_until("document.querySelector('.threads .go')");
    assert_eq!(person.sees("!!document.querySelector('.end')"), false);
    keep_picture(person, &format!("{size}-schedule-cured.png"));
}

#[test]
fn without_scripts_a_person_breaks_a_program_by_links_and_cannot_break_the_cured_one() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let browser = Browser::start();
    for (visit, size) in [(PHONE, "360"), (DESKTOP, "1280")] {
        let ann = browser.looks_at("about:blank", visit);
        ann.opens_without_scripts(&format!("{}glass/schedule", server.url()));
        breaks_level_1(&ann, size);
    }
}

#[test]
fn in_w3m_a_person_breaks_a_program_and_takes_a_step_back() {
    let server = Server::start_with("127.0.0.1:0", &["--glass"]);
    let terminal = Terminal::opens(W3M, &format!("{}glass/schedule?level=2", server.url()));
    terminal.sees("No step was made yet.");
    terminal.follows("Let the writer go");
    terminal.sees("next: send the text Hi");
    terminal.follows("Let the hub go");
    terminal.sees("Broken: you win. The frame is torn");
    terminal.follows("Back one step");
    terminal.sees("next: send the text Hi");
}
