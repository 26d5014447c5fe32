//! `--record FILE` and `threadbare replay FILE`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::harness::numbered::Numbered;
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
