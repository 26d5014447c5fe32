//! How many memory maps and how much address space one thread of the server needs. Its stack is
//! measured.
//!
//! Runs on thread `measure`, which lives for a moment and finds its own stack in the kernel's file
//! `/proc/self/maps`.
//! Blocks on: reading that file.
//! Owns: how the stack is measured.
//! Must not know: how many threads there may be.
//!
//! Part: `admission/mod.rs`.

use std::sync::{Arc, OnceLock};

use crate::base::{limits, reexec, threads};

/// How many memory maps a thread's stack counts for if the server cannot measure it: one for the
/// stack, and one for its guard.
const MAPS_PER_STACK: usize = 2;
/// Size of the guard of a thread's stack with musl, in bytes. With glibc it is half of that.
const GUARD_BYTES_MAX: usize = 8 * 1024;
/// How many memory maps a thread's signal stack has. A thread that has a signal stack handles its
/// faults on it.
const MAPS_PER_SIGNAL_STACK: usize = 2;
/// The largest size of a thread's signal stack with its guard, in bytes. The processor's registers
/// must fit into the stack.
const SIGNAL_STACK_BYTES_MAX: usize = 20 * 1024;

// Lesson 12 of the course: docs/course/12-poll
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ThreadCost {
    pub(super) maps: usize,
    /// How much address space the stacks of one thread need, in bytes.
    pub(super) bytes: usize,
}

/// What one stack and its guard cost, if the server cannot measure it.
const STACK: ThreadCost =
    ThreadCost { maps: MAPS_PER_STACK, bytes: limits::STACK_BYTES + GUARD_BYTES_MAX };

impl ThreadCost {
    /// Starts a thread that measures its own stack, and returns what a thread of this process
    /// needs. Blocks until the started thread has ended.
    pub(super) fn of_this_process() -> Self {
        let seen = Arc::new(OnceLock::new());
        let sees = Arc::clone(&seen);
        let thread = threads::spawn("measure", move || {
            let on_stack = 0_u8;
            let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
            sees.set(stack_at((&raw const on_stack).addr(), &maps)).ok();
        });
        // An error is ignored: if this thread cannot start, the server's other threads cannot start
        // either, and the server then says so.
        thread.map(std::thread::JoinHandle::join).ok();
        let stack = seen.get().copied().flatten().unwrap_or(STACK);
        if reexec::ignores_faults() { stack } else { stack.with_signal_stack() }
    }

    fn with_signal_stack(self) -> Self {
        Self { maps: self.maps + MAPS_PER_SIGNAL_STACK, bytes: self.bytes + SIGNAL_STACK_BYTES_MAX }
    }
}

/// Finds the stack that contains this memory address, in the text of `/proc/self/maps`. Returns
/// what the stack needs, with the guard before it if that is a map of its own. `None`: no map
/// contains the address.
fn stack_at(address: usize, maps: &str) -> Option<ThreadCost> {
    let mut guard = 0..0;
    for line in maps.lines() {
        let mut fields = line.split(' ');
        let (start, end) = fields.next()?.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        let range = number(start)?..number(end)?;
        if range.contains(&address) {
            let guards = usize::from(guard.end == range.start && !guard.is_empty());
            // On a system where guards are not maps of their own, adjacent stacks are one map. Of
            // that map, only the size of one stack and its guard is counted.
            let stack = range.len().min(STACK.bytes);
            return Some(ThreadCost { maps: 1 + guards, bytes: stack + guards * guard.len() });
        }
        guard = if fields.next()?.starts_with("---") { range } else { 0..0 };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{STACK, ThreadCost, stack_at};

    #[test]
    fn a_stack_is_a_map_and_its_guard_another_one() {
        let maps = "\
            559d5a07a000-559d5a07c000 r-xp 00000000 fe:00 1 /bin/threadbare\n\
            7f0000000000-7f0000001000 ---p 00000000 00:00 0 \n\
            7f0000001000-7f0000011000 rw-p 00000000 00:00 0 \n\
            7f0000012000-7f0000013000 ---p 00000000 00:00 0 \n\
            7f0000022000-7f0000922000 rw-p 00000000 00:00 0 \n";
        let cost = |maps, bytes| Some(ThreadCost { maps, bytes });
        assert_eq!(stack_at(0x7f00_0000_1000, maps), cost(2, 17 * 4096));
        assert_eq!(stack_at(0x7f00_0000_0fff, maps), cost(1, 4096), "a map like any other");
        assert_eq!(stack_at(0x7f00_0002_2fff, maps), cost(1, STACK.bytes), "no guard beside it");
        assert_eq!(stack_at(0x7f00_0001_1000, maps), None);
    }

    #[test]
    fn a_thread_of_ours_takes_what_it_was_given_and_a_guard() {
        let cost = ThreadCost::of_this_process();
        assert!((3..=4).contains(&cost.maps), "{cost:?}");
        assert!((64 << 10..=128 << 10).contains(&cost.bytes), "{cost:?}");
    }
}
