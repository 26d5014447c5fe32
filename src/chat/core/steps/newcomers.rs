//! How a new client is welcomed: it is let in or refused, is told its name, and enters its rooms.
//!
//! Owns: the order of these steps.
//! Must not know: who owns a name; `chat/core/people/mod.rs` knows that.
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::admission::ClientNetwork;
use crate::base::limits;
use crate::chat::core::logs::Log;
use crate::chat::core::members::ConnectionKind;
use crate::chat::core::people::Author;
use crate::chat::core::people::claims::Identified;
use crate::chat::core::{CameFrom, Core, Effect, Greeting, Made, Newcomer, Stay, Visitor};
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Claim, Hello};
use crate::chat::token::TokenDigest;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

impl Core {
    /// Lets a newcomer in as a member and welcomes it, or refuses it.
    pub(super) fn register(
        &mut self,
        client: ClientId,
        newcomer: Newcomer<TokenDigest>,
        came_from: CameFrom,
    ) {
        if self.is_stopping {
            self.effects.push(Effect::Refuse(client, Disconnect::ServerStopping));
            return;
        }
        if !self.admits(&newcomer) {
            self.effects.push(Effect::Refuse(client, Disconnect::NotAdmitted));
            return;
        }
        let author = match newcomer {
            Newcomer::Classic => Author::Guest(self.people.next_number()),
            // For now, the client has no person. `greet`, `greet_passing` or `receive` gives it
            // one, in the `match` below.
            _ => Author::Nobody,
        };
        let is_visitor = matches!(newcomer, Newcomer::Visitor(_));
        let kind = ConnectionKind { is_visitor, is_intermittent: self.is_intermittent(&newcomer) };
        let tag = came_from.network.map(|network| self.network_limits.tag(network));
        self.members.add(client, author, came_from, tag, kind);
        self.effects.push(Effect::Welcome(client));
        match newcomer {
            Newcomer::Classic => {
                let lobby = self.lobby();
                self.enter(client, lobby, None);
            }
            Newcomer::Passing => self.greet_passing(client),
            Newcomer::Numbered(greeting) => self.greet(client, *greeting),
            Newcomer::Visitor(visit) => self.receive(client, *visit),
        }
    }

    /// Greets a client of the format `webchat`, which loses its name when its connection ends.
    /// From now on the client receives the lines of the lobby.
    fn greet_passing(&mut self, client: ClientId) {
        self.name_passing(client, Name::user);
        let lobby = self.lobby();
        let seen = self.logs.get(lobby).map(Log::all);
        self.enter(client, lobby, seen);
    }

    /// Makes a person that exists only as long as this connection, and tells the client its name.
    /// `called` is the function that makes the name from a number.
    pub(super) fn name_passing(&mut self, client: ClientId, called: fn(u64) -> Name) {
        let person = self.people.visit(client, called, self.now.utc);
        self.members.become_author(client, Author::Person(person));
        if let Some(name) = self.people.name(person).cloned() {
            let (mark, token, kept_for) = (None, None, None);
            self.effects
                .push(Effect::Reply(client, Reply::Welcome { name, mark, token, kept_for }));
        }
    }

    /// Returns whether a client that joins with a hello may be let in: there is no server password,
    /// or the client has sent it, or the client has a valid token and its person may have one more
    /// client. Returns `true` for a newcomer of another kind: `receive` checks visitors itself.
    fn admits(&self, newcomer: &Newcomer<TokenDigest>) -> bool {
        let Newcomer::Numbered(greeting) = newcomer else { return true };
        let token = greeting.hello.token.as_ref();
        greeting.is_admitted || token.is_some_and(|token| self.people.will_have_place_for(token))
    }

    /// Returns whether the newcomer's rooms wait longer for its person after the newcomer has left,
    /// because the person has no connection between two requests.
    fn is_intermittent(&self, newcomer: &Newcomer<TokenDigest>) -> bool {
        match newcomer {
            Newcomer::Classic | Newcomer::Passing => false,
            // Only after a poll with `wait=0` and a token, rooms wait longer. A client without a
            // token is a new person at each request; so is a client whose person has the maximum
            // number of clients.
            Newcomer::Numbered(greeting) => {
                let may = |token: &TokenDigest| {
                    self.people.owner(token).is_none() || self.people.will_have_place_for(token)
                };
                greeting.stay == Stay::ShortPoll && greeting.hello.token.as_ref().is_some_and(may)
            }
            // Rooms need not wait longer for a new person: a program that sends one message does
            // not come again, and a browser comes again at once with the session that it was given.
            // But if the token `fresh` is valid already, the browser has sent its form twice, and
            // the visitor is no new person.
            Newcomer::Visitor(visit) => match &visit.who {
                Visitor::New(_, fresh) => self.people.owner(fresh).is_some(),
                _ => true,
            },
        }
    }

    /// Gives a numbered client its name, then lets it into its rooms.
    fn greet(&mut self, client: ClientId, greeting: Greeting<TokenDigest>) {
        let Greeting { hello, fresh, .. } = greeting;
        let Hello { name, token, rooms, private } = hello;
        // A newcomer without a token gets `fresh` as its first token. No other client can know
        // `fresh`. So if the session gains rights in the rooms of its hello, it needs no further
        // token (`sessions.rs`).
        let spare = token.as_ref().map(|_| fresh.clone());
        token.iter().for_each(|token| self.use_token(token));
        let refused = self.recognise(client, name, token, fresh);
        self.effects.push(Effect::TellState(client));
        self.effects.extend(refused);
        for position in rooms.into_iter().take(limits::ROOMS_PER_CLIENT_MAX) {
            self.join(client, position, spare.clone());
        }
        if let Some(log) = self.private_log_of(client) {
            self.follow(client, log, private);
        }
    }

    /// Makes the client a client of a person, and tells it its name and token. If the client did
    /// not get the name that it wanted, returns the effect that tells the client why. The caller
    /// must add that effect to `effects`.
    pub(super) fn recognise(
        &mut self,
        client: ClientId,
        name: Option<Claim>,
        token: Option<TokenDigest>,
        fresh: TokenDigest,
    ) -> Option<Effect> {
        let (name, guessed) = self.check_guess(client, name, token.as_ref());
        let is_known = token.as_ref().is_some_and(|token| self.people.owner(token).is_some());
        if let Some(claim) = name.as_ref().filter(|_| !is_known) {
            self.use_secret(claim);
        }
        let from = (client, self.members.tag(client));
        let refusal = name.as_ref().map(|name| self.refusal(name));
        let Identified { id: person, token, refused } =
            self.people.enter(from, self.now.utc, name, token, fresh);
        self.make_lasting(person, self.network_of(client));
        self.members.become_author(client, Author::Person(person));
        if let Some(name) = self.people.name(person) {
            let (name, mark) = (name.clone(), self.people.mark(person, client));
            let kept_for = self.people.is_brief(person).then_some(limits::BRIEF_NAME_KEPT);
            let reply = Reply::Welcome { name, mark, token: None, kept_for };
            self.effects.push(Effect::GiveToken { client, reply, token });
        }
        let refused = match refused {
            Some(Refused::NameTaken) => refusal,
            other => other,
        };
        guessed.or(refused).map(|reason| refuse(client, None, None, reason))
    }

    /// Makes a brief person a lasting one, if the limit on new people from this network allows it.
    /// Then the person's name stays reserved for the usual time.
    pub(super) fn make_lasting(&mut self, person: PersonId, network: Option<ClientNetwork>) {
        let now = self.now.chat_time;
        if self.people.is_brief(person)
            && self.network_limits.may_make(Made::Person, network, now, &mut self.effects).is_ok()
        {
            self.network_limits.note_made(Made::Person, network, now, 1);
            self.people.lasts(person);
        }
    }
}
