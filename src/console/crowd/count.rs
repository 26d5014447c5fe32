//! Counts the messages that one person of the crowd has received: new ones, repeated ones, and
//! those out of order.
//!
//! Pure: numbers in, counts out.
//! Must not know: sockets, time.
//!
//! Part: `console/crowd/mod.rs`.

use std::collections::BTreeSet;

/// What one person of a crowd has received, as counts.
///
/// Of the messages' numbers it stores only those that are missing below the greatest received
/// number. So a person who receives nearly every message nearly in order needs almost no memory.
#[derive(Debug, Default)]
pub(super) struct Count {
    /// The number of people who take turns in sending. While all of them are connected, messages n
    /// and n + `speakers` have the same sender.
    speakers: u64,
    /// One more than the greatest number of a received message; 0: no message was received.
    next: u64,
    holes: BTreeSet<u64>,
    /// The number of different messages that the person has received so far.
    pub(super) heard: u64,
    /// The number of times that the person received a message again.
    pub(super) twice: u64,
    /// The number of messages that arrived after a message that the same sender sent later.
    /// Messages whose numbers differ by a multiple of `speakers` count as sent by the same sender.
    pub(super) out_of_order: u64,
    /// A hash of the numbers of the received messages, in the order in which they arrived. A
    /// repeated message does not count. Two people who received the same messages in the same order
    /// have the same hash.
    pub(super) sequence: u64,
}

impl Count {
    pub(super) fn new(speakers: usize) -> Self {
        Self { speakers: speakers.max(1) as u64, ..Self::default() }
    }

    /// Counts the received message with this number. Returns true if it is new; false if the person
    /// had received it before.
    pub(super) fn record(&mut self, number: u64) -> bool {
        if number >= self.next {
            self.holes.extend(self.next..number);
            self.next = number + 1;
        } else if self.holes.remove(&number) {
            let step = usize::try_from(self.speakers).unwrap_or(usize::MAX);
            let mut later = (number + self.speakers..self.next).step_by(step);
            if later.any(|later| !self.holes.contains(&later)) {
                self.out_of_order += 1;
            }
        } else {
            self.twice += 1;
            return false;
        }
        self.heard += 1;
        // FNV-1a, over numbers instead of bytes. It is used only to compare orders, so it need not
        // be secure.
        self.sequence = (self.sequence ^ (number + 1)).wrapping_mul(0x0100_0000_01b3);
        true
    }

    pub(super) fn has(&self, number: u64) -> bool {
        number < self.next && !self.holes.contains(&number)
    }

    /// Returns the numbers below `sent` that were not received.
    pub(super) fn missing(&self, sent: u64) -> impl Iterator<Item = u64> {
        self.holes.iter().copied().chain(self.next..sent)
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    fn count(speakers: usize, numbers: &[u64]) -> Count {
        let mut count = Count::new(speakers);
        for number in numbers {
            count.record(*number);
        }
        count
    }

    #[test]
    fn each_message_is_counted_once() {
        let all = count(3, &[0, 1, 2, 3, 4]);
        assert_eq!((all.heard, all.twice, all.out_of_order), (5, 0, 0));
        let again = count(3, &[0, 1, 1, 0, 2, 2]);
        assert_eq!((again.heard, again.twice, again.out_of_order), (3, 3, 0));
        let holes = count(3, &[5, 9]);
        assert_eq!((holes.heard, holes.twice, holes.out_of_order), (2, 0, 0));
        assert_eq!(holes.missing(11).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 6, 7, 8, 10]);
        assert!((0..11).all(|number| holes.has(number) == [5, 9].contains(&number)));
    }

    #[test]
    fn only_one_senders_messages_must_be_in_order() {
        // Three people take turns in sending: messages 0 and 3 are from one sender, 1 and 4 from
        // another.
        let crossed = count(3, &[0, 2, 1, 4, 3]);
        assert_eq!((crossed.heard, crossed.out_of_order), (5, 0));
        let broken = count(3, &[0, 1, 2, 6, 4, 3]);
        assert_eq!((broken.heard, broken.out_of_order), (6, 1), "3 after 6");
        let alone = count(1, &[0, 2, 1]);
        assert_eq!(alone.out_of_order, 1);
    }

    #[test]
    fn the_same_messages_in_another_order_are_another_sequence() {
        assert_eq!(count(5, &[0, 1, 2]).sequence, count(5, &[0, 1, 2]).sequence);
        assert_eq!(count(5, &[0, 1, 1, 2]).sequence, count(5, &[0, 1, 2]).sequence);
        assert_ne!(count(5, &[0, 2, 1]).sequence, count(5, &[0, 1, 2]).sequence);
        assert_ne!(count(5, &[1, 0]).sequence, count(5, &[0, 1]).sequence);
    }
}
