//! Who hears one room, and what they are to be told together.
//!
//! Owns: a parcel for each format that somebody here reads; a line is encoded
//! once for each.
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `hub/listeners.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ClientId;
use super::core::RoomId;
use super::held::HeldLine;
use super::listeners::Listeners;
use crate::chat::entry::{Entry, Seq};
use crate::chat::told::Told;
use crate::config::FanOut;
use crate::limits;
use crate::outbox::{Parcel, Pushed};
use crate::wire::{Format, Frame, Reader};

/// The clients that hear a room, each with its line.
pub(super) struct Hearing {
    shared: [Readership; Format::SHARED.len()],
    /// Each is told by its own name, so nothing is shared among them.
    by_name: BTreeMap<ClientId, (HeldLine, Arc<dyn Reader>)>,
    for_by_name: Vec<Arc<Entry>>,
    /// The first line that is noted and not pushed yet.
    noted_from: Option<Seq>,
}

/// Those who are told the same, and what that is.
struct Readership {
    format: Format,
    listeners: Listeners,
    parcel: Parcel,
}

/// A client that follows the log and could not be told.
pub(super) struct Missed {
    pub(super) client: ClientId,
    pub(super) room: RoomId,
    pub(super) from: Seq,
}

impl Default for Hearing {
    fn default() -> Self {
        let shared = Format::SHARED.map(|format| Readership {
            format,
            listeners: Listeners::default(),
            parcel: Parcel::default(),
        });
        Self { shared, by_name: BTreeMap::new(), for_by_name: Vec::new(), noted_from: None }
    }
}

impl Hearing {
    pub(super) fn add(&mut self, client: ClientId, format: Format, line: HeldLine) {
        let readership = self.shared.iter_mut().find(|it| it.format == format);
        debug_assert!(readership.is_some(), "{format:?} tells by name");
        if let Some(readership) = readership {
            readership.listeners.insert(client, line);
        }
    }

    pub(super) fn add_named(&mut self, client: ClientId, reader: Arc<dyn Reader>, line: HeldLine) {
        self.by_name.insert(client, (line, reader));
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.shared.iter_mut().for_each(|it| it.listeners.remove(client));
        self.by_name.remove(&client);
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.shared.iter().all(|it| it.listeners.is_empty()) && self.by_name.is_empty()
    }

    pub(super) fn has_told_all(&self) -> bool {
        self.noted_from.is_none()
    }

    /// Notes a line for the next push; false once that is large enough.
    pub(super) fn note(&mut self, room: RoomId, entry: &Arc<Entry>, messages_max: usize) -> bool {
        self.noted_from.get_or_insert(entry.seq);
        let mut fits = true;
        for it in self.shared.iter_mut().filter(|it| !it.listeners.is_empty()) {
            if let Some(frame) = it.format.tell(room.0, entry) {
                it.parcel.add(frame);
            }
            fits &= it.parcel.frames().len() < messages_max;
            fits &= it.parcel.bytes().len() < limits::PARCEL_BYTES_MAX;
        }
        if !self.by_name.is_empty() {
            self.for_by_name.push(Arc::clone(entry));
        }
        let bytes: usize = self.for_by_name.iter().map(|entry| entry.what.text().len()).sum();
        fits && self.for_by_name.len() < messages_max && bytes < limits::PARCEL_BYTES_MAX
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
        for it in self.shared.iter_mut().filter(|it| !it.parcel.frames().is_empty()) {
            it.listeners.tell(way, &it.parcel, |client| match it.format {
                // It knows of no numbers, so it cannot be told again.
                Format::Classic => full.push(client),
                _ => missed.push(Missed { client, room, from }),
            });
            it.parcel.clear();
        }
        for (client, (line, reader)) in &self.by_name {
            // What one alone is told is in no other outbox, so its bytes count too.
            let is_full = line.outbox.waiting_bytes() > limits::OWN_BYTES_MAX || {
                let parcel = parcel(&self.for_by_name, |entry| reader.tell(room.0, entry));
                line.push(way, &parcel) == Pushed::Full
            };
            if is_full {
                missed.push(Missed { client: *client, room, from });
            }
        }
        self.for_by_name.clear();
    }

    /// Tells whoever has words for it, but for one, if they have room.
    pub(super) fn notice(
        &self,
        way: FanOut,
        told: &Told,
        text_bytes_max: usize,
        but: Option<ClientId>,
    ) {
        for it in self.shared.iter().filter(|it| !it.listeners.is_empty()) {
            let Some(frame) = it.format.notice(told, text_bytes_max) else { continue };
            let mut parcel = Parcel::default();
            parcel.add(frame);
            let others = it.listeners.iter().filter(|(client, _)| Some(*client) != but);
            others.for_each(|(_, line)| line.push_if_room(way, &parcel));
        }
        for (_, (line, reader)) in self.by_name.iter().filter(|(it, _)| Some(**it) != but) {
            let Some(frame) = reader.told(told) else { continue };
            let mut parcel = Parcel::default();
            parcel.add(frame);
            line.push_if_room(way, &parcel);
        }
    }
}

/// Lines of a log as they are told one client.
pub(super) fn parcel(entries: &[Arc<Entry>], tell: impl Fn(&Entry) -> Option<Frame>) -> Parcel {
    let mut parcel = Parcel::default();
    entries.iter().filter_map(|entry| tell(entry)).for_each(|frame| parcel.add(frame));
    parcel
}
