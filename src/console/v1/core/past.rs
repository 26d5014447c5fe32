//! Shows older lines: those for which a person has asked, the pinned message of a room, and where
//! what is new begins.
//!
//! Owns: what stands above such lines.
//! Must not know: how a line is asked for.
//!
//! Part: `console/v1/core/mod.rs`.

use super::authors::Authors;
use super::notices::text_with_room;
use super::seen::NEWS;
use super::{Act, ConsoleCore, Manner, Stamp, shown};
use crate::console::v1::from_server::{FromServer, LogKey};

/// Shows the welcome and the pinned message of a room that we have entered.
pub(super) fn show_head(core: &mut ConsoleCore, welcome: &str, pinned: Option<&FromServer>) {
    if !welcome.is_empty() {
        core.note_to_person(|| format!("this room says: {welcome}"));
    }
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
    if let Some(seq) = sought
        && past.iter().all(|(_, stamp)| stamp.number != sought)
    {
        return core.note(format!("there is no message #{seq} in {log}"));
    }
    let noun = if past.len() == 1 { "line" } else { "lines" };
    core.note(head(&format!("{} {noun}", past.len())));
    for (text, stamp) in past {
        let is_sought = sought.is_some() && stamp.number == sought;
        core.act(Act::Show(text, Some(Stamp { is_sought, ..stamp })));
    }
}

/// Shows a person the mark above the first line of a room that they have not seen, if they were in
/// the room in an earlier run and this line is the first since then.
pub(super) fn show_news_mark(core: &mut ConsoleCore, room: &str, seq: u64) {
    let position = core.logs.rooms.get(room).and_then(|room| room.position.as_ref());
    let Some(epoch) = position.map(|position| position.epoch.as_str()) else { return };
    if core.seen.begins_news(&LogKey::Room(room.to_owned()), epoch, seq) {
        let text = text_with_room(core, room, NEWS.to_owned());
        core.act(Act::Show(text, None));
    }
}
