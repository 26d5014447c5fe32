//! Faults that a test orders. This file is in the program only if it is built with the feature
//! `faults`, and does something only if `THREADBARE_FAULTS` is set.
//!
//! A message `/faults WHAT THREAD` is an order to the thread of that name: `/faults panic r-3`,
//! `/faults panic w-3`, `/faults panic hub`, `/faults hang hub`, `/faults overflow r-3`. All other
//! threads treat it as an ordinary message.
//!
//! Owns: the orders.
//! Must not know: what the threads do.
//!
//! Part: `server/faults/mod.rs`.

use std::sync::LazyLock;
use std::time::Duration;

use crate::base::threads;
use crate::server::probe::Wait;

static ARE_WANTED: LazyLock<bool> =
    LazyLock::new(|| std::env::var_os("THREADBARE_FAULTS").is_some());

/// How long a thread sleeps that is ordered to hang: longer than
/// [`HUB_STUCK_AFTER`](crate::base::limits::HUB_STUCK_AFTER).
const HANG: Duration = Duration::from_secs(6);

/// Carries out the order in `text`, if there is one and it is for the calling thread.
///
/// # Panics
/// If the order is to panic.
pub fn meet(text: &str) {
    let Some(order) = text.split("/faults ").nth(1).filter(|_| *ARE_WANTED) else { return };
    let mut words = order.split_whitespace();
    let (what, who) = (words.next(), words.next());
    if who != Some(threads::name().as_str()) {
        return;
    }
    match what {
        Some("panic") => panic!("{text}"),
        Some("hang") => std::thread::sleep(HANG),
        Some("overflow") => drop(overflow(0)),
        _ => {}
    }
}

#[expect(unconditional_recursion, reason = "that is the fault")]
fn overflow(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 512]);
    overflow(depth + 1) + page[0]
}

/// Carries out the orders for the calling thread, a writer, in the frames that it is about to
/// write. Does nothing if the thread is about to wait for anything else.
///
/// # Panics
/// If an order is to panic.
pub fn carry_out_before_write(wait: Wait<'_>) {
    let Wait::Write(frames) = wait else { return };
    for frame in frames {
        meet(&String::from_utf8_lossy(frame.bytes()));
    }
}
