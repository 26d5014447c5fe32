//! Handles the server's refusals. A refusal says that the server did not carry out a request.
//!
//! Owns: which refused request is sent again, which refusal is shown, and which ends the
//! conversation.
//! Must not know: the server's reasons, except the reasons to which this client reacts.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::{Duration, Instant};

use super::{Act, ConversationCore, Manner};
use crate::chat::escape;
use crate::console::trouble::ConsoleError;
use crate::console::v1::replies::HeardRefusal;
use crate::console::v1::requests::ToServer;

impl ConversationCore {
    /// Handles a refusal. If the refusal has an id, a message was refused. If it has no id and
    /// comes before the server's `welcome`, the server does not let us in. In all other cases a
    /// join or another request was refused.
    pub(super) fn on_refusal(&mut self, refusal: &HeardRefusal, now: Instant) {
        if let Some(id) = &refusal.id {
            return self.on_message_refused(id, refusal, now);
        }
        let words = refusal_words(refusal);
        if !self.welcomed {
            let asks = refusal.reason == "password-needed" && refusal.room.is_none();
            let words = if asks { format!("{words}; give it with --password") } else { words };
            return self.act(Act::End(Err(ConsoleError::NotLetIn { words })));
        }
        // Perhaps the refused request was a change of the room's password. So the client forgets
        // all new passwords of this room that the server has not confirmed.
        if let Some(room) = refusal.room.as_ref().and_then(|name| self.rooms.get_mut(name)) {
            room.pending_changes.clear();
        }
        let waits_to_join = |name: &&String| self.rooms.get(*name).is_some_and(|it| !it.joined);
        match refusal.room.clone().filter(|name| waits_to_join(&name)) {
            Some(room) => self.on_join_refused(&room, words),
            None => self.note(words),
        }
    }

    /// Handles the refusal of the message with this id: the client sends it again later, or reports
    /// that it was not sent.
    fn on_message_refused(&mut self, id: &str, refusal: &HeardRefusal, now: Instant) {
        match (refusal.reason.as_str(), &refusal.room) {
            ("too-fast", _) => {
                let wait = Duration::from_millis(refusal.wait.unwrap_or_default());
                self.unsent.too_early(id, now + wait);
            }
            ("not-in-room", Some(name)) if self.rooms.contains_key(name) => {
                self.unsent.too_early(id, now);
                if let Some(room) = self.rooms.get_mut(name) {
                    room.joined = false;
                    let join = room.join_request(name);
                    self.act(Act::Send(ToServer::Join(join)));
                }
            }
            (reason, _) => {
                let is_nothing = reason == "empty" && self.manner == Manner::Courier;
                if let Some(request) = self.unsent.take(id).filter(|_| !is_nothing) {
                    self.note_not_sent(&request, refusal_words(refusal));
                }
            }
        }
    }

    fn on_join_refused(&mut self, name: &str, words: String) {
        self.rooms.remove(name);
        if self.manner != Manner::Person && self.named_rooms().next().is_none() {
            return self.act(Act::End(Err(ConsoleError::NotLetIn { words })));
        }
        for request in self.unsent.take_room(name) {
            self.note_not_sent(&request, words.clone());
        }
        self.switch_from(name);
        let hint = match self.manner {
            Manner::Person => format!("; if it needs a password: /join {name} PASSWORD"),
            _ => String::new(),
        };
        self.note(format!("not in {name}: {words}{hint}"));
    }

    /// Reports that a message was not sent. The conversation of a courier (a client that only
    /// sends) ends immediately with an error. A script sees a note, and its conversation ends later
    /// with an error. A person sees a note.
    pub(super) fn note_not_sent(&mut self, request: &ToServer, words: String) {
        if self.manner == Manner::Courier {
            return self.act(Act::End(Err(ConsoleError::NotTaken { words })));
        }
        if self.manner == Manner::Script {
            self.failure = Some(words.clone());
        }
        match request.text() {
            Some(text) => self.note(format!("not sent: {text}\n    {words}")),
            None => self.note(words),
        }
    }

    /// If typed lines go to `room` now, chooses another of our rooms for them. If we are in no
    /// other room, typed lines go to no room.
    pub(super) fn switch_from(&mut self, room: &str) {
        if self.current_room == room {
            let another = self.named_rooms().next().cloned();
            self.current_room = another.unwrap_or_default();
        }
    }
}

fn refusal_words(refusal: &HeardRefusal) -> String {
    let said = if refusal.text.is_empty() { &refusal.reason } else { &refusal.text };
    escape::strip(said)
}
