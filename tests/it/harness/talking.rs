//! People who talk as fast as they can.

use super::Numbered;

/// So much a good client has in its hands: a little more is refused as too fast.
const UNANSWERED_MAX: usize = 48;

impl Numbered {
    /// Says one thing after the other, each only once, until the line is over; adds
    /// them to what was `said` before.
    pub fn talks_until_the_line_ends(&mut self, said: &mut Vec<String>) {
        loop {
            if self.unanswered() < UNANSWERED_MAX {
                // A name may be another one later: a kill may come before it is kept.
                let text = format!("{} {}", self.name, said.len());
                said.push(text.clone());
                if !self.tries_to_say("lobby", &text) {
                    // Answers may lie there still.
                    return self.hears_to_the_end();
                }
            } else if self.hears_next().is_err() {
                return;
            }
        }
    }

    /// Hears what there is to hear until the line is over.
    pub fn hears_to_the_end(&mut self) {
        while self.hears_next().is_ok() {}
    }
}
