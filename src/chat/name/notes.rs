//! Names that would read like a note of the server in lines of plain text.
//!
//! In plain text a message begins with its author's name, and a note of the server with a star:
//! `Bo: hello`, `Bo meant: hi`, `* Bo waves`, `* Bo set the topic: tea`, `* you are Bo`. If a
//! person had the name `* Bo set the topic` or `Bo meant`, their messages could look as if they
//! were about Bo or from Bo. Messages of a person with the name `you` could look like the server's
//! notes.
//!
//! Owns: which names read like a note.
//! Must not know: the other rules for a name.
//!
//! Part: `chat/mod.rs`.

use std::sync::LazyLock;

use super::skeleton::Skeleton;

/// The words with which a note says what a person did, and the first words of them (`set`, `set
/// the`). A person could take a name that ends with the first words, and write the others as a
/// message.
const DEEDS: &[&str] = &[
    "meant",
    "set",
    "set the",
    "set the topic",
    "removed",
    "removed the",
    "removed the topic",
    "is",
    "is now",
    "deleted",
    "edited",
];
/// The first words of the server's notes that are not about other people.
const NOTES: &[&str] =
    &["you are", "you left", "this is", "not sent", "new messages", "messages are", "rooms"];
/// Names with which a person would look like the server.
const SERVERS: &[&str] = &["server", "system"];

/// The skeletons of the texts in `DEEDS`, `NOTES` and `SERVERS`.
struct Looks {
    deeds: Vec<String>,
    notes: Vec<String>,
    servers: Vec<String>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let of = |texts: &[&str]| -> Vec<String> {
        texts.iter().map(|text| Skeleton::of(text).as_str().to_owned()).collect()
    };
    Looks { deeds: of(DEEDS), notes: of(NOTES), servers: of(SERVERS) }
});

/// Returns whether a name with this skeleton reads like a note in plain text, or like a name of the
/// server.
pub(super) fn reads_as_note(name: &Skeleton) -> bool {
    let name = name.as_str();
    let is_seen_by_others =
        |deed: &String| name.strip_suffix(deed.as_str()).is_some_and(|it| it.ends_with(' '));
    // Compares the name with the note word by word. If one of them has more words than the other,
    // its last words do not matter.
    let is_note =
        |note: &String| name.split(' ').zip(note.split(' ')).all(|(one, other)| one == other);
    name.starts_with('*')
        || LOOKS.servers.iter().any(|server| server == name)
        || LOOKS.deeds.iter().any(is_seen_by_others)
        || LOOKS.notes.iter().any(is_note)
}
