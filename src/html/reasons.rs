//! Sentences for people, in their language: why the server refused a request, and the answer to
//! `/help`.
//!
//! A test makes sure that each reason has its sentence in each language.
//!
//! Owns: which sentence belongs to which reason.
//! Must not know: what was asked, where it is shown.
//!
//! Part: `html/mod.rs`.

#[cfg(test)]
mod tests;

use std::time::Duration;

use super::sentences::Sentences;
use super::text::length_of_time;
use crate::base::limits;
use crate::chat::answer::{Fault, Wrong};
use crate::chat::bad_command::BadCommand;
use crate::chat::name::BadName;
use crate::chat::refused::{Refused, in_hours, in_minutes};
use crate::chat::room_name::BadRoomName;

/// The names of the sentences in the answer to `/help`, in their order.
const HELP: [&str; 35] = [
    "helpFirst",
    "helpMe",
    "helpMsg",
    "helpName",
    "helpJoin",
    "helpLeave",
    "helpRooms",
    "helpWho",
    "helpWhois",
    "helpAway",
    "helpBack",
    "helpTopic",
    "helpPin",
    "helpPassword",
    "helpInvite",
    "helpMute",
    "helpUnmute",
    "helpKick",
    "helpUnkick",
    "helpFreeze",
    "helpUnfreeze",
    "helpHide",
    "helpShow",
    "helpReply",
    "helpEdit",
    "helpDelete",
    "helpHistory",
    "helpSearch",
    "helpAt",
    "helpForgetme",
    "helpQuit",
    "helpLast",
    "helpLines",
    "helpCode",
    "secretHint",
];

pub(crate) fn help(words: &Sentences) -> String {
    HELP.map(|key| words.say(key)).join("\n")
}

pub(crate) fn bad_name(words: &Sentences, why: BadName) -> String {
    let why_not = no_name(words, why);
    // Who has typed nothing has typed no bad name.
    if why == BadName::Empty { why_not } else { words.fill("badName", &[("why", &why_not)]) }
}

fn no_name(words: &Sentences, why: BadName) -> String {
    let (rule, what) = why.why();
    words.fill(&format!("name-{rule}"), &[("what", &what.unwrap_or_default())])
}

pub(crate) fn bad_room(words: &Sentences, why: BadRoomName) -> String {
    let why_not = no_room(words, why);
    if why == BadRoomName::Empty { why_not } else { words.fill("badRoom", &[("why", &why_not)]) }
}

fn no_room(words: &Sentences, why: BadRoomName) -> String {
    let say = |key: &str| words.say(key).to_owned();
    let most = |key, count: usize| words.fill(key, &[("n", &count.to_string())]);
    match why {
        BadRoomName::Empty => say("roomEmpty"),
        BadRoomName::TooLong => most("roomLong", limits::ROOM_CHARS_MAX),
        BadRoomName::TooManyBytes => most("roomBytes", limits::ROOM_BYTES_MAX),
        BadRoomName::Invisible => say("roomInvisible"),
        BadRoomName::Marks => say("roomMarks"),
        BadRoomName::Character(sign) => words.fill("roomCharacter", &[("sign", &sign.to_string())]),
    }
}

/// Returns the sentence which says that the server has lost this many lines, which a person may
/// have seen. If `is_damaged` is true, the sentence says that the history's file was damaged;
/// otherwise that there was a crash.
pub fn not_kept(words: &Sentences, lines: u64, is_damaged: bool) -> String {
    let (one, many) =
        if is_damaged { ("linesLostOne", "linesLost") } else { ("notKeptOne", "notKept") };
    words.count(lines, one, many)
}

/// Returns the sentence for the reason why the hub refused a request. The name of the sentence is
/// usually the protocol's word for the reason, because the page's script uses these names, too.
pub fn refused(words: &Sentences, why: &Refused) -> String {
    let fill = |key: &str, n: &str| words.fill(key, &[("n", n)]);
    match why {
        Refused::NameKept(time) => match in_hours(*time) {
            ..=2 => fill("nameKeptMinutes", &in_minutes(*time).to_string()),
            hours @ ..=48 => fill("nameKeptHours", &hours.to_string()),
            hours => fill("nameKeptDays", &hours.div_ceil(24).to_string()),
        },
        Refused::Muted(time) => words.fill("mutedFor", &[("time", &rounded(words, *time))]),
        Refused::Blocked(time) => words.fill("blockedFor", &[("time", &rounded(words, *time))]),
        Refused::PutOut(time) => words.fill("putOutFor", &[("time", &rounded(words, *time))]),
        Refused::RoomsOfNetwork(rooms) => fill("roomsOfAddress", &rooms.to_string()),
        Refused::NameGivenUp => words.say("nameGivenUp").to_owned(),
        Refused::NameHasSecret => words.say("nameHasPassword").to_owned(),
        Refused::PasswordNeeded => words.say("roomAsks").to_owned(),
        _ => fill(why.word(), &seconds(why)),
    }
}

/// Returns the time in words, rounded up to whole minutes, or to whole hours if it is long.
pub(crate) fn rounded(words: &Sentences, time: Duration) -> String {
    let hours = in_hours(time);
    let time = if hours > 2 { hours * 60 } else { in_minutes(time) };
    length_of_time(words, Duration::from_secs(time * 60))
}

/// Returns how many seconds the person must wait before the refused request can be sent again:
/// rounded up, and at least 1. If the refusal says no time, returns 1.
pub(crate) fn seconds(why: &Refused) -> String {
    why.wait().unwrap_or_default().as_millis().div_ceil(1000).max(1).to_string()
}

pub(crate) fn fault(words: &Sentences, fault: &Fault) -> String {
    let say = |key: &str| words.say(key).to_owned();
    let most = |key, count: usize| words.fill(key, &[("n", &count.to_string())]);
    match fault.wrong.as_deref() {
        None => say("notUnderstood"),
        Some(Wrong::Name(why)) => bad_name(words, *why),
        Some(Wrong::Room(why)) => bad_room(words, *why),
        Some(Wrong::Command(why)) => bad_command(words, why),
        Some(Wrong::Empty) => say("empty"),
        Some(Wrong::NoAddressee) => say("noAddressee"),
        Some(Wrong::TooLong(bytes)) => words.too_long(*bytes),
        Some(Wrong::NoSecret) => say("secretMissing"),
        Some(Wrong::TooManyGuesses(wait)) => refused(words, &Refused::TooManyGuesses(*wait)),
        Some(Wrong::TooManySecrets) => words.fill("too-fast", &[("n", "1")]),
        Some(Wrong::LongSecret) => long_password(words),
        Some(Wrong::TooManyWords) => most("findLess", limits::SEARCH_WORDS_MAX),
    }
}

/// Returns the sentence that says how long a password can be.
pub(crate) fn long_password(words: &Sentences) -> String {
    words.fill("secretLong", &[("n", &words.letters(limits::SECRET_BYTES_MAX))])
}

fn bad_command(words: &Sentences, why: &BadCommand) -> String {
    let say = |key: &str| words.say(key).to_owned();
    match why {
        BadCommand::Unknown(word) => words.fill("noCommand", &[("word", &format!("/{word}"))]),
        BadCommand::Written(how) => {
            // Show the help's line about the command, because that is in the person's language.
            let name = how.split([' ', ',']).next().unwrap_or_default();
            let line = HELP
                .iter()
                .map(|key| words.say(key))
                .find(|line| line.split_whitespace().next() == Some(name));
            words.fill("commandUsage", &[("usage", line.unwrap_or(how))])
        }
        BadCommand::TooManyLines => {
            words.fill("commandUsage", &[("usage", words.say("helpHistory"))])
        }
        BadCommand::NoNumber(typed) => words.fill("noNumber", &[("n", typed)]),
        BadCommand::Room(why) => bad_room(words, *why),
        BadCommand::TopicAbove(room) => words.fill("topicAbove", &[("room", room)]),
        BadCommand::OnlyInRoom => say("onlyInRoom"),
        BadCommand::CannotIgnore => say("cannotIgnore"),
        BadCommand::NothingToDo => say("nothingToDo"),
        BadCommand::Help => help(words),
    }
}
