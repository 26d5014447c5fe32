//! The stage *readiness*: whether a message may go to the core now. It is refused in these cases:
//! - A log that gets a line of the message has no number that a stored reservation covers. If the
//!   disk stores no further reservations at present, the log continues in its far range
//!   (`chat_rule/persist/numbers.rs`), and skips the numbers before that range. Only when that
//!   range is used up, the message is refused.
//! - Too many messages of the client have no answer yet. While the disk is in trouble, this is no
//!   reason: people go on talking.
//! - A private message, or an edit or deletion of one, finds no space for both of its lines in the
//!   queue of what waits to be stored. A message to a room may find no space: the room then sees
//!   it, and it is not stored.
//! - It is no message, but the wish that a person is removed, and the disk is in trouble: the texts
//!   would be there again after a crash.
//!
//! If a message is in its log already, and its client sends it again, it is not refused for the
//! first or the third reason.
//!
//! Owns: this rule.
//! Must not know: what the message says; what is reserved, and what waits to be stored
//! (`chat_rule/persist/mod.rs`).
//!
//! Next in the chat: `chat/core/mod.rs`.
//! Part: `chat_rule/mod.rs`.

use std::time::Duration;

use crate::base::client_id::ClientId;
use crate::base::limits;
use crate::chat::core::{Core, LogId};
use crate::chat::numbers::SkipRange;
use crate::chat::refused::Refused;
use crate::chat::request::{Deed, Request};
use crate::chat_rule::persist::Persist;

/// Makes the logs of a client's message ready to take its lines. Returns the numbers that these
/// logs must skip first; the caller must tell the core. Does nothing for a request that writes no
/// line. The error says why the message is refused: it cannot be stored now, or too many messages
/// of the client have no answer yet.
pub(crate) fn make_ready(
    persist: &mut Persist,
    core: &Core,
    client: ClientId,
    request: &Request,
    now: Duration,
) -> Result<Vec<(LogId, SkipRange)>, Refused> {
    if !persist.has_history() {
        return Ok(Vec::new());
    }
    let is_removal = matches!(request, Request::ForgetMe(_));
    if is_removal && !persist.can_store_removal() {
        return Err(Refused::NotStoring);
    }
    let busy = Refused::TooFast(limits::BUSY_RETRY_WAIT);
    let has_answers = matches!(request, Request::Post(_) | Request::Private(_));
    if has_answers && persist.has_too_many_answers(client) {
        return Err(busy);
    }
    let Some(writing) = core.writing(client, request) else { return Ok(Vec::new()) };
    let mut skips = persist.logs().needed_skips(core, writing.logs.into_iter(), now);
    // A private message is stored in two logs. It is refused if there may be too little space for
    // both lines, so that it is never stored in only one log.
    if writing.is_private && !persist.find_space_for_two(core, private_text(request)) {
        skips = None;
    }
    // If the client has sent this message before, for example because it got no answer, the message
    // is in the log already. Then it needs no new number.
    let is_plain = skips.as_ref().is_some_and(Vec::is_empty);
    if !is_plain && core.was_said(client, request) {
        return Ok(Vec::new());
    }
    let skips = skips.ok_or(if is_removal { Refused::NotStoring } else { busy })?;
    persist.logs().add_skips(core, &skips, now);
    Ok(skips)
}

/// Returns the text of a private message, or of an edit of one.
fn private_text(request: &Request) -> &str {
    match request {
        Request::Private(message) => &message.text,
        Request::Post(post) => match &post.deed {
            Deed::Edit { text, .. } => text,
            _ => "",
        },
        _ => "",
    }
}
