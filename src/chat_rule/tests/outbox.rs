//! Clients whose outboxes are lists with a maximum number of items.
//!
//! Owns: what happens if an item does not fit. The hub's real outboxes do the same.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::device::Item;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::core::LogId;
use crate::chat::entry::{Entry, Seq};
use crate::chat::record::PersonId;
use crate::chat_rule::delivery::{Delivery, MissedLines, Overrun};

/// The outbox of one client.
#[derive(Default)]
pub(super) struct Outbox {
    pub(super) waiting: VecDeque<Item>,
    pub(super) hears: BTreeSet<LogId>,
    pub(super) must_report: bool,
}

/// All connected clients.
#[derive(Default)]
pub(super) struct Outboxes {
    pub(super) of: BTreeMap<ClientId, Outbox>,
    pub(super) items_max: usize,
    noted: Vec<(LogId, Arc<Entry>)>,
    answers: Vec<(ClientId, Item)>,
    /// What was said and answered since the test last checked it.
    pub(super) said: Vec<(LogId, Arc<Entry>)>,
    pub(super) answered: Vec<(ClientId, Answer)>,
    /// Clients that the chat has closed, and that have not left yet.
    pub(super) ended: Vec<ClientId>,
}

impl Outbox {
    /// Drops items that can be sent again later. The first item stays, because a part of it may
    /// have been sent. Returns the first dropped line of each log.
    fn fall_behind(&mut self, missed: Option<(LogId, Seq)>) -> Vec<(LogId, Seq)> {
        let mut first: BTreeMap<LogId, Seq> = missed.into_iter().collect();
        let mut place = 0;
        self.waiting.retain(|item| {
            place += 1;
            let (log, seq) = match item {
                Item::Line(log, entry) if place > 1 => (*log, entry.seq),
                Item::CaughtUp(log, _, seq) if place > 1 => (*log, seq.next()),
                _ => return true,
            };
            let from = first.entry(log).or_insert(seq);
            *from = seq.min(*from);
            false
        });
        first.into_iter().collect()
    }
}

impl Outboxes {
    pub(super) fn new(items_max: usize) -> Self {
        Self { items_max, ..Self::default() }
    }

    fn tell(&mut self, log: LogId, entry: &Arc<Entry>, overrun: &mut Overrun) {
        for (client, outbox) in &mut self.of {
            if !outbox.hears.contains(&log) {
                continue;
            }
            let is_behind = overrun.behind.iter().any(|(it, _)| it == client);
            if outbox.waiting.len() < self.items_max && !is_behind {
                outbox.waiting.push_back(Item::Line(log, Arc::clone(entry)));
            } else {
                overrun.behind.push((*client, outbox.fall_behind(Some((log, entry.seq)))));
            }
        }
    }

    fn note(&mut self, client: ClientId, item: Item, overrun: &mut Overrun) {
        let Some(outbox) = self.of.get_mut(&client) else { return };
        if outbox.waiting.len() >= self.items_max {
            if let Item::CaughtUp(log, _, seq) = item {
                let missed = outbox.fall_behind(Some((log, seq.next())));
                return overrun.behind.push((client, missed));
            }
            overrun.behind.push((client, outbox.fall_behind(None)));
        }
        if outbox.waiting.len() < self.items_max {
            outbox.waiting.push_back(item);
        } else {
            overrun.full.push(client);
        }
    }
}

impl Delivery for Outboxes {
    fn welcome(&mut self, _: ClientId) {}

    fn refuse_newcomer(&mut self, client: ClientId, _: Disconnect) {
        self.of.remove(&client);
    }

    fn subscribe(&mut self, client: ClientId, log: LogId) {
        self.of.get_mut(&client).into_iter().for_each(|outbox| {
            outbox.hears.insert(log);
        });
    }

    fn unsubscribe(&mut self, client: ClientId, log: LogId) {
        self.of.get_mut(&client).into_iter().for_each(|outbox| {
            outbox.hears.remove(&log);
        });
    }

    fn queue_line(&mut self, log: LogId, entry: &Arc<Entry>, _: &[Arc<Entry>]) -> bool {
        self.said.push((log, Arc::clone(entry)));
        self.noted.push((log, Arc::clone(entry)));
        true
    }

    fn queue_answer(&mut self, client: ClientId, told: &Answer) -> bool {
        self.answered.push((client, told.clone()));
        self.answers.push((client, Item::Answer(told.clone())));
        true
    }

    fn queue_caught_up(&mut self, client: ClientId, log: LogId, told: &Answer, seq: Seq) {
        self.answers.push((client, Item::CaughtUp(log, told.clone(), seq)));
    }

    fn push_queued(&mut self) -> Overrun {
        let mut overrun = Overrun::default();
        for (log, entry) in std::mem::take(&mut self.noted) {
            self.tell(log, &entry, &mut overrun);
        }
        for (client, item) in std::mem::take(&mut self.answers) {
            self.note(client, item, &mut overrun);
        }
        overrun
    }

    fn push_chunk(
        &mut self,
        client: ClientId,
        _: Option<PersonId>,
        MissedLines { log, lines, .. }: MissedLines<'_>,
    ) -> bool {
        let Some(outbox) = self.of.get_mut(&client) else { return true };
        if outbox.waiting.len() + lines.len() > self.items_max {
            return false;
        }
        let lines = lines.iter().map(|entry| Item::Line(log, Arc::clone(entry)));
        outbox.waiting.extend(lines);
        true
    }

    /// Sends a notice only to clients that have received most of their items, like the real hub.
    fn push_notice(&mut self, log: LogId, but: Option<ClientId>, told: &Answer) {
        let room_left = self.items_max / 4;
        let hearers = self
            .of
            .iter_mut()
            .filter(|(client, outbox)| Some(**client) != but && outbox.hears.contains(&log));
        for (_, outbox) in hearers.filter(|(_, it)| it.waiting.len() <= room_left) {
            outbox.waiting.push_back(Item::Answer(told.clone()));
        }
    }

    fn ask_if_drained(&mut self, client: ClientId) -> bool {
        let Some(outbox) = self.of.get_mut(&client) else { return false };
        outbox.must_report = !outbox.waiting.is_empty();
        !outbox.must_report
    }

    fn end_client(&mut self, client: ClientId, _: Disconnect) {
        self.of.remove(&client);
        self.ended.push(client);
    }

    fn forget(&mut self, client: ClientId) {
        self.of.remove(&client);
    }
}
