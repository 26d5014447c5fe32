//! Tests of the store, with a real file.
//!
//! Part: `history/mod.rs`.

mod answers;
mod damage;
mod flipped_byte;
mod life;
mod removal;
mod removal_faults;
mod retention;
mod schema_versions;
mod search;
mod spoiled;
mod wal;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use super::store::tests::most;
use super::store::{Store, StoreError};
use crate::chat::config::{Flush, HistoryConfig, Retention};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, MessageId, Seq, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{
    Before, LetIn, NetworkTag, PastLog, PersonId, Record, Stored, StoredLine, StoredPerson,
    StoredRoom,
};
use crate::chat::room_name::RoomName;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::{Token, TokenDigest};
use crate::history::store::reading::{lines_before, lines_from};
use crate::history::store::startup::begin_run;

/// A folder for one test. Dropping this value removes the folder.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = format!("threadbare-store-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(super) fn file(&self) -> PathBuf {
        self.0.join("threadbare.sqlite")
    }

    fn config(&self) -> HistoryConfig {
        let retention = Retention { age_max: None, room_lines_max: None, bytes_max: BYTES_MAX };
        HistoryConfig { folder: self.0.clone(), flush: Flush::Each, retention, unseals: false }
    }

    pub(super) fn open(&self) -> Store {
        Store::open(&self.file(), Flush::Each, BYTES_MAX).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Reads this file and reserves numbers, as a server does when it starts.
fn begin(store: &mut Store, lines: usize) -> Stored {
    begin_run(store, false, lines, &Sizes::default()).unwrap()
}

const BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Returns a seed, and a generator of random numbers below a bound. A test repeats an earlier run
/// if the environment variable `STREET_SEED` has the seed of that run.
#[expect(clippy::print_stdout, reason = "the seed, if a test fails anywhere")]
fn luck() -> (u64, impl FnMut(usize) -> usize) {
    let given = std::env::var("STREET_SEED").ok().and_then(|seed| seed.parse().ok());
    let fresh = || crate::chat::token::random::<8>().map_or(7, u64::from_ne_bytes);
    let seed = given.unwrap_or_else(fresh);
    println!("STREET_SEED={seed}");
    let mut random = seed | 1;
    let next = move |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random >> 1).unwrap_or(0) % below
    };
    (seed, next)
}

/// The highest bit is set, because SQLite's numbers are signed and ours are not.
pub(super) const EPOCH: Epoch = Epoch(0xffff_0000_0000_0001);

pub(super) fn lobby() -> StoredRoom {
    StoredRoom {
        name: RoomName::lobby(),
        epoch: EPOCH,
        // More numbers than any test uses.
        reservation: Reservation::after(Seq(1 << 30), &Sizes::default()),
        skips: Vec::new(),
        topic: "soup".into(),
        pinned: Seq(0),
        rules: Box::default(),
        hidden: true,
        password: Some(Digest::of_room(&RoomName::lobby(), "x")),
        invites: Vec::new(),
        let_in: LetIn::default(),
        maker: Some(PersonId(7)),
        network: Some(NetworkTag(u64::MAX)),
    }
}

pub(super) fn line(seq: u64, what: EntryKind) -> Record {
    // The author's secret is digested only once, because a digest is slow on purpose.
    static ANN: LazyLock<Speaker> = LazyLock::new(|| {
        let mark = Mark::parse("p8cwhmph");
        let (name, person) = (Name::parse("Ann").unwrap(), Some(PersonId(7)));
        Speaker {
            name,
            classic: false,
            has_edited: false,
            whose: AuthorTag::of(person),
            mark,
            addr: None,
        }
    });
    let by = ANN.clone();
    let id = MessageId::parse(&format!("id-{seq}"));
    let entry = Entry {
        reply_to: None,
        log: RoomName::lobby().into(),
        epoch: EPOCH,
        seq: Seq(seq),
        at: UnixMillis(seq),
        by,
        id,
        what,
    };
    Record::Line(StoredLine { author: Some(PersonId(7)), entry: Arc::new(entry) })
}

pub(super) fn said(seq: u64, text: &str) -> Record {
    line(seq, EntryKind::Said(text.into()))
}

fn whats(store: &Store) -> Vec<EntryKind> {
    let lines = lines_from(store, EPOCH, Seq(1), most(1000)).unwrap().0;
    lines.into_iter().map(|line| line.entry.what.clone()).collect()
}

#[test]
fn what_is_kept_is_there_after_the_file_was_closed() {
    let folder = Folder::new();
    let ann = StoredPerson {
        is_host: false,
        id: PersonId(7),
        name: Name::parse("Ann").unwrap(),
        former: Some(Name::parse("Anna").unwrap()),
        named_at: UnixMillis(4),
        tokens: [1, 2].map(|_| TokenDigest::of(&Token::new().unwrap())).to_vec(),
        secret: Some(Digest::of_name("swordfish")),
        gone_at: Some(UnixMillis(5)),
        network: Some(NetworkTag(9)),
    };
    let records = [
        Record::Room(lobby()),
        Record::Person(ann.clone()),
        said(1, "你好"),
        line(2, EntryKind::Acted("waves".into())),
        line(3, EntryKind::Topic("soup".into())),
        line(4, EntryKind::Pinned(Seq(1))),
        line(5, EntryKind::Pinned(Seq(0))),
    ];
    folder.open().write(&records).unwrap();
    let stored = begin(&mut folder.open(), 100);
    assert_eq!(stored.people, [ann]);
    let [PastLog { stored: room, head, lines, before, .. }] = &stored.rooms[..] else {
        panic!("{stored:?}")
    };
    assert_eq!(*before, Before::Nothing { thrown_away: Seq(0) });
    let reserved = lobby().reservation.reserved;
    assert_eq!(*head, reserved, "nobody knows which of them were given");
    let reservation = lobby().reservation.next_run(Seq(5), &Sizes::default()).reservation;
    assert!(reservation.reserved > reserved);
    assert_eq!(*room, StoredRoom { reservation, ..lobby() });
    let head = begin(&mut folder.open(), 1).rooms[0].head;
    assert_eq!(head, reservation.reserved, "at once");
    let lines: Vec<_> = lines.iter().cloned().map(Record::Line).collect();
    assert_eq!(lines, records[2..]);
}

#[test]
fn the_pinned_message_is_read_though_it_is_older_than_the_lines_of_the_start() {
    let pinned = |seq, lines| {
        let folder = Folder::new();
        let room = Record::Room(StoredRoom { pinned: Seq(seq), ..lobby() });
        let edit = line(4, EntryKind::Edited { of: Seq(1), text: "tea".into() });
        let pin = line(3, EntryKind::Pinned(Seq(1)));
        folder.open().write(&[said(1, "soup"), said(2, "bread"), pin, edit, room]).unwrap();
        let room = begin(&mut folder.open(), lines).rooms.remove(0);
        assert_eq!(room.stored.pinned, Seq(seq));
        room.pinned.map(|entry| entry.what.text().to_owned())
    };
    assert_eq!(pinned(1, 1), Some("tea".to_owned()));
    assert_eq!(pinned(0, 9), None);
    assert_eq!(pinned(3, 9), None, "a pin is no message");
    assert_eq!(pinned(7, 9), None, "the line is lost, or was deleted as too old");
}

#[test]
fn a_classic_client_s_line_has_no_author_and_no_mark() {
    let folder = Folder::new();
    let by = Speaker {
        name: Name::guest(3),
        classic: true,
        has_edited: false,
        whose: AuthorTag::default(),
        mark: None,
        addr: None,
    };
    let what = EntryKind::Said("plain".into());
    let entry = Entry {
        reply_to: None,
        log: RoomName::lobby().into(),
        epoch: EPOCH,
        seq: Seq(1),
        at: UnixMillis(9),
        by,
        id: None,
        what,
    };
    let line = Record::Line(StoredLine { author: None, entry: Arc::new(entry) });
    let mut store = folder.open();
    store.write(&[Record::Room(lobby()), line.clone()]).unwrap();
    let found = lines_from(&store, EPOCH, Seq(1), most(9)).unwrap().0.into_iter().map(Record::Line);
    assert_eq!(found.collect::<Vec<_>>(), [line]);
}

#[test]
fn what_was_edited_or_deleted_is_not_told_again() {
    let folder = Folder::new();
    let mut store = folder.open();
    let edit =
        |seq, of, text: &str| line(seq, EntryKind::Edited { of: Seq(of), text: text.into() });
    store
        .write(&[
            Record::Room(lobby()),
            said(1, "secert"),
            line(2, EntryKind::Acted("wavs".into())),
            edit(3, 1, "secret"),
            edit(4, 2, "waves"),
            edit(5, 2, "waves twice"),
            line(6, EntryKind::Deleted { of: Seq(1) }),
        ])
        .unwrap();
    let gone = EntryKind::Deleted { of: Seq(1) };
    let twice = EntryKind::Edited { of: Seq(2), text: "waves twice".into() };
    let acted = EntryKind::Acted("waves twice".into());
    assert_eq!(whats(&store), [gone.clone(), acted, gone.clone(), twice.clone(), twice, gone]);
}

#[test]
fn lines_are_asked_for_by_number_from_both_ends() {
    let folder = Folder::new();
    let mut store = folder.open();
    let lines = (1..=10).map(|seq| said(seq, "x"));
    store.write(&std::iter::once(Record::Room(lobby())).chain(lines).collect::<Vec<_>>()).unwrap();
    let numbers =
        |lines: Vec<StoredLine>| lines.iter().map(|line| line.entry.seq.0).collect::<Vec<_>>();
    let (lines, older) = lines_from(&store, EPOCH, Seq(4), most(3)).unwrap();
    assert_eq!((numbers(lines), older), (vec![4, 5, 6], true));
    let (lines, older) = lines_from(&store, EPOCH, Seq(1), most(1)).unwrap();
    assert_eq!((numbers(lines), older), (vec![1], false));
    let (lines, more) = lines_before(&store, EPOCH, Seq(4), most(2)).unwrap();
    assert_eq!((numbers(lines), more), (vec![2, 3], true));
    let (lines, more) = lines_before(&store, EPOCH, Seq(4), most(3)).unwrap();
    assert_eq!((numbers(lines), more), (vec![1, 2, 3], false));
    assert!(lines_from(&store, Epoch(9), Seq(1), most(3)).unwrap().0.is_empty(), "another life");
    store.write(&[Record::NoLog(EPOCH)]).unwrap();
    assert!(lines_from(&store, EPOCH, Seq(1), most(3)).unwrap().0.is_empty());
    assert!(begin(&mut store, 9).rooms.is_empty());
}

#[test]
fn a_room_that_begins_another_life_is_there_once() {
    let folder = Folder::new();
    let mut store = folder.open();
    let other = StoredRoom { epoch: Epoch(2), ..lobby() };
    store.write(&[Record::Room(lobby()), said(1, "first")]).unwrap();
    store.write(&[Record::NoLog(EPOCH), Record::Room(other.clone())]).unwrap();
    let stored = begin(&mut store, 9);
    assert_eq!((stored.rooms.len(), stored.rooms[0].stored.epoch), (1, other.epoch));
}

#[test]
fn a_batch_is_kept_whole_or_not_at_all() {
    let folder = Folder::new();
    let small = 256 * 1024;
    let mut store = Store::open(&folder.file(), Flush::Each, small).unwrap();
    store.write(&[Record::Room(lobby()), said(1, "first")]).unwrap();
    let many = (2..=200).map(|seq| said(seq, &"x".repeat(4096))).collect::<Vec<_>>();
    let error = store.write(&many).unwrap_err();
    assert!(!error.is_damage() && !error.is_corruption(), "{error}");
    assert_eq!(whats(&store), [EntryKind::Said("first".into())]);
    store.write(&many[..9]).unwrap();
    assert_eq!(whats(&store).len(), 10);
}

#[test]
fn f4_another_program_s_file_and_a_newer_one_are_left_alone_with_a_word() {
    let folder = Folder::new();
    folder.open();
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    let error = Store::open(&folder.file(), Flush::Each, BYTES_MAX).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    let other = folder.0.join("other.sqlite");
    let raw = rusqlite::Connection::open(&other).unwrap();
    raw.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    drop(raw);
    let error = Store::open(&other, Flush::Each, BYTES_MAX).unwrap_err();
    assert!(matches!(error, StoreError::NotOurs), "{error}");
}
