//! What a client knows about one room in which it is or wants to be.
//!
//! Owns: our position in its log, and whether a line is new, is known already, or comes after
//! missing lines; the names of the people in the room, and what we must send to join it again.
//! Must not know: other rooms.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::{BTreeSet, VecDeque};

use super::authors::Authors;
use crate::chat::answer::RoomPrivacy;
use crate::console::limits;
use crate::console::v1::from_server::LogKey;
use crate::console::v1::requests::RoomToEnter;

#[derive(Debug, Default)]
pub(super) struct FollowedRoom {
    /// Our position in the room's log. `None` until the server has let us into the room.
    pub(super) position: Option<KnownPosition>,
    pub(super) password: Option<String>,
    /// An invite to the room, until the server has let us in.
    pub(super) invite: Option<String>,
    /// True if the server's list of rooms leaves out this room. Our requests to join say so, in
    /// case they must make the room again.
    pub(super) hidden: bool,
    /// True if the room has a password.
    pub(super) locked: bool,
    /// One item for each of our changes of the room's settings that the server has not answered
    /// yet, oldest first. The item is the new password, or `None` if the change was not about the
    /// password.
    pub(super) pending_changes: VecDeque<Option<String>>,
    /// True if the server has let us into the room on the present connection, and has not said
    /// since then that we are not in it.
    pub(super) joined: bool,
    /// True from the server's `joined` until it has sent all lines that were there before.
    pub(super) catching_up: bool,
    /// True if we have asked to leave the room, and the server has not answered yet.
    pub(super) leaving: bool,
    /// The number of the newest line that was said before we joined the room for the first time; 0:
    /// the log has no such line.
    pub(super) before_us: u64,
    pub(super) has_lines: bool,
    /// The number of our own newest message in this room; `None`: we know of none.
    pub(super) last_own: Option<u64>,
    /// The number of the newest message of somebody else in this room; `None`: we know of none.
    pub(super) last_of_others: Option<u64>,
    /// Who said the newest messages. A line that replies to one of them is shown with that name.
    pub(super) authors: Authors,
    pub(super) topic: String,
    /// True if the server has said on the present connection who is in the room.
    pub(super) told_people: bool,
    pub(super) names: BTreeSet<String>,
}

impl FollowedRoom {
    pub(super) fn new(password: Option<String>) -> Self {
        Self { password, ..Self::default() }
    }

    /// `log` says which log this one is.
    pub(super) fn join_request(&self, log: LogKey) -> RoomToEnter {
        RoomToEnter {
            log,
            password: self.password.clone(),
            invite: self.invite.clone(),
            hidden: self.hidden,
            epoch: self.position.as_ref().map(|position| position.epoch.clone()),
            seq: self.position.as_ref().map(|position| position.seq),
        }
    }

    /// Stores the room's new settings. They count as the answer to our oldest pending change, which
    /// is removed. The server never sends a password, so a new password is taken from this change.
    /// If the room has no password any more, we forget the old one.
    pub(super) fn set_privacy(&mut self, privacy: RoomPrivacy) {
        (self.hidden, self.locked) = (privacy.hidden, privacy.locked);
        let changed = self.pending_changes.pop_front().flatten();
        self.password = changed.or(self.password.take()).filter(|_| privacy.locked);
    }

    /// Adds a name to the room's list of names. Returns whether the list changed: false if the name
    /// was in the list already, or if the list is full.
    pub(super) fn add_name(&mut self, name: &str) -> bool {
        self.names.len() < limits::CONSOLE_NAMES_MAX && self.names.insert(name.to_owned())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::console::v1) struct KnownPosition {
    pub(in crate::console::v1) epoch: String,
    /// The number of the newest line that we have received or need not receive. The next line that
    /// we expect has a higher number.
    pub(in crate::console::v1) seq: u64,
}

impl KnownPosition {
    /// Returns our position after we have joined a room. `from` is the first number that the server
    /// will send. If the log still has the epoch of our earlier position `known`, returns `known`
    /// unchanged.
    pub(super) fn entered(known: Option<Self>, epoch: String, from: u64) -> Self {
        match known {
            Some(known) if known.epoch == epoch => known,
            _ => Self { epoch, seq: from.saturating_sub(1) },
        }
    }

    /// Handles a line with the number `seq`: if the line is new, moves our position to it. Returns
    /// how many lines before it did not arrive; `None`: the line is not new, because its number is
    /// not above our position.
    pub(super) fn step(&mut self, seq: u64) -> Option<u64> {
        let missing = seq.checked_sub(self.seq)?.checked_sub(1)?;
        self.seq = seq;
        Some(missing)
    }

    /// Moves our position forward to `seq`: the server will send no more lines up to this number.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Moves our position back to the number before `seq`, because the server has lost the line
    /// `seq` and the lines after it. New lines may get their numbers again.
    pub(super) fn back_before(&mut self, seq: u64) {
        self.seq = self.seq.min(seq.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::KnownPosition;

    fn at(seq: u64) -> KnownPosition {
        KnownPosition { epoch: "one".into(), seq }
    }

    #[test]
    fn a_line_is_new_known_or_after_a_hole() {
        let mut position = at(41);
        assert_eq!(position.step(42), Some(0));
        assert_eq!(position.step(42), None);
        assert_eq!(position.step(45), Some(2));
        position.skip_to(50);
        assert_eq!(position.step(51), Some(0));
        position.back_before(50);
        assert_eq!(position.step(50), Some(0), "numbers that were lost come again");
    }

    #[test]
    fn another_epoch_begins_anew_and_the_same_goes_on() {
        assert_eq!(KnownPosition::entered(None, "one".into(), 42), at(41));
        assert_eq!(KnownPosition::entered(Some(at(7)), "one".into(), 42), at(7));
        let before = KnownPosition { epoch: "zero".into(), seq: 999 };
        assert_eq!(KnownPosition::entered(Some(before), "one".into(), 1), at(0));
    }
}
