//! How somebody who looks after a room deletes many messages there at once.
//!
//! Owns: what goes with the messages: the pin, the reports.
//! Must not know: who may do it (`keeping.rs`); how the file forgets the lines.
//!
//! Part: `chat/core/mod.rs`.

use super::posting::{add_line, speaker};
use crate::base::client_id::ClientId;
use crate::chat::core::logs::{Log, NewEntry};
use crate::chat::core::people::Author;
use crate::chat::core::rooms::rules::keep_reports;
use crate::chat::core::{Core, LogId};
use crate::chat::entry::{AuthorTag, EntryKind};
use crate::chat::record::PersonId;
use crate::chat::removed_lines::RemovedLines;

/// Deletes all messages that this person has written in the room.
pub(super) fn delete_all_of(core: &mut Core, client: ClientId, id: LogId, person: PersonId) {
    // Without a number the line would say that it is about everybody.
    if AuthorTag::of(Some(person)).number().is_none() {
        return;
    }
    let pins = core.rooms.pins(|log, pin| log == id && pin.is_by(Some(person)));
    delete(core, client, id, |log| {
        log.delete_all_of(Author::Person(person), pins.get(&id).copied())
    });
}

/// Deletes all lines of the room, and its topic.
pub(super) fn delete_everything(core: &mut Core, client: ClientId, id: LogId) {
    delete(core, client, id, Log::delete_everything);
    let has_topic = core.rooms.get(id).is_some_and(|room| !room.topic().is_empty());
    if let Some((by, author)) = speaker(core, client).zip(core.author(client))
        && has_topic
    {
        let what = EntryKind::Topic(String::new());
        core.rooms.note_line(&mut core.logs, id, &what, core.members.tag(client));
        add_line(core, id, NewEntry { author, by, id: None, reply_to: None, what }, None);
    }
}

/// Lets `take` remove lines from the room's log, and adds the line that says so.
fn delete(
    core: &mut Core,
    client: ClientId,
    id: LogId,
    take: impl FnOnce(&mut Log) -> RemovedLines,
) {
    let Some(by) = speaker(core, client) else { return };
    let Some(author) = core.author(client) else { return };
    let Some(removed) = core.logs.delete_many(id, take) else { return };
    let (rooms, logs) = (&mut core.rooms, &mut core.logs);
    rooms.unpin_if(logs, |log, pin| log == id && removed.takes(pin.seq));
    keep_reports(rooms, logs, id, |report| !removed.takes(report.seq));
    let what = EntryKind::Removed(removed);
    add_line(core, id, NewEntry { author, by, id: None, reply_to: None, what }, None);
}
