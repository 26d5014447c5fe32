//! Reads the rows in one page of a table or an index, each row by itself. It leaves out a row that
//! is not valid, and reads all other rows.
//!
//! Owns: how a row lies in a page, and how a long row continues in overflow pages. A row is valid
//! only if its lengths agree, so that a spoiled length does not make a field empty.
//! Must not know: what a row means.
//!
//! Part: `history/sqlite_file/mod.rs`.

use rusqlite::types::{Value, ValueRef};

use super::{DatabasePages, PageUse, be16, be32};

/// Longest row that the history copies from a damaged file, in bytes.
const RESCUED_ROW_BYTES_MAX: usize = 1024 * 1024;

/// The offset, in the head of a page, of the place of the page's first free block; 0: it has none.
pub(crate) const FREE_BLOCK_AT: usize = 1;
pub(crate) const CELL_COUNT_AT: usize = 3;
/// The offset, in the head of a page, of the place where its content begins; 0 stands for 65,536.
pub(crate) const CONTENT_AT: usize = 5;
pub(crate) const FRAGMENT_BYTES_AT: usize = 7;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum BtreePageKind {
    /// An interior page of an index, or of a table without row numbers (`lines`, `skipped`,
    /// `keys`). It has rows, in the order of their keys.
    IndexInterior,
    IndexLeaf,
    /// An interior page of a table with row numbers. It has no rows, only row numbers.
    TableInterior,
    TableLeaf,
}

/// A row with all its values. In a table with row numbers, SQLite stores the first value as `Null`
/// if it is the row's number; here the number is put in its place.
pub(crate) struct FoundRow {
    pub(crate) is_of_index: bool,
    pub(crate) values: Vec<Value>,
}

pub(crate) struct BtreePage<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) kind: BtreePageKind,
    /// The offset of the head in the page: 100 in page 1, 0 in all others.
    pub(crate) start: usize,
    pub(crate) cells: usize,
}

impl<'a> BtreePage<'a> {
    pub(crate) fn of(bytes: &'a [u8], number: u32) -> Option<Self> {
        let start = if number == 1 { 100 } else { 0 };
        let kind = match bytes.get(start)? {
            2 => BtreePageKind::IndexInterior,
            5 => BtreePageKind::TableInterior,
            10 => BtreePageKind::IndexLeaf,
            13 => BtreePageKind::TableLeaf,
            _ => return None,
        };
        let cells_max = (bytes.len() - start - 8) / 4;
        let cells = usize::from(be16(bytes, start + CELL_COUNT_AT)).min(cells_max);
        Some(Self { bytes, kind, start, cells })
    }

    pub(crate) fn is_interior(&self) -> bool {
        matches!(self.kind, BtreePageKind::IndexInterior | BtreePageKind::TableInterior)
    }

    /// Returns the number of the page to which this page points for the rows after its own last
    /// row. Only an interior page has one.
    pub(crate) fn right_child(&self) -> u32 {
        be32(self.bytes, self.start + 8)
    }

    pub(crate) fn first_offset(&self) -> usize {
        self.start + if self.is_interior() { 12 } else { 8 }
    }

    pub(crate) fn offsets(&self) -> impl Iterator<Item = usize> {
        let first = self.first_offset();
        (0..self.cells).map(move |cell| usize::from(be16(self.bytes, first + 2 * cell)))
    }
}

/// Returns the numbers of the pages of its tree that the page `number` points to. A leaf points to
/// none.
pub(crate) fn children(bytes: &[u8], number: u32) -> Vec<u32> {
    let Some(page) = BtreePage::of(bytes, number).filter(BtreePage::is_interior) else {
        return Vec::new();
    };
    page.offsets().map(|offset| be32(bytes, offset)).chain([page.right_child()]).collect()
}

/// Returns those rows of a page that can be read. An interior page of a table with row numbers has
/// none.
pub(crate) fn rows(pages: &mut DatabasePages, number: u32, bytes: &[u8]) -> Vec<FoundRow> {
    let is_with_rows = |page: &BtreePage<'_>| page.kind != BtreePageKind::TableInterior;
    let Some(page) = BtreePage::of(bytes, number).filter(is_with_rows) else { return Vec::new() };
    page.offsets().filter_map(|offset| row(pages, number, &page, offset)).collect()
}

/// A row as its page has it. Of a long row the page has only the first bytes.
pub(crate) struct BtreeCell<'a> {
    /// The number of the page to which this row points for the rows before it; `None`: this row is
    /// in a leaf.
    pub(crate) before: Option<u32>,
    pub(crate) number: Option<u64>,
    /// The bytes of the row that are in its page, and not in overflow pages.
    pub(crate) here: &'a [u8],
    /// The length of the whole row, in bytes.
    pub(crate) length: usize,
    /// The number of the row's first overflow page; 0: there is none.
    pub(crate) rest: u32,
    /// How many bytes of its page the row takes in all.
    pub(crate) bytes: usize,
}

impl<'a> BtreePage<'a> {
    /// Returns the row that begins at this offset in the page; `None`: no row can begin there, or
    /// it would not fit into the page.
    pub(crate) fn cell(&self, offset: usize) -> Option<BtreeCell<'a>> {
        // No row begins inside the page's head or inside the list of row offsets.
        let is_inside = offset >= self.first_offset() + 2 * self.cells;
        let all = self.bytes.get(offset..).filter(|_| is_inside)?;
        let (mut left, mut before) = (all, None);
        if self.is_interior() {
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
        Some(BtreeCell { before, number, here, length, rest, bytes })
    }
}

/// Returns how many bytes of a row of this length are in its page (a formula of SQLite's format).
fn here_of(length: usize, is_table: bool, page_bytes: usize) -> usize {
    let here_max = if is_table { page_bytes - 35 } else { (page_bytes - 12) * 64 / 255 - 23 };
    if length <= here_max {
        return length;
    }
    let least = (page_bytes - 12) * 32 / 255 - 23;
    let more = least + (length - least) % (page_bytes - 4);
    if more <= here_max { more } else { least }
}

fn row(
    pages: &mut DatabasePages,
    number: u32,
    page: &BtreePage<'_>,
    offset: usize,
) -> Option<FoundRow> {
    let cell = page.cell(offset)?;
    let payload = payload(pages, number, &cell)?;
    let mut values = values(&payload, cell.number.is_none())?;
    if let Some(number) = cell.number
        && let Some(first) = values.first_mut()
        && *first == Value::Null
    {
        *first = Value::Integer(number.cast_signed());
    }
    Some(FoundRow { is_of_index: cell.number.is_none(), values })
}

/// Returns all bytes of a row in the page `number`, including those in overflow pages. `None`: a
/// page cannot be read, the row is longer than `RESCUED_ROW_BYTES_MAX`, or its overflow pages are
/// not those that the pointer map and the length of the row require.
fn payload(pages: &mut DatabasePages, mut number: u32, cell: &BtreeCell<'_>) -> Option<Vec<u8>> {
    let length = cell.length;
    if length > RESCUED_ROW_BYTES_MAX {
        return None;
    }
    let mut payload = cell.here.to_vec();
    let mut next = cell.rest;
    let mut is_first = true;
    while payload.len() < length {
        // The pointer map must say that this overflow page belongs to this row. Otherwise the page
        // may have bytes of another row, such as another person's message.
        if pages.use_of(next) != (PageUse::Overflow { is_first, before: number }) {
            return None;
        }
        let page = pages.read(next)?;
        let piece = (length - payload.len()).min(page.len() - 4);
        payload.extend_from_slice(&page[4..4 + piece]);
        (number, next, is_first) = (next, be32(&page, 0), false);
    }
    (next == 0).then_some(payload)
}

/// Returns the values of a row; `None` if their lengths do not add up to the length of the row.
/// `is_of_index` is true for a row of an index, or of a table without row numbers such as `lines`.
/// Then each text must be valid UTF-8: a line with a spoiled character is not what the person said.
/// In the row of a room or a person, spoiled characters become U+FFFD, because the password or
/// secret in the row matters more.
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
pub(crate) fn value<'a>(kind: u64, body: &mut &'a [u8]) -> Option<ValueRef<'a>> {
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
        // Kind 7 is a fraction, which the history does not store. SQLite does not use the kinds 10
        // and 11.
        _ => return None,
    })
}

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
pub(crate) fn varint(bytes: &mut &[u8]) -> Option<u64> {
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
