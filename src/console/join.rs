//! `threadbare join` in the classic format: one person, one conversation, three threads.
//!
//! The calling thread reads what the server sends. Thread `typist` sends the typed lines. A third
//! thread only waits for Ctrl-C. The conversation ends when the input ends, on Ctrl-C, when the
//! program that reads our output closes the pipe, or when the server ends the connection.
//!
//! Owns: the end of the conversation: what is printed about the end, and whether the end was
//! normal.
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

/// Runs the conversation. Blocks until our side or the server ends the conversation.
///
/// `watch` is called with a `Goodbye`, which can end the conversation from outside; the value that
/// `watch` returns is dropped at the end of the conversation. If the server closed the connection
/// normally, a sentence is written to `notes`. An abnormal end is an error with a sentence of its
/// own.
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
    // No thread joins this thread, because it can block on the input for ever.
    threads::spawn("typist", move || type_lines(input, &typists_screen, &goodbye, &outcomes))
        .map_err(no_thread)?;

    let mut output_error = None;
    let ending = listen(socket, &connection, |text| {
        if output_error.is_none()
            && let Err(error) = screen.message(text)
        {
            output_error = Some(error);
            // `close` sets a deadline for reads. It has an effect, because this closure runs on the
            // reader's thread, which is not inside a read now.
            connection.close(CloseCode::Normal);
        }
    });
    screen.put_prompt_away().ok();
    drop(reading);

    match output_error {
        // The program that reads our output has closed the pipe, which is the usual end of
        // `join URL | head`.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Some(source) => return Err(ConsoleError::Output { source }),
        None => {}
    }
    if !ending.is_normal() {
        return Err(ConsoleError::Ended(ending));
    }
    if !ending.is_silent() {
        // If this sentence cannot be written, the command succeeds nevertheless.
        writeln!(notes, "{ending}").ok();
    }
    // If the typist sends no outcome in time, it still waits for input. For a person at a terminal
    // that is no error. For a script it is an error if the server closed the connection, because
    // the script's input had not ended.
    let typed = typist_outcome.recv_timeout(limits::TYPIST_END_WAIT);
    match typed {
        Ok(outcome) => outcome,
        Err(_) if ending.is_eviction() && !is_person => Err(ConsoleError::CutShort),
        Err(_) => Ok(()),
    }
}
