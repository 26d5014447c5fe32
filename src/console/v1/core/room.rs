//! What a client knows about one room in which it is.
//!
//! Owns: our position in its log, the names of the people in it, and what we must send to join it
//! again.
//! Must not know: other rooms.
//!
//! Part: `console/v1/mod.rs`.

use std::collections::{BTreeSet, VecDeque};

use crate::base::limits;
use crate::chat::reply::RoomPrivacy;
use crate::console::v1::place::KnownPosition;
use crate::console::v1::requests::RoomToEnter;

#[derive(Debug, Default)]
pub(super) struct FollowedRoom {
    /// Our position in the room's log. `None` until the server has let us into the room.
    pub(super) place: Option<KnownPosition>,
    pub(super) password: Option<String>,
    /// True if the list of rooms leaves out this room. If the room no longer exists when we join
    /// again, our join makes it again as a hidden room.
    pub(super) hidden: bool,
    /// One item for each of our changes of the room's settings that the server has not answered
    /// yet, oldest first. The item is the new password, or `None` if the change was not about the
    /// password.
    pub(super) pending_changes: VecDeque<Option<String>>,
    /// True if the server has let us into the room on the present connection.
    pub(super) joined: bool,
    /// Lines up to this number were said before we joined the room for the first time.
    pub(super) before_us: u64,
    /// True if the server has sent us at least one line of the room.
    pub(super) was_told: bool,
    /// The number of our own newest message in this room; `None`: we have said nothing here.
    pub(super) last_own: Option<u64>,
    pub(super) topic: String,
    pub(super) names: BTreeSet<String>,
}

impl FollowedRoom {
    pub(super) fn new(password: Option<String>) -> Self {
        Self { password, ..Self::default() }
    }

    /// Returns the request to join this room.
    pub(super) fn visit(&self, name: &str) -> RoomToEnter {
        RoomToEnter {
            room: name.to_owned(),
            password: self.password.clone(),
            hidden: self.hidden,
            epoch: self.place.as_ref().map(|place| place.epoch.clone()),
            seq: self.place.as_ref().map(|place| place.seq),
        }
    }

    /// Stores the room's new settings. They are the answer to our oldest pending change, and this
    /// change is removed. The server never sends a password, so a new password is taken from
    /// that change. If the room has no password any more, the old password is forgotten.
    pub(super) fn set_privacy(&mut self, privacy: RoomPrivacy) {
        self.hidden = privacy.hidden;
        let changed = self.pending_changes.pop_front().flatten();
        self.password = changed.or(self.password.take()).filter(|_| privacy.locked);
    }

    /// Adds a name to the room's list of names. Returns whether the list changed: false if the name
    /// was in the list already, or if the list is full.
    pub(super) fn add_name(&mut self, name: &str) -> bool {
        self.names.len() < limits::CONSOLE_NAMES_MAX && self.names.insert(name.to_owned())
    }
}
