//! How a person leaves a room. When a person's last connection is lost, the core waits for a while
//! before it tells the room. So the room does not hear of a short loss of connection.
//!
//! Owns: how long a room waits for a person, when the room is told that the person has left, and
//! when names become free again.
//! Must not know: how a client comes back; `entering.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::limits;
use crate::chat::core::members::Leaver;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId, refuse};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

// A person in a room, from the last connection to the leaving:
//
//   in the room ---- last connection lost ----> waited for; the room is not told
//        ^                                       |     |
//        '------- a client is back in time ------'     '-- time over, too many waits, or the
//                 (the room is not told)                   name is free: left, the room is told
//
// `Room` has the time at which its wait for each person ends. `Absent` has the same times of all
// rooms, soonest first.

/// The table of the waits of all rooms for people whose last connection in the room was lost: until
/// when (in chat time), in which room, and for whom. The wait that ends first comes first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::chat::core) struct Absent(BTreeSet<(Duration, LogId, Author)>);

impl Absent {
    /// Notes that this room waits until the time `until` for `who` to come back.
    fn wait_for(&mut self, until: Duration, room: LogId, who: Author) {
        self.0.insert((until, room, who));
    }

    /// Removes this room's wait for `who`. `until` is the time at which that wait was to end.
    pub(super) fn came_back(&mut self, until: Duration, room: LogId, who: Author) {
        self.0.remove(&(until, room, who));
    }

    /// Ends the waits of all rooms for this author.
    pub(in crate::chat::core) fn forget(&mut self, who: Author) {
        self.0.retain(|(_, _, author)| *author != who);
    }

    /// Removes a wait whose time is over at `now`, and returns its room and its author. If there
    /// are too many waits, because very many people have lost their connections at once, removes
    /// the one that ends first, even if its time has not come yet. The caller must remove the
    /// author from the room. `None`: no wait has to end.
    fn next(&mut self, now: Duration) -> Option<(LogId, Author)> {
        let is_too_many = self.0.len() > limits::ABSENT_MAX;
        let (_, room, who) =
            self.0.first().copied().filter(|(at, ..)| *at <= now || is_too_many)?;
        self.0.pop_first();
        Some((room, who))
    }

    /// Returns when the next wait ends, in chat time; `None`: no room waits.
    pub(in crate::chat::core) fn next_end(&self) -> Option<Duration> {
        self.0.first().map(|(at, ..)| *at)
    }

    /// Returns how many waits there are.
    #[cfg(test)]
    pub(in crate::chat::core) fn count(&self) -> usize {
        self.0.len()
    }
}

impl Core {
    /// Removes a client that has left from its rooms and from its person.
    pub(in crate::chat::core) fn leave(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        // A client that is no member was removed before, or was never let in.
        let Some(leaver) = self.members.remove(client) else { return };
        let Leaver { author, rooms, is_intermittent, network } = leaver;
        for room in rooms {
            self.remove_from_room(author, is_intermittent, room, effects);
        }
        if let Author::Person(person) = author {
            self.make_lasting(person, network, effects);
            self.people.leave(person, client, self.now);
            self.remove_forgotten(effects);
        }
        effects.push(Effect::Forget(client));
    }

    /// Lets a client leave a room, as its user has asked. The room does not wait for the person.
    pub(in crate::chat::core) fn leave_room(
        &mut self,
        client: ClientId,
        name: RoomName,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.room_of(client, &name) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let now = self.now.chat_time;
        let Some(author) = self.author(client) else { return };
        self.members.leave_room(client, id);
        effects.push(Effect::Unfollow(client, id));
        effects.push(Effect::Reply(client, Reply::Left(name)));
        if let Some(room) = self.rooms.get_mut(id)
            && room.leave(author)
        {
            room.forget(author, now);
            self.tell_presence(id, author, false, None, effects);
        }
    }

    /// Removes one client of this author from the room. If it was the author's last client in the
    /// room, the room waits for the author, and is told only when the wait ends, because a person
    /// is often back at once. If `is_intermittent` is true, the person reads pages or polls from
    /// time to time, and has no connection between two requests. For such a person the room waits
    /// longer.
    ///
    /// An author without a session cannot come back under its name, so the room does not wait for
    /// such an author.
    pub(super) fn remove_from_room(
        &mut self,
        author: Author,
        is_intermittent: bool,
        id: LogId,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get_mut(id) else { return };
        if !room.leave(author) {
            return;
        }
        match author {
            Author::Guest(_) | Author::Nobody => room.forget(author, self.now.chat_time),
            Author::Person(person) if self.people.is_passing(person) => {
                room.forget(author, self.now.chat_time);
                self.tell_presence(id, author, false, None, effects);
            }
            Author::Person(_) => {
                let wait = if is_intermittent { limits::PAGE_WAIT } else { limits::ABSENCE_WAIT };
                let until = self.now.chat_time + wait;
                room.wait_for(author, until);
                self.absent.wait_for(until, id, author);
            }
        }
    }

    /// Ends the waits of all rooms for this person, because the name is free, or because the person
    /// has ended a session. Tells these rooms that the person, as `name`, has left.
    pub(in crate::chat::core) fn stop_waiting_for(
        &mut self,
        person: PersonId,
        name: &Name,
        effects: &mut Vec<Effect>,
    ) {
        let author = Author::Person(person);
        let waits = self.rooms.iter().filter_map(|(id, room)| Some((room.waits_for(author)?, id)));
        for (until, id) in waits.collect::<Vec<_>>() {
            self.absent.came_back(until, id, author);
            let Some(room) = self.rooms.get_mut(id) else { continue };
            room.forget(author, self.now.chat_time);
            self.tell_presence_of(id, name.clone(), false, None, effects);
        }
    }

    /// Forgets some of the people whose names need not stay reserved any longer, so that the names
    /// are free. Ends their logs of private messages, and the rooms' waits for them.
    pub(in crate::chat::core) fn forget_some_names(&mut self, effects: &mut Vec<Effect>) {
        self.people.forget_some(self.now.chat_time);
        self.remove_forgotten(effects);
    }

    /// Removes a few people from rooms to which they did not come back in time, and tells the
    /// rooms.
    pub(in crate::chat::core) fn remove_absent(&mut self, effects: &mut Vec<Effect>) {
        let now = self.now.chat_time;
        // Only a few people are removed in each step: if all people of a large room left at once,
        // the server would have too much to send.
        for _ in 0..limits::LEAVINGS_PER_STEP {
            let Some((id, author)) = self.absent.next(now) else { break };
            let Some(room) = self.rooms.get_mut(id) else { continue };
            room.forget(author, now);
            self.tell_presence(id, author, false, None, effects);
        }
    }
}
