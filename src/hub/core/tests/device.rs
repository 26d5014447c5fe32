//! A device: it keeps a view of what it was told, checks every step of it, and
//! comes back with it after its line was lost.
//!
//! Next: `hub/core/tests/file.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::chat::entry::{Entry, Epoch, MessageId, Seen, Seq};
use crate::chat::room_name::RoomName;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::hub::core::RoomId;

/// What waits for one client.
pub(super) enum Item {
    Line(RoomId, Arc<Entry>),
    Note(Told),
    CaughtUp(RoomId, Told, Seq),
}

/// What a device knows of a room.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    pub(super) epoch: Epoch,
    /// The last number that it was told, or told that it cannot have.
    pub(super) last: Seq,
}

/// A device: it keeps its views when its line is lost.
#[derive(Default)]
pub(super) struct Device {
    pub(super) client: Option<ClientId>,
    pub(super) views: BTreeMap<RoomName, View>,
    /// What it has sent and not heard of.
    pub(super) unanswered: BTreeSet<MessageId>,
    pub(super) acknowledged: BTreeMap<MessageId, (RoomName, Seq)>,
    /// Rooms that it has asked to leave; until it is told, it does not come back.
    pub(super) leaving: BTreeSet<RoomName>,
    /// Where it was told to go on behind numbers that a crash has skipped.
    pub(super) skips: BTreeSet<(u64, Seq)>,
    /// How often it was told that it has missed something for good.
    pub(super) gaps: usize,
    /// How often it was told that something it saw did not survive.
    pub(super) lost: usize,
}

impl Device {
    /// How far it has seen a room.
    pub(super) fn seen(&self, room: &RoomName) -> Option<Seen> {
        self.views.get(room).map(|view| Seen { epoch: view.epoch, seq: view.last })
    }

    /// Checks one item against what was told before: no gap that was not
    /// announced, nothing twice, nothing that was never said.
    pub(super) fn hear(
        &mut self,
        item: Item,
        truth: &BTreeMap<RoomName, BTreeMap<Seq, Arc<Entry>>>,
    ) {
        let are_there = |room: &RoomName, from, to| {
            truth.get(room).is_some_and(|lines| lines.range(from..=to).next().is_some())
        };
        match item {
            Item::Line(_, entry) => {
                let view = self.views.get_mut(&entry.room).expect("told of a room it is not in");
                assert_eq!(entry.seq, view.last.next(), "in {}", entry.room);
                view.last = entry.seq;
                assert_eq!(truth[&entry.room][&entry.seq].id, entry.id);
            }
            Item::Note(Told::Joined(joined)) => {
                let fresh = View { epoch: joined.epoch, last: Seq(joined.from.0 - 1) };
                let view = self.views.entry(joined.room).or_insert(fresh);
                if view.epoch != joined.epoch {
                    *view = fresh;
                }
            }
            Item::Note(Told::TooOld { room, from, to }) => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(from, view.last.next());
                view.last = to;
                // Where a crash has lost all there was, nothing is missing.
                self.gaps += usize::from(are_there(&room, from, to));
            }
            Item::CaughtUp(_, Told::CaughtUp { room, .. }, seq) => {
                assert_eq!(self.views[&room].last, seq);
            }
            Item::Note(Told::Left(room)) => {
                self.leaving.remove(&room);
                self.views.remove(&room);
            }
            Item::Note(Told::Sent { room, id: Some(id), seq, .. }) => {
                self.unanswered.remove(&id);
                self.acknowledged.insert(id, (room, seq));
            }
            Item::Note(Told::NotKept { room, from, to }) => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(to, view.last, "it had seen that");
                assert!(!self.skips.contains(&(view.epoch.0, to)), "it was told of that crash");
                view.last = Seq(from.0 - 1);
                self.lost += 1;
            }
            Item::Note(Told::Skipped { room, from, to }) => {
                let view = self.views.get_mut(&room).unwrap();
                assert_eq!(from, view.last.next());
                assert!(!are_there(&room, from, to), "one is there");
                view.last = to;
                self.skips.insert((view.epoch.0, to));
            }
            Item::Note(_) | Item::CaughtUp(..) => {}
        }
    }
}
