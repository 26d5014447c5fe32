//! How a client gets what it has missed: on coming in, after a lost line, and after having
//! been too slow. All three are the same here.
//!
//! Owns: which piece of which log a client is told next, and when it hears again.
//! Must not know: outboxes.
//!
//! Next: `telling/progress/reading.rs`.

use super::{State, Telling};
use crate::chat::core::pieces::Piece;
use crate::chat::core::{Core, RoomId};
use crate::chat::entry::Seq;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::telling::delivery::Delivery;

impl<D: Delivery> Telling<D> {
    /// The client's outbox was full; from these numbers on it has missed what was said.
    pub(in crate::telling) fn fall_behind(
        &mut self,
        core: &Core,
        client: ClientId,
        missed: &[(RoomId, Seq)],
    ) {
        for (log, first) in missed {
            let Some(member) = self.members.get_mut(&client) else { return };
            let follow = member.follows.iter_mut().find(|follow| follow.log == *log);
            let Some(follow) = follow else { continue };
            // What waited from an earlier stay in the room is of no interest.
            let first = (*first).max(follow.from);
            let before = follow.state.behind();
            follow.state = State::Behind(before.map_or(first, |from| from.min(first)));
            if before.is_none() {
                self.delivery.deafen(client, *log);
                if let Some(room) = core.room(*log) {
                    self.delivery.note_answer(client, &Told::Behind(room.log_name()));
                }
            }
        }
    }

    /// The client has nothing unsent: the next piece of what it misses.
    pub(super) fn catch_up(&mut self, core: &Core, client: ClientId) {
        let Some(member) = self.members.get_mut(&client) else { return };
        // The logs take turns.
        let place = member.follows.iter().position(|it| it.state != State::Hears);
        let Some(place) = place else { return };
        member.follows[place..].rotate_left(1);
        let Some(follow) = member.follows.last() else { return };
        let (log, Some(from)) = (follow.log, follow.state.behind()) else { return };
        let Some(room) = core.room(log) else {
            // Only a room that nobody is in makes place while somebody is told it.
            return self.cut_off(client);
        };
        let piece = if from < room.log.oldest() {
            self.forgotten_piece(room, from)
        } else {
            Some(room.log.piece(from, self.piece_lines_max))
        };
        match piece {
            Some(piece) => self.tell_piece(core, (client, log), from, piece),
            None => self.want_missed(core, client, log),
        }
    }

    /// The client is told this, and whether it was all.
    pub(super) fn tell_piece(
        &mut self,
        core: &Core,
        (client, log): (ClientId, RoomId),
        mut from: Seq,
        Piece { gap, lines }: Piece,
    ) {
        let Some(room) = core.room(log) else { return };
        let asked = from;
        if let Some(gap) = gap {
            self.note(core, client, &gap.told(room.log_name(), from));
            from = gap.last().next();
        }
        self.push_noted(core);
        if self.follow(client, log).map(|follow| follow.state) != Some(State::Behind(asked)) {
            // There was no room even for what was noted.
            return self.watch(client);
        }
        if let Some(last) = lines.last() {
            if !self.delivery.replay(client, core.person(client), log, &lines) {
                self.is_told_to(client, log, from);
                return self.watch(client);
            }
            from = last.seq.next();
        }
        let Some(follow) = self.follow(client, log) else { return };
        let until = follow.until;
        if from <= until.unwrap_or_else(|| room.log.head()) {
            self.is_told_to(client, log, from);
        } else {
            // Somebody who saves the room may have been told a little more than it came for.
            let seq = until.map_or_else(|| room.log.head(), |_| Seq(from.0.saturating_sub(1)));
            self.has_all(core, (client, log), seq, until.is_some());
        }
        let misses =
            |member: &super::Member| member.follows.iter().any(|it| it.state != State::Hears);
        if self.members.get(&client).is_some_and(misses) {
            self.watch(client);
        }
    }

    /// The client has the log up to here, and misses what comes next.
    fn is_told_to(&mut self, client: ClientId, log: RoomId, next: Seq) {
        self.set_state(client, log, State::Behind(next));
    }

    /// The client has all of the log, up to this number: it hears what is said from now on, or
    /// has what it came for. Unless there was no room to say so.
    fn has_all(
        &mut self,
        core: &Core,
        (client, log): (ClientId, RoomId),
        seq: Seq,
        is_saved: bool,
    ) {
        let Some(name) = core.room(log).map(|room| room.log_name()) else { return };
        self.set_state(client, log, State::Hears);
        self.delivery.note_caught_up(client, log, &Told::CaughtUp { log: name, seq }, seq);
        self.push_noted(core);
        match self.hears(client, log) {
            false => {}
            true if is_saved => self.end(client, Disconnect::ToldAll),
            true => self.delivery.hear(client, log),
        }
    }

    fn set_state(&mut self, client: ClientId, log: RoomId, state: State) {
        let follows = self.members.get_mut(&client).map(|member| &mut member.follows);
        let follow = follows.into_iter().flatten().find(|follow| follow.log == log);
        follow.into_iter().for_each(|follow| follow.state = state);
    }

    /// What it came for cannot be had.
    pub(super) fn cut_off(&mut self, client: ClientId) {
        self.end(client, Disconnect::Unavailable);
    }

    /// Whether the client is here to be told all of a room.
    pub(super) fn saves(&self, client: ClientId) -> bool {
        let follows = self.members.get(&client).map(|member| &member.follows);
        follows.into_iter().flatten().any(|follow| follow.until.is_some())
    }
}
