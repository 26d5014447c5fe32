//! What numbered guests say: messages, and sometimes a change of one, a topic, or a private
//! message.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::book::{Fate, GuestNumber, Number, What, words};
use super::super::truth::{ROOMS, id_of};
use super::World;

/// How many own messages a guest remembers for changes.
const OWN_MAX: usize = 8;

/// The messages that a guest may change.
#[derive(Default)]
pub struct Composer {
    own: VecDeque<Number>,
}

impl Composer {
    /// A new entry for a room in which the newest number is `last`.
    pub fn composes(
        &mut self,
        guest: GuestNumber,
        room: u8,
        last: u64,
        world: &mut World,
    ) -> Number {
        let what = self.chooses(guest, room, last, world);
        let text = match what {
            What::Topic => "soup today".to_owned(),
            _ => words(&mut world.rng),
        };
        let number = world.book.write(guest, room, what, &text);
        match what {
            What::Say | What::Me => {
                self.own.push_back(number);
                if self.own.len() > OWN_MAX {
                    self.own.pop_front();
                }
            }
            What::Delete(of) => self.own.retain(|own| *own != of),
            _ => {}
        }
        number
    }

    fn chooses(&self, guest: GuestNumber, room: u8, last: u64, world: &mut World) -> What {
        let dice = world.rng.below(100);
        let own = self.own.iter().rev().copied().find(|number| {
            world.book.get(*number).is_some_and(|entry| {
                // Old messages may not be changed any more.
                let is_near = |seq: u64| seq + 100 > last;
                entry.room == room && matches!(entry.fate, Fate::Sent(Some(seq)) if is_near(seq))
            })
        });
        let people: Vec<_> = world.people.keys().copied().filter(|it| *it != guest).collect();
        match (dice, own) {
            (0..=11, Some(of)) => What::Edit(of),
            (12..=17, Some(of)) => What::Delete(of),
            (18..=23, _) => What::Me,
            (24, _) => What::Topic,
            (25..=31, _) if world.people.contains_key(&guest) && !people.is_empty() => {
                What::Private(world.one_of(&people))
            }
            _ => What::Say,
        }
    }
}

/// An entry as a request of `threadbare.v1`.
pub fn request(number: Number, world: &World) -> Value {
    let entry = world.book.get(number).unwrap();
    let (room, id, text) = (ROOMS[usize::from(entry.room)], id_of(number), &entry.text);
    let seq = |of: Number| match world.book.get(of).map(|entry| entry.fate) {
        Some(Fate::Sent(Some(seq))) => seq,
        _ => 0,
    };
    match entry.what {
        What::Say => json!({"type": "say", "room": room, "id": id, "text": text}),
        What::Me => json!({"type": "me", "room": room, "id": id, "text": text}),
        What::Topic => json!({"type": "topic", "room": room, "id": id, "text": text}),
        What::Edit(of) => {
            json!({"type": "edit", "room": room, "id": id, "seq": seq(of), "text": text})
        }
        What::Delete(of) => json!({"type": "delete", "room": room, "id": id, "seq": seq(of)}),
        What::Private(to) => {
            let to = world.people.get(&to).cloned().unwrap_or_default();
            json!({"type": "private", "to": to, "id": id, "text": text})
        }
    }
}
