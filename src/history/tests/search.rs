//! Lines are found by their words, newest first. A long search has several turns: between two turns
//! the history does other tasks.
//!
//! Part: `history/tests/mod.rs`.

use super::{EPOCH, Folder, begin, line, lobby, said};
use crate::base::limits::SKIPS_KEPT_MAX;
use crate::chat::config::Retention;
use crate::chat::entry::{EntryKind, Epoch, Seq, UnixMillis};
use crate::chat::name::Name;
use crate::chat::numbers::{Reservation, Sizes};
use crate::chat::record::{Before, FoundLines, LineRange, Query, Record, StoredRoom};
use crate::chat::search_words::SearchWords;
use crate::chat::sought::Sought;
use crate::history::archive::Archive;
use crate::history::store::reading::{FOUND_BYTES_MAX, find_lines};
use crate::history::store::retention::Cleaner;
use crate::history::store::search::SEARCH_TURN_MIN;
use crate::history::store::startup::begin_run;
use crate::history::store::{SearchTurn, Store};

/// Asks for lines with these words.
fn sought(words: &str) -> Sought {
    Sought::words(SearchWords::parse(words).unwrap())
}

fn page(store: &Store, words: &str, before: u64, count: usize) -> FoundLines {
    let span = LineRange::With(sought(words), Seq(before));
    found(store, &Query { epoch: EPOCH, span, count })
}

/// What one turn of a search finds while no other task waits.
fn found(store: &Store, query: &Query) -> FoundLines {
    find_lines(store, query, &mut SearchTurn::begin(&|| false)).unwrap()
}

/// The numbers of the lines that have these words.
fn numbers(store: &Store, words: &str) -> Vec<u64> {
    page(store, words, u64::MAX, 100).lines.iter().map(|line| line.seq.0).collect()
}

fn stored(folder: &Folder, lines: impl IntoIterator<Item = Record>) -> Store {
    let mut store = folder.open();
    let records = std::iter::once(Record::Room(lobby())).chain(lines);
    store.write(&records.collect::<Vec<_>>()).unwrap();
    store
}

#[test]
fn lines_are_found_by_what_they_say_now() {
    let folder = Folder::new();
    let edit =
        |seq, of, text: &str| line(seq, EntryKind::Edited { of: Seq(of), text: text.into() });
    let store = stored(
        &folder,
        [
            said(1, "The soup is HOT"),
            line(2, EntryKind::Acted("eats soup".into())),
            line(3, EntryKind::Topic("面包和汤 (soup)".into())),
            said(4, "sowp"),
            edit(5, 4, "cold soup"),
            said(6, "soup, a secret"),
            line(7, EntryKind::Deleted { of: Seq(6) }),
        ],
    );
    for (words, found) in [
        ("soup", &[1, 2, 3, 4][..]),
        ("HOT soup", &[1]),
        ("面包", &[3]),
        ("sowp", &[]),
        ("secret", &[]),
    ] {
        assert_eq!(numbers(&store, words), found, "{words}");
    }
    let elsewhere = Query { epoch: Epoch(9), ..query_of("soup") };
    assert_eq!(found(&store, &elsewhere), FoundLines::default(), "another life of the room");
}

fn query_of(words: &str) -> Query {
    let span = LineRange::With(sought(words), Seq(u64::MAX));
    Query { epoch: EPOCH, span, count: 9 }
}

#[test]
fn lines_are_found_by_who_has_said_them_and_when() {
    let folder = Folder::new();
    let store = stored(&folder, (1..=5).map(|seq| said(seq, "soup")));
    let find = |sought: Sought| {
        let span = LineRange::With(sought, Seq(u64::MAX));
        found(&store, &Query { epoch: EPOCH, span, count: 9 })
            .lines
            .iter()
            .map(|line| line.seq.0)
            .collect::<Vec<_>>()
    };
    let by = |name: &str| Sought { from: Some(Name::parse(name).unwrap()), ..Sought::default() };
    assert_eq!(find(by("ann")), [1, 2, 3, 4, 5]);
    assert_eq!(find(by("Bo")), [0; 0]);
    // Each line is one millisecond later than the one before.
    let times = UnixMillis(2)..UnixMillis(4);
    assert_eq!(find(Sought { times, ..Sought::default() }), [2, 3]);
}

/// All that a search for `words` finds in a log, turn by turn, newest first; and the number of
/// turns.
fn looks_through(store: &Store, words: &str, is_wanted: &dyn Fn() -> bool) -> (Vec<u64>, usize) {
    let (mut before, mut seen, mut turns) = (u64::MAX, Vec::new(), 0);
    loop {
        let span = LineRange::With(sought(words), Seq(before));
        let query = Query { epoch: EPOCH, span, count: 9 };
        let FoundLines { lines, next, took, .. } =
            find_lines(store, &query, &mut SearchTurn::begin(is_wanted)).unwrap();
        seen.extend(lines.iter().rev().map(|line| line.seq.0));
        turns += 1;
        let Some(next) = next else { return (seen, turns) };
        // A turn of a search ends early only after its minimum time.
        assert!(took >= SEARCH_TURN_MIN && next.0 < before, "{took:?} {next:?}");
        before = next.0;
    }
}

#[test]
fn a_long_log_is_looked_through_in_turns_to_its_first_line() {
    let folder = Folder::new();
    let text = |seq| if seq % 4000 == 1 { "here" } else { "今天有面包" };
    let store = stored(&folder, (1..=10_010).map(|seq| said(seq, text(seq))));
    let (alone, turns) = looks_through(&store, "here", &|| false);
    let (beside, more_turns) = looks_through(&store, "here", &|| true);
    assert_eq!((alone, beside), (vec![8001, 4001, 1], vec![8001, 4001, 1]));
    assert!(more_turns > turns, "{more_turns} and {turns}: it makes way for what waits");
    let FoundLines { lines, next, .. } = page(&store, "今天", u64::MAX, 2);
    assert_eq!((lines.len(), next), (2, Some(Seq(10_009))), "as many as were wanted");
}

#[test]
fn long_lines_are_found_by_fewer_at_once() {
    let folder = Folder::new();
    let (long, count) = ("long ".repeat(800), 200);
    let store = stored(&folder, (1..=count).map(|seq| said(seq, &long)));
    let found = page(&store, "long", u64::MAX, 100);
    let bytes: usize = found.lines.iter().map(|line| line.what.text().len()).sum();
    assert!(bytes <= FOUND_BYTES_MAX + long.len(), "{bytes}");
    assert!(found.next.is_some_and(|next| next.0 > 100), "{:?}", found.next);
}

#[test]
fn f4_a_text_that_is_none_is_not_found_and_hides_no_other() {
    let folder = Folder::new();
    let store = stored(&folder, (1..=3).map(|seq| said(seq, "soup")));
    let spoil = "UPDATE lines SET text = CAST(x'ff736f7570' AS TEXT) WHERE seq = 2";
    store.raw().execute(spoil, []).unwrap();
    assert_eq!(numbers(&store, "soup"), [1, 3]);
}

#[test]
fn f8_what_was_thrown_away_is_remembered_by_its_number() {
    let folder = Folder::new();
    let mut store = stored(&folder, (1..=20).map(|seq| said(seq, "soup")));
    let before = |store: &mut Store| begin(store, 100).rooms[0].before;
    assert_eq!(before(&mut store), Before::Nothing { thrown_away: Seq(0) });
    let retention =
        Retention { age_max: None, room_lines_max: Some(8), bytes_max: super::BYTES_MAX };
    let mut cleaner = Cleaner::new(&store, retention).unwrap();
    cleaner.clean(&mut store, std::time::Instant::now()).unwrap();
    assert_eq!(numbers(&store, "soup"), (13..=20).collect::<Vec<_>>());
    assert_eq!(before(&mut store), Before::Nothing { thrown_away: Seq(12) });
    assert_eq!(begin(&mut store, 3).rooms[0].before, Before::OlderLines);
}

#[test]
fn f5_numbers_that_each_life_skips_are_known_to_all_that_follow() {
    let sizes = Sizes { block: 8, block_max: 16, far: 64, far_distance: 64 };
    let folder = Folder::new();
    let reservation = Reservation::after(Seq(0), &sizes);
    let room = Record::Room(StoredRoom { reservation, ..lobby() });
    let mut store = folder.open();
    store.write(&[room, said(1, "soup"), said(2, "soup")]).unwrap();
    let mut life = |says: &[u64]| {
        let stored = begin_run(&mut store, false, 100, &sizes).unwrap();
        let lines: Vec<_> = says.iter().map(|seq| said(*seq, "soup")).collect();
        store.write(&lines).unwrap();
        let room = &stored.rooms[0];
        let rows = room.skipped.iter().map(|skip| (skip.first.0, skip.last.0));
        (room.head.0, rows.collect::<Vec<_>>())
    };
    assert_eq!(life(&[]), (8, vec![(3, 8)]));
    assert_eq!(life(&[17, 18]), (16, vec![(3, 8), (9, 16)]), "each life for itself");
    assert_eq!(life(&[]), (24, vec![(3, 8), (9, 16), (19, 24)]));
    store.write(&[Record::NoLog(EPOCH), Record::Room(lobby())]).unwrap();
    assert_eq!(begin(&mut store, 9).rooms[0].skipped.len(), 1, "gone with their log");
}

#[test]
fn f5_of_very_many_lives_the_first_are_one() {
    let sizes = Sizes { block: 8, block_max: 16, far: 64, far_distance: 64 };
    let folder = Folder::new();
    let reservation = Reservation::after(Seq(0), &sizes);
    let mut store = folder.open();
    store.write(&[Record::Room(StoredRoom { reservation, ..lobby() })]).unwrap();
    let lives = 3 * SKIPS_KEPT_MAX as u64;
    let mut rows = Vec::new();
    for life in 1..=lives {
        let room = begin_run(&mut store, false, 9, &sizes).unwrap().rooms.remove(0);
        assert!(room.head.0 >= 8 * life);
        rows = room.skipped;
    }
    assert_eq!(rows.len(), SKIPS_KEPT_MAX);
    assert_eq!(rows[0].first, Seq(1));
    assert!(rows.windows(2).all(|pair| pair[0].last.next() == pair[1].first), "{rows:?}");
}

#[test]
fn f4_what_a_crash_has_skipped_is_not_told_as_lost_however_many_crashes_there_were() {
    let sizes = Sizes { block: 8, block_max: 16, far: 64, far_distance: 64 };
    let folder = Folder::new();
    let reservation = Reservation::after(Seq(0), &sizes);
    let mut store = folder.open();
    store.write(&[Record::Room(StoredRoom { reservation, ..lobby() })]).unwrap();
    let mut numbers = Vec::new();
    for _ in 0..SKIPS_KEPT_MAX + 3 {
        let room = begin_run(&mut store, false, 9, &sizes).unwrap().rooms.remove(0);
        numbers.push(room.head.next());
        store.write(&[said(room.head.0 + 1, "one of a life")]).unwrap();
    }
    drop(store);
    let mut archive = Archive::open(&folder.0).unwrap();
    let room = archive.rooms().unwrap().remove(0);
    assert!(numbers.windows(2).all(|two| two[0].next() < two[1]), "{numbers:?}");
    let mut after = numbers[0];
    while after < numbers[numbers.len() - 1] {
        let lines = archive.lines(&room, after, UnixMillis(0)).unwrap();
        let lost = archive.lost_among(&room, after, &lines).unwrap();
        assert!(lost.is_empty(), "{lost:?}");
        after = lines.last().unwrap().entry.seq;
    }
}
