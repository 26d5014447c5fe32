//! Who may enter a room: its password, and which people have entered that password.
//!
//! The client that first enters a room makes it, with a password or without. The room's maker can
//! change the password. A person who has entered the password may come back without it, until the
//! password changes. So after a short loss of connection, nobody has to type it again.
//!
//! Must not know: how a password becomes a digest.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Room;
use crate::base::limits;
use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::core::{Core, Effect, LogId, refuse};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::reply::{Reply, RoomPrivacy};
use crate::chat::request::{PasswordChange, RoomSettings};
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;
use crate::server::hub::ClientId;

/// The rules of one room: who may enter it, and who may change its settings.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::chat::core) struct RoomAccess {
    /// The author who made the room. `None`: no author counts as its maker, because the room is the
    /// lobby, or because no client has sent back the new token of the session that made the room.
    maker: Option<Author>,
    /// True: only the session that made the room may change the room's settings. False: all
    /// sessions of its person may.
    is_of_session: bool,
    hidden: bool,
    password: Option<Digest>,
    /// The authors who have entered the password and need not enter it again.
    let_in: BTreeSet<Author>,
}

impl RoomAccess {
    /// Makes the access rules of a new room. Nobody has entered the password yet.
    pub(super) fn new(maker: Option<Author>, hidden: bool, password: Option<Digest>) -> Self {
        Self { maker, is_of_session: false, hidden, password, let_in: BTreeSet::new() }
    }

    pub(super) fn maker(&self) -> Option<Author> {
        self.maker
    }

    pub(super) fn password(&self) -> Option<&Digest> {
        self.password.as_ref()
    }

    pub(super) fn privacy(&self) -> RoomPrivacy {
        RoomPrivacy { hidden: self.hidden, locked: self.password.is_some() }
    }

    /// Returns whether `who` must enter the password: the room has one, and the room does not note
    /// that `who` has entered it.
    pub(super) fn asks(&self, who: Author) -> bool {
        self.password.is_some() && !self.let_in.contains(&who)
    }

    /// Checks the password `given` that a client has entered. `Ok`: it is right, or the room has no
    /// password. Otherwise refused with `WrongPassword`, or with `PasswordNeeded` if the client has
    /// entered none.
    pub(super) fn admits(&self, given: Option<&Digest>) -> Result<(), Refused> {
        match (&self.password, given) {
            (None, _) => Ok(()),
            (Some(password), Some(given)) if given == password => Ok(()),
            (Some(_), Some(_)) => Err(Refused::WrongPassword),
            (Some(_), None) => Err(Refused::PasswordNeeded),
        }
    }

    /// Gives all rights of the author `from` to `into`. Returns whether `from` was the room's
    /// maker. If so, the history must store the room again.
    pub(in crate::chat::core) fn change_author(&mut self, from: Author, into: Author) -> bool {
        if self.let_in.remove(&from) {
            self.let_in.insert(into);
        }
        let is_maker = self.maker == Some(from);
        self.maker = if is_maker { Some(into) } else { self.maker };
        is_maker
    }

    /// Notes that `who` has entered the password. If this is noted for too many authors, forgets
    /// one of the others, who must then enter the password again.
    pub(super) fn let_in(&mut self, who: Author) {
        if self.let_in.len() >= limits::LET_IN_MAX {
            self.let_in.pop_first();
        }
        self.let_in.insert(who);
    }

    /// Sets the room's maker, and whether only the session that made the room may change its
    /// settings. `None` as the maker: the maker becomes known when a client sends back that
    /// session's new token. The history's file does not store which session made the room. So after
    /// a restart of the server, all sessions of the maker may change the settings.
    pub(super) fn made_by(&mut self, maker: Option<Author>, is_of_session: bool) {
        (self.maker, self.is_of_session) = (maker, is_of_session);
    }
}

impl Core {
    /// Checks whether the client may enter a room, and counts a wrong password. `Ok(true)`: the
    /// client has sent the right password just now, and the caller must note that the client has
    /// entered it. `Ok(false)`: the room does not ask this client for a password, or does not
    /// exist.
    pub(in crate::chat::core) fn check_password(
        &mut self,
        client: ClientId,
        id: LogId,
        given: Option<&Digest>,
    ) -> Result<bool, Refused> {
        let (now, network) = (self.now.chat_time, self.network_of(client));
        let asks = self.author(client).is_some_and(|author| self.asks(client, author, id));
        let Some(room) = self.rooms.get(id).filter(|_| asks) else { return Ok(false) };
        let network = network.filter(|_| given.is_some());
        self.address_limits.may_guess(network, now)?;
        let opened = room.access.admits(given);
        if let Err(Refused::WrongPassword) = opened {
            self.address_limits.note_wrong_guess(network, now);
        }
        opened.map(|()| true)
    }

    /// Returns whether this client must enter the room's password. It must if the room has one, and
    /// neither the client's `author` nor the client's session has entered it.
    pub(super) fn asks(&self, client: ClientId, author: Author, id: LogId) -> bool {
        let Some(access) = self.rooms.get(id).map(|room| &room.access) else { return false };
        let rights = self.people.tokens.own_rights(client);
        let opened = access.password().map(|password| Right::Opened(id, password.clone()));
        access.asks(author) && !opened.is_some_and(|right| rights.contains(&right))
    }

    /// Checks whether the client has made the room, so that it may change the room's settings. If
    /// not, the change is refused with `NotYourRoom`. If the client has made the room, but must
    /// still enter the room's password, the change is refused with `PasswordNeeded`. This happens,
    /// for example, if the client has lost the token that it got for setting the password.
    fn may_set(&self, client: ClientId, author: Author, id: LogId) -> Result<(), Refused> {
        let access = self.rooms.get(id).map(|room| &room.access);
        let shared = access.filter(|access| !access.is_of_session);
        let is_maker = match shared.and_then(|access| access.maker) {
            Some(maker) => maker == author,
            None => self.people.tokens.own_rights(client).contains(&Right::Made(id)),
        };
        if !is_maker {
            return Err(Refused::NotYourRoom);
        }
        if self.asks(client, author, id) { Err(Refused::PasswordNeeded) } else { Ok(()) }
    }

    /// Returns whether the client or another client of its person is in the room. The person's
    /// other clients do not count if another session of the person has a right to the room, and the
    /// client's own session has none.
    pub(super) fn is_inside(&self, client: ClientId, id: LogId, room: &Room) -> bool {
        let author = self.author(client);
        let is_anothers = |person| self.people.tokens.is_anothers_room(person, client, id);
        let is_gain = author.and_then(Author::person).is_some_and(is_anothers);
        self.members.is_in(client, id) || !is_gain && author.is_some_and(|it| room.has(it))
    }

    /// Gives a person the rights that one of its sessions has gained: to rooms that the session has
    /// made, or whose password it has entered. If `is_shared` is true, all sessions of the person
    /// get the rights; otherwise only the session that gained them has them.
    pub(in crate::chat::core) fn give_rights(
        &mut self,
        person: PersonId,
        rights: Vec<Right>,
        is_shared: bool,
    ) {
        let author = Author::Person(person);
        for right in rights {
            let (Right::Made(id) | Right::Opened(id, _)) = right else { continue };
            let Some(room) = self.rooms.get_mut(id) else { continue };
            match right {
                Right::Made(_)
                    if room.access.maker.is_none() || is_shared && room.access.is_of_session =>
                {
                    room.access.made_by(Some(author), !is_shared);
                    self.logs.note_change(id);
                }
                // If the room's password was changed after the session entered the old one, nobody
                // gets the right.
                Right::Opened(_, given) if is_shared && room.access.password() == Some(&given) => {
                    room.access.let_in(author);
                }
                _ => {}
            }
        }
    }

    /// Changes the settings of a room, if the client has made the room. Tells the new settings to
    /// all people in the room. They may stay even if there is a new password. If the client's
    /// session gets the token `fresh` for a new password, only that session of the person may come
    /// back without the password.
    pub(in crate::chat::core) fn set(
        &mut self,
        client: ClientId,
        settings: RoomSettings,
        fresh: Option<TokenDigest>,
        effects: &mut Vec<Effect>,
    ) {
        let RoomSettings { room: name, hidden, password } = settings;
        let Some((id, author)) = self.room_of(client, &name).zip(self.author(client)) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        if let Err(reason) = self.may_set(client, author, id) {
            effects.push(refuse(client, Some(name), None, reason));
            return;
        }
        let is_kept = password == PasswordChange::Keep;
        let new = if let PasswordChange::Set(digest) = password { Some(digest) } else { None };
        let right = new.clone().map(|digest| Right::Opened(id, digest));
        let token = right.and_then(|right| self.renew(client, fresh, vec![right]));
        let mut many = Vec::new();
        let Some(room) = self.rooms.get_mut(id) else { return };
        room.access.hidden = hidden.unwrap_or(room.access.hidden);
        if !is_kept {
            // The people in the room stay, and may come back without the new password. If a person
            // has several sessions, this is true only for the session that is in the room.
            let is_one = |who: &Author| match who {
                Author::Person(person) => self.people.has_one_session(*person),
                Author::Guest(_) | Author::Nobody => true,
            };
            let may = |who: &Author| is_one(who) && !room.access.asks(*who);
            let mut inside: BTreeSet<_> = room.people().filter(may).collect();
            for (inside, who) in self.members.inside(id) {
                if let Some(digest) = &new
                    && !is_one(&who)
                {
                    many.push((inside, Right::Opened(id, digest.clone())));
                }
            }
            // If the client gets a new token, only the session with that token may come back
            // without the password.
            if token.is_some() {
                inside.remove(&author)
            } else {
                inside.insert(author)
            };
            room.access.password = new;
            room.access.let_in = inside;
        }
        let privacy = room.privacy();
        many.into_iter().for_each(|(inside, right)| self.people.tokens.hold(inside, right));
        self.logs.note_change(id);
        let reply = Reply::Session(None);
        effects.extend(token.map(|token| Effect::GiveToken { client, reply, token }));
        let reply = Reply::Set { room: name, privacy };
        effects.push(Effect::Reply(client, reply.clone()));
        effects.push(Effect::Notice { log: id, except: Some(client), reply });
    }
}
