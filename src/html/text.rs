//! Text as HTML: the lines of a text, and a sentence with names in it. Also the sentence about a
//! room's privacy.
//!
//! Owns: how these look without a style sheet.
//! Must not know: which page they are on.
//!
//! Part: `html/mod.rs`.

use maud::{Markup, html};

use super::sentences::Sentences;
use crate::chat::answer::RoomPrivacy;
use crate::chat::clean::without_overrides;
use crate::chat::room_name::RoomName;

/// Returns the text as HTML, with a `br` for each line break, so it needs no style sheet.
pub(crate) fn lines(text: &str) -> Markup {
    html! {
        @for (nth, line) in text.lines().enumerate() {
            @if nth > 0 { br; }
            (line)
        }
    }
}

/// Returns the sentence `name` with its blanks filled in. Each value, such as a person's name, is
/// an element of its own, and reads in its own direction.
pub fn sentence(words: &Sentences, name: &str, blanks: &[(&str, &str)]) -> Markup {
    filled(words.say(name), blanks)
}

/// Like [`sentence`], without the name of the person who acts, with which the sentence begins: that
/// stands before it already.
pub(super) fn deed(words: &Sentences, name: &str, blanks: &[(&str, &str)]) -> Markup {
    let whole = words.say(name);
    filled(whole.strip_prefix("{name}").unwrap_or(whole).trim_start(), blanks)
}

fn filled(sentence: &str, blanks: &[(&str, &str)]) -> Markup {
    let mut parts = sentence.split('{');
    let first = parts.next().unwrap_or_default();
    html! {
        (first)
        @for part in parts {
            @let (blank, behind) = part.split_once('}').unwrap_or_default();
            @let value = blanks.iter().find(|(of, _)| *of == blank).map(|(_, value)| *value);
            bdi { (without_overrides(value.unwrap_or_default())) } (behind)
        }
    }
}

/// Makes this text in brackets, as the language writes them, behind another text. The inner text
/// may have elements.
pub(crate) fn in_brackets(words: &Sentences, inner: &Markup) -> Markup {
    let (before, behind) = words.say("inBrackets").split_once("{what}").unwrap_or_default();
    html! { (words.gap()) (before) (inner) (behind) }
}

/// Returns the sentence that says whether a room is hidden, and whether it has a password.
pub fn privacy(words: &Sentences, room: &RoomName, privacy: RoomPrivacy) -> String {
    let sentence = match (privacy.hidden, privacy.locked) {
        (false, false) => "isOpen",
        (false, true) => "isLocked",
        (true, false) => "isHidden",
        (true, true) => "isHiddenLocked",
    };
    words.fill(sentence, &[("room", room.as_str())])
}
