//! The five stages of a client's request, and what a stage decides on a request. The chat takes
//! each request through them in this order (`route_request` in `chat_rule/chat.rs`):
//!
//! 1. *Pace* (`pace.rs`) decides whether the request comes too fast. Such a request waits or is
//!    refused, or its client is closed.
//! 2. *Questions* (`questions.rs`): if the client has not received its previous long answer, a
//!    request with a long answer waits or is refused.
//! 3. *Lookups* (`lookups.rs`) answers the requests that may need the history's file, and faulty
//!    requests. These go no further.
//! 4. *Readiness* (`readiness.rs`) decides whether a message can be stored, and refuses it if not.
//! 5. *Core* (`chat/core/mod.rs`) decides what the request changes, and returns effects.
//!
//! Owns: their order, the possible decisions, and the answer to a request that is refused because
//! it must come later.
//! Must not know: why a request waits or is refused.
//!
//! Next in the chat: `chat_rule/stages/pace.rs`.
//! Part: `chat_rule/mod.rs`.

pub(super) mod lookups;
pub(super) mod pace;
pub(super) mod questions;
pub(super) mod readiness;

use std::time::Duration;

use crate::chat::answer::Answer;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Request};

/// A stage with which a request begins: the first, or the one after that at which it has waited. No
/// request waits at *lookups* or a later stage, so none begins with *readiness* or *core*, and
/// these two have no variant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Pace,
    Questions,
    Lookups,
}

#[derive(Debug)]
pub(crate) enum StageDecision {
    GoOn(Request),
    /// The request waits. The stage that decides this holds the request.
    Waits,
    /// The request is refused. The client may send it again after the given time.
    Refuse(Request, Duration),
    /// The client was refused too often and has sent one more request too fast. So it is closed.
    Close,
}

/// Returns the answer that refuses a request; the client may send the request again later.
/// `None`: the client gets no answer to a request of this kind.
pub(crate) fn refusal(request: Request, reason: Refused) -> Option<Answer> {
    let (room, id, said) = match request {
        Request::Typing(_) | Request::HaveRead(..) => return None,
        Request::Classic(text) => (None, None, Some(text)),
        Request::Post(post) => (post.log.room().cloned(), post.id, text_of(post.deed)),
        Request::Private(message) => (None, message.id, Some(message.text)),
        Request::Join(position, _) => (Some(position.room), None, None),
        Request::Leave(room)
        | Request::Who(room)
        | Request::WhoWrote(room, _)
        | Request::RoomState(room)
        | Request::Invite(room, ..) => (Some(room), None, None),
        Request::History { log, .. } => (log.room().cloned(), None, None),
        Request::Search(search) => (search.log.room().cloned(), None, None),
        Request::Faulty(fault) => (fault.room, fault.id, None),
        Request::Set(settings, _) => (Some(settings.room), None, None),
        Request::Act(act) => (Some(act.room), None, None),
        Request::Rooms
        | Request::Talks(_)
        | Request::Whois(_)
        | Request::Excuse(_)
        | Request::Rename(..)
        | Request::Quit
        | Request::ForgetMe(_)
        | Request::Session(_)
        | Request::SignOutElsewhere(_)
        | Request::LinkDevice(_)
        | Request::BecomeHost(_) => (None, None, None),
    };
    Some(Answer::Refused { room, id, reason, said })
}

fn text_of(deed: Deed) -> Option<String> {
    match deed {
        Deed::Say(text) | Deed::Act(text) | Deed::Topic(text) | Deed::Edit { text, .. } => {
            Some(text)
        }
        Deed::Delete { .. } | Deed::Pin(_) => None,
    }
}
