//! The list of the people in a room, and the code of a name that has a password.
//!
//! Owns: what the list says of each person.
//! Must not know: the page around it.
//!
//! Part: `site/pages/mod.rs`.

use maud::{Markup, html};

use super::private_talk::busy_mark;
use super::shown_room::ShownRoom;
use crate::chat::entry::Entry;
use crate::chat::name::Name;
use crate::chat::secret::Mark;

/// The key of the word for a person who looks after the room.
fn role_mark(room: &ShownRoom<'_>, name: &Name) -> &'static str {
    if room.view.hosts.contains(name) { "hostMark" } else { "keeperMark" }
}

/// Makes the list, below this heading.
pub(super) fn people_list(room: &ShownRoom<'_>, heading: &str) -> Markup {
    let (words, me) = (room.words, room.view.me.as_ref());
    let mark = |name| code_of(room.log.lines.iter().map(AsRef::as_ref), name);
    html! {
        h2 #here { (heading) }
        ul.people {
            @for name in &room.view.names {
                li {
                    span class={ "p" (name.colour()) } { bdi { (name.shown()) } }
                    @if let Some((_, excuse)) = room.view.busy.iter().find(|(busy, _)| busy == name) {
                        (busy_mark(words, excuse))
                    }
                    @if Some(name) == me { (words.gap()) (words.bracketed(words.say("you"))) }
                    @if room.view.keepers.contains(name) {
                        (words.gap()) (words.bracketed(words.say(role_mark(room, name))))
                    }
                    @if me.is_some() && Some(name) != me {
                        " " a href=(room.talk_link(name.shown())) { (words.say("writePrivately")) }
                    }
                    @if let Some(mark) = mark(name) { " " small.mark { (mark) } }
                }
            }
        }
        @if room.view.names.iter().any(|name| mark(name).is_some()) {
            p { small { (words.say("marksSay")) } }
        }
    }
}

/// Returns the code of this name and its password, as the newest of these lines by that name has
/// it; `None`: that line has none, or there is no such line. The hub tells codes with lines alone.
pub(super) fn code_of<'a>(
    lines: impl DoubleEndedIterator<Item = &'a Entry>,
    name: &Name,
) -> Option<Mark> {
    let newest = lines.rev().find(|line| line.by.name == *name)?;
    newest.by.mark
}
