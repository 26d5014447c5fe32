//! The line editor for a person at a terminal: the person edits a line, completes names with the
//! Tab key, and fetches earlier lines of this run again.
//!
//! Runs on thread `typist`.
//! Blocks on: the terminal, until the person has typed a line.
//! Owns: the line editor, and which names it completes.
//! Must not know: what a line means.
//!
//! Part: `console/v1/mod.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use crate::chat::command;

/// The names of people that the Tab key completes. The loop sets them when they change.
#[derive(Clone, Default)]
pub(super) struct Names {
    names: Arc<Mutex<Vec<String>>>,
    /// True while the edited line has a text.
    has_text: Arc<AtomicBool>,
}

impl Names {
    pub(super) fn set(&self, names: Vec<String>) {
        *self.names.lock() = names;
    }

    /// Completes the last word of `line`, as the beginning of a person's name or of a command.
    /// Returns the byte at which the word begins, and the texts that can replace it.
    fn completions(&self, line: &str) -> (usize, Vec<String>) {
        let start = line
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + line[at..].chars().next().map_or(0, char::len_utf8));
        let word = line[start..].to_lowercase();
        if word.is_empty() {
            return (start, Vec::new());
        }
        if start == 0 && word.starts_with('/') {
            let fitting = command::NAMES.split(' ').filter(|name| name.starts_with(&word));
            return (start, fitting.map(|name| format!("{name} ")).collect());
        }
        let end = if start == 0 { ": " } else { " " };
        let names = self.names.lock();
        let fitting = names.iter().filter(|name| name.to_lowercase().starts_with(&word));
        (start, fitting.map(|name| format!("{name}{end}")).collect())
    }
}

impl Completer for Names {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(self.completions(line.get(..at).unwrap_or(line)))
    }
}

impl Hinter for Names {
    type Hint = String;

    /// Gives no hint, but the editor calls this after each key.
    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        self.has_text.store(!line.is_empty(), Ordering::Relaxed);
        None
    }
}

impl Highlighter for Names {}

impl Validator for Names {}

impl Helper for Names {}

pub(super) type LineEditor = Editor<Names, MemHistory>;

/// Creates an editor for standard input and output.
///
/// # Errors
/// The terminal's error.
pub(super) fn editor(names: Names) -> io::Result<LineEditor> {
    let config = Config::builder().completion_type(CompletionType::List).build();
    let mut editor = Editor::with_history(config, MemHistory::new()).map_err(as_io)?;
    editor.set_helper(Some(names));
    Ok(editor)
}

/// Reads the next line, and shows `prompt` before it. Blocks until the person has typed the line.
/// Returns `None` if the person typed Ctrl-D or Ctrl-C on an empty line, to leave. Ctrl-C removes
/// what stands in the line, as in a shell.
///
/// # Errors
/// The terminal's error.
pub(super) fn edit_line(editor: &mut LineEditor, prompt: &str) -> io::Result<Option<String>> {
    let line = ask(editor, prompt)?;
    if let Some(line) = &line {
        // An error is ignored: it only means that the person cannot fetch this line again.
        editor.add_history_entry(line.as_str()).ok();
    }
    Ok(line)
}

/// Shows a question and reads the answer, which the person cannot fetch again later. Blocks and
/// fails like [`edit_line`].
pub(super) fn ask(editor: &mut LineEditor, question: &str) -> io::Result<Option<String>> {
    loop {
        match editor.readline(question) {
            Ok(answer) => return Ok(Some(answer)),
            Err(ReadlineError::Interrupted) if had_text(editor) => {}
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => return Ok(None),
            Err(error) => return Err(as_io(error)),
        }
    }
}

fn had_text(editor: &LineEditor) -> bool {
    editor.helper().is_some_and(|names| names.has_text.swap(false, Ordering::Relaxed))
}

pub(super) fn as_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_and_commands_are_completed_where_they_stand() {
        let names = Names::default();
        names.set(vec!["Ann".into(), "Anna".into(), "Bo".into(), "李雷".into()]);
        let complete = |line: &str| names.completions(line);
        assert_eq!(complete("an"), (0, vec!["Ann: ".into(), "Anna: ".into()]));
        assert_eq!(complete("hello b"), (6, vec!["Bo ".into()]));
        assert_eq!(complete("好 李"), ("好 ".len(), vec!["李雷 ".into()]));
        assert_eq!(complete("/to"), (0, vec!["/topic ".into()]));
        assert_eq!(complete("/msg B"), (5, vec!["Bo ".into()]));
        assert_eq!(complete("hello "), (6, Vec::new()));
        assert_eq!(complete(""), (0, Vec::new()));
    }
}
