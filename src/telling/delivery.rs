//! What the hub can do to its clients: each act is done at once, never blocks, and says
//! whether the client had room for it.
//!
//! Owns: that list. `telling/fanout.rs` does it with outboxes and sockets; tests do it with lists.
//! Must not know: who deserves what.
//!
//! Next: `telling/fanout.rs`.

use std::sync::Arc;

use crate::chat::core::RoomId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;

/// Who could not take what it was to be told.
#[derive(Debug, Default)]
pub struct Overrun {
    /// Clients that cannot be told again what there was no room for.
    pub full: Vec<ClientId>,
    /// Clients that follow logs, and from where on they have missed which of them.
    pub behind: Vec<(ClientId, Vec<(RoomId, Seq)>)>,
}

/// The clients, as far as they can be told something.
///
/// Lines and answers may be noted and pushed together, which saves a `send` for each: all
/// noted lines go out before all noted answers. Every other act must come after what was
/// noted before it, so its caller pushes first.
pub trait Delivery {
    /// The client is a member from here on and may speak.
    fn welcome(&mut self, client: ClientId);

    /// The client cannot come in, for this reason.
    fn refuse(&mut self, client: ClientId, reason: Disconnect);

    /// From here on the client hears what is said in this room.
    fn hear(&mut self, client: ClientId, room: RoomId);

    /// The client hears the room no more.
    fn deafen(&mut self, client: ClientId, room: RoomId);

    /// Notes a line for everybody who hears the room. False: so much is noted that it should be
    /// pushed now.
    fn note_line(&mut self, room: RoomId, entry: &Arc<Entry>) -> bool;

    /// Notes an answer for one client. False: as above.
    fn note_answer(&mut self, client: ClientId, told: &Told) -> bool;

    /// Notes that a client has all of a room's log up to this number. It stands for that place
    /// in the log: a client that falls behind before it has left is told again.
    fn note_caught_up(&mut self, client: ClientId, room: RoomId, told: &Told, seq: Seq);

    /// Pushes all that is noted.
    fn push_noted(&mut self) -> Overrun;

    /// Tells one client, which is this person's, lines of a log that it has missed. False: it had
    /// no room.
    fn replay(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        room: RoomId,
        entries: &[Arc<Entry>],
    ) -> bool;

    /// Tells everybody who hears the room and has words for it, but for one. Whoever has no room
    /// for it now does without.
    fn notice(&mut self, room: RoomId, but: Option<ClientId>, told: &Told);

    /// Whether the client has nothing unsent; if not, its writer will say when.
    fn watch(&mut self, client: ClientId) -> bool;

    /// The same, of a client that was given a long answer and asks for another one.
    fn has_taken_all(&mut self, client: ClientId) -> bool {
        self.watch(client)
    }

    /// Closes the client for this reason.
    fn end(&mut self, client: ClientId, reason: Disconnect);

    /// The client's reader has ended, and nothing of it is needed any more.
    fn forget(&mut self, client: ClientId);
}
