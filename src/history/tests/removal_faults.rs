//! F4, F5 (`docs/ROWS.md`): whatever happens to the files, a person who has left for good does not
//! come back: no line, no name, no row.
//!
//! Owns: faults of the disk while a removal is under way. `history/tests/removal.rs` tests removals
//! without faults.
//!
//! Part: `history/tests/mod.rs`.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::removal::{ANN, by_bo};
use super::{EPOCH, EntryKind, Folder, PersonId, Record, Seq, StoredLine, StoredPerson};
use super::{line, lobby, most, said};
use crate::chat::entry::{Entry, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::removed_lines::{RemovedLines, RemovedOf};
use crate::chat::secret::Digest;
use crate::chat::token::{Token, TokenDigest};
use crate::history::HistoryReport;
use crate::history::keeper::Keeper;
use crate::history::store::Store;
use crate::history::store::reading::lines_from;
use crate::history::store::removal::has_removals;

const BO: PersonId = PersonId(8);
const CY: PersonId = PersonId(9);
const TEXT: &str = "secret tea";
const PAGE: usize = 4096;

fn person(id: PersonId, name: &str, secret: Option<Digest>) -> StoredPerson {
    StoredPerson {
        is_host: false,
        id,
        name: Name::parse(name).unwrap(),
        former: None,
        named_at: UnixMillis(4),
        tokens: vec![TokenDigest::of(&Token::new().unwrap())],
        secret,
        gone_at: None,
        network: None,
    }
}

/// What Ann, whose name has a secret, and Bo have said.
fn a_talk() -> Vec<Record> {
    vec![
        Record::Room(lobby()),
        Record::Person(person(ANN, "Ann", Some(Digest::of_name("swordfish")))),
        Record::Person(person(BO, "Bo", None)),
        said(1, TEXT),
        by_bo(2, "tea?", 1),
        line(3, EntryKind::Edited { of: Seq(1), text: TEXT.into() }),
        line(4, EntryKind::Topic(TEXT.into())),
    ]
}

/// The batch by which Ann leaves for good, as a hub sends it. The hub has these of her lines in
/// memory.
fn removal_of(lines: &[u64]) -> Vec<Record> {
    let lines = lines.iter().copied().map(Seq).collect();
    let what = EntryKind::Removed(RemovedLines { before: Seq(1), lines, of: RemovedOf::Leaver });
    let Record::Line(StoredLine { entry, .. }) = line(5, what) else { unreachable!() };
    let entry = Arc::new(Entry { by: Speaker::removed(), id: None, ..Entry::clone(&entry) });
    let notice = Record::Line(StoredLine { author: None, entry });
    vec![Record::RemovedPerson(ANN), Record::NoPerson(ANN), notice]
}

fn removal() -> Vec<Record> {
    removal_of(&[4])
}

/// A history in which Ann and Bo have talked; everything is in the main file, and her name is in
/// the protection copy.
fn after_a_talk(folder: &Folder) -> Keeper {
    let (mut keeper, ..) = Keeper::begin(folder.config()).unwrap();
    stores(&mut keeper, a_talk());
    is_settled(&mut keeper);
    assert!(keeper.open_store().checkpoint().unwrap());
    assert!(has(&access(folder), " Ann") && has(&folder.file(), TEXT));
    keeper
}

fn stores(keeper: &mut Keeper, batch: Vec<Record>) {
    let report = keeper.store(&batch);
    assert!(matches!(report, HistoryReport::Stored(Ok(()))), "{report:?}");
}

/// Does all chores that are due. There must be an end of them.
fn is_settled(keeper: &mut Keeper) {
    for _ in 0..50 {
        if keeper.next_chore().is_none_or(|at| at > Instant::now()) {
            return;
        }
        keeper.do_chores(|_| {});
    }
    panic!("a chore is always due");
}

fn access(folder: &Folder) -> std::path::PathBuf {
    folder.0.join("access")
}

fn has(file: &Path, words: &str) -> bool {
    let bytes = fs::read(file).unwrap_or_default();
    bytes.windows(words.len()).any(|part| part == words.as_bytes())
}

/// The bytes of a page of the file, counted from 1.
fn page(number: usize) -> Range<usize> {
    (number - 1) * PAGE..number * PAGE
}

/// The number of the first page of a table or an index.
fn root(store: &Store, name: &str) -> usize {
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root = store.raw().query_row(sql, [name], |row| row.get::<_, u32>(0)).unwrap();
    root.try_into().unwrap()
}

fn no_line_has_the_text(store: &Store, which: &str) {
    let lines = lines_from(store, EPOCH, Seq(1), most(1000)).unwrap().0;
    for line in lines {
        assert!(!line.entry.what.text().contains(TEXT), "{which}: {line:?}");
        assert!(line.author != Some(ANN), "{which}: {line:?}");
    }
}

/// Two servers start with these files, one after the other. Neither knows anything of Ann, and then
/// no file does. Only these people are there.
fn nothing_of_ann_comes_back(folder: &Folder, people: &[(PersonId, &str)], which: &str) {
    for start in ["the first start", "the second start"] {
        let which = format!("{which}, {start}");
        let (mut keeper, stored, _) = Keeper::begin(folder.config()).unwrap();
        let there = stored.people.iter().map(|person| (person.id, person.name.shown()));
        assert_eq!(there.collect::<Vec<_>>(), people, "{which}");
        let lines = stored.rooms.iter().flat_map(|room| &room.lines);
        lines.for_each(|line| assert!(!line.entry.what.text().contains(TEXT), "{which}: {line:?}"));
        is_settled(&mut keeper);
        no_line_has_the_text(keeper.open_store(), &which);
        assert!(!has_removals(keeper.open_store()), "{which}");
        keeper.end();
    }
    let wal = folder.0.join("threadbare.sqlite-wal");
    assert!(!has(&folder.file(), TEXT) && !has(&wal, TEXT), "{which}");
    assert!(
        people.iter().any(|(_, name)| *name == "Ann") || !has(&access(folder), "Ann"),
        "{which}"
    );
}

/// The disk has lost the head of the file, and somewhere in the file is an older page with Ann's
/// row. Cy has taken the name meanwhile.
#[test]
fn f4_no_older_row_undoes_a_removal_wherever_the_row_is() {
    for (other, has_access) in
        [("edits", true), ("edits", false), ("thrown_away", true), ("thrown_away", false)]
    {
        let which = format!("the older row is in {other}, with the access file: {has_access}");
        let folder = Folder::new();
        let mut keeper = after_a_talk(&folder);
        let before = fs::read(folder.file()).unwrap();
        let pages = ["people", other].map(|name| root(keeper.open_store(), name));
        let of_cy = Record::Person(person(CY, "Ann", None));
        stores(&mut keeper, removal().into_iter().chain([of_cy]).collect());
        keeper.open_store().checkpoint().unwrap();
        // A crash comes before the protection copy is written.
        drop(keeper);
        assert!(has(&access(&folder), " Ann"));
        let mut bytes = fs::read(folder.file()).unwrap();
        bytes[page(pages[1])].copy_from_slice(&before[page(pages[0])]);
        bytes[page(1)].fill(0);
        fs::write(folder.file(), &bytes).unwrap();
        if !has_access {
            fs::remove_file(access(&folder)).unwrap();
        }
        nothing_of_ann_comes_back(&folder, &[(BO, "Bo"), (CY, "Ann")], &which);
        assert!(folder.0.join("damaged-1.sqlite").exists(), "{which}");
    }
}

/// The removal has ended, and then the disk loses the head of the file. An older page still has the
/// lines; the notice of the removal says which they were.
#[test]
fn f4_what_a_notice_of_a_removal_names_does_not_come_back_with_what_is_rescued() {
    let folder = Folder::new();
    let mut keeper = after_a_talk(&folder);
    let before = fs::read(folder.file()).unwrap();
    let pages = ["lines", "thrown_away"].map(|name| root(keeper.open_store(), name));
    stores(&mut keeper, removal_of(&[1, 3, 4]));
    is_settled(&mut keeper);
    keeper.end();
    let mut bytes = fs::read(folder.file()).unwrap();
    bytes[page(pages[1])].copy_from_slice(&before[page(pages[0])]);
    bytes[page(1)].fill(0);
    fs::write(folder.file(), &bytes).unwrap();
    nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], "older lines");
}

/// The write-ahead log is cut under the running server, so the file is replaced by what can be read
/// of it; that it says who is removed may be lost, too.
#[test]
fn f4_a_removal_goes_on_in_the_file_that_replaces_a_damaged_one() {
    for is_lost in [false, true] {
        let which = format!("the page that says so is lost: {is_lost}");
        let folder = Folder::new();
        let mut keeper = after_a_talk(&folder);
        let before = fs::read(folder.file()).unwrap();
        stores(&mut keeper, removal());
        keeper.open_store().checkpoint().unwrap();
        let mut bytes = fs::read(folder.file()).unwrap();
        let people = page(root(keeper.open_store(), "people"));
        stores(&mut keeper, vec![by_bo(6, "fine", 0)]);
        let wal = fs::OpenOptions::new().write(true).open(folder.0.join("threadbare.sqlite-wal"));
        wal.unwrap().set_len(100).unwrap();
        if is_lost {
            bytes[people.clone()].copy_from_slice(&before[people]);
            fs::write(folder.file(), &bytes).unwrap();
        }
        let report = keeper.store(&[by_bo(7, "really", 0)]);
        assert!(matches!(report, HistoryReport::FileIsNew), "{which}: {report:?}");
        no_line_has_the_text(keeper.open_store(), &which);
        // As a hub, which still has these in memory.
        let bo = Record::Person(person(BO, "Bo", None));
        stores(&mut keeper, vec![Record::Room(lobby()), bo, by_bo(6, "fine", 0)]);
        is_settled(&mut keeper);
        assert!(!has_removals(keeper.open_store()) && !has(&folder.file(), TEXT), "{which}");
        keeper.end();
        nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], &which);
    }
}

/// The operator puts back an older file under the running server.
#[test]
fn a_removal_is_done_again_in_an_older_file_that_is_put_back() {
    let folder = Folder::new();
    let mut keeper = after_a_talk(&folder);
    let older = Folder::new();
    fs::copy(folder.file(), older.file()).unwrap();
    stores(&mut keeper, removal());
    is_settled(&mut keeper);
    assert!(!has_removals(keeper.open_store()));
    for end in ["-wal", "-shm"] {
        fs::remove_file(folder.0.join(format!("threadbare.sqlite{end}"))).unwrap();
    }
    fs::rename(older.file(), folder.file()).unwrap();
    assert!(matches!(keeper.store(&[by_bo(6, "fine", 0)]), HistoryReport::FileIsNew));
    no_line_has_the_text(keeper.open_store(), "before the removal");
    is_settled(&mut keeper);
    keeper.end();
    nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], "an older file");
}

#[test]
fn f5_a_crash_before_the_access_file_is_written_does_not_bring_the_name_back() {
    let folder = Folder::new();
    let mut keeper = after_a_talk(&folder);
    stores(&mut keeper, removal());
    drop(keeper);
    assert!(has(&access(&folder), " Ann"), "only the next start writes it");
    nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], "a crash");
}

/// The access file cannot be written: the name that it is written under first is that of a folder.
#[test]
fn f5_a_removal_does_not_end_while_the_access_file_has_the_name() {
    let folder = Folder::new();
    let in_the_way = folder.0.join("access.new");
    let mut keeper = after_a_talk(&folder);
    fs::create_dir(&in_the_way).unwrap();
    stores(&mut keeper, removal());
    is_settled(&mut keeper);
    assert!(has(&access(&folder), " Ann") && has_removals(keeper.open_store()));
    no_line_has_the_text(keeper.open_store(), "the file");
    drop(keeper);
    // It cannot be written at the next start either.
    let (mut keeper, stored, _) = Keeper::begin(folder.config()).unwrap();
    is_settled(&mut keeper);
    let ids: Vec<_> = stored.people.iter().map(|person| person.id).collect();
    assert_eq!(ids, [BO], "neither Ann nor a row that says so");
    assert!(has(&access(&folder), " Ann") && has_removals(keeper.open_store()));
    drop(keeper);
    fs::remove_dir(&in_the_way).unwrap();
    nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], "the next start");
}

#[test]
fn f4_without_its_log_of_changes_a_file_still_knows_who_was_removed() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let mut keeper = after_a_talk(&folder);
    stores(&mut keeper, removal());
    fs::copy(folder.file(), elsewhere.file()).unwrap();
    nothing_of_ann_comes_back(&elsewhere, &[(BO, "Bo")], "no log");
}

/// Otherwise the loss of the write-ahead log could bring the texts back.
#[test]
fn f4_a_removal_ends_when_the_main_file_itself_has_no_text_any_more() {
    let folder = Folder::new();
    let mut keeper = after_a_talk(&folder);
    let reader = rusqlite::Connection::open(folder.file()).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM lines").unwrap();
    stores(&mut keeper, removal());
    is_settled(&mut keeper);
    assert!(has(&folder.file(), TEXT), "another program still reads it");
    assert!(has_removals(keeper.open_store()));
    drop(reader);
    drop(keeper);
    let (keeper, ..) = Keeper::begin(folder.config()).unwrap();
    assert!(!has_removals(keeper.open_store()) && !has(&folder.file(), TEXT));
}

/// A batch is stored, but the hub is not told so, and sends it again. Meanwhile its first lines
/// were removed.
#[test]
fn a_batch_that_comes_again_brings_no_line_back() {
    let folder = Folder::new();
    let mut keeper = after_a_talk(&folder);
    let talk: Vec<_> = a_talk().into_iter().chain((6..900).map(|seq| said(seq, TEXT))).collect();
    let batch = || talk.iter().cloned().chain(removal()).collect::<Vec<_>>();
    stores(&mut keeper, batch());
    keeper.do_chores(|_| {});
    assert!(has_removals(keeper.open_store()));
    stores(&mut keeper, batch());
    is_settled(&mut keeper);
    keeper.end();
    nothing_of_ann_comes_back(&folder, &[(BO, "Bo")], "twice");
}

/// In some names, one wrong bit makes an `@` of the first letter. Rows of people have no checksum.
#[test]
fn f4_a_wrong_bit_in_a_name_removes_nobody() {
    let folder = Folder::new();
    let keeper = after_a_talk(&folder);
    let sql = "UPDATE people SET name = '@nn' WHERE id = 7";
    assert_eq!(keeper.open_store().raw().execute(sql, []).unwrap(), 1);
    drop(keeper);
    let (keeper, stored, _) = Keeper::begin(folder.config()).unwrap();
    assert!(stored.people.iter().any(|person| person.id == ANN));
    let texts = stored.rooms[0].lines.iter().filter(|line| line.entry.what.text() == TEXT);
    assert_eq!(texts.count(), 3);
    keeper.end();
}
