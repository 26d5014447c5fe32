//! A room as one of its people knows it.
//!
//! Owns: where one is in its log, who was seen in it, what is needed to come back.
//! Must not know: other rooms.
//!
//! Next: `console/v1/core/hear.rs`.

use std::collections::{BTreeSet, VecDeque};

use crate::chat::told::Nature;
use crate::console::v1::ask::Visit;
use crate::console::v1::place::Place;
use crate::limits;

#[derive(Debug, Default)]
pub(super) struct Room {
    /// `None` until one has been in it.
    pub(super) place: Option<Place>,
    pub(super) password: Option<String>,
    /// It is not in the list of rooms: who makes it anew makes it so.
    pub(super) hidden: bool,
    /// What one has asked to be otherwise, and was not answered yet: each with its new
    /// password, if it is about that.
    pub(super) wishes: VecDeque<Option<String>>,
    /// On this line.
    pub(super) joined: bool,
    /// Lines up to this number were said before one came.
    pub(super) before_us: u64,
    /// A line of it was told.
    pub(super) was_told: bool,
    /// The number of one's own last message.
    pub(super) last_own: Option<u64>,
    pub(super) topic: String,
    pub(super) names: BTreeSet<String>,
}

impl Room {
    /// What to ask for to be in it.
    pub(super) fn visit(&self, name: &str) -> Visit {
        Visit {
            room: name.to_owned(),
            password: self.password.clone(),
            hidden: self.hidden,
            epoch: self.place.as_ref().map(|place| place.epoch.clone()),
            seq: self.place.as_ref().map(|place| place.seq),
        }
    }

    /// How it is kept from strangers now. Its password is known to who has just set it.
    pub(super) fn is_set(&mut self, nature: Nature) {
        self.hidden = nature.hidden;
        let wish = self.wishes.pop_front().flatten();
        self.password = wish.or(self.password.take()).filter(|_| nature.locked);
    }

    /// Whether the name is a new one here.
    pub(super) fn sees(&mut self, name: &str) -> bool {
        self.names.len() < limits::CONSOLE_NAMES_MAX && self.names.insert(name.to_owned())
    }
}
