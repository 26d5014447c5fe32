//! What a thread of this program does, by its name; and between which threads a queue lies.
//!
//! Owns: the reading of the tables of `docs/THREADS.md`, so that the glass box and the paper say
//! the same; the source file of each kind of thread.
//! Must not know: the kernel.
//!
//! Part: `glass/mod.rs`.

/// What THREADS.md says of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// The name that THREADS.md gives this kind of thread, such as `r-<id>`.
    pub(super) kind: &'static str,
    /// What the thread waits for, and so what wakes it.
    pub(super) waits_for: &'static str,
    /// When the thread ends.
    pub(super) ends_when: &'static str,
    /// The file in which the thread does its work; `None`: the work is not our own code.
    pub(super) source: Option<&'static str>,
}

/// What THREADS.md says of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct QueueRole {
    /// Which threads put something in, and which thread takes it out.
    pub(super) from_to: &'static str,
    /// What happens if the queue is full.
    pub(super) when_full: &'static str,
}

const THREADS: &str = include_str!("../../docs/THREADS.md");

/// The kernel names the main thread after the program.
const MAIN: &str = "threadbare";

/// The source file of each kind of thread. A test compares the list with the tree.
const SOURCES: [(&str, &str); 13] = [
    ("accept", "src/server/accept.rs"),
    ("door", "src/server/door/mod.rs"),
    ("r-<id>", "src/server/client/reader.rs"),
    ("w-<id>", "src/server/client/writer.rs"),
    ("parked", "src/base/threads/pool.rs"),
    ("hub", "src/server/hub/mod.rs"),
    ("main", "src/server/serve.rs"),
    ("control", "src/server/control/mod.rs"),
    ("log", "src/base/log.rs"),
    ("history", "src/history/mod.rs"),
    ("http-<n>", "src/server/http/responder.rs"),
    ("http-pool", "src/server/http/generation.rs"),
    ("pack", "src/site/pages/packer.rs"),
];

/// Returns the role of the thread with this name, such as `r-7`; `None`: the paper has no such
/// thread.
pub(super) fn of(name: &str) -> Option<Role> {
    let name = if name == MAIN { "main" } else { name };
    rows().find_map(|[kind, _how_many, waits_for, ends_when]| {
        let kind = kind.trim_matches('`');
        let source = SOURCES.iter().find(|(one, _)| *one == kind).map(|(_, source)| *source);
        let is_thread = kind != "thread" && is_name(kind, name);
        is_thread.then_some(Role { kind, waits_for, ends_when, source })
    })
}

/// Returns the role of the hub's inbox with this name, such as `broadcast`.
pub(super) fn of_inbox(name: &str) -> Option<QueueRole> {
    let field = if name == "register" { "registrations" } else { name };
    let marks = [format!("`{field}` of"), format!("`{field}_inbox` of")];
    rows().find_map(|[queue, from_to, _holds, when_full]| {
        let is_it = marks.iter().any(|mark| queue.contains(mark.as_str()));
        is_it.then_some(QueueRole { from_to, when_full })
    })
}

/// Returns the rows of four cells of all tables in the paper.
fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    THREADS.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        Some([cells.next()?, cells.next()?, cells.next()?, cells.next()?])
    })
}

/// Returns whether `name` is one of those that `pattern` means: `r-<id>` means each `r-` with a
/// number.
fn is_name(pattern: &str, name: &str) -> bool {
    match pattern.split_once('<') {
        Some((before, _)) => name.strip_prefix(before).is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        }),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SOURCES, of, of_inbox};

    #[test]
    fn each_kind_of_thread_has_its_words_from_the_paper() {
        assert!(of("r-7").unwrap().waits_for.starts_with("bytes of the peer"));
        assert!(of("w-12").unwrap().waits_for.starts_with("its outbox"));
        assert!(of("hub").unwrap().ends_when.contains("no client is left"));
        assert!(of("http-2").is_some() && of("http-pool").is_some());
        assert_eq!(of("threadbare").unwrap().kind, "main");
        assert_eq!(of("r-"), None);
        assert_eq!(of("thread"), None, "the head of the table is no thread");
    }

    #[test]
    fn each_inbox_of_the_hub_has_its_words_from_the_paper() {
        assert!(of_inbox("register").unwrap().from_to.starts_with("doors"));
        assert_eq!(of_inbox("broadcast").unwrap().when_full, "they wait");
        assert!(of_inbox("unregister").unwrap().from_to.contains("writers"));
        assert_eq!(of_inbox("nothing"), None);
    }

    #[test]
    fn each_source_is_there_and_belongs_to_a_thread_of_the_paper() {
        for (kind, source) in SOURCES {
            assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(source).exists(), "{source}");
            let name = kind.replace("<id>", "7").replace("<n>", "7");
            assert_eq!(of(&name).unwrap().source, Some(source));
        }
    }
}
