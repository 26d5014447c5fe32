//! Checks whether the pages of a SQLite file are as SQLite wrote them.
//!
//! The main file of SQLite has no checksums. SQLite trusts that the rows of a page are in order and
//! that no row is missing. It finds a row by binary search: at a spoiled key it may search the
//! wrong half, and then reports that rows do not exist although they do. So these checks are made:
//!
//! - The rows of a page, its free blocks and its fragments (unused bytes too few for a free block;
//!   the page says how many) cover all of the page's content area, each byte once.
//! - The keys ascend in each page, and over all pages of a tree.
//! - A line that is wholly in its page agrees with its checksum, if it has one
//!   (`line_checksum.rs`).
//! - Each index of `PAIRS` has exactly the entries that the rows of its table require. Both are
//!   compared by a sum over all entries, which does not depend on their order.
//! - An interior page points exactly to the pages that the pointer map says are its children, and
//!   SQLite's list of free pages has only pages that are free in the pointer map.
//!
//! ```text
//! ┌──────┬─────────────┬────────┬────────────────────────────────────────────┐
//! │ head │ row offsets │ unused │ content: rows, free blocks, and fragments, │
//! │      │             │        │ in any order                               │
//! └──────┴─────────────┴────────┴────────────────────────────────────────────┘
//!   head: 0 kind, 1 first free block, 3 count of rows, 5 start of the content,
//!         7 bytes in fragments, 8 last child (only in an interior page)
//! ```
//!
//! Owns: these checks. A single page can be checked while SQLite writes others; a whole file only
//! while no program has it open.
//! Must not know: what becomes of a damaged file.
//!
//! Part: `history/integrity/mod.rs`.

use std::collections::HashMap;
use std::path::Path;
use std::time::Instant;

use rusqlite::types::ValueRef;

use super::line_checksum::{LINE_COLUMNS, is_as_written, line_checksum};
use crate::base::limits;
use crate::history::sqlite_file::btree::{
    self, BtreeCell, BtreePage, BtreePageKind, FoundRow, value, varint,
};
use crate::history::sqlite_file::{DatabasePages, PageUse, be16, be32};
use crate::history::store::{StoreError, schema::is_newer};

/// How many columns a row with a line has in the oldest format of the history's file.
const RESCUED_LINE_COLUMNS: usize = 10;

/// Most values that the check reads of a row of the history's file. No row that the server writes
/// has more.
const VALUES: usize = LINE_COLUMNS;
/// Most levels of a tree of pages in the history's file. A tree with more counts as damaged.
const DEPTH_MAX: u32 = 20;

const PAIRS: [[&str; 2]; 5] = [
    ["lines", "lines_by_time"],
    ["lines", "edits"],
    ["rooms", "sqlite_autoindex_rooms_1"],
    ["private_logs", "sqlite_autoindex_private_logs_1"],
    ["without_sum", "without_sum_again"],
];

/// Why the check of a whole file ended before its end: it found a fault, or its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    Odd,
    Late,
}

/// A row, as far as it can be read from its own page.
struct Row<'a> {
    values: [ValueRef<'a>; VALUES],
    /// How many of `values` the page has; the others are `Null`.
    count: usize,
    /// True if all bytes of the row are in its page, and none in overflow pages.
    is_whole: bool,
}

/// One value in the key of a row. The variants stand in the order in which SQLite sorts such
/// values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum KeyValue {
    Null,
    Integer(i64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

type Key = [KeyValue; 3];

/// Checks the pages of a file that no program has open. It does not check an empty file (which is
/// new), a file of a newer schema, or a file that cannot be opened. Blocks for the disk. The check
/// of all rows ends after `limits::START_CHECK_MAX`; the checks before it have no time limit.
///
/// # Errors
/// `Overwritten`, if a page was found that is not as SQLite wrote it.
pub(crate) fn check_pages(file: &Path) -> Result<(), StoreError> {
    let Ok(mut pages) = DatabasePages::open(file) else { return Ok(()) };
    if pages.count() == 0 || pages.schema_version().is_some_and(is_newer) {
        return Ok(());
    }
    if !are_branches_intact(&mut pages) {
        return Err(StoreError::Overwritten("a page points to the wrong pages"));
    }
    if !are_trees_intact(&mut pages, Instant::now() + limits::START_CHECK_MAX) {
        return Err(StoreError::Overwritten("a page is not as SQLite wrote it"));
    }
    Ok(())
}

/// Returns whether this is a page of a tree and, as far as one page can show, is as SQLite wrote
/// it.
pub(super) fn is_page_intact(bytes: &[u8], number: u32) -> bool {
    let Some(page) = BtreePage::of(bytes, number) else { return false };
    let Some(cells) = cells_of(&page) else { return false };
    let mut last = None;
    cells.iter().all(|cell| {
        let key = read_row(&page, cell).and_then(|row| read_key(&page, cell, &row));
        let is_next = key.is_some() && (last.is_none() || key > last);
        last = key;
        is_next
    })
}

/// Returns the rows of a page. `None`: the rows, free blocks and fragments overlap, or do not cover
/// all of the content area, the part of the page that SQLite uses for rows.
fn cells_of<'a>(page: &BtreePage<'a>) -> Option<Vec<BtreeCell<'a>>> {
    let BtreePage { bytes, start, .. } = *page;
    let head = |at: usize| usize::from(be16(bytes, start + at));
    if head(btree::CELL_COUNT_AT) != page.cells {
        return None;
    }
    let (mut cells, mut spans) = (Vec::with_capacity(page.cells), Vec::with_capacity(page.cells));
    for offset in page.offsets() {
        let cell = page.cell(offset)?;
        // SQLite gives a row at least 4 bytes, so that its place can become a free block later.
        spans.push((offset, offset + cell.bytes.max(4)));
        cells.push(cell);
    }
    let mut free = head(btree::FREE_BLOCK_AT);
    while free != 0 {
        let (next, length) = (usize::from(be16(bytes, free)), usize::from(be16(bytes, free + 2)));
        if length < 4 || (next != 0 && next < free + length) {
            return None;
        }
        spans.push((free, free + length));
        free = next;
    }
    let content = head(btree::CONTENT_AT);
    let mut covered_to = if content == 0 { 1 << 16 } else { content };
    if covered_to < page.first_offset() + 2 * page.cells {
        return None;
    }
    spans.sort_unstable();
    let mut fragment_bytes = 0;
    for (from, to) in spans {
        fragment_bytes += from.checked_sub(covered_to)?;
        covered_to = to;
    }
    fragment_bytes += bytes.len().checked_sub(covered_to)?;
    (fragment_bytes == usize::from(bytes[start + btree::FRAGMENT_BYTES_AT])).then_some(cells)
}

/// Parses a row. `None`: its lengths do not agree; or it is a line that is wholly in its page, and
/// its checksum or another sign says that it is damaged.
fn read_row<'a>(page: &BtreePage<'_>, cell: &BtreeCell<'a>) -> Option<Row<'a>> {
    let mut row = Row { values: [ValueRef::Null; VALUES], count: 0, is_whole: true };
    if page.kind == BtreePageKind::TableInterior {
        return Some(row);
    }
    row.is_whole = cell.here.len() == cell.length;
    let mut head = cell.here;
    let length = usize::try_from(varint(&mut head)?).ok()?;
    let read = cell.here.len() - head.len();
    let (mut head, mut body) = (cell.here.get(read..length)?, &cell.here[length..]);
    while !head.is_empty() {
        let Some(value) = value(varint(&mut head)?, &mut body) else {
            // A value is missing. In a long row it is in an overflow page; a row without overflow
            // pages is spoiled.
            return (!row.is_whole).then_some(row);
        };
        if let Some(slot) = row.values.get_mut(row.count) {
            *slot = value;
            row.count += 1;
        }
    }
    let is_unspoiled = || !is_line(page, &row) || is_as_written(&row.values);
    (!row.is_whole || (body.is_empty() && is_unspoiled())).then_some(row)
}

/// Returns whether this row is a line. Of the rows without a row number, only a line can continue
/// in overflow pages.
fn is_line(page: &BtreePage<'_>, row: &Row<'_>) -> bool {
    page.kind != BtreePageKind::TableLeaf && (!row.is_whole || row.count >= RESCUED_LINE_COLUMNS)
}

fn read_key(page: &BtreePage<'_>, cell: &BtreeCell<'_>, row: &Row<'_>) -> Option<Key> {
    if let Some(number) = cell.number {
        return Some([KeyValue::Integer(number.cast_signed()), KeyValue::Null, KeyValue::Null]);
    }
    debug_assert!(!matches!(page.kind, BtreePageKind::TableLeaf | BtreePageKind::TableInterior));
    // The key of a line is its first two values, that of any other row is in its first three.
    let key_len = if is_line(page, row) { 2 } else { 3 };
    let key_value = |index: usize| match row.values[index] {
        _ if index >= key_len => KeyValue::Null,
        ValueRef::Integer(number) => KeyValue::Integer(number),
        ValueRef::Text(bytes) => KeyValue::Text(bytes.to_vec()),
        ValueRef::Blob(bytes) => KeyValue::Blob(bytes.to_vec()),
        ValueRef::Null | ValueRef::Real(_) => KeyValue::Null,
    };
    (row.count >= 2 || row.is_whole).then(|| [0, 1, 2].map(key_value))
}

/// The state of a check of a whole file. The check visits one tree of pages after the other.
struct Walk<'a> {
    pages: &'a DatabasePages,
    until: Instant,
    /// The name of the table or index that the check visits now; empty while it visits SQLite's own
    /// list of tables and indexes.
    tree: String,
    /// The key of the row of this tree that the check has visited last; `None`: it has visited none
    /// yet.
    last: Option<Key>,
    /// How many more pages the check may visit. This limit ends the check if pages point to each
    /// other in a circle.
    pages_left: u32,
    /// The name and the root page of each table and index, from SQLite's own list.
    roots: Vec<(String, u32)>,
    /// For each pair of `PAIRS`, two sums of index entries: first of those that the rows of the
    /// table require, then of those that the index has. In a sound file the two sums are equal.
    sums: [[u64; 2]; PAIRS.len()],
}

/// Checks SQLite's list of free pages, and then all rows of all tables and indexes. The check of
/// the rows ends at the time `until`, even if rows are left. Returns whether no fault was found.
/// Blocks for the disk.
pub(crate) fn are_trees_intact(pages: &mut DatabasePages, until: Instant) -> bool {
    if !are_free_pages_free(pages) {
        return false;
    }
    let mut walk = Walk {
        pages_left: pages.count(),
        pages,
        until,
        tree: String::new(),
        last: None,
        roots: Vec::new(),
        sums: Default::default(),
    };
    walk.check_all() != Err(Stop::Odd)
}

/// Returns whether each page in SQLite's list of free pages is also free in the pointer map, and
/// whether the list has as many pages as the head of the file says. If a page in use were in this
/// list, SQLite would write over it.
fn are_free_pages_free(pages: &mut DatabasePages) -> bool {
    let Some(head) = pages.read(1) else { return false };
    let (mut next, count) = (be32(&head, 32), be32(&head, 36));
    let mut found = 0;
    while next != 0 && found <= count {
        let Some(page) = pages.read(next).filter(|_| pages.use_of(next) == PageUse::Free) else {
            return false;
        };
        let listed = be32(&page, 4);
        if listed as usize > page.len() / 4 - 2 {
            return false;
        }
        let mut listed_pages = (0..listed).map(|at| be32(&page, 8 + 4 * at as usize));
        if !listed_pages.all(|free| pages.use_of(free) == PageUse::Free) {
            return false;
        }
        found += 1 + listed;
        next = be32(&page, 0);
    }
    found == count
}

/// Returns whether each page that the pointer map names as a parent points exactly to its children,
/// and whether the page's own rows are what was written. If a tree has lost a branch, SQLite reads
/// the other branches and reports nothing. This reads the pointer map and the interior pages, about
/// a hundredth of all pages. Blocks for the disk.
pub(crate) fn are_branches_intact(pages: &mut DatabasePages) -> bool {
    let mut mapped: HashMap<u32, Vec<u32>> = HashMap::new();
    for number in pages.numbers() {
        if let PageUse::Child(parent) = pages.use_of(number) {
            mapped.entry(parent).or_default().push(number);
        }
    }
    mapped.into_iter().all(|(parent, mapped)| {
        let page = pages.read(parent).unwrap_or_default();
        let mut children = btree::children(&page, parent);
        children.sort_unstable();
        children == mapped && are_keys_intact(pages, parent, &page)
    })
}

/// Returns whether each row in this interior page can be read and, if it has a checksum, agrees
/// with it. SQLite compares keys with these rows to find other rows, so a wrong one leads it to a
/// wrong page. True for an interior page of a table with row numbers, which has no rows. False for
/// a leaf.
fn are_keys_intact(pages: &mut DatabasePages, number: u32, bytes: &[u8]) -> bool {
    let Some(page) = BtreePage::of(bytes, number).filter(BtreePage::is_interior) else {
        return false;
    };
    if page.kind == BtreePageKind::TableInterior {
        return true;
    }
    let rows = btree::rows(pages, number, bytes);
    let is_right = |row: &FoundRow| {
        let values: Vec<_> = row.values.iter().map(ValueRef::from).collect();
        is_as_written(&values)
    };
    rows.len() == page.cells && rows.iter().all(is_right)
}

impl Walk<'_> {
    fn check_all(&mut self) -> Result<(), Stop> {
        self.check_tree(1, 0)?;
        for (tree, root) in self.roots.clone() {
            (self.tree, self.last) = (tree, None);
            self.check_tree(root, 0)?;
        }
        let has = |tree: &&str| self.roots.iter().any(|(name, _)| name == *tree);
        let are_equal = PAIRS.iter().zip(&self.sums).all(|(pair, [table, index])| {
            // A file of an older schema may lack some of these tables and indexes.
            !pair.iter().all(has) || table == index
        });
        if are_equal { Ok(()) } else { Err(Stop::Odd) }
    }

    /// Checks all rows of the page `number`, and of all pages below it in the tree.
    fn check_tree(&mut self, number: u32, depth: u32) -> Result<(), Stop> {
        self.pages_left = self.pages_left.checked_sub(1).ok_or(Stop::Odd)?;
        if Instant::now() > self.until {
            return Err(Stop::Late);
        }
        let bytes = self.pages.read(number).filter(|_| depth < DEPTH_MAX).ok_or(Stop::Odd)?;
        let page = BtreePage::of(&bytes, number).ok_or(Stop::Odd)?;
        for cell in cells_of(&page).ok_or(Stop::Odd)? {
            if let Some(before) = cell.before {
                self.check_tree(before, depth + 1)?;
            }
            self.check_row(&page, &cell).ok_or(Stop::Odd)?;
        }
        if page.is_interior() { self.check_tree(page.right_child(), depth + 1) } else { Ok(()) }
    }

    /// Checks one row. Notes it in `roots` or `sums`, except a row number in an interior page.
    /// `None`: the row is not as SQLite wrote it.
    fn check_row(&mut self, page: &BtreePage<'_>, cell: &BtreeCell<'_>) -> Option<()> {
        let row = read_row(page, cell)?;
        let key = Some(read_key(page, cell, &row)?);
        // The row number in an interior page may be the same as the last row number in the page
        // below it.
        let is_again = page.kind == BtreePageKind::TableInterior && key == self.last;
        if self.last.is_some() && key <= self.last && !is_again {
            return None;
        }
        self.last = key;
        if page.kind == BtreePageKind::TableInterior {
            return Some(());
        }
        let number = ValueRef::Integer(cell.number.unwrap_or_default().cast_signed());
        if self.tree.is_empty() {
            self.note_root(&row);
        } else {
            self.add_to_sums(&row, number);
        }
        Some(())
    }

    fn note_root(&mut self, row: &Row<'_>) {
        if let (ValueRef::Text(name), ValueRef::Integer(root)) = (row.values[1], row.values[3])
            && let (Ok(name), Ok(root)) = (std::str::from_utf8(name), u32::try_from(root))
        {
            self.roots.push((name.to_owned(), root));
        }
    }

    /// Adds a row to `sums`. A row of a table counts as the entries that the table's indexes should
    /// have. A row of an index counts as an entry that the index has.
    fn add_to_sums(&mut self, row: &Row<'_>, number: ValueRef<'_>) {
        let value = row.values;
        let mut add = |pair: usize, is_index: bool, values: &[ValueRef<'_>]| {
            let sum = &mut self.sums[pair][usize::from(is_index)];
            // Each row also adds 2^40, so a missing row changes the sum even if its checksum is 0.
            let entry = line_checksum(values.iter().copied()).cast_unsigned();
            *sum = sum.wrapping_add(entry).wrapping_add(1 << 40);
        };
        match self.tree.as_str() {
            "lines" => {
                add(0, false, &[value[2], value[0], value[1]]);
                if value[8] != ValueRef::Null {
                    add(1, false, &[value[0], value[8], value[1]]);
                }
            }
            "lines_by_time" => add(0, true, &value[..3]),
            "edits" => add(1, true, &value[..3]),
            "rooms" => add(2, false, &[value[1], number]),
            "private_logs" => add(3, false, &[value[1], number]),
            "without_sum" => add(4, false, &[value[2], value[1], number]),
            index => {
                if let Some(pair) = PAIRS.iter().position(|[_, name]| *name == index) {
                    add(pair, true, &value[..row.count.min(3)]);
                }
            }
        }
    }
}
