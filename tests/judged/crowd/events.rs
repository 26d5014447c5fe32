//! A guest with a stream of server-sent events: numbered, and it speaks by requests.

use super::super::book::{GuestNumber, Log, Number};
use super::super::http::{Arrived, get, room_path};
use super::super::net::{ConnectionId, How, News};
use super::super::truth::ROOMS;
use super::composer::Composer;
use super::mouth::{Manner, Mouth};
use super::v1::{Heard, Places};
use super::{Guest, World};

pub struct Events {
    number: GuestNumber,
    room: u8,
    connection: Option<ConnectionId>,
    is_begun: bool,
    arrived: Arrived,
    places: Places,
    composer: Composer,
    mouth: Mouth,
}

impl Events {
    pub fn comes(number: GuestNumber, world: &mut World) -> Self {
        let token = world.a_token();
        Self {
            number,
            room: world.a_room(),
            connection: None,
            is_begun: false,
            arrived: Arrived::default(),
            places: Places::of(number),
            composer: Composer::default(),
            mouth: Mouth::of(number, Manner::Json, token, world),
        }
    }

    /// Opens the stream after its last position: in a header, as a browser does by itself, or in
    /// the address.
    fn dials(&mut self, world: &mut World) {
        let room = Log::Room(self.room);
        let after = self.places.asks(room, world);
        let after = after.map(|(epoch, last)| format!("{epoch}.{last}"));
        let private = Log::Private(self.number);
        let private = match self.places.logs.contains_key(&private) {
            true => self.places.asks(private, world),
            false => None,
        };
        let private = private.map(|(epoch, last)| format!("&private={epoch}.{last}"));
        let private = private.unwrap_or_default();
        let mut headers = format!("Authorization: Bearer {}\r\n", self.mouth.token);
        headers += "Accept: text/event-stream\r\n";
        let path = room_path(ROOMS[usize::from(self.room)]);
        let path = match after {
            Some(after) if world.happens(500) => {
                headers += &format!("Last-Event-ID: {after}\r\n");
                format!("{path}/stream?as=events{private}")
            }
            Some(after) => format!("{path}/stream?as=events&after={after}{private}"),
            None => format!("{path}/stream?as=events{private}"),
        };
        self.arrived = Arrived::default();
        self.is_begun = false;
        self.connection = world.net.dial(self.number, world.addr, get(&path, &headers).as_bytes());
        if self.connection.is_none() {
            world.wakes_within(self.number, 100, 500);
        }
    }

    fn is_cut_off(&mut self, world: &mut World) {
        self.connection = None;
        self.is_begun = false;
        self.places.logs.values_mut().for_each(|place| place.is_caught_up = false);
        world.comes_again(self.number);
    }

    fn takes_what_is_here(&mut self, world: &mut World) {
        if !self.is_begun {
            let Some((status, _)) = self.arrived.head() else { return };
            if status != 200 {
                world.notes(&format!("stream {status}"));
                if let Some(connection) = self.connection {
                    world.net.close(connection, How::Fin);
                }
                return self.is_cut_off(world);
            }
            self.is_begun = true;
            world.is_well(self.number);
        }
        while let Some(line) = self.arrived.line() {
            let Some(data) = line.strip_prefix("data: ") else { continue };
            match self.places.hears(data, world) {
                Heard::Welcome { name, token } => {
                    world.is_called(self.number, &name);
                    world.tokens.insert(self.number, token.clone());
                    self.mouth.token = token;
                }
                Heard::CaughtUp(Log::Room(_)) => self.mouth.has_a_session(world),
                _ => {}
            }
        }
    }
}

impl Guest for Events {
    fn wakes(&mut self, world: &mut World) {
        if self.connection.is_none() {
            self.dials(world);
        }
        self.mouth.wakes(world);
        if self.mouth.is_over
            && self.is_begun
            && let Some(connection) = self.connection.take()
        {
            // A new session needs a new stream.
            world.hangs_up(connection);
            self.is_cut_off(world);
        }
    }

    fn hears(&mut self, connection: ConnectionId, news: News, world: &mut World) {
        if self.mouth.hears(connection, &news, world) {
            if self.mouth.is_over {
                world.wakes_within(self.number, 10, 50);
            }
            return;
        }
        match news {
            News::Open => {}
            News::Bytes(bytes) => {
                self.arrived.add(&bytes);
                self.takes_what_is_here(world);
            }
            News::Ended => {
                world.counts_a_lost_line(self.number);
                self.is_cut_off(world);
            }
        }
    }

    fn says(&mut self, world: &mut World) {
        if self.mouth.waiting() < 5 && self.is_begun {
            let last = self.places.logs.get(&Log::Room(self.room)).map_or(0, |place| place.last);
            let number = self.composer.composes(self.number, self.room, last, world);
            self.mouth.says(number, world);
        }
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.mouth.connection().or(self.connection)
    }

    fn is_settled(&self, _world: &World) -> bool {
        let place = self.places.logs.get(&Log::Room(self.room));
        self.mouth.waiting() == 0 && place.is_some_and(|place| place.is_caught_up)
    }

    fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        self.places.has_heard(ends, world)
    }

    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool {
        if for_good && self.mouth.waiting() > 0 {
            return false;
        }
        if let Some(connection) = self.connection.take() {
            world.hangs_up(connection);
        }
        if for_good {
            self.mouth.leaves(world);
            self.places.close(world);
        } else {
            self.is_cut_off(world);
        }
        true
    }

    fn state(&self) -> String {
        let (mouth, places) = (self.mouth.state(), self.places.state());
        format!(
            "events, connection {:?}, begun {}, {mouth}, {places}",
            self.connection, self.is_begun
        )
    }
}
