//! `threadbare export`, called as people and scripts call it.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::harness::{Data, Numbered, Signal, not_run, program};
use crate::past::saved::saved;

/// `threadbare export --data DIR FLAGS`.
fn export(data: &Data, flags: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.args(["export", "--data"]).arg(data.folder()).args(flags);
    command.output().unwrap()
}

/// What the export wrote; it must have succeeded without any warning.
pub fn exported(data: &Data, flags: &[&str]) -> String {
    let Output { status, stdout, stderr } = export(data, flags);
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(status.success() && stderr.is_empty(), "{status} {stderr}");
    String::from_utf8(stdout).unwrap()
}

#[test]
fn what_was_sent_is_in_an_export_while_the_server_goes_on_keeping() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    for round in 0..10 {
        for number in 0..20 {
            ann.says(&format!("line {round}-{number}"));
        }
        ann.hears_until(|line| line["type"] == "sent" && line["seq"] == (round + 1) * 20);
        let lines = exported(&data, &["--as", "jsonl"]);
        let lines: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len() as u64, (round + 1) * 20);
        let last = json!({
            "type": "message", "room": "lobby", "seq": (round + 1) * 20, "from": "Ann",
            "text": format!("line {round}-19"), "time": lines[lines.len() - 1]["time"],
            "id": lines[lines.len() - 1]["id"],
        });
        assert_eq!(lines.last(), Some(&last));
    }
    assert!(!server.log().iter().any(|line| line.contains("cannot store")), "{:?}", server.log());
}

#[test]
fn an_export_of_a_stopped_server_goes_to_a_file_and_leaves_the_folder_as_it_is() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("hello\u{202e}");
    ann.hears("sent");
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let there = || {
        let all = std::fs::read_dir(data.folder()).unwrap().map(|found| found.unwrap().file_name());
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    };
    let before = there();
    let out = data.folder().with_extension("out.txt");
    assert_eq!(exported(&data, &["--output", out.to_str().unwrap()]), "");
    let text = std::fs::read_to_string(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    assert!(text.ends_with(" Ann: hello[U+202E]\n"), "{text}");
    assert_eq!(there(), before);
    assert!(!exported(&data, &["--since", "1970-01-01"]).is_empty());
    assert!(!exported(&data, &["--since", "2200-01-01 12:00"]).contains("hello"));
}

#[test]
fn an_export_that_cannot_be_says_why() {
    let data = Data::new();
    let words = |output: Output| (output.status.code(), String::from_utf8(output.stderr).unwrap());
    let (code, said) = words(export(&data, &[]));
    assert_eq!(code, Some(1));
    assert!(said.starts_with("threadbare: there is no history in /"), "{said}");
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("hello");
    ann.hears("sent");
    let (code, said) = words(export(&data, &["--room", "Kitchen"]));
    let expected = "threadbare: there is no room kitchen; there are: lobby\n";
    assert_eq!((code, &*said), (Some(1), expected));
    for flags in [["--room", "a/b"], ["--since", "yesterday"], ["--as", "pdf"]] {
        assert_eq!(words(export(&data, &flags)).0, Some(2), "{flags:?}");
    }
    let (code, said) = words(export(&data, &["--output", "/nowhere/at/all"]));
    assert_eq!(code, Some(1));
    assert!(said.contains("cannot write to /nowhere/at/all"), "{said}");
    let (code, said) =
        words(export(&data, &["--output", data.folder().join("x").to_str().unwrap()]));
    assert_eq!(code, Some(1));
    assert!(said.contains("in the folder of the history"), "{said}");
}

#[test]
fn a_reader_that_has_enough_ends_an_export_without_a_word() {
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    // More than fits into a pipe.
    for number in 1..=100 {
        ann.says(&format!("{number} {}", "x".repeat(2000)));
    }
    ann.hears_until(|line| line["type"] == "sent" && line["seq"] == 100);
    let line =
        "\"$0\" export --data \"$1\" --as jsonl | head -n 1 | cut -c 1-17; echo ${PIPESTATUS[0]}";
    let mut command = Command::new("bash");
    command.args(["-c", line, program()]).arg(data.folder());
    let Output { stdout, stderr, .. } = command.output().unwrap();
    assert_eq!(String::from_utf8(stdout).unwrap(), "{\"type\":\"message\"\n0\n");
    assert_eq!(String::from_utf8(stderr).unwrap(), "");
}

#[test]
fn a_terminal_sees_how_far_an_export_is() {
    let data = Data::new();
    let server = data.start(&[]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("hello");
    ann.hears("sent");
    let program = program();
    let line = format!("{program} export --data {} --output /dev/null", data.folder().display());
    let output = Command::new("script").args(["-qefc", &line, "/dev/null"]).output().unwrap();
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && seen.contains("exporting"), "{seen}");
    let line = format!("{program} export --data {}", data.folder().display());
    let output = Command::new("script").args(["-qefc", &line, "/dev/null"]).output().unwrap();
    let seen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(seen.contains("Ann: hello") && !seen.contains("exporting"), "{seen}");
}

/// It measures time, so `THREADBARE_PROGRAM` should name a release build.
#[test]
#[ignore = "writes 150 MB, and is a matter of the release build; `tests/run --long` has it"]
fn a_million_lines_are_exported_in_under_a_minute() {
    const LINES: usize = 1_000_000;
    let data = Data::new();
    let mut server = data.start(&["--keep-size", "4096"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    ann.says("the first");
    ann.hears("sent");
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    // Every tenth line is an edit of the line before it.
    let file = Connection::open(data.file()).unwrap();
    let lines =
        "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < CAST(?1 AS INTEGER))
        INSERT INTO lines (epoch, seq, time, name, id, kind, of, text)
            SELECT (SELECT epoch FROM rooms), n, 1795186799000 + n, 'Ann',
            'id-' || n, iif(n % 10, 0, 2), iif(n % 10, NULL, n - 1),
            'line ' || n || ' of many, with about as many words as people say' FROM numbers";
    assert_eq!(file.execute(lines, [LINES.to_string()]).unwrap(), LINES - 1);
    drop(file);
    let out = data.folder().with_extension("jsonl");
    let mut command = Command::new(program());
    command.args(["export", "--as", "jsonl", "--data"]).arg(data.folder()).arg("--output");
    let started = Instant::now();
    assert!(command.arg(&out).status().unwrap().success());
    let took = started.elapsed();
    let count = std::fs::read_to_string(&out).unwrap().lines().count();
    std::fs::remove_file(&out).unwrap();
    println!("{count} lines in {took:?}");
    assert_eq!(count, LINES);
    assert!(took < Duration::from_secs(60), "{took:?}");
}

/// The rows of this table, as Python's own reader of tables sees them.
fn as_python_reads(data: &Data, table: &str) -> Vec<Value> {
    let file = data.folder().join("table.csv");
    std::fs::write(&file, table).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/past/table.py");
    let read = Command::new("python3").arg(script).arg(&file).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let lines = String::from_utf8(read.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What a table has of a line of the JSON lines.
fn in_a_table(line: &str) -> Value {
    let mut line: Value = serde_json::from_str(line).unwrap();
    let fields = line.as_object_mut().unwrap();
    for without in ["id", "edited", "classic", "reply_to"] {
        fields.remove(without);
    }
    line
}

#[test]
fn row_118_each_line_of_a_table_comes_back_from_python_as_the_json_lines_have_it() {
    needs!(History, Pages);
    if Command::new("python3").arg("--version").output().is_err() {
        return not_run("118", "no python3");
    }
    let data = Data::new();
    let server = data.start(&["--rate", "0"]);
    let mut ann = Numbered::joins(server.addr, "Ann");
    let asks = |ann: &mut Numbered, request: Value| {
        ann.asks(request);
        ann.hears("sent");
    };
    let texts = [
        "=1+1",
        "+49 30 1",
        "-2",
        "@Bo, look",
        "'tis",
        "''",
        "'=1",
        "say \"hi\"",
        "\"",
        "a,b;c",
        "two\nlines",
        "a\n\n\"b\",\nc",
        "tab\there",
        "\u{ff1d}1",
        "\u{1f680} \u{4f60}\u{597d} \u{5e9}",
        "\u{202e}x",
        "NULL",
        "0123",
        "1e5",
        "\\",
        "a\u{2028}b",
        "x",
    ];
    for text in texts {
        ann.says(text);
        ann.hears("sent");
    }
    ann.says(&"\"long, ".repeat(580));
    ann.hears("sent");
    asks(&mut ann, json!({"type": "edit", "room": "lobby", "id": "e", "seq": 1, "text": "=2,2"}));
    asks(&mut ann, json!({"type": "delete", "room": "lobby", "id": "d", "seq": 2}));
    asks(&mut ann, json!({"type": "topic", "room": "lobby", "id": "t", "text": "=topic, \"x\""}));
    asks(&mut ann, json!({"type": "me", "room": "lobby", "id": "m", "text": "=waves"}));
    asks(&mut ann, json!({"type": "say", "room": "lobby", "id": "r", "text": "+yes", "reply": 3}));
    let table = exported(&data, &["--as", "csv"]);
    let lines = exported(&data, &["--as", "jsonl"]);
    let expected: Vec<_> = lines.lines().map(in_a_table).collect();
    assert_eq!(expected.len(), texts.len() + 6, "{lines}");
    assert!(expected.iter().any(|line| line["reply"] == 3), "{lines}");
    assert_eq!(as_python_reads(&data, &table), expected);
    let (head, saved) = saved(server.addr, "lobby/save?as=csv");
    assert!(head.contains("Content-Type: text/csv; charset=utf-8; header=present\r\n"), "{head}");
    assert!(head.contains(".csv\""), "{head}");
    assert_eq!(saved, table);
}
