//! The authors of the newest messages of a log. The client needs them to show whom a line replies
//! to.
//!
//! Owns: how many messages are remembered, and which lines are our own.
//! Must not know: what was said.
//!
//! Part: `console/v1/core/mod.rs`.

use std::collections::VecDeque;

use super::ConsoleCore;
use super::commands::is_same_name;
use crate::console::v1::from_server::FromServer;

/// For how many of the newest messages in each room the console remembers who said them. So it can
/// say whom a reply replies to. The server holds as many lines of a room in memory.
const AUTHORS_MAX: usize = 1000;

#[derive(Clone, Debug, Default)]
pub(super) struct Authors(VecDeque<(u64, String)>);

impl Authors {
    pub(super) fn add(&mut self, seq: u64, name: &str) {
        self.0.push_back((seq, name.to_owned()));
        if self.0.len() > AUTHORS_MAX {
            self.0.pop_front();
        }
    }

    /// Returns the number of the newest message whose author `text` begins with, and the text to
    /// send: what follows the name, if an `@` or a colon marks it, and otherwise all of it. If
    /// several names fit, takes the longest one. Returns `None` if `text` begins with no author's
    /// name, or if nothing comes after the name.
    pub(super) fn addressed<'a>(&self, text: &'a str) -> Option<(u64, &'a str)> {
        let behind = |name: &str| {
            let rest = text.strip_prefix('@').unwrap_or(text);
            let (start, rest) = rest.split_at_checked(name.len())?;
            let behind = rest.strip_prefix(':').unwrap_or(rest);
            let is_marked = text.starts_with('@') || behind.len() < rest.len();
            let is_it = is_same_name(start, name) && behind.starts_with(char::is_whitespace);
            let said = if is_marked { behind.trim() } else { text };
            Some(said).filter(|_| is_it && !behind.trim().is_empty())
        };
        let fitting =
            self.0.iter().filter_map(|(seq, name)| Some((name.len(), *seq, behind(name)?)));
        fitting.max_by_key(|(length, seq, _)| (*length, *seq)).map(|(_, seq, rest)| (seq, rest))
    }

    /// Returns the author of the message with this number; `None`: the author is not known.
    pub(super) fn get(&self, seq: u64) -> Option<&str> {
        self.0.iter().rev().find(|(line, _)| *line == seq).map(|(_, name)| name.as_str())
    }
}

/// Marks a line as our own if it has our name. A line from before we joined is left as the server
/// marked it: perhaps another person had this name then.
pub(super) fn settle_own(core: &ConsoleCore, frame: &mut FromServer) {
    let (FromServer::Message(line)
    | FromServer::Me(line)
    | FromServer::Edit(line)
    | FromServer::Delete(line)
    | FromServer::Topic(line)
    | FromServer::Pin(line)
    | FromServer::NewName(line)) = frame
    else {
        return;
    };
    let is_new = core.logs.rooms.get(&line.room).is_some_and(|room| line.seq > room.before_us);
    line.own |= is_new && line.from == core.me;
}

#[cfg(test)]
mod tests {
    use super::Authors;

    #[test]
    fn a_reply_may_begin_with_the_name_of_whom_it_answers() {
        let mut authors = Authors::default();
        for (seq, name) in [(1, "Bo"), (2, "Bo Peep"), (3, "Lin"), (4, "Bo")] {
            authors.add(seq, name);
        }
        for (text, found) in [
            ("Lin is a good cook", Some((3, "Lin is a good cook"))),
            ("Lin: I have it", Some((3, "I have it"))),
            ("@lin: yes", Some((3, "yes"))),
            ("bo: no", Some((4, "no"))),
            ("Bo Peep: no", Some((2, "no"))),
            ("Linda no", None),
            ("Lin", None),
            ("yes", None),
        ] {
            assert_eq!(authors.addressed(text), found, "{text}");
        }
    }
}
