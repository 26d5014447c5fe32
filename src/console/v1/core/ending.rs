//! How a conversation ends: well, or with messages that the server has not confirmed.
//!
//! Owns: whether the conversation ends well or with an error, and what the console tells the person
//! about that.
//! Must not know: the connection.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Instant;

use super::{Act, ConsoleCore, Manner};
use crate::console::limits::CONSOLE_CLOSE_WAIT;
use crate::console::trouble::ConsoleError;

impl ConsoleCore {
    /// Ends the conversation now. It ends with an error if messages are unconfirmed, or if a line
    /// of a script has failed.
    pub(in crate::console::v1) fn end_with_unsent(&mut self) {
        self.show_held();
        if self.manner == Manner::Person {
            self.act(Act::StoreSeen(self.seen.for_next_run(&self.logs)));
        }
        let end = self.end_of_now();
        self.act(Act::End(end));
    }

    fn end_of_now(&self) -> Result<(), ConsoleError> {
        match (self.unsent.len(), &self.failure) {
            (0, None) => Ok(()),
            (0, Some(words)) => Err(ConsoleError::NotTaken { words: words.clone() }),
            (count, _) => Err(ConsoleError::UnsentMessages { count }),
        }
    }

    /// Returns how the conversation has ended, after the connection is closed: until then the
    /// server may have confirmed what had no answer at `end`. Tells a person what is not sent.
    pub(in crate::console::v1) fn after_close(
        &mut self,
        end: Result<(), ConsoleError>,
    ) -> Result<(), ConsoleError> {
        if !matches!(end, Err(ConsoleError::UnsentMessages { .. })) {
            return end;
        }
        if self.manner == Manner::Person {
            let texts = self.unsent.texts();
            texts.iter().for_each(|text| self.note(format!("not sent: {text}")));
        }
        self.end_of_now()
    }

    /// If the person is leaving, gives the console more time to send the messages that wait: the
    /// server has just come back.
    pub(super) fn wait_again(&mut self, now: Instant) {
        if self.manner == Manner::Person && self.give_up_at.is_some() {
            self.give_up_at = Some(now + CONSOLE_CLOSE_WAIT);
        }
    }
}
