//! What gives the name back: the session's token, and its successors.
//!
//! Owns: when a new one is kept and shown, and what becomes of one that is over.
//! Must not know: where it is kept.
//!
//! Next: `console/v1/core/refusal.rs`.

use super::{Act, Core, Manner};
use crate::console::trouble::ConsoleError;
use crate::console::v1::ask::Ask;

/// The server's word to whoever came by a token that another has taken the place of.
const RENEWED: &str = "session_renewed";

impl Core {
    /// The line is about to end.
    pub(super) fn hears_goodbye(&mut self, reason: &str) {
        if reason == RENEWED {
            return self.act(Act::FindToken);
        }
        self.note(format!("the server says goodbye: {}", reason.replace('_', " ")));
    }

    /// Who one is from here on, also the next time.
    pub(super) fn has_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
        self.act(Act::Keep(token.to_owned()));
    }

    /// Kept first: when the server knows that we have it, the one from before is worth nothing.
    pub(super) fn has_new_token(&mut self, token: &str) {
        self.has_token(token);
        self.act(Act::Ask(Ask::Session { token: token.to_owned() }));
    }

    /// Our token is worth nothing any more; `kept` is what another program of ours has kept,
    /// `fresh` one that nobody has had.
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
            // With its secret the name is had again on the next line.
            _ if has_secret => {}
            Manner::Person => self.note(format!("{words}, or say /name NAME#SECRET")),
            _ => self.act(Act::End(Err(ConsoleError::NotLetIn { words: words.to_owned() }))),
        }
    }
}
