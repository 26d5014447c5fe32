//! Every registered client with its connection, and all that a rule can do to a client. Each of
//! these calls acts at once and never blocks. If a client's outbox is full, a push returns
//! [`Pushed::Full`].
//!
//! Owns: the map from the number of every registered client to its connection; when the hub hangs
//! up on an ending client.
//! Must not know: which client receives or loses which message; the rule decides that.
//!
//! Next: `classic/everybody.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::{ClientConnection, HubFormat, handle::Registration};
use crate::base::{client_id::ClientId, disconnect::Disconnect, limits};
use crate::server::config::FanOut;
use crate::server::instruments;
use crate::server::outbox::{ExpressSide, Frame, FrameBatch, OutboxState, Pushed, Unsent};

/// The hub's clients, from their registration until they are forgotten.
#[derive(Debug)]
pub struct Roster<F: HubFormat> {
    members: BTreeMap<ClientId, RosterClient<F>>,
    fan_out: FanOut,
    batch_messages_max: usize,
    /// The moments at which the hub hangs up on ending clients, the earliest first.
    hang_ups: VecDeque<(Instant, ClientId)>,
}

impl<F: HubFormat> Roster<F> {
    /// Makes an empty roster. Each client's outbox has space for `outbox_messages_max` messages;
    /// the roster uses this number only to keep a push small.
    pub fn new(fan_out: FanOut, outbox_messages_max: usize) -> Self {
        // One push must fill at most a quarter of an outbox, unless the outbox has space for fewer
        // than four messages: see the assertion in `base/limits/mod.rs`.
        let quarter = (outbox_messages_max / 4).max(1);
        let batch_messages_max = limits::FRAME_BATCH_MESSAGES_MAX.min(quarter);
        Self { members: BTreeMap::new(), fan_out, batch_messages_max, hang_ups: VecDeque::new() }
    }

    /// Returns whether the hub may send batches by itself, or leaves all of them to the writers.
    pub fn fan_out(&self) -> FanOut {
        self.fan_out
    }

    /// Returns how many messages one push may carry: a quarter of what an outbox holds, but at most
    /// [`FRAME_BATCH_MESSAGES_MAX`](limits::FRAME_BATCH_MESSAGES_MAX).
    pub fn batch_messages_max(&self) -> usize {
        self.batch_messages_max
    }

    /// Returns whether the roster has no client, not even one that waits or is ending.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Returns the numbers of all clients in ascending order, also of those that wait or are
    /// ending.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> {
        self.members.keys().copied()
    }

    /// Returns the connection of this client, and its format. `None`: it has no connection, or it
    /// is not in the roster.
    pub fn connection(&self, client: ClientId) -> Option<(&ClientConnection, F)> {
        let (connection, format) = self.members.get(&client)?.connection.as_ref()?;
        Some((connection, *format))
    }

    /// Adds a client that waits until the rule welcomes or refuses it. Returns the client's number,
    /// and what the rule needs to know about the client.
    pub(crate) fn add_pending(&mut self, registration: Registration<F>) -> (ClientId, F::Newcomer) {
        let Registration { client, connection, newcomer, welcome } = registration;
        self.members.insert(client, RosterClient { connection, welcome: Some(welcome) });
        (client, newcomer)
    }

    /// Makes a waiting client a member, and so answers its registration. From then on the client
    /// may send requests.
    pub fn welcome(&mut self, client: ClientId) {
        if let Some(member) = self.members.get_mut(&client) {
            member.answer(Ok(()));
        }
    }

    /// Refuses a waiting client and forgets it: its reader does not unregister it later. Does
    /// nothing if the client is not in the roster.
    pub fn refuse_newcomer(&mut self, client: ClientId, reason: Disconnect) {
        if let Some(mut member) = self.members.remove(&client) {
            member.answer(Err(reason));
        }
    }

    /// Pushes to one client: all of the batch, or nothing. For a client that has no connection or
    /// is not in the roster, the result is [`Pushed::Ended`].
    pub fn push(&self, client: ClientId, batch: &FrameBatch) -> Pushed {
        let Some((connection, _)) = self.connection(client) else { return Pushed::Ended };
        connection.push(self.fan_out, batch)
    }

    /// Takes those messages out of the client's outbox that can be sent again from a log, and
    /// returns them. A message stays if its first byte has been written, or if the writer has taken
    /// it already.
    pub fn fall_behind(&self, client: ClientId) -> Vec<Frame> {
        let Some((connection, _)) = self.connection(client) else { return Vec::new() };
        let lines = connection.outbox.with(OutboxState::fall_behind);
        instruments::HUB.taken_back.add(lines.len() as u64);
        lines
    }

    /// Returns true if nothing is unsent to the client; to a client without a connection nothing is
    /// ever unsent. Otherwise returns false, and the rule gets
    /// [`Event::Drained`](super::Event::Drained) when the client's writer finds nothing more to
    /// write, unless the client ends before. Also returns false for a client that is not in the
    /// roster.
    pub fn ask_if_drained(&self, client: ClientId) -> bool {
        let Some(member) = self.members.get(&client) else { return false };
        let connection = member.connection.as_ref();
        connection.is_none_or(|(connection, _)| connection.outbox.with(OutboxState::ask_if_drained))
    }

    /// Begins to close the connection of the client for this reason; does nothing if the client has
    /// no connection. The client stays in the roster until its reader has unregistered it. If the
    /// reader takes too long, the hub hangs up.
    pub fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        let Some((connection, format)) = self.connection(client) else { return };
        // A client that is too slow (`SlowConsumer`) would not receive its waiting messages in
        // time, so they are dropped.
        let rest = if reason == Disconnect::SlowConsumer { Unsent::Drop } else { Unsent::Send };
        if rest == Unsent::Send
            && let Some(frame) = format.bye(reason)
        {
            connection.push(FanOut::Writers, &FrameBatch::of(frame));
        }
        if format.is_cut_by(reason) {
            connection.outbox.with(|state| state.fail(reason));
        } else {
            let goodbye = format.close(reason);
            connection.outbox.with(|state| state.close(reason, goodbye, rest));
        }
        let hang_up_at = Instant::now() + time_to_end(reason);
        let index = self.hang_ups.partition_point(|(at, _)| *at <= hang_up_at);
        self.hang_ups.insert(index, (hang_up_at, client));
    }

    /// Removes a client whose reader sends no more requests. Its connection is not closed by this.
    /// Does nothing if the client is not in the roster.
    pub fn forget(&mut self, client: ClientId) {
        let Some(member) = self.members.remove(&client) else { return };
        // A client that receives a file gets much time before the hub hangs up on it. Many such
        // clients may come and go in that time, and `hang_ups` would grow. So a client that has
        // left is removed from it at once.
        if member.connection.is_some_and(|(_, format)| format.is_file()) {
            self.hang_ups.retain(|(_, ending)| *ending != client);
        }
    }

    pub(super) fn next_hang_up(&self) -> Option<Instant> {
        self.hang_ups.front().map(|(at, _)| *at)
    }

    /// Hangs up on those ending clients that are still here although their time is over. The
    /// hang-up is needed because a new timeout does not end a write that blocks already.
    pub(super) fn hang_up_overdue(&mut self, now: Instant) {
        while let Some((_, client)) = self.hang_ups.pop_front_if(|(at, _)| *at <= now) {
            if let Some((connection, _)) = self.connection(client) {
                connection.hang_up();
            }
        }
    }
}

/// Returns how much time a client has that ends for this reason. Meanwhile the writer may write
/// what it still has. Then the hub hangs up, if the client is still here.
fn time_to_end(reason: Disconnect) -> Duration {
    match reason {
        Disconnect::ServerStopping => limits::STOP_CLIENTS_WAIT,
        Disconnect::SlowConsumer
        | Disconnect::TalkedTooFast
        | Disconnect::SessionRenewed
        | Disconnect::SessionLeft => limits::EVICT_WAIT,
        _ => limits::LET_GO_WAIT,
    }
}

#[derive(Debug)]
struct RosterClient<F> {
    /// `None`: the client has no connection, and the rule reaches it in its own way.
    connection: Option<(ClientConnection, F)>,
    /// The sender of the answer to the client's registration; `None` after the answer.
    welcome: Option<Sender<Result<(), Disconnect>>>,
}

impl<F> RosterClient<F> {
    /// Answers the registration; does nothing if it is answered already. Never blocks: the channel
    /// has space for the one answer.
    fn answer(&mut self, answer: Result<(), Disconnect>) {
        if let Some(welcome) = self.welcome.take() {
            // This send cannot fail: the thread that registered the client keeps the receiver until
            // it has the answer.
            welcome.try_send(answer).ok();
        }
    }
}
