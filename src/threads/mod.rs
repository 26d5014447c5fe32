//! Every thread of ours starts here: named, sized, owned.
//!
//! Owns: the only call of `std::thread::Builder` in the program, and the names.
//! Must not know: sockets, clients, HTTP.
//!
//! Next: `threads/pool.rs`.

mod pool;

use std::cell::RefCell;
use std::ffi::CString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

pub use pool::Pool;

use crate::{limits, log};

/// What a thread does.
type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    /// The name of the job at hand. The kernel's name is set beside it, but
    /// `std::thread::current().name()` stays what it was at the thread's birth.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Gives the calling thread a name: in the log, in `ps -T`, in a debugger.
///
/// Names are cut at 15 bytes, which is all that Linux keeps.
pub fn set_name(name: &str) {
    let kept: String = name.chars().filter(char::is_ascii_graphic).collect();
    let kept = &kept[..kept.len().min(limits::THREAD_NAME_BYTES_MAX)];
    NAME.with_borrow_mut(|current| {
        current.clear();
        current.push_str(kept);
    });
    if let Ok(name) = CString::new(kept) {
        // A name is a courtesy to whoever watches; a thread works without one.
        rustix::thread::set_name(&name).ok();
    }
}

/// The calling thread's name as [`set_name`] left it, or std's, or `?`.
pub fn name() -> String {
    NAME.with_borrow(|current| {
        if current.is_empty() {
            std::thread::current().name().unwrap_or("?").to_owned()
        } else {
            current.clone()
        }
    })
}

/// Starts a thread that lives as long as its job: the hub, `accept`, responders.
///
/// The caller owns the handle and joins it.
///
/// # Errors
/// What the system says when it has no thread to give (`EAGAIN`); nothing ran.
pub fn spawn(name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    spawn_with(limits::STACK_BYTES, name, Box::new(job))
}

/// [`spawn`] for a job whose libraries take more of the stack than ours do; one
/// in a process, so its memory is no matter.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_deep(name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    spawn_with(limits::DEEP_STACK_BYTES, name, Box::new(job))
}

/// In a box: a door makes the thread of its client's writer, and what it goes through on
/// its own stack for that stays there as long as the client.
#[inline(never)]
fn spawn_with(stack_bytes: usize, name: &str, job: Job) -> io::Result<JoinHandle<()>> {
    let own_name = name.to_owned();
    #[expect(clippy::disallowed_methods, reason = "the one place that makes threads")]
    std::thread::Builder::new().name(own_name.clone()).stack_size(stack_bytes).spawn(move || {
        set_name(&own_name);
        job();
    })
}

/// [`spawn`] for a thread that the server cannot do without: a panic in it ends
/// the whole process at once. A server with a wrong roster, or one that takes
/// nobody in, is worse than none.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_vital(
    name: &'static str,
    job: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    spawn(name, move || {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("{name} panicked; the server cannot go on");
            log::flush();
            std::process::exit(VITAL_PANIC_EXIT_CODE);
        }
    })
}

/// `EX_SOFTWARE` of sysexits.h: an internal fault.
const VITAL_PANIC_EXIT_CODE: i32 = 70;

#[cfg(test)]
mod tests {
    use super::{name, set_name};

    #[test]
    fn names_are_cut_at_what_linux_keeps() {
        std::thread::scope(|scope| {
            scope.spawn(|| {
                set_name("r-12345678901234567890");
                assert_eq!(name(), "r-1234567890123");
            });
        });
    }
}
