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
use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::core::{CameFrom, LogId, Newcomer};
use crate::chat::entry::{Entry, ToReader};
use crate::chat::record::PersonId;
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
    let (answers, received) = bounded(unread_max);
    let arrival = Arrival { who, came_from, answers: Some(answers) };
    Ok((hub.register_without_connection(client, arrival)?, received))
}

#[derive(Default)]
pub(super) struct Visits {
    /// For each client whose visit has not ended, the channel to the client's thread.
    clients: BTreeMap<ClientId, Sender<ToVisitor>>,
    /// For each log, the clients that receive its new lines at once.
    subscribers: BTreeMap<LogId, BTreeSet<ClientId>>,
    /// The clients for which something was lost because their channel was full. `push_queued` takes
    /// them out; the chat must then end their visits.
    pub(super) full: Vec<ClientId>,
}

impl Visits {
    /// Adds a client. Without a channel, it receives nothing.
    pub(super) fn add(&mut self, client: ClientId, answers: Option<Sender<ToVisitor>>) {
        self.clients.extend(answers.map(|answers| (client, answers)));
    }

    /// Makes the client receive each new line of the log. Does nothing for a client with a
    /// connection.
    pub(super) fn subscribe(&mut self, client: ClientId, log: LogId) {
        if self.clients.contains_key(&client) {
            self.subscribers.entry(log).or_default().insert(client);
        }
    }

    pub(super) fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.remove_from(client, |id| *id == log);
    }

    /// Ends the visit: the client receives nothing more, and its thread sees the channel close.
    pub(super) fn end_visit(&mut self, client: ClientId) {
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

    /// Sends an answer to one client. If the client's channel is full, the answer is lost, and the
    /// client is added to `full`. Never blocks.
    pub(super) fn send_answer(&mut self, client: ClientId, answer: &Answer) {
        self.send_all(client, [answer_item(answer)]);
    }

    /// Sends these lines to one client; `person` is the client's person. If the client's channel is
    /// full, the remaining lines are lost, and the client is added to `full`. Never blocks.
    pub(super) fn push_chunk(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        lines: &[Arc<Entry>],
    ) {
        self.send_all(
            client,
            lines.iter().map(|line| line_item(line, Some(line.to_reader(person)))),
        );
    }

    fn send_all(&mut self, client: ClientId, items: impl IntoIterator<Item = ToVisitor>) {
        if let Some(answers) = self.clients.get(&client)
            && !items.into_iter().all(|item| send(answers, item))
        {
            self.full.push(client);
        }
    }

    /// Sends a line to all clients that receive the log's new lines. It is lost for those whose
    /// channel is full; they are added to `full`. Never blocks.
    pub(super) fn send_line(&mut self, log: LogId, entry: &Arc<Entry>) {
        self.send_to_subscribers(log, None, || line_item(entry, None));
    }

    /// Sends a notice to all clients that receive the log's new lines, except the client `but`. It
    /// is lost for those whose channel is full; they are added to `full`. Never blocks.
    pub(super) fn send_notice(&mut self, log: LogId, but: Option<ClientId>, answer: &Answer) {
        self.send_to_subscribers(log, but, || answer_item(answer));
    }

    fn send_to_subscribers(
        &mut self,
        log: LogId,
        but: Option<ClientId>,
        item: impl Fn() -> ToVisitor,
    ) {
        for client in self.subscribers.get(&log).into_iter().flatten() {
            if Some(*client) != but
                && self.clients.get(client).is_some_and(|answers| !send(answers, item()))
            {
                self.full.push(*client);
            }
        }
    }
}

fn answer_item(answer: &Answer) -> ToVisitor {
    ToVisitor::Answer(Box::new(answer.clone()))
}

fn line_item(line: &Arc<Entry>, past: Option<ToReader>) -> ToVisitor {
    ToVisitor::Line { entry: Arc::clone(line), past }
}

/// Returns false if the channel is full, so that the item is lost.
fn send(answers: &Sender<ToVisitor>, item: ToVisitor) -> bool {
    !answers.try_send(item).is_err_and(|error| error.is_full())
}
