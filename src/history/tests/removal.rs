//! Tests of how the file loses all lines of a person who has left for good, also if the server is
//! killed in between.
//!
//! Part: `history/mod.rs`.

use std::sync::Arc;

use super::{
    EPOCH, EntryKind, Folder, PersonId, Record, Seq, StoredLine, StoredPerson, begin, line, lobby,
    most, said, whats,
};
use crate::chat::entry::{AuthorTag, Entry, REMOVED_NAME, Speaker, UnixMillis};
use crate::chat::name::Name;
use crate::chat::record::{LineRange, Query};
use crate::chat::removed_lines::{RemovedLines, RemovedOf};
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;
use crate::history::keeper::Keeper;
use crate::history::store::archive::Archive;
use crate::history::store::reading::{find_lines, lines_from};
use crate::history::store::removal::{
    end_removals, has_lines_to_remove, has_removals, remove_some_lines,
};
use crate::history::store::{SearchTurn, Store};

/// The person whose lines [`line`] makes.
pub(super) const ANN: PersonId = PersonId(7);

pub(super) fn by_bo(seq: u64, text: &str, reply_to: u64) -> Record {
    let Record::Line(StoredLine { entry, .. }) = said(seq, text) else { unreachable!() };
    let name = Name::parse("Bo").unwrap();
    let whose = AuthorTag::of(Some(PersonId(8)));
    let by = Speaker { name, whose, mark: None, ..entry.by.clone() };
    let replied_to = crate::chat::entry::RepliedTo::unknown(Seq(reply_to));
    let reply_to = (reply_to > 0).then(|| Box::new(replied_to));
    let entry = Arc::new(Entry { by, reply_to, ..Entry::clone(&entry) });
    Record::Line(StoredLine { author: Some(PersonId(8)), entry })
}

fn ann() -> Record {
    Record::Person(StoredPerson {
        is_host: false,
        id: ANN,
        name: Name::parse("Ann").unwrap(),
        former: None,
        named_at: UnixMillis(4),
        tokens: Vec::new(),
        secret: None,
        gone_at: None,
        network: None,
    })
}

/// A file with lines of Ann and of Bo, from which Ann has been removed. `more` lines of Ann follow.
fn file(folder: &Folder, more: u64) -> Store {
    let mut store = folder.open();
    let mut records = vec![
        Record::Room(lobby()),
        ann(),
        said(1, "secret tea"),
        by_bo(2, "tea?", 1),
        line(3, EntryKind::Edited { of: Seq(1), text: "secret tea".into() }),
        line(4, EntryKind::Topic("secret tea".into())),
        by_bo(5, "fine", 0),
    ];
    records.extend((6..6 + more).map(|seq| said(seq, "secret tea")));
    store.write(&records).unwrap();
    store.write(&[Record::RemovedPerson(ANN), Record::NoPerson(ANN)]).unwrap();
    store
}

/// Checks what every reader of the file gets: a search, an export and a query for lines.
fn nothing_of_ann_is_told(folder: &Folder, store: &Store) {
    let lines = lines_from(store, EPOCH, Seq(1), most(1000)).unwrap().0;
    for line in lines.iter().filter(|line| line.author != Some(PersonId(8))) {
        let gone = (line.author, line.entry.by.name.shown(), line.entry.id.as_ref());
        assert_eq!(gone, (None, REMOVED_NAME, None), "{line:?}");
        assert!(matches!(line.entry.what, EntryKind::Deleted { .. }), "{line:?}");
        assert!(!line.entry.by.classic && line.entry.by.mark.is_none(), "{line:?}");
    }
    let replied_to = lines[1].entry.replied_to().unwrap().name.clone();
    assert!(replied_to.is_none_or(|name| name.shown() == REMOVED_NAME), "who was answered");
    let sought = Sought { words: SearchWords::parse("tea"), ..Sought::default() };
    let span = LineRange::With(sought, Seq(u64::MAX));
    let query = Query { epoch: EPOCH, span, count: 100 };
    let mut found = find_lines(store, &query, &mut SearchTurn::begin(&|| false)).unwrap();
    while let (true, Some(next)) = (found.lines.is_empty(), found.next) {
        let LineRange::With(sought, _) = query.span.clone() else { unreachable!() };
        let query = Query { span: LineRange::With(sought, next), ..query };
        found = find_lines(store, &query, &mut SearchTurn::begin(&|| false)).unwrap();
    }
    let found: Vec<_> = found.lines.iter().map(|line| line.seq).collect();
    assert_eq!(found, [Seq(2)], "a search");
    let mut archive = Archive::open(&folder.0).unwrap();
    let room = archive.rooms().unwrap().remove(0);
    let lines = archive.lines(&room, Seq(0), UnixMillis(0)).unwrap();
    let texts: Vec<_> = lines.iter().map(|line| line.entry.what.text()).collect();
    assert!(!texts.iter().any(|text| text.contains("secret")), "an export: {texts:?}");
}

fn remove_all(store: &mut Store) -> usize {
    let mut steps = 0;
    while has_lines_to_remove(store) {
        remove_some_lines(store).unwrap();
        steps += 1;
    }
    assert!(end_removals(store).unwrap() && !has_removals(store));
    steps
}

#[test]
fn a_pin_of_a_removed_person_does_not_delete_the_pinned_message() {
    let folder = Folder::new();
    let mut store = folder.open();
    let pin = line(3, EntryKind::Pinned(Seq(2)));
    store.write(&[Record::Room(lobby()), ann(), said(1, "x"), by_bo(2, "tea", 0), pin]).unwrap();
    store.write(&[Record::RemovedPerson(ANN), Record::NoPerson(ANN)]).unwrap();
    remove_all(&mut store);
    let lines = lines_from(&store, EPOCH, Seq(1), most(9)).unwrap().0;
    assert_eq!(lines[1].entry.what, EntryKind::Said("tea".into()));
    assert_eq!(lines[2].entry.what, EntryKind::Deleted { of: Seq(3) });
}

#[test]
fn lines_that_a_person_has_said_as_a_guest_go_with_the_line_that_names_them() {
    let folder = Folder::new();
    let mut store = file(&folder, 0);
    let lines = [Seq(1), Seq(5)].into();
    let removed = EntryKind::Removed(RemovedLines { before: Seq(1), lines, of: RemovedOf::Leaver });
    store.write(&[line(6, removed)]).unwrap();
    let lines = lines_from(&store, EPOCH, Seq(5), most(1)).unwrap().0;
    assert_eq!(lines[0].entry.what, EntryKind::Deleted { of: Seq(5) });
    assert_eq!((lines[0].author, lines[0].entry.by.name.shown()), (None, REMOVED_NAME));
}

#[test]
fn nothing_of_a_removed_person_is_told_before_and_after_the_file_has_lost_it() {
    let folder = Folder::new();
    let mut store = file(&folder, 0);
    nothing_of_ann_is_told(&folder, &store);
    assert_eq!(remove_all(&mut store), 1);
    nothing_of_ann_is_told(&folder, &store);
    let of = |of| EntryKind::Deleted { of: Seq(of) };
    let (tea, fine) = (EntryKind::Said("tea?".into()), EntryKind::Said("fine".into()));
    assert_eq!(whats(&store), [of(1), tea, of(1), of(4), fine], "each keeps its number");
    store.checkpoint().unwrap();
    drop(store);
    let bytes = std::fs::read(folder.file()).unwrap();
    for word in ["secret tea", "Ann"] {
        let is_there = bytes.windows(word.len()).any(|part| part == word.as_bytes());
        assert!(!is_there, "{word} is still in the file");
    }
}

#[test]
fn a_removal_takes_short_steps_and_others_may_begin_meanwhile() {
    let folder = Folder::new();
    let mut store = file(&folder, 900);
    assert!(remove_some_lines(&mut store).unwrap() && has_lines_to_remove(&store));
    nothing_of_ann_is_told(&folder, &store);
    store.write(&[Record::RemovedPerson(PersonId(8))]).unwrap();
    assert_eq!(remove_all(&mut store), 1 + 2, "the rest, and another pass for Bo");
    let lines = lines_from(&store, EPOCH, Seq(1), most(1000)).unwrap().0;
    assert!(lines.iter().all(|line| line.author.is_none() && line.entry.what.text().is_empty()));
}

#[test]
fn a_removal_that_was_cut_short_is_done_at_the_next_start_before_anybody_reads() {
    let folder = Folder::new();
    let mut store = file(&folder, 900);
    remove_some_lines(&mut store).unwrap();
    // A killed process closes nothing, and its write-ahead log stays.
    store.close_without_writing();
    let (keeper, stored, damage) = Keeper::begin(folder.config()).unwrap();
    assert_eq!(damage, None);
    assert_eq!(stored.people, [], "neither Ann nor a row that says so");
    let lines = &stored.rooms[0].lines;
    let of_ann = lines.iter().filter(|line| line.author != Some(PersonId(8)));
    assert!(of_ann.clone().all(|line| line.entry.what.text().is_empty()));
    assert_eq!(of_ann.count(), 903);
    keeper.end();
    assert!(!has_removals(&folder.open()));
}

#[test]
fn a_running_history_removes_by_itself_and_goes_on_storing() {
    let folder = Folder::new();
    drop(file(&folder, 0));
    let (mut keeper, ..) = Keeper::begin(folder.config()).unwrap();
    let more = (6..2000).map(|seq| said(seq, "secret tea"));
    keeper.store(&more.chain([Record::RemovedPerson(ANN)]).collect::<Vec<_>>());
    let mut steps = 0;
    while has_removals(keeper.open_store()) {
        assert!(keeper.next_chore().is_some_and(|at| at <= std::time::Instant::now()));
        keeper.do_chores(|_| {});
        steps += 1;
    }
    assert_eq!(steps, 4 + 1, "four through the lines, and the end");
    nothing_of_ann_is_told(&folder, keeper.open_store());
}

#[test]
fn the_notice_of_a_removal_is_read_as_it_was_written() {
    let folder = Folder::new();
    let mut store = folder.open();
    let removed = RemovedLines {
        before: Seq(12),
        lines: [12, 14, 90].map(Seq).into(),
        of: RemovedOf::Leaver,
    };
    let notice = line(1, EntryKind::Removed(removed));
    store.write(&[Record::Room(lobby()), notice.clone()]).unwrap();
    let found = lines_from(&store, EPOCH, Seq(1), most(9)).unwrap().0.into_iter().map(Record::Line);
    assert_eq!(found.collect::<Vec<_>>(), [notice]);
    assert_eq!(begin(&mut store, 9).rooms[0].lines.len(), 1);
}

/// What the file has of the lobby, by the number of each line: the kind, and the text.
fn told(store: &Store) -> Vec<(u64, EntryKind)> {
    let lines = lines_from(store, EPOCH, Seq(1), most(99)).unwrap().0;
    lines.iter().map(|line| (line.entry.seq.0, line.entry.what.clone())).collect()
}

#[test]
fn row_72_the_file_loses_all_messages_of_one_person_of_a_room_at_once() {
    let folder = Folder::new();
    let mut store = folder.open();
    let edit = line(3, EntryKind::Edited { of: Seq(1), text: "sesame soup".into() });
    let topic = line(4, EntryKind::Topic("tea".into()));
    let all = [Record::Room(lobby()), said(1, "sesame tea"), by_bo(2, "tea?", 1), edit, topic];
    store.write(&all).unwrap();
    let of = RemovedOf::Author(AuthorTag::of(Some(ANN)));
    let removed = RemovedLines { before: Seq(4), lines: [].into(), of };
    store.write(&[line(5, EntryKind::Removed(removed.clone()))]).unwrap();
    let expected = [
        (1, EntryKind::Deleted { of: Seq(1) }),
        (2, EntryKind::Said("tea?".into())),
        (3, EntryKind::Deleted { of: Seq(1) }),
        (4, EntryKind::Topic("tea".into())),
        (5, EntryKind::Removed(removed)),
    ];
    assert_eq!(told(&store), expected);
    store.checkpoint().unwrap();
    let bytes = std::fs::read(folder.file()).unwrap();
    assert!(!bytes.windows(6).any(|some| some == b"sesame"), "no page of the file has the text");
}

#[test]
fn row_72_the_file_loses_the_whole_log_of_a_room_and_its_numbers_go_on() {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby()), said(1, "sesame tea"), by_bo(2, "sesame", 1)]).unwrap();
    let removed = RemovedLines { before: Seq(3), lines: [].into(), of: RemovedOf::Everybody };
    let notice = line(3, EntryKind::Removed(removed.clone()));
    store.write(std::slice::from_ref(&notice)).unwrap();
    assert_eq!(told(&store), [(3, EntryKind::Removed(removed.clone()))]);
    store.checkpoint().unwrap();
    let bytes = std::fs::read(folder.file()).unwrap();
    assert!(!bytes.windows(6).any(|some| some == b"sesame"), "no page of the file has the text");
    // If damage brings an old page back, the notice takes its lines away again.
    store.write(&[said(1, "sesame tea")]).unwrap();
    crate::history::store::repair::apply_changes_again(&mut store).unwrap();
    assert_eq!(told(&store), [(3, EntryKind::Removed(removed))]);
}
