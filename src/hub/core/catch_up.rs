//! How a numbered client gets what it has missed: on coming in, after a lost
//! line, and after having been too slow. All three are the same here: it is told
//! the room's log from a number on, as fast as it takes it, and hears what is
//! said again when it has come to the end.
//!
//! Owns: from which number on each client must be told each room, and what is
//! said about numbers that are kept no more.
//! Must not know: outboxes. That one has room again comes as an event.
//!
//! Next: `hub/core/reading.rs`.

use std::sync::Arc;

use super::lock::Lock;
use super::people::Author;
use super::people::renewing::Gain;
use super::room::Entered;
use super::{Core, Effect, RoomId, Stay, refuse};
use crate::chat::entry::{Entry, Seen, Seq};
use crate::chat::log_name::LogName;
use crate::chat::refused::Refused;
use crate::chat::request::Place;
use crate::chat::token::Token;
use crate::chat::told::Told;
use crate::disconnect::Disconnect;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// A numbered client comes into a room, or back into it. Whose session gains something by
    /// that gets this token.
    pub(super) fn join(
        &mut self,
        client: ClientId,
        place: Place,
        fresh: Option<Token>,
        effects: &mut Vec<Effect>,
    ) {
        let Place { room: name, seen, password, hidden, must_exist } = place;
        let Some(author) = self.author(client) else { return };
        if self.room_of(client, &name).is_some() {
            // What is under way to it is on its way; it would be told twice.
            effects.push(refuse(client, Some(name), None, Refused::InRoom));
            return;
        }
        let stays = self.roster.get(&client).map_or(&[][..], |entry| &entry.stays);
        let is_room =
            |stay: &&Stay| self.rooms.get(&stay.room).is_some_and(|it| it.name().is_some());
        let stays = stays.iter().filter(is_room).count();
        let is_new = !self.rooms_by_name.contains_key(&name);
        let has_place = if is_new && must_exist {
            Err(Refused::NotInRoom)
        } else if stays >= limits::ROOMS_PER_CLIENT_MAX {
            Err(Refused::TooManyRooms(limits::ROOMS_PER_CLIENT_MAX))
        } else if is_new {
            self.make_place_for_a_room(client, effects)
        } else {
            Ok(())
        };
        if let Err(reason) = has_place {
            effects.push(refuse(client, Some(name), None, reason));
            return;
        }
        // It opens the room that is made with it, too.
        let lock = Lock::of(author, hidden, password.clone());
        let id = self.open_room(name.clone(), lock, self.tag_of(client));
        let unlocked = self.unlock(client, id, password.as_ref());
        let unlocked = unlocked.and_then(|opened| self.has_place(id, author).map(|()| opened));
        let made = is_new.then_some(Gain::Made(id));
        let gains = match unlocked {
            Ok(opened) => {
                let opened = password.filter(|_| opened).map(|given| Gain::Opened(id, given));
                made.into_iter().chain(opened).collect()
            }
            Err(reason) => {
                effects.push(refuse(client, Some(name), None, reason));
                return;
            }
        };
        self.has_gained(client, gains, fresh, effects);
        self.enter(client, id, seen, effects);
    }

    /// The client has made a room or given its password. If its session gets a new token by
    /// that, only that one has it.
    fn has_gained(
        &mut self,
        client: ClientId,
        gains: Vec<Gain>,
        fresh: Option<Token>,
        effects: &mut Vec<Effect>,
    ) {
        let token = self.renew(client, fresh.filter(|_| !gains.is_empty()), gains.clone());
        let author = self.author(client);
        for gain in gains {
            let (Gain::Made(id) | Gain::Opened(id, _)) = gain else { continue };
            let Some((room, author)) = self.rooms.get_mut(&id).zip(author) else { continue };
            match gain {
                Gain::Made(_) if token.is_some() => room.lock.made_by(None),
                Gain::Opened(..) if token.is_none() => room.lock.let_in(author),
                _ => {}
            }
        }
        effects.extend(token.map(|token| Effect::Note(client, Told::Session(Some(token)))));
    }

    /// The client is in the room. A classic client hears it at once and has
    /// missed nothing; a numbered one is told where its log is.
    pub(super) fn enter(
        &mut self,
        client: ClientId,
        id: RoomId,
        seen: Option<Seen>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(author) = self.author(client) else { return };
        let is_classic = matches!(author, Author::Guest(_));
        let is_visitor = self.roster.get(&client).is_some_and(|entry| entry.is_visitor);
        let author_is_passing =
            matches!(author, Author::Person(person) if self.people.is_passing(person));
        // Who says one thing and is gone is heard, and in nobody's list.
        let is_glimpse = is_visitor && author_is_passing;
        let entered = if is_glimpse { Some(Entered::Again) } else { self.count_in(id, author) };
        let Some(entered) = entered else { return };
        if is_classic {
            if let Some(entry) = self.roster.get_mut(&client) {
                let from = Seq::default();
                entry.stays.push(Stay { room: id, from, missing_from: None, until: None });
            }
            // It has no name to announce.
            return;
        }
        self.follow(client, id, seen, effects);
        if entered == Entered::New {
            self.tell_presence(id, author, true, Some(client), effects);
        }
    }

    /// One more client of this author's is in the room; `None`: there is no such room.
    pub(super) fn count_in(&mut self, id: RoomId, author: Author) -> Option<Entered> {
        let entered = self.rooms.get_mut(&id)?.enter(author);
        // Nobody waits for it any more.
        if let Entered::Back(until) = entered {
            self.absent.remove(&(until, id, author));
        }
        Some(entered)
    }

    /// A numbered client is told where a log is, then what it has missed of it, and
    /// then what is said.
    pub(super) fn follow(
        &mut self,
        client: ClientId,
        id: RoomId,
        seen: Option<Seen>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.roster.get_mut(&client) else { return };
        let Some(room) = self.rooms.get(&id) else { return };
        let mut notes = Vec::new();
        let from = room.first_missed(seen, &mut notes);
        notes.insert(0, Told::Joined(room.joined(from)));
        // A visitor asks for what it wants of it.
        let missing_from = (!entry.is_visitor).then_some(from);
        entry.stays.push(Stay { room: id, from, missing_from, until: None });
        effects.extend(notes.into_iter().map(|told| Effect::Note(client, told)));
        if missing_from.is_some() {
            effects.push(Effect::Watch(client));
        }
    }

    /// The client's outbox was full; from these numbers on it has missed what
    /// was said in these rooms.
    pub(super) fn fall_behind(
        &mut self,
        client: ClientId,
        missed: &[(RoomId, Seq)],
        effects: &mut Vec<Effect>,
    ) {
        let Some(entry) = self.roster.get_mut(&client).filter(|entry| entry.is_member) else {
            return;
        };
        for (id, first) in missed {
            let Some(stay) = entry.stays.iter_mut().find(|stay| stay.room == *id) else { continue };
            let was_live = stay.missing_from.is_none();
            // What waited from an earlier stay in the room is of no interest.
            let first = (*first).max(stay.from);
            stay.missing_from = Some(stay.missing_from.map_or(first, |from| from.min(first)));
            if was_live && let Some(room) = self.rooms.get(id) {
                effects.push(Effect::Deafen(client, *id));
                effects.push(Effect::Note(client, Told::Behind(room.log_name())));
            }
        }
        effects.push(Effect::Watch(client));
    }

    /// The client has nothing unsent: the next piece of what it misses.
    pub(super) fn catch_up(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        let Some(entry) = self.roster.get_mut(&client).filter(|entry| entry.is_member) else {
            return;
        };
        // The rooms take turns.
        let place = entry.stays.iter().position(|stay| stay.missing_from.is_some());
        let Some(place) = place else { return };
        entry.stays[place..].rotate_left(1);
        let Some(stay) = entry.stays.last_mut() else { return };
        let (id, Some(from)) = (stay.room, stay.missing_from) else { return };
        let Some(room) = self.rooms.get(&id) else {
            // Only one that nobody is in makes place while somebody is told it.
            return self.cut_off(client, effects);
        };
        let piece = if from < room.log.oldest() {
            self.forgotten_piece(room, from)
        } else {
            Some(room.log.piece(from, self.settings.replay_messages_max))
        };
        match piece {
            Some(piece) => self.tell_piece(client, id, from, piece, effects),
            None => self.want_missed(client, id),
        }
    }

    /// The client is told this, and whether it was all.
    pub(super) fn tell_piece(
        &mut self,
        client: ClientId,
        id: RoomId,
        mut from: Seq,
        Piece { gap, lines }: Piece,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(&id) else { return };
        if let Some(gap) = gap {
            effects.push(Effect::Note(client, gap.told(room.log_name(), from)));
            from = gap.last().next();
        }
        if let Some(last) = lines.last() {
            from = last.seq.next();
            effects.push(Effect::Replay(client, id, lines));
        }
        let Some(entry) = self.roster.get_mut(&client) else { return };
        let Some(stay) = entry.stays.iter_mut().find(|stay| stay.room == id) else { return };
        let is_all = from > stay.until.unwrap_or(room.log.head());
        if is_all {
            // Somebody who saves the room may have been told a little more than it came for.
            let seq = stay.until.map_or(room.log.head(), |_| Seq(from.0.saturating_sub(1)));
            let told = Told::CaughtUp { log: room.log_name(), seq };
            effects.push(Effect::CaughtUp(client, id, told, seq));
            effects.push(match stay.until {
                None => Effect::Hear(client, id),
                Some(_) => Effect::LetGo(client, Disconnect::ToldAll),
            });
        }
        stay.missing_from = (!is_all).then_some(from);
        if entry.stays.iter().any(|stay| stay.missing_from.is_some()) {
            effects.push(Effect::Watch(client));
        }
    }
}

/// What comes next of a log, for somebody who has not been told it.
pub(super) struct Piece {
    /// The numbers that come first are no more.
    pub(super) gap: Option<Gap>,
    pub(super) lines: Vec<Arc<Entry>>,
}

/// Numbers up to this one that nobody can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// They are older than anything that is kept.
    TooOld(Seq),
    /// A life has skipped them.
    Skipped(Seq),
}

impl Gap {
    pub(super) fn last(self) -> Seq {
        match self {
            Self::TooOld(last) | Self::Skipped(last) => last,
        }
    }

    fn told(self, log: LogName, from: Seq) -> Told {
        match self {
            Self::TooOld(to) => Told::TooOld { log, from, to },
            Self::Skipped(to) => Told::Skipped { log, from, to },
        }
    }
}
