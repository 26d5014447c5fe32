//! `threadbare join` in the classic format: one person, one conversation, three threads.
//!
//! The calling thread reads what the server sends. Thread `typist` sends the typed lines. A third
//! thread only waits for Ctrl-C. The conversation ends when the input ends, on Ctrl-C, when the
//! program that reads our output closes it, or when the server ends it.
//!
//! Owns: the end of the conversation: what is printed about it, and whether it was normal.
//! Blocks on: the connection, until it has ended.
//!
//! Part: `console/mod.rs`.

use std::io::{self, BufRead, Write};
use std::sync::Arc;

use crossbeam_channel::bounded;
use tungstenite::protocol::frame::coding::CloseCode;

use super::dial::Dialled;
use super::goodbye::Goodbye;
use super::listen::listen;
use super::screen::Screen;
use super::trouble::ConsoleError;
use super::typist::type_lines;
use crate::base::{limits, threads};

/// Runs the conversation until either side ends it. Blocks until then.
///
/// `watch` gets a `Goodbye` to end the conversation from outside; its result is kept alive until
/// the end. `notes` gets a sentence if the server ended the conversation normally. An abnormal end
/// is an error, which has its own sentence.
///
/// # Errors
/// The conversation ended in an abnormal way, or a line was not sent.
pub(super) fn converse<G>(
    dialled: Dialled,
    input: impl BufRead + Send + 'static,
    screen: Screen<impl Write + Send + 'static>,
    notes: &mut impl Write,
    watch: impl FnOnce(Goodbye) -> io::Result<G>,
) -> Result<(), ConsoleError> {
    let no_thread = |source| ConsoleError::NoThread { source };
    let Dialled { socket, connection } = dialled;
    let is_person = screen.is_for_a_person();
    let screen = Arc::new(screen);
    let (goodbye, reading) = Goodbye::new(Arc::clone(&connection));
    let _watching = watch(goodbye.clone()).map_err(no_thread)?;
    let (outcomes, typist_outcome) = bounded(1);
    let typists_screen = Arc::clone(&screen);
    // The thread is not joined: it may block on the input for ever.
    threads::spawn("typist", move || type_lines(input, &typists_screen, &goodbye, &outcomes))
        .map_err(no_thread)?;

    let mut output_error = None;
    let ending = listen(socket, &connection, |text| {
        if output_error.is_none()
            && let Err(error) = screen.message(text)
        {
            output_error = Some(error);
            // This closure runs on the reader's own thread, so the reader's next read has the
            // deadline that `close` sets.
            connection.close(CloseCode::Normal);
        }
    });
    screen.put_prompt_away().ok();
    drop(reading);

    match output_error {
        // The program that reads our output has closed it: the usual end of `join URL | head`.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Some(source) => return Err(ConsoleError::Output { source }),
        None => {}
    }
    if !ending.is_normal() {
        return Err(ConsoleError::Ended(ending));
    }
    if !ending.is_silent() {
        // If the note cannot be written, that is no reason to fail.
        writeln!(notes, "{ending}").ok();
    }
    // The typist may still wait for input. For a person at a terminal that is fine. For a script it
    // is an error: the server ended the conversation before the script's input had ended.
    let typed = typist_outcome.recv_timeout(limits::TYPIST_END_WAIT);
    match typed {
        Ok(outcome) => outcome,
        Err(_) if ending.is_eviction() && !is_person => Err(ConsoleError::CutShort),
        Err(_) => Ok(()),
    }
}
