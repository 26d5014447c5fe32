//! Lines that memory has forgotten and the file may have: who wants which of
//! them, and what they are told then.
//!
//! The hub never waits for a disk. It asks, and whoever wants something has its
//! turn (`hub/core/reads.rs`). Lines that have left the ring of their log and
//! wait to be kept are found with those who wait (`hub/core/keeping.rs`).
//!
//! Owns: what each of them is told.
//! Must not know: files, threads.
//!
//! Next: `hub/core/reads.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::catch_up::Piece;
use super::pace::Lookup;
use super::pieces;
use super::reads::Wanted;
use super::searching::nothing_found;
use super::talk::no_history;
use super::{Core, Effect, Room, RoomId, refuse};
use crate::chat::entry::{Entry, Seq};
use crate::chat::log_name::LogName;
use crate::chat::record::{Found, Query, Span};
use crate::chat::refused::Refused;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// The client's next lines are in the file; it goes on when they are there.
    pub(super) fn want_missed(&mut self, client: ClientId, room: RoomId) {
        // One that falls behind meanwhile asks again.
        if self.reading.has_missed(client, room) {
            return;
        }
        let (home, now) = (self.home_of(client), self.now.since_start);
        match self.poll_reads_at(client) {
            Some(at) if at > now => self.reading.wait_until(at, client, room),
            at => {
                let is_urgent = at.is_none() && !self.saves(client);
                self.reading.wait_for_missed((client, room), home, is_urgent.then_some(now));
            }
        }
    }

    /// From when on the file is read for a poll; `None`: it is none. The first time its address
    /// is charged.
    fn poll_reads_at(&mut self, client: ClientId) -> Option<Duration> {
        if let Some(at) = self.reading.poll(client)? {
            return Some(*at);
        }
        let at = self.now.since_start + self.charge_poll(client);
        self.reading.poll(client)?.replace(at);
        Some(at)
    }

    /// A piece of a room's log, from memory if it is there.
    pub(super) fn say_history(
        &mut self,
        client: ClientId,
        id: RoomId,
        before: Seq,
        count: usize,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(&id) else { return };
        let count = count.min(limits::HISTORY_PAGE_MAX);
        let (entries, more) = match room.log.before(before, count) {
            (lines, _) if lines.is_empty() && self.is_forgotten(room) && count > 0 => {
                let epoch = room.log.epoch();
                let waiting = self.keeping.lines(epoch, Seq(0), before);
                let waiting = pieces::unbroken_before(waiting, before, count);
                let (lines, _) = pieces::newest(waiting.into_iter(), count, true);
                (self.keeping.as_changed(epoch, lines), true)
            }
            (lines, more) => (lines, more || self.is_forgotten(room)),
        };
        // Only a file could have what memory has not; and nobody may want nothing of it.
        if entries.is_empty() && more && count > 0 && self.keeping.is_on() {
            let log = room.log_name();
            let wanted = Wanted::Page { client, room: id, log, before, count };
            match self.charge(client, Lookup::Page) {
                Ok(()) => self.want((client, id), wanted, effects),
                Err(reason) => self.refuse_lookup((client, id), reason, effects),
            }
            return;
        }
        let skipped = skipped_around(room, &entries, before);
        let told = Told::History { log: room.log_name(), entries, more, skipped };
        effects.push(Effect::Note(client, told));
    }

    /// What comes of a log from `from` on, which is not in memory; `None`: the file
    /// must be asked.
    pub(super) fn forgotten_piece(&self, room: &Room, from: Seq) -> Option<Piece> {
        let oldest = room.log.oldest();
        if room.log.skips(from) {
            return Some(room.log.piece(from, self.settings.replay_messages_max));
        }
        if !self.is_forgotten(room) {
            return Some(Piece {
                gap: Some(room.log.holes().gap(from, oldest)),
                lines: Vec::new(),
            });
        }
        let epoch = room.log.epoch();
        // What waits is not always the newest: some are kept later than those behind them.
        let mut lines = self.keeping.lines(epoch, from, Seq(u64::MAX)).peekable();
        lines.peek().filter(|line| line.seq == from)?;
        let lines = pieces::run(lines, from, self.settings.replay_messages_max);
        Some(Piece { gap: None, lines: self.keeping.as_changed(epoch, lines) })
    }

    /// Asks for what somebody wants, as far as the history takes questions.
    pub(super) fn ask_for_lines(&mut self, effects: &mut Vec<Effect>) {
        while let Some((client, room)) = self.reading.next_due(self.now.since_start) {
            self.want_missed(client, room);
        }
        self.answer_overdue(effects);
        while let Some(wanted) = self.reading.next(self.now.since_start) {
            match &wanted {
                Wanted::Missed(client, room) => match self.missed_query(*client, *room) {
                    Some(query) => self.ask(wanted, query, effects),
                    // It has left, or memory has it.
                    None => effects.push(Effect::Watch(*client)),
                },
                Wanted::Page { client, room, log, before, count } => match self.rooms.get(room) {
                    Some(room) => {
                        let (epoch, span) = (room.log.epoch(), Span::Before(*before));
                        let query = Query { epoch, span, count: *count };
                        self.ask(wanted, query, effects);
                    }
                    None => effects.push(Effect::Note(*client, no_history(log.clone()))),
                },
                Wanted::Words(client, room, looking) => {
                    match self.words_query(*client, *room, looking) {
                        Some(query) => self.ask(wanted, query, effects),
                        None => effects.push(nothing_found(*client, looking.log())),
                    }
                }
            }
        }
    }

    /// The file has answered.
    pub(super) fn found(&mut self, found: Result<Found, String>, effects: &mut Vec<Effect>) {
        let Some((wanted, query)) = self.reading.answered(self.now.since_start) else { return };
        match wanted {
            Wanted::Missed(it, _) if found.is_err() && self.saves(it) => self.cut_off(it, effects),
            Wanted::Missed(client, room) => {
                // What cannot be read is as good as gone: the talk goes on.
                self.tell_missed(client, room, &query, found.unwrap_or_default(), effects);
            }
            Wanted::Page { client, room, log, .. } => {
                self.tell_page(client, (room, log), &query, found, effects);
            }
            Wanted::Words(client, room, looking) => {
                self.go_on_looking(client, room, looking, found, effects);
            }
        }
    }

    fn tell_missed(
        &mut self,
        client: ClientId,
        id: RoomId,
        query: &Query,
        found: Found,
        effects: &mut Vec<Effect>,
    ) {
        let Span::From(asked) = query.span else { return };
        let Some(room) = self.rooms.get(&id) else {
            // It made place; there may be others that the client misses something of.
            effects.push(Effect::Watch(client));
            return;
        };
        let from = self.stay(client, id).and_then(|stay| stay.missing_from);
        if !self.is_member(client) || from != Some(asked) {
            // It has missed more meanwhile, or was here anew.
            effects.push(Effect::Watch(client));
            return;
        }
        // Of what waits to be kept, the file has nothing.
        let waiting = self.keeping.lines(query.epoch, asked, Seq(u64::MAX)).next();
        let end = waiting.map_or(Seq(u64::MAX), |line| line.seq).min(room.log.oldest());
        let lines: Vec<_> = found.lines.into_iter().filter(|line| line.seq < end).collect();
        let lines = self.keeping.as_changed(query.epoch, lines);
        let piece = self.piece(room, (asked, end), lines.iter());
        self.tell_piece(client, id, asked, piece, effects);
    }

    fn tell_page(
        &mut self,
        client: ClientId,
        (id, log): (RoomId, LogName),
        query: &Query,
        found: Result<Found, String>,
        effects: &mut Vec<Effect>,
    ) {
        if !self.may_read(client, id) {
            // It has left meanwhile, or is somebody else.
            effects.push(Effect::Note(client, no_history(log)));
            return;
        }
        let Ok(Found { lines, older, .. }) = found else {
            effects.push(refuse(client, log.room().cloned(), None, Refused::Unreadable));
            return;
        };
        let lines = self.with_waiting(query, lines, older);
        let lines = self.keeping.as_changed(query.epoch, lines);
        let (entries, more) = pieces::newest(lines.iter(), query.count, older);
        let Span::Before(before) = query.span else { return };
        let room = self.rooms.get(&id);
        let skipped = room.map(|room| skipped_around(room, &entries, before)).unwrap_or_default();
        effects.push(Effect::Note(client, Told::History { log, entries, more, skipped }));
    }

    /// A page of the file, with the lines in between that wait to be kept.
    fn with_waiting(
        &self,
        query: &Query,
        mut lines: Vec<Arc<Entry>>,
        older: bool,
    ) -> Vec<Arc<Entry>> {
        let Span::Before(end) = query.span else { return lines };
        let start = lines.first().filter(|_| older).map_or(Seq(0), |line| line.seq);
        lines.extend(self.keeping.lines(query.epoch, start, end).map(Arc::clone));
        // One that was kept meanwhile is not there twice.
        lines.sort_by_key(|line| line.seq);
        lines.dedup_by_key(|line| line.seq);
        lines
    }

    /// Something that its client is told when its turn has come; too many are refused.
    pub(super) fn want(
        &mut self,
        (client, room): (ClientId, RoomId),
        wanted: Wanted,
        effects: &mut Vec<Effect>,
    ) {
        let home = self.home_of(client);
        if self.reading.has_place_for(&wanted, home) {
            self.reading.wait(wanted, home);
            return;
        }
        let reason = Refused::TooFast(limits::STORE_RETRY_WAIT);
        self.refuse_lookup((client, room), reason, effects);
    }

    pub(super) fn refuse_lookup(
        &self,
        (client, room): (ClientId, RoomId),
        reason: Refused,
        effects: &mut Vec<Effect>,
    ) {
        let name = self.rooms.get(&room).and_then(|room| room.name().cloned());
        effects.push(refuse(client, name, None, reason));
    }

    /// What is to be asked for a client, if it still misses what memory has not.
    fn missed_query(&self, client: ClientId, id: RoomId) -> Option<Query> {
        let room = self.rooms.get(&id)?;
        let from = self.stay(client, id)?.missing_from?;
        let in_file = from < room.log.oldest() && self.forgotten_piece(room, from).is_none();
        let (epoch, count) = (room.log.epoch(), self.settings.replay_messages_max);
        in_file.then_some(Query { epoch, span: Span::From(from), count })
    }

    fn ask(&mut self, wanted: Wanted, query: Query, effects: &mut Vec<Effect>) {
        effects.push(Effect::Find(query.clone()));
        self.reading.ask(wanted, query);
    }

    /// The lines from `from` on, and what is between it and the first of them; if
    /// there are none, up to `end`.
    fn piece<'a>(
        &self,
        room: &Room,
        (from, end): (Seq, Seq),
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> Piece {
        let mut lines = lines.peekable();
        let next = lines.peek().map_or(end, |line| line.seq);
        let gap = (from < next).then(|| room.log.holes().gap(from, next));
        let first = gap.map_or(from, |gap| gap.last().next());
        Piece { gap, lines: pieces::run(lines, first, self.settings.replay_messages_max) }
    }

    /// Whether lines that memory has forgotten may be in the file.
    fn is_forgotten(&self, room: &Room) -> bool {
        self.keeping.is_on() && room.log.has_forgotten()
    }
}

/// What was skipped among these lines, and behind them before the number that was asked for.
fn skipped_around(room: &Room, entries: &[Arc<Entry>], before: Seq) -> Vec<(Seq, Seq)> {
    let first = entries.first().map_or(before, |line| line.seq);
    room.log.holes().between(first, before)
}
