//! Shows older lines: those for which a person has asked, and the pinned message of a room.
//!
//! Owns: what stands above such lines.
//! Must not know: how a line is asked for.
//!
//! Part: `console/v1/core/mod.rs`.

use super::authors::Authors;
use super::{Act, ConsoleCore, Manner, Stamp, shown};
use crate::console::v1::from_server::{FromServer, LogKey};

/// Shows the pinned message of a room that we have entered.
pub(super) fn show_pinned(core: &mut ConsoleCore, pinned: Option<&FromServer>) {
    let reader = core.reader();
    let shown = pinned.and_then(|line| shown::past(line, reader, &Authors::default()));
    if let Some((text, stamp)) = shown {
        let number = stamp.number.unwrap_or_default();
        core.note_to_person(|| format!("pinned #{number} {text}"));
    }
}

/// Shows a person older lines for which they have asked, below a note that says how many they are.
/// If a line replies to a message that is also among these lines, or that we have received before,
/// its text has the name of that message's author. `sought` is the number of the line for which the
/// person has looked, and which gets a mark; `None`: no line does.
pub(super) fn show_past(
    core: &mut ConsoleCore,
    log: &LogKey,
    (lines, sought): (&[FromServer], Option<u64>),
    head: impl FnOnce(&str) -> String,
) {
    if core.manner != Manner::Person {
        return;
    }
    let mut authors = core.logs.log_mut(log).map(|log| log.authors.clone()).unwrap_or_default();
    for line in lines {
        match line {
            FromServer::Message(said) | FromServer::Me(said) => authors.add(said.seq, &said.from),
            FromServer::Private(said) => authors.add(said.seq, &said.from),
            _ => {}
        }
    }
    let past: Vec<_> =
        lines.iter().filter_map(|line| shown::past(line, core.reader(), &authors)).collect();
    let noun = if past.len() == 1 { "line" } else { "lines" };
    core.note(head(&format!("{} {noun}", past.len())));
    for (text, stamp) in past {
        let is_sought = sought.is_some() && stamp.number == sought;
        core.act(Act::Show(text, Some(Stamp { is_sought, ..stamp })));
    }
}
