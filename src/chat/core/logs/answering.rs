//! Which messages of a log a new line can answer.
//!
//! A line answers a message by its number. Memory has only the newest lines of a log, so the core
//! cannot always tell whether a number is that of a message. It refuses a number only if it knows
//! that no message has the number.
//!
//! Owns: this rule; how the core finds the copy of a private message in the other person's log.
//! Must not know: which clients receive a line.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::log::Log;
use crate::chat::core::people::Author;
use crate::chat::entry::{Answered, Entry, Seq};
use crate::chat::request::Answers;

/// Returns the number of the message that a new line of `author` answers; `None`: the log has no
/// such message.
pub(crate) fn message_to_answer(log: &Log, answers: Answers, author: Author) -> Option<Seq> {
    match answers {
        Answers::Message(seq) => Some(seq).filter(|seq| may_be_message(log, *seq)),
        Answers::NewestOfOthers => log.newest_of_others(author),
    }
}

/// Returns whether this may be the number of a message. If memory does not have the line, the
/// history's file may have it. So the result is then true, unless it is known that no line has the
/// number.
fn may_be_message(log: &Log, seq: Seq) -> bool {
    match log.line(seq) {
        Some(line) => line.what.is_message(),
        None => {
            let is_older = Seq(0) < seq && seq < log.oldest();
            is_older && log.has_forgotten() && !log.skips(seq)
        }
    }
}

/// Returns what a new line says about the message that it answers. `seq` is the number of that
/// message.
pub(super) fn answered_message(log: &Log, seq: Seq) -> Box<Answered> {
    let name = log.line(seq).map(|line| line.by.name.clone());
    Box::new(Answered { seq, name })
}

/// Returns the messages that these lines of the log answer, as far as they are in memory and not
/// among the lines. Each message is there once, in the order of the numbers.
pub(crate) fn messages_answered_by(log: &Log, lines: &[Arc<Entry>]) -> Vec<Arc<Entry>> {
    let numbers: BTreeSet<_> = lines.iter().filter_map(|line| Some(line.answered()?.seq)).collect();
    let others = numbers.into_iter().filter(|seq| lines.iter().all(|line| line.seq != *seq));
    others.filter_map(|seq| log.line(seq).cloned()).collect()
}

/// Returns the number that a private message has in this log. `original` is the copy of the message
/// in another log, and `author` its author. Both copies have the same author, time, id and text.
/// `None`: this log does not have the message in memory.
pub(crate) fn number_of_copy(log: &Log, author: Author, original: &Entry) -> Option<Seq> {
    log.numbers_in_memory().find(|seq| {
        log.whose(*seq).is_some_and(|(whose, line)| {
            (whose, line.at) == (author, original.at)
                && line.id == original.id
                && line.what.text() == original.what.text()
        })
    })
}
