//! Our position in a room's log: the log's epoch, and the greatest number that the server has
//! reported to us.
//!
//! Owns: the rules that decide whether a line is new, is known already, or comes after missing
//! lines.
//! Must not know: what the lines say.
//!
//! Part: `console/v1/mod.rs`.

/// Our position in a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownPosition {
    /// The epoch of the log. If the room's log has another epoch, `seq` has no meaning for it.
    pub(super) epoch: String,
    /// The greatest number of a line that the server has sent, or has reported as missing.
    pub(super) seq: u64,
}

/// What a line's number says about the line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The line is new, and it is the next one after our position.
    Next,
    /// The line is not new: its number is not above our position.
    Known,
    /// The line is new, and this many lines before it did not arrive.
    After(u64),
}

impl KnownPosition {
    /// Returns our position after we have joined a room. `from` is the first number that the server
    /// will send. If the log still has the epoch of our earlier position `known`, returns `known`
    /// unchanged.
    pub(super) fn entered(known: Option<Self>, epoch: String, from: u64) -> Self {
        match known {
            Some(place) if place.epoch == epoch => place,
            _ => Self { epoch, seq: from.saturating_sub(1) },
        }
    }

    /// Handles a line with the number `seq`: if the line is new, moves our position to it. Returns
    /// whether the line is new.
    pub(super) fn step(&mut self, seq: u64) -> Step {
        if seq <= self.seq {
            return Step::Known;
        }
        let missing = seq - self.seq - 1;
        self.seq = seq;
        if missing == 0 { Step::Next } else { Step::After(missing) }
    }

    /// Moves our position to `seq`, because the server will not send the lines up to there.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Moves our position back before `seq`, because the server has lost the line `seq` and all
    /// after it. The server will use these numbers again for new lines.
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
