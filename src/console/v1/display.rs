//! Shows a conversation. At a terminal it prints each text above the line that the person edits.
//! For a script it prints messages to the standard output, and notes to the standard error.
//!
//! Thread `printer` (one per `join` at a terminal) gives texts to the line editor. The editor
//! accepts no text between the end of one line and the next prompt. The thread waits for that, so
//! that the loop, which also receives from the server, need not wait.
//! Blocks on: in that thread, the queue of texts and the editor; in the loop, the queue while it is
//! full, and the output.
//! Owns: the output, and where a line that is wider than the terminal is broken.
//! Must not know: what the shown texts mean. It only distinguishes messages from notes.
//!
//! Part: `console/v1/mod.rs`.

use std::convert::Infallible;
use std::io::{self, Write};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustix::termios::tcgetwinsize;
use rustyline::ExternalPrinter;

use crate::base::wall_clock::{self, UnixMillis};
use crate::base::{threads, zone};
use crate::chat::time_text;
use crate::console::limits;

/// Most texts that can wait to be printed above the line that a person is typing.
const CONSOLE_PRINTS_MAX: usize = 1024;
/// A terminal with fewer columns does not show the times of messages.
const COLUMNS_WITH_TIMES_MIN: usize = 80;

pub(super) enum TalkDisplay {
    /// A terminal on which a person edits the lowest line; texts are shown above it.
    Above(Prints),
    /// A terminal without a line editor, or no terminal. `notes` and `output` can both be the
    /// standard output.
    Plain { output: Box<dyn Write>, notes: Box<dyn Write>, mark: &'static str },
}

/// The loop's side of the thread `printer`: the queue of texts to print, and a channel that
/// disconnects when the printer has ended. Dropping this value blocks until the printer has shown
/// all texts, but for at most `TYPIST_END_WAIT`.
pub(super) struct Prints {
    texts: Option<Sender<String>>,
    ended: Receiver<Infallible>,
}

impl TalkDisplay {
    /// Makes a display that shows texts above the line that the person edits. `printer` comes from
    /// the line editor.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub(super) fn above(printer: impl ExternalPrinter + Send + 'static) -> io::Result<Self> {
        let (texts, to_print) = bounded(CONSOLE_PRINTS_MAX);
        let (end, ended) = bounded(0);
        threads::spawn("printer", move || print(printer, &to_print, end))?;
        Ok(Self::Above(Prints { texts: Some(texts), ended }))
    }

    /// Makes a display for a person whose terminal has no line editor.
    pub(super) fn simple_terminal() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stdout()));
        Self::Plain { output, notes, mark: "-- " }
    }

    /// Makes a display for a script: messages go to standard output, notes to standard error.
    pub(super) fn script() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stderr()));
        Self::Plain { output, notes, mark: "threadbare: " }
    }

    /// Shows the text of a line of the chat. `at` is the time of the line, in milliseconds since
    /// 1970. A person at a wide terminal sees it.
    ///
    /// # Errors
    /// The output failed, or the thread `printer` has ended.
    pub(super) fn show(&mut self, text: &str, at: Option<u64>) -> io::Result<()> {
        match self {
            Self::Above(prints) => {
                let columns = columns();
                let clock = at.map(clock).filter(|_| columns >= COLUMNS_WITH_TIMES_MIN);
                let text = clock.unwrap_or_default() + text;
                prints.print(folded(&text, columns) + "\n")
            }
            Self::Plain { output, .. } => {
                writeln!(output, "{text}")?;
                output.flush()
            }
        }
    }

    /// Shows a note about the conversation. Ignores errors of the output.
    pub(super) fn note(&mut self, words: &str) {
        match self {
            Self::Above(prints) => {
                let words = folded(words, columns().saturating_sub(3));
                prints.print(format!("-- {}\n", words.replace('\n', "\n   "))).ok();
            }
            Self::Plain { notes, mark, .. } => {
                writeln!(notes, "{mark}{words}").ok();
                notes.flush().ok();
            }
        }
    }
}

impl Prints {
    fn print(&self, text: String) -> io::Result<()> {
        match &self.texts {
            Some(texts) => texts.send(text).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => Ok(()),
        }
    }
}

impl Drop for Prints {
    fn drop(&mut self) {
        drop(self.texts.take());
        self.ended.recv_timeout(limits::TYPIST_END_WAIT).ok();
    }
}

/// Returns how many columns the terminal has. If the system does not say, returns 80.
fn columns() -> usize {
    let known = tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    if known == 0 { 80 } else { known }
}

/// Returns the time of a line as hour and minute, with a space after them. If the server's clock
/// was not set then, returns an empty text.
fn clock(milliseconds: u64) -> String {
    let at = UnixMillis(milliseconds);
    let is_known = wall_clock::is_set(at);
    if is_known { format!("{} ", time_text::clock(zone::local(at))) } else { String::new() }
}

/// Breaks the lines of a text that are wider than so many columns: at a space, or beside a wide
/// letter. Leaves a longer word to the terminal, which breaks it. What a line of the help says
/// about a command stays in its column.
fn folded(text: &str, columns: usize) -> String {
    let mut lines = Vec::new();
    for mut line in text.split('\n') {
        let (column, mut indent) = (second_column(line, columns), 0);
        while let Some(end) = break_of(line, columns - indent) {
            lines.push(" ".repeat(indent) + line[..end].trim_end());
            line = line[end..].trim_start();
            indent = column;
        }
        lines.push(" ".repeat(indent) + line);
    }
    lines.join("\n")
}

/// Returns the column in which a line of the help says what the command does; 0: it is no such
/// line, or the terminal has little space beside that column.
fn second_column(line: &str, columns: usize) -> usize {
    let gap = line.find("  ").filter(|_| line.starts_with('/'));
    let column = gap.map_or(0, |gap| line.len() - line[gap..].trim_start().len());
    if column * 2 < columns { column } else { 0 }
}

/// Returns the byte at which a line must be broken so that what is before it fits; `None`: the line
/// fits, or begins with a word that does not.
fn break_of(line: &str, columns: usize) -> Option<usize> {
    let (mut used, mut end, mut has_word) = (0, None, false);
    for (at, sign) in line.char_indices() {
        // Letters of East Asia take two columns, and may begin a line.
        let is_wide = sign >= '\u{1100}';
        if is_wide && has_word {
            end = Some(at);
        }
        used += if is_wide { 2 } else { 1 };
        if used > columns && sign != ' ' {
            return end;
        }
        if sign == ' ' && has_word {
            end = Some(at + 1);
        }
        has_word |= sign != ' ';
    }
    None
}

fn print(mut printer: impl ExternalPrinter, texts: &Receiver<String>, end: Sender<Infallible>) {
    while let Ok(mut text) = texts.recv() {
        // Print all texts that wait in the queue at once, because after each print the editor draws
        // the typed line again.
        while let Ok(more) = texts.try_recv() {
            text.push_str(&more);
        }
        if printer.print(text).is_err() {
            break;
        }
    }
    drop(end);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{clock, folded, second_column};
    use crate::chat::command;

    #[test]
    fn a_line_is_broken_between_words() {
        assert_eq!(folded("Bo: this evening", 10), "Bo: this\nevening");
        assert_eq!(folded("Bo: evening it", 11), "Bo: evening\nit", "the space needs no column");
        assert_eq!(folded("one\n two three\n\nfour", 20), "one\n two three\n\nfour");
        assert_eq!(folded("/me TEXT    describe it", 16), "/me TEXT\ndescribe it");
        // A longer word begins a line, and the terminal breaks it.
        assert_eq!(folded("see http://box.test/abc now", 10), "see\nhttp://box.test/abc now");
        assert_eq!(folded("   indented-word", 8), "   indented-word");
        // Two columns for each letter, and no spaces between them.
        assert_eq!(folded("Bo: 可能是备份", 10), "Bo: 可能是\n备份");
        assert_eq!(folded("", 0), "");
    }

    #[test]
    fn what_the_help_says_of_a_command_stays_in_its_column() {
        assert_eq!(folded("/me TEXT  what you do now", 21), "/me TEXT  what you do\n          now");
    }

    #[test]
    fn each_line_of_the_help_has_its_words_in_one_column() {
        let lines = command::HELP.lines().filter(|line| line.starts_with('/'));
        let columns: BTreeSet<_> = lines.map(|line| second_column(line, 80)).collect();
        assert_eq!(columns.len(), 1, "{columns:?}");
        assert!(!columns.contains(&0));
    }

    #[test]
    fn a_line_has_its_hour_and_minute_unless_the_clock_was_not_set() {
        let shown = clock(1_795_186_802_000);
        assert!(shown.len() == 6 && shown.ends_with(":00 "), "{shown}");
        assert_eq!(clock(5), "");
    }
}
