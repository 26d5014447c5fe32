//! Names that would read like a note in lines of plain text.
//!
//! In plain text a message begins with its author's name, and a note of the server with a star:
//! `Bo: hello`, `Bo meant: hi`, `* Bo waves`, `* Bo set the topic: tea`, `* you are Bo`. A line of
//! a person with the name `* Bo set the topic` or `Bo meant` could look like Bo's, and a line of a
//! person with the name `you` like the server's.
//!
//! Owns: which names read like a note, by their look.
//! Must not know: the other rules for a name.
//!
//! Part: `chat/mod.rs`.

use std::sync::LazyLock;

use super::skeleton::Skeleton;

/// The actions of people that notes report. Their beginnings are listed, too: a name may end with
/// such a beginning, and its owner's message could add the rest.
const DEEDS: &[&str] = &[
    "meant",
    "set",
    "set the",
    "set the topic",
    "took",
    "took the",
    "took the topic",
    "is",
    "is now",
    "deleted",
    "edited",
];
/// How the server's own notes begin.
const NOTES: &[&str] =
    &["you are", "you left", "this is", "not said", "new messages", "what is said", "rooms"];
/// Names that people would take for the server.
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

/// Returns whether a name with this skeleton reads like a note in plain text, or like the server.
pub(super) fn reads_as_note(name: &Skeleton) -> bool {
    let name = name.as_str();
    let is_seen_by_others =
        |deed: &String| name.strip_suffix(deed.as_str()).is_some_and(|it| it.ends_with(' '));
    // Compares the name and the note word by word, up to the end of the shorter one.
    let is_note =
        |note: &String| name.split(' ').zip(note.split(' ')).all(|(one, other)| one == other);
    name.starts_with('*')
        || LOOKS.servers.iter().any(|server| server == name)
        || LOOKS.deeds.iter().any(is_seen_by_others)
        || LOOKS.notes.iter().any(is_note)
}
