//! Removes the text and the author of all lines of people who have left for good.
//!
//! No index finds the lines of a person, because each new line would pay for it. So all lines of
//! the file are read, in short steps, and other tasks come between them. Until the removal has
//! ended, the table `people` has a row for the person: a name with an `@`, which no name of a
//! person has, and nothing else. After a crash the steps begin again with the first line. Meanwhile
//! no query returns a text of such a person ([`without_removed`]).
//!
//! The row is the only thing that says that the person was removed. So it goes last: when no text
//! of the person is in the file or its write-ahead log ([`end_removals`]), and the person's name is
//! not in the protection copy (`history/keeper.rs`).
//!
//! Owns: how many lines a step reads, and the row that says that a removal has not ended.
//! Must not know: when a step is due.
//!
//! Part: `history/store/mod.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::row::signed;
use super::{Store, StoreError, statements as sql};
use crate::chat::entry::REMOVED_NAME;
use crate::chat::record::{PersonId, StoredLine, StoredPerson};
use crate::chat::removed_lines::{RemovedLines, RemovedOf};

/// How many lines one step reads: few, because a batch of new lines may wait for the step to end,
/// and each of these lines may have a text of 4 KiB to overwrite.
const REMOVAL_STEP_LINES: u32 = 512;

/// The people whose lines must be removed, and how far that is done.
#[derive(Debug, Default)]
pub(super) struct Removals {
    /// All people of whom a row says that they are removed.
    people: BTreeSet<PersonId>,
    /// Those of them who have no line in the file any more.
    done: BTreeSet<PersonId>,
    pass: Option<Pass>,
}

/// One way through all lines of the file.
#[derive(Debug)]
struct Pass {
    /// The people who were removed when the pass began. For those who are removed later, another
    /// pass follows.
    people: BTreeSet<PersonId>,
    /// The epoch and the number of the last line that was read, as the file has them.
    after: (i64, i64),
}

impl Removals {
    /// Reads which removals an earlier run of the server has not ended. Blocks for the disk.
    pub(super) fn of(connection: &Connection) -> Result<Self, StoreError> {
        Ok(Self { people: removed_people(connection)?, ..Self::default() })
    }

    /// Adds a person. If the person is there already, the hub has sent a batch again, because it
    /// was not told that the batch is stored. Then the batch has brought back lines of the person,
    /// perhaps among the lines that the pass under way has read already.
    pub(super) fn add(&mut self, person: PersonId) {
        self.people.insert(person);
        self.done.remove(&person);
        if let Some(pass) = &mut self.pass {
            pass.people.remove(&person);
        }
    }

    /// Returns whether this author's lines must be removed.
    pub(super) fn has(&self, author: Option<PersonId>) -> bool {
        author.is_some_and(|author| self.people.contains(&author))
    }
}

/// Returns whether any removal has not ended.
pub(crate) fn has_removals(store: &Store) -> bool {
    !store.removals.people.is_empty()
}

/// Returns whether the file may have lines that must be removed.
pub(crate) fn has_lines_to_remove(store: &Store) -> bool {
    let Removals { people, done, .. } = &store.removals;
    people.len() > done.len()
}

/// Returns whether this row of `people` says that the person's lines must be removed. As in
/// `statements.rs`, the name alone does not say it: one wrong bit makes an `@` of the first letter
/// of `Ann`. But a person who was not removed has a token.
pub(crate) fn is_removal(row: &StoredPerson) -> bool {
    row.name.shown().starts_with('@') && row.tokens.is_empty()
}

/// Returns the people whose removal has not ended. Blocks for the disk.
fn removed_people(connection: &Connection) -> Result<BTreeSet<PersonId>, StoreError> {
    let mut people = connection.prepare_cached(sql::REMOVED_PEOPLE)?;
    let id = |row: &rusqlite::Row<'_>| Ok(PersonId(row.get::<_, i64>(0)?.cast_unsigned()));
    Ok(people.query_map([], id)?.collect::<Result<_, _>>()?)
}

/// Replaces the person's row by one that says that the person's lines must be removed.
pub(super) fn begin_removal(change: &Transaction<'_>, id: PersonId) -> Result<(), StoreError> {
    let (name, none) = (format!("{REMOVED_NAME}-{}", id.0), None::<i64>);
    let row = params![signed(id.0), name, [0_u8; 0], none, none, none, none, none, none];
    change.prepare_cached(sql::KEEP_PERSON)?.execute(row)?;
    Ok(())
}

/// Removes the lines that a line of the kind `Removed` is about. `epoch` is that of the log and
/// `own` the number of that line, as the file has them.
pub(super) fn remove_lines(
    change: &Transaction<'_>,
    (epoch, own): (i64, i64),
    removed: &RemovedLines,
) -> Result<(), StoreError> {
    for seq in &removed.lines {
        let seq = signed(seq.0);
        if removed.of == RemovedOf::Leaver {
            change.prepare_cached(sql::REMOVE_LINE)?.execute(params![REMOVED_NAME, epoch, seq])?;
        } else {
            change.prepare_cached(sql::DELETE_LINE)?.execute(params![epoch, seq])?;
        }
    }
    match removed.of {
        // The lines that are only in the file go in steps.
        RemovedOf::Leaver => {}
        RemovedOf::Author(author) => {
            let lines = params![epoch, own, author.number()];
            change.prepare_cached(sql::DELETE_LINES_OF)?.execute(lines)?;
        }
        RemovedOf::Everybody => {
            change.prepare_cached(sql::DELETE_LINES_BEFORE)?.execute([epoch, own])?;
            let last = own.saturating_sub(1);
            change.prepare_cached(sql::NOTE_THROWN_AWAY)?.execute([epoch, last])?;
            change.prepare_cached(sql::FORGET_SKIPS_TO)?.execute([epoch, last])?;
        }
    }
    Ok(())
}

/// Returns the line as readers may have it: without its text and author if the author's lines must
/// be removed.
pub(super) fn without_removed(people: &Removals, line: StoredLine) -> StoredLine {
    if !people.has(line.author) {
        return line;
    }
    StoredLine { author: None, entry: Arc::new(line.entry.removed()) }
}

/// Removes the text and the author of a few lines of people who are removed. Returns whether lines
/// have changed. Blocks for the disk.
///
/// # Errors
/// The same lines are still there.
pub(crate) fn remove_some_lines(store: &mut Store) -> Result<bool, StoreError> {
    let Removals { people, done, pass } = &mut store.removals;
    let Pass { people: of_pass, after } =
        pass.get_or_insert_with(|| Pass { people: people.clone(), after: (i64::MIN, i64::MIN) });
    let change = store.connection.transaction()?;
    let from = params![after.0, after.1, REMOVAL_STEP_LINES - 1];
    let last = change
        .prepare_cached(sql::REMOVAL_STEP_END)?
        .query_row(from, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (epoch, seq) = last.unwrap_or((i64::MAX, i64::MAX));
    let count = change.prepare_cached(sql::REMOVE_LINES)?.execute(params![
        REMOVED_NAME,
        after.0,
        after.1,
        epoch,
        seq
    ])?;
    change.commit()?;
    *after = (epoch, seq);
    if last.is_none() {
        done.append(of_pass);
        *pass = None;
    }
    Ok(count > 0)
}

/// Ends the removal of the people who have no line in the file any more: deletes the rows that say
/// that they are removed. First it makes sure that the text of the lines is neither in the main
/// file nor in the write-ahead log. Otherwise the loss of that log could bring back the text, and
/// nothing would say any more that it must be removed. Returns false if that cannot be done now,
/// because another program is using the file: then the caller should try again later. Blocks for
/// the disk.
///
/// # Errors
/// No removal has ended.
pub(crate) fn end_removals(store: &mut Store) -> Result<bool, StoreError> {
    if !store.checkpoint()? {
        return Ok(false);
    }
    let Removals { people, done, .. } = &mut store.removals;
    let change = store.connection.transaction()?;
    for person in done.iter() {
        change.prepare_cached(sql::END_REMOVAL)?.execute([signed(person.0)])?;
    }
    change.commit()?;
    people.retain(|person| !done.contains(person));
    done.clear();
    Ok(true)
}
