//! Edits and deletions of a message of ours that the server has not numbered yet. They name the
//! message by its id, and wait until its number is known. So a person can correct a message that
//! still waits for the connection, and no other message is changed instead.
//!
//! Owns: these changes, in the order in which they were typed.
//! Must not know: when the message is sent.
//!
//! Part: `console/v1/core/mod.rs`.

use super::ConsoleCore;
use crate::console::v1::requests::ToServer;

/// A change of the message that has this id.
#[derive(Debug)]
pub(super) struct LateChange {
    /// The id of the message, as the server repeats it in its answers.
    pub(super) id: String,
    pub(super) room: String,
    pub(super) change: Change,
}

#[derive(Debug)]
pub(super) enum Change {
    Edit(String),
    Delete,
}

impl Change {
    /// Makes the request that changes the message with the number `seq`. `id` is the request's own.
    pub(super) fn request(self, room: String, id: String, seq: u64) -> ToServer {
        match self {
            Self::Edit(text) => ToServer::Edit { room, id, seq, text },
            Self::Delete => ToServer::Delete { room, id, seq },
        }
    }
}

/// Sends the changes that waited for the number of the message with this id.
pub(super) fn number_is_known(core: &mut ConsoleCore, id: &str, seq: u64) {
    for LateChange { room, change, .. } in take(core, id) {
        core.add_unsent(|id| change.request(room, id, seq));
    }
}

/// Reports the changes of a message that will never be sent. A deletion of it needs no report.
pub(super) fn message_is_refused(core: &mut ConsoleCore, id: &str) {
    for LateChange { change, .. } in take(core, id) {
        if let Change::Edit(text) = change {
            core.note(format!("not sent either: {text}"));
        }
    }
}

fn take(core: &mut ConsoleCore, id: &str) -> Vec<LateChange> {
    let (taken, rest) = std::mem::take(&mut core.late).into_iter().partition(|one| one.id == id);
    core.late = rest;
    taken
}
