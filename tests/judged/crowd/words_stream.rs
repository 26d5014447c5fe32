//! A guest with a stream of plain text, like `curl -N`; it speaks like `curl -d`.

use super::super::book::{GuestNumber, Log, Number, What, words};
use super::super::http::{Arrived, get, room_path};
use super::super::net::{ConnectionId, How, News};
use super::super::seen::{Event, Form, Shown};
use super::super::truth::ROOMS;
use super::mouth::{Manner, Mouth};
use super::words::{Text, read};
use super::{Guest, World};

pub struct TextStream {
    number: GuestNumber,
    room: u8,
    connection: Option<ConnectionId>,
    arrived: Arrived,
    /// What it was shown over this connection; `None` before it is in.
    view: Option<usize>,
    mouth: Mouth,
}

impl TextStream {
    pub fn comes(number: GuestNumber, world: &mut World) -> Self {
        let token = world.a_token();
        Self {
            number,
            room: world.a_room(),
            connection: None,
            arrived: Arrived::default(),
            view: None,
            mouth: Mouth::of(number, Manner::Text, token, world),
        }
    }

    fn dials(&mut self, world: &mut World) {
        let path = format!("{}/stream?as=text", room_path(ROOMS[usize::from(self.room)]));
        let headers = format!("Authorization: Bearer {}\r\n", self.mouth.token);
        self.arrived = Arrived::default();
        self.connection = world.net.dial(self.number, world.addr, get(&path, &headers).as_bytes());
        if self.connection.is_none() {
            world.wakes_within(self.number, 100, 500);
        }
    }

    fn is_cut_off(&mut self, world: &mut World) {
        self.connection = None;
        if let Some(view) = self.view.take() {
            world.closes(view);
        }
        world.comes_again(self.number);
    }

    fn takes_what_is_here(&mut self, world: &mut World) {
        let view = match self.view {
            Some(view) => view,
            None => {
                let Some((status, _)) = self.arrived.head() else { return };
                if status != 200 {
                    world.notes(&format!("stream {status}"));
                    if let Some(connection) = self.connection {
                        world.net.close(connection, How::Fin);
                    }
                    return self.is_cut_off(world);
                }
                world.is_well(self.number);
                let view = world.opens(self.number, Log::Room(self.room), Form::Words);
                self.view = Some(view);
                view
            }
        };
        while let Some(line) = self.arrived.line() {
            if let Some(name) = line.strip_prefix("* you are ") {
                world.is_called(self.number, name);
                self.mouth.has_a_session(world);
            }
            if let Text::Line(kind, text) = read(&line) {
                world.saw(view, Event::Line(Shown { kind, seq: 0, id: 0, text }));
            }
        }
    }
}

impl Guest for TextStream {
    fn wakes(&mut self, world: &mut World) {
        if self.connection.is_none() {
            self.dials(world);
        }
        self.mouth.wakes(world);
        if self.mouth.is_over
            && self.view.is_some()
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
        if self.mouth.waiting() < 3 && self.view.is_some() {
            let text = words(&mut world.rng);
            let number = world.book.write(self.number, self.room, What::Say, &text);
            self.mouth.says(number, world);
        }
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.mouth.connection().or(self.connection)
    }

    fn is_settled(&self, _world: &World) -> bool {
        self.mouth.waiting() == 0 && self.view.is_some()
    }

    fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        self.view.is_none_or(|view| world.newest(view) == ends[usize::from(self.room)])
    }

    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool {
        if for_good && self.mouth.waiting() > 0 {
            return false;
        }
        if let Some(connection) = self.connection.take() {
            world.hangs_up(connection);
        }
        self.is_cut_off(world);
        if for_good {
            self.mouth.leaves(world);
        }
        true
    }

    fn state(&self) -> String {
        format!(
            "text, connection {:?}, view {:?}, {}",
            self.connection,
            self.view,
            self.mouth.state()
        )
    }
}
