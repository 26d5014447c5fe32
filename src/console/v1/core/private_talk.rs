//! The private talk: typed lines go to one person, until the person at the terminal ends it.
//!
//! Owns: how a talk begins and ends, and which commands go elsewhere in it.
//! Must not know: how a private message travels.
//!
//! Part: `console/v1/core/mod.rs`.

use std::time::Instant;

use super::ConsoleCore;
use super::commands::{is_same_name, run_command, send_privately};
use crate::chat::command::{self, Command};
use crate::console::v1::core::invitation;

/// Returns the name, if what stands after `/msg` is a name and no message. `names` are the people
/// in our rooms. Several words can only be a known name; a single one can be anybody's.
pub(super) fn person_alone<'a>(
    rest: &str,
    mut names: impl Iterator<Item = &'a str>,
) -> Option<String> {
    let quoted = rest.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = quoted.unwrap_or_else(|| rest.strip_suffix(':').unwrap_or(rest));
    let name = name.strip_prefix('@').unwrap_or(name).trim();
    let known = names.find(|known| is_same_name(known, name)).map(str::to_owned);
    let is_one_word = quoted.is_some() || !name.contains(char::is_whitespace);
    known.or_else(|| is_one_word.then(|| name.to_owned())).filter(|name| !name.is_empty())
}

pub(super) fn begin(core: &mut ConsoleCore, person: String) {
    core.note(format!(
        "what you type goes to {person} alone now; /leave ends that; /history shows older messages"
    ));
    core.talk = Some(person);
}

/// Handles a line that was typed in the talk with this person. `room` is the room of the person at
/// the terminal.
pub(in crate::console::v1) fn handle_line(
    core: &mut ConsoleCore,
    line: &str,
    (person, room): (&str, Option<&str>),
    now: Instant,
) {
    core.is_prompted = false;
    if invitation::read(line, &core.home).is_some() {
        return super::commands::handle_typed_line(core, line, room, now);
    }
    match command::read(line) {
        Ok(Command::Say(text)) => {
            send_privately(core, person.to_owned(), text, true, now);
        }
        Ok(Command::Leave(None)) => {
            core.talk = None;
            let room = room.unwrap_or("no room");
            core.note(format!("what you type goes to {room} again"));
        }
        // The server would send these to everybody in the room.
        Ok(Command::Me(_) | Command::Reply { .. } | Command::Topic(Some(_)) | Command::Pin(_)) => {
            let line = line.trim();
            core.note(format!("not sent: {line}\nthis is a private talk; /leave ends it"));
        }
        Ok(Command::History { count, before, .. }) => {
            run_command(core, Command::History { private: true, count, before }, room, now);
        }
        Ok(command) => run_command(core, command, room, now),
        Err(why) => core.note(why.to_string()),
    }
    core.send_ready(now);
}

#[cfg(test)]
mod tests {
    use super::person_alone;

    #[test]
    fn a_name_without_a_text_begins_a_talk() {
        let alone = |rest: &str| person_alone(rest, ["Bo", "Bo Peep"].into_iter());
        for rest in ["bo peep", "Bo Peep", "\"Bo Peep\"", "@Bo Peep"] {
            assert_eq!(alone(rest).as_deref(), Some("Bo Peep"), "{rest}");
        }
        assert_eq!(alone("Vera").as_deref(), Some("Vera"), "she may be away");
        assert_eq!(alone("\"Ann Lee\"").as_deref(), Some("Ann Lee"));
        assert_eq!(alone("Bo soup?"), None);
    }
}
