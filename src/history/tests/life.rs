//! F2 and F4 (`docs/ROWS.md`): the file is damaged or lost, and the history goes on.
//!
//! Owns: what happens to the file. `history/tests/mod.rs` tests what is in a whole file.
//! Must not know: the hub.
//!
//! Part: `history/tests/mod.rs`.

use std::time::{Duration, Instant};

use super::super::{HistoryFault, HistoryReport, HistoryTask, HistoryThread, Past, start};
use super::{EPOCH, Folder, line, lobby, luck, said, whats};
use crate::chat::entry::{EntryKind, Seq};
use crate::chat::record::{LineRange, Query, Record};
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;

/// Sends a batch and, if the file is new, sends it again. Returns whether the file was new, and the
/// result.
pub(super) fn keep(past: &Past, batch: Vec<Record>) -> (bool, Result<(), HistoryFault>) {
    past.history.give(HistoryTask::Store(batch.clone()));
    let mut is_new = false;
    loop {
        match past.reports.recv_timeout(Duration::from_secs(20)).unwrap() {
            HistoryReport::FileIsNew => {
                is_new = true;
                past.history.give(HistoryTask::Store(batch.clone()));
            }
            HistoryReport::Stored(outcome) => return (is_new, outcome),
            HistoryReport::Found(_) | HistoryReport::ThrownAway(_) | HistoryReport::FileIsLost => {}
        }
    }
}

fn numbers(past: &Past) -> Vec<u64> {
    let query = Query { epoch: EPOCH, span: LineRange::From(Seq(0)), count: 10_000 };
    past.history.give(HistoryTask::Find(query));
    match past.reports.recv_timeout(Duration::from_secs(20)).unwrap() {
        HistoryReport::Found(found) => found.unwrap().lines.iter().map(|line| line.seq.0).collect(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn end(past: Past, thread: HistoryThread) {
    drop(past);
    assert!(thread.join(Instant::now() + Duration::from_secs(20)));
}

#[test]
fn f2_a_file_that_is_removed_under_us_is_begun_anew() {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(1, "first")]), (false, Ok(())));
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", folder.file().display())).unwrap();
    }
    assert_eq!(keep(&past, vec![said(2, "second")]), (true, Ok(())));
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(1, "first")]), (false, Ok(())));
    // Remove the whole folder, with its lock.
    std::fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(3, "third")]), (true, Ok(())));
    assert_eq!(numbers(&past), [3]);
    assert!(start(folder.config()).is_err(), "it is ours again");
    end(past, thread);
    assert_eq!(whats(&folder.open()), [EntryKind::Said("third".into())]);
}

#[test]
fn an_address_has_the_same_tag_in_the_next_life_also_in_a_file_that_was_begun_anew() {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    let key = past.server_key;
    assert_eq!(keep(&past, vec![Record::Room(lobby())]), (false, Ok(())));
    end(past, thread);
    let (past, thread) = start(folder.config()).unwrap();
    assert_eq!(past.server_key, key);
    for end in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{end}", folder.file().display())).unwrap();
    }
    assert_eq!(keep(&past, vec![Record::Room(lobby())]), (true, Ok(())));
    end(past, thread);
    let (past, thread) = start(folder.config()).unwrap();
    assert_eq!(past.server_key, key, "the file is another one, the people are the same");
    end(past, thread);
    let elsewhere = Folder::new();
    let (other, thread) = start(elsewhere.config()).unwrap();
    assert_ne!(other.server_key, key, "each history has its own");
    end(other, thread);
}

#[test]
fn f2_a_file_that_is_moved_away_stays_whole_where_it_is() {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(1, "first")]), (false, Ok(())));
    let elsewhere = Folder::new();
    for end in ["", "-wal", "-shm"] {
        let name = |folder: &Folder| format!("{}{end}", folder.file().display());
        std::fs::rename(name(&folder), name(&elsewhere)).unwrap();
    }
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(2, "second")]), (true, Ok(())));
    end(past, thread);
    assert_eq!(whats(&elsewhere.open()), [EntryKind::Said("first".into())]);
    assert_eq!(whats(&folder.open()), [EntryKind::Said("second".into())]);
}

#[test]
fn f4_what_is_damaged_under_us_is_set_aside() {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    let lines = (1..=300).map(|seq| said(seq, &"x".repeat(500)));
    let all = std::iter::once(Record::Room(lobby())).chain(lines).collect();
    assert_eq!(keep(&past, all), (false, Ok(())));
    // Another program moves the write-ahead log into the file, and then the disk loses data.
    let other = rusqlite::Connection::open(folder.file()).unwrap();
    other.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(other);
    let length = std::fs::metadata(folder.file()).unwrap().len();
    let file = std::fs::OpenOptions::new().write(true).open(folder.file()).unwrap();
    let garbage = vec![0xa5; usize::try_from(length).unwrap() - 4096];
    std::os::unix::fs::FileExt::write_all_at(&file, &garbage, 4096).unwrap();
    // SQLite's cache may hide the damage for a while.
    let until = Instant::now() + Duration::from_secs(60);
    let mut seq = 301;
    while !folder.0.join("damaged-1.sqlite").exists() {
        assert!(Instant::now() < until, "nobody noticed");
        let batch = (seq..seq + 50).map(|seq| said(seq, &"y".repeat(2000))).collect();
        let (is_new, stored) = keep(&past, batch);
        assert_eq!(is_new, folder.0.join("damaged-1.sqlite").exists(), "{stored:?}");
        assert_eq!(stored, Ok(()));
        seq += 50;
    }
    // The server may be about to end, so the new file begins at once.
    assert_eq!(keep(&past, vec![Record::Room(lobby()), said(seq, "after")]), (false, Ok(())));
    assert_eq!(numbers(&past)[0], seq - 50);
    end(past, thread);
}

/// F4 (`docs/ROWS.md`): spoiled bytes, a cut file, a broken head or page. `history/tests/wal.rs`
/// covers the write-ahead log.
#[test]
fn f4_of_two_hundred_damaged_files_each_is_read_or_set_aside() {
    let (seed, mut next) = luck();
    let folder = Folder::new();
    let mut store = folder.open();
    let lines = (1..=300).map(|seq| said(seq, &"x".repeat(50)));
    store.write(&std::iter::once(Record::Room(lobby())).chain(lines).collect::<Vec<_>>()).unwrap();
    store.checkpoint().unwrap();
    drop(store);
    let whole = std::fs::read(folder.file()).unwrap();
    let mut aside = 0;
    for round in 0..200 {
        let mut bytes = whole.clone();
        // The first three rounds spoil one byte each: of our schema version, and of SQLite's own
        // format versions for writing and reading (SQLite's format, 1.3).
        if let Some(place) = [63, 18, 19].get(round) {
            bytes[*place] = 0xa5;
        }
        match round % 4 {
            _ if round < 3 => {}
            0 => (0..100).for_each(|_| bytes[next(whole.len())] = 0xa5),
            1 => bytes.truncate(next(whole.len())),
            2 => bytes[..100].fill(u8::try_from(round).unwrap()),
            _ => {
                let place = next(whole.len() - 4096);
                bytes[place..place + 4096].fill(0);
            }
        }
        let own = Folder::new();
        std::fs::write(own.file(), &bytes).unwrap();
        let (past, thread) =
            start(own.config()).unwrap_or_else(|error| panic!("seed {seed}, {round}: {error:?}"));
        assert!(past.stored.rooms.len() <= 1, "seed {seed}, {round}");
        // The batch is stored or there is an error; the thread neither hangs nor ends.
        let edit = EntryKind::Edited { of: Seq(7), text: "y".into() };
        drop(keep(&past, vec![Record::Room(lobby()), line(1000, edit)]));
        let span = LineRange::With(Sought::words(SearchWords::parse("x").unwrap()), Seq(u64::MAX));
        past.history.give(HistoryTask::Find(Query { epoch: EPOCH, span, count: 10 }));
        assert!(matches!(past.reports.recv(), Ok(HistoryReport::Found(_))), "seed {seed}, {round}");
        end(past, thread);
        aside += usize::from(own.0.join("damaged-1.sqlite").exists());
    }
    assert!(aside > 50, "seed {seed}: only {aside} were set aside");
}

/// F4 (`docs/ROWS.md`): values that SQLite accepts but this server never writes.
#[test]
fn f4_numbers_that_were_never_given_are_damage() {
    for sql in [
        "UPDATE rooms SET reserved = 5",
        "UPDATE rooms SET reserved = -5",
        "UPDATE rooms SET reserved = -5000000000",
        "UPDATE rooms SET reserved = 9223372036854775807",
        "UPDATE lines SET seq = 0 WHERE seq = 3",
        "UPDATE lines SET seq = -7 WHERE seq = 3",
        "UPDATE lines SET seq = 9000000000000000000 WHERE seq = 3",
        "UPDATE lines SET of = -7, kind = 2 WHERE seq = 3",
        "UPDATE lines SET author = -126 WHERE seq = 3",
        "UPDATE rooms SET maker = -126",
    ] {
        let folder = Folder::new();
        let mut store = folder.open();
        let lines = (1..=9).map(|seq| said(seq, "x"));
        let records: Vec<_> = std::iter::once(Record::Room(lobby())).chain(lines).collect();
        store.write(&records).unwrap();
        assert_eq!(store.raw().execute(sql, []).unwrap(), 1, "{sql}");
        store.checkpoint().unwrap();
        drop(store);
        let (past, thread) = start(folder.config()).unwrap();
        assert!(folder.0.join("damaged-1.sqlite").exists(), "{sql}");
        assert_eq!(keep(&past, vec![Record::Room(lobby())]), (false, Ok(())));
        end(past, thread);
    }
}

/// F4 (`docs/ROWS.md`): SQLite returns rows in the order in which they are stored, even if the
/// numbers in the rows are in another order.
#[test]
fn f4_a_line_with_anothers_number_is_damage() {
    let folder = Folder::new();
    let mut store = folder.open();
    let lines = (1..=9).map(|seq| said(seq, "x"));
    store.write(&std::iter::once(Record::Room(lobby())).chain(lines).collect::<Vec<_>>()).unwrap();
    store.checkpoint().unwrap();
    drop(store);
    let mut bytes = std::fs::read(folder.file()).unwrap();
    // The row of the third line begins with its epoch, number and time.
    let third = [&EPOCH.0.to_be_bytes()[..], &[3, 3]].concat();
    let place = bytes.windows(third.len()).position(|window| window == third).unwrap();
    bytes[place + 8] = 7;
    std::fs::write(folder.file(), &bytes).unwrap();
    let (past, thread) = start(folder.config()).unwrap();
    assert!(folder.0.join("damaged-1.sqlite").exists());
    end(past, thread);
}

#[test]
fn what_everybody_is_told_of_a_failure_has_no_path() {
    use super::super::NoHistory;
    use super::super::store::StoreError;
    let cannot_open = rusqlite::ffi::Error::new(14);
    let words = Some("unable to open database file: /home/ann/threadbare.sqlite".to_owned());
    let error = StoreError::from(rusqlite::Error::SqliteFailure(cannot_open, words));
    let told = HistoryFault::from(&NoHistory::NoStore(error)).to_string();
    assert!(!told.is_empty() && !told.contains('/'), "{told}");
}
