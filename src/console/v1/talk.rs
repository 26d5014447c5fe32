//! The loop around a conversation: what happens goes into the core, what follows
//! is done here.
//!
//! Runs on the calling thread.
//! Blocks on: what is heard, typed, signalled, or due; a write to the line, for
//! [`CONSOLE_WRITE_WAIT`](limits::CONSOLE_WRITE_WAIT) at most; the output.
//! Owns: the line there is, the stage, the time of the next attempt.
//! Must not know: what lines mean.
//!
//! Next: `console/crowd/mod.rs`.

use std::io;
use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, at, never, select};
use tungstenite::protocol::frame::coding::CloseCode;

use super::caller::{Event, Loss, call};
use super::core::{Act, Core};
use super::editor::Names;
use super::keyring::Keyring;
use super::pause::Pauses;
use super::stage::Stage;
use super::typing::{Prompt, Typed};
use crate::chat::escape;
use crate::chat::token::Token;
use crate::console::address::Address;
use crate::console::line::Line;
use crate::console::trouble::ConsoleError;
use crate::limits;
use crate::socket::deadline::Deadline;

/// A conversation and its means.
pub(super) struct Talk {
    pub(super) core: Core,
    pub(super) stage: Stage,
    pub(super) address: Address,
    pub(super) keyring: Keyring,
    /// What a person's editor waits for; scripts need none.
    pub(super) asking: Option<Asking>,
    pub(super) events: Receiver<Event>,
    /// For those who will call.
    pub(super) sender: Sender<Event>,
}

/// How a person is asked for lines.
pub(super) struct Asking {
    pub(super) prompts: Sender<Prompt>,
    pub(super) words: &'static str,
    pub(super) names: Names,
}

/// What changes as lines come and go.
struct Calls {
    line: Option<Arc<Line>>,
    pauses: Pauses,
    /// When to dial again.
    dial_at: Option<Instant>,
}

type End = Result<(), ConsoleError>;

impl Talk {
    /// Talks until there is a reason to end, then says goodbye.
    ///
    /// # Errors
    /// The conversation did not do what it was for.
    pub(super) fn run(mut self, mut typed: Receiver<Typed>) -> End {
        let mut calls = Calls { line: None, pauses: Pauses::new(), dial_at: None };
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
                    Ok(Typed::Line { text, room }) => {
                        self.core.types(&text, &room, Instant::now());
                        self.ask();
                    }
                    Ok(Typed::End) => self.typing_ends(),
                    // What came before it is sent all the same.
                    Ok(Typed::Broken(error)) => {
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

    fn happens(&mut self, event: Event, calls: &mut Calls) {
        match event {
            Event::Up(line) => {
                calls.line = Some(line);
                self.core.line_is_up();
            }
            Event::Heard(text) => self.core.hears(&text, Instant::now()),
            Event::Down(loss) => {
                calls.line = None;
                calls.dial_at = Some(Instant::now() + calls.pauses.take());
                self.core.line_is_lost(&match loss {
                    Loss::Ended(ending) => ending.to_string(),
                    Loss::Failed(error) => error.to_string(),
                });
            }
            Event::Interrupted => self.core.is_interrupted(),
        }
    }

    fn typing_ends(&mut self) {
        // A person waits for nobody; what a script has to say it says.
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

    /// Does what follows; answers the end if that is what follows.
    fn act(&mut self, calls: &mut Calls) -> Option<End> {
        if let (Some(names), Some(asking)) = (self.core.changed_names(), &self.asking) {
            asking.names.are(names);
        }
        for act in self.core.acts() {
            match act {
                Act::Ask(ask) => {
                    if let Some(line) = &calls.line {
                        // A line that does not take it ends, and its reader says so.
                        line.say(&ask.json(), Deadline::after(limits::CONSOLE_WRITE_WAIT)).ok();
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
                    if let Some(line) = &calls.line {
                        line.hang_up();
                    }
                }
                Act::End(end) => return Some(end),
            }
        }
        None
    }

    /// Asks a person for the next line.
    fn ask(&self) {
        let Some(Asking { prompts, words, .. }) = &self.asking else { return };
        let room = self.core.here().to_owned();
        let text = format!("{room} {words}").trim_start().to_owned();
        // There is room for one, and the last was taken before its line was typed.
        prompts.try_send(Prompt { text, room }).ok();
    }

    /// Closes the line, and shows what still comes until the server's goodbye.
    fn says_goodbye(&mut self, calls: &Calls) {
        let Some(line) = &calls.line else { return };
        let deadline = Deadline::after(limits::CONSOLE_CLOSE_WAIT);
        line.close(CloseCode::Normal);
        // If it does not leave in time, the hang-up ends the line all the same.
        line.flush(deadline).ok();
        while let Ok(event) = self.events.recv_timeout(deadline.left()) {
            match event {
                Event::Heard(text) => self.core.hears(&text, Instant::now()),
                Event::Down(_) => break,
                Event::Up(_) | Event::Interrupted => {}
            }
            for act in self.core.acts() {
                if let Act::Show(text) = act {
                    self.stage.show(&text).ok();
                }
            }
        }
        line.hang_up();
    }
}

/// Nobody reads any more: the usual end of `join URL | head`.
fn end_of_output(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(ConsoleError::Output { source: error })
}

/// A note may have a server's words in it.
fn safe(words: &str) -> String {
    words.lines().map(escape::strip).collect::<Vec<_>>().join("\n")
}
