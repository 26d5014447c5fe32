//! A guest with a WebSocket of `threadbare.v1`: it is in some rooms, with its position in each. It
//! sends again, under the same id, what got no answer.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::book::{GuestNumber, Log, Number};
use super::super::http::{Arrived, Frame, handshake, masked};
use super::super::net::{ConnectionId, How, News};
use super::super::truth::ROOMS;
use super::composer::{Composer, request};
use super::v1::{Heard, Places};
use super::{Guest, World};

/// Only the first guests write private messages, this many: the server makes that many private logs
/// for one address.
const PEOPLE_MAX: usize = 24;
/// How many requests a good client has on their way at once.
const UNDER_WAY_MAX: usize = 16;

pub struct Socket {
    number: GuestNumber,
    name: String,
    token: String,
    connection: Option<ConnectionId>,
    is_shaken: bool,
    arrived: Arrived,
    places: Places,
    rooms: BTreeSet<u8>,
    composer: Composer,
    /// Requests without an answer, in the order of the book.
    unanswered: VecDeque<Number>,
    /// Entries that were refused as too early, and when each may be sent again.
    put_off: Vec<(Instant, Number)>,
    lane: u32,
    /// The guest does not come before this time.
    comes_at: Instant,
    /// The guest does not read until then.
    deaf_until: Option<Instant>,
    /// Whether the guest writes private messages, so it stays.
    is_regular: bool,
}

impl Socket {
    pub fn comes(number: GuestNumber, world: &mut World) -> Self {
        let name = if world.happens(700) { world.a_name(number) } else { String::new() };
        let is_regular = !name.is_empty() && world.people.len() < PEOPLE_MAX;
        let mut rooms = BTreeSet::from([world.a_room()]);
        while world.happens(300) {
            rooms.insert(world.a_room());
        }
        if is_regular {
            world.people.insert(number, name.clone());
        }
        let (token, lane) = (world.a_token(), world.new_lane());
        Self {
            number,
            name,
            token,
            connection: None,
            is_shaken: false,
            arrived: Arrived::default(),
            places: Places::of(number),
            rooms,
            composer: Composer::default(),
            unanswered: VecDeque::new(),
            put_off: Vec::new(),
            lane,
            comes_at: Instant::now(),
            deaf_until: None,
            is_regular,
        }
    }

    /// A guest that is in all rooms, and hears everything there.
    pub fn in_all_rooms(number: GuestNumber, world: &mut World) -> Self {
        let rooms = (0..).zip(ROOMS).map(|(room, _)| room).collect();
        Self { rooms, ..Self::comes(number, world) }
    }

    fn sends(&self, request: &Value, world: &mut World) {
        if let Some(connection) = self.connection {
            world.net.send(connection, &masked(0x81, request.to_string().as_bytes()));
        }
    }

    fn says_hello(&mut self, world: &mut World) {
        let logs = self.rooms.iter().map(|room| Log::Room(*room));
        let private = Log::Private(self.number);
        let has_private = self.places.logs.contains_key(&private);
        let logs: Vec<_> = logs.chain(has_private.then_some(private)).collect();
        let rooms: Vec<_> =
            logs.into_iter().map(|log| self.places.asks_as_json(log, world)).collect();
        let mut hello = json!({"type": "hello", "token": self.token, "rooms": rooms});
        if !self.name.is_empty() {
            hello["name"] = json!(self.name);
        }
        self.sends(&hello, world);
        self.put_off.clear();
        for number in self.unanswered.clone() {
            self.sends_out(number, world);
        }
    }

    fn sends_out(&self, number: Number, world: &mut World) {
        let request = request(number, world);
        world.is_sent_out(number, self.lane);
        self.sends(&request, world);
    }

    fn takes(&mut self, frame: Frame, world: &mut World) {
        match frame {
            Frame::Text(text) => {
                let heard = self.places.hears(&text, world);
                self.acts_upon(heard, world);
            }
            Frame::Ping(payload) => {
                if let Some(connection) = self.connection {
                    world.net.send(connection, &masked(0x8a, &payload));
                }
            }
            Frame::Close | Frame::Other => {}
        }
    }

    fn acts_upon(&mut self, heard: Heard, world: &mut World) {
        match heard {
            Heard::Welcome { name, token } => {
                world.is_called(self.number, &name);
                if !name.is_empty() && self.is_regular {
                    world.people.insert(self.number, name);
                }
                world.tokens.insert(self.number, token.clone());
                self.token = token;
            }
            Heard::Renamed(_) | Heard::Nothing | Heard::CaughtUp(_) | Heard::SessionOver => {}
            Heard::Sent(number) => self.unanswered.retain(|it| *it != number),
            Heard::PutOff(number, wait) => {
                let wait = Duration::from_millis(wait);
                self.put_off.push((Instant::now() + wait, number));
                world.wakes(self.number, wait);
            }
            Heard::Refused(number, _) => self.unanswered.retain(|it| *it != number),
            Heard::Left(log) => {
                if let Log::Room(room) = log {
                    self.rooms.remove(&room);
                }
            }
        }
    }

    /// The connection has ended; the guest will reconnect by itself.
    fn is_cut_off(&mut self, world: &mut World) {
        self.connection = None;
        self.is_shaken = false;
        self.arrived = Arrived::default();
        self.deaf_until = None;
        self.places.logs.values_mut().for_each(|place| place.is_caught_up = false);
        world.comes_again(self.number);
    }

    /// Joins another room, or leaves one.
    fn wanders(&mut self, world: &mut World) {
        let room = world.a_room();
        if self.rooms.contains(&room) {
            if self.rooms.len() > 1 {
                self.rooms.remove(&room);
                self.sends(&json!({"type": "leave", "room": ROOMS[usize::from(room)]}), world);
                // The answer may be lost with the connection.
                self.places.closes(Log::Room(room), world);
            }
            return;
        }
        self.rooms.insert(room);
        let mut join = self.places.asks_as_json(Log::Room(room), world);
        join["type"] = json!("join");
        self.sends(&join, world);
    }
}

impl Guest for Socket {
    fn wakes(&mut self, world: &mut World) {
        let now = Instant::now();
        if self.connection.is_none() {
            if now >= self.comes_at || world.is_ending {
                let request = handshake("/ws", "threadbare.v1");
                self.connection = world.net.dial(self.number, world.addr, request.as_bytes());
                if self.connection.is_none() {
                    world.wakes_within(self.number, 100, 500);
                }
            } else {
                world.wakes(self.number, self.comes_at - now);
            }
            return;
        }
        if let Some(connection) = self.connection
            && self.deaf_until.is_some_and(|until| now >= until || world.is_ending)
        {
            self.deaf_until = None;
            world.net.deafens(connection, false);
        }
        let due: Vec<_> = self.put_off.iter().filter(|(at, _)| now >= *at).copied().collect();
        self.put_off.retain(|(at, _)| now < *at);
        for (_, number) in due {
            self.sends_out(number, world);
        }
    }

    fn hears(&mut self, _line: ConnectionId, news: News, world: &mut World) {
        match news {
            News::Open => {}
            News::Bytes(bytes) => {
                self.arrived.add(&bytes);
                if !self.is_shaken {
                    let Some((status, _)) = self.arrived.head() else { return };
                    if status != 101 {
                        world.notes(&format!("handshake {status}"));
                        if let Some(connection) = self.connection {
                            world.net.close(connection, How::Fin);
                        }
                        return self.is_cut_off(world);
                    }
                    self.is_shaken = true;
                    world.is_well(self.number);
                    self.says_hello(world);
                }
                while let Some(frame) = self.arrived.frame() {
                    self.takes(frame, world);
                }
            }
            News::Ended => {
                world.counts_a_lost_line(self.number);
                self.is_cut_off(world);
            }
        }
    }

    fn says(&mut self, world: &mut World) {
        if self.unanswered.len() >= UNDER_WAY_MAX || self.comes_at > Instant::now() {
            return;
        }
        if self.is_shaken && world.happens(30) && !world.is_ending {
            return self.wanders(world);
        }
        if let Some(connection) = self.connection
            && self.deaf_until.is_none()
            && world.happens(10)
        {
            let wait = world.a_while_deaf();
            self.deaf_until = Some(Instant::now() + wait);
            world.net.deafens(connection, true);
            return world.wakes(self.number, wait);
        }
        let rooms: Vec<_> = self.rooms.iter().copied().collect();
        let room = world.one_of(&rooms);
        let last = self.places.logs.get(&Log::Room(room)).map_or(0, |place| place.last);
        let number = self.composer.composes(self.number, room, last, world);
        self.says_this(number, world);
    }

    fn says_this(&mut self, number: Number, world: &mut World) {
        self.unanswered.push_back(number);
        if self.is_shaken {
            self.sends_out(number, world);
        }
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    fn asks_beside(&self) -> bool {
        false
    }

    fn is_settled(&self, _world: &World) -> bool {
        let is_in = |room: &u8| {
            self.places.logs.get(&Log::Room(*room)).is_some_and(|place| place.is_caught_up)
        };
        self.is_shaken && self.unanswered.is_empty() && self.rooms.iter().all(is_in)
    }

    fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        self.places.has_heard(ends, world)
    }

    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool {
        if for_good && (self.is_regular || !self.unanswered.is_empty()) {
            return false;
        }
        if let Some(connection) = self.connection.take() {
            if world.happens(500) {
                world.net.send(connection, &masked(0x88, &[]));
            }
            world.hangs_up(connection);
        }
        if for_good {
            self.places.close(world);
            return true;
        }
        self.is_cut_off(world);
        let away = world.a_while_away();
        self.comes_at = Instant::now() + away;
        world.wakes(self.number, away);
        true
    }

    fn state(&self) -> String {
        format!(
            "socket, connection {:?}, shaken {}, rooms {:?}, unanswered {:?}, {}",
            self.connection,
            self.is_shaken,
            self.rooms,
            self.unanswered,
            self.places.state()
        )
    }
}
