//! Who waits for lines of the file, in which order.
//!
//! Owns: that order, and what has been asked; one question at a time.
//! Must not know: what anybody is told, files.
//!
//! Next: `hub/core/searching.rs`.

use std::collections::VecDeque;

use super::RoomId;
use super::searching::Looking;
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::record::Query;
use crate::hub::ClientId;

/// Who waits, and what has been asked.
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
    /// At most `count` lines of this log older than `before`.
    Page { client: ClientId, room: RoomId, log: LogName, before: Seq, count: usize },
    /// Lines with some words, of any age.
    Words(ClientId, RoomId, Box<Looking>),
}

impl Reading {
    fn all(&self) -> impl Iterator<Item = &Wanted> {
        let under_way = self.under_way.iter().map(|(wanted, _)| wanted);
        under_way.chain(&self.waiting).chain(&self.looking)
    }

    pub(super) fn has(&self, wanted: &Wanted) -> bool {
        self.all().any(|it| it == wanted)
    }

    /// Whether somebody who looks for words has not been answered yet.
    pub(super) fn has_words_of(&self, asker: ClientId) -> bool {
        self.all().any(|it| matches!(it, Wanted::Words(client, ..) if *client == asker))
    }

    /// How many wait for what they have asked for. Who must be told what it has missed is
    /// not among them.
    pub(super) fn asked_for(&self) -> usize {
        let pages = self.waiting.iter().filter(|it| !matches!(it, Wanted::Missed(..)));
        pages.count() + self.looking.len()
    }

    /// It has its turn behind all others of its kind.
    pub(super) fn wait(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Words(..) => self.looking.push_back(wanted),
            _ => self.waiting.push_back(wanted),
        }
    }

    /// Whose turn it is; nobody's while an answer is under way.
    pub(super) fn next(&mut self) -> Option<Wanted> {
        if self.under_way.is_some() {
            return None;
        }
        self.waiting.pop_front().or_else(|| self.looking.pop_front())
    }

    /// The history has been asked this for somebody.
    pub(super) fn ask(&mut self, wanted: Wanted, query: Query) {
        self.under_way = Some((wanted, query));
    }

    /// What was under way has its answer.
    pub(super) fn answered(&mut self) -> Option<(Wanted, Query)> {
        self.under_way.take()
    }
}
