//! A queue in which the networks of clients take turns, with one item in each turn. So a network
//! with many items gets no more turns than one with few.
//!
//! Owns: the order of turns. All clients without a `ClientNetwork`, to which no limits of a network
//! apply, count as one network.
//! Must not know: what waits.
//!
//! Part: `chat_rule/progress/mod.rs`.

use std::collections::{HashMap, VecDeque};

use crate::admission::ClientNetwork;

#[derive(Debug)]
pub(super) struct FairQueue<T> {
    /// The items of each network; `None` stands for all clients without a `ClientNetwork`. No row
    /// is empty.
    rows: HashMap<Option<ClientNetwork>, VecDeque<T>>,
    /// All networks with items. The network whose turn is next comes first.
    turns: VecDeque<Option<ClientNetwork>>,
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        Self { rows: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<T> FairQueue<T> {
    pub(super) fn push(&mut self, network: Option<ClientNetwork>, item: T) {
        self.row(network).push_back(item);
    }

    /// Adds an item before all other items of its network, because the work on it is not finished.
    pub(super) fn push_front(&mut self, network: Option<ClientNetwork>, item: T) {
        self.row(network).push_front(item);
    }

    fn row(&mut self, network: Option<ClientNetwork>) -> &mut VecDeque<T> {
        let turns = &mut self.turns;
        self.rows.entry(network).or_insert_with(|| {
            turns.push_back(network);
            VecDeque::new()
        })
    }

    /// Removes and returns the first item of the network whose turn it is. The next turn of that
    /// network comes after one turn of each other network with items.
    pub(super) fn pop(&mut self) -> Option<T> {
        let network = self.turns.pop_front()?;
        let row = self.rows.get_mut(&network)?;
        let first = row.pop_front();
        if row.is_empty() {
            self.rows.remove(&network);
        } else {
            self.turns.push_back(network);
        }
        first
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn networks(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn of(&self, network: Option<ClientNetwork>) -> impl Iterator<Item = &T> {
        self.rows.get(&network).into_iter().flatten()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values().flatten()
    }

    pub(super) fn take_out(&mut self, is_out: impl Fn(&T) -> bool) -> Vec<T> {
        let mut out = Vec::new();
        self.rows.retain(|_, row| {
            let (gone, stay): (VecDeque<_>, _) = row.drain(..).partition(|item| is_out(item));
            out.extend(gone);
            *row = stay;
            !row.is_empty()
        });
        self.turns.retain(|network| self.rows.contains_key(network));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::FairQueue;
    use crate::admission::ClientNetwork;

    fn network(number: u8) -> Option<ClientNetwork> {
        Some(ClientNetwork::of([192, 0, 2, number].into()))
    }

    fn all(queue: &mut FairQueue<u32>) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn addresses_take_turns_and_each_is_served_in_its_own_order() {
        let mut queue = FairQueue::default();
        (1..=4).for_each(|one| queue.push(network(1), one));
        queue.push(None, 10);
        queue.push(network(2), 20);
        queue.push(None, 11);
        assert_eq!((queue.networks(), queue.of(network(1)).count()), (3, 4));
        assert_eq!(all(&mut queue), [1, 10, 20, 2, 11, 3, 4]);
        assert!(queue.is_empty() && queue.turns.is_empty());
    }

    #[test]
    fn what_goes_on_is_the_next_of_its_address_and_others_come_between() {
        let mut queue = FairQueue::default();
        [1, 2].into_iter().for_each(|one| queue.push(network(1), one));
        queue.push(network(2), 20);
        let first = queue.pop().unwrap();
        queue.push_front(network(1), first);
        assert_eq!(all(&mut queue), [20, 1, 2]);
    }

    #[test]
    fn what_is_taken_out_leaves_no_row_behind() {
        let mut queue = FairQueue::default();
        (1..=4).for_each(|one| queue.push(network(u8::try_from(one % 2).unwrap()), one));
        assert_eq!(queue.take_out(|one| one % 2 == 0), [2, 4]);
        assert_eq!((queue.turns.len(), queue.networks()), (1, 1));
        assert_eq!(all(&mut queue), [1, 3]);
    }
}
