//! F4 (`docs/ROWS.md`): one byte of an undamaged file is changed. Each line reads as before, or the
//! operator is told. SQLite finds rows by the keys in a page, and a spoiled key hides all rows
//! after it.
//!
//! Owns: one spoiled byte at many places of a file, chosen by a seed.
//! Must not know: how a damaged file is read.
//!
//! Part: `history/tests/mod.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::integrity::page_check::{are_branches_intact, are_trees_intact};
use super::super::sqlite_file::DatabasePages;
use super::super::store::{Store, StoreError};
use super::super::{NoHistory, start};
use super::damage::lines_of;
use super::life::{end, keep};
use super::{Folder, luck};
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seq, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::Reservation;
use crate::chat::record::LetIn;
use crate::chat::record::{
    PersonId, Record, StoredLine, StoredPerson, StoredPrivateLog, StoredRoom,
};
use crate::chat::room_name::RoomName;
use crate::chat::token::{Token, TokenDigest};

/// The number of logs of rooms; there are as many logs of private messages.
const LOGS: u64 = 3;
const LINES: u64 = 90;
const PAGE: usize = 4096;
/// Spoiled files in a usual run; `FLIPPED_ROUNDS` sets another number.
const ROUNDS: usize = 40;

fn epoch(log: u64) -> Epoch {
    Epoch(0xabcd_ef01_0000_0000_u64.wrapping_mul(log + 1))
}

fn logs() -> Vec<Record> {
    let name = |number: u64| match number {
        0 => RoomName::lobby(),
        _ => RoomName::parse(&format!("room-{number}")).unwrap(),
    };
    let reservation = Reservation::closed(Seq(LINES));
    let room = |number| StoredRoom {
        name: name(number),
        epoch: epoch(number),
        reservation,
        skips: Vec::new(),
        topic: "about this".into(),
        pinned: Seq(0),
        rules: Box::default(),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: None,
        network: None,
    };
    let person = |number| StoredPerson {
        is_host: false,
        id: PersonId(number),
        name: Name::parse(&format!("Person{number}")).unwrap(),
        former: None,
        named_at: UnixMillis(0),
        tokens: vec![TokenDigest::of(&Token::new().unwrap())],
        secret: None,
        gone_at: None,
        network: None,
    };
    let private_log = |number| StoredPrivateLog {
        person: PersonId(number + 1),
        epoch: epoch(LOGS + number),
        reservation,
        skips: Vec::new(),
    };
    let people = (1..=LOGS).map(person).map(Record::Person);
    let private_logs = (0..LOGS).map(private_log).map(Record::PrivateLog);
    (0..LOGS).map(room).map(Record::Room).chain(people).chain(private_logs).collect()
}

fn text(log: u64, seq: u64) -> String {
    let count = if seq.is_multiple_of(30) { 900 } else { 2 + seq % 9 };
    format!("{log}.{seq} ").repeat(usize::try_from(count).unwrap())
}

fn said(log: u64, seq: u64) -> EntryKind {
    let text = text(log, seq);
    match seq {
        _ if log >= LOGS => EntryKind::Private {
            to: Name::parse("Person9").unwrap(),
            with: AuthorTag::of(Some(PersonId(9))),
            own: false,
            text: text.into(),
        },
        60 => EntryKind::Edited { of: Seq(20), text: "edited".into() },
        70 => EntryKind::Deleted { of: Seq(30) },
        _ => EntryKind::Said(text),
    }
}

/// The final content of a line.
fn reads(log: u64, seq: u64) -> EntryKind {
    match seq {
        20 if log < LOGS => EntryKind::Said("edited".into()),
        30 if log < LOGS => EntryKind::Deleted { of: Seq(30) },
        _ => said(log, seq),
    }
}

fn line(log: u64, seq: u64) -> Record {
    let name = match logs().swap_remove(usize::try_from(log % LOGS).unwrap()) {
        Record::Room(room) if log < LOGS => room.name.into(),
        _ => crate::chat::log_name::LogName::Private,
    };
    let speaker = Name::parse(&format!("Person{}", seq % 3 + 1)).unwrap();
    let entry = Entry {
        reply_to: None,
        log: name,
        epoch: epoch(log),
        seq: Seq(seq),
        at: UnixMillis(1000 * seq + log),
        by: Speaker {
            name: speaker,
            classic: false,
            has_edited: false,
            whose: AuthorTag::of(Some(PersonId(9))),
            mark: None,
            addr: None,
        },
        id: MessageId::parse(&format!("id-{log}-{seq}")),
        what: said(log, seq),
    };
    Record::Line(StoredLine { author: Some(PersonId(9)), entry: Arc::new(entry) })
}

fn config(folder: &Folder) -> HistoryConfig {
    HistoryConfig { flush: Flush::EachTwoSeconds, ..folder.config() }
}

/// The history's file and the access file.
fn filled() -> [Vec<u8>; 2] {
    let folder = Folder::new();
    let (past, thread) = start(config(&folder)).unwrap();
    assert_eq!(keep(&past, logs()), (false, Ok(())));
    for seq in 1..=LINES {
        let lines = (0..2 * LOGS).map(|log| line(log, seq));
        assert_eq!(keep(&past, lines.collect()), (false, Ok(())));
    }
    end(past, thread);
    [folder.file(), folder.0.join("access")].map(|path| std::fs::read(path).unwrap())
}

/// What is wrong with the lines that a server reads from these files, and whether the server
/// reports anything.
fn read([file, access]: [&[u8]; 2], which: &str) -> (Vec<String>, bool) {
    let folder = Folder::new();
    std::fs::write(folder.file(), file).unwrap();
    std::fs::write(folder.0.join("access"), access).unwrap();
    let (past, thread) = match start(config(&folder)) {
        Ok(started) => started,
        // If the spoiled byte is that of the schema version, the server reports a newer file and
        // does not start.
        Err(NoHistory::NoStore(StoreError::Newer { .. })) => return (Vec::new(), true),
        Err(error) => panic!("{which}: {error:?}"),
    };
    let rooms = past.stored.rooms.iter().map(|log| log.stored.epoch);
    let known: Vec<_> =
        rooms.chain(past.stored.private.iter().map(|log| log.stored.epoch)).collect();
    let mut wrong = Vec::new();
    for log in 0..2 * LOGS {
        if !known.contains(&epoch(log)) {
            wrong.push(format!("log {log} is gone"));
            continue;
        }
        let lines = lines_of(&past, epoch(log));
        let lines: BTreeMap<_, _> = lines.into_iter().map(|line| (line.seq.0, line)).collect();
        for seq in 1..=LINES {
            match lines.get(&seq) {
                None => wrong.push(format!("{log}.{seq} is gone")),
                Some(line) if line.what != reads(log, seq) => {
                    wrong.push(format!("{log}.{seq} reads {:?}", line.what));
                }
                Some(_) => {}
            }
        }
    }
    let is_told = thread.damage().is_some() || folder.0.join("damaged-1.sqlite").exists();
    end(past, thread);
    (wrong, is_told)
}

/// A random place, or one that SQLite uses to find rows: the head of a page, or the first bytes of
/// a row.
fn place(whole: &[u8], next: &mut impl FnMut(usize) -> usize) -> usize {
    let start = next(whole.len() / PAGE) * PAGE;
    let head = if start == 0 { 100 } else { 0 };
    let first = head + if matches!(whole[start + head], 2 | 5) { 12 } else { 8 };
    let cells = usize::from(u16::from_be_bytes([whole[start + head + 3], whole[start + head + 4]]));
    let is_row = matches!(whole[start + head], 2 | 5 | 10 | 13) && (1..500).contains(&cells);
    match next(4) {
        0 | 1 if is_row => {
            let at = start + first + 2 * next(cells);
            let row = usize::from(u16::from_be_bytes([whole[at], whole[at + 1]]));
            start + (row + next(30)) % PAGE
        }
        2 => start + next(head + first + 40),
        _ => next(whole.len()),
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn f4_of_a_file_with_one_spoiled_byte_each_line_reads_as_it_did_or_the_host_is_told() {
    let (seed, mut next) = luck();
    let rounds = std::env::var("FLIPPED_ROUNDS").ok().and_then(|it| it.parse().ok());
    let [whole, access] = filled();
    assert_eq!(read([&whole, &access], "whole"), (Vec::new(), false));
    let (mut told, mut silent) = (0, Vec::new());
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let mut bytes = whole.clone();
        let (place, change) = (place(&whole, &mut next), 1 + next(255));
        bytes[place] ^= change.to_le_bytes()[0];
        let which = format!(
            "round {round}, byte {} of page {}, {change:#x}",
            place % PAGE,
            place / PAGE + 1
        );
        let (wrong, is_told) = read([&bytes, &access], &which);
        told += u32::from(is_told);
        if !wrong.is_empty() && !is_told {
            silent.push(format!("{which}: {} wrong, {}", wrong.len(), wrong[0]));
        }
    }
    println!("{told} told");
    assert!(silent.is_empty(), "seed {seed}: without a word\n{}", silent.join("\n"));
}

/// Spoils the epoch of a row in the middle of a leaf, which hides all later rows from SQLite.
#[test]
fn f4_a_spoiled_key_of_a_line_hides_nothing_without_a_word() {
    let [whole, access] = filled();
    let mut silent = Vec::new();
    for (log, seq) in (0..2 * LOGS).flat_map(|log| [2, 45, 88].map(|seq| (log, seq))) {
        // The row of the line begins with eight bytes of the epoch, one of the number, and the
        // time.
        let at = (1000 * seq + log).to_be_bytes();
        let at = if seq < 32 { &at[6..] } else { &at[5..] };
        let number = u8::try_from(seq).unwrap();
        let key = [&epoch(log).0.to_be_bytes()[..], &[number], at].concat();
        let found = whole.windows(key.len()).position(|bytes| bytes == key).unwrap();
        for (place, change) in [(0, 0x5a), (1, 1), (8, 0x20)] {
            let mut bytes = whole.clone();
            bytes[found + place] ^= change;
            let which = format!("line {log}.{seq}, byte {place} of its key, {change:#x}");
            let (wrong, is_told) = read([&bytes, &access], &which);
            if !is_told {
                silent.push(format!("{which}: {} wrong, {}", wrong.len(), wrong[0]));
            }
        }
    }
    assert!(silent.is_empty(), "without a word\n{}", silent.join("\n"));
}

/// Lines of the large file; `LARGE_LINES` sets another number.
const LARGE: u64 = 20_000;

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn a_large_file_is_looked_through_in_little_time() {
    let lines = std::env::var("LARGE_LINES").ok().and_then(|it| it.parse().ok());
    let lines: u64 = lines.unwrap_or(LARGE);
    let folder = Folder::new();
    let mut store = Store::open(&folder.file(), Flush::EachTwoSeconds, 1 << 40).unwrap();
    let reservation = Reservation::closed(Seq(lines));
    store.write(&[Record::Room(StoredRoom { reservation, ..super::lobby() })]).unwrap();
    let words = "some words that somebody says ".repeat(3);
    for first in (1..=lines).step_by(1000) {
        let batch = (first..(first + 1000).min(lines + 1)).map(|seq| super::said(seq, &words));
        store.write(&batch.collect::<Vec<_>>()).unwrap();
    }
    store.checkpoint().unwrap();
    drop(store);
    let bytes = std::fs::metadata(folder.file()).unwrap().len();
    let began = Instant::now();
    let mut pages = DatabasePages::open(&folder.file()).unwrap();
    assert!(are_branches_intact(&mut pages));
    let branches = began.elapsed();
    assert!(are_trees_intact(&mut pages, began + Duration::from_secs(60)));
    let looked = began.elapsed();
    drop(pages);
    let (past, thread) = start(HistoryConfig {
        retention: crate::chat::config::Retention {
            age_max: None,
            room_lines_max: None,
            bytes_max: 1 << 40,
        },
        ..config(&folder)
    })
    .unwrap();
    let started = began.elapsed() - looked;
    assert_eq!(thread.damage(), None);
    end(past, thread);
    println!(
        "{lines} lines, {} MiB: what leads on {branches:?}, all pages {:?}, a whole start {started:?}",
        bytes >> 20,
        looked - branches
    );
    assert!(lines > LARGE || looked < Duration::from_secs(20), "{looked:?}");
}
