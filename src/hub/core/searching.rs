//! Lines that somebody looks for: the history looks for them, for whoever follows their log.
//!
//! It looks at some thousand lines at a time, newest first, and then at whatever else
//! it has to do. A client has one such question at a time; only what is kept is found.
//!
//! Owns: who may ask, and what is told of what was found.
//! Must not know: files, threads.
//!
//! Next: `hub/core/hand_over.rs`.

use std::sync::Arc;

use super::reads::Wanted;
use super::{Core, Effect, Room, RoomId, pieces, refuse};
use crate::chat::entry::{Entry, What};
use crate::chat::log_name::LogName;
use crate::chat::record::{Found, Query, Span};
use crate::chat::refused::Refused;
use crate::chat::request::Search;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

/// A question that is being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Looking {
    /// What is still to be looked through.
    search: Search,
    /// What was found so far, oldest first.
    found: Vec<Arc<Entry>>,
    /// How often the history has looked.
    turns: usize,
}

impl Looking {
    pub(super) fn log(&self) -> &LogName {
        &self.search.log
    }
}

impl Core {
    /// Somebody looks for something that was said.
    pub(super) fn search(&mut self, client: ClientId, search: Search, effects: &mut Vec<Effect>) {
        let room = search.log.room().cloned();
        let log = self.log_of(client, &search.log);
        let refusal = if log.is_none() && room.is_some() {
            Some(Refused::NotInRoom)
        } else if !self.keeping.is_on() {
            Some(Refused::NothingKept)
        } else if self.reading.has_words_of(client) {
            Some(Refused::TooFast(limits::STORE_RETRY_WAIT))
        } else {
            None
        };
        match (refusal, log) {
            (Some(reason), _) => effects.push(refuse(client, room, None, reason)),
            // Nobody has written to it in private, nor it to anybody.
            (None, None) => effects.push(nothing_found(client, &search.log)),
            (None, Some(id)) => {
                let count = search.count.clamp(1, limits::HISTORY_PAGE_MAX);
                let search = Search { count, ..search };
                let looking = Box::new(Looking { search, found: Vec::new(), turns: 0 });
                self.want((client, id), Wanted::Words(client, id, looking), effects);
            }
        }
    }

    /// What the history is asked next; `None` if nobody waits for it any more.
    pub(super) fn words_query(
        &self,
        client: ClientId,
        id: RoomId,
        looking: &Looking,
    ) -> Option<Query> {
        let room = self.rooms.get(&id).filter(|_| self.stay(client, id).is_some())?;
        let Search { sought, before, count, .. } = &looking.search;
        let count = count.saturating_sub(looking.found.len());
        Some(Query { epoch: room.log.epoch(), span: Span::With(sought.clone(), *before), count })
    }

    /// The history has looked at some more lines.
    pub(super) fn go_on_looking(
        &mut self,
        client: ClientId,
        id: RoomId,
        mut looking: Box<Looking>,
        found: Result<Found, String>,
        effects: &mut Vec<Effect>,
    ) {
        let name = looking.log().room().cloned();
        let Ok(Found { mut lines, next, .. }) = found else {
            effects.push(refuse(client, name, None, Refused::Unreadable));
            return;
        };
        let Some(room) = self.rooms.get(&id).filter(|_| self.stay(client, id).is_some()) else {
            effects.push(nothing_found(client, looking.log()));
            return;
        };
        lines.append(&mut looking.found);
        looking.turns += 1;
        let (entries, is_cut) = pieces::newest(lines.iter(), looking.search.count, false);
        let is_full = is_cut || entries.len() == looking.search.count;
        if let Some(next) = next.filter(|_| !is_full && looking.turns < limits::SEARCH_TURNS_MAX) {
            looking.search.before = next;
            looking.found = entries;
            self.reading.wait(Wanted::Words(client, id, looking));
            return;
        }
        let next = if is_cut { entries.first().map(|line| line.seq) } else { next };
        let entries = self.as_they_read_now(room, entries, &looking.search);
        let log = looking.search.log;
        effects.push(Effect::Note(client, Told::Found { log, entries, next }));
    }

    /// What was taken back must not be told again, though the file may not know of it
    /// yet, or never will.
    fn as_they_read_now(
        &self,
        room: &Room,
        lines: Vec<Arc<Entry>>,
        search: &Search,
    ) -> Vec<Arc<Entry>> {
        let in_memory = |line: Arc<Entry>| room.log.line(line.seq).cloned().unwrap_or(line);
        let lines = lines.into_iter().map(in_memory).collect();
        let mut lines = self.keeping.as_changed(room.log.epoch(), lines);
        let mut looking = search.sought.looking();
        lines.retain(|line| {
            let is_there = !matches!(line.what, What::Deleted { .. });
            is_there && looking.is_it(line.by.name.shown(), line.at, line.what.text())
        });
        lines
    }
}

pub(super) fn nothing_found(client: ClientId, log: &LogName) -> Effect {
    let log = log.clone();
    Effect::Note(client, Told::Found { log, entries: Vec::new(), next: None })
}
