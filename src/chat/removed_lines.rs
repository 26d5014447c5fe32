//! Which lines of a log are gone at once, and whose they were.
//!
//! Owns: the form in which the history's file has it.
//! Must not know: who may remove lines.
//!
//! Part: `chat/mod.rs`.

use std::fmt;

use super::entry::{AuthorTag, Seq};

/// Whose lines are gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub enum RemovedOf {
    /// Those of a person who has left for good. The line says no more of that person.
    #[default]
    Leaver,
    /// The messages of this person, which somebody who looks after the room has deleted.
    Author(AuthorTag),
    /// All: somebody who looks after the room has deleted them.
    Everybody,
}

/// Which lines of a log are gone. Clients need it to remove the lines that they show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct RemovedLines {
    /// The number of the oldest line that was in memory. Nobody has looked which of the lines with
    /// lower numbers were removed, because they are only in the history's file. If the lines of
    /// everybody are gone: the number of the new line, because all before it are.
    pub before: Seq,
    /// The numbers of the removed lines that were in memory, in their order. If an older line was
    /// the room's pinned message, its number comes first.
    pub lines: Box<[Seq]>,
    /// Whose lines these were.
    pub of: RemovedOf,
}

/// What stands before the number of the person, or before [`OF_EVERYBODY`], in the text form.
const OF: &str = "of=";
const OF_EVERYBODY: &str = "everybody";

impl RemovedLines {
    /// Returns whether this number is among those of the removed lines.
    pub fn has(&self, seq: Seq) -> bool {
        self.lines.binary_search(&seq).is_ok()
    }

    /// Returns whether the line with this number is known to be gone.
    pub fn takes(&self, seq: Seq) -> bool {
        self.has(seq) || self.of == RemovedOf::Everybody && seq < self.before
    }

    /// Reads the numbers in the form in which [`Display`](fmt::Display) writes them. Leaves out
    /// what is no number.
    pub fn parse(text: &str) -> Self {
        let of = text.split(' ').find_map(|word| word.strip_prefix(OF));
        let of = match of {
            None => RemovedOf::Leaver,
            Some(OF_EVERYBODY) => RemovedOf::Everybody,
            Some(number) => number
                .parse()
                .map_or(RemovedOf::Leaver, |of| RemovedOf::Author(AuthorTag::from_number(of))),
        };
        let mut numbers = text.split(' ').filter_map(|number| number.parse().ok().map(Seq));
        Self { before: numbers.next().unwrap_or_default(), lines: numbers.collect(), of }
    }
}

impl fmt::Display for RemovedLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.before.0)?;
        self.lines.iter().try_for_each(|seq| write!(formatter, " {}", seq.0))?;
        match self.of {
            RemovedOf::Leaver => Ok(()),
            RemovedOf::Author(of) => write!(formatter, " {OF}{}", of.number().unwrap_or_default()),
            RemovedOf::Everybody => write!(formatter, " {OF}{OF_EVERYBODY}"),
        }
    }
}
