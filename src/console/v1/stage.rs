//! Where a conversation is shown: above the line that a person edits, or on standard output with
//! notes apart from the messages.
//!
//! Thread `printer` (one per `join` at a terminal) hands texts to the line editor. The editor
//! accepts no text between two lines, and the loop must not wait for it.
//! Blocks on: the queue of texts, and the editor.
//! Owns: the output.
//! Must not know: what is shown. It only distinguishes messages from notes.
//!
//! Part: `console/v1/mod.rs`.

use std::convert::Infallible;
use std::io::{self, Write};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustyline::ExternalPrinter;

use crate::base::{limits, threads};

/// An output for messages, and a way to show notes that are not part of the chat.
pub(super) enum Stage {
    /// A terminal whose last line a person edits.
    Above(Prints),
    /// A terminal without an editor, or no terminal. `notes` may be the same as `output`.
    Plain { output: Box<dyn Write>, notes: Box<dyn Write>, mark: &'static str },
}

/// The queue of texts for the printer, and the signal that the printer has ended.
pub(super) struct Prints {
    texts: Option<Sender<String>>,
    ended: Receiver<Infallible>,
}

impl Stage {
    /// Makes a stage that shows texts above the line that `printer`'s editor holds.
    ///
    /// # Errors
    /// The system could not give a thread.
    pub(super) fn above(printer: impl ExternalPrinter + Send + 'static) -> io::Result<Self> {
        let (texts, to_print) = bounded(limits::CONSOLE_PRINTS_MAX);
        let (end, ended) = bounded(0);
        threads::spawn("printer", move || print(printer, &to_print, end))?;
        Ok(Self::Above(Prints { texts: Some(texts), ended }))
    }

    /// Makes a stage for a person whose terminal has no line editor.
    pub(super) fn simple_terminal() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stdout()));
        Self::Plain { output, notes, mark: "-- " }
    }

    /// Makes a stage for programs: messages on standard output, notes on standard error.
    pub(super) fn script() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stderr()));
        Self::Plain { output, notes, mark: "threadbare: " }
    }

    /// Shows a line of the chat.
    ///
    /// # Errors
    /// The output's error.
    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Above(prints) => prints.print(format!("{text}\n")),
            Self::Plain { output, .. } => {
                writeln!(output, "{text}")?;
                output.flush()
            }
        }
    }

    /// Shows a note about the chat. An output that cannot be written is not an error here.
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

/// Waits until the printer has shown its texts, but only for `TYPIST_END_WAIT`.
impl Drop for Prints {
    fn drop(&mut self) {
        drop(self.texts.take());
        self.ended.recv_timeout(limits::TYPIST_END_WAIT).ok();
    }
}

fn print(mut printer: impl ExternalPrinter, texts: &Receiver<String>, end: Sender<Infallible>) {
    while let Ok(mut text) = texts.recv() {
        // Take all texts that wait: each print makes the editor draw the typed line again.
        while let Ok(more) = texts.try_recv() {
            text.push_str(&more);
        }
        if printer.print(text).is_err() {
            break;
        }
    }
    drop(end);
}
