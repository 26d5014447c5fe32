//! A room's name. It is part of the URL of the room's page. The first client that enters a room
//! makes the room.
//!
//! Owns: the rules for a name that was typed or is in a URL, and the sentence for each broken rule.
//! A name is accepted or refused, and never shortened.
//! Must not know: who is in which room, people's names, URLs and their escapes.
//!
//! Part: `chat/mod.rs`.

use std::fmt;
use std::sync::Arc;

use precis_profiles::precis_core::{IdentifierClass, StringClass};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::name::{Marks, fold, is_invisible, is_newer_than_precis, visible};
use crate::base::limits::{ROOM_BYTES_MAX, ROOM_CHARS_MAX, TYPED_NAME_BYTES_MAX};

/// Why a typed text cannot be a room's name. Each reason has a sentence for the person who typed
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRoomName {
    /// Nothing was typed, or only white space or a `#`.
    #[error("type a room name")]
    Empty,
    /// The name has more than [`ROOM_CHARS_MAX`] visible characters, or the typed text has more
    /// than [`TYPED_NAME_BYTES_MAX`] bytes.
    #[error("a room name can have at most {ROOM_CHARS_MAX} characters; choose a shorter one")]
    TooLong,
    /// The name has more than [`ROOM_BYTES_MAX`] bytes of UTF-8.
    #[error("a room name can take at most {ROOM_BYTES_MAX} bytes; choose a shorter one")]
    TooManyBytes,
    /// The text has an invisible character, a control character, or a character that ends a line.
    #[error("a room name cannot contain invisible characters; type it instead of pasting it")]
    Invisible,
    /// One letter has too many combining marks, such as accents; or a combining mark has no letter.
    #[error("a room name cannot have so many accents on one letter, or an accent without a letter")]
    Marks,
    /// The name has a character that is not a letter, a digit, `-` or `_`. The value is that
    /// character.
    #[error("a room name can have only letters, digits, - and _; remove {0}")]
    Character(char),
}

/// A room's name, in the one form in which it is shown, compared and linked to. A clone uses the
/// same memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoomName(Arc<str>);

impl RoomName {
    /// Makes a room's name from a text that a person typed, or from a part of a URL whose escapes
    /// are decoded. A name has letters and digits of any script, `-` and `_`.
    ///
    /// Spaces around the name and one `#` before it are dropped. Spaces between words become one
    /// `-`. The name is converted to NFKC and to lower case, so no two rooms differ only by case.
    /// Parsing the result gives an equal name. Takes microseconds.
    ///
    /// # Errors
    /// The first broken rule, as a sentence for the person.
    pub fn parse(typed: &str) -> Result<Self, BadRoomName> {
        // In most requests the name has its normal form already. `parse_any` would return the same
        // name, but takes longer.
        if is_plain(typed) { Ok(Self(typed.into())) } else { Self::parse_any(typed) }
    }

    #[inline(never)]
    fn parse_any(typed: &str) -> Result<Self, BadRoomName> {
        let trimmed = typed.trim_matches(' ');
        // The length is checked first, because the other checks take longer for a long text.
        if trimmed.len() > TYPED_NAME_BYTES_MAX {
            return Err(BadRoomName::TooLong);
        }
        if trimmed.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(BadRoomName::Invisible);
        }
        let composed: String = trimmed.nfkc().collect();
        let composed = composed.trim();
        let plain = composed.strip_prefix('#').unwrap_or(composed);
        let words: Vec<&str> = plain.split_whitespace().collect();
        let name = fold(&words.join("-"));
        check(&name)?;
        Ok(Self(name.into()))
    }

    /// Makes the name of the lobby, the room that every server has.
    pub fn lobby() -> Self {
        Self("lobby".into())
    }

    /// Makes a name from a stored text, without checking the text. It was valid when the room was
    /// made, but the rules may have changed.
    pub fn stored(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the name in the form that people see. In a URL it must be escaped.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns whether the text has only lower-case ASCII letters, digits, `-` and `_`, and no more
/// than [`ROOM_CHARS_MAX`] of them, but at least one. Such a text is a name in its normal form.
fn is_plain(typed: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    (1..=ROOM_CHARS_MAX).contains(&typed.len()) && typed.bytes().all(plain)
}

fn check(name: &str) -> Result<(), BadRoomName> {
    if name.is_empty() {
        return Err(BadRoomName::Empty);
    }
    if let Some(sign) = name.chars().find(|c| !may_appear(*c)) {
        return Err(BadRoomName::Character(sign));
    }
    if visible(name) > ROOM_CHARS_MAX {
        return Err(BadRoomName::TooLong);
    }
    if !Marks::fit(name) {
        return Err(BadRoomName::Marks);
    }
    if name.len() > ROOM_BYTES_MAX {
        return Err(BadRoomName::TooManyBytes);
    }
    Ok(())
}

/// Returns whether a name may have this character: `-`, `_`, letters, digits, and the marks with
/// which many scripts write vowels. For circled letters and the like the answer is no, as in
/// PRECIS's class for identifiers, because they are symbols.
fn may_appear(c: char) -> bool {
    match c {
        '-' | '_' => true,
        c if c.is_ascii() => c.is_ascii_alphanumeric(),
        c => {
            (c.is_alphanumeric() || is_combining_mark(c))
                && (is_newer_than_precis(c)
                    || IdentifierClass::default().allows(c.encode_utf8(&mut [0; 4])).is_ok())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use unicode_normalization::UnicodeNormalization;

    use super::{BadRoomName, RoomName};
    use crate::base::limits::{ROOM_BYTES_MAX, ROOM_CHARS_MAX};

    proptest! {
        /// `parse` has a short path for plain names. It gives the same result as `parse_any`.
        #[test]
        fn a_plain_name_is_in_its_one_form_already(plain in "[a-z0-9_-]{1,33}") {
            prop_assert_eq!(RoomName::parse(&plain), RoomName::parse_any(&plain));
        }
    }

    fn room(typed: &str) -> String {
        RoomName::parse(typed).unwrap_or_else(|error| panic!("{typed}: {error}")).to_string()
    }

    #[test]
    fn what_is_typed_becomes_one_form() {
        for (typed, name) in [
            ("lobby", "lobby"),
            ("  Lobby ", "lobby"),
            ("#Garden", "garden"),
            ("# garden", "garden"),
            ("＃Ｇａｒｄｅｎ", "garden"),
            ("the  old\u{3000}mill", "the-old-mill"),
            ("class_4-b", "class_4-b"),
            ("Straße", "strasse"),
            ("Καφές", "καφές"),
            ("İstanbul", "istanbul"),
            ("Младост 2", "младост-2"),
            ("厨房", "厨房"),
            ("हिन्दी", "हिन्दी"),
            ("ကျော်", "ကျော်"),
            ("ห้องเรียน", "ห้องเรียน"),
            ("غرفة ٣", "غرفة-٣"),
            ("한국", "한국"),
            ("𞤀𞤣𞤤𞤢𞤥", "𞤢𞤣𞤤𞤢𞤥"),
        ] {
            assert_eq!(room(typed), name);
            assert_eq!(room(name), name, "again");
        }
        assert_eq!(room("lobby"), RoomName::lobby().as_str());
    }

    #[test]
    fn no_two_rooms_differ_by_case_only() {
        for twins in [
            &["lobby", "LOBBY", "Lobby", "lObBy"][..],
            &["Straße", "STRASSE", "STRAẞE", "strasse"],
            &["καφές", "ΚΑΦΈΣ", "καφέσ"],
            &["İstanbul", "istanbul", "ISTANBUL", "İ\u{307}STANBUL"],
            &["ǆ", "Ǆ", "ǅ"],
            &["ᾼ\u{301}\u{307}", "ᾴ\u{307}"],
            &["садът", "САДЪТ"],
        ] {
            let rooms: HashSet<_> = twins.iter().map(|typed| room(typed)).collect();
            assert_eq!(rooms.len(), 1, "{rooms:?}");
        }
    }

    #[test]
    fn everything_else_is_refused_and_told_why() {
        for (typed, expected) in [
            ("", BadRoomName::Empty),
            ("   ", BadRoomName::Empty),
            ("#", BadRoomName::Empty),
            ("##a", BadRoomName::Character('#')),
            ("a/b", BadRoomName::Character('/')),
            ("..", BadRoomName::Character('.')),
            ("a%20b", BadRoomName::Character('%')),
            ("a?b", BadRoomName::Character('?')),
            ("<b>", BadRoomName::Character('<')),
            ("🦊", BadRoomName::Character('🦊')),
            ("🅰", BadRoomName::Character('🅰')),
            ("a\u{b7}b", BadRoomName::Character('\u{b7}')),
            ("a\nb", BadRoomName::Invisible),
            ("a\tb", BadRoomName::Invisible),
            ("a\u{2028}b", BadRoomName::Invisible),
            ("a\u{200b}b", BadRoomName::Invisible),
            ("a\u{202e}b", BadRoomName::Invisible),
            ("a\u{fe0f}b", BadRoomName::Invisible),
            ("\u{301}a", BadRoomName::Marks),
            ("a-\u{301}", BadRoomName::Marks),
            ("q\u{301}\u{302}\u{303}\u{304}", BadRoomName::Marks),
        ] {
            assert_eq!(RoomName::parse(typed), Err(expected), "{}", typed.escape_unicode());
            assert!(expected.to_string().contains("room name"), "{expected}");
        }
    }

    #[test]
    fn a_room_has_thirty_two_characters_and_ninety_six_bytes_at_most() {
        for letter in ["a", "王"] {
            assert_eq!(room(&letter.repeat(ROOM_CHARS_MAX)).chars().count(), ROOM_CHARS_MAX, "max");
            let longer = letter.repeat(ROOM_CHARS_MAX + 1);
            assert_eq!(RoomName::parse(&longer), Err(BadRoomName::TooLong), "max + 1");
        }
        let most = "𐐨".repeat(ROOM_BYTES_MAX / 4);
        assert_eq!(room(&most), most);
        assert_eq!(RoomName::parse(&format!("{most}a")), Err(BadRoomName::TooManyBytes));
        assert_eq!(RoomName::parse(&"a".repeat(10_000_000)), Err(BadRoomName::TooLong));
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_is_stable(
            text in prop_oneof![any::<String>(), "[\\w #-]{0,12}", "[ßẞſıİiKŉǆςσΣᾳᾼΐ\u{345}\u{301}\u{307}a-]{0,8}"],
        ) {
            if let Ok(room) = RoomName::parse(&text) {
                prop_assert!(!room.as_str().is_empty() && room.as_str().len() <= ROOM_BYTES_MAX);
                prop_assert_eq!(RoomName::parse(room.as_str()), Ok(room.clone()));
                let text: String = text.nfkd().collect();
                for twin in [text.to_lowercase(), text.to_uppercase()] {
                    if let Ok(twin) = RoomName::parse(&twin) {
                        prop_assert_eq!(&twin, &room);
                    }
                }
            }
        }
    }
}
