//! Which message a line replies to, in the file: after a restart, an edit, a change of schema and
//! damage.
//!
//! Part: `history/tests/mod.rs`.

use std::sync::Arc;

use super::life::{end, keep};
use super::{EPOCH, Folder, begin, line, lines_before, lines_from, lobby, most, said};
use crate::chat::entry::{Entry, EntryKind, RepliedTo, Seq, UnixMillis};
use crate::chat::record::{Record, StoredLine};
use crate::history::archive::Archive;
use crate::history::start;
use crate::history::store::Store;

/// Returns this line as one that replies to the message `seq`. The name is that of the message,
/// which is looked up and not stored.
fn answering(line: Record, seq: u64) -> Record {
    let Record::Line(StoredLine { author, entry }) = line else { panic!("{line:?}") };
    let unknown = RepliedTo::unknown(Seq(seq));
    let (name, whose) = (Some(entry.by.name.clone()), entry.by.whose);
    let known = RepliedTo { name, whose, ..unknown.clone() };
    let reply_to = Some(Box::new(if seq == GONE { unknown } else { known }));
    let entry = Arc::new(Entry { reply_to, ..Entry::clone(&entry) });
    Record::Line(StoredLine { author, entry })
}

/// The number of a message that the file does not have.
const GONE: u64 = 1;

fn talk() -> Vec<Record> {
    vec![
        Record::Room(lobby()),
        said(2, "tea?"),
        answering(said(3, "yes"), 2),
        answering(line(4, EntryKind::Acted("nods".into())), GONE),
        line(5, EntryKind::Edited { of: Seq(3), text: "no".into() }),
        answering(said(6, "never said"), 2),
        line(7, EntryKind::Deleted { of: Seq(6) }),
    ]
}

fn edited(line: Record) -> Record {
    let Record::Line(StoredLine { author, entry }) = line else { panic!("no line") };
    let entry = Arc::new(entry.edited());
    Record::Line(StoredLine { author, entry })
}

/// The lines as they are after the edit and the deletion.
fn lines() -> Vec<Record> {
    let mut lines = talk().split_off(1);
    lines[1] = edited(answering(said(3, "no"), 2));
    lines[4] = answering(line(6, EntryKind::Deleted { of: Seq(6) }), 2);
    lines
}

fn read(store: &Store) -> Vec<Record> {
    let lines = lines_from(store, EPOCH, Seq(1), most(100)).unwrap().0;
    lines.into_iter().map(Record::Line).collect()
}

#[test]
fn e9_a_restart_and_an_edit_change_nothing_of_what_a_line_answers() {
    let folder = Folder::new();
    folder.open().write(&talk()).unwrap();
    let mut store = folder.open();
    let stored = begin(&mut store, 100);
    let started: Vec<_> = stored.rooms[0].lines.iter().cloned().map(Record::Line).collect();
    assert_eq!(started, lines());
    assert_eq!(read(&store), lines());
    let before = lines_before(&store, EPOCH, Seq(4), most(1)).unwrap().0;
    assert_eq!(Record::Line(before[0].clone()), lines()[1]);
}

#[test]
fn f4_a_line_that_answers_another_message_than_was_written_is_spoiled() {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&talk()).unwrap();
    begin(&mut store, 100);
    for change in ["answers = 3", "answers = NULL"] {
        let sql = format!("BEGIN; UPDATE lines SET {change} WHERE seq = 4");
        store.raw().execute_batch(&sql).unwrap();
        let error = lines_from(&store, EPOCH, Seq(4), most(1)).unwrap_err();
        assert!(error.is_corruption(), "{change}");
        store.raw().execute_batch("ROLLBACK").unwrap();
    }
    store.raw().execute("UPDATE lines SET answers = 3 WHERE seq = 2", []).unwrap();
    assert!(lines_from(&store, EPOCH, Seq(2), most(1)).unwrap_err().is_corruption());
}

/// A folder with a file of the schema version before replies to.
fn older() -> Folder {
    let folder = Folder::new();
    let mut store = folder.open();
    store.write(&[Record::Room(lobby()), said(2, "tea?"), said(3, "yes")]).unwrap();
    begin(&mut store, 100);
    let sql = "ALTER TABLE lines DROP COLUMN answers; ALTER TABLE rooms DROP COLUMN invites;
        ALTER TABLE rooms DROP COLUMN pinned; ALTER TABLE rooms DROP COLUMN people_let_in;
        ALTER TABLE rooms DROP COLUMN sessions_let_in; ALTER TABLE rooms DROP COLUMN inviters;
        ALTER TABLE people DROP COLUMN former; ALTER TABLE people DROP COLUMN host;
        ALTER TABLE rooms DROP COLUMN rules;
        PRAGMA user_version = 10";
    store.raw().execute_batch(sql).unwrap();
    folder
}

#[test]
fn e9_a_file_from_before_there_were_answers_is_read_as_it_is_and_gets_them() {
    let folder = older();
    let mut archive = Archive::open(&folder.0).unwrap();
    let room = archive.rooms().unwrap().remove(0);
    assert_eq!(archive.lines(&room, Seq(0), UnixMillis(0)).unwrap().len(), 2, "an export");
    drop(archive);
    let mut store = folder.open();
    let mut expected = vec![said(2, "tea?"), said(3, "yes")];
    assert_eq!(read(&store), expected);
    store.write(&[answering(said(4, "good"), 3)]).unwrap();
    expected.push(answering(said(4, "good"), 3));
    drop(store);
    assert_eq!(read(&folder.open()), expected);
}

#[test]
fn f4_what_a_line_answers_is_rescued_with_it() {
    let folder = Folder::new();
    let (past, thread) = start(folder.config()).unwrap();
    assert_eq!(keep(&past, talk()), (false, Ok(())));
    end(past, thread);
    let mut bytes = std::fs::read(folder.file()).unwrap();
    bytes[..4096].fill(0);
    std::fs::write(folder.file(), bytes).unwrap();
    let (past, thread) = start(folder.config()).unwrap();
    assert!(thread.damage().is_some());
    let rescued = past.stored.rooms[0].lines.iter().cloned().map(Record::Line);
    assert_eq!(rescued.collect::<Vec<_>>(), lines());
    end(past, thread);
}
