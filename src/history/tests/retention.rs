//! F8 (`docs/ROWS.md`): lines that are too old or too many are deleted, and the file does not
//! become larger than its limit.
//!
//! Owns: what is left after the deletion.
//! Must not know: the hub.
//!
//! Part: `history/tests/mod.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::super::store::Store;
use super::super::store::retention::Cleaner;
use super::{BYTES_MAX, EPOCH, Folder, line, lobby, most, said, whats};
use crate::chat::config::{Flush, Retention};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{
    NetworkTag, PersonId, Record, StoredLine, StoredPerson, StoredPrivateLog, StoredRoom,
};
use crate::chat::room_name::RoomName;
use crate::history::store::reading::{lines_before, lines_from};
use crate::history::store::startup::begin_run;

fn clean(store: &mut Store, retention: Retention) {
    let mut cleaner = Cleaner::new(store, retention).unwrap();
    while cleaner.next_check() <= Instant::now() {
        cleaner.clean(store, Instant::now()).unwrap();
    }
}

const FOR_EVER: Retention = Retention { age_max: None, room_lines_max: None, bytes_max: BYTES_MAX };

#[test]
fn f8_of_a_room_only_the_newest_lines_are_kept() {
    let folder = Folder::new();
    let mut store = folder.open();
    let lines = (1..=5000).map(|seq| said(seq, "x"));
    store.write(&std::iter::once(Record::Room(lobby())).chain(lines).collect::<Vec<_>>()).unwrap();
    clean(&mut store, Retention { room_lines_max: Some(100), ..FOR_EVER });
    let (lines, older) = lines_from(&store, EPOCH, Seq(0), most(1000)).unwrap();
    assert_eq!((lines.len(), lines[0].entry.seq, older), (100, Seq(4901), false));
}

#[test]
fn f8_lines_that_are_too_old_go_in_every_room() {
    let folder = Folder::new();
    let mut store = folder.open();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    let at = |seq, millis| {
        let Record::Line(mut line) = line(seq, EntryKind::Said("x".into())) else { unreachable!() };
        std::sync::Arc::make_mut(&mut line.entry).at.0 = millis;
        Record::Line(line)
    };
    let old = now - 10 * 24 * 60 * 60 * 1000;
    store.write(&[Record::Room(lobby()), at(1, old), at(2, old), at(3, now)]).unwrap();
    let days = |days: u64| Some(Duration::from_hours(24 * days));
    clean(&mut store, Retention { age_max: days(11), ..FOR_EVER });
    assert_eq!(whats(&store).len(), 3);
    clean(&mut store, Retention { age_max: days(9), ..FOR_EVER });
    assert_eq!(lines_from(&store, EPOCH, Seq(0), most(9)).unwrap().0[0].entry.seq, Seq(3));
    // With a limit that reaches back before 1970, nothing is too old.
    clean(&mut store, Retention { age_max: days(365 * 100), ..FOR_EVER });
    assert_eq!(whats(&store).len(), 1);
}

#[test]
fn f8_a_file_that_may_be_smaller_than_it_was_gives_its_room_back() {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby())]).unwrap();
    for first in (1..5000).step_by(100) {
        let batch: Vec<_> = (first..first + 100).map(|seq| said(seq, &"x".repeat(3500))).collect();
        store.write(&batch).unwrap();
    }
    store.checkpoint().unwrap();
    let length = || std::fs::metadata(folder.file()).unwrap().len();
    let bytes_max = 8 * 1024 * 1024;
    assert!(length() > 2 * bytes_max, "{}", length());
    clean(&mut store, Retention { bytes_max, ..FOR_EVER });
    store.checkpoint().unwrap();
    assert!(length() <= bytes_max, "{}", length());
    let newest = lines_before(&store, EPOCH, Seq(u64::MAX), most(1)).unwrap().0[0].entry.seq;
    assert_eq!(newest, Seq(5000));
}

#[test]
fn f8_an_address_that_fills_many_rooms_loses_its_own_lines_and_not_those_of_the_lobby() {
    let folder = Folder::new();
    let bytes_max = 8 * 1024 * 1024;
    let mut store = Store::open(&folder.file(), Flush::EachTwoSeconds, bytes_max).unwrap();
    let room = |number: u64| {
        let name = RoomName::parse(&format!("room{number}")).unwrap();
        let network = Some(NetworkTag(7));
        Record::Room(StoredRoom { name, epoch: Epoch(100 + number), network, ..lobby() })
    };
    let rooms = (0..40).map(room).chain([Record::Room(lobby())]).collect::<Vec<_>>();
    store.write(&rooms).unwrap();
    store.write(&(1..=90).map(|seq| said(seq, &"y".repeat(3900))).collect::<Vec<_>>()).unwrap();
    let mut cleaner = Cleaner::new(&store, Retention { bytes_max, ..FOR_EVER }).unwrap();
    for seq in 1..=60 {
        let in_room = |number: u64| {
            let Record::Line(mut line) = said(seq, &"x".repeat(3900)) else { unreachable!() };
            line.entry =
                Arc::new(Entry { epoch: Epoch(100 + number), ..Entry::clone(&line.entry) });
            Record::Line(line)
        };
        let batch = (0..40).map(in_room).collect::<Vec<_>>();
        store.write(&batch).unwrap();
        cleaner.count(&batch);
        while cleaner.next_check() <= Instant::now() {
            cleaner.clean(&mut store, Instant::now()).unwrap();
        }
    }
    assert_eq!(lines_from(&store, EPOCH, Seq(0), most(1000)).unwrap().0.len(), 90);
}

#[test]
fn f8_the_file_stays_as_small_as_it_must_and_the_loud_room_pays() {
    let folder = Folder::new();
    let bytes_max = 8 * 1024 * 1024;
    let mut store = Store::open(&folder.file(), Flush::EachTwoSeconds, bytes_max).unwrap();
    let retention = Retention { bytes_max, ..FOR_EVER };
    let mut cleaner = Cleaner::new(&store, retention).unwrap();
    let quiet = StoredRoom { name: RoomName::parse("quiet").unwrap(), epoch: Epoch(5), ..lobby() };
    let Record::Line(mut lonely) = said(1, "lonely") else { unreachable!() };
    lonely.entry = Arc::new(Entry { epoch: quiet.epoch, ..Entry::clone(&lonely.entry) });
    store
        .write(&[Record::Room(lobby()), Record::Room(quiet.clone()), Record::Line(lonely)])
        .unwrap();
    // Write ten million lines only if `STREET_LONG` is `true`, because that takes a long time.
    let is_long = std::env::var("STREET_LONG").is_ok_and(|value| value == "true");
    let count = if is_long { 10_000_000 } else { 60_000 };
    for first in (1..count).step_by(1000) {
        let batch: Vec<_> = (first..first + 1000).map(|seq| said(seq, &"x".repeat(300))).collect();
        store.write(&batch).unwrap();
        cleaner.count(&batch);
        cleaner.clean(&mut store, Instant::now()).unwrap();
    }
    store.checkpoint().unwrap();
    let length = std::fs::metadata(folder.file()).unwrap().len();
    assert!(length <= bytes_max, "{length}");
    let newest = lines_before(&store, EPOCH, Seq(u64::MAX), most(1)).unwrap().0[0].entry.seq;
    assert_eq!(newest, Seq(count));
    assert_eq!(
        lines_from(&store, quiet.epoch, Seq(0), most(9)).unwrap().0.len(),
        1,
        "the quiet room's"
    );
    let left = lines_from(&store, EPOCH, Seq(0), most(100_000)).unwrap().0.len();
    assert!(left > 8_000, "{left}: no more than must be is thrown away");
}

/// A person who has been away since the time `since`, and the log of their private messages.
fn away(number: u64, since: u64) -> [Record; 2] {
    let reservation = Reservation::closed(Seq(1 << 20));
    let log = StoredPrivateLog {
        person: PersonId(number),
        epoch: Epoch(number),
        reservation,
        skips: Vec::new(),
    };
    let person = StoredPerson {
        is_host: false,
        id: PersonId(number),
        name: Name::parse(&format!("Person {number}")).unwrap(),
        former: None,
        named_at: UnixMillis(0),
        tokens: Vec::new(),
        secret: None,
        gone_at: Some(UnixMillis(since)),
        network: None,
    };
    [Record::PrivateLog(log), Record::Person(person)]
}

fn private(epoch: u64, seq: u64, at: u64) -> Record {
    let what = EntryKind::Private {
        to: Name::parse("Bo").unwrap(),
        with: AuthorTag::default(),
        own: false,
        text: "x".repeat(3900).into(),
    };
    let Record::Line(line) = line(seq, what) else { unreachable!() };
    let (epoch, at) = (Epoch(epoch), UnixMillis(at));
    let entry = Arc::new(Entry { epoch, at, ..Entry::clone(&line.entry) });
    Record::Line(StoredLine { entry, ..line })
}

#[test]
fn street_c9_what_waits_for_somebody_who_is_away_stays_while_anything_else_can_go() {
    let folder = Folder::new();
    let bytes_max = 8 * 1024 * 1024;
    let mut store = Store::open(&folder.file(), Flush::EachTwoSeconds, bytes_max).unwrap();
    let retention = Retention { bytes_max, room_lines_max: Some(100), ..FOR_EVER };
    let mut cleaner = Cleaner::new(&store, retention).unwrap();
    let mut first: Vec<_> = away(5, 1000).into_iter().chain(away(6, 9000)).collect();
    let reservation = Reservation::closed(Seq(1 << 20));
    first.push(Record::Room(StoredRoom { reservation, ..lobby() }));
    // Of the first person's messages, nine came before the person left, and 391 after that. The
    // second person left only when all messages had come.
    first.extend((1..=400).map(|seq| private(5, seq, 990 + seq)));
    first.extend((1..=800).map(|seq| private(6, seq, 990 + seq)));
    store.write(&first).unwrap();
    cleaner.count(&first);
    for seq in 1..300 {
        let batch: Vec<_> = (0..10).map(|more| said(seq * 10 + more, &"y".repeat(300))).collect();
        store.write(&batch).unwrap();
        cleaner.count(&batch);
        while cleaner.next_check() <= Instant::now() {
            cleaner.clean(&mut store, Instant::now()).unwrap();
        }
    }
    let left = |store: &Store, epoch| {
        let lines = lines_from(store, epoch, Seq(0), most(10_000)).unwrap().0;
        (lines.len(), lines.first().map(|line| line.entry.seq.0))
    };
    assert_eq!(left(&store, Epoch(5)), (391, Some(10)), "what waits");
    assert!(left(&store, Epoch(6)).0 <= 100 && left(&store, EPOCH).0 <= 100);
    assert_eq!(
        begin_run(&mut store, false, 9, &Sizes::default()).unwrap().unread[0].bytes,
        391 * 5120
    );
    // The operator now allows less space than the waiting messages take, so they are deleted like
    // other lines.
    clean(&mut store, Retention { bytes_max: 4 * 1024 * 1024, ..FOR_EVER });
    assert!(store.bytes().unwrap() <= 1024 * 1024, "{:?}", store.bytes());
}
