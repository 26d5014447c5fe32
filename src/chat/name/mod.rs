//! A person's name: which texts are valid names, and when two names count as the same.
//!
//! Owns: the rules for a typed name, the order in which they are checked, and the sentence for each
//! broken rule. A name is accepted or refused, and never shortened.
//! Must not know: who has which name, rooms, clients.
//!
//! Part: `chat/mod.rs`.

mod characters;
mod notes;
mod skeleton;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use precis_profiles::Nickname;
use precis_profiles::precis_core::profile::PrecisFastInvocation;
use unicode_normalization::UnicodeNormalization;

pub(super) use self::characters::{Marks, is_invisible, is_newer_than_precis, visible};
pub use self::skeleton::Skeleton;
pub(super) use self::skeleton::fold;
use crate::base::limits::{NAME_BYTES_MAX, NAME_CHARS_MAX, TYPED_NAME_BYTES_MAX};

/// Why a typed text cannot be a person's name. Each reason has a sentence for the person who typed
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Nothing was typed, or only characters that the server removes from a typed name.
    #[error("type a name")]
    Empty,
    /// Nothing but white space was typed.
    #[error("a name needs visible characters, not only spaces")]
    OnlySpaces,
    /// The name has more than [`NAME_CHARS_MAX`] visible characters, or the typed text has more
    /// than [`TYPED_NAME_BYTES_MAX`] bytes.
    #[error("a name can have at most {NAME_CHARS_MAX} characters; choose a shorter one")]
    TooLong,
    /// The name has more than [`NAME_BYTES_MAX`] bytes of UTF-8.
    #[error("a name can take at most {NAME_BYTES_MAX} bytes; use fewer emoji or a shorter name")]
    TooManyBytes,
    /// The text has a line end of any kind.
    #[error("a name must be on one line; remove the line break")]
    LineBreak,
    /// The text has a control character that is no line end, such as the tab.
    #[error("a name cannot contain control characters; type it instead of pasting it")]
    Control,
    /// The text has a bidi control: a character that changes the direction of the text around it.
    #[error("a name cannot change the direction of writing; type it instead of pasting it")]
    Direction,
    /// The text has an invisible character, such as the joiner that makes one emoji of several.
    #[error(
        "a name cannot contain invisible characters; remove what you pasted, or try other emoji"
    )]
    Invisible,
    /// One letter has too many combining marks, such as accents; or a combining mark has no letter.
    #[error("a name cannot have so many accents on one letter, or an accent without a letter")]
    Marks,
    /// The name has one of the signs `#`, `/`, `@`, `:` and `,`. The value is that sign.
    #[error("a name cannot contain the character “{0}” because commands use it; remove it")]
    Sign(char),
    /// The name is one that only the server may choose, or looks like one: `guest-` or `user` with
    /// digits after it.
    #[error("the server gives names like guest-041 and user7 itself; choose another name")]
    GivenByServer,
    /// In a line of plain text the name would look like a part of a note of the server, or like a
    /// name of the server. Such a note is `* Bo waves`.
    #[error("a name cannot look like a notice or the server; choose another name")]
    Note,
    /// PRECIS does not allow this character in this name. For some characters that depends on the
    /// other characters of the name.
    #[error("a name cannot contain the character U+{code:04X}; remove it", code = u32::from(*.0))]
    Character(char),
}

impl BadName {
    /// Returns two texts for programs: one word for the broken rule, and a detail. The detail is
    /// the limit, the sign, or the Unicode number of the character; `None`: the rule has no detail.
    pub fn why(self) -> (&'static str, Option<String>) {
        match self {
            Self::Empty => ("empty", None),
            Self::OnlySpaces => ("spaces", None),
            Self::TooLong => ("long", Some(NAME_CHARS_MAX.to_string())),
            Self::TooManyBytes => ("bytes", Some(NAME_BYTES_MAX.to_string())),
            Self::LineBreak => ("lines", None),
            Self::Control => ("control", None),
            Self::Direction => ("direction", None),
            Self::Invisible => ("invisible", None),
            Self::Marks => ("marks", None),
            Self::Sign(sign) => ("sign", Some(sign.into())),
            Self::GivenByServer => ("given", None),
            Self::Note => ("note", None),
            Self::Character(sign) => ("character", Some(format!("U+{:04X}", u32::from(sign)))),
        }
    }
}

/// A person's name: its text as people see it, and its skeleton, which is compared with the
/// skeletons of other names. A clone uses the same memory for both.
///
/// Two names are equal if their shown texts have the same bytes. That is not enough to tell whether
/// two people may have them at the same time: their [`Skeleton`]s must differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    shown: Arc<str>,
    skeleton: Skeleton,
}

impl Name {
    /// Makes a name from what a person typed: any script, emoji, single spaces between words. Takes
    /// microseconds.
    ///
    /// The shown name is in NFKC. It has no spaces around it, and special spaces became plain ones.
    /// Emoji selectors are removed. Parsing the shown name gives an equal name. The signs `#`, `/`,
    /// `@`, `:` and `,` are refused, because commands use them. Other signs, such as `<` and
    /// quotes, may appear, so code that shows a name must escape it.
    ///
    /// # Errors
    /// The first rule that the text breaks.
    pub fn parse(typed: &str) -> Result<Self, BadName> {
        let name = Self::parse_any(typed)?;
        if name.reads_as_note() { Err(BadName::Note) } else { Ok(name) }
    }

    /// Does what [`Name::parse`] does, and also accepts a name that reads like a note
    /// ([`BadName::Note`]).
    fn parse_any(typed: &str) -> Result<Self, BadName> {
        if typed.is_empty() {
            return Err(BadName::Empty);
        }
        let trimmed = typed.trim_matches(' ');
        // The length is checked first, because the other checks take longer for a long text.
        if trimmed.len() > TYPED_NAME_BYTES_MAX {
            return Err(BadName::TooLong);
        }
        trimmed.chars().find_map(characters::refused_character).map_or(Ok(()), Err)?;
        let shown = mapped(trimmed);
        if shown.is_empty() {
            let is_blank = typed.chars().all(char::is_whitespace);
            return Err(if is_blank { BadName::OnlySpaces } else { BadName::Empty });
        }
        check(&shown)?;
        let skeleton = Skeleton::of(&shown);
        if skeleton.is_given_by_server() {
            return Err(BadName::GivenByServer);
        }
        Ok(Self { shown: shown.into(), skeleton })
    }

    /// Parses a name that a person may already have. Two kinds of names are accepted that
    /// [`Name::parse`] refuses: names that read like a note, because some people took them when the
    /// rule did not exist yet; and names that the server has chosen.
    ///
    /// # Errors
    /// The first of the other rules that the text breaks.
    pub fn of_somebody(typed: &str) -> Result<Self, BadName> {
        let parsed = Self::parse_any(typed);
        if parsed != Err(BadName::GivenByServer) {
            return parsed;
        }
        let number = |prefix| typed.trim_matches(' ').strip_prefix(prefix)?.parse().ok();
        let guest = number("guest-").map(Self::guest);
        guest.or_else(|| number("user").map(Self::user)).ok_or(BadName::GivenByServer)
    }

    /// Makes the name that the server chooses for client `number` of the format `webchat`.
    /// [`Name::parse`] accepts no name with the skeleton of such a name.
    pub fn user(number: u64) -> Self {
        Self::stored(&format!("user{number}"))
    }

    /// Makes the name that the server chooses for guest `number`. Guests with different numbers
    /// have different skeletons. [`Name::parse`] accepts no name with the skeleton of a guest's
    /// name.
    pub fn guest(number: u64) -> Self {
        Self::stored(&format!("guest-{number:03}"))
    }

    /// Returns each way in which this name could be read as another name that is followed by a
    /// secret's mark. `Ann p8cwhmph` and `Ann (p8cwhmph)` read like the name Ann with a mark. Each
    /// item is the skeleton of the other name and the skeleton of the mark.
    pub fn read_with_mark(&self) -> impl Iterator<Item = (Skeleton, Skeleton)> + '_ {
        let ends = self.shown.char_indices().filter(|(_, sign)| !sign.is_alphanumeric());
        ends.filter_map(|(at, _)| {
            let (name, rest) = self.shown.split_at(at);
            let name = name.trim_end();
            let mark = rest.trim_matches(|sign: char| !sign.is_alphanumeric());
            let is_both = !name.is_empty() && !mark.is_empty();
            is_both.then(|| (Skeleton::of(name), Skeleton::of(mark)))
        })
    }

    /// Returns whether the server chose this name; no person can choose one that looks like it.
    pub fn is_given_by_server(&self) -> bool {
        self.skeleton.is_given_by_server()
    }

    /// Returns the number in a guest's name; `None`: this is no guest's name.
    pub fn guest_number(&self) -> Option<u64> {
        self.shown.strip_prefix("guest-")?.parse().ok()
    }

    /// Makes a name from a stored text, without checking the text. It was valid when the person
    /// took the name, but the rules may have changed.
    pub fn stored(shown: &str) -> Self {
        Self { shown: shown.into(), skeleton: Skeleton::of(shown) }
    }

    /// Makes a name from its parts, as a recording has them.
    #[cfg(any(test, feature = "learn"))]
    pub(super) fn with_skeleton(shown: &str, skeleton: Skeleton) -> Self {
        Self { shown: shown.into(), skeleton }
    }

    /// Returns the name as people see it: with its capitals, and without the quotes of `plain`.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Returns the name for a line of plain text: in quotes if it would read like a note of the
    /// server there.
    pub fn plain(&self) -> Cow<'_, str> {
        if self.reads_as_note() {
            format!("\"{}\"", self.shown).into()
        } else {
            Cow::Borrowed(&self.shown)
        }
    }

    fn reads_as_note(&self) -> bool {
        notes::reads_as_note(&self.shown, &self.skeleton)
    }

    /// Returns the number of the colour in which the name is shown, 0 to 11. A name always has the
    /// same colour.
    pub fn colour(&self) -> u32 {
        let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        fold(&self.shown).bytes().fold(0x811c_9dc5, fnv) % 12
    }

    /// Returns the form for comparing names: two names look alike if their skeletons are equal.
    pub fn skeleton(&self) -> &Skeleton {
        &self.skeleton
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// Returns the text in NFKC, without emoji selectors, and with single plain spaces between words.
/// PRECIS needs NFKC: some systems write a letter of Hangul as several characters, which PRECIS
/// refuses. NFKC joins them to one character, which PRECIS allows.
fn mapped(typed: &str) -> String {
    let composed: String =
        typed.chars().filter(|c| !characters::is_emoji_selector(*c)).nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(shown: &str) -> Result<(), BadName> {
    if let Some(sign) = shown.chars().find(|c| matches!(c, '#' | '/' | '@' | ':' | ',')) {
        return Err(BadName::Sign(sign));
    }
    if visible(shown) > NAME_CHARS_MAX {
        return Err(BadName::TooLong);
    }
    if !Marks::fit(shown) {
        return Err(BadName::Marks);
    }
    if shown.len() > NAME_BYTES_MAX {
        return Err(BadName::TooManyBytes);
    }
    // The text has its final form already, so PRECIS (`Nickname`) only checks it. PRECIS refuses
    // characters that are newer than its tables. Therefore it checks a text that has the letter `x`
    // in place of each of these characters.
    let known: String =
        shown.chars().map(|c| if is_newer_than_precis(c) { 'x' } else { c }).collect();
    let enforced = Nickname::enforce(known.as_str()).map(drop);
    enforced.map_err(|error| characters::refused_by_precis(&error, &known))
}
