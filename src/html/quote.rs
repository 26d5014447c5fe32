//! The small line above a message that replies to another one: who said the message that is replied
//! to, and its first words, mostly as a link to it.
//!
//! Owns: how much of a message is quoted, and how the quote looks without a style sheet.
//! Must not know: where the quoted message was found.
//!
//! Part: `html/mod.rs`.

use maud::{Markup, html};

use super::sentences::Sentences;
use crate::base::limits;
use crate::chat::clean::without_overrides;
use crate::chat::entry::{Entry, REMOVED_NAME, RepliedTo, Seq};
use crate::chat::name::Name;

/// A message that another one replies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    seq: u64,
    name: Option<Name>,
    words: Option<String>,
}

impl Quote {
    /// Makes the quote of a message that is replied to. `found` is the message itself; `None`: the
    /// caller does not have it.
    pub fn of(words: &Sentences, replied_to: &RepliedTo, found: Option<&Entry>) -> Self {
        let name = found.map(|found| found.by.name.clone()).or_else(|| replied_to.name.clone());
        let name = name.filter(|name| name.shown() != REMOVED_NAME);
        let words = found.map(|found| words_of(words, found)).filter(|words| !words.is_empty());
        Self { seq: replied_to.seq.0, name, words }
    }

    /// Returns the first words of the message; `None`: they are not known.
    pub fn words(&self) -> Option<&str> {
        self.words.as_deref()
    }

    /// Returns whether it is the quote of the message with this number.
    pub fn is_of(&self, seq: Seq) -> bool {
        self.seq == seq.0
    }

    /// Makes the name and the first words as HTML: `Ann: first words…`, with a style sheet without
    /// the colon. If the words are not known, it has none of them; if the name is not known, the
    /// number of the message stands in its place.
    fn markup(&self, words: &Sentences) -> Markup {
        let colon = words.say("colon").trim_end();
        html! {
            @match &self.name {
                Some(name) => { b class={ "who p" (name.colour()) } { bdi { (name.shown()) } } }
                None => { "#" (self.seq) }
            }
            @match (&self.words, &self.name) {
                (Some(words), _) => { span.heard { (colon) } " " bdi { (words) } }
                (None, Some(_)) => { span.heard { (colon) } " \u{2026}" }
                (None, None) => {}
            }
        }
    }

    /// Makes the line above a message that replies to this one. `address` is the URL to which the
    /// line links; `None`: the line is no link. If `out_of_frame` is true, the link opens in place
    /// of the page around the frame.
    pub(super) fn line(
        &self,
        words: &Sentences,
        address: Option<&str>,
        out_of_frame: bool,
    ) -> Markup {
        html! {
            div.quote {
                span.heard { "> " }
                @match address {
                    Some(address) => { a href=(address) target=[out_of_frame.then_some("_parent")] { (self.markup(words)) } }
                    None => { (self.markup(words)) }
                }
            }
        }
    }
}

/// Returns the first words of a message. If it was deleted, returns the sentence that says so.
pub fn words_of(words: &Sentences, message: &Entry) -> String {
    match message.what.text() {
        "" => words.say("deletedWords").to_owned(),
        text => first_words(text),
    }
}

fn first_words(text: &str) -> String {
    let most = limits::QUOTE_CHARS_MAX;
    let row = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let visible: String = row.chars().filter(|sign| !sign.is_control()).take(most + 1).collect();
    let is_cut = visible.chars().count() > most;
    let kept: String = visible.chars().take(most).collect();
    let rest = if is_cut { "\u{2026}" } else { "" };
    format!("{}{rest}", without_overrides(kept.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::{Quote, Sentences, first_words};
    use crate::base::language::Language;
    use crate::base::limits::QUOTE_CHARS_MAX;
    use crate::chat::name::Name;

    #[test]
    fn a_quote_is_one_short_row_without_tricks() {
        assert_eq!(first_words("  two\n\nrows\there "), "two rows here");
        assert_eq!(first_words(&"茶".repeat(QUOTE_CHARS_MAX)), "茶".repeat(QUOTE_CHARS_MAX));
        let cut = first_words(&"茶".repeat(QUOTE_CHARS_MAX + 1));
        assert_eq!(cut, format!("{}…", "茶".repeat(QUOTE_CHARS_MAX)));
        assert_eq!(first_words("a\u{1b}b\u{202e}c"), "ab[U+202E]c");
    }

    #[test]
    fn a_quote_says_what_is_known() {
        let shown = |name: Option<&str>, words: Option<&str>| {
            let name = name.map(|name| Name::parse(name).unwrap());
            let quote = Quote { seq: 12, name, words: words.map(str::to_owned) };
            let html = quote.markup(Sentences::of(Language::English)).into_string();
            let parts: Vec<_> = html.split(['<', '>']).step_by(2).collect();
            parts.concat()
        };
        assert_eq!(shown(Some("Ann"), Some("<tea>")), "Ann: &lt;tea&gt;");
        assert_eq!(shown(Some("Ann"), None), "Ann: \u{2026}");
        assert_eq!(shown(None, Some("tea")), "#12: tea");
        assert_eq!(shown(None, None), "#12");
    }
}
