//! How a person leaves a room. When a person's last connection is lost, the core waits for a while
//! before it tells the room. So the room does not hear of a short loss of connection.
//!
//! Owns: how long a room waits for a person, when the room is told that the person has left, and
//! when names become free again.
//! Must not know: how a client comes back; `joining.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use super::newcomers::make_lasting;
use super::presence::{tell_presence, tell_presence_of_name};
use super::refuse;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::Answer;
use crate::chat::core::members::Leaver;
use crate::chat::core::people::{Author, LEAVINGS_PER_STEP};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

pub(super) fn remove_client(core: &mut Core, client: ClientId) {
    // A client that is no member was removed before, or was never let in.
    let Some(leaver) = core.members.remove(client) else { return };
    let Leaver { author, rooms, is_intermittent, network } = leaver;
    for room in rooms {
        remove_from_room(core, author, is_intermittent, room);
    }
    if let Author::Person(person) = author {
        make_lasting(core, person, network);
        core.people.leave(person, client, core.now);
        remove_forgotten(core);
    }
    core.effects.push(Effect::Forget(client));
}

/// Lets a client leave a room. If it was the last one of its person there, the person leaves the
/// room at once: the room does not wait for the person.
pub(super) fn leave_room(core: &mut Core, client: ClientId, name: RoomName) {
    let Some(id) = core.room_of(client, &name) else {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    };
    let Some(author) = core.author(client) else { return };
    let has_left = take_out(core, client, id, author);
    core.effects.push(Effect::Answer(client, Answer::Left(name)));
    if has_left {
        tell_presence(core, id, author, false, None);
    }
}

/// Takes a client of this author out of the room, and tells nobody. Returns whether the author has
/// left the room with it.
pub(super) fn take_out(core: &mut Core, client: ClientId, id: LogId, author: Author) -> bool {
    let was_counted = core.members.leave_room(client, id);
    core.effects.push(Effect::Unfollow(client, id));
    was_counted && core.rooms.leave(id, author, core.now.chat_time)
}

/// Removes one client of this author from the room. If it was the author's last client in the room,
/// the room waits for the author, because a person is often back at once. The room is told only
/// when that wait ends. If `is_intermittent` is true, the person reads pages or polls from time to
/// time, and has no connection between two requests. For such a person the room waits longer.
///
/// An author without a session cannot come back under its name, so the room does not wait for such
/// an author.
fn remove_from_room(core: &mut Core, author: Author, is_intermittent: bool, id: LogId) {
    let now = core.now.chat_time;
    match author {
        Author::Classic(_) | Author::Nobody => {
            core.rooms.leave(id, author, now);
        }
        Author::Person(person) if core.people.is_passing(person) => {
            if core.rooms.leave(id, author, now) {
                tell_presence(core, id, author, false, None);
            }
        }
        Author::Person(_) => {
            let wait = if is_intermittent { limits::PAGE_WAIT } else { limits::ABSENCE_WAIT };
            core.rooms.leave_for_now(id, author, now + wait);
        }
    }
}

/// Ends the waits of all rooms for this person, because the name is free, or because the person has
/// ended a session. The small ones of these rooms are told that the person, as `name`, has left.
pub(super) fn stop_waiting_for(core: &mut Core, person: PersonId, name: &Name) {
    let left = core.rooms.stop_waiting_for(Author::Person(person), core.now.chat_time);
    for id in left {
        tell_presence_of_name(core, id, name.clone(), false, None);
    }
}

/// Forgets some of the people whose names need not stay reserved any longer, so that the names are
/// free. Ends their logs of private messages, and the rooms' waits for them.
pub(super) fn forget_some_names(core: &mut Core) {
    core.people.forget_some(core.now.chat_time);
    remove_forgotten(core);
}

/// Ends a few waits of rooms for people who did not come back in time. A small room is told that
/// the person has left.
pub(crate) fn remove_absent(core: &mut Core) {
    // Only a few people are removed in each step: if all people of a large room left at once, the
    // server would have too much to send.
    for _ in 0..LEAVINGS_PER_STEP {
        let Some((id, author)) = core.rooms.end_wait(core.now.chat_time) else { break };
        tell_presence(core, id, author, false, None);
    }
}

/// Removes the logs of private messages of people whose names have become free. The rooms that wait
/// for these people stop waiting.
pub(super) fn remove_forgotten(core: &mut Core) {
    for (person, name) in core.people.take_forgotten() {
        core.private_logs.end(&mut core.logs, person);
        stop_waiting_for(core, person, &name);
    }
}
