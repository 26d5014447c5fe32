//! Who hears one room, and what they are to be told together.
//!
//! Owns: a parcel for each format that somebody here reads; a line is encoded
//! once for each.
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `hub/turns.rs`.

use std::collections::BTreeMap;

use super::ClientId;
use super::core::RoomId;
use super::held::HeldLine;
use crate::chat::entry::{Entry, Seq};
use crate::config::FanOut;
use crate::limits;
use crate::outbox::{Parcel, Pushed};
use crate::wire::{Format, classic, v1};

/// So many lines are fetched from memory together, before the first of them is
/// pushed to. A `send` leaves nothing of them in the cache, and one by one each
/// would be waited for: 0.1 of 5.4 us a delivery (docs/DECISIONS.md).
const LOOK_AHEAD: usize = 16;

/// The clients that hear a room, each with its line: the hub looks at all of
/// them for each message, so they lie side by side.
#[derive(Default)]
pub(super) struct Hearing {
    classic: BTreeMap<ClientId, HeldLine>,
    numbered: BTreeMap<ClientId, HeldLine>,
    for_classic: Parcel,
    for_numbered: Parcel,
    /// The first line that is noted and not pushed yet.
    noted_from: Option<Seq>,
}

/// A numbered client that could not be told.
pub(super) struct Missed {
    pub(super) client: ClientId,
    pub(super) room: RoomId,
    pub(super) from: Seq,
}

impl Hearing {
    pub(super) fn add(&mut self, client: ClientId, format: Format, line: HeldLine) {
        match format {
            Format::Classic => self.classic.insert(client, line),
            Format::V1 => self.numbered.insert(client, line),
        };
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.classic.remove(&client);
        self.numbered.remove(&client);
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.classic.is_empty() && self.numbered.is_empty()
    }

    pub(super) fn has_told_all(&self) -> bool {
        self.noted_from.is_none()
    }

    /// Notes a line for the next push; false once that is large enough.
    pub(super) fn note(&mut self, room: RoomId, entry: &Entry, messages_max: usize) -> bool {
        self.noted_from.get_or_insert(entry.seq);
        if !self.classic.is_empty()
            && let Some(frame) = classic::tell(entry)
        {
            self.for_classic.add(frame);
        }
        if !self.numbered.is_empty() {
            self.for_numbered.add(v1::tell::entry(room.0, entry));
        }
        let fits = |parcel: &Parcel| {
            parcel.frames().len() < messages_max && parcel.bytes().len() < limits::PARCEL_BYTES_MAX
        };
        fits(&self.for_classic) && fits(&self.for_numbered)
    }

    /// Tells everybody what is noted.
    pub(super) fn push(
        &mut self,
        room: RoomId,
        way: FanOut,
        full: &mut Vec<ClientId>,
        missed: &mut Vec<Missed>,
    ) {
        let Some(from) = self.noted_from.take() else { return };
        // An outbox that is ending drops it, which is all one can do.
        if !self.for_classic.frames().is_empty() {
            tell_all(&self.classic, way, &self.for_classic, |client| full.push(client));
        }
        if !self.for_numbered.frames().is_empty() {
            tell_all(&self.numbered, way, &self.for_numbered, |client| {
                missed.push(Missed { client, room, from });
            });
        }
        self.for_classic.clear();
        self.for_numbered.clear();
    }

    /// Tells the numbered clients, but for one, if they have room.
    pub(super) fn tell_numbered(&self, way: FanOut, parcel: &Parcel, but: Option<ClientId>) {
        let others = self.numbered.iter().filter(|(client, _)| Some(**client) != but);
        others.for_each(|(_, line)| line.push_if_room(way, parcel));
    }
}

/// Pushes to each, and says who was full.
fn tell_all(
    lines: &BTreeMap<ClientId, HeldLine>,
    way: FanOut,
    parcel: &Parcel,
    mut full: impl FnMut(ClientId),
) {
    let mut lines = lines.iter();
    while lines.len() > 0 {
        lines.clone().take(LOOK_AHEAD).for_each(|(_, line)| line.fetch());
        for (client, line) in lines.by_ref().take(LOOK_AHEAD) {
            if line.push(way, parcel) == Pushed::Full {
                full(*client);
            }
        }
    }
}
