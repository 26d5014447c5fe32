//! Who hears one room, and what they are to be told together.
//!
//! Owns: a parcel for each format that somebody here reads; a line is encoded
//! once for each.
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `hub/turns.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ClientId;
use super::core::RoomId;
use super::held::HeldLine;
use crate::chat::entry::{Entry, Seq};
use crate::config::FanOut;
use crate::limits;
use crate::outbox::{Parcel, Pushed};
use crate::wire::webchat::{self, Reader};
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
    /// Each is told by its own name, so nothing is shared among them.
    webchat: BTreeMap<ClientId, (HeldLine, Arc<Reader>)>,
    for_classic: Parcel,
    for_numbered: Parcel,
    for_webchat: Vec<Arc<Entry>>,
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
            Format::Classic => drop(self.classic.insert(client, line)),
            Format::V1 => drop(self.numbered.insert(client, line)),
            Format::Webchat => debug_assert!(false, "it is told by its name"),
        }
    }

    pub(super) fn add_named(&mut self, client: ClientId, reader: Arc<Reader>, line: HeldLine) {
        self.webchat.insert(client, (line, reader));
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.classic.remove(&client);
        self.numbered.remove(&client);
        self.webchat.remove(&client);
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.classic.is_empty() && self.numbered.is_empty() && self.webchat.is_empty()
    }

    pub(super) fn has_told_all(&self) -> bool {
        self.noted_from.is_none()
    }

    /// Notes a line for the next push; false once that is large enough.
    pub(super) fn note(&mut self, room: RoomId, entry: &Arc<Entry>, messages_max: usize) -> bool {
        self.noted_from.get_or_insert(entry.seq);
        if !self.classic.is_empty()
            && let Some(frame) = classic::tell(entry)
        {
            self.for_classic.add(frame);
        }
        if !self.numbered.is_empty() {
            self.for_numbered.add(v1::tell::entry(room.0, entry));
        }
        if !self.webchat.is_empty() {
            self.for_webchat.push(Arc::clone(entry));
        }
        let fits = |parcel: &Parcel| {
            parcel.frames().len() < messages_max && parcel.bytes().len() < limits::PARCEL_BYTES_MAX
        };
        let text = |entry: &Arc<Entry>| entry.what.text().len();
        let bytes: usize = self.for_webchat.iter().map(text).sum();
        let few = self.for_webchat.len() < messages_max && bytes < limits::PARCEL_BYTES_MAX;
        fits(&self.for_classic) && fits(&self.for_numbered) && few
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
        for (client, (line, reader)) in &self.webchat {
            let parcel = parcel_for(reader, room, &self.for_webchat);
            if line.push(way, &parcel) == Pushed::Full {
                missed.push(Missed { client: *client, room, from });
            }
        }
        self.for_classic.clear();
        self.for_numbered.clear();
        self.for_webchat.clear();
    }

    /// Tells the numbered clients, but for one, if they have room.
    pub(super) fn tell_numbered(&self, way: FanOut, parcel: &Parcel, but: Option<ClientId>) {
        let others = self.numbered.iter().filter(|(client, _)| Some(**client) != but);
        others.for_each(|(_, line)| line.push_if_room(way, parcel));
    }
}

/// Lines of a log as one client of the dialect `webchat` is told them.
pub(super) fn parcel_for(reader: &Reader, room: RoomId, entries: &[Arc<Entry>]) -> Parcel {
    let mut parcel = Parcel::default();
    let frames = entries.iter().filter_map(|entry| webchat::tell(reader, room.0, entry));
    frames.for_each(|frame| parcel.add(frame));
    parcel
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
