//! Who comes into the chat, as its clients' threads tell the hub.
//!
//! Owns: what belongs to a newcomer besides who it is, and the way in of those who have no
//! line: a page, a form, a poll.
//! Must not know: what the hub makes of it.
//!
//! Next: `telling/visits.rs`.

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::chat::core::{Newcomer, Whence};
use crate::chat::told::Heard;
use crate::disconnect::Disconnect;
use crate::hub::{ClientId, HubHandle, Registered};
use crate::wire::Format;

/// A client that wants to come into the chat.
#[derive(Debug)]
pub struct Arrival {
    /// Who it is.
    pub who: Newcomer,
    /// Where it comes from.
    pub whence: Whence,
    /// Takes what a client without a line is told, as values.
    pub told: Option<Sender<Heard>>,
}

impl HubHandle<Format> {
    /// Makes `client` a member without a line, who is told into what is answered, up to
    /// `unread_max` that it has not taken. Blocks until the hub has said welcome.
    ///
    /// # Errors
    /// The hub has stopped or is stopping.
    pub fn visit(
        &self,
        client: ClientId,
        who: Newcomer,
        whence: Whence,
        unread_max: usize,
    ) -> Result<(Registered, Receiver<Heard>), Disconnect> {
        let (told, heard) = bounded(unread_max);
        let arrival = Arrival { who, whence, told: Some(told) };
        Ok((self.register_without_line(client, arrival)?, heard))
    }
}
