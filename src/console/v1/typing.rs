//! Who types: a person with an editor, or a script.
//!
//! Runs on thread `typist`, one per `join` or `pipe`.
//! Blocks on: standard input, which nobody can interrupt, so the process ends
//! without waiting for this thread; and on the loop, until it has room for more.
//! Owns: the input, and the terminal's own settings, which it gives back.
//! Must not know: what a line means.
//!
//! Next: `console/v1/talk.rs`.

use std::io::{self, BufRead, IsTerminal, Write};

use crossbeam_channel::{Receiver, Sender};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::editor::{LineEditor, edit};
use crate::console::trouble::ConsoleError;
use crate::console::typist::next_line;

/// Ends the mode in which a terminal marks what is pasted; clears the line.
const PUT_BACK: &str = "\u{1b}[?2004l\r\u{1b}[K";

/// What came of a wait for input.
pub(super) enum Typed {
    Line {
        text: String,
        /// The room that the prompt named.
        room: String,
    },
    End,
    Broken(ConsoleError),
}

/// What to ask for a line with.
pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) room: String,
}

/// Types a person's lines, one for each prompt.
pub(super) fn person(mut editor: LineEditor, prompts: &Receiver<Prompt>, lines: &Sender<Typed>) {
    while let Ok(Prompt { text, room }) = prompts.recv() {
        let typed = match edit(&mut editor, &text) {
            Ok(Some(text)) => Typed::Line { text, room },
            Ok(None) => Typed::End,
            Err(source) => Typed::Broken(ConsoleError::Input { source }),
        };
        let goes_on = matches!(typed, Typed::Line { .. });
        if lines.send(typed).is_err() || !goes_on {
            return;
        }
    }
}

/// Types a script's lines into one room, up to the end of its input.
pub(super) fn script(mut input: impl BufRead, room: &str, lines: &Sender<Typed>) {
    loop {
        let typed = match next_line(&mut input) {
            Ok(Some(line)) => Typed::Line { text: line.text, room: room.to_owned() },
            Ok(None) => Typed::End,
            Err(error) => Typed::Broken(error),
        };
        let goes_on = matches!(typed, Typed::Line { .. });
        if lines.send(typed).is_err() || !goes_on {
            return;
        }
    }
}

/// The settings of a terminal as they were, put back when this is dropped: the
/// editor has its own while it waits for a line, and may never be woken.
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
        // Errors mean that the terminal has gone.
        tcsetattr(io::stdin(), OptionalActions::Now, settings).ok();
        let mut output = io::stdout();
        output.write_all(PUT_BACK.as_bytes()).ok();
        output.flush().ok();
    }
}
