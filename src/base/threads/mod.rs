//! The program starts all of its own threads here, each with a name and a stack size.
//!
//! Owns: the only call of `std::thread::Builder` in the program, and the names.
//! Must not know: sockets, clients, HTTP.
//!
//! Part: `base/mod.rs`.

mod pool;

use std::cell::RefCell;
use std::ffi::CString;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

pub use pool::Pool;

use crate::base::{limits, log};

/// The size of the stack of the console's thread in which a person edits a typed line, and of the
/// server's thread that packs pages, in bytes.
const DEEP_STACK_BYTES: usize = 1024 * 1024;
/// The size of the stack of a thread without which the server ends, in bytes: its stack must not be
/// too small in any build. There are a few of them, and only the pages that they touch take memory.
const VITAL_STACK_BYTES: usize = 256 * 1024;
/// Longest thread name, in bytes; Linux cuts a longer one.
const THREAD_NAME_BYTES_MAX: usize = 15;

type ThreadJob = Box<dyn FnOnce() + Send>;

thread_local! {
    /// The name of the thread's present job. The kernel knows this name too, but
    /// `std::thread::current().name()` stays what it was when the thread was made.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Gives the calling thread a name: in the log, in `ps -T`, in a debugger.
///
/// Keeps only the visible ASCII characters of `name`, and of these the first 15, which is all that
/// Linux keeps.
pub fn set_name(name: &str) {
    let kept: String = name.chars().filter(char::is_ascii_graphic).collect();
    let kept = &kept[..kept.len().min(THREAD_NAME_BYTES_MAX)];
    NAME.with_borrow_mut(|current| kept.clone_into(current));
    if let Ok(name) = CString::new(kept) {
        // The name only helps people who watch the system, so an error does not matter.
        rustix::thread::set_name(&name).ok();
    }
}

/// Returns the newest name that [`set_name`] gave the calling thread. If [`set_name`] was not
/// called, returns the name that std knows, or else `?`.
pub fn name() -> String {
    NAME.with_borrow(|current| {
        if current.is_empty() {
            std::thread::current().name().unwrap_or("?").to_owned()
        } else {
            current.clone()
        }
    })
}

/// Starts a thread that lives as long as its job, such as the hub, `accept` or a responder. The
/// caller gets the thread's handle.
///
/// # Errors
/// The system's error if it cannot start a thread (`EAGAIN`). `job` did not run.
pub fn spawn(name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    spawn_with(limits::STACK_BYTES, name, Box::new(job))
}

/// Like [`spawn`], but with a larger stack, for a job that calls libraries which need it. There is
/// only one such thread in a process, so its memory does not matter.
///
/// # Errors
/// Those of [`spawn`].
pub fn spawn_deep(name: &str, job: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    spawn_with(DEEP_STACK_BYTES, name, Box::new(job))
}

/// Starts a thread with a stack of `stack_bytes`. The job is boxed and this function is not
/// inlined, so that a call touches few pages of the caller's stack. The caller may be a door that
/// makes its client's writer, and each page that its stack has touched stays in memory until the
/// client leaves.
#[inline(never)]
fn spawn_with(stack_bytes: usize, name: &str, job: ThreadJob) -> io::Result<JoinHandle<()>> {
    let own_name = name.to_owned();
    #[expect(clippy::disallowed_methods, reason = "the one place that makes threads")]
    std::thread::Builder::new().name(own_name.clone()).stack_size(stack_bytes).spawn(move || {
        set_name(&own_name);
        job();
    })
}

/// Like [`spawn`], for a thread that the server cannot run without: a panic in it ends the whole
/// process. A server with a wrong list of clients, or one that accepts no clients, is worse than
/// none. It has a larger stack.
///
/// # Errors
/// Those of [`spawn`].
pub fn spawn_vital(
    name: &'static str,
    job: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let job = move || {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("{name} panicked; the server cannot go on");
            log::flush();
            std::process::exit(VITAL_PANIC_EXIT_CODE);
        }
    };
    spawn_with(VITAL_STACK_BYTES, name, Box::new(job))
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
