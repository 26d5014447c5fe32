//! What the core does on an event or a request: one file for each subject. A step uses several
//! tables; the rules of one table are in the table's own files.
//!
//! Owns: which function acts on which event, and which one answers which request.
//! Must not know: how an event or a request is answered.
//!
//! Next in the chat: `chat/core/steps/posting.rs`.
//! Part: `chat/core/mod.rs`.

mod blocking;
mod clock;
mod correspondents;
mod deleting;
mod device_links;
mod hands;
mod hosting;
mod inviting;
mod joining;
mod keeping;
pub(super) mod leaving;
mod naming;
mod newcomers;
mod permissions;
mod pins;
mod polls;
mod posting;
mod presence;
mod private_messages;
mod reading;
mod removal;
mod reporting;
mod room_state;
mod sessions;
mod settings;
pub(super) mod starting;
mod visits;

pub(super) use clock::note_clock;
pub(super) use correspondents::known_receiver;

use super::{Core, CoreEvent, Effect, MemberRequest};
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::Answer;
use crate::chat::entry::MessageId;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Post};
use crate::chat::room_name::RoomName;

pub(super) fn apply_event(core: &mut Core, event: CoreEvent) {
    match event {
        CoreEvent::Started(start) => *core = starting::started_core(*start, core.now),
        CoreEvent::Newcomer(client, newcomer, came_from) => {
            newcomers::register_newcomer(core, client, newcomer, came_from);
        }
        CoreEvent::Asked(client, request) => answer_request(core, client, request),
        CoreEvent::Left(client) => leaving::remove_client(core, client),
        CoreEvent::Ticked => leaving::forget_some_names(core),
        CoreEvent::Skipped(log, skip) => {
            let exists = core.logs.skip(log, skip);
            core.effects.extend(exists.then_some(Effect::Skip(log, skip.first)));
        }
        CoreEvent::Lost(lines) => core.logs.forget_ids(&lines),
        CoreEvent::FileIsNew => core.logs.forget_older_ids(),
        CoreEvent::ThrownAway(lines) => pins::throw_lines_away(core, &lines),
        CoreEvent::Stopping => begin_to_stop(core),
    }
}

fn answer_request(core: &mut Core, client: ClientId, request: MemberRequest) {
    // The client's session is over, and a stranger may have sent this with its token; or the
    // client's person was removed, and the client only waits until that is stored.
    if core.people.is_disconnecting(client) {
        return;
    }
    match request {
        MemberRequest::Classic(text) => {
            let lobby = core.rooms.lobby_name().clone();
            let post = Post { log: lobby.into(), id: None, reply_to: None, deed: Deed::Say(text) };
            posting::post_line(core, client, post);
        }
        MemberRequest::Post(post) => posting::post_line(core, client, *post),
        MemberRequest::Private(message) => {
            private_messages::write_privately(core, client, *message);
        }
        MemberRequest::Join(position, fresh) => joining::join_room(core, client, *position, fresh),
        MemberRequest::Leave(room) => leaving::leave_room(core, client, room),
        MemberRequest::Rooms => presence::answer_room_list(core, client),
        MemberRequest::Who(room) => presence::answer_people_list(core, client, room),
        MemberRequest::Whois(name) => presence::answer_whether_here(core, client, &name),
        MemberRequest::WhoWrote(room, seq) => presence::answer_who_wrote(core, client, room, seq),
        MemberRequest::Excuse(excuse) => presence::set_excuse(core, client, excuse),
        MemberRequest::Typing(room) => presence::tell_typing(core, client, room),
        MemberRequest::HaveRead(log, seen, with) => {
            reading::note_read(core, client, log, seen, with);
        }
        MemberRequest::Rename(claim, fresh) => naming::rename_person(core, client, *claim, fresh),
        MemberRequest::Quit => naming::quit_session(core, client),
        MemberRequest::ForgetMe(name) => removal::remove_person(core, client, &name),
        MemberRequest::Set(settings, fresh) => {
            settings::change_room_settings(core, client, *settings, fresh);
        }
        MemberRequest::Session(token) => sessions::show_token(core, client, &token),
        MemberRequest::SignOutElsewhere(fresh) => {
            sessions::end_other_sessions_of(core, client, fresh)
        }
        MemberRequest::Invite(room, invite, to) => {
            inviting::invite_to_room(core, client, room, invite, to.as_deref());
        }
        MemberRequest::LinkDevice(link) => device_links::link_device(core, client, link),
        MemberRequest::BecomeHost(link) => hosting::become_host(core, client, &link),
        MemberRequest::Act(act) => keeping::act_in_room(core, client, *act),
        MemberRequest::RoomState(room) => room_state::answer_room_state(core, client, room),
    }
}

fn begin_to_stop(core: &mut Core) {
    core.is_stopping = true;
    let everybody = core.members.ids();
    core.effects.extend(everybody.map(|client| Effect::End(client, Disconnect::ServerStopping)));
}

fn refuse(core: &mut Core, client: ClientId, room: Option<RoomName>, reason: Refused) {
    core.effects.push(refusal(client, room, None, reason));
}

/// Returns the effect that tells the client that its request was refused, and for what reason.
/// `room` is the room and `id` the message id that the refusal names; `None`: it names none.
fn refusal(
    client: ClientId,
    room: Option<RoomName>,
    id: Option<MessageId>,
    reason: Refused,
) -> Effect {
    Effect::Answer(client, Answer::Refused { room, id, reason, said: None })
}
