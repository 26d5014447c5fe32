//! The steps of the core that need two or more of its tables: one file for each kind of event. The
//! rules of one table are the table's own functions.
//!
//! Owns: which function acts on which event, and which one answers which request.
//! Must not know: how an event or a request is answered.
//!
//! Next in the chat: `chat/core/steps/posting.rs`.
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
    /// Applies one event.
    pub(super) fn apply(&mut self, event: CoreEvent) {
        match event {
            CoreEvent::Started(start) => *self = Self::started(*start, self.now),
            CoreEvent::Newcomer(client, newcomer, came_from) => {
                self.register(client, newcomer, came_from);
            }
            CoreEvent::Asked(client, request) => self.answer(client, request),
            CoreEvent::Left(client) => self.leave(client),
            CoreEvent::Ticked => self.forget_some_names(),
            // `telling/progress` tells this to the clients that follow the log.
            CoreEvent::Skipped(log, skip) => {
                let exists = self.logs.skip(log, skip);
                self.effects.extend(exists.then_some(Effect::Skip(log, skip.first)));
            }
            CoreEvent::Lost(lines) => self.logs.forget_ids(&lines),
            CoreEvent::FileIsNew => self.logs.forget_older_ids(),
            CoreEvent::ThrownAway(lines) => self.logs.forget_lines(&lines),
            CoreEvent::Stopping => self.stop(),
        }
    }

    fn answer(&mut self, client: ClientId, request: MemberRequest) {
        match request {
            MemberRequest::Classic(text) => {
                let lobby = self.rooms.lobby_name().clone();
                let post = Post { room: lobby, id: None, deed: Deed::Say(text) };
                self.post(client, post);
            }
            MemberRequest::Post(post) => self.post(client, *post),
            MemberRequest::Private(message) => self.write(client, *message),
            MemberRequest::Join(position, fresh) => self.join(client, *position, fresh),
            MemberRequest::Leave(room) => self.leave_room(client, room),
            MemberRequest::Rooms => self.list_rooms(client),
            MemberRequest::Who(room) => self.say_who(client, room),
            MemberRequest::Present(room, name) => self.say_whether_here(client, room, *name),
            MemberRequest::Typing(room) => self.say_typing(client, room),
            MemberRequest::Rename(claim, fresh) => self.rename(client, *claim, fresh),
            MemberRequest::Quit => self.quit(client),
            MemberRequest::Set(settings, fresh) => self.set(client, *settings, fresh),
            MemberRequest::Session(token) => self.show_token(client, &token),
        }
    }

    fn stop(&mut self) {
        self.is_stopping = true;
        let everybody = self.members.ids();
        self.effects
            .extend(everybody.map(|client| Effect::End(client, Disconnect::ServerStopping)));
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
