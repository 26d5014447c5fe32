//! How the hub begins: its inboxes, what was kept, its thread.
//!
//! Owns: that.
//! Must not know: what happens in a round.
//!
//! Next: `hub/inboxes.rs`.

use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::{bounded, never};

use super::Hub;
use super::chat::Chat;
use super::clock::Clock;
use super::core::{CoreSettings, Moment};
use super::fanout::Fanout;
use super::handle::HubHandle;
use super::inboxes::Inboxes;
use super::pulse::Pulse;
use crate::chat::numbers::Sizes;
use crate::chat::record::Kept;
use crate::chat::room_name::RoomName;
use crate::chat::token::random;
use crate::config::{ClientConfig, FanOut};
use crate::history::Past;
use crate::limits;
use crate::threads;
use crate::wire::Format;

/// Starts the hub's thread, for clients of this kind, with what was kept.
///
/// # Errors
/// The system has no thread or no randomness to give.
pub fn start(
    way: FanOut,
    client: &ClientConfig,
    past: Option<Past>,
    pulse: Arc<Pulse>,
) -> io::Result<(HubHandle<Format>, JoinHandle<()>)> {
    let (register, registrations) = bounded(0);
    let (unregister, departures) = bounded(limits::UNREGISTER_INBOX_MAX);
    // A quarter of an outbox: see the assertion in `limits/mod.rs`.
    let quarter = (client.outbox_messages_max / 4).max(1);
    let (broadcast, broadcasts) = bounded(limits::BROADCAST_INBOX_MAX.min(quarter));
    let parcel_messages_max = limits::PARCEL_MESSAGES_MAX.min(quarter);
    let settings = CoreSettings {
        lobby: RoomName::lobby(),
        epoch_seed: u64::from_ne_bytes(random()?),
        replay_messages_max: parcel_messages_max,
        log_entries_max: limits::LOG_ENTRIES_MAX,
        unsaved_records_max: limits::UNSAVED_RECORDS_MAX,
        pace: client.pace,
        name_kept: client.name_kept,
        numbers: Sizes::default(),
        room_people_max: client.room_people_max,
        address_key: u64::from_ne_bytes(random()?),
        keeps: past.is_some(),
    };
    let (kept, history, outcomes) = match past {
        Some(Past { kept, history, outcomes }) => (kept, Some(history), outcomes),
        None => (Kept::default(), None, never()),
    };
    let clock = Clock::start();
    let fanout = Fanout::new(way, parcel_messages_max, client.message_bytes_max);
    let mut hub = Hub {
        inboxes: Inboxes { registrations, departures, broadcasts, outcomes },
        chat: Chat::new(settings, kept, clock.now(), fanout),
        clock,
        now: Moment::default(),
        pulse,
        history,
    };
    let thread = threads::spawn_vital("hub", move || {
        hub.run();
        hub.pulse.stop();
    })?;
    Ok((HubHandle::new(register, unregister, broadcast), thread))
}
