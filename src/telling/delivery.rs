//! What the hub can do to its clients. Each act is done at once, never blocks, and says whether the
//! client had space.
//!
//! Owns: the list of these acts. `telling/fanout.rs` carries the acts out on outboxes and sockets;
//! in tests, another type only writes them into lists.
//! Must not know: which client should receive what.
//!
//! Part: `telling/mod.rs`.

use std::sync::Arc;

use crate::chat::core::LogId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::chat::reply::Reply;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

/// The clients that had no space for what was pushed.
#[derive(Debug, Default)]
pub struct Overrun {
    /// Clients that had no space for a frame that cannot be sent again. The caller closes them.
    pub full: Vec<ClientId>,
    /// Clients to which the missed lines can be sent again: for each client, its logs and the first
    /// number that it has missed in each.
    pub behind: Vec<(ClientId, Vec<(LogId, Seq)>)>,
}

/// How the chat reaches its clients.
///
/// Lines and answers are *queued*: they wait until [`push_queued`](Self::push_queued), so that one
/// `send` carries several of them. One push sends all queued lines before all queued answers. The
/// other methods act at once. If a client must receive the queued lines and answers before the
/// effect of another method, the caller calls `push_queued` first.
pub trait Delivery {
    /// Makes the client a member: it may send requests now.
    fn welcome(&mut self, client: ClientId);

    /// Refuses the new client. `reason` says why.
    fn refuse(&mut self, client: ClientId, reason: Disconnect);

    /// Makes the client receive each new line of this room, until [`unsubscribe`](Self::unsubscribe).
    fn subscribe(&mut self, client: ClientId, room: LogId);

    /// Ends what [`subscribe`](Self::subscribe) began: the client receives no new lines of this room.
    fn unsubscribe(&mut self, client: ClientId, room: LogId);

    /// Queues a line for all clients that receive the room's new lines. Returns false when so much
    /// is queued that the caller should call [`push_queued`](Self::push_queued) now.
    fn queue_line(&mut self, room: LogId, entry: &Arc<Entry>) -> bool;

    /// Queues an answer for one client. Returns false when so much is queued that the caller should
    /// call [`push_queued`](Self::push_queued) now.
    fn queue_reply(&mut self, client: ClientId, reply: &Reply) -> bool;

    /// Queues the answer `reply`, which says that the client has all of a room's log up to `seq`.
    /// The log position of the answer's frame is the number after `seq`. If the client falls behind
    /// before this frame is sent, it later gets such an answer again.
    fn queue_caught_up(&mut self, client: ClientId, room: LogId, reply: &Reply, seq: Seq);

    /// Pushes all queued lines, then all queued answers. Returns the clients that had no space.
    fn push_queued(&mut self) -> Overrun;

    /// Pushes lines of a log that the client has missed. `person` is the client's person. Returns
    /// false if the client's outbox had no space for them.
    fn push_chunk(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        room: LogId,
        entries: &[Arc<Entry>],
    ) -> bool;

    /// Pushes a notice to all clients that receive the room's new lines, except `but` and clients
    /// whose format cannot express the notice. A client that has no space now never receives it.
    fn notice(&mut self, room: LogId, but: Option<ClientId>, reply: &Reply);

    /// Returns whether everything has been sent to the client. If false, the client's writer
    /// reports to the hub when it has sent everything.
    fn watch(&mut self, client: ClientId) -> bool;

    /// Closes the client. `reason` says why.
    fn end(&mut self, client: ClientId, reason: Disconnect);

    /// Removes the client, whose reader thread has ended, and all data about this client.
    fn forget(&mut self, client: ClientId);
}
