//! Passes each request of a member to the function that answers it.
//!
//! Owns: which function answers which request.
//! Must not know: how a request is answered.
//!
//! Part: `chat/core/mod.rs`.

use crate::chat::core::{Core, Effect, MemberRequest};
use crate::chat::request::{Deed, Post};
use crate::server::hub::ClientId;

impl Core {
    /// Does what a member asks, and adds the answer to `effects`.
    pub(in crate::chat::core) fn answer(
        &mut self,
        client: ClientId,
        request: MemberRequest,
        effects: &mut Vec<Effect>,
    ) {
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
            MemberRequest::Rooms => effects.push(Effect::Reply(client, self.room_lines(client))),
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
}
