//! The loop of a conversation: it gives events to the core, and carries out the acts that the core
//! returns.
//!
//! Runs on the calling thread.
//! Blocks on: events (frames, typed lines, signals), and the next time at which something must be
//! done; a write to the connection, for at most [`CONSOLE_WRITE_WAIT`](limits::CONSOLE_WRITE_WAIT);
//! the output.
//! Owns: the present connection, the display, the time of the next attempt to connect.
//! Must not know: what lines mean.
//!
//! Part: `console/v1/mod.rs`.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, never, select};
use tungstenite::protocol::frame::coding::CloseCode;

use super::caller::{CallerEvent, Loss, start_caller};
use super::core::{Act, ConsoleCore, commands, frames, private_talk, session};
use super::display::TalkDisplay;
use super::editor::Editing;
use super::keyring::Keyring;
use super::pause::Pauses;
use super::typing::{Prompt, TypedInput};
use crate::base::socket::deadline::Deadline;
use crate::chat::escape;
use crate::chat::token::Token;
use crate::console::chat_url::ChatUrl;
use crate::console::connection::ServerConnection;
use crate::console::limits;
use crate::console::trouble::ConsoleError;

pub(super) struct LiveConversation {
    pub(super) core: ConsoleCore,
    pub(super) display: TalkDisplay,
    pub(super) url: ChatUrl,
    pub(super) keyring: Keyring,
    /// `None`: the client is for a script, or only sends.
    pub(super) prompting: Option<Prompting>,
    pub(super) events: Receiver<CallerEvent>,
    /// The sender of the channel `events`. Each new caller gets a clone of it.
    pub(super) sender: Sender<CallerEvent>,
}

/// The loop's side of the line editor: its prompts, and what it shares with the editor.
pub(super) struct Prompting {
    pub(super) prompts: Sender<Prompt>,
    pub(super) editing: Editing,
}

struct Calls {
    connection: Option<Arc<ServerConnection>>,
    pauses: Pauses,
    /// The time at which the loop must connect again; `None`: a connection is open or is being
    /// opened.
    dial_at: Option<Instant>,
}

type End = Result<(), ConsoleError>;

/// After a typed line, the next prompt waits until it is known to which room the next line goes,
/// but not longer than this.
const PROMPT_WAIT: Duration = Duration::from_secs(3);

impl LiveConversation {
    /// Runs the conversation until it must end, then closes the connection. Blocks until the
    /// connection is closed.
    ///
    /// # Errors
    /// See [`ConsoleError`]: for example, the server has not confirmed all messages, or the output
    /// failed.
    pub(super) fn run(mut self, mut typed: Receiver<TypedInput>) -> End {
        let mut calls = Calls { connection: None, pauses: Pauses::new(), dial_at: None };
        let mut broken = None;
        // When the person gets the next prompt at the latest; `None`: they have it.
        let mut ask_by = Some(Instant::now() + PROMPT_WAIT);
        loop {
            if let Some(end) = self.carry_out(&mut calls) {
                self.close(&calls);
                let end = self.core.after_close(end);
                self.carry_out(&mut calls);
                return broken.map_or(end, Err);
            }
            if ask_by.is_some_and(|by| self.core.is_settled() || by <= Instant::now()) {
                ask_by = None;
                self.prompt();
            }
            let due = self.core.next_turn().into_iter().chain(calls.dial_at).chain(ask_by).min();
            let due = due.map_or_else(never, at);
            let none = never();
            let typing = if self.core.has_space() { &typed } else { &none };
            select! {
                recv(self.events) -> event => {
                    if let Ok(event) = event {
                        self.on_event(event, &mut calls);
                    }
                }
                recv(typing) -> line => match line {
                    Ok(TypedInput::Line { text, room, person }) => {
                        self.on_line(&text, room.as_deref(), person.as_deref());
                        // The person is at the terminal, so the client connects at once.
                        calls.dial_at = calls.dial_at.map(|_| Instant::now());
                        ask_by = Some(Instant::now() + PROMPT_WAIT);
                    }
                    Ok(TypedInput::Password { room, password }) => {
                        commands::handle_password(&mut self.core, room, password);
                        ask_by = Some(Instant::now() + PROMPT_WAIT);
                    }
                    Ok(TypedInput::End) => self.on_input_end(),
                    // The input cannot be read any more. The conversation goes on until the lines
                    // that were read before are sent.
                    Ok(TypedInput::Broken(error)) => {
                        broken = Some(error);
                        self.on_input_end();
                    }
                    Err(_) => typed = never(),
                },
                recv(due) -> _ => self.core.tick(Instant::now()),
            }
            self.dial_if_due(&mut calls)?;
        }
    }

    fn on_event(&mut self, event: CallerEvent, calls: &mut Calls) {
        let core = &mut self.core;
        match event {
            CallerEvent::Connected(connection) => {
                calls.connection = Some(connection);
                core.on_connected();
            }
            CallerEvent::Received(text) => frames::handle_frame(core, &text, Instant::now()),
            CallerEvent::Lost(loss) => {
                calls.connection = None;
                calls.dial_at = Some(Instant::now() + calls.pauses.next_pause());
                core.on_connection_lost(&match loss {
                    // A line that is cut, and a server that stops, need no further words.
                    Loss::Ended(ending) if ending.is_plain_loss() => String::new(),
                    Loss::Ended(ending) => ending.to_string(),
                    Loss::Failed(error) => error.to_string(),
                });
            }
            CallerEvent::Interrupted => core.end_with_unsent(),
        }
    }

    fn on_line(&mut self, text: &str, room: Option<&str>, person: Option<&str>) {
        let (core, now) = (&mut self.core, Instant::now());
        match person {
            Some(person) => private_talk::handle_line(core, text, (person, room), now),
            None => commands::handle_typed_line(core, text, room, now),
        }
    }

    fn on_input_end(&mut self) {
        // After the end of the input, a person does not want to wait: the conversation ends after
        // `CONSOLE_CLOSE_WAIT` at the latest. A script's goes on until all its lines are sent.
        let now = Instant::now();
        let give_up_at = self.prompting.is_some().then(|| now + limits::CONSOLE_CLOSE_WAIT);
        self.core.on_input_end(now, give_up_at);
    }

    fn dial_if_due(&self, calls: &mut Calls) -> End {
        if calls.dial_at.is_none_or(|then| then > Instant::now()) {
            return Ok(());
        }
        calls.dial_at = None;
        start_caller(self.url.clone(), self.sender.clone())
            .map_err(|source| ConsoleError::NoThread { source })
    }

    /// Carries out the core's acts. Returns how the conversation ends; `None`: the conversation
    /// goes on.
    fn carry_out(&mut self, calls: &mut Calls) -> Option<End> {
        if let Some(Prompting { editing, .. }) = &self.prompting {
            if let Some(names) = self.core.changed_names() {
                editing.set(names);
            }
            // While the server is away, the person shall see what waits.
            editing.gate.set_takes_back(self.display.can_clear() && self.core.sends_at_once());
        }
        for act in self.core.acts() {
            match act {
                Act::Send(request) => {
                    if let Some(connection) = &calls.connection {
                        // An error of the write is ignored: the connection then ends, and its
                        // caller reports the end.
                        connection
                            .send_text(&request.json(), Deadline::after(limits::CONSOLE_WRITE_WAIT))
                            .ok();
                    }
                }
                Act::Show(text, stamp) => {
                    if let Err(error) = self.display.show(&text, stamp) {
                        return Some(end_of_output(error));
                    }
                }
                Act::Note(words) => self.display.note(&safe(&words)),
                Act::StoreToken(token) => {
                    if let Err(error) = self.keyring.keep(&token) {
                        self.display.note(&format!("the name is not kept for next time: {error}"));
                    }
                }
                Act::StoreRooms(rooms) => {
                    if let Err(error) = self.keyring.keep_rooms(&rooms) {
                        self.display
                            .note(&format!("the rooms are not kept for next time: {error}"));
                    }
                }
                Act::StoreSeen(seen) => {
                    if let Err(error) = self.keyring.keep_seen(&seen) {
                        self.display.note(&format!("what you have seen is not kept: {error}"));
                    }
                }
                Act::KeepAs(name) => self.keyring.rename(&name),
                Act::ReadToken => match Token::new() {
                    Ok(fresh) => {
                        let kept = self.keyring.kept();
                        session::replace_invalid_token(&mut self.core, kept, fresh.reveal());
                    }
                    Err(source) => return Some(Err(ConsoleError::NoChance { source })),
                },
                Act::NewToken => match Token::new() {
                    Ok(fresh) => session::take_new_token(&mut self.core, fresh.reveal()),
                    Err(source) => return Some(Err(ConsoleError::NoChance { source })),
                },
                Act::ResetPauses => calls.pauses.begin_anew(),
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

    /// Asks a person for the next line. The prompt shows to which room or person it will go. Does
    /// nothing for a script, and after the person's last line.
    fn prompt(&mut self) {
        let Some(Prompting { prompts, .. }) = &self.prompting else { return };
        if self.core.is_typing_over() {
            return;
        }
        self.core.take_hints().iter().for_each(|hint| self.display.note(&safe(hint)));
        let prompt = match self.core.begin_prompt() {
            Some(room) => Prompt::Password { room },
            None => Prompt::line(self.core.current_room(), self.core.talk()),
        };
        // The queue has space for one prompt. It is empty now: the typist takes a prompt out of it
        // before it reads and sends a line.
        prompts.try_send(prompt).ok();
    }

    /// Closes the connection, and shows the lines that still arrive until the server closes it,
    /// too. Waits for the server for at most `CONSOLE_CLOSE_WAIT`.
    fn close(&mut self, calls: &Calls) {
        let Some(connection) = &calls.connection else { return };
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        connection.close(CloseCode::Normal);
        // An error is ignored, because this function hangs up at its end.
        connection.flush(deadline).ok();
        let core = &mut self.core;
        while let Ok(event) = self.events.recv_timeout(deadline.left()) {
            match event {
                CallerEvent::Received(text) => frames::handle_frame(core, &text, Instant::now()),
                CallerEvent::Lost(_) => break,
                CallerEvent::Connected(_) | CallerEvent::Interrupted => {}
            }
            for act in core.acts() {
                if let Act::Show(text, stamp) = act {
                    self.display.show(&text, stamp).ok();
                }
            }
        }
        connection.hang_up();
    }
}

/// Returns how the conversation ends when the output fails. A broken pipe is a success, because it
/// is the usual end of `join URL | head`.
fn end_of_output(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(ConsoleError::Output { source: error })
}

/// Removes terminal commands from a note, because some notes contain texts from the server.
fn safe(words: &str) -> String {
    words.lines().map(escape::strip).collect::<Vec<_>>().join("\n")
}
