//! The output of a conversation in the classic format, for a person or a script.
//!
//! Each line of a message is shown on its own row. If the output is a terminal, the row begins with
//! "Received" in the chosen language. Otherwise this word is left out, so that `threadbare join URL
//! | grep lunch` works. If the input and the output are terminals, the person sees a prompt while
//! this program waits for a line; otherwise there are no prompts.
//!
//! The terminal stores the line that the person types; this program receives the line only when it
//! is complete. When a message arrives, a half-typed line disappears from the screen. The line is
//! not lost: after Ctrl-R the terminal shows it again. To show the line without Ctrl-R, this
//! program would need a line editor.
//!
//! Owns: the output. The reader and the typist both write to it, and hold the same lock while they
//! write. So a terminal that is stopped (Ctrl-S) stops both threads.
//! Must not know: where messages come from.
//!
//! Part: `console/classic/mod.rs`.

use std::io::{self, Write};

use parking_lot::Mutex;

use crate::base::language::LocaleWords;
use crate::chat::escape;

/// The terminal commands that move the cursor to the first column and clear the row.
const WIPE: &str = "\r\u{1b}[K";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::console) enum ScreenKind {
    /// The input and the output are terminals.
    Person,
    /// The output is a terminal, but the input is not.
    Onlooker,
    /// The output is no terminal; the input may be one.
    Script,
}

impl ScreenKind {
    pub(in crate::console) fn of(input_is_terminal: bool, output_is_terminal: bool) -> Self {
        match (input_is_terminal, output_is_terminal) {
            (_, false) => Self::Script,
            (false, true) => Self::Onlooker,
            (true, true) => Self::Person,
        }
    }
}

pub(super) struct Screen<W> {
    words: &'static LocaleWords,
    audience: ScreenKind,
    view: Mutex<View<W>>,
}

struct View<W> {
    output: W,
    prompting: bool,
}

impl<W: Write> Screen<W> {
    pub(super) fn new(output: W, words: &'static LocaleWords, audience: ScreenKind) -> Self {
        Self { words, audience, view: Mutex::new(View { output, prompting: false }) }
    }

    pub(super) fn is_for_a_person(&self) -> bool {
        self.audience == ScreenKind::Person
    }

    pub(super) fn prompt(&self) -> io::Result<()> {
        if self.audience != ScreenKind::Person {
            return Ok(());
        }
        let mut view = self.view.lock();
        view.prompting = true;
        view.show(self.words.prompt)
    }

    pub(super) fn put_prompt_away(&self) -> io::Result<()> {
        let mut view = self.view.lock();
        if !view.prompting {
            return Ok(());
        }
        view.prompting = false;
        view.show(WIPE)
    }

    /// Shows a message, each of its lines on its own row. Some classic servers put several messages
    /// into one frame, one a line.
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
        if self.audience != ScreenKind::Script {
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
    use super::{Screen, ScreenKind};
    use crate::base::language::Language;

    fn shown(
        language: Language,
        audience: ScreenKind,
        play: impl FnOnce(&Screen<&mut Vec<u8>>),
    ) -> String {
        let mut output = Vec::new();
        play(&Screen::new(&mut output, language.words(), audience));
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_person_is_prompted_again_after_each_message() {
        let seen = shown(Language::Chinese, ScreenKind::Person, |screen| {
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
        assert_eq!(shown(Language::English, ScreenKind::Script, play), "one\ntwo\n\nthree\n");
        assert_eq!(
            shown(Language::English, ScreenKind::Onlooker, play),
            "Received: one\nReceived: two\nReceived: \nReceived: three\n"
        );
    }

    #[test]
    fn who_watches_is_told_by_the_two_ends() {
        for (input, output, audience) in [
            (true, true, ScreenKind::Person),
            (false, true, ScreenKind::Onlooker),
            (true, false, ScreenKind::Script),
            (false, false, ScreenKind::Script),
        ] {
            assert_eq!(ScreenKind::of(input, output), audience);
        }
    }
}
