//! What a client of `threadbare.v1` keeps: its position in each log, as `docs/PROTOCOL.md` asks
//! for. Everything that it receives goes into its views first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::book::{GARBLED, GuestNumber, Log, Number};
use super::super::seen::{Event, Form, Kind, Shown, Why};
use super::super::truth::{ROOMS, number_of, room_number, text_of};
use super::World;

/// One text of `threadbare.v1`, with the fields that this test reads.
#[derive(Deserialize)]
pub struct Told<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default, borrow)]
    room: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(default)]
    seq: u64,
    #[serde(default, borrow)]
    from: Option<From<'a>>,
    #[serde(default)]
    to: Option<Value>,
    #[serde(default)]
    epoch: Option<String>,
    #[serde(default, borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    wait: u64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum From<'a> {
    Number(u64),
    Name(#[expect(dead_code, reason = "only numbers are read")] Cow<'a, str>),
}

/// What a client must react to.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    Nothing,
    Welcome {
        name: String,
        token: String,
    },
    Renamed(String),
    Sent(Number),
    /// The entry may be sent again after so many milliseconds.
    PutOff(Number, u64),
    /// The request was refused: an entry of the book, or 0.
    Refused(Number, String),
    CaughtUp(Log),
    Left(Log),
    SessionOver,
}

/// A client's position in one log.
pub struct Place {
    epoch: u64,
    epoch_text: String,
    pub last: u64,
    pub view: usize,
    /// Everything that was said so far has come.
    pub is_caught_up: bool,
}

/// The positions of one client in all logs.
pub struct Places {
    guest: GuestNumber,
    pub logs: BTreeMap<Log, Place>,
}

impl Places {
    pub fn of(guest: GuestNumber) -> Self {
        Self { guest, logs: BTreeMap::new() }
    }

    /// The position that a hello or a join names; the client sends it now.
    pub fn asks(&mut self, log: Log, world: &mut World) -> Option<(String, u64)> {
        let guest = self.guest;
        let place = self.logs.entry(log).or_insert_with(|| Place {
            epoch: 0,
            epoch_text: String::new(),
            last: 0,
            view: world.opens(guest, log, Form::Numbered),
            is_caught_up: false,
        });
        place.is_caught_up = false;
        world.views[place.view].closed = None;
        let seen = (!place.epoch_text.is_empty()).then_some((place.epoch, place.last));
        world.saw(place.view, Event::Asked(seen));
        seen.map(|(_, last)| (place.epoch_text.clone(), last))
    }

    /// The same in JSON, for a hello's rooms or a join.
    pub fn asks_as_json(&mut self, log: Log, world: &mut World) -> Value {
        let room = match log {
            Log::Room(number) => json!(ROOMS[usize::from(number)]),
            Log::Private(_) => Value::Null,
        };
        match self.asks(log, world) {
            Some((epoch, seq)) => json!({"room": room, "epoch": epoch, "seq": seq}),
            None => json!({"room": room}),
        }
    }

    /// The client receives this text.
    pub fn hears(&mut self, told: &str, world: &mut World) -> Heard {
        match serde_json::from_str::<Told<'_>>(told) {
            Ok(told) => self.takes(&told, world),
            Err(error) => {
                world.book.odd.push(format!("guest {}: {error}: {told}", self.guest));
                Heard::Nothing
            }
        }
    }

    pub fn takes(&mut self, told: &Told<'_>, world: &mut World) -> Heard {
        let number = told.id.as_deref().map_or(0, number_of);
        let reason = || told.reason.clone().unwrap_or_default();
        match &*told.kind {
            "message" => self.line(Kind::Said, told, world),
            "me" => self.line(Kind::Acted, told, world),
            "edit" => self.line(Kind::Edited, told, world),
            "delete" => self.line(Kind::Deleted, told, world),
            "topic" => self.line(Kind::Topic, told, world),
            "private" => self.line(Kind::Private, told, world),
            "joined" => self.is_let_in(told, world),
            "too-old" => self.gone(Why::TooOld, told, world),
            "skipped" => self.gone(Why::Skipped, told, world),
            "not-kept" => self.gone(Why::NotKept, told, world),
            "caught-up" => return self.has_all(told, world),
            "behind" => world.notes("behind"),
            "keeping" => world.notes("keeping"),
            "left" => {
                if let Some(log) = self.log(told) {
                    return Heard::Left(log);
                }
            }
            "welcome" => {
                let (name, token) = (told.name.clone(), told.token.clone());
                return Heard::Welcome {
                    name: name.unwrap_or_default(),
                    token: token.unwrap_or_default(),
                };
            }
            "renamed" => {
                let to = told.to.as_ref().and_then(Value::as_str).unwrap_or_default();
                return Heard::Renamed(to.to_owned());
            }
            "sent" => {
                world.is_called_sent(number, Some(told.seq));
                return Heard::Sent(number);
            }
            "refused" if reason() == "too-fast" && number != 0 => {
                world.notes("too-fast");
                world.book.entry(number).is_loose = true;
                return Heard::PutOff(number, told.wait.max(100));
            }
            "error" if reason() == "session-over" => return Heard::SessionOver,
            "refused" | "error" => {
                world.is_refused(number, &reason());
                return Heard::Refused(number, reason());
            }
            _ => {}
        }
        Heard::Nothing
    }

    fn log(&self, told: &Told<'_>) -> Option<Log> {
        match &told.room {
            None => Some(Log::Private(self.guest)),
            Some(name) => room_number(name).map(Log::Room),
        }
    }

    /// The position in the log that a text is about. Private messages come unasked, so their log
    /// may be new.
    fn place(&mut self, told: &Told<'_>, world: &mut World) -> Option<&mut Place> {
        let log = self.log(told)?;
        let guest = self.guest;
        Some(self.logs.entry(log).or_insert_with(|| Place {
            epoch: 0,
            epoch_text: String::new(),
            last: 0,
            view: world.opens(guest, log, Form::Numbered),
            is_caught_up: false,
        }))
    }

    fn line(&mut self, kind: Kind, told: &Told<'_>, world: &mut World) {
        let shown = Shown {
            kind,
            seq: told.seq,
            id: told.id.as_deref().map_or(0, number_of),
            text: told.text.as_deref().map_or(0, |text| text_of(&world.book, text)),
        };
        let Some(place) = self.place(told, world) else { return };
        place.last = place.last.max(told.seq);
        let view = place.view;
        world.saw(view, Event::Line(shown));
    }

    fn is_let_in(&mut self, told: &Told<'_>, world: &mut World) {
        let text = told.epoch.clone().unwrap_or_default();
        let from = number(told.from.as_ref());
        let Some(place) = self.place(told, world) else { return };
        let epoch = u64::from_str_radix(&text, 16).unwrap_or_default();
        if place.epoch_text != text {
            (place.epoch, place.epoch_text, place.last) = (epoch, text, from.saturating_sub(1));
        }
        place.is_caught_up = false;
        let view = place.view;
        world.saw(view, Event::Joined { epoch, seq: told.seq, from });
    }

    fn gone(&mut self, why: Why, told: &Told<'_>, world: &mut World) {
        let from = number(told.from.as_ref());
        let to = told.to.as_ref().and_then(Value::as_u64).unwrap_or_default();
        let Some(place) = self.place(told, world) else { return };
        place.last = if why == Why::NotKept { from.saturating_sub(1) } else { to };
        let view = place.view;
        world.saw(view, Event::Gone(why, from, to));
    }

    fn has_all(&mut self, told: &Told<'_>, world: &mut World) -> Heard {
        let log = self.log(told);
        let Some(place) = self.place(told, world) else { return Heard::Nothing };
        place.is_caught_up = true;
        let view = place.view;
        world.saw(view, Event::CaughtUp(told.seq));
        log.map_or(Heard::Nothing, Heard::CaughtUp)
    }

    /// Whether the client has received everything in each open log, up to the last message of a
    /// run.
    pub fn has_heard(&self, ends: &[Number], world: &World) -> bool {
        let open = self.logs.iter().filter(|(_, place)| world.views[place.view].closed.is_none());
        let mut rooms = open.filter_map(|(log, place)| match log {
            Log::Room(room) => Some((ends[usize::from(*room)], place.view)),
            Log::Private(_) => None,
        });
        rooms.all(|(end, view)| world.newest(view) == end)
    }

    /// The client leaves a room.
    pub fn closes(&self, log: Log, world: &mut World) {
        if let Some(place) = self.logs.get(&log) {
            world.closes(place.view);
        }
    }

    /// The client leaves for good.
    pub fn close(&self, world: &mut World) {
        for place in self.logs.values() {
            world.closes(place.view);
        }
    }

    /// The position in each log, as evidence.
    pub fn state(&self) -> String {
        let places = self.logs.iter().map(|(log, place)| format!("{log:?} #{}", place.last));
        places.collect::<Vec<_>>().join(", ")
    }
}

fn number(from: Option<&From<'_>>) -> u64 {
    match from {
        Some(From::Number(number)) => *number,
        _ => GARBLED.into(),
    }
}

impl Told<'_> {
    /// Whether this text may answer a request about something other than joining a room.
    pub fn is_an_answer(&self) -> bool {
        matches!(&*self.kind, "sent" | "refused" | "error")
    }
}
