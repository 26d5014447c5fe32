//! The core's decisions depend on its events alone. Two cores that get the same events are equal
//! byte for byte. That is also true if all events are written to bytes and read again, and if one
//! of the cores is written to bytes and read again in between.
//!
//! The two cores would differ if one used a clock, the order of a hash map, or a random number that
//! no event has brought. They would also differ if a part of the state was not written to the
//! bytes. Two cores in one process cannot show what is different on another machine, such as the
//! size of a pointer. So two more tests compare the decisions on a fixed list of events with a
//! stored result, and search the core's source text.
//!
//! Part: `chat/core/mod.rs`.

mod crowd;
mod reached;
#[cfg(feature = "learn")]
mod recorded;

use std::path::{Path, PathBuf};

use super::super::{Core, CoreEvent, Moment};
use crate::base::fingerprint::fingerprint;
use crowd::Crowd;
use reached::Reached;

const EVENTS: usize = 100_000;
/// After so many events the whole states are compared. A comparison takes as long as 500 events.
const COMPARED_AFTER: usize = 2_500;

/// Returns the seed of the run; the environment variable `STREET_SEED` repeats an earlier run.
#[expect(clippy::print_stdout, reason = "the seed, if the test fails")]
fn seed() -> u64 {
    let given = std::env::var("STREET_SEED").ok().and_then(|seed| seed.parse().ok());
    let fresh = || crate::chat::token::random::<8>().map_or(7, u64::from_ne_bytes);
    let seed = given.unwrap_or_else(fresh);
    println!("STREET_SEED={seed}");
    seed
}

fn read_back(bytes: &[u8]) -> Core {
    serde_json::from_slice(bytes).unwrap()
}

/// Returns the first position at which two texts differ, with the text around it.
fn difference(one: &[u8], other: &[u8]) -> String {
    let place = one.iter().zip(other).position(|(one, other)| one != other);
    let place = place.unwrap_or(one.len().min(other.len()));
    let around = |bytes: &[u8]| {
        let part = &bytes[place.saturating_sub(120)..bytes.len().min(place + 60)];
        String::from_utf8_lossy(part).into_owned()
    };
    format!("at byte {place}:\n  {}\n  {}", around(one), around(other))
}

/// If something happened too seldom in a run, the run proves too little. Then another run follows,
/// with the next seed, up to this number of runs.
const RUNS_MAX: u64 = 8;

#[test]
fn two_that_are_fed_the_same_events_are_equal_to_the_byte_and_one_that_was_read_back_is_too() {
    let first = seed();
    let runs = (0..RUNS_MAX).map(|more| fed_alike(first.wrapping_add(more)));
    let mut too_little = Vec::new();
    for run in runs {
        match run.is_enough() {
            Ok(()) => return,
            Err(what) => too_little.push(what),
        }
    }
    panic!("no run was enough: {too_little:?}");
}

/// Gives the events of this seed to two cores, and returns how often each thing happened.
fn fed_alike(seed: u64) -> Reached {
    let (mut crowd, mut reached) = (Crowd::new(seed, EVENTS), Reached::default());
    let (mut one, mut other) = (Core::default(), Core::default());
    for number in 1..=EVENTS {
        let (at, event) = crowd.next(&one);
        let bytes = serde_json::to_vec(&(at, &event)).unwrap();
        let (read_at, read): (Moment, CoreEvent) = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((read_at, &read), (at, &event), "event {number} as it was read");
        let (mut effects, mut others) = (Vec::new(), Vec::new());
        one.step(at, event, &mut effects);
        other.step(read_at, read, &mut others);
        assert_eq!(effects, others, "of event {number}: {}", String::from_utf8_lossy(&bytes));
        reached.note(&effects, &one);
        crowd.hear(&effects);
        if number % COMPARED_AFTER == 0 {
            let written = |core| serde_json::to_vec(core).unwrap();
            let (state, others) = (written(&one), written(&other));
            assert!(state == others, "after event {number}, {}", difference(&state, &others));
            match number / COMPARED_AFTER % 10 {
                3 => other = read_back(&state),
                7 => one = read_back(&others),
                _ => {}
            }
        }
    }
    reached
}

/// A hash of what the core decides on these events. It is the same for a build on any machine. Only
/// a change of the core's rules or of these events may change it.
const DECIDED: &str = "e0f7f650017bc42f";

#[test]
fn what_is_decided_on_a_run_of_events_is_what_every_build_decides() {
    let events = EVENTS / 20;
    let mut crowd = Crowd::new(7, events);
    let mut core = Core::default();
    let mut decided = String::new();
    for _ in 0..events {
        let (at, event) = crowd.next(&core);
        let mut effects = Vec::new();
        core.step(at, event, &mut effects);
        let weights: usize = core.logs.iter().map(|(_, log)| log.bytes()).sum();
        decided = fingerprint([decided.as_bytes(), format!("{effects:?} {weights}").as_bytes()]);
        crowd.hear(&effects);
    }
    assert_eq!(decided, DECIDED);
}

/// Returns the source text of each file of the core and of its limits, without tests.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.join("chat/core"), root.join("base/limits")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend(Some(path).filter(|path| !path.ends_with("tests")));
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned();
            found.push((path, product));
        }
    }
    found
}

#[test]
fn nothing_in_the_core_depends_on_the_process_or_the_machine_it_runs_in() {
    let sources = sources();
    assert!(sources.len() > 30, "{} files", sources.len());
    for (path, text) in sources {
        for word in [
            "size_of",
            "HashMap",
            "HashSet",
            "DefaultHasher",
            "RandomState",
            "Instant",
            "SystemTime",
            "random(",
            "usize::BITS",
            "std::env",
            "std::thread",
        ] {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            let found: Vec<_> = lines.filter(|line| line.contains(word)).collect();
            assert!(found.is_empty(), "{word} in {}: {found:?}", path.display());
        }
    }
}

#[test]
fn no_table_knows_the_core_or_its_events() {
    let tables = ["network_limits", "logs", "members", "people", "private_logs", "rooms"];
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chat/core");
    let sources = sources();
    let in_core =
        sources.iter().filter_map(|(path, text)| Some((path.strip_prefix(&core).ok()?, text)));
    let of_tables: Vec<_> = in_core
        .filter(|(path, _)| {
            let first = path.iter().next().and_then(|first| Path::new(first).file_stem());
            tables.iter().any(|table| first.is_some_and(|first| first == *table))
        })
        .collect();
    assert!(of_tables.len() > 20, "{} files", of_tables.len());
    for (path, text) in of_tables {
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut words = lines.flat_map(|line| line.split(|it: char| !it.is_alphanumeric()));
        let found = words.find(|word| ["Core", "CoreEvent", "MemberRequest"].contains(word));
        assert_eq!(found, None, "in {}", path.display());
    }
}
