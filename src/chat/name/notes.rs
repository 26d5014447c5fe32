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

use super::skeleton::Skeleton;

/// Words that follow a person's name in a note and say what the person did (`set the topic`). Their
/// beginnings (`set the`) are here, too: a person could take a name that ends with the beginning,
/// and write the rest as a message.
const DEEDS: &[&str] = &[
    "meant",
    "set",
    "set the",
    "set the topic",
    "removed",
    "removed the",
    "removed the topic",
    "removed the pin",
    "pinned",
    "is",
    "is now",
    "is away",
    "is back",
    "is here",
    "was last seen",
    "deleted",
    "edited",
];
/// The first words of the server's notes that do not begin with a person's name.
const NOTES: &[&str] = &[
    "you are",
    "you left",
    "this is",
    "pinned",
    "not sent",
    "new messages",
    "messages are",
    "rooms",
    "somebody removed",
];
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

/// The skeletons of the texts in `DEEDS`, `NOTES` and `NOBODIES`.
struct Looks {
    deeds: Vec<String>,
    notes: Vec<String>,
    nobodies: Vec<String>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let of = |texts: &[&str]| -> Vec<String> {
        texts.iter().map(|text| Skeleton::of(text).as_str().to_owned()).collect()
    };
    Looks { deeds: of(DEEDS), notes: of(NOTES), nobodies: of(NOBODIES) }
});

pub(super) fn reads_as_note(name: &Skeleton) -> bool {
    let name = name.as_str();
    let is_deed =
        |deed: &String| name.strip_suffix(deed.as_str()).is_some_and(|start| start.ends_with(' '));
    // The name is compared with the beginning of a note, word by word. If one of the two texts has
    // more words, its further words do not matter.
    let is_note =
        |note: &String| name.split(' ').zip(note.split(' ')).all(|(word, wanted)| word == wanted);
    let is_nobody = |nobody: &String| nobody == name.trim_end_matches(['.', '。']);
    name.starts_with('*')
        || LOOKS.nobodies.iter().any(is_nobody)
        || LOOKS.deeds.iter().any(is_deed)
        || LOOKS.notes.iter().any(is_note)
}
