//! `--record FILE` and `threadbare replay FILE`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::harness::numbered::Numbered;
use crate::harness::raw::{get, request};
use crate::harness::{Folder, ServerProcess, Signal, program};

/// An empty folder, and the name of a file in it.
fn new_file() -> (Folder, String) {
    let folder = Folder::new();
    fs::create_dir(folder.path()).unwrap();
    let file = Path::new(folder.path()).join("run.jsonl").display().to_string();
    (folder, file)
}

fn replays(file: &str, flags: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(program()).args(["replay", file]).args(flags).output().unwrap();
    let printed = [stdout, stderr].concat();
    (status.code(), String::from_utf8(printed).unwrap())
}

/// Two people talk on a server that records into this file, and the server ends.
fn recorded_talk(file: &str, flags: &[&str]) -> ServerProcess {
    let mut server = ServerProcess::start(&[&["--record", file], flags].concat());
    let mut ann = Numbered::joins(server.addr, "Annabelle");
    let mut bo = Numbered::joins(server.addr, "Bohumil");
    for text in ["a swordfish", "an umbrella"] {
        ann.says(text);
        bo.hears_until(|frame| frame["text"] == text);
    }
    drop((ann, bo));
    server.gets_signal(Signal::TERM);
    assert!(server.ends().success(), "{:?}", server.log());
    server
}

#[test]
fn a_talk_is_replayed_to_the_same_state_and_its_texts_are_hidden() {
    needs!(Manual);
    let (_folder, file) = new_file();
    let server = recorded_talk(&file, &[]);
    server.logs(&["the recording ends after"]);
    let recording = fs::read_to_string(&file).unwrap();
    for hidden in ["Annabelle", "Bohumil", "swordfish", "umbrella", "127.0.0.1"] {
        assert!(!recording.contains(hidden), "{hidden} is in the recording");
    }
    let (code, printed) = replays(&file, &["--steps"]);
    assert_eq!(code, Some(0), "{printed}");
    for words in [
        "says 11 bytes in lobby",
        "The same state, byte for byte, after event",
        "the server stopped",
    ] {
        assert!(printed.contains(words), "{words} is not in {printed}");
    }
    let (code, printed) = replays(&file, &["--steps", "--from", "2", "--to", "2"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("Stopped after event 2") && !printed.contains("the server starts"));
}

#[test]
fn with_texts_the_texts_are_there_and_the_state_is_the_same() {
    needs!(Manual);
    let (_folder, file) = new_file();
    recorded_talk(&file, &["--record-texts"]);
    let (code, printed) = replays(&file, &["--steps"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("says \"a swordfish\" in lobby"), "{printed}");
}

#[test]
fn a_recording_that_was_cut_off_is_replayed_as_far_as_it_goes_and_a_changed_one_is_found() {
    needs!(Manual);
    let (_folder, file) = new_file();
    recorded_talk(&file, &[]);
    let whole = fs::read_to_string(&file).unwrap();
    let end = whole.rfind("{\"state\"").unwrap();
    fs::write(&file, &whole[..end - 7]).unwrap();
    let (code, printed) = replays(&file, &[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("cut off after event"), "{printed}");

    fs::write(&file, whole.replacen("xxxxxxxxxxx", "xxxxxxxxxxxx", 1)).unwrap();
    let (code, printed) = replays(&file, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("ANOTHER STATE") && printed.contains("is the first"), "{printed}");

    fs::write(&file, "no recording\n").unwrap();
    let (code, printed) = replays(&file, &[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("is no recording"), "{printed}");
}

/// The number of the first event that `replay --steps` prints with these words.
fn number_of(file: &str, words: &str) -> u64 {
    let (_, printed) = replays(file, &["--steps"]);
    let line = printed.lines().find(|line| line.contains(words));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_else(|| panic!("no event says {words}: {printed}"))
}

#[test]
fn a_recording_opens_in_a_glass_box_and_each_event_has_an_address() {
    needs!(Manual);
    let (_folder, file) = new_file();
    recorded_talk(&file, &["--record-texts"]);
    let said = number_of(&file, "says \"a swordfish\" in lobby");
    let mut glass = ServerProcess::start(&["replay", &file, "--glass", "--port", "0"]);
    let page = |number: u64| get(glass.addr, &format!("/?event={number}")).text();
    // The line of this event, and what the core has in it then and had before.
    let row = |page: &str, id: &str, words: &str| {
        let table = page.split_once(&format!("<table id=\"{id}\"")).unwrap().1;
        let table = table.split("</table>").next().unwrap();
        table.split("<tr").find(|row| row.contains(words)).unwrap_or_default().to_owned()
    };
    let after = page(said);
    let shown = row(&after, "events", "a swordfish");
    assert!(
        shown.contains("aria-current=\"step\"") && shown.contains("line 1 of log 1"),
        "{shown}"
    );
    assert!(row(&after, "events", "an umbrella").contains("still to come"), "{after}");
    assert!(row(&after, "rooms", "lobby").contains("<td>2</td><td>1</td></tr>"), "{after}");
    assert!(row(&after, "clients", "Annabelle").contains("lobby"), "{after}");
    let before = page(said - 1);
    assert!(row(&before, "events", "a swordfish").contains("still to come"), "{before}");
    assert!(row(&before, "rooms", "lobby").contains("<td>2</td><td>0</td></tr>"), "{before}");
    // A page that plays leads to the next event by itself.
    let plays = get(glass.addr, &format!("/?event={said}&play=1")).text();
    assert!(plays.contains("http-equiv=\"refresh\""), "{plays}");
    let next = plays.split("url=/?event=").nth(1).unwrap().split('&').next().unwrap();
    assert!(next.parse::<u64>().unwrap() > said, "{next}");
    glass.gets_signal(Signal::TERM);
    assert!(glass.ends().success(), "{:?}", glass.log());
}

#[test]
fn a_glass_box_of_a_recording_answers_a_wrong_number_in_words_and_a_foreign_name_not_at_all() {
    needs!(Manual);
    let (_folder, file) = new_file();
    recorded_talk(&file, &[]);
    let glass = ServerProcess::start(&["replay", &file, "--glass", "--port", "0"]);
    let far = get(glass.addr, "/?event=99999");
    assert_eq!(far.status, 400);
    assert!(far.text().contains("There is no event 99999: the last one is "), "{}", far.text());
    for wrong in ["0", "x", "-1", "1%27%3Cb%3E"] {
        let answer = get(glass.addr, &format!("/?event={wrong}"));
        assert_eq!(answer.status, 400);
        assert!(answer.text().contains("Enter the number of an event, from 1 to "));
    }
    let port = glass.addr.port();
    let foreign = format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\n\r\n");
    assert_ne!(request(glass.addr, &foreign).status, 200);
    // The file is gone while somebody looks: the next look at an earlier event says so.
    assert_eq!(get(glass.addr, "/?event=3").status, 200);
    fs::remove_file(&file).unwrap();
    let gone = get(glass.addr, "/?event=1");
    assert_eq!(gone.status, 500);
    assert!(gone.text().contains("cannot read"), "{}", gone.text());
}

#[test]
fn a_full_disk_ends_the_recording_and_not_the_chat() {
    needs!(Manual);
    let server = recorded_talk("/dev/full", &[]);
    server.logs(&["the recording ends, and the chat goes on", "No space left"]);
}

#[test]
fn no_file_is_replaced() {
    needs!(Manual);
    let (_folder, file) = new_file();
    fs::write(&file, "mine").unwrap();
    let flags = ["--addr", "127.0.0.1:0", "--data", "none", "--record", &file];
    let output = Command::new(program()).args(flags).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && words.contains("cannot record into"), "{words}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}
