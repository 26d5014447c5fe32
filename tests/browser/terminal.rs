//! A text browser in a terminal of its own: keys go in, a screen comes out.
//!
//! The test uses it like a person: it looks at the words on the screen and at the cursor. The
//! terminal is tmux's, 80 columns wide and long enough for a whole page.
//!
//! Owns: the terminal, the browser in it, and its empty home folder.
//! Must not know: what a room is.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::cdp::wait_for;

/// How one of these browsers is used.
#[derive(Clone, Copy)]
pub(crate) struct Textual {
    pub(crate) program: &'static str,
    /// The key to the next link or field.
    next: &'static str,
    /// The key to the link or field before.
    before: &'static str,
    /// The key that opens a field for typing; some browsers need none.
    opens: Option<&'static str>,
    /// The key that closes the field.
    closes: Option<&'static str>,
}

pub(crate) const W3M: Textual = Textual {
    program: "w3m",
    next: "Tab",
    before: "C-u",
    opens: Some("Enter"),
    closes: Some("Enter"),
};
pub(crate) const LYNX: Textual =
    Textual { program: "lynx", next: "Down", before: "Up", opens: None, closes: None };
pub(crate) const LINKS: Textual = Textual { program: "links2", ..LYNX };
pub(crate) const ELINKS: Textual = Textual { program: "elinks", opens: Some("Enter"), ..LYNX };

/// What these browsers ask before they go on, and the key that answers.
const QUESTIONS: [(&str, &str); 4] = [
    ("Welcome to links!", "Enter"),
    ("Welcome to ELinks!", "Enter"),
    ("Do you want to post form data", "Enter"),
    ("Allow? (Y/N/Always/neVer)", "A"),
];

/// More links than any page here has.
const STEPS_MAX: usize = 60;

/// What a terminal has shown last. A test that fails prints it.
struct LastScreen(String);

impl Drop for LastScreen {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the last screen:\n{}", self.0);
        }
    }
}

/// One browser in a terminal. Ends when dropped.
pub(crate) struct Terminal {
    kind: Textual,
    home: PathBuf,
}

impl Terminal {
    /// Starts the browser and opens `url` in it.
    pub(crate) fn opens(kind: Textual, url: &str) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("threadbare-terminal-{}-{number}", std::process::id());
        let home = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&home).unwrap();
        let terminal = Self { kind, home };
        let size = ["-x", "80", "-y", "150"];
        // lynx pauses for seconds at each of its messages, and takes no key meanwhile.
        let quick: &[&str] = if kind.program == "lynx" { &["-nopause"] } else { &[] };
        let command = [&["--", kind.program], quick, &[url]].concat();
        terminal.tmux(&[&["new-session", "-d"], &size[..], &command].concat());
        terminal
    }

    fn tmux(&self, args: &[&str]) -> String {
        let mut tmux = Command::new("tmux");
        tmux.args(["-f", "/dev/null", "-S"]).arg(self.home.join("tmux")).args(args);
        // An empty home: no person's settings, cookies or language.
        tmux.env("HOME", &self.home).env("LANG", "C.UTF-8").env_remove("TMUX");
        let Output { status, stdout, stderr } =
            tmux.output().expect("these tests need tmux; tests/run installs it");
        let words = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{} in tmux, {args:?}: {words}", self.kind.program);
        String::from_utf8(stdout).unwrap()
    }

    /// Which browser it is.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.program
    }

    // --- Looking -------------------------------------------------------------

    /// The screen, line by line. Also answers the browser's own questions.
    pub(crate) fn screen(&self) -> String {
        let screen = self.tmux(&["capture-pane", "-p"]);
        for (question, key) in QUESTIONS {
            if screen.contains(question) {
                self.presses(key);
                wait_for("an answered question", || {
                    (!self.tmux(&["capture-pane", "-p"]).contains(question)).then_some(())
                });
                return self.screen();
            }
        }
        screen
    }

    /// Waits until the screen has these words.
    pub(crate) fn sees(&self, words: &str) {
        let what = format!("{words} in {}", self.kind.program);
        let mut last = LastScreen(String::new());
        wait_for(&what, || {
            last.0 = self.screen();
            last.0.contains(words).then_some(())
        });
    }

    /// Waits for this text on the screen, or for as many stars, since a browser hides a password.
    fn sees_typed(&self, text: &str) {
        let what = format!("{text} typed in {}", self.kind.program);
        wait_for(&what, || {
            let screen = self.screen();
            (screen.contains(text) || screen.contains(&"*".repeat(text.len()))).then_some(())
        });
    }

    /// The place of these words: the columns of their link or button, and the line. It is the first
    /// line with these words, and the last place in it, because a button comes after its field and
    /// may have the same name. A line that has nothing before the words may be a heading, so
    /// `is_behind` asks for a line that has something there.
    fn place(
        &self,
        words: &str,
        is_behind: bool,
    ) -> Option<(std::ops::RangeInclusive<usize>, usize)> {
        let screen = self.screen();
        let mut above = "";
        screen.lines().enumerate().find_map(|(line, text)| {
            let above = std::mem::replace(&mut above, text);
            let column = text.rfind(words)?;
            let before = &text[..column];
            if is_behind && before.trim().is_empty() && !above.ends_with("(BUTTON)") {
                return None;
            }
            // lynx has broken the line after "(BUTTON)", where the button begins.
            if before.trim().is_empty() && above.ends_with("(BUTTON)") {
                return Some((above.rfind('(')?..=above.len(), line - 1));
            }
            // "(BUTTON) Send" begins before its words, and so does "[ Send ]".
            let begin = before.rfind('(').filter(|_| before.ends_with(") "));
            // elinks has wide spaces within the brackets, so bytes are no columns.
            let width = before.chars().count();
            let begin = begin.unwrap_or(width.saturating_sub(2));
            Some((begin..=width + words.chars().count(), line))
        })
    }

    fn cursor(&self) -> (usize, usize) {
        let place = self.tmux(&["display-message", "-p", "#{cursor_x} #{cursor_y}"]);
        let (column, line) = place.trim().split_once(' ').unwrap();
        (column.parse().unwrap(), line.parse().unwrap())
    }

    // --- Doing ---------------------------------------------------------------

    fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Goes to the link or button with these words, step by step.
    pub(crate) fn goes_to(&self, words: &str) {
        self.goes_to_place(words, || self.place(words, false));
    }

    fn goes_to_place(
        &self,
        words: &str,
        place: impl Fn() -> Option<(std::ops::RangeInclusive<usize>, usize)>,
    ) {
        for _ in 0..STEPS_MAX {
            let (columns, line) = wait_for(words, &place);
            let cursor = self.cursor();
            if cursor.1 == line && columns.contains(&cursor.0) {
                return;
            }
            self.steps(self.kind.next);
        }
        panic!("no way to {words} in {}:\n{}", self.kind.program, self.screen());
    }

    /// Goes one link forward, or back.
    fn steps(&self, key: &str) {
        let from = self.cursor();
        self.presses(key);
        wait_for("another link", || (self.cursor() != from).then_some(()));
    }

    /// Follows the link, or presses the button, with these words.
    pub(crate) fn follows(&self, words: &str) {
        self.goes_to(words);
        self.presses("Enter");
    }

    /// Fills in the fields before a button, the last of them first, and presses it.
    pub(crate) fn fills_and_presses(&self, button: &str, texts: &[&str]) {
        self.fills(button, texts);
        self.presses("Enter");
    }

    /// Fills in the fields before a button, the last of them first, and goes to the button.
    pub(crate) fn fills(&self, button: &str, texts: &[&str]) {
        self.goes_to_place(button, || {
            self.place(button, true).or_else(|| self.place(button, false))
        });
        for _ in texts {
            self.steps(self.kind.before);
        }
        for text in texts {
            self.kind.opens.inspect(|key| self.presses(key));
            self.tmux(&["send-keys", "-l", "--", text]);
            self.kind.closes.inspect(|key| self.presses(key));
            self.sees_typed(text);
            self.steps(self.kind.next);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // An error means that the browser has ended, and its terminal with it.
        let tmux = |command: &[&str]| {
            Command::new("tmux").arg("-S").arg(self.home.join("tmux")).args(command).output().ok()
        };
        if std::thread::panicking() {
            let shown = tmux(&["capture-pane", "-p"]).map(|it| it.stdout).unwrap_or_default();
            let shown = String::from_utf8_lossy(&shown).trim_end().to_owned();
            eprintln!("{} shows:\n{shown}", self.kind.program);
        }
        tmux(&["kill-server"]);
        std::fs::remove_dir_all(&self.home).ok();
    }
}
