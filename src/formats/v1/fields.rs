//! The fields of a client's JSON object, each read directly into its final place.
//!
//! A deserializer that serde derives holds a second copy of all fields on the stack, and a reader's
//! stack keeps every memory page that it has ever touched. The copy cost each client 4 KB for its
//! whole life. So the deserializer in this file fills a struct on the heap, field by field.
//!
//! Owns: which fields a request can have, and the rule that no field has two values.
//! Must not know: what the fields mean.
//!
//! Part: `formats/v1/mod.rs`.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::base::limits;

/// The fields of all request types together. A request of one type uses only some of these fields.
#[derive(Default)]
pub(super) struct Fields {
    pub(super) kind: Option<String>,
    pub(super) position: PositionFields,
    pub(super) id: Option<String>,
    pub(super) text: Option<String>,
    pub(super) name: Option<String>,
    pub(super) reply: Option<u64>,
    pub(super) to: Option<String>,
    pub(super) typed: Option<bool>,
    pub(super) waited: Option<u64>,
    pub(super) anew: Option<bool>,
    pub(super) from: Option<String>,
    pub(super) since: Option<u64>,
    pub(super) until: Option<u64>,
    pub(super) token: Option<String>,
    pub(super) before: Option<u64>,
    pub(super) count: Option<u64>,
    pub(super) versions: Option<Vec<u32>>,
    pub(super) rooms: Option<Vec<PositionFields>>,
}

/// The fields about a room: its name, how much of its log the client has seen, its password, and
/// whether it is hidden.
#[derive(Default)]
pub(super) struct PositionFields {
    pub(super) room: Option<String>,
    pub(super) epoch: Option<String>,
    pub(super) seq: Option<u64>,
    pub(super) password: Option<String>,
    pub(super) hidden: Option<bool>,
}

impl Fields {
    /// Fills the fields from a JSON object. Before the call, `self` must be empty.
    ///
    /// # Errors
    /// The text is no JSON object, or a field has the wrong type or two values.
    pub(super) fn fill(&mut self, json: &str) -> Result<(), serde_json::Error> {
        let mut reader = serde_json::Deserializer::from_str(json);
        Object(self).deserialize(&mut reader)?;
        reader.end()
    }
}

trait Take {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl Take for Fields {
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
            "anew" => once(&mut self.anew, map),
            "from" => once(&mut self.from, map),
            "since" => once(&mut self.since, map),
            "until" => once(&mut self.until, map),
            "token" => once(&mut self.token, map),
            "before" => once(&mut self.before, map),
            "count" => once(&mut self.count, map),
            "versions" => once(&mut self.versions, map),
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
