//! What somebody who looks after a room has done in it, and what holds there, as the server tells
//! it.
//!
//! Must not know: who may do that; what is shown of it.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Duration;

use crate::chat::act::{ActRecord, RoomAct, RoomActDone, RoomAction, RulesOfRoom, who_waits};
use crate::chat::answer::RoomState;
use crate::chat::entry::UnixMillis;
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;
use crate::console::v1::from_server::{FromServer, HeardAct, HeardState, HeardTimed};

/// Returns the sentences of a frame about how somebody looks after a room.
pub(super) fn told(frame: &FromServer) -> Vec<String> {
    match frame {
        FromServer::Acted { .. } => {
            done_in_room(frame).map(|done| done.to_string()).into_iter().collect()
        }
        FromServer::RoomState(_) => state_of_room(frame),
        FromServer::Waits { room, name } => {
            vec![who_waits(&RoomName::stored(room), &Name::stored(name))]
        }
        FromServer::Role { role } if role == "host" => {
            vec!["you are a host now: you look after all rooms".to_owned()]
        }
        _ => Vec::new(),
    }
}

/// Returns an action that a room remembers; `None`: this program does not know the action.
fn act_record(heard: &HeardAct) -> Option<ActRecord> {
    let whom = heard.whom.as_deref().map(Name::stored);
    let action = RoomAction::of(&heard.action, whom, heard.seconds.map(Duration::from_secs))?;
    let (at, by) = (UnixMillis(heard.time), Name::stored(&heard.by));
    Some(ActRecord { at, by, action, reason: heard.reason.clone() })
}

/// Returns the sentences about what holds in a room.
fn state_of_room(frame: &FromServer) -> Vec<String> {
    let FromServer::RoomState(state) = frame else { return Vec::new() };
    let HeardState {
        room,
        frozen,
        closed,
        slow,
        keepers,
        muted,
        put_out,
        banned,
        admitted,
        waiting,
        record,
    } = state;
    let names = |names: &[String]| names.iter().map(|name| Name::stored(name)).collect();
    let timed = |people: &[HeardTimed]| {
        let one = |HeardTimed { name, seconds }: &HeardTimed| {
            (Name::stored(name), Duration::from_secs(*seconds))
        };
        people.iter().map(one).collect()
    };
    let rules = RulesOfRoom {
        room: RoomName::stored(room),
        state: RoomState { frozen: *frozen, closed: *closed, slow: Duration::from_secs(*slow) },
        keepers: names(keepers),
        muted: timed(muted),
        put_out: timed(put_out),
        banned: timed(banned),
        admitted: names(admitted),
        waiting: names(waiting),
        record: record.iter().filter_map(act_record).collect(),
    };
    rules.sentences()
}

/// Returns what was done in a room; `None`: this program does not know the action.
fn done_in_room(frame: &FromServer) -> Option<RoomActDone> {
    let FromServer::Acted { room, action, by, whom, seconds, reason } = frame else { return None };
    let whom = whom.as_deref().map(Name::stored);
    let lasts = seconds.map(Duration::from_secs);
    let (room, action) = (RoomName::stored(room), RoomAction::of(action, whom, lasts)?);
    Some(RoomActDone {
        act: RoomAct { room, action, reason: reason.clone() },
        by: Name::stored(by),
    })
}
