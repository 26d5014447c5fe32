//! The list of rooms that a client gets.
//!
//! Owns: which rooms are in the list, and which of their topics.
//! Must not know: which rooms the client is in.
//!
//! Part: `chat/core/mod.rs`.

use super::{Room, Rooms};
use crate::base::limits;
use crate::chat::answer::{Answer, RoomPrivacy, RoomSummary};
use crate::chat::core::LogId;
use crate::chat::core::logs::{Log, Logs};
use crate::chat::entry::Seq;

/// How many bytes a room in a list of rooms counts for in addition to the texts of its name and its
/// topic.
pub(crate) const ROOM_LINE_BYTES: usize = 56;

/// Returns the line of a room in the list of rooms, with the room's topic if `has_topic` is true.
fn line_of(room: &Room, has_topic: bool) -> RoomSummary {
    let topic = if has_topic { room.topic() } else { "" };
    let (room, people, privacy) = (room.name().clone(), room.count(), room.privacy());
    RoomSummary { room, topic: topic.to_owned(), people, privacy }
}

/// Returns the line of a room as people see it who are not in the room.
pub(crate) fn line_for_others(room: &Room) -> RoomSummary {
    let RoomPrivacy { hidden, locked } = room.privacy();
    line_of(room, !hidden && !locked)
}

/// Returns the list of rooms for a client, as many as fit into one answer. The room with the most
/// people comes first. `may_read` returns whether the client or its person counts as being in a
/// room, or comes in without a password; only then is a hidden room listed. An empty room that
/// never had a line is not listed, unless it is hidden or has a password and `may_read` is true.
pub(crate) fn room_list(
    rooms: &Rooms,
    logs: &Logs,
    may_read: impl Fn(LogId, &Room) -> bool,
) -> Answer {
    let is_shown = |(id, room, log): &(LogId, &Room, &Log)| {
        let RoomPrivacy { hidden, locked } = room.privacy();
        let is_asleep = room.count() == 0 && log.head() == Seq(0);
        !is_asleep && !hidden || (hidden || locked) && may_read(*id, room)
    };
    // The topic of a room with a password is shown only if `may_read` is true for the room.
    let reads = |id: LogId, room: &Room| !room.privacy().locked || may_read(id, room);
    // The sort is stable: rooms with the same number of people stay in the order of their ids.
    let mut awake: Vec<_> = rooms.with_logs(logs).filter(is_shown).collect();
    awake.sort_by_key(|(_, room, _)| std::cmp::Reverse(room.count()));
    let mut bytes = 0;
    let fits = |(_, room, _): &&(LogId, &Room, &Log)| {
        bytes += ROOM_LINE_BYTES + room.name().as_str().len() + room.topic().len();
        bytes <= limits::FRAME_BATCH_BYTES_MAX
    };
    let line = |(id, room, _): &(LogId, &Room, &Log)| line_of(room, reads(*id, room));
    let rooms: Vec<_> = awake.iter().take_while(fits).map(line).collect();
    let more = rooms.len() < awake.len();
    Answer::Rooms { rooms, more }
}
