//! F4: what a killed server has left, and its log of changes is gone, cut or spoiled.
//!
//! Next: `history/keeper.rs`.

use std::path::{Path, PathBuf};

use super::super::start;
use super::life::{end, keep};
use super::{EPOCH, Folder, lobby, luck, said};
use crate::chat::entry::What;
use crate::chat::record::Record;
use crate::history::store::Store;

/// So many lines are in the file, ...
const SETTLED: u64 = 100;
/// ... as many and so many more were said, five at a time.
const SAID: u64 = 400;

fn text(seq: u64) -> String {
    format!("{seq} {}", "x".repeat(100))
}

fn changes(folder: &Folder) -> PathBuf {
    PathBuf::from(format!("{}-wal", folder.file().display()))
}

fn talks(store: &mut Store, first: u64, last: u64) {
    for first in (first..=last).step_by(5) {
        store
            .keep(&(first..first + 5).map(|seq| said(seq, &text(seq))).collect::<Vec<_>>())
            .unwrap();
    }
}

/// A file, its log of changes, and the file as it is when that is all settled: of a
/// server that was killed.
fn left_by_a_kill() -> [Vec<u8>; 3] {
    let folder = Folder::new();
    let mut store = folder.open();
    store.keep(&[Record::Room(lobby())]).unwrap();
    talks(&mut store, 1, SETTLED);
    store.settle().unwrap();
    talks(&mut store, SETTLED + 1, SAID);
    let read = |path: &Path| std::fs::read(path).unwrap();
    let (file, wal) = (read(&folder.file()), read(&changes(&folder)));
    store.settle().unwrap();
    [file, wal, read(&folder.file())]
}

/// A server begins with it: the numbers of the lines that it knows, each of which must
/// read as it was said. It keeps what is new, and the next one begins with that.
fn is_begun_with(folder: &Folder, which: &str) -> Vec<u64> {
    let (past, thread) = start(folder.config()).unwrap_or_else(|error| panic!("{which}: {error}"));
    let lines = past.kept.rooms.first().map(|room| room.lines.clone()).unwrap_or_default();
    let mut numbers = Vec::new();
    for line in &lines {
        numbers.push(line.entry.seq.0);
        let said = What::Said(text(line.entry.seq.0));
        assert_eq!((line.entry.epoch, &line.entry.what), (EPOCH, &said), "{which}");
    }
    let is_aside = |number: u32| folder.0.join(format!("damaged-{number}.sqlite")).exists();
    assert!(!lines.is_empty() || is_aside(1), "{which}: silence, and nothing was set aside");
    // With the numbers that it has begun with.
    let room = past.kept.rooms.first().map_or_else(lobby, |room| room.kept.clone());
    let (is_new, kept) = keep(&past, vec![Record::Room(room), said(1001, &text(1001))]);
    // What is damaged out of sight may be met only now.
    if kept.is_ok() {
        end(past, thread);
        let (past, thread) = start(folder.config()).unwrap();
        let last = past.kept.rooms[0].lines.last().unwrap();
        assert_eq!(last.entry.what, What::Said(text(1001)), "{which}, {is_new}");
        end(past, thread);
    } else {
        end(past, thread);
        let (past, thread) = start(folder.config()).unwrap();
        end(past, thread);
    }
    assert!(!is_aside(2), "{which}: set aside twice");
    numbers
}

#[test]
fn f4_without_its_log_of_changes_a_file_is_as_it_was_settled() {
    let [file, ..] = left_by_a_kill();
    let folder = Folder::new();
    std::fs::write(folder.file(), file).unwrap();
    assert!(is_begun_with(&folder, "gone").into_iter().eq(1..=SETTLED));
}

#[test]
fn f4_of_a_log_of_changes_that_is_cut_or_spoiled_whole_batches_are_there_up_to_some_line() {
    let (seed, mut next) = luck();
    let [file, wal, _] = left_by_a_kill();
    let mut known = std::collections::BTreeSet::new();
    for round in 0..60 {
        let mut bytes = wal.clone();
        if round % 2 == 0 {
            bytes.truncate(next(wal.len()));
        } else {
            (0..=next(20)).for_each(|_| bytes[next(wal.len())] ^= 1 << next(8));
        }
        let folder = Folder::new();
        std::fs::write(folder.file(), &file).unwrap();
        std::fs::write(changes(&folder), bytes).unwrap();
        let numbers = is_begun_with(&folder, &format!("seed {seed}, {round}"));
        let last = *numbers.last().unwrap();
        assert!((SETTLED..=SAID).contains(&last) && last.is_multiple_of(5), "{seed}, {round}");
        assert!(numbers.into_iter().eq(1..=last), "seed {seed}, {round}: a hole before {last}");
        known.insert(last);
    }
    assert!(known.len() > 10, "seed {seed}: {known:?}");
}

/// Pages of the file are newer than others, and what would make them whole is gone.
#[test]
fn f4_a_kill_while_changes_are_settled_and_then_no_log_of_them_makes_no_line_another() {
    let (seed, mut next) = luck();
    let [before, _, after] = left_by_a_kill();
    let page = usize::from(u16::from_be_bytes([before[16], before[17]]));
    for round in 0..60 {
        let mut bytes = before.clone();
        bytes.resize(after.len(), 0);
        for place in (0..after.len()).step_by(page) {
            if next(2) == 0 {
                bytes[place..place + page].copy_from_slice(&after[place..place + page]);
            }
        }
        let folder = Folder::new();
        std::fs::write(folder.file(), &bytes).unwrap();
        is_begun_with(&folder, &format!("seed {seed}, {round}"));
    }
}

/// Whoever removes it is told, and so is who empties it.
#[test]
fn f4_a_history_of_no_bytes_beside_a_whole_second_file_is_told_as_one_that_is_gone() {
    for (bytes, wal, word) in [
        (Some(&b""[..]), None, "is empty"),
        (Some(&b""[..]), Some(&b""[..]), "is empty"),
        (None, None, "is gone"),
        (None, Some(&b""[..]), "is gone"),
    ] {
        let folder = Folder::new();
        let (past, thread) = start(folder.config()).unwrap();
        assert_eq!(thread.damage(), None, "a first start");
        keep(&past, vec![Record::Room(lobby()), said(1, "first")]).1.unwrap();
        end(past, thread);
        std::fs::remove_file(folder.file()).unwrap();
        bytes.into_iter().for_each(|bytes| std::fs::write(folder.file(), bytes).unwrap());
        wal.into_iter().for_each(|bytes| std::fs::write(changes(&folder), bytes).unwrap());
        let (past, thread) = start(folder.config()).unwrap();
        let damage = thread.damage().unwrap_or_default().to_owned();
        assert!(damage.contains(word) && damage.contains("1 rooms"), "{word}: {damage}");
        end(past, thread);
        let (past, thread) = start(folder.config()).unwrap();
        assert_eq!(thread.damage(), None, "it is told once");
        end(past, thread);
    }
}
