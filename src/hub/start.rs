//! How the hub begins: its inboxes and its thread, for any rule.
//!
//! Owns: that.
//! Must not know: what happens in a round, any rule.
//!
//! Next: `hub/clock.rs`.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, bounded};

use super::clock::Clock;
use super::handle::HubHandle;
use super::pulse::Pulse;
use super::{Hub, Now, Rule};
use crate::limits;
use crate::threads;

/// Starts the hub's thread with a rule that is made now; `signals` is the rule's own inbox.
///
/// # Errors
/// The system has no thread to give.
pub fn spawn<R: Rule>(
    rule: impl FnOnce(Now) -> R,
    signals: Receiver<R::Signal>,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle<R::Format>, JoinHandle<()>)> {
    let clock = Clock::start();
    let mut rule = rule(clock.now());
    let (register, registrations) = bounded(0);
    let (unregister, departures) = bounded(limits::UNREGISTER_INBOX_MAX);
    // No more than a push carries: see the assertion in `limits/mod.rs`.
    let inbox_max = limits::BROADCAST_INBOX_MAX.min(rule.roster().batch_messages_max());
    let (broadcast, broadcasts) = bounded(inbox_max);
    let mut hub = Hub { registrations, departures, broadcasts, signals, rule, clock, pulse };
    let thread = threads::spawn_vital("hub", move || hub.run())?;
    Ok((HubHandle::new(register, unregister, broadcast), thread))
}
