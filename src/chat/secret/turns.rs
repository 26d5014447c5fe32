//! Whose secret is looked at next.
//!
//! A digest takes a core for 10 ms and more, and one is made at a time. So those who
//! give secrets wait in line, each address in a line of its own, and the turns go
//! round the addresses: however many secrets one of them sends, another waits for one
//! of each address at most. A line has an end, and who comes behind it is told to try
//! again.
//!
//! Runs on threads `r-<id>` and `door`. Blocks on: its turn, for
//! [`DIGEST_WAIT`](limits::DIGEST_WAIT) at most.
//! Owns: the lines.
//! Must not know: what a digest is.
//!
//! Next: `chat/secret/turns/charge.rs`.

mod charge;

use std::collections::VecDeque;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;

use crate::limits;
use charge::charge;

/// Where a secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker(Option<[u8; 16]>);

impl Asker {
    /// This address, if it is held to a bound. Those that are not have one line
    /// together, which is as long as all lines together may be.
    pub fn new(home: Option<[u8; 16]>) -> Self {
        Self(home)
    }

    /// Whether it may have one more looked at, which it is charged with.
    fn is_charged(self) -> bool {
        self.0.is_none_or(|home| charge(home, Instant::now()))
    }

    /// How many of it may wait at once.
    fn waiting_max(self) -> usize {
        match self.0 {
            Some(_) => limits::DIGESTS_WAITING_PER_ADDRESS_MAX,
            None => limits::DIGESTS_WAITING_MAX,
        }
    }
}

/// So many secrets wait to be looked at that this one must come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManySecrets;

/// A turn; dropping it passes it on.
pub(super) struct Turn;

static TURNS: Mutex<Turns<Waiting>> = Mutex::new(Turns::new());

/// Somebody who waits. What it is told: whether it has the turn.
struct Waiting {
    tell: Sender<bool>,
}

impl Turn {
    /// Waits for a turn.
    ///
    /// # Errors
    /// Too many wait already, or for too long; or this address has had too many looked at.
    pub(super) fn wait(asker: Asker) -> Result<Self, TooManySecrets> {
        if !asker.is_charged() {
            return Err(TooManySecrets);
        }
        let (tell, told) = bounded(1);
        let mut turns = TURNS.lock();
        let coming = turns.come(asker, Waiting { tell: tell.clone() });
        match coming {
            Coming::Turn => return Ok(Self),
            Coming::Refused => return Err(TooManySecrets),
            Coming::Waits(None) => {}
            // A line of its own always has room for what it is told.
            Coming::Waits(Some(last)) => drop(last.tell.send(false)),
        }
        drop(turns);
        let has_turn = told.recv_timeout(limits::DIGEST_WAIT).or_else(|_| {
            // Whoever is in no line any more was told something meanwhile.
            let is_out = TURNS.lock().leave(asker, |it| it.tell.same_channel(&tell));
            if is_out { Ok(false) } else { told.recv() }
        });
        if has_turn.unwrap_or(false) { Ok(Self) } else { Err(TooManySecrets) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut turns = TURNS.lock();
        while let Some(next) = turns.next() {
            if next.tell.send(true).is_ok() {
                return;
            }
        }
        drop(turns);
        super::rest();
    }
}

/// Who waits, and whether somebody has the turn.
struct Turns<T> {
    is_taken: bool,
    /// An asker with nobody who waits is not in it; the first has the next turn.
    lines: VecDeque<(Asker, VecDeque<T>)>,
    waiting: usize,
}

/// What becomes of somebody who comes.
enum Coming<T> {
    /// It has the turn.
    Turn,
    /// It waits; whoever is in this has lost its place.
    Waits(Option<T>),
    /// Its line is full.
    Refused,
}

impl<T> Turns<T> {
    const fn new() -> Self {
        Self { is_taken: false, lines: VecDeque::new(), waiting: 0 }
    }

    fn come(&mut self, asker: Asker, who: T) -> Coming<T> {
        if !self.is_taken {
            self.is_taken = true;
            return Coming::Turn;
        }
        let own = self.lines.iter().position(|(of, _)| *of == asker);
        let count = own.map_or(0, |line| self.lines[line].1.len());
        if count >= asker.waiting_max() {
            return Coming::Refused;
        }
        let mut loses = None;
        if self.waiting >= limits::DIGESTS_WAITING_MAX {
            // Of whom most wait, the last makes place for who has fewer.
            let longest = self.lines.iter_mut().max_by_key(|(_, line)| line.len());
            let Some((_, longest)) = longest.filter(|(_, line)| line.len() > count + 1) else {
                return Coming::Refused;
            };
            loses = longest.pop_back();
            self.waiting -= 1;
        }
        match own {
            Some(line) => self.lines[line].1.push_back(who),
            None => self.lines.push_back((asker, VecDeque::from([who]))),
        }
        self.waiting += 1;
        Coming::Waits(loses)
    }

    /// Who has the turn now: the first of the first line, which stands behind all others
    /// from then on.
    fn next(&mut self) -> Option<T> {
        let Some((asker, mut line)) = self.lines.pop_front() else {
            self.is_taken = false;
            return None;
        };
        let next = line.pop_front();
        if !line.is_empty() {
            self.lines.push_back((asker, line));
        }
        self.waiting -= 1;
        next
    }

    /// Somebody does not wait any more; false if it did not wait.
    fn leave(&mut self, asker: Asker, is_it: impl Fn(&T) -> bool) -> bool {
        let Some(own) = self.lines.iter().position(|(of, _)| *of == asker) else { return false };
        let line = &mut self.lines[own].1;
        let Some(place) = line.iter().position(is_it) else { return false };
        line.remove(place);
        if line.is_empty() {
            self.lines.remove(own);
        }
        self.waiting -= 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{Asker, Coming, Turns};
    use crate::limits;

    fn at(number: u8) -> Asker {
        Asker::new(Some([number; 16]))
    }

    /// Everybody comes in this order; answers who waits, and who is told to come again.
    fn come(turns: &mut Turns<u32>, askers: impl Iterator<Item = Asker>) -> (Vec<u32>, Vec<u32>) {
        let (mut waits, mut again) = (Vec::new(), Vec::new());
        for (number, asker) in (0..).zip(askers) {
            match turns.come(asker, number) {
                Coming::Turn => {}
                Coming::Waits(loses) => {
                    waits.push(number);
                    waits.retain(|one| Some(*one) != loses);
                    again.extend(loses);
                }
                Coming::Refused => again.push(number),
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
        let flood = 1 + limits::DIGESTS_WAITING_PER_ADDRESS_MAX;
        let (waits, again) = come(&mut turns, std::iter::repeat_n(at(1), flood + 9));
        assert_eq!((waits.len(), again.len()), (flood - 1, 9));
        assert!(matches!(turns.come(at(2), 777), Coming::Waits(None)));
        assert!(matches!(turns.come(at(3), 888), Coming::Waits(None)));
        let order = in_turn(&mut turns);
        assert_eq!(order[..5], [1, 777, 888, 2, 3]);
        assert_eq!(order.len(), flood + 1);
        assert!(matches!(turns.come(at(1), 0), Coming::Turn), "nobody has it any more");
    }

    #[test]
    fn when_all_lines_are_full_whoever_has_most_makes_place_for_others() {
        let mut turns = Turns::new();
        let most = limits::DIGESTS_WAITING_MAX;
        let (waits, _) = come(&mut turns, std::iter::repeat_n(Asker::new(None), most + 1));
        assert_eq!(waits.len(), most, "addresses without a bound fill all of it");
        let newest = u32::try_from(most).unwrap();
        assert!(matches!(turns.come(at(1), 777), Coming::Waits(Some(last)) if last == newest));
        assert!(matches!(turns.come(Asker::new(None), 0), Coming::Refused));
        assert_eq!(in_turn(&mut turns)[1], 777);
        // With one each nobody has most.
        let mut turns = Turns::new();
        let one = |number: usize| Asker::new(Some((number as u128).to_be_bytes()));
        let (waits, again) = come(&mut turns, (0..=most + 1).map(one));
        assert_eq!((waits.len(), again), (most, vec![u32::try_from(most).unwrap() + 1]));
    }

    #[test]
    fn whoever_gives_up_has_no_turn() {
        let mut turns = Turns::new();
        come(&mut turns, [at(1), at(1), at(2), at(1)].into_iter());
        assert!(turns.leave(at(1), |who| *who == 1));
        assert!(!turns.leave(at(1), |who| *who == 1));
        assert!(turns.leave(at(2), |who| *who == 2));
        assert_eq!(turns.waiting, 1);
        assert_eq!(in_turn(&mut turns), [3]);
    }
}
