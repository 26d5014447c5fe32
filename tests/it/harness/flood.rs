//! People who talk as fast as they can.

use super::Numbered;

/// How many requests without an answer a good client has at most: a few more are refused as too
/// fast.
const UNANSWERED_MAX: usize = 48;

impl Numbered {
    /// Says one thing after the other, each only once, until the connection ends; adds them to
    /// `said`.
    pub fn talks_until_the_connection_ends(&mut self, said: &mut Vec<String>) {
        loop {
            if self.unanswered() < UNANSWERED_MAX {
                // The name may change later, because the server may be killed before it has stored
                // the name.
                let text = format!("{} {}", self.name, said.len());
                said.push(text.clone());
                if !self.tries_to_say("lobby", &text) {
                    // Answers may still wait in the socket.
                    return self.hears_to_the_end();
                }
            } else if self.hears_next().is_err() {
                return;
            }
        }
    }

    /// Reads everything until the connection ends.
    pub fn hears_to_the_end(&mut self) {
        while self.hears_next().is_ok() {}
    }
}
