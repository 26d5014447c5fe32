//! Those who are told the same, side by side in memory.
//!
//! The hub walks over all of them for each message, and a `send` leaves nothing of
//! the next one in the cache. In one piece they come as they are read, which a tree's
//! strewn leaves do not (docs/DECISIONS.md has what that costs).
//!
//! Owns: their lines, in the order of their numbers, and how many are fetched together.
//! Must not know: what they are told, and in which room.
//!
//! Next: `hub/member.rs`.

use super::ClientId;
use super::member::ClientLine;
use crate::config::FanOut;
use crate::outbox::{Parcel, Pushed};

/// So many lines are fetched from memory together, before the first of them is
/// pushed to; one by one each would be waited for: 0.1 of 5.4 us a delivery
/// (docs/DECISIONS.md).
const LOOK_AHEAD: usize = 16;

/// Who leaves makes the others move up: 40 bytes each, which is less than its
/// threads' end costs. Who comes is nearly always the last.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    lines: Vec<(ClientId, ClientLine)>,
}

impl Listeners {
    pub(super) fn insert(&mut self, client: ClientId, line: ClientLine) {
        match self.place_of(client) {
            Ok(place) => self.lines[place].1 = line,
            Err(place) => self.lines.insert(place, (client, line)),
        }
    }

    /// Of a crowd that has gone no more than its double is kept in memory.
    pub(super) fn remove(&mut self, client: ClientId) {
        if let Ok(place) = self.place_of(client) {
            self.lines.remove(place);
        }
        if self.lines.len() < self.lines.capacity() / 4 {
            self.lines.shrink_to(2 * self.lines.len());
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn has(&self, client: ClientId) -> bool {
        self.place_of(client).is_ok()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(ClientId, ClientLine)> {
        self.lines.iter()
    }

    /// Pushes to each, and says who was full. Never blocks.
    pub(super) fn tell(&self, way: FanOut, parcel: &Parcel, mut full: impl FnMut(ClientId)) {
        for next in self.lines.chunks(LOOK_AHEAD) {
            next.iter().for_each(|(_, line)| line.fetch());
            for (client, line) in next {
                if line.push(way, parcel) == Pushed::Full {
                    full(*client);
                }
            }
        }
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
    use crate::hub::member::ClientLine;
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
