//! Who may come into a room: its password, and who knows it.
//!
//! A room is made by whoever comes first, with a password or without; its maker
//! can change that. Whoever was let in once may come back without it, until it is
//! another one: a drop must not ask people for what they typed an hour ago.
//!
//! Owns: that.
//! Must not know: how a password becomes a digest.
//!
//! Next: `chat/core/guesses.rs`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::people::Author;
use super::people::renewing::Gain;
use super::{Core, Effect, Room, RoomId, refuse};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::Settings;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::chat::told::{Nature, Told};
use crate::hub::ClientId;
use crate::limits;

/// How a room is kept from strangers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Lock {
    /// Who made the room; nobody made the lobby.
    maker: Option<Author>,
    /// It is so by one of its sessions only, which has made the room.
    is_of_session: bool,
    hidden: bool,
    password: Option<Digest>,
    /// Who has given it.
    let_in: BTreeSet<Author>,
}

impl Lock {
    /// Of a room that `maker` has made.
    pub(super) fn of(maker: Author, hidden: bool, password: Option<Digest>) -> Self {
        Self::restored(Some(maker), hidden, password)
    }

    /// Of a room that was kept. Who was let in has to give the password again.
    pub(super) fn restored(maker: Option<Author>, hidden: bool, password: Option<Digest>) -> Self {
        Self { maker, is_of_session: false, hidden, password, let_in: BTreeSet::new() }
    }

    pub(super) fn maker(&self) -> Option<Author> {
        self.maker
    }

    pub(super) fn password(&self) -> Option<&Digest> {
        self.password.as_ref()
    }

    pub(super) fn nature(&self) -> Nature {
        Nature { hidden: self.hidden, locked: self.password.is_some() }
    }

    /// Whether `who` needs the password.
    pub(super) fn asks(&self, who: Author) -> bool {
        self.password.is_some() && !self.let_in.contains(&who)
    }

    /// Whether this is the password.
    pub(super) fn admits(&self, given: Option<&Digest>) -> Result<(), Refused> {
        match (&self.password, given) {
            (None, _) => Ok(()),
            (Some(password), Some(given)) if given == password => Ok(()),
            (Some(_), Some(_)) => Err(Refused::WrongPassword),
            (Some(_), None) => Err(Refused::PasswordNeeded),
        }
    }

    /// Whatever `from` may is `into`'s to do; whether that is to be kept.
    pub(super) fn turn(&mut self, from: Author, into: Author) -> bool {
        if self.let_in.remove(&from) {
            self.let_in.insert(into);
        }
        let is_maker = self.maker == Some(from);
        self.maker = if is_maker { Some(into) } else { self.maker };
        is_maker
    }

    /// `who` has given the password, and needs it no more.
    pub(super) fn let_in(&mut self, who: Author) {
        if self.let_in.len() >= limits::LET_IN_MAX {
            self.let_in.pop_first();
        }
        self.let_in.insert(who);
    }

    /// Who made the room is known from now on, or not known yet; whether only the session that
    /// has made it may say how it is kept. A file remembers no session, so after a restart its
    /// person may, and gives the password first.
    pub(super) fn made_by(&mut self, maker: Option<Author>, is_of_session: bool) {
        (self.maker, self.is_of_session) = (maker, is_of_session);
    }
}

impl Core {
    /// Whether a room asks this client for its password, whose author this is: neither has the
    /// author given it, nor the client's session.
    pub(super) fn asks(&self, client: ClientId, author: Author, id: RoomId) -> bool {
        let Some(lock) = self.rooms.get(id).map(|room| &room.lock) else { return false };
        let has_given = |password| self.people.has_opened(client, id, password);
        lock.asks(author) && !lock.password().is_some_and(has_given)
    }

    /// Whether the client has made the room, and may change how it is kept from strangers. Who
    /// has locked it and lost its new token gives the password first.
    fn may_set(&self, client: ClientId, author: Author, id: RoomId) -> Result<(), Refused> {
        let lock = self.rooms.get(id).map(|room| &room.lock).filter(|lock| !lock.is_of_session);
        let is_maker = match lock.and_then(|lock| lock.maker) {
            Some(maker) => maker == author,
            None => self.people.has_made(client, id),
        };
        if !is_maker {
            return Err(Refused::NotYourRoom);
        }
        if self.asks(client, author, id) { Err(Refused::PasswordNeeded) } else { Ok(()) }
    }

    /// Whether the client is in the room, or its person is, on another device; but where one of
    /// its sessions only may be in it, the others are told nothing of it.
    pub(super) fn is_inside(&self, client: ClientId, id: RoomId, room: &Room) -> bool {
        let author = self.author(client);
        let is_gain = match author {
            Some(Author::Person(person)) => self.people.is_gain_of_others(person, client, id),
            _ => false,
        };
        self.is_in(client, id) || !is_gain && author.is_some_and(|it| room.has(it))
    }

    /// What a session has gained is its person's from now on, if that is shared; else it is the
    /// session's, whose new token was shown.
    pub(super) fn gain(&mut self, person: PersonId, gains: Vec<Gain>, is_shared: bool) {
        let author = Author::Person(person);
        for gain in gains {
            let (Gain::Made(id) | Gain::Opened(id, _)) = gain else { continue };
            let Some(room) = self.rooms.get_mut(id) else { continue };
            match gain {
                Gain::Made(_)
                    if room.lock.maker.is_none() || is_shared && room.lock.is_of_session =>
                {
                    room.lock.made_by(Some(author), !is_shared);
                    self.rooms.note_change(id);
                }
                // It may be another one by now.
                Gain::Opened(_, given) if is_shared && room.lock.password() == Some(&given) => {
                    room.lock.let_in(author);
                }
                _ => {}
            }
        }
    }

    /// The maker wants the room otherwise; everybody in it is told how it is now.
    pub(super) fn set(
        &mut self,
        client: ClientId,
        settings: Settings,
        fresh: Option<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let Settings { room: name, hidden, password } = settings;
        let Some((id, author)) = self.room_of(client, &name).zip(self.author(client)) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        if let Err(reason) = self.may_set(client, author, id) {
            effects.push(refuse(client, Some(name), None, reason));
            return;
        }
        let given = password.clone().flatten();
        let gain = given.map(|given| Gain::Opened(id, given));
        let token = gain.and_then(|gain| self.renew(client, fresh, vec![gain]));
        let mut many = Vec::new();
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.lock.hidden = hidden.unwrap_or(room.lock.hidden);
        if let Some(password) = password {
            // Whoever is inside stays, and may come back: of several sessions the one that is.
            let is_one = |who: &Author| match who {
                Author::Person(person) => self.people.has_one_session(*person),
                Author::Guest(_) | Author::Nobody => true,
            };
            let may = |who: &Author| is_one(who) && !room.lock.asks(*who);
            let mut inside: BTreeSet<_> = room.people().filter(may).collect();
            for (inside, who) in self.members.inside(id) {
                if let Some(password) = &password
                    && !is_one(&who)
                {
                    many.push((inside, Gain::Opened(id, password.clone())));
                }
            }
            // By its new token only, if it has one.
            if token.is_some() {
                inside.remove(&author)
            } else {
                inside.insert(author)
            };
            room.lock.password = password;
            room.lock.let_in = inside;
        }
        let nature = room.nature();
        many.into_iter().for_each(|(inside, gain)| self.people.hold(inside, gain));
        self.rooms.note_change(id);
        effects.extend(token.map(|token| Effect::GiveToken(client, Told::Session(None), token)));
        let told = Told::Set { room: name, nature };
        effects.push(Effect::Note(client, told.clone()));
        effects.push(Effect::Notice(id, Some(client), told));
    }
}
