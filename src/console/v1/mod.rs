//! Conversations in the format `threadbare.v1`, which has names, rooms and numbered lines. After a
//! lost connection the client continues at its position in a room's log.
//!
//! ```text
//!  typing ── typed lines ──▶ talk ──▶ core ──▶ acts ──▶ connection, display, keyring
//!  (thread `typist`)          ▲
//!  caller ── events ──────────┘        one caller per connection; the core stays
//!  (thread `caller`)
//! ```
//!
//! The loop in `talk` gives every event to the core. The core is pure: it changes its state and
//! returns acts, which the loop carries out.
//!
//! Owns: how `join`, `send` and `pipe` start such a conversation.
//! Must not know: the classic format; the server's own types for this format.
//!
//! Part: `console/mod.rs`.

mod caller;
mod core;
mod display;
mod editor;
mod from_server;
mod keyring;
mod newcomer;
mod pause;
mod requests;
mod talk;
mod typed_row;
mod typing;

use std::io::{self, BufReader};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never};

use self::caller::CallerEvent;
use self::core::{ConsoleCore, commands};
use self::display::TalkDisplay;
use self::editor::Editing;
use self::keyring::Keyring;
use self::talk::{LiveConversation, Prompting};
use self::typing::{TerminalKept, TypedInput};
use super::chat_url::ChatUrl;
use super::dial::Dialled;
use super::interrupt;
use super::trouble::ConsoleError;
use crate::base::language::LocaleWords;
use crate::base::threads;
use crate::chat::token::Token;

pub(super) use self::core::{Manner, WantedIdentity};

/// Most events, such as a line from the server, that can wait until the console handles them.
const CONSOLE_EVENTS_MAX: usize = 64;

pub(super) struct Call {
    pub(super) dialled: Dialled,
    pub(super) url: ChatUrl,
    pub(super) wanted: WantedIdentity,
}

/// Joins as a person at a terminal. Blocks until the conversation has ended.
///
/// # Errors
/// For example, a message was not confirmed, or the input or the output failed.
pub(super) fn join_as_person(call: Call, words: &'static LocaleWords) -> Result<(), ConsoleError> {
    let terminal = TerminalKept::new();
    let editing = Editing::default();
    let input = |source| ConsoleError::Input { source };
    let mut editor = editor::editor(editing.clone()).map_err(input)?;
    let Some(call) = newcomer::with_name(call, &mut editor, words)? else { return Ok(()) };
    let display = match editor.create_external_printer() {
        Ok(printer) => TalkDisplay::above(printer, editing.gate.clone()).map_err(no_thread)?,
        Err(_) => TalkDisplay::simple_terminal(),
    };
    let (prompts, asked_prompts) = bounded(1);
    let (lines, typed) = typed_lines();
    // No thread joins the typist, because it can block on the input for ever.
    threads::spawn_deep("typist", move || typing::read_person(editor, &asked_prompts, &lines))
        .map_err(no_thread)?;
    let mut conversation = begin_talking(Manner::Person, call, display)?;
    conversation.talk.prompting = Some(Prompting { prompts, editing });
    let end = conversation.talk.run(typed);
    drop(terminal);
    end
}

/// Sends each line of the standard input. [`Manner::Script`] also shows the room's messages;
/// [`Manner::Courier`] shows no messages. Blocks until the conversation has ended, usually because
/// the input has ended and the server has confirmed all lines.
///
/// # Errors
/// For example, the server did not let the program in, or did not store some of its lines.
pub(super) fn pipe_lines(call: Call, manner: Manner) -> Result<(), ConsoleError> {
    let room = call.wanted.rooms.first().cloned();
    let conversation = begin_talking(manner, call, TalkDisplay::script())?;
    let (lines, typed) = typed_lines();
    // The typist gets `Stdin` and not its lock, because a lock cannot be sent to another thread.
    let input = BufReader::new(io::stdin());
    threads::spawn("typist", move || typing::read_pipe(input, room.as_deref(), &lines))
        .map_err(no_thread)?;
    conversation.talk.run(typed)
}

/// Sends one text, which replies to the message with the number `reply`; `None`: it replies to
/// none. Blocks until the server has confirmed that the text is stored, but for at most `wait`, and
/// then until the connection is closed.
///
/// # Errors
/// For example, the server refused the text, or did not confirm it in time.
pub(super) fn send_text(
    call: Call,
    text: &str,
    reply: Option<u64>,
    wait: Duration,
) -> Result<(), ConsoleError> {
    let room = call.wanted.rooms.first().cloned();
    let mut conversation = begin_talking(Manner::Courier, call, TalkDisplay::script())?;
    let (core, now) = (&mut conversation.talk.core, Instant::now());
    core.reply = reply;
    commands::handle_typed_line(core, text, room.as_deref(), now);
    core.on_input_end(now, Some(now + wait));
    conversation.talk.run(never())
}

/// Makes the channel for typed lines. The channel has no buffer, so the typist waits until the loop
/// takes its line.
fn typed_lines() -> (Sender<TypedInput>, Receiver<TypedInput>) {
    bounded(0)
}

/// A conversation that is ready to run. While this value exists, the first Ctrl-C or SIGTERM does
/// not kill the process, but ends the conversation.
struct Conversation {
    talk: LiveConversation,
    _interrupts: interrupt::Interrupts,
}

fn begin_talking(
    manner: Manner,
    call: Call,
    display: TalkDisplay,
) -> Result<Conversation, ConsoleError> {
    let Call { dialled, url, mut wanted } = call;
    let (sender, events) = bounded(CONSOLE_EVENTS_MAX);
    let signals = sender.clone();
    let interrupted = move || drop(signals.send(CallerEvent::Interrupted));
    let interrupts = interrupt::watch(interrupted).map_err(no_thread)?;
    caller::listen_to(dialled, sender.clone()).map_err(no_thread)?;
    let keyring = Keyring::of(&url.host_and_port(), wanted.name.as_deref());
    let token = wanted.token.take().map_or_else(|| keyring.token(), Ok).map_err(no_chance)?;
    // A person with an invite also goes back to the rooms of the last time.
    wanted.comes_back |= wanted.invite.is_some();
    if wanted.comes_back && manner == Manner::Person {
        let mut kept = keyring.rooms();
        if wanted.invite.is_none() && !kept.is_empty() {
            // The person has not named the lobby.
            wanted.rooms.clear();
        }
        kept.retain(|room| !wanted.rooms.contains(room));
        wanted.rooms.append(&mut kept);
    }
    let ids = Token::new().map_err(no_chance)?.reveal();
    let mut core = ConsoleCore::new(manner, wanted, token, ids);
    core.home = url.home();
    core.has_tried_anew = keyring.kept().is_none();
    if manner == Manner::Person {
        core.resume(keyring.seen());
        keyring.note_as_last();
    }
    let talk = LiveConversation { core, display, url, keyring, prompting: None, events, sender };
    Ok(Conversation { talk, _interrupts: interrupts })
}

fn no_thread(source: io::Error) -> ConsoleError {
    ConsoleError::NoThread { source }
}

fn no_chance(source: io::Error) -> ConsoleError {
    ConsoleError::NoChance { source }
}
