//! The authors of the newest messages of a log. The client needs them to show whom a line replies
//! to.
//!
//! Owns: how many messages are remembered.
//! Must not know: what was said.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::VecDeque;

/// For how many of the newest messages in each room the console remembers who said them. So it can
/// say whom a reply replies to. The server holds as many lines of a room in memory.
const AUTHORS_MAX: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Authors(VecDeque<(u64, String)>);

impl Authors {
    pub(super) fn add(&mut self, seq: u64, name: &str) {
        self.0.push_back((seq, name.to_owned()));
        if self.0.len() > AUTHORS_MAX {
            self.0.pop_front();
        }
    }

    /// Returns the author of the message with this number; `None`: the author is not known.
    pub(super) fn get(&self, seq: u64) -> Option<&str> {
        self.0.iter().rev().find(|(line, _)| *line == seq).map(|(_, name)| name.as_str())
    }
}
