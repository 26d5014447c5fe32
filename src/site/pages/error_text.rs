//! What went wrong, for people: a status, and a sentence that says what to do.
//!
//! Owns: which status and sentence.
//! Must not know: on which page the sentence stands.
//!
//! Part: `site/pages/mod.rs`.

use crate::admission::entrance::NoEntry;
use crate::base::limits;
use crate::chat::answer::{Fault, Wrong};
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::html::reasons::{self, bad_name};
use crate::html::sentences::Sentences;
use crate::site::visit::page_request::{MessageForm, PageTask};
use crate::site::visit::search_form::BadSearch;
use crate::site::visit::stranger::without_secret;

/// Returns why this text cannot be said: a status and a sentence. `None`: it can be said.
pub(super) fn bad_text(
    words: &Sentences,
    text: &str,
    text_bytes_max: usize,
) -> Option<(u16, String)> {
    let over = text.len().saturating_sub(text_bytes_max);
    if over > 0 {
        return Some((413, words.too_long(over)));
    }
    text.is_empty().then(|| (422, words.say("empty").to_owned()))
}

/// Returns the sentence which says that nobody knows yet whether the text of this form is stored.
/// If its message has no id, the sentence adds that the text may be said twice if the person sends
/// it again.
pub(super) fn maybe_stored(words: &Sentences, form: &MessageForm) -> String {
    words.say(if form.id.is_some() { "notYet" } else { "notYetTwice" }).to_owned()
}

/// Returns the sentence for a form that belongs to another session. The sentence says that the
/// reader now speaks as `me`; `None`: it names nobody.
pub(super) fn old_form(words: &Sentences, me: Option<&Name>) -> String {
    match me {
        Some(name) => words.fill("oldFormOf", &[("name", name.shown())]),
        None => words.say("oldForm").to_owned(),
    }
}

/// Returns the sentence which says why the server's password in a request was not accepted; `None`:
/// the request contained no password.
pub(super) fn bad_password(words: &Sentences, why: NoEntry) -> Option<String> {
    let wait = limits::GUESS_INTERVAL.as_secs().to_string();
    match why {
        NoEntry::PasswordNeeded => None,
        NoEntry::WrongPassword => Some(words.say("wrong-password").to_owned()),
        NoEntry::TooManyGuesses => Some(words.fill("too-many-guesses", &[("n", &wait)])),
    }
}

pub(super) fn bad_search(words: &Sentences, why: BadSearch) -> String {
    match why {
        BadSearch::Empty => words.say("searchEmpty").to_owned(),
        BadSearch::From(why) => bad_name(words, why),
        BadSearch::Day => words.say("badDay").to_owned(),
        BadSearch::TooMuch => {
            words.fill("findLess", &[("n", &limits::SEARCH_WORDS_MAX.to_string())])
        }
    }
}

/// Returns the sentence for a request in this room that the hub refused. `name` is the name that
/// the sender wanted, as it was typed; empty if the sender wanted none.
pub(super) fn refused_text(
    words: &Sentences,
    refused: &Refused,
    room: &RoomName,
    name: &str,
) -> String {
    match refused {
        Refused::NameTaken if !name.is_empty() => words.fill("nameHere", &[("name", name)]),
        Refused::NameHasSecret if !name.is_empty() => words.fill("nameTakenBy", &[("name", name)]),
        // Unlike the usual sentence, this one also says that the text is in the page's field again.
        Refused::TooFast(_) => words.fill("tooFast", &[("n", &reasons::seconds(refused))]),
        Refused::PasswordNeeded => words.fill("refusedPassword", &[("room", room.as_str())]),
        // The usual sentence says that the client is a guest now. That is true of a client with a
        // connection, but a form makes no guest.
        // Each form that is under way counts, too.
        Refused::TooManyDevices(_) => too_many_at_once(words).to_owned(),
        other => reasons::refused(words, other),
    }
}

/// Returns the name that the sender of a form wants to have, as it was typed; empty if it wants
/// none.
pub(super) fn wanted_name(task: &PageTask) -> &str {
    match task {
        PageTask::PostText(form) => form.stranger.name(),
        PageTask::EnterRoom(form) => form.stranger.name(),
        PageTask::RunCommand(command) => match command.form.text.strip_prefix("/name ") {
            Some(typed) => without_secret(typed).trim(),
            None => command.form.stranger.name(),
        },
        _ => "",
    }
}

pub(super) fn too_many_clients(words: &Sentences) -> &str {
    words.say("hereTooOften")
}

/// Returns the sentence for a form, which may be one of many that are sent at once.
pub(super) fn too_many_at_once(words: &Sentences) -> &str {
    words.say("sendsTooOften")
}

/// Returns the status for a request with this fault: 429 if secrets cannot be checked just now, or
/// else `usual`.
pub(super) fn fault_status(fault: &Fault, usual: u16) -> u16 {
    if fault.wrong.as_deref() == Some(&Wrong::TooManySecrets) { 429 } else { usual }
}

pub(super) fn refused_status(refused: &Refused) -> u16 {
    match refused {
        Refused::TooFast(_) | Refused::TooManyGuesses(_) => 429,
        Refused::PasswordNeeded | Refused::WrongPassword => 403,
        _ => 409,
    }
}
