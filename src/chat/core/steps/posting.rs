//! How a line gets into a log: a member posts something, and the core gives it its number.
//!
//! Owns: who may say what and where; that a message that was sent twice is stored once.
//! Must not know: how lines are sent to clients.
//!
//! Next in the chat: `telling/persist/queue.rs`.
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::limits;
use crate::chat::core::logs::{Log, NewEntry};
use crate::chat::core::people::Author;
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::{AuthorTag, Entry, EntryKind, Speaker};
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Deed, Post};
use crate::server::hub::ClientId;

impl Core {
    /// Adds a line to a room's log, and gives it its number. If the client may not add it, the
    /// client is refused. If the client sends the message again, no line is added, and the answer
    /// has the number of the line that was added the first time.
    pub(super) fn post(&mut self, client: ClientId, post: Post) {
        let Post { room: name, id, deed } = post;
        let refused = |reason| refuse(client, Some(name.clone()), id.clone(), reason);
        let Some(author) = self.author(client) else { return };
        let Some(room_id) = self.room_of(client, &name) else {
            self.effects.push(refused(Refused::NotInRoom));
            return;
        };
        let Some(by) = self.speaker(client) else { return };
        let Some(log) = self.logs.get(room_id) else { return };
        if let Some(id) = &id
            && let Some((seq, at)) = log.said_before(author, id)
        {
            // The core accepted this message before, and only the answer to the client was lost.
            let (name, id) = (log.name().clone(), Some(id.clone()));
            let reply = Reply::Sent { log: name, id, seq, at, is_away: false };
            let (epoch, answer) = (log.epoch(), (client, reply));
            self.effects.push(Effect::Resent { log: room_id, epoch, seq, answer });
            return;
        }
        // A request to edit or delete that has no number means the author's newest line. If the
        // author has no line, the number becomes 0, which no line has.
        let last = |log: &Log| log.last_of(author).unwrap_or_default();
        let what = match deed {
            Deed::Say(text) => EntryKind::Said(text),
            Deed::Act(text) => EntryKind::Acted(text),
            Deed::Topic(text) => EntryKind::Topic(text),
            Deed::Edit { of, text } => EntryKind::Edited { of: of.unwrap_or(last(log)), text },
            Deed::Delete { of } => EntryKind::Deleted { of: of.unwrap_or(last(log)) },
        };
        if let EntryKind::Edited { of, .. } | EntryKind::Deleted { of } = &what
            && !log.is_changeable_by(author, *of)
        {
            self.effects.push(refused(Refused::NotYours));
            return;
        }
        self.logs.change(room_id, &what);
        self.rooms.note_line(&mut self.logs, room_id, &what, self.members.tag(client));
        self.add(room_id, NewEntry { author, by, id, what }, Some(client));
    }

    /// Adds a new line to a log, and gives it its number. If the line has an id, the client `asker`
    /// gets the answer *sent* as soon as the line is stored.
    pub(super) fn add(&mut self, log_id: LogId, line: NewEntry, asker: Option<ClientId>) {
        let author = line.author;
        let Some(entry) = self.logs.add(log_id, line, self.now.utc) else { return };
        if self.logs.must_share_memory() {
            self.share_memory();
        }
        let asker = asker.filter(|_| entry.id.is_some());
        let answer = asker.map(|client| (client, sent(&entry, self.is_for_who_is_away(&entry))));
        self.effects.push(Effect::NewLine { log: log_id, author, entry, answer });
    }

    /// Drops the oldest lines of some logs, if the logs of rooms together take too much memory, or
    /// the logs of private messages do.
    fn share_memory(&mut self) {
        let rooms = self.rooms.iter().map(|(id, room)| (id, room.lone_address())).collect();
        self.logs.share_memory(&rooms, limits::ROOM_LOGS_BYTES_MAX, limits::ROOM_LOG_BYTES_MIN);
        let private = self.private_logs.iter();
        let private = private.map(|(person, id)| (id, self.people.address(person))).collect();
        let (most, least) = (limits::PRIVATE_LOGS_BYTES_MAX, limits::PRIVATE_LOG_BYTES_MIN);
        self.logs.share_memory(&private, most, least);
    }

    /// Returns the author of a new line from `client`, as other people see them; `None`: the client
    /// cannot speak. Also notes that the client's person has said something, so that the core does
    /// not forget the person as early as people who never said anything.
    pub(super) fn speaker(&mut self, client: ClientId) -> Option<Speaker> {
        let (author, guest_name, addr) = self.members.voice(client)?;
        Some(match author {
            Author::Nobody => return None,
            Author::Guest(_) => Speaker {
                name: guest_name?,
                classic: true,
                whose: AuthorTag::default(),
                mark: None,
                addr,
            },
            Author::Person(person) => {
                let (name, mark) = self.people.speaks(person, client)?;
                Speaker { name, classic: false, whose: AuthorTag::of(Some(person)), mark, addr }
            }
        })
    }
}

fn sent(entry: &Entry, is_away: bool) -> Reply {
    let id = entry.id.clone();
    let (log, seq, at) = (entry.log.clone(), entry.seq, entry.at);
    Reply::Sent { log, id, seq, at, is_away }
}
