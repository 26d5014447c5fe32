//! Reads the rows in one page of a SQLite file, each row by itself. It leaves out a row that is not
//! valid, and reads all other rows.
//!
//! Owns: how a row lies in a page, and how a long row continues in overflow pages. A row is valid
//! only if its lengths agree, so a byte that the disk has spoiled never makes a field empty.
//! Must not know: what a row means.
//!
//! Part: `history/mod.rs`.

use rusqlite::types::{Value, ValueRef};

use super::pages::{DatabasePages, Use, be16, be32};
use super::row::{CHECKSUM_COLUMN, is_written};
use crate::base::limits;

/// The kind of a page. "Twig" is another word for an interior page, which points to other pages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BtreePageKind {
    /// An interior page of an index, or of a table without row numbers (`lines`, `skipped`,
    /// `keys`). It has rows, in the order of their keys.
    IndexTwig,
    IndexLeaf,
    /// An interior page of a table with row numbers. It has no rows, only row numbers.
    TableInterior,
    TableLeaf,
}

/// A row that was read. In a table with row numbers, SQLite may have left the row's first value
/// empty; then the row's number is put in its place.
pub(super) struct FoundCell {
    pub(super) is_of_index: bool,
    pub(super) values: Vec<Value>,
}

/// A page with its head parsed.
pub(super) struct Page<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) kind: BtreePageKind,
    /// Where the head begins in the page: at byte 100 of page 1, at byte 0 of all others.
    pub(super) start: usize,
    pub(super) cells: usize,
}

impl<'a> Page<'a> {
    pub(super) fn of(bytes: &'a [u8], number: u32) -> Option<Self> {
        let start = if number == 1 { 100 } else { 0 };
        let kind = match bytes.get(start)? {
            2 => BtreePageKind::IndexTwig,
            5 => BtreePageKind::TableInterior,
            10 => BtreePageKind::IndexLeaf,
            13 => BtreePageKind::TableLeaf,
            _ => return None,
        };
        let most = (bytes.len() - start - 8) / 4;
        let cells = usize::from(be16(bytes, start + 3)).min(most);
        Some(Self { bytes, kind, start, cells })
    }

    pub(super) fn leads_on(&self) -> bool {
        matches!(self.kind, BtreePageKind::IndexTwig | BtreePageKind::TableInterior)
    }

    /// Returns the number of the page with the rows after the last row of this page. Only an
    /// interior page has one.
    pub(super) fn last(&self) -> u32 {
        be32(self.bytes, self.start + 8)
    }

    /// Returns at which byte of the page the list of row offsets begins.
    pub(super) fn first_offset(&self) -> usize {
        self.start + if self.leads_on() { 12 } else { 8 }
    }

    /// Returns the offset of each row in the page.
    pub(super) fn offsets(&self) -> impl Iterator<Item = usize> {
        let first = self.first_offset();
        (0..self.cells).map(move |cell| usize::from(be16(self.bytes, first + 2 * cell)))
    }
}

/// Returns the numbers of the pages that the page `number` points to. A leaf points to none.
pub(super) fn children(bytes: &[u8], number: u32) -> Vec<u32> {
    let Some(page) = Page::of(bytes, number).filter(Page::leads_on) else { return Vec::new() };
    page.offsets().map(|offset| be32(bytes, offset)).chain([page.last()]).collect()
}

/// Returns whether each row in this interior page is what was written. SQLite compares keys with
/// these rows to find other rows, so a wrong one leads it to a wrong page. True for an interior
/// page of a table with row numbers, which has no rows. False for a leaf.
pub(super) fn leads_right(pages: &mut DatabasePages, number: u32, bytes: &[u8]) -> bool {
    let Some(page) = Page::of(bytes, number).filter(Page::leads_on) else { return false };
    if page.kind == BtreePageKind::TableInterior {
        return true;
    }
    let rows = rows(pages, number, bytes);
    let is_right = |row: &FoundCell| {
        let values: Vec<_> = row.values.iter().map(ValueRef::from).collect();
        let sum = values.get(CHECKSUM_COLUMN).copied().unwrap_or(ValueRef::Null);
        is_written(&values[..values.len().min(CHECKSUM_COLUMN)], sum)
    };
    rows.len() == page.cells && rows.iter().all(is_right)
}

/// Returns the rows of a page that can be read. It leaves out all others.
pub(super) fn rows(pages: &mut DatabasePages, number: u32, bytes: &[u8]) -> Vec<FoundCell> {
    let page = Page::of(bytes, number).filter(|page| page.kind != BtreePageKind::TableInterior);
    let offsets = page.iter().flat_map(Page::offsets).collect::<Vec<_>>();
    let row = |(page, offset)| row(pages, number, page, offset);
    page.iter()
        .flat_map(|page| offsets.iter().map(move |offset| (page, *offset)))
        .filter_map(row)
        .collect()
}

/// A row as its page has it. Of a long row the page has only the first bytes.
pub(super) struct Cell<'a> {
    /// The number of the page with the rows before this row, if this row is in an interior page.
    pub(super) before: Option<u32>,
    /// The row number, in a table that has them.
    pub(super) number: Option<u64>,
    /// The bytes of the row in this page.
    pub(super) here: &'a [u8],
    /// The length of the whole row, in bytes.
    pub(super) length: usize,
    /// The first overflow page; 0: there is none.
    pub(super) rest: u32,
    /// How many bytes of the page the row takes.
    pub(super) bytes: usize,
}

impl<'a> Page<'a> {
    /// Returns the row that begins at this offset in the page; `None`: no valid row begins there.
    pub(super) fn cell(&self, offset: usize) -> Option<Cell<'a>> {
        // No row begins inside the head.
        let is_inside = offset >= self.first_offset() + 2 * self.cells;
        let all = self.bytes.get(offset..).filter(|_| is_inside)?;
        let (mut left, mut before) = (all, None);
        if self.leads_on() {
            before = Some(be32(left.get(..4)?, 0));
            left = &left[4..];
        }
        let length = match self.kind {
            BtreePageKind::TableInterior => 0,
            _ => usize::try_from(varint(&mut left)?).ok()?,
        };
        let is_table = matches!(self.kind, BtreePageKind::TableInterior | BtreePageKind::TableLeaf);
        let number = if is_table { Some(varint(&mut left)?) } else { None };
        let here = here_of(length, is_table, self.bytes.len());
        let (here, more) = left.split_at_checked(here)?;
        let rest = if here.len() < length { be32(more.get(..4)?, 0) } else { 0 };
        let rest_bytes = if here.len() < length { 4 } else { 0 };
        let bytes = all.len() - more.len() + rest_bytes;
        Some(Cell { before, number, here, length, rest, bytes })
    }
}

/// Returns how many bytes of a row of this length are in its page (a formula of SQLite's format).
fn here_of(length: usize, is_table: bool, page_bytes: usize) -> usize {
    let most = if is_table { page_bytes - 35 } else { (page_bytes - 12) * 64 / 255 - 23 };
    if length <= most {
        return length;
    }
    let least = (page_bytes - 12) * 32 / 255 - 23;
    let more = least + (length - least) % (page_bytes - 4);
    if more <= most { more } else { least }
}

fn row(
    pages: &mut DatabasePages,
    number: u32,
    page: &Page<'_>,
    offset: usize,
) -> Option<FoundCell> {
    let cell = page.cell(offset)?;
    let payload = payload(pages, number, &cell)?;
    let mut values = values(&payload, cell.number.is_none())?;
    if let Some(number) = cell.number
        && let Some(first) = values.first_mut()
        && *first == Value::Null
    {
        *first = Value::Integer(number.cast_signed());
    }
    Some(FoundCell { is_of_index: cell.number.is_none(), values })
}

/// Returns all bytes of a row in the page `number`, including those in overflow pages. `None`: a
/// page cannot be read, the row is longer than the rescue permits, or an overflow page belongs to
/// another row.
fn payload(pages: &mut DatabasePages, mut number: u32, cell: &Cell<'_>) -> Option<Vec<u8>> {
    let length = cell.length;
    if length > limits::RESCUED_ROW_BYTES_MAX {
        return None;
    }
    let mut payload = cell.here.to_vec();
    let mut next = cell.rest;
    let mut is_first = true;
    while payload.len() < length {
        // The pointer map must say that this overflow page belongs to this row. Otherwise the page
        // may have bytes of another row, such as another person's message.
        let due = if is_first { Use::Rest(number) } else { Use::More(number) };
        if pages.use_of(next) != due {
            return None;
        }
        let page = pages.read(next)?;
        let piece = (length - payload.len()).min(page.len() - 4);
        payload.extend_from_slice(&page[4..4 + piece]);
        (number, next, is_first) = (next, be32(&page, 0), false);
    }
    // The last overflow page points to no other page.
    (next == 0).then_some(payload)
}

/// Returns the values of a row; `None` if their lengths do not add up to the length of the row.
/// `is_of_index` says that the table has no row numbers, like the table of lines. Then each text
/// must be valid UTF-8: a line with a spoiled character is not what the person said. In the row of
/// a room or a person, spoiled characters become U+FFFD, because the password or secret in the row
/// matters more.
fn values(payload: &[u8], is_of_index: bool) -> Option<Vec<Value>> {
    let mut head = payload;
    let length = usize::try_from(varint(&mut head)?).ok()?;
    let read = payload.len() - head.len();
    let mut head = payload.get(read..length)?;
    let mut body = payload.get(length..)?;
    let mut values = Vec::new();
    while !head.is_empty() {
        let kind = varint(&mut head)?;
        values.push(owned(value(kind, &mut body)?, is_of_index)?);
    }
    body.is_empty().then_some(values)
}

/// Takes the next value from `body`. `kind` is SQLite's number of its type and length, from the
/// head of the row. `None`: `body` is too short, or this server never stores such a kind.
pub(super) fn value<'a>(kind: u64, body: &mut &'a [u8]) -> Option<ValueRef<'a>> {
    let mut take = |count: usize| {
        let (first, rest) = body.split_at_checked(count)?;
        *body = rest;
        Some(first)
    };
    Some(match kind {
        0 => ValueRef::Null,
        1..=6 => {
            let bytes = take([1, 2, 3, 4, 6, 8][usize::try_from(kind - 1).ok()?])?;
            let sign = bytes.first().map_or(0, |first| i64::from(first.cast_signed()) >> 8);
            ValueRef::Integer(bytes.iter().fold(sign, |sum, byte| sum << 8 | i64::from(*byte)))
        }
        8 => ValueRef::Integer(0),
        9 => ValueRef::Integer(1),
        12.. => {
            let bytes = take(usize::try_from((kind - 12) / 2).ok()?)?;
            if kind.is_multiple_of(2) { ValueRef::Blob(bytes) } else { ValueRef::Text(bytes) }
        }
        // We store no fractions, and the other kinds are unused.
        _ => return None,
    })
}

/// Copies a value. For a text that is not valid UTF-8 it returns `None` if `is_of_index` is true;
/// otherwise it replaces the spoiled characters.
fn owned(value: ValueRef<'_>, is_of_index: bool) -> Option<Value> {
    Some(match value {
        ValueRef::Text(bytes) if is_of_index => Value::Text(String::from_utf8(bytes.into()).ok()?),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Null => Value::Null,
    })
}

/// Takes one of SQLite's integers of one to nine bytes from `bytes`. `None`: `bytes` is too short.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for offset in 0..9 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if offset == 8 {
            return Some(number << 8 | u64::from(*first));
        }
        number = number << 7 | u64::from(first & 0x7f);
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
