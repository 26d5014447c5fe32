//! Reads typed lines and sends them as messages, until the input ends (classic format).
//!
//! Runs on thread `typist`, one per `join`.
//! Blocks on: the standard input. Nothing can interrupt that read, so the process ends without
//! waiting for this thread. This thread also blocks on the connection, while the server reads typed
//! lines too slowly.
//! Owns: the input, and the duty to close the connection when the input ends.
//!
//! Part: `console/mod.rs`.

use std::io::{self, BufRead, Read, Write};

use crossbeam_channel::Sender;

use super::connection::ServerConnection;
use super::goodbye::Goodbye;
use super::screen::Screen;
use super::trouble::ConsoleError;
use crate::base::limits;
use crate::base::socket::deadline::Deadline;

/// Sends every line of `input`. Then sends the result to `outcomes`, closes the connection, and
/// waits until the reader has ended.
pub(super) fn type_lines(
    mut input: impl BufRead,
    screen: &Screen<impl Write>,
    goodbye: &Goodbye,
    outcomes: &Sender<Result<(), ConsoleError>>,
) {
    let outcome = send_lines(&mut input, screen, goodbye.connection());
    // Send the outcome before the goodbye. The goodbye ends the reader's loop, and after that the
    // reader's thread takes the outcome from the channel. The channel has space for one outcome. If
    // its receiver was dropped, the conversation is over already.
    outcomes.try_send(outcome).ok();
    // An error here is ignored: if the output cannot be written, the reader's thread gets the same
    // error and reports it.
    screen.put_prompt_away().ok();
    goodbye.say();
}

fn send_lines(
    input: &mut impl BufRead,
    screen: &Screen<impl Write>,
    connection: &ServerConnection,
) -> Result<(), ConsoleError> {
    loop {
        screen.prompt().ok();
        let Some(TypedLine { text, ends_input }) = next_line(input)? else { return Ok(()) };
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        match connection.say(&text, deadline) {
            Ok(true) if ends_input => return Ok(()),
            Ok(true) => {}
            Ok(false) if connection.closed_by_us() => return Ok(()),
            Ok(false) => {
                let source = io::Error::other("the server has ended the conversation");
                return Err(ConsoleError::NotSent { source });
            }
            Err(source) => return Err(ConsoleError::NotSent { source }),
        }
    }
}

/// A line to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TypedLine {
    pub(super) text: String,
    /// True if the input ended after this line, so that the caller need not read again. On a
    /// terminal, another read would wait for a second Ctrl-D.
    ends_input: bool,
}

/// Reads the next typed line with its newline, because the classic console client sends the
/// newline, too. If the input ends without a newline, adds one to its last line. Replaces bytes
/// that are not UTF-8 by U+FFFD, because a text frame must be UTF-8. Returns `None` at the end of
/// the input. Blocks on the input.
///
/// # Errors
/// The input cannot be read, or the line is longer than `CONSOLE_LINE_BYTES_MAX`.
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
