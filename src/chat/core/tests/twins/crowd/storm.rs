//! Sometimes, clients of one IP address send many requests of one kind at once: more than the
//! limits allow.
//!
//! Part: `chat/core/mod.rs`.

use super::{Crowd, RoomName, RoomPosition};
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::chat::core::people::Author;
use crate::chat::core::{CameFrom, Core, CoreEvent, Greeting, MemberRequest, Newcomer, Stay};
use crate::chat::name::Name;
use crate::chat::request::{Hello, PrivateMessage};
use crate::chat::token::TokenDigest;

/// A storm: many events of one kind from one IP address. `left` is how many of them are still to
/// come.
pub(super) struct Storm {
    kind: Kind,
    came_from: CameFrom,
    left: usize,
    /// The token of the person who sends all requests, if the storm is of one person.
    who: TokenDigest,
}

#[derive(Clone, Copy)]
enum Kind {
    /// New people, who leave at once.
    People,
    /// One person on many devices.
    Devices,
    /// New rooms.
    Rooms,
    /// Wrong secrets for names.
    Guesses,
    /// Private messages to many people.
    Letters,
}

const KINDS: [Kind; 5] = [Kind::People, Kind::Devices, Kind::Rooms, Kind::Guesses, Kind::Letters];

impl Crowd {
    /// Returns the next event of a storm; `None`: there is no storm.
    pub(super) fn storms(&mut self, core: &Core) -> Option<CoreEvent> {
        if self.storm.is_none() && self.chance.is_one_of(1500) {
            let kind = self.chance.one_of(&KINDS);
            let network =
                ClientNetwork::of(self.chance.one_of(&["192.0.2.8", "192.0.2.9"]).parse().unwrap());
            let came_from = CameFrom { network: Some(network), addr: None };
            let left = if matches!(kind, Kind::Devices) { 40 } else { 320 };
            self.storm = Some(Storm { kind, came_from, left, who: self.fresh() });
        }
        let Storm { kind, came_from, left, who } = self.storm.as_mut()?;
        *left -= 1;
        let (kind, came_from, who) = (*kind, *came_from, who.clone());
        if *left == 0 {
            self.storm = None;
        }
        let goes =
            matches!(kind, Kind::People | Kind::Guesses) && self.last_client_id.is_multiple_of(3);
        if let Some(last) = self.members.last().filter(|_| goes) {
            let client = last.client;
            self.last_client_id += 1;
            return Some(self.leaves(client));
        }
        Some(match kind {
            Kind::People => self.one_of_many(core, came_from),
            Kind::Devices => self.with_token(core, came_from, who),
            Kind::Guesses => self.guesses(core, came_from),
            Kind::Rooms | Kind::Letters => match self.client_of(core, &who) {
                Some(client) if matches!(kind, Kind::Rooms) => self.makes_a_room(core, client),
                Some(client) => self.writes_to_somebody(client),
                None => self.with_token(core, came_from, who),
            },
        })
    }

    /// Returns the newest client, if it belongs to the person of this token.
    fn client_of(&self, core: &Core, token: &TokenDigest) -> Option<ClientId> {
        let last = self.members.last()?.client;
        let author = core.author(last)?;
        let owner = core.people.tokens().owner(token).map(Author::Person);
        (owner == Some(author)).then_some(last)
    }

    fn one_of_many(&mut self, core: &Core, came_from: CameFrom) -> CoreEvent {
        let mut greeting = self.greeting(core);
        greeting.hello.token = None;
        greeting.is_admitted = true;
        self.comes_as(Newcomer::WithHello(Box::new(greeting)), came_from)
    }

    fn with_token(&mut self, core: &Core, came_from: CameFrom, token: TokenDigest) -> CoreEvent {
        let rooms = vec![self.place(core)];
        let hello = Hello { token: Some(token.clone()), rooms, ..Hello::default() };
        let (fresh, stay) = (self.fresh(), Stay::Connected);
        let greeting = Greeting { hello, fresh, is_admitted: true, stay };
        self.comes_as(Newcomer::WithHello(Box::new(greeting)), came_from)
    }

    fn guesses(&mut self, core: &Core, came_from: CameFrom) -> CoreEvent {
        let mut greeting = self.greeting(core);
        greeting.hello.token = None;
        let claim = self.claim();
        greeting.hello.name = Some(claim);
        self.comes_as(Newcomer::WithHello(Box::new(greeting)), came_from)
    }

    fn makes_a_room(&mut self, core: &Core, client: ClientId) -> CoreEvent {
        let rooms = core.members.rooms(client).to_vec();
        let last = rooms.last().and_then(|id| Some(core.rooms.get(*id)?.name().clone()));
        if let Some(room) = last.filter(|_| rooms.len() > 10) {
            return CoreEvent::Asked(client, MemberRequest::Leave(room));
        }
        let room = RoomName::parse(&format!("s-{}", self.chance.below(1000))).unwrap();
        CoreEvent::Asked(
            client,
            MemberRequest::Join(Box::new(RoomPosition::of(room)), Some(self.fresh())),
        )
    }

    fn writes_to_somebody(&mut self, client: ClientId) -> CoreEvent {
        let number = self.chance.below(usize::try_from(self.last_client_id).unwrap());
        let to = Name::guest(number as u64);
        let (id, text, longer) = (None, "psst".to_owned(), Vec::new());
        let message = PrivateMessage {
            to,
            id,
            reply_to: None,
            text,
            typed_at: None,
            is_for_present_owner: true,
            with: None,
            longer,
        };
        CoreEvent::Asked(client, MemberRequest::Private(Box::new(message)))
    }
}
