//! `threadbare join` in the classic format: one person, one conversation, three threads.
//!
//! The calling thread reads what the server sends. Thread `typist` sends the typed lines. A third
//! thread only waits for Ctrl-C or SIGTERM. The conversation ends when the input ends or fails, on
//! such a signal, when the output fails, or when the connection ends.
//!
//! Owns: the end of the conversation: the order of its steps, what is printed about it, and whether
//! it was normal.
//! Must not know: names, rooms, `threadbare.v1`.
//! Blocks on: the output, and the connection until it has ended. The typist blocks on the standard
//! input. Nothing can interrupt that read, so at the end nobody waits for the typist longer than
//! `TYPIST_END_WAIT`. The typist also blocks on the output, and on the connection while the server
//! reads typed lines too slowly.
//!
//! Part: `console/mod.rs`.

mod screen;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};
use tungstenite::protocol::frame::coding::CloseCode;

use self::screen::Screen;
use super::chat_url::ChatUrl;
use super::connection::ServerConnection;
use super::dial::{DIAL_HANDSHAKE_WAIT, Dialled, dial_classic};
use super::input::{TypedLine, next_line};
use super::interrupt;
use super::listen::listen;
use super::trouble::ConsoleError;
use crate::base::language::Language;
use crate::base::socket::deadline::Deadline;
use crate::base::threads;
use crate::console::limits;

pub(super) use self::screen::ScreenKind;

/// Joins the chat at `url`, with the standard input and output. Blocks until the conversation has
/// ended.
///
/// # Errors
/// For example, the conversation could not begin, a typed line was not sent, or the input failed.
/// If the program that reads our output has closed the pipe, that is no error.
pub(super) fn join(
    url: &ChatUrl,
    language: Language,
    audience: ScreenKind,
) -> Result<(), ConsoleError> {
    let dialled = dial_classic(url, &url.look_up()?, DIAL_HANDSHAKE_WAIT)?;
    let screen = Screen::new(io::stdout(), language.words(), audience);
    // The typist gets `Stdin` and not its lock, because a lock cannot be sent to another thread.
    let input = BufReader::new(io::stdin());
    converse(dialled, input, screen, &mut io::stderr(), |closer| {
        interrupt::watch(move || closer.close())
    })
}

/// Runs the conversation. Blocks until our side or the server ends the conversation.
///
/// Calls `watch` once. `watch` gets a `Closer`, with which another thread can end the conversation.
/// The value that `watch` returns lives until the conversation has ended. If there is a sentence
/// about a normal end, it goes to `notes`.
///
/// # Errors
/// For example, the conversation ended in an abnormal way, a typed line was not sent, or the input
/// or the output failed.
fn converse<G>(
    dialled: Dialled,
    input: impl BufRead + Send + 'static,
    screen: Screen<impl Write + Send + 'static>,
    notes: &mut impl Write,
    watch: impl FnOnce(Closer) -> io::Result<G>,
) -> Result<(), ConsoleError> {
    let no_thread = |source| ConsoleError::NoThread { source };
    let Dialled { socket, connection } = dialled;
    let is_person = screen.is_for_a_person();
    let screen = Arc::new(screen);
    let (reading, reader_ended) = bounded(0);
    let closer = Closer { connection: Arc::clone(&connection), reader_ended };
    let _watching = watch(closer.clone()).map_err(no_thread)?;
    let (outcomes, typist_outcome) = bounded(1);
    let typists_screen = Arc::clone(&screen);
    // No thread joins the typist, because it can block on the input for ever.
    threads::spawn("typist", move || type_lines(input, &typists_screen, &closer, &outcomes))
        .map_err(no_thread)?;

    let mut output_error = None;
    let ending = listen(socket, &connection, |text| {
        if output_error.is_none()
            && let Err(error) = screen.message(text)
        {
            output_error = Some(error);
            // This closure runs on the reader's thread, so no read is waiting now. Therefore the
            // deadline for reads that `close` sets already applies to the next read.
            connection.close(CloseCode::Normal);
        }
    });
    screen.put_prompt_away().ok();
    drop(reading);

    match output_error {
        // The program that reads our output has closed the pipe. This is how `join URL | head`
        // usually ends, so it is a success.
        Some(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Some(source) => return Err(ConsoleError::Output { source }),
        None => {}
    }
    if !ending.is_normal() {
        return Err(ConsoleError::Ended(ending));
    }
    if !ending.is_silent() {
        // The sentence about the end is only for information, so an error here is ignored.
        writeln!(notes, "{ending}").ok();
    }
    // If the typist sends no outcome in time, it probably still waits for input. For a person at a
    // terminal that is no error. For a script it is an error if the server closed the connection,
    // because the script's input had not ended.
    match typist_outcome.recv_timeout(limits::TYPIST_END_WAIT) {
        Ok(outcome) => outcome,
        Err(_) if ending.is_eviction() && !is_person => Err(ConsoleError::CutShort),
        Err(_) => Ok(()),
    }
}

/// Sends the lines of `input` to the server, until the input ends or a line cannot be sent. Then
/// sends the result to the channel `outcomes`, and closes the connection.
fn type_lines(
    mut input: impl BufRead,
    screen: &Screen<impl Write>,
    closer: &Closer,
    outcomes: &Sender<Result<(), ConsoleError>>,
) {
    let outcome = send_lines(&mut input, screen, &closer.connection);
    // Send the outcome before the close: after the close, the reader's thread waits only a short
    // time for the outcome. If the channel's receiver was dropped, the conversation is over
    // already.
    outcomes.try_send(outcome).ok();
    // An error of the output is ignored here. If a message arrives later, the reader's thread finds
    // the error, too, and reports it.
    screen.put_prompt_away().ok();
    closer.close();
}

fn send_lines(
    input: &mut impl BufRead,
    screen: &Screen<impl Write>,
    connection: &ServerConnection,
) -> Result<(), ConsoleError> {
    loop {
        screen.prompt().ok();
        let Some(TypedLine { text, ends_input }) = next_line(input)? else { return Ok(()) };
        let deadline = Deadline::after(limits::CONSOLE_WRITE_WAIT);
        match connection.send_text(&text, deadline) {
            Ok(true) if ends_input => return Ok(()),
            Ok(true) => {}
            Ok(false) if connection.closed_by_us() => return Ok(()),
            Ok(false) => {
                let source = io::Error::other("the server has ended the conversation");
                return Err(ConsoleError::NotSent { source });
            }
            Err(source) => return Err(ConsoleError::NotSent { source }),
        }
    }
}

/// A handle with which any thread except the reader's can end one conversation. It can be used any
/// number of times.
///
/// Two steps end the conversation: this side sends a close frame and waits for the server's answer.
/// If the answer takes too long, this side shuts down the socket, which wakes the reader. A
/// deadline would not be enough to wake a reader that sleeps in `read`: it has no effect before the
/// next `read`.
#[derive(Clone)]
struct Closer {
    connection: Arc<ServerConnection>,
    /// A channel that never carries an item. It becomes disconnected when the reader has ended.
    reader_ended: Receiver<Infallible>,
}

impl Closer {
    /// Closes the connection, and waits until its reader has ended, for at most
    /// [`CONSOLE_CLOSE_WAIT`](limits::CONSOLE_CLOSE_WAIT). If the reader has not ended by then,
    /// hangs up. The reader still handles the messages that arrive in that time. The reader's own
    /// thread must not call this.
    fn close(&self) {
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        self.connection.close(CloseCode::Normal);
        // The kernel takes the close frame only after the typed lines before it. If it does not
        // take the close frame in time, the connection is hung up.
        self.connection.flush(deadline).ok();
        if self.reader_ended.recv_timeout(deadline.left()).is_err_and(|error| error.is_timeout()) {
            self.connection.hang_up();
        }
    }
}
