//! Removes the text and the author of all lines of people who have left for good.
//!
//! No index finds the lines of a person, because each new line would pay for it. So all lines of
//! the file are read, in short steps, and other tasks come between them. Until that is done, the
//! table `people` has a row for the person: a name with an `@`, which no name of a person has, and
//! nothing else. After a crash the steps begin again with the first line. Meanwhile no query
//! returns a text of such a person ([`without_removed`]).
//!
//! Owns: how many lines a step reads, and the row that says that a removal is not done.
//! Must not know: when a step is due.
//!
//! Part: `history/store/mod.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::row::signed;
use super::{Store, StoreError, statements as sql};
use crate::chat::entry::REMOVED_NAME;
use crate::chat::record::{PersonId, StoredLine};

/// How many lines one step reads: few, because a batch of new lines may wait for the step to end,
/// and each of these lines may have a text of 4 KiB to overwrite.
const REMOVAL_STEP_LINES: u32 = 512;

/// The people whose lines must be removed, and how far that is done.
#[derive(Debug, Default)]
pub(super) struct Removals {
    people: BTreeSet<PersonId>,
    pass: Option<Pass>,
}

/// One way through all lines of the file.
#[derive(Debug)]
struct Pass {
    /// The people who were in the table when the pass began. For later ones another pass follows.
    people: BTreeSet<PersonId>,
    /// The epoch and the number of the last line that was read, as the file has them.
    after: (i64, i64),
}

impl Removals {
    /// Reads which removals an earlier run of the server has not finished. Blocks for the disk.
    pub(super) fn of(connection: &Connection) -> Result<Self, StoreError> {
        Ok(Self { people: removed_people(connection)?, pass: None })
    }

    pub(super) fn add(&mut self, person: PersonId) {
        self.people.insert(person);
    }

    /// Returns whether this author's lines must be removed.
    pub(super) fn has(&self, author: Option<PersonId>) -> bool {
        author.is_some_and(|author| self.people.contains(&author))
    }
}

pub(crate) fn has_removals(store: &Store) -> bool {
    !store.removals.people.is_empty()
}

/// Returns the people whose lines are still in the file and must be removed. Blocks for the disk.
pub(super) fn removed_people(connection: &Connection) -> Result<BTreeSet<PersonId>, StoreError> {
    let mut people = connection.prepare_cached(sql::REMOVED_PEOPLE)?;
    let id = |row: &rusqlite::Row<'_>| Ok(PersonId(row.get::<_, i64>(0)?.cast_unsigned()));
    Ok(people.query_map([], id)?.collect::<Result<_, _>>()?)
}

/// Replaces the person's row by one that says that the person's lines must be removed.
pub(super) fn begin_removal(change: &Transaction<'_>, id: PersonId) -> Result<(), StoreError> {
    let (name, none) = (format!("{REMOVED_NAME}-{}", id.0), None::<i64>);
    let row = params![signed(id.0), name, [0_u8; 0], none, none, none, none];
    change.prepare_cached(sql::KEEP_PERSON)?.execute(row)?;
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

/// Removes the text and the author of a few lines. Returns whether lines have changed. Blocks for
/// the disk.
///
/// # Errors
/// The same lines are still there.
pub(crate) fn remove_some_lines(store: &mut Store) -> Result<bool, StoreError> {
    let Removals { people, pass } = &mut store.removals;
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
    if last.is_none() {
        for person in of_pass.iter() {
            change.prepare_cached(sql::END_REMOVAL)?.execute([signed(person.0)])?;
        }
    }
    change.commit()?;
    *after = (epoch, seq);
    if last.is_none() {
        people.retain(|person| !of_pass.contains(person));
        *pass = None;
    }
    Ok(count > 0)
}
