//! What went wrong, for people: a status, and a sentence with what to do.
//!
//! Owns: which sentence.
//! Must not know: on which page it stands.
//!
//! Next: `pages/entering.rs`.

use super::reasons::{self, bad_name};
use super::words::Sentences;
use crate::admission::entrance::NoEntry;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::told::{Fault, Wrong};
use crate::limits;
use crate::visit::errand::Say;
use crate::visit::find::BadFind;

/// Why nobody could say this: a status, and words for it.
pub(super) fn bad_text(
    words: &Sentences,
    text: &str,
    text_bytes_max: usize,
) -> Option<(u16, String)> {
    let over = text.len().saturating_sub(text_bytes_max);
    if over > 0 {
        return Some((413, words.number("tooLong", over as u64)));
    }
    text.is_empty().then(|| (422, words.say("empty").to_owned()))
}

/// Nobody knows yet whether what was said with this form is kept: sent again it is there once, or
/// twice if the form has no number.
pub(super) fn not_yet(words: &Sentences, form: &Say) -> String {
    words.say(if form.id.is_some() { "notYet" } else { "notYetTwice" }).to_owned()
}

/// What was wrong with the password that was given for the box, if one was.
pub(super) fn no_entry(words: &Sentences, why: NoEntry) -> Option<String> {
    let wait = limits::GUESS_INTERVAL.as_secs().to_string();
    match why {
        NoEntry::Needed => None,
        NoEntry::Wrong => Some(words.say("wrongPassword").to_owned()),
        NoEntry::TooManyGuesses => Some(words.fill("tooManyGuesses", &[("n", &wait)])),
    }
}

pub(super) fn cannot_find(words: &Sentences, why: BadFind) -> String {
    match why {
        BadFind::From(why) => bad_name(words, why),
        BadFind::Day => words.say("badDay").to_owned(),
        BadFind::TooMuch => words.fill("findLess", &[("n", &limits::SEARCH_WORDS_MAX.to_string())]),
    }
}

/// What was asked in this room did not happen, and why.
pub(super) fn refusal(words: &Sentences, refused: &Refused, room: &RoomName) -> String {
    match refused {
        // Its text is in the field again.
        Refused::TooFast(_) => words.fill("tooFast", &[("n", &reasons::seconds(refused))]),
        Refused::PasswordNeeded => words.fill("refusedPassword", &[("room", room.as_str())]),
        // A line becomes a guest's; a form makes none.
        Refused::TooManyDevices(_) => too_often(words).to_owned(),
        other => reasons::refused(words, other),
    }
}

/// One person is here as often as one may be.
pub(super) fn too_often(words: &Sentences) -> &str {
    words.say("hereTooOften")
}

/// Of a request that could not be understood, or not now.
pub(super) fn status_of(fault: &Fault, usual: u16) -> u16 {
    if fault.wrong.as_deref() == Some(&Wrong::TooManySecrets) { 429 } else { usual }
}

pub(super) fn status(refused: &Refused) -> u16 {
    match refused {
        Refused::TooFast(_) | Refused::TooManyGuesses(_) => 429,
        Refused::PasswordNeeded | Refused::WrongPassword => 403,
        _ => 409,
    }
}
