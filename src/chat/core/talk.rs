//! What members ask of the hub, and what comes of it.
//!
//! Owns: who may say what where, that a message sent twice is there once, and
//! what of it a room is told.
//! Must not know: how anybody is told.
//!
//! Next: `chat/core/renaming.rs`.

use std::sync::Arc;

use super::people::Author;
use super::pieces::weight;
use super::{Core, Effect, MemberRequest, Room, RoomId, refuse};
use crate::chat::entry::{Entry, MessageId, Speaker, What};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post, Request};
use crate::chat::room_name::RoomName;
use crate::chat::told::{RoomLine, Told};
use crate::hub::ClientId;
use crate::limits;

/// What a log is to have behind its newest line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) author: Author,
    pub(super) by: Speaker,
    pub(super) id: Option<MessageId>,
    pub(super) what: What,
}

/// The logs that would have a new line by a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writing {
    pub(crate) logs: [Option<RoomId>; 2],
    /// It would be in two logs, or none of them.
    pub(crate) is_private: bool,
}

impl Core {
    /// Which logs would have a new line by this, if it was not said before; `None`: it says
    /// nothing, or may not be said.
    pub(crate) fn writing(&self, client: ClientId, request: &Request) -> Option<Writing> {
        let log = match request {
            Request::Classic(_) => self.lobby_id()?,
            Request::Private(message) => return self.written_by(client, message),
            Request::Post(post) => self.room_of(client, &post.room)?,
            _ => return None,
        };
        Some(Writing { logs: [Some(log), None], is_private: false })
    }

    /// Whether this was said before: its answer was lost, and the message was not.
    pub(crate) fn was_said(&self, client: ClientId, request: &Request) -> bool {
        let (log, id) = match request {
            Request::Post(post) => (self.room_of(client, &post.room), post.id.as_ref()),
            Request::Private(message) => (self.private_log_of(client), message.id.as_ref()),
            _ => return false,
        };
        let room = log.and_then(|log| self.rooms.get(log));
        let said = room.zip(id).zip(self.author(client));
        said.is_some_and(|((room, id), author)| room.log.said_before(author, id).is_some())
    }

    /// Answers a member.
    pub(super) fn answer(
        &mut self,
        client: ClientId,
        request: MemberRequest,
        effects: &mut Vec<Effect>,
    ) {
        match request {
            MemberRequest::Classic(text) => {
                let lobby = self.rooms.lobby_name().clone();
                let post = Post { room: lobby, id: None, deed: Deed::Say(text) };
                self.post(client, post, effects);
            }
            MemberRequest::Post(post) => self.post(client, *post, effects),
            MemberRequest::Private(message) => self.write(client, *message, effects),
            MemberRequest::Join(place, fresh) => self.join(client, *place, fresh, effects),
            MemberRequest::Leave(room) => self.leave_room(client, room, effects),
            MemberRequest::Rooms => effects.push(Effect::Note(client, self.room_lines(client))),
            MemberRequest::Who(room) => self.say_who(client, room, effects),
            MemberRequest::Present(room, name) => {
                self.say_whether_here(client, room, *name, effects)
            }
            MemberRequest::Typing(room) => self.say_typing(client, room, effects),
            MemberRequest::Rename(claim, fresh) => self.rename(client, *claim, fresh, effects),
            MemberRequest::Quit => self.quit(client, effects),
            MemberRequest::Set(settings, fresh) => self.set(client, *settings, fresh, effects),
            MemberRequest::Session(token) => self.show_token(client, &token, effects),
        }
    }

    /// Something for a room's log: it gets its number here.
    pub(super) fn post(&mut self, client: ClientId, post: Post, effects: &mut Vec<Effect>) {
        let Post { room: name, id, deed } = post;
        let refused = |reason| refuse(client, Some(name.clone()), id.clone(), reason);
        let Some(author) = self.author(client) else { return };
        let Some(room_id) = self.room_of(client, &name) else {
            effects.push(refused(Refused::NotInRoom));
            return;
        };
        let Some(by) = self.speaker(client) else { return };
        let Some(room) = self.rooms.get_mut(room_id) else { return };
        if let Some(id) = &id
            && let Some((seq, at)) = room.log.said_before(author, id)
        {
            // Its answer was lost; the message was not.
            let (log, id) = (room.log_name(), Some(id.clone()));
            let told = Told::Sent { log, id, seq, at, is_away: false };
            effects.push(Effect::Again(room_id, room.log.epoch(), seq, (client, told)));
            return;
        }
        // No line has the number 0.
        let last = |room: &Room| room.log.last_of(author).unwrap_or_default();
        let what = match deed {
            Deed::Say(text) => What::Said(text),
            Deed::Act(text) => What::Acted(text),
            Deed::Topic(text) => What::Topic(text),
            Deed::Edit { of, text } => What::Edited { of: of.unwrap_or(last(room)), text },
            Deed::Delete { of } => What::Deleted { of: of.unwrap_or(last(room)) },
        };
        if let What::Edited { of, .. } | What::Deleted { of } = &what
            && !room.log.is_changeable_by(author, *of)
        {
            effects.push(refused(Refused::NotYours));
            return;
        }
        room.take_effect(&what);
        if matches!(what, What::Topic(_)) {
            self.rooms.note_change(room_id);
        }
        self.rooms.note_where_from(room_id, self.tag_of(client));
        self.add(room_id, Line { author, by, id, what }, Some(client), effects);
    }

    /// A new line of a log: it gets its number here. `asker` is answered when it is kept, if
    /// the line has an id.
    pub(super) fn add(
        &mut self,
        log: RoomId,
        line: Line,
        asker: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        let Line { author, by, id, what } = line;
        let Some(room) = self.rooms.get_mut(log) else { return };
        let is_private = room.name().is_none();
        let bytes_max =
            if is_private { limits::PRIVATE_LOG_BYTES_MAX } else { limits::LOG_BYTES_MAX };
        let (epoch, seq, at) = (room.log.epoch(), room.log.head().next(), self.now.utc);
        let entry = Arc::new(Entry { log: room.log_name(), epoch, seq, at, by, id, what });
        room.log.add(author, Arc::clone(&entry), bytes_max);
        self.rooms.has_grown(weight(&entry), &self.people);
        let asker = asker.filter(|_| entry.id.is_some());
        let answer = asker.map(|client| (client, sent(&entry, self.is_for_who_is_away(&entry))));
        effects.push(Effect::Tell(log, author, entry, answer));
    }

    pub(super) fn leave_room(
        &mut self,
        client: ClientId,
        name: RoomName,
        effects: &mut Vec<Effect>,
    ) {
        let Some(id) = self.room_of(client, &name) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let now = self.now.since_start;
        let Some(author) = self.author(client) else { return };
        self.members.leave_room(client, id);
        effects.push(Effect::Unfollow(client, id));
        effects.push(Effect::Note(client, Told::Left(name)));
        if let Some(room) = self.rooms.get_mut(id)
            && room.leave(author)
        {
            room.forget(author, now);
            self.tell_presence(id, author, false, None, effects);
        }
    }

    /// The rooms that anybody would look for, as many as one push carries.
    fn room_lines(&self, client: ClientId) -> Told {
        let is_inside = |id: RoomId, room: &Room| self.is_inside(client, id, room);
        let is_shown = |id: RoomId, room: &Room| {
            !room.is_asleep() && (!room.nature().hidden || is_inside(id, room))
        };
        // It was said behind the password.
        let reads = |id: RoomId, room: &Room| !room.nature().locked || is_inside(id, room);
        // The order in which they were made, for those with as many people.
        let rooms = self.rooms.iter().filter_map(|(id, room)| Some((id, room.name()?, room)));
        let mut awake: Vec<_> = rooms.filter(|(id, _, room)| is_shown(*id, room)).collect();
        awake.sort_by_key(|(_, _, room)| std::cmp::Reverse(room.count()));
        let mut bytes = 0;
        let fits = |(_, name, room): &&(RoomId, &RoomName, &Room)| {
            bytes += limits::ROOM_LINE_BYTES + name.as_str().len() + room.topic.len();
            bytes <= limits::PARCEL_BYTES_MAX
        };
        let line = |(id, name, room): &(RoomId, &RoomName, &Room)| RoomLine {
            room: (*name).clone(),
            topic: if reads(*id, room) { room.topic.clone() } else { String::new() },
            people: room.count(),
            nature: room.nature(),
        };
        let rooms: Vec<_> = awake.iter().take_while(fits).map(line).collect();
        let more = rooms.len() < awake.len();
        Told::Rooms { rooms, more }
    }

    fn say_who(&self, client: ClientId, name: RoomName, effects: &mut Vec<Effect>) {
        let Some(room) = self.room_of(client, &name).and_then(|id| self.rooms.get(id)) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let names = room.people().filter_map(|author| self.name_of(author));
        let names = names.take(limits::WHO_NAMES_MAX).collect();
        let people = room.count();
        effects.push(Effect::Note(client, Told::Who { room: name, names, people }));
    }

    /// Worth nothing a moment later, so nobody is told that it was not told.
    fn say_typing(&self, client: ClientId, room: RoomName, effects: &mut Vec<Effect>) {
        let id = self.room_of(client, &room).filter(|id| self.is_small(*id));
        let name = self.author(client).and_then(|author| self.name_of(author));
        if let (Some(id), Some(name)) = (id, name) {
            effects.push(Effect::Notice(id, Some(client), Told::Typing { room, name }));
        }
    }

    /// A person came or went, and the room is small enough to be told of each.
    pub(super) fn tell_presence(
        &self,
        id: RoomId,
        author: Author,
        here: bool,
        but: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(name) = self.name_of(author) {
            self.tell_presence_of(id, name, here, but, effects);
        }
    }

    /// The same of somebody whose name it may not be any more.
    pub(super) fn tell_presence_of(
        &self,
        id: RoomId,
        name: Name,
        here: bool,
        but: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(room) = self.rooms.get(id) else { return };
        if let Some(of) = room.name().cloned()
            && self.is_small(id)
        {
            let people = room.count();
            effects.push(Effect::Notice(id, but, Told::Presence { room: of, name, here, people }));
        }
    }

    /// Whether what is only news is told to the room: in a large one, each
    /// coming and going would be told to thousands.
    pub(super) fn is_small(&self, id: RoomId) -> bool {
        self.rooms.get(id).is_some_and(|room| room.count() <= limits::PRESENCE_PEOPLE_MAX)
    }

    /// The log of this name, if the client follows it.
    pub(crate) fn log_of(&self, client: ClientId, log: &LogName) -> Option<RoomId> {
        match (log, self.author(client)?) {
            (LogName::Room(name), _) => self.room_of(client, name),
            (LogName::Private, Author::Person(person)) => self.private_logs.of(person),
            (LogName::Private, _) => None,
        }
    }

    /// The room of this name, if the client is in it.
    pub(super) fn room_of(&self, client: ClientId, name: &RoomName) -> Option<RoomId> {
        let id = self.rooms.called(name)?;
        self.is_in(client, id).then_some(id)
    }
}

fn sent(entry: &Entry, is_away: bool) -> Told {
    let id = entry.id.clone();
    let (log, seq, at) = (entry.log.clone(), entry.seq, entry.at);
    Told::Sent { log, id, seq, at, is_away }
}
