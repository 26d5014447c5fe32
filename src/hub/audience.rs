//! Those who hear the same, and what is noted for them.
//!
//! Owns: that a message is encoded once for each format that somebody here reads, and that
//! what is noted in a round goes out in one batch: one `send` a client.
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `hub/listeners.rs`.

use super::ClientId;
use super::listeners::Listeners;
use super::member::ClientLine;
use crate::client::ClientFormat;
use crate::config::FanOut;
use crate::limits;
use crate::outbox::{Frame, Parcel};

/// Clients that hear the same, by what they speak.
#[derive(Debug)]
pub struct Audience<F> {
    readerships: Vec<Readership<F>>,
}

/// Those who speak the same, and what they are to be told.
#[derive(Debug)]
struct Readership<F> {
    format: F,
    listeners: Listeners,
    parcel: Parcel,
}

impl<F> Default for Audience<F> {
    fn default() -> Self {
        Self { readerships: Vec::new() }
    }
}

impl<F: ClientFormat> Audience<F> {
    /// From here on this client hears what is noted.
    pub fn add(&mut self, client: ClientId, format: F, line: ClientLine) {
        let place = self.readerships.iter().position(|it| it.format == format);
        let place = place.unwrap_or_else(|| {
            let (listeners, parcel) = (Listeners::default(), Parcel::default());
            self.readerships.push(Readership { format, listeners, parcel });
            self.readerships.len() - 1
        });
        self.readerships[place].listeners.insert(client, line);
    }

    /// This client hears no more.
    pub fn remove(&mut self, client: ClientId) {
        self.readerships.iter_mut().for_each(|it| it.listeners.remove(client));
    }

    /// Whether this client hears what is noted.
    pub fn has(&self, client: ClientId) -> bool {
        self.readerships.iter().any(|it| it.listeners.has(client))
    }

    /// Whether nobody is here.
    pub fn is_empty(&self) -> bool {
        self.readerships.iter().all(|it| it.listeners.is_empty())
    }

    /// Notes one message, which a format may have no words for. False: so much is noted
    /// that it should be pushed now.
    pub fn note(&mut self, messages_max: usize, encode: impl Fn(F) -> Option<Frame>) -> bool {
        let mut fits = true;
        for it in self.readerships.iter_mut().filter(|it| !it.listeners.is_empty()) {
            if let Some(frame) = encode(it.format) {
                it.parcel.add(frame);
            }
            fits &= it.parcel.frames().len() < messages_max;
            fits &= it.parcel.bytes().len() < limits::PARCEL_BYTES_MAX;
        }
        fits
    }

    /// Pushes what is noted, and says who was full. An outbox that is ending drops it, which
    /// is all one can do.
    pub(super) fn push(&mut self, way: FanOut, mut full: impl FnMut(ClientId, F)) {
        for it in self.readerships.iter_mut().filter(|it| !it.parcel.frames().is_empty()) {
            let format = it.format;
            it.listeners.tell(way, &it.parcel, |client| full(client, format));
            it.parcel.clear();
        }
    }

    /// Tells everybody whose format has words for it, but for one, if they have room.
    pub fn notice(&self, way: FanOut, but: Option<ClientId>, encode: impl Fn(F) -> Option<Frame>) {
        for it in self.readerships.iter().filter(|it| !it.listeners.is_empty()) {
            let Some(frame) = encode(it.format) else { continue };
            let parcel = Parcel::of(frame);
            let others = it.listeners.iter().filter(|(client, _)| Some(*client) != but);
            others.for_each(|(_, line)| line.push_if_room(way, &parcel));
        }
    }
}
