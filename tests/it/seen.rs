//! Row 115: what a server tells those who watch it from outside: `/metrics`, and
//! `threadbare status`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::browser::somebody;
use crate::harness::raw::{get, posts};
use crate::harness::{
    Console, Data, Folder, Numbered, Outcome, Person, ServerProcess, Signal, eventually, not_run,
    program,
};

/// The values of one answer of `/metrics`, by the name with its label.
type Values = BTreeMap<String, f64>;

/// Reads a text of Prometheus's format, and fails on the first line that does not follow its
/// grammar: a family is its HELP, its TYPE and its samples, and comes once.
fn parsed(text: &str) -> Values {
    let (mut values, mut seen) = (Values::new(), BTreeSet::new());
    let mut family = (String::new(), String::new());
    let mut helped = String::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty() && !words.contains('\\'), "{line}");
            assert!(seen.insert(name.to_owned()), "{name} comes twice");
            name.clone_into(&mut helped);
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(name, helped, "a TYPE without a HELP");
            assert!(["counter", "gauge"].contains(&kind), "{line}");
            assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
            family = (name.to_owned(), kind.to_owned());
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
            let name = series.split('{').next().unwrap();
            assert_eq!(name, family.0, "a sample of another family: {line}");
            assert!(is_metric_name(name), "{line}");
            if let Some(labels) = series.strip_prefix(name).filter(|labels| !labels.is_empty()) {
                assert_is_label(labels);
            }
            let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
            assert!(value >= 0.0, "{line}");
            assert_eq!(values.insert(series.to_owned(), value), None, "twice: {line}");
        }
    }
    assert!(text.ends_with('\n'), "the last line has a line feed");
    values
}

fn is_metric_name(name: &str) -> bool {
    let is_part = |sign: char| sign.is_ascii_alphanumeric() || sign == '_' || sign == ':';
    !name.starts_with(|sign: char| sign.is_ascii_digit()) && name.chars().all(is_part)
}

/// Fails unless this is `{name="value"}`.
fn assert_is_label(labels: &str) {
    let inside = labels.strip_prefix('{').and_then(|rest| rest.strip_suffix("\"}"));
    let (name, value) = inside.and_then(|inside| inside.split_once("=\"")).unwrap();
    assert!(is_metric_name(name) && !name.contains(':'), "{labels}");
    assert!(!value.contains(['"', '\\']), "{labels}");
}

fn metrics(server: &ServerProcess) -> Values {
    let answer = get(server.addr, "/metrics");
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    parsed(&answer.text())
}

#[test]
fn row_115_metrics_have_the_form_of_prometheus_and_the_exact_counts() {
    let server = ServerProcess::start(&["--metrics", "--clients", "7", "--memory", "64M"]);
    let first = metrics(&server);
    assert_eq!(first["threadbare_messages_total"], 0.0);
    assert!(!first.keys().any(|series| series.starts_with("threadbare_clients{")), "{first:?}");
    let mut ann = Numbered::joins(server.addr, "Ann");
    let bo = Numbered::joins(server.addr, "Bo");
    ann.says_each(&["one", "two", "a wave"]);
    let both = metrics(&server);
    let is = |values: &Values, series: &str, value: f64| {
        assert_eq!(values.get(series).copied(), Some(value), "{series}");
    };
    is(&both, "threadbare_messages_total", 3.0);
    is(&both, "threadbare_clients{format=\"v1\"}", 2.0);
    is(&both, "threadbare_people{state=\"here\"}", 2.0);
    is(&both, "threadbare_rooms", 1.0);
    is(&both, "threadbare_places_taken{of=\"clients\"}", 2.0);
    is(&both, "threadbare_places{of=\"clients\"}", 7.0);
    is(&both, "threadbare_hub_well", 1.0);
    is(&both, "threadbare_disconnects_total{reason=\"peer_closed\"}", 0.0);
    let sum = |values: &Values, family: &str| -> f64 {
        values.iter().filter(|(series, _)| series.starts_with(family)).map(|(_, value)| value).sum()
    };
    assert_eq!(sum(&both, "threadbare_disconnects_total{"), 0.0);
    assert!(both["threadbare_memory_taken_bytes"] > first["threadbare_memory_taken_bytes"]);
    assert!(both["threadbare_memory_bytes"] < f64::from(64 << 20));
    assert!(both["process_resident_memory_bytes"] > f64::from(1 << 20));
    assert!(both["threadbare_hub_busy_seconds_total"] > 0.0);

    bo.vanishes();
    eventually("the leaver is counted", || sum(&metrics(&server), "threadbare_disconnects_") > 0.0);
    let one = metrics(&server);
    is(&one, "threadbare_disconnects_total{reason=\"peer_closed\"}", 1.0);
    assert_eq!(sum(&one, "threadbare_disconnects_total{"), 1.0);
    is(&one, "threadbare_clients{format=\"v1\"}", 1.0);
    is(&one, "threadbare_people{state=\"here\"}", 1.0);
    is(&one, "threadbare_people{state=\"away\"}", 1.0);
    is(&one, "threadbare_messages_total", 3.0);
    // Somebody who reads pages has no connection between two of them.
    let _cy = somebody(server.addr, "Cy", "from a page");
    let pages = metrics(&server);
    is(&pages, "threadbare_messages_total", 4.0);
    is(&pages, "threadbare_clients{format=\"v1\"}", 1.0);
    is(&pages, "threadbare_people{state=\"away\"}", 2.0);
    // Bo may come back for ten seconds.
    assert!([1.0, 2.0].contains(&pages["threadbare_refreshing"]), "{pages:?}");
    assert!(!one.contains_key("threadbare_history_well"), "no history, nothing to store");
    let said = get(server.addr, "/metrics").text();
    assert!(["Ann", "Bo", "Cy", "wave", "lobby"].iter().all(|word| !said.contains(word)), "{said}");
    assert_eq!(posts(server.addr, "/metrics", "text/plain", "").status, 405);
}

#[test]
fn row_115_each_message_is_delivered_once_to_each_client_that_hears_it() {
    let server = ServerProcess::start(&["--metrics"]);
    let [mut ann, mut bo] = ["Ann", "Bo"].map(|name| Person::joins(server.addr, name, "/chat"));
    let delivered = || {
        let values = metrics(&server);
        let by = |who: &str| values[&format!("threadbare_deliveries_total{{by=\"{who}\"}}")];
        let outcome =
            |word: &str| values[&format!("threadbare_pushed_messages_total{{outcome=\"{word}\"}}")];
        assert_eq!(outcome("refused") + outcome("ended"), 0.0, "{values:?}");
        by("hub") + by("writer")
    };
    assert_eq!(ann.hears_something(), "(Bo is here)");
    // The hub counts a message after it has sent it. Whoever reads a room's page has asked the hub
    // since then.
    let the_hub_is_done = || assert_eq!(get(server.addr, "/r/lobby").status, 200);
    the_hub_is_done();
    let before = delivered();
    for text in ["one", "two", "three"] {
        ann.says(text);
        for person in [&mut ann, &mut bo] {
            assert_eq!(person.hears_something(), text);
        }
    }
    the_hub_is_done();
    // A writer, too, may count a message a moment after the client has it.
    eventually("six deliveries", || delivered() - before >= 6.0);
    assert_eq!(delivered() - before, 6.0);
}

#[test]
fn row_115_with_a_history_metrics_say_how_far_it_is_behind() {
    let data = Data::new();
    let server = data.start(&["--metrics"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says_each(&["one", "two"]);
    // The hub counts it a moment after it has said so.
    eventually("both to be stored", || metrics(&server)["threadbare_history_waiting_lines"] == 0.0);
    assert_eq!(metrics(&server)["threadbare_history_well"], 1.0);
}

#[test]
fn row_115_without_the_flag_there_are_no_metrics() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/metrics").status, 404);
    assert_eq!(get(server.addr, "/healthz").status, 200);
}

// --- `threadbare status` -------------------------------------------------------------------------

fn status(arguments: &[&str]) -> Outcome {
    Console::runs(&[&["status"], arguments].concat(), &[]).waits()
}

/// The server that listens on this port, as a person asks for it: other tests run servers, too.
fn port(server: &ServerProcess) -> String {
    server.addr.port().to_string()
}

/// A server whose sockets are in this folder, and the path of its control socket.
fn in_folder(folder: &Folder) -> (ServerProcess, PathBuf) {
    fs::create_dir(folder.path()).unwrap();
    let server = ServerProcess::start_with(&[], &[("RUNTIME_DIRECTORY", folder.path())]);
    let inside = fs::read_dir(folder.path()).unwrap().flatten();
    let control = inside.map(|entry| entry.path().join("control")).find(|path| path.exists());
    (server, control.unwrap())
}

fn asked_as_json(socket: &Path) -> Value {
    let outcome = status(&["--json", "--at", socket.to_str().unwrap()]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    serde_json::from_str(&outcome.output).unwrap()
}

#[test]
fn row_115_status_shows_who_is_here_and_what_is_taken_in_a_small_terminal() {
    let data = Data::new();
    let server = data.start(&["--clients", "10"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let _bo = Numbered::joins(server.addr, "Bo");
    let _cy = somebody(server.addr, "Cy", "one");
    ann.says_each(&["two", "three"]);
    drop(Person::connects(server.addr, "Di", "/chat"));
    let shown = || status(&["--port", &port(&server)]);
    let mut outcome = shown();
    eventually("Di to be counted", || {
        outcome = shown();
        outcome.output.contains("peer_closed 1")
    });
    assert_eq!((outcome.code, outcome.notes.as_str()), (0, ""), "{outcome:?}");
    let text = &outcome.output;
    for part in [
        &format!("process {}", server.status("Pid")),
        ": well\n",
        &format!("http://{}/", server.addr),
        "2 live (v1 2), 1 refreshing\n",
        "2 here, 1 away; rooms: 1\n",
        "0.0 a second, 3 in all\n",
        "[####....................] 2 of 10\n",
        "broadcast   [",
        "0 lines not stored yet; ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.lines().count() <= 24, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(
        !["Ann", "Bo", "Cy", "lobby", "WARNING"].iter().any(|word| text.contains(word)),
        "{text}"
    );
}

#[test]
fn row_115_the_control_socket_is_the_server_s_user_s_alone_and_sleeps_while_nobody_asks() {
    let folder = Folder::new();
    let (mut server, socket) = in_folder(&folder);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    let told = asked_as_json(&socket);
    assert_eq!(told["pid"], server.status("Pid"));
    assert_eq!(told["addresses"][0], server.addr.to_string());
    assert_eq!(told["history"], Value::Null);
    let [thread] = server.threads_named("control")[..] else { panic!("not one thread control") };
    let of_thread = |key: &str| {
        let page =
            fs::read_to_string(format!("/proc/{}/task/{thread}/status", told["pid"])).unwrap();
        let line = page.lines().find_map(|line| line.strip_prefix(key)).unwrap().to_owned();
        line.trim_start_matches(':').trim().to_owned()
    };
    eventually("it waits for the next client", || of_thread("State").starts_with('S'));
    // The thread may sleep for a moment before it has ended the answer, so the first ten requests
    // may see one wake-up of that.
    eventually("ten requests that wake it not once, because nobody has asked", || {
        let sleeps = of_thread("voluntary_ctxt_switches");
        for _ in 0..10 {
            assert_eq!(get(server.addr, "/healthz").status, 200);
        }
        of_thread("voluntary_ctxt_switches") == sleeps
    });
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "its folders are gone");
    let outcome = status(&["--at", socket.to_str().unwrap()]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.notes.contains("Start one with `threadbare`"), "{outcome:?}");
}

#[test]
fn row_115_a_client_that_says_nothing_holds_status_up_for_its_deadline_only() {
    let folder = Folder::new();
    let (_server, socket) = in_folder(&folder);
    let _silent = UnixStream::connect(&socket).unwrap();
    let began = Instant::now();
    asked_as_json(&socket);
    let waited = began.elapsed();
    // The deadline is a second; the rest is for a busy machine.
    assert!(waited < Duration::from_secs(4), "{waited:?}");
}

#[test]
fn row_115_if_several_servers_run_status_lists_them_and_says_how_to_choose() {
    let servers = [ServerProcess::start(&[]), ServerProcess::start(&[])];
    let outcome = status(&[]);
    assert_eq!((outcome.code, outcome.output.as_str()), (2, ""), "{outcome:?}");
    assert!(outcome.notes.contains("choose one with --port or --at"), "{outcome:?}");
    for server in &servers {
        let line = format!("  pid {} at {}: --at /", server.status("Pid"), server.addr);
        assert!(outcome.notes.contains(&line), "{line}: {outcome:?}");
        assert_eq!(status(&["--json", "--port", &port(server)]).code, 0);
    }
    let outcome = status(&["--port", "1"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.notes.contains("listens on port 1"), "{outcome:?}");
}

#[test]
fn row_115_another_user_gets_no_status_and_hears_why() {
    let folder = Folder::new();
    let (_server, socket) = in_folder(&folder);
    // A source tree in a home folder is closed to other users.
    let copy = Folder::new();
    fs::copy(program(), copy.path()).unwrap();
    fs::set_permissions(copy.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", copy.path()]);
        command.args(arguments).output()
    };
    if !as_nobody(&["--version"]).is_ok_and(|output| output.status.success()) {
        fs::remove_file(copy.path()).unwrap();
        return not_run("115", "no program can be started as another user here");
    }
    let outcome = as_nobody(&["status", "--at", socket.to_str().unwrap()]).unwrap();
    fs::remove_file(copy.path()).unwrap();
    let words = String::from_utf8_lossy(&outcome.stderr).into_owned();
    assert_eq!(outcome.status.code(), Some(2), "{words}");
    assert!(words.contains("another user's: ask as that user, or as root"), "{words}");
}
