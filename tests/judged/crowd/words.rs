//! Guests without numbers: classic chats, those that send JSON, and `nc`. What they hear over one
//! connection must be a part of the log. Over the next connection they are another person.

use serde_json::{Value, json};

use super::super::book::{Fate, GuestNumber, Log, Number, What, find, words};
use super::super::http::{Arrived, Frame, handshake, masked};
use super::super::net::{ConnectionId, How, News};
use super::super::seen::{Event, Form, Kind, Shown};
use super::{Guest, World};

/// A guest that stays for so long after it said something must have received it, in milliseconds.
const HEARD_WITHIN: u32 = 20_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// A text frame is a message.
    Classic,
    /// Each text is an object with six fields.
    Webchat,
    /// Lines of text, as `nc` sends and shows them.
    Typed,
}

pub struct Words {
    number: GuestNumber,
    dialect: Dialect,
    connection: Option<ConnectionId>,
    arrived: Arrived,
    /// What the guest was shown over this connection; `None` before it is in.
    view: Option<usize>,
    lane: u32,
    /// Whether it knows its name, or its format has no names. Otherwise the judge could not know
    /// later who it was.
    is_named: bool,
    /// What it said over this connection and has not received yet.
    unheard: Vec<Number>,
    is_deaf: bool,
}

/// What a text of any of these formats shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Text {
    Line(Kind, Number),
    /// The message was too fast, and was not said.
    NotSaid(Number),
    /// The server says something of its own.
    Notice,
}

/// Reads a shown text: a message after its author's name, or without a name.
pub fn read(shown: &str) -> Text {
    let Some((place, number)) = find(shown) else { return Text::Notice };
    let before = &shown[..place];
    if before.starts_with("* not sent") {
        return Text::NotSaid(number);
    }
    // The topic, which each newcomer receives.
    if before.starts_with("* this is ") {
        return Text::Notice;
    }
    let kind = if before.starts_with("* ") {
        if before.ends_with(" set the topic: ") { Kind::Topic } else { Kind::Acted }
    } else if before.ends_with(" meant: ") {
        Kind::Edited
    } else if before.ends_with(" only: ") {
        Kind::Private
    } else {
        Kind::Said
    };
    Text::Line(kind, number)
}

impl Words {
    pub fn comes(number: GuestNumber, dialect: Dialect, world: &mut World) -> Self {
        let lane = world.new_lane();
        Self {
            number,
            dialect,
            connection: None,
            arrived: Arrived::default(),
            view: None,
            lane,
            is_named: dialect == Dialect::Classic,
            unheard: Vec::new(),
            is_deaf: false,
        }
    }

    fn first_bytes(&self) -> String {
        match self.dialect {
            Dialect::Classic if self.number.is_multiple_of(2) => handshake("/ws", ""),
            Dialect::Classic => handshake("/chat", ""),
            Dialect::Webchat => handshake("/webchat", ""),
            Dialect::Typed => String::new(),
        }
    }

    fn dials(&mut self, world: &mut World) {
        let to = if self.dialect == Dialect::Typed { world.lines } else { world.addr };
        self.connection = world.net.dial(self.number, to, self.first_bytes().as_bytes());
        self.lane = world.new_lane();
        if self.connection.is_none() {
            world.wakes_within(self.number, 100, 500);
        }
    }

    fn is_in(&mut self, world: &mut World) {
        world.is_well(self.number);
        self.view = Some(world.opens(self.number, Log::Room(0), Form::Words));
    }

    fn takes_frames(&mut self, world: &mut World) {
        if self.view.is_none() {
            let Some((status, _)) = self.arrived.head() else { return };
            if status != 101 {
                world.notes(&format!("handshake {status}"));
                if let Some(connection) = self.connection {
                    world.net.close(connection, How::Fin);
                }
                return self.is_cut_off(world);
            }
            self.is_in(world);
        }
        while let Some(frame) = self.arrived.frame() {
            match frame {
                Frame::Text(text) if self.dialect == Dialect::Webchat => {
                    self.takes_json(&text, world);
                }
                Frame::Text(text) => self.takes(&text, world),
                Frame::Ping(payload) => {
                    if let Some(connection) = self.connection {
                        world.net.send(connection, &masked(0x8a, &payload));
                    }
                }
                Frame::Close | Frame::Other => {}
            }
        }
    }

    fn takes_json(&mut self, text: &str, world: &mut World) {
        let Ok(told) = serde_json::from_str::<Value>(text) else {
            let odd = format!("guest {} was told no object: {text}", self.number);
            return world.book.odd.push(odd);
        };
        let content = told["content"].as_str().unwrap_or_default();
        match told["type"].as_str() {
            Some("handshake") => {
                let name = told["user"].as_str().unwrap_or_default();
                world.is_called(self.number, name);
                self.is_named = true;
            }
            Some("error") => {
                if let Some((_, number)) = find(content) {
                    self.was_not_said(number, world);
                }
            }
            _ => self.takes(content, world),
        }
    }

    fn takes(&mut self, shown: &str, world: &mut World) {
        let Some(view) = self.view else { return };
        match read(shown) {
            Text::Notice => {}
            Text::NotSaid(number) => self.was_not_said(number, world),
            Text::Line(kind, text) => {
                world.saw(view, Event::Line(Shown { kind, seq: 0, id: 0, text }));
                if self.unheard.contains(&text) {
                    self.unheard.retain(|it| *it != text);
                    let entry = world.book.entry(text);
                    let took = entry.at;
                    entry.fate = Fate::Heard;
                    let now = world.now();
                    world.delays.push(now - took);
                }
            }
        }
    }

    fn was_not_said(&mut self, number: Number, world: &mut World) {
        self.unheard.retain(|it| *it != number);
        world.is_refused(number, "too-fast");
    }

    fn is_cut_off(&mut self, world: &mut World) {
        self.connection = None;
        self.arrived = Arrived::default();
        self.is_deaf = false;
        self.is_named = self.dialect == Dialect::Classic;
        self.unheard.clear();
        if let Some(view) = self.view.take() {
            world.closes(view);
        }
        world.comes_again(self.number);
    }

    /// Reports what the guest said long ago over this connection, and did not receive.
    fn complains(&mut self, world: &mut World) {
        let now = world.now();
        for number in std::mem::take(&mut self.unheard) {
            let entry = world.book.entry(number);
            if entry.at + HEARD_WITHIN < now && !self.is_deaf {
                entry.fate = Fate::Ignored;
            }
        }
    }
}

impl Guest for Words {
    fn wakes(&mut self, world: &mut World) {
        match self.connection {
            None => self.dials(world),
            Some(connection) if self.is_deaf => {
                self.is_deaf = false;
                world.net.deafens(connection, false);
            }
            Some(_) => {}
        }
    }

    fn hears(&mut self, _line: ConnectionId, news: News, world: &mut World) {
        match news {
            News::Open => {}
            News::Bytes(bytes) => {
                self.arrived.add(&bytes);
                if self.dialect != Dialect::Typed {
                    return self.takes_frames(world);
                }
                while let Some(line) = self.arrived.line() {
                    if self.view.is_none() {
                        self.is_in(world);
                    }
                    if let Some(name) = line.strip_prefix("* you are ") {
                        world.is_called(self.number, name);
                        self.is_named = true;
                    }
                    self.takes(&line, world);
                }
            }
            News::Ended => {
                world.counts_a_lost_line(self.number);
                self.is_cut_off(world);
            }
        }
    }

    fn says(&mut self, world: &mut World) {
        let is_ready = self.view.is_some() && self.is_named && !self.is_deaf;
        let (Some(connection), true) = (self.connection, is_ready) else { return };
        if world.happens(10) && !world.is_ending {
            self.is_deaf = true;
            world.net.deafens(connection, true);
            if let Some(view) = self.view {
                world.views[view].was_deaf = true;
            }
            let wait = world.a_while_deaf();
            return world.wakes(self.number, wait);
        }
        let is_act = self.dialect == Dialect::Typed && world.happens(100);
        let what = if is_act { What::Me } else { What::Say };
        let text = words(&mut world.rng);
        let number = world.book.write(self.number, 0, what, &text);
        let text = world.book.entry(number).text.clone();
        world.is_sent_out(number, self.lane);
        self.unheard.push(number);
        let bytes = match self.dialect {
            Dialect::Classic => masked(0x81, text.as_bytes()),
            Dialect::Webchat => masked(0x81, json!({"content": text}).to_string().as_bytes()),
            Dialect::Typed if is_act => format!("/me {text}\n").into_bytes(),
            Dialect::Typed => format!("{text}\n").into_bytes(),
        };
        world.net.send(connection, &bytes);
    }

    fn connection(&self) -> Option<ConnectionId> {
        self.connection
    }

    fn asks_beside(&self) -> bool {
        false
    }

    fn is_settled(&self, world: &World) -> bool {
        let now = world.now();
        let is_late = |number: &Number| {
            world.book.get(*number).is_some_and(|entry| entry.at + HEARD_WITHIN < now)
        };
        self.view.is_some() && self.is_named && !self.is_deaf && self.unheard.iter().all(is_late)
    }

    fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        self.view.is_none_or(|view| world.newest(view) == ends[0])
    }

    fn leaves(&mut self, for_good: bool, world: &mut World) -> bool {
        let Some(connection) = self.connection else { return for_good };
        self.complains(world);
        if self.dialect != Dialect::Typed && world.happens(500) {
            world.net.send(connection, &masked(0x88, &[]));
        }
        world.hangs_up(connection);
        self.is_cut_off(world);
        if !for_good {
            let away = world.a_while_away();
            world.wakes(self.number, away);
        }
        true
    }

    fn state(&self) -> String {
        let Self { dialect, connection, view, unheard, is_deaf, .. } = self;
        format!(
            "{dialect:?}, connection {connection:?}, view {view:?}, unheard {unheard:?}, deaf {is_deaf}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Text, read};

    #[test]
    fn what_is_shown_without_numbers_is_read_as_what_it_is() {
        for (shown, text) in [
            ("k7 soup e7", Text::Line(Kind::Said, 7)),
            ("Ann: k7 soup e7", Text::Line(Kind::Said, 7)),
            ("* Ann k7 waves e7", Text::Line(Kind::Acted, 7)),
            ("Ann meant: k7 soup e7", Text::Line(Kind::Edited, 7)),
            ("* Ann set the topic: k7 soup e7", Text::Line(Kind::Topic, 7)),
            ("Ann, to Bo only: k7 soup e7", Text::Line(Kind::Private, 7)),
            ("* not sent (too fast): k7 soup e7", Text::NotSaid(7)),
            ("* this is lobby, 2 here: k7 soup today e7", Text::Notice),
            ("* Bo joined", Text::Notice),
        ] {
            assert_eq!(read(shown), text, "{shown}");
        }
    }
}
