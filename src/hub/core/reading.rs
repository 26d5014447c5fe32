//! Lines that memory has forgotten and the file may have: who wants which of
//! them, and what they are told then.
//!
//! The hub never waits for a disk. It asks one question at a time, and whoever
//! wants something has its turn. Lines that have left the ring of their log and
//! wait to be kept are found with those who wait (`hub/core/keeping.rs`).
//!
//! Owns: that order, and the bound on who waits.
//! Must not know: files, threads.
//!
//! Next: `hub/core/searching.rs`.

use std::collections::VecDeque;
use std::sync::Arc;

use super::catch_up::{Gap, Piece};
use super::pieces;
use super::searching::{Looking, nothing_found};
use super::{Core, Effect, Room, RoomId, refuse};
use crate::chat::entry::{Entry, Seq, is_crash_between};
use crate::chat::record::{Found, Query, Span};
use crate::chat::refused::Refused;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

/// Who waits for lines of the file, and what has been asked.
#[derive(Debug, Default)]
pub(super) struct Reading {
    waiting: VecDeque<Wanted>,
    /// Those who look for words: only when nobody waits for what it has missed.
    looking: VecDeque<Wanted>,
    under_way: Option<(Wanted, Query)>,
}

/// Something that somebody wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// What it has missed of a room.
    Missed(ClientId, RoomId),
    /// At most `count` lines older than `before`.
    Page { client: ClientId, room: RoomId, before: Seq, count: usize },
    /// Lines with some words, of any age.
    Words(ClientId, RoomId, Box<Looking>),
}

impl Reading {
    fn all(&self) -> impl Iterator<Item = &Wanted> {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        under_way.chain(&self.waiting).chain(&self.looking)
    }

    /// It has its turn behind all others of its kind.
    pub(super) fn wait(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Words(..) => self.looking.push_back(wanted),
            _ => self.waiting.push_back(wanted),
        }
    }

    fn next(&mut self) -> Option<Wanted> {
        self.waiting.pop_front().or_else(|| self.looking.pop_front())
    }

    /// Whether somebody who looks for words has not been answered yet.
    pub(super) fn has_words_of(&self, asker: ClientId) -> bool {
        self.all().any(|it| matches!(it, Wanted::Words(client, ..) if *client == asker))
    }
}

impl Core {
    /// The client's next lines are in the file; it goes on when they are there.
    pub(super) fn want_missed(&mut self, client: ClientId, room: RoomId) {
        let wanted = Wanted::Missed(client, room);
        // One that falls behind meanwhile asks again.
        if !self.reading.all().any(|it| *it == wanted) {
            self.reading.waiting.push_back(wanted);
        }
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
        if entries.is_empty() && more {
            let wanted = Wanted::Page { client, room: id, before, count };
            self.want((client, id), wanted, effects);
            return;
        }
        let told = Told::History { log: room.log_name(), entries, more };
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
            return Some(Piece { gap: Some(Gap::TooOld(before(oldest))), lines: Vec::new() });
        }
        let epoch = room.log.epoch();
        // What waits is not always the newest: some are kept later than those behind them.
        let mut lines = self.keeping.lines(epoch, from, Seq(u64::MAX)).peekable();
        lines.peek().filter(|line| line.seq == from)?;
        let lines = pieces::run(lines, from, self.settings.replay_messages_max);
        Some(Piece { gap: None, lines: self.keeping.as_changed(epoch, lines) })
    }

    /// Asks for what somebody wants, if nothing has been asked.
    pub(super) fn ask_for_lines(&mut self, effects: &mut Vec<Effect>) {
        while self.reading.under_way.is_none()
            && let Some(wanted) = self.reading.next()
        {
            match &wanted {
                Wanted::Missed(client, room) => match self.missed_query(*client, *room) {
                    Some(query) => self.ask(wanted, query, effects),
                    // It has left, or memory has it.
                    None => effects.push(Effect::Watch(*client)),
                },
                Wanted::Page { room, before, count, .. } => {
                    if let Some(room) = self.rooms.get(room) {
                        let epoch = room.log.epoch();
                        let query = Query { epoch, span: Span::Before(*before), count: *count };
                        self.ask(wanted, query, effects);
                    }
                }
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
        let Some((wanted, query)) = self.reading.under_way.take() else { return };
        match wanted {
            Wanted::Missed(it, _) if found.is_err() && self.saves(it) => self.cut_off(it, effects),
            Wanted::Missed(client, room) => {
                // What cannot be read is as good as gone: the talk goes on.
                self.tell_missed(client, room, &query, found.unwrap_or_default(), effects);
            }
            Wanted::Page { client, room, .. } => {
                self.tell_page(client, room, &query, found, effects);
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
        let piece = self.piece(asked, end, !found.older, lines.iter());
        self.tell_piece(client, id, asked, piece, effects);
    }

    fn tell_page(
        &mut self,
        client: ClientId,
        id: RoomId,
        query: &Query,
        found: Result<Found, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(&id).filter(|_| self.may_read(client, id)) else {
            return;
        };
        let (log, name) = (room.log_name(), room.name().cloned());
        let Ok(Found { lines, older, .. }) = found else {
            effects.push(refuse(client, name, None, Refused::Unreadable));
            return;
        };
        let lines = self.with_waiting(query, lines, older);
        let lines = self.keeping.as_changed(query.epoch, lines);
        let (entries, more) = pieces::newest(lines.iter(), query.count, older);
        effects.push(Effect::Note(client, Told::History { log, entries, more }));
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
        let waiting = self.reading.waiting.len() + self.reading.looking.len();
        if waiting < limits::READS_WAITING_MAX {
            self.reading.wait(wanted);
            return;
        }
        let name = self.rooms.get(&room).and_then(|room| room.name().cloned());
        let reason = Refused::TooFast(limits::STORE_RETRY_WAIT);
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
        self.reading.under_way = Some((wanted, query));
    }

    /// The lines from `from` on, and what is between it and the first of them; if
    /// there are none, up to `end`.
    fn piece<'a>(
        &self,
        from: Seq,
        end: Seq,
        is_start: bool,
        lines: impl Iterator<Item = &'a Arc<Entry>>,
    ) -> Piece {
        let mut lines = lines.peekable();
        let first = lines.peek().map_or(end, |line| line.seq);
        // In the middle, a line is missing for a crash, or because the disk was too slow for it.
        let is_crash = !is_start && is_crash_between(from, first);
        let gap = if is_crash { Gap::Skipped } else { Gap::TooOld };
        let gap = gap(before(first));
        let lines = pieces::run(lines, first, self.settings.replay_messages_max);
        Piece { gap: (from < first).then_some(gap), lines }
    }

    /// Whether lines that memory has forgotten may be in the file.
    fn is_forgotten(&self, room: &Room) -> bool {
        self.keeping.is_on() && room.log.has_forgotten()
    }
}

fn before(seq: Seq) -> Seq {
    Seq(seq.0.saturating_sub(1))
}
