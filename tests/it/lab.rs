//! `threadbare lab`: a server of its own, puppets that do something wrong, and the faults of chat
//! servers, each beside its cure.

use std::io::{BufRead, BufReader, PipeReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use serde_json::Value;

use crate::harness::eventually;

/// A lab with short deadlines. Its process ends when it is dropped.
struct Lab {
    process: Child,
    typed: ChildStdin,
    /// What the teacher sees: what the lab prints, and what its server logs.
    told: BufReader<PipeReader>,
    addr: String,
}

impl Lab {
    fn opens(flags: &[&str]) -> Self {
        let (told, shown) = std::io::pipe().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_threadbare"))
            .args(["lab", "--", "--timeout=1s", "--message-timeout", "1s"])
            .args(["--pong-timeout=2s", "--ping-interval=500ms"])
            .args(flags)
            // It is for the user's own server.
            .env("THREADBARE_ADDR", "192.0.2.1:1")
            .stdin(Stdio::piped())
            .stdout(shown.try_clone().unwrap())
            .stderr(shown)
            .spawn()
            .unwrap();
        let typed = process.stdin.take().unwrap();
        let mut lab = Self { process, typed, told: BufReader::new(told), addr: String::new() };
        let line = lab.tells("Glass box:");
        lab.addr = line.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        lab
    }

    fn types(&mut self, words: &str) {
        writeln!(self.typed, "{words}").unwrap();
    }

    /// Reads up to the line that has these words, and returns that line.
    fn tells(&mut self, words: &str) -> String {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.told.read_line(&mut line).unwrap(), 0, "never told: {words}");
        }
        line
    }

    /// Shows a fault. Returns what was counted with it and in its cure, row by row. Nothing of the
    /// two is left then.
    fn shows(&mut self, fault: &str) -> Vec<(usize, usize)> {
        let before = self.threads_and_files();
        self.types(&format!("fault {fault}"));
        self.tells("with the fault");
        let (mut rows, mut line) = (Vec::new(), String::new());
        while !line.contains("has it.") {
            line.clear();
            assert_ne!(self.told.read_line(&mut line).unwrap(), 0, "ended: {rows:?}");
            assert!(line.chars().count() <= 81, "too wide: {line}");
            let words: Vec<_> = line.split_whitespace().filter(|it| !it.starts_with('#')).collect();
            if let [_, "s", faulty, cured] = words[..] {
                rows.push((faulty.parse().unwrap(), cured.parse().unwrap()));
            }
        }
        let file = line.split_whitespace().next().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert!(file.starts_with("src/") && root.join(file).exists(), "{line}");
        eventually("nothing is left", || self.threads_and_files() == before);
        assert_eq!(rows.len(), 8, "{rows:?}");
        rows
    }

    /// How many threads and open files the lab's own process has.
    fn threads_and_files(&self) -> (usize, usize) {
        let count = |list: &str| {
            std::fs::read_dir(format!("/proc/{}/{list}", self.process.id())).unwrap().count()
        };
        (count("task"), count("fd"))
    }

    fn look(&self) -> Value {
        let mut socket = TcpStream::connect(&self.addr).unwrap();
        let host = &self.addr;
        write!(socket, "GET /glass?as=json HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn a_deaf_puppet_s_writer_sleeps_in_a_call_that_writes_until_its_deadline() {
    let mut lab = Lab::opens(&["--write-timeout=2s"]);
    lab.types("deaf");
    lab.tells("deaf-1 has come");
    lab.types("talk");
    lab.tells("talk-2 has come");
    let writer = |look: &Value| {
        let threads = look["threads"].as_array().unwrap();
        threads.iter().find(|one| one["name"] == "w-1").cloned()
    };
    eventually("the writer sleeps in a call that writes", || {
        let thread = writer(&lab.look()).unwrap_or_default();
        thread["state"] == "sleep" && thread["call"].as_str().unwrap_or("").contains("write")
    });
    eventually("the deadline ends it", || writer(&lab.look()).is_none());
    let clients = &lab.look()["limits"]["clients"]["taken"];
    assert_eq!(*clients, 1, "who talks is still there");
}

#[test]
fn each_deadline_ends_its_puppet_and_the_lab_says_after_how_long() {
    let mut lab = Lab::opens(&[]);
    for (number, kind) in (1..).zip(["half", "gone", "drip"]) {
        lab.types(kind);
        lab.tells(&format!("{kind}-{number} has come"));
        lab.tells(&format!("{kind}-{number}: the server closed it after "));
    }
    lab.types("list");
    lab.tells("There is no puppet.");
}

#[test]
fn five_puppets_fit_in_and_quit_ends_all_and_the_server() {
    let mut lab = Lab::opens(&["--outbox", "4"]);
    for _ in 0..5 {
        lab.types("flood");
    }
    lab.tells("flood-5 has come");
    lab.types("talk");
    lab.tells("no more fit in");
    lab.types("stop 3");
    lab.tells("It has gone.");
    lab.types("dance");
    lab.tells("There is no `dance`. `help` lists what there is.");
    lab.types("talk");
    lab.tells("talk-6 has come");
    assert_eq!(lab.look()["outboxes"][0]["contents"]["bound"], 4);
    lab.types("quit");
    assert!(lab.process.wait().unwrap().success());
    assert!(TcpStream::connect(&lab.addr).is_err(), "the server has ended");
}

#[test]
fn the_server_ends_with_a_lab_that_is_killed() {
    let mut lab = Lab::opens(&[]);
    lab.process.kill().unwrap();
    eventually("the server has ended", || TcpStream::connect(&lab.addr).is_err());
}

#[test]
fn a_flag_that_the_server_does_not_know_is_an_error() {
    let lab = Command::new(env!("CARGO_BIN_EXE_threadbare"))
        .args(["lab", "--", "--no-such-flag"])
        .output()
        .unwrap();
    assert_eq!(lab.status.code(), Some(1));
    let wrong = String::from_utf8_lossy(&lab.stderr).into_owned();
    assert!(wrong.contains("--no-such-flag"), "{wrong}");
    assert!(wrong.contains("the lab's server did not start"), "{wrong}");
}

#[test]
fn the_lab_lists_its_faults_and_knows_no_other_one() {
    let mut lab = Lab::opens(&[]);
    lab.types("fault");
    for fault in ["queue-0", "leaked-writer", "no-deadline", "two-writers", "names", "hub-waits"] {
        lab.tells(&format!("  {fault} "));
    }
    lab.types("fault queue-9");
    lab.tells("There is no fault `queue-9`.");
}

#[test]
fn no_line_of_the_log_and_no_end_of_a_puppet_stands_in_the_middle_of_a_figure() {
    let mut lab = Lab::opens(&["--log-level=info"]);
    lab.types("gone");
    lab.tells("gone-1 has come");
    lab.types("fault no-deadline");
    let mut said = lab.tells("with the fault");
    // The server logs this request at once. It closes `gone` two seconds after that has come.
    lab.look();
    for _ in 0..8 {
        let mut row = String::new();
        lab.told.read_line(&mut row).unwrap();
        assert!(row.contains(" s  "), "no row of the figure: {row}");
    }
    lab.tells("has it.");
    while !(said.contains("path=/glass") && said.contains("gone-1: the server closed it")) {
        assert_ne!(lab.told.read_line(&mut said).unwrap(), 0, "never told: {said}");
    }
}

#[test]
fn a_queue_without_room_throws_healthy_people_out_and_one_with_room_nobody() {
    let rows = Lab::opens(&[]).shows("queue-0");
    assert_eq!(rows[0].0, 8, "nobody has spoken yet: {rows:?}");
    assert!(rows[7].0 <= 2, "{rows:?}");
    assert!(rows.iter().all(|row| row.1 == 8), "{rows:?}");
}

#[test]
fn a_writer_that_nobody_ends_stays_and_one_whose_queue_closes_ends() {
    let rows = Lab::opens(&[]).shows("leaked-writer");
    // The hub, and a writer for each of 32 people.
    assert!(rows[7].0 >= 33, "{rows:?}");
    // Those of the last row may be about to end.
    assert!(rows[7].1 <= 9, "{rows:?}");
}

#[test]
fn without_a_deadline_a_deaf_client_stops_all_and_with_one_nothing_is_lost() {
    let rows = Lab::opens(&[]).shows("no-deadline");
    assert!(rows[7].0 <= 60 && rows[7].0 == rows[4].0, "it stands still: {rows:?}");
    assert!(rows[7].1 >= 120, "it has gone on: {rows:?}");
}

#[test]
fn two_threads_that_write_to_one_socket_tear_lines_and_one_tears_none() {
    let rows = Lab::opens(&[]).shows("two-writers");
    assert!(rows[7].0 >= 8, "{rows:?}");
    assert!(rows.iter().all(|row| row.1 == 0), "{rows:?}");
}

#[test]
fn names_at_random_make_two_people_one_and_names_by_the_server_nobody() {
    let rows = Lab::opens(&[]).shows("names");
    // Ten names for 16 people.
    assert!(rows[7].0 >= 6, "{rows:?}");
    assert!(rows.iter().all(|row| row.1 == 0), "{rows:?}");
}

#[test]
fn a_hub_that_sends_to_itself_stands_still_and_one_that_does_it_itself_goes_on() {
    let rows = Lab::opens(&[]).shows("hub-waits");
    assert!(rows[7].0 <= 45 && rows[7].0 == rows[3].0, "it stands still: {rows:?}");
    assert!(rows[7].1 >= 70, "{rows:?}");
}
