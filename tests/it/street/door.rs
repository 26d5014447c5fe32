//! A1, A3, A4 and A10 of the street: strangers that hold doors open, or send endless bytes to them.
//!
//! Goal: what a stranger sends costs no more than one request, and it ends when the server decides.
//! The memory limits are generous: the kernel counts a process's pages in batches, so a few hundred
//! KiB may be only its own arithmetic.

use std::time::{Duration, Instant};

use threadbare::base::limits;
use threadbare::base::socket::DOOR_SEND_BUFFER_BYTES;

use crate::harness::raw::{Connection, get, narrow};
use crate::harness::tls_relay::held_bytes_max;
use crate::harness::{ServerProcess, at_most, eventually, tls_relay};

/// The number of threads in use: the ones kept for the next guest do nothing.
fn threads_in_use(server: &ServerProcess) -> usize {
    server.threads().iter().filter(|name| *name != "parked").count()
}

/// How often the log says that `path` was answered.
fn answered(server: &ServerProcess, path: &str) -> usize {
    let is_one = |line: &&String| line.contains(path) && line.contains("answered");
    server.log().iter().filter(is_one).count()
}

/// Another client gets a page, at once.
fn is_served(server: &ServerProcess) {
    let asked = Instant::now();
    assert_eq!(get(server.addr, "/").status, 200);
    // By TLS, the handshakes of all strangers come before it, and this machine makes both sides.
    let handshakes = Duration::from_secs(if tls_relay::is_wanted() { 3 } else { 0 });
    let most = at_most(Duration::from_millis(330)) + handshakes;
    assert!(asked.elapsed() < most, "{:?}", asked.elapsed());
}

#[test]
fn street_a1_five_hundred_heads_that_stop_end_at_the_deadline_and_the_page_opens_meanwhile() {
    const STRANGERS: usize = 500;
    let server = ServerProcess::start(&[]);
    is_served(&server);
    eventually("the page's door to close", || server.guest_threads() == 0);
    let (threads, files) = (threads_in_use(&server), server.file_count());
    let first = Instant::now();
    let mut stuck: Vec<_> = (0..STRANGERS)
        .map(|_| {
            let mut connection = Connection::open(server.addr);
            connection.sends(b"GET / HT");
            connection
        })
        .collect();
    let last = Instant::now();
    for _ in 0..10 {
        is_served(&server);
    }
    let there = server.guest_threads();
    // On a slower machine, the first doors are closed already.
    assert!(there >= STRANGERS || first.elapsed() > limits::HEAD_WAIT, "{there} doors");
    for line in &mut stuck {
        assert_eq!(line.answer().status, 408);
        assert!(line.is_closed());
    }
    assert!(first.elapsed() >= limits::HEAD_WAIT, "too early: {:?}", first.elapsed());
    let late = last.elapsed().saturating_sub(limits::HEAD_WAIT);
    assert!(late < at_most(Duration::from_secs(1)), "{late:?} after the deadline");
    drop(stuck);
    eventually("no door", || server.guest_threads() == 0);
    eventually("threads as before", || threads_in_use(&server) <= threads);
    eventually("files as before", || server.file_count() <= files);
    eventually("each of them in the log, told or counted", || {
        let (told, more) = server.told("head_too_slow", "outcome=\"");
        told + more == STRANGERS
    });
}

#[test]
fn street_a3_a4_a_head_without_an_end_is_refused_and_takes_no_memory() {
    const ENDLESS: usize = 200 << 20;
    // So many of each kind that the row's limit for one is more than the kernel's error.
    const LINES: u64 = 16;
    let server = ServerProcess::start(&[]);
    is_served(&server);
    let before = server.memory_kib("VmHWM");
    for (what, part) in [("a header", "x"), ("headers", "a: b\r\n")] {
        let part = part.repeat(64 * 1024 / part.len());
        for _ in 0..LINES {
            let mut connection = Connection::open(server.addr);
            connection.sends(b"GET / HTTP/1.1\r\nHost: a\r\nX: ");
            let mut sent = 0;
            while sent < ENDLESS && connection.tries_to_send(part.as_bytes()) {
                sent += part.len();
            }
            // Most of these bytes wait in the kernel; the server has not read them.
            assert!(sent < ENDLESS / 4, "{sent} bytes of {what} were taken");
            assert_eq!(connection.answer().status, 431, "{what} without an end");
            assert!(connection.is_closed());
        }
    }
    let grown = server.memory_kib("VmHWM") - before;
    println!("{grown} KiB for {} lines", 2 * LINES);
    assert!(grown < 64 * 2 * LINES, "{grown} KiB for heads without an end");
    eventually("their doors to close", || server.guest_threads() == 0);
    is_served(&server);
}

/// How many requests are sent without reading an answer.
const UNREAD: usize = 280_000;

/// Sends [`UNREAD`] requests for `path`, or fewer if the server ends the connection.
fn asks_on_and_on(connection: &mut Connection, path: &str) {
    let wish = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").repeat(1000);
    for _ in 0..UNREAD / 1000 {
        if !connection.tries_to_send(wish.as_bytes()) {
            return;
        }
    }
}

#[test]
fn street_a10_who_asks_280_000_times_and_reads_nothing_is_answered_a_few_times_and_cut() {
    let patience = Duration::from_secs(2);
    let server = ServerProcess::start(&["--answer-timeout", "2s"]);
    let page = get(server.addr, "/").text();
    // A file that the page uses: its style, or the script of the classic page.
    let is_beside = |part: &&str| part.ends_with("base.css") || part.ends_with("classic.js");
    let style = page.split('"').find(is_beside).unwrap();
    // The classic page says its address as it is seen from there.
    let style = &*format!("/{}", style.trim_start_matches('/'));
    let size = get(server.addr, style).body.len();
    let before = (server.memory_kib("VmHWM"), answered(&server, style));
    let started = Instant::now();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            asks_on_and_on(&mut Connection::over(narrow(server.addr)), style);
        });
        eventually("the first to be answered", || answered(&server, style) > before.1);
        is_served(&server);
    });
    let took = started.elapsed();
    assert!(took >= patience, "cut after {took:?}");
    assert!(took < patience + at_most(Duration::from_secs(1)), "{took:?}");
    eventually("its door to close", || server.guest_threads() == 0);
    let answers = answered(&server, style) - before.1;
    let grown = server.memory_kib("VmHWM") - before.0;
    println!("{answers} answers of {size} bytes, {grown} KiB");
    // The answers that fit into the kernel, which takes twice the set size of a socket's buffer,
    // and the current one. After that, the server reads no further request. The row allows 16.
    let most = (2 * DOOR_SEND_BUFFER_BYTES + held_bytes_max()) / size + 1;
    assert!(answers <= most, "{answers} were answered and none was read");
    assert!(grown < 2048, "{grown} KiB for requests that wait");
    is_served(&server);
}

#[test]
fn street_a10_short_answers_that_nobody_reads_end_with_the_thousandth() {
    // A thousand short answers may fit into the kernel's buffers; if not, the server cuts the
    // connection.
    let server = ServerProcess::start(&["--answer-timeout", "3s"]);
    is_served(&server);
    let before = server.memory_kib("VmHWM");
    asks_on_and_on(&mut Connection::open(server.addr), "/version");
    eventually("its door to close", || server.guest_threads() == 0);
    let answers = answered(&server, "/version");
    let grown = server.memory_kib("VmHWM") - before;
    println!("{answers} answers, {grown} KiB");
    let most = usize::try_from(limits::REQUESTS_PER_CONNECTION_MAX).unwrap();
    assert!(answers <= most, "{answers} answers on one line");
    assert!(grown < 2048, "{grown} KiB for requests that wait");
    is_served(&server);
}
