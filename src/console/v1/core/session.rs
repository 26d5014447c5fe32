//! The session's token, with which a person gets the name again, and the newer tokens that replace
//! this token.
//!
//! Owns: when a new token is stored and confirmed, and what follows when a token is no longer
//! valid.
//! Must not know: where tokens are stored.
//!
//! Part: `console/v1/core/mod.rs`.

use super::commands::is_same_name;
use super::{Act, ConsoleCore, Manner};
use crate::console::trouble::ConsoleError;
use crate::console::v1::requests::ToServer;

/// How a name begins that the server has given to a person who has chosen none.
pub(super) const GIVEN_NAME: &str = "guest-";
/// The reason in the server's `bye` after a newer token has replaced the token of this client.
const RENEWED: &str = "session_renewed";
/// The reason in the server's `bye` when its process ends.
const STOPPING: &str = "server_stopping";

// How a token is replaced:
//
// 1. The server sends a new token.
// 2. We store it (`Act::StoreToken`).
// 3. We confirm it with a `session` request. After that the old token is not valid.
//
// The order matters: if we confirmed the token first, a crash before we have stored it would leave
// us without a valid token. Another program or device of the same person may also confirm a new
// token. In that case the server ends our connection with `session_renewed`, and
// `replace_invalid_token` chooses a token for the next hello.

pub(super) fn handle_bye(core: &mut ConsoleCore, reason: &str) {
    if reason == RENEWED {
        if core.manner == Manner::Person {
            core.note("another program or device of yours has renewed your session; reconnecting");
            core.away = true;
        }
        return core.act(Act::ReadToken);
    }
    if reason == STOPPING {
        core.note("the server is stopping; reconnecting");
        // The end of the connection needs no second note.
        core.away = true;
        return;
    }
    core.note(format!("the server closed the connection: {}", reason.replace('_', " ")));
}

/// Takes this token for the next hello, and asks the loop to store it for the next run of the
/// program.
pub(super) fn keep_token(core: &mut ConsoleCore, token: &str) {
    token.clone_into(&mut core.token);
    core.act(Act::StoreToken(token.to_owned()));
}

/// Takes the token of a welcome, which gives us this name. Returns `false` if the conversation does
/// not go on as this person.
///
/// If the server has made a guest of us instead of the person that we asked for, the token is not
/// stored: the next run of the program would be that guest, whatever password it has. A program
/// ends with an error, because its lines would come from somebody else. If we have the name's
/// password, a stored token may be the reason, so we try once without it.
pub(super) fn take_token(core: &mut ConsoleCore, name: &str, token: &str) -> bool {
    let claim = core.claim.clone().unwrap_or_default();
    let wanted = claim.split('#').next().unwrap_or_default().trim();
    let is_wanted = wanted.is_empty() || is_same_name(wanted, name);
    if is_wanted || !name.starts_with(GIVEN_NAME) {
        keep_token(core, token);
        return true;
    }
    token.clone_into(&mut core.token);
    if claim.contains('#') && !std::mem::replace(&mut core.has_tried_anew, true) {
        core.act(Act::NewToken);
        // The person need not hear of the lost connection.
        core.away = true;
        core.act(Act::HangUp);
        return false;
    }
    if core.manner == Manner::Person {
        return true;
    }
    let words = format!("the name {wanted} is taken, or this is not its password");
    core.act(Act::End(Err(ConsoleError::NotLetIn { words })));
    false
}

/// Takes a token that no client has used, for the next hello.
pub(in crate::console::v1) fn take_new_token(core: &mut ConsoleCore, fresh: String) {
    core.token = fresh;
}

/// If the person has typed the secret of their name, shows a note that the server did not check it,
/// because the client signed in with the stored token. Otherwise the person could take a wrong
/// secret for the right one.
pub(super) fn note_unchecked_secret(core: &mut ConsoleCore) {
    let has_secret = core.claim.as_ref().is_some_and(|claim| claim.contains('#'));
    if has_secret && !core.has_tried_anew {
        let words = "you are still signed in from the last time; the password was not checked";
        core.note_at_prompt(words.to_owned());
    }
}

/// Asks the loop to store a new token, and then to confirm it to the server. After the confirmation
/// the old token is not valid.
pub(super) fn keep_and_confirm_token(core: &mut ConsoleCore, token: &str) {
    keep_token(core, token);
    core.act(Act::Send(ToServer::Session { token: token.to_owned() }));
}

/// Chooses a token for the next hello, because our token is no longer valid. `kept` is the
/// token in the token's file; `fresh` is a new token that no client has used. If `kept` differs
/// from our token, another program of the same person has stored it, and we choose it.
/// Otherwise we choose `fresh`. With `fresh` and without the name's secret we lose the name: a
/// person sees a note, and any other kind of client ends with an error.
pub(in crate::console::v1) fn replace_invalid_token(
    core: &mut ConsoleCore,
    kept: Option<String>,
    fresh: String,
) {
    if let Some(kept) = kept.filter(|kept| *kept != core.token) {
        core.token = kept;
        return;
    }
    core.token = fresh;
    let has_secret = core.claim.as_ref().is_some_and(|claim| claim.contains('#'));
    let words = "this name is now used with a new session on another device, or its \
                 password was changed there: start with NAME#PASSWORD";
    match core.manner {
        // The next hello contains the name's secret, so we get the name again.
        _ if has_secret => {}
        Manner::Person => core.note(format!("{words}, or type /name NAME#PASSWORD")),
        _ => core.act(Act::End(Err(ConsoleError::NotLetIn { words: words.to_owned() }))),
    }
}
