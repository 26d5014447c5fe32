//! Shows a conversation. At a terminal it prints each text above the line that the person edits.
//! For a script it prints messages to the standard output, and notes to the standard error.
//!
//! Thread `printer` (one per `join` at a terminal) gives texts to the line editor. The editor
//! accepts no text between the end of one line and the next prompt. The thread waits for that, so
//! that the loop, which also receives from the server, need not wait.
//! Blocks on: in that thread, the queue of texts and the editor; in the loop, the queue while it is
//! full, and the output.
//! Owns: the output.
//! Must not know: what the shown texts mean. It only distinguishes messages from notes.
//!
//! Part: `console/v1/mod.rs`.

use std::convert::Infallible;
use std::io::{self, Write};

use crossbeam_channel::{Receiver, Sender, bounded};
use rustyline::ExternalPrinter;

use crate::base::threads;
use crate::console::limits;

/// Most texts that can wait to be printed above the line that a person is typing.
const CONSOLE_PRINTS_MAX: usize = 1024;

pub(super) enum Stage {
    /// A terminal on which a person edits the lowest line; texts are shown above it.
    Above(Prints),
    /// A terminal without a line editor, or no terminal. `notes` and `output` can both be the
    /// standard output.
    Plain { output: Box<dyn Write>, notes: Box<dyn Write>, mark: &'static str },
}

/// The loop's side of the thread `printer`: the queue of texts to print, and a channel that
/// disconnects when the printer has ended.
pub(super) struct Prints {
    texts: Option<Sender<String>>,
    ended: Receiver<Infallible>,
}

impl Stage {
    /// Makes a stage that shows texts above the line that the person edits. `printer` comes from
    /// the line editor.
    ///
    /// # Errors
    /// The system could not start a thread.
    pub(super) fn above(printer: impl ExternalPrinter + Send + 'static) -> io::Result<Self> {
        let (texts, to_print) = bounded(CONSOLE_PRINTS_MAX);
        let (end, ended) = bounded(0);
        threads::spawn("printer", move || print(printer, &to_print, end))?;
        Ok(Self::Above(Prints { texts: Some(texts), ended }))
    }

    /// Makes a stage for a person whose terminal has no line editor.
    pub(super) fn simple_terminal() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stdout()));
        Self::Plain { output, notes, mark: "-- " }
    }

    /// Makes a stage for a script: messages go to standard output, notes to standard error.
    pub(super) fn script() -> Self {
        let (output, notes) = (Box::new(io::stdout()), Box::new(io::stderr()));
        Self::Plain { output, notes, mark: "threadbare: " }
    }

    /// Shows the text of a line of the chat.
    ///
    /// # Errors
    /// The output failed, or the thread `printer` has ended.
    pub(super) fn show(&mut self, text: &str) -> io::Result<()> {
        match self {
            Self::Above(prints) => prints.print(format!("{text}\n")),
            Self::Plain { output, .. } => {
                writeln!(output, "{text}")?;
                output.flush()
            }
        }
    }

    /// Shows a note about the conversation. Ignores errors of the output.
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

/// Blocks until the printer has shown all texts, but for at most `TYPIST_END_WAIT`.
impl Drop for Prints {
    fn drop(&mut self) {
        drop(self.texts.take());
        self.ended.recv_timeout(limits::TYPIST_END_WAIT).ok();
    }
}

fn print(mut printer: impl ExternalPrinter, texts: &Receiver<String>, end: Sender<Infallible>) {
    while let Ok(mut text) = texts.recv() {
        // Print all texts that wait in the queue at once, because after each print the editor draws
        // the typed line again.
        while let Ok(more) = texts.try_recv() {
            text.push_str(&more);
        }
        if printer.print(text).is_err() {
            break;
        }
    }
    drop(end);
}
