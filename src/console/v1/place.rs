//! The position in a room's log: its epoch, and the last number that is known.
//!
//! Owns: the rules by which a line is new, is known already, or comes after missing lines.
//! Must not know: what the lines say.
//!
//! Part: `console/v1/mod.rs`.

/// Our position in a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownPosition {
    /// The log that the number belongs to. A number of another epoch means nothing.
    pub(super) epoch: String,
    /// The last number that the server has sent, or has declared missing.
    pub(super) seq: u64,
}

/// What a line's number says about the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The line is the next one.
    Next,
    /// The line is known already.
    Known,
    /// The line is new, and this many lines before it did not arrive.
    After(u64),
}

impl KnownPosition {
    /// Returns the position after joining a room. `from` is the first number that the server will
    /// send. If the position `known` from before has the log's epoch, it stays as it is.
    pub(super) fn entered(known: Option<Self>, epoch: String, from: u64) -> Self {
        match known {
            Some(place) if place.epoch == epoch => place,
            _ => Self { epoch, seq: from.saturating_sub(1) },
        }
    }

    /// Moves on to a line with the number `seq`, and returns what that number says.
    pub(super) fn step(&mut self, seq: u64) -> Step {
        if seq <= self.seq {
            return Step::Known;
        }
        let missing = seq - self.seq - 1;
        self.seq = seq;
        if missing == 0 { Step::Next } else { Step::After(missing) }
    }

    /// Records that the lines up to `seq` will not come.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Records that the server has lost the lines from `seq` on. It will send other lines with the
    /// same numbers.
    pub(super) fn back_before(&mut self, seq: u64) {
        self.seq = self.seq.min(seq.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::{KnownPosition, Step};

    fn at(seq: u64) -> KnownPosition {
        KnownPosition { epoch: "one".into(), seq }
    }

    #[test]
    fn a_line_is_new_known_or_after_a_hole() {
        let mut place = at(41);
        assert_eq!(place.step(42), Step::Next);
        assert_eq!(place.step(42), Step::Known);
        assert_eq!(place.step(45), Step::After(2));
        place.skip_to(50);
        assert_eq!(place.step(51), Step::Next);
        place.back_before(50);
        assert_eq!(place.step(50), Step::Next, "numbers that were lost come again");
    }

    #[test]
    fn another_epoch_begins_anew_and_the_same_goes_on() {
        assert_eq!(KnownPosition::entered(None, "one".into(), 42), at(41));
        assert_eq!(KnownPosition::entered(Some(at(7)), "one".into(), 42), at(7));
        let before = KnownPosition { epoch: "zero".into(), seq: 999 };
        assert_eq!(KnownPosition::entered(Some(before), "one".into(), 1), at(0));
    }
}
