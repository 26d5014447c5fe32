//! How much of a room's log is known: its epoch and the last number.
//!
//! Owns: the rules by which a line is new, known already, or comes after a hole.
//! Must not know: what the lines say.
//!
//! Next: `console/v1/unsent.rs`.

/// Where somebody is in a room's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Numbers of another epoch mean nothing.
    pub(super) epoch: String,
    /// The last number that was told, or told to be gone.
    pub(super) seq: u64,
}

/// What a line's number says about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is the next one.
    Next,
    /// It was told before.
    Known,
    /// It is new, and so many before it were not told.
    After(u64),
}

impl Place {
    /// Coming into a room, whose first line here has the number `from`.
    pub(super) fn entered(known: Option<Self>, epoch: String, from: u64) -> Self {
        match known {
            Some(place) if place.epoch == epoch => place,
            _ => Self { epoch, seq: from.saturating_sub(1) },
        }
    }

    /// Goes on to a line.
    pub(super) fn step(&mut self, seq: u64) -> Step {
        if seq <= self.seq {
            return Step::Known;
        }
        let missing = seq - self.seq - 1;
        self.seq = seq;
        if missing == 0 { Step::Next } else { Step::After(missing) }
    }

    /// Numbers up to here are not coming.
    pub(super) fn skip_to(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Numbers from here on come again, with other lines.
    pub(super) fn back_before(&mut self, seq: u64) {
        self.seq = self.seq.min(seq.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Step};

    fn at(seq: u64) -> Place {
        Place { epoch: "one".into(), seq }
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
        assert_eq!(Place::entered(None, "one".into(), 42), at(41));
        assert_eq!(Place::entered(Some(at(7)), "one".into(), 42), at(7));
        let before = Place { epoch: "zero".into(), seq: 999 };
        assert_eq!(Place::entered(Some(before), "one".into(), 1), at(0));
    }
}
