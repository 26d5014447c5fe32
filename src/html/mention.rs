//! Whether a text mentions a person: it contains their name as a word. The live page has the same
//! rule (`web/js/elements.js`).
//!
//! Owns: this rule, and how the name is marked in the text.
//! Must not know: the text around it.
//!
//! Part: `html/mod.rs`.

use std::ops::Range;

use maud::{Markup, html};

/// Returns where `text` first contains `name` as a word; `None`: nowhere. Upper and lower case make
/// no difference.
pub(crate) fn place(text: &str, name: &str) -> Option<Range<usize>> {
    let starts = text.char_indices().map(|(start, _)| start);
    let found = starts.filter_map(|start| Some(start..start + length(&text[start..], name)?));
    found.filter(|at| !at.is_empty()).find(|at| is_word(text, at))
}

/// Returns the text with the first mention of the name in bold; without a name, the text as it is.
pub(crate) fn standing_out(text: &str, name: Option<&str>) -> Markup {
    let at = name.and_then(|name| place(text, name));
    html! {
        @match at {
            Some(at) => { (text[..at.start]) b { (text[at.clone()]) } (text[at.end..]) }
            None => { (text) }
        }
    }
}

/// Returns whether the part `at` of the text is a word: no letter and no digit is next to it.
fn is_word(text: &str, at: &Range<usize>) -> bool {
    let before = text[..at.start].chars().next_back();
    let behind = text[at.end..].chars().next();
    ![before, behind].into_iter().flatten().any(char::is_alphanumeric)
}

/// Returns how many bytes `name` takes at the start of `text`; `None` if it is not there.
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
    use super::{place, standing_out};

    #[test]
    fn a_text_speaks_to_whom_it_names_as_a_word() {
        for text in [
            "Ann, come",
            "come, ann!",
            "(ANN)",
            "annex? Ann?",
            "给Ann：茶".trim_start_matches('给'),
        ] {
            assert!(place(text, "Ann").is_some(), "{text}");
        }
        for text in ["", "Anna", "Joann", "An n", "Ann7", "Änn"] {
            assert!(place(text, "Ann").is_none(), "{text}");
        }
        assert!(place("ÉLISE et moi", "élise").is_some());
        assert!(place("anything", "").is_none());
    }

    #[test]
    fn the_name_stands_out_where_it_is_and_nothing_is_markup() {
        let html = |text| standing_out(text, Some("Ann")).into_string();
        assert_eq!(html("<i>ann</i>"), "&lt;i&gt;<b>ann</b>&lt;/i&gt;");
        assert_eq!(html("tea & cake"), "tea &amp; cake");
        assert_eq!(standing_out("Ann", None).into_string(), "Ann");
    }
}
