//! A client that wants to come into the chat, as its thread describes it to the hub.
//!
//! Owns: what belongs to a new client besides who it is.
//! Must not know: what the hub does with it.
//!
//! Room: `formats/mod.rs`.

use crossbeam_channel::Sender;

use crate::chat::core::{CameFrom, Newcomer};
use crate::chat::told::Heard;

/// A client that wants to come into the chat.
#[derive(Debug)]
pub struct Arrival {
    /// Who it is.
    pub who: Newcomer,
    /// Where it comes from.
    pub came_from: CameFrom,
    /// Takes the answers for a client without a connection, as values.
    pub told: Option<Sender<Heard>>,
}
