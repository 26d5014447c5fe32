//! The fields of a client's JSON object, each read directly into its final place.
//!
//! A deserializer that serde derives holds a second copy of all fields on the stack, and a reader's
//! stack keeps every memory page that it has ever touched. The copy cost each client 4 KB for its
//! whole life. So the deserializer in this file fills a struct on the heap, field by field.
//!
//! The server also fills these fields itself, for a typed line and for a page's form. So one code,
//! `decode.rs`, checks the requests of all clients.
//!
//! Owns: which fields a request can have, and the rule that no field has two values.
//! Must not know: what the fields mean.
//!
//! Part: `formats/v1/mod.rs`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::faults::not_json;
use crate::base::limits;
use crate::chat::answer::Fault;

/// The fields of all request types together. A request of one type uses only some of these fields.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RequestFields {
    pub(crate) kind: Option<String>,
    pub(crate) position: PositionFields,
    pub(crate) id: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) reply: Option<u64>,
    /// True if the message answers the newest message of other people. JSON has no field for this,
    /// because its clients know the numbers of messages. A person who types lines may not know
    /// them.
    pub(crate) replies_to_newest: bool,
    pub(crate) to: Option<String>,
    pub(crate) typed: Option<bool>,
    pub(crate) waited: Option<u64>,
    pub(crate) as_of: Option<u64>,
    pub(crate) with: Option<u32>,
    pub(crate) anew: Option<bool>,
    pub(crate) from: Option<String>,
    pub(crate) since: Option<u64>,
    pub(crate) until: Option<u64>,
    pub(crate) token: Option<String>,
    pub(crate) stored: Option<bool>,
    pub(crate) before: Option<u64>,
    pub(crate) count: Option<u64>,
    pub(crate) versions: Option<Vec<u32>>,
    pub(crate) rooms: Option<Vec<PositionFields>>,
    /// The fields of an `act`, which few requests are.
    pub(crate) act: Option<Box<ActFields>>,
}

/// The fields about what somebody does who looks after a room.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct ActFields {
    pub(crate) action: Option<String>,
    pub(crate) whom: Option<String>,
    pub(crate) seconds: Option<u64>,
    pub(crate) choice: Option<u8>,
    pub(crate) reason: Option<String>,
}

/// The fields about a room: its name, how much of its log the client has seen, its password, and
/// whether it is hidden.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct PositionFields {
    pub(crate) room: Option<String>,
    pub(crate) epoch: Option<String>,
    pub(crate) seq: Option<u64>,
    pub(crate) password: Option<String>,
    pub(crate) invite: Option<String>,
    pub(crate) hidden: Option<bool>,
}

/// The fields may contain secrets, which must not get into a log line.
impl fmt::Debug for RequestFields {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RequestFields(..)")
    }
}

impl RequestFields {
    /// Makes the fields of a request of this type.
    pub(crate) fn of(kind: &str) -> Box<Self> {
        let mut fields = Box::<Self>::default();
        fields.kind = Some(kind.to_owned());
        fields
    }

    /// Makes the fields of a request about a room.
    pub(crate) fn in_room(kind: &str, room: &str) -> Box<Self> {
        Self::of(kind).with(|fields| fields.position.room = Some(room.to_owned()))
    }

    /// Makes the fields of a request that has a text for a room.
    pub(crate) fn text_in(kind: &str, room: &str, text: String) -> Box<Self> {
        Self::in_room(kind, room).with(|fields| fields.text = Some(text))
    }

    /// Returns the fields of an `act`.
    pub(crate) fn act(&mut self) -> &mut ActFields {
        self.act.get_or_insert_default()
    }

    /// Returns these fields after `fill` has filled in more of them.
    pub(crate) fn with(mut self: Box<Self>, fill: impl FnOnce(&mut Self)) -> Box<Self> {
        fill(&mut self);
        self
    }

    /// Reads the fields from a JSON object.
    ///
    /// # Errors
    /// The text is no JSON object, or a field has the wrong type or two values.
    pub(super) fn parse(json: &str) -> Result<Box<Self>, Box<Fault>> {
        let mut fields = Box::<Self>::default();
        let mut reader = serde_json::Deserializer::from_str(json);
        let read = Object(&mut *fields).deserialize(&mut reader).and_then(|()| reader.end());
        read.map(|()| fields).map_err(|error| not_json(&error))
    }
}

trait Take {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl Take for RequestFields {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "type" => once(&mut self.kind, map),
            "id" => once(&mut self.id, map),
            "text" => once(&mut self.text, map),
            "name" => once(&mut self.name, map),
            "reply" => once(&mut self.reply, map),
            "to" => once(&mut self.to, map),
            "typed" => once(&mut self.typed, map),
            "waited" => once(&mut self.waited, map),
            "as_of" => once(&mut self.as_of, map),
            "with" => once(&mut self.with, map),
            "anew" => once(&mut self.anew, map),
            "from" => once(&mut self.from, map),
            "since" => once(&mut self.since, map),
            "until" => once(&mut self.until, map),
            "token" => once(&mut self.token, map),
            "stored" => once(&mut self.stored, map),
            "before" => once(&mut self.before, map),
            "count" => once(&mut self.count, map),
            "versions" => once(&mut self.versions, map),
            "action" => once(&mut self.act().action, map),
            "whom" => once(&mut self.act().whom, map),
            "choice" => once(&mut self.act().choice, map),
            "for" => once(&mut self.act().seconds, map),
            "reason" => once(&mut self.act().reason, map),
            "rooms" => {
                first(self.rooms.is_none())?;
                map.next_value_seed(Positions(self.rooms.insert(Vec::new())))
            }
            _ => self.position.take(key, map),
        }
    }
}

impl Take for PositionFields {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "room" => once(&mut self.room, map),
            "epoch" => once(&mut self.epoch, map),
            "seq" => once(&mut self.seq, map),
            "password" => once(&mut self.password, map),
            "invite" => once(&mut self.invite, map),
            "hidden" => once(&mut self.hidden, map),
            _ => map.next_value::<IgnoredAny>().map(drop),
        }
    }
}

/// Reads one field of the JSON object into `field`. A value `null` leaves `field` empty. It is an
/// error if `field` has a value already.
#[inline(never)]
fn once<'de, T, A>(field: &mut Option<T>, map: &mut A) -> Result<(), A::Error>
where
    T: serde::Deserialize<'de>,
    A: MapAccess<'de>,
{
    first(field.is_none())?;
    *field = map.next_value()?;
    Ok(())
}

fn first<E: Error>(is_first: bool) -> Result<(), E> {
    if is_first { Ok(()) } else { Err(E::custom("a field is there twice")) }
}

struct Object<'a, T>(&'a mut T);

impl<'de, T: Take> DeserializeSeed<'de> for Object<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de, T: Take> Visitor<'de> for Object<'_, T> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            self.0.take(&key, &mut map)?;
        }
        Ok(())
    }
}

struct Positions<'a>(&'a mut Vec<PositionFields>);

impl<'de> DeserializeSeed<'de> for Positions<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Positions<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rooms")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        // A hello may have `ROOMS_PER_CLIENT_MAX` rooms, and one more entry for the private
        // messages. The loop takes one entry beyond that, so that the caller sees that the list is
        // too long.
        while self.0.len() <= limits::ROOMS_PER_CLIENT_MAX + 1 {
            self.0.push(PositionFields::default());
            let Some(position) = self.0.last_mut() else { break };
            if list.next_element_seed(Object(position))?.is_none() {
                self.0.pop();
                return Ok(());
            }
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}
