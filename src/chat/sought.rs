//! What somebody looks for in a log: words, by whom, and when they were said.
//!
//! Owns: when a line is one of those, and what a day is.
//! Must not know: where lines are.
//!
//! Next: `chat/numbers.rs`.

use std::collections::HashMap;
use std::ops::Range;
use std::time::UNIX_EPOCH;

use super::entry::UnixMillis;
use super::name::Name;
use super::words::Words;
use crate::limits;

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// What a line must have: all of this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// These words; `None`: any.
    pub words: Option<Words>,
    /// Said by whoever is called so, or was then; `None`: by anybody.
    pub from: Option<Name>,
    /// Said at one of these moments.
    pub times: Range<UnixMillis>,
}

impl Default for Sought {
    /// Any line.
    fn default() -> Self {
        Self { words: None, from: None, times: UnixMillis(0)..UnixMillis(u64::MAX) }
    }
}

impl Sought {
    /// Lines with these words.
    pub fn words(words: Words) -> Self {
        Self { words: Some(words), ..Self::default() }
    }

    /// Looks at one line after the other.
    pub fn looking(&self) -> Looking<'_> {
        Looking { sought: self, known: HashMap::new() }
    }
}

/// Somebody who looks for it.
#[derive(Debug)]
pub struct Looking<'a> {
    sought: &'a Sought,
    /// Names that were compared: that costs more than a line, and few people say most.
    known: HashMap<String, bool>,
}

impl Looking<'_> {
    /// Whether this is one: said by whom, when, and what. Costs about as much as reading it.
    pub fn is_it(&mut self, by: &str, at: UnixMillis, text: &str) -> bool {
        let Sought { words, from, times } = self.sought;
        let has_words = times.contains(&at) && words.as_ref().is_none_or(|it| it.are_in(text));
        has_words && from.as_ref().is_none_or(|from| self.is_by(from, by))
    }

    fn is_by(&mut self, from: &Name, by: &str) -> bool {
        if let Some(is_it) = self.known.get(by) {
            return *is_it;
        }
        let is_it = Name::kept(by).skeleton() == from.skeleton();
        if self.known.len() < limits::SEARCH_NAMES_MAX {
            self.known.insert(by.to_owned(), is_it);
        }
        is_it
    }
}

/// The moments of a day (UTC) as it is written: `2026-11-20`. `None`: no day is written so.
pub fn day(typed: &str) -> Option<Range<UnixMillis>> {
    let midnight = humantime::parse_rfc3339_weak(&format!("{typed}T00:00:00")).ok()?;
    let since = midnight.duration_since(UNIX_EPOCH).ok()?;
    let since = u64::try_from(since.as_millis()).ok()?;
    Some(UnixMillis(since)..UnixMillis(since.saturating_add(DAY_MILLIS)))
}

#[cfg(test)]
mod tests {
    use super::{DAY_MILLIS, Sought, day};
    use crate::chat::entry::UnixMillis;
    use crate::chat::name::Name;
    use crate::chat::words::Words;

    /// 2026-11-20, midnight.
    const MIDNIGHT: u64 = 1_795_132_800_000;

    #[test]
    fn a_line_has_all_that_is_looked_for() {
        let words = Words::parse("soup");
        let from = Some(Name::parse("Ann").unwrap());
        let times = day("2026-11-20").unwrap();
        let all = Sought { words, from, times };
        let noon = UnixMillis(MIDNIGHT + DAY_MILLIS / 2);
        for (by, at, text, is_one) in [
            ("Ann", noon, "hot soup", true),
            // Nobody else can have a name that looks like it.
            ("ann", noon, "hot soup", true),
            ("Bo", noon, "hot soup", false),
            ("Ann", noon, "hot tea", false),
            ("Ann", UnixMillis(MIDNIGHT), "soup", true),
            ("Ann", UnixMillis(MIDNIGHT - 1), "soup", false),
            ("Ann", UnixMillis(MIDNIGHT + DAY_MILLIS), "soup", false),
        ] {
            assert_eq!(all.looking().is_it(by, at, text), is_one, "{by} {at:?} {text}");
        }
        assert!(Sought::default().looking().is_it("Bo", UnixMillis(0), ""));
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-11-20").map(|times| times.start.0), Some(MIDNIGHT));
        for odd in ["", "20.11.2026", "2026-13-01", "2026-11-20T10:00", "yesterday", "1969-12-31"] {
            assert_eq!(day(odd), None, "{odd}");
        }
    }
}
