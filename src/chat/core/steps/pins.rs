//! Lines that the history has deleted: memory drops them. If a room's pinned message is among them,
//! the room has none any more, and a line of the server says so.
//!
//! Must not know: why the history has deleted lines; how the room's maker pins a message
//! (`posting.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::posting::add_line;
use crate::chat::core::Core;
use crate::chat::core::logs::{NewEntry, is_among};
use crate::chat::core::people::Author;
use crate::chat::entry::{EntryKind, Epoch, Seq, Speaker};

/// Drops these lines from memory, and ends the pins on them. Each item of `lines` means all lines
/// up to its number, in the log with its epoch.
pub(super) fn throw_lines_away(core: &mut Core, lines: &[(Epoch, Seq)]) {
    core.logs.forget_lines(lines);
    for log in core.rooms.unpin_if(&mut core.logs, |_, pin| is_among(pin, lines)) {
        let (author, by, what) = (Author::Nobody, Speaker::server(), EntryKind::Pinned(Seq(0)));
        add_line(core, log, NewEntry { author, by, id: None, reply_to: None, what }, None);
    }
}
