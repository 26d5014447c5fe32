//! A guest that polls: it asks for what is new after its position, sometimes without waiting, and
//! speaks by requests.

use serde_json::{Value, json};

use super::super::book::{GuestNumber, Log, Number};
use super::super::http::{Answer, Arrived, get, post, room_path};
use super::super::net::{ConnectionId, News};
use super::super::truth::ROOMS;
use super::composer::Composer;
use super::mouth::{Manner, Mouth};
use super::v1::{Heard, Places};
use super::{Guest, World};

pub struct Poll {
    number: GuestNumber,
    room: u8,
    connection: Option<ConnectionId>,
    arrived: Arrived,
    places: Places,
    composer: Composer,
    mouth: Mouth,
    /// It has said hello, and has a session.
    is_somebody: bool,
    hellos: u32,
}

impl Poll {
    pub fn comes(number: GuestNumber, world: &mut World) -> Self {
        Self {
            number,
            room: world.a_room(),
            connection: None,
            arrived: Arrived::default(),
            places: Places::of(number),
            composer: Composer::default(),
            mouth: Mouth::of(number, Manner::Json, String::new(), world),
            is_somebody: false,
            hellos: 0,
        }
    }

    fn path(&self) -> String {
        room_path(ROOMS[usize::from(self.room)])
    }

    fn asks(&mut self, world: &mut World) {
        let bytes = if self.is_somebody { self.question(world) } else { self.hello(world) };
        self.arrived = Arrived::default();
        self.connection = world.net.dial(self.number, world.addr, bytes.as_bytes());
        if self.connection.is_none() {
            world.wakes_within(self.number, 100, 500);
        }
    }

    /// A program's hello makes a new person each time, so each needs another name.
    fn hello(&mut self, world: &mut World) -> String {
        self.hellos += 1;
        let name = format!("{}-{}", world.a_name(self.number), self.hellos);
        let hello = json!({"type": "hello", "name": name});
        post(&self.path(), "", "application/json", &hello.to_string())
    }

    fn question(&mut self, world: &mut World) -> String {
        let after = self.places.asks(Log::Room(self.room), world);
        let after = after.map(|(epoch, last)| format!("&after={epoch}.{last}"));
        // At the end of the run, no poll may wait for messages that do not come.
        let at_once = world.is_ending || world.happens(300);
        let wait = if at_once { "wait=0" } else { "as=json" };
        let path = format!("{}/poll?{wait}{}", self.path(), after.unwrap_or_default());
        get(&path, &format!("Authorization: Bearer {}\r\n", self.mouth.token))
    }

    fn is_answered(&mut self, answer: &Answer, world: &mut World) {
        let what = if self.is_somebody { "poll" } else { "hello" };
        world.notes(&format!("{what} {}", answer.status));
        let was_somebody = self.is_somebody;
        let Some(list) = texts_of(&answer.body) else {
            // A plain sentence, for example that the server is full.
            return world.comes_again(self.number);
        };
        for told in list {
            // The `joined` after a hello is no position, because the hello named none.
            let is_joined = told.contains("\"type\":\"joined\"");
            if !was_somebody && is_joined {
                continue;
            }
            match self.places.hears(&told, world) {
                Heard::Welcome { name, token } => {
                    world.is_called(self.number, &name);
                    if !token.is_empty() {
                        self.mouth.token = token;
                    }
                    self.is_somebody = true;
                    self.mouth.has_a_session(world);
                }
                Heard::SessionOver => self.is_somebody = false,
                _ => {}
            }
        }
        world.is_well(self.number);
        let (from, to) = match was_somebody {
            true if world.is_ending => (100, 300),
            true => (300, 3_000),
            false => (1, 20),
        };
        world.wakes_within(self.number, from, to);
    }
}

impl Guest for Poll {
    fn wakes(&mut self, world: &mut World) {
        if self.mouth.is_over {
            self.is_somebody = false;
        }
        if self.connection.is_none() {
            self.asks(world);
        }
        self.mouth.wakes(world);
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
                if let Some(answer) = self.arrived.answer() {
                    world.hangs_up(connection);
                    self.connection = None;
                    self.is_answered(&answer, world);
                }
            }
            News::Ended => {
                // A partial answer is not read: a list is complete or worthless.
                world.counts_a_lost_line(self.number);
                self.connection = None;
                world.comes_again(self.number);
            }
        }
    }

    fn says(&mut self, world: &mut World) {
        if self.mouth.waiting() < 4 && self.is_somebody {
            let last = self.places.logs.get(&Log::Room(self.room)).map_or(0, |place| place.last);
            let number = self.composer.composes(self.number, self.room, last, world);
            self.mouth.says(number, world);
        }
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.mouth.connection().or(self.connection)
    }

    fn is_settled(&self, _world: &World) -> bool {
        self.mouth.waiting() == 0 && self.is_somebody
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
            let away = world.a_while_away();
            world.wakes(self.number, away);
        }
        true
    }

    fn state(&self) -> String {
        let (mouth, places) = (self.mouth.state(), self.places.state());
        let Self { connection, is_somebody, .. } = self;
        format!("poll, connection {connection:?}, somebody {is_somebody}, {mouth}, {places}")
    }
}

/// The texts of a list; `None` if it is not a list, or not complete.
fn texts_of(list: &str) -> Option<Vec<String>> {
    let list: Vec<Value> = serde_json::from_str(list).ok()?;
    Some(list.iter().map(Value::to_string).collect())
}

#[cfg(test)]
mod tests {
    use super::texts_of;

    #[test]
    fn a_list_of_texts_is_whole_or_nothing() {
        assert_eq!(texts_of("[]\n"), Some(Vec::new()), "nothing was said");
        assert_eq!(texts_of("[{\"type\":\"bye\"}]").unwrap().len(), 1);
        assert_eq!(texts_of("[{\"type\":\"bye\"}"), None);
    }
}
