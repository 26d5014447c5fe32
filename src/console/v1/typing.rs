//! Reads typed lines from a person with a line editor, or from a script's input.
//!
//! Runs on thread `typist`, one per `join` or `pipe`.
//! Blocks on: standard input. Nothing can interrupt that read, so the process ends without waiting
//! for this thread. This thread also blocks on the loop, until the loop takes the next line.
//! Owns: the input, and the settings that the terminal had before, which are restored at the end.
//! Must not know: what a line means.
//!
//! Part: `console/v1/mod.rs`.

use std::io::{self, BufRead, IsTerminal, Write};

use crossbeam_channel::{Receiver, Sender};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::editor::{LineEditor, edit_line};
use crate::console::input::next_line;
use crate::console::trouble::ConsoleError;

/// The terminal commands that turn off the mode in which a terminal marks pasted text, and that
/// clear the row.
const PUT_BACK: &str = "\u{1b}[?2004l\r\u{1b}[K";

pub(super) enum TypedInput {
    Line {
        text: String,
        /// The room for which this line was typed: the one that the prompt showed or, for a script,
        /// its first room; `None`: for no room.
        room: Option<String>,
    },
    End,
    Broken(ConsoleError),
}

pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) room: Option<String>,
}

/// Reads a person's lines, one for each prompt, and sends them to the loop. Returns when the person
/// wants to leave, when the terminal fails, or when the loop has ended.
pub(super) fn read_person(
    mut editor: LineEditor,
    prompts: &Receiver<Prompt>,
    lines: &Sender<TypedInput>,
) {
    while let Ok(Prompt { text, room }) = prompts.recv() {
        let typed = match edit_line(&mut editor, &text) {
            Ok(Some(text)) => TypedInput::Line { text, room },
            Ok(None) => TypedInput::End,
            Err(source) => TypedInput::Broken(ConsoleError::Input { source }),
        };
        let goes_on = matches!(typed, TypedInput::Line { .. });
        if lines.send(typed).is_err() || !goes_on {
            return;
        }
    }
}

/// Reads a script's lines and sends them to the loop, all of them for one room. Returns at the end
/// of the input, after an error, or when the loop has ended.
pub(super) fn read_pipe(mut input: impl BufRead, room: Option<&str>, lines: &Sender<TypedInput>) {
    loop {
        let typed = match next_line(&mut input) {
            Ok(Some(line)) => TypedInput::Line { text: line.text, room: room.map(str::to_owned) },
            Ok(None) => TypedInput::End,
            Err(error) => TypedInput::Broken(error),
        };
        let goes_on = matches!(typed, TypedInput::Line { .. });
        if lines.send(typed).is_err() || !goes_on {
            return;
        }
    }
}

/// Stores the terminal's settings from before the conversation, and restores them when this value
/// is dropped, which blocks while the terminal takes no bytes. The line editor changes the settings
/// while it waits for a line, and often it still waits when the program ends.
pub(super) struct TerminalKept {
    settings: Option<Termios>,
}

impl TerminalKept {
    pub(super) fn new() -> Self {
        let input = io::stdin();
        let settings = input.is_terminal().then(|| tcgetattr(&input).ok()).flatten();
        Self { settings }
    }
}

impl Drop for TerminalKept {
    fn drop(&mut self) {
        let Some(settings) = &self.settings else { return };
        // An error is ignored: the terminal is probably gone.
        tcsetattr(io::stdin(), OptionalActions::Now, settings).ok();
        let mut output = io::stdout();
        output.write_all(PUT_BACK.as_bytes()).ok();
        output.flush().ok();
    }
}
