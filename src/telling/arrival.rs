//! How a client without a connection of its own comes into the chat: a page, a form or a poll.
//!
//! Owns: the channel from which such a client takes its answers.
//! Must not know: what the hub does with the client.
//!
//! Room: `telling/mod.rs`.

use crossbeam_channel::{Receiver, bounded};

use crate::chat::core::{CameFrom, Newcomer};
use crate::chat::told::Heard;
use crate::formats::Format;
use crate::formats::arrival::Arrival;
use crate::server::disconnect::Disconnect;
use crate::server::hub::{ClientId, HubHandle, Membership};

impl HubHandle<Format> {
    /// Registers `client` as a member without a connection. Its answers go into a channel that
    /// holds at most `unread_max` of them. Blocks until the hub has welcomed or refused it.
    ///
    /// # Errors
    /// The hub refuses the client, or it has stopped or is stopping.
    pub fn visit(
        &self,
        client: ClientId,
        who: Newcomer,
        came_from: CameFrom,
        unread_max: usize,
    ) -> Result<(Membership, Receiver<Heard>), Disconnect> {
        let (told, heard) = bounded(unread_max);
        let arrival = Arrival { who, came_from, told: Some(told) };
        Ok((self.register_without_connection(client, arrival)?, heard))
    }
}
