//! Somebody without scripts whose line is cut: what such a person does, and has seen.
//!
//! They press what a browser has: Send, Reload, Back, and the page's own Refresh. What the
//! pages showed them is kept, look by look, so that it can be asked whether they have seen
//! everything, and each of it once.
//!
//! Owns: that person.
//! Must not know: who else is there.
//!
//! Next: `cuts.rs`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cdp::wait_for;
use crate::cuts::{Luck, Witness};
use crate::host::Line;
use crate::page::{Browser, DESKTOP, Person};
use crate::scriptless;

/// More often than this nobody tries.
const TRIES: usize = 8;

/// How one of these pages is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Before Send is pressed: nothing gets out.
    Before,
    /// Right behind it: nobody knows what got out.
    Behind,
    /// It is said, and no answer comes.
    Unanswered,
    /// It is said, and the answer is torn.
    InTheAnswer,
    /// It is said and answered, and the page behind it is torn.
    InThePage,
    /// All has come, and what goes on in a frame goes on no more.
    InTheFrame,
}

const CUTS: [Cut; 6] =
    [Cut::Before, Cut::Behind, Cut::Unanswered, Cut::InTheAnswer, Cut::InThePage, Cut::InTheFrame];

/// What a browser shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The room's page, to its last line.
    Whole,
    /// A part of it.
    Torn,
    /// The browser's own words, or nothing.
    NoPage,
}

/// Somebody with scripts off, and each line that they were shown, by its number.
pub(crate) struct Reader<'b> {
    person: Person<'b>,
    seen: BTreeMap<u64, String>,
}

/// The list as it stands there, from above; nothing while there is none. What is last on a
/// page that was torn may be half a line.
const ROWS: &str = "(() => { try { \
    const frame = document.querySelector('iframe'); \
    const page = frame ? frame.contentDocument : document; \
    const whole = row => row.nextSibling || page.readyState === 'complete'; \
    return [...page.querySelectorAll('ol > li[id]')].filter(whole) \
        .map(row => [row.value, row.querySelector('.text').textContent]); \
    } catch (e) { return []; } })()";

impl<'b> Reader<'b> {
    /// Comes in over this line, says one thing, and goes on to the page that is `asked` for.
    pub(crate) fn comes(browser: &'b Browser, line: &Line, asked: &str, first: &str) -> Self {
        let person = browser.looks_at("about:blank", DESKTOP);
        let room = format!("{}r/lobby", line.url());
        person.opens_without_scripts(&room);
        scriptless::says(&person, first);
        // A page with a stream in it is never complete.
        person.goes_to(&format!("{room}{asked}"));
        let mut reader = Self { person, seen: BTreeMap::new() };
        reader.waits_to_see(first);
        reader
    }

    /// Says something over a line that holds.
    pub(crate) fn says(&mut self, text: &str) {
        self.looks();
        scriptless::says(&self.person, text);
        self.waits_to_see(text);
    }

    /// Says something while the line is cut before it, in it, or behind it. Answers whether
    /// its fate is settled: it never got out, or the room has heard it.
    pub(crate) fn says_over_a_cut(
        &mut self,
        line: &Line,
        text: &str,
        turn: usize,
        luck: &mut Luck,
        witness: &mut Witness,
    ) -> bool {
        self.looks();
        let cut = CUTS[turn % CUTS.len()];
        scriptless::fills(&self.person, "text", text);
        self.person.sees("window.old = true");
        match cut {
            Cut::Before => line.cut(),
            Cut::Unanswered => line.go_deaf(),
            // The answer to a form is short, and the page is not.
            Cut::InTheAnswer => line.tears_behind(luck.below(300)),
            Cut::InThePage => line.tears_behind(300 + luck.below(6000)),
            Cut::Behind | Cut::InTheFrame => {}
        }
        // By its key: on a busy machine the button may have moved below a pointer, and a word that
        // was never sent is none that a cut has lost.
        self.person.presses("Enter");
        match cut {
            Cut::Before | Cut::Behind => {}
            Cut::Unanswered => witness.hears(text),
            Cut::InTheAnswer | Cut::InThePage => {
                witness.hears(text);
                // An early page may be shorter than that.
                wait_for("a torn line", || (line.is_torn() || self.sees(text)).then_some(()));
            }
            Cut::InTheFrame => self.waits_to_see(text),
        }
        line.cut();
        self.person.waits_until("!window.old");
        cut != Cut::Behind
    }

    /// The line holds again, and `last` was said meanwhile. Comes back to a page that shows
    /// it, and says `text` if that is not there. Who goes back may be shown the room as it is
    /// now, with another form: that is safe once the fate of those words is settled.
    pub(crate) fn comes_back(&mut self, text: &str, last: &str, may_go_back: bool) {
        // What is there from before the cut may go on no more.
        let mut is_fresh = false;
        for attempt in 0..TRIES {
            // Of a page that was torn there comes no more, and Chromium waits for it.
            if is_fresh {
                self.person.waits_until("document.readyState !== 'loading'");
            }
            match self.shown() {
                Shown::Whole if is_fresh => break,
                Shown::Whole => self.refreshes(),
                // Half an address leads elsewhere, however often it is loaded.
                Shown::NoPage if may_go_back || attempt > 0 => {
                    // The page as it was left, with the form that was sent.
                    if self.person.goes_back() {
                        self.sends(text);
                    }
                }
                Shown::Torn | Shown::NoPage => self.person.presses_reload(),
            }
            is_fresh = true;
        }
        self.waits_to_see(last);
        if !self.sees(text) {
            self.sends(text);
            self.waits_to_see(text);
        }
    }

    /// Types it, unless it stands there still, and sends it.
    fn sends(&self, text: &str) {
        let field = self.person.reads("document.querySelector('input[name=text]').value");
        scriptless::says(&self.person, if field == text { "" } else { text });
    }

    /// Looks for what was said last, and answers all that was ever shown.
    pub(crate) fn has_seen_all_up_to(&mut self, last: &str) -> Vec<String> {
        self.refreshes();
        self.waits_to_see(last);
        let numbers: Vec<_> = self.seen.keys().copied().collect();
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
        self.seen.values().cloned().collect()
    }

    /// By the page's own link, or where what goes on by itself has none, by the browser's.
    fn refreshes(&mut self) {
        self.looks();
        if self.person.sees("!!document.querySelector('iframe')") == true {
            self.person.presses_reload();
        } else {
            self.person.sees("window.old = true");
            self.person.clicks(".ways a");
            self.person.waits_until("!window.old");
        }
    }

    fn shown(&self) -> Shown {
        let is_room = "document.querySelector('h1 bdi')?.innerText === 'lobby'";
        if self.person.sees(&format!("{is_room} && !!document.querySelector('footer small')"))
            == true
        {
            Shown::Whole
        } else if self.person.sees(is_room) == true {
            Shown::Torn
        } else {
            Shown::NoPage
        }
    }

    fn sees(&mut self, text: &str) -> bool {
        self.looks();
        self.seen.values().any(|seen| seen == text)
    }

    fn waits_to_see(&mut self, text: &str) {
        wait_for(text, || self.sees(text).then_some(()));
    }

    /// Keeps what the page shows: lines behind each other, none of them twice, and none other
    /// than it was.
    fn looks(&mut self) {
        let rows = self.person.sees(ROWS);
        let mut rows: Vec<(u64, String)> = rows.as_array().into_iter().flatten().map(row).collect();
        if rows.first() > rows.last() {
            rows.reverse();
        }
        let is_next = |pair: &[(u64, String)]| pair[0].0 + 1 == pair[1].0;
        assert!(rows.windows(2).all(is_next), "{rows:?}");
        for (number, text) in rows {
            let before = self.seen.insert(number, text.clone());
            assert!(before.is_none_or(|before| before == text), "{number} became {text}");
        }
    }
}

fn row(row: &Value) -> (u64, String) {
    (row[0].as_u64().unwrap(), row[1].as_str().unwrap().to_owned())
}
