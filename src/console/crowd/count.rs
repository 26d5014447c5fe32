//! What one person of the crowd has heard: what came once, twice, too late.
//!
//! Pure: numbers in, counts out. Must not know: sockets, time.
//!
//! Next: `console/crowd/latency.rs`.

use std::collections::BTreeSet;

/// The counts of one person.
///
/// Remembers only the holes: numbers that were passed over and may still come.
/// A person who hears nearly everything nearly in order costs nearly nothing.
#[derive(Debug)]
pub(super) struct Count {
    /// People that take turns: number n and n + `speakers` have one sender.
    speakers: u64,
    /// The number that follows the greatest one heard.
    next: u64,
    holes: BTreeSet<u64>,
    /// Different messages heard.
    pub(super) heard: u64,
    /// Messages heard again.
    pub(super) twice: u64,
    /// Messages heard after a later one of the same sender. Two senders that
    /// speak at once may be heard either way around, as long as everybody hears
    /// them in one order.
    pub(super) out_of_order: u64,
    /// Stands for the whole sequence that was heard: who heard the same messages
    /// in the same order has the same value.
    pub(super) sequence: u64,
}

impl Count {
    pub(super) fn new(speakers: usize) -> Self {
        Self {
            speakers: speakers.max(1) as u64,
            next: 0,
            holes: BTreeSet::new(),
            heard: 0,
            twice: 0,
            out_of_order: 0,
            sequence: 0,
        }
    }

    /// Takes a message in; false if it had come before.
    pub(super) fn hear(&mut self, number: u64) -> bool {
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
        // FNV-1a, a number at a time; a fingerprint and no secret.
        self.sequence = (self.sequence ^ (number + 1)).wrapping_mul(0x0100_0000_01b3);
        true
    }
}

impl Count {
    /// Whether this message was heard.
    pub(super) fn has(&self, number: u64) -> bool {
        number < self.next && !self.holes.contains(&number)
    }

    /// Of so many messages, those that were not heard.
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
            count.hear(*number);
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
        // 0 and 3 are of one sender, 1 and 4 of another.
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
