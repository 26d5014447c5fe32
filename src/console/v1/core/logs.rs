//! The logs that this client follows: those of its rooms, and the log of its private messages.
//!
//! Owns: in which rooms we are or want to be, and to which of them typed lines go.
//! Must not know: why a room is entered or left.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::BTreeMap;

use super::room::FollowedRoom;
use crate::console::v1::from_server::LogKey;
use crate::console::v1::requests::RoomToEnter;

#[derive(Default)]
pub(super) struct FollowedLogs {
    /// The key is the room's name.
    pub(super) rooms: BTreeMap<String, FollowedRoom>,
    /// The log of private messages. It has no position until the server sends a `joined` for it.
    pub(super) private: FollowedRoom,
    /// The room to which typed lines go, always one of `rooms`; `None`: they go to no room.
    pub(super) current_room: Option<String>,
    /// The room to which typed lines went before; `None`: to none, or it does not matter any more.
    previous_room: Option<String>,
}

impl FollowedLogs {
    /// Typed lines go to the first of these rooms.
    pub(super) fn new(rooms: Vec<String>, password: Option<&String>) -> Self {
        let current_room = rooms.first().cloned();
        let follow = |room| (room, FollowedRoom::new(password.cloned()));
        let rooms = rooms.into_iter().map(follow).collect();
        Self { rooms, current_room, ..Self::default() }
    }

    /// Joins the room to which typed lines go with this invite to it.
    pub(super) fn accept(&mut self, invite: Option<String>) {
        let room = self.current_room.as_ref().and_then(|room| self.rooms.get_mut(room));
        if let Some(room) = room {
            room.invite = invite;
        }
    }

    pub(super) fn log_mut(&mut self, log: &LogKey) -> Option<&mut FollowedRoom> {
        match log {
            LogKey::Room(name) => self.rooms.get_mut(name),
            LogKey::Private => Some(&mut self.private),
        }
    }

    /// Returns the log, and begins to follow it if we do not follow it yet.
    pub(super) fn enter(&mut self, log: &LogKey) -> &mut FollowedRoom {
        match log {
            LogKey::Room(name) => self.rooms.entry(name.clone()).or_default(),
            LogKey::Private => &mut self.private,
        }
    }

    /// Lets typed lines go to a room. Returns the request that joins the room; `None`: we are in
    /// the room or want to be in it already.
    pub(super) fn go_to(&mut self, name: String, password: Option<String>) -> Option<RoomToEnter> {
        let before = self.current_room.replace(name.clone());
        self.previous_room = before.filter(|before| *before != name);
        if self.rooms.contains_key(&name) {
            return None;
        }
        let room = FollowedRoom::new(password);
        let join = room.join_request(LogKey::Room(name.clone()));
        self.rooms.insert(name, room);
        Some(join)
    }

    /// Removes a room. If typed lines go to this room, they go to the one before it, or else to
    /// another of our rooms.
    pub(super) fn leave(&mut self, name: &str) {
        self.rooms.remove(name);
        if self.current_room.as_deref() == Some(name) {
            let before = self.previous_room.take();
            let before = before.filter(|before| self.rooms.contains_key(before));
            self.current_room = before.or_else(|| self.rooms.keys().next().cloned());
        }
    }

    /// Returns what a hello says about each log. It does not name the log of private messages if
    /// the server has not sent a `joined` for it yet.
    pub(super) fn join_requests(&self) -> Vec<RoomToEnter> {
        let private = Some(&self.private).filter(|private| private.position.is_some());
        let private = private.map(|private| private.join_request(LogKey::Private));
        // The room of the prompt comes last, so that its lines stand just above the prompt.
        let here = |name: &String| Some(name) == self.current_room.as_ref();
        let (last, first): (Vec<_>, Vec<_>) = self.rooms.iter().partition(|(name, _)| here(name));
        let rooms = first.into_iter().chain(last);
        let rooms = rooms.map(|(name, room)| room.join_request(LogKey::Room(name.clone())));
        private.into_iter().chain(rooms).collect()
    }

    /// Returns whether the server still sends lines that were in one of our rooms before.
    pub(super) fn are_catching_up(&self) -> bool {
        self.rooms.values().any(|room| !room.joined || room.catching_up)
    }

    pub(super) fn on_connection_lost(&mut self) {
        for log in self.rooms.values_mut().chain([&mut self.private]) {
            log.joined = false;
            log.told_people = false;
            (log.leaving, log.catching_up) = (false, false);
            log.pending_changes.clear();
        }
    }

    /// Puts a person's new name in place of the old one. Returns whether a room's list of names
    /// changed.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let mut changed = false;
        for room in self.rooms.values_mut() {
            if room.names.remove(from) {
                changed |= room.add_name(to);
            }
        }
        changed
    }
}
