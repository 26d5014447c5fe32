//! A person without scripts whose connection is cut: what the person does, and has seen.
//!
//! The person uses what a browser has: Send, Reload, Back, and the page's own Refresh. The test
//! keeps what each page showed. At the end it can check that the person has seen everything, and
//! each message once.
//!
//! Owns: that person.
//! Must not know: who else is there.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cdp::wait_for;
use crate::cuts::{Rng, Witness};
use crate::host::Proxy;
use crate::page::{Browser, DESKTOP, Person};
use crate::scriptless;

/// A person tries no more often than this.
const TRIES: usize = 8;
/// After this time, a key that has sent nothing is pressed again.
const PRESS_AGAIN: Duration = Duration::from_secs(3);

/// How the connection of one of these pages is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// Before Send is pressed: no byte reaches the server.
    Before,
    /// Right after Send is pressed: it is unknown what reached the server.
    Behind,
    /// The server gets the message, and its answer does not arrive.
    Unanswered,
    /// The server gets the message, and its answer is torn.
    InTheAnswer,
    /// The server gets the message and answers; the next page is torn.
    InThePage,
    /// Everything has arrived, and the stream in the frame is cut.
    InTheFrame,
}

const CUTS: [Cut; 6] =
    [Cut::Before, Cut::Behind, Cut::Unanswered, Cut::InTheAnswer, Cut::InThePage, Cut::InTheFrame];

/// What the browser shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// The room's page, complete.
    Whole,
    /// A part of it.
    Torn,
    /// The browser's own error page, or nothing.
    NoPage,
}

/// A person with scripts off, and each message that the pages showed, by its number.
pub(crate) struct Reader<'b> {
    person: Person<'b>,
    seen: BTreeMap<u64, String>,
}

/// The list on the page, from the top; empty while there is none. On a torn page, the last line may
/// be incomplete.
const ROWS: &str = "(() => { try { \
    const frame = document.querySelector('iframe.stream'); \
    const page = frame ? frame.contentDocument : document; \
    const whole = row => row.nextSibling || row.parentNode.nextSibling \
        || page.readyState === 'complete'; \
    return [...page.querySelectorAll('ol > li[value]')].filter(whole) \
        .map(row => [row.value, row.querySelector('.text').textContent]); \
    } catch (e) { return []; } })()";

impl<'b> Reader<'b> {
    /// Comes in over this connection, says one thing, and goes on to the page `asked`.
    pub(crate) fn comes(browser: &'b Browser, proxy: &Proxy, asked: &str, first: &str) -> Self {
        let person = browser.looks_at("about:blank", DESKTOP);
        let room = format!("{}r/lobby", proxy.url());
        person.opens_without_scripts(&room);
        scriptless::says(&person, first);
        // A page with a stream in it never finishes loading.
        person.goes_to(&format!("{room}{asked}"));
        let mut reader = Self { person, seen: BTreeMap::new() };
        reader.waits_to_see(first);
        reader
    }

    /// Says something over a connection that holds.
    pub(crate) fn says(&mut self, text: &str) {
        self.looks();
        self.clears();
        scriptless::says(&self.person, text);
        self.waits_to_see(text);
    }

    /// Says something while the connection is cut: before the request, during it, or after it.
    /// Returns whether the result is certain: the server never got the message, or the room has it.
    pub(crate) fn says_over_a_cut(
        &mut self,
        proxy: &Proxy,
        text: &str,
        turn: usize,
        rng: &mut Rng,
        witness: &mut Witness,
    ) -> bool {
        self.looks();
        self.clears();
        let cut = CUTS[turn % CUTS.len()];
        scriptless::fills(&self.person, "text", text);
        // Before the browser has drawn the page, it drops keys.
        self.person.waits_until("performance.getEntriesByType('paint').length > 0");
        self.person.sees("window.old = true");
        match cut {
            Cut::Before => proxy.cut(),
            Cut::Unanswered => proxy.go_deaf(),
            // The answer to a form is short; the page is long.
            Cut::InTheAnswer => proxy.tears_behind(rng.below(300)),
            Cut::InThePage => proxy.tears_behind(300 + rng.below(6000)),
            Cut::Behind | Cut::InTheFrame => {}
        }
        // The test presses the key. On a busy machine the button may have moved away from the
        // pointer, and then a message would be missing that was never sent.
        self.person.presses("Enter");
        match cut {
            Cut::Before | Cut::Behind => {}
            Cut::Unanswered => witness.hears(text),
            Cut::InTheAnswer | Cut::InThePage => {
                witness.hears(text);
                // An early page may be shorter than that.
                wait_for("a torn answer", || (proxy.is_torn() || self.sees(text)).then_some(()));
            }
            Cut::InTheFrame => self.waits_to_see(text),
        }
        proxy.cut();
        self.leaves_the_page(cut);
        did(&format!("{text}: {cut:?}"));
        cut != Cut::Behind
    }

    /// Waits until the browser shows the answer to the form, or that there was none.
    fn leaves_the_page(&self, cut: Cut) {
        let mut pressed = Instant::now();
        wait_for("the page after the form", || {
            if self.person.sees("!window.old") == true {
                return Some(());
            }
            // On a busy machine, the browser now and then drops a key. In the other cases the
            // witness has heard the text, so the key was pressed.
            if matches!(cut, Cut::Before | Cut::Behind) && pressed.elapsed() > PRESS_AGAIN {
                self.person.presses("Enter");
                pressed = Instant::now();
            }
            None
        });
    }

    /// The connection works again, and `last` was said meanwhile. Comes back to a page that shows
    /// `last`, and says `text` if it is not there. Back may show the room as it is now, with
    /// another form. That is safe once it is certain whether `text` was received.
    pub(crate) fn comes_back(&mut self, text: &str, last: &str, may_go_back: bool) {
        // A page from before the cut may have stopped to update.
        let mut is_fresh = false;
        for attempt in 0..TRIES {
            // A torn page receives no more, but Chromium still waits for it.
            if is_fresh {
                self.person.waits_until("document.readyState !== 'loading'");
            }
            let shown = self.shown();
            did(&format!("{text}: {shown:?}, fresh {is_fresh}, Back {may_go_back}"));
            match shown {
                Shown::Whole if is_fresh => break,
                Shown::Whole => self.refreshes(),
                // A torn redirect can lead to a wrong address, and Reload does not repair that.
                Shown::NoPage if may_go_back || attempt > 0 => {
                    // The page as the person left it, with the form that was sent.
                    if self.person.goes_back() {
                        did(&format!("{text}: sends the old form of {}", self.form()));
                        self.sends(text);
                    } else {
                        // The browser may have stored it, with older messages.
                        is_fresh = false;
                        continue;
                    }
                }
                Shown::Torn | Shown::NoPage => self.person.presses_reload(),
            }
            is_fresh = true;
        }
        self.waits_to_see(last);
        if !self.sees(text) {
            did(&format!("{text}: not seen, sends the form of {}", self.form()));
            self.sends(text);
            self.waits_to_see(text);
        }
    }

    /// Removes from the field what the person has said already: after Back, Refresh keeps it there.
    fn clears(&self) {
        self.person.sees("document.querySelector('input[name=text]').value = ''");
    }

    /// The address and the number of the form on the page.
    fn form(&self) -> Value {
        self.person
            .reads("location.href + ' ' + document.querySelector('input[name=once]').value")
            .into()
    }

    /// Sends the text; types it first, unless the field still has it.
    fn sends(&self, text: &str) {
        let field = self.person.reads("document.querySelector('input[name=text]').value");
        scriptless::says(&self.person, if field == text { "" } else { text });
    }

    /// Waits for the last message, and returns all that was ever shown.
    pub(crate) fn has_seen_all_up_to(&mut self, last: &str) -> Vec<String> {
        self.refreshes();
        self.waits_to_see(last);
        let numbers: Vec<_> = self.seen.keys().copied().collect();
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
        self.seen.values().cloned().collect()
    }

    /// Uses the page's own link. A page with a frame has no such link, so it uses Reload.
    fn refreshes(&mut self) {
        self.looks();
        if self.person.sees("!!document.querySelector('iframe.stream')") == true {
            self.person.presses_reload();
        } else {
            self.person.sees("window.old = true");
            self.person.clicks(".ways input");
            self.person.waits_until("!window.old");
        }
    }

    fn shown(&self) -> Shown {
        let is_room = "document.querySelector('h1 bdi')?.innerText === 'lobby'";
        // The button is the last thing on each of these pages.
        let is_whole = format!("{is_room} && !!document.querySelector('input[name=make]')");
        if self.person.sees(&is_whole) == true {
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

    /// Keeps what the page shows. The numbers must be consecutive, none twice, and each text
    /// unchanged.
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

/// Says in the output of a failing test what the person did.
#[expect(clippy::print_stdout, reason = "a failing test says what the person did")]
fn did(what: &str) {
    println!("{what}");
}

fn row(row: &Value) -> (u64, String) {
    (row[0].as_u64().unwrap(), row[1].as_str().unwrap().to_owned())
}
