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
//! Owns: what happens, and in which order, when a client shows a token or a secret.
//! Must not know: who has a session's rights then (`chat/core/people/sessions.rs`); what a right opens
//! (`chat/core/rooms/access.rs`).
//!
//! Part: `chat/core/mod.rs`.

use crate::chat::core::people::Author;
use crate::chat::core::people::rights::Right;
use crate::chat::core::people::sessions::ShownToken;
use crate::chat::core::{Core, Effect};
use crate::chat::reply::{Fault, Reply};
use crate::chat::request::Claim;
use crate::chat::token::TokenDigest;
use crate::server::disconnect::Disconnect;
use crate::server::hub::ClientId;

impl Core {
    /// Gives the client's session the token `fresh`, because the session has gained rights that
    /// another client with the old token must not have. Returns the token that the core must send
    /// to the client. Until a client shows it, no other session of the person has the rights.
    /// `None`: there is no new token, for example because `fresh` is `None` or the client has no
    /// session.
    pub(super) fn renew(
        &mut self,
        client: ClientId,
        fresh: Option<TokenDigest>,
        rights: Vec<Right>,
    ) -> Option<TokenDigest> {
        let Some(Author::Person(person)) = self.author(client) else { return None };
        self.people.renew((person, client), fresh, rights, self.now.chat_time)
    }

    /// Handles a token with which a client has connected, or which it has shown. If the token is
    /// pending, it counts as shown from now on: the tokens that it replaces become invalid, clients
    /// that connected with those are disconnected, and the session's rights take effect.
    pub(super) fn use_token(&mut self, token: &TokenDigest) {
        let Some(shown) = self.people.show(token) else { return };
        let ShownToken { person, rights, is_shared, over } = shown;
        self.rooms.give_rights(&mut self.logs, person, rights, is_shared);
        self.effects.extend(renewed(over));
    }

    /// Handles a name and a secret that a client sends: if that secret is pending, the name has it
    /// from now on.
    pub(super) fn use_secret(&mut self, claim: &Claim) {
        self.effects.extend(renewed(self.people.settle_secret(claim)));
    }

    /// Handles a token that a connected client shows. If it is a token of the client's person, it
    /// becomes the client's token, and the rights of its session take effect. If it is not, the
    /// client is told that the session is over.
    pub(super) fn show_token(&mut self, client: ClientId, token: &TokenDigest) {
        let whose = self.people.owner(token).map(Author::Person);
        if whose.is_none() || whose != self.author(client) {
            self.effects.push(Effect::Reply(client, Reply::Fault(Fault::session_over())));
            return;
        }
        self.people.set_session(client, token.clone());
        self.use_token(token);
        self.effects.push(Effect::Reply(client, Reply::Session(None)));
    }
}

/// Returns the effects that disconnect these clients, whose sessions have ended because another
/// client has shown a new token or a new secret.
fn renewed(over: Vec<ClientId>) -> impl Iterator<Item = Effect> {
    over.into_iter().map(|client| Effect::End(client, Disconnect::SessionRenewed))
}
