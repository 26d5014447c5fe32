//! Tests that SQLite plans to read only the rows that a statement asks for. It may read a whole
//! room or table only if `history/store/statements.rs` gives a reason for that statement.
//!
//! Part: `history/store/mod.rs`.

use rusqlite::{Connection, StatementStatus};

use super::Store;
use super::archive::Archive;
use super::reading::QueryLimits;
use super::statements::{self as sql, PlanBound};
use crate::chat::entry::{EntryKind, Seq, UnixMillis};
use crate::chat::record::Record;
use crate::history::tests::{EPOCH, Folder, line, lobby, said};

// What the tests of the other parts need from inside the store.
impl Store {
    pub(crate) fn raw(&self) -> &Connection {
        &self.connection
    }
}

pub(crate) fn most(lines: usize) -> QueryLimits {
    QueryLimits { lines, bytes: usize::MAX }
}

/// The steps of SQLite's plan for a statement, in SQLite's words.
fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let count = plan.parameter_count();
    let values = rusqlite::params_from_iter(std::iter::repeat_n(1, count));
    let steps = plan.query_map(values, |row| row.get(3)).unwrap();
    steps.map(Result::unwrap).collect()
}

/// Returns whether a step reads a whole table, or all lines of a room.
fn looks_at_all(step: &str, sql: &str) -> bool {
    let is_of_room = step.starts_with("SEARCH ") && step.ends_with("(epoch=?)");
    // The first or last line of a room is at one end of the room's rows, so SQLite need not read
    // the other rows.
    let is_at_an_end = step.starts_with("SEARCH lines ")
        && ["LIMIT ", "min(seq)", "max(seq)"].iter().any(|end| sql.contains(end));
    let is_sorted = step.starts_with("USE TEMP B-TREE");
    // The step reads only rows that the statement itself creates.
    let is_own = step.contains("SUBQUERY")
        || ["SCAN (subquery", "SCAN CONSTANT ROW"].iter().any(|own| step.starts_with(own));
    !is_own && (step.starts_with("SCAN ") || is_sorted || is_of_room && !is_at_an_end)
}

#[test]
fn no_statement_looks_at_a_whole_room_unless_it_must() {
    let folder = Folder::new();
    let store = folder.open();
    let all = sql::all();
    assert!(all.len() > 20);
    let is_odd = |(name, looks, sql): (_, PlanBound, _)| {
        let plan = plan(&store.connection, sql);
        let all = plan.iter().any(|step| looks_at_all(step, sql));
        let may = matches!(looks, PlanBound::AtAll(why) if !why.is_empty());
        (all != may).then_some((name, plan))
    };
    let odd: Vec<_> = all.into_iter().filter_map(is_odd).collect();
    assert!(odd.is_empty(), "{odd:#?}");
}

/// This test would miss a statement that is written in another file.
#[test]
fn no_statement_is_written_anywhere_but_in_its_place() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("tests") {
                    folders.push(path);
                }
                continue;
            }
            let place = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if ["history/store/statements.rs", "history/store/schema.rs", "history/store/tests.rs"]
                .contains(&&*place)
            {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for word in ["SELECT ", "INSERT ", "UPDATE ", "DELETE FROM ", "REPLACE INTO "] {
                assert!(!code.contains(word), "src/{place} has {word}");
            }
            seen += usize::from(place.starts_with("history/"));
        }
    }
    assert!(seen >= 8, "{seen}");
}

/// A room with `count` lines; every tenth line was edited.
fn with_lines(count: u64) -> (Folder, Store) {
    let folder = Folder::new();
    let mut store = folder.open();
    let edit = |seq: u64| EntryKind::Edited { of: Seq(seq - 1), text: "y".into() };
    let lines = (1..=count).map(|seq| match seq % 10 {
        0 => line(seq, edit(seq)),
        _ => said(seq, "x"),
    });
    store.write(&std::iter::once(Record::Room(lobby())).chain(lines).collect::<Vec<_>>()).unwrap();
    (folder, store)
}

/// How many steps SQLite's virtual machine has run for this statement so far.
fn steps(connection: &Connection, sql: &str) -> i32 {
    connection.prepare_cached(sql).unwrap().get_status(StatementStatus::VmStep)
}

fn steps_of_an_export(lines: u64) -> (usize, i32) {
    let (folder, store) = with_lines(lines);
    drop(store);
    let mut archive = Archive::open(&folder.0).unwrap();
    let room = archive.rooms().unwrap().remove(0);
    let (mut after, mut count) = (Seq(0), 0);
    loop {
        let page = archive.lines(&room, after, UnixMillis(0)).unwrap();
        let Some(last) = page.last() else { break };
        after = last.entry.seq;
        count += page.len();
    }
    (count, steps(&archive.connection, sql::ARCHIVED_LINES))
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn an_export_of_twice_the_lines_takes_twice_the_steps() {
    let ((one, few), (two, many)) = (steps_of_an_export(3000), steps_of_an_export(6000));
    assert_eq!((one, two), (3000, 6000));
    println!("{few} steps for 3,000 lines, {many} for 6,000");
    assert!(f64::from(many) <= 2.5 * f64::from(few), "{few}, then {many}");
}

#[test]
#[expect(clippy::print_stdout, reason = "the figures")]
fn an_edit_takes_as_many_steps_in_a_large_room_as_in_a_small_one() {
    let steps = [3000, 6000].map(|count| {
        let (_folder, mut store) = with_lines(count);
        let all = |store: &Store| {
            let mine = sql::all().into_iter();
            let mine =
                mine.filter(|(name, ..)| name.starts_with("EDIT") || name.starts_with("DELETE"));
            mine.map(|(_, _, sql)| steps(&store.connection, sql)).sum::<i32>()
        };
        let before = all(&store);
        let (edit, delete) = (
            EntryKind::Edited { of: Seq(count / 2 + 1), text: "z".into() },
            EntryKind::Deleted { of: Seq(count / 2 + 2) },
        );
        store.write(&[line(count + 1, edit), line(count + 2, delete)]).unwrap();
        all(&store) - before
    });
    println!("{steps:?} steps");
    assert!(steps[1] <= steps[0] + steps[0] / 5, "{steps:?}");
    assert_eq!(EPOCH, lobby().epoch);
}
