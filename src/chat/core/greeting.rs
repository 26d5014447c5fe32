//! How a newcomer is greeted: it is told who it is, and comes into its rooms.
//!
//! Owns: in which order.
//! Must not know: whose a name is; `people.rs` does.
//!
//! Next: `chat/core/visiting.rs`.

use super::people::Author;
use super::people::claims::Entered;
use super::{Core, Effect, Greeting, Made, Newcomer, refuse};
use crate::admission::Home;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::{Claim, Hello};
use crate::chat::token::TokenDigest;
use crate::chat::told::Told;
use crate::hub::ClientId;
use crate::limits;

impl Core {
    /// A client that has a name while it is here, and hears what is said from now on.
    pub(super) fn greet_passing(&mut self, client: ClientId, effects: &mut Vec<Effect>) {
        self.name_passing(client, Name::user, effects);
        let lobby = self.lobby();
        let seen = self.rooms.get(lobby).map(|room| room.log.all());
        self.enter(client, lobby, seen, effects);
    }

    /// The client is a person that goes with it, who is told its name.
    pub(super) fn name_passing(
        &mut self,
        client: ClientId,
        called: fn(u64) -> Name,
        effects: &mut Vec<Effect>,
    ) {
        let person = self.people.visit(client, called, self.now.utc);
        self.members.become_author(client, Author::Person(person));
        if let Some(name) = self.people.name(person).cloned() {
            let (mark, token, kept_for) = (None, None, None);
            effects.push(Effect::Note(client, Told::Welcome { name, mark, token, kept_for }));
        }
    }

    /// Whether whoever comes has given the box's password, if there is one, now or when
    /// its session began. A visitor is told otherwise, so it comes in all the same.
    pub(super) fn admits(&self, newcomer: &Newcomer<TokenDigest>) -> bool {
        let Newcomer::Numbered(greeting) = newcomer else { return true };
        let token = greeting.hello.token.as_ref();
        greeting.is_admitted || token.is_some_and(|token| self.people.will_have_place_for(token))
    }

    /// A numbered client gets its name, then its rooms.
    pub(super) fn greet(
        &mut self,
        client: ClientId,
        greeting: Greeting<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let Greeting { hello, fresh, .. } = greeting;
        let Hello { name, token, rooms, private } = hello;
        // Who is new and brings no token has nothing that somebody else could know.
        let known = token.as_ref().filter(|token| self.people.knows(token)).cloned();
        let spare = token.as_ref().map(|_| fresh.clone());
        known.into_iter().for_each(|token| self.use_token(&token, effects));
        let refused = self.recognise(client, name, token, fresh, effects);
        effects.push(Effect::TellState(client));
        effects.extend(refused);
        for place in rooms.into_iter().take(limits::ROOMS_PER_CLIENT_MAX) {
            self.join(client, place, spare.clone(), effects);
        }
        if let Some(Author::Person(person)) = self.author(client)
            && let Some(log) = self.private_logs.of(person)
        {
            self.follow(client, log, private, effects);
        }
    }

    /// The client is this person's, who is told so. Answers what is to be told next: why
    /// it has not the name that it wanted.
    pub(super) fn recognise(
        &mut self,
        client: ClientId,
        name: Option<Claim>,
        token: Option<TokenDigest>,
        fresh: TokenDigest,
        effects: &mut Vec<Effect>,
    ) -> Option<Effect> {
        let (name, guessed) = self.weigh(client, name, token.as_ref());
        if let Some(claim) =
            name.as_ref().filter(|_| !token.as_ref().is_some_and(|it| self.people.knows(it)))
        {
            self.use_secret(claim, effects);
        }
        let from = (client, self.tag_of(client));
        let why_not = name.as_ref().map(|name| self.why_not(name));
        let Entered { id: person, token, refused } =
            self.people.enter(from, self.now.utc, name, token, fresh);
        self.let_last(person, self.home_of(client), effects);
        self.members.become_author(client, Author::Person(person));
        if let Some(name) = self.people.name(person) {
            let (name, mark) = (name.clone(), self.people.mark(person, client));
            let kept_for = self.people.is_brief(person).then_some(limits::BRIEF_NAME_KEPT);
            let told = Told::Welcome { name, mark, token: None, kept_for };
            effects.push(Effect::GiveToken(client, told, token));
        }
        let refused = match refused {
            Some(Refused::NameTaken) => why_not,
            other => other,
        };
        guessed.or(refused).map(|reason| refuse(client, None, None, reason))
    }

    /// Somebody who is new is remembered from now on, if their address may make one more
    /// person.
    pub(super) fn let_last(
        &mut self,
        person: PersonId,
        home: Option<Home>,
        effects: &mut Vec<Effect>,
    ) {
        if self.people.is_brief(person) && self.may_make(Made::Person, home, effects).is_ok() {
            self.has_made(Made::Person, home, 1);
            self.people.lasts(person);
        }
    }
}
