//! Recognizes the table of a row by the row's values, because SQLite's own list of tables may be
//! lost when a damaged file is rescued.
//!
//! Owns: the shape of the rows of each table and index in `schema.rs`, in each schema version.
//! Later versions add columns at the end. Only two indexes have rows of the same shape,
//! `lines_by_time` and `edits`.
//! Must not know: what the rescue does with a row.
//!
//! Part: `history/store/mod.rs`.

use rusqlite::types::Value::{Blob, Integer as Int, Null, Text};

use crate::chat::entry::{Epoch, Seq};
use crate::history::integrity::line_checksum::CHECKSUM_COLUMN;
use crate::history::sqlite_file::btree::FoundRow;

/// The table or index of a row, and the values that the rescue takes directly from the row. All
/// other values go through SQLite (`repair.rs`).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Table<'a> {
    Rooms,
    /// SQLite's index of the names of rooms.
    RoomNames(&'a str, Epoch),
    People,
    PrivateLogs,
    Lines(Epoch),
    /// The index of lines by their time, or the index of edits. In a row of the latter, what stands
    /// here as the epoch is the number of the edited line.
    LinesByTime(Epoch, Seq),
    ThrownAway(Epoch, Seq),
    Skipped(Epoch),
    /// The table `without_sum`, or its index, which has the same values.
    WithoutSum(Epoch, Seq),
    ServerKey(u64),
}

/// Returns the table of a row. `None`: the rescue needs no rows that look like this one. For SQLite
/// the rows of a table without row numbers are rows of an index.
pub(crate) fn table_of(FoundRow { is_of_index, values }: &FoundRow) -> Option<Table<'_>> {
    let epoch = |number: &i64| Epoch(number.cast_unsigned());
    let seq = |number: &i64| Seq(number.cast_unsigned());
    // A line of before version 6 ends before this column. In a later line it is never `Null`.
    let is_line = values.get(CHECKSUM_COLUMN) != Some(&Null);
    Some(match (is_of_index, &values[..]) {
        // epoch, name, reserved, topic, hidden, password, maker
        (false, [Int(_), Text(_), Int(_), Text(_), Int(_), _, _, ..]) => Table::Rooms,
        // name, epoch
        (true, [Text(name), Int(of)]) => Table::RoomNames(name, epoch(of)),
        // id, name, tokens, secret, gone_at
        (false, [Int(_), Text(_), Blob(_), _, _, ..]) => Table::People,
        // epoch, person, reserved; since version 5 also low, far, is_open, begun
        (false, [Int(_), Int(_), Int(_)]) => Table::PrivateLogs,
        (false, [Int(_), Int(_), Int(_), _, _, _, _]) => Table::PrivateLogs,
        // epoch, seq, time, author, name, mark, id, kind, of, text
        (true, [Int(of), _, _, _, _, _, _, _, _, _, ..]) if is_line => Table::Lines(epoch(of)),
        // time, epoch, seq; or in the index of edits: epoch, of, seq
        (true, [Int(_), Int(of), Int(number)]) => Table::LinesByTime(epoch(of), seq(number)),
        // epoch, seq
        (false, [Int(of), Int(number)]) => Table::ThrownAway(epoch(of), seq(number)),
        // epoch, first, last, far; since version 9 also damaged
        (true, [Int(of), Int(_), Int(_), Null | Int(_)]) => Table::Skipped(epoch(of)),
        (true, [Int(of), Int(_), Int(_), Null | Int(_), Int(_)]) => Table::Skipped(epoch(of)),
        // epoch, seq, reason; in the index: reason, seq, epoch
        (false, [Int(of), Int(number), Text(_)]) => Table::WithoutSum(epoch(of), seq(number)),
        (true, [Text(_), Int(number), Int(of)]) => Table::WithoutSum(epoch(of), seq(number)),
        // what, key
        (true, [Text(what), Blob(key)]) if what == "addresses" => {
            Table::ServerKey(u64::from_le_bytes(key[..].try_into().ok()?))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::{Epoch, Seq, Table, table_of};
    use crate::history::sqlite_file::DatabasePages;
    use crate::history::sqlite_file::btree::rows;
    use crate::history::store::schema::STEPS;
    use crate::history::tests::Folder;

    /// A row of a table, as SQL; the schema version that has added the table; and the tables and
    /// indexes in which SQLite stores the row.
    const ROWS: [(&str, usize, &[Table<'_>]); 8] = [
        (
            "INSERT INTO rooms (epoch, name, reserved, topic, hidden) VALUES (5, 'den', 9, '', 0)",
            1,
            &[Table::Rooms, Table::RoomNames("den", Epoch(5))],
        ),
        (
            "INSERT INTO lines (epoch, seq, time, name, kind, of) VALUES (5, 6, 7, 'Ann', 2, 4)",
            1,
            &[
                Table::Lines(Epoch(5)),
                Table::LinesByTime(Epoch(5), Seq(6)),
                Table::LinesByTime(Epoch(4), Seq(6)),
            ],
        ),
        ("INSERT INTO people (id, name, tokens) VALUES (7, 'Ann', x'00')", 1, &[Table::People]),
        (
            "INSERT INTO private_logs (epoch, person, reserved) VALUES (8, 7, 9)",
            2,
            &[Table::PrivateLogs],
        ),
        ("INSERT INTO thrown_away VALUES (5, 2)", 3, &[Table::ThrownAway(Epoch(5), Seq(2))]),
        (
            "INSERT INTO skipped (epoch, first, last) VALUES (5, 3, 4)",
            5,
            &[Table::Skipped(Epoch(5))],
        ),
        (
            "INSERT INTO without_sum VALUES (5, 6, 'of an older form')",
            7,
            &[Table::WithoutSum(Epoch(5), Seq(6)), Table::WithoutSum(Epoch(5), Seq(6))],
        ),
        ("INSERT INTO keys VALUES ('addresses', x'0100000000000000')", 8, &[Table::ServerKey(1)]),
    ];

    #[test]
    fn a_row_is_recognized_as_one_of_its_table_in_each_schema_version() {
        for version in 1..=STEPS.len() {
            for (sql, _, tables) in ROWS.iter().filter(|(_, since, _)| *since <= version) {
                let folder = Folder::new();
                let raw = Connection::open(folder.file()).unwrap();
                STEPS[..version].iter().for_each(|step| raw.execute_batch(step).unwrap());
                raw.execute(sql, []).unwrap();
                if version >= 6 {
                    raw.execute("UPDATE lines SET sum = 0", []).unwrap();
                }
                drop(raw);
                let mut pages = DatabasePages::open(&folder.file()).unwrap();
                let mut found = Vec::new();
                for number in pages.numbers() {
                    let page = pages.read(number).unwrap();
                    found.extend(rows(&mut pages, number, &page));
                }
                let recognized: Vec<_> = found.iter().filter_map(table_of).collect();
                assert_eq!(recognized, *tables, "schema version {version}: {sql}");
            }
        }
    }
}
