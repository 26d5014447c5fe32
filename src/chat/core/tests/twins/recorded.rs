//! A recording of the crowd: a core that is fed from the file comes to the state of the live one.
//! If the recording hides texts and names, it comes to the state of the recorder's core, and
//! nothing that was hidden is in the file.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crossbeam_channel::bounded;
use serde_json::Value;

use super::super::super::Core;
use super::crowd::Crowd;
use super::seed;
use crate::chat::codec::mask::Mask;
use crate::recording::recorder::Recorder;
use crate::recording::replay::{ReplayOptions, replay};
use crate::recording::state_hash;

const EVENTS: usize = 10_000;

/// The texts in events that no person has typed: the kinds of values that have no fields, and the
/// lobby.
const SERVER_WORDS: [&str; 24] = [
    "lobby",
    "Address",
    "Classic",
    "Connected",
    "DeleteEverything",
    "FileIsNew",
    "Glance",
    "Keep",
    "LongPoll",
    "NewestOfOthers",
    "Page",
    "Passing",
    "Private",
    "Quit",
    "Remove",
    "Rooms",
    "RulesOfChat",
    "Save",
    "ShortPoll",
    "Sight",
    "Stopping",
    "Stored",
    "Stranger",
    "Ticked",
];

/// Records a run of the crowd. Returns the file's bytes, and the hash of the live core's state.
fn recorded(seed: u64, mask: Option<Mask>) -> (Vec<u8>, String) {
    let (mut crowd, mut live) = (Crowd::new(seed, EVENTS), Core::default());
    let mut file = Vec::new();
    let (queue, events) = bounded(100);
    let recorder = Recorder::new(&mut file, mask);
    std::thread::scope(|scope| {
        // The recorder owns its end of the queue, so that the crowd does not wait for one that has
        // ended.
        let written = scope.spawn(move || recorder.run(&events, &AtomicBool::new(false)).unwrap());
        for _ in 0..EVENTS {
            let (at, event) = crowd.next(&live);
            if queue.send((at, event.clone())).is_err() {
                break;
            }
            let mut effects = Vec::new();
            live.step(at, event, &mut effects);
            crowd.hear(&effects);
        }
        drop(queue);
        let (count, why) = written.join().unwrap();
        assert_eq!((count, why.to_string().as_str()), (EVENTS as u64, "the server stopped"));
    });
    (file, state_hash(&live).unwrap())
}

/// A file in the folder for temporary files, removed with this value.
struct TestFile(PathBuf);

impl TestFile {
    fn with(bytes: &[u8], name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("threadbare-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Self(path)
    }

    /// Replays this file. Returns whether all states are the same, and what was printed.
    fn replays(&self, steps: bool) -> (bool, String) {
        let (file, mut out) = (self.0.clone(), Vec::new());
        let options = ReplayOptions { file, steps, from: 1, to: None };
        let replayed = replay(&options, None, &mut out).unwrap();
        (replayed.is_same, String::from_utf8(out).unwrap())
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

/// The hash in the last line with a state.
fn last_state(file: &[u8]) -> String {
    let lines = std::str::from_utf8(file).unwrap().lines();
    let mut states = lines.filter_map(|line| line.strip_prefix(r#"{"state":"#));
    let last = states.next_back().unwrap();
    last.split(r#""hash":""#).nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[test]
fn a_core_that_is_fed_from_a_recording_is_the_live_one_byte_for_byte() {
    let (file, live) = recorded(seed(), None);
    assert_eq!(last_state(&file), live);
    let (is_same, printed) = TestFile::with(&file, "whole").replays(true);
    assert!(is_same, "{}", &printed[printed.len().saturating_sub(500)..]);
    assert!(printed.contains("The same state, byte for byte, after event 10000."));
    assert!(printed.matches("The same state").count() >= EVENTS / 1000);
}

#[test]
fn a_changed_event_is_found() {
    let (file, _) = recorded(7, None);
    let text = String::from_utf8(file).unwrap();
    let changed = text.replace(r#"{"Say":"line"#, r#"{"Say":"lime"#);
    let (is_same, printed) = TestFile::with(changed.as_bytes(), "changed").replays(false);
    assert!(!is_same);
    let words = "is the first that is decided in another way";
    assert!(printed.contains(words), "{}", &printed[printed.len() - 200..]);
}

/// All texts in a recording, but for the hashes of its states.
fn texts(file: &[u8]) -> BTreeSet<String> {
    fn add(value: Value, found: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => drop(found.insert(text)),
            Value::Array(all) => all.into_iter().for_each(|one| add(one, found)),
            Value::Object(all) => all.into_iter().for_each(|(_, one)| add(one, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for line in std::str::from_utf8(file).unwrap().lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let what = line.get_mut("event").and_then(|event| event.get_mut("what"));
        add(what.map(Value::take).unwrap_or_default(), &mut found);
    }
    found
}

#[test]
fn a_masked_recording_is_replayed_too_and_shares_no_text_with_a_whole_one() {
    let seed = seed();
    let (masked, _) = recorded(seed, Some(Mask::new().unwrap()));
    let (is_same, printed) = TestFile::with(&masked, "masked").replays(false);
    assert!(is_same, "{}", &printed[printed.len().saturating_sub(500)..]);
    let (whole, _) = recorded(seed, None);
    let (whole, masked) = (texts(&whole), texts(&masked));
    for planted in ["Ann", "Аnn", "kitchen", "attic", "192.0.2.1"] {
        assert!(whole.contains(planted), "{planted} is not in the whole one");
    }
    // A skeleton has letters in place of the digits 0 and 1.
    let is_number = |rest: &str| rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'l' | b'o'));
    let is_known = |text: &str| {
        let guest = text.strip_prefix("guest-").or_else(|| text.strip_prefix("user"));
        SERVER_WORDS.contains(&text)
            || guest.is_some_and(is_number)
            || text.bytes().all(|byte| byte == b'x')
    };
    let shared: Vec<_> = whole.intersection(&masked).filter(|text| !is_known(text)).collect();
    assert!(shared.is_empty(), "these are in both: {shared:?}");
}
