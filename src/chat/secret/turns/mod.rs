//! Decides which client's secret gets its digest next.
//!
//! A digest takes 10 ms of a core or more, and only one is made at a time. So threads that need the
//! digest of a secret wait in queues, one queue for each network of clients. The queues take turns:
//! even if one network sends many secrets, the only thread in another network's queue waits for at
//! most one digest of each other queue, after the one that is being made. The length of a queue has
//! a limit. If a client's queue is full, the server tells the client to try again.
//!
//! Runs on threads `r-<id>` and `door`.
//! Blocks on: the thread's turn to make a digest, for [`DIGEST_WAIT`](limits::DIGEST_WAIT) at most.
//! Owns: the queues.
//! Must not know: what a digest is.
//!
//! Part: `chat/mod.rs`.

mod charge;

use std::collections::VecDeque;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;

use crate::base::limits;
use charge::charge_network;

/// The network from which a secret comes, as 16 bytes. `None`: a network for which there is no
/// limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretSource(Option<[u8; 16]>);

impl SecretSource {
    /// Makes a source for a client's network. `None`: a network for which there is no limit. All
    /// these networks share one queue, which may be as long as all queues together.
    pub fn new(network: Option<[u8; 16]>) -> Self {
        Self(network)
    }

    fn try_charge(self) -> bool {
        self.0.is_none_or(|network| charge_network(network, Instant::now()))
    }

    fn waiting_max(self) -> usize {
        match self.0 {
            Some(_) => limits::DIGESTS_WAITING_PER_NETWORK_MAX,
            None => limits::DIGESTS_WAITING_MAX,
        }
    }
}

/// The server has made no digest of a client's secret, because too many secrets wait, or too many
/// came from the client's network, or the secret has waited too long. The client must send it
/// again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySecrets;

/// The right to make a digest. Only one thread at a time has this right. When the thread drops this
/// value, the next waiting thread gets the right.
pub(super) struct SecretTurn;

/// For each waiting thread, the channel to it. The thread receives true when it may make its
/// digest, or false when it has lost its place in the queue.
static TURNS: Mutex<Turns<Sender<bool>>> = Mutex::new(Turns::new());

impl SecretTurn {
    /// Counts one digest for the network, then waits until this thread is allowed to make the
    /// digest, for at most [`DIGEST_WAIT`](limits::DIGEST_WAIT).
    ///
    /// # Errors
    /// Too many secrets wait already, too many secrets from this network were checked, or this
    /// thread has waited too long or has lost its place in the queue.
    pub(super) fn wait(source: SecretSource) -> Result<Self, TooManySecrets> {
        if !source.try_charge() {
            return Err(TooManySecrets);
        }
        let (grant, granted) = bounded(1);
        let mut turns = TURNS.lock();
        let coming = turns.join(source, grant.clone());
        match coming {
            Joining::Turn => return Ok(Self),
            Joining::Refused => return Err(TooManySecrets),
            Joining::Waits(None) => {}
            // `last` is the thread that has lost its place. Its channel is empty, so the send
            // cannot block.
            Joining::Waits(Some(last)) => drop(last.send(false)),
        }
        drop(turns);
        let has_turn = granted.recv_timeout(limits::DIGEST_WAIT).or_else(|_| {
            // If this thread is not in its queue any more, another thread has already sent true or
            // false to it, and `recv` returns at once.
            let is_out = TURNS.lock().leave(source, |waiting| waiting.same_channel(&grant));
            if is_out { Ok(false) } else { granted.recv() }
        });
        if has_turn.unwrap_or(false) { Ok(Self) } else { Err(TooManySecrets) }
    }
}

impl Drop for SecretTurn {
    fn drop(&mut self) {
        let mut turns = TURNS.lock();
        while let Some(next) = turns.next() {
            if next.send(true).is_ok() {
                return;
            }
        }
        drop(turns);
        super::free_digest_memory();
    }
}

struct Turns<T> {
    is_taken: bool,
    /// The queue of each source that has waiting threads. The next thread to make a digest is the
    /// first thread of the first queue.
    queues: VecDeque<(SecretSource, VecDeque<T>)>,
    waiting: usize,
}

enum Joining<T> {
    Turn,
    /// The thread waits. The value is another thread, which has lost its place in its queue to this
    /// one; `None`: no thread has lost its place.
    Waits(Option<T>),
    Refused,
}

impl<T> Turns<T> {
    const fn new() -> Self {
        Self { is_taken: false, queues: VecDeque::new(), waiting: 0 }
    }

    fn join(&mut self, source: SecretSource, who: T) -> Joining<T> {
        if !self.is_taken {
            self.is_taken = true;
            return Joining::Turn;
        }
        let row = self.queues.iter().position(|(of, _)| *of == source);
        let count = row.map_or(0, |queue| self.queues[queue].1.len());
        if count >= source.waiting_max() {
            return Joining::Refused;
        }
        let mut loses = None;
        if self.waiting >= limits::DIGESTS_WAITING_MAX {
            // All queues together are full. The last thread of the longest queue must leave, if
            // that queue is longer than the queue of the new thread will be.
            let longest = self.queues.iter_mut().max_by_key(|(_, line)| line.len());
            let Some((_, longest)) = longest.filter(|(_, line)| line.len() > count + 1) else {
                return Joining::Refused;
            };
            loses = longest.pop_back();
            self.waiting -= 1;
        }
        match row {
            Some(queue) => self.queues[queue].1.push_back(who),
            None => self.queues.push_back((source, VecDeque::from([who]))),
        }
        self.waiting += 1;
        Joining::Waits(loses)
    }

    /// Returns the thread that makes its digest next: the first thread of the first queue. That
    /// queue then becomes the last one. `None`: no thread waits, and the next thread that needs a
    /// digest need not wait.
    fn next(&mut self) -> Option<T> {
        let Some((source, mut line)) = self.queues.pop_front() else {
            self.is_taken = false;
            return None;
        };
        let next = line.pop_front();
        if !line.is_empty() {
            self.queues.push_back((source, line));
        }
        self.waiting -= 1;
        next
    }

    /// Removes a waiting thread from its queue; false: the thread was not in the queue.
    fn leave(&mut self, source: SecretSource, is_it: impl Fn(&T) -> bool) -> bool {
        let Some(row) = self.queues.iter().position(|(of, _)| *of == source) else { return false };
        let line = &mut self.queues[row].1;
        let Some(place) = line.iter().position(is_it) else { return false };
        line.remove(place);
        if line.is_empty() {
            self.queues.remove(row);
        }
        self.waiting -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Joining, SecretSource, Turns};
    use crate::base::limits;

    fn at(number: u8) -> SecretSource {
        SecretSource::new(Some([number; 16]))
    }

    /// Lets one thread of each source ask for a digest, in the order of `sources`; the threads are
    /// numbered from 0. Returns the numbers of the threads that wait, and the numbers of the
    /// threads that were refused or have lost their place in a queue.
    fn join(
        turns: &mut Turns<u32>,
        sources: impl Iterator<Item = SecretSource>,
    ) -> (Vec<u32>, Vec<u32>) {
        let (mut waits, mut again) = (Vec::new(), Vec::new());
        for (number, source) in (0..).zip(sources) {
            match turns.join(source, number) {
                Joining::Turn => {}
                Joining::Waits(loses) => {
                    waits.push(number);
                    waits.retain(|one| Some(*one) != loses);
                    again.extend(loses);
                }
                Joining::Refused => again.push(number),
            }
        }
        (waits, again)
    }

    fn in_turn(turns: &mut Turns<u32>) -> Vec<u32> {
        std::iter::from_fn(|| turns.next()).collect()
    }

    #[test]
    fn a_flood_of_one_address_delays_another_one_by_one_turn() {
        let mut turns = Turns::new();
        let flood = 1 + limits::DIGESTS_WAITING_PER_NETWORK_MAX;
        let (waits, again) = join(&mut turns, std::iter::repeat_n(at(1), flood + 9));
        assert_eq!((waits.len(), again.len()), (flood - 1, 9));
        assert!(matches!(turns.join(at(2), 777), Joining::Waits(None)));
        assert!(matches!(turns.join(at(3), 888), Joining::Waits(None)));
        let order = in_turn(&mut turns);
        assert_eq!(order[..5], [1, 777, 888, 2, 3]);
        assert_eq!(order.len(), flood + 1);
        assert!(matches!(turns.join(at(1), 0), Joining::Turn), "nobody has it any more");
    }

    #[test]
    fn when_all_lines_are_full_whoever_has_most_makes_place_for_others() {
        let mut turns = Turns::new();
        let most = limits::DIGESTS_WAITING_MAX;
        let (waits, _) = join(&mut turns, std::iter::repeat_n(SecretSource::new(None), most + 1));
        assert_eq!(waits.len(), most, "addresses without a bound fill all of it");
        let newest = u32::try_from(most).unwrap();
        assert!(matches!(turns.join(at(1), 777), Joining::Waits(Some(last)) if last == newest));
        assert!(matches!(turns.join(SecretSource::new(None), 0), Joining::Refused));
        assert_eq!(in_turn(&mut turns)[1], 777);
        // All queues together are full, and each queue has one thread. No queue is longer than
        // another, so a new thread is refused.
        let mut turns = Turns::new();
        let one = |number: usize| SecretSource::new(Some((number as u128).to_be_bytes()));
        let (waits, again) = join(&mut turns, (0..=most + 1).map(one));
        assert_eq!((waits.len(), again), (most, vec![u32::try_from(most).unwrap() + 1]));
    }

    #[test]
    fn whoever_gives_up_has_no_turn() {
        let mut turns = Turns::new();
        join(&mut turns, [at(1), at(1), at(2), at(1)].into_iter());
        assert!(turns.leave(at(1), |who| *who == 1));
        assert!(!turns.leave(at(1), |who| *who == 1));
        assert!(turns.leave(at(2), |who| *who == 2));
        assert_eq!(turns.waiting, 1);
        assert_eq!(in_turn(&mut turns), [3]);
    }
}
