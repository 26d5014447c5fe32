//! How the chat reaches its clients: [`Delivery`] lists what the chat can do to them, and
//! `ClientDelivery` does it. What the core decides becomes frames in outboxes. For clients without
//! a connection of their own, it becomes values in channels. Tests have other deliveries, which
//! only record what the chat did.
//!
//! Owns: the lists of the clients that receive each log's new lines at once, and what is queued for
//! the next push.
//! Must not know: which client should receive what; `chat/core/mod.rs` decides.
//!
//! Next in the chat: `chat_rule/delivery/log_audience.rs`.
//! Part: `chat_rule/mod.rs`.

mod log_audience;
mod reached_client;
mod visits;
mod waiting_answers;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

use crossbeam_channel::Sender;

use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::{Answer, ToVisitor};
use crate::chat::core::LogId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::formats::Format;
use crate::server::hub::Roster;
use crate::server::outbox::{Frame, FrameBatch, LogPosition, Pushed};
use log_audience::{LogAudience, Missed, batch};
use reached_client::ReachedClient;
use visits::Visits;
pub use visits::register_visitor;
use waiting_answers::for_each_parcel;

/// The result of a push: the clients that had no space for what was pushed.
#[derive(Debug, Default)]
pub struct Overrun {
    /// Clients that had no space for a frame or value that cannot be sent again. The caller closes
    /// them.
    pub full: Vec<ClientId>,
    /// Clients to which the missed lines can be sent again. For each client: the logs from which it
    /// has missed lines, and the first missed number of each of these logs.
    pub behind: Vec<(ClientId, Vec<(LogId, Seq)>)>,
}

/// Lines of one log that a client has missed.
#[derive(Clone, Copy, Debug)]
pub struct MissedLines<'a> {
    /// The log.
    pub log: LogId,
    /// The lines, in the order of their numbers.
    pub lines: &'a [Arc<Entry>],
    /// The messages that these lines reply to, as far as they are in memory.
    pub replied_to: &'a [Arc<Entry>],
}

/// How the chat reaches its clients.
///
/// Lines and answers are *queued*: they wait until the next [`push_queued`](Self::push_queued), so
/// that one `send` carries several of them. One push sends all queued lines before all queued
/// answers. A visitor, which has no connection, gets them without that wait. All other methods act
/// at once. If a client must first receive what is queued, the caller calls `push_queued` before
/// such a method.
pub trait Delivery {
    /// Makes the client a member: it may send requests now.
    fn welcome(&mut self, client: ClientId);

    /// Refuses the new client. `reason` says why.
    fn refuse_newcomer(&mut self, client: ClientId, reason: Disconnect);

    /// Makes the client receive each new line of this log at once.
    /// [`unsubscribe`](Self::unsubscribe) ends that, and so do `end_client` and `forget`.
    fn subscribe(&mut self, client: ClientId, log: LogId);

    /// Ends what [`subscribe`](Self::subscribe) began: the client receives no further new lines of
    /// this log.
    fn unsubscribe(&mut self, client: ClientId, log: LogId);

    /// Queues a line for all clients that receive the log's new lines. `replied_to` has the message
    /// that it replies to, if it is a reply and that message is in memory. Returns false if so much
    /// is queued that the caller must call [`push_queued`](Self::push_queued) now.
    fn queue_line(&mut self, log: LogId, entry: &Arc<Entry>, replied_to: &[Arc<Entry>]) -> bool;

    /// Queues an answer for one client. Returns false if so much is queued that the caller must
    /// call [`push_queued`](Self::push_queued) now.
    fn queue_answer(&mut self, client: ClientId, answer: &Answer) -> bool;

    /// Queues an answer, which says that the client has all lines of the log up to `seq`.
    /// If the client falls behind before this answer is sent, the answer is dropped. The caller
    /// queues another one when the client has caught up again.
    fn queue_caught_up(&mut self, client: ClientId, log: LogId, answer: &Answer, seq: Seq);

    /// Pushes all queued lines, then all queued answers. Returns the clients that had no space.
    fn push_queued(&mut self) -> Overrun;

    /// Pushes lines of a log that the client has missed. `person` is the client's person. Returns
    /// false if the client's outbox had no space for these lines.
    fn push_chunk(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        missed: MissedLines<'_>,
    ) -> bool;

    /// Pushes a notice to all clients that receive the log's new lines, except the client `but`.
    /// The notice is lost for a client that has no space now, and for one whose format cannot
    /// express it.
    fn push_notice(&mut self, log: LogId, but: Option<ClientId>, answer: &Answer);

    /// Returns whether everything has been sent to the client. If not, the client's writer tells
    /// the hub when everything has been sent, unless the client ends first.
    fn ask_if_drained(&mut self, client: ClientId) -> bool;

    /// Closes the client. `reason` says why.
    fn end_client(&mut self, client: ClientId, reason: Disconnect);

    /// Removes a client that has left the server, and all data about it.
    fn forget(&mut self, client: ClientId);
}

// A push never blocks. So the hub must decide at once what happens to a client with a full outbox.
// If the client knows the numbers of lines, all lines that wait in its outbox are dropped, except
// one that is partly written, and the caller gets the first missed number of each log
// (`Overrun::behind`). From then on the client is behind in these logs: it does not get their new
// lines at once, but receives the logs in chunks (`chat_rule/progress/catch_up.rs`). What cannot be
// sent again is different: lines to a classic client, which knows no numbers, and answers without a
// log position, which are most answers. If there is no space for these, even after lines were
// dropped, the client is closed (`Overrun::full`).

/// The delivery of the server: clients with a connection have an outbox, those without one have a
/// channel.
pub(super) struct ClientDelivery {
    pub(super) roster: Roster<Format>,
    clients: BTreeMap<ClientId, ReachedClient>,
    visits: Visits,
    logs: BTreeMap<LogId, LogAudience>,
    /// The logs with queued lines. The log with the line that was queued first comes first.
    queued_logs: Vec<LogId>,
    queued_answers: Vec<(ClientId, Frame)>,
    text_bytes_max: usize,
}

impl ClientDelivery {
    pub(super) fn new(roster: Roster<Format>, text_bytes_max: usize) -> Self {
        Self {
            roster,
            clients: BTreeMap::new(),
            visits: Visits::default(),
            logs: BTreeMap::new(),
            queued_logs: Vec::new(),
            queued_answers: Vec::new(),
            text_bytes_max,
        }
    }

    /// Adds a new client. It receives nothing until the core welcomes it. `addr` is its IP address,
    /// if people may see that. `answers` is the channel of a client without a connection.
    pub(super) fn add_client(
        &mut self,
        client: ClientId,
        addr: Option<IpAddr>,
        answers: Option<Sender<ToVisitor>>,
    ) {
        match self.roster.connection(client) {
            Some((_, format)) => {
                self.clients.insert(client, ReachedClient::new(format, addr));
            }
            None => self.visits.add(client, answers),
        }
    }

    /// Pushes one batch to one client. If the outbox is full, drops the lines in it that can be
    /// sent again, and adds to `overrun` what the client has missed. Then pushes a batch without a
    /// log position (answers) a second time. If there is still no space for it, adds the client to
    /// `overrun.full`.
    fn push_to(&self, client: ClientId, batch: &FrameBatch, overrun: &mut Overrun) {
        if self.roster.push(client, batch) != Pushed::Full {
            return;
        }
        // The client gets a batch with a log position later, together with the dropped lines. So
        // this function does not push it a second time.
        let position = batch.frames().first().and_then(Frame::position);
        self.fall_behind(client, position.map(log_and_seq), overrun);
        if position.is_none() && self.roster.push(client, batch) == Pushed::Full {
            overrun.full.push(client);
        }
    }

    /// Drops from the client's outbox the lines that can be sent again later. Adds to `overrun` the
    /// first missed number of each log. `missed` is the log position of what the outbox had no
    /// space for, if it has one.
    fn fall_behind(&self, client: ClientId, missed: Option<(LogId, Seq)>, overrun: &mut Overrun) {
        let dropped = self.roster.fall_behind(client);
        let positions = dropped.iter().filter_map(Frame::position).map(log_and_seq).chain(missed);
        let mut first: BTreeMap<LogId, Seq> = BTreeMap::new();
        for (log, seq) in positions {
            first.entry(log).and_modify(|from| *from = seq.min(*from)).or_insert(seq);
        }
        overrun.behind.push((client, first.into_iter().collect()));
    }

    fn unsubscribe_from_all(&mut self, client: ClientId) {
        let reached = self.clients.get_mut(&client);
        let logs = reached.map_or_else(Vec::new, |reached| std::mem::take(&mut reached.logs));
        logs.into_iter().for_each(|log| self.remove_from(client, log));
    }

    fn remove_from(&mut self, client: ClientId, log: LogId) {
        if let Some(reached) = self.clients.get_mut(&client) {
            reached.logs.retain(|id| *id != log);
        }
        if let Some(audience) = self.logs.get_mut(&log) {
            audience.remove(client);
            if audience.is_deserted() {
                self.logs.remove(&log);
            }
        }
    }
}

impl Delivery for ClientDelivery {
    fn welcome(&mut self, client: ClientId) {
        self.roster.welcome(client);
    }

    fn refuse_newcomer(&mut self, client: ClientId, reason: Disconnect) {
        self.roster.refuse_newcomer(client, reason);
        self.clients.remove(&client);
        self.visits.end_visit(client);
    }

    fn subscribe(&mut self, client: ClientId, log: LogId) {
        self.visits.subscribe(client, log);
        let Some((connection, format)) = self.roster.connection(client) else { return };
        let Some(reached) = self.clients.get_mut(&client) else { return };
        let audience = self.logs.entry(log).or_default();
        debug_assert!(!audience.has_queued_lines(), "nobody receives what was said before");
        match &reached.personal {
            Some(personal) => audience.add_named(client, Arc::clone(personal), connection.clone()),
            None => audience.add(client, format, connection.clone()),
        }
        reached.logs.push(log);
    }

    fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.visits.unsubscribe(client, log);
        self.remove_from(client, log);
    }

    fn queue_line(&mut self, log: LogId, entry: &Arc<Entry>, replied_to: &[Arc<Entry>]) -> bool {
        self.visits.send_line(log, entry);
        let Some(audience) = self.logs.get_mut(&log) else { return true };
        if !audience.has_queued_lines() {
            self.queued_logs.push(log);
        }
        audience.queue(log, entry, replied_to, self.roster.batch_messages_max())
    }

    fn queue_answer(&mut self, client: ClientId, answer: &Answer) -> bool {
        let Some(reached) = self.clients.get_mut(&client) else {
            self.visits.send_answer(client, answer);
            return true;
        };
        if let Some(frame) = reached.encode_answer(answer, self.text_bytes_max) {
            self.queued_answers.push((client, frame));
        }
        // The client has a new name, and its frames are made for its own name. So each log whose
        // new lines it receives at once must now make the frames for the new name.
        if let (Answer::Renamed { .. }, Some(personal)) = (answer, &reached.personal)
            && let Some((connection, _)) = self.roster.connection(client)
        {
            for log in &reached.logs {
                let audience = self.logs.entry(*log).or_default();
                audience.add_named(client, Arc::clone(personal), connection.clone());
            }
        }
        self.queued_answers.len() < self.roster.batch_messages_max()
    }

    fn queue_caught_up(&mut self, client: ClientId, log: LogId, answer: &Answer, seq: Seq) {
        let Some(reached) = self.clients.get_mut(&client) else {
            return self.visits.send_answer(client, answer);
        };
        reached.retold = VecDeque::new();
        let position = LogPosition { log: log.0, seq: seq.next().0 };
        let (format, is_whole) = (reached.format, !reached.has_gap);
        let frame = format.caught_up(answer, self.text_bytes_max, position, is_whole);
        self.queued_answers.extend(frame.map(|frame| (client, frame)));
    }

    fn push_queued(&mut self) -> Overrun {
        let mut missed = Vec::new();
        let mut overrun =
            Overrun { full: std::mem::take(&mut self.visits.full), behind: Vec::new() };
        for log in self.queued_logs.drain(..) {
            if let Some(audience) = self.logs.get_mut(&log) {
                audience.push(log, &self.roster, &mut overrun.full, &mut missed);
            }
        }
        for Missed { client, log, from } in missed {
            self.fall_behind(client, Some((log, from)), &mut overrun);
        }
        let answers = std::mem::take(&mut self.queued_answers);
        for_each_parcel(answers, |client, batch| self.push_to(client, batch, &mut overrun));
        overrun
    }

    fn push_chunk(
        &mut self,
        client: ClientId,
        person: Option<PersonId>,
        MissedLines { log, lines, replied_to }: MissedLines<'_>,
    ) -> bool {
        let Some(reached) = self.clients.get_mut(&client) else {
            self.visits.push_chunk(client, person, lines);
            return true;
        };
        let lines = reached.missed_lines(lines);
        let frames = lines.iter().filter_map(|entry| match &reached.personal {
            Some(personal) => {
                personal.encode_past_line(log.0, entry, replied_to, entry.to_reader(person))
            }
            None => reached.format.encode_past_line(log.0, entry, entry.to_reader(person)),
        });
        let batch = batch(frames);
        self.roster.push(client, &batch) != Pushed::Full
    }

    fn push_notice(&mut self, log: LogId, but: Option<ClientId>, answer: &Answer) {
        self.visits.send_notice(log, but, answer);
        if let Some(audience) = self.logs.get(&log) {
            audience.push_notice(self.roster.fan_out(), answer, self.text_bytes_max, but);
        }
    }

    fn ask_if_drained(&mut self, client: ClientId) -> bool {
        self.roster.ask_if_drained(client)
    }

    fn end_client(&mut self, client: ClientId, reason: Disconnect) {
        self.unsubscribe_from_all(client);
        self.visits.end_visit(client);
        self.roster.end_client(client, reason);
    }

    fn forget(&mut self, client: ClientId) {
        self.unsubscribe_from_all(client);
        self.clients.remove(&client);
        self.visits.end_visit(client);
        self.roster.forget(client);
    }
}

fn log_and_seq(position: LogPosition) -> (LogId, Seq) {
    (LogId(position.log), Seq(position.seq))
}
