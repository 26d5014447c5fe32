//! What a search in a log looks for: words, an author, and a time.
//!
//! Owns: when a line matches, and what a day is.
//! Must not know: where lines are.
//!
//! Part: `chat/mod.rs`.

use std::collections::HashMap;
use std::ops::Range;
use std::time::UNIX_EPOCH;

use super::entry::UnixMillis;
use super::name::Name;
use super::search_words::SearchWords;

/// Most names of authors for which one search remembers whether they match the name that the person
/// has typed.
const SEARCH_NAMES_MAX: usize = 1024;

const DAY_MILLIS: u64 = 24 * 3600 * 1000;

/// What a search looks for. A line must have its words, its author and its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The line's text must have all of these words; `None`: the words do not matter.
    pub words: Option<SearchWords>,
    /// When the line was said, its author must have had this name, or a name that looks like it;
    /// `None`: the author does not matter.
    pub from: Option<Name>,
    /// The line must have been said in this range of time, whose end does not count.
    pub times: Range<UnixMillis>,
}

impl Default for Sought {
    /// Makes a search that any line matches.
    fn default() -> Self {
        Self { words: None, from: None, times: UnixMillis(0)..UnixMillis(u64::MAX) }
    }
}

impl Sought {
    /// Makes a search for lines whose text has these words, by any author and at any time.
    pub fn words(words: SearchWords) -> Self {
        Self { words: Some(words), ..Self::default() }
    }

    /// Begins to compare lines with this search. One value is for all lines of one search, because
    /// it remembers the names that it has compared.
    pub fn looking(&self) -> SearchSpan<'_> {
        SearchSpan { sought: self, known: HashMap::new() }
    }
}

/// A search while it compares lines with what it looks for, one line after the other.
#[derive(Debug)]
pub struct SearchSpan<'a> {
    sought: &'a Sought,
    /// Results for names of authors that were compared already, at most
    /// [`SEARCH_NAMES_MAX`]: true if the name looks like the name in the search. Comparing
    /// names takes long, and few people write most lines.
    known: HashMap<String, bool>,
}

impl SearchSpan<'_> {
    /// Returns whether a line with this author's name (`by`), this time (`at`) and this text
    /// matches. Takes about as long as reading the text.
    pub fn matches(&mut self, by: &str, at: UnixMillis, text: &str) -> bool {
        let Sought { words, from, times } = self.sought;
        let has_words = times.contains(&at) && words.as_ref().is_none_or(|list| list.are_in(text));
        has_words && from.as_ref().is_none_or(|from| self.matches_name(from, by))
    }

    fn matches_name(&mut self, from: &Name, by: &str) -> bool {
        if let Some(is_it) = self.known.get(by) {
            return *is_it;
        }
        let is_it = Name::stored(by).skeleton() == from.skeleton();
        if self.known.len() < SEARCH_NAMES_MAX {
            self.known.insert(by.to_owned(), is_it);
        }
        is_it
    }
}

/// Parses a day in the form `2026-11-20` and returns its range of time in UTC. `None`: the text is
/// no such day, or the day is before 1970.
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
    use crate::chat::search_words::SearchWords;

    /// The first moment of 2026-11-20.
    const MIDNIGHT: u64 = 1_795_132_800_000;

    #[test]
    fn a_line_has_all_that_is_looked_for() {
        let words = SearchWords::parse("soup");
        let from = Some(Name::parse("Ann").unwrap());
        let times = day("2026-11-20").unwrap();
        let all = Sought { words, from, times };
        let noon = UnixMillis(MIDNIGHT + DAY_MILLIS / 2);
        for (by, at, text, is_one) in [
            ("Ann", noon, "hot soup", true),
            // Upper and lower case are the same here, because no two people can have names that
            // differ only by case.
            ("ann", noon, "hot soup", true),
            ("Bo", noon, "hot soup", false),
            ("Ann", noon, "hot tea", false),
            ("Ann", UnixMillis(MIDNIGHT), "soup", true),
            ("Ann", UnixMillis(MIDNIGHT - 1), "soup", false),
            ("Ann", UnixMillis(MIDNIGHT + DAY_MILLIS), "soup", false),
        ] {
            assert_eq!(all.looking().matches(by, at, text), is_one, "{by} {at:?} {text}");
        }
        assert!(Sought::default().looking().matches("Bo", UnixMillis(0), ""));
    }

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-11-20").map(|times| times.start.0), Some(MIDNIGHT));
        for odd in ["", "20.11.2026", "2026-13-01", "2026-11-20T10:00", "yesterday", "1969-12-31"] {
            assert_eq!(day(odd), None, "{odd}");
        }
    }
}
