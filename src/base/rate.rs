//! A limit on the lines of the server's log: in one window of time, which is a second, only some
//! lines of each kind are logged. Later one line says how many more there were.
//!
//! Owns: the count of each kind.
//! Must not know: who logs, or where lines go. The log's thread makes this file log the counts of
//! each window that is over.
//!
//! Part: `base/mod.rs`.

use std::collections::BTreeMap;
use std::time::Instant;

use parking_lot::Mutex;
use tracing::Level;
use tracing::level_filters::LevelFilter;

use crate::base::limits;

/// The counts of all kinds of lines. A kind is a fixed text in the program. So there are few kinds,
/// and no peer can add one.
static KINDS: Mutex<Kinds> = Mutex::new(Kinds { kinds: BTreeMap::new() });

/// Returns whether the caller may log one more line of this kind, and counts the line. If the
/// server's log leaves out this level, returns false and counts nothing. Blocks only for a short
/// lock.
pub fn admits(level: Level, kind: &'static str) -> bool {
    if level > LevelFilter::current() {
        return false;
    }
    let (admitted, over) = KINDS.lock().admits(kind, Instant::now());
    if let Some(more) = over {
        log_left_out(kind, more);
    }
    admitted
}

/// For each kind, logs how many lines were left out in the kind's window, if that window is over.
/// Returns true if it has logged such a count, or if lines were left out in a window that is not
/// over.
pub fn tell_what_is_over() -> bool {
    let now = Instant::now();
    let (over, is_more) = KINDS.lock().take(|window| window.is_over(now));
    for (kind, more) in &over {
        log_left_out(kind, *more);
    }
    is_more || !over.is_empty()
}

/// For each kind, logs how many lines were left out and not yet counted in the log, even if the
/// kind's window is not over. The program calls this at its end.
pub fn log_all_left_out() {
    let (left_out, _) = KINDS.lock().take(|_| true);
    for (kind, more) in left_out {
        log_left_out(kind, more);
    }
}

fn log_left_out(kind: &'static str, more: u64) {
    tracing::warn!(kind, more, "more lines of this kind are left out: too many came in one second");
}

struct Kinds {
    kinds: BTreeMap<&'static str, Window>,
}

#[derive(Clone, Copy)]
struct Window {
    began: Instant,
    logged: u32,
    kept_back: u64,
}

impl Window {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.began) >= limits::LOG_RATE_WINDOW
    }
}

impl Kinds {
    /// Counts one line of this kind. Returns whether to log the line, and how many lines were left
    /// out in the kind's previous window. The second value is `None` if no line was left out then,
    /// or if the line begins no new window.
    fn admits(&mut self, kind: &'static str, now: Instant) -> (bool, Option<u64>) {
        let fresh = Window { began: now, logged: 0, kept_back: 0 };
        let window = self.kinds.entry(kind).or_insert(fresh);
        let mut over = None;
        if window.is_over(now) {
            over = Some(window.kept_back).filter(|&more| more > 0);
            *window = fresh;
        }
        let admitted = window.logged < limits::LOG_RATE_LINES_MAX;
        if admitted {
            window.logged += 1;
        } else {
            window.kept_back += 1;
        }
        (admitted, over)
    }

    /// Takes the counts of left-out lines from the windows for which `are_due` is true, with the
    /// kind of each. The second value is true if lines were left out in another window.
    fn take(&mut self, are_due: impl Fn(&Window) -> bool) -> (Vec<(&'static str, u64)>, bool) {
        let mut taken = Vec::new();
        for (kind, window) in self.kinds.iter_mut().filter(|(_, window)| are_due(window)) {
            if window.kept_back > 0 {
                taken.push((*kind, std::mem::take(&mut window.kept_back)));
            }
        }
        (taken, self.kinds.values().any(|window| window.kept_back > 0))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::{Duration, Instant};

    use super::Kinds;
    use crate::base::limits;

    #[test]
    fn so_many_of_a_kind_in_a_second_and_the_others_are_counted() {
        let mut kinds = Kinds { kinds: BTreeMap::new() };
        let start = Instant::now();
        let most = limits::LOG_RATE_LINES_MAX;
        let told = (0..most + 7).filter(|_| kinds.admits("one", start).0).count();
        assert_eq!(told, usize::try_from(most).unwrap());
        assert!(kinds.admits("another", start).0, "kinds do not crowd each other out");
        let over = |now| move |window: &super::Window| window.is_over(now);
        assert_eq!(kinds.take(over(start)), (vec![], true), "not yet");
        let later = start + limits::LOG_RATE_WINDOW;
        assert_eq!(kinds.take(over(later)), (vec![("one", 7)], false));
        assert_eq!(kinds.admits("one", later), (true, None), "told once");
        for _ in 0..=most {
            kinds.admits("one", later);
        }
        let much_later = later + Duration::from_secs(5);
        assert_eq!(kinds.admits("one", much_later), (true, Some(2)));
    }
}
