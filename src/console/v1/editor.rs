//! The line editor for a person at a terminal: the person edits a line, completes names with the
//! Tab key, and fetches earlier lines of this run again. A password is not shown while it is typed.
//!
//! Runs on thread `typist`.
//! Blocks on: the terminal, until the person has typed a line.
//! Owns: the line editor, and what it completes.
//! Must not know: what a line means.
//!
//! Part: `console/v1/mod.rs`.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use rustyline::completion::Completer;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{ColorMode, CompletionType, Config, Context, Editor, Helper};

use super::display::columns;
use super::typed_row::Gate;
use crate::chat::command::{self, Command};

/// The names of people and of rooms that the Tab key completes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct KnownNames {
    pub(super) people: Vec<String>,
    pub(super) rooms: Vec<String>,
}

/// Commands that are followed by the name of a room.
const OF_ROOMS: [&str; 3] = ["/join", "/leave", "/who"];

/// What the editor shares with the loop and the printer. Clones share it, too.
#[derive(Clone, Default)]
pub(super) struct Editing {
    /// The loop sets them when they change.
    names: Arc<Mutex<KnownNames>>,
    /// True while the edited line has a text.
    has_text: Arc<AtomicBool>,
    /// True while the person types a password.
    is_secret: Arc<AtomicBool>,
    pub(super) gate: Gate,
}

impl Editing {
    pub(super) fn set(&self, names: KnownNames) {
        *self.names.lock() = names;
    }

    /// Completes the last word of `line`, as the beginning of a person's name (also behind `@`), of
    /// a room or of a command. Returns the byte at which the word begins, and the texts that can
    /// replace it.
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
        let names = self.names.lock();
        let is_of_room = OF_ROOMS.contains(&line[..start].trim_end());
        let (known, at, word) = match word.strip_prefix('@') {
            _ if is_of_room => (&names.rooms, "", word.as_str()),
            Some(word) => (&names.people, "@", word),
            None => (&names.people, "", word.as_str()),
        };
        let end = if start == 0 && at.is_empty() { ": " } else { " " };
        let fitting = known.iter().filter(|name| name.to_lowercase().starts_with(word));
        (start, fitting.map(|name| format!("{at}{name}{end}")).collect())
    }
}

impl Completer for Editing {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        if self.is_secret.load(Ordering::Relaxed) {
            return Ok((at, Vec::new()));
        }
        Ok(self.completions(line.get(..at).unwrap_or(line)))
    }
}

impl Hinter for Editing {
    type Hint = String;

    /// Gives no hint, but the editor calls this after each key.
    fn hint(&self, line: &str, _: usize, _: &Context<'_>) -> Option<String> {
        self.has_text.store(!line.is_empty(), Ordering::Relaxed);
        None
    }
}

impl Highlighter for Editing {
    /// Shows a star for each letter of a password.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if self.is_secret.load(Ordering::Relaxed) {
            return "*".repeat(line.chars().count()).into();
        }
        line.into()
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.is_secret.load(Ordering::Relaxed)
    }
}

impl Validator for Editing {
    /// Takes every line. The editor calls this at Enter, before it ends the row.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        if !self.is_secret.load(Ordering::Relaxed) && is_taken_back(context.input()) {
            self.gate.close();
        }
        Ok(ValidationResult::Valid(None))
    }
}

impl Helper for Editing {}

pub(super) type LineEditor = Editor<Editing, MemHistory>;

/// Creates an editor for standard input and output.
///
/// # Errors
/// The terminal's error.
pub(super) fn editor(editing: Editing) -> io::Result<LineEditor> {
    let config = Config::builder().completion_type(CompletionType::Circular).build();
    let mut editor = Editor::with_history(config, MemHistory::new()).map_err(as_io)?;
    editor.set_helper(Some(editing));
    Ok(editor)
}

/// Reads the next line, and shows `prompt` before it. Blocks until the person has typed the line.
/// Returns `None` if the person typed Ctrl-D or Ctrl-C on an empty line, to leave. Ctrl-C removes
/// what stands in the line, as in a shell.
///
/// # Errors
/// The terminal's error.
pub(super) fn edit_line(editor: &mut LineEditor, prompt: &str) -> io::Result<Option<String>> {
    let asked = ask(editor, prompt);
    if let Some(editing) = editor.helper() {
        let line = asked.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
        editing.gate.clear_and_open(prompt, line, columns());
    }
    let line = asked?;
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

/// Returns whether the server sends this line back as the person's message, or whether it has a
/// password, which must not stay on the screen.
fn is_taken_back(line: &str) -> bool {
    match command::read(line) {
        Ok(Command::Say(_) | Command::Me(_)) => true,
        Ok(Command::Join { password, .. }) => password.is_some(),
        Ok(Command::Name(name)) => name.contains('#'),
        _ => false,
    }
}

/// Asks for a password, which is not shown while it is typed. Returns `None` if the person gives
/// none. Blocks and fails like [`edit_line`].
pub(super) fn ask_secret(editor: &mut LineEditor, question: &str) -> io::Result<Option<String>> {
    let hide = |editor: &mut LineEditor, is_secret| {
        if let Some(editing) = editor.helper() {
            editing.is_secret.store(is_secret, Ordering::Relaxed);
        }
        // The stars are drawn even if the person wants no colors.
        editor.set_color_mode(if is_secret { ColorMode::Forced } else { ColorMode::Enabled });
    };
    hide(editor, true);
    let answer = ask(editor, question);
    hide(editor, false);
    Ok(answer?.filter(|password| !password.is_empty()))
}

fn had_text(editor: &LineEditor) -> bool {
    editor.helper().is_some_and(|editing| editing.has_text.swap(false, Ordering::Relaxed))
}

pub(super) fn as_io(error: ReadlineError) -> io::Error {
    match error {
        ReadlineError::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Editing, KnownNames};

    #[test]
    fn names_and_commands_are_completed_where_they_stand() {
        let editing = Editing::default();
        let people = ["Ann", "Anna", "Bo", "李雷"].map(str::to_owned).into();
        let rooms = ["annex", "lobby"].map(str::to_owned).into();
        editing.set(KnownNames { people, rooms });
        let complete = |line: &str| editing.completions(line);
        assert_eq!(complete("an"), (0, vec!["Ann: ".into(), "Anna: ".into()]));
        assert_eq!(complete("hello b"), (6, vec!["Bo ".into()]));
        assert_eq!(complete("好 李"), ("好 ".len(), vec!["李雷 ".into()]));
        assert_eq!(complete("/to"), (0, vec!["/topic ".into()]));
        assert_eq!(complete("/msg B"), (5, vec!["Bo ".into()]));
        assert_eq!(complete("@b"), (0, vec!["@Bo ".into()]));
        assert_eq!(complete("ask @An"), (4, vec!["@Ann ".into(), "@Anna ".into()]));
        assert_eq!(complete("/join an"), (6, vec!["annex ".into()]));
        assert_eq!(complete("hello "), (6, Vec::new()));
        assert_eq!(complete(""), (0, Vec::new()));
    }
}
