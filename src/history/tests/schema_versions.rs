//! Tests with files of earlier schema versions. The SQL that created such files is in this file,
//! and stays the same when the tables of the server change.
//!
//! Part: `history/tests/mod.rs`.

use std::sync::Arc;

use super::{BYTES_MAX, EPOCH, Folder, begin, most, said};
use crate::base::limits::NUMBERS_BLOCK;
use crate::chat::config::Flush;
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Epoch, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{
    Before, LetIn, PastLog, PersonId, Record, Stored, StoredInvite, StoredLine, StoredPerson,
    StoredPrivateLog, StoredRoom,
};
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::TokenDigest;
use crate::history::store::reading::{lines_before, lines_from};
use crate::history::store::{Store, StoreError};

/// Schema version 1: rooms, lines and people. It has no private messages, and does not store which
/// lines were deleted.
const SCHEMA_1: &str = "
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA application_id = 1414025794;
    PRAGMA user_version = 1;
    CREATE TABLE rooms (
        epoch INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, reserved INTEGER NOT NULL,
        topic TEXT NOT NULL, hidden INTEGER NOT NULL, password BLOB, maker INTEGER
    ) STRICT;
    CREATE TABLE lines (
        epoch INTEGER NOT NULL, seq INTEGER NOT NULL, time INTEGER NOT NULL, author INTEGER,
        name TEXT NOT NULL, mark TEXT, id TEXT, kind INTEGER NOT NULL, of INTEGER, text TEXT,
        PRIMARY KEY (epoch, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX lines_by_time ON lines (time);
    CREATE INDEX edits ON lines (epoch, of) WHERE of IS NOT NULL;
    CREATE TABLE people (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, tokens BLOB NOT NULL, secret BLOB,
        gone_at INTEGER
    ) STRICT;
    INSERT INTO rooms VALUES
        (-281474976710655, 'lobby', 1024, 'soup', 0, NULL, NULL),
        (5, 'den', 2048, '', 1,
            x'000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 7);
    INSERT INTO lines VALUES
        (-281474976710655, 4, 1000, 7, 'Ann', 'p8cwhmph', 'a1', 0, NULL, '你好 again'),
        (-281474976710655, 5, 1001, NULL, 'guest-3', NULL, NULL, 1, NULL, 'waves'),
        (-281474976710655, 6, 1002, 7, 'Ann', 'p8cwhmph', 'a2', 2, 4, '你好 again'),
        (-281474976710655, 7, 1003, 7, 'Ann', 'p8cwhmph', 'a3', 3, 7, NULL),
        (-281474976710655, 8, 1004, 7, 'Ann', 'p8cwhmph', 'a4', 4, NULL, 'soup'),
        (5, 1, 1005, 7, 'Ann', NULL, 'a5', 0, NULL, 'in the den');
    INSERT INTO people VALUES
        (7, 'Ann', x'00112233445566778899aabbccddeeff', 
            x'1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100', NULL),
        (8, 'Bo', x'ffeeddccbbaa99887766554433221100', NULL, 5000);
";

/// Schema version 2 added private messages.
const SCHEMA_2: &str = "
    CREATE TABLE private_logs (
        epoch INTEGER PRIMARY KEY, person INTEGER NOT NULL UNIQUE, reserved INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE lines ADD COLUMN recipient TEXT;
    INSERT INTO private_logs VALUES (6, 7, 512);
    INSERT INTO lines VALUES (6, 3, 1006, 7, 'Ann', NULL, 'a6', 5, NULL, 'psst', 'Bo');
    PRAGMA user_version = 2;
";

/// Schema version 3 also stores up to which number lines were deleted. In this file, two crashes
/// have skipped about 2^32 numbers each, as crashes did in old versions, and the newest run of the
/// server crashed, too.
const SCHEMA_3: &str = "
    CREATE TABLE thrown_away (epoch INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    INSERT INTO thrown_away VALUES (-281474976710655, 3);
    INSERT INTO lines VALUES
        (-281474976710655, 4294967297, 2000, 7, 'Ann', NULL, 'b1', 0, NULL, 'late', NULL),
        (-281474976710655, 8589934593, 3000, 7, 'Ann', NULL, 'b2', 0, NULL, 'later', NULL);
    UPDATE rooms SET reserved = 12884901888 WHERE name = 'lobby';
    UPDATE rooms SET reserved = 1 WHERE name = 'den';
    PRAGMA user_version = 3;
";

/// A folder with a file that this SQL has made.
fn made_by(steps: &[&str]) -> Folder {
    let folder = Folder::new();
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    steps.iter().for_each(|sql| raw.execute_batch(sql).unwrap());
    folder
}

fn whats<T>(log: &PastLog<T>) -> Vec<(u64, EntryKind)> {
    log.lines.iter().map(|line| (line.entry.seq.0, line.entry.what.clone())).collect()
}

/// Checks that everything of schema version 1 is still there. `lives` says how many times a server
/// has started with the file since this test made it.
fn has_all_of_schema_1(stored: &Stored, lives: u64) {
    let [lobby, den] = &stored.rooms[..] else { panic!("{:?}", stored.rooms) };
    assert_eq!(
        (lobby.stored.epoch, &*lobby.stored.topic, lobby.stored.hidden),
        (EPOCH, "soup", false)
    );
    assert_eq!(lobby.stored.reservation.reserved, Seq(1024 + lives * NUMBERS_BLOCK));
    let again = || "你好 again".to_owned();
    let expected = [
        (4, EntryKind::Said(again())),
        (5, EntryKind::Acted("waves".into())),
        (6, EntryKind::Edited { of: Seq(4), text: again() }),
        (7, EntryKind::Deleted { of: Seq(7) }),
        (8, EntryKind::Topic("soup".into())),
    ];
    assert_eq!(whats(lobby), expected);
    let StoredLine { author, entry, .. } = &lobby.lines[0];
    assert_eq!(
        (*author, entry.at, &entry.by.mark),
        (Some(PersonId(7)), UnixMillis(1000), &Mark::parse("p8cwhmph"))
    );
    assert_eq!(entry.id.as_ref().map(|id| id.as_str()), Some("a1"));
    assert!(lobby.lines[1].entry.by.classic && lobby.lines[1].author.is_none());
    // Schema version 1 did not store which lines were deleted, so all numbers before the first line
    // count as deleted.
    assert_eq!(lobby.before, Before::Nothing { thrown_away: Seq(3) });
    assert_eq!(
        (den.stored.epoch, den.stored.hidden, den.stored.maker),
        (Epoch(5), true, Some(PersonId(7)))
    );
    let password: Vec<u8> = (0..32).collect();
    assert_eq!(den.stored.password, Digest::stored(&password));
    assert_eq!(
        (whats(den), den.before),
        (vec![(1, EntryKind::Said("in the den".into()))], Before::Nothing { thrown_away: Seq(0) })
    );
    let token: Vec<u8> = (0..16).map(|byte| byte * 0x11).collect();
    let secret: Vec<u8> = (0..32).rev().collect();
    let ann = StoredPerson {
        is_host: false,
        id: PersonId(7),
        name: Name::parse("Ann").unwrap(),
        former: None,
        named_at: UnixMillis(0),
        tokens: TokenDigest::all_in(&token),
        secret: Digest::stored(&secret),
        gone_at: None,
        network: None,
    };
    let bo = StoredPerson {
        is_host: false,
        id: PersonId(8),
        name: Name::parse("Bo").unwrap(),
        former: None,
        named_at: UnixMillis(0),
        tokens: TokenDigest::all_in(&token.into_iter().rev().collect::<Vec<_>>()),
        secret: None,
        gone_at: Some(UnixMillis(5000)),
        network: None,
    };
    assert_eq!(stored.people, [ann, bo]);
}

#[test]
fn a_file_of_the_first_schema_becomes_one_of_ours_with_all_that_is_in_it() {
    let folder = made_by(&[SCHEMA_1]);
    let mut store = folder.open();
    let stored = begin(&mut store, 100);
    has_all_of_schema_1(&stored, 1);
    assert!(stored.private.is_empty());
    // The file now stores private messages, for which schema version 1 had no table.
    let reservation = Reservation::after(Seq(512), &Sizes::default());
    let log =
        StoredPrivateLog { person: PersonId(7), epoch: Epoch(6), reservation, skips: Vec::new() };
    let Record::Line(line) = super::line(
        3,
        EntryKind::Private {
            to: Name::parse("Bo").unwrap(),
            with: AuthorTag::default(),
            own: true,
            text: "psst".into(),
        },
    ) else {
        unreachable!()
    };
    let entry = Arc::new(Entry { epoch: Epoch(6), ..Entry::clone(&line.entry) });
    let psst = Record::Line(StoredLine { entry, ..line });
    store.write(&[Record::PrivateLog(log), psst]).unwrap();
    drop(store);
    // The schema version changes only once: the next start finds the new version.
    let stored = begin(&mut folder.open(), 100);
    has_all_of_schema_1(&stored, 2);
    is_psst(&stored);
}

fn is_psst(stored: &Stored) {
    let [private] = &stored.private[..] else { panic!("{:?}", stored.private) };
    assert_eq!((private.stored.person, private.stored.epoch), (PersonId(7), Epoch(6)));
    let psst = EntryKind::Private {
        to: Name::parse("Bo").unwrap(),
        with: AuthorTag::default(),
        own: true,
        text: "psst".into(),
    };
    assert_eq!(whats(private), [(3, psst)]);
}

#[test]
fn a_file_of_the_second_schema_becomes_one_of_ours_with_all_that_is_in_it() {
    let folder = made_by(&[SCHEMA_1, SCHEMA_2]);
    let stored = begin(&mut folder.open(), 100);
    has_all_of_schema_1(&stored, 1);
    is_psst(&stored);
    assert_eq!(stored.private[0].before, Before::Nothing { thrown_away: Seq(2) });
}

#[test]
fn numbers_of_the_third_schema_go_on_where_they_were_and_its_crashes_are_known() {
    let folder = made_by(&[SCHEMA_1, SCHEMA_2, SCHEMA_3]);
    let stored = begin(&mut folder.open(), 100);
    let [lobby, den] = &stored.rooms[..] else { panic!("{:?}", stored.rooms) };
    let rows = |log: &PastLog<StoredRoom>| {
        log.skipped.iter().map(|it| (it.first.0, it.last.0)).collect::<Vec<_>>()
    };
    const R: u64 = 1 << 32;
    assert_eq!(rows(lobby), [(9, R), (R + 2, 2 * R), (2 * R + 2, 3 * R)]);
    assert_eq!((lobby.head, lobby.stored.reservation.reserved.0), (Seq(3 * R), 3 * R + 1024));
    assert_eq!(whats(lobby).len(), 7);
    // No number is reserved after the last line of this log, so no crash has skipped any.
    assert_eq!((rows(den), den.head), (vec![], Seq(1)));
    let stored = begin(&mut folder.open(), 100);
    assert_eq!(rows(&stored.rooms[0])[3], (3 * R + 1, 3 * R + 1024));
}

#[test]
fn an_older_file_has_thrown_away_what_is_before_its_first_line() {
    let folder = made_by(&[SCHEMA_1, SCHEMA_2]);
    let room = &begin(&mut folder.open(), 100).rooms[0];
    assert_eq!(room.before, Before::Nothing { thrown_away: Seq(3) });
    // No line is left, so only the reservation is known.
    let folder = made_by(&[SCHEMA_1, SCHEMA_2, "DELETE FROM lines"]);
    let room = &begin(&mut folder.open(), 100).rooms[0];
    let reserved = Seq(1024);
    assert_eq!((room.before, room.head), (Before::Nothing { thrown_away: reserved }, reserved));
}

#[test]
fn a_change_of_schema_that_fails_leaves_the_file_as_it_was() {
    let folder = made_by(&[SCHEMA_1]);
    // A table of another kind already has the name of a table that a later step creates, so that
    // step fails.
    let raw = rusqlite::Connection::open(folder.file()).unwrap();
    raw.execute_batch("CREATE TABLE thrown_away (x)").unwrap();
    let open = || Store::open(&folder.file(), Flush::Each, BYTES_MAX);
    assert!(matches!(open().unwrap_err(), StoreError::Sql(_)));
    let version: i64 = raw.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 2, "one step is whole, the other was not made");
    raw.execute_batch("DROP TABLE thrown_away").unwrap();
    has_all_of_schema_1(&begin(&mut open().unwrap(), 100), 1);
    assert_eq!(lines_from(&open().unwrap(), EPOCH, Seq(0), most(100)).unwrap().0.len(), 5);
}

/// After the file got a newer schema version, it says which lines may have no checksum.
#[test]
fn f4_a_line_without_a_sum_is_spoiled_if_it_was_said_after_the_change_of_form() {
    let folder = made_by(&[SCHEMA_1, SCHEMA_2, SCHEMA_3]);
    let mut store = folder.open();
    has_all_of_schema_1_in(&store);
    store.write(&[said(1 << 40, "with a sum")]).unwrap();
    let read = |store: &Store| lines_before(store, EPOCH, Seq(u64::MAX), most(1));
    assert_eq!(read(&store).unwrap().0.len(), 1);
    store.raw().execute("UPDATE lines SET sum = NULL WHERE seq = 1 << 40", []).unwrap();
    assert!(read(&store).unwrap_err().is_corruption());
    let sql = "DELETE FROM lines WHERE seq = 1 << 40";
    store.raw().execute(sql, []).unwrap();
    has_all_of_schema_1_in(&store);
}

fn has_all_of_schema_1_in(store: &Store) {
    assert_eq!(lines_from(store, EPOCH, Seq(1), most(5)).unwrap().0.len(), 5);
}

/// The rescued lines include lines without a checksum.
#[test]
fn f4_of_a_damaged_file_that_came_from_an_older_schema_its_old_lines_are_there() {
    // The number of the last line without a checksum is stored twice.
    let (before, again) = ("without_sum", "without_sum_again");
    for (is_opened_before, spoiled) in [(true, before), (true, again), (false, "people")] {
        let folder = made_by(&[SCHEMA_1, SCHEMA_2, SCHEMA_3]);
        if is_opened_before {
            begin(&mut folder.open(), 100);
        }
        let raw = rusqlite::Connection::open(folder.file()).unwrap();
        raw.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").unwrap();
        let page = |name| -> u32 {
            let place = "SELECT rootpage FROM sqlite_master WHERE name = ?1";
            raw.query_row(place, [name], |row| row.get(0)).unwrap()
        };
        let pages = ["people", spoiled].map(page);
        drop(raw);
        let mut bytes = std::fs::read(folder.file()).unwrap();
        let starts = pages.map(|page| usize::try_from(page - 1).unwrap() * 4096);
        starts.iter().for_each(|start| bytes[*start..][..4096].fill(0xa5));
        std::fs::write(folder.file(), bytes).unwrap();
        let (past, thread) = crate::history::start(folder.config()).unwrap();
        assert!(thread.damage().is_some());
        let lobby = past.stored.rooms.iter().find(|room| room.stored.topic == "soup").unwrap();
        assert_eq!(lobby.lines.len(), 7, "{spoiled}");
        super::life::end(past, thread);
    }
}

#[test]
fn f4_a_file_of_a_newer_schema_is_refused_with_words_that_help_and_not_touched() {
    let folder = made_by(&[SCHEMA_1, SCHEMA_2, "PRAGMA user_version = 20"]);
    let before = std::fs::read(folder.file()).unwrap();
    let error = crate::history::start(folder.config()).map(|_| ()).unwrap_err();
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(said.contains("written by a newer threadbare (form 20, this one knows 19)"), "{said}");
    assert!(said.contains("--data"), "{said}");
    let after = std::fs::read(folder.file()).unwrap();
    let changed: Vec<_> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
    assert!(changed.is_empty() && after.len() == before.len(), "{changed:?}");
    assert!(!folder.0.join("damaged-1.sqlite").exists());
}

#[test]
fn a_room_of_an_older_file_has_let_nobody_in_and_has_no_invites_and_gets_some() {
    let folder = made_by(&[SCHEMA_1]);
    let mut store = folder.open();
    let stored = begin(&mut store, 100);
    assert!(stored.rooms.iter().all(|room| room.stored.invites.is_empty()));
    let tokens = TokenDigest::all_in(&(0..32).collect::<Vec<_>>());
    let let_in = LetIn {
        people: vec![PersonId(3), PersonId(u64::MAX)],
        sessions: [9, u64::MAX].map(PersonId).into_iter().zip(tokens.clone()).collect(),
    };
    let by = [None, Some(PersonId(u64::MAX))];
    let both = tokens.into_iter().zip(by);
    let invites: Vec<_> = both.map(|(token, by)| StoredInvite { token, by }).collect();
    let den = stored.rooms[1].stored.clone();
    let den = StoredRoom { invites: invites.clone(), let_in: let_in.clone(), ..den };
    store.write(&[Record::Room(den)]).unwrap();
    drop(store);
    let stored = begin(&mut folder.open(), 100);
    let kept = stored.rooms.iter().map(|PastLog { stored, .. }| &stored.invites);
    assert_eq!(kept.collect::<Vec<_>>(), [&vec![], &invites]);
    let kept = stored.rooms.iter().map(|PastLog { stored, .. }| &stored.let_in);
    assert_eq!(kept.collect::<Vec<_>>(), [&LetIn::default(), &let_in]);
}
