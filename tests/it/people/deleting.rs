//! Whoever looks after a room deletes all messages of a person, or of the room, for good; and
//! people report messages: by each way in, with the refusals.

use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use super::keeping::{act, enters, says};
use crate::harness::browser::{Browser, somebody};
use crate::harness::data::Data;
use crate::harness::raw::Connection;
use crate::harness::server_process::with_lines;
use crate::harness::{Console, Folder, Numbered, ServerProcess, eventually};
use crate::past::export::exported;

/// Adds a number to an action.
fn about(action: &str, seq: u64) -> Value {
    json!({"type": "act", "room": "den", "action": action, "seq": seq, "reason": "rude"})
}

/// Says this in the den, under this id, which stays in the file.
fn writes(person: &mut Numbered, id: &str, text: &str) {
    person.asks(json!({"type": "say", "room": "den", "id": id, "text": text}));
    person.hears_until(|line| line["type"] == "sent" && line["id"] == id);
}

/// The number of the newest message in the den, which must have this text.
fn number_of(person: &mut Numbered, text: &str) -> u64 {
    person.asks(json!({"type": "history", "room": "den", "count": 100}));
    let history = person.hears("history");
    let lines = history["lines"].as_array().unwrap();
    let line = lines.iter().rev().find(|line| line["text"] == text);
    line.unwrap_or_else(|| panic!("{text}: {history}"))["seq"].as_u64().unwrap()
}

/// The files of the history that have this text.
fn files_with(data: &Data, text: &str) -> Vec<String> {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|some| some == text.as_bytes());
    let files = fs::read_dir(data.folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|file| file.is_file());
    let found = files.filter(|file| fs::read(file).is_ok_and(|bytes| has(&bytes)));
    found.map(|file| file.display().to_string()).collect()
}

/// Whether any page of the den, a search, or an export of all kinds has this text.
fn is_told(server: &ServerProcess, data: &Data, text: &str) -> Vec<&'static str> {
    let mut told = Vec::new();
    let mut browser = Browser::at(server.addr);
    for path in [
        "/r/den",
        "/r/den/history",
        "/r/den/list",
        // What is sought stands on the page, too.
        "/r/den?find=two",
        "/r/den?find=seeds",
        "/r/den/save?as=text",
        "/r/den/save?as=csv",
        "/r/den/save?as=jsonl",
    ] {
        if browser.gets(path).text().contains(text) {
            told.push(path);
        }
    }
    for form in ["text", "csv", "jsonl"] {
        if exported(data, &["--as", form]).contains(text) {
            told.push(form);
        }
    }
    told
}

#[test]
fn row_72_a_deleted_text_is_nowhere_any_more() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let [mut ann, mut bo, mut cy] =
        ["Ann", "Bo", "Cy"].map(|name| Numbered::joins(server.addr, name));
    for person in [&mut ann, &mut bo, &mut cy] {
        enters(person);
    }
    writes(&mut bo, "1", "sesame one");
    writes(&mut bo, "2", "sesame two");
    let first = number_of(&mut bo, "sesame one");
    bo.asks(json!({"type": "edit", "room": "den", "seq": first, "text": "sesame three"}));
    bo.hears("edit");
    writes(&mut cy, "3", "poppy seeds");
    assert!(!files_with(&data, "sesame").is_empty(), "it is stored");
    assert!(is_told(&server, &data, "sesame").contains(&"/r/den?find=two"), "and told");
    ann.asks(act("delete-all", Some("Bo")));
    assert_eq!(ann.hears("acted")["whom"], "Bo");
    let removed = cy.hears("removed");
    assert_eq!((&removed["from"], &removed["all"]), (&json!("Ann"), &Value::Null));
    assert!(removed["lines"].as_array().unwrap().contains(&json!(first)), "{removed}");
    eventually("no file has it", || files_with(&data, "sesame").is_empty());
    assert_eq!(is_told(&server, &data, "sesame"), Vec::<&str>::new());
    assert!(!is_told(&server, &data, "poppy").is_empty(), "what others wrote stays");
    ann.asks(act("delete-everything", None));
    let removed = cy.hears("removed");
    assert_eq!((&removed["all"], &removed["before"]), (&json!(true), &removed["seq"]));
    eventually("no file has it", || files_with(&data, "poppy").is_empty());
    assert_eq!(is_told(&server, &data, "poppy"), Vec::<&str>::new());
    // After a restart, too; and the numbers go on.
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    assert_eq!(is_told(&server, &data, "sesame"), Vec::<&str>::new());
    assert_eq!(is_told(&server, &data, "poppy"), Vec::<&str>::new());
    let mut dan = Numbered::joins(server.addr, "Dan");
    enters(&mut dan);
    assert_eq!(says(&mut dan, "tea?"), "sent");
    assert!(number_of(&mut dan, "tea?") > removed["seq"].as_u64().unwrap());
}

#[test]
fn row_72_row_82_one_request_deletes_reports_and_dismisses_and_others_are_refused() {
    let data = Data::new();
    let mut server = data.start(&[]);
    let [mut ann, mut bo, mut cy, mut dan] =
        ["Ann", "Bo", "Cy", "Dan"].map(|name| Numbered::joins(server.addr, name));
    for person in [&mut ann, &mut bo, &mut cy, &mut dan] {
        enters(person);
    }
    // A keeper is one with each of their sessions, and so also after the restart below.
    ann.asks(act("keeper", Some("Dan")));
    dan.hears("acted");
    assert_eq!(says(&mut bo, "fools"), "sent");
    let seq = number_of(&mut cy, "fools");
    for wrong in ["delete-all", "delete-everything"] {
        cy.asks(act(wrong, Some("Bo")));
        assert_eq!(cy.hears("refused")["reason"], "not-your-room");
    }
    cy.asks(about("dismiss", seq));
    assert_eq!(cy.hears("refused")["reason"], "not-your-room");
    cy.asks(about("report", 999));
    assert_eq!(cy.hears("refused")["reason"], "no-such-message");
    for (wrong, word) in [(act("report", None), "missing"), (act("delete-all", None), "missing")] {
        cy.sends_raw(&wrong.to_string());
        assert_eq!(cy.hears("error")["reason"], word);
    }
    cy.asks(about("report", seq));
    for person in [&mut dan, &mut cy] {
        let told = person.hears_until(|line| line["action"] == "report");
        assert_eq!((&told["action"], &told["seq"]), (&json!("report"), &json!(seq)));
    }
    // The list outlives a restart.
    eventually("it is stored", || !files_with(&data, "rude").is_empty());
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success());
    let server = data.start(&[]);
    dan.addr = server.addr;
    dan.comes_back();
    dan.asks(json!({"type": "room-state", "room": "den"}));
    let state = dan.hears("room-state");
    let report = &state["reports"][0];
    assert_eq!((&report["seq"], &report["by"]), (&json!(seq), &json!("Cy")), "{state}");
    assert_eq!((&report["from"], &report["text"]), (&json!("Bo"), &json!("fools")), "{state}");
    dan.asks(about("dismiss", seq));
    assert_eq!(dan.hears("acted")["action"], "dismiss");
    dan.asks(json!({"type": "room-state", "room": "den"}));
    assert_eq!(dan.hears("room-state")["reports"], json!([]));
}

#[test]
fn row_77_pages_without_scripts_report_list_and_delete() {
    let server = ServerProcess::start(&[]);
    let mut ann = somebody(server.addr, "Ann", "hello");
    let answer = ann.sends_to("/r/den", &[("text", "my room")]);
    ann.gets(answer.header("location").unwrap());
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    assert_eq!(says(&mut bo, "fools"), "sent");
    let seq = number_of(&mut bo, "fools");
    // Whoever replies to a message can show it to those who look after the room, too.
    let mut cy = somebody(server.addr, "Cy", "hello");
    cy.gets("/r/den");
    cy.gets(&format!("/r/den?reply={seq}"));
    let report = format!("/report #{seq}");
    assert!(cy.page.contains("href=\"#report\""), "{}", cy.page);
    assert!(cy.page.contains(&format!("value=\"{report} \"")), "a reason can be added");
    assert_eq!(cy.sends_to("/r/den", &[("text", &report)]).status, 200, "{}", cy.page);
    assert!(cy.page.contains(&format!("Cy reported #{seq}.")), "{}", cy.page);
    assert!(!cy.gets("/r/den/keep").text().contains("Reported messages"));
    ann.gets("/r/den/keep");
    assert!(ann.page.contains("Reported messages") && ann.page.contains("fools"), "{}", ann.page);
    let dismiss = format!("/dismiss #{seq}");
    for button in [&dismiss, &format!("/delete #{seq}")] {
        assert!(ann.page.contains(&format!("value=\"{button}\"")), "{}", ann.page);
    }
    ann.sends_to("/r/den", &[("text", &dismiss), ("keep", "1")]);
    assert!(!ann.page.contains("Reported messages"), "{}", ann.page);
    // What cannot be undone is on a page of its own.
    assert!(!ann.page.contains("/delete-"), "{}", ann.page);
    ann.gets("/r/den/keep?delete=1");
    for (command, told) in [
        ("/delete-all \"Bo\"", "Ann deleted all messages of Bo here."),
        ("/delete-everything", "Ann deleted all messages here."),
    ] {
        ann.gets("/r/den/keep?delete=1");
        let button = format!("value=\"{}\"", command.replace('"', "&quot;"));
        assert!(ann.page.contains(&button), "{command}: {}", ann.page);
        ann.sends_to("/r/den", &[("text", command), ("keep", "1")]);
        assert!(ann.page.contains(told), "{}", ann.page);
        assert!(!ann.gets("/r/den").text().contains("fools"));
    }
    assert!(!cy.gets("/r/den/keep?delete=1").text().contains("/delete-"));
}

#[test]
fn row_76_lines_and_a_terminal_delete_and_report() {
    let (server, lines) = with_lines(&[]);
    let mut nc = Connection::open(lines);
    nc.hears("* this is lobby");
    nc.sends(b"/join den\n").hears("* this is den, 1 here\n");
    let mut bo = Numbered::joins(server.addr, "Bo");
    enters(&mut bo);
    assert_eq!(says(&mut bo, "fools"), "sent");
    let seq = number_of(&mut bo, "fools");
    let state = Folder::new();
    let join = format!("join ws://{}/ws --name Cy --room den", server.addr);
    let mut console = Console::in_a_terminal(&join, &[("XDG_STATE_HOME", state.path())]);
    console.shows("in den");
    console.types(&format!("/report #{seq} so rude\r"));
    console.shows(&format!("Cy has reported #{seq} in den (so rude)"));
    nc.hears(&format!("* Cy has reported #{seq} in den (so rude)\n"));
    nc.sends(b"/state\n")
        .hears(&format!("* there is a report of #{seq}, Bo: fools (by Cy: so rude)\n"));
    nc.sends(format!("/dismiss #{seq}\n").as_bytes()).hears("has seen the report of");
    nc.sends(b"/report\n").hears("/report #42");
    nc.sends(b"/delete-all\n").hears("/delete-all NAME");
    nc.sends(b"/delete-all Bo\n").hears("has deleted all messages of Bo in den");
    console.shows("deleted all messages of one person");
    nc.sends(b"/delete-everything please\n").hears("/delete-everything, with nothing after it");
    nc.sends(b"/delete-everything\n").hears("has deleted all messages in den");
    console.shows("deleted all messages here");
    console.types("/delete-everything\r");
    console.shows("only the person who created this room");
}
