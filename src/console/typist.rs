//! Typed lines become messages, until there are no more.
//!
//! Runs on thread `typist`, one per `join`.
//! Blocks on: the standard input, which nobody can interrupt, so the process
//! ends without waiting for this thread; and on the line, while the server is
//! slow to take what is typed.
//! Owns: the input, and the duty to say goodbye when it ends.
//!
//! Next: `console/goodbye.rs`.

use std::io::{self, BufRead, Read, Write};

use crossbeam_channel::Sender;

use super::goodbye::Goodbye;
use super::line::Line;
use super::screen::Screen;
use super::trouble::ConsoleError;
use crate::limits;
use crate::socket::deadline::Deadline;

/// Sends every line of `input`, tells `outcomes` what stopped it, says goodbye
/// and waits until the reader has ended.
pub(super) fn type_lines(
    mut input: impl BufRead,
    screen: &Screen<impl Write>,
    goodbye: &Goodbye,
    outcomes: &Sender<Result<(), ConsoleError>>,
) {
    let outcome = send_lines(&mut input, screen, goodbye.line());
    // Before the goodbye, which is what ends the reader, who asks for it. There
    // is room for the one outcome; if nobody waits for it, it is too late.
    outcomes.try_send(outcome).ok();
    // If the output is gone, the reader finds out and says so.
    screen.put_prompt_away().ok();
    goodbye.say();
}

fn send_lines(
    input: &mut impl BufRead,
    screen: &Screen<impl Write>,
    line: &Line,
) -> Result<(), ConsoleError> {
    loop {
        screen.prompt().ok();
        let Some(Typed { text, ends_input }) = next_line(input)? else { return Ok(()) };
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        match line.say(&text, deadline) {
            Ok(true) if ends_input => return Ok(()),
            Ok(true) => {}
            Ok(false) if line.closed_by_us() => return Ok(()),
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
pub(super) struct Typed {
    pub(super) text: String,
    /// The input ended behind it. A terminal would wait for one more Ctrl-D if
    /// it were asked again.
    ends_input: bool,
}

/// The next line with its newline, as the classic console client sends it. A
/// last line without one gets it. Bytes that are not UTF-8, which no text frame
/// may carry, become U+FFFD.
pub(super) fn next_line(input: &mut impl BufRead) -> Result<Option<Typed>, ConsoleError> {
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
    Ok(Some(Typed { text: String::from_utf8_lossy(&bytes).into_owned(), ends_input }))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::{Typed, next_line};
    use crate::console::trouble::ConsoleError;
    use crate::limits;

    #[test]
    fn lines_keep_their_newline_and_the_last_one_gets_it() {
        let mut input = Cursor::new("你好\n\nb\r\nend");
        for (line, ends_input) in
            [("你好\n", false), ("\n", false), ("b\r\n", false), ("end\n", true)]
        {
            let typed = Typed { text: line.to_owned(), ends_input };
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
