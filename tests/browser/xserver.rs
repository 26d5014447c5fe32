//! A browser that draws, on a screen of its own: clicks and keys go in, words come out.
//!
//! The test uses it like a person, by what is visible. It copies the page's text out of the
//! browser. It finds the place of words with the mouse, or with the browser's own search.
//!
//! Owns: how these browsers are used.
//! Must not know: what a room is.

use std::ops::Range;

use crate::cdp::{START_WAIT, wait_for, wait_within};
use crate::picture::{Picture, Place};
use crate::screened::Screened;

/// How one of these browsers is used.
#[derive(Clone, Copy)]
pub(crate) struct Drawing {
    pub(crate) program: &'static str,
    args: &'static [&'static str],
    reads: Reads,
}

/// How the test copies and finds words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// By the mouse, which selects text. The selection from the first word to a place contains the
    /// words, or not yet: so the test finds their place.
    Mouse,
    /// By keys: the test copies all words; the browser's search finds some.
    Keys,
}

pub(crate) const DILLO: Drawing = Drawing {
    program: "dillo",
    // A window with the page alone.
    args: &["-f", "-g", "1000x1400+0+0"],
    reads: Reads::Mouse,
};
pub(crate) const NETSURF: Drawing = Drawing {
    program: "netsurf-gtk",
    args: &["--window_x=0", "--window_y=0", "--window_width=1000", "--window_height=1400"],
    reads: Reads::Keys,
};

/// One browser on a screen. Ends when dropped.
pub(crate) struct Screen {
    kind: Drawing,
    screened: Screened,
}

impl Screen {
    /// Starts the browser and opens `url` in it.
    pub(crate) fn opens(kind: Drawing, url: &str) -> Self {
        let program = [&[kind.program], kind.args, &[url]].concat();
        let screen = Self { kind, screened: Screened::starts("1000x1400", &program) };
        wait_within(START_WAIT, screen.name(), || screen.picture().page());
        screen
    }

    /// Which browser it is.
    pub(crate) fn name(&self) -> &'static str {
        self.kind.program
    }

    // --- Looking -------------------------------------------------------------

    fn picture(&self) -> Picture {
        wait_for("a whole screen", || Picture::of(&self.screened.points()))
    }

    /// The place of the page on the screen: columns and lines.
    fn page(&self) -> (Range<usize>, Range<usize>) {
        let what = format!("a page in {}", self.name());
        wait_for(&what, || self.picture().page())
    }

    /// The text of the page, line by line.
    pub(crate) fn words(&self) -> String {
        let (columns, lines) = self.page();
        match self.kind.reads {
            Reads::Mouse => self.words_between(self.first_word(), (columns.end, lines.end)),
            Reads::Keys => {
                // Keys go to the page after a click on it.
                self.clicks_on_nothing();
                self.presses(&["ctrl+a", "ctrl+c"]);
                self.copied("--clipboard")
            }
        }
    }

    fn first_word(&self) -> Place {
        let what = format!("a first word in {}", self.name());
        wait_for(&what, || self.picture().first_word())
    }

    fn words_between(&self, from: Place, to: Place) -> String {
        let [from_x, from_y, x, y] = [from.0, from.1, to.0, to.1].map(|it| it.to_string());
        let drawn = ["mousemove", &from_x, &from_y, "mousedown", "1"];
        self.xdotool(&[&drawn[..], &["mousemove", &x, &y, "mouseup", "1"]].concat());
        self.copied("--primary")
    }

    /// The browser handles the click first and answers afterwards, so the copy is current.
    fn copied(&self, from: &str) -> String {
        self.screened.asks("xsel", &["--output", from, "--selectionTimeout", "5000"])
    }

    /// Waits until the page has these words.
    pub(crate) fn sees(&self, words: &str) {
        let what = format!("{words} in {}", self.name());
        wait_for(&what, || self.words().contains(words).then_some(()));
    }

    /// The place where these words end, at their first occurrence.
    fn end_of(&self, words: &str) -> Place {
        self.sees(words);
        match self.kind.reads {
            Reads::Mouse => {
                let ((columns, lines), from) = (self.page(), self.first_word());
                let has = |to: Place| self.words_between(from, to).contains(words);
                // Down to the line, and a little further, into its middle.
                let y = 8 + least(from.1..lines.end, |y| has((columns.end, y)));
                (least(columns, |x| has((x, y))), y)
            }
            Reads::Keys => self.searches(words),
        }
    }

    /// The same, by the browser's search, which does not distinguish capitals.
    fn searches(&self, words: &str) -> Place {
        let text = self.words();
        let before = text.split(words).next().unwrap().to_lowercase();
        let others = before.matches(&words.to_lowercase()).count();
        let top = self.page().1.start;
        self.clicks_on_nothing();
        self.presses(&["ctrl+f"]);
        // The search field makes the page smaller.
        wait_for("a field to search with", || (self.page().1.start > top).then_some(()));
        // The browser searches after each letter. So the test types the words after a character
        // that is nowhere on the page, and then deletes that character.
        self.types(&format!("\\{words}"));
        self.presses(&["Home", "Delete"]);
        (0..others).for_each(|_| self.presses(&["Return"]));
        let (x, y) = wait_for(words, || self.picture().marked());
        let opened = self.page().1.start;
        self.presses(&["Escape"]);
        wait_for("no field to search with", || (self.page().1.start == top).then_some(()));
        (x, y + top - opened)
    }

    /// Writes a picture of the screen into `target/screenshots`.
    pub(crate) fn keep_picture(&self, name: &str) {
        self.clicks_on_nothing();
        wait_for("nothing marked", || self.picture().marked().is_none().then_some(()));
        self.picture().keep(name);
    }

    // --- Doing ---------------------------------------------------------------

    fn xdotool(&self, args: &[&str]) {
        self.screened.asks("xdotool", args);
    }

    fn types(&self, text: &str) {
        self.xdotool(&["type", text]);
    }

    fn presses(&self, keys: &[&str]) {
        self.xdotool(&[&["key"], keys].concat());
    }

    fn clicks(&self, (x, y): Place) {
        self.xdotool(&["mousemove", &x.to_string(), &y.to_string(), "click", "1"]);
    }

    /// Clicks at the page's end, where it is empty.
    fn clicks_on_nothing(&self) {
        let (columns, lines) = self.page();
        self.clicks((columns.end - 20, lines.end - 20));
    }

    /// Follows the link with these words.
    pub(crate) fn follows(&self, words: &str) {
        let (x, y) = self.end_of(words);
        self.clicks((x - 6, y));
    }

    /// Fills in the field after a label.
    pub(crate) fn fills(&self, label: &str, text: &str) {
        let what = format!("{text} in {}", self.name());
        wait_for(&what, || {
            let (x, y) = self.end_of(label);
            self.clicks((x + 30, y));
            if self.kind.reads == Reads::Mouse {
                self.types(text);
                return Some(());
            }
            self.presses(&["ctrl+a"]);
            self.types(text);
            // The clicks may have hit the page while it moved for the search field. The copied text
            // shows whether the field has it.
            self.presses(&["ctrl+a", "ctrl+c"]);
            (self.copied("--clipboard") == text).then_some(())
        });
    }

    /// Loads the page again: by its button *Refresh*, or by a key where text on a button cannot be
    /// copied.
    pub(crate) fn loads_again(&self) {
        match self.kind.reads {
            Reads::Mouse => {
                self.clicks_on_nothing();
                self.presses(&["ctrl+r"]);
            }
            Reads::Keys => self.follows("Refresh"),
        }
    }

    /// Presses the button after the field that was filled in.
    pub(crate) fn presses_button(&self, words: &str) {
        match self.kind.reads {
            // Text on a button cannot be copied.
            Reads::Mouse => self.presses(&["Tab", "space"]),
            Reads::Keys => self.follows(words),
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        if std::thread::panicking() && self.screened.points().exists() {
            self.picture().keep(&format!("failed-{}.png", self.name()));
        }
    }
}

/// The least number for which `holds` is true, provided that it is true for all greater ones.
fn least(mut numbers: Range<usize>, holds: impl Fn(usize) -> bool) -> usize {
    while !numbers.is_empty() {
        let middle = numbers.start.midpoint(numbers.end);
        if holds(middle) { numbers.end = middle } else { numbers.start = middle + 1 }
    }
    numbers.start
}
