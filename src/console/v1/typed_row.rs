//! Clears a message that the person has typed from the screen. The server sends it back with its
//! number, so it stands on the screen once.
//!
//! ```text
//!  editor ── Enter: close ──▶ gate ◀── typist: clears the rows of the line, opens
//!                              │
//!  printer ── waits while the gate is closed, then prints
//! ```
//!
//! While the printer prints, the editor does not close the gate, and the line stays on the screen.
//!
//! Runs on threads `typist` and `printer`.
//! Blocks on: in the printer, the gate, until the typist has cleared the rows.
//! Owns: the gate, and how many rows a typed line has.
//! Must not know: what is printed.
//!
//! Part: `console/v1/mod.rs`.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Condvar, Mutex};

/// The gate between the end of a typed line and what is printed next. Clones are the same gate.
#[derive(Clone, Default)]
pub(super) struct Gate {
    inner: Arc<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Held while something is printed.
    printing: Mutex<()>,
    opened: Condvar,
    is_closed: AtomicBool,
    /// True if what the person sends comes back at once, and the terminal can clear a row.
    takes_back: AtomicBool,
}

impl Gate {
    /// Says whether typed messages shall be taken from the screen.
    pub(super) fn set_takes_back(&self, takes_back: bool) {
        self.inner.takes_back.store(takes_back, Ordering::SeqCst);
    }

    /// Closes the gate, if typed messages shall be taken from the screen and nothing is being
    /// printed. Never waits: the printer may wait for the editor.
    pub(super) fn close(&self) {
        if self.inner.takes_back.load(Ordering::SeqCst)
            && let Some(_nothing_is_printed) = self.inner.printing.try_lock()
        {
            self.inner.is_closed.store(true, Ordering::SeqCst);
        }
    }

    /// If the gate is closed, clears the rows of a line that was typed after this prompt, and opens
    /// the gate. `columns` is the width of the terminal.
    pub(super) fn clear_and_open(&self, prompt: &str, line: &str, columns: usize) {
        // An open gate is left alone: the printer may hold it until the editor reads again.
        if !self.inner.is_closed.load(Ordering::SeqCst) {
            return;
        }
        if let Some(rows) = rows_of(prompt, line, columns) {
            // An error is ignored: then the terminal is gone, and the next read says so.
            write!(io::stdout(), "\u{1b}[{rows}A\r\u{1b}[J").ok();
            io::stdout().flush().ok();
        }
        let _printer_waits = self.inner.printing.lock();
        self.inner.is_closed.store(false, Ordering::SeqCst);
        self.inner.opened.notify_all();
    }

    /// Prints, as soon as the gate is open.
    pub(super) fn pass<T>(&self, print: impl FnOnce() -> T) -> T {
        let mut printing = self.inner.printing.lock();
        while self.inner.is_closed.load(Ordering::SeqCst) {
            self.inner.opened.wait(&mut printing);
        }
        print()
    }
}

/// Returns how many rows of a terminal with so many columns a prompt and a line have; `None`: not
/// every terminal draws them alike.
fn rows_of(prompt: &str, line: &str, columns: usize) -> Option<usize> {
    let (mut rows, mut used) = (1, 0);
    for sign in prompt.chars().chain(line.chars()) {
        let wide = width(sign)?;
        if used + wide > columns {
            rows += 1;
            used = 0;
        }
        used += wide;
    }
    // After a full row some terminals go to the next one, and some wait for more.
    (used < columns).then_some(rows)
}

/// Returns how many columns a letter has; `None`: terminals differ.
fn width(sign: char) -> Option<usize> {
    match sign {
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' => Some(1),
        '\u{3001}'..='\u{3029}' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' => Some(2),
        '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{ff01}'..='\u{ff5e}' => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crossbeam_channel::bounded;

    use super::{Gate, rows_of};
    use crate::base::threads;

    #[test]
    fn a_line_has_the_rows_that_every_terminal_gives_it() {
        assert_eq!(rows_of("den> ", "soup", 80), Some(1));
        assert_eq!(rows_of("den> ", "12345", 10), None, "a full row");
        assert_eq!(rows_of("den> ", "123456", 10), Some(2));
        assert_eq!(rows_of("a> ", "备份在这", 10), Some(2), "no letter stands on two rows");
        assert_eq!(rows_of("den> ", "👍🏽", 80), None, "terminals differ");
    }

    #[test]
    fn nothing_is_printed_between_the_end_of_a_line_and_its_removal() {
        let gate = Gate::default();
        gate.set_takes_back(true);
        gate.close();
        let (printed, seen) = bounded(1);
        let printer = {
            let gate = gate.clone();
            threads::spawn("printer", move || gate.pass(|| printed.send(()).unwrap())).unwrap()
        };
        assert!(seen.recv_timeout(Duration::from_millis(50)).is_err());
        gate.clear_and_open("den> ", "👍🏽", 80);
        seen.recv().unwrap();
        printer.join().unwrap();
    }

    #[test]
    fn while_something_is_printed_the_line_stays() {
        let gate = Gate::default();
        gate.set_takes_back(true);
        gate.pass(|| gate.close());
        gate.pass(|| ());
    }
}
