//! The checksum of a line: a few bytes stored with it that show whether the line is what was
//! written. SQLite itself stores none. If a disk returns zeros or another page's content for the
//! rest of a long line, SQLite returns that as the line.
//!
//! Owns: how a checksum is computed and compared. It finds accidents; it does not protect from a
//! forger.
//! Must not know: how a line is read or written.
//!
//! Part: `history/integrity/mod.rs`.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

/// The index of the column with the checksum in the table `lines`. The checksum is that of all
/// other columns.
pub(crate) const CHECKSUM_COLUMN: usize = 11;
/// The index of the column with the number of the message that a line replies to, in the table
/// `lines`. It comes after the checksum, because files had the checksum before they had this
/// column. `Null` in it does not count for the checksum, so the checksums of older lines stay
/// right.
pub(crate) const REPLY_TO_COLUMN: usize = 12;
pub(crate) const LINE_COLUMNS: usize = 13;
const RECIPIENT_COLUMN: usize = 10;

const NAME: &std::ffi::CStr = c"line_sum";
/// The checksum's state is multiplied by this number. It is odd, so the multiplication can be
/// undone and loses no information.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

pub(crate) fn register_line_checksum(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function(NAME, -1, flags, |values| {
        let values = (0..values.len()).map(|index| values.get_raw(index));
        // Our statements give all columns except the checksum itself. So the number of the answered
        // message is in the checksum's place.
        let (columns, answers) =
            (values.clone().take(CHECKSUM_COLUMN), values.skip(CHECKSUM_COLUMN));
        Ok(line_checksum(columns.chain(answers.filter(|value| *value != ValueRef::Null))))
    })
}

/// Returns the checksum of these values, a signed number of four bytes.
pub(crate) fn line_checksum<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> i64 {
    let mut sum = FACTOR;
    for value in values {
        match value {
            ValueRef::Null => mix_word(&mut sum, 0),
            ValueRef::Integer(number) => mix_value(&mut sum, 1, &number.to_le_bytes()),
            ValueRef::Real(number) => mix_value(&mut sum, 2, &number.to_le_bytes()),
            ValueRef::Text(bytes) => mix_value(&mut sum, 3, bytes),
            ValueRef::Blob(bytes) => mix_value(&mut sum, 4, bytes),
        }
    }
    mix_word(&mut sum, 0);
    mix_word(&mut sum, 0);
    sum.cast_signed() >> 32
}

/// Returns whether this row of `lines` can be what was written. A checksum in the row must equal
/// that of the other columns. If the row has no checksum, the result is true unless the row shows
/// one of three signs of damage. A row of an older schema ends before the last columns.
pub(crate) fn is_as_written(row: &[ValueRef<'_>]) -> bool {
    let columns = &row[..row.len().min(CHECKSUM_COLUMN)];
    let value = |column: usize| row.get(column).copied().unwrap_or(ValueRef::Null);
    let answers = Some(value(REPLY_TO_COLUMN)).filter(|value| *value != ValueRef::Null);
    match value(CHECKSUM_COLUMN) {
        // A line of an older schema has no checksum, so look for three signs of damage. First, the
        // text contains a NUL: nobody wrote one, but a disk that has lost data returns zeros.
        // Second, the recipient is a number: a flipped bit has joined two columns, so SQLite
        // returns the checksum as the recipient. Third, the line answers a message: lines without a
        // checksum are older than answers.
        ValueRef::Null => {
            let has_nul = matches!(value(9), ValueRef::Text(bytes) if bytes.contains(&0));
            let is_number = matches!(value(RECIPIENT_COLUMN), ValueRef::Integer(_));
            !has_nul && !is_number && answers.is_none()
        }
        sum => sum == ValueRef::Integer(line_checksum(columns.iter().copied().chain(answers))),
    }
}

fn mix_value(sum: &mut u64, kind: u64, bytes: &[u8]) {
    mix_word(sum, kind);
    mix_word(sum, bytes.len() as u64);
    let (words, rest) = bytes.as_chunks::<8>();
    words.iter().for_each(|word| mix_word(sum, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix_word(sum, u64::from_le_bytes(last));
}

/// Mixes one word into the checksum's state. Each step can be undone, so two texts that differ in
/// one word never have the same state.
fn mix_word(sum: &mut u64, word: u64) {
    *sum = (*sum ^ word).wrapping_mul(FACTOR).rotate_left(29);
}

#[cfg(test)]
mod tests {
    use rusqlite::types::ValueRef::{Integer, Null, Text};

    use super::line_checksum;

    #[test]
    fn a_line_that_differs_anywhere_has_another_sum() {
        let text = b"a line of some length, and a few more words".to_vec();
        let line = |text: &[u8]| line_checksum([Integer(1), Null, Text(text)].into_iter());
        let sum = line(&text);
        // Existing files contain this checksum, so it must never change.
        assert_eq!(sum, SUM_IN_FILES);
        assert!(i32::try_from(sum).is_ok());
        for index in 0..text.len() {
            for bit in 0..8 {
                let mut other = text.clone();
                other[index] ^= 1 << bit;
                assert_ne!(line(&other), sum, "{index}, {bit}");
            }
        }
        assert_ne!(line(&text[..40]), line(&[&text[..40], b"\0"].concat()));
        assert_ne!(
            line_checksum([Null, Integer(0)].into_iter()),
            line_checksum([Integer(0), Null].into_iter())
        );
    }

    const SUM_IN_FILES: i64 = 189727954;
}
