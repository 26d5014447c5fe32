//! What did not happen, and what becomes of it.
//!
//! Owns: which refusal is asked again, which is told, and which ends it all.
//! Must not know: the server's reasons beyond those that need an answer.
//!
//! Next: `console/v1/core/orders.rs`.

use std::time::{Duration, Instant};

use super::{Act, Core, Manner};
use crate::chat::escape;
use crate::console::trouble::ConsoleError;
use crate::console::v1::ask::Ask;
use crate::console::v1::tell::Refusal;

impl Core {
    pub(super) fn hears_refusal(&mut self, refusal: &Refusal, now: Instant) {
        let words = refusal_words(refusal);
        if let Some(id) = &refusal.id {
            return self.is_refused(id, refusal, words, now);
        }
        if !self.welcomed {
            let asks = refusal.reason == "password-needed" && refusal.room.is_none();
            let words = if asks { format!("{words}; give it with --password") } else { words };
            return self.act(Act::End(Err(ConsoleError::NotLetIn { words })));
        }
        // No password is known for one that may not have been taken.
        if let Some(room) = refusal.room.as_ref().and_then(|name| self.rooms.get_mut(name)) {
            room.wishes.clear();
        }
        let waits_to_join = |name: &&String| self.rooms.get(*name).is_some_and(|it| !it.joined);
        match refusal.room.clone().filter(|name| waits_to_join(&name)) {
            Some(room) => self.cannot_join(&room, words),
            None => self.note(words),
        }
    }

    /// Something that was said.
    fn is_refused(&mut self, id: &str, refusal: &Refusal, words: String, now: Instant) {
        match (refusal.reason.as_str(), &refusal.room) {
            ("too-fast", _) => {
                let wait = Duration::from_millis(refusal.wait.unwrap_or_default());
                self.unsent.too_early(id, now + wait);
            }
            ("not-in-room", Some(name)) if self.rooms.contains_key(name) => {
                self.unsent.too_early(id, now);
                if let Some(room) = self.rooms.get_mut(name) {
                    room.joined = false;
                    let visit = room.visit(name);
                    self.act(Act::Ask(Ask::Join(visit)));
                }
            }
            (reason, _) => {
                let is_nothing = reason == "empty" && self.manner == Manner::Courier;
                if let Some(ask) = self.unsent.take(id).filter(|_| !is_nothing) {
                    self.is_not_said(&ask, words);
                }
            }
        }
    }

    fn cannot_join(&mut self, name: &str, words: String) {
        self.rooms.remove(name);
        if self.manner != Manner::Person && self.named_rooms().next().is_none() {
            return self.act(Act::End(Err(ConsoleError::NotLetIn { words })));
        }
        for ask in self.unsent.take_room(name) {
            self.is_not_said(&ask, words.clone());
        }
        self.turns_from(name);
        let hint = match self.manner {
            Manner::Person => format!("; /join {name} PASSWORD, if it is one that is missing"),
            _ => String::new(),
        };
        self.note(format!("not in {name}: {words}{hint}"));
    }

    /// A courier that cannot deliver has failed, a script will have in the end;
    /// a person is told.
    pub(super) fn is_not_said(&mut self, ask: &Ask, words: String) {
        if self.manner == Manner::Courier {
            return self.act(Act::End(Err(ConsoleError::NotTaken { words })));
        }
        if self.manner == Manner::Script {
            self.failure = Some(words.clone());
        }
        match ask.text() {
            Some(text) => self.note(format!("not said: {text}\n    {words}")),
            None => self.note(words),
        }
    }

    /// Where to speak when a room is no more.
    pub(super) fn turns_from(&mut self, room: &str) {
        if self.here == room {
            let another = self.named_rooms().next().cloned();
            self.here = another.unwrap_or_default();
        }
    }
}

fn refusal_words(refusal: &Refusal) -> String {
    let said = if refusal.text.is_empty() { &refusal.reason } else { &refusal.text };
    escape::strip(said)
}
