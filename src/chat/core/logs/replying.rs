//! Which messages of a log a new line can reply to.
//!
//! A line replies to a message by its number. Memory has only the newest lines of a log, so the
//! core cannot always tell whether a number is that of a message. It refuses a number only if it
//! knows that no message has the number.
//!
//! Owns: which number a line may reply to; how the core finds the copy of a private message in the
//! other person's log.
//! Must not know: which clients receive a line.
//!
//! Part: `chat/core/mod.rs`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::log::Log;
use crate::chat::core::people::Author;
use crate::chat::entry::{Entry, EntryKind, RepliedTo, Seq};
use crate::chat::name::Name;
use crate::chat::request::ReplyTo;

/// Returns the number of the message that a new line of `author` replies to. `None`: it is known
/// that no message has the wanted number; or `author` wants to reply to the newest message of
/// somebody else, and memory has none.
pub(crate) fn message_to_reply_to(log: &Log, reply_to: ReplyTo, author: Author) -> Option<Seq> {
    match reply_to {
        ReplyTo::Message(seq) => Some(seq).filter(|seq| may_be_message(log, *seq)),
        ReplyTo::NewestOfOthers => log.newest_of_others(author),
    }
}

/// Returns whether a message may have this number. If memory does not have the line, the result is
/// true if the history's file may have it.
fn may_be_message(log: &Log, seq: Seq) -> bool {
    match log.line(seq) {
        Some(line) => line.what.is_message(),
        None => {
            let is_older = Seq(0) < seq && seq < log.oldest();
            is_older && log.has_forgotten() && !log.skips(seq)
        }
    }
}

/// Returns what a new line of the log says of the message that it replies to. `name_now(author)`
/// is the name that an author has at the moment, if there is such a person.
pub(crate) fn message_replied_to(
    log: &Log,
    seq: Seq,
    name_now: impl Fn(Author) -> Option<Name>,
) -> Box<RepliedTo> {
    let Some((author, line)) = log.whose(seq) else { return Box::new(RepliedTo::unknown(seq)) };
    let (name, whose) = (Some(line.by.name.clone()), line.by.whose);
    Box::new(RepliedTo { seq, name, whose, name_then: name_now(author) })
}

/// Returns the messages that these lines of the log reply to, in the order of their numbers, and
/// each only once. Leaves out messages that are not in memory.
pub(crate) fn messages_replied_to(log: &Log, lines: &[Arc<Entry>]) -> Vec<Arc<Entry>> {
    let numbers: BTreeSet<_> =
        lines.iter().filter_map(|line| Some(line.replied_to()?.seq)).collect();
    numbers.into_iter().filter_map(|seq| log.line(seq).cloned()).collect()
}

/// Returns the messages that these lines of the log reply to, as [`messages_replied_to`] does.
/// Leaves out messages that are among `lines`.
pub(crate) fn other_messages_replied_to(log: &Log, lines: &[Arc<Entry>]) -> Vec<Arc<Entry>> {
    let mut others = messages_replied_to(log, lines);
    others.retain(|message| lines.iter().all(|line| line.seq != message.seq));
    others
}

/// Returns the number that a private message has in this log. `original` is the copy of the message
/// in another log, and `author` is the message's author. `None`: memory has no copy of the message
/// in this log.
pub(crate) fn number_of_copy(log: &Log, author: Author, original: &Entry) -> Option<Seq> {
    log.numbers_in_memory().find(|seq| {
        log.whose(*seq).is_some_and(|(whose, line)| {
            // A crash may have come after an edit of this copy and before that of the original. But
            // nothing changes an id, and an author has no id twice.
            (whose, line.at, &line.id) == (author, original.at, &original.id)
                && (line.id.is_some() || has_same_words(&line.what, &original.what))
        })
    })
}

/// Returns whether these are two private messages to the same name with the same text.
fn has_same_words(one: &EntryKind, other: &EntryKind) -> bool {
    matches!((one, other), (
        EntryKind::Private { to, text, .. },
        EntryKind::Private { to: other_to, text: other_text, .. },
    ) if (to, text) == (other_to, other_text))
}
