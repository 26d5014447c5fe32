//! When two names are the same to the eye, or differ only by case.
//!
//! The skeleton of UTS 39 says what a name looks like; cases are folded before
//! it and after it, for what looks alike in capitals need not in small letters.
//!
//! Owns: how a skeleton is made.
//! Must not know: which names are allowed.
//!
//! Next: `chat/name/notes.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use super::characters::is_joiner;
use crate::chat::secret::Mark;

/// What a name is compared by: people whose names have the same one could be
/// taken for each other. Cloning shares it. Never shown, never stored: another
/// version of Unicode may give another.
///
/// What it cannot tell: a Greek capital "Ν" or "Υ" from the "v" or "u" that its
/// small letter looks like. As "N" or "Y" it would make "n" and "v" the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skeleton(Arc<str>);

impl Skeleton {
    /// The skeleton of what is shown.
    pub(super) fn of(shown: &str) -> Self {
        let folded = fold(shown);
        let drawn: String = folded.nfd().filter(|c| !is_joiner(*c)).flat_map(Look::of).collect();
        // A capital that the first round made of a sign has a look of its own as
        // a small letter; nothing is left to change after the second.
        let once = fold(&skeleton(&drawn).collect::<String>());
        let twice = fold(&skeleton(&once).collect::<String>());
        Self(level(&twice).into())
    }

    /// How a mark is compared that stands in a name.
    pub fn of_mark(mark: &Mark) -> Self {
        Self::of(&mark.to_string())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is that of a name of the box's: `guest-` or `user`, and digits of
    /// any script.
    pub(super) fn is_the_boxs(&self) -> bool {
        // One and nought look like letters, so this is how a guest's digits are
        // drawn; `guest-lol` is a guest's name too.
        let is_digit = |c: char| matches!(c, 'l' | 'o') || c.is_numeric();
        let rest = self.0.strip_prefix("guest-").or_else(|| self.0.strip_prefix("user"));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_digit))
    }
}

/// What one small letter may be drawn as: itself, or its capital.
enum Look {
    Small(Option<char>),
    Capital(std::vec::IntoIter<char>),
}

impl Look {
    /// Some letters look like a Latin one only in capitals (Cyrillic "н" in "Н").
    /// They are drawn as that, small or not, so that case makes no difference.
    /// Those that look like a Latin letter anyway, or never do, stay.
    fn of(small: char) -> Self {
        if small.is_ascii() || looks_latin(small) {
            return Self::Small(Some(small));
        }
        let mut capitals = small.to_uppercase();
        match (capitals.next(), capitals.next()) {
            (Some(capital), None) if capital != small && looks_latin(capital) => {
                let mut buffer = [0; 4];
                let drawn = skeleton(capital.encode_utf8(&mut buffer));
                Self::Capital(drawn.map(|c| c.to_ascii_lowercase()).collect::<Vec<_>>().into_iter())
            }
            _ => Self::Small(Some(small)),
        }
    }
}

impl Iterator for Look {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Self::Small(small) => small.take(),
            Self::Capital(drawn) => drawn.next(),
        }
    }
}

fn looks_latin(c: char) -> bool {
    skeleton(c.encode_utf8(&mut [0; 4])).all(|drawn| drawn.is_ascii())
}

/// A capital "I" is drawn like a small "l", and is an "i": so all three are one,
/// and a dot above makes no difference to it (nor to a "j").
fn level(text: &str) -> String {
    without_dots(text.nfd(), |letter| matches!(letter, 'i' | 'j' | 'l'))
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

/// `text` without differences of case. Small letters, for they are what people
/// read; by way of the capitals, for some small letters share one; and in parts,
/// for marks may change places with a letter's own.
pub(in crate::chat) fn fold(text: &str) -> String {
    let parts: String = text.nfd().collect();
    let folded = parts.to_lowercase().to_uppercase().to_lowercase();
    // A dotted capital "I" leaves its dot behind.
    without_dots(folded.nfd(), |letter| letter == 'i').nfkc().collect()
}

/// Drops the dot above, wherever it stands among the marks of such a letter.
fn without_dots(
    chars: impl Iterator<Item = char>,
    is_dotted: impl Fn(char) -> bool,
) -> impl Iterator<Item = char> {
    let mut on_dotted = false;
    chars.filter(move |c| {
        if is_combining_mark(*c) {
            return !on_dotted || *c != '\u{307}';
        }
        on_dotted = is_dotted(*c);
        true
    })
}
