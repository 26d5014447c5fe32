//! Where a conversation is shown: above the line that is being typed, or on
//! standard output with its notes apart.
//!
//! Thread `printer` hands texts to the line editor, one per `join` at a terminal:
//! the editor takes none between two lines, and the loop must go on then.
//! Blocks on: its queue; the editor.
//! Owns: the output.
//! Must not know: what is shown, but for notes.
//!
//! Next: `console/v1/editor.rs`.

use std::convert::Infallible;
use std::io::{self, Write};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustyline::ExternalPrinter;

use crate::{limits, threads};

/// An output, and a way to tell things that are no part of it.
pub(super) enum Stage {
    /// A terminal whose last line is being edited.
    Above(Prints),
    /// A terminal without an editor, or no terminal: `notes` may be the same.
    Plain { output: Box<dyn Write>, notes: Box<dyn Write>, mark: &'static str },
}

/// Texts on their way to the printer, and whether it has ended.
pub(super) struct Prints {
    texts: Option<Sender<String>>,
    ended: Receiver<Infallible>,
}

impl Stage {
    /// Above the line that `printer`'s editor has.
    ///
    /// # Errors
    /// The system has no thread to give.
    pub(super) fn above(printer: impl ExternalPrinter + Send + 'static) -> io::Result<Self> {
        let (texts, to_print) = bounded(limits::CONSOLE_PRINTS_MAX);
        let (end, ended) = bounded(0);
        threads::spawn("printer", move || print(printer, &to_print, end))?;
        Ok(Self::Above(Prints { texts: Some(texts), ended }))
    }

    /// For a person whose terminal cannot do more than print.
    pub(super) fn simple_terminal() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stdout()));
        Self::Plain { output, notes, mark: "-- " }
    }

    /// For programs.
    pub(super) fn script() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stderr()));
        Self::Plain { output, notes, mark: "threadbare: " }
    }

    /// Shows a line of the chat.
    ///
    /// # Errors
    /// What the output said.
    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Above(prints) => prints.print(format!("{text}\n")),
            Self::Plain { output, .. } => {
                writeln!(output, "{text}")?;
                output.flush()
            }
        }
    }

    /// Tells something about the chat. That nobody reads it is no error.
    pub(super) fn note(&mut self, words: &str) {
        match self {
            Self::Above(prints) => {
                prints.print(format!("-- {}\n", words.replace('\n', "\n   "))).ok();
            }
            Self::Plain { notes, mark, .. } => {
                writeln!(notes, "{mark}{words}").ok();
                notes.flush().ok();
            }
        }
    }
}

impl Prints {
    fn print(&self, text: String) -> io::Result<()> {
        match &self.texts {
            Some(texts) => texts.send(text).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => Ok(()),
        }
    }
}

/// What was shown is seen before the program ends, if that takes no time.
impl Drop for Prints {
    fn drop(&mut self) {
        drop(self.texts.take());
        self.ended.recv_timeout(limits::TYPIST_END_WAIT).ok();
    }
}

fn print(mut printer: impl ExternalPrinter, texts: &Receiver<String>, end: Sender<Infallible>) {
    while let Ok(mut text) = texts.recv() {
        // What waits goes together: each print draws the typed line anew.
        while let Ok(more) = texts.try_recv() {
            text.push_str(&more);
        }
        if printer.print(text).is_err() {
            break;
        }
    }
    drop(end);
}
