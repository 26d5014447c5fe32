//! Those who hear the same, and what is noted for them.
//!
//! Owns: that a message is encoded once for each format that somebody here reads, that
//! what is noted in a round goes out in one batch, one `send` a client, and how many clients
//! are fetched from memory together.
//! Must not know: who may hear, what becomes of those who cannot keep up.
//!
//! Next: `outbox/mod.rs`.

use super::ClientId;
use super::roster::ClientLine;
use crate::client::ClientFormat;
use crate::config::FanOut;
use crate::outbox::{Frame, Parcel, Pushed};

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
            fits &= !it.parcel.is_full(messages_max);
        }
        fits
    }

    /// Pushes what is noted, and says who was full. An outbox that is ending drops it, which
    /// is all one can do. Never blocks.
    pub fn push(&mut self, way: FanOut, mut full: impl FnMut(ClientId, F)) {
        for it in self.readerships.iter_mut().filter(|it| !it.parcel.is_empty()) {
            let format = it.format;
            // Those of a chunk are fetched together, before the first of them is pushed to.
            for next in it.listeners.lines.chunks(LOOK_AHEAD) {
                next.iter().for_each(|(_, line)| line.fetch());
                for (client, line) in next {
                    if line.push(way, &it.parcel) == Pushed::Full {
                        full(*client, format);
                    }
                }
            }
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

/// So many lines are fetched from memory together, before the first of them is
/// pushed to; one by one each would be waited for: 0.1 of 5.4 us a delivery
/// (docs/DECISIONS.md).
const LOOK_AHEAD: usize = 16;

/// Those who are told the same, side by side in memory, in the order of their numbers.
///
/// The hub walks over all of them for each message, and a `send` leaves nothing of the next
/// one in the cache. In one piece they come as they are read, which a tree's strewn leaves do
/// not (docs/DECISIONS.md has what that costs).
///
/// Who leaves makes the others move up: 40 bytes each, which is less than its
/// threads' end costs. Who comes is nearly always the last.
#[derive(Debug, Default)]
struct Listeners {
    lines: Vec<(ClientId, ClientLine)>,
}

impl Listeners {
    fn insert(&mut self, client: ClientId, line: ClientLine) {
        match self.place_of(client) {
            Ok(place) => self.lines[place].1 = line,
            Err(place) => self.lines.insert(place, (client, line)),
        }
    }

    /// Of a crowd that has gone no more than its double is kept in memory.
    fn remove(&mut self, client: ClientId) {
        if let Ok(place) = self.place_of(client) {
            self.lines.remove(place);
        }
        if self.lines.len() < self.lines.capacity() / 4 {
            self.lines.shrink_to(2 * self.lines.len());
        }
    }

    fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn has(&self, client: ClientId) -> bool {
        self.place_of(client).is_ok()
    }

    fn iter(&self) -> impl Iterator<Item = &(ClientId, ClientLine)> {
        self.lines.iter()
    }

    /// Where this one is, or would be.
    fn place_of(&self, client: ClientId) -> Result<usize, usize> {
        self.lines.binary_search_by_key(&client, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use super::Listeners;
    use crate::hub::ClientId;
    use crate::hub::ClientLine;
    use crate::outbox::Berths;

    fn line() -> ClientLine {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
        ClientLine { outbox: Berths::new(4).take(), socket }
    }

    #[test]
    fn whoever_comes_late_or_twice_stands_once_and_in_the_order_of_numbers() {
        let mut listeners = Listeners::default();
        let line = line();
        for number in [2, 5, 3, 9, 5, 1] {
            listeners.insert(ClientId(number), line.clone());
        }
        listeners.remove(ClientId(3));
        listeners.remove(ClientId(7));
        let numbers: Vec<_> = listeners.iter().map(|(client, _)| client.0).collect();
        assert_eq!(numbers, [1, 2, 5, 9]);
    }

    #[test]
    fn a_crowd_that_has_gone_leaves_no_memory_behind() {
        let mut listeners = Listeners::default();
        let line = line();
        (0..1000).for_each(|number| listeners.insert(ClientId(number), line.clone()));
        (1..1000).for_each(|number| listeners.remove(ClientId(number)));
        assert!(listeners.lines.capacity() < 10, "{}", listeners.lines.capacity());
        listeners.remove(ClientId(0));
        assert!(listeners.is_empty());
    }
}
