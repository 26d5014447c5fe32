//! F4 (`docs/ROWS.md`): after any damage to a file, each line is there as it was said, or it is
//! missing. No line has another text.
//!
//! Owns: many kinds of damage to pages, chosen by a seed.
//! Must not know: how a damaged file is read.
//!
//! Part: `history/tests/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::start;
use super::damage::lines_of;
use super::life::{end, keep};
use super::{Folder, luck};
use crate::chat::config::{Flush, HistoryConfig};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seq, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{LetIn, PersonId, Record, StoredLine, StoredRoom};
use crate::chat::room_name::RoomName;

const ROOMS: u64 = 3;
const LINES: u64 = 400;
const PAGE: usize = 4096;
/// Damaged files in a usual run; `SPOILED_ROUNDS` sets another number.
const ROUNDS: usize = 100;

fn room(number: u64) -> StoredRoom {
    let name = if number == 0 { "lobby".to_owned() } else { format!("room-{number}") };
    StoredRoom {
        name: RoomName::parse(&name).unwrap(),
        epoch: Epoch(0xabcd_0000_0000_0000 + number),
        reservation: Reservation::closed(Seq(LINES)),
        skips: Vec::new(),
        topic: String::new(),
        pinned: Seq(0),
        rules: Box::default(),
        hidden: false,
        password: None,
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: None,
        network: None,
    }
}

/// Every eighth line is longer than a page; some need many pages.
fn text(room: u64, seq: u64) -> String {
    let length = match seq % 16 {
        0 => 700 * (seq % 21),
        8 => 4000 + seq,
        _ => 20 + seq % 200,
    };
    let word = format!("{room}.{seq} ");
    word.repeat(usize::try_from(length).unwrap() / word.len() + 1)
}

fn line(room_number: u64, seq: u64, what: EntryKind) -> Record {
    let name = Name::parse(&format!("Person{}", seq % 20)).unwrap();
    let person = Some(PersonId(seq % 20 + 1));
    let room = room(room_number);
    let entry = Entry {
        reply_to: None,
        log: room.name.into(),
        epoch: room.epoch,
        seq: Seq(seq),
        at: UnixMillis(1000 * seq + room_number),
        by: Speaker {
            name,
            classic: false,
            has_edited: false,
            whose: AuthorTag::of(person),
            mark: None,
            addr: None,
        },
        id: MessageId::parse(&format!("id-{room_number}-{seq}")),
        what,
    };
    Record::Line(StoredLine { author: person, entry: Arc::new(entry) })
}

/// What is written as this line of this room. The last lines are an edit and a deletion.
fn said(room: u64, seq: u64) -> EntryKind {
    match seq {
        _ if seq == LINES - 1 => EntryKind::Edited { of: Seq(16), text: "edited ".repeat(900) },
        _ if seq == LINES => EntryKind::Deleted { of: Seq(8) },
        _ => EntryKind::Said(text(room, seq)),
    }
}

/// How the line reads after the edit and the deletion.
fn reads(room: u64, seq: u64) -> EntryKind {
    match seq {
        8 => EntryKind::Deleted { of: Seq(8) },
        16 => EntryKind::Said("edited ".repeat(900)),
        _ => said(room, seq),
    }
}

fn config(folder: &Folder) -> HistoryConfig {
    HistoryConfig { flush: Flush::EachTwoSeconds, ..folder.config() }
}

fn is_filled(folder: &Folder) {
    let (past, thread) = start(config(folder)).unwrap();
    let rooms = (0..ROOMS).map(room).map(Record::Room).collect();
    assert_eq!(keep(&past, rooms), (false, Ok(())));
    for seq in 1..=LINES {
        let lines = (0..ROOMS).map(|room| line(room, seq, said(room, seq)));
        assert_eq!(keep(&past, lines.collect()), (false, Ok(())));
    }
    end(past, thread);
}

/// Damages some pages, and returns a word for the kind of damage.
fn spoil(bytes: &mut [u8], next: &mut impl FnMut(usize) -> usize) -> String {
    let pages = bytes.len() / PAGE;
    let mut done = String::new();
    for _ in 0..=next(4) {
        let (page, other) = (next(pages), next(pages));
        let (start, from) = (page * PAGE, other * PAGE);
        let half = start + if next(2) == 0 { 0 } else { PAGE / 2 };
        let kind = next(9);
        done += &format!(" {kind}:{}", page + 1);
        match kind {
            0 => bytes[start..start + PAGE].fill(0),
            1 => bytes.copy_within(from..from + PAGE, start),
            2 => (0..PAGE).for_each(|place| bytes.swap(start + place, from + place)),
            3 => bytes[half..half + PAGE / 2].fill(0),
            4 => {
                let from = from + half - start;
                bytes.copy_within(from..from + PAGE / 2, half);
            }
            5 => bytes[start..start + PAGE].fill_with(|| u8::try_from(next(256)).unwrap()),
            6 => {
                (0..=next(40)).for_each(|_| bytes[start + next(PAGE)] = next(256).to_le_bytes()[0]);
            }
            7 => bytes[start + next(PAGE)] ^= 1 << next(8),
            // Do not change the first four bytes: in an overflow page they are the number of the
            // next overflow page.
            _ => bytes[start + 4..start + PAGE].fill(0),
        }
    }
    done
}

/// Describes how the text of a line differs from the text that was said.
fn differs(room: u64, seq: u64, what: &EntryKind) -> String {
    let (text, was) = (what.text(), text(room, seq));
    let place = text.bytes().zip(was.bytes()).position(|(its, was)| its != was);
    let part = |text: &str| text.chars().skip(place.unwrap_or(0)).take(30).collect::<String>();
    let (bytes, were) = (text.len(), was.len());
    format!("{:?} for {:?}, {bytes} bytes for {were}", part(text), part(&was))
}

/// Starts a server with the files. Returns how many lines are missing, what the server says about
/// that, and whether it renamed the file.
fn read(folder: &Folder, which: &str) -> (u64, Option<String>, bool) {
    let (past, thread) = start(config(folder)).unwrap_or_else(|error| panic!("{which}: {error:?}"));
    let mut there = BTreeSet::new();
    let names: BTreeMap<_, _> = (0..ROOMS).map(|it| (room(it).name, it)).collect();
    for stored in &past.stored.rooms {
        let Some(number) = names.get(&stored.stored.name) else {
            assert!(stored.lines.is_empty(), "{which}: lines in {}", stored.stored.name);
            continue;
        };
        let lines = stored.lines.iter().map(|line| Arc::clone(&line.entry));
        for entry in lines.chain(lines_of(&past, stored.stored.epoch)) {
            let seq = entry.seq.0;
            let name = format!("Person{}", seq % 20);
            assert!((1..=LINES).contains(&seq), "{which}: a number that nobody had, {seq}");
            assert_eq!(entry.by.name.shown(), name, "{which}: {number}.{seq}");
            assert_eq!(entry.at.0, 1000 * seq + number, "{which}: {number}.{seq}");
            // If the edit or the deletion of a line is lost, the line has the text that was said
            // first.
            let is_it = [reads(*number, seq), said(*number, seq)].contains(&entry.what);
            assert!(is_it, "{which}: {number}.{seq} reads {}", differs(*number, seq, &entry.what));
            there.insert((*number, seq));
        }
    }
    let is_aside = folder.0.join("damaged-1.sqlite").exists();
    let damage = thread.damage().map(str::to_owned);
    end(past, thread);
    (ROOMS * LINES - there.len() as u64, damage, is_aside)
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn f4_of_a_damaged_file_each_line_reads_as_it_was_said_or_is_missing() {
    let (seed, mut next) = luck();
    let rounds = std::env::var("SPOILED_ROUNDS").ok().and_then(|it| it.parse().ok());
    let folder = Folder::new();
    is_filled(&folder);
    let whole = std::fs::read(folder.file()).unwrap();
    let access = std::fs::read(folder.0.join("access")).unwrap();
    let (mut aside, mut missing, mut uncounted, mut silent) = (0, 0, 0, 0);
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let mut bytes = whole.clone();
        let done = spoil(&mut bytes, &mut next);
        let which = format!("seed {seed}, {round}:{done}");
        let own = Folder::new();
        std::fs::write(own.file(), &bytes).unwrap();
        std::fs::write(own.0.join("access"), &access).unwrap();
        let (are_missing, damage, is_aside) = read(&own, &which);
        aside += u64::from(is_aside);
        missing += are_missing;
        // SQLite accepts a leaf that says it has fewer rows.
        silent += if is_aside { 0 } else { are_missing };
        assert!(are_missing < 40 || is_aside, "{which}: {are_missing} are missing without a word");
        if let Some(damage) = damage {
            let words = damage.split("at least ").nth(1).unwrap_or_default();
            let lost: u64 = words.split(' ').next().unwrap().parse().unwrap_or(0);
            // A spoiled index entry may name a number that was reserved but not used.
            assert!(lost <= are_missing + 3, "{which}: {damage}, and {are_missing} are missing");
            uncounted += are_missing.saturating_sub(lost);
        }
    }
    println!(
        "{aside} set aside; {missing} lines missing, of which {uncounted} have left no trace and \
         {silent} are missed by nobody"
    );
}

/// A client may have seen lines that were lost in an old crash. If it comes back only after later
/// damage, the server must still be able to tell it about this loss.
#[test]
fn f4_what_a_crash_has_skipped_is_known_after_damage_too() {
    let folder = Folder::new();
    let skips = [
        SkipRange { first: Seq(11), last: Seq(1024), far: None, damaged: true },
        SkipRange { first: Seq(1030), last: Seq(2048), far: Some(Seq(1_000_000)), damaged: false },
    ];
    let reservation = Reservation { begun: Seq(2048), ..Reservation::closed(Seq(2050)) };
    let stored = StoredRoom { skips: skips.to_vec(), reservation, ..room(1) };
    let (past, thread) = start(config(&folder)).unwrap();
    let lines = [1..=10, 1025..=1029, 2049..=2050].into_iter().flatten();
    let lines = lines.map(|seq| line(1, seq, EntryKind::Said(text(1, seq))));
    let records = std::iter::once(Record::Room(stored)).chain(lines).collect();
    assert_eq!(keep(&past, records), (false, Ok(())));
    end(past, thread);
    let mut bytes = std::fs::read(folder.file()).unwrap();
    bytes[..PAGE].fill(0);
    std::fs::write(folder.file(), bytes).unwrap();
    let (past, thread) = start(config(&folder)).unwrap();
    assert!(thread.damage().is_some());
    let log = past.stored.rooms.iter().find(|past| past.stored.name == room(1).name).unwrap();
    assert_eq!((log.stored.epoch, log.head, log.lines.len()), (room(1).epoch, Seq(2050), 17));
    assert_eq!(log.skipped, skips);
    end(past, thread);
}

/// One flipped bit turns a line with a checksum into one without: the entry for the missing
/// recipient and the entry for the length of the checksum become one number. The entry after them,
/// for the missing answer, then stands for the checksum.
#[test]
fn f4_a_line_whose_sum_is_gone_is_a_spoiled_one() {
    let folder = Folder::new();
    is_filled(&folder);
    let whole = std::fs::read(folder.file()).unwrap();
    let access = std::fs::read(folder.0.join("access")).unwrap();
    let head = [&[0, 4, 0][..], &room(1).epoch.0.to_be_bytes()].concat();
    let places: Vec<_> = whole.windows(head.len()).enumerate().collect();
    let places = places.into_iter().filter(|(_, bytes)| *bytes == head).map(|(place, _)| place);
    let places: Vec<_> = places.collect();
    assert!(places.len() > 100, "{} lines", places.len());
    for place in places.into_iter().step_by(20) {
        let mut bytes = whole.clone();
        bytes[place] = 0x80;
        let text = bytes[place..].windows(2).position(|two| two == b"1.").unwrap();
        bytes[place + text + 2] ^= 1;
        let own = Folder::new();
        std::fs::write(own.file(), &bytes).unwrap();
        std::fs::write(own.0.join("access"), &access).unwrap();
        let which = format!("the line at {place}");
        let (are_missing, ..) = read(&own, &which);
        assert!(are_missing <= 2, "{which}: {are_missing}");
    }
}
