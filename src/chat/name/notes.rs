//! Names that would read like a note of the server in lines of plain text.
//!
//! In plain text a message of Bo is `Bo: hello`, and an edit is `Bo meant: hi`. A note of the
//! server begins with a star, such as `* Bo set the topic: tea` or `* you are Bo`. If a person took
//! the name `Bo meant`, their messages would look like edits by Bo. Their messages would look like
//! notes of the server if they took the name `* Bo set the topic`.
//!
//! Owns: which names read like a note.
//! Must not know: the other rules for a name.
//!
//! Part: `chat/mod.rs`.

use std::sync::LazyLock;

use super::skeleton::{Skeleton, may_be_digit};

/// Words that follow a person's name in a note and say what the person did. A name must not end
/// with their beginning (`set the`) either: its person could write the rest as a message with
/// `/me`. And it must not go on after several of them (`Bo is now Ann`).
const DEEDS: &[&str] = &[
    "meant",
    "set the topic",
    "removed the topic",
    "removed the pin",
    "pinned",
    "joined",
    "left",
    "is now",
    "is away",
    "is back",
    "is here",
    "was last seen",
    "has a new",
    "deleted",
    "edited",
    "has muted",
    "has put",
    "has banned",
    "has let",
    "has made",
    "has ended",
    "has removed",
    "has deleted",
    "has reported",
    "has written",
    "has seen",
    "has begun",
    "has raised",
    "has taken",
    "has voted",
    "has blocked",
    "has slowed",
    "has closed",
    "has opened",
    "has frozen",
    "has unfrozen",
];
/// The first words of the server's notes that do not begin with a person's name.
const NOTES: &[&str] = &[
    "you are",
    "you left",
    "you have left",
    "you can edit",
    "this is",
    "this name",
    "this room",
    "this link",
    "this invite",
    "this server",
    "that is",
    "there is",
    "there are",
    "the server",
    "the stream",
    "the pinned message",
    "pinned",
    "not sent",
    "new messages",
    "older messages",
    "messages are",
    "your messages",
    "rooms",
    "somebody removed",
    "whoever opens",
    "only the",
    "another person",
    "too many",
    "too fast",
];
/// The words after the number with which a note begins, such as `3 in den`.
const COUNTED: &[&str] = &["in", "older messages", "messages were", "rooms were"];
/// The server's own names, and what the formats and pages write where a person's name or text would
/// stand: the person has left for good, or the message is deleted.
const NOBODIES: &[&str] = &[
    "server",
    "system",
    "removed",
    "deleted",
    "nobody",
    "somebody who left",
    "message deleted",
    "已离开的人",
    "消息已删除",
];

/// The skeletons of the texts in the lists.
struct Looks {
    deeds: Vec<String>,
    notes: Vec<String>,
    counted: Vec<String>,
    nobodies: Vec<String>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let of = |texts: &[&str]| -> Vec<String> {
        texts.iter().map(|text| Skeleton::of(text).as_str().to_owned()).collect()
    };
    Looks { deeds: of(DEEDS), notes: of(NOTES), counted: of(COUNTED), nobodies: of(NOBODIES) }
});

/// Returns whether the words are the beginning of the text, or begin with it.
fn agree(words: &[&str], text: &str) -> bool {
    words.iter().zip(text.split(' ')).all(|(word, wanted)| *word == wanted)
}

/// Returns whether this name, which is `shown` to people, reads like a note.
pub(super) fn reads_as_note(shown: &str, name: &Skeleton) -> bool {
    let name = name.as_str();
    let words: Vec<_> = name.split(' ').collect();
    let is_deed = |deed: &String| {
        (1..words.len()).any(|first| {
            let rest = &words[first..];
            agree(rest, deed) && (rest.len() == 1 || deed.contains(' '))
        })
    };
    let is_number = shown.chars().all(char::is_numeric);
    let has_digit = shown.split(' ').next().is_some_and(|word| word.contains(char::is_numeric));
    let is_count = words.split_first().filter(|_| has_digit).is_some_and(|(first, rest)| {
        let is_counted = |text: &String| !rest.is_empty() && agree(rest, text);
        first.chars().all(may_be_digit) && LOOKS.counted.iter().any(is_counted)
    });
    let is_nobody = |nobody: &String| nobody == name.trim_end_matches(['.', '。']);
    name.starts_with('*')
        || is_number
        || is_count
        || LOOKS.nobodies.iter().any(is_nobody)
        || LOOKS.deeds.iter().any(is_deed)
        || LOOKS.notes.iter().any(|note| agree(&words, note))
}
