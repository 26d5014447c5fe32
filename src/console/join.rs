//! `threadbare join`: one person, one conversation, two threads.
//!
//! The calling thread reads what the server sends; thread `typist` sends what
//! is typed; a third one only waits for Ctrl-C. It ends when the input does, on
//! Ctrl-C, when nobody reads the output any more, or when the server says so.
//!
//! Owns: the end of it: what is said about it and whether it was normal.
//! Blocks on: the line, until it has ended.
//!
//! Next: `console/interrupt.rs`.

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
use crate::{limits, threads};

/// Talks until either side has had enough.
///
/// `watch` gets the means to end it from outside and answers something that is
/// kept until the end. `notes` gets a sentence about an end that is normal but
/// not ours; errors have theirs in themselves.
///
/// # Errors
/// The conversation ended as it should not, or a line was not sent.
pub(super) fn converse<G>(
    dialled: Dialled,
    input: impl BufRead + Send + 'static,
    screen: Screen<impl Write + Send + 'static>,
    notes: &mut impl Write,
    watch: impl FnOnce(Goodbye) -> io::Result<G>,
) -> Result<(), ConsoleError> {
    let no_thread = |source| ConsoleError::NoThread { source };
    let Dialled { socket, line } = dialled;
    let is_person = screen.is_for_a_person();
    let screen = Arc::new(screen);
    let (goodbye, reading) = Goodbye::new(Arc::clone(&line));
    let _watching = watch(goodbye.clone()).map_err(no_thread)?;
    let (outcomes, typist_outcome) = bounded(1);
    let typists_screen = Arc::clone(&screen);
    // Nobody joins it: it may sleep on the input for ever.
    threads::spawn("typist", move || type_lines(input, &typists_screen, &goodbye, &outcomes))
        .map_err(no_thread)?;

    let mut output_error = None;
    let ending = listen(socket, &line, |text| {
        if output_error.is_none()
            && let Err(error) = screen.message(text)
        {
            output_error = Some(error);
            // On this very thread, so the next read keeps to the deadline.
            line.close(CloseCode::Normal);
        }
    });
    screen.put_prompt_away().ok();
    drop(reading);

    match output_error {
        // Nobody reads any more: the usual end of `join URL | head`.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Some(source) => return Err(ConsoleError::Output { source }),
        None => {}
    }
    if !ending.is_normal() {
        return Err(ConsoleError::Ended(ending));
    }
    if !ending.is_silent() {
        // Nobody to tell it to is no reason to fail.
        writeln!(notes, "{ending}").ok();
    }
    // A person at a terminal has nothing more to tell. A script whose input had
    // not ended was cut short, and must know.
    let typed = typist_outcome.recv_timeout(limits::TYPIST_END_WAIT);
    match typed {
        Ok(outcome) => outcome,
        Err(_) if ending.is_eviction() && !is_person => Err(ConsoleError::CutShort),
        Err(_) => Ok(()),
    }
}
