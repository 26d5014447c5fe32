//! Reads lines from the standard input, for the classic format and for `threadbare.v1`.
//!
//! Owns: what a typed line is, and how long it can be.
//! Must not know: where the line is sent.
//!
//! Part: `console/mod.rs`.

use std::io::{BufRead, Read};

use super::trouble::ConsoleError;
use crate::base::limits;

#[derive(Debug, PartialEq, Eq)]
pub(super) struct TypedLine {
    pub(super) text: String,
    /// True if the input ended directly after this line, without a newline. Then the typist must
    /// not read again: on a terminal, another read would wait for a second Ctrl-D.
    pub(super) ends_input: bool,
}

/// Reads the next typed line with its newline, because the classic console client sends the
/// newline, too. If the input ends without a newline, adds one to its last line. Replaces bytes
/// that are not UTF-8 by U+FFFD, because a text frame must be UTF-8. Returns `None` at the end of
/// the input. Blocks on the input.
///
/// # Errors
/// The input cannot be read, or the line has more than `CONSOLE_LINE_BYTES_MAX` bytes.
pub(super) fn next_line(input: &mut impl BufRead) -> Result<Option<TypedLine>, ConsoleError> {
    let bound = limits::CONSOLE_LINE_BYTES_MAX as u64;
    let mut bytes = Vec::new();
    let read = input.take(bound + 1).read_until(b'\n', &mut bytes);
    read.map_err(|source| ConsoleError::Input { source })?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if bytes.len() > limits::CONSOLE_LINE_BYTES_MAX {
        return Err(ConsoleError::LineTooLong);
    }
    let ends_input = !bytes.ends_with(b"\n");
    if ends_input {
        bytes.push(b'\n');
    }
    Ok(Some(TypedLine { text: String::from_utf8_lossy(&bytes).into_owned(), ends_input }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{TypedLine, next_line};
    use crate::base::limits;
    use crate::console::trouble::ConsoleError;

    #[test]
    fn lines_keep_their_newline_and_the_last_one_gets_it() {
        let mut input = Cursor::new("你好\n\nb\r\nend");
        for (line, ends_input) in
            [("你好\n", false), ("\n", false), ("b\r\n", false), ("end\n", true)]
        {
            let typed = TypedLine { text: line.to_owned(), ends_input };
            assert_eq!(next_line(&mut input).unwrap(), Some(typed));
        }
        assert!(next_line(&mut input).unwrap().is_none());
        let mut latin1 = Cursor::new(b"caf\xe9\n");
        assert_eq!(next_line(&mut latin1).unwrap().unwrap().text, "caf\u{fffd}\n");
    }

    #[test]
    fn a_line_at_the_limit_is_sent_and_one_byte_more_is_said_aloud() {
        let longest = "x".repeat(limits::CONSOLE_LINE_BYTES_MAX - 1) + "\n";
        assert_eq!(next_line(&mut Cursor::new(&longest)).unwrap().unwrap().text, longest);
        let longer = format!("x{longest}");
        let error = next_line(&mut Cursor::new(&longer)).unwrap_err();
        assert!(matches!(error, ConsoleError::LineTooLong), "{error}");
    }
}
