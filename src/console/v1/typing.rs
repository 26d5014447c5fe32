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

use super::editor::{LineEditor, ask_secret, edit_line};
use crate::chat::escape;
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
        /// The person to whom it goes in private; `None`: it goes to the room.
        person: Option<String>,
    },
    /// The password for a room; `None`: the person gives none.
    Password {
        room: String,
        password: Option<String>,
    },
    End,
    Broken(ConsoleError),
}

/// What a person is asked for.
pub(super) enum Prompt {
    /// The next line, for this room, or for this person in private.
    Line { text: String, room: Option<String>, person: Option<String> },
    /// The password of this room.
    Password { room: String },
}

impl Prompt {
    /// Returns the prompt for the next line, which will go to this room, or to this person.
    pub(super) fn line(room: Option<&str>, person: Option<&str>) -> Self {
        let text = match person {
            Some(person) => format!("[private, to {}]> ", escape::strip(person)),
            None => format!("{}> ", room.unwrap_or("(no room)")),
        };
        Self::Line { text, room: room.map(str::to_owned), person: person.map(str::to_owned) }
    }
}

/// Reads what a person types, once for each prompt, and sends it to the loop. Returns when the
/// person wants to leave, when the terminal fails, or when the loop has ended.
pub(super) fn read_person(
    mut editor: LineEditor,
    prompts: &Receiver<Prompt>,
    lines: &Sender<TypedInput>,
) {
    while let Ok(prompt) = prompts.recv() {
        let typed = match prompt {
            Prompt::Line { text, room, person } => {
                edit_line(&mut editor, &text).map(|line| match line {
                    Some(text) => TypedInput::Line { text, room, person },
                    None => TypedInput::End,
                })
            }
            Prompt::Password { room } => {
                let question = format!("password of {room} (leave empty to stay out): ");
                ask_secret(&mut editor, &question)
                    .map(|password| TypedInput::Password { room, password })
            }
        };
        let typed =
            typed.unwrap_or_else(|source| TypedInput::Broken(ConsoleError::Input { source }));
        let goes_on = !matches!(typed, TypedInput::End | TypedInput::Broken(_));
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
            Ok(Some(line)) => {
                let room = room.map(str::to_owned);
                TypedInput::Line { text: line.text, room, person: None }
            }
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
