//! How a guest speaks that only listens on its connection: by separate requests, one at a time,
//! each sent again until it is answered.

use std::collections::VecDeque;

use super::super::book::{GuestNumber, Number};
use super::super::http::{Answer, Arrived, post, room_path};
use super::super::net::{ConnectionId, News};
use super::super::truth::{ROOMS, id_of};
use super::World;
use super::composer::request;
use super::v1::{Heard, Places, Told};

/// The kind of request, and what the guest does if the answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A request of `threadbare.v1` under an id: sent again until it is answered.
    Json,
    /// A text without an id, as `curl -d` sends it: sent once.
    Text,
}

pub struct Mouth {
    guest: GuestNumber,
    manner: Manner,
    lane: u32,
    pub token: String,
    /// The messages to say; the first one is sent now.
    queue: VecDeque<Number>,
    connection: Option<ConnectionId>,
    arrived: Arrived,
    /// The session has ended, until the guest has another one.
    pub is_over: bool,
    /// The guest waits before it tries again.
    rests: bool,
}

impl Mouth {
    pub fn of(guest: GuestNumber, manner: Manner, token: String, world: &mut World) -> Self {
        Self {
            guest,
            manner,
            lane: world.new_lane(),
            token,
            queue: VecDeque::new(),
            connection: None,
            arrived: Arrived::default(),
            is_over: false,
            rests: false,
        }
    }

    pub fn says(&mut self, number: Number, world: &mut World) {
        self.queue.push_back(number);
        self.goes_on(world);
    }

    /// How many messages wait to be sent or answered.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    pub fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    /// The guest has waited long enough.
    pub fn wakes(&mut self, world: &mut World) {
        self.rests = false;
        self.goes_on(world);
    }

    /// Sends the first of the queue, if nothing is under way.
    pub fn goes_on(&mut self, world: &mut World) {
        let Some(number) = self.queue.front().copied() else { return };
        if self.connection.is_some() || self.is_over || self.rests {
            return;
        }
        let entry = world.book.get(number).unwrap();
        let path = room_path(ROOMS[usize::from(entry.room)]);
        let bearer = format!("Authorization: Bearer {}\r\n", self.token);
        let bytes = match self.manner {
            Manner::Json => {
                let body = request(number, world).to_string();
                post(&path, &bearer, "application/json", &body)
            }
            Manner::Text => post(&path, &bearer, "text/plain; charset=utf-8", &entry.text),
        };
        self.arrived = Arrived::default();
        self.connection = world.net.dial(self.guest, world.addr, bytes.as_bytes());
        if self.connection.is_some() {
            world.is_sent_out(number, self.lane);
        } else {
            self.rests(world, 300);
        }
    }

    fn rests(&mut self, world: &mut World, milliseconds: u64) {
        self.rests = true;
        world.wakes_within(self.guest, milliseconds / 2, milliseconds);
    }

    /// Whether this connection is the mouth's own; if so, the news are handled.
    pub fn hears(&mut self, connection: ConnectionId, news: &News, world: &mut World) -> bool {
        if self.connection != Some(connection) {
            return false;
        }
        match news {
            News::Open => {}
            News::Bytes(bytes) => {
                self.arrived.add(bytes);
                if let Some(answer) = self.arrived.answer() {
                    world.hangs_up(connection);
                    self.connection = None;
                    self.is_answered(&answer, world);
                }
            }
            News::Ended => {
                world.counts_a_lost_line(self.guest);
                self.connection = None;
                self.is_lost(world);
            }
        }
        true
    }

    /// The result of the request is unknown.
    fn is_lost(&mut self, world: &mut World) {
        if self.manner == Manner::Text
            && let Some(number) = self.queue.pop_front()
        {
            // It may still be said, after the next message.
            world.book.entry(number).is_loose = true;
        }
        self.rests(world, 600);
    }

    fn is_answered(&mut self, answer: &Answer, world: &mut World) {
        let Some(number) = self.queue.front().copied() else { return };
        world.notes(&format!("POST {}", answer.status));
        match self.manner {
            Manner::Text => self.is_answered_in_words(number, answer, world),
            Manner::Json => self.is_answered_in_json(answer, world),
        }
    }

    fn is_answered_in_words(&mut self, number: Number, answer: &Answer, world: &mut World) {
        match answer.status {
            200 => {
                // The answer is "Sent to ops as #1."
                let digits = answer.body.rsplit('#').next().unwrap_or_default();
                let digits = digits.trim_end().trim_end_matches('.');
                world.is_called_sent(number, digits.parse().ok());
                self.queue.pop_front();
            }
            503 => return self.is_lost(world),
            403 => self.is_over = true,
            status => {
                world.is_refused(number, &format!("text {status}"));
                self.queue.pop_front();
            }
        }
        self.goes_on(world);
    }

    fn is_answered_in_json(&mut self, answer: &Answer, world: &mut World) {
        let Ok(told) = serde_json::from_str::<Vec<Told<'_>>>(&answer.body) else {
            if matches!(answer.status, 408 | 429 | 503) {
                // An answer in one plain sentence, for example that the server is busy.
                return self.rests(world, 1_000);
            }
            let odd = format!("guest {} was answered {answer:?}", self.guest);
            world.book.odd.push(odd);
            self.queue.pop_front();
            return;
        };
        // Answers to requests do not move the position in a log.
        let mut nowhere = Places::of(self.guest);
        for told in told.iter().filter(|told| told.is_an_answer()) {
            match nowhere.takes(told, world) {
                Heard::PutOff(_, wait) => return self.rests(world, wait + 50),
                Heard::SessionOver => self.is_over = true,
                Heard::Sent(_) | Heard::Refused(..) => {
                    self.queue.pop_front();
                    return self.goes_on(world);
                }
                _ => {}
            }
        }
        if !self.is_over {
            // The server is stopping, or the id is too old to be known.
            self.rests(world, 500);
        }
    }

    /// The guest leaves: waiting messages stay unsaid or unanswered.
    pub fn leaves(&mut self, world: &mut World) {
        if let Some(connection) = self.connection.take() {
            world.hangs_up(connection);
        }
        self.queue.clear();
    }

    /// What the guest waits for, as evidence.
    pub fn state(&self) -> String {
        let first = self.queue.front().map(|number| id_of(*number));
        format!(
            "to say {} from {first:?}, connection {:?}, over {}, rests {}",
            self.queue.len(),
            self.connection,
            self.is_over,
            self.rests
        )
    }

    /// The guest has a session again.
    pub fn has_a_session(&mut self, world: &mut World) {
        self.is_over = false;
        self.goes_on(world);
    }
}
