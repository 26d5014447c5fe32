//! Removes everything from a text that could command the terminal on which it is shown.
//!
//! A chat message can have escape sequences that clear the screen, set the window's title, write to
//! the clipboard (OSC 52), or make the terminal send input as if its user had typed it. Bidi
//! controls can make a line look different from its real text. `strip` leaves none of these in a
//! text.
//!
//! Owns: which characters of a text are removed, and which are replaced.
//! Must not know: who said the text, where it is shown.
//!
//! Part: `chat/mod.rs`.

use std::iter::Peekable;
use std::str::Chars;

use crate::chat::clean::{is_bidi_control, is_separator, push_by_number};

const ESCAPE: char = '\u{1b}';
const BELL: char = '\u{07}';
const CSI: char = '\u{9b}';
const STRING_END: char = '\u{9c}';

/// Returns `text` without anything that a terminal would treat as a command.
///
/// Escape sequences (ECMA-48) are removed with all their parameters. If a control string, such as
/// one that sets a title, has no end, all text after its beginning is removed, because a terminal
/// would treat that text as part of the control string. Control characters are removed, except the
/// tab. Bidi controls are replaced by their numbers, such as `[U+202E]`. A separator of lines or
/// paragraphs becomes a space. Line breaks are control characters, too: a caller that needs them
/// must split the text first.
pub(crate) fn strip(text: &str) -> String {
    let mut stored = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\t' => stored.push('\t'),
            ESCAPE => skip_escape(&mut rest),
            CSI => skip_control_sequence(&mut rest),
            // DCS, SOS, OSC, PM or APC: each of them begins a control string.
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => skip_string(&mut rest),
            breaks if is_separator(breaks) => stored.push(' '),
            bidi if is_bidi_control(bidi) => push_by_number(bidi, &mut stored),
            control if control.is_control() => {}
            plain => stored.push(plain),
        }
    }
    stored
}

fn skip_escape(rest: &mut Peekable<Chars<'_>>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some('P' | 'X' | ']' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        // The escape sequence may have intermediate characters. One final character ends it.
        Some(' '..='~') => {
            while rest.next_if(|next| matches!(next, ' '..='/')).is_some() {}
            rest.next_if(|next| matches!(next, '0'..='~'));
        }
        // No escape sequence follows. So only the escape character itself is removed.
        _ => {}
    }
}

fn skip_control_sequence(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|next| matches!(next, ' '..='?')).is_some() {}
    rest.next_if(|next| matches!(next, '@'..='~'));
}

/// Skips the rest of a control string, such as one that sets a title. It ends at BEL, at ST (`ESC
/// \` or its one-character form), at another escape sequence, or at the end of the text.
fn skip_string(rest: &mut Peekable<Chars<'_>>) {
    while let Some(character) = rest.next() {
        match character {
            BELL | STRING_END => return,
            // The escape character begins `ESC \` or another escape sequence. Both end the control
            // string.
            ESCAPE => {
                if rest.next_if_eq(&'\\').is_none() {
                    skip_escape(rest);
                }
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn nothing_that_arrives_can_command_the_terminal() {
        for (given, shown) in [
            ("", ""),
            ("hello", "hello"),
            ("a\tb", "a\tb"),
            ("中文 and ünïcödé", "中文 and ünïcödé"),
            ("👩‍👩‍👧 \u{200d}\u{200c}", "👩‍👩‍👧 \u{200d}\u{200c}"),
            ("[31mnot an escape", "[31mnot an escape"),
            ("שלום", "שלום"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[2J\u{1b}[Hgone?", "gone?"),
            ("\u{1b}[38;5;196mdeep\u{1b}[m", "deep"),
            ("\u{1b}[?1049hother screen", "other screen"),
            ("\u{1b}[6nwhere am I", "where am I"),
            ("\u{1b}[>0;1 qcursor", "cursor"),
            ("\u{1b}[20;1", ""),
            ("cut \u{1b}[31", "cut "),
            ("\u{1b}[31中", "中"),
            ("\u{1b}[\u{1b}[31mtwice", "twice"),
            ("\u{9b}31mC1", "C1"),
            ("\u{9b}2Jclear", "clear"),
            ("\u{1b}]0;owned\u{7}title", "title"),
            ("\u{1b}]2;owned\u{1b}\\title", "title"),
            ("\u{1b}]52;c;cm0gLXJmIC8=\u{7}clipboard", "clipboard"),
            ("\u{9d}52;c;cm0gLXJmIC8=\u{9c}clipboard", "clipboard"),
            ("\u{1b}]8;;http://evil.example\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]0;never ends", ""),
            ("\u{1b}P$q\"p\u{1b}\\dcs", "dcs"),
            ("\u{90}+q544e\u{9c}dcs", "dcs"),
            ("\u{1b}_apc\u{1b}\\a\u{1b}^pm\u{1b}\\b\u{1b}Xsos\u{1b}\\c", "abc"),
            ("\u{98}sos\u{9c}\u{9e}pm\u{9c}\u{9f}apc\u{9c}x", "x"),
            ("\u{1b}]0;a\u{1b}[31mb", "b"),
            ("\u{1b}creset", "reset"),
            ("\u{1b}(0lqk", "lqk"),
            ("\u{1b}#8fill", "fill"),
            ("\u{1b}", ""),
            ("\u{1b}\u{1b}[1mbold", "bold"),
            ("\u{1b}中", "中"),
            ("bell\u{7} back\u{8}space\u{7f} nul\u{0}", "bell backspace nul"),
            ("over\rwrite \u{b}\u{c}page", "overwrite page"),
            ("one\ntwo", "onetwo"),
            ("shift \u{e}out\u{f}", "shift out"),
            ("C1 \u{84}\u{85}\u{8d}\u{9c}alone", "C1 alone"),
            ("a\u{2028}b\u{2029}c", "a b c"),
            ("\u{202e}exe.txt", "[U+202E]exe.txt"),
            ("\u{2066}a\u{2069}\u{200f}\u{61c}", "[U+2066]a[U+2069][U+200F][U+061C]"),
        ] {
            assert_eq!(strip(given), shown, "{given:?}");
        }
    }

    #[test]
    fn whatever_comes_nothing_that_controls_is_left() {
        let pieces =
            ["\u{1b}", "[", "]", "\u{9b}", "\u{9d}", "\u{7}", "\\", "m", ";", "1", "é", "\u{202e}"];
        let mut text = String::new();
        for number in 0..pieces.len().pow(4) {
            text.clear();
            for place in 0..4 {
                text.push_str(pieces[number / pieces.len().pow(place) % pieces.len()]);
            }
            let shown = strip(&text);
            assert!(!shown.chars().any(char::is_control), "{text:?} became {shown:?}");
            assert_eq!(strip(&shown), shown, "{text:?}");
        }
    }
}
