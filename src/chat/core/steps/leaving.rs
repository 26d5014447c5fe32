//! How a person leaves a room. When a person's last connection is lost, the core waits for a while
//! before it tells the room. So the room does not hear of a short loss of connection.
//!
//! Owns: how long a room waits for a person, when the room is told that the person has left, and
//! when names become free again.
//! Must not know: how a client comes back; `joining.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::limits;
use crate::chat::core::members::Leaver;
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

impl Core {
    /// Removes a client that has left from its rooms and from its person.
    pub(super) fn leave(&mut self, client: ClientId) {
        // A client that is no member was removed before, or was never let in.
        let Some(leaver) = self.members.remove(client) else { return };
        let Leaver { author, rooms, is_intermittent, network } = leaver;
        for room in rooms {
            self.remove_from_room(author, is_intermittent, room);
        }
        if let Author::Person(person) = author {
            self.make_lasting(person, network);
            self.people.leave(person, client, self.now);
            self.remove_forgotten();
        }
        self.effects.push(Effect::Forget(client));
    }

    /// Lets a client leave a room, as its user has asked. The room does not wait for the person.
    pub(super) fn leave_room(&mut self, client: ClientId, name: RoomName) {
        let Some(id) = self.room_of(client, &name) else {
            self.effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let Some(author) = self.author(client) else { return };
        self.members.leave_room(client, id);
        self.effects.push(Effect::Unfollow(client, id));
        self.effects.push(Effect::Reply(client, Reply::Left(name)));
        if self.rooms.leave(id, author, self.now.chat_time) {
            self.tell_presence(id, author, false, None);
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
    fn remove_from_room(&mut self, author: Author, is_intermittent: bool, id: LogId) {
        let now = self.now.chat_time;
        match author {
            Author::Guest(_) | Author::Nobody => {
                self.rooms.leave(id, author, now);
            }
            Author::Person(person) if self.people.is_passing(person) => {
                if self.rooms.leave(id, author, now) {
                    self.tell_presence(id, author, false, None);
                }
            }
            Author::Person(_) => {
                let wait = if is_intermittent { limits::PAGE_WAIT } else { limits::ABSENCE_WAIT };
                self.rooms.leave_for_now(id, author, now + wait);
            }
        }
    }

    /// Ends the waits of all rooms for this person, because the name is free, or because the person
    /// has ended a session. Tells these rooms that the person, as `name`, has left.
    pub(super) fn stop_waiting_for(&mut self, person: PersonId, name: &Name) {
        let left = self.rooms.stop_waiting_for(Author::Person(person), self.now.chat_time);
        for id in left {
            self.tell_presence_of(id, name.clone(), false, None);
        }
    }

    /// Forgets some of the people whose names need not stay reserved any longer, so that the names
    /// are free. Ends their logs of private messages, and the rooms' waits for them.
    pub(super) fn forget_some_names(&mut self) {
        self.people.forget_some(self.now.chat_time);
        self.remove_forgotten();
    }

    /// Removes a few people from rooms to which they did not come back in time, and tells the
    /// rooms.
    pub(in crate::chat::core) fn remove_absent(&mut self) {
        // Only a few people are removed in each step: if all people of a large room left at once,
        // the server would have too much to send.
        for _ in 0..limits::LEAVINGS_PER_STEP {
            let Some((id, author)) = self.rooms.end_wait(self.now.chat_time) else { break };
            self.tell_presence(id, author, false, None);
        }
    }

    /// Removes the logs of people whose names have become free. The rooms that wait for these
    /// people stop waiting, and are told that the people have left.
    pub(super) fn remove_forgotten(&mut self) {
        for (person, name) in self.people.take_forgotten() {
            self.private_logs.end(&mut self.logs, person);
            self.stop_waiting_for(person, &name);
        }
    }
}
