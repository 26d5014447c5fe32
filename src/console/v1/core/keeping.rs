//! What somebody who looks after a room has done in it, as the server tells it.
//!
//! Must not know: who may do that; what is shown of it.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Duration;

use crate::chat::act::{RoomAct, RoomActDone, RoomAction};
use crate::chat::name::Name;
use crate::chat::room_name::RoomName;
use crate::console::v1::from_server::FromServer;

/// Returns what was done in a room; `None`: this program does not know the action.
pub(super) fn done_in_room(frame: &FromServer) -> Option<RoomActDone> {
    let FromServer::Acted { room, action, by, whom, seconds, reason } = frame else { return None };
    let whom = whom.as_deref().map(Name::stored);
    let lasts = Duration::from_secs(seconds.unwrap_or_default());
    let (room, action) = (RoomName::stored(room), RoomAction::of(action, whom, lasts)?);
    Some(RoomActDone {
        act: RoomAct { room, action, reason: reason.clone() },
        by: Name::stored(by),
    })
}
