//! When two names look the same, or differ only by case.
//!
//! The skeleton of UTS 39 describes how a text looks. The text is changed to lower case before and
//! after its skeleton is made, because letters that look alike as capitals may look different in
//! lower case.
//!
//! Owns: how a skeleton is made.
//! Must not know: which names are allowed.
//!
//! Part: `chat/mod.rs`.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

use super::characters::is_joiner;
use crate::chat::secret::Mark;

/// The form in which names are compared. If two names have the same skeleton, people could mistake
/// one for the other. A clone uses the same memory. The history does not store skeletons, because
/// another version of Unicode may give a name another skeleton.
///
/// Some names that look alike have different skeletons. A Greek capital "Ν" looks like "N", but its
/// skeleton is that of "v", because its small letter looks like "v". If the skeleton of "Ν" were
/// that of "N", then "n" and "v" would have the same skeleton.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub struct Skeleton(Arc<str>);

impl Skeleton {
    pub(super) fn of(shown: &str) -> Self {
        let folded = fold(shown);
        let drawn: String = folded.nfd().filter(|c| !is_joiner(*c)).flat_map(Look::of).collect();
        // A skeleton may have a capital that the text did not have. Its small letter may look like
        // yet another letter. So the skeleton of the skeleton is made. A third step would change
        // nothing.
        let once = fold(&skeleton(&drawn).collect::<String>());
        let twice = fold(&skeleton(&once).collect::<String>());
        Self(level(&twice).into())
    }

    /// Makes the skeleton of a secret's mark. It is compared with the skeleton of the end of a
    /// name, because the end of a name may look like a mark.
    pub fn of_mark(mark: &Mark) -> Self {
        Self::of(&mark.to_string())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is the skeleton of a name that only the server may choose, in any
    /// script: `guest-` or `user` with digits after it.
    pub(super) fn is_given_by_server(&self) -> bool {
        // So `guest-lol` looks like a guest's name, too.
        let rest = self.0.strip_prefix("guest-").or_else(|| self.0.strip_prefix("user"));
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(may_be_digit))
    }
}

/// Returns whether this sign of a skeleton may stand for a digit. A skeleton has `l` and `o` in
/// place of the digits 1 and 0, because 1 looks like `l` and 0 like `o`.
pub(super) fn may_be_digit(sign: char) -> bool {
    matches!(sign, 'l' | 'o') || sign.is_numeric()
}

enum Look {
    Small(Option<char>),
    Capital(std::vec::IntoIter<char>),
}

impl Look {
    /// Returns what stands for a small letter in a skeleton. Mostly it is the letter itself. Some
    /// letters look like a Latin letter only as capitals, such as the Cyrillic "н", whose capital
    /// is "Н". In the skeleton, the Latin letter stands for such a letter.
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

/// Makes "I", "l" and "i" one letter: a capital "I" looks like a small "l", and its own small
/// letter is "i". Also removes the dot above an "i", "l" or "j".
fn level(text: &str) -> String {
    without_dots(text.nfd(), |letter| matches!(letter, 'i' | 'j' | 'l'))
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}

/// Returns `text` in lower case, in NFKC, so that texts that differ only by case become equal. In
/// between, the text is changed to upper case, because two small letters may have one capital.
/// Before that it is decomposed, because a change of case may move a letter's marks.
pub(in crate::chat) fn fold(text: &str) -> String {
    let parts: String = text.nfd().collect();
    let folded = parts.to_lowercase().to_uppercase().to_lowercase();
    // The lower case of the capital "İ" is a small "i" with a separate dot above it. That dot is
    // removed.
    without_dots(folded.nfd(), |letter| letter == 'i').nfkc().collect()
}

/// Removes the mark "dot above" from each letter for which `is_dotted` is true. The mark may stand
/// before or after other marks of that letter.
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
