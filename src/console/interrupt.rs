//! Ctrl-C and SIGTERM as a call.
//!
//! Runs on thread `signals`, one per command.
//! Blocks on: the first signal, or its own end; then on what it calls. A second
//! signal ends the process at once, whatever is stuck.
//! Must not know: what is interrupted.
//!
//! Next: `console/v1/mod.rs`.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

use crate::threads;

/// What a shell shows for a program that ended on Ctrl-C.
const EXIT_INTERRUPTED: i32 = 130;

/// While this lives, the first signal calls instead of killing.
pub(super) struct Interrupts {
    signals: Handle,
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        self.signals.close();
    }
}

/// Calls `interrupted` on the first Ctrl-C or SIGTERM.
///
/// # Errors
/// The system has no thread or no handler to give.
pub(super) fn watch(interrupted: impl FnOnce() + Send + 'static) -> io::Result<Interrupts> {
    let impatient = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, EXIT_INTERRUPTED, Arc::clone(&impatient))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let handle = signals.handle();
    // Nobody joins it: it ends with its handle, and with the process.
    threads::spawn("signals", move || {
        if signals.forever().next().is_some() {
            impatient.store(true, Ordering::SeqCst);
            interrupted();
        }
    })?;
    Ok(Interrupts { signals: handle })
}
