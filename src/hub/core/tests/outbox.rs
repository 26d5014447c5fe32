//! An outbox that is a list.
//!
//! Next: `hub/core/tests/chance.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Event;
use super::device::Item;
use crate::chat::entry::Seq;
use crate::hub::ClientId;
use crate::hub::core::RoomId;

/// A client's end of the line.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) waiting: VecDeque<Item>,
    pub(super) hears: BTreeSet<RoomId>,
    pub(super) watched: bool,
}

impl Outbox {
    /// What can be told again is dropped; the first item has begun to leave.
    pub(super) fn fall_behind(&mut self, client: ClientId, missed: Option<(RoomId, Seq)>) -> Event {
        let mut first: BTreeMap<RoomId, Seq> = missed.into_iter().collect();
        let mut place = 0;
        self.waiting.retain(|item| {
            place += 1;
            let (room, seq) = match item {
                Item::Line(room, entry) if place > 1 => (*room, entry.seq),
                Item::CaughtUp(room, _, seq) if place > 1 => (*room, seq.next()),
                _ => return true,
            };
            let from = first.entry(room).or_insert(seq);
            *from = seq.min(*from);
            false
        });
        Event::FellBehind(client, first.into_iter().collect())
    }
}
