//! How long rooms wait for people whose last connection in the room was lost. So a room does not
//! hear of a short loss of connection.
//!
//! Owns: that each wait of a room is also in the list of all waits; which wait ends next.
//! Must not know: how long a room waits for a person; who is told that a person has left.
//!
//! Part: `chat/core/mod.rs`.

use std::time::Duration;

use super::{EnteredRoom, Rooms};
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::core::people::Author;

// A person in a room, from the last connection to the leaving:
//
//   in the room ---- last connection lost ----> waited for; the room is not told
//        ^                                       |     |
//        '------- a client is back in time ------'     '-- time over, too many waits, or the
//                 (the room is not told)                   name is free: left, the room is told
//
// `Room` has the time at which its wait for each person ends. `Rooms::waits` has the same times of
// all rooms, soonest first.

impl Rooms {
    /// Counts one more client of this author in the room. If the room was waiting for the author,
    /// ends that wait. Returns whether the author was in the room before; `None`: there is no such
    /// room.
    pub(crate) fn enter(&mut self, id: LogId, who: Author) -> Option<EnteredRoom> {
        let entered = self.get_mut(id)?.enter(who);
        if let EnteredRoom::Back(until) = entered {
            self.waits.remove(&(until, id, who));
        }
        Some(entered)
    }

    /// Removes one client of this author from the room, which does not wait for the author. Returns
    /// whether the author is not in the room any more.
    pub(crate) fn leave(&mut self, id: LogId, who: Author, now: Duration) -> bool {
        let Some(room) = self.get_mut(id) else { return false };
        let is_last = room.leave(who);
        if is_last {
            room.forget(who, now);
        }
        is_last
    }

    /// Removes one client of this author from the room. If it was the author's last one in the
    /// room, the room waits for the author until the time `until`, in chat time.
    pub(crate) fn leave_for_now(&mut self, id: LogId, who: Author, until: Duration) {
        if let Some(room) = self.get_mut(id)
            && room.leave(who)
        {
            room.wait_for(who, until);
            self.waits.insert((until, id, who));
        }
    }

    /// Ends the waits of all rooms for this author, and returns these rooms. The author is not in
    /// them any more.
    pub(crate) fn stop_waiting_for(&mut self, who: Author, now: Duration) -> Vec<LogId> {
        let mut left = Vec::new();
        for (id, room) in &mut self.by_id {
            if let Some(until) = room.waits_for(who) {
                self.waits.remove(&(until, *id, who));
                room.forget(who, now);
                left.push(*id);
            }
        }
        left
    }

    /// Ends one wait that is over at `now`. If there are too many waits, because very many people
    /// have lost their connections at once, ends the one that would end first, even if its time has
    /// not come yet. Returns the room and the author, who is not in it any more. `None`: no wait has
    /// to end.
    pub(crate) fn end_wait(&mut self, now: Duration) -> Option<(LogId, Author)> {
        let is_too_many = self.waits.len() > limits::ABSENT_MAX;
        let first = self.waits.first().filter(|(at, ..)| *at <= now || is_too_many);
        let (_, id, who) = first.copied()?;
        self.waits.pop_first();
        self.get_mut(id).into_iter().for_each(|room| room.forget(who, now));
        Some((id, who))
    }

    /// Returns when the next wait ends, in chat time; `None`: no room waits.
    pub(crate) fn next_end(&self) -> Option<Duration> {
        self.waits.first().map(|(at, ..)| *at)
    }
}

#[cfg(test)]
mod tests {
    impl super::Rooms {
        /// Returns how many waits there are.
        pub(crate) fn waits(&self) -> usize {
            self.waits.len()
        }
    }
}
