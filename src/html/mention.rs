//! Whether a text mentions a person: it begins with their name, or has it behind an `@`. "I will"
//! is no mention of Will. The live page has the same rule (`web/js/elements.js`).
//!
//! Owns: this rule, and how the name, or the words of a search, are marked in the text.
//! Must not know: the text around it.
//!
//! Part: `html/mod.rs`.

use std::ops::Range;

use maud::{Markup, html};

use super::text::breakable;
use crate::chat::name::Name;
use crate::chat::search_words::SearchWords;

/// Returns where `text` first mentions `name`; `None`: nowhere. Upper and lower case make no
/// difference.
pub(crate) fn place(text: &str, name: &str) -> Option<Range<usize>> {
    place_in(text, name, true)
}

/// Returns the first of these names of a person that `text` mentions; `None`: it mentions none.
pub(crate) fn named<'a>(text: &str, names: [Option<&'a Name>; 2]) -> Option<&'a Name> {
    names.into_iter().flatten().find(|name| place(text, name.shown()).is_some())
}

/// Like [`place`], but in a part of a text. `begins` is true if the text begins with this part.
fn place_in(part: &str, name: &str, begins: bool) -> Option<Range<usize>> {
    let starts = part.char_indices().map(|(start, _)| start);
    let found = starts.filter_map(|start| Some(start..start + length(&part[start..], name)?));
    found.filter(|at| !at.is_empty()).find(|at| is_mention(part, at, begins))
}

/// Returns a part of a text with the first mention of the name in bold; without a name, the part as
/// it is. `begins` is true if the text begins with this part.
pub(crate) fn standing_out(text: &str, name: Option<&str>, begins: bool) -> Markup {
    let at = name.and_then(|name| place_in(text, name, begins));
    html! {
        @match at {
            Some(at) => { (breakable(&text[..at.start])) b { (text[at.clone()]) } (breakable(&text[at.end..])) }
            None => { (breakable(text)) }
        }
    }
}

pub(crate) fn found_words(text: &str, words: &SearchWords) -> Markup {
    let places = words.places(text);
    let mut done = 0;
    html! {
        @for at in places {
            (text[std::mem::replace(&mut done, at.end)..at.start]) b.found { (text[at]) }
        }
        (text[done..])
    }
}

/// Returns whether the name at `at` is a mention: the text begins with it or an `@` is before it,
/// and no letter or digit follows it.
fn is_mention(text: &str, at: &Range<usize>, begins: bool) -> bool {
    let (before, behind) = (&text[..at.start], text[at.end..].chars().next());
    let is_first = |before: &str| begins && before.trim().is_empty();
    let is_called = is_first(before)
        || before
            .strip_suffix('@')
            .is_some_and(|rest| is_first(rest) || !rest.ends_with(char::is_alphanumeric));
    is_called && !behind.is_some_and(char::is_alphanumeric)
}

fn length(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        let is = rest.next()?;
        if is != wanted && !is.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(text.len() - rest.as_str().len())
}

#[cfg(test)]
mod tests {
    use super::{found_words, place, standing_out};
    use crate::chat::search_words::SearchWords;

    #[test]
    fn a_text_speaks_to_whom_it_begins_with_or_names_behind_an_at_sign() {
        for text in [
            "Ann, come",
            " ann!",
            "@ANN",
            "come, @ann!",
            "(@Ann)",
            "给@Ann".trim_start_matches('给'),
            "Ann：茶",
        ] {
            assert!(place(text, "Ann").is_some(), "{text}");
        }
        for text in
            ["", "Anna", "Joann", "An n", "Ann7", "Änn", "come, Ann", "(Ann)", "mail@ann", "@Anna"]
        {
            assert!(place(text, "Ann").is_none(), "{text}");
        }
        assert!(place("ÉLISE et moi", "élise").is_some());
        assert!(place("anything", "").is_none());
    }

    #[test]
    fn the_name_stands_out_where_it_is_and_nothing_is_markup() {
        let html = |text| standing_out(text, Some("Ann"), true).into_string();
        assert_eq!(html("<i>@ann</i>"), "&lt;i&gt;@<b>ann</b>&lt;/i&gt;");
        assert_eq!(html("Ann <3"), "<b>Ann</b> &lt;3");
        assert_eq!(standing_out("Ann", Some("Ann"), false).into_string(), "Ann");
        assert_eq!(html("tea & cake"), "tea &amp; cake");
        assert_eq!(standing_out("Ann", None, true).into_string(), "Ann");
        let words = SearchWords::parse("tea &").unwrap();
        assert_eq!(
            found_words("Tea & cake, tea", &words).into_string(),
            "<b class=\"found\">Tea</b> <b class=\"found\">&amp;</b> cake, <b class=\"found\">tea</b>"
        );
    }
}
