//! Classes of characters. Names of people and of rooms need them for their rules.
//!
//! Owns: the tables of invisible characters, and how many marks a letter may have.
//! Must not know: what becomes of a name that breaks a rule.
//!
//! Part: `chat/mod.rs`.

use precis_profiles::precis_core::{DerivedPropertyValue, Error, FreeformClass, StringClass};
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_script::{Script, UnicodeScript};

use super::BadName;
use crate::chat::clean::is_bidi_control;

/// Most combining marks on one letter of a name, such as accents and vowel signs. Burmese has up to
/// five.
const NAME_MARKS_MAX: usize = 6;
/// Most marks above, below or around one letter of a name, such as accents. They count for
/// [`NAME_MARKS_MAX`], too.
const NAME_PILED_MARKS_MAX: usize = 3;

/// Returns the rule by which no person's name may have this character. `None`: it breaks none of
/// the rules for line ends, control characters, bidi controls and invisible characters.
pub(super) fn refused_character(c: char) -> Option<BadName> {
    match c {
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
            Some(BadName::LineBreak)
        }
        c if c.is_control() => Some(BadName::Control),
        c if is_bidi_control(c) => Some(BadName::Direction),
        // Some scripts need a joiner. So joiners are not refused here; PRECIS checks later whether
        // a joiner may stand at its position.
        c if is_invisible(c) && !is_joiner(c) && !is_emoji_selector(c) => Some(BadName::Invisible),
        _ => None,
    }
}

/// An emoji selector chooses whether the emoji before it is drawn in colour or as a plain sign.
pub(super) fn is_emoji_selector(c: char) -> bool {
    matches!(c, '\u{fe0e}' | '\u{fe0f}')
}

/// Returns whether the character is the zero-width joiner or non-joiner.
pub(in crate::chat) fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Returns whether the character is invisible and not a space. Some invisible characters draw
/// nothing: Unicode's `Default_Ignorable_Code_Point`, separators of lines and of paragraphs, and
/// specials. Others are drawn blank, such as an empty Braille cell, a musical note without a head,
/// and Hangul fillers.
pub(in crate::chat) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffc}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{13430}'..='\u{1343f}' | '\u{16fe4}' | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns how many characters of the text are neither combining marks nor joiners. That is about
/// as many as a person would count.
pub(in crate::chat) fn visible(text: &str) -> usize {
    text.chars().filter(|c| !is_combining_mark(*c) && !is_joiner(*c)).count()
}

#[derive(Default)]
pub(in crate::chat) struct Marks {
    all: usize,
    piled: usize,
}

impl Marks {
    /// Returns whether each combining mark in `text` belongs to a letter, and no letter has too
    /// many. A letter here is any character except a space, `-`, `_`, a mark and a joiner. One
    /// letter may have at most [`NAME_MARKS_MAX`] marks, and of those that are drawn above, below
    /// or around it only [`NAME_PILED_MARKS_MAX`].
    ///
    /// The limit for all marks must be high enough for vowel signs, which are marks in many
    /// scripts. In Burmese, five of them on one letter are normal.
    pub(in crate::chat) fn fit(text: &str) -> bool {
        let mut letter = false;
        let mut marks = Self::default();
        text.chars().all(|c| {
            if is_combining_mark(c) {
                marks.all += 1;
                marks.piled += usize::from(is_piled(c));
                return letter
                    && marks.all <= NAME_MARKS_MAX
                    && marks.piled <= NAME_PILED_MARKS_MAX;
            }
            // A joiner does not end the letter: marks after the joiner are added to those before
            // it.
            if !is_joiner(c) {
                letter = !matches!(c, ' ' | '-' | '_');
                marks = Self::default();
            }
            true
        })
    }
}

/// Returns whether the mark counts as drawn above, below or around its letter. It does if its
/// canonical combining class is not 0, or if it is an enclosing mark (the general category Me).
fn is_piled(mark: char) -> bool {
    canonical_combining_class(mark) != 0
        || matches!(
            mark,
            '\u{488}' | '\u{489}' | '\u{1abe}' | '\u{20dd}'..='\u{20e0}' | '\u{20e2}'..='\u{20e4}'
                | '\u{a670}'..='\u{a672}'
        )
}

/// Returns whether Unicode has this character and PRECIS does not. PRECIS keeps to Unicode 6.3, on
/// purpose, so it lacks many of today's emoji.
pub(in crate::chat) fn is_newer_than_precis(c: char) -> bool {
    FreeformClass::default().get_value_from_char(c) == DerivedPropertyValue::Unassigned
        && c.script() != Script::Unknown
}

pub(super) fn refused_by_precis(error: &Error, text: &str) -> BadName {
    let culprit = match error {
        Error::BadCodepoint(info) => char::from_u32(info.cp),
        // PRECIS allows some character of this text only in certain texts, and this text is none of
        // them.
        _ => text.chars().find(|c| needs_neighbours(*c)),
    };
    match culprit {
        Some(joiner) if is_joiner(joiner) => BadName::Invisible,
        Some(other) => BadName::Character(other),
        None => BadName::Empty,
    }
}

fn needs_neighbours(c: char) -> bool {
    matches!(
        FreeformClass::default().get_value_from_char(c),
        DerivedPropertyValue::ContextJ | DerivedPropertyValue::ContextO
    )
}
