//! Decides which clients may make a room, and which room ends if a client makes one more than there
//! may be, in all or of the client's network.
//!
//! The number of rooms is limited, and anybody may make a room. So people of one network may have
//! at most half of the rooms that people of other networks leave free. If the maximum number of
//! rooms exists and none of them is idle, an empty *lone room* may end: one in which only people
//! from its maker's network have spoken. The network with the most lone rooms loses one first. So
//! even if one person makes more and more rooms, people of other networks can usually still make
//! rooms, and the rooms in which they have spoken a short time ago usually stay.
//!
//! Part: `chat/core/mod.rs`.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use super::{Room, Rooms};
use crate::base::limits;
use crate::chat::core::LogId;
use crate::chat::core::logs::{Log, Logs};
use crate::chat::entry::{Seq, UnixMillis};
use crate::chat::record::NetworkTag;
use crate::chat::refused::Refused;

/// Makes sure that a client of this network can make one more room. If there are too many
/// rooms, in all or of this network, ends a room and its log.
///
/// # Errors
/// No room may end: the network has the maximum number of rooms ([`Refused::RoomsOfNetwork`]),
/// or all rooms are in use ([`Refused::RoomsOfServer`]).
pub(crate) fn make_place_for_room(
    rooms: &mut Rooms,
    logs: &mut Logs,
    network: Option<NetworkTag>,
    now: UnixMillis,
) -> Result<(), Refused> {
    let its_share = network.and_then(|network| has_its_share(rooms, logs, network, now));
    let ended = if let Some(held) = its_share {
        let idle = idle_room(rooms, logs, now, |room| room.network() == network);
        idle.ok_or(Refused::RoomsOfNetwork(held))?
    } else if rooms.count() >= limits::ROOMS_MAX {
        let idle = idle_room(rooms, logs, now, |_| true);
        let ended = idle.or_else(|| lone_room(rooms, logs, network));
        ended.ok_or(Refused::RoomsOfServer(limits::ROOMS_MAX))?
    } else {
        return Ok(());
    };
    rooms.end(logs, ended);
    Ok(())
}

/// Returns how many rooms in use were made from this network, if that is its full share; `None`:
/// the network has not reached its share. Idle rooms are not in use.
fn has_its_share(
    rooms: &Rooms,
    logs: &Logs,
    network: NetworkTag,
    now: UnixMillis,
) -> Option<usize> {
    let busy =
        || rooms.with_logs(logs).filter(|(_, room, log)| !is_idle_room(rooms, room, log, now));
    let held = busy().filter(|(_, room, _)| room.network() == Some(network)).count();
    (held > 0 && busy().count() + held >= limits::ROOMS_MAX).then_some(held)
}

/// Returns the idle room that must end first, among those for which `may_go` is true: a room that
/// never had a line, or else the room that has been empty longest. A room with a line younger than
/// [`limits::ROOM_KEPT`] is not idle; otherwise a person who makes many rooms could delete what
/// other people have said.
fn idle_room(
    rooms: &Rooms,
    logs: &Logs,
    now: UnixMillis,
    may_go: impl Fn(&Room) -> bool,
) -> Option<LogId> {
    let all = rooms.with_logs(logs);
    let idle = all.filter(|(_, room, log)| may_go(room) && is_idle_room(rooms, room, log, now));
    let first = idle.map(|(id, room, log)| ((log.head() > Seq(0), room.empty_since()), id)).min();
    first.map(|(_, id)| id)
}

/// Returns the empty lone room that must end first; `None`: no lone room may end. In a lone room,
/// only people from its maker's network have spoken. `comes` is the network from which the new room
/// is made.
///
/// A network may lose a room if it has more lone rooms than [`limits::LONE_ROOMS_SAFE`], and more
/// than `comes` has together with the new room. Of the networks that may lose an empty one, the
/// network with the most lone rooms loses it. Of its empty lone rooms, the one whose newest line is
/// oldest ends.
fn lone_room(rooms: &Rooms, logs: &Logs, comes: Option<NetworkTag>) -> Option<LogId> {
    let mut lone: BTreeMap<NetworkTag, Vec<(LogId, &Room, &Log)>> = BTreeMap::new();
    for room in rooms.with_logs(logs) {
        if let Some(network) = room.1.lone_network() {
            lone.entry(network).or_default().push(room);
        }
    }
    let ours = comes.and_then(|comes| lone.get(&comes)).map_or(0, Vec::len);
    let many = lone.values().filter(|rooms| rooms.len() > limits::LONE_ROOMS_SAFE.max(ours + 1));
    let quietest = |rooms: &Vec<(LogId, &Room, &Log)>| {
        let empty = rooms.iter().filter(|(_, room, _)| room.empty_since().is_some());
        empty.map(|(id, _, log)| (log.newest_at(), *id)).min()
    };
    let ended = many.filter_map(|rooms| Some((rooms.len(), Reverse(quietest(rooms)?))));
    ended.max().map(|(_, Reverse((_, id)))| id)
}

/// Returns whether the room is idle: it is empty and has no line in memory that is younger than
/// [`limits::ROOM_KEPT`]. The lobby is never idle.
fn is_idle_room(rooms: &Rooms, room: &Room, log: &Log, now: UnixMillis) -> bool {
    let newest = log.newest_at().unwrap_or_default();
    // A machine without a battery-backed clock starts in 1970. Until its clock is set, the line's
    // time seems to be far in the future, and the line counts as old.
    let since = Duration::from_millis(now.0.abs_diff(newest.0));
    let is_quiet = since >= limits::ROOM_KEPT || log.head() == Seq(0);
    room.empty_since().is_some() && is_quiet && room.name() != rooms.lobby_name()
}
