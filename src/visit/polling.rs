//! A long poll: somebody waits for what is said next, and comes again with each answer.
//!
//! To the hub it is a client that follows the room, as every other; what it hears goes
//! into a channel instead of an outbox, and it leaves with the first thing that it hears.
//! One that waits for nothing looks in: its person is there between two looks.
//!
//! Runs on thread `door`. Blocks until something is said, for
//! [`POLL_WAIT`](crate::limits::POLL_WAIT) at most.
//! Owns: when a poll has heard enough.
//! Must not know: JSON, HTTP.
//!
//! Next: `visit/seen.rs`.

use std::time::Instant;

use crossbeam_channel::Receiver;

use super::errand::{Errand, Look};
use super::{Visits, place};
use crate::chat::entry::What;
use crate::chat::log_name::LogName;
use crate::chat::request::Hello;
use crate::chat::token::Token;
use crate::chat::told::{Heard, Told};
use crate::disconnect::Disconnect;
use crate::hub::core::{Greeting, Newcomer};
use crate::limits;

impl Visits {
    /// What was said since, or is said next.
    ///
    /// # Errors
    /// The server is stopping, or asks for a password.
    pub fn poll(&self, look: &Look, errand: &Errand) -> Result<Vec<Heard>, Disconnect> {
        let fresh = Token::new().map_err(|_| Disconnect::ServerStopping)?;
        let rooms = vec![place(&errand.room, look.after)];
        let private = look.private.flatten();
        let hello = Hello { token: errand.token.clone(), rooms, private, ..Hello::default() };
        let (is_admitted, looks_in) = (errand.is_admitted, look.at_once);
        let greeting = Greeting { hello, fresh, is_admitted, looks_in };
        let newcomer = Newcomer::Numbered(Box::new(greeting));
        let client = self.clients.next_guest();
        let (_registered, told) =
            self.hub.visit(client, newcomer, self.whence(errand), limits::POLL_UNREAD_MAX)?;
        Ok(wait(&told, look, Instant::now() + limits::POLL_WAIT))
    }
}

/// Takes what comes until something was said and no more of it waits. Who does not say how
/// far the private messages were seen is not told of them: it would be each time.
fn wait(told: &Receiver<Heard>, look: &Look, until: Instant) -> Vec<Heard> {
    let mut heard = Vec::new();
    let (mut has_lines, mut is_behind) = (look.at_once, true);
    loop {
        let next = if has_lines && !is_behind {
            told.try_recv().ok()
        } else {
            // An error is also that this one is told no more.
            told.recv_deadline(until).ok()
        };
        let Some(next) = next else { return heard };
        if is_private(&next) && look.private.is_none() {
            continue;
        }
        match &next {
            Heard::Line(_) => has_lines = true,
            Heard::Told(Told::Behind(_)) => is_behind = true,
            Heard::Told(Told::CaughtUp { .. }) => is_behind = false,
            // There is nothing to wait for.
            Heard::Told(Told::Refused { .. }) => (has_lines, is_behind) = (true, false),
            Heard::Told(_) => {}
        }
        heard.push(next);
    }
}

fn is_private(heard: &Heard) -> bool {
    match heard {
        Heard::Line(entry) => matches!(entry.what, What::Private { .. }),
        Heard::Told(Told::Joined(joined)) => joined.log == LogName::Private,
        Heard::Told(Told::CaughtUp { log, .. }) => *log == LogName::Private,
        Heard::Told(_) => false,
    }
}
