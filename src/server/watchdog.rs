//! Tells the service manager that the server is well, as often as the service manager wants to hear
//! it. If the hub hangs, it is told no longer, and starts the server again.
//!
//! Runs on thread `watchdog`, only if a service manager asks for it (`WATCHDOG_USEC`). Otherwise no
//! thread wakes up for this.
//! Blocks on: half of the time that the service manager gives; or until the watchdog is dropped.
//! Owns: that thread.
//! Must not know: what being well means.
//!
//! Part: `server/mod.rs`.

use std::io;
use std::thread::JoinHandle;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::base::{service_manager, threads};

/// A thread that tells the service manager that the server is well. It ends when this is dropped.
pub struct Watchdog {
    /// Nothing is ever sent: the thread ends when this end is dropped.
    ending: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    /// Starts the thread, if the service manager wants to hear from it. `is_well` says whether the
    /// server is well; it must not block.
    ///
    /// # Errors
    /// The system refused to start a thread.
    pub fn start(is_well: impl Fn() -> bool + Send + 'static) -> io::Result<Option<Self>> {
        let Some(interval) = service_manager::watchdog_interval() else { return Ok(None) };
        let (ending, ended) = bounded(0);
        let thread = threads::spawn("watchdog", move || {
            // Half of the interval, as sd_watchdog_enabled(3) recommends.
            while ended.recv_timeout(interval / 2) == Err(RecvTimeoutError::Timeout) {
                if is_well() {
                    service_manager::say_well();
                }
            }
        })?;
        Ok(Some(Self { ending: Some(ending), thread: Some(thread) }))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.ending = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
