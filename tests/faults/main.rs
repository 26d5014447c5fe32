//! What the program does when a part of it breaks: rows G3, G4 and G8.
//!
//! `cargo test --features faults --test faults` runs it. The program is built with a hook for
//! orders like `/faults panic r-3` (`src/server/faults/orders.rs`), which a release does not have.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![expect(clippy::print_stdout, reason = "a failing test shows how far it came")]
#![expect(unreachable_pub, reason = "this crate is nobody's library")]

#[path = "../it/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "the words of other tests, of which these need some")]
mod harness;

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use harness::person::End;
use harness::raw::get;
use harness::{Console, Folder, Person, ServerProcess, at_most, eventually};

const ORDERS: (&str, &str) = ("THREADBARE_FAULTS", "1");
const WRITERS: (&str, &str) = ("THREADBARE_FAN_OUT", "writers");

/// Ann and Bo in a room whose threads take orders; Bo is client 2.
fn room(more: &[(&str, &str)]) -> (ServerProcess, Person, Person) {
    let server = ServerProcess::start_with(&[], &[&[ORDERS], more].concat());
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    let bo = Person::joins(server.addr, "bo", "/ws");
    ann.hears("(bo is here)");
    (server, ann, bo)
}

fn all_goes_on_without_bo(server: &ServerProcess, ann: &mut Person) {
    eventually("Bo's threads to be gone", || {
        !server.threads().iter().any(|name| name == "r-2" || name == "w-2")
    });
    ann.says("still here");
    ann.hears("still here");
    let mut cy = Person::joins(server.addr, "cy", "/ws");
    ann.hears("(cy is here)");
    ann.says("welcome");
    cy.hears("welcome");
    assert_eq!(get(server.addr, "/healthz").status, 200);
    let panics = server.log().iter().filter(|line| line.contains(" panicked ")).count();
    assert_eq!(panics, 1, "{:?}", server.log());
}

#[test]
fn street_g3_a_reader_that_panics_is_that_client_s_end_and_nobody_else_s() {
    let (server, mut ann, mut bo) = room(&[]);
    bo.says("/faults panic r-2");
    assert_eq!(bo.hears_the_end(), End::Broken);
    server.logs(&["ERROR", "r-2", "panicked"]);
    all_goes_on_without_bo(&server, &mut ann);
}

#[test]
fn street_g3_a_writer_that_panics_is_that_client_s_end_and_nobody_else_s() {
    // The writer must be busy; with the express lane, it would sleep.
    let (server, mut ann, mut bo) = room(&[WRITERS]);
    bo.says("/faults panic w-2");
    assert_eq!(bo.hears_the_end(), End::Broken);
    ann.hears("/faults panic w-2");
    server.logs(&["ERROR", "w-2", "panicked"]);
    server.logs(&["write failed", "client=2"]);
    all_goes_on_without_bo(&server, &mut ann);
}

#[test]
fn street_g3_a_hub_that_panics_ends_the_process_at_once_with_a_word() {
    let (mut server, mut ann, _bo) = room(&[]);
    let started = Instant::now();
    ann.says("/faults panic hub");
    assert_eq!(server.ends().code(), Some(70), "{:?}", server.log());
    assert!(started.elapsed() < at_most(Duration::from_secs(1)), "{:?}", started.elapsed());
    server.logs(&["ERROR", "hub", "the server cannot go on"]);
    assert_eq!(ann.hears_the_end(), End::Broken);
}

#[test]
fn row_114_a_hub_that_hangs_is_no_longer_called_well() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path()).unwrap();
    let path = format!("{}/notify", folder.path());
    let manager = UnixDatagram::bind(&path).unwrap();
    let (server, mut ann, _bo) =
        room(&[("NOTIFY_SOCKET", path.as_str()), ("WATCHDOG_USEC", "200000")]);
    let hears = |wait| {
        manager.set_read_timeout(Some(wait)).unwrap();
        let mut text = [0; 4096];
        manager.recv(&mut text).map(|count| String::from_utf8_lossy(&text[..count]).into_owned())
    };
    while hears(Duration::from_secs(10)).unwrap() != "WATCHDOG=1\n" {}
    ann.says("/faults hang hub");
    eventually("the hub to be called ill", || get(server.addr, "/healthz").status == 503);
    // What it said before that is still unread.
    manager.set_nonblocking(true).unwrap();
    while manager.recv(&mut [0; 4096]).is_ok() {}
    manager.set_nonblocking(false).unwrap();
    let error = hears(Duration::from_millis(500)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock, "nothing in five of its turns");
}

#[test]
fn street_g4_long_words_of_a_panic_fit_on_the_small_stack() {
    for thread in ["r-2", "w-2"] {
        let (server, mut ann, mut bo) = room(&[("RUST_BACKTRACE", "full"), WRITERS]);
        let order = format!("/faults panic {thread} {}", "喵".repeat(1300));
        bo.says(&order);
        assert_eq!(bo.hears_the_end(), End::Broken);
        let line = server.logs(&["ERROR", thread, "panicked"]);
        assert!(line.len() < 2000, "{} bytes", line.len());
        if thread == "w-2" {
            ann.hears(&order);
        }
        all_goes_on_without_bo(&server, &mut ann);
    }
    let (mut server, mut ann, _bo) = room(&[("RUST_BACKTRACE", "full")]);
    ann.says(&format!("/faults panic hub {}", "x".repeat(4000)));
    assert_eq!(server.ends().code(), Some(70), "{:?}", server.log());
}

#[test]
fn street_g4_a_stack_that_overflows_is_the_end_of_the_process_though_faults_are_ignored() {
    for (thread, more) in [("r-2", &[][..]), ("hub", &[("THREADBARE_NO_REEXEC", "true")])] {
        let (mut server, _ann, mut bo) = room(more);
        bo.says(&format!("/faults overflow {thread}"));
        let end = server.ends();
        // If the fault signals are ignored, the kernel ends the process; otherwise Rust's own
        // handler does, after a message.
        let signal = if more.is_empty() { 11 } else { 6 };
        assert_eq!(end.signal(), Some(signal), "{thread}: {end:?} {:?}", server.log());
        assert_eq!(bo.hears_the_end(), End::Broken);
    }
}

#[test]
fn street_g8_health_says_no_while_the_hub_is_stuck_and_yes_again_after() {
    let (server, mut ann, mut bo) = room(&[]);
    assert_eq!(get(server.addr, "/healthz").status, 200);
    ann.says("/faults hang hub");
    eventually("the hub to be missed", || get(server.addr, "/healthz").status == 503);
    assert_eq!(get(server.addr, "/").status, 200, "the page needs no hub");
    bo.hears("/faults hang hub");
    eventually("the hub to be back", || get(server.addr, "/healthz").status == 200);
}

#[test]
fn row_115_status_says_that_a_server_whose_hub_is_stuck_is_sick() {
    let (server, mut ann, _bo) = room(&[]);
    let port = server.addr.port().to_string();
    let status = || Console::runs(&["status", "--json", "--port", &port], &[]).waits();
    assert_eq!(status().code, 0);
    ann.says("/faults hang hub");
    let mut outcome = status();
    eventually("a sick server", || {
        outcome = status();
        outcome.code == 1
    });
    assert!(outcome.output.contains("\"is_well\":false"), "{outcome:?}");
    assert!(outcome.output.contains("the hub hangs"), "{outcome:?}");
}

#[test]
fn without_the_variable_an_order_is_a_message() {
    let server = ServerProcess::start(&[]);
    let mut ann = Person::joins(server.addr, "ann", "/ws");
    for order in ["/faults panic r-1", "/faults panic w-1", "/faults panic hub"] {
        ann.says(order);
        ann.hears(order);
    }
}
