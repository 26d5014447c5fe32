//! When two names look the same, or differ only by case.
//!
//! The skeleton of UTS 39 describes how a text looks. Cases are folded before and after it is made,
//! because letters that look alike as capitals may look different in lower case.
//!
//! Owns: how a skeleton is made.
//! Must not know: which names are allowed.
//!
//! Part: `chat/mod.rs`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use super::characters::is_joiner;
use crate::chat::secret::Mark;

/// The form in which names are compared: two people whose names have the same skeleton could be
/// taken for each other. Cloning shares it. It is never shown, and never stored in the history:
/// another version of Unicode may give another skeleton.
///
/// One case is not found: a Greek capital "Ν" or "Υ" looks like "N" or "Y", but is compared as the
/// "v" or "u" that its small letter looks like. Comparing it as "N" or "Y" would make "n" and "v"
/// the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Skeleton(Arc<str>);

impl Skeleton {
    /// Makes the skeleton of a shown name.
    pub(super) fn of(shown: &str) -> Self {
        let folded = fold(shown);
        let drawn: String = folded.nfd().filter(|c| !is_joiner(*c)).flat_map(Look::of).collect();
        // The first round may turn a sign into a capital. In lower case that capital has a look of
        // its own, so a second round is needed. A third would change nothing.
        let once = fold(&skeleton(&drawn).collect::<String>());
        let twice = fold(&skeleton(&once).collect::<String>());
        Self(level(&twice).into())
    }

    /// Makes the skeleton of a secret's mark, to compare it with a mark that a name may end with.
    pub fn of_mark(mark: &Mark) -> Self {
        Self::of(&mark.to_string())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is the skeleton of a name that only the server gives: `guest-` or
    /// `user`, and digits of any script.
    pub(super) fn is_the_boxs(&self) -> bool {
        // 1 and 0 look like letters, so a skeleton has `l` and `o` for them. So `guest-lol` looks
        // like a guest's name, too.
        let is_digit = |c: char| matches!(c, 'l' | 'o') || c.is_numeric();
        let rest = self.0.strip_prefix("guest-").or_else(|| self.0.strip_prefix("user"));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_digit))
    }
}

/// What a small letter is compared as: itself, or its capital.
enum Look {
    Small(Option<char>),
    Capital(std::vec::IntoIter<char>),
}

impl Look {
    /// Returns what a small letter is compared as. Some letters look like a Latin letter only as
    /// capitals (Cyrillic "н" as "Н"). They are always compared as the capital, so case makes no
    /// difference. A letter that always looks Latin, or never does, stays as it is.
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

/// Makes "I", "l" and "i" one letter: a capital "I" looks like a small "l", and is an "i". So a dot
/// above an "i", "l" or "j" is dropped, too.
fn level(text: &str) -> String {
    without_dots(text.nfd(), |letter| matches!(letter, 'i' | 'j' | 'l'))
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

/// Returns `text` in lower case, so that texts that differ only by case become equal. The text goes
/// through upper case, because some small letters share a capital. It is decomposed first, because
/// a change of case may move a letter's marks. The result is in NFKC.
pub(in crate::chat) fn fold(text: &str) -> String {
    let parts: String = text.nfd().collect();
    let folded = parts.to_lowercase().to_uppercase().to_lowercase();
    // In lower case, a capital "I" with a dot leaves a separate dot.
    without_dots(folded.nfd(), |letter| letter == 'i').nfkc().collect()
}

/// Drops the dot above from each letter for which `is_dotted` is true, wherever it stands among the
/// letter's marks.
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
