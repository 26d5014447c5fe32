//! One room, as a client in it knows it.
//!
//! Owns: our position in its log, the names of the people in it, and what we must send to join it
//! again.
//! Must not know: other rooms.
//!
//! Part: `console/v1/mod.rs`.

use std::collections::{BTreeSet, VecDeque};

use crate::base::limits;
use crate::chat::reply::RoomPrivacy;
use crate::console::v1::ask::RoomToEnter;
use crate::console::v1::place::KnownPosition;

#[derive(Debug, Default)]
pub(super) struct FollowedRoom {
    /// Our position in the log. `None` until the server has let us in.
    pub(super) place: Option<KnownPosition>,
    pub(super) password: Option<String>,
    /// True if the room is not in the public list. If the room no longer exists when we join again,
    /// we make it again as a hidden room.
    pub(super) hidden: bool,
    /// Our changes of the room's settings that the server has not answered yet, oldest first. Each
    /// has its new password, if the change was about the password.
    pub(super) wishes: VecDeque<Option<String>>,
    /// True if the server has let us in on this connection.
    pub(super) joined: bool,
    /// Lines up to this number were said before we joined.
    pub(super) before_us: u64,
    /// True if at least one line of the room has arrived.
    pub(super) was_told: bool,
    /// The number of our own last message; `None`: we have said nothing here.
    pub(super) last_own: Option<u64>,
    pub(super) topic: String,
    pub(super) names: BTreeSet<String>,
}

impl FollowedRoom {
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

    /// Applies the room's new settings. They answer our oldest change in `wishes`, which is
    /// removed. The server never sends a password, so a new password comes from that change. If the
    /// room has no password any more, the old one is forgotten.
    pub(super) fn set_privacy(&mut self, nature: RoomPrivacy) {
        self.hidden = nature.hidden;
        let wish = self.wishes.pop_front().flatten();
        self.password = wish.or(self.password.take()).filter(|_| nature.locked);
    }

    /// Adds a name. Returns whether it is new here and there was space for it.
    pub(super) fn sees(&mut self, name: &str) -> bool {
        self.names.len() < limits::CONSOLE_NAMES_MAX && self.names.insert(name.to_owned())
    }
}
