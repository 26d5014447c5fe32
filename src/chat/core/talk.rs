//! What members ask for, and what the core does about it.
//!
//! Owns: who may say what and where; that a message that was sent twice is stored once; what the
//! room is told when a member asks for something.
//! Must not know: how lines are sent to clients.
//!
//! Part: `chat/core/mod.rs`.

use std::sync::Arc;

use super::chunks::weight;
use super::people::Author;
use super::{Core, Effect, LogId, MemberRequest, Room, refuse};
use crate::base::limits;
use crate::chat::entry::{Entry, EntryKind, MessageId, Speaker};
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::refused::Refused;
use crate::chat::reply::{Reply, RoomSummary};
use crate::chat::request::{Deed, Post, Request};
use crate::chat::room_name::RoomName;
use crate::server::hub::ClientId;

/// A new line for a log, which has no number yet.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    pub(super) author: Author,
    pub(super) by: Speaker,
    pub(super) id: Option<MessageId>,
    pub(super) what: EntryKind,
}

/// The logs to which a request would add a line: one log, or two for a private message. `None` in
/// `logs`: there is no second log, or the log does not exist yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Writing {
    pub(crate) logs: [Option<LogId>; 2],
    /// Whether the request is a private message, whose line must be in both logs or in none.
    pub(crate) is_private: bool,
}

impl Core {
    /// Returns the logs to which this request would add a line if the core has not had this message
    /// before. `None`: the request adds no line, or the client may not send it.
    pub(crate) fn writing(&self, client: ClientId, request: &Request) -> Option<Writing> {
        let log = match request {
            Request::Classic(_) => self.lobby_id()?,
            Request::Private(message) => return self.written_by(client, message),
            Request::Post(post) => self.room_of(client, &post.room)?,
            _ => return None,
        };
        Some(Writing { logs: [Some(log), None], is_private: false })
    }

    /// Returns whether this request is a resend: the core accepted a message of this author with
    /// this id before, and the answer was lost.
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

    /// Does what a member asks, and adds the answer to `effects`.
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

    /// Adds a line to a room's log, and gives it its number. If the client may not add it, the
    /// client is refused. If the line is a resend, no line is added. The answer to a resend has the
    /// number of the line that was added the first time.
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
            // The core accepted this message before, and only the answer was lost.
            let (log, id) = (room.log_name(), Some(id.clone()));
            let reply = Reply::Sent { log, id, seq, at, is_away: false };
            effects.push(Effect::Again(room_id, room.log.epoch(), seq, (client, reply)));
            return;
        }
        // A request to edit or delete without a number means the author's newest line. If the
        // author has no line, this is 0, and no line has that number.
        let last = |room: &Room| room.log.last_of(author).unwrap_or_default();
        let what = match deed {
            Deed::Say(text) => EntryKind::Said(text),
            Deed::Act(text) => EntryKind::Acted(text),
            Deed::Topic(text) => EntryKind::Topic(text),
            Deed::Edit { of, text } => EntryKind::Edited { of: of.unwrap_or(last(room)), text },
            Deed::Delete { of } => EntryKind::Deleted { of: of.unwrap_or(last(room)) },
        };
        if let EntryKind::Edited { of, .. } | EntryKind::Deleted { of } = &what
            && !room.log.is_changeable_by(author, *of)
        {
            effects.push(refused(Refused::NotYours));
            return;
        }
        room.take_effect(&what);
        if matches!(what, EntryKind::Topic(_)) {
            self.rooms.note_change(room_id);
        }
        self.rooms.note_where_from(room_id, self.tag_of(client));
        self.add(room_id, NewEntry { author, by, id, what }, Some(client), effects);
    }

    /// Adds a new line to a log, and gives it its number. If the line has an id, the client `asker`
    /// gets the answer *sent* as soon as the line is stored.
    pub(super) fn add(
        &mut self,
        log: LogId,
        line: NewEntry,
        asker: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        let NewEntry { author, by, id, what } = line;
        let Some(room) = self.rooms.get_mut(log) else { return };
        let is_private = room.name().is_none();
        let bytes_max =
            if is_private { limits::PRIVATE_LOG_BYTES_MAX } else { limits::LOG_BYTES_MAX };
        let (epoch, seq, at) = (room.log.epoch(), room.log.head().next(), self.now.utc);
        let entry = Arc::new(Entry { log: room.log_name(), epoch, seq, at, by, id, what });
        room.log.add(author, Arc::clone(&entry), bytes_max);
        self.rooms.note_growth(weight(&entry), &self.people);
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
        effects.push(Effect::Note(client, Reply::Left(name)));
        if let Some(room) = self.rooms.get_mut(id)
            && room.leave(author)
        {
            room.forget(author, now);
            self.tell_presence(id, author, false, None, effects);
        }
    }

    /// Returns the list of rooms for this client, largest first, as many as fit into one answer. A
    /// hidden room is listed only for clients that are in it. An empty room that never had a line
    /// is not listed.
    fn room_lines(&self, client: ClientId) -> Reply {
        let is_inside = |id: LogId, room: &Room| self.is_inside(client, id, room);
        let is_shown = |id: LogId, room: &Room| {
            !room.is_asleep() && (!room.privacy().hidden || is_inside(id, room))
        };
        // The topic of a locked room is shown only to clients that are in the room.
        let reads = |id: LogId, room: &Room| !room.privacy().locked || is_inside(id, room);
        // The sort is stable: rooms with the same number of people stay in the order in which they
        // were made.
        let rooms = self.rooms.iter().filter_map(|(id, room)| Some((id, room.name()?, room)));
        let mut awake: Vec<_> = rooms.filter(|(id, _, room)| is_shown(*id, room)).collect();
        awake.sort_by_key(|(_, _, room)| std::cmp::Reverse(room.count()));
        let mut bytes = 0;
        let fits = |(_, name, room): &&(LogId, &RoomName, &Room)| {
            bytes += limits::ROOM_LINE_BYTES + name.as_str().len() + room.topic.len();
            bytes <= limits::FRAME_BATCH_BYTES_MAX
        };
        let line = |(id, name, room): &(LogId, &RoomName, &Room)| RoomSummary {
            room: (*name).clone(),
            topic: if reads(*id, room) { room.topic.clone() } else { String::new() },
            people: room.count(),
            privacy: room.privacy(),
        };
        let rooms: Vec<_> = awake.iter().take_while(fits).map(line).collect();
        let more = rooms.len() < awake.len();
        Reply::Rooms { rooms, more }
    }

    fn say_who(&self, client: ClientId, name: RoomName, effects: &mut Vec<Effect>) {
        let Some(room) = self.room_of(client, &name).and_then(|id| self.rooms.get(id)) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let names = room.people().filter_map(|author| self.name_of(author));
        let names = names.take(limits::WHO_NAMES_MAX).collect();
        let people = room.count();
        effects.push(Effect::Note(client, Reply::Who { room: name, names, people }));
    }

    /// Tells the other clients in the room that the client's person is typing. If they cannot be
    /// told, the client gets no refusal, because a moment later the message would be out of date
    /// anyway.
    fn say_typing(&self, client: ClientId, room: RoomName, effects: &mut Vec<Effect>) {
        let id = self.room_of(client, &room).filter(|id| self.is_small(*id));
        let name = self.author(client).and_then(|author| self.name_of(author));
        if let (Some(id), Some(name)) = (id, name) {
            effects.push(Effect::Notice(id, Some(client), Reply::Typing { room, name }));
        }
    }

    /// Tells the room that a person came or left, if the room is small enough. The client `but` is
    /// not told.
    pub(super) fn tell_presence(
        &self,
        id: LogId,
        author: Author,
        here: bool,
        but: Option<ClientId>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(name) = self.name_of(author) {
            self.tell_presence_of(id, name, here, but, effects);
        }
    }

    /// Tells the room that a person came or left, like [`tell_presence`](Self::tell_presence).
    /// Takes the person's name, because the person may no longer have it.
    pub(super) fn tell_presence_of(
        &self,
        id: LogId,
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
            effects.push(Effect::Notice(id, but, Reply::Presence { room: of, name, here, people }));
        }
    }

    /// Returns whether the room is small enough that its clients are told who comes, leaves or
    /// types. In a large room, each such notice would be sent to thousands of clients.
    pub(super) fn is_small(&self, id: LogId) -> bool {
        self.rooms.get(id).is_some_and(|room| room.count() <= limits::PRESENCE_PEOPLE_MAX)
    }

    /// Returns the log with this name, if the client may read it: the client is in that room, or
    /// the log has the private messages of the client's person.
    pub(crate) fn log_of(&self, client: ClientId, log: &LogName) -> Option<LogId> {
        match (log, self.author(client)?) {
            (LogName::Room(name), _) => self.room_of(client, name),
            (LogName::Private, Author::Person(person)) => self.private_logs.of(person),
            (LogName::Private, _) => None,
        }
    }

    /// Returns the room with this name, if the client is in it.
    pub(super) fn room_of(&self, client: ClientId, name: &RoomName) -> Option<LogId> {
        let id = self.rooms.called(name)?;
        self.is_in(client, id).then_some(id)
    }
}

fn sent(entry: &Entry, is_away: bool) -> Reply {
    let id = entry.id.clone();
    let (log, seq, at) = (entry.log.clone(), entry.seq, entry.at);
    Reply::Sent { log, id, seq, at, is_away }
}
