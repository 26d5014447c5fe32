//! Row 115: what a server tells those who watch it from outside: `/metrics`.

use std::collections::{BTreeMap, BTreeSet};

use crate::harness::browser::somebody;
use crate::harness::raw::{get, posts};
use crate::harness::{Data, Numbered, Person, ServerProcess, eventually};

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
    let values = metrics(&server);
    assert_eq!(values["threadbare_history_waiting_lines"], 0.0, "both are stored");
    assert_eq!(values["threadbare_history_well"], 1.0);
}

#[test]
fn row_115_without_the_flag_there_are_no_metrics() {
    let server = ServerProcess::start(&[]);
    assert_eq!(get(server.addr, "/metrics").status, 404);
    assert_eq!(get(server.addr, "/healthz").status, 200);
}
