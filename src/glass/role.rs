//! What a thread of this program does, by its name.
//!
//! Owns: the reading of the tables of `docs/THREADS.md`, so that the glass box and the paper say
//! the same.
//! Must not know: the kernel.
//!
//! Part: `glass/mod.rs`.

/// What THREADS.md says of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// What the thread waits for, and so what wakes it.
    pub(super) waits_for: &'static str,
    /// When the thread ends.
    pub(super) ends_when: &'static str,
}

const THREADS: &str = include_str!("../../docs/THREADS.md");

/// Returns the role of the thread with this name, such as `r-7`; `None`: the paper has no such
/// thread.
pub(super) fn of(name: &str) -> Option<Role> {
    THREADS.lines().find_map(|line| {
        let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ");
        let (named, _how_many) = (cells.next()?, cells.next()?);
        let role = Role { waits_for: cells.next()?, ends_when: cells.next()? };
        let named = named.strip_prefix('`')?.strip_suffix('`')?;
        is_name(named, name).then_some(role)
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
    use super::of;

    #[test]
    fn each_kind_of_thread_has_its_words_from_the_paper() {
        assert!(of("r-7").unwrap().waits_for.starts_with("bytes of the peer"));
        assert!(of("w-12").unwrap().waits_for.starts_with("its outbox"));
        assert!(of("hub").unwrap().ends_when.contains("no client is left"));
        assert!(of("http-2").is_some() && of("http-pool").is_some());
        assert_eq!(of("r-"), None);
        assert_eq!(of("thread"), None, "the head of the table is no thread");
    }
}
