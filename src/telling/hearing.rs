//! Who hears one room, and what they are to be told together.
//!
//! Owns: those whose format tells everybody by name; the others are an [`Audience`].
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `telling/notes.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chat::core::RoomId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::told::Told;
use crate::config::FanOut;
use crate::hub::{Audience, ClientId, ClientLine, Roster};
use crate::limits;
use crate::outbox::{Frame, Parcel, Pushed};
use crate::wire::{Format, Reader};

/// The clients that hear a room, each with its line.
#[derive(Default)]
pub(super) struct Hearing {
    shared: Audience<Format>,
    /// Each is told by its own name, so nothing is shared among them.
    by_name: BTreeMap<ClientId, (ClientLine, Arc<dyn Reader>)>,
    for_by_name: Vec<Arc<Entry>>,
    /// The first line that is noted and not pushed yet.
    noted_from: Option<Seq>,
}

/// A client that follows the log and could not be told.
pub(super) struct Missed {
    pub(super) client: ClientId,
    pub(super) room: RoomId,
    pub(super) from: Seq,
}

impl Hearing {
    pub(super) fn add(&mut self, client: ClientId, format: Format, line: ClientLine) {
        self.shared.add(client, format, line);
    }

    pub(super) fn add_named(
        &mut self,
        client: ClientId,
        reader: Arc<dyn Reader>,
        line: ClientLine,
    ) {
        self.by_name.insert(client, (line, reader));
    }

    pub(super) fn remove(&mut self, client: ClientId) {
        self.shared.remove(client);
        self.by_name.remove(&client);
    }

    pub(super) fn is_deserted(&self) -> bool {
        self.shared.is_empty() && self.by_name.is_empty()
    }

    pub(super) fn has_told_all(&self) -> bool {
        self.noted_from.is_none()
    }

    /// Notes a line for the next push; false once that is large enough.
    pub(super) fn note(&mut self, room: RoomId, entry: &Arc<Entry>, messages_max: usize) -> bool {
        self.noted_from.get_or_insert(entry.seq);
        let fits = self.shared.note(messages_max, |format| format.tell(room.0, entry));
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
        roster: &Roster<Format>,
        full: &mut Vec<ClientId>,
        missed: &mut Vec<Missed>,
    ) {
        let Some(from) = self.noted_from.take() else { return };
        self.shared.push(roster.way(), |client, format| match format {
            // It knows of no numbers, so it cannot be told again.
            Format::Classic => full.push(client),
            _ => missed.push(Missed { client, room, from }),
        });
        for (client, (line, reader)) in &self.by_name {
            // What one alone is told is in no other outbox, so its bytes count too.
            let is_full = line.outbox.waiting_bytes() > limits::OWN_BYTES_MAX || {
                let parcel = parcel(&self.for_by_name, |entry| reader.tell(room.0, entry));
                line.push(roster.way(), &parcel) == Pushed::Full
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
        self.shared.notice(way, but, |format| format.notice(told, text_bytes_max));
        for (_, (line, reader)) in self.by_name.iter().filter(|(it, _)| Some(**it) != but) {
            let Some(frame) = reader.told(told) else { continue };
            line.push_if_room(way, &Parcel::of(frame));
        }
    }
}

/// Lines of a log as they are told one client.
pub(super) fn parcel(entries: &[Arc<Entry>], tell: impl Fn(&Entry) -> Option<Frame>) -> Parcel {
    let mut parcel = Parcel::default();
    entries.iter().filter_map(|entry| tell(entry)).for_each(|frame| parcel.add(frame));
    parcel
}
