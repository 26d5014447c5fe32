//! Which characters of a typed text stay, and which are removed.
//!
//! Owns: what is removed from a text, and which characters must not be sent to a terminal.
//! Must not know: how long a text may be; formats.
//!
//! Part: `chat/mod.rs`.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns the text without white space at its beginning and end. Each `\r\n` or `\r` becomes `\n`.
/// Every other control character except `\n` and tab is removed, because a terminal may obey it. If
/// nothing of the text can be seen, returns an empty one.
pub fn clean(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let stored = |sign: &char| matches!(sign, '\n' | '\t') || !sign.is_control();
    let stored: String = text.chars().filter(stored).collect();
    if stored.chars().all(is_invisible) {
        return String::new();
    }
    stored.trim().to_owned()
}

/// Returns whether the character draws nothing: white space, Unicode's property
/// `Default_Ignorable_Code_Point`, and the empty pattern of braille (`U+2800`).
fn is_invisible(sign: char) -> bool {
    sign.is_whitespace()
        || matches!(
            sign,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fff8}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Returns whether the character is a bidi control (Unicode's property `Bidi_Control`). Bidi
/// controls change the order in which letters are drawn, so a line can look different from what it
/// says.
pub fn is_bidi_control(sign: char) -> bool {
    matches!(
        sign,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// Appends the Unicode number of the character to `line`, in brackets, such as `[U+202E]`. A caller
/// does this in place of appending the character itself, if the character could change how the line
/// looks.
pub fn push_by_number(sign: char, line: &mut String) {
    // Writing to a String cannot fail.
    write!(line, "[U+{:04X}]", u32::from(sign)).ok();
}

/// Returns the text with its override characters (`U+202D` and `U+202E`) replaced by their numbers
/// in brackets, because they can make letters run backwards. All other bidi controls stay, because
/// Arabic and Hebrew need some of them.
pub fn without_overrides(text: &str) -> Cow<'_, str> {
    let is_override = |sign: char| matches!(sign, '\u{202d}' | '\u{202e}');
    if !text.contains(is_override) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        if is_override(sign) { push_by_number(sign, &mut shown) } else { shown.push(sign) }
    }
    shown.into()
}

/// Returns whether the character is a separator of lines or of paragraphs (`U+2028`, `U+2029`).
/// Some terminals break a line at such a character.
pub fn is_separator(sign: char) -> bool {
    matches!(sign, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::{clean, without_overrides};

    #[test]
    fn a_page_shows_what_writes_backwards_and_leaves_what_arabic_needs() {
        assert_eq!(without_overrides("a\u{202e}b\u{202d}"), "a[U+202E]b[U+202D]");
        let needed = "\u{200f}\u{2067}שלום\u{2069}\u{202a}a\u{202c}";
        assert_eq!(without_overrides(needed), needed);
    }

    #[test]
    fn a_text_of_which_nothing_can_be_seen_is_empty() {
        for unseen in ["", " \n", "\u{200b}", "\u{2060}\u{200d}", "\u{feff}\u{3164}", "\u{2800}"] {
            assert_eq!(clean(unseen), "", "{unseen:?}");
        }
        // A family, whose members are joined by U+200D, and a heart with its variant.
        for seen in ["\u{1f469}\u{200d}\u{1f466}", "\u{2764}\u{fe0f}", "a\u{200b}"] {
            assert_eq!(clean(seen), seen);
        }
    }

    #[test]
    fn i2_lines_stay_lines_and_nothing_steers_a_terminal() {
        assert_eq!(clean(" one\r\ntwo\rthree\n "), "one\ntwo\nthree");
        assert_eq!(clean("a\u{1b}[31m\u{9b}2J\0\tb"), "a[31m2J\tb");
    }
}
