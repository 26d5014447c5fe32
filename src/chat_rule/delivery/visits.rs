//! The clients without a connection, as the hub sees them. They receive values, not frames. A
//! thread of the site waits for a client's values and makes a page or an answer from them.
//!
//! Owns: their channels, and which of them receive the new lines of which log at once. A channel
//! has space for more than any answer needs. If it is full, the client's visit ends.
//! Must not know: pages, frames, which client should receive what.
//!
//! Part: `chat_rule/delivery/mod.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::core::{CameFrom, LogId, Newcomer};
use crate::chat::entry::Entry;
use crate::chat::record::PersonId;
use crate::chat::reply::{Reply, ToVisitor};
use crate::formats::{Arrival, Format};
use crate::server::hub::{HubHandle, Membership};

/// Registers `client` as a member without a connection. The hub sends it answers and lines through
/// a channel that holds at most `unread_max` of them. Blocks until the hub has welcomed or refused
/// the client. Returns the client's membership and the receiving end of the channel. Dropping the
/// membership unregisters the client.
///
/// # Errors
/// The hub refuses the client, is stopping, or has stopped.
pub fn register_visitor(
    hub: &HubHandle<Format>,
    client: ClientId,
    who: Newcomer,
    came_from: CameFrom,
    unread_max: usize,
) -> Result<(Membership, Receiver<ToVisitor>), Disconnect> {
    let (replies, received) = bounded(unread_max);
    let arrival = Arrival { who, came_from, replies: Some(replies) };
    Ok((hub.register_without_connection(client, arrival)?, received))
}

#[derive(Default)]
pub(super) struct Visits {
    clients: BTreeMap<ClientId, Visiting>,
    /// For each log, the clients that receive its new lines at once.
    subscribers: BTreeMap<LogId, BTreeSet<ClientId>>,
    /// The clients for which something was lost because their channel was full, since the last call
    /// of [`take_full`](Self::take_full).
    full: Vec<ClientId>,
}

struct Visiting {
    /// The channel to the client's thread. `None`: the client receives nothing more.
    replies: Option<Sender<ToVisitor>>,
}

impl Visits {
    pub(super) fn add(&mut self, client: ClientId, replies: Option<Sender<ToVisitor>>) {
        self.clients.insert(client, Visiting { replies });
    }

    /// Makes the client receive each new line of the log. Does nothing for a client with a
    /// connection.
    pub(super) fn subscribe(&mut self, client: ClientId, log: LogId) {
        if self.clients.contains_key(&client) {
            self.subscribers.entry(log).or_default().insert(client);
        }
    }

    pub(super) fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.remove_from(client, |its| *its == log);
    }

    /// Ends the visit: the client receives nothing more, and its thread sees the channel close.
    pub(super) fn end_visit(&mut self, client: ClientId) {
        self.remove_from(client, |_| true);
        if let Some(visit) = self.clients.get_mut(&client) {
            visit.replies = None;
        }
    }

    pub(super) fn forget(&mut self, client: ClientId) {
        self.remove_from(client, |_| true);
        self.clients.remove(&client);
    }

    fn remove_from(&mut self, client: ClientId, is_it: impl Fn(&LogId) -> bool) {
        if !self.clients.contains_key(&client) {
            return;
        }
        self.subscribers.retain(|log, clients| {
            if is_it(log) {
                clients.remove(&client);
            }
            !clients.is_empty()
        });
    }

    /// Removes and returns the clients for which something was lost since the previous call,
    /// because their channel was full. The caller must end their visits.
    pub(super) fn take_full(&mut self) -> Vec<ClientId> {
        std::mem::take(&mut self.full)
    }

    /// Sends an answer to one client. If the client's channel is full, the answer is lost, and
    /// [`take_full`](Self::take_full) will return the client. Never blocks.
    pub(super) fn send_reply(&mut self, client: ClientId, reply: &Reply) {
        let visit = self.clients.get(&client);
        if visit.is_some_and(|visit| !visit.send_reply(reply)) {
            self.full.push(client);
        }
    }

    /// Sends these lines to one client; `person` is the client's person. If the client's channel is
    /// full, the remaining lines are lost, and [`take_full`](Self::take_full) will return the
    /// client. Never blocks.
    pub(super) fn push_chunk(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        lines: &[Arc<Entry>],
    ) {
        let visit = self.clients.get(&client);
        if visit.is_some_and(|visit| {
            !lines.iter().all(|line| visit.send_line(line, line.is_by(person)))
        }) {
            self.full.push(client);
        }
    }

    /// Sends a line to all clients that receive the log's new lines. It is lost for those whose
    /// channel is full; [`take_full`](Self::take_full) will return them. Never blocks.
    pub(super) fn send_line(&mut self, log: LogId, entry: &Arc<Entry>) {
        self.send_to_subscribers(log, None, |visit| visit.send_line(entry, false));
    }

    /// Sends a notice to all clients that receive the log's new lines, except the client `but`. It
    /// is lost for those whose channel is full; [`take_full`](Self::take_full) will return them.
    /// Never blocks.
    pub(super) fn send_notice(&mut self, log: LogId, but: Option<ClientId>, reply: &Reply) {
        self.send_to_subscribers(log, but, |visit| visit.send_reply(reply));
    }

    fn send_to_subscribers(
        &mut self,
        log: LogId,
        but: Option<ClientId>,
        send: impl Fn(&Visiting) -> bool,
    ) {
        let clients = self.subscribers.get(&log).into_iter().flatten();
        let others = clients.copied().filter(|client| Some(*client) != but);
        let is_full = |client: &ClientId| self.clients.get(client).is_some_and(|it| !send(it));
        self.full.extend(others.filter(is_full));
    }
}

impl Visiting {
    /// Returns false if the channel is full, so that the answer is lost.
    fn send_reply(&self, reply: &Reply) -> bool {
        self.send(|| ToVisitor::Reply(Box::new(reply.clone())))
    }

    /// Returns false if the channel is full, so that the line is lost.
    fn send_line(&self, line: &Arc<Entry>, own: bool) -> bool {
        self.send(|| ToVisitor::Line { entry: Arc::clone(line), own })
    }

    fn send(&self, item: impl Fn() -> ToVisitor) -> bool {
        let Some(channel) = &self.replies else { return true };
        !channel.try_send(item()).is_err_and(|error| error.is_full())
    }
}
