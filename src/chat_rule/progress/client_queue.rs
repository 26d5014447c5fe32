//! A queue of clients that wait for the hub to do something for them, a little in each round.
//!
//! Owns: the rule that each client is in the queue only once, however often it is added.
//! Must not know: what the hub does for them.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::collections::{HashSet, VecDeque};

use crate::base::client_id::ClientId;

#[derive(Debug, Default)]
pub(super) struct ClientQueue {
    row: VecDeque<ClientId>,
    waiting: HashSet<ClientId>,
}

impl ClientQueue {
    pub(super) fn queue(&mut self, client: ClientId) {
        if self.waiting.insert(client) {
            self.row.push_back(client);
        }
    }

    pub(super) fn next(&mut self) -> Option<ClientId> {
        let client = self.row.pop_front()?;
        self.waiting.remove(&client);
        Some(client)
    }

    pub(super) fn len(&self) -> usize {
        self.row.len()
    }
}

#[cfg(test)]
mod tests {
    use super::ClientQueue;
    use crate::base::client_id::ClientId;

    #[test]
    fn everybody_waits_once_and_comes_in_turn() {
        let mut turns = ClientQueue::default();
        for client in [1, 2, 1, 3, 2] {
            turns.queue(ClientId(client));
        }
        assert_eq!(turns.len(), 3);
        assert_eq!(turns.next(), Some(ClientId(1)));
        turns.queue(ClientId(1));
        let rest: Vec<_> = std::iter::from_fn(|| turns.next()).collect();
        assert_eq!(rest, [ClientId(2), ClientId(3), ClientId(1)]);
        assert_eq!(turns.next(), None);
    }
}
