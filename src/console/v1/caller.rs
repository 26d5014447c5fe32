//! One connection of a conversation: opens it and reads from it, until it ends.
//!
//! Runs on thread `caller`, one per connection, one connection at a time.
//! Blocks on: the system's resolver; the dial, as `dial.rs` says; reads from the connection; the
//! queue of events, while it is full.
//! Must not know: what the received texts mean.
//!
//! Part: `console/v1/mod.rs`.

use std::io;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::base::threads;
use crate::console::chat_url::ChatUrl;
use crate::console::connection::ServerConnection;
use crate::console::dial::{Dialled, dial_v1};
use crate::console::ending::Ending;
use crate::console::listen::listen;
use crate::console::trouble::ConsoleError;

/// What happens in a conversation, as the callers and the signal handler report it to the loop.
pub(super) enum CallerEvent {
    /// The caller's one connection is open now. The loop writes to this connection until the caller
    /// reports `Lost`.
    Connected(Arc<ServerConnection>),
    Received(String),
    /// The connection has ended, or could not be opened. This is the caller's final event.
    Lost(Loss),
    Interrupted,
}

pub(super) enum Loss {
    Ended(Ending),
    Failed(ConsoleError),
}

/// Starts the thread `caller`, which reads from a connection that is open already and reports to
/// `events` what it receives. Does not block.
///
/// # Errors
/// The system could not start a thread.
pub(super) fn listen_to(dialled: Dialled, events: Sender<CallerEvent>) -> io::Result<()> {
    // No thread joins the caller, because its event `Lost` reports its end.
    threads::spawn("caller", move || report_connection(dialled, &events)).map(drop)
}

/// Starts the thread `caller`, which opens a connection and then reads from it. Does not block.
///
/// # Errors
/// The system could not start a thread.
pub(super) fn start_caller(url: ChatUrl, events: Sender<CallerEvent>) -> io::Result<()> {
    threads::spawn("caller", move || match dial_v1(&url) {
        Ok(dialled) => report_connection(dialled, &events),
        // An error of `send` is ignored: it means that the loop has ended and needs no event any
        // more.
        Err(error) => drop(events.send(CallerEvent::Lost(Loss::Failed(error)))),
    })
    .map(drop)
}

fn report_connection(Dialled { socket, connection }: Dialled, events: &Sender<CallerEvent>) {
    events.send(CallerEvent::Connected(Arc::clone(&connection))).ok();
    let ending = listen(socket, &connection, |text| {
        if events.send(CallerEvent::Received(text.to_owned())).is_err() {
            connection.hang_up();
        }
    });
    events.send(CallerEvent::Lost(Loss::Ended(ending))).ok();
}
