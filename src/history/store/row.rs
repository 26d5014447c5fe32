//! Converts a row of a table to a value, and some values to what a row has.
//!
//! Owns: the order of the columns, and how our unsigned numbers are stored in SQLite's signed ones.
//! Must not know: which rows are wanted.
//!
//! Part: `history/store/mod.rs`.

use std::sync::Arc;

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Error, Result, Row, ffi};

use crate::chat::entry::{
    AuthorTag, Entry, EntryKind, Epoch, MessageId, REMOVED_NAME, RepliedTo, Seq, Speaker,
    UnixMillis,
};
use crate::chat::numbers::{Reservation, SkipRange};
use crate::chat::record::{
    LetIn, NetworkTag, PersonId, StoredInvite, StoredLine, StoredPerson, StoredPrivateLog,
    StoredRoom, StoredUnread, UsedId,
};
use crate::chat::removed_lines::RemovedLines;
use crate::chat::secret::{Digest, Mark};
use crate::chat::token::{DIGEST_BYTES, TokenDigest};
use crate::chat::{log_name::LogName, name::Name, room_name::RoomName};
use crate::history::integrity::line_checksum::{
    CHECKSUM_COLUMN, LINE_COLUMNS, REPLY_TO_COLUMN, is_as_written,
};
use crate::history::store::rules;

// The columns of a whole line that functions below read alone. `line` names all columns.
const TIME_COLUMN: usize = 2;
const AUTHOR_COLUMN: usize = 3;
const NAME_COLUMN: usize = 4;
const KIND_COLUMN: usize = 7;
const TEXT_COLUMN: usize = 9;

/// Which log a line is in. A log of private messages also has an owner: the person who can read it.
/// `owner` is `None` if the owner is unknown, or if this is a room's log.
pub(crate) struct InLog {
    pub(crate) name: LogName,
    pub(crate) owner: Option<PersonId>,
}

impl From<RoomName> for InLog {
    fn from(room: RoomName) -> Self {
        Self { name: LogName::Room(room), owner: None }
    }
}

/// The kind of a line, as a row of `lines` has it. Existing files have these numbers, so they must
/// not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Said = 0,
    Acted = 1,
    Edited = 2,
    Deleted = 3,
    Topic = 4,
    Private = 5,
    Removed = 6,
    Pinned = 7,
    Renamed = 8,
}

impl RowKind {
    /// Returns the kind of a line, and the number of the line that it changes or pins. The number
    /// is `None` if it does neither.
    pub(super) fn of(what: &EntryKind) -> (Self, Option<Seq>) {
        match what {
            EntryKind::Said(_) => (Self::Said, None),
            EntryKind::Acted(_) => (Self::Acted, None),
            EntryKind::Edited { of, .. } => (Self::Edited, Some(*of)),
            EntryKind::Deleted { of } => (Self::Deleted, Some(*of)),
            EntryKind::Topic(_) => (Self::Topic, None),
            EntryKind::Private { .. } => (Self::Private, None),
            EntryKind::Removed(_) => (Self::Removed, None),
            EntryKind::Renamed(_) => (Self::Renamed, None),
            EntryKind::Pinned(seq) => (Self::Pinned, Some(*seq).filter(|seq| *seq > Seq(0))),
        }
    }
}

pub(super) fn signed(number: u64) -> i64 {
    number.cast_signed()
}

pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn author(id: Option<PersonId>) -> Option<i64> {
    id.map(|id| signed(id.0))
}

/// Returns the indices of the first `N` columns. The caller gives each index the name that the
/// column has in the statement.
fn columns<const N: usize>() -> [usize; N] {
    std::array::from_fn(|column| column)
}

fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    row.get::<_, i64>(column).map(i64::cast_unsigned)
}

pub(super) fn seq(row: &Row<'_>, column: usize) -> Result<Seq> {
    given(column, row.get(column)?)
}

/// Reads a row of the statement `UNREAD`: about how many bytes of the file the private messages
/// take that one author has sent to a person since that person left.
pub(super) fn unread(row: &Row<'_>) -> Result<StoredUnread> {
    let person = person_id(0, row.get(0)?)?;
    Ok(StoredUnread { person, author: maybe_person_id(row, 1)?, bytes: unsigned(row, 2)? })
}

fn given(column: usize, number: i64) -> Result<Seq> {
    let seq = u64::try_from(number).ok().filter(|seq| *seq > 0).map(Seq);
    seq.ok_or(Error::IntegralValueOutOfRange(column, number))
}

/// Checks the number of a person, which was read from this column, and returns it.
///
/// # Errors
/// The number is not from 1 to 2^53 - 1. There will never be so many people, so the file is
/// damaged. New people get numbers above the highest one, so the server must not take over such a
/// number.
fn person_id(column: usize, number: i64) -> Result<PersonId> {
    let id = u64::try_from(number).ok().filter(|id| (1..1 << 53).contains(id)).map(PersonId);
    id.ok_or(Error::IntegralValueOutOfRange(column, number))
}

fn maybe_person_id(row: &Row<'_>, column: usize) -> Result<Option<PersonId>> {
    row.get::<_, Option<i64>>(column)?.map(|number| person_id(column, number)).transpose()
}

fn maybe_unsigned(row: &Row<'_>, column: usize) -> Result<Option<u64>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned))
}

fn digest(row: &Row<'_>, column: usize) -> Result<Option<Digest>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    let odd = || Error::InvalidColumnType(column, "a digest".into(), Type::Blob);
    bytes.map(|bytes| Digest::stored(&bytes).ok_or_else(odd)).transpose()
}

/// Returns the text that a search compares, from a row of `lines`. `None`: the line has no valid
/// text, or it is an edit, a deletion or the notice of a removal. Instead of an edit, the search
/// compares the changed line, which has the new text.
pub(super) fn text_to_find<'a>(row: &'a Row<'_>) -> Result<Option<&'a str>> {
    let (kind, text) = (row.get::<_, i64>(KIND_COLUMN)?, row.get_ref(TEXT_COLUMN)?);
    let is_change = [RowKind::Edited, RowKind::Deleted, RowKind::Removed]
        .iter()
        .any(|change| *change as i64 == kind);
    Ok(text.as_str_or_null().ok().flatten().filter(|_| !is_change))
}

/// Returns the author of a row of `lines`; `None`: no person.
pub(super) fn author_of(row: &Row<'_>) -> Option<PersonId> {
    maybe_person_id(row, AUTHOR_COLUMN).ok().flatten()
}

pub(super) fn at(row: &Row<'_>) -> Result<UnixMillis> {
    Ok(UnixMillis(unsigned(row, TIME_COLUMN)?))
}

/// Returns the author's name as it was when the line was said; empty if it is not valid text.
pub(super) fn name<'a>(row: &'a Row<'_>) -> Result<&'a str> {
    Ok(row.get_ref(NAME_COLUMN)?.as_str().unwrap_or_default())
}

/// Reads a row of `lines` with all its columns, if it is what was written. `log` is the line's log.
/// Up to the number `without_sum_to` a line may have no checksum.
///
/// # Errors
/// The checksum is wrong, is missing, or a value is not valid: the file is damaged there.
pub(super) fn whole_line(row: &Row<'_>, log: &InLog, without_sum_to: Seq) -> Result<StoredLine> {
    let mut values = [ValueRef::Null; LINE_COLUMNS];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.get_ref(column)?;
    }
    let has_sum = values[CHECKSUM_COLUMN] != ValueRef::Null;
    let is_whole = (has_sum || seq(row, 1)? <= without_sum_to) && is_as_written(&values);
    if is_whole { line(row, log) } else { Err(spoiled()) }
}

/// Checks that a line belongs to the log `epoch` and is in order. `last` is the number of the line
/// that was read before it, with true if the numbers must ascend, or false if they must descend.
/// `last` is `None` for the first line.
///
/// # Errors
/// The line is of another log, or is not in order. SQLite itself does not notice that: it trusts
/// that a page has the rows that its parent page promises.
pub(super) fn check_order(
    line: &StoredLine,
    epoch: Epoch,
    last: Option<(Seq, bool)>,
) -> Result<()> {
    let seq = line.entry.seq;
    let is_behind = |(last, is_upwards): (Seq, bool)| seq != last && (seq > last) == is_upwards;
    let is_right = line.entry.epoch == epoch && last.is_none_or(is_behind);
    if is_right { Ok(()) } else { Err(spoiled()) }
}

fn spoiled() -> Error {
    let words = "a line is not what was written".to_owned();
    Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(words))
}

/// Makes a line from a row of `lines` of this log. It does not check the checksum.
pub(super) fn line(row: &Row<'_>, log: &InLog) -> Result<StoredLine> {
    let [epoch, number, _time, author, name, mark, id, kind, of, text, recipient] = columns();
    let by = maybe_person_id(row, author)?;
    let name = Name::stored(&row.get::<_, String>(name)?);
    let mark: Option<String> = row.get(mark)?;
    let id: Option<String> = row.get(id)?;
    let of_seq = row.get::<_, Option<i64>>(of)?.map(|seq| given(of, seq)).transpose()?;
    let of = of_seq.unwrap_or_default();
    let text: String = row.get::<_, Option<String>>(text)?.unwrap_or_default();
    let what = match row.get::<_, i64>(kind)? {
        0 => EntryKind::Said(text),
        1 => EntryKind::Acted(text),
        2 => EntryKind::Edited { of, text },
        3 => EntryKind::Deleted { of },
        4 => EntryKind::Topic(text),
        5 => {
            let to = Name::stored(&row.get::<_, String>(recipient)?);
            let own = by.is_some() && by == log.owner;
            // The file does not have the receiver's number; the core finds it out.
            let with = AuthorTag::of(by.filter(|_| !own));
            EntryKind::Private { to, with, own, text: text.into() }
        }
        6 => EntryKind::Removed(RemovedLines::parse(&text)),
        7 => EntryKind::Pinned(of),
        8 => EntryKind::Renamed(Name::stored(&text)),
        other => return Err(Error::IntegralValueOutOfRange(kind, other)),
    };
    let mark = mark.as_deref().and_then(Mark::parse);
    let by_whom = Speaker {
        // No client has a name with an `@`: it stands for somebody who left, or for the server.
        classic: by.is_none() && !name.shown().starts_with('@'),
        has_edited: false,
        name,
        whose: AuthorTag::of(by),
        mark,
        addr: None,
    };
    let entry = Entry {
        log: log.name.clone(),
        epoch: Epoch(unsigned(row, epoch)?),
        seq: seq(row, number)?,
        at: at(row)?,
        by: by_whom,
        id: id.as_deref().and_then(MessageId::parse),
        reply_to: replied_to(row)?,
        what,
    };
    Ok(StoredLine { author: by, entry: Arc::new(entry) })
}

fn replied_to(row: &Row<'_>) -> Result<Option<Box<RepliedTo>>> {
    let Some(number) = row.get::<_, Option<i64>>(REPLY_TO_COLUMN)? else { return Ok(None) };
    // The name of the replied-to message's author, and the author's number, come after the columns
    // of `lines`.
    let name = row.get_ref(LINE_COLUMNS)?.as_str_or_null().ok().flatten();
    let seq = given(REPLY_TO_COLUMN, number)?;
    let name = name.filter(|name| *name != REMOVED_NAME).map(Name::stored);
    let author = maybe_person_id(row, LINE_COLUMNS + 1)?.filter(|_| name.is_some());
    let whose = AuthorTag::of(author);
    Ok(Some(Box::new(RepliedTo { seq, name, whose, name_then: None })))
}

/// Reads the number of a line and, with its author and time, the id of its message. `None` instead
/// of the id: the line has no author or no valid id.
pub(super) fn used_id(row: &Row<'_>) -> Result<(Seq, Option<UsedId>)> {
    let (seq, at) = (seq(row, 0)?, UnixMillis(unsigned(row, 1)?));
    let (author, id) = (maybe_person_id(row, 2)?, row.get_ref(3)?.as_str_or_null().ok().flatten());
    let id = id.and_then(MessageId::parse).map(|id| id.fingerprint());
    Ok((seq, author.zip(id).map(|(author, id)| UsedId { author, id, seq, at })))
}

/// Makes a room from a row of `rooms`. Its `skips` are empty, because they are in another table.
pub(super) fn room(row: &Row<'_>) -> Result<StoredRoom> {
    let [
        epoch,
        name,
        reserved,
        topic,
        hidden,
        password,
        maker,
        address,
        low,
        far,
        is_open,
        begun,
        invites,
        pinned,
        people,
        sessions,
        inviters,
        rules_text,
    ] = columns();
    let bytes =
        |column: usize| row.get::<_, Option<Vec<u8>>>(column).map(Option::unwrap_or_default);
    Ok(StoredRoom {
        epoch: Epoch(unsigned(row, epoch)?),
        name: RoomName::stored(&row.get::<_, String>(name)?),
        reservation: reservation(row, [reserved, low, far, is_open, begun])?,
        skips: Vec::new(),
        topic: row.get(topic)?,
        pinned: Seq(maybe_unsigned(row, pinned)?.unwrap_or_default()),
        hidden: row.get(hidden)?,
        password: digest(row, password)?,
        invites: stored_invites(&bytes(invites)?, &bytes(inviters)?),
        let_in: LetIn {
            people: let_in_people(&bytes(people)?),
            sessions: let_in_sessions(&bytes(sessions)?),
        },
        maker: maybe_person_id(row, maker)?,
        rules: Box::new(rules::read(row.get::<_, Option<String>>(rules_text)?.as_deref())),
        network: maybe_unsigned(row, address)?.map(NetworkTag),
    })
}

/// Returns the invites of a room. `tokens` has their digests, one after the other, and `inviters`
/// the ids of those who made them, as in [`let_in_people`], 0 for nobody. The ids may be missing at
/// the end: an older program has added an invite.
fn stored_invites(tokens: &[u8], inviters: &[u8]) -> Vec<StoredInvite> {
    let by = let_in_people(inviters).into_iter().map(|id| Some(id).filter(|id| id.0 > 0));
    let by = by.chain(std::iter::repeat(None));
    let tokens = TokenDigest::all_in(tokens).into_iter();
    tokens.zip(by).map(|(token, by)| StoredInvite { token, by }).collect()
}

/// Returns the ids in a value of the column `people_let_in`: eight bytes each, the highest first.
fn let_in_people(bytes: &[u8]) -> Vec<PersonId> {
    let (ids, _) = bytes.as_chunks();
    ids.iter().map(|id| PersonId(u64::from_be_bytes(*id))).collect()
}

/// Returns the sessions in a value of the column `sessions_let_in`: for each the person's id, as in
/// [`let_in_people`], and the digest of the token.
fn let_in_sessions(bytes: &[u8]) -> Vec<(PersonId, TokenDigest)> {
    let (sessions, _) = bytes.as_chunks::<{ 8 + DIGEST_BYTES }>();
    let session = |both: &[u8; 8 + DIGEST_BYTES]| {
        let (id, digest) = both.split_at(8);
        let person = let_in_people(id).pop();
        person.zip(TokenDigest::all_in(digest).pop())
    };
    sessions.iter().filter_map(session).collect()
}

pub(super) fn in_log(row: &Row<'_>) -> Result<InLog> {
    let room = row.get::<_, Option<String>>(0)?.map(|name| InLog::from(RoomName::stored(&name)));
    let owner = maybe_person_id(row, 1)?;
    Ok(room.unwrap_or(InLog { name: LogName::Private, owner }))
}

/// Makes a log of private messages from a row of `private_logs`. Its `skips` are empty, because
/// they are in another table.
pub(super) fn private_log(row: &Row<'_>) -> Result<StoredPrivateLog> {
    let [epoch, person, reserved, low, far, is_open, begun] = columns();
    let reservation = reservation(row, [reserved, low, far, is_open, begun])?;
    let (epoch, person) = (Epoch(unsigned(row, epoch)?), person_id(person, row.get(person)?)?);
    Ok(StoredPrivateLog { person, epoch, reservation, skips: Vec::new() })
}

fn reservation(
    row: &Row<'_>,
    [reserved, low, far, is_open, begun]: [usize; 5],
) -> Result<Reservation> {
    let taken = |column| {
        let number: i64 = row.get(column)?;
        // No log will ever have so many lines, so a higher number is damage.
        let seq = u64::try_from(number).ok().filter(|number| *number < 1 << 53).map(Seq);
        seq.ok_or(Error::IntegralValueOutOfRange(column, number))
    };
    let (reserved, low, far) = (taken(reserved)?, taken(low)?, taken(far)?);
    Ok(Reservation { begun: taken(begun)?, reserved, low, far, is_open: row.get(is_open)? })
}

pub(super) fn skip(row: &Row<'_>) -> Result<SkipRange> {
    let far = row.get::<_, Option<i64>>(2)?.map(|far| given(2, far)).transpose()?;
    Ok(SkipRange { first: seq(row, 0)?, last: seq(row, 1)?, far, damaged: row.get(3)? })
}

pub(super) fn person(row: &Row<'_>) -> Result<StoredPerson> {
    let [id, name, tokens, secret, gone_at, address, named_at, former, host] = columns();
    Ok(StoredPerson {
        id: person_id(id, row.get(id)?)?,
        name: Name::stored(&row.get::<_, String>(name)?),
        former: row.get::<_, Option<String>>(former)?.map(|name| Name::stored(&name)),
        tokens: TokenDigest::all_in(&row.get::<_, Vec<u8>>(tokens)?),
        secret: digest(row, secret)?,
        gone_at: maybe_unsigned(row, gone_at)?.map(UnixMillis),
        network: maybe_unsigned(row, address)?.map(NetworkTag),
        named_at: UnixMillis(maybe_unsigned(row, named_at)?.unwrap_or_default()),
        is_host: row.get::<_, Option<bool>>(host)?.unwrap_or_default(),
    })
}
