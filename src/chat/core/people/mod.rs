//! All people: their names and tokens, and how long a name stays reserved after its person's last
//! connection was lost.
//!
//! Owns: that no two people have the same name, or names that look alike; how long a name stays
//! reserved, and after which events the core remembers a person longer.
//! Must not know: rooms, clients' outboxes; how many people may be made from one network.
//!
//! The rule for this folder: a method of [`People`] reads the table, or makes a change after which
//! `by_id`, `by_skeleton`, `gone` and `forgotten` still agree; what depends on a claim, a secret, a
//! session, a link, a private message or what was read is a function in the file of that subject
//! (`claims.rs`, `secrets.rs`, `sessions.rs`, `device_links.rs`, `unread.rs`, `reading.rs`), and
//! changes these four fields only by such methods. The rest of the core reads the tokens by
//! [`People::tokens`].
//!
//! Part: `chat/core/mod.rs`.

pub(super) mod claims;
pub(super) mod device_links;
mod former_names;
mod gone;
pub(super) mod hosts;
mod person;
mod reading;
pub(super) mod rights;
pub(super) mod secrets;
pub(super) mod sessions;
mod token_table;
pub(super) mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use device_links::DeviceLinks;
use former_names::FormerNames;
use gone::{Gone, GoneKind};
pub(crate) use person::Author;
use person::{EXCUSES_HEARD_MAX, Excuse, Person};
use sessions::Proofs;
use token_table::TokenTable;
use unread::Unread;

use super::Moment;
use crate::base::client_id::ClientId;
use crate::base::wall_clock::is_set;
use crate::chat::entry::UnixMillis;
use crate::chat::name::{Name, Skeleton};
use crate::chat::record::{NetworkTag, PersonId, Record, StoredPerson};
use crate::chat::refused::Refused;
use crate::chat::secret::Mark;
use claims::{is_free_name, why_not_free};
use secrets::shown_mark;

/// When a person loses the connection, the hub waits some time before it tells the person's rooms
/// that the person has left. In one step, the hub ends at most this many such waits, and frees at
/// most this many names. So the hub does not send too many such notices at once.
pub(in crate::chat::core) const LEAVINGS_PER_STEP: usize = 32;

// --- The life of a person, a session and a right ---------------------------------------------
//
// A person is of one of three kinds. They differ in how long a name stays reserved for its person.
//
//   no person ── `claims::make_passing_person` ──▶ passing
//   no person ── `claims::identify_client` ──▶ brief ── `People::make_lasting` ──▶ lasting
//   brief, lasting ── `sessions::quit_sessions`, if the name has no secret ──▶ passing
//
// - A passing person has no token, and so cannot connect again as the same person. It is removed
//   when its last connection ends, and the next run of the server does not know it.
// - A brief person has a token, but too many people were made from its network during the last
//   minutes. It is not stored in the file. After its last connection has ended, its name stays
//   reserved for a short time only. It becomes lasting if the limit on new people from its network
//   allows one more. In nearly all cases the limit allows this when the person is made; if not, the
//   core checks it again each time when a client of the person connects or leaves. A brief person
//   who is away becomes lasting, too, if it receives a private message.
// - A lasting person is stored in the file, and its name usually stays reserved for `name_kept`. If
//   too many lasting people have no connection, the core forgets some of them earlier. Three groups
//   have a limit each: guests, people with a chosen name, and people whose name has a secret
//   (`gone.rs`).
//
// A person comes and goes:
//
//   here ── `lose_client`: its last client ends ─┬─ it is passing ──▶ no person
//                                                └─ else ──▶ away
//   away ── `add_client`: a client becomes this person ──▶ here
//   away ── `forget_some`: its time is over, or too many are away ──▶ no person
//   here ── `remove`: a guest's last client becomes another person (`naming.rs`) ──▶ no person
//
// Its name:
//
//   guest's name ── `rename` ──▶ chosen name
//   no secret ── `secrets::set_secret` ──▶ with a secret, under this name and the next
//   chosen name ── `rename` ──▶ kept for its person, until `rename` or `remove`
//
// A session is what a token restores. Each device that connects with the name and its secret has
// its own token. A session that gains a right, such as entering a room with a password, usually
// gets a new token (`steps/sessions.rs`). `token_table.rs` has all steps of a token; the main ones:
//
//   no token ── `sessions::begin_session` ──▶ shown
//   no token ── `sessions::renew_token`: a session gains a right ──▶ pending
//   pending ── `sessions::mark_token_shown` ──▶ shown, and it replaces the session's older token
//   shown ── `sessions::end_other_sessions`: another token takes the place of all of the person
//
// A right to a room (`rights.rs`) is *held* by the session that has gained it, or *shared* by all
// sessions of the person (`rooms/access.rs`):
//
//   no right ── `sessions::renew_token` ──▶ it waits with the pending token
//   no right ── `note_room_rights`, if the session gets no new token ──▶ shared
//   no right ── `sessions::give_own_right`: the room's password changes ──▶ held
//   it waits ── `sessions::mark_token_shown` ─┬─ with a new secret, or only one session ──▶ shared
//                                             └─ else ──▶ held
//   held ── `sessions::note_proof`: it was gained for the person ──▶ held by one more session
//   held ── `sessions::take_own_rights`: the session sends the name's secret ──▶ shared
//   it waits, held ── `sessions::close_room`: the room gets another password, or none ──▶ no right
//   shared ── `rooms::access::change_privacy`: the same ──▶ no right
//
// A new secret waits in the same way. By `sessions::mark_token_shown` or `sessions::settle_secret`
// it becomes the secret of the name.

#[derive(Debug, Default)]
#[cfg_attr(any(test, feature = "learn"), derive(serde::Serialize, serde::Deserialize))]
pub(super) struct People {
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_id: BTreeMap<PersonId, Person>,
    #[cfg_attr(any(test, feature = "learn"), serde(with = "crate::chat::codec::pairs"))]
    by_skeleton: BTreeMap<Skeleton, PersonId>,
    former_names: FormerNames,
    tokens: TokenTable,
    device_links: DeviceLinks,
    /// Clients that are being disconnected and have not left yet. The limit of clients per person
    /// does not count them.
    disconnecting: BTreeSet<ClientId>,
    proofs: Proofs,
    gone: Gone,
    last_id: u64,
    /// The newest number that was given to a client for a guest name.
    last_number: u64,
    /// How long the name of an absent lasting person usually stays reserved.
    name_kept: Duration,
    /// The key with which the marks of secrets are made.
    server_key: u64,
    /// People that the current event has changed.
    changed: BTreeSet<PersonId>,
    /// People who were removed since the previous call of `take_forgotten`, with their names.
    forgotten: Vec<(PersonId, Name)>,
    unread: Unread,
}

impl People {
    /// Restores the people that an earlier run of the server has stored. New people get ids above
    /// `last_id`, and new clients get guest numbers above `last_number`.
    pub(super) fn restored(
        last_id: u64,
        last_number: u64,
        stored: Vec<StoredPerson>,
        (name_kept, server_key): (Duration, u64),
        now: Moment,
    ) -> Self {
        let mut people = Self { last_id, last_number, name_kept, server_key, ..Self::default() };
        for stored in stored {
            let StoredPerson { id, name, former, named_at, tokens, .. } = stored;
            let StoredPerson { secret, gone_at, network, is_host, .. } = stored;
            people.by_skeleton.insert(name.skeleton().clone(), id);
            for token in tokens {
                people.tokens.give(id, token);
            }
            // A person who was online when the server ended counts as away from the start of this
            // run on. So does a person who left while the clock was not set, if it is set now.
            let gone_at = gone_at.filter(|at| is_set(*at) || !is_set(now.utc)).unwrap_or(now.utc);
            let ago = Duration::from_millis(now.utc.0.saturating_sub(gone_at.0));
            let chat_time = now.chat_time.saturating_sub(ago);
            let gone_since = Some(Moment { chat_time, utc: gone_at });
            let person = Person::new(name, named_at, secret, network);
            let person = Person { former, gone_since, is_brief: false, is_host, ..person };
            people.gone.add(id, person.place(chat_time));
            people.by_id.insert(id, person);
        }
        former_names::restore(&mut people);
        people
    }

    /// Adds a client to the person. If the person was away, its unread private messages count as
    /// read from now on.
    fn add_client(&mut self, id: PersonId, client: ClientId) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        person.clients.push(client);
        if let Some(since) = person.gone_since.take() {
            self.gone.remove(id, person.place(since.chat_time));
            person.has_unread = false;
            self.unread.remove(id);
            self.note_change(id);
        }
    }

    /// Removes a client of the person, as [`lose_client`](Self::lose_client) does, and forgets the
    /// client's session.
    pub(super) fn leave(&mut self, id: PersonId, client: ClientId, now: Moment) {
        self.tokens.forget_session(client);
        self.disconnecting.remove(&client);
        self.proofs.forget(client);
        self.lose_client(id, client, now);
    }

    /// Removes a client from the clients of the person. If no client of the person is left then, a
    /// person with a token becomes absent, and its name stays reserved for some time. A person
    /// without a token is removed at once.
    pub(super) fn lose_client(&mut self, id: PersonId, client: ClientId, now: Moment) {
        self.remove_client(id, client);
        let Some(person) = self.by_id.get_mut(&id) else { return };
        if self.tokens.of(id).is_empty() && person.clients.is_empty() {
            self.remove(id);
        } else if person.clients.is_empty() {
            person.gone_since = Some(now);
            self.gone.add(id, person.place(now.chat_time));
            self.note_change(id);
        }
        self.forget_some(now.chat_time);
    }

    /// Removes a client from the clients of the person. Changes nothing else, even if it was the
    /// person's last one.
    fn remove_client(&mut self, id: PersonId, client: ClientId) {
        if let Some(person) = self.by_id.get_mut(&id) {
            person.clients.retain(|id| *id != client);
        }
    }

    /// Returns whether the client is being disconnected, because its session is over, or because
    /// its person was removed.
    pub(super) fn is_disconnecting(&self, client: ClientId) -> bool {
        self.disconnecting.contains(&client)
    }

    pub(super) fn tokens(&self) -> &TokenTable {
        &self.tokens
    }

    /// Returns whether the person has no token. Such a person is removed when its last connection
    /// ends.
    pub(super) fn is_passing(&self, id: PersonId) -> bool {
        self.by_id.contains_key(&id) && self.tokens.of(id).is_empty()
    }

    /// Returns whether the person has no lasting name of its own: it has no token, and so loses its
    /// name when its last connection ends; or it has a guest name without a secret.
    pub(super) fn is_guest(&self, id: PersonId) -> bool {
        self.is_passing(id)
            || self.by_id.get(&id).is_some_and(|person| person.kind_of_name() == GoneKind::Guest)
    }

    /// Removes and returns the ids of the people that the current event has changed. Their records
    /// in the file are out of date.
    pub(super) fn take_changes(&mut self) -> Vec<PersonId> {
        std::mem::take(&mut self.changed).into_iter().collect()
    }

    /// Returns the record that the file must have for this person now. It is `NoPerson` for a
    /// person who does not survive a restart: it was removed, is brief or has no token.
    pub(super) fn record(&self, id: PersonId) -> Record {
        let tokens = self.tokens.of(id);
        let lasts = self.by_id.get(&id).filter(|person| !person.is_brief && !tokens.is_empty());
        lasts.map_or(Record::NoPerson(id), |who| Record::Person(who.stored(id, tokens.to_vec())))
    }

    /// Returns whether the file has a record of this person: the person exists, is not brief, and
    /// has had a token.
    pub(super) fn is_lasting(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| !person.is_brief)
    }

    /// Returns all people except brief ones and those who never had a token.
    pub(super) fn lasting(&self) -> impl Iterator<Item = PersonId> {
        self.by_id.iter().filter(|(_, person)| !person.is_brief).map(|(id, _)| *id)
    }

    /// Gives the person another name, and returns the old name, which is kept for the person if
    /// they chose it. The name's secret stays. Refused if the name is not free (see
    /// [`is_free_name`]).
    pub(super) fn rename(
        &mut self,
        id: PersonId,
        wanted: Name,
        now: UnixMillis,
    ) -> Result<Name, Refused> {
        if !is_free_name(self, &wanted, Some(id)) {
            return Err(why_not_free(self, &wanted));
        }
        let person = self.by_id.get_mut(&id).ok_or(Refused::NameTaken)?;
        self.by_skeleton.remove(person.name.skeleton());
        self.by_skeleton.insert(wanted.skeleton().clone(), id);
        let before = std::mem::replace(&mut person.name, wanted);
        if person.name.skeleton() != before.skeleton() {
            person.named_at = now;
            self.former_names.keep(id, person, &before);
        }
        self.note_change(id);
        Ok(before)
    }

    /// Returns the name of this author, as other people see it; `None`: the author is `Nobody`, or
    /// a person who was removed.
    pub(super) fn name_of(&self, author: Author) -> Option<Name> {
        match author {
            Author::Classic(number) => Some(Name::guest(number)),
            Author::Person(person) => self.name(person).cloned(),
            Author::Nobody => None,
        }
    }

    pub(super) fn name(&self, id: PersonId) -> Option<&Name> {
        self.by_id.get(&id).map(|person| &person.name)
    }

    pub(super) fn named_at(&self, id: PersonId) -> Option<UnixMillis> {
        self.by_id.get(&id).map(|person| person.named_at)
    }

    pub(super) fn clients(&self, id: PersonId) -> &[ClientId] {
        self.by_id.get(&id).map_or(&[], |person| &person.clients)
    }

    /// Returns when the person's last connection was lost; `None`: a client of the person is
    /// connected, or no person has this id.
    pub(super) fn gone_since(&self, id: PersonId) -> Option<UnixMillis> {
        self.by_id.get(&id)?.gone_since.map(|at| at.utc)
    }

    /// Returns the excuse of this person; `None`: the person is not busy.
    pub(super) fn excuse(&self, id: PersonId) -> Option<&str> {
        self.by_id.get(&id)?.excuse.as_ref().map(|excuse| excuse.text.as_str())
    }

    /// Sets the excuse of this person, or removes it (`None`). Returns whether it is another one
    /// now.
    pub(super) fn set_excuse(&mut self, id: PersonId, text: Option<String>) -> bool {
        let is_new = self.excuse(id) != text.as_deref();
        if let Some(person) = self.by_id.get_mut(&id).filter(|_| is_new) {
            person.excuse = text.map(|text| Excuse { text, heard: BTreeSet::new() });
        }
        is_new
    }

    /// Returns the excuse of this person for `reader`, who has written to the person; `None`: the
    /// person is not busy, or `reader` has heard the excuse already.
    pub(super) fn excuse_for(&mut self, id: PersonId, reader: PersonId) -> Option<String> {
        let excuse = self.by_id.get_mut(&id)?.excuse.as_mut()?;
        let has_heard = excuse.heard.contains(&reader);
        if excuse.heard.len() < EXCUSES_HEARD_MAX {
            excuse.heard.insert(reader);
        }
        (!has_heard).then(|| excuse.text.clone())
    }

    /// Returns the people who were removed from this table since the previous call, with their
    /// names.
    pub(super) fn take_forgotten(&mut self) -> Vec<(PersonId, Name)> {
        std::mem::take(&mut self.forgotten)
    }

    /// Returns the person with this name, or with a name that looks like it.
    pub(super) fn called(&self, name: &Name) -> Option<PersonId> {
        self.by_skeleton.get(name.skeleton()).copied()
    }

    /// Returns the name of a message's receiver, and the message's text without that name. A name
    /// may have several words: `to` is the shortest name with which the message may begin, and
    /// `longer` has the longer ones. Returns the longest of these names that a person has, or `to`
    /// if no person has any of them.
    pub(super) fn addressed<'a>(
        &self,
        to: &'a Name,
        longer: &'a [(Name, usize)],
        text: &'a str,
    ) -> (&'a Name, &'a str) {
        let longest = longer.iter().rev().find(|(name, _)| self.called(name).is_some());
        match longest {
            Some((name, end)) => (name, text.get(*end..).unwrap_or_default().trim_start()),
            None => (to, text),
        }
    }

    /// Returns a number for the guest name of a new client. No two calls return the same number.
    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// Returns whether the person has a token and is brief: its name stays reserved only for a
    /// short time after it leaves.
    pub(super) fn is_brief(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.is_brief) && !self.tokens.of(id).is_empty()
    }

    /// Makes the person lasting: from now on the name stays reserved for the usual time, and the
    /// person is stored in the file.
    pub(super) fn make_lasting(&mut self, id: PersonId) {
        self.change_place(id, |person| person.is_brief = false);
        self.note_change(id);
    }

    /// Notes that the person says something through this client. Returns the person's name and
    /// mark, as other people see them; `None`: there is no such person.
    pub(super) fn note_speaking(
        &mut self,
        id: PersonId,
        client: ClientId,
    ) -> Option<(Name, Option<Mark>)> {
        if !self.by_id.get(&id)?.is_known {
            self.change_place(id, |person| person.is_known = true);
        }
        Some((self.by_id.get(&id)?.name.clone(), shown_mark(self, id, client)))
    }

    pub(super) fn has_unread(&self, id: PersonId) -> bool {
        self.by_id.get(&id).is_some_and(|person| person.has_unread)
    }

    /// Notes that the person has said something or has received a private message in an earlier run
    /// of the server. `has_unread` says whether the person has an unread private message.
    pub(super) fn restore_known(&mut self, id: PersonId, has_unread: bool) {
        self.change_place(id, |person| {
            person.is_known = true;
            person.has_unread |= has_unread;
        });
    }

    /// Returns how much longer the name of an absent person stays reserved for that person. `None`:
    /// a client of the person is connected, or no person has this id; or the name has a secret, and
    /// then other clients are not told that time.
    pub(super) fn kept_for(&self, id: PersonId, now: Duration) -> Option<Duration> {
        let person = self.by_id.get(&id).filter(|person| person.secret.is_none())?;
        let since = person.gone_since?.chat_time;
        let stored = person.place(since).kind.stored(self.name_kept);
        Some((since + stored).saturating_sub(now))
    }

    pub(super) fn network(&self, id: PersonId) -> Option<NetworkTag> {
        self.by_id.get(&id)?.network
    }

    /// Applies `change` to the person. If the person is away, also updates its place among the
    /// absent people, which decides when the core forgets it.
    fn change_place(&mut self, id: PersonId, change: impl FnOnce(&mut Person)) {
        let Some(person) = self.by_id.get_mut(&id) else { return };
        let since = person.gone_since.map(|at| at.chat_time);
        let before = since.map(|since| person.place(since));
        change(person);
        let after = since.map(|since| person.place(since));
        if let Some((before, after)) = before.zip(after).filter(|(before, after)| before != after) {
            self.gone.remove(id, before);
            self.gone.add(id, after);
        }
    }

    /// Forgets absent people whose names were reserved for long enough. If there are too many
    /// absent people of one kind, forgets some of that kind earlier. Forgets only a few people in
    /// one call, because the core must also remove each of them from the rooms that wait for them.
    pub(super) fn forget_some(&mut self, now: Duration) {
        for _ in 0..LEAVINGS_PER_STEP {
            let Some(id) = self.gone.next(now, self.name_kept) else { break };
            self.remove(id);
        }
    }

    /// Returns when the next reserved time of a name is over, in chat time; `None`: no person is
    /// away.
    pub(super) fn next_forgotten(&self) -> Option<Duration> {
        self.gone.next_end(self.name_kept)
    }

    fn add(&mut self, person: Person) -> PersonId {
        self.last_id += 1;
        let id = PersonId(self.last_id);
        self.by_skeleton.insert(person.name.skeleton().clone(), id);
        self.by_id.insert(id, person);
        id
    }

    /// Removes a person. If the person has clients, these must be disconnected.
    pub(super) fn remove(&mut self, id: PersonId) {
        self.note_change(id);
        let Some(person) = self.by_id.remove(&id) else { return };
        self.disconnecting.extend(&person.clients);
        if let Some(since) = person.gone_since {
            self.gone.remove(id, person.place(since.chat_time));
        }
        self.tokens.remove_all(id);
        self.by_skeleton.remove(person.name.skeleton());
        self.former_names.free(person.former.as_ref());
        self.unread.remove(id);
        self.forgotten.push((id, person.name));
    }

    /// Notes that the file's record of this person is out of date. Does nothing for a brief person,
    /// because the file has no record of it.
    fn note_change(&mut self, id: PersonId) {
        if self.is_lasting(id) {
            self.changed.insert(id);
        }
    }
}
