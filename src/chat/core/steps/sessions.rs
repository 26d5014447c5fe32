//! Gives a session a new token when it gains a right: a secret for its name, the use of a room's
//! password, or a room of its own. The reason: a stranger may know the session's old token, because
//! the stranger has found it in a copied URL, or has made the token and sent it to the user in a
//! link. Without a new token, the stranger would have the right, too.
//!
//! The new token is pending until a client *shows* it: in a hello, in any request that contains it,
//! or in a `session`. Then it replaces the session's old token, and clients that connected with the
//! old token are disconnected (`session_renewed`). `token_table.rs` has all states of a token;
//! `secrets.rs` says what is special about a new secret. A right whose token is pending is not
//! stored in the file: after a restart of the server the client must gain the right again.
//!
//! If the user signs out everywhere else, a stranger may know the old token, too. Then the old
//! token ends at once, and the new one is not pending.
//!
//! Owns: what happens, and in which order, when a client shows a token or a secret.
//! Must not know: who has a session's rights then (`chat/core/people/sessions.rs`); what a right
//! opens (`chat/core/rooms/access.rs`).
//!
//! Part: `chat/core/mod.rs`.

use super::refuse;
use crate::base::{client_id::ClientId, disconnect::Disconnect};
use crate::chat::answer::{Answer, Fault};
use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::core::people::secrets::must_wait_for_secret;
use crate::chat::core::people::sessions::{
    ShownToken, change_session, end_other_sessions, mark_token_shown, note_proof, renew_token,
    settle_secret,
};
use crate::chat::core::rooms::access::give_room_rights;
use crate::chat::core::{Core, Effect};
use crate::chat::refused::Refused;
use crate::chat::request::Claim;
use crate::chat::token::TokenDigest;

/// Gives the client's session the token `fresh`, because the session has gained rights that another
/// client with the old token must not have. Returns the token that the core must send to the
/// client. Until a client shows it, no other session of the person has the rights. `None`: there is
/// no new token, for example because `fresh` is `None` or the client has no session.
pub(super) fn renew_session(
    core: &mut Core,
    client: ClientId,
    fresh: Option<TokenDigest>,
    rights: Vec<Right>,
) -> Option<TokenDigest> {
    let Some(Author::Person(person)) = core.author(client) else { return None };
    renew_token(&mut core.people, person, client, fresh, rights, core.now.chat_time)
}

/// Handles a token with which a client has connected, or which it has shown. If the token is
/// pending, it counts as shown from now on: the tokens that it replaces become invalid, clients
/// whose session still has one of those are disconnected, and the session's rights take effect.
pub(super) fn use_token(core: &mut Core, token: &TokenDigest) {
    let Some(shown) = mark_token_shown(&mut core.people, token) else { return };
    let ShownToken { person, rights, is_shared, over } = shown;
    give_room_rights(&mut core.rooms, &mut core.logs, person, rights, is_shared);
    note_rooms_of(core, token);
    core.effects.extend(session_ends(over));
}

/// Lets the history store again the rooms to which this token's session has rights of its own,
/// because it stores with each room the tokens that open it. Called when such rights have come to
/// the token.
pub(super) fn note_rooms_of(core: &mut Core, token: &TokenDigest) {
    for room in core.people.tokens().rights_of(token).iter().filter_map(Right::room) {
        core.logs.note_change(room);
    }
}

/// Handles a name and a secret that a client sends: if that secret is pending, the name has it from
/// now on.
pub(super) fn use_secret(core: &mut Core, claim: &Claim) {
    core.effects.extend(session_ends(settle_secret(&mut core.people, claim)));
}

/// Handles that this client has just proved by the name's secret that it is its person.
pub(super) fn use_proof(core: &mut Core, client: ClientId) {
    let Some(person) = core.person(client) else { return };
    for room in note_proof(&mut core.people, person, client) {
        core.logs.note_change(room);
    }
}

/// Handles a token that a connected client shows. If it is a token of the client's person, it
/// becomes the client's token, unless the client has a newer one already, and the rights of its
/// session take effect. If it is not, the client
/// is told that the session is over.
pub(super) fn show_token(core: &mut Core, client: ClientId, token: &TokenDigest) {
    let person = core.person(client);
    if !person.is_some_and(|person| change_session(&mut core.people, person, client, token)) {
        return core.effects.push(Effect::Answer(client, Answer::Fault(Fault::session_over())));
    }
    use_token(core, token);
    core.effects.push(Effect::Answer(client, Answer::Session(None)));
}

/// Ends all other sessions of the client's person, and disconnects all other clients of the person.
/// Links that these sessions have made end, too. The client's own session gets the token `fresh`,
/// and its old token ends at once: another person may know it, and would otherwise make a link by
/// it, or sign the owner out. Refused while a new secret of another session is pending.
pub(super) fn end_other_sessions_of(core: &mut Core, client: ClientId, fresh: TokenDigest) {
    let (person, now) = (core.person(client), core.now.chat_time);
    if person.is_some_and(|id| must_wait_for_secret(&core.people, id, client, None, now)) {
        return refuse(core, client, None, Refused::WrongSecret);
    }
    // If the session's newest token is pending, the session's new rights take effect.
    if let Some(token) = core.people.tokens().session(client).cloned() {
        use_token(core, &token);
    }
    let over =
        person.and_then(|id| end_other_sessions(&mut core.people, id, client, fresh.clone()));
    let Some(over) = over else {
        return core.effects.push(Effect::Answer(client, Answer::Fault(Fault::session_over())));
    };
    note_rooms_of(core, &fresh);
    core.effects.push(Effect::GiveToken { client, answer: Answer::Session(None), token: fresh });
    // The other tabs of the user's browser find the new token, and go on with it.
    let end = |is_same| match is_same {
        true => Disconnect::SessionRenewed,
        false => Disconnect::SessionLeft,
    };
    core.effects.extend(over.into_iter().map(|(other, is_same)| Effect::End(other, end(is_same))));
}

fn session_ends(over: Vec<ClientId>) -> impl Iterator<Item = Effect> {
    over.into_iter().map(|client| Effect::End(client, Disconnect::SessionRenewed))
}
