//! The session's token, which gives a person's name back, and the tokens that replace it.
//!
//! Owns: when a new token is stored and confirmed, and what follows when a token is no longer
//! valid.
//! Must not know: where tokens are stored.
//!
//! Part: `console/v1/mod.rs`.

use super::{Act, ConversationCore, Manner};
use crate::console::trouble::ConsoleError;
use crate::console::v1::ask::Ask;

/// The reason in the server's `bye` when our token was replaced by a newer one.
const RENEWED: &str = "session_renewed";

// How a token is replaced:
//
// 1. The server sends a new token.
// 2. We store it (`Act::Keep`).
// 3. We confirm it with a `session` request. From then on the old token is not valid.
//
// The order matters: if we confirmed first, a crash between the two would leave no valid token.
// Another program or device of the same person may receive and confirm the new token. Then the
// server ends our connection with `session_renewed`, and `token_is_over` chooses a token for the
// next hello.
impl ConversationCore {
    /// Handles the server's announcement that it will end the connection.
    pub(super) fn hears_goodbye(&mut self, reason: &str) {
        if reason == RENEWED {
            return self.act(Act::FindToken);
        }
        self.note(format!("the server says goodbye: {}", reason.replace('_', " ")));
    }

    /// Uses this token in the next hello, and stores it for the next run.
    pub(super) fn take_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
        self.act(Act::Keep(token.to_owned()));
    }

    /// Stores a new token, then confirms it. After the confirmation the old token is not valid.
    pub(super) fn take_new_token(&mut self, token: &str) {
        self.take_token(token);
        self.act(Act::Ask(Ask::Session { token: token.to_owned() }));
    }

    /// Chooses a token for the next hello, because ours is no longer valid. `kept` is the token
    /// that another program of this person may have stored; `fresh` is a new one that no client has
    /// used. If `kept` is `None` or ours, `fresh` is used. Then, if we do not have the name's
    /// secret, a person gets a note, and any other client ends with an error.
    pub(in crate::console::v1) fn token_is_over(&mut self, kept: Option<String>, fresh: String) {
        if let Some(kept) = kept.filter(|kept| *kept != self.token) {
            self.token = kept;
            return;
        }
        self.token = fresh;
        let has_secret = self.claim.as_ref().is_some_and(|claim| claim.contains('#'));
        let words = "this name has gone on with a new session on another device, or its \
                     secret was changed there: start with NAME#SECRET";
        match self.manner {
            // The name's secret gives the name back on the next connection.
            _ if has_secret => {}
            Manner::Person => self.note(format!("{words}, or say /name NAME#SECRET")),
            _ => self.act(Act::End(Err(ConsoleError::NotLetIn { words: words.to_owned() }))),
        }
    }
}
