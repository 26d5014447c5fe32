//! Who is where: the list of rooms and its changes, the list of a room's people, and what a room is
//! told when a person comes, leaves or types.
//!
//! Owns: that a large room is not told who comes.
//! Must not know: who may enter a room.
//!
//! Part: `chat/core/mod.rs`.

use super::permissions::{check_may_write, check_not_muted};
use super::refuse;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::{Answer, PersonState};
use crate::chat::core::people::Author;
use crate::chat::core::people::hosts::is_host;
use crate::chat::core::roles::looks_after;
use crate::chat::core::rooms::Room;
use crate::chat::core::rooms::access::{asks_for_password, check_may_set};
use crate::chat::core::rooms::list::{line_for_others, room_list};
use crate::chat::core::{Core, Effect, LogId};
use crate::chat::entry::Seq;
use crate::chat::log_name::LogName;
use crate::chat::name::Name;
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::room_name::RoomName;

pub(super) fn answer_room_list(core: &mut Core, client: ClientId) {
    let may_read = |id: LogId, room: &Room| may_read(core, client, id, room);
    core.effects.push(Effect::Answer(client, room_list(&core.rooms, &core.logs, may_read)));
}

/// Tells the clients in all rooms that the list of rooms has another line for this room now. A
/// client in several rooms is told several times. To all of them together this costs as much as one
/// message in each room.
pub(super) fn tell_listed(core: &mut Core, id: LogId) {
    let Some(line) = core.rooms.get(id).map(line_for_others) else { return };
    let notice = |(log, _)| {
        let answer = Answer::Listed(line.clone());
        Effect::Notice { log, except: None, answer }
    };
    core.effects.extend(core.rooms.iter().map(notice));
}

/// Returns whether the client is inside this room, or would come in without being asked for the
/// password.
pub(super) fn may_read(core: &Core, client: ClientId, id: LogId, room: &Room) -> bool {
    is_inside(core, client, id, room) || is_let_in(core, client, id, room)
}

/// Returns whether the client may know this room: everybody may, or it is inside.
pub(super) fn is_listed_or_inside(core: &Core, client: ClientId, id: LogId, room: &Room) -> bool {
    !room.privacy().hidden || is_inside(core, client, id, room)
}

/// Returns whether the client is in the room or reads it as a visitor, or its person is in the
/// room. The person does not count if another session of the person has a right to the room, and
/// the client's own session has none: a stranger may have given that person the client's token.
fn is_inside(core: &Core, client: ClientId, id: LogId, room: &Room) -> bool {
    let author = core.author(client).filter(|_| !is_room_of_other_session(core, client, id));
    core.members.is_in(client, id) || author.is_some_and(|author| room.has(author))
}

fn is_room_of_other_session(core: &Core, client: ClientId, id: LogId) -> bool {
    let person = core.author(client).and_then(Author::person);
    person.is_some_and(|person| core.people.tokens().is_anothers_room(person, client, id))
}

/// Returns whether the client's person comes into this room without being asked for the password,
/// or has made the room. A hidden room without a password knows only its maker.
fn is_let_in(core: &Core, client: ClientId, id: LogId, room: &Room) -> bool {
    let author = core.author(client).filter(|_| !is_room_of_other_session(core, client, id));
    let Some(author) = author else { return false };
    let rights = core.people.tokens().own_rights(client);
    if room.privacy().locked {
        !asks_for_password(&core.rooms, id, author, rights)
    } else {
        check_may_set(&core.rooms, id, author, rights).is_ok()
    }
}

pub(super) fn answer_people_list(core: &mut Core, client: ClientId, name: RoomName) {
    let found = core.room_of(client, &name);
    let Some((id, room)) = found.and_then(|id| Some((id, core.rooms.get(id)?))) else {
        return refuse(core, client, Some(name), Refused::NotInRoom);
    };
    let named = room.people().filter_map(|who| Some((who, core.people.name_of(who)?)));
    let (who, names): (Vec<_>, Vec<_>) = named.take(limits::WHO_NAMES_MAX).unzip();
    let is_keeper = |who: &Author| who.person().is_some_and(|who| looks_after(core, who, id));
    let keepers = who.iter().zip(&names).filter(|(who, _)| is_keeper(who));
    let keepers: Vec<_> = keepers.take(limits::KEEPERS_SHOWN_MAX).collect();
    let is_host = |who: &Author| who.person().is_some_and(|who| is_host(&core.people, who));
    let hosts = keepers.iter().filter(|(who, _)| is_host(who));
    let hosts = hosts.map(|(_, name)| (*name).clone()).collect();
    let keepers = keepers.iter().map(|(_, name)| (*name).clone()).collect();
    let excuse = |who: &Author| core.people.excuse(who.person()?);
    let busy = who.iter().zip(&names);
    let busy = busy.filter_map(|(who, name)| Some((name.clone(), excuse(who)?.to_owned())));
    // All names fit into one frame, and with these excuses they still do.
    let mut bytes = 0;
    let fits = |(name, excuse): &(Name, String)| {
        bytes += name.shown().len() + excuse.len();
        bytes <= limits::FRAME_BATCH_BYTES_MAX
    };
    let (busy, people) = (busy.take_while(fits).collect(), room.count());
    let answer = Answer::Who { room: name, names, people, busy, keepers, hosts };
    core.effects.push(Effect::Answer(client, answer));
}

/// Tells the client whether the person with this name is online. The person need not be in a room.
/// Refused with `NoSuchPerson` if no
/// person has the name, or if the client itself is no person.
pub(super) fn answer_whether_here(core: &mut Core, client: ClientId, name: &Name) {
    let is_somebody = matches!(core.author(client), Some(Author::Person(_)));
    let Some(person) = core.people.called(name).filter(|_| is_somebody) else {
        return refuse(core, client, None, Refused::NoSuchPerson);
    };
    answer_state(core, client, person, None);
}

/// Tells the client whether the author of this line is online, and by which name. The line must be
/// in memory. Refused with `NoSuchPerson` if it is not, and if its author is not known any more.
pub(super) fn answer_who_wrote(core: &mut Core, client: ClientId, room: RoomName, seq: Seq) {
    let log = core.log_of(client, &LogName::Room(room.clone()));
    let line = log.and_then(|log| core.logs.get(log)?.line(seq));
    let author = line.and_then(|line| line.by.whose.person());
    let Some(person) = author.filter(|person| core.people.name(*person).is_some()) else {
        return refuse(core, client, Some(room), Refused::NoSuchPerson);
    };
    answer_state(core, client, person, Some(seq));
}

fn answer_state(core: &mut Core, client: ClientId, person: PersonId, wrote: Option<Seq>) {
    let Some(name) = core.people.name(person).cloned() else { return };
    let here = is_here(core, person);
    let seen = core.people.gone_since(person).filter(|_| !here);
    let excuse = core.people.excuse(person).map(str::to_owned);
    let state = PersonState { name, here, excuse, seen, wrote };
    core.effects.push(Effect::Answer(client, Answer::Person(Box::new(state))));
}

/// Notes that the client's person is busy, with this excuse, or is busy no more (`None`), and tells
/// that to the client and to the rooms that the person is in. Refused with `Muted` if a room would
/// hear words of a person who is muted there.
pub(super) fn set_excuse(core: &mut Core, client: ClientId, excuse: Option<String>) {
    let Some(Author::Person(person)) = core.author(client) else { return };
    let Some(name) = core.people.name(person).cloned() else { return };
    let has_words = excuse.as_ref().is_some_and(|words| !words.is_empty());
    if has_words && let Err(reason) = check_not_muted(core, client) {
        return refuse(core, client, None, reason);
    }
    let answer = Answer::Excuse { room: None, name, excuse: excuse.clone() };
    core.effects.push(Effect::Answer(client, answer));
    if core.people.set_excuse(person, excuse) {
        tell_excuse(core, person, Some(client));
    }
}

/// Notes that this person is busy no more, because the person has written something.
pub(super) fn end_excuse(core: &mut Core, person: PersonId) {
    if core.people.set_excuse(person, None) {
        tell_excuse(core, person, None);
    }
}

/// Tells the rooms that the person is in, if they are small enough, whether the person is busy.
/// Does not tell the client `except`.
fn tell_excuse(core: &mut Core, person: PersonId, except: Option<ClientId>) {
    let Some(name) = core.people.name(person) else { return };
    let excuse = core.people.excuse(person).map(str::to_owned);
    let is_told = |room: &Room| room.has(Author::Person(person)) && room.is_small();
    for (log, room) in core.rooms.iter().filter(|(_, room)| is_told(room)) {
        let room = Some(room.name().clone());
        let answer = Answer::Excuse { room, name: name.clone(), excuse: excuse.clone() };
        core.effects.push(Effect::Notice { log, except, answer });
    }
}

/// Tells the other clients in the room that the client's person is typing. If the room is too
/// large, or the client is not in it, nobody is told. The client then gets no refusal, because the
/// notice would be out of date a moment later anyway.
pub(super) fn tell_typing(core: &mut Core, client: ClientId, room: RoomName) {
    let id = core.room_of(client, &room).filter(|id| core.rooms.is_small(*id));
    let id = id.filter(|id| check_may_write(core, client, *id).is_ok());
    let name = core.author(client).and_then(|author| core.people.name_of(author));
    if let (Some(id), Some(name)) = (id, name) {
        let answer = Answer::Typing { room, name };
        core.effects.push(Effect::Notice { log: id, except: Some(client), answer });
    }
}

/// Tells the room that a person came or left, if the room is small enough. Does not tell the client
/// `except`.
pub(super) fn tell_presence(
    core: &mut Core,
    id: LogId,
    author: Author,
    here: bool,
    except: Option<ClientId>,
) {
    if let Some(name) = core.people.name_of(author) {
        tell_presence_of_name(core, id, name, here, except);
    }
}

/// Tells the room that a person came or left, like [`tell_presence`]. Takes the person's name,
/// because the person may no longer have it.
pub(super) fn tell_presence_of_name(
    core: &mut Core,
    id: LogId,
    name: Name,
    here: bool,
    except: Option<ClientId>,
) {
    if let Some(room) = core.rooms.get(id).filter(|room| room.is_small()) {
        let people = room.count();
        let answer = Answer::Presence { room: room.name().clone(), name, here, people };
        core.effects.push(Effect::Notice { log: id, except, answer });
    }
}

/// Returns whether a person is online. A person without a connection, who has just lost it or who
/// reads pages, counts as online while a room waits for them.
pub(super) fn is_here(core: &Core, person: PersonId) -> bool {
    let author = Author::Person(person);
    let has_client = !core.people.clients(person).is_empty();
    has_client || core.rooms.iter().any(|(_, room)| room.has(author))
}
