//! Text as HTML: the lines of a text, and a sentence with names in it. Also the sentence about a
//! room's privacy.
//!
//! Owns: how these look without a style sheet.
//! Must not know: which page they are on.
//!
//! Part: `html/mod.rs`.

use std::time::Duration;

use maud::{Markup, html};

use super::sentences::Sentences;
use crate::chat::act::{RoomAct, RoomActDone, RoomAction};
use crate::chat::answer::RoomPrivacy;
use crate::chat::clean::without_overrides;
use crate::chat::name::Name;
use crate::chat::poll::question_of;
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

/// Most characters without a space that a browser in a terminal keeps on one line.
const UNBROKEN_MAX: usize = 40;

/// Makes the HTML of a text in which a long word can be broken. Other browsers break it by the
/// style; w3m and lynx break it only at a `wbr`.
pub fn breakable(text: &str) -> Markup {
    let mut unbroken = 0;
    let mut pieces = Vec::new();
    let mut begins = 0;
    for (at, sign) in text.char_indices() {
        if sign.is_whitespace() {
            unbroken = 0;
        } else if unbroken == UNBROKEN_MAX {
            pieces.push(&text[std::mem::replace(&mut begins, at)..at]);
            unbroken = 1;
        } else {
            unbroken += 1;
        }
    }
    html! { @for piece in pieces { (piece) wbr; } (text[begins..]) }
}

/// Returns the sentence that says what somebody has done who looks after a room.
pub fn done_in_room(words: &Sentences, done: &RoomActDone) -> String {
    let RoomActDone { act: RoomAct { action, reason, .. }, by } = done;
    let name = action.whom().map_or("", Name::shown);
    let time = action.time().map(|time| length_of_time(words, time)).unwrap_or_default();
    let word = format!("act-{}", action.word());
    let seq = action.seq().map(|seq| seq.0.to_string()).unwrap_or_default();
    let fills = [("by", by.shown()), ("name", name), ("time", &time), ("n", &seq)];
    let told = words.fill(&word, &fills);
    if reason.is_empty() {
        return told;
    }
    let reason = without_overrides(reason);
    if matches!(action, RoomAction::Poll(_)) {
        return format!("{told} {}", question_of(&reason));
    }
    if matches!(action, RoomAction::Welcome(_)) {
        return format!("{told} {reason}");
    }
    words.fill("withReason", &[("text", &told), ("reason", &reason)])
}

/// A day, in seconds.
const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Returns the time in the largest unit that divides it: `10 min`.
pub fn length_of_time(words: &Sentences, time: Duration) -> String {
    let seconds = time.as_secs();
    let units = [(DAY_SECONDS, "time-d"), (60 * 60, "time-h"), (60, "time-m")];
    // One day is written as 24 hours, so the word for days is always in the plural.
    let is_one_day = |size| size == DAY_SECONDS && seconds <= DAY_SECONDS;
    let mut units = units.into_iter();
    let unit = units.find(|(size, _)| seconds.is_multiple_of(*size) && !is_one_day(*size));
    let (size, word) = unit.unwrap_or((1, "time-s"));
    words.fill(word, &[("n", &(seconds / size).to_string())])
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

#[cfg(test)]
mod tests {
    use super::breakable;

    #[test]
    fn a_long_word_can_be_broken_and_keeps_its_characters() {
        let html = |text: &str| breakable(text).into_string();
        assert_eq!(html("soup at six"), "soup at six");
        let word = "ab".repeat(20);
        assert_eq!(html(&format!("{word} {word}")), format!("{word} {word}"));
        assert_eq!(html(&format!("{word}{word}<")), format!("{word}<wbr>{word}<wbr>&lt;"));
        let emoji = "\u{1f372}".repeat(41);
        assert_eq!(html(&emoji).replace("<wbr>", ""), emoji);
    }
}
