//! How a client enters a room, or comes back to it: whether the client may enter, and which is the
//! first line of the room's log that the server must send to the client.
//!
//! Must not know: how the missed lines are sent; `chat_rule/progress/catch_up.rs` does that.
//!
//! Part: `chat/core/mod.rs`.

use std::sync::Arc;

use super::correspondents::newer_names;
use super::inviting::{bad_invite, password_by_invite};
use super::permissions::{
    check_admitted, check_may_talk, check_not_put_out, muted_for, tell_why_out,
};
use super::polls::standing_poll;
use super::presence::{is_listed_or_inside, tell_listed, tell_presence};
use super::reading::read_privately;
use super::refuse;
use super::sessions::renew_session;
use crate::admission::ClientNetwork;
use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::answer::{Answer, Joined, PinnedMessage};
use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::core::roles::check_looks_after;
use crate::chat::core::rooms::access::{check_may_set, check_room_password, note_room_rights};
use crate::chat::core::rooms::room_limit::make_place_for_room;
use crate::chat::core::rooms::{EnteredRoom, Room, RoomAccess};
use crate::chat::core::{Core, Effect, LogId, Made};
use crate::chat::entry::{Seen, Seq};
use crate::chat::record::PersonId;
use crate::chat::refused::Refused;
use crate::chat::request::RoomPosition;
use crate::chat::room_name::RoomName;
use crate::chat::secret::Digest;
use crate::chat::token::TokenDigest;

/// Lets a numbered client or a visitor enter a room. If the room does not exist, makes it; but if
/// `must_exist` is true, refuses the client instead. If `must_be_new` is true, the client may not
/// enter an open room of another person. If the client makes the room or enters its password, its
/// session, if it has one, gets the token `fresh`. If the client may not enter, tells it why.
pub(super) fn join_room(
    core: &mut Core,
    client: ClientId,
    position: RoomPosition,
    fresh: Option<TokenDigest>,
) {
    let (password, is_bad) = password_by_invite(core, &position);
    let RoomPosition { room: name, seen, hidden, invite, only_listens, .. } = position;
    let Some(author) = core.author(client) else { return };
    if core.room_of(client, &name).is_some() {
        // The client is in the room already. If it entered a second time, the server would send it
        // some lines twice.
        return refuse(core, client, Some(name), Refused::InRoom);
    }
    let rooms = core.members.rooms(client).len();
    let is_new = core.rooms.called(&name).is_none();
    let network = core.network_of(client);
    let has_place = if is_new && (position.must_exist || invite.is_some()) {
        Err(Refused::NotInRoom)
    } else if rooms >= limits::ROOMS_PER_CLIENT_MAX {
        Err(Refused::RoomsOfClient(limits::ROOMS_PER_CLIENT_MAX))
    } else if is_new {
        make_place_for_a_room(core, client)
    } else if position.must_be_new && is_open_and_anothers(core, client, &name) {
        Err(Refused::NotYourRoom)
    } else {
        Ok(())
    };
    if let Err(reason) = has_place {
        let reason = if is_bad { bad_invite(core, network, reason) } else { reason };
        return refuse(core, client, Some(name), reason);
    }
    // If the room is new, its password is the one that its maker sends here. So this password also
    // lets the maker in.
    let access = RoomAccess::new(Some(author), hidden, password.clone());
    let tag = core.members.tag(client);
    let id = core.rooms.open(&mut core.logs, name.clone(), access, tag, core.now.chat_time);
    let rights = core.people.tokens().own_rights(client).to_vec();
    let opened = check_not_put_out(core, author, id)
        .and_then(|()| check_admitted(core, client, author, id))
        .and_then(|()| check_password(core, network, id, author, &rights, password.as_ref()));
    let people_max = core.settings.room_people_max;
    let opened =
        opened.and_then(|opened| core.rooms.check_place(id, author, people_max).map(|()| opened));
    let made = is_new.then_some(Right::Made(id));
    let opened = match opened {
        Ok(opened) => opened,
        Err(reason) => {
            let reason = if is_bad { bad_invite(core, network, reason) } else { reason };
            tell_why_out(core, client, author, id, &reason);
            return refuse(core, client, Some(name), reason);
        }
    };
    let opened = password.filter(|_| opened).map(|given| Right::Opened(id, given));
    let rights: Vec<_> = made.into_iter().chain(opened).collect();
    // If the client's session gets a new token for the rights, at first only clients with the new
    // token have them. Otherwise all clients of the person have them.
    let token = renew_session(core, client, fresh.filter(|_| !rights.is_empty()), rights.clone());
    note_room_rights(&mut core.rooms, &mut core.logs, author, &rights, token.is_some());
    let answer = Answer::Session(None);
    core.effects.extend(token.map(|token| Effect::GiveToken { client, answer, token }));
    if only_listens && !is_new {
        core.members.glimpse(client, id);
        return follow_log(core, client, id, seen, false);
    }
    enter_room(core, client, id, seen, is_new);
    if is_new && !hidden {
        tell_listed(core, id);
    }
}

/// Returns whether everybody may enter this room, and another person has made it.
fn is_open_and_anothers(core: &Core, client: ClientId, name: &RoomName) -> bool {
    let (Some(id), Some(author)) = (core.rooms.called(name), core.author(client)) else {
        return false;
    };
    let is_locked = core.rooms.get(id).is_some_and(|room| room.privacy().locked);
    let rights = core.people.tokens().own_rights(client);
    !is_locked && check_may_set(&core.rooms, id, author, rights).is_err()
}

/// Checks whether this client may make one more room. If there are too many rooms, ends another
/// room. Refused with `TooFast` if clients of its network have made too many rooms in a short time,
/// with `Blocked` or `Closed` if a host has blocked its person or somebody of its network; or with
/// the reason why no room can end.
fn make_place_for_a_room(core: &mut Core, client: ClientId) -> Result<(), Refused> {
    check_may_talk(core, client)?;
    let network = core.network_of(client);
    let now = core.now.chat_time;
    let may = core.network_limits.check_may_make(Made::Room, network, now, &mut core.effects);
    may.map_err(Refused::TooFast)?;
    make_place_for_room(&mut core.rooms, &mut core.logs, core.members.tag(client), core.now.utc)?;
    core.network_limits.note_made(Made::Room, network, now, 1);
    Ok(())
}

/// Checks whether a client of this author may enter a room, and counts a wrong password. `rights`
/// are those of the client's session. `Ok(true)`: the client has sent the right password just now,
/// and the caller must note that it has entered it. `Ok(false)`: the room does not ask this client
/// for a password, or does not exist.
pub(super) fn check_password(
    core: &mut Core,
    network: Option<ClientNetwork>,
    id: LogId,
    author: Author,
    rights: &[Right],
    given: Option<&Digest>,
) -> Result<bool, Refused> {
    let opened = check_room_password(&core.rooms, id, author, rights, given);
    if opened != Ok(false) {
        let is_wrong = opened == Err(Refused::WrongPassword);
        let network = network.filter(|_| given.is_some());
        core.network_limits.guess(network, is_wrong, core.now.chat_time)?;
    }
    opened
}

/// Puts the client into the room. From now on a classic client receives the room's new lines. A
/// visitor is told the state of the room's log once. Any other client follows the log, and first
/// receives what it has missed since `seen`. If the client's person was not in the room, a small
/// room is usually told that the person has come. `is_new`: the client has just made the room.
pub(super) fn enter_room(
    core: &mut Core,
    client: ClientId,
    id: LogId,
    seen: Option<Seen>,
    is_new: bool,
) {
    let Some(author) = core.author(client) else { return };
    let is_classic = matches!(author, Author::Classic(_));
    let is_visitor = core.members.is_visitor(client);
    let author_is_passing =
        matches!(author, Author::Person(person) if core.people.is_passing(person));
    // A guest who sends one message and cannot come back is not counted as being in the room.
    let is_glimpse = is_visitor && author_is_passing;
    let entered = if is_glimpse { Some(EnteredRoom::Again) } else { core.rooms.enter(id, author) };
    let Some(entered) = entered else { return };
    if is_glimpse {
        core.members.glimpse(client, id);
    } else {
        core.members.enter(client, id);
    }
    if seen.is_none() && !is_visitor {
        tell_other_devices(core, client, id);
    }
    if is_classic {
        // The room is not told that a classic client has come, because such a client shows its name
        // only when it speaks.
        core.effects.push(Effect::Subscribe(client, id));
        return;
    }
    follow_log(core, client, id, seen, is_new);
    if entered == EnteredRoom::New {
        tell_presence(core, id, author, true, Some(client));
    }
}

/// Tells the other clients of the client's person that it has come into this room, if none of them
/// is in the room. (A visitor, for whom a page of the room was made, does not count.)
fn tell_other_devices(core: &mut Core, client: ClientId, id: LogId) {
    let (Some(person), Some(room)) = (core.person(client), core.rooms.get(id)) else { return };
    let clients = core.people.clients(person).iter().copied();
    let others: Vec<_> =
        clients.filter(|one| *one != client && !core.members.is_visitor(*one)).collect();
    if others.iter().any(|other| core.members.is_in(*other, id)) {
        return;
    }
    let answer = Answer::EnteredElsewhere(room.name().clone());
    let may_know = |other: &ClientId| is_listed_or_inside(core, *other, id, room);
    let told: Vec<_> = others.into_iter().filter(may_know).collect();
    core.effects.extend(told.into_iter().map(|other| Effect::Answer(other, answer.clone())));
}

/// Tells a client that is not a classic one the state of a log. Then the client follows the log:
/// the server sends it what it has missed since `seen`, and after that each new line. A visitor is
/// only told the state of the log. `is_new`: the client has just made the room of the log.
pub(super) fn follow_log(
    core: &mut Core,
    client: ClientId,
    id: LogId,
    seen: Option<Seen>,
    is_new: bool,
) {
    let Some(author) = core.author(client) else { return };
    let Some((from, mut notes)) = first_missed(core, id, seen, author.person()) else { return };
    if let Some(Answer::Joined(joined)) = notes.first_mut() {
        // The right of a client that has just made the room is still pending.
        joined.is_maker = is_new || check_looks_after(core, client, id).is_ok();
        joined.read = author.person().and_then(|person| core.people.read(person, id));
        joined.muted = muted_for(core, client, id);
    }
    notes.extend(newer_names(core, id));
    notes.extend(read_privately(core, client, id));
    core.effects.extend(notes.into_iter().map(|answer| Effect::Answer(client, answer)));
    if !core.members.is_visitor(client) {
        core.effects.push(Effect::Follow { client, log: id, from });
    }
}

/// Returns the number of the first line to send to a client that has seen the log up to `seen`, and
/// the notices for that client, whose person is `person`. The first notice is always
/// [`Answer::Joined`]. `None`: the log has ended.
pub(super) fn first_missed(
    core: &Core,
    id: LogId,
    seen: Option<Seen>,
    person: Option<PersonId>,
) -> Option<(Seq, Vec<Answer>)> {
    let log = core.logs.get(id)?;
    let room = core.rooms.get(id);
    let (from, lost) = log.first_missed(seen, &core.settings.numbers);
    let joined = Answer::Joined(Joined {
        log: log.name().clone(),
        epoch: log.epoch(),
        seq: log.head(),
        from,
        ids_behind: log.ids_behind(),
        topic: room.map_or_else(String::new, |room| room.topic().to_owned()),
        pinned: room.and_then(|room| {
            let by = room.maker().and_then(|maker| core.people.name_of(maker));
            Some(Box::new(PinnedMessage { entry: Arc::clone(room.pinned()?), by }))
        }),
        is_maker: false,
        read: None,
        people: room.map_or(1, Room::count),
        privacy: room.map(Room::privacy).unwrap_or_default(),
        state: room.map(Room::state).unwrap_or_default(),
        muted: None,
        welcome: room.map_or_else(String::new, |room| room.rules().welcome().to_owned()),
    });
    let poll = standing_poll(core, id, person);
    Some((from, std::iter::once(joined).chain(lost).chain(poll).collect()))
}
