//! The end of a run: all guests come back, get their answers, and hear one last message in each
//! room.

use std::time::{Duration, Instant};

use super::super::book::{Fate, Number, What};
use super::super::truth::ROOMS;
use super::schedule::Crowd;
use super::socket::Socket;
use super::{Guest, World};

/// How long the guests may take to get their answers and hear the last message.
const END_WITHIN: Duration = Duration::from_secs(120);
/// How often the test looks which guests are not ready.
const LOOK: Duration = Duration::from_millis(200);

impl Crowd {
    /// No guest leaves or says anything of its own any more. All come back, get their answers, and
    /// hear one last message in each room.
    pub(super) fn ends(&mut self) {
        self.comes_back_at = self.comes_back_at.map(|_| Instant::now());
        self.brings_the_server_back();
        self.world.is_ending = true;
        self.world.net.spares_the_next();
        for (_, line) in std::mem::take(&mut self.pending_cuts) {
            self.world.net.cuts_now(line);
        }
        for number in 0..self.guests.len() {
            self.world.wakes(u32::try_from(number).unwrap(), Duration::ZERO);
        }
        let is_settled = |guest: &dyn Guest, world: &World| guest.is_settled(world);
        self.waits_for("is not answered, or is not in", is_settled);
        let ends = self.says_the_last();
        let is_there = |guest: &dyn Guest, world: &World| guest.has_heard(&ends, world);
        self.waits_for("has not heard the last message", is_there);
    }

    fn waits_for(&mut self, what: &str, is_done: impl Fn(&dyn Guest, &World) -> bool) {
        let until = Instant::now() + END_WITHIN;
        let mut looked = Instant::now();
        loop {
            self.turns();
            if looked.elapsed() < LOOK {
                continue;
            }
            looked = Instant::now();
            let open: Vec<_> = self
                .guests
                .iter()
                .enumerate()
                .filter_map(|(number, guest)| {
                    let guest = guest.as_ref()?;
                    (!is_done(&**guest, &self.world))
                        .then(|| format!("guest {number} {what}: {}", guest.state()))
                })
                .collect();
            if open.is_empty() {
                return;
            }
            if Instant::now() >= until {
                return self.stuck.extend(open);
            }
        }
    }

    /// A new guest says one message in each room.
    fn says_the_last(&mut self) -> Vec<Number> {
        let number = self.world.book.new_guest("host");
        let host = Socket::in_all_rooms(number, &mut self.world);
        self.guests.push(Some(Box::new(host)));
        self.world.wakes(number, Duration::ZERO);
        let mut ends = Vec::new();
        for room in 0..ROOMS.len() {
            let room = u8::try_from(room).unwrap();
            let end = self.world.book.write(number, room, What::Say, "the end");
            self.with(number, |guest, world| guest.says_this(end, world));
            ends.push(end);
        }
        let until = Instant::now() + END_WITHIN;
        let is_sent = |world: &World, end: &Number| {
            matches!(world.book.get(*end).map(|it| it.fate), Some(Fate::Sent(_)))
        };
        while !ends.iter().all(|end| is_sent(&self.world, end)) {
            if Instant::now() > until {
                self.stuck.push("the last message is not called sent".to_owned());
                break;
            }
            self.turns();
        }
        ends
    }
}
