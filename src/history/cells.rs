//! The rows in one page of a SQLite file, each by itself: what is odd is left out, and
//! the others are read.
//!
//! Owns: how a row lies in a page, with the pages for the rest of a long one. A row whose
//! lengths do not agree is none: so a byte that the disk has spoiled makes no field empty.
//! Must not know: what a row says.
//!
//! Next: `history/salvage.rs`.

use rusqlite::types::{Value, ValueRef};

use super::pages::{Pages, Use, be16, be32};
use super::row::{SUM_COLUMN, is_written};
use crate::limits;

/// What a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Rows by their keys, in a tree: `lines`, and all indexes.
    IndexTwig,
    IndexLeaf,
    /// Rows by their numbers: all other tables.
    TableTwig,
    TableLeaf,
}

/// A row; of a table that has them, its number stands for the first value.
pub(super) struct Found {
    pub(super) is_of_index: bool,
    pub(super) values: Vec<Value>,
}

/// A page with its head read.
pub(super) struct Page<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) kind: Kind,
    /// Where the head begins.
    pub(super) start: usize,
    pub(super) cells: usize,
}

impl<'a> Page<'a> {
    pub(super) fn of(bytes: &'a [u8], number: u32) -> Option<Self> {
        let start = if number == 1 { 100 } else { 0 };
        let kind = match bytes.get(start)? {
            2 => Kind::IndexTwig,
            5 => Kind::TableTwig,
            10 => Kind::IndexLeaf,
            13 => Kind::TableLeaf,
            _ => return None,
        };
        let most = (bytes.len() - start - 8) / 4;
        let cells = usize::from(be16(bytes, start + 3)).min(most);
        Some(Self { bytes, kind, start, cells })
    }

    pub(super) fn leads_on(&self) -> bool {
        matches!(self.kind, Kind::IndexTwig | Kind::TableTwig)
    }

    /// The page of what comes behind its last row, if it leads on.
    pub(super) fn last(&self) -> u32 {
        be32(self.bytes, self.start + 8)
    }

    /// Where the places of the rows are.
    pub(super) fn first_place(&self) -> usize {
        self.start + if self.leads_on() { 12 } else { 8 }
    }

    /// Where each row is.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> {
        let first = self.first_place();
        (0..self.cells).map(move |cell| usize::from(be16(self.bytes, first + 2 * cell)))
    }
}

/// To which pages this one leads.
pub(super) fn children(bytes: &[u8], number: u32) -> Vec<u32> {
    let Some(page) = Page::of(bytes, number).filter(Page::leads_on) else { return Vec::new() };
    page.places().map(|place| be32(bytes, place)).chain([page.last()]).collect()
}

/// Whether each row that stands among those that lead on is what was written: SQLite finds its
/// way by them.
pub(super) fn leads_right(pages: &mut Pages, number: u32, bytes: &[u8]) -> bool {
    let Some(page) = Page::of(bytes, number).filter(Page::leads_on) else { return false };
    if page.kind == Kind::TableTwig {
        return true;
    }
    let rows = rows(pages, number, bytes);
    let is_right = |row: &Found| {
        let values: Vec<_> = row.values.iter().map(ValueRef::from).collect();
        let sum = values.get(SUM_COLUMN).copied().unwrap_or(ValueRef::Null);
        is_written(&values[..values.len().min(SUM_COLUMN)], sum)
    };
    rows.len() == page.cells && rows.iter().all(is_right)
}

/// All rows of a page that can be read.
pub(super) fn rows(pages: &mut Pages, number: u32, bytes: &[u8]) -> Vec<Found> {
    let page = Page::of(bytes, number).filter(|page| page.kind != Kind::TableTwig);
    let places = page.iter().flat_map(Page::places).collect::<Vec<_>>();
    let row = |(page, place)| row(pages, number, page, place);
    page.iter()
        .flat_map(|page| places.iter().map(move |place| (page, *place)))
        .filter_map(row)
        .collect()
}

/// A row as it lies in its page, of which it may have only the first bytes.
pub(super) struct Cell<'a> {
    /// The page of what comes before it, if its own page leads on.
    pub(super) before: Option<u32>,
    /// Its number, in a table that has them.
    pub(super) number: Option<u64>,
    /// What the page has of it, ...
    pub(super) here: &'a [u8],
    /// ... of so many bytes.
    pub(super) length: usize,
    /// The page of the rest; 0: there is none.
    pub(super) rest: u32,
    /// So many bytes of the page it takes.
    pub(super) bytes: usize,
}

impl<'a> Page<'a> {
    /// The row at this place; `None`: there is none.
    pub(super) fn cell(&self, place: usize) -> Option<Cell<'a>> {
        // No row is in the head.
        let is_inside = place >= self.first_place() + 2 * self.cells;
        let all = self.bytes.get(place..).filter(|_| is_inside)?;
        let (mut left, mut before) = (all, None);
        if self.leads_on() {
            before = Some(be32(left.get(..4)?, 0));
            left = &left[4..];
        }
        let length = match self.kind {
            Kind::TableTwig => 0,
            _ => usize::try_from(varint(&mut left)?).ok()?,
        };
        let is_table = matches!(self.kind, Kind::TableTwig | Kind::TableLeaf);
        let number = if is_table { Some(varint(&mut left)?) } else { None };
        let here = here_of(length, is_table, self.bytes.len());
        let (here, more) = left.split_at_checked(here)?;
        let rest = if here.len() < length { be32(more.get(..4)?, 0) } else { 0 };
        let rest_bytes = if here.len() < length { 4 } else { 0 };
        let bytes = all.len() - more.len() + rest_bytes;
        Some(Cell { before, number, here, length, rest, bytes })
    }
}

/// How much of a row its page has, if the row has so many bytes.
fn here_of(length: usize, is_table: bool, page_bytes: usize) -> usize {
    let most = if is_table { page_bytes - 35 } else { (page_bytes - 12) * 64 / 255 - 23 };
    if length <= most {
        return length;
    }
    let least = (page_bytes - 12) * 32 / 255 - 23;
    let more = least + (length - least) % (page_bytes - 4);
    if more <= most { more } else { least }
}

fn row(pages: &mut Pages, number: u32, page: &Page<'_>, place: usize) -> Option<Found> {
    let cell = page.cell(place)?;
    let payload = payload(pages, number, &cell)?;
    let mut values = values(&payload, cell.number.is_none())?;
    if let Some(number) = cell.number
        && let Some(first) = values.first_mut()
        && *first == Value::Null
    {
        *first = Value::Integer(number.cast_signed());
    }
    Some(Found { is_of_index: cell.number.is_none(), values })
}

/// All bytes of a row, of which a page has only the first if they are many.
fn payload(pages: &mut Pages, mut number: u32, cell: &Cell<'_>) -> Option<Vec<u8>> {
    let length = cell.length;
    if length > limits::RESCUED_ROW_BYTES_MAX {
        return None;
    }
    let mut payload = cell.here.to_vec();
    let mut next = cell.rest;
    let mut is_first = true;
    while payload.len() < length {
        // Never a piece of what somebody else has said.
        let due = if is_first { Use::Rest(number) } else { Use::More(number) };
        if pages.use_of(next) != due {
            return None;
        }
        let page = pages.read(next)?;
        let piece = (length - payload.len()).min(page.len() - 4);
        payload.extend_from_slice(&page[4..4 + piece]);
        (number, next, is_first) = (next, be32(&page, 0), false);
    }
    // The last one leads nowhere.
    (next == 0).then_some(payload)
}

/// The values of a row, whose lengths must be what they all take together. Of a line (which
/// `is_of_index`) each text must be one: where a sign is spoiled, it is not what was said. Of a
/// room or a person the lock counts for more than a sign of a topic.
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

/// The next value of `body`, of the kind that the head of its row says.
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
        // We keep no fractions, and nobody has the others.
        _ => return None,
    })
}

/// `None`: a text of a line is none.
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

/// SQLite's number of one to nine bytes.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..9 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        if place == 8 {
            return Some(number << 8 | u64::from(*first));
        }
        number = number << 7 | u64::from(first & 0x7f);
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}
