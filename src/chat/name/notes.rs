//! Names that would read as a note where lines are plain text.
//!
//! There a line begins with its author's name, and a note with a star: `Bo: hello`, `Bo meant: hi`,
//! `* Bo waves`, `* Bo set the topic: tea`, `* you are Bo`. Whoever is called `* Bo set the topic` or
//! `Bo meant` would put words into Bo's mouth, and whoever is called `you`, into the server's.
//!
//! Owns: which names those are, by what they look like.
//! Must not know: what else a name must keep.
//!
//! Next: `chat/room_name.rs`.

use std::sync::LazyLock;

use super::skeleton::Skeleton;

/// What somebody else is said to do; as far as a name may end in it and its owner may say the rest.
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
/// Whom people take for the server.
const SERVERS: &[&str] = &["server", "system"];

/// The same, as they look.
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

/// Whether a name of this look reads as a note, or as the server's.
pub(super) fn reads_as_note(name: &Skeleton) -> bool {
    let name = name.as_str();
    let is_deed =
        |deed: &String| name.strip_suffix(deed.as_str()).is_some_and(|it| it.ends_with(' '));
    // As many words as both have.
    let is_note =
        |note: &String| name.split(' ').zip(note.split(' ')).all(|(one, other)| one == other);
    name.starts_with('*')
        || LOOKS.servers.iter().any(|server| server == name)
        || LOOKS.deeds.iter().any(is_deed)
        || LOOKS.notes.iter().any(is_note)
}
