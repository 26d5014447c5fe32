//! Conversations in `threadbare.v1`: names, rooms, and a place that is kept.
//!
//! ```text
//!  typing ── typed lines ──▶ talk ──▶ core ──▶ acts ──▶ line, stage, keyring
//!  (thread `typist`)          ▲
//!  caller ── what is heard ───┘        one caller for each line; the core stays
//!  (thread `caller`)
//! ```
//!
//! Owns: who joins, sends and pipes, as conversations of one kind.
//! Must not know: the classic format; the server's own shapes of this one.
//!
//! Next: `console/v1/ask.rs`.

mod ask;
mod caller;
mod core;
mod editor;
mod keyring;
mod pause;
mod place;
mod shown;
mod stage;
mod talk;
mod tell;
mod typing;
mod unsent;

use std::io::{self, BufReader};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never};

use self::caller::Event;
use self::core::{Core, Manner};
use self::editor::Names;
use self::keyring::Keyring;
use self::stage::Stage;
use self::talk::{Asking, Talk};
use self::typing::{TerminalKept, Typed};
use super::address::Address;
use super::dial::Dialled;
use super::interrupt;
use super::trouble::ConsoleError;
use crate::chat::token::Token;
use crate::words::Words;
use crate::{limits, threads};

pub(super) use self::core::Wish;

/// A person at a terminal.
///
/// # Errors
/// It could not come in.
pub(super) fn person(
    dialled: Dialled,
    address: Address,
    wish: Wish,
    words: &'static Words,
) -> Result<(), ConsoleError> {
    let terminal = TerminalKept::new();
    let names = Names::default();
    let input = |source| ConsoleError::Input { source };
    let mut editor = editor::editor(names.clone()).map_err(input)?;
    let stage = match editor.create_external_printer() {
        Ok(printer) => Stage::above(printer).map_err(no_thread)?,
        Err(_) => Stage::simple_terminal(),
    };
    let (prompts, to_ask) = bounded(1);
    let (lines, typed) = typed_lines();
    // Nobody joins it: it may sleep on the input for ever.
    threads::spawn_deep("typist", move || typing::person(editor, &to_ask, &lines))
        .map_err(no_thread)?;
    let asking = Asking { prompts, words: words.prompt, names };
    let end = begin(Manner::Person, dialled, address, wish, stage)?.asking(asking).runs(typed);
    drop(terminal);
    end
}

/// A program that reads and writes lines.
///
/// # Errors
/// It could not come in, or not all of its lines were sent.
pub(super) fn script(dialled: Dialled, address: Address, wish: Wish) -> Result<(), ConsoleError> {
    with_input(Manner::Script, dialled, address, wish)
}

/// The lines of the input, each sent; nothing out.
///
/// # Errors
/// As [`script`].
pub(super) fn pipe(dialled: Dialled, address: Address, wish: Wish) -> Result<(), ConsoleError> {
    with_input(Manner::Courier, dialled, address, wish)
}

/// One text, sent within `wait`.
///
/// # Errors
/// It was not taken, or not in time.
pub(super) fn send(
    dialled: Dialled,
    address: Address,
    wish: Wish,
    text: &str,
    wait: Duration,
) -> Result<(), ConsoleError> {
    let room = wish.rooms.first().cloned().unwrap_or_default();
    let mut conversation = begin(Manner::Courier, dialled, address, wish, Stage::script())?;
    let (core, now) = (&mut conversation.talk.core, Instant::now());
    core.types(text, &room, now);
    core.typing_is_over(now, Some(now + wait));
    conversation.runs(never())
}

fn with_input(
    manner: Manner,
    dialled: Dialled,
    address: Address,
    wish: Wish,
) -> Result<(), ConsoleError> {
    let room = wish.rooms.first().cloned().unwrap_or_default();
    let conversation = begin(manner, dialled, address, wish, Stage::script())?;
    let (lines, typed) = typed_lines();
    // `Stdin` and not its lock: the lock cannot go to another thread.
    let input = BufReader::new(io::stdin());
    threads::spawn("typist", move || typing::script(input, &room, &lines)).map_err(no_thread)?;
    conversation.runs(typed)
}

/// A rendezvous: nothing is typed ahead of what the loop has room for.
fn typed_lines() -> (Sender<Typed>, Receiver<Typed>) {
    bounded(0)
}

/// A conversation that can begin, and what must live as long.
struct Conversation {
    talk: Talk,
    _interrupts: interrupt::Interrupts,
}

impl Conversation {
    fn asking(mut self, asking: Asking) -> Self {
        self.talk.asking = Some(asking);
        self
    }

    fn runs(self, typed: Receiver<Typed>) -> Result<(), ConsoleError> {
        self.talk.run(typed)
    }
}

fn begin(
    manner: Manner,
    dialled: Dialled,
    address: Address,
    wish: Wish,
    stage: Stage,
) -> Result<Conversation, ConsoleError> {
    let (sender, events) = bounded(limits::CONSOLE_EVENTS_MAX);
    let signals = sender.clone();
    let interrupted = move || drop(signals.send(Event::Interrupted));
    let interrupts = interrupt::watch(interrupted).map_err(no_thread)?;
    caller::listen_to(dialled, sender.clone()).map_err(no_thread)?;
    let keyring = Keyring::of(&address.to_string(), wish.name.as_deref());
    let token = keyring.token().map_err(no_chance)?;
    let ids = Token::new().map_err(no_chance)?.reveal();
    let core = Core::new(manner, wish, token, ids);
    let talk = Talk { core, stage, address, keyring, asking: None, events, sender };
    Ok(Conversation { talk, _interrupts: interrupts })
}

fn no_thread(source: io::Error) -> ConsoleError {
    ConsoleError::NoThread { source }
}

fn no_chance(source: io::Error) -> ConsoleError {
    ConsoleError::NoChance { source }
}
