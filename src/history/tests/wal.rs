//! F4 (`docs/ROWS.md`): the files of a killed server, whose write-ahead log is gone, cut or
//! spoiled.
//!
//! Part: `history/tests/mod.rs`.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::super::{HistoryReport, HistoryThread, Past, start};
use super::life::{end, keep};
use super::{EPOCH, Folder, lobby, luck, said};
use crate::chat::entry::EntryKind;
use crate::chat::record::Record;
use crate::history::store::Store;

/// How many lines are in the file.
const SETTLED: u64 = 100;
/// How many lines were said in all, five in each batch.
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
            .write(&(first..first + 5).map(|seq| said(seq, &text(seq))).collect::<Vec<_>>())
            .unwrap();
    }
}

/// Returns three files: the main file and the write-ahead log of a killed server, and the main file
/// after the log was moved into it.
fn left_by_a_kill() -> [Vec<u8>; 3] {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby())]).unwrap();
    talks(&mut store, 1, SETTLED);
    store.checkpoint().unwrap();
    talks(&mut store, SETTLED + 1, SAID);
    let read = |path: &Path| std::fs::read(path).unwrap();
    let (file, wal) = (read(&folder.file()), read(&changes(&folder)));
    store.checkpoint().unwrap();
    [file, wal, read(&folder.file())]
}

/// Starts a server with the files. Returns the numbers of the lines that it reads, each of which
/// must read as it was said. The server then stores a new line, and the next server must begin with
/// it.
fn is_begun_with(folder: &Folder, which: &str) -> Vec<u64> {
    let (past, thread) = start(folder.config()).unwrap_or_else(|error| panic!("{which}: {error}"));
    let lines = past.stored.rooms.first().map(|room| room.lines.clone()).unwrap_or_default();
    let mut numbers = Vec::new();
    for line in &lines {
        numbers.push(line.entry.seq.0);
        let said = EntryKind::Said(text(line.entry.seq.0));
        assert_eq!((line.entry.epoch, &line.entry.what), (EPOCH, &said), "{which}");
    }
    let is_aside = |number: u32| folder.0.join(format!("damaged-{number}.sqlite")).exists();
    assert!(!lines.is_empty() || is_aside(1), "{which}: silence, and nothing was set aside");
    // Use the numbers that the server has reserved.
    let room = past.stored.rooms.first().map_or_else(lobby, |room| room.stored.clone());
    let (is_new, stored) = keep(&past, vec![Record::Room(room), said(1001, &text(1001))]);
    // Damage that no check has found yet may show itself only now.
    if stored.is_ok() {
        end(past, thread);
        let (past, thread) = start(folder.config()).unwrap();
        let last = past.stored.rooms[0].lines.last().unwrap();
        assert_eq!(last.entry.what, EntryKind::Said(text(1001)), "{which}, {is_new}");
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

/// Some pages of the file are newer than others, and the log that would complete them is gone.
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

/// Another program that reads until this is dropped, so SQLite cannot write over the log from its
/// start.
fn reads(folder: &Folder) -> rusqlite::Connection {
    let reader = rusqlite::Connection::open(folder.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM lines").unwrap();
    reader
}

thread_local! {
    /// Where this thread says that SQLite makes it wait, and where it learns that it need not.
    static WAITING: RefCell<Option<(Sender<()>, Receiver<()>)>> = const { RefCell::new(None) };
}

/// A busy handler: waits until the test goes on, and then gives up.
fn waits_for_the_test(_: i32) -> bool {
    WAITING.with_borrow(|ends| {
        let (waits, goes_on) = ends.as_ref().unwrap();
        waits.send(()).unwrap();
        goes_on.recv().unwrap();
    });
    false
}

#[test]
fn f4_a_flush_is_not_done_while_another_program_moves_the_log_of_changes() {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby())]).unwrap();
    let reader = reads(&folder);
    talks(&mut store, 1, 5);
    let (waits, is_waiting) = bounded(1);
    let (go_on, goes_on) = bounded(1);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            WAITING.set(Some((waits, goes_on)));
            let mut other = rusqlite::Connection::open(folder.file()).unwrap();
            other.busy_handler(Some(waits_for_the_test)).unwrap();
            other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        });
        is_waiting.recv().unwrap();
        let is_done = store.flush();
        go_on.send(()).unwrap();
        assert!(!is_done.unwrap());
    });
    drop(reader);
    assert!(store.flush().unwrap());
}

/// The file, its write-ahead log and SQLite's index, from a killed server. The file has all lines
/// up to the number `in_the_file`.
fn left_after_a_checkpoint(in_the_file: u64) -> [Vec<u8>; 3] {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby())]).unwrap();
    talks(&mut store, 1, in_the_file);
    let _reader = reads(&folder);
    assert!(store.flush().unwrap());
    if in_the_file < SAID {
        talks(&mut store, in_the_file + 1, SAID);
    }
    let file = folder.file().display().to_string();
    ["", "-wal", "-shm"].map(|end| std::fs::read(format!("{file}{end}")).unwrap())
}

/// Ways to damage a write-ahead log, each with a name.
fn fates(wal: &[u8], mut next: impl FnMut(usize) -> usize) -> Vec<(String, Vec<u8>)> {
    let mut fates = Vec::new();
    for percent in [0, 1, 20, 50, 90] {
        let bytes = wal[..wal.len() * percent / 100].to_vec();
        fates.push((format!("cut to {percent} %"), bytes));
    }
    let mut zeroed = wal.to_vec();
    zeroed[wal.len() / 2..][..8192].fill(0);
    fates.push(("zeros in the middle".into(), zeroed));
    for place in [10, 18, 40, 60] {
        let mut spoiled = wal.to_vec();
        spoiled[place] ^= 4;
        fates.push((format!("byte {place}"), spoiled));
    }
    for round in 0..10 {
        let mut spoiled = wal.to_vec();
        (0..20).for_each(|_| spoiled[32 + next(wal.len() - 32)] ^= 1 << next(8));
        fates.push((format!("20 bits, {round}"), spoiled));
    }
    fates
}

/// The number of the last line (all lines before it must read as they were said), and what people
/// are told.
fn last_and_damage(folder: &Folder, which: &str) -> (u64, Option<String>) {
    let (past, thread) = start(folder.config()).unwrap_or_else(|error| panic!("{which}: {error}"));
    let lines = &past.stored.rooms[0].lines;
    for (line, seq) in lines.iter().zip(1..) {
        let said = EntryKind::Said(text(seq));
        assert_eq!((line.entry.seq.0, &line.entry.what), (seq, &said), "{which}");
    }
    let told = (lines.len() as u64, thread.damage().map(str::to_owned));
    end(past, thread);
    told
}

fn a_folder_with([file, wal, index]: [&[u8]; 3]) -> Folder {
    let folder = Folder::new();
    std::fs::write(folder.file(), file).unwrap();
    std::fs::write(changes(&folder), wal).unwrap();
    std::fs::write(format!("{}-shm", folder.file().display()), index).unwrap();
    folder
}

/// SQLite applies the whole frames of the log, although they are older than the file.
#[test]
fn f4_a_damaged_log_of_changes_takes_nothing_back_that_is_in_the_file() {
    let (seed, mut next) = luck();
    for in_the_file in [SAID, 300] {
        let [file, wal, index] = left_after_a_checkpoint(in_the_file);
        let (last, damage) = last_and_damage(&a_folder_with([&file, &wal, &index]), "whole");
        assert_eq!((last, damage), (SAID, None), "whole");
        for (fate, bytes) in fates(&wal, &mut next) {
            let which = format!("seed {seed}, {in_the_file} in the file, {fate}");
            let folder = a_folder_with([&file, &bytes, &index]);
            let (last, damage) = last_and_damage(&folder, &which);
            assert!((in_the_file..=SAID).contains(&last), "{which}: {last}");
            let words = damage.as_deref().unwrap_or_default();
            assert_eq!(last < SAID, words.contains("changes are lost"), "{which}: {last}, {words}");
            let is_left = folder.0.join("damaged-1.sqlite-wal").exists();
            assert_eq!(is_left, !bytes.is_empty(), "{which}: what is left of it");
            assert_eq!(last_and_damage(&folder, &which).1, None, "{which}: it is told once");
        }
    }
}

/// The server uses SQLite's index only if the index is whole and belongs to this file.
#[test]
fn f4_by_an_index_that_is_spoiled_or_another_file_s_no_log_of_changes_is_set_aside() {
    let [file, wal, index] = left_after_a_checkpoint(SAID);
    let half = &wal[..wal.len() / 2];
    let mut longer = file.clone();
    longer.resize(file.len() + 4096, 0);
    let of_one = [0, 12, 17, 22, 34, 41, 48 + 17, 99].map(|place| vec![place]);
    let of_both = [0, 12, 17, 22, 34, 41].map(|place| vec![place, 48 + place]);
    for places in of_one.into_iter().chain(of_both) {
        let mut spoiled = index.clone();
        places.iter().for_each(|place| spoiled[*place] ^= 0x40);
        let folder = a_folder_with([&file, half, &spoiled]);
        let (_, damage) = last_and_damage(&folder, &format!("bytes {places:?}"));
        assert!(damage.is_some_and(|it| it.contains("changes are lost")), "bytes {places:?}");
    }
    let folder = a_folder_with([&longer, half, &index]);
    let (past, thread) = start(folder.config()).unwrap();
    assert!(thread.damage().is_some());
    end(past, thread);
}

/// The files were copied one after another while the server ran.
#[test]
fn f4_a_file_that_has_not_what_the_index_says_gets_what_is_whole_of_its_log_of_changes() {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby())]).unwrap();
    talks(&mut store, 1, SETTLED);
    store.checkpoint().unwrap();
    let file = std::fs::read(folder.file()).unwrap();
    talks(&mut store, SETTLED + 1, 300);
    let _reader = reads(&folder);
    assert!(store.flush().unwrap());
    talks(&mut store, 301, SAID);
    let wal = std::fs::read(changes(&folder)).unwrap();
    let index = std::fs::read(format!("{}-shm", folder.file().display())).unwrap();
    let copied = a_folder_with([&file, &wal[..wal.len() / 2], &index]);
    let (last, damage) = last_and_damage(&copied, "copied");
    assert!((SETTLED + 1..300).contains(&last), "{last}");
    assert!(damage.is_some_and(|it| it.contains("changes are lost")));
}

/// The operator is told if the file was removed, and also if it was emptied.
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

/// The operator is told that the history is gone or empty, and that the access file is damaged.
#[test]
fn f4_a_history_that_is_gone_beside_a_damaged_second_file_is_told_too() {
    for (bytes, word) in [(None, "is gone"), (Some(&b""[..]), "is empty")] {
        for access in [&b""[..], b"threadbare access 1\nroom"] {
            let folder = Folder::new();
            std::fs::write(folder.0.join("access"), access).unwrap();
            bytes.into_iter().for_each(|bytes| std::fs::write(folder.file(), bytes).unwrap());
            let (past, thread) = start(folder.config()).unwrap();
            let damage = thread.damage().unwrap_or_default().to_owned();
            assert!(damage.contains(word) && damage.contains("is damaged"), "{word}: {damage}");
            end(past, thread);
            let (past, thread) = start(folder.config()).unwrap();
            assert_eq!(thread.damage(), None, "it is told once");
            end(past, thread);
        }
    }
}

/// What can happen to the write-ahead log of a running server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    CutTo(u64),
    Spoiled,
    Removed,
}

impl Fate {
    fn befalls(self, folder: &Folder) {
        use std::os::unix::fs::FileExt;
        let wal = || std::fs::OpenOptions::new().write(true).open(changes(folder)).unwrap();
        match self {
            Self::CutTo(percent) => {
                let bytes = wal().metadata().unwrap().len();
                assert!(bytes > 100_000, "{bytes}");
                wal().set_len(bytes * percent / 100).unwrap();
            }
            Self::Spoiled => wal().write_all_at(&[0xa5; 4096], 20_000).unwrap(),
            Self::Removed => std::fs::remove_file(changes(folder)).unwrap(),
        }
    }
}

/// A running server with lines that are only in its write-ahead log.
fn talking() -> (Folder, Past, HistoryThread) {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    keep(&past, vec![Record::Room(lobby())]).1.unwrap();
    for first in (1..=SAID).step_by(5) {
        let lines = (first..first + 5).map(|seq| said(seq, &text(seq)));
        assert_eq!(keep(&past, lines.collect()), (false, Ok(())), "{first}");
    }
    (folder, past, thread)
}

/// What the next server would read if this one were killed now.
fn after_a_kill(folder: &Folder) -> Vec<u64> {
    let file = folder.file().display().to_string();
    let copy = Folder::new();
    for end in ["", "-wal", "-shm"] {
        let to = format!("{}{end}", copy.file().display());
        std::fs::copy(format!("{file}{end}"), to).unwrap();
    }
    let (past, thread) = start(copy.config()).unwrap();
    let numbers = past.stored.rooms[0].lines.iter().map(|line| line.entry.seq.0).collect();
    end(past, thread);
    numbers
}

/// If the server missed that the log was cut, it would report a line as sent, and the next start
/// would lose that line.
#[test]
fn f4_what_is_kept_after_the_log_of_changes_was_cut_under_us_is_on_the_disk() {
    for fate in [Fate::CutTo(0), Fate::CutTo(50), Fate::Removed] {
        let (folder, past, thread) = talking();
        fate.befalls(&folder);
        let again = || vec![Record::Room(lobby()), said(SAID + 1, &text(SAID + 1))];
        assert_eq!(keep(&past, again()), (true, Ok(())), "{fate:?}");
        let numbers = after_a_kill(&folder);
        assert_eq!(numbers.last(), Some(&(SAID + 1)), "{fate:?}");
        let is_aside = folder.0.join("damaged-1.sqlite-wal").exists();
        assert_eq!(is_aside, fate != Fate::Removed, "{fate:?}");
        // If the log was only removed, SQLite still has it open, so no line is lost.
        let are_all = numbers.into_iter().eq(1..=SAID + 1);
        assert!(are_all || fate != Fate::Removed, "{fate:?}");
        end(past, thread);
    }
}

/// After the damage no batch is sent to the history.
#[test]
fn f4_a_log_of_changes_that_is_cut_or_spoiled_under_us_is_noticed_within_a_minute() {
    let notice = |fate: Fate| {
        let (folder, past, thread) = talking();
        fate.befalls(&folder);
        let told = past.reports.recv_timeout(Duration::from_secs(60));
        assert!(matches!(told, Ok(HistoryReport::FileIsLost)), "{fate:?}: {told:?}");
        end(past, thread);
    };
    let fates = [Fate::CutTo(0), Fate::CutTo(50), Fate::Spoiled, Fate::Removed];
    std::thread::scope(|scope| {
        fates.into_iter().for_each(|fate| drop(scope.spawn(move || notice(fate))));
    });
}

/// It is no damage if another program moves the write-ahead log into the file and cuts the log, or
/// reads the file.
#[test]
fn a_log_of_changes_that_others_settle_is_never_taken_for_a_cut_one() {
    let (seed, mut next) = luck();
    let (folder, past, thread) = talking();
    for round in 0..40 {
        let seq = SAID + 1 + round;
        let other = rusqlite::Connection::open(folder.file()).unwrap();
        let sql = match next(4) {
            0 => "PRAGMA wal_checkpoint(TRUNCATE)",
            1 => "PRAGMA wal_checkpoint(RESTART)",
            2 => "PRAGMA wal_checkpoint(PASSIVE)",
            _ => "SELECT count(*), 0, 0 FROM lines",
        };
        other.query_row(sql, [], |_| Ok(())).unwrap();
        let stored = keep(&past, vec![said(seq, &"x".repeat(next(20_000)))]);
        assert_eq!(stored, (false, Ok(())), "seed {seed}, {round}: {sql}");
    }
    end(past, thread);
    assert!(!folder.0.join("damaged-1.sqlite").exists());
}
