//! The core adds up the bytes of private messages that wait for absent people. Whatever happens,
//! its sums are equal to those of a new count.
//!
//! Part: `chat_rule/mod.rs`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::numbered::refusal;
use super::{
    ClientId, Happened, Newcomer, RecordedChat, Stored, apply_at, moment, name, numbered, settings,
    token,
};
use crate::admission::ClientNetwork;
use crate::chat::core::tests::chance::{Chance, runs};
use crate::chat::record::unread_bytes;
use crate::chat::request::{PrivateMessage, Request};

const PEOPLE: u8 = 6;
/// How long a name stays reserved, in seconds: so short that some names are forgotten.
const NAME_KEPT: u64 = 2_000;

/// A few people who come, leave and write. The test itself counts what waits for each of them.
struct Crowd {
    chat: RecordedChat,
    at: u64,
    last_client_id: u64,
    /// The connected people: the client and the IP address of each person.
    here: BTreeMap<u8, (ClientId, Option<ClientNetwork>)>,
    /// The bytes of unread messages, by receiver and by IP address of the sender.
    waits: BTreeMap<(u8, Option<ClientNetwork>), u64>,
    /// How often each thing has happened in all runs.
    reached: Reached,
}

/// How often each thing has happened.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    waited: usize,
    came_back: usize,
    forgotten: usize,
}

fn called(person: u8) -> String {
    format!("Person {person}")
}

impl Crowd {
    fn new(reached: Reached) -> Self {
        let mut settings = settings(1000, 64, 7);
        settings.core.name_kept = Duration::from_secs(NAME_KEPT);
        let chat = RecordedChat::new(settings, Stored::default(), moment(0));
        Self { chat, at: 0, last_client_id: 0, here: [].into(), waits: [].into(), reached }
    }

    fn one_thing_happens(&mut self, chance: &mut Chance) {
        self.at += 1 + chance.below(200) as u64;
        let person = u8::try_from(chance.below(PEOPLE.into())).unwrap();
        let is_here = self.here.contains_key(&person);
        match chance.below(8) {
            0 if is_here => self.asks(person, Request::Quit),
            0..2 if is_here => self.goes(person),
            0..3 if !is_here => self.comes(person, chance),
            3 => drop(apply_at(&mut self.chat, self.at, Happened::Ticked)),
            _ => self.writes(person, chance),
        }
        // If a person's name is free again, that person's unread messages are deleted, too.
        let waited = self.waits.len();
        let chat = &self.chat;
        self.waits.retain(|(person, _), _| chat.person_called(&name(&called(*person))).is_some());
        self.reached.forgotten += waited - self.waits.len();
    }

    fn comes(&mut self, person: u8, chance: &mut Chance) {
        self.last_client_id += 1;
        let client = ClientId(self.last_client_id);
        let from = ["192.0.2.1", "192.0.2.2", "2001:db8::1"].map(|ip| ip.parse().unwrap());
        let network = from.get(chance.below(4)).copied().map(ClientNetwork::of);
        let own = token(10 + person);
        let mut hello = numbered(client, Some(&called(person)), Some(own), 10 + person);
        if let Happened::Newcomer(_, Newcomer::WithHello(_), came_from) = &mut hello {
            came_from.network = network;
        }
        apply_at(&mut self.chat, self.at, hello);
        self.here.insert(person, (client, network));
        let waited = self.waits.len();
        self.waits.retain(|(whose, _), _| *whose != person);
        self.reached.came_back += waited - self.waits.len();
    }

    fn goes(&mut self, person: u8) {
        let (client, _) = self.here.remove(&person).unwrap();
        apply_at(&mut self.chat, self.at, Happened::Left(client));
    }

    fn asks(&mut self, person: u8, request: Request) {
        let (client, _) = self.here[&person];
        apply_at(&mut self.chat, self.at, Happened::Asked(client, request));
    }

    fn writes(&mut self, person: u8, chance: &mut Chance) {
        let Some(&(client, network)) = self.here.get(&person) else { return };
        let to = u8::try_from(chance.below(PEOPLE.into())).unwrap();
        let text = "x".repeat(1 + chance.below(9000));
        let bytes = unread_bytes(text.len() as u64);
        let is_there = self.chat.person_called(&name(&called(to))).is_some();
        let message = PrivateMessage {
            reply_to: None,
            to: name(&called(to)),
            id: None,
            text,
            longer: Vec::new(),
            typed_at: None,
            is_for_present_owner: false,
            with: None,
        };
        let asked = Happened::Asked(client, Request::Private(Box::new(message)));
        let done = apply_at(&mut self.chat, self.at, asked);
        if refusal(&done, client).is_none() && is_there && !self.here.contains_key(&to) {
            *self.waits.entry((to, network)).or_default() += bytes;
            self.reached.waited += 1;
        }
    }

    /// Compares each of the core's sums with a new count.
    fn compare(&self) {
        let (mut parts, mut by_network, mut all) = (BTreeMap::new(), BTreeMap::new(), 0);
        for (&(person, network), &bytes) in &self.waits {
            let person = self.chat.person_called(&name(&called(person))).unwrap();
            let tag = network.map(|network| self.chat.network_tag(network));
            parts.insert((person, tag), bytes);
            if let Some(tag) = tag {
                *by_network.entry(tag).or_default() += bytes;
            }
            all += bytes;
        }
        assert_eq!(self.chat.unread_parts(), &parts);
        assert_eq!(self.chat.unread_sums(), (&by_network, all));
    }
}

#[test]
fn the_sums_of_what_waits_are_always_what_would_be_counted() {
    let mut reached = Reached::default();
    runs(100, |chance| {
        let mut crowd = Crowd::new(reached);
        for _ in 0..300 {
            crowd.one_thing_happens(chance);
            crowd.compare();
        }
        reached = crowd.reached;
    });
    let Reached { waited, came_back, forgotten } = reached;
    assert!(waited > 500 && came_back > 100 && forgotten > 50, "{reached:?}");
}
