//! What a person or a script sees of a conversation.
//!
//! On a terminal: a prompt while typing is possible, and each message on a line
//! of its own behind the words for "received". When the output goes to a file
//! or a pipe, the bare messages and nothing else, so that
//! `threadbare join URL | grep lunch` works. Prompts only when the input is a
//! terminal as well.
//!
//! The terminal keeps the line that is being typed, not we: when a message
//! comes, a half-typed line disappears from sight (it is not lost, and Ctrl-R
//! shows it again). A line editor would be needed to draw it anew.
//!
//! Owns: the output. The lock is held while it is written, and both threads of
//! a conversation write; a terminal that is stopped (Ctrl-S) stops both.
//! Must not know: where messages come from.
//!
//! Next: `console/typist.rs`.

use std::io::{self, Write};

use parking_lot::Mutex;

use crate::chat::escape;
use crate::words::Words;

/// To the first column, and clear the line.
const WIPE: &str = "\r\u{1b}[K";

/// Who watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Somebody types and reads on a terminal.
    Person,
    /// A terminal shows what comes, but what is sent is no typing.
    Onlooker,
    /// A file or a pipe gets what comes.
    Script,
}

impl Audience {
    pub(super) fn of(input_is_terminal: bool, output_is_terminal: bool) -> Self {
        match (input_is_terminal, output_is_terminal) {
            (_, false) => Self::Script,
            (false, true) => Self::Onlooker,
            (true, true) => Self::Person,
        }
    }
}

/// The output of a conversation, shared by its reader and its typist.
pub(super) struct Screen<W> {
    words: &'static Words,
    audience: Audience,
    view: Mutex<View<W>>,
}

struct View<W> {
    output: W,
    prompting: bool,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(output: W, words: &'static Words, audience: Audience) -> Self {
        Self { words, audience, view: Mutex::new(View { output, prompting: false }) }
    }

    /// Whether somebody types and reads on a terminal.
    pub(super) fn is_for_a_person(&self) -> bool {
        self.audience == Audience::Person
    }

    /// Asks for a line. Nothing to see for scripts.
    pub(super) fn prompt(&self) -> io::Result<()> {
        if self.audience != Audience::Person {
            return Ok(());
        }
        let mut view = self.view.lock();
        view.prompting = true;
        view.show(self.words.prompt)
    }

    /// No more lines are wanted.
    pub(super) fn put_prompt_away(&self) -> io::Result<()> {
        let mut view = self.view.lock();
        if !view.prompting {
            return Ok(());
        }
        view.prompting = false;
        view.show(WIPE)
    }

    /// Shows a message, each of its lines on its own: classic servers glue
    /// messages that wait together into one.
    pub(super) fn message(&self, text: &str) -> io::Result<()> {
        let mut shown = String::with_capacity(text.len() + 64);
        let mut lines = text.lines().peekable();
        if lines.peek().is_none() {
            self.line(&mut shown, "");
        }
        for line in lines {
            self.line(&mut shown, line);
        }
        let mut view = self.view.lock();
        if view.prompting {
            shown.insert_str(0, WIPE);
            shown.push_str(self.words.prompt);
        }
        view.show(&shown)
    }

    fn line(&self, shown: &mut String, line: &str) {
        if self.audience != Audience::Script {
            shown.push_str(self.words.received);
        }
        shown.push_str(&escape::strip(line));
        shown.push('\n');
    }
}

impl<W: Write> View<W> {
    fn show(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::{Audience, Screen};
    use crate::words::Language;

    fn shown(
        language: Language,
        audience: Audience,
        play: impl FnOnce(&Screen<&mut Vec<u8>>),
    ) -> String {
        let mut output = Vec::new();
        play(&Screen::new(&mut output, language.words(), audience));
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_person_is_prompted_again_after_each_message() {
        let seen = shown(Language::Chinese, Audience::Person, |screen| {
            screen.prompt().unwrap();
            screen.message("你好\n").unwrap();
            screen.message("one\ntwo").unwrap();
            screen.put_prompt_away().unwrap();
            screen.message("late").unwrap();
        });
        assert_eq!(
            seen,
            "请输入:\
             \r\u{1b}[K获取到的信息: 你好\n请输入:\
             \r\u{1b}[K获取到的信息: one\n获取到的信息: two\n请输入:\
             \r\u{1b}[K\
             获取到的信息: late\n"
        );
    }

    #[test]
    fn a_script_gets_bare_messages_and_an_onlooker_no_prompt() {
        let play = |screen: &Screen<&mut Vec<u8>>| {
            screen.prompt().unwrap();
            screen.message("one\r\ntwo\n").unwrap();
            screen.message("").unwrap();
            screen.message("\u{1b}[2Jthree").unwrap();
            screen.put_prompt_away().unwrap();
        };
        assert_eq!(shown(Language::English, Audience::Script, play), "one\ntwo\n\nthree\n");
        assert_eq!(
            shown(Language::English, Audience::Onlooker, play),
            "Received: one\nReceived: two\nReceived: \nReceived: three\n"
        );
    }

    #[test]
    fn who_watches_is_told_by_the_two_ends() {
        for (input, output, audience) in [
            (true, true, Audience::Person),
            (false, true, Audience::Onlooker),
            (true, false, Audience::Script),
            (false, false, Audience::Script),
        ] {
            assert_eq!(Audience::of(input, output), audience);
        }
    }
}
