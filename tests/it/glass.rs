//! The glass box: what the server shows of its own threads, queues and counters.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::harness::raw::{get, posts};
use crate::harness::{Console, Numbered, ServerProcess, eventually};

fn look(server: &ServerProcess) -> Value {
    let answer = get(server.addr, "/glass?as=json");
    assert_eq!(answer.status, 200, "{answer:?}");
    serde_json::from_str(&answer.text()).unwrap()
}

/// The names of the threads, as a look shows them.
fn names(look: &Value) -> BTreeSet<String> {
    let threads = look["threads"].as_array().unwrap().iter();
    threads.map(|thread| thread["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_server_without_the_flag_has_no_glass_box() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/glass").status, 404);
}

#[test]
fn a_client_s_two_threads_are_seen_with_the_call_that_each_sleeps_in() {
    let server = ServerProcess::start(&["--glass"]);
    let _bo = Numbered::joins(server.addr, "Bo");
    let thread = |name: &str| {
        let threads = look(&server)["threads"].clone();
        let found = threads.as_array().unwrap().iter().find(|thread| thread["name"] == name);
        found.cloned().unwrap_or_default()
    };
    eventually("the reader waits for bytes", || thread("r-1")["call"] == "recvfrom");
    eventually("the writer waits for work", || thread("w-1")["call"] == "futex");
    assert!(thread("w-1")["waits_for"].as_str().unwrap().starts_with("its outbox"));
    let shown = look(&server);
    let kernel: BTreeSet<String> = fs::read_dir(format!("/proc/{}/task", shown["pid"]))
        .unwrap()
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect();
    let fixed = |names: &BTreeSet<String>| {
        let stay = names.iter().filter(|name| *name != "door" && *name != "parked");
        stay.cloned().collect::<BTreeSet<_>>()
    };
    assert_eq!(fixed(&names(&shown)), fixed(&kernel));
    assert_eq!(shown["outboxes"][0]["client"], 1);
    assert_eq!(shown["limits"]["clients"]["taken"], 1);
}

#[test]
fn the_text_fits_a_terminal_and_says_who_must_look_from_where() {
    let server = ServerProcess::start(&["--glass"]);
    let answer = get(server.addr, "/glass");
    for line in answer.text().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_eq!(posts(server.addr, "/glass", "text/plain", "").status, 405);
}

#[test]
fn under_load_the_glass_box_says_what_the_kernel_says() {
    let server = ServerProcess::start(&["--glass"]);
    let url = format!("http://{}/", server.addr);
    let chat = format!("ws://{}/chat", server.addr);
    let crowd = ["crowd", &chat, "--people", "20", "--rate", "200", "--for", "4s"];
    let crowd = Console::runs(&crowd, &[]);
    let check = ["glass", "--check", &url, "--looks", "200"];
    let outcome = Console::runs(&check, &[]).waits();
    assert_eq!(outcome.code, 0, "{outcome:?}");
    crowd.waits();
    let counters = look(&server)["counters"].clone();
    assert!(counters["express"].as_u64().unwrap() > 1000, "{counters}");
}
