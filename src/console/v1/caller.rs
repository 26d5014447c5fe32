//! One line of a conversation, from dialling to its end.
//!
//! Runs on thread `caller`, one per line, one line at a time.
//! Blocks on: connecting and the handshake, each within its own wait; the line's
//! reads; the loop, while it does not take what was heard.
//! Must not know: what is said.
//!
//! Next: `console/v1/stage.rs`.

use std::io;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::console::address::Address;
use crate::console::dial::{Dialled, Patience, dial_numbered};
use crate::console::ending::Ending;
use crate::console::line::Line;
use crate::console::listen::listen;
use crate::console::trouble::ConsoleError;
use crate::threads;

/// What happens to a conversation from outside.
pub(super) enum Event {
    /// A line is there; this is for writing to it.
    Up(Arc<Line>),
    Heard(String),
    /// The last that a caller says.
    Down(Loss),
    Interrupted,
}

/// Why there is no line.
pub(super) enum Loss {
    Ended(Ending),
    Failed(ConsoleError),
}

/// Listens to a line that is there already.
///
/// # Errors
/// The system has no thread to give.
pub(super) fn listen_to(dialled: Dialled, events: Sender<Event>) -> io::Result<()> {
    // Nobody joins it: its last word says that it ends.
    threads::spawn("caller", move || hear(dialled, &events)).map(drop)
}

/// Dials, and listens.
///
/// # Errors
/// The system has no thread to give.
pub(super) fn call(address: Address, events: Sender<Event>) -> io::Result<()> {
    let dialled = move || dial_numbered(&address, &address.look_up()?, Patience::default());
    threads::spawn("caller", move || match dialled() {
        Ok(dialled) => hear(dialled, &events),
        // If nobody listens any more, the conversation is over.
        Err(error) => drop(events.send(Event::Down(Loss::Failed(error)))),
    })
    .map(drop)
}

fn hear(Dialled { socket, line }: Dialled, events: &Sender<Event>) {
    events.send(Event::Up(Arc::clone(&line))).ok();
    let ending = listen(socket, &line, |text| {
        if events.send(Event::Heard(text.to_owned())).is_err() {
            line.hang_up();
        }
    });
    events.send(Event::Down(Loss::Ended(ending))).ok();
}
