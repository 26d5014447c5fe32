//! Who may enter a room: its password, and which people have entered that password.
//!
//! The client that first enters a room makes it, with a password or without. The room's maker can
//! change the password. A person who has entered the password may usually come back without it,
//! until the password changes. So after a short loss of connection, a person usually need not type
//! it again.
//!
//! Must not know: how a password becomes a digest; clients and their sessions.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;

use super::Rooms;
use crate::base::limits;
use crate::chat::answer::RoomPrivacy;
use crate::chat::core::LogId;
use crate::chat::core::logs::Logs;
use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::record::{LetIn, PersonId, StoredInvite};
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

/// The rules of one room: who may enter it, and who may change its settings.
#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct RoomAccess {
    /// The author who made the room. `None`: no author counts as its maker, for example because the
    /// room is the lobby, or because no client has sent back the new token of the session that made
    /// the room.
    maker: Option<Author>,
    /// True: only the session that made the room may change the room's settings. False: all
    /// sessions of its person may.
    is_of_session: bool,
    hidden: bool,
    password: Option<Digest>,
    /// The invites to the room, the oldest first. A new password ends them.
    invites: Vec<Invite>,
    /// The authors who have entered the password and need not enter it again. The history stores
    /// the people among them.
    let_in: BTreeSet<Author>,
}

/// An invite to a room.
#[derive(Debug)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
struct Invite {
    token: TokenDigest,
    /// Who has made it.
    by: Author,
}

impl RoomAccess {
    pub(crate) fn new(maker: Option<Author>, hidden: bool, password: Option<Digest>) -> Self {
        let (invites, let_in) = (Vec::new(), BTreeSet::new());
        Self { maker, is_of_session: false, hidden, password, invites, let_in }
    }

    /// Returns these rules with the invites and the people that the history has stored.
    pub(super) fn restored(self, invites: Vec<StoredInvite>, let_in: &LetIn) -> Self {
        let restored = |StoredInvite { token, by }| Invite {
            token,
            by: by.map_or(Author::Nobody, Author::Person),
        };
        let invites = invites.into_iter().map(restored).collect();
        let let_in = let_in.people.iter().copied().map(Author::Person).collect();
        Self { invites, let_in, ..self }
    }

    /// Returns the people who need not enter the password; none if the room has no password.
    pub(super) fn people_let_in(&self) -> Vec<PersonId> {
        let let_in = self.let_in.iter().filter(|_| self.password.is_some());
        let_in.filter_map(|author| author.person()).collect()
    }

    pub(super) fn invites(&self) -> Vec<StoredInvite> {
        let stored =
            |invite: &Invite| StoredInvite { token: invite.token.clone(), by: invite.by.person() };
        self.invites.iter().map(stored).collect()
    }

    /// Returns the place of the invite that ends because the author `by` makes one more; `None`:
    /// there is a place for it. It is the oldest invite of `by`. If `by` has none, it is the oldest
    /// invite of the author with the most invites. It is never an invite of the room's maker,
    /// unless `by` is the maker.
    fn invite_that_ends(&self, by: Author) -> Option<usize> {
        let count_of = |who| self.invites.iter().filter(|invite| invite.by == who).count();
        let is_full = self.invites.len() >= limits::INVITES_PER_ROOM_MAX;
        if !is_full && count_of(by) < limits::INVITES_PER_PERSON_MAX {
            return None;
        }
        let own = self.invites.iter().position(|invite| invite.by == by);
        let all = self.invites.iter().enumerate().filter(|(_, it)| self.maker != Some(it.by));
        let of_others = all.max_by_key(|(at, it)| (count_of(it.by), std::cmp::Reverse(*at)));
        own.or(of_others.map(|(at, _)| at))
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
    fn asks(&self, who: Author) -> bool {
        self.password.is_some() && !self.let_in.contains(&who)
    }

    /// Checks the password `given` that a client has entered. `Ok`: it is right, or the room has no
    /// password. Otherwise refused with `WrongPassword`, or with `PasswordNeeded` if the client has
    /// entered none.
    fn admits(&self, given: Option<&Digest>) -> Result<(), Refused> {
        match (&self.password, given) {
            (None, _) => Ok(()),
            (Some(password), Some(given)) if given == password => Ok(()),
            (Some(_), Some(_)) => Err(Refused::WrongPassword),
            (Some(_), None) => Err(Refused::PasswordNeeded),
        }
    }

    /// Moves all rights to this room from the author `from` to `into`; `from` then has none.
    /// Returns true if `from` had any: then the history must store the room again.
    pub(super) fn change_author(&mut self, from: Author, into: Author) -> bool {
        let was_let_in = self.let_in.remove(&from);
        self.let_in.extend(was_let_in.then_some(into));
        let is_maker = self.maker == Some(from);
        self.maker = if is_maker { Some(into) } else { self.maker };
        let mut has_invites = false;
        for invite in self.invites.iter_mut().filter(|invite| invite.by == from) {
            (invite.by, has_invites) = (into, true);
        }
        is_maker || was_let_in || has_invites
    }

    /// Notes that `who` has entered the password. If this is noted for too many authors, forgets
    /// one of the others, who must then enter the password again.
    fn let_in(&mut self, who: Author) {
        if self.let_in.len() >= limits::LET_IN_MAX {
            self.let_in.pop_first();
        }
        self.let_in.insert(who);
    }

    /// Sets the room's maker, and whether only the session that made the room may change its
    /// settings. `None` as the maker: the maker becomes known when a client sends back that
    /// session's new token. The history's file does not store which session made the room. So after
    /// a restart of the server, all sessions of the maker may change the settings.
    fn made_by(&mut self, maker: Option<Author>, is_of_session: bool) {
        (self.maker, self.is_of_session) = (maker, is_of_session);
    }
}

/// Checks the password that a client has entered for the room. `Ok(true)`: it is right.
/// `Ok(false)`: no password is needed, because the room does not exist or has none, or because the
/// author or the client's session has entered it before (`rights` are the session's). Does not
/// count wrong passwords.
pub(crate) fn check_room_password(
    rooms: &Rooms,
    id: LogId,
    author: Author,
    rights: &[Right],
    given: Option<&Digest>,
) -> Result<bool, Refused> {
    match rooms.get(id).filter(|_| asks_for_password(rooms, id, author, rights)) {
        Some(room) => room.access.admits(given).map(|()| true),
        None => Ok(false),
    }
}

/// Returns whether a client of this author must enter the room's password. It must if the room has
/// one, and neither the author nor the client's session, which has these rights, has entered it.
pub(crate) fn asks_for_password(
    rooms: &Rooms,
    id: LogId,
    author: Author,
    rights: &[Right],
) -> bool {
    let Some(access) = rooms.get(id).map(|room| &room.access) else { return false };
    access.asks(author) && !right_to_enter(rooms, id).is_some_and(|right| rights.contains(&right))
}

/// Returns the right that a client gains when it enters the room's present password. `None`: the
/// room has no password.
pub(crate) fn right_to_enter(rooms: &Rooms, id: LogId) -> Option<Right> {
    let password = rooms.get(id)?.access.password()?;
    Some(Right::Opened(id, password.clone()))
}

/// Checks whether a client of this author, whose session has these rights, has made the room, so
/// that it may change the room's settings. If not, the change is refused with `NotYourRoom`. If the
/// client has made the room, but must still enter the room's password, the change is refused with
/// `PasswordNeeded`.
pub(crate) fn check_may_set(
    rooms: &Rooms,
    id: LogId,
    author: Author,
    rights: &[Right],
) -> Result<(), Refused> {
    let access = rooms.get(id).map(|room| &room.access);
    let shared = access.filter(|access| !access.is_of_session);
    let is_maker = match shared.and_then(|access| access.maker) {
        Some(maker) => maker == author,
        None => rights.contains(&Right::Made(id)),
    };
    if !is_maker {
        return Err(Refused::NotYourRoom);
    }
    if asks_for_password(rooms, id, author, rights) { Err(Refused::PasswordNeeded) } else { Ok(()) }
}

/// Notes the rights that a client of this author has just gained: it has made a room, or has
/// entered the room's password. If `is_for_session` is true, the client's session gets a new token
/// for them, and at first only clients with that token have the rights. Otherwise all clients of
/// the author have them.
pub(crate) fn note_room_rights(
    rooms: &mut Rooms,
    logs: &mut Logs,
    author: Author,
    rights: &[Right],
    is_for_session: bool,
) {
    for right in rights {
        let (Right::Made(id) | Right::Opened(id, _)) = right else { continue };
        let Some(room) = rooms.get_mut(*id) else { continue };
        match right {
            Right::Made(_) if is_for_session => room.access.made_by(None, true),
            Right::Opened(..) if !is_for_session => {
                room.access.let_in(author);
                logs.note_change(*id);
            }
            _ => {}
        }
    }
}

/// Gives a person the rights that one of its sessions has gained: to rooms that the session has
/// made, or whose password it has entered. If `is_shared` is true, all sessions of the person get
/// the rights; otherwise only the session that gained them has them.
pub(crate) fn give_room_rights(
    rooms: &mut Rooms,
    logs: &mut Logs,
    person: PersonId,
    rights: Vec<Right>,
    is_shared: bool,
) {
    let author = Author::Person(person);
    for right in rights {
        let (Right::Made(id) | Right::Opened(id, _)) = right else { continue };
        let Some(room) = rooms.get_mut(id) else { continue };
        match right {
            Right::Made(_)
                if room.access.maker.is_none() || is_shared && room.access.is_of_session =>
            {
                room.access.made_by(Some(author), !is_shared);
                logs.note_change(id);
            }
            // If the room's password was changed after the session entered the old one, nobody gets
            // the right.
            Right::Opened(_, given) if is_shared && room.access.password() == Some(&given) => {
                room.access.let_in(author);
                logs.note_change(id);
            }
            _ => {}
        }
    }
}

/// What an invite is worth.
pub(crate) enum InviteState {
    /// It is good, and stands for this password of the room.
    Opens(Digest),
    /// The room has no password.
    NotNeeded,
    /// The room has a password and does not have this invite, or the room does not exist.
    Unknown,
}

/// Returns what an invite to the room with this name is worth.
pub(crate) fn look_up_invite(rooms: &Rooms, room: &RoomName, invite: &TokenDigest) -> InviteState {
    let access = rooms.called(room).and_then(|id| rooms.get(id)).map(|room| &room.access);
    let Some(access) = access else { return InviteState::Unknown };
    match &access.password {
        None => InviteState::NotNeeded,
        Some(password) if access.invites.iter().any(|its| its.token == *invite) => {
            InviteState::Opens(password.clone())
        }
        Some(_) => InviteState::Unknown,
    }
}

/// Returns the person who has made this invite to the room with this name. `None`: the room does
/// not have this invite, or nobody knows any more who has made it.
pub(crate) fn maker_of_invite(
    rooms: &Rooms,
    room: &RoomName,
    invite: &TokenDigest,
) -> Option<PersonId> {
    let access = &rooms.called(room).and_then(|id| rooms.get(id))?.access;
    access.invites.iter().find(|its| its.token == *invite)?.by.person()
}

/// Adds an invite to the room, which the author `by` has made. If there are too many, another one
/// ends. Does nothing if the room has this invite already, because a form has come twice.
pub(crate) fn add_invite(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    token: TokenDigest,
    by: Author,
) {
    let Some(room) = rooms.get_mut(id) else { return };
    if room.access.invites.iter().any(|invite| invite.token == token) {
        return;
    }
    if let Some(at) = room.access.invite_that_ends(by) {
        room.access.invites.remove(at);
    }
    room.access.invites.push(Invite { token, by });
    logs.note_change(id);
}

/// Returns whether this author, a person, may come into the room with all devices: the room notes
/// that the person has entered its password; or it has no password, and all sessions of the person
/// count as the one that made it, so each of them could set a password.
pub(crate) fn is_open_to_all_devices(rooms: &Rooms, id: LogId, author: Author) -> bool {
    rooms.get(id).map(|room| &room.access).is_some_and(|access| match access.password {
        Some(_) => access.let_in.contains(&author),
        None => access.maker == Some(author) && !access.is_of_session,
    })
}

/// Returns the authors in the room who need not enter its password.
pub(crate) fn let_in_and_inside(rooms: &Rooms, id: LogId) -> impl Iterator<Item = Author> {
    let room = rooms.get(id).into_iter();
    room.flat_map(|room| room.people().filter(|who| !room.access.asks(*who)))
}

/// Changes the room's settings. `hidden` is whether the list of rooms leaves out the room, and
/// `new` its password; `None` leaves the setting as it is. The authors that come with the new
/// password are the only ones who need not enter it, and all invites end. Returns the new settings;
/// `None`: the room does not exist.
pub(crate) fn change_privacy(
    rooms: &mut Rooms,
    logs: &mut Logs,
    id: LogId,
    hidden: Option<bool>,
    new: Option<(Option<Digest>, BTreeSet<Author>)>,
) -> Option<RoomPrivacy> {
    let room = rooms.get_mut(id)?;
    room.access.hidden = hidden.unwrap_or(room.access.hidden);
    if let Some((password, let_in)) = new {
        (room.access.password, room.access.let_in) = (password, let_in);
        room.access.invites.clear();
    }
    logs.note_change(id);
    Some(room.privacy())
}
