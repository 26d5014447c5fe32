//! The steps of the core that need two or more of its tables: one file for each kind of event. The
//! rules of one table are the table's own functions.
//!
//! Owns: which function acts on which event, and which one answers which request.
//! Must not know: how an event or a request is answered.
//!
//! Part: `chat/core/mod.rs`.

mod joining;
mod leaving;
mod naming;
mod newcomers;
mod posting;
mod presence;
mod private_messages;
mod sessions;
mod settings;
mod starting;
mod visits;

use super::{Core, CoreEvent, Effect, MemberRequest};
use crate::chat::entry::MessageId;
use crate::chat::refused::Refused;
use crate::chat::reply::Reply;
use crate::chat::request::{Deed, Post};
use crate::chat::room_name::RoomName;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

impl Core {
    /// Applies one event, and adds its effects to `effects`.
    pub(super) fn apply(&mut self, event: CoreEvent, effects: &mut Vec<Effect>) {
        match event {
            CoreEvent::Started(start) => *self = Self::started(*start, self.now),
            CoreEvent::Newcomer(client, newcomer, came_from) => {
                self.register(client, newcomer, came_from, effects);
            }
            CoreEvent::Asked(client, request) => self.answer(client, request, effects),
            CoreEvent::Left(client) => self.leave(client, effects),
            CoreEvent::Ticked => self.forget_some_names(effects),
            // `telling/progress` tells this to the clients that follow the log.
            CoreEvent::Skipped(log, skip) => {
                let exists = self.logs.skip(log, skip);
                effects.extend(exists.then_some(Effect::Skip(log, skip.first)));
            }
            CoreEvent::Lost(lines) => self.logs.forget_ids(&lines),
            CoreEvent::FileIsNew => self.logs.forget_older_ids(),
            CoreEvent::ThrownAway(lines) => self.logs.forget_lines(&lines),
            CoreEvent::Stopping => self.stop(effects),
        }
    }

    /// Does what a member asks, and adds the answer to `effects`.
    fn answer(&mut self, client: ClientId, request: MemberRequest, effects: &mut Vec<Effect>) {
        match request {
            MemberRequest::Classic(text) => {
                let lobby = self.rooms.lobby_name().clone();
                let post = Post { room: lobby, id: None, deed: Deed::Say(text) };
                self.post(client, post, effects);
            }
            MemberRequest::Post(post) => self.post(client, *post, effects),
            MemberRequest::Private(message) => self.write(client, *message, effects),
            MemberRequest::Join(position, fresh) => self.join(client, *position, fresh, effects),
            MemberRequest::Leave(room) => self.leave_room(client, room, effects),
            MemberRequest::Rooms => self.list_rooms(client, effects),
            MemberRequest::Who(room) => self.say_who(client, room, effects),
            MemberRequest::Present(room, name) => {
                self.say_whether_here(client, room, *name, effects)
            }
            MemberRequest::Typing(room) => self.say_typing(client, room, effects),
            MemberRequest::Rename(claim, fresh) => self.rename(client, *claim, fresh, effects),
            MemberRequest::Quit => self.quit(client, effects),
            MemberRequest::Set(settings, fresh) => self.set(client, *settings, fresh, effects),
            MemberRequest::Session(token) => self.show_token(client, &token, effects),
        }
    }

    fn stop(&mut self, effects: &mut Vec<Effect>) {
        self.is_stopping = true;
        let everybody = self.members.ids();
        effects.extend(everybody.map(|client| Effect::End(client, Disconnect::ServerStopping)));
    }
}

/// Returns the effect that tells the client that its request was refused, and for what reason.
/// `room` is the room of the request, and `id` the message id in it; `None`: the request has none.
fn refuse(
    client: ClientId,
    room: Option<RoomName>,
    id: Option<MessageId>,
    reason: Refused,
) -> Effect {
    Effect::Reply(client, Reply::Refused { room, id, reason, said: None })
}
