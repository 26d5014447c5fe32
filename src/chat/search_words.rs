//! The words of a search.
//!
//! Owns: when a text matches. The text must contain all words, in any order. A word also matches
//! inside a longer word, because Chinese, Japanese and Thai put no spaces between words. So `key`
//! matches `keys`; and `keys` matches `key`, because the `s` at the end of a word does
//! not count.
//! Must not know: where texts are.
//!
//! Part: `chat/mod.rs`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;

use crate::base::limits;

/// The words of a search. A text matches if it has all of the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWords(Arc<[String]>);

impl SearchWords {
    /// Parses the words of a search. `None`: the text has no words or too many words, or is too
    /// long.
    pub fn parse(typed: &str) -> Option<Self> {
        // The length is checked first, because parsing a long text takes longer than the check.
        if typed.trim().chars().nth(limits::SEARCH_CHARS_MAX).is_some() {
            return None;
        }
        let mut words: Vec<_> = folded(typed).split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words.dedup();
        (1..=limits::SEARCH_WORDS_MAX).contains(&words.len()).then(|| Self(words.into()))
    }

    /// Returns the words in lower case and without accents, in alphabetical order, with a space
    /// between them.
    pub fn text(&self) -> String {
        self.0.join(" ")
    }

    /// Returns whether the text has all of the words. Takes about as long as reading the text.
    pub fn are_in(&self, text: &str) -> bool {
        let text = folded(text);
        self.0.iter().all(|word| text.contains(singular(word)))
    }

    /// Returns where the text has the words, as byte ranges from left to right that do not overlap.
    /// If a word matches only a part of one character, that place is left out.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        // `plain` is the text in the form that is compared with the words. `starts` says where each
        // character of the text begins in `plain`, and where in the text.
        let mut plain = String::new();
        let mut starts = Vec::new();
        for (at, sign) in text.char_indices() {
            let form: String = decomposed(sign.to_lowercase()).collect();
            starts.push((plain.len(), at));
            plain.push_str(&form);
        }
        starts.push((plain.len(), text.len()));
        // An accent has no bytes in `plain`. It belongs to the letter before it.
        let in_text = |place: usize| {
            let behind = starts.partition_point(|start| start.0 <= place);
            starts[..behind].last().filter(|start| start.0 == place).map(|start| start.1)
        };
        let mut found: Vec<Range<usize>> = Vec::new();
        for word in self.0.iter() {
            let word: String = decomposed(singular(word).chars()).collect();
            for (place, _) in plain.match_indices(&word) {
                let ends = in_text(place).zip(in_text(place + word.len()));
                found.extend(ends.map(|(start, end)| start..end));
            }
        }
        found.sort_unstable_by_key(|range| (range.start, range.end));
        found.dedup_by(|next, before| {
            let overlaps = next.start < before.end;
            if overlaps {
                before.end = before.end.max(next.end);
            }
            overlaps
        });
        found
    }
}

/// The shortest word whose `s` at the end does not count.
const PLURAL_CHARS_MIN: usize = 4;

/// Returns the word without the `s` of a plural. A word that is short, or ends in `ss`, stays
/// whole, as does one with another character than a Latin letter before the `s`.
/// `web/js/panels/search.js` does the same, to mark what was found.
fn singular(word: &str) -> &str {
    let ends_so = |start: &&str| start.ends_with(|c: char| c.is_ascii_lowercase() && c != 's');
    let start = word.strip_suffix('s').filter(ends_so);
    start.filter(|_| word.chars().count() >= PLURAL_CHARS_MIN).unwrap_or(word)
}

/// Returns the characters in lower case, taken apart into letters and marks, without accents.
fn decomposed(signs: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let is_accent = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    signs.nfkd().flat_map(char::to_lowercase).filter(move |c| !is_accent(c))
}

/// Returns the text in lower case, without the accents of Latin, Greek and Cyrillic letters.
/// Variants of a character, such as full-width letters, become the plain character.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            text.to_ascii_lowercase().into()
        } else {
            text.into()
        };
    }
    // Some characters become capitals when they are decomposed, so the text is made lower case
    // again after that. At the end, `nfc` joins the remaining marks with their letters: in
    // Japanese, Korean and Hindi a mark is no accent but a part of the letter.
    decomposed(text.chars().flat_map(char::to_lowercase)).nfc().collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::SearchWords;
    use crate::base::limits::SEARCH_CHARS_MAX;

    #[test]
    fn a_text_has_the_words_in_any_order_and_form() {
        for (typed, text, has) in [
            ("soup", "The SOUP is hot", true),
            ("hot soup", "The soup is hot", true),
            ("soup cold", "The soup is hot", false),
            ("oup", "soup", true),
            ("CREME", "crème brûlée", true),
            ("crème", "creme", true),
            ("İstanbul", "istanbul", true),
            ("面包", "今天有面包吗", true),
            ("面包 soup", "今天有面包吗", false),
            ("包面", "面包", false),
            ("パン", "ﾊﾟﾝを食べる", true),
            ("हिन्दी", "मैं हिन्दी", true),
            ("한국", "한국어", true),
            ("full", "ｆｕｌｌ", true),
            ("kg", "2 ㎏", true),
            ("tel", "℡ 1", true),
            ("🍞", "bread 🍞!", true),
            ("?", "what?", true),
            ("%", "what", false),
            ("keys", "Where is my key?", true),
            ("Keys", "keys", true),
            ("key", "keys", true),
            ("crêpes", "une crêpe", true),
            ("gas", "ga", false),
            ("glass", "glas", false),
            ("2024s", "2024", false),
            ("面包店s", "面包店", false),
        ] {
            assert_eq!(SearchWords::parse(typed).unwrap().are_in(text), has, "{typed} in {text}");
        }
    }

    #[test]
    fn the_words_are_shown_where_they_are_in_the_text_as_it_was_written() {
        for (typed, text, shown) in [
            ("soup", "The SOUP is hot, soup", vec!["SOUP", "soup"]),
            ("hot soup", "The soup is hot", vec!["soup", "hot"]),
            ("sou oup", "soup", vec!["soup"]),
            ("creme", "cre\u{300}me brûlée, Crème", vec!["cre\u{300}me", "Crème"]),
            ("面包", "今天有面包吗", vec!["面包"]),
            ("パン", "ﾊﾟﾝを食べる", vec!["ﾊﾟﾝ"]),
            ("か", "がか", vec!["か"]),
            ("full", "ｆｕｌｌ", vec!["ｆｕｌｌ"]),
            ("k", "2 ㎏ k", vec!["k"]),
            ("İstanbul", "istanbul", vec!["istanbul"]),
            ("한국", "한국어", vec!["한국"]),
            ("soup", "tea", vec![]),
            ("keys", "key, keys", vec!["key", "key"]),
        ] {
            let places = SearchWords::parse(typed).unwrap().places(text);
            let found: Vec<_> = places.into_iter().map(|at| &text[at]).collect();
            assert_eq!(found, shown, "{typed} in {text}");
        }
    }

    #[test]
    fn nothing_is_not_looked_for_and_a_word_counts_once() {
        assert_eq!(SearchWords::parse(" \u{3000} \n"), None);
        assert_eq!(SearchWords::parse("a A  a"), SearchWords::parse("a"));
        let many: Vec<_> = (0..100).map(|number| number.to_string()).collect();
        assert_eq!(SearchWords::parse(&many.join(" ")), None);
        let longest = "x".repeat(SEARCH_CHARS_MAX);
        assert!(SearchWords::parse(&longest).is_some());
        assert_eq!(SearchWords::parse(&format!("{longest}x")), None);
    }
}
