//! The loop of a conversation: it feeds events to the core, and carries out the acts that the core
//! returns.
//!
//! Runs on the calling thread.
//! Blocks on: events (frames, typed lines, signals) and the next due time; a write to the
//! connection, for at most [`CONSOLE_WRITE_WAIT`](limits::CONSOLE_WRITE_WAIT); the output.
//! Owns: the current connection, the stage, the time of the next dial.
//! Must not know: what lines mean.
//!
//! Part: `console/v1/mod.rs`.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, at, never, select};
use tungstenite::protocol::frame::coding::CloseCode;

use super::caller::{CallerEvent, Loss, call};
use super::core::{Act, ConversationCore};
use super::editor::Names;
use super::keyring::Keyring;
use super::pause::Pauses;
use super::stage::Stage;
use super::typing::{Prompt, TypedInput};
use crate::base::limits;
use crate::base::socket::deadline::Deadline;
use crate::chat::escape;
use crate::chat::token::Token;
use crate::console::address::Address;
use crate::console::connection::ServerConnection;
use crate::console::trouble::ConsoleError;

/// A conversation and everything that it uses.
pub(super) struct LiveConversation {
    pub(super) core: ConversationCore,
    pub(super) stage: Stage,
    pub(super) address: Address,
    pub(super) keyring: Keyring,
    /// How to ask a person's editor for lines. `None` for scripts.
    pub(super) asking: Option<Asking>,
    pub(super) events: Receiver<CallerEvent>,
    /// The sender of `events`, for the callers of later connections.
    pub(super) sender: Sender<CallerEvent>,
}

/// How the loop asks a person for lines.
pub(super) struct Asking {
    pub(super) prompts: Sender<Prompt>,
    pub(super) words: &'static str,
    pub(super) names: Names,
}

/// The state that changes as connections come and go.
struct Calls {
    connection: Option<Arc<ServerConnection>>,
    pauses: Pauses,
    /// When to dial again, if that is planned.
    dial_at: Option<Instant>,
}

type End = Result<(), ConsoleError>;

impl LiveConversation {
    /// Runs the conversation until there is a reason to end, then says goodbye. Blocks until then.
    ///
    /// # Errors
    /// See [`ConsoleError`]: for example, some messages are not confirmed, or the output failed.
    pub(super) fn run(mut self, mut typed: Receiver<TypedInput>) -> End {
        let mut calls = Calls { connection: None, pauses: Pauses::new(), dial_at: None };
        let mut broken = None;
        self.ask();
        loop {
            if let Some(end) = self.act(&mut calls) {
                self.says_goodbye(&calls);
                return broken.map_or(end, Err);
            }
            let due = self.core.next_turn().into_iter().chain(calls.dial_at).min();
            let due = due.map_or_else(never, at);
            let none = never();
            let typing = if self.core.has_room() { &typed } else { &none };
            select! {
                recv(self.events) -> event => {
                    if let Ok(event) = event {
                        self.happens(event, &mut calls);
                    }
                }
                recv(typing) -> line => match line {
                    Ok(TypedInput::Line { text, room }) => {
                        self.core.types(&text, &room, Instant::now());
                        self.ask();
                    }
                    Ok(TypedInput::End) => self.typing_ends(),
                    // The lines that were read before the error are still sent.
                    Ok(TypedInput::Broken(error)) => {
                        broken = Some(error);
                        self.typing_ends();
                    }
                    Err(_) => typed = never(),
                },
                recv(due) -> _ => self.core.tick(Instant::now()),
            }
            self.dials_if_due(&mut calls)?;
        }
    }

    fn happens(&mut self, event: CallerEvent, calls: &mut Calls) {
        match event {
            CallerEvent::Up(connection) => {
                calls.connection = Some(connection);
                self.core.connection_is_up();
            }
            CallerEvent::Heard(text) => self.core.hears(&text, Instant::now()),
            CallerEvent::Down(loss) => {
                calls.connection = None;
                calls.dial_at = Some(Instant::now() + calls.pauses.take());
                self.core.connection_is_lost(&match loss {
                    Loss::Ended(ending) => ending.to_string(),
                    Loss::Failed(error) => error.to_string(),
                });
            }
            CallerEvent::Interrupted => self.core.interrupt(),
        }
    }

    fn typing_ends(&mut self) {
        // A person does not want to wait long. A script waits until all its lines are sent.
        let now = Instant::now();
        let give_up_at = self.asking.is_some().then(|| now + limits::CONSOLE_CLOSE_WAIT);
        self.core.typing_is_over(now, give_up_at);
    }

    fn dials_if_due(&self, calls: &mut Calls) -> End {
        if calls.dial_at.is_none_or(|then| then > Instant::now()) {
            return Ok(());
        }
        calls.dial_at = None;
        call(self.address.clone(), self.sender.clone())
            .map_err(|source| ConsoleError::NoThread { source })
    }

    /// Carries out the core's acts. Returns how the conversation ends; `None`: it goes on.
    fn act(&mut self, calls: &mut Calls) -> Option<End> {
        if let (Some(names), Some(asking)) = (self.core.changed_names(), &self.asking) {
            asking.names.are(names);
        }
        for act in self.core.acts() {
            match act {
                Act::Ask(ask) => {
                    if let Some(connection) = &calls.connection {
                        // If the write fails, the connection ends, and its caller reports that.
                        connection
                            .say(&ask.json(), Deadline::after(limits::CONSOLE_WRITE_WAIT))
                            .ok();
                    }
                }
                Act::Show(text) => {
                    if let Err(error) = self.stage.show(&text) {
                        return Some(end_of_output(error));
                    }
                }
                Act::Note(words) => self.stage.note(&safe(&words)),
                Act::Keep(token) => {
                    if let Err(error) = self.keyring.keep(&token) {
                        self.stage.note(&format!("the name is not kept for next time: {error}"));
                    }
                }
                Act::FindToken => match Token::new() {
                    Ok(fresh) => self.core.token_is_over(self.keyring.kept(), fresh.reveal()),
                    Err(source) => return Some(Err(ConsoleError::NoChance { source })),
                },
                Act::Holds => calls.pauses.begin_anew(),
                Act::HangUp => {
                    if let Some(connection) = &calls.connection {
                        connection.hang_up();
                    }
                }
                Act::End(end) => return Some(end),
            }
        }
        None
    }

    /// Asks a person for the next line, in the room that typed lines go to. Does nothing for a
    /// script.
    fn ask(&self) {
        let Some(Asking { prompts, words, .. }) = &self.asking else { return };
        let room = self.core.here().to_owned();
        let text = format!("{room} {words}").trim_start().to_owned();
        // The queue holds one prompt. The typist took the last prompt before it sent its line, so
        // there is space.
        prompts.try_send(Prompt { text, room }).ok();
    }

    /// Closes the connection, and shows what still arrives until the server's close. Waits for the
    /// server for at most `CONSOLE_CLOSE_WAIT`.
    fn says_goodbye(&mut self, calls: &Calls) {
        let Some(connection) = &calls.connection else { return };
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        connection.close(CloseCode::Normal);
        // If the close frame does not leave in time, the hang-up below still ends the connection.
        connection.flush(deadline).ok();
        while let Ok(event) = self.events.recv_timeout(deadline.left()) {
            match event {
                CallerEvent::Heard(text) => self.core.hears(&text, Instant::now()),
                CallerEvent::Down(_) => break,
                CallerEvent::Up(_) | CallerEvent::Interrupted => {}
            }
            for act in self.core.acts() {
                if let Act::Show(text) = act {
                    self.stage.show(&text).ok();
                }
            }
        }
        connection.hang_up();
    }
}

/// Returns how the conversation ends when the output fails. A broken pipe is a success: it is the
/// usual end of `join URL | head`.
fn end_of_output(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(ConsoleError::Output { source: error })
}

/// Removes terminal commands from a note, because it may contain the server's words.
fn safe(words: &str) -> String {
    words.lines().map(escape::strip).collect::<Vec<_>>().join("\n")
}
