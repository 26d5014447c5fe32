//! Who may come into a room: its password, and who knows it.
//!
//! A room is made by whoever comes first, with a password or without; its maker
//! can change that. Whoever was let in once may come back without it, until it is
//! another one: a drop must not ask people for what they typed an hour ago.
//!
//! Owns: that.
//! Must not know: how a password becomes a digest.
//!
//! Next: `hub/core/pace.rs`.

use std::collections::BTreeSet;

use super::people::Author;
use super::{Core, Effect, refuse};
use crate::chat::refused::Refused;
use crate::chat::request::Settings;
use crate::chat::secret::Digest;
use crate::chat::token::Token;
use crate::chat::told::{Nature, Told};
use crate::hub::ClientId;
use crate::limits;

/// How a room is kept from strangers.
#[derive(Debug, Default)]
pub(super) struct Lock {
    /// Who made the room; nobody made the lobby.
    maker: Option<Author>,
    hidden: bool,
    password: Option<Digest>,
    /// Who has given it.
    let_in: BTreeSet<Author>,
}

impl Lock {
    /// Of a room that `maker` has made.
    pub(super) fn of(maker: Author, hidden: bool, password: Option<Digest>) -> Self {
        Self { maker: Some(maker), hidden, password, let_in: BTreeSet::new() }
    }

    /// Of a room that was kept. Who was let in has to give the password again.
    pub(super) fn restored(maker: Option<Author>, hidden: bool, password: Option<Digest>) -> Self {
        Self { maker, hidden, password, let_in: BTreeSet::new() }
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

    /// Lets `who` in, and remembers it.
    pub(super) fn open(&mut self, who: Author, given: Option<&Digest>) -> Result<(), Refused> {
        if self.password.is_none() || self.let_in.contains(&who) {
            return Ok(());
        }
        self.admits(given)?;
        if self.let_in.len() >= limits::LET_IN_MAX {
            self.let_in.pop_first();
        }
        self.let_in.insert(who);
        Ok(())
    }
}

impl Core {
    /// The maker wants the room otherwise; everybody in it is told how it is now.
    pub(super) fn set(
        &mut self,
        client: ClientId,
        settings: Settings,
        fresh: Option<Token>,
        effects: &mut Vec<Effect>,
    ) {
        let Settings { room: name, hidden, password } = settings;
        let author = self.author(client);
        let Some(id) = self.room_of(client, &name) else {
            effects.push(refuse(client, Some(name), None, Refused::NotInRoom));
            return;
        };
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let inside: BTreeSet<_> = room.people().collect();
        if room.lock.maker.is_none() || room.lock.maker != author {
            effects.push(refuse(client, Some(name), None, Refused::NotYourRoom));
            return;
        }
        let has_password = matches!(password, Some(Some(_)));
        room.lock.hidden = hidden.unwrap_or(room.lock.hidden);
        if let Some(password) = password {
            room.lock.password = password;
            // Whoever is inside stays, and may come back.
            room.lock.let_in = inside;
        }
        let nature = room.nature();
        self.changed.insert(id);
        let fresh = fresh.filter(|_| has_password);
        if let Some(token) = self.renew(client, fresh, false) {
            effects.push(Effect::Note(client, Told::Session(Some(token))));
        }
        let told = Told::Set { room: name, nature };
        effects.push(Effect::Note(client, told.clone()));
        effects.push(Effect::Notice(id, Some(client), told));
    }
}
