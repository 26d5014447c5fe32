//! An audience: clients that receive the same messages, and the messages collected for them.
//!
//! Owns: three ways to save work. A message is encoded once for each format that a client here
//! speaks. The messages of a round go out in few batches, usually in one, and a batch usually costs
//! one `send` a client. And the CPU fetches several clients from memory at the same time.
//! Must not know: which clients may receive a message, and what happens to clients that cannot keep
//! up.
//!
//! Next: `server/outbox/frame.rs`.

use super::{ClientConnection, HubFormat};
use crate::base::client_id::ClientId;
use crate::server::config::FanOut;
use crate::server::outbox::{Frame, FrameBatch, Pushed};

/// Clients that receive the same messages, grouped by format.
#[derive(Debug)]
pub struct Audience<F> {
    groups: Vec<FormatGroup<F>>,
}

/// The clients of one format, and the batch of messages that the next push sends to them.
#[derive(Debug)]
struct FormatGroup<F> {
    format: F,
    listeners: Listeners,
    batch: FrameBatch,
}

impl<F> Default for Audience<F> {
    fn default() -> Self {
        Self { groups: Vec::new() }
    }
}

impl<F: HubFormat> Audience<F> {
    /// Adds a client. Each later [`push`](Self::push) pushes to this client, too. That can include
    /// messages that [`collect`](Self::collect) noted before the client was added. So a rule pushes
    /// these first, and then adds the client.
    pub fn add(&mut self, client: ClientId, format: F, connection: ClientConnection) {
        let index = self.groups.iter().position(|group| group.format == format);
        let index = index.unwrap_or_else(|| {
            let (listeners, batch) = (Listeners::default(), FrameBatch::default());
            self.groups.push(FormatGroup { format, listeners, batch });
            self.groups.len() - 1
        });
        self.groups[index].listeners.insert(client, connection);
    }

    /// Removes a client; does nothing if it is not in the audience. The messages that are noted for
    /// the next push do not reach this client any more.
    pub fn remove(&mut self, client: ClientId) {
        self.groups.iter_mut().for_each(|group| group.listeners.remove(client));
    }

    /// Returns whether this client is in the audience, in any format.
    pub fn has(&self, client: ClientId) -> bool {
        self.groups.iter().any(|group| group.listeners.has(client))
    }

    /// Returns whether the audience has no client. [`collect`](Self::collect) does nothing then.
    pub fn is_empty(&self) -> bool {
        self.groups.iter().all(|group| group.listeners.is_empty())
    }

    /// Notes one message for the next push. `encode` makes the message's frame for a format; it
    /// returns `None` for a format that does not show the message. Returns false if a batch now has
    /// `messages_max` messages or too many bytes: then the caller should push now.
    pub fn collect(&mut self, messages_max: usize, encode: impl Fn(F) -> Option<Frame>) -> bool {
        let mut fits = true;
        for group in self.groups.iter_mut().filter(|group| !group.listeners.is_empty()) {
            if let Some(frame) = encode(group.format) {
                group.batch.add(frame);
            }
            fits &= !group.batch.is_full(messages_max);
        }
        fits
    }

    /// Pushes the messages that are noted, and forgets them. Calls `full` for each client whose
    /// outbox has no space for all of them: such a client gets none of the messages. The outbox of
    /// a client that is ending drops the messages without a call. Never blocks.
    pub fn push(&mut self, fan_out: FanOut, mut full: impl FnMut(ClientId, F)) {
        for group in self.groups.iter_mut().filter(|group| !group.batch.is_empty()) {
            let format = group.format;
            for next in group.listeners.connections.chunks(LOOK_AHEAD) {
                next.iter().for_each(|(_, connection)| connection.prefetch());
                for (client, connection) in next {
                    if connection.push(fan_out, &group.batch) == Pushed::Full {
                        full(*client, format);
                    }
                }
            }
            group.batch.clear();
        }
    }

    /// Pushes one message, without collecting it, to every client whose outbox has space
    /// ([`OutboxState::has_space`](crate::server::outbox::OutboxState::has_space)) and whose format
    /// shows the message, except to the client `but`. Never blocks.
    pub fn push_now(
        &self,
        fan_out: FanOut,
        but: Option<ClientId>,
        encode: impl Fn(F) -> Option<Frame>,
    ) {
        for group in self.groups.iter().filter(|group| !group.listeners.is_empty()) {
            let Some(frame) = encode(group.format) else { continue };
            let batch = FrameBatch::of(frame);
            let others = group.listeners.iter().filter(|(client, _)| Some(*client) != but);
            others.for_each(|(_, connection)| connection.push_if_space(fan_out, &batch));
        }
    }
}

/// For how many clients the CPU fetches the memory together, before the first of them gets its
/// push. If it fetched one client after the other, the hub would wait for each fetch
/// (docs/decisions/threads-and-hub.md, "What does a delivery cost").
const LOOK_AHEAD: usize = 16;

/// The clients of one format in an audience, next to each other in memory, in the order of their
/// numbers.
///
/// The hub visits all of these clients for each push. After a `send` the CPU's cache does not have
/// the next client any more. In this vector the hub reads memory in order, which is fast. The nodes
/// of a tree would be scattered (docs/decisions/threads-and-hub.md says what that costs).
///
/// When a client leaves, the clients after it in the vector move up: 40 bytes each, which costs
/// less than ending the client's threads. A newcomer nearly always has the highest number, so it
/// goes to the end.
#[derive(Debug, Default)]
struct Listeners {
    connections: Vec<(ClientId, ClientConnection)>,
}

impl Listeners {
    fn insert(&mut self, client: ClientId, connection: ClientConnection) {
        match self.index_of(client) {
            Ok(index) => self.connections[index].1 = connection,
            Err(index) => self.connections.insert(index, (client, connection)),
        }
    }

    /// Removes the client, if the vector has it. Gives memory back after many clients have left:
    /// the vector keeps space for at most about four times as many clients as it has.
    fn remove(&mut self, client: ClientId) {
        if let Ok(index) = self.index_of(client) {
            self.connections.remove(index);
        }
        if self.connections.len() < self.connections.capacity() / 4 {
            self.connections.shrink_to(2 * self.connections.len());
        }
    }

    fn is_empty(&self) -> bool {
        self.connections.is_empty()
    }

    fn has(&self, client: ClientId) -> bool {
        self.index_of(client).is_ok()
    }

    fn iter(&self) -> impl Iterator<Item = &(ClientId, ClientConnection)> {
        self.connections.iter()
    }

    /// Returns the client's index. The error: the index at which the client would be inserted.
    fn index_of(&self, client: ClientId) -> Result<usize, usize> {
        self.connections.binary_search_by_key(&client, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;

    use super::Listeners;
    use crate::base::client_id::ClientId;
    use crate::server::hub::ClientConnection;
    use crate::server::outbox::OutboxSlots;

    fn connection() -> ClientConnection {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let socket = Arc::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap().into());
        ClientConnection::new(OutboxSlots::new(4).take(), socket)
    }

    #[test]
    fn whoever_comes_late_or_twice_stands_once_and_in_the_order_of_numbers() {
        let mut listeners = Listeners::default();
        let connection = connection();
        for number in [2, 5, 3, 9, 5, 1] {
            listeners.insert(ClientId(number), connection.clone());
        }
        listeners.remove(ClientId(3));
        listeners.remove(ClientId(7));
        let numbers: Vec<_> = listeners.iter().map(|(client, _)| client.0).collect();
        assert_eq!(numbers, [1, 2, 5, 9]);
    }

    #[test]
    fn a_crowd_that_has_gone_leaves_no_memory_behind() {
        let mut listeners = Listeners::default();
        let connection = connection();
        (0..1000).for_each(|number| listeners.insert(ClientId(number), connection.clone()));
        (1..1000).for_each(|number| listeners.remove(ClientId(number)));
        assert!(listeners.connections.capacity() < 10, "{}", listeners.connections.capacity());
        listeners.remove(ClientId(0));
        assert!(listeners.is_empty());
    }
}
