//! Turns Ctrl-C and SIGTERM into a function call.
//!
//! Runs on thread `signals`, one per command.
//! Blocks on: the first signal, or the drop of `Interrupts`; then on the function that it calls. A
//! second signal ends the process immediately, even if that function never returns.
//! Must not know: what the function does.
//!
//! Part: `console/mod.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

use crate::base::threads;

/// The exit status that a shell shows for a program that Ctrl-C ended.
const EXIT_INTERRUPTED: i32 = 130;

/// While this value exists, the first Ctrl-C or SIGTERM calls the function that [`watch`] was
/// called with; a second such signal ends the process immediately.
pub(super) struct Interrupts {
    signals: Handle,
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.signals.close();
    }
}

/// Starts a thread that calls `interrupted` on the first Ctrl-C or SIGTERM.
///
/// # Errors
/// The system could not start a thread or set a signal handler.
pub(super) fn watch(interrupted: impl FnOnce() + Send + 'static) -> io::Result<Interrupts> {
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, EXIT_INTERRUPTED, Arc::clone(&impatient))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let handle = signals.handle();
    // No thread joins the thread `signals`: it ends after its function has returned, when
    // `Interrupts` is dropped, or with the process.
    threads::spawn("signals", move || {
        if signals.forever().next().is_some() {
            impatient.store(true, Ordering::SeqCst);
            interrupted();
        }
    })?;
    Ok(Interrupts { signals: handle })
}
